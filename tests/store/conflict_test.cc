// INSERT … ON CONFLICT, and duplicates that a snapshot does not show.
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view empty = "CREATE TABLE t (id int PRIMARY KEY, v int);";
constexpr std::string_view one_row = "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1);";

void plays(std::string_view schema, std::string_view script) { CHECK(Town(schema).transcript(script) == script); }

TEST_CASE("P-UQ-2: DO NOTHING waits for a key in flight, too; then it inserts, or nothing comes back") {
  plays(empty, R"(
    1> BEGIN; INSERT INTO t VALUES (1, 1) => 1 row inserted
    2> BEGIN; INSERT INTO t VALUES (1, 2) ON CONFLICT DO NOTHING RETURNING id => waits
    1> COMMIT => committed
    2> … => 0 rows inserted
    2> SELECT * FROM t => id = 1, v = 1
    2> COMMIT => committed
    1> BEGIN; INSERT INTO t VALUES (2, 1) => 1 row inserted
    2> INSERT INTO t VALUES (2, 2) ON CONFLICT DO NOTHING RETURNING id => waits
    1> ROLLBACK => rolled back
    2> … => id = 2
    t => (1, 1) (2, 2)
)");
}

TEST_CASE("P-UQ-2: DO NOTHING waits where the row is updated or deleted, and does not lock it") {
  plays(one_row, R"(
    1> BEGIN; INSERT INTO t VALUES (1, 10) ON CONFLICT DO NOTHING => 0 rows inserted
    2> SELECT v FROM t WHERE id = 1 FOR UPDATE NOWAIT => v = 1
    1> COMMIT => committed
    1> BEGIN; UPDATE t SET v = 5 WHERE id = 1 => 1 row changed
    2> INSERT INTO t VALUES (1, 10) ON CONFLICT DO NOTHING => waits
    1> ROLLBACK => rolled back
    2> … => 0 rows inserted
    1> BEGIN; DELETE FROM t WHERE id = 1 => 1 row deleted
    2> INSERT INTO t VALUES (1, 10) ON CONFLICT DO NOTHING RETURNING * => waits
    1> COMMIT => committed
    2> … => id = 1, v = 10
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 10
    2> INSERT INTO t VALUES (1, 2) => unique_violation
    2> INSERT INTO t VALUES (1, 2) ON CONFLICT DO NOTHING => 0 rows inserted
    2> INSERT INTO t VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET v = excluded.v => waits
    1> COMMIT => committed
    2> … => 1 row inserted
    t => (1, 2)
)");
}

TEST_CASE("P-UQ-2: one's own row, and the same key twice in one statement") {
  plays(empty, R"(
    1> INSERT INTO t VALUES (1, 1), (1, 2) ON CONFLICT DO NOTHING RETURNING * => id = 1, v = 1
    1> INSERT INTO t VALUES (2, 1), (2, 2) ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING * => cardinality_violation
    t => (1, 1)
)");
}

TEST_CASE("P-UQ-3: after DO NOTHING the same statement sees no row at all, the next one does") {
  plays(empty, R"(
    1> BEGIN; INSERT INTO t VALUES (1, 1) => 1 row inserted
    2> WITH i AS (INSERT INTO t VALUES (1, 2) ON CONFLICT DO NOTHING RETURNING id, v) SELECT (SELECT v FROM i) AS mine, (SELECT v FROM t WHERE id = 1) AS theirs => waits
    1> COMMIT => committed
    2> … => mine = NULL, theirs = NULL
    2> WITH i AS (INSERT INTO t VALUES (1, 2) ON CONFLICT DO NOTHING RETURNING id, v) SELECT (SELECT v FROM i) AS mine, (SELECT v FROM t WHERE id = 1) AS theirs => mine = NULL, theirs = 1
)");
}

TEST_CASE("P-UQ-4: DO UPDATE changes the newest row, whether or not its snapshot shows it") {
  plays(empty, R"(
    1> BEGIN; INSERT INTO t VALUES (1, 1) => 1 row inserted
    2> INSERT INTO t VALUES (1, 10) ON CONFLICT (id) DO UPDATE SET v = t.v + excluded.v RETURNING v => waits
    1> COMMIT => committed
    2> … => v = 11
    1> BEGIN; UPDATE t SET v = 100 WHERE id = 1 => 1 row changed
    2> INSERT INTO t VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET v = t.v + excluded.v WHERE t.v < 50 RETURNING v => waits
    1> COMMIT => committed
    2> … => 0 rows inserted
    1> BEGIN; DELETE FROM t WHERE id = 1 => 1 row deleted
    2> INSERT INTO t VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET v = t.v + excluded.v RETURNING v => waits
    1> COMMIT => committed
    2> … => v = 5
)");
}

TEST_CASE("P-UQ-4: where WHERE is false the row is locked all the same") {
  plays(one_row, R"(
    1> BEGIN; INSERT INTO t VALUES (1, 10) ON CONFLICT (id) DO UPDATE SET v = 0 WHERE false RETURNING v => 0 rows inserted
    2> SELECT v FROM t WHERE id = 1 FOR UPDATE NOWAIT => lock_not_available
    3> SELECT v FROM t WHERE id = 1 FOR KEY SHARE => v = 1
    1> COMMIT => committed
    2> SELECT v FROM t WHERE id = 1 FOR UPDATE NOWAIT => v = 1
)");
}

