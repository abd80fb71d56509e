// SAVEPOINT, ROLLBACK TO and RELEASE: what is undone, what is freed, and what stays (P-TX-7).
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view two_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int CHECK (v < 1000));
  INSERT INTO t VALUES (1, 10), (2, 20);)";

void plays(std::string_view schema, std::string_view script) { CHECK(Town(schema).transcript(script) == script); }

TEST_CASE("P-TX-7: ROLLBACK TO frees what was locked since, and waiters go on at once") {
  plays(two_rows, R"(
    1> BEGIN; SAVEPOINT a => done
    1> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v + 100 WHERE id = 1 RETURNING v => waits
    1> ROLLBACK TO a => rolled back
    ready => 2
    2> … => v = 110
    1> UPDATE t SET v = v + 1 WHERE id = 1 RETURNING v => v = 111
    1> COMMIT => committed
    t => (1, 111) (2, 20)
)");
}

TEST_CASE("P-TX-7: a lock taken before the savepoint stays, at the strength it had") {
  plays(two_rows, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    1> SAVEPOINT a => done
    1> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    1> ROLLBACK TO a => rolled back
    2> UPDATE t SET v = v + 100 WHERE id = 1 RETURNING v => waits
    1> COMMIT => committed
    2> … => v = 110
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR SHARE => v = 110
    1> SAVEPOINT a => done
    1> SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 110
    2> SELECT v FROM t WHERE id = 1 FOR SHARE => waits
    1> ROLLBACK TO a => rolled back
    2> … => v = 110
    2> UPDATE t SET v = 0 WHERE id = 1 => waits
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-TX-7: RELEASE keeps locks and changes, and hands them on to the savepoint around it") {
  plays(two_rows, R"(
    1> BEGIN; SAVEPOINT a => done
    1> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    1> RELEASE a => done
    2> UPDATE t SET v = v + 100 WHERE id = 1 RETURNING v => waits
    1> ROLLBACK TO a => invalid_savepoint_specification
    ready => 2
    1> ROLLBACK => rolled back
    2> … => v = 110
    1> BEGIN; SAVEPOINT a => done
    1> SAVEPOINT b => done
    1> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    1> RELEASE b => done
    1> SELECT v FROM t WHERE id = 1 => v = 111
    1> ROLLBACK TO a => rolled back
    1> SELECT v FROM t WHERE id = 1 => v = 110
    1> COMMIT => committed
    t => (1, 110) (2, 20)
)");
}

TEST_CASE("P-TX-7: each savepoint has its own version of a row; of equal names the innermost is meant") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> SAVEPOINT a => done
    1> UPDATE t SET v = 12 WHERE id = 1 => 1 row changed
    1> INSERT INTO t VALUES (3, 30) => 1 row inserted
    1> SAVEPOINT a => done
    1> DELETE FROM t WHERE id = 1 => 1 row deleted
    1> UPDATE t SET id = 4 WHERE id = 3 => 1 row changed
    1> SELECT * FROM t => 2 rows: (2, 20), (4, 30)
    1> ROLLBACK TO a => rolled back
    1> SELECT * FROM t => 3 rows: (1, 12), (2, 20), (3, 30)
    1> DELETE FROM t => 3 rows deleted
    1> ROLLBACK TO a => rolled back
    1> RELEASE a => done
    1> SELECT * FROM t => 3 rows: (1, 12), (2, 20), (3, 30)
    1> ROLLBACK TO a => rolled back
    1> SELECT * FROM t => 2 rows: (1, 11), (2, 20)
    1> COMMIT => committed
    t => (1, 11) (2, 20)
)");
}

TEST_CASE("P-TX-5b: in a savepoint an error undoes what was done since it, at once, and the rest at ROLLBACK") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    1> SAVEPOINT a => done
    1> UPDATE t SET v = v + 1 WHERE id = 2 => 1 row changed
    2> UPDATE t SET v = v + 100 WHERE id = 1 => waits
    3> UPDATE t SET v = v + 100 WHERE id = 2 => waits
    1> INSERT INTO t VALUES (2, 0) => unique_violation
    ready => 3
    3> … => 1 row changed
    1> SELECT 1 => in_failed_sql_transaction
    1> ROLLBACK TO a => rolled back
    1> SELECT * FROM t => 2 rows: (1, 11), (2, 120)
    1> COMMIT => committed
    2> … => 1 row changed
    t => (1, 111) (2, 120)
)");
}

TEST_CASE("a statement that fails half done leaves nothing, in a savepoint and in what SERIALIZABLE remembers of it") {
  plays(two_rows, R"(
    1> BEGIN ISOLATION LEVEL SERIALIZABLE => done
    1> SAVEPOINT a => done
    1> UPDATE t SET v = v + 985 => check_violation
    1> ROLLBACK TO a => rolled back
    1> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    2> BEGIN ISOLATION LEVEL SERIALIZABLE => done
    2> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    2> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> COMMIT => committed
    1> COMMIT => committed
    t => (1, 0) (2, 20)
)");
}

