// All interleavings with at most so many switches, layer by layer of their steps.
//
// How many switches it took to come to a state depends on the way, and what the next step costs depends on who took
// the last one. So what is explored is (state, local state of the actor that stepped last), each with the fewest
// switches by which it was reached; where a longer way needs fewer, it is explored once more. Every move is taken: a
// bound on switches together with a partial-order reduction would lose interleavings that the reduction has moved to
// others with more switches. (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007, count preemptions;
// switches need no notion of who is enabled.)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/hash_map.h"
#include "explore/space.h"
#include "explore/symmetry.h"
#include "explore/watch.h"
#include "model/schedule.h"

namespace gapless::explore {

class Bounded {
 public:
  Bounded(Space& space, const Limits& limits, std::uint32_t most_switches);

  // Up to the first layer in which something is violated, or the end.
  void explore();

  bool violated() const { return found_; }
  // Nothing was left out for having too many switches: what was explored is everything.
  bool everything() const { return first_cut_ == nothing_cut && reason_.empty() && !found_; }
  // Why it stopped early; empty if it did not.
  const std::string& reason() const { return reason_; }
  const StateTable& states() const { return states_; }
  // No shorter interleaving was left out: what simplest() gives is the simplest one of all.
  bool is_simplest_of_all() const { return found_ && reason_.empty() && first_cut_ >= layers_.size() - 1; }
  // Within the bound: fewest steps, then fewest switches, then the smallest. REQUIRES: violated().
  model::Schedule simplest();

 private:
  struct Node {
    StateNumber state = 0;
    LocalNumber last = 0;  // the local state of the actor that stepped last
    std::uint32_t switches = 0;
  };
  using Layer = std::vector<Node>;
  using Useful = HashMap<std::uint64_t, std::uint32_t>;  // by state and last: switches so far

  void expand(std::span<const Node> nodes, Layer& next);
  void reach(const Node& node, Layer& next);
  StateNumber discover(const StateRow& row);
  static std::size_t end_of_state(std::span<const Node> nodes, std::size_t begin);
  std::span<const Node> expanded_of(std::size_t layer) const;
  void look_at_limits();
  std::uint32_t cost(const Node& node, const StateRow& row, const Move& move) const;
  std::vector<Useful> useful_layers();
  std::uint64_t bytes() const;

  Space& space_;
  const Limits& limits_;
  const std::uint32_t most_switches_;
  Watch watch_;
  StateTable states_;
  std::vector<bool> violating_;  // by state
  std::vector<Layer> layers_;    // by steps; in each those with the same state together
  // By state and last: the fewest switches so far, and where that stands in the layer that is being filled.
  struct Best {
    std::uint32_t switches = 0;
    std::uint32_t layer = 0;
    std::uint32_t place = 0;
  };
  HashMap<std::uint64_t, Best> best_;
  std::uint64_t expanded_ = 0;
  std::size_t stopped_at_ = 0;  // in the layer that is being expanded
  bool found_ = false;
  static constexpr std::size_t nothing_cut = static_cast<std::size_t>(-1);
  std::size_t first_cut_ = nothing_cut;  // the steps of the shortest interleaving that was left out
  std::string reason_;
};

}  // namespace gapless::explore
