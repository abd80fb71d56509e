// What a statement that waited does with the newest version of the row it waited for (EvalPlanQual), rule by rule.
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view two_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  INSERT INTO t VALUES (1, 10), (2, 20);)";

constexpr std::string_view priced = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  CREATE TABLE p (id int PRIMARY KEY, t_id int, price int);
  INSERT INTO t VALUES (1, 10), (2, 20);
  INSERT INTO p VALUES (1, 1, 3), (2, 2, 4), (3, 1, 5);)";

void plays(std::string_view schema, std::string_view script) { CHECK(Town(schema).transcript(script) == script); }

TEST_CASE("P-EPQ-1: WHERE is checked again on the newest version") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = v - 7 WHERE id = 1 AND v >= 7 => 1 row changed
    2> UPDATE t SET v = v - 7 WHERE id = 1 AND v >= 7 => waits
    1> COMMIT => committed
    2> … => 0 rows changed
    t => (1, 3) (2, 20)
)");
}

TEST_CASE("P-EPQ-1: if it still holds, SET uses the new values") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = v - 3 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v - 5 WHERE id = 1 AND v >= 5 RETURNING v => waits
    1> COMMIT => committed
    2> … => v = 2
    t => (1, 2) (2, 20)
)");
}

TEST_CASE("P-EPQ-1: after a rollback it is the old version, after a delete there is none") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v - 5 WHERE id = 1 AND v >= 5 => waits
    1> ROLLBACK => rolled back
    2> … => 1 row changed
    t => (1, 5) (2, 20)
    1> BEGIN; DELETE FROM t WHERE id = 1 => 1 row deleted
    2> UPDATE t SET v = v - 5 => waits
    1> COMMIT => committed
    2> … => 1 row changed
    t => (2, 15)
)");
}

TEST_CASE("P-EPQ-1: also where the row changed between the snapshot and its turn, without a wait for it") {
  plays(two_rows, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    2> UPDATE t SET v = v + 1 WHERE v <= 20 => waits
    3> UPDATE t SET v = 30 WHERE id = 2 => 1 row changed
    1> ROLLBACK => rolled back
    2> … => 1 row changed
    t => (1, 11) (2, 30)
)");
}

TEST_CASE("P-EPQ-2: rows that begin to match are missed") {
  plays("CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 9), (2, 10);", R"(
    1> BEGIN; UPDATE t SET v = v + 1 => 2 rows changed
    2> DELETE FROM t WHERE v = 10 => waits
    1> COMMIT => committed
    2> … => 0 rows deleted
    t => (1, 10) (2, 11)
)");
}

TEST_CASE("P-EPQ-3: a sub-select in SET keeps the old snapshot, and loses an update within one statement") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = v - 5 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = (SELECT v FROM t WHERE id = 1) - 5 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => 1 row changed
    t => (1, 5) (2, 20)
)");
}

TEST_CASE("P-EPQ-3: a guard in a sub-select passes on a stale sum, correlated or not") {
  for (const std::string guard :
       {"(SELECT sum(v) FROM t) >= 30", "(SELECT sum(x.v) FROM t x WHERE x.id >= t.id) >= 30",
        "EXISTS (SELECT 1 FROM t x WHERE x.id = t.id AND x.v = 10)", "10 IN (SELECT v FROM t)"}) {
    CAPTURE(guard);
    Town town(two_rows);
    CHECK(town.play("1> BEGIN; UPDATE t SET v = v - 10 WHERE id = 1") == "1 row changed");
    CHECK(town.play("2> UPDATE t SET v = v - 1 WHERE id = 1 AND " + guard) == "waits");
    CHECK(town.play("1> COMMIT") == "committed");
    CHECK(town.play("2> …") == "1 row changed");
    CHECK(town.table("t") == "(1, -1) (2, 20)");
  }
}

TEST_CASE("P-EPQ-3: other tables of FROM and USING are as the snapshot showed them") {
  plays(priced, R"(
    1> BEGIN; UPDATE t SET v = 100 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v - p.price FROM p WHERE p.t_id = t.id AND p.id = 1 RETURNING v, price => waits
    3> UPDATE p SET price = 50 => 3 rows changed
    1> COMMIT => committed
    2> … => v = 97, price = 3
    1> BEGIN; UPDATE t SET v = v + 1 WHERE id = 2 => 1 row changed
    2> DELETE FROM t USING p WHERE p.t_id = t.id AND p.id = 2 AND t.v < p.price => waits
    3> UPDATE p SET price = 1 => 3 rows changed
    1> COMMIT => committed
    2> … => 1 row deleted
    t => (1, 97)
)");
}

