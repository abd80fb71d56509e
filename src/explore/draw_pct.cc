// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with
// probabilistic guarantees of finding bugs", ASPLOS 2010). Each thread gets a random priority; the highest one that can
// step does. At d - 1 random points among the k steps, the thread that is about to step falls below all others. A bug
// that shows as soon as d pairs of steps come in a certain order is found with a probability of at least
// 1 / (n k^(d-1)), with n threads.
//
// A thread is an actor; and whatever comes by itself has a priority of its own: each fault of each actor, each thing
// that happens to the world, and the end, where only faults could follow. Outcomes of a call are drawn evenly, so that
// the promise is divided by the number of their combinations.
#include <algorithm>
#include <set>
#include <vector>

#include "base/check.h"
#include "base/hash_map.h"
#include "explore/draw.h"

namespace gapless::explore {
namespace {

// Priorities: at first in the upper half; then, at a change point, below that; and what goes round in circles is below
// everything, the latest lowest.
constexpr std::uint64_t first_priority = std::uint64_t{1} << 63U;
constexpr std::uint64_t changed_priority = std::uint64_t{1} << 62U;

using Thread = std::uint64_t;  // its actor, and what happens to it: see thread_of()
constexpr Thread the_end = ~std::uint64_t{0};

class Pct : public PctDrawer {
 public:
  Pct(const Space& space, std::size_t depth) : space_(space), depth_(depth) {
    check(depth_ >= 1, "a bug has a depth of at least 1");
  }

  const Met& met() const override { return met_; }
  void expect(std::size_t steps) override { steps_ = steps; }

  void begin(Random& random) override {
    salt_ = random.next();
    changes_.clear();
    for (std::size_t i = 1; i < depth_; ++i) changes_.push_back(1 + random.below(steps_));
    lowered_.clear();
    order_.clear();
    visited_.clear();
    circles_ = 0;
    step_ = 0;
    choices_ = 1;
  }

  Drawn next(const Walk& walk, std::span<const Move> moves, bool may_end, Random& random) override {
    ++step_;
    welcome(walk.actors());
    if (goes_round(walk.row())) lower(last_, changed_priority - ++circles_);
    auto highest = highest_thread(walk, moves, may_end);
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (changes_[i] != step_) continue;
      lower(highest, changed_priority + i);
      highest = highest_thread(walk, moves, may_end);
    }
    last_ = highest;
    if (highest == the_end) return {};
    return step_of(highest, walk, moves, random);
  }

 private:
  struct Ranked {
    std::uint64_t priority = 0;
    std::size_t actor = 0;
    // The highest first.
    bool operator<(const Ranked& other) const {
      return priority != other.priority ? priority > other.priority : actor < other.actor;
    }
  };

  static std::size_t actor_of(Thread thread) { return thread >> 32U; }
  static Thread thread_of(std::size_t actor, std::uint32_t what) { return (std::uint64_t{actor} << 32U) | what; }
  // By itself an actor does one thing at a time.
  static bool is_own(const Move& move) { return !move.fault && move.group != Move::nobody; }
  static Thread thread_of(const Move& move, std::size_t actor) {
    return thread_of(actor, is_own(move) ? 0 : move.what);
  }

  std::uint64_t priority(Thread thread) const {
    for (const auto& [each, lowered] : lowered_) {
      if (each == thread) return lowered;
    }
    return mix(salt_ ^ mix(thread + 1)) | first_priority;
  }

  void lower(Thread thread, std::uint64_t to) {
    const auto known =
        std::find_if(lowered_.begin(), lowered_.end(), [&](const auto& each) { return each.first == thread; });
    if (known == lowered_.end()) {
      lowered_.emplace_back(thread, to);
    } else {
      known->second = to;
    }
    const auto actor = actor_of(thread);
    const auto place =
        std::find_if(order_.begin(), order_.end(), [&](const auto& each) { return each.actor == actor; });
    if (place == order_.end() || thread != thread_of(actor, 0)) return;
    order_.erase(place);
    order_.insert(std::upper_bound(order_.begin(), order_.end(), Ranked{to, actor}), {to, actor});
  }

