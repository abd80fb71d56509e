// What a request asks of its surroundings, statement by statement, and how it ends.
#include <doctest/doctest.h>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

// The log of a body that is answered by this script.
std::string log_of(const std::string& body, std::vector<store::Observation> script) {
  return lines(play(with_body(body), std::move(script)).log);
}

const store::Observation ok = changed(1);
const store::Observation none = changed(0);

TEST_CASE("values of the first row, and effects, go where they are used") {
  const std::string body = R"(
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);
    respond 200;)";
  CHECK(log_of(body, {rows({"balance"}, {{integer(100)}}), ok}) ==
        "SELECT balance FROM users WHERE id = 1\n"
        "UPDATE users SET balance = 100 - 50 WHERE id = 1\n"
        "effect paid(50)\n"
        "→ 200\n");
  CHECK(log_of(body, {rows({"balance"}, {{integer(49)}})}) ==
        "SELECT balance FROM users WHERE id = 1\n"
        "→ 400\n");
}

TEST_CASE("fields of a result") {
  const std::string body = "let u = SELECT id, balance FROM users; effect saw(u.count, u.found, u.balance, u.id);";
  CHECK(log_of(body, {rows({"id", "balance"}, {{integer(7), integer(1)}, {integer(8), integer(2)}})}) ==
        "SELECT id, balance FROM users\neffect saw(2, true, 1, 7)\n→ 200\n");
  CHECK(log_of(body, {rows({"id", "balance"}, {})}) ==
        "SELECT id, balance FROM users\neffect saw(0, false, NULL, NULL)\n→ 200\n");
  // SELECT count(*) names its column count, and that is what is meant.
  CHECK(log_of("let n = SELECT count(*) FROM users; respond n.count;",
               {rows({"count"}, {{sql::Value(std::int64_t{5})}})}) == "SELECT count(*) FROM users\n→ 5\n");
}

TEST_CASE("if, else if, else") {
  const std::string body = "if amount > 60 { respond 1; } else if amount > 40 { respond 2; } else { respond 3; }";
  CHECK(log_of(body, {}) == "→ 2\n");
  CHECK(log_of("if amount > 60 { respond 1; } else { respond 3; }", {}) == "→ 3\n");
  CHECK(log_of("if amount < 60 { } else { respond 3; }", {}) == "→ 200\n");
  CHECK(log_of("let u = SELECT balance FROM users; if u.balance > 0 { respond 1; } else { respond 2; }",
               {rows({"balance"}, {})}) == "SELECT balance FROM users\nwarn 4:39: NULL in `if` counts as false\n→ 2\n");
}

TEST_CASE("set changes a local, also in a loop and from an inner block") {
  CHECK(log_of(R"(let total = 0;
                  for p in SELECT id, balance FROM users { set total = total + p.balance; effect saw(p.id); }
                  respond total;)",
               {rows({"id", "balance"}, {{integer(1), integer(30)}, {integer(2), integer(12)}})}) ==
        "SELECT id, balance FROM users\neffect saw(1)\neffect saw(2)\n→ 42\n");
  CHECK(log_of("let u = SELECT id FROM users; if true { set u = SELECT id FROM users WHERE id = 2; } respond u.id;",
               {rows({"id"}, {{integer(1)}}), rows({"id"}, {{integer(2)}})}) ==
        "SELECT id FROM users\nSELECT id FROM users WHERE id = 2\n→ 2\n");
}

TEST_CASE("loops over the rows of a result, twice, and within each other") {
  CHECK(log_of(R"(let u = SELECT id FROM users;
                  for a in u.rows { for b in u.rows { effect pair(a.id AS a, b.id AS b); } }
                  respond u.count;)",
               {rows({"id"}, {{integer(1)}, {integer(2)}})}) ==
        "SELECT id FROM users\n"
        "effect pair(1, 1)\neffect pair(1, 2)\neffect pair(2, 1)\neffect pair(2, 2)\n→ 2\n");
  CHECK(log_of("for p in SELECT id FROM users { UPDATE users SET balance = 0 WHERE id = :p.id; }",
               {rows({"id"}, {{integer(3)}, {integer(4)}}), ok, ok}) ==
        "SELECT id FROM users\nUPDATE users SET balance = 0 WHERE id = 3\n"
        "UPDATE users SET balance = 0 WHERE id = 4\n→ 200\n");
  CHECK(log_of("for p in SELECT id FROM users { respond 500; }", {rows({"id"}, {})}) ==
        "SELECT id FROM users\n→ 200\n");
}

