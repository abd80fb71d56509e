// Isolation levels in a scenario: who has which, what is claimed at which, and what goes with the next statement.
#include <doctest/doctest.h>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

using model::Expected;
using store::Isolation;

const std::string bank = "database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int); }\n";
const std::string ending = "\nrun f() * 2\nalways \"a\" { SELECT true }\n";

std::string file(const std::string& declarations, const std::string& request) {
  return "scenario s\n" + declarations + bank + request + ending;
}

Options at(Isolation level) {
  Options options;
  options.isolation = level;
  return options;
}

const store::Observation ok = changed(1);

// What the first request of the first variant asks, step by step: each operation as text, and the level in front where
// it is not READ COMMITTED.
std::string steps_of(const std::string& text, std::vector<store::Observation> script, const Options& options = {}) {
  struct Context : FakeContext {
    using FakeContext::FakeContext;
    store::Observation perform(const store::Operation& operation, std::string place) override {
      if (operation.isolation != Isolation::read_committed) log.push_back("[" + to_string(operation.isolation) + "]");
      return FakeContext::perform(operation, std::move(place));
    }
  };
  const auto models = load_text(text, options);
  Context context(std::move(script));
  const auto response = models.front().roles.front().program(context);
  return lines(context.log) + "→ " + response.status + "\n";
}

std::string body_steps(const std::string& body, std::vector<store::Observation> script, const Options& options = {}) {
  return steps_of(file("", "request f() { " + body + " }"), std::move(script), options);
}

TEST_CASE("the level that is nearest to the transaction is meant") {
  const std::string body = "{ transaction { SELECT 1; } SELECT 2; }";
  const auto levels = [&](const std::string& declarations, const std::string& clauses, const Options& options) {
    const auto text = steps_of(file(declarations, "request f() " + clauses), {ok, ok, ok}, options);
    return text.substr(0, text.find(" 2"));
  };
  const std::string rc = "BEGIN; SELECT 1\nCOMMIT\nSELECT";
  const std::string rr =
      "[repeatable read]\nBEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1\nCOMMIT\n[repeatable read]\nSELECT";
  const std::string ser =
      "[serializable]\nBEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1\nCOMMIT\n[serializable]\nSELECT";
  CHECK(levels("", body, {}) == rc);
  CHECK(levels("isolation \"serializable\"\n", body, {}) == ser);
  CHECK(levels("isolation \"serializable\"\n", body, at(Isolation::repeatable_read)) == rr);
  CHECK(levels("isolation \"serializable\"\n", body, at(Isolation::read_committed)) == rc);
  CHECK(levels("", "at \"repeatable read\" " + body, at(Isolation::serializable)) == rr);
  CHECK(levels("", "\"title\" at \"Serializable\" expect holds " + body, {}) == ser);
  CHECK(levels("", "at \"serializable\" { variant a " + body + "}", {}) == ser);
  CHECK(levels("", "at \"serializable\" { variant a at \"repeatable read\" " + body + "}", {}) == rr);
  CHECK(levels("", "{ variant a expect holds at \"serializable\" " + body + "}", {}) == rc);
}

TEST_CASE("a transaction's own level is no other one's") {
  CHECK(body_steps("transaction at \"serializable\" { SELECT 1; } SELECT 2;", {ok, ok, ok}) ==
        "[serializable]\nBEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1\nCOMMIT\nSELECT 2\n→ 200\n");
  CHECK(body_steps("transaction at \"read committed\" { SELECT 1; }", {ok, ok}, at(Isolation::serializable)) ==
        "BEGIN; SELECT 1\nCOMMIT\n→ 200\n");
  CHECK(body_steps("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; COMMIT;", {ok, ok}) ==
        "[repeatable read]\nBEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1\nCOMMIT\n→ 200\n");
  CHECK(body_steps("BEGIN ISOLATION LEVEL READ UNCOMMITTED; SELECT 1; COMMIT;", {ok, ok},
                   at(Isolation::serializable)) == "BEGIN; SELECT 1\nCOMMIT\n→ 200\n");
  CHECK(body_steps("BEGIN; SELECT 1; COMMIT;", {ok, ok}, at(Isolation::serializable)) ==
        "[serializable]\nBEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1\nCOMMIT\n→ 200\n");
  // What follows a rollback runs outside, at the request's level.
  CHECK(body_steps("transaction at \"serializable\" { SELECT 1; rollback; SELECT 2; }", {ok, ok, ok}) ==
        "[serializable]\nBEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1\nrollback\nSELECT 2\n→ 200\n");
}

