#include <doctest/doctest.h>

#include <string>

#include "spec_texts.h"

namespace gapless::spec {
namespace {

// Whether another session sees this balance after the message.
bool leaves(const std::string& message, int balance) {
  const auto output = steps_of(bank("session s step a { " + message +
                                    " }\nsession t step look { SELECT balance FROM users; }\npermutation a look\n"));
  return output.ends_with("step look: SELECT balance FROM users;\nbalance\n-------\n" +
                          std::string(balance < 100 ? 5 : 4, ' ') + std::to_string(balance) + "\n(1 row)\n\n");
}

TEST_CASE("several statements in one message are one transaction") {
  CHECK(leaves("UPDATE users SET balance = 50; UPDATE users SET balance = 60;", 60));
  CHECK(leaves("UPDATE users SET balance = 50; SELECT 1 / 0;", 100));
  CHECK(leaves("UPDATE users SET balance = 50; COMMIT; SELECT 1 / 0;", 50));
  CHECK(leaves("UPDATE users SET balance = 50; ROLLBACK; UPDATE users SET balance = balance + 1;", 101));
  CHECK(leaves("UPDATE users SET balance = 50; BEGIN; UPDATE users SET balance = 60;", 100));  // taken over, and open
  CHECK(leaves("BEGIN; UPDATE users SET balance = 60; COMMIT;", 60));
  CHECK(leaves("UPDATE users SET balance = 50; SAVEPOINT a;", 100));
  CHECK(leaves("UPDATE users SET balance = 50; COMMIT; BEGIN; UPDATE users SET balance = 60;", 50));  // not taken over
}

TEST_CASE("what a message says, statement by statement, up to the first error") {
  CHECK(steps_of("session s step a { SELECT 1 AS x; SELECT 2 AS y; SELECT 1 / 0; SELECT 3 AS z; }") ==
        "step a: SELECT 1 AS x; SELECT 2 AS y; SELECT 1 / 0; SELECT 3 AS z;\n"
        "x\n-\n1\n(1 row)\n\ny\n-\n2\n(1 row)\n\nERROR:  division by zero\n");
  CHECK(steps_of("session s step a { SELECT 1 AS x; SAVEPOINT b; }") ==
        "step a: SELECT 1 AS x; SAVEPOINT b;\nx\n-\n1\n(1 row)\n\n"
        "ERROR:  SAVEPOINT can only be used in transaction blocks\n");
  CHECK(steps_of(
            "session s step a { SELECT 1 AS x; BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 2; } step b { ROLLBACK; }\n"
            "permutation a b") ==
        "step a: SELECT 1 AS x; BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 2;\nx\n-\n1\n(1 row)\n\n"
        "ERROR:  SET TRANSACTION ISOLATION LEVEL must be called before any query\n"
        "s: WARNING:  there is no transaction in progress\nstep b: ROLLBACK;\n");
  CHECK(steps_of("session s step a { ROLLBACK TO b; }")
            .ends_with("ERROR:  ROLLBACK TO SAVEPOINT can only be used in transaction blocks\n"));
}

TEST_CASE("warnings come before the step that they are about") {
  CHECK(steps_of("session s step a { COMMIT; } step b { BEGIN; BEGIN; } step c { ROLLBACK; } permutation a b c") ==
        "s: WARNING:  there is no transaction in progress\nstep a: COMMIT;\n"
        "s: WARNING:  there is already a transaction in progress\nstep b: BEGIN; BEGIN;\nstep c: ROLLBACK;\n");
}

TEST_CASE("PREPARE and EXECUTE") {
  CHECK(steps_of("session s step p { PREPARE q AS SELECT 7 AS x; } step e { EXECUTE q; } step n { EXECUTE r; }\n"
                 "permutation e p e p n") ==
        "step e: EXECUTE q;\nERROR:  prepared statement \"q\" does not exist\n"
        "step p: PREPARE q AS SELECT 7 AS x;\nstep e: EXECUTE q;\nx\n-\n7\n(1 row)\n\n"
        "step p: PREPARE q AS SELECT 7 AS x;\nERROR:  prepared statement \"q\" already exists\n"
        "step n: EXECUTE r;\nERROR:  prepared statement \"r\" does not exist\n");
  CHECK(problem_of("session s step p { PREPARE q (int) AS SELECT $1; }") ==
        "1:30: a prepared statement cannot have parameters here");
}

TEST_CASE("a function of one statement is that statement") {
  const std::string setup =
      "setup { CREATE TABLE t (k int PRIMARY KEY, v text);\n"
      "CREATE OR REPLACE FUNCTION put(key int, text) RETURNS void LANGUAGE SQL AS\n"
      "$$ INSERT INTO t VALUES (key, $2 || 'key'); $$; }\n"
      "teardown { DROP FUNCTION put(int, text); DROP TABLE t; }\n";
  CHECK(steps_of(setup +
                 "session s step p { SELECT put(1 + 1, 'a,)'); } step r { SELECT * FROM t; } permutation p p r") ==
        "step p: SELECT put(1 + 1, 'a,)');\nput\n---\n   \n(1 row)\n\n"
        "step p: SELECT put(1 + 1, 'a,)');\nERROR:  duplicate key value violates unique constraint \"t_pkey\"\n"
        "step r: SELECT * FROM t;\nk|v     \n-+------\n2|a,)key\n(1 row)\n\n");
  CHECK(steps_of(setup + "session s step p { SELECT put(abs(-3), coalesce('b', 'c')); } step r { SELECT * FROM t; }")
            .ends_with("k|v   \n-+----\n3|bkey\n(1 row)\n\n"));
  // A parameter is not the function of the same name.
  CHECK(steps_of("setup { CREATE TABLE t (a text); CREATE FUNCTION put(lower text) RETURNS void LANGUAGE SQL AS\n"
                 "'INSERT INTO t VALUES (lower(lower))'; }\n"
                 "session s step p { SELECT put('ABC'); } step r { SELECT * FROM t; }")
            .ends_with("a  \n---\nabc\n(1 row)\n\n"));
  CHECK(problem_of(setup + "session s step p { SELECT put(1); }") == "5:27: function put takes 2 arguments");
  CHECK(problem_of(setup + "session s step p { SELECT 1, put(1, 'a'); }") ==
        "5:30: a function can be called only as SELECT put(…)");
  CHECK(problem_of("setup { CREATE FUNCTION f() RETURNS int LANGUAGE SQL AS $$ SELECT 1 $$; } session s step a {}")
            .starts_with("1:37: a function must have the form"));
  CHECK(problem_of("setup { CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ $$; } session s step a {}")
            .starts_with("1:51: a function must have the form"));
}

TEST_CASE("what has no effect") {
  CHECK(steps_of("setup { DROP TABLE IF EXISTS t; CREATE TABLE t (a int); VACUUM t; ANALYZE; }\n"
                 "teardown { DROP TABLE t; }\nsession s step a { VACUUM t; }") == "step a: VACUUM t;\n");
}

TEST_CASE("the last result of a setup and of a teardown is shown") {
  CHECK(steps_of("setup { SELECT 1 AS a; SELECT 2 AS b; }\nteardown { SELECT 3 AS c; }\n"
                 "session s setup { SELECT 4 AS d; } step x { } teardown { SELECT 5 AS e; SELECT 1 / 0; }") ==
        "b\n-\n2\n(1 row)\n\nd\n-\n4\n(1 row)\n\nstep x: \nc\n-\n3\n(1 row)\n\n");
}

}  // namespace
}  // namespace gapless::spec
