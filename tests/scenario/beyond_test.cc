// What a request asks for beyond one database: calls and their outcomes, messages, locks, sections, waiting, memory.
#include <doctest/doctest.h>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

const std::string bank = "database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL); }\n";

// A scenario with these declarations beside the bank, and this body; the body begins in line 4 if each is one line.
std::string world(const std::string& declarations, const std::string& body, const std::string& run = "run f(7)") {
  return "scenario s\n" + bank + declarations + "\nrequest f(id) { " + body + " }\n" + run + "\n";
}

std::string log_of(const std::string& text, std::vector<store::Observation> script) {
  return lines(play(text, std::move(script)).log);
}

const store::Observation ok = changed(1);
const store::Observation truth = rows({"pg_advisory_unlock"}, {{sql::Value(true)}});
const store::Observation falsehood = rows({"pg_advisory_unlock"}, {{sql::Value(false)}});

TEST_CASE("a call has the outcomes that it may have, a key, and what its caller sees") {
  const std::string body =
      "let r = call charge(id, 50 AS amount) key ('order-' || id) forgets may ok, declined, lost_done, pending; "
      "if r.outcome = 'unknown' { respond 202; } respond r.outcome;";
  CHECK(log_of(world("", body), {outcome("ok")}) ==
        "call charge(7, 50) key 'order-7' forgets may ok, declined, lost_done, pending\n→ ok\n");
  CHECK(log_of(world("", body), {outcome("unknown")}) ==
        "call charge(7, 50) key 'order-7' forgets may ok, declined, lost_done, pending\n→ 202\n");
  CHECK(log_of(world("", body), {outcome("key_reused")}).ends_with("→ key_reused\n"));
  // The order of the clauses does not matter, and no clause is needed.
  CHECK(log_of(world("", "call charge(id) may declined key (id);"), {outcome("declined")}) ==
        "call charge(7) key 7 may declined\n→ 200\n");
  CHECK(log_of(world("", "let r = call charge(id); respond r.outcome;"), {outcome("ok")}) == "call charge(7)\n→ ok\n");
}

TEST_CASE("a key that is NULL is none") {
  CHECK(log_of(world("", "let u = SELECT balance FROM users; call charge(id) key (u.balance);"),
               {rows({"balance"}, {}), outcome("ok")}) ==
        "SELECT balance FROM users\nwarn 4:52: the key is NULL: no key is sent\ncall charge(7)\n→ 200\n");
}

TEST_CASE("a message is sent with its arguments; its role is made when they are known") {
  const std::string text =
      "scenario s\n" + bank +
      "request subscribe(id) { let n = 2; send webhook(id, n * 2); }\n"
      "request webhook(id, plan) { UPDATE users SET balance = :plan WHERE id = :id; respond 204; }\n"
      "run subscribe(7)\n";
  CHECK(log_of(text, {ok}) == "send webhook(7, 4)\n→ 200\n");
  const auto models = load_text(text);
  REQUIRE(models.front().messages.contains("webhook"));
  CHECK(models.front().messages.size() == 1);
  const auto role = models.front().messages.at("webhook")({integer(7), integer(4)});
  CHECK(role.request == "webhook");
  CHECK(role.arguments == "(7, 4)");
  CHECK(role.until == "2xx");
  CHECK_FALSE(role.job);
  CHECK(lines(play(role, {ok}).log) == "UPDATE users SET balance = 4 WHERE id = 7\n→ 204\n");
  CHECK(models.front().warnings.size() == 1);  // no invariant; but `webhook` is not said not to run
}

TEST_CASE("await asks for its condition once, with the values at hand") {
  CHECK(log_of(world("", "await SELECT balance > 0 FROM users WHERE id = :id; respond 201;"), {ok}) ==
        "await SELECT balance > 0 FROM users WHERE id = 7\n→ 201\n");
  const auto played = play(world("", "await SELECT true;"), {ok});
  CHECK(played.operations.front().kind == store::Operation::Kind::await);
}

TEST_CASE("locks are advisory locks underneath, by name and arguments") {
  const std::string text = world("lock cart", "acquire cart(id); acquire cart(8); release cart(7); release cart(8);");
  const auto played = play(text, {ok, ok, truth, truth});
  CHECK(lines(played.log) == "1> acquire cart(7)\n1> acquire cart(8)\n1> release cart(7)\n1> release cart(8)\n→ 200\n");
  const auto key = [&](std::size_t step) { return played.operations.at(step).parameters.at(0); };
  CHECK(key(0) == key(2));
  CHECK(key(1) == key(3));
  CHECK(key(0) != key(1));
  CHECK(played.operations[0].statement->text == "SELECT pg_advisory_lock(:key)");
  CHECK(played.operations[2].statement->text == "SELECT pg_advisory_unlock(:key)");
  CHECK(played.operations[0].database == 1);
  const auto models = load_text(text);
  CHECK(models.front().databases.back().kind == model::Database::Kind::locks);
  CHECK(models.front().databases.size() == 2);
}