TEST_CASE("transaction { }: BEGIN goes with the first statement, COMMIT is a step") {
  CHECK(log_of("transaction { SELECT 1; SELECT 2; } SELECT 3;", {ok, ok, ok, ok}) ==
        "BEGIN; SELECT 1\nSELECT 2\nCOMMIT\nSELECT 3\n→ 200\n");
  CHECK(log_of("transaction { }", {ok}) == "BEGIN; COMMIT\n→ 200\n");
  CHECK(log_of("transaction { effect paid(amount); }", {ok}) == "effect paid(50)\nBEGIN; COMMIT\n→ 200\n");
  // respond commits first.
  CHECK(log_of("transaction { SELECT 1; respond 201; SELECT 2; }", {ok, ok}) == "BEGIN; SELECT 1\nCOMMIT\n→ 201\n");
  CHECK(log_of("transaction { respond 201; }", {ok}) == "BEGIN; COMMIT\n→ 201\n");
}

TEST_CASE("rollback inside transaction { }: the rest runs outside, and no COMMIT follows") {
  CHECK(log_of("transaction { SELECT 1; rollback; SELECT 2; respond 400; }", {ok, ok, ok}) ==
        "BEGIN; SELECT 1\nrollback\nSELECT 2\n→ 400\n");
  CHECK(log_of("transaction { ROLLBACK; } SELECT 2;", {ok, ok}) == "BEGIN; ROLLBACK\nSELECT 2\n→ 200\n");
  CHECK(log_of("transaction { SELECT 1; if amount > 0 { rollback; } }", {ok, ok}) ==
        "BEGIN; SELECT 1\nrollback\n→ 200\n");
}

TEST_CASE("an error that leaves transaction { } rolls back with its own step") {
  CHECK(log_of("transaction { SELECT 1; SELECT 2; }", {ok, error("deadlock_detected")}) ==
        "BEGIN; SELECT 1\nSELECT 2\nabandon 0\n→ deadlock_detected\n");
  // Caught outside: the request goes on outside the transaction.
  CHECK(log_of("try { transaction { SELECT 1; } } catch unique_violation { SELECT 2; respond 409; }",
               {error("unique_violation"), ok}) == "BEGIN; SELECT 1\nabandon 0\nSELECT 2\n→ 409\n");
  // Caught inside: the transaction stays failed, and the store says so to what follows; COMMIT is still sent.
  CHECK(log_of("transaction { try { SELECT 1; } catch unique_violation { } SELECT 2; }",
               {error("unique_violation"), error("in_failed_sql_transaction")}) ==
        "BEGIN; SELECT 1\nSELECT 2\nabandon 0\n→ in_failed_sql_transaction\n");
  CHECK(log_of("transaction { try { SELECT 1; } catch unique_violation { } }", {error("unique_violation"), ok}) ==
        "BEGIN; SELECT 1\nCOMMIT\n→ 200\n");
  // Nothing was sent: there is nothing to roll back.
  CHECK(log_of("transaction { let x = 1 / 0; }", {}) == "→ division_by_zero\n");
}

TEST_CASE("explicit BEGIN, COMMIT, ROLLBACK") {
  CHECK(log_of("BEGIN; SELECT 1; COMMIT; SELECT 2;", {ok, ok, ok}) == "BEGIN; SELECT 1\nCOMMIT\nSELECT 2\n→ 200\n");
  CHECK(log_of("BEGIN; COMMIT;", {ok}) == "BEGIN; COMMIT\n→ 200\n");
  CHECK(log_of("COMMIT;", {ok}) == "COMMIT\n→ 200\n");
  CHECK(log_of("BEGIN; SELECT 1; BEGIN; SELECT 2; ROLLBACK;", {ok, ok, ok}) ==
        "BEGIN; SELECT 1\nwarn 4:18: BEGIN inside a transaction has no effect\nSELECT 2\nROLLBACK\n→ 200\n");
  CHECK(log_of("BEGIN; SELECT 1; respond 200;", {ok, ok}) ==
        "BEGIN; SELECT 1\nwarn 4:18: the request ends with an open transaction; it is rolled back\nROLLBACK\n→ 200\n");
  CHECK(log_of("BEGIN; SELECT 1;", {error("check_violation")}) == "BEGIN; SELECT 1\nabandon 0\n→ check_violation\n");
  // An error ends no explicit transaction if it is caught.
  CHECK(log_of("BEGIN; try { SELECT 1; } catch any { } ROLLBACK; SELECT 2;", {error("check_violation"), ok, ok}) ==
        "BEGIN; SELECT 1\nROLLBACK\nSELECT 2\n→ 200\n");
  CHECK_THROWS_WITH_AS(play(with_body("BEGIN; transaction { SELECT 1; }"), {ok}),
                       doctest::Contains("after a BEGIN that is still open"), ModelError);
}

