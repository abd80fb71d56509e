// Who makes no difference is left out. An actor that has finished, to whom nothing can happen any more, and whom no
// invariant sees, takes no part in anything: states that differ only in such actors have equal futures.
#pragma once

#include "explore/space.h"

namespace gapless::explore {

// A job's last run is owed by who has finished.
bool allows_leaving_out(const model::Model& model);

// REQUIRES: allows_leaving_out.
bool leaves_out(const Space& space, LocalNumber local);

}  // namespace gapless::explore
