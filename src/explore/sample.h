// Some interleavings, drawn at random: where all of them, or those with few switches, are too many.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "explore/draw.h"
#include "explore/space.h"
#include "explore/walk.h"
#include "explore/watch.h"
#include "model/schedule.h"

namespace gapless::explore {

// What one drawn interleaving came to.
struct Tried {
  std::size_t steps = 0;
  bool violating = false;
  bool ended = false;        // else it was broken off, for having gone on too long
  model::Schedule schedule;  // of a violating one: up to the violation; otherwise empty
};

// Draws one and walks it to its end. It is broken off after `most_steps`.
Tried draw_one(Space& space, Walk& walk, Drawer& drawer, Random& random, std::size_t most_steps);

// Runs draw their chances independently, so that each is the same however many come before it.
Random random_of(std::uint64_t seed, std::uint64_t run);

// (1 - 1/(actors steps^(depth - 1) choices))^runs: what PCT may at most have missed.
double missed_by_pct(std::size_t actors, std::size_t steps, std::size_t depth, double choices, std::uint64_t runs);

}  // namespace gapless::explore
