#include "explore/naming.h"

#include <doctest/doctest.h>

namespace gapless::explore {
namespace {

Name name(std::uint32_t number) { return {0, number, 1}; }

Fact edge(std::uint32_t from, std::uint32_t to) { return {7, {name(from), name(to)}}; }

// The facts as they are once names are given out in canonical order.
std::vector<Fact> canonical(std::vector<Fact> facts) {
  const auto order = in_canonical_order(facts, 1)[0];
  Naming naming;
  for (std::uint32_t i = 0; i < order.size(); ++i) naming.names.emplace_back(order[i], name(i));
  std::sort(naming.names.begin(), naming.names.end());
  for (auto& fact : facts) {
    for (auto& each : fact.names) each = naming(each);
  }
  std::sort(facts.begin(), facts.end());
  return facts;
}

}  // namespace

TEST_CASE("names are given out by what is said of them, not by what they are called") {
  // 3 has paid, and 5 refers to 3; against 1 has paid, and 2 refers to 1.
  const std::vector<Fact> facts = {{1, {name(3)}}, {2, {name(5)}}, edge(5, 3)};
  const std::vector<Fact> others = {{1, {name(1)}}, {2, {name(2)}}, edge(2, 1)};
  CHECK(canonical(facts) == canonical(others));
  const std::vector<Fact> crossed = {{1, {name(1)}}, {2, {name(2)}}, edge(1, 2)};
  CHECK(canonical(crossed) != canonical(others));
}

// 1 → 2 → 3 → 4 → 1, and 1 → 2 → 1, 3 → 4 → 3: all names look alike in both, however far one looks.
TEST_CASE("one ring of four is not two rings of two, whatever they are called") {
  std::vector<std::uint32_t> order = {1, 2, 3, 4};
  std::vector<std::vector<Fact>> rings;
  std::vector<std::vector<Fact>> pairs;
  do {
    rings.push_back(canonical(
        {edge(order[0], order[1]), edge(order[1], order[2]), edge(order[2], order[3]), edge(order[3], order[0])}));
    pairs.push_back(canonical(
        {edge(order[0], order[1]), edge(order[1], order[0]), edge(order[2], order[3]), edge(order[3], order[2])}));
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(rings.size() == 24);
  for (const auto& ring : rings) CHECK(ring == rings[0]);
  for (const auto& pair : pairs) CHECK(pair == pairs[0]);
  CHECK(rings[0] != pairs[0]);
}

TEST_CASE("who can change places is looked at, not concluded from a look") {
  // Two actors with an order each; the third one's order is paid.
  const std::vector<Fact> facts = {{1, {name(1), name(11)}}, {1, {name(2), name(12)}}, {1, {name(3), name(13)}},
                                   {2, {name(11)}},          {2, {name(12)}},          {3, {name(13)}}};
  Swaps swaps(facts);
  CHECK(swaps.can_swap(0, 1));
  CHECK_FALSE(swaps.can_swap(0, 2));
  CHECK(swaps.look(0) == swaps.look(1));
  CHECK(swaps.look(0) != swaps.look(2));
  // In a ring all look alike; to change places with a neighbour leaves the others where they were.
  const std::vector<Fact> ring = {edge(1, 2), edge(2, 3), edge(3, 1), {5, {name(1)}}, {5, {name(2)}}, {5, {name(3)}}};
  Swaps around(ring);
  CHECK(around.look(3) == around.look(4));
  CHECK_FALSE(around.can_swap(3, 4));
  // Of two facts with the same name in both.
  const std::vector<Fact> shared = {{1, {name(1), name(9)}}, {1, {name(2), name(9)}}, {4, {name(9)}}};
  CHECK(Swaps(shared).can_swap(0, 1));
  // How often a fact is there counts.
  const std::vector<Fact> twice = {{1, {name(1)}}, {1, {name(2)}}, {2, {name(1)}, 2}, {2, {name(2)}, 1}};
  CHECK_FALSE(Swaps(twice).can_swap(0, 1));
}

}  // namespace gapless::explore
