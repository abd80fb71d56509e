// SERIALIZABLE: who fails, and at which statement.
#include <doctest/doctest.h>

#include "serializable.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view one_row_each = R"(
    CREATE TABLE a (v int PRIMARY KEY, w int); CREATE TABLE b (v int PRIMARY KEY, w int);
    CREATE TABLE c (v int PRIMARY KEY, w int); CREATE TABLE d (v int PRIMARY KEY, w int);
    INSERT INTO a VALUES (1, 0); INSERT INTO b VALUES (1, 0);
    INSERT INTO c VALUES (1, 0); INSERT INTO d VALUES (1, 0);)";

const std::string skewed = R"(
    1> BEGIN => done
    2> BEGIN => done
    1> SELECT sum(v) FROM t => sum = 30
    2> SELECT sum(v) FROM t => sum = 30
    1> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed)";

TEST_CASE("S-SSI-4, M1: of a write skew the first commits, the other fails at COMMIT") {
  plays_serializable(two_rows, R"(
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
  plays_serializable(two_rows, R"(
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
  plays_serializable(two_rows, R"(
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
  plays_serializable(two_rows, skewed + R"(
    1> COMMIT => committed
    2> SELECT 1 => 1
    2> SELECT * FROM z => no row
    2> SAVEPOINT a => done
    2> SELECT * FROM t => serialization_failure (dependencies)
    2> COMMIT => rolled back
)");
  plays_serializable(two_rows, skewed + R"(
    1> COMMIT => committed
    2> INSERT INTO z VALUES (1) => serialization_failure (dependencies)
    2> COMMIT => rolled back
)");
}

TEST_CASE("S-SSI-5, M1e and M1f: ROLLBACK is no error; after a rollback nobody is left to depend on") {
  plays_serializable(two_rows, skewed + R"(
    1> COMMIT => committed
    2> ROLLBACK => rolled back
)");
  plays_serializable(two_rows, skewed + R"(
    1> ROLLBACK => rolled back
    2> COMMIT => committed
    t => (1, 10) (2, 0)
)");
}

TEST_CASE("S-SSI-8, M2f: two writers of one row: concurrent update, not dependencies") {
  plays_serializable(two_rows, R"(
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
  plays_serializable(two_rows, chain + R"(
    1> COMMIT => committed
    2> COMMIT => committed
    3> COMMIT => committed
)");
  plays_serializable(two_rows, chain + R"(
    3> COMMIT => committed
    2> COMMIT => serialization_failure (dependencies)
    1> COMMIT => committed
)");
  plays_serializable(two_rows, chain + R"(
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
  plays_serializable(six_rows, R"(
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
  plays_serializable(six_rows, R"(
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
  plays_serializable(six_rows, R"(
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
  plays_serializable(six_rows, R"(
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
  plays_serializable(six_rows, R"(
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
  plays_serializable(six_rows, R"(
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
  plays_serializable(six_rows, R"(
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
  plays_serializable(six_rows, R"(
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
  plays_serializable(six_rows, R"(
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
  plays_serializable(one_row_each,
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
  plays_serializable(one_row_each, R"(
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

}  // namespace
}  // namespace gapless::store::relational
