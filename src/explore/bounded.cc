#include "explore/bounded.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "base/check.h"
#include "explore/engines.h"
#include "explore/walk.h"

namespace gapless::explore {
namespace {

// What stands for the last actor before anybody has stepped: whoever comes first does not switch.
constexpr LocalNumber not_begun = Walk::nobodys - 1;

std::uint64_t key(StateNumber state, LocalNumber last) { return (std::uint64_t{state} << 32U) | last; }

LocalNumber before(const Move& move, const StateRow& row) {
  return move.group == Move::nobody ? Walk::nobodys : row.groups[move.group].local;
}

}  // namespace

Bounded::Bounded(Space& space, const Limits& limits, std::uint32_t most_switches)
    : space_(space), limits_(limits), most_switches_(most_switches), watch_(limits) {}

void Bounded::explore() {
  Layer first;
  reach({discover(space_.initial()), not_begun, 0}, first);
  layers_.push_back(std::move(first));
  while (!found_ && !layers_.back().empty()) {
    reason_ = watch_.goes_too_deep(space_, layers_.size());
    if (!reason_.empty()) return;
    Layer next;
    for (std::size_t begin = 0, end = 0; reason_.empty() && begin < layers_.back().size(); begin = end) {
      end = end_of_state(layers_.back(), begin);
      stopped_at_ = begin;
      look_at_limits();
      if (!reason_.empty()) break;
      try {
        expand(std::span(layers_.back()).subspan(begin, end - begin), next);
      } catch (const actor::NeverEnds& endless) {
        reason_ = watch_.never_ends(space_, endless);
      }
    }
    std::sort(next.begin(), next.end(),
              [](const Node& a, const Node& b) { return a.state != b.state ? a.state < b.state : a.last < b.last; });
    layers_.push_back(std::move(next));
    if (!reason_.empty()) return;
  }
}

// The actor that stepped last goes on without a switch. Another one in the same local state would get to the same place
// with one more, so that it need not be looked at.
std::uint32_t Bounded::cost(const Node& node, const StateRow& row, const Move& move) const {
  return node.last == not_begun || node.last == before(move, row) ? 0 : 1;
}

// All with the same state, so that its moves are looked up once.
void Bounded::expand(std::span<const Node> nodes, Layer& next) {
  StateRow row;
  states_.read(nodes.front().state, row);
  for (const auto& move : space_.moves(row)) {
    std::optional<StateNumber> target;
    for (const auto& node : nodes) {
      const auto switches = node.switches + cost(node, row, move);
      if (switches > most_switches_) {
        first_cut_ = std::min(first_cut_, layers_.size());
        continue;
      }
      if (!target) target = discover(move.row);
      reach({*target, Walk::after(move), switches}, next);
    }
  }
}

std::size_t Bounded::end_of_state(std::span<const Node> nodes, std::size_t begin) {
  auto end = begin + 1;
  while (end < nodes.size() && nodes[end].state == nodes[begin].state) ++end;
  return end;
}

// Where it was stopped the last one but one was not expanded to its end.
std::span<const Bounded::Node> Bounded::expanded_of(std::size_t layer) const {
  const std::span<const Node> nodes(layers_[layer]);
  return reason_.empty() || layer + 2 < layers_.size() ? nodes : nodes.first(stopped_at_);
}

void Bounded::look_at_limits() {
  constexpr std::uint64_t states_between_looks = 1024;
  if (++expanded_ % states_between_looks != 1) return;
  reason_ = watch_.time_is_up(states_.size(), layers_.size() - 1);
  if (reason_.empty()) reason_ = watch_.memory_is_full(bytes());
}

// Kept where it was not reached before by as few switches.
void Bounded::reach(const Node& node, Layer& next) {
  const auto layer = static_cast<std::uint32_t>(layers_.size());
  const auto place = static_cast<std::uint32_t>(next.size());
  const auto [known, is_new] = best_.emplace(key(node.state, node.last), Best{node.switches, layer, place});
  auto& best = known->second;
  if (!is_new && best.switches <= node.switches) return;
  if (!is_new && best.layer == layer) {
    best.switches = next[best.place].switches = node.switches;
    return;
  }
  best = {node.switches, layer, place};
  next.push_back(node);
  found_ = found_ || violating_[node.state];
}

StateNumber Bounded::discover(const StateRow& row) {
  const auto [number, is_new] = states_.insert(row);
  if (!is_new) return number;
  violating_.push_back(false);       // before anything below can throw
  const auto end = space_.end(row);  // leaves alone the moves that expand() is reading
  violating_[number] = end == Space::End::stuck || (end == Space::End::finished && space_.violates_finally(row)) ||
                       (number != 0 && space_.violates_always(row));  // nothing has happened before the first step
  return number;
}

std::uint64_t Bounded::bytes() const {
  std::uint64_t nodes = 0;
  for (const auto& layer : layers_) nodes += layer.capacity();
  return states_.bytes() + space_.bytes() + nodes * sizeof(Node) +
         best_.bucket_count() * (sizeof(std::uint64_t) + sizeof(Best));
}

// By steps: the places that lie on a way to the violation by the fewest steps and, of these, switches. Whatever lies on
// such a way was reached by the fewest switches that are possible there at that depth, and by more at every smaller
// depth; otherwise there would be a simpler way. So it is in the layers, with exactly the switches of that way.
std::vector<Bounded::Useful> Bounded::useful_layers() {
  std::vector<Useful> useful(layers_.size());
  auto fewest = std::numeric_limits<std::uint32_t>::max();
  for (const auto& node : layers_.back()) {
    if (violating_[node.state]) fewest = std::min(fewest, node.switches);
  }
  for (const auto& node : layers_.back()) {
    if (violating_[node.state] && node.switches == fewest) useful.back().emplace(key(node.state, node.last), fewest);
  }
  StateRow row;
  for (auto layer = layers_.size() - 1; layer-- > 0;) {
    const auto nodes = expanded_of(layer);
    for (std::size_t begin = 0, end = 0; begin < nodes.size(); begin = end) {
      end = end_of_state(nodes, begin);
      states_.read(nodes[begin].state, row);
      for (const auto& move : space_.moves(row)) {
        std::optional<StateNumber> state;
        for (const auto& node : nodes.subspan(begin, end - begin)) {
          const auto switches = node.switches + cost(node, row, move);
          if (switches > most_switches_) continue;
          if (!state) state = states_.find(move.row);
          const auto target = useful[layer + 1].find(key(*state, Walk::after(move)));
          if (target == useful[layer + 1].end() || target->second != switches) continue;
          useful[layer].emplace(key(node.state, node.last), node.switches);
        }
      }
    }
  }
  return useful;
}

model::Schedule Bounded::simplest() {
  check(found_, "there is a violation to show");
  const auto useful = useful_layers();
  Walk walk(space_);
  std::optional<std::size_t> last;
  std::uint32_t switches = 0;
  for (std::size_t layer = 1; layer < layers_.size(); ++layer) {
    const auto moves = walk.moves();
    const Move* next = nullptr;
    std::size_t actor = 0;
    std::uint32_t cost = 0;
    for (; next == nullptr && actor <= walk.actors(); ++actor) {
      cost = last && *last != actor ? 1 : 0;
      for (const auto& move : moves) {
        if (!walk.is_of(move, actor) || switches + cost > most_switches_) continue;
        const auto target = useful[layer].find(key(states_.find(move.row), Walk::after(move)));
        if (target == useful[layer].end() || target->second != switches + cost) continue;
        if (next == nullptr || space_.what(move) < space_.what(*next)) next = &move;
      }
      if (next != nullptr) break;
    }
    check(next != nullptr, "the simplest counterexample goes on until its violation");
    walk.take(*next, actor);
    last = actor;
    switches += cost;
  }
  return walk.schedule();
}

namespace {

// "at most 1 switch", as a reason why this is not everything.
std::string bound_text(std::uint32_t switches) {
  return fmt::format("only interleavings with at most {} {} were covered", switches,
                     switches == 1 ? "switch" : "switches");
}

}  // namespace

Found run_bounded(const model::Model& model, const Limits& limits) {
  check(limits.switches.has_value(), "a bound was given");
  const Successors successors(model);
  const Properties properties(model);
  Space space(successors, properties, limits.steps_an_actor);
  Bounded bounded(space, limits, *limits.switches);
  bounded.explore();
  if (bounded.everything() && (space.automata().has_loop() || !space.repeated().empty())) {
    // Whether some interleaving never ends is for the whole graph to say. It is no larger than what was explored.
    auto unbounded = limits;
    unbounded.switches.reset();
    return run_search(model, unbounded);
  }
  Found found;
  auto& verdict = found.verdict;
  verdict.mode = model::Mode::search;
  verdict.states = bounded.states().size();
  if (bounded.everything()) {
    verdict.outcome = model::Outcome::holds;
  } else if (!bounded.reason().empty()) {
    verdict.coverage = model::Coverage::incomplete;
    verdict.coverage_reason = bounded.reason();
  } else {
    verdict.coverage = model::Coverage::bounded;
    verdict.coverage_reason = bound_text(*limits.switches);
  }
  if (bounded.violated()) {
    verdict.outcome = model::Outcome::violated;
    verdict.counterexample = model::Counterexample{};
    verdict.counterexample->schedule = bounded.simplest();
    verdict.counterexample->simplest = bounded.is_simplest_of_all();
  }
  verdict.fiber_runs = space.automata().fiber_runs();
  verdict.warnings = space.automata().warnings();
  return found;
}

}  // namespace gapless::explore
