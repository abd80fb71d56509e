// A state space layer by layer, on all cores, close to the machine: what graph.h does, without keeping the graph.
//
// States are packed rows (row_codec.h) in flat tables (packed_table.h), one a thread: a state belongs to the thread
// that its hash names, and what a thread finds for another one is handed over in batches. So no state is ever locked,
// and sums do not depend on who was first. Successors come from each thread's own step memory.
//
// Two ways. `visited`: every state is kept until the end. `counting`: the number of ways into each state is added up
// beside it, and a layer is forgotten when the next one is complete; a layer then is all states that have come equally
// far (levels.h), which can be said where no actor goes in circles. Where that is the number of steps, what of a layer
// is too large for the memory goes to disk, in parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explore/explore.h"
#include "explore/space.h"
#include "explore/violations.h"

namespace gapless::explore {

struct LayersOptions {
  bool counting = false;
  bool stop_at_violation = false;
  bool reduced = false;       // with limits.reductions; then depth is not what it is without them
  bool splits = true;         // where reduced: see split_steps.cc; without it depth is more often what it is
  bool factored = true;       // what nobody reads on the way is counted beside the world (factors.h)
  bool final_states = false;  // collect their digests
};

struct LayersResult {
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  bool complete = false;  // else incomplete_reason, or it stopped at a violation as asked
  std::string incomplete_reason;
  std::uint64_t states = 0;
  std::uint64_t edges = 0;
  std::uint64_t violating_depth = never;  // fewest steps to a violation
  Violations violated;                    // at that depth
  // Not where a reduction may have taken steps too many, or too few, or where layers are not those of steps.
  bool violating_depth_is_least = true;
  std::uint64_t depth = 0;  // the last layer that has states
  std::uint64_t bytes = 0;  // at most, of states
  std::optional<std::string> interleavings;
  std::optional<std::string> violating;
  std::vector<std::uint64_t> final_states;  // sorted, each once
};

// nullopt where this engine cannot explore the model; graph.h can. Errors of the model are thrown.
std::optional<LayersResult> explore_layers(Space& space, const Limits& limits, const LayersOptions& options);

}  // namespace gapless::explore