TEST_CASE("locks of different names or argument lists are different") {
  const auto played =
      play(world("lock a lock b", "acquire a(1); acquire b(1); acquire a(); acquire a(1, 1); acquire a('1');"),
           {ok, ok, ok, ok, ok});
  std::vector<sql::Value> keys;
  for (const auto& operation : played.operations) {
    for (const auto& key : keys) CHECK(key != operation.parameters.at(0));
    keys.push_back(operation.parameters.at(0));
  }
}

TEST_CASE("nowait says whether it got the lock") {
  const std::string text =
      world("lock cart", "let got = acquire cart(id) nowait; if got.acquired { respond 201; } respond 423;");
  CHECK(log_of(text, {truth}) == "1> acquire cart(7) nowait\n→ 201\n");
  CHECK(log_of(text, {falsehood}) == "1> acquire cart(7) nowait\n→ 423\n");
  CHECK(play(text, {truth}).operations.front().statement->text == "SELECT pg_try_advisory_lock(:key)");
}

TEST_CASE("releasing what one does not hold is said") {
  CHECK(log_of(world("lock cart", "release cart(id);"), {falsehood}) ==
        "1> release cart(7)\nwarn 4:17: `release cart(7)` has no effect: the request does not hold the lock\n"
        "→ 200\n");
}

TEST_CASE("hold releases on every way out, and what it acquired") {
  const auto held = [](const std::string& body) {
    return world("lock cart", "hold cart(id) { " + body + " } SELECT 9;");
  };
  CHECK(log_of(held("SELECT 1;"), {ok, ok, truth, ok}) ==
        "1> acquire cart(7)\nSELECT 1\n1> release cart(7)\nSELECT 9\n→ 200\n");
  CHECK(log_of(held("respond 201;"), {ok, truth}) == "1> acquire cart(7)\n1> release cart(7)\n→ 201\n");
  CHECK(log_of(held("transaction { SELECT 1; respond 201; }"), {ok, ok, ok, truth}) ==
        "1> acquire cart(7)\nBEGIN; SELECT 1\nCOMMIT\n1> release cart(7)\n→ 201\n");
  CHECK(log_of(held("SELECT 1;"), {ok, error("deadlock_detected"), truth}) ==
        "1> acquire cart(7)\nSELECT 1\n1> release cart(7)\n→ deadlock_detected\n");
  CHECK(log_of(held("set id = 8;"), {ok, truth, ok}) == "1> acquire cart(7)\n1> release cart(7)\nSELECT 9\n→ 200\n");
  CHECK(log_of(world("lock cart", "retry up to 2 { hold cart(id) { again; } }"), {ok, truth, ok, truth}) ==
        "1> acquire cart(7)\n1> release cart(7)\n1> acquire cart(7)\n1> release cart(7)\n→ 200\n");
}

TEST_CASE("sections are entered and left with the steps beside them, on every way out") {
  const auto in = [](const std::string& body) { return world("", "section pay { " + body + " } SELECT 9;"); };
  CHECK(log_of(in("SELECT 1;"), {ok, ok}) == "enter pay\nSELECT 1\nleave\nSELECT 9\n→ 200\n");
  CHECK(log_of(in("SELECT 1; respond 201;"), {ok}) == "enter pay\nSELECT 1\nleave\n→ 201\n");
  CHECK(log_of(in("SELECT 1;"), {error("query_canceled")}) == "enter pay\nSELECT 1\nleave\n→ query_canceled\n");
  CHECK(log_of(in("transaction { section inner { SELECT 1; respond 201; } }"), {ok, ok}) ==
        "enter pay\nenter inner\nBEGIN; SELECT 1\nleave\nCOMMIT\nleave\n→ 201\n");
  CHECK(log_of(world("", "retry up to 2 { section pay { SELECT 1; again; } }"), {ok, ok}) ==
        "enter pay\nSELECT 1\nleave\nenter pay\nSELECT 1\nleave\n→ 200\n");
  CHECK(log_of(world("", "try { section pay { SELECT 1; } } catch any { SELECT 2; }"), {error("query_canceled"), ok}) ==
        "enter pay\nSELECT 1\nleave\nSELECT 2\n→ 200\n");
}

TEST_CASE("sleep is no step, whatever its length") {
  CHECK(log_of(world("", "sleep 5; SELECT 1; sleep id * 2;"), {ok}) == "SELECT 1\n→ 200\n");
  CHECK(first_warning(world("", "sleep 5; sleep 6;")) ==
        "4:17 `sleep` orders nothing: however long it is, everything may happen before, during and after it");
}

