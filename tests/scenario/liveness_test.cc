// Places: equal ones must behave alike (soundness), and what cannot matter must not be in them (merging).
#include <doctest/doctest.h>

#include <map>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

const store::Observation ok = changed(1);

store::Observation balance(int value) { return rows({"balance"}, {{integer(value)}}); }

// The place of the last step.
std::string last_place(const std::string& body, std::vector<store::Observation> script) {
  return play(with_body(body), std::move(script)).places.back();
}

TEST_CASE("a place is the instruction, the transactions, and the live variables with their types") {
  const std::string body = R"(
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);)";
  // Variable 0 is amount; it is read after both steps. 2 is the index of int4 among Value's alternatives, the second 2
  // the length of "50". balance comes with the first step's observation, and is not read after the second step.
  CHECK(lines(play(with_body(body), {balance(100), ok}).places) == "0- 0=2:2:50\n6- 0=2:2:50\n");
}

TEST_CASE("what is not read any more is not in the place") {
  const auto same = [](const std::string& body, std::vector<store::Observation> a, std::vector<store::Observation> b) {
    CAPTURE(body);
    CHECK(last_place(body, std::move(a)) == last_place(body, std::move(b)));
  };
  same("let u = SELECT balance FROM users; UPDATE users SET balance = :u.balance;", {balance(1), ok}, {balance(2), ok});
  same("let u = SELECT balance FROM users; SELECT 1; respond u.count;", {balance(1), ok}, {balance(2), ok});
  // Overwritten before it is read.
  same("let x = 0; let u = SELECT balance FROM users; set x = u.balance; SELECT 1; set x = 7; SELECT :x::int;",
       {balance(1), ok, ok}, {balance(2), ok, ok});
  // The row of the last round, on the way out of the loop; the remaining rows are equal (none).
  same("for p in SELECT balance FROM users { UPDATE users SET balance = :p.balance; } SELECT 9;", {balance(1), ok, ok},
       {balance(2), ok, ok});
  // The same in the last round: what is left of the loop is alike, whatever came before.
  same("for p in SELECT balance FROM users { UPDATE users SET balance = :p.balance; }", {balance(1), ok},
       {balance(2), ok});
  // Columns of a loop that nobody reads.
  same("for p in SELECT id, balance FROM users { SELECT :p.id::int; }",
       {rows({"id", "balance"}, {{integer(1), integer(5)}}), ok},
       {rows({"id", "balance"}, {{integer(1), integer(6)}}), ok});
  // An attempt that succeeded.
  same("retry up to 2 on deadlock_detected { SELECT 1; } SELECT 2;", {ok, ok}, {error("deadlock_detected"), ok, ok});
  // A caught error.
  same("try { SELECT 1; } catch any { } SELECT 2;", {ok, ok}, {error("deadlock_detected"), ok});
}

TEST_CASE("what can still matter is in the place") {
  const auto differ = [](const std::string& body, std::vector<store::Observation> a,
                         std::vector<store::Observation> b) {
    CAPTURE(body);
    CHECK(last_place(body, std::move(a)) != last_place(body, std::move(b)));
  };
  differ("let u = SELECT balance FROM users; SELECT 1; respond u.balance;", {balance(1), ok}, {balance(2), ok});
  differ("let u = SELECT balance FROM users; SELECT 1; effect saw(u.balance);", {balance(1), ok}, {balance(2), ok});
  // Read by a catch block only, by finally only, in a later round of a loop only.
  differ("let u = SELECT balance FROM users; try { SELECT 1; } catch any { respond u.balance; }", {balance(1), ok},
         {balance(2), ok});
  differ("let u = SELECT balance FROM users; try { SELECT 1; } finally { effect saw(u.balance); }", {balance(1), ok},
         {balance(2), ok});
  differ(
      "let u = SELECT balance FROM users; let n = 0; retry on deadlock_detected { if n = 1 { respond u.balance; } "
      "set n = 1; SELECT 1; }",
      {balance(1), ok}, {balance(2), ok});
  // Remaining rows, attempts, transactions.
  const std::string loop = "for p in SELECT balance FROM users { UPDATE users SET balance = 0; }";
  CHECK(play(with_body(loop), {rows({"balance"}, {{integer(1)}, {integer(2)}}), ok, ok}).places[1] !=
        play(with_body(loop), {balance(1), ok}).places[1]);
  differ("retry up to 3 on deadlock_detected { SELECT 1; }", {ok}, {error("deadlock_detected"), ok});
  const std::string commit_first = "BEGIN; let u = SELECT balance FROM users; if u.balance = 1 { COMMIT; } SELECT 1;";
  CHECK(play(with_body(commit_first), {balance(1), ok, ok}).places[2] == "5-");
  CHECK(play(with_body(commit_first), {balance(2), ok, ok}).places[1] == "5o");
  CHECK(play(with_body("BEGIN; SELECT 1; SELECT 2; COMMIT;"), {ok, ok, ok}).places[1].starts_with("2o"));
  // How a finally block is left.
  const std::string finally =
      "try { let u = SELECT balance FROM users; if u.count > 0 { respond u.balance; } } "
      "finally { SELECT 1; }";
  differ(finally, {balance(1), ok}, {balance(2), ok});
  differ(finally, {balance(1), ok}, {changed(0), ok});
  differ(finally, {error("check_violation"), ok}, {error("unique_violation"), ok});
  // A number and a text that look alike, and texts that look like two variables.
  const std::string two = "let u = SELECT 1 AS a, 2 AS b; SELECT 1; effect saw(u.a, u.b);";
  differ(two, {rows({"a", "b"}, {{integer(1), integer(1)}}), ok}, {rows({"a", "b"}, {{text("1"), integer(1)}}), ok});
  differ(two, {rows({"a", "b"}, {{text("x 4=5:1:y"), text("z")}}), ok},
         {rows({"a", "b"}, {{text("x"), text("y 4=5:1:z")}}), ok});
  differ(two, {rows({"a", "b"}, {{sql::Null{}, integer(1)}}), ok},
         {rows({"a", "b"}, {{text("NULL"), integer(1)}}), ok});
}

