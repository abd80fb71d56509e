#include "explore/graph.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

namespace gapless::explore {
namespace {

using Clock = std::chrono::steady_clock;

// Where two actors in a loop may each add a row a turn, states grow with the square of the depth.
constexpr std::uint64_t steps_of_a_loop = 10;

class Exploration {
 public:
  Exploration(Space& space, const Limits& limits, bool stop_at_violation, std::uint64_t most_states)
      : space_(space),
        limits_(limits),
        memory_bytes_(limits.memory_bytes == 0 ? default_memory_bytes() : limits.memory_bytes),
        stop_at_violation_(stop_at_violation),
        most_states_(most_states) {}

  Graph run() {
    graph_.edge_begins.push_back(0);
    discover(space_.initial(), 0);
    graph_.layers.push_back(0);
    std::uint64_t depth = 0;
    StateNumber layer_end = graph_.states.size();
    while (graph_.expanded() < graph_.states.size()) {
      if (graph_.expanded() == layer_end) {
        ++depth;
        graph_.layers.push_back(layer_end);
        layer_end = graph_.states.size();
      }
      if (stop_at_violation_ && depth >= graph_.violating_depth) return std::move(graph_);
      if (must_stop(depth)) {
        graph_.layers.push_back(layer_end);  // as far as it was discovered
        return std::move(graph_);
      }
      try {
        expand(graph_.expanded(), depth);
      } catch (const actor::NeverEnds& endless) {
        // The state counts as expanded as far as it went, so that what was discovered from it can be reached.
        graph_.edge_begins.push_back(graph_.edges.size());
        graph_.cut_short = true;
        graph_.layers.push_back(layer_end);
        graph_.incomplete_reason =
            located(endless.operation, fmt::format("the request \"{}\" takes more than {} steps and may never end",
                                                   space_.role_name(endless.role), limits_.steps_an_actor));
        return std::move(graph_);
      }
    }
    graph_.complete = true;
    return std::move(graph_);
  }

 private:
  void expand(StateNumber state, std::uint64_t depth) {
    graph_.states.read(state, row_);
    const auto begin = static_cast<std::ptrdiff_t>(graph_.edges.size());
    const auto moves = space_.moves(row_);
    for (const auto& move : moves) {
      const auto target = discover(move.row, depth + 1);
      const auto same = std::find_if(graph_.edges.begin() + begin, graph_.edges.end(),
                                     [&](const GraphEdge& edge) { return edge.target == target; });
      if (same != graph_.edges.end()) {
        same->count += move.count;
      } else {
        graph_.edges.push_back({target, move.count});
      }
    }
    graph_.edge_begins.push_back(graph_.edges.size());
  }

  StateNumber discover(const StateRow& row, std::uint64_t depth) {
    const auto [number, is_new] = graph_.states.insert(row);
    if (!is_new) return number;
    graph_.flags.emplace_back();  // before anything below can throw: every state has its flags
    StateFlags flags;
    // Before the first step nothing has happened that could be blamed.
    flags.violates_always = number != 0 && space_.violates_always(row);
    const auto end = space_.end(row);  // leaves alone the moves that expand() is reading
    flags.terminal = end != Space::End::none;
    flags.violates_at_end = end == Space::End::stuck || (flags.terminal && space_.violates_finally(row));
    graph_.flags[number] = flags;
    if (graph_.is_target(number)) graph_.violating_depth = std::min(graph_.violating_depth, depth);
    return number;
  }

  bool must_stop(std::uint64_t depth) {
    // A loop that changes nothing comes back to a state that is known; one that adds a row each time does not.
    const auto deepest = space_.actor_count() * limits_.steps_an_actor / steps_of_a_loop;
    if (space_.automata().has_loop() && depth > deepest) {
      graph_.incomplete_reason =
          located(*space_.automata().loop(),
                  fmt::format("a request repeats this statement and the tables go on changing: after {} steps there is "
                              "no end in sight",
                              depth));
      return true;
    }
    if (!space_.repeated().empty() && depth > deepest) {
      graph_.incomplete_reason = fmt::format(
          "{} is delivered again and again, and the tables go on changing: after {} steps there is no end in sight",
          space_.repeated(), depth);
      return true;
    }
    if (graph_.states.size() > most_states_) {
      graph_.too_large = true;
      return true;
    }
    constexpr std::uint64_t states_between_looks = 1024;
    if (++looks_ % states_between_looks != 1) return false;
    if (graph_.bytes() + space_.bytes() > memory_bytes_) {
      graph_.incomplete_reason = fmt::format("the memory limit of {} MiB is reached after {} states, at depth {}",
                                             memory_bytes_ >> 20U, graph_.states.size(), depth);
      return true;
    }
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - start_).count();
    if (limits_.seconds > 0 && seconds > limits_.seconds) {
      graph_.incomplete_reason = fmt::format("the time limit of {} s is reached", limits_.seconds);
      return true;
    }
    constexpr double seconds_between_reports = 0.1;
    if (limits_.progress && seconds - reported_ > seconds_between_reports) {
      reported_ = seconds;
      limits_.progress({graph_.states.size(), graph_.states.size() / std::max(seconds, 1e-9), depth});
    }
    return false;
  }

  Space& space_;
  const Limits& limits_;
  const std::uint64_t memory_bytes_;
  const bool stop_at_violation_;
  const std::uint64_t most_states_;
  Graph graph_;
  StateRow row_;
  std::uint64_t looks_ = 0;
  const Clock::time_point start_ = Clock::now();
  double reported_ = 0;
};

}  // namespace

std::uint64_t default_memory_bytes() {
  const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE)) / 4 * 3;
}

std::uint64_t Graph::bytes() const {
  return states.bytes() + flags.capacity() * sizeof flags[0] + edge_begins.capacity() * sizeof edge_begins[0] +
         edges.capacity() * sizeof edges[0];
}

std::optional<StateNumber> state_without_end(const Graph& graph) {
  std::vector<std::uint32_t> begins(graph.states.size() + 1);  // of each state's predecessors
  for (const auto& edge : graph.edges) ++begins[edge.target + 1];
  for (StateNumber state = 0; state < graph.states.size(); ++state) begins[state + 1] += begins[state];
  std::vector<StateNumber> predecessors(graph.edges.size());
  auto next = begins;
  for (StateNumber state = 0; state < graph.states.size(); ++state) {
    for (const auto& edge : graph.edges_of(state)) predecessors[next[edge.target]++] = state;
  }
  std::vector<bool> ends(graph.states.size());
  std::vector<StateNumber> found;
  for (StateNumber state = 0; state < graph.states.size(); ++state) {
    if (graph.flags[state].terminal) {
      ends[state] = true;
      found.push_back(state);
    }
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (auto place = begins[found[i]]; place < begins[found[i] + 1]; ++place) {
      const auto state = predecessors[place];
      if (!ends[state]) {
        ends[state] = true;
        found.push_back(state);
      }
    }
  }
  const auto without = std::find(ends.begin(), ends.end(), false);
  if (without == ends.end()) return std::nullopt;
  return static_cast<StateNumber>(without - ends.begin());
}

std::string located(const store::Operation& operation, const std::string& message) {
  if (!operation.statement) return message;
  const auto& statement = *operation.statement;
  return to_string(diagnostic_at(*statement.source, statement.at, message));
}

Graph explore_graph(Space& space, const Limits& limits, bool stop_at_violation, std::uint64_t most_states) {
  return Exploration(space, limits, stop_at_violation, most_states).run();
}

}  // namespace gapless::explore
