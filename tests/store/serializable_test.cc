// SERIALIZABLE: which dependencies among transactions fail whom, at which statement (S-SSI-1 to S-SSI-10). Scripts
// named M… are those of the transcripts of PostgreSQL 15.18.
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view two_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  CREATE TABLE z (id int PRIMARY KEY);
  INSERT INTO t VALUES (1, 10), (2, 20);)";
constexpr std::string_view six_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  CREATE TABLE u (id int PRIMARY KEY, v int);
  INSERT INTO u VALUES (3, 0);
  INSERT INTO t VALUES (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0);)";

constexpr std::string_view one_row_each = R"(
    CREATE TABLE a (v int PRIMARY KEY, w int); CREATE TABLE b (v int PRIMARY KEY, w int);
    CREATE TABLE c (v int PRIMARY KEY, w int); CREATE TABLE d (v int PRIMARY KEY, w int);
    INSERT INTO a VALUES (1, 0); INSERT INTO b VALUES (1, 0);
    INSERT INTO c VALUES (1, 0); INSERT INTO d VALUES (1, 0);)";

constexpr Tracking fine = {true, true, false};
constexpr Tracking coarse = {true, true, true};

// In a script BEGIN alone begins a SERIALIZABLE transaction.
void plays(std::string_view schema, std::string script, Tracking tracking = fine) {
  Town town(schema, tracking);
  for (int number = 1; number <= 9; ++number) {
    town.play(std::to_string(number) + "> SET default_transaction_isolation = 'serializable'");
  }
  CHECK(town.transcript(script) == script);
}

const std::string skewed = R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT sum(v) FROM t => sum = 30
    2> SELECT sum(v) FROM t => sum = 30
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed)";

// --------------------------------------------------------------------------------------- who fails, and where

TEST_CASE("S-SSI-4, M1: of a write skew the first commits, the other fails at COMMIT") {
  plays(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT * FROM t WHERE id = 1 => id = 1, v = 10
    1> SELECT * FROM t WHERE id = 2 => id = 2, v = 20
    2> SELECT * FROM t WHERE id = 1 => id = 1, v = 10
    2> SELECT * FROM t WHERE id = 2 => id = 2, v = 20
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    1> COMMIT => committed
    2> COMMIT => serialization_failure (dependencies)
    2> COMMIT => committed
    t => (1, 0) (2, 20)
)");
}

TEST_CASE("S-SSI-3, M1b: if the first has committed, the other fails at its write") {
  plays(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT sum(v) FROM t => sum = 30
    2> SELECT sum(v) FROM t => sum = 30
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
    2> UPDATE t SET v = 0 WHERE id = 2 => serialization_failure (dependencies)
    2> COMMIT => rolled back
)");
}

TEST_CASE("S-SSI-3, M1c: … or at its read") {
  plays(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    2> SELECT 1 => 1
    1> SELECT sum(v) FROM t => sum = 30
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    1> COMMIT => committed
    2> SELECT sum(v) FROM t => serialization_failure (dependencies)
    2> COMMIT => rolled back
)");
}

TEST_CASE("S-SSI-5, M1d: a doomed transaction notices when it next meets a row, not before") {
  plays(two_rows, skewed + R"(
    1> COMMIT => committed
    2> SELECT 1 => 1
    2> SELECT * FROM z => no row
    2> SAVEPOINT a => done
    2> SELECT * FROM t => serialization_failure (dependencies)
    2> COMMIT => rolled back
)");
  plays(two_rows, skewed + R"(
    1> COMMIT => committed
    2> INSERT INTO z VALUES (1) => serialization_failure (dependencies)
    2> COMMIT => rolled back
)");
}

TEST_CASE("S-SSI-5, M1e and M1f: ROLLBACK is no error; after a rollback nobody is left to depend on") {
  plays(two_rows, skewed + R"(
    1> COMMIT => committed
    2> ROLLBACK => rolled back
)");
  plays(two_rows, skewed + R"(
    1> ROLLBACK => rolled back
    2> COMMIT => committed
    t => (1, 10) (2, 0)
)");
}

TEST_CASE("S-SSI-8, M2f: two writers of one row: concurrent update, not dependencies") {
  plays(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT * FROM t WHERE id = 1 => id = 1, v = 10
    2> SELECT * FROM t WHERE id = 1 => id = 1, v = 10
    1> UPDATE t SET v = 9 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 9 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => serialization_failure (concurrent update)
    2> ROLLBACK => rolled back
)");
}

