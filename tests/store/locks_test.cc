// Transactions, row locks, waits and deadlocks of one database at READ COMMITTED, rule by rule. The rule numbers are
// those of the semantics notes, each verified on PostgreSQL 15.
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view two_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  INSERT INTO t VALUES (1, 10), (2, 20);)";

void plays(std::string_view schema, std::string_view script) { CHECK(Town(schema).transcript(script) == script); }

// ------------------------------------------------------------------------------------------------- transactions

TEST_CASE("P-TX-2: each statement sees what is committed when it begins, and its own transaction's changes") {
  plays(two_rows, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 => v = 10
    2> BEGIN; UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    2> SELECT v FROM t WHERE id = 1 => v = 11
    1> SELECT v FROM t WHERE id = 1 => v = 10
    2> COMMIT => committed
    1> SELECT v FROM t WHERE id = 1 => v = 11
)");
}

TEST_CASE("P-TX-2: uncommitted inserts and deletes are nobody else's business") {
  plays(two_rows, R"(
    1> BEGIN; INSERT INTO t VALUES (3, 30) => 1 row inserted
    1> DELETE FROM t WHERE id = 1 => 1 row deleted
    1> SELECT count(*), sum(v) FROM t => count = 2, sum = 50
    2> SELECT count(*), sum(v) FROM t => count = 2, sum = 30
    t => (1, 10) (2, 20)
    1> COMMIT => committed
    2> SELECT count(*), sum(v) FROM t => count = 2, sum = 50
    t => (2, 20) (3, 30)
)");
}

TEST_CASE("P-TX-3: the snapshot is older than the wait, so sub-selects show what was before it") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = v - 5 => 2 rows changed
    2> SELECT v, (SELECT sum(v) FROM t) FROM t WHERE id = 1 FOR UPDATE => waits
    1> COMMIT => committed
    2> … => v = 5, sum = 30
    2> SELECT v, (SELECT sum(v) FROM t) FROM t WHERE id = 1 FOR UPDATE => v = 5, sum = 20
    1> BEGIN; UPDATE t SET v = v - 5 => 2 rows changed
    2> DELETE FROM t WHERE id = 1 RETURNING v, (SELECT sum(v) FROM t) => waits
    1> COMMIT => committed
    2> … => v = 0, sum = 20
)");
}

TEST_CASE("P-TX-4: a statement does not see its own changes") {
  plays(two_rows, R"(
    1> INSERT INTO t SELECT id + 2, v FROM t => 2 rows inserted
    1> UPDATE t SET v = (SELECT sum(x.v) FROM t x WHERE x.id <= t.id) => 4 rows changed
    t => (1, 10) (2, 30) (3, 40) (4, 60)
    1> INSERT INTO t VALUES (5, 0) RETURNING (SELECT count(*) FROM t) => count = 4
)");
}

TEST_CASE("P-TX-5: a failed transaction refuses everything, and its COMMIT rolls back without an error") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> INSERT INTO t VALUES (2, 0) => unique_violation
    1> SELECT v FROM t WHERE id = 1 => in_failed_sql_transaction
    1> UPDATE t SET v = 12 WHERE id = 1 => in_failed_sql_transaction
    1> COMMIT => rolled back
    1> SELECT v FROM t WHERE id = 1 => v = 10
)");
}

TEST_CASE("P-TX-5b: an error frees the locks at once, before anybody says ROLLBACK") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v + 5 WHERE id = 1 => waits
    ready => nobody
    1> INSERT INTO t VALUES (2, 0) => unique_violation
    ready => 2
    2> … => 1 row changed
    t => (1, 15) (2, 20)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-TX-6: without BEGIN each statement is a transaction, all of it or nothing") {
  plays(two_rows, R"(
    1> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    t => (1, 11) (2, 20)
    1> INSERT INTO t VALUES (3, 30), (1, 0) => unique_violation
    t => (1, 11) (2, 20)
    1> SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 11
    2> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    1> ROLLBACK => rolled back
    1> COMMIT => committed
    t => (1, 0) (2, 20)
)");
}

