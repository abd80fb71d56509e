#include "scenario/claims.h"

#include <algorithm>

#include "scenario/ledger.h"
#include "sql/bind.h"

namespace gapless::scenario {

store::Isolation isolation_of(const Name& level, const SourceText& source) {
  static const std::vector<std::string> names = {"read committed", "repeatable read", "serializable"};
  const std::string wanted = to_lower(level.text);
  const auto found = std::ranges::find(names, wanted);
  if (found != names.end()) return isolation_levels[static_cast<std::size_t>(found - names.begin())];
  const std::string near = sql::did_you_mean(wanted, names);
  throw ModelError(source, level.at,
                   "there is no isolation level \"" + level.text + "\"" +
                       (near.empty() ? "; there are \"read committed\", \"repeatable read\" and \"serializable\""
                                     : "; did you mean \"" + near + "\"?"));
}

void check_claims(const std::vector<Claim>& claims, const SourceText& source) {
  std::vector<std::optional<store::Isolation>> seen;  // nullopt: no level was named
  const auto note = [&](std::optional<store::Isolation> level, Offset at) {
    if (std::ranges::find(seen, level) != seen.end()) {
      throw ModelError(source, at, "a second claim about the same level; name levels with `at \"…\"`");
    }
    seen.push_back(level);
  };
  for (const auto& claim : claims) {
    if (claim.levels.empty() && !claim.every_level) note(std::nullopt, claim.at);
    for (const Name& level : claim.levels) note(isolation_of(level, source), level.at);
    if (!claim.every_level) continue;
    for (const auto level : isolation_levels) note(level, claim.at);
  }
}

std::optional<model::Expected> expected(const std::vector<Claim>& claims, const Circumstances& now,
                                        const SourceText& source) {
  const Claim* named = nullptr;
  const Claim* general = nullptr;
  for (const auto& each : claims) {
    const bool names_it =
        std::ranges::any_of(each.levels, [&](const Name& level) { return isolation_of(level, source) == now.level; });
    if (each.every_level || names_it) named = &each;
    if (!each.every_level && each.levels.empty()) general = &each;
  }
  if (claims.empty()) return model::Expected::holds;
  const Claim* claim = named != nullptr ? named : general;
  if (claim == nullptr) return std::nullopt;
  if (claim->holds) return model::Expected::holds;
  const bool level_is_meant = named != nullptr || now.level == now.file_level;
  if (!level_is_meant || now.actors < now.file_actors) return std::nullopt;
  return model::Expected::violated;
}

}  // namespace gapless::scenario