TEST_CASE("P-EPQ-3: ON is checked again, too, and FOR UPDATE OF shows the other table as it was") {
  plays(priced, R"(
    1> BEGIN; UPDATE t SET v = 4 WHERE id = 1 => 1 row changed
    2> SELECT t.v, p.price FROM t JOIN p ON p.t_id = t.id AND p.price < t.v ORDER BY p.id FOR UPDATE OF t => waits
    3> UPDATE p SET price = 50 => 3 rows changed
    1> COMMIT => committed
    2> … => 2 rows: (4, 3), (20, 4)
)");
}

TEST_CASE("P-EPQ-4: a row is its chain of versions, not its key") {
  plays(two_rows, R"(
    1> BEGIN; DELETE FROM t WHERE id = 1 => 1 row deleted
    1> INSERT INTO t VALUES (1, 50) => 1 row inserted
    2> UPDATE t SET v = 0 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => 0 rows changed
    1> BEGIN; UPDATE t SET id = 7 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 0 WHERE id = 1 => waits
    3> UPDATE t SET v = v + 1 WHERE v = 50 => waits
    1> COMMIT => committed
    2> … => 0 rows changed
    3> … => 1 row changed
    t => (2, 20) (7, 51)
)");
}

TEST_CASE("P-EPQ-5: ORDER BY goes by the snapshot's values, what is shown is new") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 100 WHERE id = 1 => 1 row changed
    2> SELECT id, v FROM t ORDER BY v FOR UPDATE => waits
    1> COMMIT => committed
    2> … => 2 rows: (1, 100), (2, 20)
)");
}

TEST_CASE("P-EPQ-5: LIMIT counts rows after the re-check; OFFSET passes over locked ones") {
  plays("CREATE TABLE q (id int PRIMARY KEY, st text); INSERT INTO q VALUES (1, 'free'), (2, 'free'), (3, 'free');", R"(
    1> BEGIN; UPDATE q SET st = 'taken' WHERE id = 1 => 1 row changed
    2> BEGIN; SELECT id FROM q WHERE st = 'free' ORDER BY id LIMIT 1 FOR UPDATE => waits
    1> COMMIT => committed
    2> … => id = 2
    3> UPDATE q SET st = 'mine' WHERE id = 3 => 1 row changed
    3> UPDATE q SET st = 'free' WHERE id = 3 => 1 row changed
    2> SELECT id FROM q WHERE st = 'free' ORDER BY id LIMIT 1 OFFSET 1 FOR UPDATE => id = 3
    3> SELECT id FROM q WHERE id = 1 FOR UPDATE => waits
    2> ROLLBACK => rolled back
)");
}

TEST_CASE("P-EPQ-6: to claim the first free row in a sub-select claims it twice") {
  constexpr std::string_view queue =
      "CREATE TABLE q (id int PRIMARY KEY, st text); INSERT INTO q VALUES (1, 'free'), (2, 'free');";
  plays(queue, R"(
    1> BEGIN; UPDATE q SET st = 'one' WHERE id = (SELECT id FROM q WHERE st = 'free' ORDER BY id LIMIT 1) RETURNING id => id = 1
    2> UPDATE q SET st = 'two' WHERE id = (SELECT id FROM q WHERE st = 'free' ORDER BY id LIMIT 1) RETURNING id => waits
    1> COMMIT => committed
    2> … => id = 1
)");
  plays(queue, R"(
    1> BEGIN; UPDATE q SET st = 'one' WHERE id = (SELECT id FROM q WHERE st = 'free' ORDER BY id LIMIT 1) AND st = 'free' => 1 row changed
    2> UPDATE q SET st = 'two' WHERE id = (SELECT id FROM q WHERE st = 'free' ORDER BY id LIMIT 1) AND st = 'free' => waits
    1> COMMIT => committed
    2> … => 0 rows changed
    q => (1, one) (2, free)
)");
}

TEST_CASE("P-EPQ-7: CHECK is evaluated on the row that the re-check makes") {
  plays("CREATE TABLE t (id int PRIMARY KEY, v int CHECK (v >= 0)); INSERT INTO t VALUES (1, 10);", R"(
    1> BEGIN; UPDATE t SET v = v - 7 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v - 7 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => check_violation
    t => (1, 3)
)");
}

