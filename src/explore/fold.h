// Finished actors folded into outcomes. Of an actor that has finished, and to whom nothing can happen any more, only
// what it answered is left: how many of those that are alike have answered so is counted beside the world (factors.h),
// whoever they are. So it is anyway where interchangeable actors are forgotten; this is for where they are told apart
// on request (--no-symmetry), and no invariant asks who it was.
#pragma once

#include <optional>

#include "explore/space.h"

namespace gapless::explore {

bool allows_folding(const model::Model& model);

// The local state that stands for all that are alike and ended like this one; none where it is not over, or where
// nobody is like it. REQUIRES: allows_folding.
std::optional<LocalNumber> folded(Space& space, LocalNumber local);

}  // namespace gapless::explore
