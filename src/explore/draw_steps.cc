// What is learnt: from each local state, how many steps its actor has taken on the average until its interleaving
// ended.
#include <algorithm>
#include <vector>

#include "base/hash_map.h"
#include "explore/draw.h"

namespace gapless::explore {
namespace {

class RemainingSteps : public Drawer {
 public:
  void begin(Random&) override {
    taken_.clear();
    way_.clear();
  }

  Drawn next(const Walk& walk, std::span<const Move> moves, bool may_end, Random& random) override {
    outcomes_.assign(walk.row().groups.size(), 0);
    for (const auto& move : moves) {
      if (is_own(move)) ++outcomes_[move.group];
    }
    weights_.clear();
    double all = may_end ? 1 : 0;
    for (const auto& move : moves) {
      weights_.push_back(weight(walk, move));
      all += weights_.back();
    }
    double rest = random.unit() * all;
    if (may_end) {
      rest -= 1;
      if (rest < 0) return {};
    }
    std::size_t chosen = 0;
    while (chosen + 1 < moves.size() && (rest -= weights_[chosen]) >= 0) ++chosen;
    const auto& move = moves[chosen];
    const auto actor = walk.nth_of(move, static_cast<std::uint32_t>(random.below(move.count)));
    way_.push_back({actor, walk.before(move)});
    if (taken_.size() <= actor) taken_.resize(actor + 1);
    ++taken_[actor];
    return {&move, actor};
  }

  void ended() override {
    for (const auto& step : way_) {
      auto& left = taken_[step.actor];
      auto& known = known_[step.local];
      known.steps += left;
      ++known.times;
      longest_ = std::max(longest_, left);
      --left;
    }
  }

 private:
  struct Known {
    std::uint64_t steps = 0;
    std::uint64_t times = 0;
  };
  struct Step {
    std::size_t actor = 0;
    LocalNumber local = 0;
  };

  static bool is_own(const Move& move) { return !move.fault && move.group != Move::nobody; }

  // Several outcomes of one operation share its actor's weight.
  double weight(const Walk& walk, const Move& move) const {
    if (!is_own(move)) return move.count;
    return steps_from(walk.before(move)) * move.count / outcomes_[move.group];
  }

  // Of what was never seen: as long as the longest.
  double steps_from(LocalNumber local) const {
    const auto known = known_.find(local);
    if (known == known_.end()) return static_cast<double>(longest_);
    return static_cast<double>(known->second.steps) / static_cast<double>(known->second.times);
  }

  HashMap<std::uint64_t, Known> known_;  // by local state
  std::uint64_t longest_ = 1;
  std::vector<std::uint64_t> taken_;  // by actor, in this interleaving
  std::vector<Step> way_;
  std::vector<double> weights_;
  std::vector<std::uint32_t> outcomes_;  // by group
};

}  // namespace

std::unique_ptr<Drawer> steps_drawer() { return std::make_unique<RemainingSteps>(); }

}  // namespace gapless::explore
