// SERIALIZABLE: who is a member, and what READ ONLY and DEFERRABLE change.
#include <doctest/doctest.h>

#include "serializable.h"

namespace gapless::store::relational {
namespace {

TEST_CASE("M4: a transaction at a lower level neither gives nor gets protection") {
  for (const std::string level : {"READ COMMITTED", "REPEATABLE READ"}) {
    CAPTURE(level);
    Town town(two_rows);
    town.play("1> BEGIN ISOLATION LEVEL SERIALIZABLE");
    town.play("2> BEGIN ISOLATION LEVEL " + level);
    town.play("1> SELECT sum(v) FROM t");
    town.play("2> SELECT sum(v) FROM t");
    CHECK(town.play("1> UPDATE t SET v = 0 WHERE id = 1") == "1 row changed");
    CHECK(town.play("2> UPDATE t SET v = 0 WHERE id = 2") == "1 row changed");
    CHECK(town.play("1> COMMIT") == "committed");
    CHECK(town.play("2> COMMIT") == "committed");
  }
}

TEST_CASE("S-SSI-10, M8: statements without BEGIN are full members") {
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    1> SELECT sum(v) FROM t => sum = 30
    2> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
)");
  // … also as the read-only third of Fekete's, and as a pivot.
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    1> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    2> UPDATE t SET v = v + 5 WHERE id = 2 => 1 row changed
    3> SELECT * FROM t => 2 rows: (1, 10), (2, 25)
    1> UPDATE t SET v = 0 WHERE id = 1 => serialization_failure (dependencies)
    1> COMMIT => rolled back
)");
}

TEST_CASE("S-SSI-9, M3 and M3b: Fekete's read-only transaction, and the same without it") {
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    1> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    2> BEGIN => done
    2> UPDATE t SET v = v + 5 WHERE id = 2 => 1 row changed
    2> COMMIT => committed
    3> BEGIN => done
    3> SELECT * FROM t => 2 rows: (1, 10), (2, 25)
    3> COMMIT => committed
    1> UPDATE t SET v = 0 WHERE id = 1 => serialization_failure (dependencies)
    1> COMMIT => rolled back
)");
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    1> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    2> BEGIN => done
    2> UPDATE t SET v = v + 5 WHERE id = 2 => 1 row changed
    2> COMMIT => committed
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
)");
}

TEST_CASE("S-SSI-9, M3c and M3d: declared READ ONLY, with a snapshot from before the commit, it is harmless") {
  for (const bool declared : {true, false}) {
    CAPTURE(declared);
    Town town(two_rows);
    town.play("1> BEGIN ISOLATION LEVEL SERIALIZABLE");
    town.play("1> SELECT * FROM t");
    town.play("2> BEGIN ISOLATION LEVEL SERIALIZABLE");
    CHECK(town.play("2> UPDATE t SET v = v + 5 WHERE id = 2") == "1 row changed");
    town.play("3> BEGIN ISOLATION LEVEL SERIALIZABLE" + std::string(declared ? " READ ONLY" : ""));
    CHECK(town.play("3> SELECT * FROM t") == "2 rows: (1, 10), (2, 20)");
    CHECK(town.play("2> COMMIT") == "committed");
    CHECK(town.play("1> UPDATE t SET v = 0 WHERE id = 1") ==
          (declared ? "1 row changed" : "serialization_failure (dependencies)"));
    CHECK(town.play("3> COMMIT") == "committed");
    CHECK(town.play("1> COMMIT") == (declared ? "committed" : "rolled back"));
  }
}

TEST_CASE(
    "S-SSI-9: … also where the pivot had written before the commit, and who only read is READ ONLY once it commits") {
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    1> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    2> BEGIN => done
    2> UPDATE t SET v = v + 5 WHERE id = 2 => 1 row changed
    3> BEGIN READ ONLY => done
    3> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> COMMIT => committed
    1> COMMIT => committed
    3> COMMIT => committed
)");
  plays_serializable(six_rows, R"(
    1> BEGIN => done
    1> SELECT v FROM t WHERE id = 2 => v = 0
    2> BEGIN => done
    2> SELECT v FROM u WHERE id = 3 => v = 0
    3> UPDATE u SET v = 3 WHERE id = 3 => 1 row changed
    1> COMMIT => committed
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    2> COMMIT => committed
)");
}

TEST_CASE("S-SSI-9: declared READ ONLY with a snapshot from after the commit it is no less harmful") {
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    1> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    2> UPDATE t SET v = v + 5 WHERE id = 2 => 1 row changed
    3> BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY => done
    3> SELECT * FROM t => 2 rows: (1, 10), (2, 25)
    1> UPDATE t SET v = 0 WHERE id = 1 => serialization_failure (dependencies)
    1> ROLLBACK => rolled back
    3> UPDATE t SET v = 1 => read_only_sql_transaction
    3> ROLLBACK => rolled back
)");
}

TEST_CASE("S-SSI-9, M3e: DEFERRABLE waits until nobody can make its snapshot unsafe") {
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    1> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    3> BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE => done
    3> SELECT * FROM t => waits
    ready => nobody
    1> COMMIT => committed
    ready => 3
    3> … => 2 rows: (1, 10), (2, 20)
    3> COMMIT => committed
    3> BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE => done
    3> SELECT count(*) FROM t => count = 2
    3> COMMIT => committed
)");
}

TEST_CASE("S-SSI-9: a DEFERRABLE whose snapshot turns out unsafe takes another one") {
  // 1 has read what 2 has changed and committed before 3's snapshot; when 1 commits, having written, 3 must not have
  // seen the one without the other.
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    1> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = v + 5 WHERE id = 2 => 1 row changed
    3> BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE => done
    3> SELECT * FROM t => waits
    1> COMMIT => committed
    ready => 3
    3> … => 2 rows: (1, 0), (2, 25)
    3> COMMIT => committed
)");
}

}  // namespace
}  // namespace gapless::store::relational
