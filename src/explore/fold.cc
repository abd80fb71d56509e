#include "explore/fold.h"

#include <algorithm>

#include "explore/properties.h"

namespace gapless::explore {

// A job's last run is owed by who has finished.
bool allows_folding(const model::Model& model) {
  return !model.alike.empty() && !names_actors(model) &&
         std::ranges::none_of(model.roles, [](const model::Role& role) { return role.job; });
}

std::optional<LocalNumber> folded(Space& space, LocalNumber local) {
  const auto& alike = space.successors().model().alike;
  const auto role = space.role_of(local);
  if (role >= alike.size() || std::ranges::count(alike, alike[role]) == 1) return std::nullopt;
  if (space.is_lagging(local) || !space.is_over(local)) return std::nullopt;
  return space.ended_as(local, alike[role]);
}

}  // namespace gapless::explore
