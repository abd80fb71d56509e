// What a search for a violation need not look at. Each reduction keeps every reachable violation reachable, though
// perhaps in fewer steps: depth, and the number of states and steps, are those of what was explored. Why each is sound
// stands in its file:
//   leave_out      who makes no difference any more
//   elision        waits that are as good as not begun
//   early_steps    what is looked at first
//   private_steps  steps that nobody else has to do with
//   forced_steps   where only one actor can step
// And what a census need not tell apart either: states whose futures are the same, interleaving by interleaving.
//   fold           who has finished, where actors are told apart
//   outdated       compares that can only fail any more
#pragma once

#include <optional>

#include "explore/elision.h"
#include "explore/explore.h"
#include "explore/fold.h"
#include "explore/leave_out.h"
#include "explore/outdated.h"

namespace gapless::explore {

// Which of them are to be used with a model.
class Reduction {
 public:
  Reduction(const model::Model& model, const Reductions& wanted, bool splits = true)
      : by_order_(wanted.reduction),
        splits_(wanted.reduction && splits),
        may_leave_out_(wanted.reduction && allows_leaving_out(model)),
        may_elide_(wanted.elision && allows_elision(model)) {}

  bool leaves_out(const Space& space, LocalNumber local) const {
    return may_leave_out_ && explore::leaves_out(space, local);
  }
  bool elides(Space& space, WorldNumber world, LocalNumber local) const {
    return may_elide_ && explore::elides(space, world, local);
  }
  // Steps are taken early, privately and by force.
  bool by_order() const { return by_order_; }
  // Looks on the way are taken early, and where they were in vain that is said (split_steps.cc).
  bool splits() const { return splits_; }

 private:
  bool by_order_ = false;
  bool splits_ = false;
  bool may_leave_out_ = false;
  bool may_elide_ = false;
};

// Of a search and of a census.
class Merging {
 public:
  Merging(const model::Model& model, const Reductions& wanted)
      : folds_(wanted.reduction && allows_folding(model)),
        outdated_(wanted.reduction ? std::optional<Outdated>(model) : std::nullopt) {}

  bool folds() const { return folds_; }
  // Null where there is none.
  const Outdated* outdated() const { return outdated_ && outdated_->any() ? &*outdated_ : nullptr; }

 private:
  bool folds_ = false;
  std::optional<Outdated> outdated_;
};

}  // namespace gapless::explore