TEST_CASE("P-TX-7: 23505 in a savepoint costs no more than the savepoint; the key of what was undone is free") {
  plays(two_rows, R"(
    1> BEGIN; INSERT INTO t VALUES (5, 5) => 1 row inserted
    1> SAVEPOINT a => done
    1> INSERT INTO t VALUES (1, 2) => unique_violation
    1> ROLLBACK TO a => rolled back
    1> INSERT INTO t VALUES (6, 6) => 1 row inserted
    2> INSERT INTO t VALUES (6, 7) => waits
    3> INSERT INTO t VALUES (5, 7) => waits
    1> ROLLBACK TO a => rolled back
    ready => 2
    2> … => 1 row inserted
    1> COMMIT => committed
    3> … => unique_violation
    t => (1, 10) (2, 20) (5, 5) (6, 7)
)");
}

TEST_CASE("P-TX-7: ROLLBACK TO brings back the keys that were in flight at the savepoint") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET id = 5 WHERE id = 1 => 1 row changed
    1> SAVEPOINT a => done
    1> UPDATE t SET id = 6 WHERE id = 5 => 1 row changed
    1> UPDATE t SET id = 7 WHERE id = 6 => 1 row changed
    2> INSERT INTO t VALUES (6, 0) => waits
    1> ROLLBACK TO a => rolled back
    2> … => 1 row inserted
    2> INSERT INTO t VALUES (7, 0) => 1 row inserted
    2> INSERT INTO t VALUES (5, 0) => waits
    3> INSERT INTO t VALUES (1, 0) => waits
    1> COMMIT => committed
    2> … => unique_violation
    3> … => 1 row inserted
    t => (1, 0) (2, 20) (5, 10) (6, 0) (7, 0)
)");
}

TEST_CASE("P-TX-7: … also those of versions in between") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET id = 5 WHERE id = 1 => 1 row changed
    1> UPDATE t SET id = 6 WHERE id = 5 => 1 row changed
    1> SAVEPOINT a => done
    1> UPDATE t SET id = 7 WHERE id = 6 => 1 row changed
    1> ROLLBACK TO a => rolled back
    2> INSERT INTO t VALUES (5, 0) => waits
    3> INSERT INTO t VALUES (6, 0) => waits
    1> COMMIT => committed
    2> … => 1 row inserted
    3> … => unique_violation
    t => (2, 20) (5, 0) (6, 10)
)");
}

TEST_CASE("P-TX-7: a transaction's own equal rows are told apart by what its savepoints say of them") {
  plays("CREATE TABLE h (x int, y int);", R"(
    1> BEGIN; INSERT INTO h VALUES (1, 1), (1, 1) => 2 rows inserted
    2> BEGIN; INSERT INTO h VALUES (1, 1), (1, 1) => 2 rows inserted
    1> SAVEPOINT a => done
    1> INSERT INTO h VALUES (1, 1) => 1 row inserted
    2> SAVEPOINT b => done
    2> UPDATE h SET y = 2 => 2 rows changed
    1> SELECT count(*) FROM h => count = 3
    2> ROLLBACK TO b => rolled back
    1> ROLLBACK TO a => rolled back
    1> SELECT count(*) FROM h => count = 2
    2> SELECT count(*) FROM h WHERE y = 1 => count = 2
    1> COMMIT => committed
    2> COMMIT => committed
    h => (1, 1) (1, 1) (1, 1) (1, 1)
)");
}

TEST_CASE("P-LK-10: the victim of a deadlock in a savepoint goes back to it and goes on") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    2> BEGIN; SAVEPOINT a => done
    2> UPDATE t SET v = v + 1 WHERE id = 2 => 1 row changed
    1> UPDATE t SET v = v + 1 WHERE id = 2 => waits
    2> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    deadlocked => 1 2
    2> ~ deadlock => deadlock_detected
    deadlocked => nobody
    1> … => 1 row changed
    2> ROLLBACK TO a => rolled back
    2> UPDATE t SET v = v + 5 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => 1 row changed
    2> COMMIT => committed
    t => (1, 16) (2, 21)
)");
}

TEST_CASE("at READ COMMITTED a statement that fails while it waits leaves no snapshot behind in its savepoint") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    2> BEGIN; SAVEPOINT a => done
    2> SET lock_timeout = 20 => done
    2> WITH c AS (SELECT v FROM t WHERE id = 1 FOR UPDATE) UPDATE t SET v = c.v FROM c WHERE id = 2 => waits
    2> ~ time out => lock_not_available
    1> COMMIT => committed
    2> ROLLBACK TO a => rolled back
    2> SELECT v FROM t WHERE id = 1 => v = 11
    2> COMMIT => committed
)");
}

TEST_CASE("savepoints need a transaction, and one of that name") {
  plays(two_rows, R"(
    1> SAVEPOINT a => no_active_sql_transaction
    1> RELEASE a => no_active_sql_transaction
    1> ROLLBACK TO a => no_active_sql_transaction
    1> BEGIN; SAVEPOINT a => done
    1> ROLLBACK TO b => invalid_savepoint_specification
    1> SAVEPOINT c => in_failed_sql_transaction
    1> RELEASE a => in_failed_sql_transaction
    1> ROLLBACK TO a => rolled back
    1> RELEASE a => done
    1> COMMIT => committed
)");
}

}  // namespace
}  // namespace gapless::store::relational