TEST_CASE("ROLLBACK undoes inserts, updates and deletes") {
  plays(two_rows, R"(
    1> BEGIN; INSERT INTO t VALUES (3, 30) => 1 row inserted
    1> UPDATE t SET v = v + 1 => 3 rows changed
    1> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    1> DELETE FROM t WHERE id >= 2 => 2 rows deleted
    1> SELECT id, v FROM t => id = 1, v = 12
    1> ROLLBACK => rolled back
    t => (1, 10) (2, 20)
)");
}

TEST_CASE("P-TX-10: the numbers that a serial column has handed out stay handed out") {
  plays("CREATE TABLE q (id serial PRIMARY KEY, k int UNIQUE);", R"(
    1> BEGIN; INSERT INTO q (k) VALUES (1) RETURNING id => id = 1
    2> INSERT INTO q (k) VALUES (2) RETURNING id => id = 2
    1> ROLLBACK => rolled back
    1> INSERT INTO q (k) VALUES (3), (2), (4) => unique_violation
    1> INSERT INTO q (k) VALUES (3) RETURNING id => id = 5
    q => (2, 2) (5, 3)
)");
}

// ---------------------------------------------------------------------------------------------------- row locks

TEST_CASE("P-LK-1: FOR UPDATE, UPDATE and DELETE wait for one another; a plain SELECT waits for nobody") {
  for (const std::string held :
       {"SELECT v FROM t WHERE id = 1 FOR UPDATE", "UPDATE t SET v = 1 WHERE id = 1", "DELETE FROM t WHERE id = 1"}) {
    for (const std::string asked :
         {"SELECT v FROM t WHERE id = 1 FOR UPDATE", "UPDATE t SET v = 2 WHERE id = 1", "DELETE FROM t WHERE id = 1"}) {
      CAPTURE(held);
      CAPTURE(asked);
      Town town(two_rows);
      CHECK(town.play("1> BEGIN; " + held) != "waits");
      CHECK(town.play("2> " + asked) == "waits");
      CHECK(town.play("3> SELECT v FROM t WHERE id = 1") == "v = 10");
      CHECK(town.play("4> UPDATE t SET v = 21 WHERE id = 2") == "1 row changed");
      CHECK(town.play("2 waits for") == "1");
      CHECK(town.play("1> ROLLBACK") == "rolled back");
      CHECK(town.play("ready") == "2");
    }
  }
}

TEST_CASE("P-LK-3: FOR UPDATE of a row that does not exist locks nothing") {
  plays(two_rows, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 3 FOR UPDATE => no row
    2> INSERT INTO t VALUES (3, 30) => 1 row inserted
    1> SELECT v FROM t WHERE id = 3 FOR UPDATE => v = 30
)");
}

TEST_CASE("P-LK-4: a row that the snapshot shows without a match is neither locked nor waited for") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 30 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 0 WHERE v = 30 => 0 rows changed
    2> BEGIN; DELETE FROM t WHERE v > 15 => 1 row deleted
    1> COMMIT => committed
    3> UPDATE t SET v = 31 WHERE id = 1 => 1 row changed
    2> COMMIT => committed
    t => (1, 31)
)");
}

TEST_CASE("P-LK-7: rows are locked in scan order, not in the order of the list; ORDER BY decides for FOR UPDATE") {
  plays(two_rows, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 2 FOR UPDATE => v = 20
    2> BEGIN; UPDATE t SET v = 0 WHERE id IN (2, 1) => waits
    3> UPDATE t SET v = 1 WHERE id = 1 => waits
    3 waits for => 2
    1> COMMIT => committed
    ready => 2
    2> … => 2 rows changed
    ready => nobody
    2> COMMIT => committed
    3> … => 1 row changed
    t => (1, 1) (2, 0)
    1> BEGIN; SELECT v FROM t WHERE id = 2 FOR UPDATE => v = 0
    2> BEGIN; SELECT id FROM t ORDER BY id DESC FOR UPDATE => waits
    3> UPDATE t SET v = 5 WHERE id = 1 => 1 row changed
)");
}