// Not in the notes; found by playing random schedules on the server: the new version is made from the snapshot's, and
// checked, before the row is waited for.
TEST_CASE("P-EPQ-7: … and before the wait on the row that the snapshot shows") {
  constexpr std::string_view checked =
      "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL CHECK (v >= 0)); INSERT INTO t VALUES (1, 0), (2, 5);";
  plays(checked, R"(
    1> BEGIN; UPDATE t SET v = v + 7 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v - 7 WHERE id = 1 => check_violation
    2> UPDATE t SET v = NULL WHERE id = 1 => not_null_violation
    2> UPDATE t SET v = 10 / v WHERE id = 1 => division_by_zero
    2> SELECT 10 / v FROM t WHERE id = 1 FOR UPDATE => division_by_zero
    2> DELETE FROM t WHERE id = 1 RETURNING 10 / v => waits
)");
  plays(checked, R"(
    1> BEGIN; UPDATE t SET v = 4 WHERE id = 1 => 1 row changed
    2> SELECT id FROM t WHERE id = 2 FOR UPDATE => id = 2
    3> BEGIN; SELECT id FROM t WHERE id = 2 FOR UPDATE => id = 2
    2> UPDATE t SET v = v * 0 - (id - 1) => waits
    1> ROLLBACK => rolled back
    2> … => check_violation
)");
}

TEST_CASE("P-EPQ-7: a later row that the snapshot shows in breach fails when its turn comes, whatever it is by then") {
  plays("CREATE TABLE t (id int PRIMARY KEY, v int CHECK (v >= 0)); INSERT INTO t VALUES (1, 10), (2, 0);", R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    2> UPDATE t SET v = v - 5 => waits
    3> UPDATE t SET v = 50 WHERE id = 2 => 1 row changed
    1> COMMIT => committed
    2> … => check_violation
    t => (1, 10) (2, 50)
    1> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    2> UPDATE t SET v = v - 5 => waits
    3> DELETE FROM t WHERE id = 2 => 1 row deleted
    1> COMMIT => committed
    2> … => check_violation
)");
}

TEST_CASE("P-EPQ-8: an update to the same value is an update") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = v WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => 1 row changed
)");
}

TEST_CASE(
    "a joined row that is gone takes its combination along; rows after it are left alone, rows before it locked") {
  plays(priced, R"(
    1> BEGIN; DELETE FROM t WHERE id = 1 => 1 row deleted
    2> BEGIN; SELECT t.id, p.id FROM t JOIN p ON p.t_id = t.id WHERE p.id < 3 ORDER BY p.id FOR UPDATE => waits
    1> COMMIT => committed
    2> … => id = 2, id = 2
    3> UPDATE p SET price = 0 WHERE id = 1 => 1 row changed
    3> UPDATE p SET price = 0 WHERE id = 2 => waits
)");
  plays(priced, R"(
    1> BEGIN; DELETE FROM p WHERE id = 1 => 1 row deleted
    2> BEGIN; SELECT t.id, p.id FROM t JOIN p ON p.t_id = t.id WHERE p.id = 1 FOR UPDATE => waits
    1> COMMIT => committed
    2> … => no row
    3> UPDATE t SET v = 0 WHERE id = 1 => waits
)");
  plays(priced, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    2> BEGIN; SELECT t.id, p.id FROM t JOIN p ON p.t_id = t.id WHERE p.id < 3 ORDER BY p.id FOR UPDATE => waits
    3> DELETE FROM p WHERE id = 2 => 1 row deleted
    1> COMMIT => committed
    2> … => id = 1, id = 1
    3> UPDATE t SET v = 0 WHERE id = 2 => waits
)");
}

TEST_CASE("a row that a join finds twice is changed once") {
  plays(priced, R"(
    1> UPDATE t SET v = v + price FROM p WHERE p.t_id = t.id AND t.id = 1 => 1 row changed
    t => (1, 13) (2, 20)
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 13
    2> UPDATE t SET v = v + price FROM p WHERE p.t_id = t.id AND t.id = 1 => waits
    1> COMMIT => committed
    2> … => 1 row changed
    t => (1, 16) (2, 20)
)");
}

}  // namespace
}  // namespace gapless::store::relational
