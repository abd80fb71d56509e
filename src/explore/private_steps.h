// Private steps. A statement that only adds rows at which nobody looks before the end (factors.h) commutes with
// whatever anybody else does, now and later: it goes with the step before (a persistent set of one step; Godefroid,
// Partial-Order Methods for the Verification of Concurrent Systems, 1996).
#pragma once

#include "explore/factors.h"
#include "explore/space.h"

namespace gapless::explore {

// `step`: the one thing that the actor can do in this world, from core to core.
bool is_private(const Space& space, const Factors& factors, WorldNumber world, LocalNumber local,
                const Space::Remembered& step);

}  // namespace gapless::explore
