// How far an actor has come: a number for each local state, so that the sum over all actors, and the world's own level,
// rises with every step. A census by layers then goes by this sum: once all states of a sum are complete, nothing leads
// into them any more.
//
// `steps`: the number is how many steps the actor has taken. Where it can come to the same place by one step and by
// two (an attempt that fails, and the next one) there is no such number.
// `longest`: the most steps, of all that are known so far, by which the actor can come there: the longest path in the
// graph of local states. A step may then rise by more than one. A number that turns out to be too low is raised, and
// what was counted with it counts for nothing; there is none where an actor can go in a circle.
#pragma once

#include <cstdint>
#include <vector>

#include "base/hash_map.h"
#include "explore/symmetry.h"

namespace gapless::explore {

class Levels {
 public:
  enum class Kind { steps, longest };
  explicit Levels(Kind kind) : kind_(kind) {}

  Kind kind() const { return kind_; }
  // By at least so much; of `steps` by exactly so much.
  void raise(LocalNumber from, LocalNumber to, std::uint32_t by);
  // Who was not there before.
  void begin(LocalNumber created);

  std::uint32_t of(LocalNumber local) const { return levels_[local]; }
  std::uint32_t rise(LocalNumber from, LocalNumber to) const { return levels_[to] - levels_[from]; }

  bool exist() const { return exist_; }
  // Nothing has been raised since it was last asked to be steady.
  bool is_steady() const { return is_steady_; }
  void make_steady() { is_steady_ = true; }

 private:
  static constexpr std::uint32_t unknown = 0xffffffffU;
  struct Edge {
    LocalNumber to;
    std::uint32_t by;
  };
  std::uint32_t& at(LocalNumber local);
  void raise_what_follows(LocalNumber raised);

  Kind kind_;
  bool exist_ = true;
  bool is_steady_ = true;
  std::vector<std::uint32_t> levels_;
  std::vector<std::vector<Edge>> edges_;   // of `longest`
  HashMap<std::uint64_t, bool> known_[2];  // edges, by how much they raise
  std::uint64_t states_ = 0;               // local states that have a level
};

}  // namespace gapless::explore
