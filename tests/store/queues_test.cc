// Row locks with NOWAIT and SKIP LOCKED, upgrades and barging; advisory locks; LOCK TABLE and its queue.
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view two_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  INSERT INTO t VALUES (1, 10), (2, 20);)";

void plays(std::string_view schema, std::string_view script) { CHECK(Town(schema).transcript(script) == script); }

// ---------------------------------------------------------------------------------------------------- row locks

TEST_CASE("P-LK-5: NOWAIT fails, SKIP LOCKED passes by what cannot be locked at once") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    2> SELECT v FROM t FOR UPDATE NOWAIT => lock_not_available
    2> SELECT id, v FROM t FOR UPDATE SKIP LOCKED => id = 2, v = 20
    2> SELECT id, v FROM t FOR SHARE SKIP LOCKED => id = 2, v = 20
    2> SELECT id FROM t FOR KEY SHARE SKIP LOCKED => 2 rows: (1), (2)
    2> SELECT count(*) FROM (SELECT id FROM t FOR UPDATE SKIP LOCKED) x => count = 1
    2> BEGIN; SELECT v FROM t FOR UPDATE NOWAIT => lock_not_available
    2> SELECT 1 => in_failed_sql_transaction
    2> COMMIT => rolled back
    1> COMMIT => committed
)");
}