TEST_CASE("read only and deferrable") {
  CHECK(body_steps("transaction read only { SELECT 1; }", {ok, ok}) == "BEGIN READ ONLY; SELECT 1\nCOMMIT\n→ 200\n");
  CHECK(body_steps("transaction at \"serializable\" read only deferrable { SELECT 1; }", {ok, ok}) ==
        "[serializable]\nBEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; SELECT 1\nCOMMIT\n→ 200\n");
  CHECK(body_steps("BEGIN READ ONLY; SELECT 1; COMMIT;", {ok, ok}) == "BEGIN READ ONLY; SELECT 1\nCOMMIT\n→ 200\n");
}

TEST_CASE("SAVEPOINT, RELEASE and SET go with the next statement; ROLLBACK TO is a step") {
  CHECK(body_steps("transaction { SAVEPOINT a; SELECT 1; ROLLBACK TO a; RELEASE a; }", {ok, ok, ok}) ==
        "BEGIN; SAVEPOINT a; SELECT 1\nROLLBACK TO a\nRELEASE a; COMMIT\n→ 200\n");
  CHECK(body_steps("SET lock_timeout = 100; SELECT 1; SELECT 2;", {ok, ok}) ==
        "SET lock_timeout = 100; SELECT 1\nSELECT 2\n→ 200\n");
  CHECK(body_steps("transaction { SELECT 1; SAVEPOINT a; SAVEPOINT b; SELECT 2; }", {ok, ok, ok}) ==
        "BEGIN; SELECT 1\nSAVEPOINT a; SAVEPOINT b; SELECT 2\nCOMMIT\n→ 200\n");
  // Nobody will ever know of it.
  CHECK(body_steps("SELECT 1; SET lock_timeout = 100;", {ok}) == "SELECT 1\n→ 200\n");
}

TEST_CASE("a savepoint takes back a caught error") {
  CHECK(body_steps("transaction { SAVEPOINT a; try { SELECT 1; } catch unique_violation { ROLLBACK TO a; } SELECT 2; }",
                   {error("unique_violation"), ok, ok, ok}) ==
        "BEGIN; SAVEPOINT a; SELECT 1\nROLLBACK TO a\nSELECT 2\nCOMMIT\n→ 200\n");
}

TEST_CASE("savepoints outside a transaction fail at once, and without a step") {
  CHECK(body_steps("SAVEPOINT a; SELECT 1;", {}) == "→ no_active_sql_transaction\n");
  CHECK(body_steps("try { RELEASE a; } catch no_active_sql_transaction { SELECT 1; }", {ok}) == "SELECT 1\n→ 200\n");
  CHECK(body_steps("SET LOCAL lock_timeout = 100; SELECT 1;", {ok}) ==
        "warn 3:15: SET LOCAL outside a transaction has no effect\nSELECT 1\n→ 200\n");
}

TEST_CASE("a SET in front of BEGIN outlives the rollback, one behind it does not") {
  store::Observation rolled_back;
  rolled_back.tag = "ROLLBACK";
  store::Observation committed;
  committed.tag = "COMMIT";
  const std::string before = "SET lock_timeout = 100; BEGIN; SELECT 1; ";
  CHECK(body_steps(before + "ROLLBACK; SELECT 2;", {ok, rolled_back, ok}) ==
        "BEGIN; SET lock_timeout = 100; SELECT 1\nROLLBACK\nSET lock_timeout = 100; SELECT 2\n→ 200\n");
  CHECK(body_steps(before + "COMMIT; SELECT 2;", {ok, committed, ok}) ==
        "BEGIN; SET lock_timeout = 100; SELECT 1\nCOMMIT\nSELECT 2\n→ 200\n");
  CHECK(body_steps("BEGIN; SET lock_timeout = 100; SELECT 1; ROLLBACK; SELECT 2;", {ok, rolled_back, ok}) ==
        "BEGIN; SET lock_timeout = 100; SELECT 1\nROLLBACK\nSELECT 2\n→ 200\n");
  CHECK(body_steps("SET lock_timeout = 100; retry up to 2 on serialization_failure { transaction { SELECT 1; } }",
                   {error("serialization_failure"), ok, committed}) ==
        "BEGIN; SET lock_timeout = 100; SELECT 1\nabandon 0\nBEGIN; SET lock_timeout = 100; SELECT 1\nCOMMIT\n→ 200\n");
}

TEST_CASE("what was begun in different ways is different, though the statement is the same") {
  const std::string body =
      "let u = SELECT 1 AS x; if u.x = 1 { BEGIN ISOLATION LEVEL SERIALIZABLE; } else { BEGIN; } SELECT 2; COMMIT;";
  const auto text = file("", "request f() { " + body + " }");
  const auto place = [&](int x) { return play(text, {rows({"x"}, {{integer(x)}}), ok, ok}).places.at(1); };
  CHECK(place(1) != place(2));
  CHECK(place(2) == place(3));
}

