// Snapshots of transactions, and the first updater wins: REPEATABLE READ, and what SERIALIZABLE shares with it. The
// rule numbers are those of the semantics notes, each verified on PostgreSQL 15.
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view two_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  INSERT INTO t VALUES (1, 10), (2, 20);)";

void plays(std::string_view schema, std::string_view script) { CHECK(Town(schema).transcript(script) == script); }

// The same at REPEATABLE READ and at SERIALIZABLE: the script says BEGIN LEVEL.
void plays_at_both(std::string_view schema, const std::string& script) {
  for (const std::string level : {"REPEATABLE READ", "SERIALIZABLE"}) {
    std::string text = script;
    for (auto at = text.find("BEGIN LEVEL"); at != std::string::npos; at = text.find("BEGIN LEVEL")) {
      text.replace(at, 11, "BEGIN ISOLATION LEVEL " + level);
    }
    CAPTURE(level);
    plays(schema, text);
  }
}

// ---------------------------------------------------------------------------------------------------- snapshots

TEST_CASE("P-TX-2: the snapshot is that of the first query, not of BEGIN") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    2> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 => v = 11
    2> UPDATE t SET v = 12 WHERE id = 1 => 1 row changed
    2> INSERT INTO t VALUES (3, 30) => 1 row inserted
    2> DELETE FROM t WHERE id = 2 => 1 row deleted
    1> SELECT * FROM t => 2 rows: (1, 11), (2, 20)
    1> COMMIT => committed
    1> SELECT * FROM t => 2 rows: (1, 12), (3, 30)
)");
}

TEST_CASE("P-TX-2: SET, SAVEPOINT and LOCK TABLE take no snapshot, SELECT 1 does") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SET LOCAL lock_timeout = 0 => done
    1> SAVEPOINT a => done
    2> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> LOCK TABLE t IN ACCESS SHARE MODE => done
    2> UPDATE t SET v = 12 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 => v = 12
    1> ROLLBACK => rolled back
    1> BEGIN LEVEL => done
    1> SELECT 1 => 1
    2> UPDATE t SET v = 13 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 => v = 12
    1> COMMIT => committed
)");
}

TEST_CASE("P-TX-3: a snapshot is taken before the wait for an advisory lock in it, so that it is stale afterwards") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT pg_advisory_xact_lock(7) => pg_advisory_xact_lock = 
    2> BEGIN LEVEL => done
    2> SELECT pg_advisory_xact_lock(7) => waits
    1> UPDATE t SET v = v - 5 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    2> … => pg_advisory_xact_lock = 
    2> SELECT v FROM t WHERE id = 1 => v = 10
    2> UPDATE t SET v = v - 5 WHERE id = 1 => serialization_failure (concurrent update)
    2> ROLLBACK => rolled back
)");
}

TEST_CASE("P-TX-3: at READ COMMITTED too: lock and look in one statement is stale, in two it is fresh") {
  plays(two_rows, R"(
    1> BEGIN; SELECT pg_advisory_xact_lock(7) => pg_advisory_xact_lock = 
    2> BEGIN; SELECT pg_advisory_xact_lock(7), (SELECT v FROM t WHERE id = 1) => waits
    1> UPDATE t SET v = v - 5 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    2> … => pg_advisory_xact_lock = , v = 10
    2> SELECT v FROM t WHERE id = 1 => v = 5
    2> COMMIT => committed
)");
}

TEST_CASE("P-TX-3: LOCK TABLE waits before there is a snapshot") {
  plays_at_both(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    2> BEGIN LEVEL => done
    2> LOCK TABLE t IN SHARE MODE => waits
    1> COMMIT => committed
    2> … => done
    2> SELECT v FROM t WHERE id = 1 => v = 11
    2> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    2> COMMIT => committed
    t => (1, 12) (2, 20)
)");
}

TEST_CASE("P-TX-4: parts of WITH do not see what the others do") {
  plays(two_rows, R"(
    1> WITH u AS (UPDATE t SET v = v + 1 WHERE id = 1 RETURNING v) SELECT (SELECT v FROM u) AS new, (SELECT v FROM t WHERE id = 1) AS old => new = 11, old = 10
    1> INSERT INTO t SELECT id + 10, v FROM t => 2 rows inserted
    1> SELECT count(*) FROM t => count = 4
)");
}

