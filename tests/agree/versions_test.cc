// Optimistic requests, with some reductions and without: 500 made-up scenarios, always the same ones. What is concluded
// of a version that was seen (explore/outdated.h) must show nowhere, least of all where somebody makes it smaller.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstdlib>

#include "agree.h"
#include "base/source.h"
#include "random_scenario.h"
#include "scenario/load.h"

namespace gapless::agree {
namespace {

// What enumerate looks at in full; with more, the others are compared.
constexpr std::uint64_t most_interleavings = 500;

}  // namespace

TEST_CASE("no reduction shows where versions are compared, and the engines agree") {
  setenv("RC_PARAMS", "seed=20261122 max_success=500 verbose_progress=0", 0);
  const auto tally_before = tally();
  const auto kept_before = kept();
  const bool all_agree = rc::check("versions are compared", [&] {
    const std::string text = random_scenario_of_versions();
    RC_LOG() << text;
    for (const auto& model : scenario::load(make_source("random.gap", text), {})) {
      const std::string reductions = disagreement_of_reductions(model);
      if (!reductions.empty()) RC_FAIL(reductions);
      const std::string engines = disagreement(model, most_interleavings);
      if (!engines.empty()) RC_FAIL(engines);
    }
  });
  CHECK(all_agree);
  const auto models = kept().models - kept_before.models;
  const auto violated = kept().violated - kept_before.violated;
  const auto with_none = kept().with_none - kept_before.with_none;
  const auto with_all = kept().with_all - kept_before.with_all;
  MESSAGE("models: ", models, ", violated: ", violated, ", enumerated: ", tally().models - tally_before.models,
          ", with waits: ", tally().with_waits - tally_before.with_waits, ", states without any reduction: ", with_none,
          ", with all: ", with_all);
  CHECK(models >= 500);
  CHECK(violated >= 100);
  CHECK(models - violated >= 100);
  CHECK(with_all < with_none);
}

}  // namespace gapless::agree