TEST_CASE("P-LK-8: any waiter may go first, and so may a newcomer") {
  constexpr std::string_view begin = R"(
    1> BEGIN; UPDATE t SET v = 100 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v * 2 WHERE id = 1 => waits
    3> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    1> COMMIT => committed
    ready => 2 3)";
  const std::string start(begin);
  plays(two_rows, start + R"(
    2> … => 1 row changed
    3> … => 1 row changed
    t => (1, 201) (2, 20)
)");
  plays(two_rows, start + R"(
    3> … => 1 row changed
    2> … => 1 row changed
    t => (1, 202) (2, 20)
)");
  plays(two_rows, start + R"(
    4> BEGIN; UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    ready => nobody
    2 waits for => 4
    3 waits for => 4
    4> COMMIT => committed
    ready => 2 3
)");
}

TEST_CASE("P-LK-9: who holds a row goes on with it without waiting") {
  plays(two_rows, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    1> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 11
    1> DELETE FROM t WHERE id = 1 => 1 row deleted
    1> UPDATE t SET v = 12 WHERE id = 1 => 0 rows changed
    1> COMMIT => committed
    t => (2, 20)
)");
}

TEST_CASE("P-LK-11: who waited and then found no match holds the row all the same") {
  for (const std::string asked :
       {"UPDATE t SET v = v - 7 WHERE id = 1 AND v >= 7", "DELETE FROM t WHERE id = 1 AND v >= 7",
        "SELECT v FROM t WHERE id = 1 AND v >= 7 FOR UPDATE"}) {
    CAPTURE(asked);
    Town town(two_rows);
    CHECK(town.play("1> BEGIN; UPDATE t SET v = 3 WHERE id = 1") == "1 row changed");
    CHECK(town.play("2> BEGIN; " + asked) == "waits");
    CHECK(town.play("1> COMMIT") == "committed");
    CHECK(town.go_on(2)->count == 0);
    CHECK(town.play("3> UPDATE t SET v = 4 WHERE id = 1") == "waits");
    CHECK(town.play("3 waits for") == "2");
    CHECK(town.play("2> ROLLBACK") == "rolled back");
    CHECK(town.play("3> …") == "1 row changed");
  }
}

TEST_CASE("P-LK-11: a WHERE that fails on the snapshot's version holds nothing") {
  plays(two_rows, R"(
    2> BEGIN; UPDATE t SET v = v - 70 WHERE id = 1 AND v >= 70 => 0 rows changed
    3> UPDATE t SET v = 4 WHERE id = 1 => 1 row changed
)");
}

// ---------------------------------------------------------------------------------------------------- deadlocks

TEST_CASE("P-LK-10: in a deadlock nobody can go on; whoever is the victim fails, and the other goes on") {
  const std::string start = R"(
    1> BEGIN; UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    2> BEGIN; UPDATE t SET v = v + 2 WHERE id = 2 => 1 row changed
    1> UPDATE t SET v = v + 3 WHERE id = 2 => waits
    2> UPDATE t SET v = v + 4 WHERE id = 1 => waits
    1 waits for => 2
    2 waits for => 1
    ready => nobody)";
  plays(two_rows, start + R"(
    1> ~ deadlock => deadlock_detected
    ready => 2
    2> … => 1 row changed
    1> SELECT v FROM t => in_failed_sql_transaction
    1> COMMIT => rolled back
    2> COMMIT => committed
    t => (1, 14) (2, 22)
)");
  plays(two_rows, start + R"(
    2> ~ deadlock => deadlock_detected
    1> … => 1 row changed
    1> COMMIT => committed
    2> ROLLBACK => rolled back
    t => (1, 11) (2, 23)
)");
}

TEST_CASE("P-LK-10: two statements without BEGIN can deadlock, too; the victim is idle again") {
  plays(two_rows, R"(
    3> BEGIN; SELECT v FROM t WHERE id = 2 FOR UPDATE => v = 20
    1> SELECT id FROM t ORDER BY id FOR UPDATE => waits
    4> BEGIN; SELECT v FROM t WHERE id = 2 FOR UPDATE => waits
    3> ROLLBACK => rolled back
    4> … => v = 20
    4> UPDATE t SET v = 0 WHERE id = 1 => waits
    1 waits for => 4
    4 waits for => 1
    1> ~ deadlock => deadlock_detected
    1> SELECT v FROM t WHERE id = 1 => v = 10
    4> … => 1 row changed
    4> COMMIT => committed
    t => (1, 0) (2, 20)
)");
}

}  // namespace
}  // namespace gapless::store::relational
