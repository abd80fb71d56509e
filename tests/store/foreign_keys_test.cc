// Foreign keys: a child locks its parent FOR KEY SHARE, and a parent that goes must leave no child behind.
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view family = R"(
  CREATE TABLE p (id int PRIMARY KEY, bal int);
  CREATE TABLE c (id int PRIMARY KEY, pid int REFERENCES p);
  INSERT INTO p VALUES (1, 10);)";

void plays(std::string_view schema, std::string_view script) { CHECK(Town(schema).transcript(script) == script); }

TEST_CASE("P-FK-1: a child waits for FOR UPDATE of its parent, not for an update of other columns") {
  plays(family, R"(
    1> BEGIN; UPDATE p SET bal = 5 WHERE id = 1 => 1 row changed
    2> INSERT INTO c VALUES (1, 1) => 1 row inserted
    1> ROLLBACK => rolled back
    1> BEGIN; SELECT bal FROM p WHERE id = 1 FOR NO KEY UPDATE => bal = 10
    2> INSERT INTO c VALUES (2, 1) => 1 row inserted
    1> ROLLBACK => rolled back
    1> BEGIN; SELECT bal FROM p WHERE id = 1 FOR UPDATE => bal = 10
    2> INSERT INTO c VALUES (3, 1) => waits
    3> UPDATE c SET pid = 1 WHERE id = 1 => 1 row changed
    1> ROLLBACK => rolled back
    2> … => 1 row inserted
    c => (1, 1) (2, 1) (3, 1)
)");
}

TEST_CASE("P-FK-1, P-FK-2: the other way round: an uncommitted child holds up DELETE and FOR UPDATE of its parent") {
  plays(family, R"(
    1> BEGIN; INSERT INTO c VALUES (1, 1) => 1 row inserted
    2> UPDATE p SET bal = 4 WHERE id = 1 => 1 row changed
    2> SELECT bal FROM p WHERE id = 1 FOR UPDATE => waits
    3> DELETE FROM p WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => bal = 4
    3> … => foreign_key_violation
    p => (1, 4)
)");
}

TEST_CASE("a key and what refers to it may be of different number types") {
  plays(R"(
  CREATE TABLE p (id int PRIMARY KEY);
  CREATE TABLE c (id int PRIMARY KEY, pid bigint REFERENCES p);
  INSERT INTO p VALUES (1);)",
        R"(
    1> INSERT INTO c VALUES (1, 1) => 1 row inserted
    1> INSERT INTO c VALUES (2, 2) => foreign_key_violation
    1> DELETE FROM p WHERE id = 1 => foreign_key_violation
    c => (1, 1)
)");
}

TEST_CASE("P-FK-2: a child of a parent that is being deleted waits for the deletion") {
  const std::string start = R"(
    1> BEGIN; DELETE FROM p WHERE id = 1 => 1 row deleted
    2> INSERT INTO c VALUES (1, 1) => waits)";
  plays(family, start + R"(
    1> COMMIT => committed
    2> … => foreign_key_violation
    2> INSERT INTO c VALUES (1, 1) => foreign_key_violation
    2> INSERT INTO c VALUES (1, NULL) => 1 row inserted
)");
  plays(family, start + R"(
    1> ROLLBACK => rolled back
    2> … => 1 row inserted
    c => (1, 1)
)");
}

