// Levels of local states, and what is counted by them: requests that come to the same end by few steps and by many.
#include "explore/levels.h"

#include <doctest/doctest.h>

#include <string>

#include "stories.h"

namespace gapless::explore {
namespace {

using testing::gap;
using testing::optimistic;

model::Verdict counted(const model::Model& model, std::uint64_t small_states, unsigned jobs = 1) {
  Limits limits;
  limits.small_states = small_states;
  limits.jobs = jobs;
  return run_census(model, limits).verdict;
}

constexpr std::uint64_t as_a_graph = 1'000'000;

}  // namespace

TEST_CASE("steps: as many as were taken, or none at all") {
  Levels levels(Levels::Kind::steps);
  levels.raise(0, 1, 1);
  levels.raise(1, 2, 1);
  levels.raise(2, 3, 0);
  CHECK(levels.exist());
  CHECK(levels.of(3) == 2);
  levels.raise(0, 3, 1);
  CHECK(!levels.exist());
}

TEST_CASE("longest paths: what is raised raises what follows") {
  Levels levels(Levels::Kind::longest);
  levels.raise(0, 1, 1);
  levels.raise(1, 2, 1);
  levels.raise(2, 3, 0);
  CHECK(levels.of(3) == 2);
  CHECK(levels.is_steady());
  // 0 → 4 → 5 → 1, which is two steps more than was thought.
  levels.raise(0, 4, 1);
  levels.raise(4, 5, 1);
  CHECK(levels.is_steady());
  levels.raise(5, 1, 1);
  CHECK(!levels.is_steady());
  CHECK(levels.of(1) == 3);
  CHECK(levels.of(2) == 4);
  CHECK(levels.of(3) == 4);
  CHECK(levels.rise(0, 1) == 3);
  levels.make_steady();
  levels.raise(0, 1, 1);
  levels.raise(3, 2, 0);
  CHECK(levels.is_steady());
  CHECK(levels.exist());
}

TEST_CASE("longest paths: there is none in a circle") {
  for (const std::uint32_t back : {0U, 1U}) {
    Levels levels(Levels::Kind::longest);
    levels.raise(0, 1, 1);
    levels.raise(1, 2, 0);
    levels.raise(2, 0, back);
    CHECK(!levels.exist());
  }
  Levels levels(Levels::Kind::longest);
  levels.raise(0, 0, 1);
  CHECK(!levels.exist());
}

TEST_CASE("two requests that try again: 6 orders, of four steps and of six") {
  // Let a come first: before it has written b has not looked (one order: a a b b), or has (two orders of the looks, and
  // then b fails, looks and writes); and as many where b comes first.
  for (const unsigned jobs : {1U, 2U}) {
    const auto verdict = counted(optimistic(2, 3, "SELECT n >= 2 FROM t"), 0, jobs);
    CHECK(verdict.outcome == model::Outcome::holds);
    CHECK(verdict.interleavings == "6");
    CHECK(verdict.violating == "0");
  }
}

TEST_CASE("requests that try again: the counts of the graph, from fewer states") {
  const auto model = optimistic(7, 3, "SELECT n >= 7 FROM t");
  const auto graph = counted(model, as_a_graph);
  for (const unsigned jobs : {1U, 2U}) {
    const auto layers = counted(model, 0, jobs);
    CHECK(layers.outcome == model::Outcome::violated);
    CHECK(layers.interleavings == graph.interleavings);
    CHECK(layers.violating == graph.violating);
    // At each of three tries a request has yet to look, has seen the version that still is, or will fail; or it is
    // done, or has given up. A breadth-first search over these eleven numbers, by hand: 2,011 (and 113,204 for 12
    // requests).
    CHECK(layers.states.value_or(0) == 2011);
    CHECK(graph.states.value_or(0) > 2011);
    // The layers are not those of steps: the shortest comes from a search.
    REQUIRE(layers.counterexample);
    CHECK(layers.counterexample->simplest);
    CHECK(model::to_string(layers.counterexample->schedule) == model::to_string(graph.counterexample->schedule));
  }
}

TEST_CASE("requests that try again and are all different") {
  const auto model = gap(R"(
scenario versions "at most two tries"
database d postgres {
  CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, version int NOT NULL);
  INSERT INTO t VALUES (1, 0, 0);
}
request add(amount) {
  retry up to 2 {
    let seen = SELECT n, version FROM t WHERE id = 1;
    let done = UPDATE t SET n = :seen.n + :amount, version = version + 1 WHERE id = 1 AND version = :seen.version;
    if done.count = 1 { respond 200; }
    again;
  } exhausted { respond 409; }
}
run add(1), add(2), add(4), add(8)
finally "all got through" { SELECT n = 15 FROM t }
)");
  const auto graph = counted(model, as_a_graph);
  const auto layers = counted(model, 0, 2);
  CHECK(layers.interleavings == graph.interleavings);
  CHECK(layers.violating == graph.violating);
  CHECK(layers.states.value_or(0) <= graph.states.value_or(0));
}

}  // namespace gapless::explore
