// A property that every made-up scenario must have, with 500 of a kind, always the same ones.
#pragma once

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "agree.h"
#include "base/source.h"
#include "scenario/load.h"

namespace gapless::agree {

// No reduction shows, and the engines agree; of what has more interleavings, enumerate is left out. Some are violated,
// some are not, and reductions leave something out.
inline void check_that_made_up_ones_agree(const std::string& what, std::string (*make_up)(),
                                          std::uint64_t most_interleavings,
                                          Thoroughness thoroughness = Thoroughness::each) {
  setenv("RC_PARAMS", "seed=20261122 max_success=500 verbose_progress=0", 0);
  const auto tally_before = tally();
  const auto kept_before = kept();
  const bool all_agree = rc::check(what, [&] {
    const std::string text = make_up();
    RC_LOG() << text;
    for (const auto& model : scenario::load(make_source("random.gap", text), {})) {
      const std::string reductions = disagreement_of_reductions(model, thoroughness);
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