TEST_CASE(
    "P-TX-1, P-TX-6: READ UNCOMMITTED is READ COMMITTED; the level is fixed by the first query; BEGIN does not nest") {
  plays(two_rows, R"(
    2> BEGIN; UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> BEGIN ISOLATION LEVEL READ UNCOMMITTED => done
    1> SELECT v FROM t WHERE id = 1 => v = 10
    2> COMMIT => committed
    1> SELECT v FROM t WHERE id = 1 => v = 11
    1> SET TRANSACTION ISOLATION LEVEL SERIALIZABLE => active_sql_transaction
    1> ROLLBACK => rolled back
    1> BEGIN; UPDATE t SET v = 6 WHERE id = 1 => 1 row changed
    1> BEGIN => done
    1> ROLLBACK => rolled back
    1> ROLLBACK => rolled back
    t => (1, 11) (2, 20)
    1> BEGIN => done
    1> SET TRANSACTION ISOLATION LEVEL REPEATABLE READ => done
    1> SELECT v FROM t WHERE id = 1 => v = 11
    2> UPDATE t SET v = 12 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 => v = 11
    1> COMMIT => committed
)");
}

TEST_CASE("the default level is a setting of the session, and ROLLBACK gives back what SET has changed") {
  plays(two_rows, R"(
    1> SET default_transaction_isolation = 'repeatable read' => done
    1> BEGIN => done
    1> SELECT v FROM t WHERE id = 1 => v = 10
    2> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 => v = 10
    1> SET default_transaction_isolation = 'read committed' => done
    1> ROLLBACK => rolled back
    1> BEGIN => done
    1> SELECT v FROM t WHERE id = 1 => v = 11
    2> UPDATE t SET v = 12 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 => v = 11
    1> COMMIT => committed
)");
}

TEST_CASE("SET LOCAL lasts to the end of the transaction, and not past a COMMIT") {
  plays(two_rows, R"(
    1> BEGIN => done
    1> SET LOCAL default_transaction_isolation = 'repeatable read' => done
    1> COMMIT => committed
    1> BEGIN => done
    1> SELECT v FROM t WHERE id = 1 => v = 10
    2> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 => v = 11
    1> COMMIT => committed
    1> SET LOCAL default_transaction_isolation = 'repeatable read' => done
    1> BEGIN => done
    1> SELECT v FROM t WHERE id = 1 => v = 11
    2> UPDATE t SET v = 12 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 => v = 12
    1> COMMIT => committed
)");
}

TEST_CASE("P-TX-11: a lost connection is a rollback, and frees also what the session had locked for itself") {
  plays(two_rows, R"(
    1> SELECT pg_advisory_lock(1) => pg_advisory_lock = 
    1> BEGIN; UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> SELECT pg_advisory_lock(1) => waits
    3> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    1> ~ disconnect => gone
    ready => 2 3
    2> … => pg_advisory_lock = 
    3> … => 1 row changed
    t => (1, 11) (2, 20)
    4> SELECT pg_advisory_lock(1) => waits
    4> ~ disconnect => gone
    2> SELECT pg_advisory_unlock(1) => pg_advisory_unlock = t
)");
}

TEST_CASE("P-LK-5: the shorter of lock_timeout and statement_timeout ends a wait, and the transaction with it") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    2> SET lock_timeout = '50ms' => done
    2> BEGIN; UPDATE t SET v = v + 1 WHERE id = 2 => 1 row changed
    2> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    3> UPDATE t SET v = v + 2 WHERE id = 2 => waits
    2> ~ time out => lock_not_available
    ready => 3
    3> … => 1 row changed
    2> COMMIT => rolled back
    2> SET statement_timeout = '40ms' => done
    2> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    2> ~ time out => query_canceled
    2> SET lock_timeout = 0 => done
    2> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    2> ~ time out => query_canceled
    1> COMMIT => committed
    t => (1, 11) (2, 22)
)");
}

// ---------------------------------------------------------------------------------------- the first updater wins

TEST_CASE("P-SI-1: who waits for a writer fails if it commits and goes on if it does not") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    2> BEGIN LEVEL => done
    1> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => serialization_failure (concurrent update)
    2> SELECT 1 => in_failed_sql_transaction
    2> COMMIT => rolled back
    1> BEGIN LEVEL => done
    2> BEGIN LEVEL => done
    1> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    1> ROLLBACK => rolled back
    2> … => 1 row changed
    2> COMMIT => committed
    t => (1, 12) (2, 20)
)");
}

TEST_CASE("P-SI-1: a row deleted, or moved to another key, since the snapshot") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT count(*) FROM t => count = 2
    2> DELETE FROM t WHERE id = 1 => 1 row deleted
    1> SELECT count(*) FROM t => count = 2
    1> UPDATE t SET v = v + 1 WHERE id = 1 => serialization_failure (concurrent delete)
    1> ROLLBACK => rolled back
    1> BEGIN LEVEL => done
    1> SELECT count(*) FROM t => count = 1
    2> UPDATE t SET id = 5 WHERE id = 2 => 1 row changed
    1> DELETE FROM t WHERE id = 2 => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
    1> BEGIN LEVEL => done
    1> SELECT count(*) FROM t => count = 1
    2> DELETE FROM t => 1 row deleted
    1> SELECT v FROM t WHERE id = 5 FOR UPDATE => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
    t => empty
)");
}

