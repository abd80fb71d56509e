// The larger comparisons, for `./dev agree`: every shipped model at 4 actors where enumerate ends in minutes, and
// withdraw's naive variant at 5 and 6.
#include <doctest/doctest.h>

#include "agree.h"

namespace gapless::agree {
namespace {

// Enumerate runs about 40,000 interleavings a second.
constexpr std::uint64_t most_interleavings = 3'000'000;

}  // namespace

TEST_CASE("the engines agree on every model with its faults, as its file says") {
  for (const auto& model : shipped_models(0)) {
    CAPTURE(name_of(model));
    CHECK(disagreement(model, most_interleavings) == "");
  }
  MESSAGE("compared: ", tally().models, ", left out for having too many interleavings: ", tally().left_out);
}

TEST_CASE("the engines agree at 4 actors") {
  std::size_t left_out = 0;
  for (const auto& model : shipped_models(4)) {
    CAPTURE(name_of(model));
    CHECK(disagreement(model, most_interleavings) == "");
  }
  left_out = tally().left_out;
  CHECK(tally().models > 40);
  MESSAGE("models left out for having too many interleavings: ", left_out);
}

TEST_CASE("no combination of reductions shows in any shipped scenario") {
  for (const std::size_t actors : {0U, 2U, 3U}) {
    for (const auto& model : shipped_models(actors)) {
      CAPTURE(name_of(model));
      CHECK(disagreement_of_reductions(model, Thoroughness::all) == "");
    }
  }
  MESSAGE("models: ", kept().models, ", states that search keeps without any reduction: ", kept().with_none,
          ", with all: ", kept().with_all);
}

TEST_CASE("the engines agree on the naive withdrawal at 5 and 6 actors") {
  // Check values of the design, section 2.
  const std::pair<std::size_t, std::string> expected[] = {{5, "96600"}, {6, "5606640"}};
  for (const auto& [actors, interleavings] : expected) {
    for (const auto& model : shipped_models(actors)) {
      if (model.scenario != "withdraw" || model.variant != "naive") continue;
      CHECK(disagreement(model) == "");
      CHECK(explore::run_census(model, {}).verdict.interleavings == interleavings);
    }
  }
}

}  // namespace gapless::agree
