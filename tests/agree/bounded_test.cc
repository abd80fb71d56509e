// Interleavings with few switches against all of them, one by one, of which those with more are left out; and whatever
// a sample finds must be there.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "agree.h"
#include "base/source.h"
#include "explore/concrete.h"
#include "explore/explore.h"
#include "explore/fibers.h"
#include "random_scenario.h"
#include "scenario/load.h"

namespace gapless::agree {
namespace {

using namespace explore;

constexpr std::uint64_t most_interleavings = 3'000;

// The simplest violation by its switches, from every interleaving by live fibers.
class EveryInterleaving {
 public:
  explicit EveryInterleaving(const model::Model& model)
      : successors_(model), properties_(model), roles_(model), fibers_(model.databases.size()) {
    walk(initial_state(successors_, fibers_), false);
  }

  // Of those with at most so many switches up to the violation.
  std::optional<model::Schedule> simplest(std::size_t switches) const {
    std::optional<model::Schedule> found;
    for (const auto& [own, schedule] : by_switches_) {
      if (own <= switches && (!found || schedule.steps.size() < found->steps.size())) found = schedule;
    }
    return found;
  }
  std::size_t most_switches() const { return most_switches_; }

 private:
  void walk(const Concrete& state, bool has_failed) {
    const auto possible = possibilities(successors_, roles_, state);
    if (std::all_of(possible.begin(), possible.end(), [](const auto& each) { return is_fault(each.way); })) {
      const bool fails = !state.is_final(successors_, roles_) ||
                         properties_.first_violated(Properties::When::end, state.world, state.seen(roles_)).has_value();
      if (fails && !has_failed) note();
      most_switches_ = std::max(most_switches_, model::switches(schedule_));
    }
    for (const auto& each : possible) {
      Concrete next = state;
      const auto before = fibers_.taken();
      take_step(successors_, roles_, next, each, fibers_);
      schedule_.steps.push_back(choice_of(each));
      const bool fails = properties_.first_violated(Properties::When::step, next.world, next.seen(roles_)).has_value();
      if (fails && !has_failed) note();
      walk(next, has_failed || fails);
      schedule_.steps.pop_back();
      fibers_.take_back(before);
    }
  }

  // Of equally many switches: fewest steps, then the smallest.
  void note() {
    const auto [known, is_new] = by_switches_.emplace(model::switches(schedule_), schedule_);
    auto& other = known->second;
    const bool shorter = schedule_.steps.size() < other.steps.size();
    if (shorter || (schedule_.steps.size() == other.steps.size() && schedule_ < other)) other = schedule_;
  }

  const Successors successors_;
  const Properties properties_;
  Roles roles_;
  Fibers fibers_;
  model::Schedule schedule_;
  std::map<std::size_t, model::Schedule> by_switches_;
  std::size_t most_switches_ = 0;
};

std::string text(const std::optional<model::Schedule>& schedule) { return schedule ? to_string(*schedule) : "none"; }

struct Tally {
  std::size_t models = 0;
  std::size_t found = 0;       // by a bound
  std::size_t passed_by = 0;   // a bound that leaves the violations out
  std::size_t exhaustive = 0;  // a bound that leaves nothing out
  std::size_t sampled = 0;     // violations
};

// Empty where both agree at each number of switches.
std::string disagreement(const model::Model& model, Tally& tally) {
  const auto census = check_model(model, model::Mode::census, {});
  if (!census.interleavings || census.interleavings->size() > 6) return {};
  if (std::stoull(*census.interleavings) > most_interleavings) return {};
  ++tally.models;
  const EveryInterleaving every(model);
  for (std::uint32_t switches = 0; switches <= every.most_switches() + 1; ++switches) {
    Limits limits;
    limits.switches = switches;
    const auto verdict = check_model(model, model::Mode::search, limits);
    const auto wanted = every.simplest(switches);
    const std::optional<model::Schedule> got =
        verdict.counterexample ? std::optional(verdict.counterexample->schedule) : std::nullopt;
    const auto at = " with at most " + std::to_string(switches) + " switches: " + text(got) + ", not " + text(wanted);
    if (got != wanted) return "another counterexample" + at;
    if ((verdict.outcome == model::Outcome::violated) != wanted.has_value()) return "another verdict" + at;
    const bool holds = verdict.outcome == model::Outcome::holds;
    if (holds && census.outcome != model::Outcome::holds) return "holds, which is wrong" + at;
    if (holds != (verdict.coverage == model::Coverage::exhaustive)) return "holds without a proof" + at;
    if (!wanted && !holds && switches >= every.most_switches()) return "nothing was left out" + at;
    const auto all = census.counterexample ? text(census.counterexample->schedule) : "none";
    if (got && verdict.counterexample->simplest && text(got) != all) return "not the simplest of all, " + all + at;
    tally.found += got.has_value();
    tally.passed_by += !got && census.outcome == model::Outcome::violated;
    tally.exhaustive += holds;
  }
  for (const auto method : {SampleMethod::uniform, SampleMethod::pct, SampleMethod::steps}) {
    Limits limits;
    limits.sample = {.method = method, .runs = 20, .seed = 1, .depth = 3};
    const auto verdict = check_model(model, model::Mode::sample, limits);  // which replays what it has found
    const bool found = verdict.outcome == model::Outcome::violated;
    if (found && census.outcome != model::Outcome::violated) return "a sample violates, and the census holds";
    if (verdict.outcome == model::Outcome::holds) return "a sample is no proof";
    if (found != (verdict.sampling->violating > 0)) return "a sample does not say what it has found";
    tally.sampled += found;
  }
  return {};
}

void compare(std::string (*write)()) {
  setenv("RC_PARAMS", "seed=20261122 max_success=120 verbose_progress=0", 0);
  Tally tally;
  CHECK(rc::check("with few switches, and with all", [&] {
    const std::string text = write();
    RC_LOG() << text;
    for (const auto& model : scenario::load(make_source("random.gap", text), {})) {
      const auto problem = disagreement(model, tally);
      if (!problem.empty()) RC_FAIL(problem);
    }
  }));
  MESSAGE("models ", tally.models, ", violations within a bound ", tally.found, ", left out by one ", tally.passed_by,
          ", bounds that leave nothing out ", tally.exhaustive, ", samples that violate ", tally.sampled);
  CHECK(tally.models >= 60);
  CHECK(tally.found >= 60);
  CHECK(tally.passed_by >= 15);
  CHECK(tally.exhaustive >= 60);
  CHECK(tally.sampled >= 40);
}

}  // namespace

TEST_CASE("few switches: random scenarios") { compare(random_scenario); }

TEST_CASE("few switches: random scenarios with faults and obligations") { compare(random_scenario_with_faults); }

TEST_CASE("few switches: random scenarios of documents") { compare(random_scenario_of_documents); }

}  // namespace gapless::agree