TEST_CASE("COMMIT can fail, and is retried and caught as any statement is") {
  const auto failed = error("serialization_failure");
  CHECK(body_steps("retry up to 2 on serialization_failure { transaction { SELECT 1; } } SELECT 2;",
                   {ok, failed, ok, ok, ok}) == "BEGIN; SELECT 1\nCOMMIT\nBEGIN; SELECT 1\nCOMMIT\nSELECT 2\n→ 200\n");
  CHECK(body_steps("retry up to 2 on serialization_failure { transaction { SELECT 1; respond 201; } }",
                   {ok, failed, ok, ok}) == "BEGIN; SELECT 1\nCOMMIT\nBEGIN; SELECT 1\nCOMMIT\n→ 201\n");
  CHECK(body_steps("try { transaction { SELECT 1; } } catch serialization_failure { respond 503; }", {ok, failed}) ==
        "BEGIN; SELECT 1\nCOMMIT\n→ 503\n");
  CHECK(body_steps("BEGIN; SELECT 1; try { COMMIT; } catch serialization_failure { SELECT 2; }", {ok, failed, ok}) ==
        "BEGIN; SELECT 1\nCOMMIT\nSELECT 2\n→ 200\n");
  // Nobody catches it: nothing is open any more, so there is nothing to abandon.
  CHECK(body_steps("transaction { SELECT 1; }", {ok, failed}) == "BEGIN; SELECT 1\nCOMMIT\n→ serialization_failure\n");
}

TEST_CASE("exhausted: what comes after the last attempt") {
  const auto failed = error("serialization_failure");
  const std::string body =
      "retry up to 2 on serialization_failure { transaction { SELECT 1; } } exhausted { respond 503; } SELECT 2;";
  CHECK(body_steps(body, {failed, failed}) == "BEGIN; SELECT 1\nabandon 0\nBEGIN; SELECT 1\nabandon 0\n→ 503\n");
  CHECK(body_steps(body, {failed, ok, ok, ok}) ==
        "BEGIN; SELECT 1\nabandon 0\nBEGIN; SELECT 1\nCOMMIT\nSELECT 2\n→ 200\n");
  // Another error is none of its business.
  CHECK(body_steps(body, {error("division_by_zero")}) == "BEGIN; SELECT 1\nabandon 0\n→ division_by_zero\n");
  CHECK(body_steps("retry up to 2 { SELECT 1; again; } exhausted { SELECT 2; } SELECT 3;", {ok, ok, ok, ok}) ==
        "SELECT 1\nSELECT 1\nSELECT 2\nSELECT 3\n→ 200\n");
  // The rest of the request goes on behind it, and errors in it go outwards.
  CHECK(body_steps("retry up to 1 on serialization_failure { SELECT 1; } exhausted { SELECT 2; } SELECT 3;",
                   {failed, ok, ok}) == "SELECT 1\nSELECT 2\nSELECT 3\n→ 200\n");
  CHECK(body_steps("retry up to 1 on serialization_failure { SELECT 1; } exhausted { SELECT 2; } SELECT 3;",
                   {failed, failed}) == "SELECT 1\nSELECT 2\n→ serialization_failure\n");
}

TEST_CASE("what is claimed at which level") {
  const auto expected = [](const std::string& clauses, Isolation level, const std::string& declarations = "") {
    const auto text = file(declarations, "request f() " + clauses + " { SELECT 1; }");
    return load_text(text, at(level)).front().expected;
  };
  const auto rc = Isolation::read_committed;
  const auto rr = Isolation::repeatable_read;
  const auto ser = Isolation::serializable;
  for (const auto level : {rc, rr, ser}) {
    CHECK(expected("", level) == Expected::holds);
    CHECK(expected("expect holds", level) == Expected::holds);
    CHECK(expected("expect holds at every level", level) == Expected::holds);
    CHECK(expected("expect violated at every level", level) == Expected::violated);
  }
  // Without a level: that of the file.
  CHECK(expected("expect violated", rc) == Expected::violated);
  CHECK(expected("expect violated", ser) == std::nullopt);
  CHECK(expected("expect violated", ser, "isolation \"serializable\"\n") == Expected::violated);
  CHECK(expected("expect violated", rc, "isolation \"serializable\"\n") == std::nullopt);
  const std::string two = "expect violated at \"read committed\", \"Repeatable Read\", holds at \"serializable\"";
  CHECK(expected(two, rc) == Expected::violated);
  CHECK(expected(two, rr) == Expected::violated);
  CHECK(expected(two, ser) == Expected::holds);
  CHECK(expected("expect holds at \"serializable\"", rr) == std::nullopt);
  CHECK(expected("expect violated, holds at \"serializable\"", ser) == Expected::holds);
  CHECK(expected("expect violated at \"repeatable read\", holds", ser) == Expected::holds);
  CHECK(expected("expect violated at \"repeatable read\", holds", rr) == Expected::violated);
}

