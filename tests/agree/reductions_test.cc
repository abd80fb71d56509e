// Whatever is not done, soundly, must not show: with each reduction on and off, and by one thread and by two, the
// engines say the same of every shipped model and of 2,000 random small scenarios, always the same ones: the seed
// stands here.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstdlib>

#include "agree.h"
#include "base/source.h"
#include "random_scenario.h"
#include "scenario/load.h"

namespace gapless::agree {
namespace {

// Three kinds of 667 are 2,001. An environment that says otherwise goes first; RapidCheck reads it once a program.
void look_somewhere() { setenv("RC_PARAMS", "seed=20261122 max_success=667 verbose_progress=0", 0); }

// What was compared since, on what `write` makes up.
Kept compare_reductions(std::string (*write)()) {
  look_somewhere();
  const auto before = kept();
  const bool all_agree = rc::check("no reduction shows", [&] {
    const std::string text = write();
    RC_LOG() << text;
    for (const auto& model : scenario::load(make_source("random.gap", text), {})) {
      const std::string problem = disagreement_of_reductions(model);
      if (!problem.empty()) RC_FAIL(problem);
    }
  });
  CHECK(all_agree);
  const auto& now = kept();
  return {now.models - before.models, now.violated - before.violated, now.with_none - before.with_none,
          now.with_all - before.with_all};
}

// Enough of them, and of either verdict, for the agreement to mean something.
void check_enough(const Kept& compared) {
  MESSAGE("models: ", compared.models, ", violated: ", compared.violated,
          ", states that search keeps without any "
          "reduction: ",
          compared.with_none, ", with all: ", compared.with_all);
  CHECK(compared.models >= 667);
  CHECK(compared.violated >= 80);
  CHECK(compared.models - compared.violated >= 80);
  CHECK(compared.with_all <= compared.with_none);
}

}  // namespace

TEST_CASE("no reduction shows in 667 random scenarios") { check_enough(compare_reductions(random_scenario)); }

TEST_CASE("no reduction shows in 667 random scenarios with faults and obligations") {
  check_enough(compare_reductions(random_scenario_with_faults));
}

TEST_CASE("no reduction shows in 667 random scenarios of documents") {
  check_enough(compare_reductions(random_scenario_of_documents));
}

TEST_CASE("no reduction shows in any shipped scenario, as its file says and at 2 and 3 actors") {
  const auto before = kept();
  for (const std::size_t actors : {0U, 2U, 3U}) {
    for (const auto& model : shipped_models(actors)) {
      CAPTURE(name_of(model));
      CHECK(disagreement_of_reductions(model) == "");
    }
  }
  MESSAGE("models: ", kept().models - before.models,
          ", states that search keeps without any reduction: ", kept().with_none - before.with_none,
          ", with all: ", kept().with_all - before.with_all);
  CHECK(kept().models - before.models >= 2 * 50);
}

}  // namespace gapless::agree
