// One number a state: the probability of a violation from there on. It is an average of the successors', so that in an
// order in which successors come first one pass gives all; where there are cycles, passes are repeated.
#include "explore/odds.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace gapless::explore {
namespace {

struct Order {
  std::vector<StateNumber> states;  // each one's successors before it, but for those on a cycle through it
  bool cyclic = false;              // through more than one state
};

// Depth-first search; the order in which states are left.
Order successors_first(const Graph& graph) {
  enum class Mark : std::uint8_t { unseen, open, done };
  struct Visit {
    StateNumber state = 0;
    std::size_t next = 0;  // edge to look at
  };
  Order order;
  order.states.reserve(graph.states.size());
  std::vector<Mark> marks(graph.states.size(), Mark::unseen);
  std::vector<Visit> path = {{}};
  marks[0] = Mark::open;
  while (!path.empty()) {
    const auto state = path.back().state;
    const auto edges = graph.edges_of(state);
    if (path.back().next == edges.size()) {
      marks[state] = Mark::done;
      order.states.push_back(state);
      path.pop_back();
      continue;
    }
    const auto target = edges[path.back().next++].target;
    if (marks[target] == Mark::open && target != state) order.cyclic = true;
    if (marks[target] != Mark::unseen) continue;
    marks[target] = Mark::open;
    path.push_back({target, 0});
  }
  return order;
}

// Given those of the successors.
double probability_at(const Graph& graph, StateNumber state, const std::vector<double>& probabilities) {
  const auto flags = graph.flags[state];
  if (flags.violates_always) return 1;  // whatever comes afterwards
  double candidates = flags.terminal ? 1 : 0;
  double sum = flags.violates_at_end ? 1 : 0;
  for (const auto& edge : graph.edges_of(state)) {
    if (edge.target == state) continue;  // nothing has happened: it is decided by what happens in the end
    candidates += edge.count;
    sum += edge.count * probabilities[edge.target];
  }
  return candidates > 0 ? sum / candidates : 0;
}

// Decimal digits as 0.ddd… × 10^length.
double fraction(const std::string& digits) {
  constexpr std::size_t kept = 18;
  return std::stod("0." + digits.substr(0, kept));
}

}  // namespace

std::optional<double> uniform_probability(const Graph& graph) {
  check(graph.complete, "what is weighed was explored completely");
  const auto order = successors_first(graph);
  std::vector<double> probabilities(graph.states.size());
  constexpr int most_passes = 10'000;
  constexpr double close_enough = 1e-15;  // of a pass; far below what is promised
  for (int pass = 0; pass < most_passes; ++pass) {
    double change = 0;
    for (const auto state : order.states) {
      const double probability = probability_at(graph, state, probabilities);
      change = std::max(change, probability - probabilities[state]);
      probabilities[state] = probability;
    }
    if (!order.cyclic || change < close_enough) return probabilities[0];
  }
  return std::nullopt;
}

std::optional<std::uint64_t> runs_to_meet(double probability) {
  constexpr double to_miss = 0.05;
  constexpr double most = 9.2e18;
  if (!(probability > 0)) return std::nullopt;
  if (probability >= 1) return 1;
  const double logarithm = std::log1p(-probability);  // of missing it once
  const double runs = std::ceil(std::log(to_miss) / logarithm);
  if (runs > most) return std::nullopt;
  // Where the quotient is a whole number, rounding must not add a run.
  constexpr double rounding = 1e-12;
  const bool one_too_many = runs > 1 && (runs - 1) * logarithm <= std::log(to_miss) * (1 - rounding);
  return static_cast<std::uint64_t>(one_too_many ? runs - 1 : runs);
}

double share_of(const std::string& part, const std::string& whole) {
  if (part == whole) return 1;
  constexpr std::size_t exact = 15;  // below 2^53
  if (whole.size() <= exact) return std::stod(part) / std::stod(whole);
  const auto shift = static_cast<double>(part.size()) - static_cast<double>(whole.size());
  return fraction(part) / fraction(whole) * std::pow(10.0, shift);
}

model::Odds odds_of(const Graph& graph, std::size_t actors, const std::optional<Census>& census) {
  model::Odds odds;
  odds.actors = actors;
  if (census) {
    odds.interleavings = census->interleavings;
    odds.violating = census->violating;
    odds.share = share_of(census->violating, census->interleavings);
  }
  odds.uniform = uniform_probability(graph);
  if (odds.uniform) odds.runs = runs_to_meet(*odds.uniform);
  return odds;
}

}  // namespace gapless::explore
