// A step's probability is the share of the ways to an end that begin with it.
#include "base/check.h"
#include "explore/draw.h"

namespace gapless::explore {
namespace {

class Uniform : public Drawer {
 public:
  explicit Uniform(const Ways& ways) : ways_(ways) {}

  void begin(Random&) override { state_ = 0; }

  Drawn next(const Walk& walk, std::span<const Move> moves, bool may_end, Random& random) override {
    const auto targets = ways_.targets(state_);
    check(targets.size() == moves.size(), "a state has the same moves each time");
    const auto all = ways_.ways(state_);
    double rest = random.unit();
    if (may_end) {
      rest -= Large{0.5, 1} / all;
      if (rest < 0) return {};
    }
    std::size_t chosen = 0;
    for (std::size_t move = 0; move < moves.size(); ++move) {
      const auto share = (ways_.ways(targets[move]) * moves[move].count) / all;
      if (share == 0) continue;
      chosen = move;  // what rounding has left over goes to the last one
      rest -= share;
      if (rest < 0) break;
    }
    state_ = targets[chosen];
    const auto& move = moves[chosen];
    return {&move, walk.nth_of(move, static_cast<std::uint32_t>(random.below(move.count)))};
  }

 private:
  const Ways& ways_;
  StateNumber state_ = 0;
};

}  // namespace

std::unique_ptr<Drawer> uniform_drawer(const Ways& ways) { return std::make_unique<Uniform>(ways); }

}  // namespace gapless::explore
