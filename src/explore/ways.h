// How many ways lead from each state to an end: what an interleaving is drawn by so that all are equally likely.
//
// The numbers are kept as a fraction and a power of two, since they outgrow every floating-point number. All terms are
// positive, so each addition or multiplication errs by at most one part in 2^53, as does the number that is drawn at
// each step. What is drawn from is therefore off the uniform distribution by at most 4 × (moves of a state) × steps ×
// 2^-53 in total variation: less than 10^-8 for a thousand moves and ten thousand steps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "explore/space.h"
#include "explore/symmetry.h"
#include "explore/watch.h"

namespace gapless::explore {

// fraction × 2^exponent; 0, or a fraction of at least 1/2 and less than 1.
struct Large {
  double fraction = 0;
  std::int64_t exponent = 0;
};
Large operator+(Large a, Large b);
Large operator*(Large a, double factor);
// REQUIRES: b is not 0, and a is at most about b.
double operator/(Large a, Large b);

class Ways {
 public:
  // nullopt where there are more states than that, or no number of ways, since one can go round for ever.
  static std::optional<Ways> count(Space& space, Watch& watch, StateNumber most_states);

  // The places that a move leads to, in the order of Space::moves().
  std::span<const StateNumber> targets(StateNumber state) const {
    return {targets_.data() + begins_[state], targets_.data() + begins_[state + 1]};
  }
  bool ends(StateNumber state) const { return terminal_[state]; }  // an interleaving can end here
  Large ways(StateNumber state) const { return ways_[state]; }

 private:
  bool explore(Space& space, Watch& watch, StateNumber most_states);
  bool add_up();

  StateTable states_;
  std::vector<std::uint64_t> begins_ = {0};
  std::vector<StateNumber> targets_;
  std::vector<std::uint32_t> counts_;  // of the moves: how many actors could take it
  std::vector<bool> terminal_;
  std::vector<Large> ways_;
};

}  // namespace gapless::explore
