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

// What was compared since.
Tally since(const Tally& before) {
  const Tally& now = tally();
  return {now.models - before.models, now.left_out - before.left_out, now.violated - before.violated,
          now.with_waits - before.with_waits, now.interleavings - before.interleavings};
}

// On what `write` makes up.
Tally compare_engines(std::string (*write)(), std::uint64_t most) {
  look_somewhere();
  const auto before = tally();
  const bool all_agree = rc::check("the engines agree", [&] {
    const std::string text = write();
    RC_LOG() << text;
    for (const auto& model : scenario::load(make_source("random.gap", text), {})) {
      const std::string problem = disagreement(model, most);
      if (!problem.empty()) RC_FAIL(problem);
    }
  });
  CHECK(all_agree);
  return since(before);
}

// Enough of everything happens for the agreement to mean something.
void check_some_are_left_out(const Tally& compared) {
  CHECK(compared.models + compared.left_out >= 800);
  CHECK(compared.models >= 500);
  CHECK(compared.violated >= 100);
  MESSAGE("interleavings compared: ", compared.interleavings, ", scenarios left out for having more than ",
          most_interleavings, " or endless ones: ", compared.left_out);
}

}  // namespace

TEST_CASE("census, search and enumerate agree on 800 random scenarios") {
  const auto compared = compare_engines(random_scenario, 3'000'000);
  CHECK(compared.models >= 800);
  CHECK(compared.violated >= 100);
  CHECK(compared.with_waits >= 100);
  MESSAGE("interleavings compared: ", compared.interleavings);
}

TEST_CASE(
    "census, search and enumerate agree on random scenarios with faults and obligations, 500 of them and more in "
    "full") {
  check_some_are_left_out(compare_engines(random_scenario_with_faults, most_interleavings));
}

TEST_CASE("census, search and enumerate agree on random scenarios of documents, 500 of them and more in full") {
  check_some_are_left_out(compare_engines(random_scenario_of_documents, most_interleavings));
}

}  // namespace gapless::agree