// ----------------------------------------------------------------------------------------------- every script

// Answers from a script, then with success.
class Scripted : public actor::Context {
 public:
  explicit Scripted(const std::vector<store::Observation>& script) : script_(script) {}

  store::Observation perform(const store::Operation& operation, std::string place) override {
    steps.push_back({log.size(), store::to_string(operation) + " @ " + place});
    log.push_back(store::to_string(operation));
    check_length();
    const std::size_t index = steps.size() - 1;
    return index < script_.size() ? script_[index] : changed(1);
  }
  void effect(actor::Effect effect) override { log.push_back("effect " + sql::to_sql(effect.values.at(0))); }
  void abandon_transaction(std::size_t /*database*/) override { log.push_back("abandon"); }
  void enter_section(std::string /*name*/) override {}
  void leave_section() override {}
  void answer(std::string /*request*/, actor::Response /*response*/) override {}
  void warn(std::string /*message*/) override {}

  struct Step {
    std::size_t begin;  // in the log
    std::string key;    // operation and place: what the automaton merges by
  };
  std::vector<Step> steps;
  std::vector<std::string> log;

 private:
  void check_length() const { REQUIRE(steps.size() < 100); }

  const std::vector<store::Observation>& script_;
};

// After the same key and the same further observations everything must be the same. Returns how many different keys
// were met: without merging there would be one for each prefix of a script.
std::size_t check_places(const std::string& body, std::size_t length) {
  const auto models = load_text(with_body(body));
  const std::vector<store::Observation> alphabet = {balance(1),
                                                    balance(60),
                                                    rows({"balance"}, {{integer(1)}, {integer(2)}}),
                                                    changed(0),
                                                    error("deadlock_detected"),
                                                    error("unique_violation")};
  std::map<std::string, std::map<std::vector<std::size_t>, std::string>> futures;
  std::vector<std::size_t> choice(length, 0);
  for (bool more = true; more;) {
    std::vector<store::Observation> script;
    for (const std::size_t each : choice) script.push_back(alphabet[each]);
    Scripted context(script);
    const auto response = models.front().roles.front().program(context);
    context.log.push_back("→ " + response.status);
    for (std::size_t s = 0; s < context.steps.size(); ++s) {
      std::vector<std::size_t> rest;
      if (s < length) rest.assign(choice.begin() + static_cast<std::ptrdiff_t>(s), choice.end());
      std::string future;
      for (std::size_t i = context.steps[s].begin; i < context.log.size(); ++i) future += context.log[i] + "\n";
      const auto [known, added] = futures[context.steps[s].key].try_emplace(rest, future);
      CAPTURE(body);
      CAPTURE(context.steps[s].key);
      if (!added) REQUIRE(known->second == future);
    }
    std::size_t digit = 0;
    while (digit < length && ++choice[digit] == alphabet.size()) choice[digit++] = 0;
    more = digit < length;
  }
  return futures.size();
}

TEST_CASE("equal places behave alike, for every script of six kinds of answer") {
  check_places(R"(
    let user = SELECT balance FROM users;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount;
    effect paid(user.balance);)",
               4);
  check_places(R"(
    retry up to 3 on deadlock_detected {
      transaction {
        let user = SELECT balance FROM users FOR UPDATE;
        if user.count = 0 { rollback; respond 404; }
        if user.balance > 50 { again; }
        UPDATE users SET balance = 0;
        effect paid(user.balance);
      }
      respond 201;
    }
    respond 409;)",
               5);
  check_places(R"(
    let total = 0;
    try {
      for p in SELECT balance FROM users {
        try { UPDATE users SET balance = :p.balance; set total = total + p.balance; }
        catch unique_violation { set total = total + 100; }
      }
      if total > 60 { respond 201; }
    } finally {
      let last = SELECT balance FROM users;
      effect paid(last.balance AS total);
    }
    effect paid(total);)",
               5);
  check_places(R"(
    let u = SELECT balance FROM users;
    retry up to 2 {
      try {
        BEGIN;
        let v = SELECT balance FROM users;
        for a in u.rows { if a.balance = v.balance { COMMIT; } else { again; } }
      } catch deadlock_detected { effect paid(u.balance); }
      finally { SELECT 9; }
    }
    respond u.count;)",
               5);
}

// The key of the last step of a straight line without live variables is the same whatever was read before.
TEST_CASE("merging: as few places as there are statements, where nothing is remembered") {
  // Three statements; an error ends the request.
  CHECK(check_places("SELECT 1; SELECT 2; SELECT 3;", 3) == 3);
  // The balance is remembered from the first to the second step: nothing, then at the second 1, 2 rows' first 1, 60
  // and NULL: three different values. The third step remembers nothing.
  CHECK(check_places("let u = SELECT balance FROM users; SELECT 2; UPDATE users SET balance = coalesce(:u.balance, 0);",
                     3) == 1 + 3 + 3);
}

}  // namespace
}  // namespace gapless::scenario::testing