TEST_CASE("S-SSI-10, M5 and M5b: a chain fails only where its last transaction is the first to commit") {
  const std::string chain = R"(
    1> BEGIN => done
    2> BEGIN => done
    3> BEGIN => done
    1> SELECT * FROM t WHERE id = 1 => id = 1, v = 10
    2> SELECT * FROM t WHERE id = 2 => id = 2, v = 20
    3> SELECT 1 => 1
    2> UPDATE t SET v = v + 1 WHERE id = 1 => 1 row changed
    3> UPDATE t SET v = v + 1 WHERE id = 2 => 1 row changed)";
  plays(two_rows, chain + R"(
    1> COMMIT => committed
    2> COMMIT => committed
    3> COMMIT => committed
)");
  plays(two_rows, chain + R"(
    3> COMMIT => committed
    2> COMMIT => serialization_failure (dependencies)
    1> COMMIT => committed
)");
  plays(two_rows, chain + R"(
    2> COMMIT => committed
    3> COMMIT => committed
    1> COMMIT => committed
)");
}

TEST_CASE("S-SSI-6: of two pivots the one that read first is doomed, and the other is then none") {
  for (const int first : {1, 2}) {
    CAPTURE(first);
    Town town(six_rows);
    for (const char* number : {"1", "2", "3"}) town.play(std::string(number) + "> BEGIN ISOLATION LEVEL SERIALIZABLE");
    const auto a = std::to_string(first);
    const auto b = std::to_string(3 - first);
    town.play(a + "> SELECT v FROM u WHERE id = 3");
    town.play(b + "> SELECT v FROM u WHERE id = 3");
    town.play("1> SELECT v FROM t WHERE id = 2");
    town.play("2> SELECT v FROM t WHERE id = 1");
    CHECK(town.play("1> UPDATE t SET v = 1 WHERE id = 1") == "1 row changed");
    CHECK(town.play("2> UPDATE t SET v = 1 WHERE id = 2") == "1 row changed");
    CHECK(town.play("3> UPDATE u SET v = 1 WHERE id = 3") == "1 row changed");
    CHECK(town.play("3> COMMIT") == "committed");
    CHECK(town.play(b + "> COMMIT") == "committed");
    CHECK(town.play(a + "> COMMIT") == "serialization_failure (dependencies)");
  }
}

