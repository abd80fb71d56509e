// Every interleaving, one by one, with live fibers: slow, and obviously right. No memory of effects, no automaton, no
// merging of states, no symmetry.
//
// Depth first. Worlds and sessions are values and are kept for each step of the current interleaving; see fibers.h for
// the rest.
#include <algorithm>
#include <chrono>
#include <limits>
#include <set>

#include "base/check.h"
#include "explore/concrete.h"
#include "explore/engines.h"
#include "explore/fibers.h"
#include "explore/graph.h"
#include "model/schedule.h"

namespace gapless::explore {
namespace {

struct LimitReached {
  std::string reason;
};

class Enumeration {
 public:
  Enumeration(const model::Model& model, const Limits& limits)
      : model_(model),
        limits_(limits),
        successors_(model),
        properties_(model),
        roles_(model),
        fibers_(model.databases.size()) {}

  Found run() {
    auto& verdict = found_.verdict;
    verdict.mode = model::Mode::enumerate;
    try {
      explore(initial_state(successors_, fibers_), false);
      verdict.coverage = model::Coverage::exhaustive;
      verdict.counts = model::Counts::exact;
      verdict.interleavings = std::to_string(interleavings_);
      verdict.violating = std::to_string(violating_);
    } catch (const LimitReached& limit) {
      verdict.coverage = model::Coverage::incomplete;
      verdict.coverage_reason = limit.reason;
      verdict.counts = model::Counts::explored;
    }
    verdict.executions = interleavings_;
    verdict.fiber_runs = fibers_.runs();
    if (has_counterexample_) {
      verdict.outcome = model::Outcome::violated;
      verdict.counterexample = model::Counterexample{};
      verdict.counterexample->schedule = simplest_;
      verdict.counterexample->simplest = verdict.coverage == model::Coverage::exhaustive;
    } else if (verdict.coverage == model::Coverage::exhaustive) {
      verdict.outcome = model::Outcome::holds;
    }
    verdict.warnings.assign(fibers_.warnings().begin(), fibers_.warnings().end());
    found_.final_states.assign(final_states_.begin(), final_states_.end());
    return std::move(found_);
  }

 private:
  // `has_failed`: an `always` failed earlier on this interleaving.
  void explore(const Concrete& state, bool has_failed) {
    look_at_limits();
    const auto possible = possibilities(successors_, roles_, state);
    const bool ends =
        std::all_of(possible.begin(), possible.end(), [](const auto& each) { return is_fault(each.way); });
    if (ends) end(state, has_failed);
    for (const auto& each : possible) {
      Concrete next = state;
      const auto before = fibers_.taken();
      take_step(successors_, roles_, next, each, fibers_);
      schedule_.steps.push_back(choice_of(each));
      look_at_steps(each, state);
      const bool fails = properties_.any(Properties::When::step) &&
                         properties_.first_violated(Properties::When::step, next.world, next.seen(roles_)).has_value();
      if (fails && !has_failed) note_counterexample();
      explore(next, has_failed || fails);
      schedule_.steps.pop_back();
      fibers_.take_back(before);
    }
  }

  void end(const Concrete& state, bool has_failed) {
    const bool deadlocked = !state.is_final(successors_, roles_);
    const bool fails_at_end =
        deadlocked || properties_.first_violated(Properties::When::end, state.world, state.seen(roles_)).has_value();
    if (fails_at_end && !has_failed) note_counterexample();
    ++interleavings_;
    if (fails_at_end || has_failed) ++violating_;

    std::vector<std::string> ends;
    for (const auto& actor : state.actors) {
      const auto& role = roles_[actor.role];
      ends.push_back(role.request + role.arguments + " " +
                     (actor.pause.finished() ? actor.pause.response.status
                                             : "stuck in " + store::to_string(*actor.pause.operation)));
    }
    final_states_.insert(final_state_digest(state.world, std::move(ends)));
  }

  void note_counterexample() {
    const auto is_simpler = [](const model::Schedule& a, const model::Schedule& b) {
      if (a.steps.size() != b.steps.size()) return a.steps.size() < b.steps.size();
      const auto switches_a = model::switches(a);
      const auto switches_b = model::switches(b);
      return switches_a != switches_b ? switches_a < switches_b : a < b;
    };
    if (has_counterexample_ && !is_simpler(schedule_, simplest_)) return;
    has_counterexample_ = true;
    simplest_ = schedule_;
  }

  // A request that goes on and on, or that is run again and again.
  void look_at_steps(const Possible& taken, const Concrete& before) const {
    if (taken.way != Way::happen && fibers_.steps(taken.actor) > limits_.steps_an_actor) {
      const auto& actor = before.actors[taken.actor];
      throw LimitReached{
          located(*actor.pause.operation, "the request \"" + roles_[actor.role].request + "\" takes more than " +
                                              std::to_string(limits_.steps_an_actor) + " steps and may never end")};
    }
    if (schedule_.steps.size() > before.actors.size() * limits_.steps_an_actor) {
      throw LimitReached{"an interleaving takes more than " + std::to_string(schedule_.steps.size() - 1) +
                         " steps and may never end"};
    }
  }

  void look_at_limits() {
    constexpr std::uint64_t steps_between_looks = 256;
    if (++steps_ % steps_between_looks != 0) return;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (limits_.seconds > 0 && seconds > limits_.seconds) {
      throw LimitReached{"the time limit is reached after " + std::to_string(interleavings_) + " interleavings"};
    }
    constexpr double seconds_between_reports = 0.1;
    if (limits_.progress && seconds - reported_ > seconds_between_reports) {
      reported_ = seconds;
      limits_.progress({interleavings_, static_cast<double>(interleavings_) / seconds, schedule_.steps.size()});
    }
  }

  const model::Model& model_;
  const Limits& limits_;
  const Successors successors_;
  const Properties properties_;
  Roles roles_;
  Fibers fibers_;
  model::Schedule schedule_;  // so far

  std::uint64_t interleavings_ = 0;
  std::uint64_t violating_ = 0;
  bool has_counterexample_ = false;
  model::Schedule simplest_;
  std::set<std::uint64_t> final_states_;
  std::uint64_t steps_ = 0;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double reported_ = 0;
  Found found_;
};

}  // namespace

Found run_enumerate(const model::Model& model, const Limits& limits) { return Enumeration(model, limits).run(); }

}  // namespace gapless::explore
