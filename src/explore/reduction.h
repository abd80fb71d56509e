// What a search need not look at: see reduction.cc for why each is sound.
#pragma once

#include "explore/explore.h"
#include "explore/space.h"

namespace gapless::explore {

class Reduction {
 public:
  Reduction(const model::Model& model, const Reductions& wanted);

  // An actor in this local state makes no difference any more, to nobody: it is left out of the state.
  bool leaves_out(const Space& space, LocalNumber local) const;
  // All that the actor could do in this world is begin to wait, and that it may as well do when it need not.
  bool elides(Space& space, WorldNumber world, LocalNumber local) const;
  // Where only one actor can step, what it leads to stands for the state itself.
  bool fuses() const { return wanted_.reduction; }

 private:
  Reductions wanted_;
  bool may_leave_out_ = false;
  bool may_elide_ = false;
};

}  // namespace gapless::explore
