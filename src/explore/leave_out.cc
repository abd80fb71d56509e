#include "explore/leave_out.h"

#include <algorithm>

namespace gapless::explore {

bool allows_leaving_out(const model::Model& model) {
  return std::ranges::none_of(model.roles, [](const model::Role& role) { return role.job; });
}

bool leaves_out(const Space& space, LocalNumber local) {
  return !space.reads_actors() && !space.is_lagging(local) && space.is_over(local);
}

}  // namespace gapless::explore