  // Actors that have come into being.
  void welcome(std::size_t actors) {
    if (order_.size() == actors) return;
    for (auto actor = order_.size() + 1; actor <= actors; ++actor) {
      order_.push_back({priority(thread_of(actor, 0)), actor});
    }
    std::sort(order_.begin(), order_.end());
  }

  Thread highest_thread(const Walk& walk, std::span<const Move> moves, bool may_end) {
    candidates_.clear();
    if (may_end) candidates_.push_back(the_end);
    can_step_.assign(walk.row().groups.size(), false);
    for (const auto& move : moves) {
      if (is_own(move)) {
        can_step_[move.group] = true;
        continue;
      }
      for (std::size_t actor = 0; actor <= walk.actors(); ++actor) {
        if (walk.is_of(move, actor)) candidates_.push_back(thread_of(move, actor));
      }
    }
    known_.insert(candidates_.begin(), candidates_.end());
    met_.threads = std::max(met_.threads, walk.actors() + known_.size());
    const auto first = std::find_if(order_.begin(), order_.end(), [&](const Ranked& each) {
      return can_step_[group_of(walk.row(), walk.local_of(each.actor))];
    });
    if (first != order_.end()) candidates_.push_back(thread_of(first->actor, 0));
    return *std::max_element(candidates_.begin(), candidates_.end(),
                             [&](Thread a, Thread b) { return priority(a) < priority(b); });
  }

  static std::size_t group_of(const StateRow& row, LocalNumber local) {
    const auto place = std::lower_bound(row.groups.begin(), row.groups.end(), local,
                                        [](const Group& group, LocalNumber wanted) { return group.local < wanted; });
    check(place != row.groups.end() && place->local == local, "an actor is in a group");
    return static_cast<std::size_t>(place - row.groups.begin());
  }

  Drawn step_of(Thread thread, const Walk& walk, std::span<const Move> moves, Random& random) {
    const auto actor = actor_of(thread);
    suitable_.clear();
    for (const auto& move : moves) {
      if (walk.is_of(move, actor) && thread_of(move, actor) == thread) suitable_.push_back(&move);
    }
    check(!suitable_.empty(), "a thread that is chosen can step");
    if (suitable_.size() == 1) return {suitable_.front(), actor};
    choices_ *= static_cast<double>(suitable_.size());
    met_.choices = std::max(met_.choices, choices_);
    return {suitable_[random.below(suitable_.size())], actor};
  }

  // A request that polls would keep the highest priority for ever: whoever comes back to where the interleaving has
  // been gives way to all others.
  bool goes_round(const StateRow& row) {
    if (!space_.automata().has_loop() && space_.repeated().empty()) return false;
    Digest digest;
    digest.add(std::uint64_t{row.world});
    for (const auto& group : row.groups) digest.add(thread_of(group.local, group.count));
    return !visited_.emplace(digest.value(), true).second;
  }

  const Space& space_;
  const std::size_t depth_;
  std::size_t steps_ = 1;
  Met met_;
  std::set<Thread> known_;  // that come by themselves

  // Of this interleaving.
  std::uint64_t salt_ = 0;
  std::vector<std::uint64_t> changes_;                     // steps
  std::vector<std::pair<Thread, std::uint64_t>> lowered_;  // with their priorities
  std::vector<Ranked> order_;                              // actors' own threads
  HashMap<std::uint64_t, bool> visited_;                   // states, where one may go round
  std::uint64_t circles_ = 0;
  std::size_t step_ = 0;
  double choices_ = 1;
  Thread last_ = the_end;

  std::vector<bool> can_step_;  // by group
  std::vector<const Move*> suitable_;
  std::vector<Thread> candidates_;
};

}  // namespace

std::unique_ptr<PctDrawer> pct_drawer(const Space& space, std::size_t depth) {
  return std::make_unique<Pct>(space, depth);
}

}  // namespace gapless::explore