TEST_CASE("memory: statements without levels and transactions, each process in its own") {
  const std::string declarations =
      "processes 2 memory seen per process { CREATE TABLE seen (key int PRIMARY KEY); } memory all { CREATE TABLE n (i "
      "int); }";
  const std::string text =
      world(declarations, "seen> INSERT INTO seen VALUES (:id); all> SELECT i FROM n; SELECT 1;", "run f(7) * 3");
  const auto models = load_text(text);
  const auto& model = models.front();
  REQUIRE(model.databases.size() == 4);
  CHECK(model.databases[1].name == "seen");
  CHECK(model.databases[1].process == 1);
  CHECK(model.databases[2].process == 2);
  CHECK(model.databases[3].process == 0);
  CHECK(model.databases[3].kind == model::Database::Kind::memory);
  REQUIRE(model.roles.size() == 2);
  CHECK(model.roles[0].arguments == "(7) in process 1");
  CHECK(model.roles[1].arguments == "(7) in process 2");
  CHECK(model.actors == std::vector<std::size_t>{0, 1, 0});
  CHECK(lines(play(model.roles[0], {ok, ok, ok}).log) ==
        "1> INSERT INTO seen VALUES (7)\n3> SELECT i FROM n\nSELECT 1\n→ 200\n");
  CHECK(lines(play(model.roles[1], {ok, ok, ok}).log) ==
        "2> INSERT INTO seen VALUES (7)\n3> SELECT i FROM n\nSELECT 1\n→ 200\n");
  // At SERIALIZABLE only the bank is.
  Options serializable;
  serializable.isolation = store::Isolation::serializable;
  const auto operations = play(load_text(text, serializable).front().roles[0], {ok, ok, ok}).operations;
  CHECK(operations[0].isolation == store::Isolation::read_committed);
  CHECK(operations[2].isolation == store::Isolation::serializable);
}

TEST_CASE("memory of which there is one, and requests that touch none, are the same in all processes") {
  const std::string text =
      world("processes 2 memory all { CREATE TABLE n (i int); }", "all> SELECT i FROM n;", "run f(7) * 2");
  CHECK(load_text(text).front().roles.size() == 1);
  const auto reads = load_text(world("processes 2", "respond process;", "run f(7) * 2"));
  REQUIRE(reads.front().roles.size() == 2);
  CHECK(lines(play(reads.front().roles[1], {}).log) == "→ 2\n");
  CHECK(load_text(world("", "respond process;", "run f(7) * 2")).front().roles.size() == 1);
}

TEST_CASE("a mutex of each process is another one") {
  const std::string text =
      world("processes 2 lock cart lock mutex per process", "acquire cart(id); acquire mutex(id);", "run f(7) * 2");
  const auto models = load_text(text);
  REQUIRE(models.front().roles.size() == 2);
  const auto first = play(models.front().roles[0], {ok, ok}).operations;
  const auto second = play(models.front().roles[1], {ok, ok}).operations;
  CHECK(first[0].parameters == second[0].parameters);
  CHECK(first[1].parameters != second[1].parameters);
}

TEST_CASE("a replica has its primary's tables, and takes plain statements") {
  const std::string text =
      world("database copy postgres replica of bank { }", "let u = copy> SELECT balance FROM users; SELECT 1;");
  CHECK(log_of(text, {rows({"balance"}, {}), ok}) == "1> SELECT balance FROM users\nSELECT 1\n→ 200\n");
  const auto model = load_text(text).front();
  CHECK(model.databases[1].kind == model::Database::Kind::replica);
  CHECK(model.databases[1].primary == 0);
  CHECK(model.databases[1].catalog.tables.size() == 1);
  // The replica may stand in front of its primary.
  const auto before = load_text("scenario s\ndatabase copy postgres replica of bank { }\n" + bank +
                                "request f() { copy> SELECT 1 FROM users; SELECT 2; }\nrun f()\n");
  CHECK(before.front().databases[0].primary == 1);
}

TEST_CASE("with one database, its name may be left out beside memories and replicas") {
  CHECK(log_of(world("memory m { CREATE TABLE t (i int); } lock l", "SELECT 1; bank> SELECT 2; m> SELECT i FROM t;"),
               {ok, ok, ok}) == "SELECT 1\nSELECT 2\n1> SELECT i FROM t\n→ 200\n");
  CHECK(log_of("scenario s\nmemory m { CREATE TABLE t (i int); }\nrequest f() { SELECT i FROM t; }\nrun f()\n", {ok}) ==
        "SELECT i FROM t\n→ 200\n");
}

TEST_CASE("keys of calls and held locks belong to the place; what is over does not") {
  const auto place = [](const std::string& body, const std::string& argument, std::size_t step) {
    const std::vector<store::Observation> script = {truth, ok, truth, ok};
    return play(world("lock cart", body, "run f(" + argument + ")"), script).places.at(step);
  };
  const auto differs = [&](const std::string& body, std::size_t step) {
    return place(body, "7", step) != place(body, "8", step);
  };
  CHECK(differs("SELECT 1; call charge(2 AS n) key (id);", 0));
  CHECK(differs("SELECT 1; send f(id);", 0));
  CHECK(differs("SELECT 1; await SELECT true FROM users WHERE id = :id;", 0));
  CHECK(differs("SELECT 1; acquire cart(id);", 0));
  CHECK(differs("hold cart(id) { SELECT 1; }", 1));
  CHECK_FALSE(differs("hold cart(id) { SELECT 1; }", 2));
  CHECK_FALSE(differs("call charge(id) key (id); SELECT 1;", 1));
  CHECK(differs("let got = acquire cart(1) nowait; SELECT 1; if got.acquired { respond id; }", 1));
}

}  // namespace
}  // namespace gapless::scenario::testing
