// The simplest counterexample in an explored graph: fewest steps, then fewest switches, then the smallest schedule.
#pragma once

#include "explore/graph.h"
#include "explore/space.h"
#include "model/schedule.h"

namespace gapless::explore {

// A schedule of concrete actors that ends in a violation. REQUIRES: the graph has one, and every state of a smaller
// depth than it was expanded.
model::Schedule simplest_counterexample(Space& space, const Graph& graph);

}  // namespace gapless::explore
