// What the reductions of search must not hide: who is stuck, and who has waited for a row that is another one by now.
// Each was a wrong `holds` once.
#include <doctest/doctest.h>

#include <string>

#include "stories.h"

namespace gapless::explore {
namespace {

using testing::gap;

// Layer by layer, with any of the reductions: violated, and the simplest schedule is this one.
void check_violated(const model::Model& model, const std::string& schedule) {
  for (unsigned bits = 0; bits < 8; ++bits) {
    CAPTURE(bits);
    Limits limits;
    limits.small_states = 0;
    limits.reductions = {.symmetry = (bits & 1U) != 0, .elision = (bits & 2U) != 0, .reduction = (bits & 4U) != 0};
    const auto verdict = check_model(model, model::Mode::search, limits);
    CHECK(verdict.outcome == model::Outcome::violated);
    REQUIRE(verdict.counterexample);
    CHECK(model::to_string(verdict.counterexample->schedule) == schedule);
  }
}

TEST_CASE("an upsert moves a key away, and another row comes in its place") {
  // Who began to wait for the old row 1 finds that it is row 7 now, and changes nothing; who begins afterwards finds
  // the new one. So both steps of the first come before the wait begins, which begins before COMMIT.
  check_violated(gap(R"(
scenario moved "test"
database d postgres {
  CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL);
  INSERT INTO t VALUES (1, 0);
}
request mover() {
  transaction {
    INSERT INTO t VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET id = 7;
    INSERT INTO t VALUES (1, 0);
  }
  respond 200;
}
request waiter() { let x = UPDATE t SET n = n + 1 WHERE id = 1; effect changed(x.count AS c); respond 200; }
run mover(), waiter()
always "a row is changed" { SELECT count(*) = 0 FROM changed WHERE c = 0 }
)"),
                 "1 1 2 1 2");
}

TEST_CASE("who has looked early is stuck, and who looks late goes on") {
  // 0 is seen only before the change, and then there is nothing that would end the wait.
  check_violated(gap(R"(
scenario looked "test"
database d postgres { CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL); INSERT INTO t VALUES (1, 0); }
request looker() {
  let x = SELECT n FROM t WHERE id = 1;
  if x.n = 0 { await SELECT n = 5 FROM t WHERE id = 1; }
  respond 200;
}
request changer() { UPDATE t SET n = 1 WHERE id = 1; respond 200; }
run looker(), changer()
finally "nobody is stuck" { SELECT true }
)"),
                 "1 2");
}

TEST_CASE("who comes late waits for ever, and who was early has gone on") {
  check_violated(gap(R"(
scenario late "test"
database d postgres { CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0); }
request awaiter() { await SELECT n = 0 FROM t WHERE id = 1; UPDATE t SET n = 1 WHERE id = 2; respond 200; }
request changer() { UPDATE t SET n = 1 WHERE id = 1; respond 200; }
run awaiter(), changer()
finally "nobody is stuck" { SELECT true }
)"),
                 "2");
}

}  // namespace
}  // namespace gapless::explore
