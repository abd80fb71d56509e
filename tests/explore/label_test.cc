// Labels of related actors: equal graphs get equal forms whatever the numbers were; different ones never do.
#include "explore/label.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "explore/explore.h"
#include "model/builder.h"

namespace gapless::explore {
namespace {

using store::relational::Serialization;

// Four transactions alike but for their edges; edge (a, b): a has read what b overwrote.
Serialization graph_of(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges, std::uint32_t count) {
  Serialization graph;
  for (std::uint32_t i = 0; i < count; ++i) {
    Serialization::Transaction transaction;
    transaction.actor = i;
    transaction.serializable = transaction.wrote = true;
    graph.transactions.push_back(transaction);
  }
  for (const auto& [reader, writer] : edges) {
    graph.transactions[reader].out.push_back(writer);
    graph.transactions[writer].in.push_back(reader);
  }
  return graph;
}

Serialization canonical(const Serialization& graph, const std::vector<std::uint64_t>& places) {
  const std::vector<Serialization> graphs = {graph};
  const auto labels = canonical_labels(graphs, places);
  return graph.renumbered(labels);
}

TEST_CASE("one ring of four and two rings of two are different states, each in one form") {
  // Every transaction has one edge in and one edge out: nothing that counts edges can tell these apart.
  const std::vector<std::uint64_t> places(4, 7);
  const auto ring = canonical(graph_of({{0, 1}, {1, 2}, {2, 3}, {3, 0}}, 4), places);
  const auto pairs = canonical(graph_of({{0, 1}, {1, 0}, {2, 3}, {3, 2}}, 4), places);
  CHECK(ring != pairs);

  std::vector<std::uint32_t> order = {0, 1, 2, 3};
  int rings = 0;
  do {  // all 24 ways to number the four
    const auto named = [&](std::vector<std::pair<std::uint32_t, std::uint32_t>> edges) {
      for (auto& [reader, writer] : edges) {
        reader = order[reader];
        writer = order[writer];
      }
      return canonical(graph_of(edges, 4), places);
    };
    CHECK(named({{0, 1}, {1, 2}, {2, 3}, {3, 0}}) == ring);
    CHECK(named({{0, 1}, {1, 0}, {2, 3}, {3, 2}}) == pairs);
    ++rings;
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(rings == 24);
}

TEST_CASE("where an actor stands tells it from others; the order of edges does, too") {
  const auto chain = graph_of({{0, 1}, {1, 2}}, 3);
  CHECK(canonical(chain, {1, 1, 1}) == canonical(graph_of({{2, 0}, {0, 1}}, 3), {1, 1, 1}));
  CHECK(canonical(chain, {1, 2, 3}) != canonical(graph_of({{2, 0}, {0, 1}}, 3), {1, 2, 3}));
  // 0 has read what 1 and 2 overwrote, in one order or the other; 1 stands elsewhere than 2.
  CHECK(canonical(graph_of({{0, 1}, {0, 2}}, 3), {1, 2, 3}) != canonical(graph_of({{0, 2}, {0, 1}}, 3), {1, 2, 3}));
  CHECK(canonical(graph_of({{0, 1}, {0, 2}}, 3), {1, 2, 2}) == canonical(graph_of({{0, 2}, {0, 1}}, 3), {1, 2, 2}));
}

TEST_CASE("labels are dense, and only for those of whom a graph speaks") {
  auto graph = graph_of({{0, 2}}, 3);
  graph.transactions[0].out = {1};
  graph.transactions.erase(graph.transactions.begin() + 1);
  graph.transactions[1].in = {0};
  const std::vector<Serialization> graphs = {graph};
  CHECK(fresh_label(graphs) == 3);
  CHECK(has_label(graphs, 0));
  CHECK_FALSE(has_label(graphs, 1));
  auto labels = canonical_labels(graphs, std::vector<std::uint64_t>{1, 1, 1});
  REQUIRE(labels.size() == 3);
  CHECK(labels[1] == no_label);
  CHECK(std::min(labels[0], labels[2]) == 0);
  CHECK(std::max(labels[0], labels[2]) == 1);
  CHECK(canonical_labels(std::vector<Serialization>{Serialization{}}, std::vector<std::uint64_t>{}).empty());
}

// Four actors in a ring of reads and writes: each reads its own row and writes the next one's.
model::Model ring_of(std::size_t actors) {
  model::Builder builder("tests/ring", "ring", "each reads a row and writes the next");
  std::string schema = "CREATE TABLE r (id int PRIMARY KEY, v int NOT NULL);";
  for (std::size_t i = 0; i < actors; ++i) schema += " INSERT INTO r VALUES (" + std::to_string(i) + ", 0);";
  builder.database("bank", schema);
  builder.isolation(store::Isolation::serializable);
  for (std::size_t i = 0; i < actors; ++i) {
    const auto read = "SELECT v FROM r WHERE id = " + std::to_string(i);
    const auto write = "UPDATE r SET v = 1 WHERE id = " + std::to_string((i + 1) % actors);
    builder.request(
        "turn" + std::to_string(i), "()",
        [read, write](actor::Session& session) {
          session.begin(store::Isolation::serializable);
          session.sql(read);
          session.sql(write);
          session.commit();
          return actor::Response{"200"};
        },
        1);
  }
  builder.finally("somebody was too late", "SELECT count(*) >= 1 FROM r WHERE v = 1");
  return builder.build();
}

TEST_CASE("at SERIALIZABLE census and enumerate agree on a ring of three and of four") {
  for (const std::size_t actors : {3, 4}) {
    const auto model = ring_of(actors);
    CAPTURE(actors);
    const auto counted = check_model(model, model::Mode::census, {});
    const auto listed = check_model(model, model::Mode::enumerate, {});
    REQUIRE(counted.interleavings.has_value());
    CHECK(counted.interleavings == listed.interleavings);
    CHECK(counted.violating == listed.violating);
    CHECK(counted.outcome == listed.outcome);
    // Whoever fails does so at its COMMIT or before it, which leaves out steps: fewer than 12!/(3!)^4 and 9!/(3!)^3.
    CHECK(std::stoull(*counted.interleavings) <= (actors == 3 ? 1680U : 369600U));
  }
}

}  // namespace
}  // namespace gapless::explore
