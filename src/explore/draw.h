// Ways to draw an interleaving at random, step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/random.h"
#include "explore/space.h"
#include "explore/walk.h"
#include "explore/ways.h"

namespace gapless::explore {

struct Drawn {
  const Move* move = nullptr;  // null: the interleaving ends here
  std::size_t actor = 0;
};

class Drawer {
 public:
  virtual ~Drawer() = default;
  // A new interleaving begins.
  virtual void begin(Random& random) = 0;
  // `moves` are the walk's, and there is one; with `may_end` only faults are among them.
  virtual Drawn next(const Walk& walk, std::span<const Move> moves, bool may_end, Random& random) = 0;
  // The interleaving has ended.
  virtual void ended() {}
};

// Every interleaving equally likely. The counts must outlive it.
std::unique_ptr<Drawer> uniform_drawer(const Ways& ways);

// Each step by an actor with a probability proportional to the steps that it has still to take, as far as earlier
// interleavings have shown: requests of fixed lengths come in all orders with equal probability then. Every fault, what
// happens to the world, and an end before a fault count as one step.
std::unique_ptr<Drawer> steps_drawer();

// Probabilistic concurrency testing; see draw_pct.cc.
class PctDrawer : public Drawer {
 public:
  // What its promise is computed from.
  struct Met {
    std::size_t threads = 0;  // that could step in one interleaving, at most
    double choices = 1;       // the combinations of outcomes in one interleaving, at most
  };
  virtual const Met& met() const = 0;
  // Interleavings are taken to have at most so many steps from now on.
  virtual void expect(std::size_t steps) = 0;
};
// REQUIRES: depth is at least 1.
std::unique_ptr<PctDrawer> pct_drawer(const Space& space, std::size_t depth);

}  // namespace gapless::explore
