#include "actor/session.h"

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <vector>

#include "bank.h"
#include "base/source.h"

namespace gapless::actor {
namespace {

using namespace testing;

// Answers from a script and writes down what it is asked.
class FakeContext : public Context {
 public:
  explicit FakeContext(std::vector<store::Observation> script) : script_(script.begin(), script.end()) {}

  store::Observation perform(const store::Operation& operation, std::string place) override {
    log.push_back(store::to_string(operation));
    operations.push_back(operation);
    CHECK(place.empty());  // of a C++ handler nothing is known
    REQUIRE_FALSE(script_.empty());
    auto observation = script_.front();
    script_.pop_front();
    return observation;
  }
  void effect(Effect effect) override {
    std::string text = "effect " + effect.name;
    for (const auto& value : effect.values) text += " " + sql::to_sql(value);
    log.push_back(text);
  }
  void abandon_transaction(std::size_t database) override { log.push_back("abandon " + std::to_string(database)); }
  void enter_section(std::string name) override { log.push_back("enter " + name); }
  void leave_section() override { log.push_back("leave"); }
  void answer(std::string request, Response response) override { log.push_back(request + ": " + response.status); }
  void warn(std::string message) override { log.push_back("warning: " + message); }

  std::vector<std::string> log;
  std::vector<store::Operation> operations;