TEST_CASE("what the store is told to keep") {
  const auto tracking = [](const std::string& request, const Options& options = {}) {
    const auto needed = load_text(file("", request), options).front().tracking;
    return std::string(needed.dependencies ? "dependencies " : "") + (needed.table_locks ? "table_locks" : "");
  };
  CHECK(tracking("request f() { SELECT 1; }").empty());
  CHECK(tracking("request f() { SELECT 1; }", at(Isolation::repeatable_read)).empty());
  CHECK(tracking("request f() { SELECT 1; }", at(Isolation::serializable)) == "dependencies ");
  CHECK(tracking("request f() at \"serializable\" { SELECT 1; }") == "dependencies ");
  CHECK(tracking("request f() { transaction at \"serializable\" { SELECT 1; } }") == "dependencies ");
  CHECK(tracking("request f() { BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT; }") == "dependencies ");
  CHECK(tracking("request f() { BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT; }") ==
        "dependencies ");
  CHECK(tracking("request f() { transaction { LOCK TABLE users; } }") == "table_locks");
  // Only of what runs.
  CHECK(tracking("request f() { SELECT 1; }\nrequest g() at \"serializable\" { SELECT 1; }").empty());
}

TEST_CASE("a model knows its level and the file's") {
  const auto model = [](const std::string& declarations, const Options& options) {
    return load_text(file(declarations, "request f() { SELECT 1; }"), options).front();
  };
  const std::string serializable = "isolation \"serializable\"\n";
  CHECK(model("", {}).isolation == Isolation::read_committed);
  CHECK(model(serializable, {}).isolation == Isolation::serializable);
  CHECK(model(serializable, at(Isolation::repeatable_read)).isolation == Isolation::repeatable_read);
  CHECK(model(serializable, at(Isolation::repeatable_read)).file_isolation == Isolation::serializable);
  CHECK(model("", at(Isolation::serializable)).file_isolation == Isolation::read_committed);
}

TEST_CASE("a level that is written is part of the digest, and the default one is not") {
  const auto digest = [](const std::string& request, const Options& options = {}) {
    return load_text(file("", request), options).front().digest;
  };
  const auto plain = digest("request f() { SELECT 1; }");
  CHECK(plain == digest("request f() \"title\" expect violated { SELECT 1; }"));
  CHECK(plain != digest("request f() { SELECT 1; }", at(Isolation::serializable)));
  CHECK(plain != digest("request f() at \"serializable\" { SELECT 1; }"));
  CHECK(digest("request f() at \"serializable\" { SELECT 1; }") ==
        digest("request f() at \"serializable\" { variant a { SELECT 1; } }"));
}

std::string refused(const std::string& request) { return mistake(file("", request)); }

TEST_CASE("mistakes about levels") {
  CHECK(refused("request f() { transaction at \"snapshot\" { } }") ==
        "3:30 there is no isolation level \"snapshot\"; there are \"read committed\", \"repeatable read\" and "
        "\"serializable\"");
  CHECK(refused("request f() at \"serialisable\" { }") ==
        "3:16 there is no isolation level \"serialisable\"; did you mean \"serializable\"?");
  CHECK(refused("request f() { transaction at serializable { } }") ==
        "3:30 expected a text in double quotes, found `serializable`");
  CHECK(refused("request f() { transaction at \"serializable\" at \"serializable\" { } }") ==
        "3:45 a second `at`: the level is given already");
  CHECK(refused("request f() at \"serializable\" at \"serializable\" { }") ==
        "3:31 a second `at`: the level is given already");
  CHECK(refused("request f() { transaction read write { } }") ==
        "3:32 expected `only`, as in `transaction read only`, found `write`");
  CHECK(refused("request f() expect holds at every { }") == "3:35 expected `level`, as in `at every level`, found `{`");
  CHECK(refused("request f() expect violated at serializable { }") ==
        "3:32 expected a level in double quotes, or `every level`, found `serializable`");
  CHECK(refused("request f() expect violated at \"serializable\", \"serializable\" { }") ==
        "3:48 a second claim about the same level; name levels with `at \"…\"`");
  CHECK(refused("request f() expect violated at every level, holds at \"serializable\" { }") ==
        "3:54 a second claim about the same level; name levels with `at \"…\"`");
  CHECK(refused("request f() { retry on deadlock_detected { SELECT 1; } exhausted { } }") ==
        "3:56 `exhausted` needs a bound: `retry up to N`");
  const std::string session =
      "the level of a whole session is not set by a statement here: write `at \"serializable\"` at the request, the "
      "variant or the `transaction`";
  CHECK(refused("request f() { SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE; }") ==
        "3:15 " + session);
  CHECK(refused("request f() { SET default_transaction_isolation = 'serializable'; }") == "3:15 " + session);
}

}  // namespace
}  // namespace gapless::scenario::testing
