// Every shipped model at 2 and 3 actors.
#include <doctest/doctest.h>

#include <algorithm>

#include "agree.h"
#include "models/registry.h"

namespace gapless::agree {

TEST_CASE("census, search and enumerate agree on every shipped scenario") {
  constexpr std::uint64_t most_interleavings = 20'000;
  for (const std::size_t actors : {0U, 2U, 3U}) {
    for (const auto& model : shipped_models(actors)) {
      CAPTURE(name_of(model));
      CHECK(disagreement(model, most_interleavings) == "");
    }
  }
  MESSAGE("compared: ", tally().models, ", with more interleavings than enumerate is asked for: ", tally().left_out);
  CHECK(tally().models >= 2 * 50);
  CHECK(tally().violated > 40);
  CHECK(tally().with_waits > 20);
}

TEST_CASE("a C++ model and its scenario give the same counts, verdict and counterexample") {
  for (const std::size_t actors : {2U, 3U}) {
    const auto scenarios = shipped_models(actors);
    for (const auto& twin : models::load("models/withdraw.cc", actors)) {
      CAPTURE(name_of(twin));
      CHECK(disagreement(twin) == "");
      const auto scenario = std::find_if(scenarios.begin(), scenarios.end(), [&](const model::Model& model) {
        return model.scenario == twin.scenario && model.variant == twin.variant;
      });
      REQUIRE(scenario != scenarios.end());
      const auto ours = explore::run_census(twin, {}).verdict;
      const auto theirs = explore::run_census(*scenario, {}).verdict;
      CHECK(ours.interleavings == theirs.interleavings);
      CHECK(ours.violating == theirs.violating);
      CHECK(ours.outcome == theirs.outcome);
      CHECK(ours.counterexample.has_value() == theirs.counterexample.has_value());
      if (ours.counterexample) CHECK(ours.counterexample->schedule == theirs.counterexample->schedule);
    }
  }
}

}  // namespace gapless::agree
