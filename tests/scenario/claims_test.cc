// Which claim is meant with which faults, at which level.
#include <doctest/doctest.h>

#include "harness.h"
#include "scenario/claims.h"

namespace gapless::scenario::testing {
namespace {

std::string settings =
    "faults none\nfaults crash <= 1\nfaults retry <= 1\nfaults crash <= 1, retry <= 1\nfaults duplicate <= 1\n";

std::string text(const std::string& claims, const std::string& faults = settings) {
  return "scenario s\n" + faults + "request f() { variant a " + claims +
         " { } }\nrun f() * 2\nalways \"a\" { SELECT true }\n";
}

// One letter a setting: h holds, v violated, - nothing is claimed.
std::string claimed(const std::string& claims, const Options& options = {}) {
  std::string result;
  for (const auto& model : load_text(text(claims), options)) {
    result += !model.expected ? "-" : *model.expected == model::Expected::holds ? "h" : "v";
  }
  return result;
}

Options at(store::Isolation level) {
  Options options;
  options.isolation = level;
  return options;
}

TEST_CASE("a claim without faults is for the settings that no other speaks of") {
  CHECK(claimed("") == "hhhhh");
  CHECK(claimed("expect violated") == "vvvvv");
  CHECK(claimed("expect holds, violated with crash") == "hvhvh");
  CHECK(claimed("expect violated, holds without faults") == "hvvvv");
  CHECK(claimed("expect violated with crash") == "-v-v-");
  CHECK(claimed("expect holds without faults") == "h----");
  CHECK(claimed("expect holds without faults, violated with duplicate") == "h---v");
}

TEST_CASE("the claim that names most faults wins") {
  CHECK(claimed("expect holds, violated with crash, retry") == "hhhvh");
  CHECK(claimed("expect violated, holds with crash, violated with retry, crash") == "vhvvv");
  CHECK(claimed("expect holds with crash, holds with retry") == "-hhh-");
}

TEST_CASE("levels and faults together") {
  const std::string claims = "expect violated at \"read committed\" with crash, holds at every level";
  CHECK(claimed(claims) == "hvhvh");
  CHECK(claimed(claims, at(store::Isolation::serializable)) == "hhhhh");
  // For faults that are named by two claims, the one that names the level.
  const std::string both = "expect violated with crash, holds at \"serializable\" with crash";
  CHECK(claimed(both) == "-v-v-");
  CHECK(claimed(both, at(store::Isolation::serializable)) == "-h-h-");
  CHECK(claimed("expect violated with crash", at(store::Isolation::serializable)) == "-----");
  CHECK(claimed("expect violated at every level without faults", at(store::Isolation::serializable)) == "v----");
}

TEST_CASE("--faults: what is claimed for a setting that the file does not have") {
  const auto with = [](model::Faults faults) {
    Options options;
    options.faults = faults;
    return options;
  };
  CHECK(claimed("expect holds, violated with crash", with({3, 0, 0})) == "v");
  CHECK(claimed("expect holds, violated with crash", with({0, 3, 0})) == "h");
  // Fewer faults than any setting that it is claimed for: nothing is said.
  const auto one = load_text(text("expect violated with crash", "faults crash <= 2\n"), with({1, 0, 0}));
  CHECK_FALSE(one.front().expected.has_value());
  const auto fewer = load_text(text("expect violated", "faults retry <= 2, duplicate <= 2\n"), with({0, 1, 2}));
  CHECK_FALSE(fewer.front().expected.has_value());
  const auto single = load_text(text("expect violated", "faults retry <= 2, duplicate <= 2\n"), with({0, 2, 1}));
  CHECK_FALSE(single.front().expected.has_value());
  const auto more = load_text(text("expect violated", "faults crash <= 2\n"), with({2, 5, 0}));
  CHECK(more.front().expected == model::Expected::violated);
  const auto none = load_text(text("expect violated", "faults crash <= 2\n"), with({}));
  CHECK_FALSE(none.front().expected.has_value());
}

TEST_CASE("fewer actors than the file has") {
  Options one;
  one.actors = 1;
  CHECK(claimed("expect holds, violated with crash", one) == "h-h-h");
}

TEST_CASE("claims that contradict each other, or are never checked") {
  CHECK(mistake(text("expect violated with crash, holds with retry")) ==
        "7:53 two claims are meant with crash <= 1, retry <= 1, and they contradict each other: say what is claimed "
        "where all these faults are possible");
  CHECK(mistake(text("expect violated with crash, holds with retry, holds with crash, retry")) == "loaded");
  CHECK(mistake(text("expect violated with crash, violated with crash")) ==
        "7:53 a second claim about the same level and faults");
  CHECK(mistake(text("expect violated with crash, retry, holds with retry, crash")) ==
        "7:60 a second claim about the same level and faults");
  CHECK(mistake(text("expect violated without faults, holds without faults")) ==
        "7:57 a second claim about the same level and faults");
  CHECK(mistake(text("expect violated with crsh")) == "7:46 there is no fault `crsh`; did you mean `crash`?");
  CHECK(mistake(text("expect violated with crash, hold")) == "7:53 there is no fault `hold`; did you mean `holds`?");
  CHECK(mistake(text("expect violated with crash, crash")) == "7:53 `crash` is named already");
  CHECK(mistake(text("expect violated with")) == "7:46 expected `crash`, `retry` or `duplicate`, found `{`");
  CHECK(mistake(text("expect violated without crash")) ==
        "7:49 expected `faults`, as in `without faults`, found `crash`");
  CHECK(first_warning(text("expect violated with crash", "")) ==
        "2:32 this claim is never checked: no `faults` of this file makes crash possible");
  CHECK(first_warning(text("expect violated, holds without faults", "faults crash <= 1\n")) ==
        "3:42 this claim is never checked: no `faults` of this file is none");
  CHECK(warnings(text("expect holds, violated with crash, retry")).empty());
}

}  // namespace
}  // namespace gapless::scenario::testing