TEST_CASE("P-FK-3: the child's look at its parent is that of the transaction's snapshot") {
  plays(family, R"(
    1> BEGIN ISOLATION LEVEL REPEATABLE READ => done
    1> SELECT * FROM p => id = 1, bal = 10
    2> UPDATE p SET bal = 3 WHERE id = 1 => 1 row changed
    2> INSERT INTO p VALUES (2, 2) => 1 row inserted
    1> INSERT INTO c VALUES (1, 1) => 1 row inserted
    1> INSERT INTO c VALUES (2, 2) => foreign_key_violation
    1> SELECT * FROM p => in_failed_sql_transaction
    1> COMMIT => rolled back
    1> BEGIN ISOLATION LEVEL REPEATABLE READ => done
    1> SELECT count(*) FROM p => count = 2
    2> DELETE FROM p WHERE id = 1 => 1 row deleted
    1> INSERT INTO c VALUES (1, 1) => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-FK-3: the parent's look for children sees also those that the snapshot does not show") {
  plays(family, R"(
    1> BEGIN ISOLATION LEVEL REPEATABLE READ => done
    1> SELECT * FROM c => no row
    2> INSERT INTO c VALUES (1, 1) => 1 row inserted
    1> DELETE FROM p WHERE id = 1 => foreign_key_violation
    1> ROLLBACK => rolled back
)");
}

TEST_CASE("P-FK-4: two children, and then both lock the parent: a deadlock; both update it: a wait") {
  plays(family, R"(
    1> BEGIN; INSERT INTO c VALUES (1, 1) => 1 row inserted
    2> BEGIN; INSERT INTO c VALUES (2, 1) => 1 row inserted
    1> SELECT bal FROM p WHERE id = 1 FOR UPDATE => waits
    2> SELECT bal FROM p WHERE id = 1 FOR UPDATE => waits
    deadlocked => 1 2
    2> ~ deadlock => deadlock_detected
    1> … => bal = 10
    1> ROLLBACK => rolled back
    2> ROLLBACK => rolled back
    1> BEGIN; INSERT INTO c VALUES (1, 1) => 1 row inserted
    2> BEGIN; INSERT INTO c VALUES (2, 1) => 1 row inserted
    1> UPDATE p SET bal = bal - 1 WHERE id = 1 => 1 row changed
    2> UPDATE p SET bal = bal - 1 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => 1 row changed
    2> COMMIT => committed
    p => (1, 8)
)");
}

TEST_CASE("P-EPQ-7: CHECK, then UNIQUE, then the foreign key at the end of the statement") {
  plays(R"(CREATE TABLE p (id int PRIMARY KEY);
           CREATE TABLE c (id int PRIMARY KEY, v int CHECK (v >= 0), pid int REFERENCES p);
           INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1, 1);)",
        R"(
    1> INSERT INTO c VALUES (1, -1, 9) => check_violation
    1> INSERT INTO c VALUES (1, 1, 9) => unique_violation
    1> INSERT INTO c VALUES (2, 1, 9) => foreign_key_violation
    1> INSERT INTO c VALUES (2, 1, 9), (1, 1, 1) => unique_violation
    1> UPDATE c SET pid = 9 WHERE id = 1 => foreign_key_violation
    1> DELETE FROM p => foreign_key_violation
    c => (1, 1, 1)
)");
}

TEST_CASE("ON DELETE CASCADE and SET NULL do to the children what their locks allow") {
  plays(R"(CREATE TABLE p (id int PRIMARY KEY);
           CREATE TABLE c (id int PRIMARY KEY, pid int REFERENCES p ON DELETE CASCADE);
           CREATE TABLE n (id int PRIMARY KEY, pid int REFERENCES p ON DELETE SET NULL);
           INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2); INSERT INTO n VALUES (1, 1), (2, 2);)",
        R"(
    1> BEGIN; SELECT id FROM c WHERE id = 1 FOR UPDATE => id = 1
    2> DELETE FROM p WHERE id = 1 => waits
    2 waits for => 1
    1> ROLLBACK => rolled back
    2> … => 1 row deleted
    c => (2, 2)
    n => (1, NULL) (2, 2)
    1> BEGIN ISOLATION LEVEL REPEATABLE READ => done
    1> SELECT count(*) FROM c => count = 1
    2> UPDATE n SET pid = pid WHERE id = 2 => 1 row changed
    1> DELETE FROM p WHERE id = 2 => serialization_failure (concurrent update)
    1> ROLLBACK => rolled back
)");
}

}  // namespace
}  // namespace gapless::store::relational
