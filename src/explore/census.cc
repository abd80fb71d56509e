#include "explore/census.h"

#include <array>
#include <cmath>

#include "base/check.h"
#include "base/natural.h"

namespace gapless::explore {
namespace {

// Primes a pass over the graph: each costs 32 bytes a state while it lasts.
constexpr std::size_t primes_a_pass = 2;

// Kahn's algorithm; empty where there is a cycle.
std::vector<StateNumber> topological_order(const Graph& graph) {
  std::vector<std::uint32_t> missing(graph.states.size());
  for (const auto& edge : graph.edges) ++missing[edge.target];
  std::vector<StateNumber> order;
  order.reserve(graph.states.size());
  for (StateNumber state = 0; state < graph.states.size(); ++state) {
    if (missing[state] == 0) order.push_back(state);
  }
  for (std::size_t next = 0; next < order.size(); ++next) {
    for (const auto& edge : graph.edges_of(order[next])) {
      if (--missing[edge.target] == 0) order.push_back(edge.target);
    }
  }
  if (order.size() != graph.states.size()) order.clear();
  return order;
}

// The logarithm to base 2 of the number of interleavings, by the same sum in floating point. All terms are positive,
// so that each operation errs by at most one part in 2^63.
long double bits_of_interleavings(const Graph& graph, const std::vector<StateNumber>& order) {
  std::vector<long double> ways(graph.states.size(), 0);
  ways[0] = 1;
  long double total = 0;
  for (const auto state : order) {
    if (graph.flags[state].terminal) total += ways[state];
    for (const auto& edge : graph.edges_of(state)) {
      ways[edge.target] += ways[state] * static_cast<long double>(edge.count);
    }
  }
  // long double reaches 2^16383: 2,000 factorial is beyond it. Then the exponents themselves are added up.
  if (std::isfinite(total)) return std::log2(total);
  std::vector<long double> bits(graph.states.size(), -1);  // -1: no way yet
  bits[0] = 0;
  long double total_bits = -1;
  const auto add = [](long double& sum, long double term) {
    const auto larger = std::max(sum, term);
    sum = sum < 0 ? term : larger + std::log2(1 + std::exp2(std::min(sum, term) - larger));
  };
  for (const auto state : order) {
    if (graph.flags[state].terminal) add(total_bits, bits[state]);
    for (const auto& edge : graph.edges_of(state)) {
      add(bits[edge.target], bits[state] + std::log2(static_cast<long double>(edge.count)));
    }
  }
  return total_bits;
}

struct Ways {
  std::array<Wide, primes_a_pass> all{};
  std::array<Wide, primes_a_pass> clean{};  // no `always` has failed yet
};

// The two counts modulo each prime of a pass.
void count_modulo(const Graph& graph, const std::vector<StateNumber>& order, std::span<const Prime> primes,
                  std::span<std::uint64_t> interleavings, std::span<std::uint64_t> violating) {
  std::vector<Ways> ways(graph.states.size());
  for (std::size_t p = 0; p < primes.size(); ++p) ways[0].all[p] = ways[0].clean[p] = 1;
  for (const auto state : order) {
    auto& own = ways[state];
    const auto flags = graph.flags[state];
    std::array<std::uint64_t, primes_a_pass> all{};
    std::array<std::uint64_t, primes_a_pass> clean{};
    for (std::size_t p = 0; p < primes.size(); ++p) {
      all[p] = primes[p].reduce(own.all[p]);
      clean[p] = flags.violates_always ? 0 : primes[p].reduce(own.clean[p]);
    }
    for (const auto& edge : graph.edges_of(state)) {
      auto& target = ways[edge.target];
      for (std::size_t p = 0; p < primes_a_pass; ++p) {
        target.all[p] += static_cast<Wide>(all[p]) * edge.count;
        target.clean[p] += static_cast<Wide>(clean[p]) * edge.count;
      }
    }
    if (!flags.terminal) continue;
    for (std::size_t p = 0; p < primes.size(); ++p) {
      const auto modulus = primes[p].value();
      interleavings[p] = (interleavings[p] + all[p]) % modulus;
      const auto bad = flags.violates_at_end ? all[p] : (all[p] + modulus - clean[p]) % modulus;
      violating[p] = (violating[p] + bad) % modulus;
    }
  }
}

}  // namespace

std::size_t primes_for(long double bits) {
  // Every prime used exceeds 2^60.99; one bit is added against rounding.
  return static_cast<std::size_t>(std::max(0.0L, bits + 1) / 60.99L) + 1;
}

std::optional<Census> count_interleavings(const Graph& graph) {
  check(graph.complete, "what is counted was explored completely");
  const auto order = topological_order(graph);
  if (order.empty()) return std::nullopt;
  const auto chosen = primes(primes_for(bits_of_interleavings(graph, order)));
  std::vector<std::uint64_t> interleavings(chosen.size());
  std::vector<std::uint64_t> violating(chosen.size());
  for (std::size_t first = 0; first < chosen.size(); first += primes_a_pass) {
    const auto count = std::min(primes_a_pass, chosen.size() - first);
    count_modulo(graph, order, std::span(chosen).subspan(first, count), std::span(interleavings).subspan(first, count),
                 std::span(violating).subspan(first, count));
  }
  return Census{from_residues(chosen, interleavings), from_residues(chosen, violating)};
}

}  // namespace gapless::explore
