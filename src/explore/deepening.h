// The simplest counterexample where the graph was not kept: its length is known, the rest is searched for.
#pragma once

#include <cstdint>
#include <optional>

#include "explore/layers.h"
#include "explore/space.h"
#include "model/schedule.h"

namespace gapless::explore {

// The schedule of `depth` steps that violates with the fewest switches, and of these the smallest. nullopt where that
// takes more than `most_states` looks at a state. REQUIRES: no shorter schedule violates, and one of `depth` does, in
// one of the ways said.
std::optional<model::Schedule> simplest_by_deepening(Space& space, std::uint64_t depth, const Violations& how,
                                                     std::uint64_t most_states);

}  // namespace gapless::explore