TEST_CASE("P-SI-1: a row updated and then deleted by one transaction was updated") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT count(*) FROM t => count = 2
    2> BEGIN; UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> DELETE FROM t WHERE id = 1 => 1 row deleted
    2> COMMIT => committed
    1> DELETE FROM t WHERE id = 1 => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-SI-1: a wait for a delete ends as a delete") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT 1 => 1
    2> BEGIN; DELETE FROM t WHERE id = 1 => 1 row deleted
    1> DELETE FROM t WHERE id = 1 => waits
    2> COMMIT => committed
    1> … => serialization_failure (concurrent delete)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-SI-1: the snapshot of a waiting first statement is older than its wait") {
  plays_at_both(two_rows, R"(
    1> BEGIN; UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    2> BEGIN LEVEL => done
    2> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => serialization_failure (concurrent update)
    2> ROLLBACK => rolled back
)");
}

TEST_CASE("P-SI-1: FOR KEY SHARE is not disturbed by an update that leaves the keys alone, and shows the old version") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT 1 => 1
    2> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 FOR KEY SHARE => v = 10
    1> SELECT v FROM t WHERE id = 1 FOR SHARE => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
    1> BEGIN LEVEL => done
    1> SELECT 1 => 1
    2> UPDATE t SET id = 5 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 FOR KEY SHARE => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-SI-1: … but by one that changes the key later") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT 1 => 1
    2> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    2> UPDATE t SET id = 5 WHERE id = 1 => 1 row changed
    1> SELECT v FROM t WHERE id = 1 FOR KEY SHARE => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-SI-2: only rows that match in the snapshot are looked at") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT v FROM t WHERE id = 1 => v = 10
    2> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> UPDATE t SET v = 0 WHERE v = 11 => 0 rows changed
    1> UPDATE t SET v = 0 WHERE v = 10 => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-SI-3: a row that was only locked is no conflict; SKIP LOCKED does not skip what has changed") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT count(*) FROM t => count = 2
    2> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    1> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    2> COMMIT => committed
    1> … => 1 row changed
    1> COMMIT => committed
    1> BEGIN LEVEL => done
    1> SELECT count(*) FROM t => count = 2
    2> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    1> SELECT id FROM t FOR UPDATE SKIP LOCKED => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-SI-4: write skew commits at REPEATABLE READ") {
  plays(two_rows, R"(
    1> BEGIN ISOLATION LEVEL REPEATABLE READ => done
    2> BEGIN ISOLATION LEVEL REPEATABLE READ => done
    1> SELECT sum(v) FROM t => sum = 30
    2> SELECT sum(v) FROM t => sum = 30
    1> UPDATE t SET v = v - 25 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v - 25 WHERE id = 2 => 1 row changed
    1> COMMIT => committed
    2> COMMIT => committed
    t => (1, -15) (2, -5)
)");
}

TEST_CASE("P-TX-8: after ROLLBACK TO the snapshot is the same, and the retry fails again") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT v FROM t WHERE id = 1 => v = 10
    2> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> SAVEPOINT a => done
    1> UPDATE t SET v = v + 1 WHERE id = 1 => serialization_failure (concurrent update)
    1> ROLLBACK TO a => rolled back
    1> SELECT v FROM t WHERE id = 1 => v = 10
    1> UPDATE t SET v = v + 1 WHERE id = 1 => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-EPQ-8: an update to the same value is a conflict for a writer with a snapshot") {
  plays_at_both(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 10 WHERE id = 1 => 1 row changed
    2> BEGIN LEVEL => done
    2> SELECT v FROM t WHERE id = 1 => v = 10
    2> UPDATE t SET v = 11 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => serialization_failure (concurrent update)
    2> ROLLBACK => rolled back
)");
}

TEST_CASE("rows that several snapshots still see stay until the last of them goes") {
  plays_at_both(two_rows, R"(
    1> BEGIN LEVEL => done
    1> SELECT count(*) FROM t => count = 2
    2> BEGIN LEVEL => done
    2> SELECT count(*) FROM t => count = 2
    3> DELETE FROM t WHERE id = 1 => 1 row deleted
    4> BEGIN LEVEL => done
    4> SELECT count(*) FROM t => count = 1
    5> INSERT INTO t VALUES (1, 100) => 1 row inserted
    1> SELECT v FROM t WHERE id = 1 => v = 10
    1> COMMIT => committed
    2> SELECT v FROM t WHERE id = 1 => v = 10
    4> SELECT count(*) FROM t WHERE id = 1 => count = 0
    2> COMMIT => committed
    4> COMMIT => committed
    t => (1, 100) (2, 20)
)");
}

}  // namespace
}  // namespace gapless::store::relational
