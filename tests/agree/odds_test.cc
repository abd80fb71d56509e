// What one run of a test finds, against every interleaving run one by one with live fibers: the probability of each is
// multiplied along its steps, as the definition has it.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "agree.h"
#include "base/source.h"
#include "explore/concrete.h"
#include "explore/fibers.h"
#include "random_scenario.h"
#include "scenario/load.h"

namespace gapless::agree {
namespace {

using namespace gapless::explore;

class EachRun {
 public:
  explicit EachRun(const model::Model& model)
      : successors_(model), properties_(model), roles_(model), fibers_(model.databases.size()) {}

  // The sum of the probabilities of all violating interleavings.
  double violating() {
    go_on(initial_state(successors_, fibers_), false, 1);
    return violating_;
  }

 private:
  void go_on(const Concrete& state, bool has_failed, double probability) {
    const auto possible = possibilities(successors_, roles_, state);
    const bool can_end = std::ranges::all_of(possible, [](const auto& each) { return is_fault(each.way); });
    const auto share = probability / static_cast<double>(possible.size() + (can_end ? 1 : 0));
    if (can_end && (has_failed || fails_at_end(state))) violating_ += share;
    for (const auto& each : possible) {
      Concrete next = state;
      const auto before = fibers_.taken();
      take_step(successors_, roles_, next, each, fibers_);
      go_on(next, has_failed || fails(Properties::When::step, next), share);
      fibers_.take_back(before);
    }
  }

  bool fails_at_end(const Concrete& state) {
    return !state.is_final(successors_, roles_) || fails(Properties::When::end, state);
  }
  bool fails(Properties::When when, const Concrete& state) {
    return properties_.any(when) && properties_.first_violated(when, state.world, state.seen(roles_)).has_value();
  }

  Successors successors_;
  Properties properties_;
  Roles roles_;
  Fibers fibers_;
  double violating_ = 0;
};

struct Compared {
  std::size_t models = 0;
  std::size_t between = 0;    // neither 0 nor 1
  std::size_t differing = 0;  // from the share of the interleavings
};

// Enough to be worth it, few enough for a test: 20,000 a second.
constexpr std::uint64_t most_interleavings = 3'000;

// Empty, or what differs. Models with more interleavings, or endless ones, are left out.
std::string disagreement_of_odds(const model::Model& model, Compared& compared) {
  Limits limits;
  limits.odds = true;
  const auto verdict = check_model(model, model::Mode::census, limits);
  if (verdict.odds.size() != 1) return verdict.coverage == model::Coverage::exhaustive ? "no odds" : "";
  const auto& odds = verdict.odds.front();
  if (!odds.interleavings || odds.interleavings->size() > 9 || std::stoull(*odds.interleavings) > most_interleavings) {
    return "";
  }
  const double by_hand = EachRun(model).violating();
  ++compared.models;
  compared.between += *odds.uniform > 0 && *odds.uniform < 1;
  compared.differing += std::abs(*odds.uniform - *odds.share) > 0.01;
  constexpr double rounding = 1e-12;
  if (std::abs(*odds.uniform - by_hand) <= rounding) return "";
  return "by the graph " + std::to_string(*odds.uniform) + ", run by run " + std::to_string(by_hand);
}

// Three kinds of 300. An environment that says otherwise goes first; RapidCheck reads it once a program.
void look_somewhere() { setenv("RC_PARAMS", "seed=20261122 max_success=300 verbose_progress=0", 0); }

void compare(std::string (*write)()) {
  look_somewhere();
  Compared compared;
  CHECK(rc::check("one run finds it as often", [&] {
    const std::string text = write();
    RC_LOG() << text;
    for (const auto& model : scenario::load(make_source("random.gap", text), {})) {
      const auto problem = disagreement_of_odds(model, compared);
      if (!problem.empty()) RC_FAIL(problem);
    }
  }));
  MESSAGE("compared: ", compared.models, ", neither 0 nor 1: ", compared.between,
          ", far from the share: ", compared.differing);
  CHECK(compared.models >= 150);
  CHECK(compared.between >= 10);
  CHECK(compared.differing >= 10);
}

}  // namespace

TEST_CASE("odds are those of all runs, in random scenarios") { compare(random_scenario); }
TEST_CASE("odds are those of all runs, with faults and obligations") { compare(random_scenario_with_faults); }
TEST_CASE("odds are those of all runs, in documents") { compare(random_scenario_of_documents); }

TEST_CASE("odds are those of all runs, in every shipped scenario at two actors") {
  Compared compared;
  for (const auto& model : shipped_models(2)) {
    CAPTURE(name_of(model));
    CHECK(disagreement_of_odds(model, compared) == "");
  }
  MESSAGE("compared: ", compared.models, ", neither 0 nor 1: ", compared.between);
  CHECK(compared.models >= 50);
  CHECK(compared.between >= 20);
}

}  // namespace gapless::agree
