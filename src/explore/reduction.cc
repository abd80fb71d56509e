// Four things that a search for a violation need not look at. Each keeps every reachable violation reachable, though
// perhaps in fewer steps: depth, and the number of states and steps, are those of what was explored.
//
// Who makes no difference is left out. An actor that has finished, to whom nothing can happen any more, and whom no
// invariant sees, takes no part in anything: states that differ only in such actors have equal futures.
//
// Wait elision. A statement that would begin to wait changes nothing that anybody else can notice: locks are anonymous,
// a waiter that holds nothing is in no cycle of waiters and blocks nobody. What is left of the moment at which it began
// is the snapshot that its session keeps; where that is nothing but the name of one row, found by its primary key, it
// sees afterwards exactly what it would have seen had it begun afterwards: so it may as well begin then. Left as it is
// where something could tell the two apart: a time-out, a queue, a fault, a transaction with one snapshot, rows that
// are deleted and come back.
//
// Forced steps. Where only one actor can step, and in one way, the state it leads to stands for the state itself. The
// state between is looked at (`always`), not kept.
//
// Private steps: see footprints. (A persistent set of one step; Godefroid, Partial-Order Methods, 1996.)
#include "explore/reduction.h"

#include <algorithm>

namespace gapless::explore {

Reduction::Reduction(const model::Model& model, const Reductions& wanted) : wanted_(wanted) {
  const bool has_jobs = std::ranges::any_of(model.roles, [](const model::Role& role) { return role.job; });
  may_leave_out_ = wanted.reduction && !has_jobs;
}

bool Reduction::leaves_out(const Space& space, LocalNumber local) const {
  return may_leave_out_ && !space.reads_actors() && space.is_over(local);
}

bool Reduction::elides(Space& /*space*/, WorldNumber /*world*/, LocalNumber /*local*/) const { return false; }

}  // namespace gapless::explore
