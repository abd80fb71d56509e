// Fewest steps is breadth-first depth. Among the paths of that length, the fewest switches still to come depend on the
// state and on the local state of the actor that stepped last, so they are added up backwards over exactly those
// states that lie on such a path. The smallest schedule then follows greedily, forwards, with actors told apart again:
// each time the smallest actor whose step keeps to the fewest steps and switches.
#include "explore/simplest.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/hash_map.h"

namespace gapless::explore {
namespace {

constexpr std::uint32_t impossible = std::numeric_limits<std::uint32_t>::max();

class Simplest {
 public:
  Simplest(Space& space, const Graph& graph) : space_(space), graph_(graph), useful_(graph.states.size()) {
    mark_useful();
    add_up_switches();
  }

  model::Schedule schedule() {
    model::Schedule schedule;
    auto actors = space_.initial_locals();
    StateNumber state = 0;
    std::size_t last = actors.size();  // nobody
    for (std::uint64_t depth = 0; depth < graph_.violating_depth; ++depth) {
      const auto wanted = last == actors.size() ? fewest_from(state) : switches_after(state, actors[last]);
      graph_.states.read(state, row_);
      const auto moves = space_.moves(row_);
      bool stepped = false;
      for (std::size_t actor = 0; actor < actors.size() && !stepped; ++actor) {
        const auto move = std::find_if(moves.begin(), moves.end(), [&](const Move& candidate) {
          return row_.groups[candidate.group].local == actors[actor];
        });
        if (move == moves.end()) continue;
        const auto target = graph_.states.find(move->row);
        if (!is_next(target, depth)) continue;
        const bool is_switch = last != actors.size() && last != actor;
        if (switches_after(target, move->local) + (is_switch ? 1 : 0) != wanted) continue;
        for (std::size_t other = 0; other < actors.size(); ++other) {
          actors[other] = other == actor ? move->local : space_.renamed(actors[other], move->change);
        }
        schedule.actors.push_back(actor + 1);
        last = actor;
        state = target;
        stepped = true;
      }
      check(stepped, "the simplest counterexample goes on until its violation");
    }
    return schedule;
  }

 private:
  // States that lie on a path of the fewest steps to a violation. Numbers ascend with depth.
  void mark_useful() {
    const auto& layers = graph_.layers;
    for (auto depth = graph_.violating_depth + 1; depth-- > 0;) {
      const StateNumber end = depth + 1 < layers.size() ? layers[depth + 1] : graph_.states.size();
      for (StateNumber state = layers[depth]; state < end; ++state) {
        if (depth == graph_.violating_depth) {
          useful_[state] = graph_.is_target(state);
          continue;
        }
        if (state >= graph_.expanded()) continue;  // a limit was reached in this layer
        const auto edges = graph_.edges_of(state);
        useful_[state] = std::any_of(edges.begin(), edges.end(), [&](const GraphEdge& edge) {
          return depth_of_is(edge.target, depth + 1) && useful_[edge.target];
        });
      }
    }
  }

  bool depth_of_is(StateNumber state, std::uint64_t depth) const {
    const auto& layers = graph_.layers;
    if (depth >= layers.size()) return true;  // the deepest layer, which was only discovered
    return state >= layers[depth] && (depth + 1 >= layers.size() || state < layers[depth + 1]);
  }

  bool is_next(StateNumber target, std::uint64_t depth) const {
    return depth_of_is(target, depth + 1) && useful_[target];
  }

  // For each useful state and each local state that can step from it usefully: the switches still to come if that
  // actor goes on. And, by state, the least of them.
  void add_up_switches() {
    fewest_.assign(graph_.states.size(), impossible);
    const auto& layers = graph_.layers;
    for (auto depth = graph_.violating_depth + 1; depth-- > 0;) {
      const StateNumber end = depth + 1 < layers.size() ? layers[depth + 1] : graph_.states.size();
      for (StateNumber state = layers[depth]; state < end; ++state) {
        if (!useful_[state]) continue;
        if (depth == graph_.violating_depth) {
          fewest_[state] = 0;
          continue;
        }
        graph_.states.read(state, row_);
        for (const auto& move : space_.moves(row_)) {
          const auto target = graph_.states.find(move.row);
          if (!is_next(target, depth)) continue;
          const auto switches = switches_after(target, move.local);
          going_on_.emplace(key(state, row_.groups[move.group].local), switches);
          fewest_[state] = std::min(fewest_[state], switches);
        }
      }
    }
  }

  std::uint32_t fewest_from(StateNumber state) const { return fewest_[state]; }

  // The fewest switches to come in `state` if the last step was by an actor that is now in `local`.
  std::uint32_t switches_after(StateNumber state, LocalNumber local) const {
    if (graph_.is_target(state)) return 0;
    const auto going_on = going_on_.find(key(state, local));
    const auto switching = fewest_[state] + 1;
    return going_on == going_on_.end() ? switching : std::min(going_on->second, switching);
  }

  static std::uint64_t key(StateNumber state, LocalNumber local) { return (std::uint64_t{state} << 32U) | local; }

  Space& space_;
  const Graph& graph_;
  std::vector<bool> useful_;
  std::vector<std::uint32_t> fewest_;  // by useful state, whoever steps next
  HashMap<std::uint64_t, std::uint32_t> going_on_;
  StateRow row_;
};

}  // namespace

model::Schedule simplest_counterexample(Space& space, const Graph& graph) {
  check(graph.violating_depth != Graph::never, "there is a violation to show");
  return Simplest(space, graph).schedule();
}

}  // namespace gapless::explore
