// SERIALIZABLE: what counts as read and as written, and how coarsely.
#include <doctest/doctest.h>

#include "serializable.h"

namespace gapless::store::relational {
namespace {

TEST_CASE("S-SSI-7, M2 to M2c: through the primary key only the row counts; where all is read, everything") {
  const std::string own_rows = R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT * FROM t WHERE id = 1 => id = 1, v = 10
    2> SELECT * FROM t WHERE id = 2 => id = 2, v = 20
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    1> COMMIT => committed)";
  plays_serializable(two_rows, own_rows + R"(
    2> COMMIT => committed
)");
  plays_serializable(two_rows, own_rows + R"(
    2> COMMIT => serialization_failure (dependencies)
)",
                     coarse);
}

TEST_CASE("S-SSI-7: the third row read on a page is a lock on the page, with all its rows") {
  for (const int rows : {2, 3}) {
    CAPTURE(rows);
    Town town(six_rows);
    for (const char* number : {"1", "2"}) town.play(std::string(number) + "> BEGIN ISOLATION LEVEL SERIALIZABLE");
    for (int row = 1; row <= rows; ++row) town.play("1> SELECT v FROM t WHERE id = " + std::to_string(row));
    town.play("2> SELECT v FROM u WHERE id = 3");
    CHECK(town.play("1> UPDATE u SET v = 1 WHERE id = 3") == "1 row changed");
    CHECK(town.play("2> UPDATE t SET v = 1 WHERE id = 6") == "1 row changed");
    CHECK(town.play("1> COMMIT") == "committed");
    CHECK(town.play("2> COMMIT") == (rows == 2 ? "committed" : "serialization_failure (dependencies)"));
  }
}

TEST_CASE("S-SSI-1: a row that one has written oneself does not count among those read") {
  plays_serializable(six_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> UPDATE t SET v = 1 WHERE id = 1 => 1 row changed
    1> UPDATE t SET v = 1 WHERE id = 2 => 1 row changed
    1> SELECT v FROM t WHERE id = 3 => v = 0
    1> SELECT v FROM t WHERE id = 4 => v = 0
    2> SELECT v FROM u WHERE id = 3 => v = 0
    1> UPDATE u SET v = 1 WHERE id = 3 => 1 row changed
    2> UPDATE t SET v = 1 WHERE id = 6 => 1 row changed
    1> COMMIT => committed
    2> COMMIT => committed
)");
}

TEST_CASE("S-SSI-7, M2d and M2e: two absent keys on one leaf page; blind inserts") {
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT * FROM t WHERE id = 100 => no row
    2> SELECT * FROM t WHERE id = 200 => no row
    1> INSERT INTO t VALUES (100, 1) => 1 row inserted
    2> INSERT INTO t VALUES (200, 1) => 1 row inserted
    1> COMMIT => committed
    2> COMMIT => serialization_failure (dependencies)
)");
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> INSERT INTO t VALUES (100, 1) => 1 row inserted
    2> INSERT INTO t VALUES (200, 1) => 1 row inserted
    1> COMMIT => committed
    2> COMMIT => committed
)");
}

TEST_CASE("S-SSI-2: an update that leaves indexed columns alone puts nothing on a leaf page") {
  const std::string start = R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT v FROM t WHERE id = 100 => no row
    2> SELECT v FROM u WHERE id = 3 => v = 0
    1> UPDATE u SET v = 1 WHERE id = 3 => 1 row changed)";
  plays_serializable(six_rows, start + R"(
    2> UPDATE t SET v = 1 WHERE id = 6 => 1 row changed
    1> COMMIT => committed
    2> COMMIT => committed
)");
  plays_serializable(six_rows, start + R"(
    2> UPDATE t SET id = 7 WHERE id = 6 => 1 row changed
    1> COMMIT => committed
    2> COMMIT => serialization_failure (dependencies)
)");
}

TEST_CASE("S-SSI-2: a foreign key reads the parent; a parent whose key stays reads no children") {
  constexpr std::string_view family =
      "CREATE TABLE p (id int PRIMARY KEY, bal int); CREATE TABLE c (id int PRIMARY KEY, pid int REFERENCES p); INSERT "
      "INTO p VALUES (1, 10), (2, 20);";
  plays_serializable(family, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> UPDATE p SET bal = 5 WHERE id = 1 => 1 row changed
    2> INSERT INTO c VALUES (1, 1) => 1 row inserted
    1> COMMIT => committed
    2> COMMIT => committed
)");
  plays_serializable(family, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT count(*) FROM c => count = 0
    2> INSERT INTO c VALUES (1, 1) => 1 row inserted
    1> UPDATE p SET bal = 5 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    2> COMMIT => serialization_failure (dependencies)
)");
}

