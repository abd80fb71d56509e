// Exact numbers of interleavings, without listing them.
//
// The merged states form an acyclic graph, in which an interleaving is a path from the initial state to a terminal one.
// The number of ways into each state is added up in a topological order; a merged state can be reached at several
// depths, so layers by depth would not do. Two numbers a state: all ways, and those on which no `always` has failed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "explore/graph.h"

namespace gapless::explore {

struct Census {
  std::string interleavings;
  std::string violating;
};

// nullopt where the graph has a cycle (polling, an unbounded retry): there is no number then.
// REQUIRES: the graph is complete.
std::optional<Census> count_interleavings(const Graph& graph);

// How many primes suffice for numbers up to 2^bits, whatever rounding may have done to `bits`.
std::size_t primes_for(long double bits);

}  // namespace gapless::explore
