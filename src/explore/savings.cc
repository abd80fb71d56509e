// The number is large only where there are many actors; it is computed modulo as many primes as the bound
// states × actors! asks for.
#include "explore/savings.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/natural.h"
#include "explore/census.h"

namespace gapless::explore {
namespace {

std::uint64_t product(const Prime& prime, std::uint64_t a, std::uint64_t b) {
  return prime.reduce(static_cast<Wide>(a) * b);
}

// Fermat: a^(p-2). REQUIRES: a is not 0 modulo the prime.
std::uint64_t inverse(const Prime& prime, std::uint64_t a) {
  std::uint64_t result = 1;
  for (auto exponent = prime.value() - 2; exponent > 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0) result = product(prime, result, a);
    a = product(prime, a, a);
  }
  return result;
}

// n! and 1 / n! modulo a prime, which is larger than any number of actors.
struct Factorials {
  Factorials(const Prime& prime, std::size_t most) : of(most + 1, 1), inverse_of(most + 1, 1) {
    for (std::size_t n = 1; n <= most; ++n) of[n] = product(prime, of[n - 1], n);
    for (std::size_t n = 0; n <= most; ++n) inverse_of[n] = inverse(prime, of[n]);
  }
  std::vector<std::uint64_t> of;
  std::vector<std::uint64_t> inverse_of;
};

std::vector<std::size_t> actors_by_role(const model::Model& model) {
  std::vector<std::size_t> counts(model.roles.size());
  for (const auto role : model.actors) ++counts[role];
  return counts;
}

// Whether somebody answers a request and goes on with another one.
bool has_sessions(const actor::Automata& automata) {
  for (std::size_t role = 0; role < automata.roles(); ++role) {
    if (!automata.first_answers(role).empty()) return true;
  }
  for (actor::NodeNumber node = 0; node < automata.size(); ++node) {
    const auto& edges = automata.node(node).edges;
    if (std::ranges::any_of(edges, [](const actor::Edge& edge) { return !edge.answers.empty(); })) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> count_distinct_states(const Space& space, const model::Model& model, const Graph& graph) {
  check(graph.complete, "what is counted was explored completely");
  if (model.tracking.dependencies || model.faults.duplicate > 0) return std::nullopt;
  if (has_sessions(space.automata())) return std::nullopt;
  auto bits = std::log2(static_cast<long double>(graph.states.size()));
  for (std::size_t n = 2; n <= model.actors.size(); ++n) bits += std::log2(static_cast<long double>(n));
  const auto chosen = primes(primes_for(bits));
  std::vector<Factorials> factorials;
  for (const auto& prime : chosen) factorials.emplace_back(prime, model.actors.size());
  // Of each prime the product of the roles' factorials, the same for each state.
  std::vector<std::uint64_t> orders(chosen.size(), 1);
  for (std::size_t p = 0; p < chosen.size(); ++p) {
    for (const auto count : actors_by_role(model)) orders[p] = product(chosen[p], orders[p], factorials[p].of[count]);
  }
  std::vector<std::uint64_t> sums(chosen.size());
  StateRow row;
  for (StateNumber state = 0; state < graph.states.size(); ++state) {
    graph.states.read(state, row);
    auto terms = orders;
    for (const auto& group : row.groups) {
      if (group.count == 1 || space.origin(group.local) >= model.roles.size()) continue;
      for (std::size_t p = 0; p < chosen.size(); ++p) {
        terms[p] = product(chosen[p], terms[p], factorials[p].inverse_of[group.count]);
      }
    }
    for (std::size_t p = 0; p < chosen.size(); ++p) sums[p] = chosen[p].reduce(static_cast<Wide>(sums[p]) + terms[p]);
  }
  return from_residues(chosen, sums);
}

model::Savings savings_of(const Space& space, const model::Model& model, const Graph& graph) {
  model::Savings savings;
  savings.distinct = count_distinct_states(space, model, graph);
  savings.symmetric = graph.states.size();
  return savings;
}

}  // namespace gapless::explore