TEST_CASE("S-SSI-10, M7: a count and an insert: phantoms are caught") {
  plays_serializable("CREATE TABLE r (id int PRIMARY KEY, coupon int);", R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT count(*) FROM r WHERE coupon = 1 => count = 0
    2> SELECT count(*) FROM r WHERE coupon = 1 => count = 0
    1> INSERT INTO r VALUES (1, 1) => 1 row inserted
    2> INSERT INTO r VALUES (2, 1) => 1 row inserted
    1> COMMIT => committed
    2> COMMIT => serialization_failure (dependencies)
)");
}

TEST_CASE("S-SSI-1, M6: FOR UPDATE waits; it fails where the row was changed, not where it was locked") {
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT * FROM t WHERE id = 1 FOR UPDATE => id = 1, v = 10
    2> SELECT * FROM t WHERE id = 1 FOR UPDATE => waits
    1> COMMIT => committed
    2> … => id = 1, v = 10
    2> COMMIT => committed
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT * FROM t WHERE id = 1 FOR UPDATE => id = 1, v = 10
    2> SELECT * FROM t WHERE id = 1 FOR UPDATE => waits
    1> UPDATE t SET v = v - 1 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    2> … => serialization_failure (concurrent update)
    2> ROLLBACK => rolled back
)");
}

TEST_CASE("S-SSI-1: what one has written oneself is not read; inside a savepoint the read is remembered all the same") {
  // 2 overwrites row 1, which 1 has read, and has read row 2, which 1 overwrites. 1's read of row 1 is forgotten when 1
  // writes it: so 1 and 2 cannot both write row 1, and only a rollback to the savepoint shows the difference.
  const std::string rest = R"(
    2> SELECT v FROM t WHERE id = 2 => v = 20
    1> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    2> UPDATE t SET v = 3 WHERE id = 1 => 1 row changed
    2> COMMIT => committed)";
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT v FROM t WHERE id = 1 => v = 10
    1> SAVEPOINT a => done
    1> UPDATE t SET v = 1 WHERE id = 1 => 1 row changed
    1> ROLLBACK TO a => rolled back)" +
                                   rest + R"(
    1> COMMIT => serialization_failure (dependencies)
)");
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SAVEPOINT a => done
    1> UPDATE t SET v = 1 WHERE id = 2 => 1 row changed
    1> ROLLBACK TO a => rolled back)" +
                                   rest + R"(
    1> COMMIT => committed
)");
}

TEST_CASE("S-SSI-2: what a savepoint took back was not written") {
  plays_serializable(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT v FROM t WHERE id = 1 => v = 10
    1> SAVEPOINT a => done
    1> UPDATE t SET v = 1 WHERE id = 2 => 1 row changed
    1> INSERT INTO t VALUES (3, 30) => 1 row inserted
    1> ROLLBACK TO a => rolled back
    2> SELECT * FROM t WHERE id = 2 => id = 2, v = 20
    2> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> COMMIT => committed
    1> COMMIT => committed
)");
}

TEST_CASE("S-SSI-2: … nor what a statement wrote that failed for its dependencies, in a savepoint") {
  // 1 → 3 by u; 2 has read row 2 of t: 1 is a pivot when it comes to that row, having written row 1.
  plays_serializable(six_rows, R"(
    1> BEGIN => done
    1> SELECT v FROM u WHERE id = 3 => v = 0
    2> BEGIN => done
    2> SELECT v FROM t WHERE id = 2 => v = 0
    3> UPDATE u SET v = 1 WHERE id = 3 => 1 row changed
    1> SAVEPOINT a => done
    1> UPDATE t SET v = 1 WHERE id IN (1, 2) => serialization_failure (dependencies)
    1> ROLLBACK TO a => rolled back
    2> SELECT v FROM t WHERE id = 1 => v = 0
    1> COMMIT => committed
    2> COMMIT => committed
)");
}

TEST_CASE("S-SSI-1: reads live on after COMMIT while somebody overlaps, and are forgotten afterwards") {
  Town town(two_rows);
  const auto serializable = [&](int number) {
    town.play(std::to_string(number) + "> BEGIN ISOLATION LEVEL SERIALIZABLE");
  };
  serializable(1);
  serializable(2);
  CHECK(town.play("2> SELECT sum(v) FROM t") == "sum = 30");
  CHECK(town.play("1> SELECT sum(v) FROM t") == "sum = 30");
  CHECK(town.play("1> UPDATE t SET v = 0 WHERE id = 1") == "1 row changed");
  CHECK(town.play("1> COMMIT") == "committed");
  CHECK(town.serialization().transactions.size() == 2);
  CHECK(town.play("2> UPDATE t SET v = 0 WHERE id = 2") == "serialization_failure (dependencies)");
  CHECK(town.play("2> ROLLBACK") == "rolled back");
  CHECK(town.serialization().empty());
  CHECK(town.serialization().locks.empty());
}

}  // namespace
}  // namespace gapless::store::relational
