// Every interleaving, one by one, with live fibers: slow, and obviously right. No memory of effects, no automaton, no
// merging of states, no symmetry.
//
// Depth first. Worlds and sessions are values and are kept for each step of the current interleaving; a fiber cannot
// be copied, so after a step is taken back the actor that took it is run again from its beginning along its own
// observations.
#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <set>

#include "base/check.h"
#include "explore/concrete.h"
#include "explore/engines.h"
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
        fibers_(model.actors.size()),
        histories_(model.actors.size()) {}

  Found run() {
    auto& verdict = found_.verdict;
    verdict.mode = model::Mode::enumerate;
    try {
      explore(initial(), false);
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
    verdict.fiber_runs = fiber_runs_;
    if (has_counterexample_) {
      verdict.outcome = model::Outcome::violated;
      verdict.counterexample = model::Counterexample{};
      verdict.counterexample->schedule = simplest_;
      verdict.counterexample->simplest = verdict.coverage == model::Coverage::exhaustive;
    } else if (verdict.coverage == model::Coverage::exhaustive) {
      verdict.outcome = model::Outcome::holds;
    }
    verdict.warnings.assign(warnings_.begin(), warnings_.end());
    found_.final_states.assign(final_states_.begin(), final_states_.end());
    return std::move(found_);
  }

 private:
  Concrete initial() {
    Concrete state;
    state.world = successors_.initial_world();
    for (std::size_t actor = 0; actor < model_.actors.size(); ++actor) {
      revive(actor);
      state.actors.push_back({successors_.initial_sessions(), fibers_[actor]->pause(), false});
    }
    return state;
  }

  // `has_failed`: an `always` failed earlier on this interleaving.
  void explore(const Concrete& state, bool has_failed) {
    look_at_limits();
    const auto enabled = ways(successors_, state);
    const bool terminal = std::all_of(enabled.begin(), enabled.end(), [](Way way) { return way == Way::none; });
    if (terminal) {
      end(state, has_failed);
      return;
    }
    for (std::size_t actor = 0; actor < enabled.size(); ++actor) {
      if (enabled[actor] == Way::none) continue;
      Concrete next = state;
      const auto observation = take_step(successors_, next, actor, enabled[actor], [&](const auto& observed) {
        return run_on(actor, observed, *state.actors[actor].pause.operation);
      });
      schedule_.actors.push_back(actor + 1);
      const bool fails = properties_.any(model::PropertyKind::always) &&
                         properties_.first_violated(model::PropertyKind::always, next.world, next.finished(model_));
      if (fails && !has_failed) note_counterexample();
      explore(next, has_failed || fails);
      schedule_.actors.pop_back();
      if (observation) {
        histories_[actor].pop_back();
        fibers_[actor].reset();  // it has run on along a branch that is done with
      }
    }
  }

  void end(const Concrete& state, bool has_failed) {
    const bool deadlocked = !state.all_finished();
    const bool fails_at_end =
        deadlocked ||
        properties_.first_violated(model::PropertyKind::finally, state.world, state.finished(model_)).has_value();
    if (fails_at_end && !has_failed) note_counterexample();
    ++interleavings_;
    if (fails_at_end || has_failed) ++violating_;

    std::vector<std::string> ends;
    for (std::size_t actor = 0; actor < state.actors.size(); ++actor) {
      const auto& pause = state.actors[actor].pause;
      const auto& role = model_.roles[model_.actors[actor]];
      ends.push_back(role.request + role.arguments + " " +
                     (pause.finished() ? pause.response.status : "stuck in " + store::to_string(*pause.operation)));
    }
    final_states_.insert(final_state_digest(state.world, std::move(ends)));
  }

  void note_counterexample() {
    const auto is_simpler = [](const model::Schedule& a, const model::Schedule& b) {
      if (a.actors.size() != b.actors.size()) return a.actors.size() < b.actors.size();
      const auto switches_a = model::switches(a);
      const auto switches_b = model::switches(b);
      return switches_a != switches_b ? switches_a < switches_b : a < b;
    };
    if (has_counterexample_ && !is_simpler(schedule_, simplest_)) return;
    has_counterexample_ = true;
    simplest_ = schedule_;
  }

  actor::Pause run_on(std::size_t actor, const store::Observation& observation, const store::Operation& operation) {
    if (histories_[actor].size() >= limits_.steps_an_actor) {
      throw LimitReached{located(operation, "the request \"" + model_.roles[model_.actors[actor]].request +
                                                "\" takes more than " + std::to_string(limits_.steps_an_actor) +
                                                " steps and may never end")};
    }
    if (!fibers_[actor]) revive(actor);
    histories_[actor].push_back(observation);
    const auto& pause = fibers_[actor]->resume(observation);
    warnings_.insert(pause.warnings.begin(), pause.warnings.end());
    return pause;
  }

  // From the beginning along the actor's own observations, to where it stands.
  void revive(std::size_t actor) {
    fibers_[actor] =
        std::make_unique<actor::LiveActor>(model_.roles[model_.actors[actor]].program, model_.databases.size());
    ++fiber_runs_;
    const auto& pause = fibers_[actor]->pause();
    warnings_.insert(pause.warnings.begin(), pause.warnings.end());
    for (const auto& observation : histories_[actor]) fibers_[actor]->resume(observation);
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
      limits_.progress({interleavings_, static_cast<double>(interleavings_) / seconds, schedule_.actors.size()});
    }
  }

  const model::Model& model_;
  const Limits& limits_;
  const Successors successors_;
  const Properties properties_;
  std::vector<std::unique_ptr<actor::LiveActor>> fibers_;
  std::vector<std::vector<store::Observation>> histories_;
  model::Schedule schedule_;  // so far

  std::uint64_t interleavings_ = 0;
  std::uint64_t violating_ = 0;
  bool has_counterexample_ = false;
  model::Schedule simplest_;
  std::set<std::uint64_t> final_states_;
  std::set<std::string> warnings_;
  std::uint64_t fiber_runs_ = 0;
  std::uint64_t steps_ = 0;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double reported_ = 0;
  Found found_;
};

}  // namespace

Found run_enumerate(const model::Model& model, const Limits& limits) { return Enumeration(model, limits).run(); }

}  // namespace gapless::explore
