#include "schedule.h"

#include <doctest/doctest.h>

#include "generate.h"
#include "run.h"
#include "spec.h"

namespace gapless::disagree {
namespace {

const std::string nested =
    "SELECT id FROM t" + optional_part(" WHERE v > 1" + optional_part(" AND v < 9")) + optional_part(" FOR UPDATE");

TEST_CASE("a marked text") {
  CHECK(plain(nested) == "SELECT id FROM t WHERE v > 1 AND v < 9 FOR UPDATE");
  const auto less = with_one_part_less(nested);
  REQUIRE(less.size() == 3);  // outermost ones first
  CHECK(plain(less[0]) == "SELECT id FROM t FOR UPDATE");
  CHECK(plain(less[1]) == "SELECT id FROM t WHERE v > 1 AND v < 9");
  CHECK(plain(less[2]) == "SELECT id FROM t WHERE v > 1 FOR UPDATE");
  CHECK(with_one_part_less(plain(nested)).empty());
}

TEST_CASE("rows are ordered by an ORDER BY outside of parentheses") {
  CHECK(ordered("SELECT id FROM t ORDER BY id LIMIT 1"));
  CHECK_FALSE(ordered("SELECT id FROM t WHERE id = (SELECT id FROM t ORDER BY id LIMIT 1)"));
  CHECK_FALSE(ordered("SELECT id FROM t"));
}

TEST_CASE("a schedule depends on its seed and number only") {
  const Wishes wishes;
  const auto once = random_schedule(3, 41, wishes);
  const auto again = random_schedule(3, 41, wishes);
  CHECK(setup_script(once) == setup_script(again));
  REQUIRE(once.steps.size() == again.steps.size());
  for (std::size_t i = 0; i < once.steps.size(); ++i) {
    CHECK(once.steps[i].session == again.steps[i].session);
    CHECK(once.steps[i].statement == again.steps[i].statement);
  }
  // Of one block, with the same tables; of the next, with others.
  CHECK(random_schedule(3, 42, wishes).tables == once.tables);
  CHECK(random_schedule(3, 52, wishes).tables != once.tables);
}

TEST_CASE("every statement of a transaction lies between its BEGIN and its end") {
  const Wishes wishes;
  for (std::uint64_t number = 0; number < 50; ++number) {
    const auto schedule = random_schedule(1, number, wishes);
    CHECK(schedule.sessions >= 2);
    CHECK(schedule.sessions <= 4);
    for (const auto& step : schedule.steps) REQUIRE(step.session < schedule.sessions);
    for (std::size_t session = 0; session < schedule.sessions; ++session) {
      bool open = false;
      for (const auto& step : schedule.steps) {
        if (step.session != session) continue;
        if (step.statement.starts_with("BEGIN")) {
          CHECK_FALSE(open);
          open = true;
        }
        if (step.statement == "COMMIT" || step.statement == "ROLLBACK") {
          CHECK(open);
          open = false;
        }
      }
      CHECK_FALSE(open);
    }
  }
}

TEST_CASE("only what was wished for") {
  Wishes wishes;
  wishes.adjust("only:delete");
  wishes.choose_levels("rr");
  for (std::uint64_t number = 0; number < 30; ++number) {
    for (const auto& step : random_schedule(1, number, wishes).steps) {
      const auto text = plain(step.statement);
      CHECK((text == "BEGIN ISOLATION LEVEL REPEATABLE READ" || text == "COMMIT" || text == "ROLLBACK" ||
             text.starts_with("DELETE ")));
    }
  }
  CHECK_THROWS_AS(wishes.adjust("nothing=1"), std::invalid_argument);
  CHECK_THROWS_AS(wishes.adjust("lock=many"), std::invalid_argument);
  CHECK_THROWS_AS(wishes.choose_levels("rc,si"), std::invalid_argument);
}

TEST_CASE("progress is read as it was written") {
  Progress progress;
  progress.seed = 5;
  progress.next = 700;
  progress.counts = {{"schedules", 700}, {"error 40001", 12}};
  progress.refusals = {{"no such thing: \"x y\"", 2}};
  progress.disagreements = {3, 99};
  CHECK(to_text(read_progress(to_text(progress))) == to_text(progress));
  CHECK_THROWS(read_progress("gapless disagree 2\n"));
  CHECK_THROWS(read_progress("gapless disagree 1\nseed x\n"));
  CHECK_THROWS(read_progress("gapless disagree 1\nnonsense 3\n"));
}

TEST_CASE("a disagreement as a spec") {
  Played played;
  played.schedule.tables = {"CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE u (ref int REFERENCES t)"};
  played.schedule.rows = {"INSERT INTO t (id) VALUES (1)"};
  played.schedule.sessions = 2;
  played.schedule.steps = {{0, 0, "DELETE FROM t" + optional_part(" WHERE id = 1")}, {1, 0, "SELECT id FROM t"}};
  played.reason = "ours SELECT, theirs waits";
  played.lines = {{{0, 0, "DELETE FROM t WHERE id = 1"}, "s1 DELETE 1", {"s1 DELETE 1"}},
                  {{1, 0, "SELECT id FROM t"}, "s2 waits", {"s2 SELECT 0"}}};
  CHECK(as_spec(played, "seed 1, schedule 2") == R"(# seed 1, schedule 2
setup
{
  CREATE TABLE t (id int PRIMARY KEY);
  CREATE TABLE u (ref int REFERENCES t);
  INSERT INTO t (id) VALUES (1);
}

teardown
{
  DROP TABLE u, t;
}

session s1
setup { SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off; }
step s1_1 { DELETE FROM t WHERE id = 1; }

session s2
setup { SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off; }
step s2_2 { SELECT id FROM t; }

permutation s1_1 s2_2

# ours SELECT, theirs waits
#   s1> DELETE FROM t WHERE id = 1
#       s1 DELETE 1
#   s2> SELECT id FROM t
#       theirs: s2 waits
#       ours:   s2 SELECT 0
)");
}

}  // namespace
}  // namespace gapless::disagree
