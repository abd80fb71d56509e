// 800 random scenarios of each kind, always the same ones: the seed stands here.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstdlib>

#include "agree.h"
#include "base/source.h"
#include "random_scenario.h"
#include "scenario/load.h"

namespace gapless::agree {

namespace {

// Enumerate runs about 20,000 interleavings a second.
constexpr std::uint64_t most_interleavings = 8'000;

// An environment that says otherwise goes first: RC_PARAMS="seed=7 max_success=5000" looks elsewhere. RapidCheck reads
// it once a program.
void look_somewhere() { setenv("RC_PARAMS", "seed=20261121 max_success=800 verbose_progress=0", 0); }

}  // namespace

TEST_CASE("census, search and enumerate agree on 800 random scenarios") {
  look_somewhere();
  const auto before = tally();
  const bool all_agree = rc::check("the engines agree", [] {
    const std::string text = random_scenario();
    RC_LOG() << text;
    for (const auto& model : scenario::load(make_source("random.gap", text), {})) {
      const std::string problem = disagreement(model);
      if (!problem.empty()) RC_FAIL(problem);
    }
  });
  CHECK(all_agree);
  // Enough of everything happens for the agreement to mean something.
  CHECK(tally().models - before.models >= 800);
  CHECK(tally().violated - before.violated >= 100);
  CHECK(tally().with_waits - before.with_waits >= 100);
  const auto interleavings = tally().interleavings - before.interleavings;
  MESSAGE("interleavings compared: ", interleavings);
}

TEST_CASE(
    "census, search and enumerate agree on random scenarios with faults and obligations, 500 of them and more in "
    "full") {
  look_somewhere();
  const auto before = tally();
  const bool all_agree = rc::check("the engines agree", [] {
    const std::string text = random_scenario_with_faults();
    RC_LOG() << text;
    for (const auto& model : scenario::load(make_source("random.gap", text), {})) {
      const std::string problem = disagreement(model, most_interleavings);
      if (!problem.empty()) RC_FAIL(problem);
    }
  });
  CHECK(all_agree);
  const auto compared = tally().models - before.models;
  const auto left_out = tally().left_out - before.left_out;
  CHECK(compared + left_out >= 800);
  CHECK(compared >= 500);
  CHECK(tally().violated - before.violated >= 100);
  const auto interleavings = tally().interleavings - before.interleavings;
  MESSAGE("interleavings compared: ", interleavings, ", scenarios left out for having more than ", most_interleavings,
          " or endless ones: ", left_out);
}

TEST_CASE("census, search and enumerate agree on random scenarios of documents, 500 of them and more in full") {
  look_somewhere();
  const auto before = tally();
  const bool all_agree = rc::check("the engines agree", [] {
    const std::string text = random_scenario_of_documents();
    RC_LOG() << text;
    for (const auto& model : scenario::load(make_source("random.gap", text), {})) {
      const std::string problem = disagreement(model, most_interleavings);
      if (!problem.empty()) RC_FAIL(problem);
    }
  });
  CHECK(all_agree);
  const auto compared = tally().models - before.models;
  const auto left_out = tally().left_out - before.left_out;
  CHECK(compared + left_out >= 800);
  CHECK(compared >= 500);
  CHECK(tally().violated - before.violated >= 100);
  MESSAGE("interleavings compared: ", tally().interleavings - before.interleavings, ", left out: ", left_out);
}

}  // namespace gapless::agree
