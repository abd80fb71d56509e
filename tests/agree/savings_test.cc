// States with all actors told apart: counted from the canonical ones, against exploring them.
#include <doctest/doctest.h>

#include "agree.h"
#include "explore/explore.h"
#include "explore/properties.h"
#include "explore/symmetry.h"

namespace gapless::agree {
namespace {

struct Compared {
  std::size_t models = 0;
  std::size_t smaller = 0;  // with symmetry
  std::size_t unknown = 0;
};

std::string disagreement_of_savings(const model::Model& model, Compared& compared) {
  explore::Limits limits;
  limits.savings = true;
  const auto verdict = explore::check_model(model, model::Mode::census, limits);
  if (!verdict.savings) return verdict.coverage == model::Coverage::exhaustive ? "no savings" : "";
  if (!verdict.savings->distinct) {
    ++compared.unknown;
    const bool has_sessions = model.source && model.source->text.find("session (") != std::string::npos;
    return model.tracking.dependencies || model.faults.duplicate > 0 || has_sessions ? "" : "unknown for no reason";
  }
  const auto states = explore::check_model(explore::with_distinct_actors(model), model::Mode::census, {}).states;
  ++compared.models;
  compared.smaller += *states > *verdict.savings->symmetric;
  if (*verdict.savings->distinct == std::to_string(*states)) return "";
  return "counted " + *verdict.savings->distinct + ", explored " + std::to_string(*states);
}

}  // namespace

TEST_CASE("distinct states are as many as are explored with distinct actors, in every shipped scenario") {
  Compared compared;
  // As the file says: with faults and messages.
  for (const std::size_t actors : {0U, 2U, 3U}) {
    for (const auto& model : shipped_models(actors)) {
      CAPTURE(name_of(model));
      CHECK(disagreement_of_savings(model, compared) == "");
    }
  }
  MESSAGE("compared: ", compared.models, ", of which symmetry makes smaller: ", compared.smaller,
          ", unknown: ", compared.unknown);
  CHECK(compared.models >= 100);
  CHECK(compared.smaller >= 50);
}

}  // namespace gapless::agree
