#include "explore/sample.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "explore/engines.h"

namespace gapless::explore {
namespace {

// What is counted within a second or two.
constexpr StateNumber most_counted_states = 500'000;
// From so many PCT learns how long interleavings are.
constexpr std::uint64_t runs_to_learn = 100;
constexpr std::uint64_t seed_of_learning = 0x6c6561726e;

bool is_simpler(const model::Schedule& a, const model::Schedule& b) {
  if (a.steps.size() != b.steps.size()) return a.steps.size() < b.steps.size();
  const auto switches_a = switches(a);
  const auto switches_b = switches(b);
  return switches_a != switches_b ? switches_a < switches_b : a < b;
}

class Sampler {
 public:
  Sampler(const model::Model& model, const Limits& limits)
      : limits_(limits),
        successors_(model),
        properties_(model),
        space_(successors_, properties_, limits.steps_an_actor),
        walk_(space_),
        watch_(limits),
        most_steps_(model.actors.size() * limits.steps_an_actor) {}

  Found run() {
    choose();
    try {
      if (pct_ != nullptr) learn_length();
      while (sampling_.runs < limits_.sample.runs && is_within_limits()) draw();
    } catch (const actor::NeverEnds& endless) {
      endless_ = watch_.never_ends(space_, endless);
    }
    return found();
  }

 private:
  void choose() {
    const auto wanted = limits_.sample.method;
    sampling_.seed = limits_.sample.seed;
    if (wanted == SampleMethod::automatic || wanted == SampleMethod::uniform) {
      ways_ = Ways::count(space_, watch_, most_counted_states);
    }
    if (ways_) {
      sampling_.method = "uniform";
      drawer_ = uniform_drawer(*ways_);
    } else if (wanted == SampleMethod::steps) {
      sampling_.method = "remaining steps";
      drawer_ = steps_drawer();
    } else {
      sampling_.method = "PCT";
      sampling_.depth = limits_.sample.depth;
      auto pct = pct_drawer(space_, sampling_.depth);
      pct_ = pct.get();
      drawer_ = std::move(pct);
    }
  }

  void learn_length() {
    const auto drawer = steps_drawer();
    std::size_t longest = 1;
    for (std::uint64_t run = 0; run < runs_to_learn && is_within_limits(); ++run) {
      auto random = random_of(limits_.sample.seed ^ seed_of_learning, run);
      longest = std::max(longest, draw_one(space_, walk_, *drawer, random, most_steps_).steps);
    }
    expect(longest);
  }

  // What was drawn for shorter ones promises nothing of these.
  void expect(std::size_t steps) {
    sampling_.steps = steps;
    sampling_.counted = 0;
    pct_->expect(steps);
  }

  void draw() {
    auto random = random_of(limits_.sample.seed, sampling_.runs);
    auto tried = draw_one(space_, walk_, *drawer_, random, most_steps_);
    ++sampling_.runs;
    ++sampling_.counted;
    if (pct_ != nullptr && tried.steps > sampling_.steps) expect(tried.steps);
    if (!tried.ended) ++broken_off_;
    if (!tried.violating) return;
    ++sampling_.violating;
    if (sampling_.violating == 1 || is_simpler(tried.schedule, simplest_)) simplest_ = std::move(tried.schedule);
  }

  bool is_within_limits() {
    if (reason_.empty()) reason_ = watch_.time_is_up(sampling_.runs, sampling_.steps);
    if (reason_.empty()) reason_ = watch_.memory_is_full(space_.bytes());  // what was met is remembered
    return reason_.empty();
  }

  // What can be said of what was not drawn.
  void promise() {
    const auto runs = static_cast<double>(sampling_.runs);
    if (pct_ != nullptr) {
      sampling_.actors = pct_->met().threads;
      sampling_.missed =
          missed_by_pct(sampling_.actors, sampling_.steps, sampling_.depth, pct_->met().choices, sampling_.counted);
    }
    if (ways_ && sampling_.runs > 0) {
      sampling_.missed = std::exp(runs * std::log1p(-(Large{0.5, 1} / ways_->ways(0))));
      constexpr double doubt = 0.05;  // all runs hold although so large a share violates
      if (sampling_.violating == 0) sampling_.share_below = 1 - std::pow(doubt, 1 / runs);
    }
  }