 private:
  std::deque<store::Observation> script_;
};

using Log = std::vector<std::string>;

// ------------------------------------------------------------------------------------------------------ Result

TEST_CASE("a result gives the values of its first row") {
  const Result result(rows({"id", "name"}, {{1, std::string("ann")}, {2, std::string("bob")}}));
  CHECK(result.found());
  CHECK(result.count() == 2);
  CHECK(result.rows().size() == 2);
  CHECK(result.integer("id") == 1);
  CHECK(result.text("name") == "ann");
  CHECK(result.value("name") == sql::Value(std::string("ann")));
}

TEST_CASE("integers of all exact types are integers") {
  const auto of = [](sql::Value value) { return Result(rows({"n"}, {{std::move(value)}})).integer("n"); };
  CHECK(of(std::int32_t{-7}) == -7);
  CHECK(of(std::int64_t{9'000'000'000}) == 9'000'000'000);
  CHECK(of(*Decimal::parse("12.00")) == 12);
  CHECK(of(*Decimal::parse("-9223372036854775808")) == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("what is no integer is a mistake in the handler, with the reason") {
  const auto of = [](sql::Value value) { return Result(rows({"n"}, {{std::move(value)}})).integer("n"); };
  CHECK_THROWS_WITH_AS(of(std::string("12")), "column \"n\" is no integer: it is '12'", std::logic_error);
  CHECK_THROWS_WITH_AS(of(*Decimal::parse("12.5")), "column \"n\" is no integer: it is 12.5", std::logic_error);
  CHECK_THROWS_WITH_AS(of(sql::Null{}), "column \"n\" is no integer: it is NULL", std::logic_error);
  CHECK_THROWS_WITH_AS(of(true), "column \"n\" is no integer: it is true", std::logic_error);
  // Beyond 64 bits.
  CHECK_THROWS_WITH_AS(of(*Decimal::parse("9223372036854775808")),
                       "column \"n\" is no integer: it is 9223372036854775808", std::logic_error);
}

TEST_CASE("a missing column and a missing row are mistakes in the handler, with the reason") {
  const Result result(rows({"id", "name"}, {{1, std::string("ann")}}));
  CHECK_THROWS_WITH_AS(result.value("nam"), "the result has no column \"nam\"; it has: id, name", std::logic_error);
  CHECK_THROWS_AS(result.integer("nam"), std::logic_error);
  CHECK_THROWS_AS(result.text("ID"), std::logic_error);  // names are exact
  const Result empty(rows({"id"}, {}));
  CHECK_FALSE(empty.found());
  CHECK(empty.count() == 0);
  CHECK_THROWS_WITH_AS(empty.value("id"), "column \"id\" is asked of a result without rows; test found() first",
                       std::logic_error);
}

// ------------------------------------------------------------------------------------------------- parameters

TEST_CASE("parameters go by name and take C++ types") {
  FakeContext context({changed(1), changed(1)});
  Session session(context, 0, bank_statements());
  session.sql("UPDATE users SET balance = :new, name = :who WHERE id = :id",
              {{"who", "it's"}, {"id", std::int64_t{1}}, {"new", 50}});
  session.sql("UPDATE users SET name = :who WHERE id = :id", {{"id", 1}, {"who", sql::Value(sql::Null{})}});
  CHECK(context.log ==
        Log{"UPDATE users SET balance = 50, name = 'it''s' WHERE id = 1", "UPDATE users SET name = NULL WHERE id = 1"});
  // Handed over in the order of the statement's own list.
  const auto& operation = context.operations[0];
  REQUIRE(operation.statement->parameters.size() == 3);
  REQUIRE(operation.parameters.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& name = operation.statement->parameters[i];
    if (name == "new") CHECK(operation.parameters[i] == sql::Value(std::int32_t{50}));
    if (name == "id") CHECK(operation.parameters[i] == sql::Value(std::int64_t{1}));
    if (name == "who") CHECK(operation.parameters[i] == sql::Value(std::string("it's")));
  }
}

TEST_CASE("a parameter used twice is given once; one that is not given is a mistake") {
  FakeContext context({changed(1)});
  Session session(context, 0, bank_statements());
  session.sql("UPDATE users SET balance = balance - :a WHERE balance >= :a", {{"a", 5}});
  CHECK(context.operations[0].parameters == sql::Tuple{std::int32_t{5}});
  CHECK_THROWS_WITH_AS(session.sql("DELETE FROM users WHERE id = :id", {{"idd", 1}}),
                       "no value is given for :id in \"DELETE FROM users WHERE id = :id\"", std::logic_error);
  CHECK(context.log.size() == 1);
}

TEST_CASE("wrong SQL is the modeller's mistake, with its place") {
  FakeContext context({});
  Session session(context, 0, bank_statements());
  CHECK_THROWS_AS(session.sql("SELECT balence FROM users"), ModelError);
  CHECK_THROWS_AS(session.sql("SELEC 1"), ModelError);
  CHECK(context.log.empty());
}

TEST_CASE("equal texts are one statement, which is parsed once") {
  FakeContext context({balance(1), balance(2), balance(3)});
  const auto statements = bank_statements();
  Session one(context, 0, statements);
  Session two(context, 0, statements);
  one.sql("SELECT balance FROM users");
  two.sql("SELECT balance FROM users");
  two.sql("SELECT  balance FROM users");
  CHECK(context.operations[0].statement == context.operations[1].statement);
  CHECK(context.operations[0].statement != context.operations[2].statement);
}

// ----------------------------------------------------------------------------------------------- transactions

TEST_CASE("BEGIN goes with the next statement, and only with that") {
  FakeContext context({balance(100), changed(1), done("COMMIT")});
  Session session(context, 0, bank_statements());
  session.begin();
  CHECK(context.log.empty());  // no step
  session.sql("SELECT balance FROM users WHERE id = 1 FOR UPDATE");
  session.sql("UPDATE users SET balance = 0 WHERE id = 1");
  session.commit();
  session.finish();
  CHECK(context.log == Log{"BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE",
                           "UPDATE users SET balance = 0 WHERE id = 1", "COMMIT"});
}

TEST_CASE("BEGIN, COMMIT and ROLLBACK as texts are the same as the functions") {
  FakeContext context({balance(100), done("ROLLBACK")});
  Session session(context, 0, bank_statements());
  const auto begun = session.sql("BEGIN");
  CHECK_FALSE(begun.found());
  session.sql("SELECT balance FROM users");
  session.rollback();
  session.finish();
  CHECK(context.log == Log{"BEGIN; SELECT balance FROM users", "ROLLBACK"});
}

TEST_CASE("a session's level is that of its statements and of BEGIN without one") {
  FakeContext context({balance(100), balance(100), done("COMMIT"), balance(100), done("COMMIT")});
  Session session(context, 0, bank_statements(), store::Isolation::repeatable_read);
  session.sql("SELECT balance FROM users");
  CHECK(context.operations[0].isolation == store::Isolation::repeatable_read);
  session.begin();
  session.sql("SELECT balance FROM users");
  CHECK(context.operations[1].isolation == store::Isolation::repeatable_read);
  session.commit();
  session.begin(store::Isolation::read_committed, true);
  session.sql("SELECT balance FROM users");
  session.commit();
  CHECK(context.log == Log{"SELECT balance FROM users",
                           "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT balance FROM users", "COMMIT",
                           "BEGIN READ ONLY; SELECT balance FROM users", "COMMIT"});
}

TEST_CASE("SAVEPOINT, RELEASE and SET go with the next statement; ROLLBACK TO leaves the transaction open") {
  FakeContext context({balance(100), done("ROLLBACK"), done("COMMIT"), balance(100)});
  Session session(context, 0, bank_statements());
  session.sql("SET lock_timeout = 100");
  session.begin();
  session.sql("SAVEPOINT a");
  session.sql("SELECT balance FROM users");
  session.sql("ROLLBACK TO a");
  session.sql("RELEASE a");
  session.commit();
  session.sql("SELECT balance FROM users");
  session.finish();
  CHECK(context.log == Log{"BEGIN; SET lock_timeout = 100; SAVEPOINT a; SELECT balance FROM users", "ROLLBACK TO a",
                           "RELEASE a; COMMIT", "SELECT balance FROM users"});
  CHECK_THROWS_AS(session.sql("SAVEPOINT b"), StatementError);
}

TEST_CASE("a SET in front of BEGIN outlives a rollback") {
  FakeContext context({balance(100), done("ROLLBACK"), balance(100)});
  Session session(context, 0, bank_statements());
  session.sql("SET lock_timeout = 100");
  session.begin();
  session.sql("SELECT balance FROM users");
  session.rollback();
  session.sql("SELECT balance FROM users");
  CHECK(context.log.back() == "SET lock_timeout = 100; SELECT balance FROM users");
}

TEST_CASE("what the store was not told to keep is refused") {
  FakeContext context({});
  Session session(context, 0, bank_statements());
  CHECK_THROWS_WITH(session.begin(store::Isolation::serializable),
                    "a handler uses SERIALIZABLE, which the model does not declare: see Builder::uses");
  CHECK_THROWS_AS(session.sql("LOCK TABLE users"), std::logic_error);
  CHECK_THROWS_AS(session.sql("BEGIN ISOLATION LEVEL SERIALIZABLE"), std::logic_error);
  CHECK_THROWS_AS(session.sql("SET default_transaction_isolation = 'serializable'"), std::logic_error);
  Session declared(context, 0, bank_statements(), store::Isolation::read_committed, {.dependencies = true});
  CHECK_NOTHROW(declared.begin(store::Isolation::serializable));
}

TEST_CASE("a transaction that is still open at the end is rolled back by a step, with a warning") {
  FakeContext context({balance(100), done("ROLLBACK")});
  Session session(context, 0, bank_statements());
  session.begin();
  session.sql("SELECT balance FROM users");
  session.finish();
  CHECK(context.log == Log{"BEGIN; SELECT balance FROM users",
                           "warning: the request ends with an open transaction: it is rolled back", "ROLLBACK"});
}

TEST_CASE("a transaction that has not had a statement needs no step to end") {
  FakeContext context({});
  Session session(context, 0, bank_statements());
  session.begin();
  session.finish();
  CHECK(context.log == Log{"warning: the request ends with an open transaction: it is rolled back"});
}

TEST_CASE("an error is thrown with its condition; the transaction stays the handler's to end") {
  FakeContext context({error("unique_violation"), done("ROLLBACK")});
  Session session(context, 0, bank_statements());
  session.begin();
  try {
    session.sql("INSERT INTO users VALUES (1, 2, 'x')");
    FAIL("not reached");
  } catch (const StatementError& thrown) {
    CHECK(thrown.condition == "unique_violation");
    CHECK(std::string(thrown.what()) == "as the test has it");
  }
  session.finish();
  CHECK(context.log.back() == "ROLLBACK");
  CHECK(context.log.size() == 3);
}

TEST_CASE("effects keep their order and their values") {
  FakeContext context({balance(100)});
  Session session(context, 0, bank_statements());
  session.effect("asked", {});
  session.sql("SELECT balance FROM users");
  session.effect("paid", {50, "ann", true});
  CHECK(context.log == Log{"effect asked", "SELECT balance FROM users", "effect paid 50 'ann' true"});
}

TEST_CASE("each session speaks to its own database") {
  FakeContext context({balance(1), balance(2)});
  Session bank(context, 0, bank_statements());
  Session archive(context, 1, bank_statements());
  archive.sql("SELECT balance FROM users");
  bank.sql("SELECT balance FROM users");
  CHECK(context.operations[0].database == 1);
  CHECK(context.operations[1].database == 0);
}

}  // namespace
}  // namespace gapless::actor
