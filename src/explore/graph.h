// The graph of canonical states, explored breadth first: what census counts on, and what search stops in.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "explore/explore.h"
#include "explore/space.h"
#include "explore/symmetry.h"

namespace gapless::explore {

// What is known of one state.
struct StateFlags {
  bool violates_always : 1 = false;
  bool terminal : 1 = false;         // an interleaving can end here; faults may still follow
  bool violates_at_end : 1 = false;  // terminal, and `finally` fails or it is a deadlock
};

// An edge to a distinct state; `count` concrete steps lead there from each concrete state.
struct GraphEdge {
  StateNumber target = 0;
  std::uint32_t count = 0;
};

struct Graph {
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  StateTable states;                       // numbered in breadth-first order, 0 is initial
  std::vector<StateFlags> flags;           // by state
  std::vector<StateNumber> layers;         // where each depth begins; depth = fewest steps
  std::vector<std::uint64_t> edge_begins;  // by expanded state, one more at the end
  std::vector<GraphEdge> edges;

  std::uint64_t violating_depth = never;  // fewest steps to a violation
  bool complete = false;                  // every state was expanded
  bool cut_short = false;                 // the last expanded state has moves that are missing
  bool too_large = false;                 // it stopped at `most_states`
  std::string incomplete_reason;          // else, and unless it stopped at a violation as asked

  StateNumber expanded() const { return static_cast<StateNumber>(edge_begins.size() - 1); }
  std::span<const GraphEdge> edges_of(StateNumber state) const {
    return {edges.data() + edge_begins[state], edges.data() + edge_begins[state + 1]};
  }
  // Whether every state of a smaller depth than the violation was expanded: then the simplest one is known.
  bool violation_is_simplest() const {
    return violating_depth != never && violating_depth < layers.size() &&
           layers[violating_depth] + (cut_short ? 1 : 0) <= expanded();
  }
  // A state whose discovery ends a counterexample of the fewest steps.
  bool is_target(StateNumber state) const { return flags[state].violates_always || flags[state].violates_at_end; }
  std::uint64_t bytes() const;
};

// A state from which no terminal state can be reached, if there is one: whoever gets there goes round for ever.
// REQUIRES: the graph is complete.
std::optional<StateNumber> state_without_end(const Graph& graph);

// The message at the operation's place in its file.
std::string located(const store::Operation& operation, const std::string& message);

// Where no limit is asked for: three quarters of the machine's.
std::uint64_t default_memory_bytes();

// Explores everything, or with `stop_at_violation` no deeper than the first violation.
Graph explore_graph(Space& space, const Limits& limits, bool stop_at_violation,
                    std::uint64_t most_states = std::numeric_limits<std::uint64_t>::max());

}  // namespace gapless::explore
