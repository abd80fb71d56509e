#include "scenario/claims.h"

#include <algorithm>
#include <array>

#include "scenario/ledger.h"
#include "sql/bind.h"

namespace gapless::scenario {

store::Isolation isolation_of(const Name& level, const SourceText& source) {
  static const std::vector<std::string> names = {"read committed", "repeatable read", "serializable"};
  static constexpr std::array levels = {store::Isolation::read_committed, store::Isolation::repeatable_read,
                                        store::Isolation::serializable};
  const std::string wanted = to_lower(level.text);
  const auto found = std::ranges::find(names, wanted);
  if (found != names.end()) return levels[static_cast<std::size_t>(found - names.begin())];
  const std::string near = sql::did_you_mean(wanted, names);
  throw ModelError(source, level.at,
                   "there is no isolation level \"" + level.text + "\"" +
                       (near.empty() ? "; there are \"read committed\", \"repeatable read\" and \"serializable\""
                                     : "; did you mean \"" + near + "\"?"));
}

void check_claims(const std::vector<Claim>& claims, const SourceText& source) {
  std::vector<std::optional<store::Isolation>> seen;
  for (const auto& claim : claims) {
    std::optional<store::Isolation> level;
    if (claim.level) level = isolation_of(*claim.level, source);
    if (std::ranges::find(seen, level) != seen.end()) {
      throw ModelError(source, claim.at, "a second claim about the same level; name levels with `at \"…\"`");
    }
    seen.push_back(level);
  }
}

std::optional<model::Expected> expected(const std::vector<Claim>& claims, const Circumstances& now,
                                        const SourceText& source) {
  const Claim* claim = nullptr;
  for (const auto& each : claims) {
    const bool named = each.level && isolation_of(*each.level, source) == now.level;
    if (named || (!each.level && claim == nullptr)) claim = &each;
  }
  if (claims.empty()) return model::Expected::holds;
  if (claim == nullptr) return std::nullopt;
  if (claim->holds) return model::Expected::holds;
  const bool level_is_meant = claim->level || now.level == now.file_level;
  if (!level_is_meant || now.actors < now.file_actors) return std::nullopt;
  return model::Expected::violated;
}

}  // namespace gapless::scenario