TEST_CASE("try, catch, finally") {
  CHECK(log_of("try { SELECT 1; } catch check_violation { respond 1; } catch unique_violation, not_null_violation { "
               "respond 2; } catch any { respond 3; }",
               {error("not_null_violation")}) == "SELECT 1\n→ 2\n");
  CHECK(log_of("try { SELECT 1; } catch check_violation { respond 1; } catch any { respond 3; }",
               {error("deadlock_detected")}) == "SELECT 1\n→ 3\n");
  CHECK(log_of("try { SELECT 1; } catch check_violation { respond 1; }", {error("deadlock_detected")}) ==
        "SELECT 1\n→ deadlock_detected\n");
  // finally: after success, after a caught error, after an uncaught one, and on the way of a respond.
  const std::string body =
      "try { SELECT 1; if amount > 9 { respond 201; } } catch check_violation { respond 400; } "
      "finally { SELECT 9; }";
  CHECK(log_of(body, {ok, ok}) == "SELECT 1\nSELECT 9\n→ 201\n");
  CHECK(log_of(body, {error("check_violation"), ok}) == "SELECT 1\nSELECT 9\n→ 400\n");
  CHECK(log_of(body, {error("deadlock_detected"), ok}) == "SELECT 1\nSELECT 9\n→ deadlock_detected\n");
  CHECK(log_of("try { SELECT 1; } finally { SELECT 9; } SELECT 2;", {ok, ok, ok}) ==
        "SELECT 1\nSELECT 9\nSELECT 2\n→ 200\n");
  // A respond inside finally has the last word.
  CHECK(log_of("try { SELECT 1; } finally { respond 503; }", {error("deadlock_detected")}) == "SELECT 1\n→ 503\n");
  // An error in a catch block runs finally, too; one in finally replaces the first.
  CHECK(log_of("try { SELECT 1; } catch any { SELECT 2; } finally { SELECT 9; }",
               {error("check_violation"), error("unique_violation"), ok}) ==
        "SELECT 1\nSELECT 2\nSELECT 9\n→ unique_violation\n");
  CHECK(log_of("try { SELECT 1; } finally { SELECT 9; }", {error("check_violation"), error("unique_violation")}) ==
        "SELECT 1\nSELECT 9\n→ unique_violation\n");
}

TEST_CASE("respond inside finally and transaction: finally first, then COMMIT, from the inside out") {
  CHECK(log_of("try { transaction { try { respond 201; } finally { SELECT 1; } } } finally { SELECT 2; }",
               {ok, ok, ok}) == "BEGIN; SELECT 1\nCOMMIT\nSELECT 2\n→ 201\n");
  // COMMIT stands outside the inner try: its error is not for that catch.
  CHECK(log_of("transaction { try { SELECT 1; respond 201; } catch any { respond 1; } }",
               {ok, error("serialization_failure")}) == "BEGIN; SELECT 1\nCOMMIT\n→ serialization_failure\n");
}

TEST_CASE("retry on a condition: at most N attempts, then the error goes on") {
  const std::string body = "retry up to 3 on deadlock_detected, serialization_failure { transaction { SELECT 1; } }";
  const auto deadlock = error("deadlock_detected");
  CHECK(log_of(body, {deadlock, error("serialization_failure"), ok, ok}) ==
        "BEGIN; SELECT 1\nabandon 0\nBEGIN; SELECT 1\nabandon 0\nBEGIN; SELECT 1\nCOMMIT\n→ 200\n");
  CHECK(log_of(body, {deadlock, deadlock, deadlock}) ==
        "BEGIN; SELECT 1\nabandon 0\nBEGIN; SELECT 1\nabandon 0\nBEGIN; SELECT 1\nabandon 0\n→ deadlock_detected\n");
  CHECK(log_of(body, {error("check_violation")}) == "BEGIN; SELECT 1\nabandon 0\n→ check_violation\n");
  // An explicit transaction is rolled back by the retry itself.
  CHECK(log_of("retry up to 2 on deadlock_detected { BEGIN; SELECT 1; COMMIT; }", {deadlock, ok, ok}) ==
        "BEGIN; SELECT 1\nabandon 0\nBEGIN; SELECT 1\nCOMMIT\n→ 200\n");
  // Without a bound.
  CHECK(log_of("retry on deadlock_detected { SELECT 1; }", {deadlock, deadlock, deadlock, deadlock, ok}) ==
        "SELECT 1\nSELECT 1\nSELECT 1\nSELECT 1\nSELECT 1\n→ 200\n");
  // What was open before the retry is left open.
  CHECK(log_of("BEGIN; SELECT 0; retry up to 2 on deadlock_detected { SELECT 1; } ROLLBACK;",
               {ok, deadlock, error("in_failed_sql_transaction")}) ==
        "BEGIN; SELECT 0\nSELECT 1\nSELECT 1\nabandon 0\n→ in_failed_sql_transaction\n");
}