TEST_CASE("P-LK-5: SKIP LOCKED and LIMIT take the first that is free; a claim in a sub-select is then right") {
  plays("CREATE TABLE q (id int PRIMARY KEY, st text); INSERT INTO q VALUES (1, 'free'), (2, 'free'), (3, 'free');", R"(
    1> BEGIN; UPDATE q SET st = 'one' WHERE id = (SELECT id FROM q WHERE st = 'free' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id => id = 1
    2> UPDATE q SET st = 'two' WHERE id = (SELECT id FROM q WHERE st = 'free' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id => id = 2
    3> UPDATE q SET st = 'six' WHERE id = (SELECT id FROM q WHERE st = 'free' ORDER BY id LIMIT 1 FOR UPDATE) RETURNING id => waits
    1> COMMIT => committed
    3> … => id = 3
    q => (1, one) (2, two) (3, six)
)");
}

TEST_CASE("P-LK-6: a sum over rows locked in a sub-select waits for them and is right") {
  plays(two_rows, R"(
    1> BEGIN; UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    2> SELECT sum(v) FROM (SELECT v FROM t FOR UPDATE) x => waits
    1> COMMIT => committed
    2> … => sum = 10
)");
}

TEST_CASE("P-EPQ-3: FOR UPDATE in WITH makes a guard right that is stale without it") {
  for (const bool locks : {false, true}) {
    CAPTURE(locks);
    Town town(two_rows);
    CHECK(town.play("1> BEGIN; UPDATE t SET v = v - 6 WHERE id = 1") == "1 row changed");
    CHECK(town.play("2> WITH c AS (SELECT id, v FROM t WHERE id = 1" + std::string(locks ? " FOR UPDATE" : "") +
                    ") UPDATE t SET v = t.v - 6 FROM c WHERE t.id = c.id AND c.v >= 6 RETURNING t.v") == "waits");
    CHECK(town.play("1> COMMIT") == "committed");
    CHECK(town.play("2> …") == (locks ? "0 rows changed" : "v = -2"));
  }
}

TEST_CASE("P-LK-8: a request that gets on with the holders is granted whoever waits") {
  plays(two_rows, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR SHARE => v = 10
    2> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => waits
    3> BEGIN; SELECT v FROM t WHERE id = 1 FOR SHARE => v = 10
    1> COMMIT => committed
    ready => nobody
    2 waits for => 3
    3> COMMIT => committed
    2> … => v = 10
    2> COMMIT => committed
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR KEY SHARE => v = 10
    2> DELETE FROM t WHERE id = 1 => waits
    3> BEGIN; SELECT v FROM t WHERE id = 1 FOR KEY SHARE => v = 10
    4> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    3> COMMIT => committed
    2> … => 1 row deleted
)");
}

TEST_CASE("P-LK-9: a sole holder of SHARE upgrades without a wait; two of them end in a deadlock") {
  plays(two_rows, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR SHARE => v = 10
    1> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR SHARE => v = 11
    2> BEGIN; SELECT v FROM t WHERE id = 1 FOR SHARE => v = 11
    1> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    2> UPDATE t SET v = v + 1 WHERE id = 1 => waits
    deadlocked => 1 2
    1> ~ deadlock => deadlock_detected
    2> … => 1 row changed
    1> COMMIT => rolled back
    2> COMMIT => committed
    t => (1, 12) (2, 20)
)");
}

TEST_CASE("P-LK-10: only those who stand in the cycle are its victims; three make one, too") {
  plays("CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);", R"(
    1> BEGIN; UPDATE t SET v = 1 WHERE id = 1 => 1 row changed
    2> BEGIN; UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    3> BEGIN; UPDATE t SET v = 3 WHERE id = 3 => 1 row changed
    4> UPDATE t SET v = 4 WHERE id = 1 => waits
    1> UPDATE t SET v = 1 WHERE id = 2 => waits
    2> UPDATE t SET v = 2 WHERE id = 3 => waits
    deadlocked => nobody
    3> UPDATE t SET v = 3 WHERE id = 1 => waits
    deadlocked => 1 2 3
    3> ~ deadlock => deadlock_detected
    deadlocked => nobody
    ready => 2
)");
}

// ----------------------------------------------------------------------------------------------- advisory locks

TEST_CASE("P-AD-1: session locks are counted and outlive the transaction; those of a transaction do not") {
  plays(two_rows, R"(
    1> BEGIN; SELECT pg_advisory_lock(1) => pg_advisory_lock = 
    1> SELECT pg_advisory_lock(1) => pg_advisory_lock = 
    1> ROLLBACK => rolled back
    2> SELECT pg_try_advisory_lock(1) => pg_try_advisory_lock = f
    1> SELECT pg_advisory_unlock(1) => pg_advisory_unlock = t
    2> SELECT pg_try_advisory_lock(1) => pg_try_advisory_lock = f
    1> SELECT pg_advisory_unlock(1) => pg_advisory_unlock = t
    2> SELECT pg_try_advisory_lock(1) => pg_try_advisory_lock = t
    1> SELECT pg_advisory_unlock(1) => pg_advisory_unlock = f
    2> SELECT pg_advisory_unlock(1) => pg_advisory_unlock = t
    1> BEGIN; SELECT pg_advisory_xact_lock(1) => pg_advisory_xact_lock = 
    2> SELECT pg_try_advisory_xact_lock(1) => pg_try_advisory_xact_lock = f
    2> SELECT pg_advisory_xact_lock_shared(1) => waits
    2 waits for => 1
    1> COMMIT => committed
    2> … => pg_advisory_xact_lock_shared = 
    1> SELECT pg_advisory_xact_lock(1) => pg_advisory_xact_lock = 
    2> SELECT pg_try_advisory_lock(1) => pg_try_advisory_lock = t
)");
}

TEST_CASE("P-AD-1: ROLLBACK TO frees a transaction's lock taken since, not a session's") {
  plays(two_rows, R"(
    1> BEGIN; SAVEPOINT a => done
    1> SELECT pg_advisory_xact_lock(1) => pg_advisory_xact_lock = 
    1> SELECT pg_advisory_lock(2) => pg_advisory_lock = 
    2> SELECT pg_try_advisory_lock(1), pg_try_advisory_lock(2) => pg_try_advisory_lock = f, pg_try_advisory_lock = f
    1> ROLLBACK TO a => rolled back
    2> SELECT pg_try_advisory_lock(1), pg_try_advisory_lock(2) => pg_try_advisory_lock = t, pg_try_advisory_lock = f
    1> COMMIT => committed
    2> SELECT pg_try_advisory_lock(2) => pg_try_advisory_lock = f
)");
}

TEST_CASE("P-AD-1: shared ones get on with each other; the queue is first come first served") {
  plays(two_rows, R"(
    1> BEGIN; SELECT pg_advisory_xact_lock_shared(1) => pg_advisory_xact_lock_shared = 
    2> BEGIN; SELECT pg_advisory_xact_lock_shared(1) => pg_advisory_xact_lock_shared = 
    3> BEGIN; SELECT pg_advisory_xact_lock(1) => waits
    4> BEGIN; SELECT pg_advisory_xact_lock_shared(1) => waits
    5> SELECT pg_try_advisory_lock_shared(1) => pg_try_advisory_lock_shared = f
    4 waits for => 3
    3 waits for => 1 2
    1> COMMIT => committed
    ready => nobody
    2> COMMIT => committed
    ready => 3
    3> … => pg_advisory_xact_lock = 
    ready => nobody
    3> COMMIT => committed
    4> … => pg_advisory_xact_lock_shared = 
    4> COMMIT => committed
)");
}

TEST_CASE("P-AD-1: a lock of the session and one of the transaction are one lock while either is held") {
  plays(two_rows, R"(
    1> BEGIN; SELECT pg_advisory_xact_lock(1) => pg_advisory_xact_lock = 
    1> SELECT pg_advisory_lock(1) => pg_advisory_lock = 
    1> COMMIT => committed
    2> SELECT pg_advisory_lock(1) => waits
    1> SELECT pg_advisory_unlock(1) => pg_advisory_unlock = t
    2> … => pg_advisory_lock = 
)");
}

TEST_CASE("P-AD-1: what a statement had locked before it waited is not locked once more afterwards") {
  plays(two_rows, R"(
    1> SELECT pg_advisory_lock(2) => pg_advisory_lock = 
    2> SELECT pg_advisory_lock(1), pg_advisory_lock(2) => waits
    1> SELECT pg_try_advisory_lock(1) => pg_try_advisory_lock = f
    1> SELECT pg_advisory_unlock(2) => pg_advisory_unlock = t
    2> … => pg_advisory_lock = , pg_advisory_lock = 
    2> SELECT pg_advisory_unlock(1) => pg_advisory_unlock = t
    2> SELECT pg_advisory_unlock(1) => pg_advisory_unlock = f
)");
}

TEST_CASE("P-AD-2: who gets the lock at COMMIT sees what was committed, in its next statement") {
  plays(two_rows, R"(
    1> BEGIN; SELECT pg_advisory_xact_lock(5) => pg_advisory_xact_lock = 
    2> BEGIN; SELECT pg_advisory_xact_lock(5) => waits
    1> UPDATE t SET v = v - 10 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    2> … => pg_advisory_xact_lock = 
    2> SELECT v FROM t WHERE id = 1 => v = 0
    2> COMMIT => committed
    1> BEGIN; SELECT pg_advisory_lock(5) => pg_advisory_lock = 
    1> UPDATE t SET v = v + 10 WHERE id = 1 => 1 row changed
    1> SELECT pg_advisory_unlock(5) => pg_advisory_unlock = t
    2> SELECT pg_advisory_lock(5) => pg_advisory_lock = 
    2> SELECT v FROM t WHERE id = 1 => v = 0
    1> COMMIT => committed
)");
}

// --------------------------------------------------------------------------------------------------- LOCK TABLE

TEST_CASE("LOCK TABLE: all 64 pairs of modes, as the manual has them (13.3.1)") {
  const char* const modes[] = {"ACCESS SHARE", "ROW SHARE",           "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
                               "SHARE",        "SHARE ROW EXCLUSIVE", "EXCLUSIVE",     "ACCESS EXCLUSIVE"};
  const char* const conflicts[] = {"       X", "      XX", "    XXXX", "   XXXXX",
                                   "  XX XXX", "  XXXXXX", " XXXXXXX", "XXXXXXXX"};
  for (std::size_t held = 0; held < 8; ++held) {
    for (std::size_t asked = 0; asked < 8; ++asked) {
      CAPTURE(modes[held]);
      CAPTURE(modes[asked]);
      Town town(two_rows);
      town.play("1> BEGIN");
      CHECK(town.play("1> LOCK TABLE t IN " + std::string(modes[held]) + " MODE") == "done");
      town.play("2> BEGIN");
      const bool excluded = conflicts[held][asked] == 'X';
      CHECK(town.play("2> LOCK TABLE t IN " + std::string(modes[asked]) + " MODE") == (excluded ? "waits" : "done"));
      town.play("3> BEGIN");
      CHECK(town.play("3> LOCK TABLE t IN " + std::string(modes[asked]) + " MODE NOWAIT") ==
            (excluded                         ? "lock_not_available"
             : conflicts[asked][asked] == 'X' ? "lock_not_available"
                                              : "done"));
      if (!excluded) continue;
      CHECK(town.play("1> ROLLBACK") == "rolled back");
      CHECK(town.play("2> …") == "done");
    }
  }
}

TEST_CASE("LOCK TABLE: what each statement takes") {
  const std::pair<const char*, int> statements[] = {
      {"SELECT v FROM t", 0},
      {"SELECT v FROM t FOR KEY SHARE", 1},
      {"SELECT v FROM t FOR UPDATE", 1},
      {"INSERT INTO t VALUES (3, 0)", 2},
      {"UPDATE t SET v = 0 WHERE id = 1", 2},
      {"DELETE FROM t WHERE id = 1", 2},
      {"INSERT INTO u SELECT v FROM t", 0},
  };
  // The weakest mode that excludes each of ACCESS SHARE, ROW SHARE and ROW EXCLUSIVE, and the strongest that does not.
  const std::pair<const char*, const char*> excluding[] = {
      {"ACCESS EXCLUSIVE", "EXCLUSIVE"}, {"EXCLUSIVE", "SHARE ROW EXCLUSIVE"}, {"SHARE", "SHARE UPDATE EXCLUSIVE"}};
  const std::string schema = std::string(two_rows) + "CREATE TABLE u (v int);";
  for (const auto& [statement, mode] : statements) {
    CAPTURE(statement);
    const auto& [excludes, allows] = excluding[mode];
    Town town(schema);
    town.play("1> BEGIN");
    town.play("1> LOCK TABLE t IN " + std::string(excludes) + " MODE");
    CHECK(town.play("2> " + std::string(statement)) == "waits");
    CHECK(town.play("1> ROLLBACK") == "rolled back");
    town.go_on(2);
    CHECK(!town.waits(2));
    town.play("1> BEGIN");
    town.play("1> LOCK TABLE t IN " + std::string(allows) + " MODE");
    CHECK(town.play("2> " + std::string(statement)) != "waits");
  }
}

TEST_CASE("LOCK TABLE: a queue is first come first served, also for those who would get on with the holder") {
  plays(two_rows, R"(
    1> BEGIN; SELECT count(*) FROM t => count = 2
    2> BEGIN => done
    2> LOCK TABLE t IN ACCESS EXCLUSIVE MODE => waits
    3> SELECT count(*) FROM t => waits
    3 waits for => 2
    2 waits for => 1
    4> BEGIN => done
    4> LOCK TABLE t IN ACCESS SHARE MODE NOWAIT => lock_not_available
    1> COMMIT => committed
    ready => 2
    2> … => done
    2> DELETE FROM t WHERE id = 1 => 1 row deleted
    2> COMMIT => committed
    3> … => count = 1
)");
}

TEST_CASE("LOCK TABLE: those who get on with each other do not wait for each other in the queue") {
  plays(two_rows, R"(
    1> BEGIN => done
    1> LOCK TABLE t => done
    2> BEGIN; SELECT count(*) FROM t => waits
    3> BEGIN; UPDATE t SET v = 0 WHERE id = 1 => waits
    4> BEGIN => done
    4> LOCK TABLE t IN SHARE MODE => waits
    2 waits for => 1
    3 waits for => 1
    4 waits for => 1 3
    1> COMMIT => committed
    ready => 2 3
    3> … => 1 row changed
    2> … => count = 2
    4 waits for => 3
    3> COMMIT => committed
    4> … => done
)");
}

TEST_CASE("LOCK TABLE: who holds what a waiter wants goes before it") {
  // 1 holds ROW SHARE, for which 2 waits; 1's next lock, ROW EXCLUSIVE, would stand behind 2 for ever.
  plays(two_rows, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    2> BEGIN => done
    2> LOCK TABLE t IN EXCLUSIVE MODE => waits
    3> UPDATE t SET v = 0 WHERE id = 2 => waits
    1> UPDATE t SET v = 11 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    2> … => done
    2> COMMIT => committed
    3> … => 1 row changed
    t => (1, 11) (2, 0)
)");
}

TEST_CASE("LOCK TABLE: a waiter that leaves the queue lets those behind it go on") {
  plays(two_rows, R"(
    1> BEGIN; SELECT count(*) FROM t => count = 2
    2> SET lock_timeout = 10 => done
    2> BEGIN => done
    2> LOCK TABLE t IN ACCESS EXCLUSIVE MODE => waits
    3> SELECT count(*) FROM t => waits
    4> BEGIN => done
    4> LOCK TABLE t IN ACCESS EXCLUSIVE MODE => waits
    5> SELECT count(*) FROM t => waits
    2> ~ time out => lock_not_available
    ready => 3
    3> … => count = 2
    4> ~ disconnect => gone
    5> … => count = 2
)");
}

TEST_CASE("P-LK-10: a cycle through the order of a queue is resolved by rearranging it, without a victim") {
  // 1 holds t for readers and waits for u behind nobody; 3 holds u, and stands in t's queue behind 2 only.
  plays(R"(CREATE TABLE t (id int); CREATE TABLE u (id int);)", R"(
    1> BEGIN => done
    1> LOCK TABLE t IN ACCESS SHARE MODE => done
    3> BEGIN => done
    3> LOCK TABLE u IN ACCESS EXCLUSIVE MODE => done
    2> BEGIN => done
    2> LOCK TABLE t IN ACCESS EXCLUSIVE MODE => waits
    3> LOCK TABLE t IN ACCESS SHARE MODE => waits
    ready => nobody
    1> LOCK TABLE u IN ACCESS SHARE MODE => waits
    deadlocked => nobody
    ready => 3
    3> … => done
    3> COMMIT => committed
    ready => 1
    1> … => done
    1> COMMIT => committed
    2> … => done
)");
}

TEST_CASE("LOCK TABLE: two that upgrade deadlock; locks fall at the end and with ROLLBACK TO") {
  plays(two_rows, R"(
    1> LOCK TABLE t => no_active_sql_transaction
    1> BEGIN => done
    1> LOCK TABLE t IN SHARE MODE => done
    2> BEGIN => done
    2> LOCK TABLE t IN SHARE MODE => done
    1> UPDATE t SET v = 0 WHERE id = 1 => waits
    2> UPDATE t SET v = 0 WHERE id = 2 => waits
    deadlocked => 1 2
    2> ~ deadlock => deadlock_detected
    1> … => 1 row changed
    1> COMMIT => committed
    2> ROLLBACK => rolled back
    1> BEGIN; SAVEPOINT a => done
    1> LOCK TABLE t => done
    2> SELECT v FROM t WHERE id = 1 => waits
    1> ROLLBACK TO a => rolled back
    2> … => v = 0
)");
}

}  // namespace
}  // namespace gapless::store::relational
