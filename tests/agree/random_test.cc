// 500 random scenarios, always the same ones: the seed stands here.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstdlib>

#include "agree.h"
#include "base/source.h"
#include "random_scenario.h"
#include "scenario/load.h"

namespace gapless::agree {

TEST_CASE("census, search and enumerate agree on 500 random scenarios") {
  // An environment that says otherwise goes first: RC_PARAMS="seed=7 max_success=5000" looks elsewhere.
  setenv("RC_PARAMS", "seed=20261121 max_success=500 verbose_progress=0", 0);
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
  CHECK(tally().models - before.models >= 500);
  CHECK(tally().violated - before.violated >= 100);
  CHECK(tally().with_waits - before.with_waits >= 100);
  const auto interleavings = tally().interleavings - before.interleavings;
  MESSAGE("interleavings compared: ", interleavings);
}

}  // namespace gapless::agree