TEST_CASE("again: the next attempt, and after the last one on behind the retry") {
  const std::string body = R"(
    retry up to 3 {
      let done = UPDATE users SET balance = 0 WHERE balance = 1;
      if done.count = 0 { again; }
      respond 200;
    }
    respond 409;)";
  const std::string update = "UPDATE users SET balance = 0 WHERE balance = 1\n";
  CHECK(log_of(body, {ok}) == update + "→ 200\n");
  CHECK(log_of(body, {none, none, ok}) == update + update + update + "→ 200\n");
  CHECK(log_of(body, {none, none, none}) == update + update + update + "→ 409\n");
  // Out of a transaction: ROLLBACK is a step.
  CHECK(log_of("retry up to 2 { transaction { SELECT 1; again; } } respond 409;", {ok, ok, ok, ok}) ==
        "BEGIN; SELECT 1\nROLLBACK\nBEGIN; SELECT 1\nROLLBACK\n→ 409\n");
  CHECK(log_of("retry up to 2 { BEGIN; SELECT 1; again; } respond 409;", {ok, ok, ok, ok}) ==
        "BEGIN; SELECT 1\nROLLBACK\nBEGIN; SELECT 1\nROLLBACK\n→ 409\n");
  // Through finally.
  CHECK(log_of("retry up to 2 { try { SELECT 1; again; } finally { SELECT 9; } } respond 409;", {ok, ok, ok, ok}) ==
        "SELECT 1\nSELECT 9\nSELECT 1\nSELECT 9\n→ 409\n");
  // A transaction around the retry stays open.
  CHECK(log_of("transaction { SELECT 0; retry up to 2 { SELECT 1; again; } }", {ok, ok, ok, ok}) ==
        "BEGIN; SELECT 0\nSELECT 1\nSELECT 1\nCOMMIT\n→ 200\n");
  // The inner retry is meant.
  CHECK(log_of("retry up to 2 { retry up to 2 { SELECT 1; again; } SELECT 2; again; }", {ok, ok, ok, ok, ok, ok}) ==
        "SELECT 1\nSELECT 1\nSELECT 2\nSELECT 1\nSELECT 1\nSELECT 2\n→ 200\n");
}

TEST_CASE("calls") {
  CHECK(log_of("let r = call pay(amount) may ok; effect told(r.outcome); call ship(1 AS box);", {ok, ok}) ==
        "call pay(50)\neffect told('ok')\ncall ship(1)\n→ 200\n");
}

TEST_CASE("several databases") {
  const std::string text = R"(scenario s
    database bank postgres { CREATE TABLE a (x int); }
    database shop postgres { CREATE TABLE b (y int); }
    request f() {
      let a = bank> SELECT x FROM a;
      shop> transaction { INSERT INTO b VALUES (:a.x); bank> INSERT INTO a VALUES (2); }
      bank> BEGIN; bank> INSERT INTO a VALUES (3); shop> INSERT INTO b VALUES (4); bank> COMMIT;
    }
    run f())";
  CHECK(lines(play(text, std::vector<store::Observation>(8, rows({"x"}, {{integer(1)}}))).log) ==
        "SELECT x FROM a\n"
        "1> BEGIN; INSERT INTO b VALUES (1)\nINSERT INTO a VALUES (2)\n1> COMMIT\n"
        "BEGIN; INSERT INTO a VALUES (3)\n1> INSERT INTO b VALUES (4)\nCOMMIT\n→ 200\n");
}

TEST_CASE("responses") {
  CHECK(log_of("respond 'out of stock';", {}) == "→ out of stock\n");
  CHECK(log_of("respond amount + 151;", {}) == "→ 201\n");
  CHECK_THROWS_WITH_AS(play(with_body("respond NULL;"), {}), doctest::Contains("4:1: a response is a number or a text"),
                       ModelError);
  CHECK_THROWS_WITH_AS(
      play(with_body("let u = SELECT balance FROM users; if u.balance { }"), {rows({"balance"}, {{integer(1)}})}),
      doctest::Contains("a condition is true or false, and this came to 1"), ModelError);
}

TEST_CASE("errors of local expressions are errors like any other") {
  CHECK(log_of("try { let x = amount / (amount - 50); } catch division_by_zero { respond 422; }", {}) == "→ 422\n");
  CHECK(log_of("let x = amount / (amount - 50);", {}) == "→ division_by_zero\n");
}

TEST_CASE("a request that computes for ever is stopped") {
  CHECK_THROWS_WITH_AS(play(with_body("retry on division_by_zero { let x = 1 / (amount - 50); }"), {}),
                       doctest::Contains("this request never ends"), ModelError);
}

TEST_CASE("a program may be run again, and starts afresh") {
  const auto models = load_text(with_body("let n = 0; set n = n + 1; SELECT :n::int; respond n;"));
  for (int i = 0; i < 2; ++i) {
    FakeContext context({ok});
    CHECK(models.front().roles.front().program(context).status == "1");
  }
}

}  // namespace
}  // namespace gapless::scenario::testing
