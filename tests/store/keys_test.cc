// Unique keys in flight: who waits for whom, and what comes of it, rule by rule.
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view one_row = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  INSERT INTO t VALUES (1, 10);)";

void plays(std::string_view schema, std::string_view script) { CHECK(Town(schema).transcript(script) == script); }

TEST_CASE("P-UQ-1: an insert of a key that another transaction has inserted waits for its end") {
  const std::string start = R"(
    1> BEGIN; INSERT INTO t VALUES (2, 0) => 1 row inserted
    2> INSERT INTO t VALUES (2, 1) => waits
    2 waits for => 1
    3> INSERT INTO t VALUES (3, 1) => 1 row inserted
    ready => nobody)";
  plays(one_row, start + R"(
    1> COMMIT => committed
    2> … => unique_violation
    t => (1, 10) (2, 0) (3, 1)
)");
  plays(one_row, start + R"(
    1> ROLLBACK => rolled back
    2> … => 1 row inserted
    t => (1, 10) (2, 1) (3, 1)
)");
}

TEST_CASE("P-UQ-1: … or deleted") {
  const std::string start = R"(
    1> BEGIN; DELETE FROM t WHERE id = 1 => 1 row deleted
    2> INSERT INTO t VALUES (1, 1) => waits)";
  plays(one_row, start + R"(
    1> COMMIT => committed
    2> … => 1 row inserted
    t => (1, 1)
)");
  plays(one_row, start + R"(
    1> ROLLBACK => rolled back
    2> … => unique_violation
    t => (1, 10)
)");
}

TEST_CASE("P-UQ-1: … or updated, in any column") {
  for (const std::string end : {"COMMIT", "ROLLBACK"}) {
    CAPTURE(end);
    Town town(one_row);
    CHECK(town.play("1> BEGIN; UPDATE t SET v = 5 WHERE id = 1") == "1 row changed");
    CHECK(town.play("2> INSERT INTO t VALUES (1, 1)") == "waits");
    CHECK(town.play("1> " + end) != "waits");
    CHECK(town.play("2> …") == "unique_violation");
  }
}

TEST_CASE("P-UQ-1: a row that is merely locked makes nobody wait") {
  plays(one_row, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    2> INSERT INTO t VALUES (1, 1) => unique_violation
)");
}

TEST_CASE("P-UQ-1: both the old and the new key of an update are in flight, and those of versions in between") {
  const std::string start = R"(
    1> BEGIN; UPDATE t SET id = 5 WHERE id = 1 => 1 row changed
    1> UPDATE t SET id = 6 WHERE id = 5 => 1 row changed
    2> INSERT INTO t VALUES (1, 2) => waits
    3> INSERT INTO t VALUES (5, 3) => waits
    4> INSERT INTO t VALUES (6, 4) => waits
    5> INSERT INTO t VALUES (7, 5) => 1 row inserted
    1> INSERT INTO t VALUES (5, 0) => 1 row inserted)";
  plays(one_row, start + R"(
    1> COMMIT => committed
    ready => 2 3 4
    2> … => 1 row inserted
    3> … => unique_violation
    4> … => unique_violation
    t => (1, 2) (5, 0) (6, 10) (7, 5)
)");
  plays(one_row, start + R"(
    1> ROLLBACK => rolled back
    4> … => 1 row inserted
    3> … => 1 row inserted
    2> … => unique_violation
    t => (1, 10) (5, 3) (6, 4) (7, 5)
)");
}

TEST_CASE("P-UQ-1: a key inserted and deleted again by an open transaction is in flight") {
  plays(one_row, R"(
    1> BEGIN; INSERT INTO t VALUES (2, 0) => 1 row inserted
    1> DELETE FROM t WHERE id = 2 => 1 row deleted
    2> INSERT INTO t VALUES (2, 1) => waits
    1> INSERT INTO t VALUES (2, 3) => 1 row inserted
    1> DELETE FROM t WHERE id = 2 => 1 row deleted
    1> COMMIT => committed
    2> … => 1 row inserted
    t => (1, 10) (2, 1)
)");
}

TEST_CASE("P-UQ-1: an update to a key in flight waits, holding its row; then goes on with the rows after it") {
  plays("CREATE TABLE t (id int PRIMARY KEY, k int UNIQUE, v int); INSERT INTO t VALUES (1, 1, 0), (2, 2, 0);", R"(
    1> BEGIN; INSERT INTO t VALUES (3, 11, 0) => 1 row inserted
    2> UPDATE t SET k = k + 10 RETURNING id, k => waits
    3> SELECT id FROM t WHERE id = 2 FOR UPDATE => id = 2
    3> SELECT id FROM t WHERE id = 1 FOR UPDATE => waits
    1> ROLLBACK => rolled back
    ready => 2
    2> … => 2 rows: (1, 11), (2, 12)
    3> … => id = 1
)");
}

TEST_CASE("P-UQ-1: of several waiters for a key the first inserts, the others wait for it") {
  plays(one_row, R"(
    1> BEGIN; INSERT INTO t VALUES (2, 1) => 1 row inserted
    2> BEGIN; INSERT INTO t VALUES (2, 2) => waits
    3> BEGIN; INSERT INTO t VALUES (2, 3) => waits
    1> ROLLBACK => rolled back
    ready => 2 3
    3> … => 1 row inserted
    ready => nobody
    2 waits for => 3
    3> COMMIT => committed
    2> … => unique_violation
    2> COMMIT => rolled back
    t => (1, 10) (2, 3)
)");
}