TEST_CASE("P-UQ-5: a conflicting row that the snapshot does not show") {
  for (const std::string level : {"REPEATABLE READ", "SERIALIZABLE"}) {
    CAPTURE(level);
    Town town(empty);
    town.play("1> BEGIN ISOLATION LEVEL " + level);
    CHECK(town.play("1> SELECT 1") == "1");
    CHECK(town.play("2> INSERT INTO t VALUES (1, 1)") == "1 row inserted");
    CHECK(town.play("1> SELECT * FROM t") == "no row");
    CHECK(town.play("1> SAVEPOINT a") == "done");
    CHECK(town.play("1> INSERT INTO t VALUES (1, 2)") == "unique_violation");
    CHECK(town.play("1> ROLLBACK TO a") == "rolled back");
    CHECK(town.play("1> INSERT INTO t VALUES (1, 2) ON CONFLICT DO NOTHING") ==
          "serialization_failure (concurrent update)");
    CHECK(town.play("1> ROLLBACK TO a") == "rolled back");
    CHECK(town.play("1> INSERT INTO t VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET v = excluded.v") ==
          "serialization_failure (concurrent update)");
    CHECK(town.play("1> ROLLBACK") == "rolled back");
  }
}

TEST_CASE("P-UQ-5: the same after a wait for it") {
  for (const std::string level : {"REPEATABLE READ", "SERIALIZABLE"}) {
    for (const std::string action : {"NOTHING", "UPDATE SET v = t.v + excluded.v"}) {
      CAPTURE(level);
      CAPTURE(action);
      Town town(empty);
      town.play("1> BEGIN ISOLATION LEVEL " + level);
      CHECK(town.play("1> INSERT INTO t VALUES (1, 1)") == "1 row inserted");
      town.play("2> BEGIN ISOLATION LEVEL " + level);
      CHECK(town.play("2> INSERT INTO t VALUES (1, 5) ON CONFLICT (id) DO " + action) == "waits");
      CHECK(town.play("1> COMMIT") == "committed");
      CHECK(town.play("2> …") == "serialization_failure (concurrent update)");
      CHECK(town.play("2> ROLLBACK") == "rolled back");
    }
  }
}

TEST_CASE("P-UQ-5: DO UPDATE waits for the row before it looks whether it may see it") {
  plays(one_row, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 1
    2> BEGIN ISOLATION LEVEL REPEATABLE READ => done
    2> INSERT INTO t VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET v = 7 => waits
    1> DELETE FROM t WHERE id = 1 => 1 row deleted
    1> COMMIT => committed
    2> … => serialization_failure (concurrent delete)
    2> ROLLBACK => rolled back
)");
}

TEST_CASE("P-UQ-5: … and one that was updated before it was deleted was updated") {
  plays(one_row, R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE => v = 1
    2> BEGIN ISOLATION LEVEL REPEATABLE READ => done
    2> INSERT INTO t VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET v = 7 => waits
    1> UPDATE t SET v = 2 WHERE id = 1 => 1 row changed
    1> DELETE FROM t WHERE id = 1 => 1 row deleted
    1> COMMIT => committed
    2> … => serialization_failure (concurrent update)
    2> ROLLBACK => rolled back
)");
}

TEST_CASE("P-UQ-6: who had looked for the key before gets 40001 for a duplicate, who had not 23505") {
  plays(empty, R"(
    1> BEGIN ISOLATION LEVEL SERIALIZABLE => done
    1> SELECT * FROM t WHERE id = 1 => no row
    2> BEGIN ISOLATION LEVEL SERIALIZABLE => done
    2> SELECT * FROM t WHERE id = 1 => no row
    2> INSERT INTO t VALUES (1, 1) => 1 row inserted
    1> INSERT INTO t VALUES (1, 2) => waits
    2> COMMIT => committed
    1> … => serialization_failure (dependencies)
    1> ROLLBACK => rolled back
    1> BEGIN ISOLATION LEVEL SERIALIZABLE => done
    1> INSERT INTO t VALUES (2, 2) => 1 row inserted
    2> BEGIN ISOLATION LEVEL SERIALIZABLE => done
    2> INSERT INTO t VALUES (2, 1) => waits
    1> COMMIT => committed
    2> … => unique_violation
    2> ROLLBACK => rolled back
)");
}

TEST_CASE("P-UQ-7: ON CONFLICT of a partial unique index") {
  plays(R"(CREATE TABLE h (id int PRIMARY KEY, usr int, st text);
           CREATE UNIQUE INDEX one_active ON h (usr) WHERE st = 'active';)",
        R"(
    1> BEGIN; INSERT INTO h VALUES (1, 1, 'active') => 1 row inserted
    2> INSERT INTO h VALUES (2, 1, 'closed') => 1 row inserted
    2> INSERT INTO h VALUES (3, 1, 'active') ON CONFLICT (usr) WHERE st = 'active' DO NOTHING => waits
    1> UPDATE h SET st = 'closed' WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    2> … => 1 row inserted
    2> INSERT INTO h VALUES (4, 1, 'active') ON CONFLICT (usr) WHERE st = 'active' DO NOTHING => 0 rows inserted
    2> INSERT INTO h VALUES (3, 2, 'active') ON CONFLICT (usr) WHERE st = 'active' DO NOTHING => unique_violation
    2> INSERT INTO h VALUES (5, NULL, 'active'), (6, NULL, 'active') ON CONFLICT DO NOTHING => 2 rows inserted
    2> INSERT INTO h VALUES (7, 1, 'active') ON CONFLICT (usr) WHERE st = 'active' DO UPDATE SET usr = 3 RETURNING id, usr => id = 3, usr = 3
)");
}

}  // namespace
}  // namespace gapless::store::relational
