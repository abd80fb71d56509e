#include "scenario/claims.h"

#include <algorithm>
#include <string>
#include <utility>

#include "scenario/ledger.h"
#include "scenario/world.h"
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

namespace {

void check_faults(const Claim& claim, const SourceText& source) {
  std::vector<std::string> words = fault_names();
  words.insert(words.end(), {"holds", "violated"});
  for (auto fault = claim.faults.begin(); fault != claim.faults.end(); ++fault) {
    const auto& name = fault->text;
    if (std::ranges::find(fault_names(), name) == fault_names().end()) {
      const std::string near = sql::did_you_mean(name, words);
      throw ModelError(
          source, fault->at,
          "there is no fault `" + name + "`" +
              (near.empty() ? ": there are crash, retry and duplicate" : "; did you mean `" + near + "`?"));
    }
    if (std::find_if(claim.faults.begin(), fault, [&](const Name& each) { return each.text == name; }) != fault) {
      throw ModelError(source, fault->at, "`" + name + "` is named already");
    }
  }
}

// The settings that a claim is for, as a text to compare.
std::string faults_of(const Claim& claim) {
  if (claim.without_faults) return "without";
  std::string text;
  for (const auto& name : fault_names()) {
    if (std::ranges::find(claim.faults, name, &Name::text) != claim.faults.end()) text += name + " ";
  }
  return text;
}

bool is_qualified(const Claim& claim) { return claim.without_faults || !claim.faults.empty(); }

bool names_level(const Claim& claim, store::Isolation level, const SourceText& source) {
  return claim.every_level ||
         std::ranges::any_of(claim.levels, [&](const Name& each) { return isolation_of(each, source) == level; });
}

// What goes before what, greatest first.
struct Weight {
  bool qualified = false;
  std::size_t faults = 0;
  bool level = false;
  auto operator<=>(const Weight&) const = default;
};

}  // namespace

void check_claims(const std::vector<Claim>& claims, const SourceText& source) {
  // nullopt: no level was named.
  std::vector<std::pair<std::optional<store::Isolation>, std::string>> seen;
  const auto note = [&](std::optional<store::Isolation> level, const Claim& claim, Offset at) {
    const std::pair key(level, faults_of(claim));
    if (std::ranges::find(seen, key) != seen.end()) {
      throw ModelError(source, at,
                       key.second.empty() ? "a second claim about the same level; name levels with `at \"…\"`"
                                          : "a second claim about the same level and faults");
    }
    seen.push_back(key);
  };
  for (const auto& claim : claims) {
    check_faults(claim, source);
    if (claim.levels.empty() && !claim.every_level) note(std::nullopt, claim, claim.at);
    for (const Name& level : claim.levels) note(isolation_of(level, source), claim, level.at);
    if (!claim.every_level) continue;
    for (const auto level : isolation_levels) note(level, claim, claim.at);
  }
}

bool is_meant(const Claim& claim, const model::Faults& faults) {
  if (claim.without_faults) return faults.none();
  return std::ranges::all_of(claim.faults, [&](const Name& name) { return bound_of(faults, name.text) > 0; });
}

std::optional<model::Expected> expected(const std::vector<Claim>& claims, const Circumstances& now,
                                        const SourceText& source) {
  if (claims.empty()) return model::Expected::holds;
  const Claim* claim = nullptr;
  const Claim* other = nullptr;  // contradicts it
  Weight most;
  for (const auto& each : claims) {
    const bool named = names_level(each, now.level, source);
    const bool general = !each.every_level && each.levels.empty();
    if (!(named || general) || !is_meant(each, now.faults)) continue;
    const Weight weight{is_qualified(each), each.faults.size(), named};
    if (claim == nullptr || weight > most) {
      claim = &each;
      other = nullptr;
      most = weight;
    } else if (weight == most && claim->holds != each.holds) {
      other = &each;
    }
  }
  if (other != nullptr) {
    throw ModelError(source, other->at,
                     "two claims are meant with " + model::to_string(now.faults) +
                         ", and they contradict each other: say what is claimed where all these faults are possible");
  }
  if (claim == nullptr) return std::nullopt;
  if (claim->holds) return model::Expected::holds;
  const bool level_is_meant = most.level || now.level == now.file_level;
  // More faults than the file has can only make more violations.
  const bool faults_are_meant = std::ranges::any_of(now.file_faults, [&](const model::Faults& own) {
    return own.crash <= now.faults.crash && own.retry <= now.faults.retry && own.duplicate <= now.faults.duplicate &&
           is_meant(*claim, own);
  });
  if (!level_is_meant || !faults_are_meant || now.actors < now.file_actors) return std::nullopt;
  return model::Expected::violated;
}

}  // namespace gapless::scenario