  std::string coverage_reason() const {
    const auto& method = sampling_.method;
    auto text = fmt::format("{} {} drawn at random{}", sampling_.runs,
                            sampling_.runs == 1 ? "interleaving was" : "interleavings were",
                            method == "uniform" ? "" : fmt::format(" by {}", method));
    if (!reason_.empty()) text += fmt::format(" until {}", reason_);
    if (broken_off_ > 0) {
      text += fmt::format(", of which {} had not ended after {} steps", broken_off_, most_steps_);
    }
    return text;
  }

  Found found() {
    promise();
    Found found;
    auto& verdict = found.verdict;
    verdict.mode = model::Mode::sample;
    verdict.coverage = endless_.empty() ? model::Coverage::sampled : model::Coverage::incomplete;
    verdict.coverage_reason = endless_.empty() ? coverage_reason() : endless_;
    verdict.executions = sampling_.runs;
    if (sampling_.violating > 0) {
      verdict.outcome = model::Outcome::violated;
      verdict.counterexample = model::Counterexample{};
      verdict.counterexample->schedule = std::move(simplest_);
    }
    verdict.fiber_runs = space_.automata().fiber_runs();
    verdict.warnings = space_.automata().warnings();
    if (limits_.sample.method == SampleMethod::uniform && !ways_) {
      verdict.warnings.push_back(fmt::format(
          "--method uniform: interleavings could not be counted within {} states, so they were drawn by PCT",
          most_counted_states));
    }
    verdict.sampling = std::move(sampling_);
    return found;
  }

  const Limits& limits_;
  const Successors successors_;
  const Properties properties_;
  Space space_;
  Walk walk_;
  Watch watch_;
  const std::size_t most_steps_;
  std::optional<Ways> ways_;
  std::unique_ptr<Drawer> drawer_;
  PctDrawer* pct_ = nullptr;

  model::Sampling sampling_;
  model::Schedule simplest_;
  std::uint64_t broken_off_ = 0;
  std::string reason_;   // why there are not as many runs as were asked for
  std::string endless_;  // a request that may never end
};

}  // namespace

Tried draw_one(Space& space, Walk& walk, Drawer& drawer, Random& random, std::size_t most_steps) {
  Tried tried;
  walk.restart();
  drawer.begin(random);
  const auto fails = [&] {
    if (tried.violating) return;
    tried.violating = true;
    tried.schedule = walk.schedule();
  };
  while (!tried.ended && tried.steps < most_steps) {
    const auto moves = walk.moves();
    const bool only_faults = std::all_of(moves.begin(), moves.end(), [](const Move& move) { return move.fault; });
    const auto end = only_faults ? space.end(walk.row()) : Space::End::none;
    const bool may_end = end != Space::End::none;
    check(may_end || !moves.empty(), "an interleaving goes on until it can end");
    const auto drawn = moves.empty() ? Drawn{} : drawer.next(walk, moves, may_end, random);
    if (drawn.move == nullptr) {
      tried.ended = true;
      if (end == Space::End::stuck || space.violates_finally(walk.row())) fails();
      continue;
    }
    walk.take(*drawn.move, drawn.actor);
    ++tried.steps;
    if (space.violates_always(walk.row())) fails();
  }
  drawer.ended();
  return tried;
}

Random random_of(std::uint64_t seed, std::uint64_t run) { return Random(mix(mix(seed) ^ run)); }

double missed_by_pct(std::size_t actors, std::size_t steps, std::size_t depth, double choices, std::uint64_t runs) {
  if (runs == 0) return 1;
  const auto schedules =
      static_cast<double>(actors) * std::pow(static_cast<double>(steps), static_cast<double>(depth) - 1) * choices;
  return std::exp(static_cast<double>(runs) * std::log1p(-1 / schedules));
}

Found run_sample(const model::Model& model, const Limits& limits) { return Sampler(model, limits).run(); }

}  // namespace gapless::explore
