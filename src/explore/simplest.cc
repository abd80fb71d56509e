// Fewest steps is breadth-first depth. Among the paths of that length, the fewest switches still to come depend on the
// state and on the local state of the actor that stepped last, so they are added up backwards over exactly those
// states that lie on such a path. The smallest schedule then follows greedily, forwards, with actors told apart again:
// each time the smallest actor whose step keeps to the fewest steps and switches.
#include "explore/simplest.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <source_location>
#include <span>

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
    actors_ = space_.initial_locals();
    StateNumber state = 0;
    std::optional<std::size_t> last;  // the actor of the last step, from 1; 0 for nobody's step
    for (std::uint64_t depth = 0; depth < graph_.violating_depth; ++depth) {
      const auto wanted = last ? switches_after(state, local_of(*last)) : fewest_from(state);
      graph_.states.read(state, row_);
      const auto moves = space_.moves(row_);
      const auto [choice, move] = smallest(moves, [&](const Move& each, std::size_t actor) {
        const auto target = graph_.states.find(each.row);
        const bool is_switch = last && *last != actor;
        return is_next(target, depth) && switches_after(target, after(each)) + (is_switch ? 1 : 0) == wanted;
      });
      const auto created = move->created;
      for (std::size_t other = 1; other <= actors_.size(); ++other) {
        auto& local = actors_[other - 1];
        local = other == choice.actor ? move->local : space_.renamed(local, move->change);
      }
      if (created != Move::no_local) actors_.push_back(created);
      last = choice.actor;
      state = graph_.states.find(move->row);
      schedule.steps.push_back(choice);
    }
    return schedule;
  }

 private:
  // What the local state of nobody is; any local state will do that no actor can be in.
  static constexpr LocalNumber nobodys = Move::no_local;

  LocalNumber local_of(std::size_t actor) const { return actor == 0 ? nobodys : actors_[actor - 1]; }
  static LocalNumber after(const Move& move) { return move.group == Move::nobody ? nobodys : move.local; }
  LocalNumber before(const Move& move) const {
    return move.group == Move::nobody ? nobodys : row_.groups[move.group].local;
  }

  // The smallest choice whose move suits.
  template <typename Suits>
  std::pair<model::Choice, const Move*> smallest(std::span<const Move> moves, const Suits& suits) const {
    for (std::size_t actor = 0; actor <= actors_.size(); ++actor) {
      const Move* found = nullptr;
      for (const auto& move : moves) {
        const bool is_its = (move.group == Move::nobody) == (actor == 0) && before(move) == local_of(actor);
        if (!is_its || !suits(move, actor)) continue;
        if (found == nullptr || space_.what(move) < space_.what(*found)) found = &move;
      }
      if (found != nullptr) return {model::Choice{actor, space_.what(*found)}, found};
    }
    check_failed("the simplest counterexample goes on until its violation", std::source_location::current());
  }

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
          const auto switches = switches_after(target, after(move));
          const auto [going_on, is_new] = going_on_.emplace(key(state, before(move)), switches);
          if (!is_new) going_on->second = std::min(going_on->second, switches);
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
  std::vector<LocalNumber> actors_;  // where each actor is on the way
};

}  // namespace

model::Schedule simplest_counterexample(Space& space, const Graph& graph) {
  check(graph.violating_depth != Graph::never, "there is a violation to show");
  return Simplest(space, graph).schedule();
}

}  // namespace gapless::explore
