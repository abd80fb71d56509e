// The engines behind explore.h, one a strategy. What they have found, with what only tests compare.
#pragma once

#include <cstdint>
#include <vector>

#include "explore/explore.h"

namespace gapless::explore {

struct Found {
  model::Verdict verdict;
  // Digests of all final states, sorted, each once (concrete.h); of an incomplete exploration those that were reached.
  std::vector<std::uint64_t> final_states;
  bool by_names = false;  // who is who did not tell states apart (naming.h)
};

// Everything, with exact counts.
Found run_census(const model::Model& model, const Limits& limits);
// Only whether an invariant can break, and the simplest way.
Found run_search(const model::Model& model, const Limits& limits);
// The same among the interleavings with at most limits.switches switches. REQUIRES: there is such a limit.
Found run_bounded(const model::Model& model, const Limits& limits);
// Some interleavings, drawn at random.
Found run_sample(const model::Model& model, const Limits& limits);
// Every interleaving one by one with live fibers: the reference that the others must agree with. For small models.
Found run_enumerate(const model::Model& model, const Limits& limits);

}  // namespace gapless::explore