TEST_CASE("P-UQ-1: the keys of a row enter the indexes one after another") {
  // While 2 waits for k = 7, its id = 3 is in the primary key already: 3 waits for 2, not for 1.
  plays("CREATE TABLE t (id int PRIMARY KEY, k int UNIQUE); INSERT INTO t VALUES (1, 1);", R"(
    1> BEGIN; INSERT INTO t VALUES (2, 7) => 1 row inserted
    2> INSERT INTO t VALUES (3, 7) => waits
    3> INSERT INTO t VALUES (3, 8) => waits
    3 waits for => 2
    4> INSERT INTO t VALUES (4, 7) => waits
    4 waits for => 1
    1> COMMIT => committed
    2> … => unique_violation
    3> … => 1 row inserted
    4> … => unique_violation
    t => (1, 1) (2, 7) (3, 8)
)");
}

TEST_CASE("P-UQ-1: a key of several columns is in flight as a whole") {
  plays("CREATE TABLE t (a int, b int, v int, UNIQUE (a, b));", R"(
    1> BEGIN; INSERT INTO t VALUES (1, 1, 0) => 1 row inserted
    2> INSERT INTO t VALUES (1, 2, 0) => 1 row inserted
    2> INSERT INTO t VALUES (1, NULL, 0) => 1 row inserted
    2> INSERT INTO t VALUES (1, NULL, 0) => 1 row inserted
    2> INSERT INTO t VALUES (1, 1, 0) => waits
    1> COMMIT => committed
    2> … => unique_violation
)");
}

TEST_CASE("P-EPQ-7: NOT NULL and CHECK come before unique keys; unique keys are checked row by row") {
  plays("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL CHECK (v > 0)); INSERT INTO t VALUES (1, 1), (2, 2);", R"(
    1> INSERT INTO t VALUES (1, NULL) => not_null_violation
    1> INSERT INTO t VALUES (1, 0) => check_violation
    1> INSERT INTO t VALUES (1, 1) => unique_violation
    1> UPDATE t SET id = id + 1 => unique_violation
    1> UPDATE t SET id = id - 1 => 2 rows changed
    t => (0, 1) (1, 2)
)");
}

TEST_CASE("P-UQ-7: a partial unique index concerns only rows that satisfy its predicate; NULLs are distinct") {
  plays(R"(CREATE TABLE s (id int PRIMARY KEY, usr int, st text);
           CREATE UNIQUE INDEX one_active ON s (usr) WHERE st = 'active';
           INSERT INTO s VALUES (1, 1, 'active'), (2, 1, 'ended');)",
        R"(
    1> INSERT INTO s VALUES (3, 1, 'ended') => 1 row inserted
    1> INSERT INTO s VALUES (4, NULL, 'active'), (5, NULL, 'active') => 2 rows inserted
    1> INSERT INTO s VALUES (6, 1, 'active') => unique_violation
    1> UPDATE s SET st = 'active' WHERE id = 2 => unique_violation
    1> BEGIN; UPDATE s SET st = 'ended' WHERE id = 1 => 1 row changed
    2> UPDATE s SET st = 'active' WHERE id = 2 => waits
    3> INSERT INTO s VALUES (7, 1, 'ended') => 1 row inserted
    1> COMMIT => committed
    2> … => 1 row changed
)");
}

TEST_CASE("P-UQ-8: crossing inserts deadlock, and either may be the victim") {
  const std::string start = R"(
    1> BEGIN; INSERT INTO t VALUES (2, 1) => 1 row inserted
    2> BEGIN; INSERT INTO t VALUES (3, 2) => 1 row inserted
    1> INSERT INTO t VALUES (3, 1) => waits
    2> INSERT INTO t VALUES (2, 2) => waits
    1 waits for => 2
    2 waits for => 1
    ready => nobody)";
  plays(one_row, start + R"(
    2> ~ deadlock => deadlock_detected
    1> … => 1 row inserted
    1> COMMIT => committed
    t => (1, 10) (2, 1) (3, 1)
)");
  plays(one_row, start + R"(
    1> ~ deadlock => deadlock_detected
    2> … => 1 row inserted
    2> COMMIT => committed
    t => (1, 10) (2, 2) (3, 2)
)");
}

TEST_CASE("keys are equal as SQL says, not as they are written") {
  plays("CREATE TABLE t (d interval UNIQUE); INSERT INTO t VALUES ('1 mon');", R"(
    1> INSERT INTO t VALUES ('30 days') => unique_violation
    1> INSERT INTO t VALUES ('31 days') => 1 row inserted
    t => (31 days) (1 mon)
)");
  plays("CREATE TABLE t (amount numeric UNIQUE); INSERT INTO t VALUES (1.0);", R"(
    1> INSERT INTO t VALUES (1.00) => unique_violation
    1> BEGIN; INSERT INTO t VALUES (2) => 1 row inserted
    2> INSERT INTO t VALUES (2.000) => waits
)");
}

}  // namespace
}  // namespace gapless::store::relational