TEST_CASE("S-SSI-3 clause 1: who reads what a committed pivot has overwritten fails at once") {
  // 2 read row 3 before 3 overwrote it and committed: 2 → 3. 2 commits. 1, older than both, then reads what 2 wrote.
  plays(six_rows, R"(
    1> BEGIN => done
    1> SELECT 1 => 1
    2> BEGIN => done
    2> SELECT v FROM t WHERE id = 3 => v = 0
    3> BEGIN => done
    3> UPDATE t SET v = 3 WHERE id = 3 => 1 row changed
    3> COMMIT => committed
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    2> COMMIT => committed
    1> SELECT v FROM t WHERE id = 1 => v = 0
    1> SELECT v FROM t WHERE id = 2 => serialization_failure (dependencies)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("S-SSI-3 clause 3: who reads what a committed transaction wrote is a pivot if somebody depends on it") {
  // 1 → 2 (1 read row 2, 2 writes it); 3 has written row 3 and committed; 2 then reads row 3: 2 → 3.
  plays(six_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    2> SELECT 1 => 1
    1> SELECT v FROM t WHERE id = 2 => v = 0
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    3> UPDATE t SET v = 3 WHERE id = 3 => 1 row changed
    2> SELECT v FROM t WHERE id = 3 => serialization_failure (dependencies)
    1> COMMIT => committed
)");
  // The same where 1 has committed before 3: no failure, 1 → 2 → 3 is an order.
  plays(six_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    2> SELECT 1 => 1
    1> SELECT v FROM t WHERE id = 2 => v = 0
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    1> COMMIT => committed
    3> UPDATE t SET v = 3 WHERE id = 3 => 1 row changed
    2> SELECT v FROM t WHERE id = 3 => v = 0
    2> COMMIT => committed
)");
}

TEST_CASE("S-SSI-3 clause 2: a reader that comes to a pivot dooms it, if the pivot has not committed") {
  plays(six_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    2> SELECT v FROM t WHERE id = 3 => v = 0
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    3> UPDATE t SET v = 3 WHERE id = 3 => 1 row changed
    1> SELECT v FROM t WHERE id = 2 => v = 0
    2> SELECT v FROM t WHERE id = 1 => serialization_failure (dependencies)
    1> COMMIT => committed
)");
  // A reader that had committed before the last of the chain did comes first in any case, whether it wrote or not.
  plays(six_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    3> BEGIN => done
    1> SELECT v FROM t WHERE id = 2 => v = 0
    2> SELECT v FROM t WHERE id = 3 => v = 0
    3> UPDATE t SET v = 3 WHERE id = 3 => 1 row changed
    1> COMMIT => committed
    3> COMMIT => committed
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    2> COMMIT => committed
)");
}

TEST_CASE("S-SSI-3 clause 2: … and so does one that wrote, or a pivot that committed before the last of the chain") {
  plays(six_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT v FROM t WHERE id = 2 => v = 0
    1> UPDATE t SET v = 1 WHERE id = 1 => 1 row changed
    2> SELECT v FROM u WHERE id = 3 => v = 0
    1> COMMIT => committed
    3> UPDATE u SET v = 3 WHERE id = 3 => 1 row changed
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    2> COMMIT => committed
)");
  plays(six_rows, R"(
    1> BEGIN => done
    1> SELECT 1 => 1
    2> BEGIN => done
    3> BEGIN => done
    2> SELECT v FROM u WHERE id = 3 => v = 0
    3> UPDATE u SET v = 3 WHERE id = 3 => 1 row changed
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    2> COMMIT => committed
    3> COMMIT => committed
    1> SELECT v FROM t WHERE id = 2 => v = 0
    1> UPDATE t SET v = 1 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
)");
}

TEST_CASE("S-SSI-3 clause 3: who depends on the pivot is no danger if it committed first, or is READ ONLY, or doomed") {
  plays(six_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    2> SELECT 1 => 1
    1> SELECT v FROM t WHERE id = 2 => v = 0
    1> UPDATE t SET v = 1 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    1> COMMIT => committed
    3> UPDATE u SET v = 3 WHERE id = 3 => 1 row changed
    2> SELECT v FROM u WHERE id = 3 => v = 0
    2> COMMIT => committed
)");
  plays(six_rows, R"(
    1> BEGIN READ ONLY => done
    2> BEGIN => done
    2> SELECT 1 => 1
    1> SELECT v FROM t WHERE id = 2 => v = 0
    2> UPDATE t SET v = 2 WHERE id = 2 => 1 row changed
    3> UPDATE u SET v = 3 WHERE id = 3 => 1 row changed
    2> SELECT v FROM u WHERE id = 3 => v = 0
    2> COMMIT => committed
    1> COMMIT => committed
)");
  // 5 → 1 → 4 dooms 1 when 4 commits; 1 → 2 → 3 is then no danger to 2.
  plays(one_row_each,
        R"(
    1> BEGIN => done
    2> BEGIN => done
    5> BEGIN => done
    1> SELECT w FROM a WHERE v = 1 => w = 0
    1> SELECT w FROM b WHERE v = 1 => w = 0
    5> SELECT w FROM c WHERE v = 1 => w = 0
    2> SELECT 1 => 1
    2> UPDATE a SET w = 2 WHERE v = 1 => 1 row changed
    1> UPDATE c SET w = 1 WHERE v = 1 => 1 row changed
    4> UPDATE b SET w = 4 WHERE v = 1 => 1 row changed
    3> UPDATE d SET w = 3 WHERE v = 1 => 1 row changed
    2> SELECT w FROM d WHERE v = 1 => w = 0
    2> COMMIT => committed
    5> COMMIT => committed
    1> COMMIT => serialization_failure (dependencies)
)");
}

TEST_CASE("S-SSI-2: nobody depends on a doomed transaction any more") {
  // 5 → 1 → 4 dooms 1 when 4 commits. 2 → 3, and 3 has committed: 1 → 2 would make 2 fail when it writes what 1 has
  // read.
  plays(one_row_each, R"(
    1> BEGIN => done
    2> BEGIN => done
    5> BEGIN => done
    1> SELECT w FROM a WHERE v = 1 => w = 0
    1> SELECT w FROM b WHERE v = 1 => w = 0
    5> SELECT w FROM c WHERE v = 1 => w = 0
    2> SELECT w FROM d WHERE v = 1 => w = 0
    1> UPDATE c SET w = 1 WHERE v = 1 => 1 row changed
    4> UPDATE b SET w = 4 WHERE v = 1 => 1 row changed
    3> UPDATE d SET w = 3 WHERE v = 1 => 1 row changed
    2> UPDATE a SET w = 2 WHERE v = 1 => 1 row changed
    2> COMMIT => committed
    1> COMMIT => serialization_failure (dependencies)
    5> COMMIT => committed
)");
}

// ------------------------------------------------------------------------------- what is read, and how coarsely

TEST_CASE("S-SSI-7, M2 to M2c: through the primary key only the row counts; where all is read, everything") {
  const std::string own_rows = R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT * FROM t WHERE id = 1 => id = 1, v = 10
    2> SELECT * FROM t WHERE id = 2 => id = 2, v = 20
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    1> COMMIT => committed)";
  plays(two_rows, own_rows + R"(
    2> COMMIT => committed
)");
  plays(two_rows, own_rows + R"(
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
  plays(six_rows, R"(
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
  plays(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT * FROM t WHERE id = 100 => no row
    2> SELECT * FROM t WHERE id = 200 => no row
    1> INSERT INTO t VALUES (100, 1) => 1 row inserted
    2> INSERT INTO t VALUES (200, 1) => 1 row inserted
    1> COMMIT => committed
    2> COMMIT => serialization_failure (dependencies)
)");
  plays(two_rows, R"(
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
  plays(six_rows, start + R"(
    2> UPDATE t SET v = 1 WHERE id = 6 => 1 row changed
    1> COMMIT => committed
    2> COMMIT => committed
)");
  plays(six_rows, start + R"(
    2> UPDATE t SET id = 7 WHERE id = 6 => 1 row changed
    1> COMMIT => committed
    2> COMMIT => serialization_failure (dependencies)
)");
}

TEST_CASE("S-SSI-2: a foreign key reads the parent; a parent whose key stays reads no children") {
  constexpr std::string_view family =
      "CREATE TABLE p (id int PRIMARY KEY, bal int); CREATE TABLE c (id int PRIMARY KEY, pid int REFERENCES p); INSERT "
      "INTO p VALUES (1, 10), (2, 20);";
  plays(family, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> UPDATE p SET bal = 5 WHERE id = 1 => 1 row changed
    2> INSERT INTO c VALUES (1, 1) => 1 row inserted
    1> COMMIT => committed
    2> COMMIT => committed
)");
  plays(family, R"(
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
  plays("CREATE TABLE r (id int PRIMARY KEY, coupon int);", R"(
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
  plays(two_rows, R"(
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
  plays(two_rows, R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT v FROM t WHERE id = 1 => v = 10
    1> SAVEPOINT a => done
    1> UPDATE t SET v = 1 WHERE id = 1 => 1 row changed
    1> ROLLBACK TO a => rolled back)" +
                      rest + R"(
    1> COMMIT => serialization_failure (dependencies)
)");
  plays(two_rows, R"(
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
  plays(two_rows, R"(
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
  plays(six_rows, R"(
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

// ------------------------------------------------------------------------------------------ who is a member

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
  plays(two_rows, R"(
    1> BEGIN => done
    1> SELECT sum(v) FROM t => sum = 30
    2> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    1> COMMIT => committed
)");
  // … also as the read-only third of Fekete's, and as a pivot.
  plays(two_rows, R"(
    1> BEGIN => done
    1> SELECT * FROM t => 2 rows: (1, 10), (2, 20)
    2> UPDATE t SET v = v + 5 WHERE id = 2 => 1 row changed
    3> SELECT * FROM t => 2 rows: (1, 10), (2, 25)
    1> UPDATE t SET v = 0 WHERE id = 1 => serialization_failure (dependencies)
    1> COMMIT => rolled back
)");
}

// ----------------------------------------------------------------------------------------- READ ONLY, DEFERRABLE

TEST_CASE("S-SSI-9, M3 and M3b: Fekete's read-only transaction, and the same without it") {
  plays(two_rows, R"(
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
  plays(two_rows, R"(
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
  plays(two_rows, R"(
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
  plays(six_rows, R"(
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
  plays(two_rows, R"(
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
  plays(two_rows, R"(
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
  plays(two_rows, R"(
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
