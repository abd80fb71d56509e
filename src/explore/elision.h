// Wait elision. A statement that would begin to wait changes nothing that anybody else can notice: locks are anonymous,
// a waiter that holds nothing is in no cycle of waiters and blocks nobody. What is left of the moment at which it began
// is the snapshot that its session keeps; where that is nothing but the name of one row, found by its primary key, it
// sees afterwards exactly what it would have seen had it begun afterwards: so it may as well begin then. Left as it is
// where something could tell the two apart: an invariant that sees who is inside a section, a time-out, a queue, a
// fault, a transaction with one snapshot, rows that are deleted and come back.
#pragma once

#include "explore/space.h"

namespace gapless::explore {

// Whether requests of this model keep their rows, and nothing else tells when a wait began.
bool allows_elision(const model::Model& model);

// All that the actor could do in this world is begin to wait, and that it may as well do when it need not.
// REQUIRES: allows_elision.
bool elides(Space& space, WorldNumber world, LocalNumber local);

}  // namespace gapless::explore
