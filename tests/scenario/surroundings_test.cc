// What a file says about the world around its requests: who runs them how, faults, the clock, history; and digests.
#include <doctest/doctest.h>

#include "harness.h"
#include "sql/literal.h"

namespace gapless::scenario::testing {
namespace {

using model::Faults;

const store::Observation ok = changed(1);

const std::string bank = "database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int); }\n";

std::string world(const std::string& declarations, const std::string& body = "SELECT 1;",
                  const std::string& run = "run f(7)") {
  return "scenario s\n" + bank + declarations + "\nrequest f(id) { " + body + " }\n" + run + "\n";
}

const model::Role& role(const std::vector<model::Model>& models, std::size_t number = 0) {
  return models.front().roles.at(number);
}

std::string name_of(const model::Role& role) { return role.request + role.arguments; }

// ---------------------------------------------------------------------------------------------------- who is run

TEST_CASE("deliver until: an obligation, and a role of its own") {
  const auto models =
      load_text(world("", "SELECT 1;", "run deliver f(7) until 200 * 2, f(7), deliver f(7) until \"accepted\""));
  const auto& model = models.front();
  CHECK(model.roles.size() == 3);
  CHECK(model.actors == std::vector<std::size_t>{0, 0, 1, 2});
  CHECK(role(models, 0).until == "200");
  CHECK(role(models, 1).until.empty());
  CHECK(role(models, 2).until == "accepted");
  CHECK_FALSE(role(models, 0).again);
}

TEST_CASE("a job owes a last run, which is no job and another role") {
  const auto models = load_text(world("", "SELECT 1;", "run f(7), job f(8) * 2"));
  CHECK(models.front().actors == std::vector<std::size_t>{0, 1, 1});
  const auto& job = role(models, 1);
  CHECK(job.job);
  CHECK(name_of(job) == "f(8)");
  REQUIRE(job.again);
  const auto last = job.again();
  CHECK_FALSE(last.job);
  CHECK(name_of(last) == "f(8) last run");
  CHECK_FALSE(last.again);
  CHECK(lines(play(last, {ok}).log) == "SELECT 1\n→ 200\n");
}

TEST_CASE("requests may be called deliver, job and session") {
  const auto models = load_text(
      "scenario s\nrequest job(i) { } request deliver(i) { } request session(i) { }\n"
      "run job(1), deliver(2), session(3), job job(4), deliver deliver(5) until 200, session (session(6), job(7))\n");
  std::string cast;
  for (const auto& each : models.front().roles) cast += name_of(each) + (each.job ? "!" : "") + each.until + "; ";
  CHECK(cast == "job(1); deliver(2); session(3); job(4)!; deliver(5)200; job(7) after session(6); ");
}

TEST_CASE("attempt: another role each time, where it is read, up to ten") {
  const auto plain = load_text(world(""));
  CHECK_FALSE(role(plain).again);
  const auto models = load_text(world("", "respond attempt;", "run deliver f(7) until 3"));
  auto each = role(models);
  CHECK(name_of(each) == "f(7)");
  CHECK(lines(play(each, {}).log) == "→ 1\n");
  for (int attempt = 2; attempt <= 10; ++attempt) {
    REQUIRE(each.again);
    each = model::Role(each.again());
    CHECK(name_of(each) == "f(7) attempt " + std::to_string(attempt));
    CHECK(each.until == "3");
    CHECK(lines(play(each, {}).log) == "→ " + std::to_string(attempt) + "\n");
  }
  CHECK_FALSE(each.again);
}

TEST_CASE("a session is one role: its requests share the connection") {
  const std::string text = "scenario s\n" + bank +
                           "request login(id) { SET lock_timeout = '1s'; SELECT pg_advisory_lock(:id); respond 201; }\n"
                           "request pay(id) { SELECT :id; BEGIN; SELECT 2; }\n"
                           "request fails() { SELECT 1 / 0; }\n"
                           "run session (fails(), login(7), pay(8)) * 2, pay(8)\n";
  const auto models = load_text(text);
  CHECK(models.front().roles.size() == 2);
  CHECK(models.front().actors == std::vector<std::size_t>{0, 0, 1});
  CHECK(name_of(role(models)) == "pay(8) after fails(), login(7)");
  const auto played = play(role(models), {error("division_by_zero"), ok, ok, ok, ok});
  CHECK(lines(played.log) ==
        "SELECT 1 / 0\nanswer fails division_by_zero\n"
        "SET lock_timeout = '1s'; SELECT pg_advisory_lock(7)\nanswer login 201\n"
        "SELECT 8\nBEGIN; SELECT 2\nwarn 4:1: the request ends with an open transaction; it is rolled back\n"
        "ROLLBACK\n→ 200\n");
  for (std::size_t i = 0; i < played.places.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) CHECK(played.places[i] != played.places[k]);
  }
}

TEST_CASE("what was set and not sent goes with the next request of the session") {
  const std::string text =
      "scenario s\n" + bank +
      "request a() { SET lock_timeout = '1s'; }\nrequest b() { SELECT 1; }\nrun session (a(), b())\n";
  CHECK(lines(play(text, {ok}).log) == "answer a 200\nSET lock_timeout = '1s'; SELECT 1\n→ 200\n");
}

TEST_CASE("a session that reads attempt or me is told apart as a whole") {
  const auto models = load_text(
      "scenario s\nrequest a() { respond attempt; } request b() { respond me; }\n"
      "run session (a(), b()) * 2\n");
  CHECK(models.front().roles.size() == 2);
  CHECK(name_of(role(models, 1)) == "b() after a() as actor 2");
  REQUIRE(role(models).again);
  const auto again = role(models).again();
  CHECK(name_of(again) == "b() after a() as actor 1 attempt 2");
  CHECK(lines(play(again, {}).log) == "answer a 2\n→ 1\n");
}

TEST_CASE("--actors deals jobs, deliveries and sessions like requests") {
  Options five;
  five.actors = 5;
  const auto models = load_text(world("", "SELECT 1;", "run job f(1), deliver f(2) until 200 * 1, f(3) * 1"), five);
  CHECK(models.front().actors == std::vector<std::size_t>{0, 1, 1, 2, 2});
}

// ------------------------------------------------------------------------------------------------------ messages

TEST_CASE("requests that are only sent are used, also by a variant, also by one another") {
  const std::string text = "scenario s\n" + bank +
                           "request a() { variant x { send b(); } variant y { SELECT 1; } }\n"
                           "request b() { send c(1); }\n"
                           "request c(n) { respond attempt; }\n"
                           "request d() { }\n"
                           "run a()\nalways \"t\" { SELECT true }\n";
  const auto models = load_text(text);
  REQUIRE(models.size() == 2);
  CHECK(models[0].warnings.size() == 1);
  CHECK(models[0].warnings[0].message == "`d` is not run");
  CHECK(models[0].messages.contains("c"));
  const auto role = models[0].messages.at("c")({integer(1)});
  REQUIRE(role.again);
  CHECK(role.again().until == "2xx");
  CHECK(role.again().arguments == "(1) attempt 2");
}

// -------------------------------------------------------------------------------------------------------- faults

TEST_CASE("each variant is checked at each setting, in the order of the file") {
  const std::string text =
      "scenario s\nfaults crash <= 1, retry <= 2;\nrequest f() { variant a { } variant b { } }\n"
      "run f()\nfaults none\nfaults duplicate <= 3\n";
  std::string order;
  for (const auto& model : load_text(text)) order += model.variant + ": " + model::to_string(model.faults) + "\n";
  CHECK(order ==
        "a: crash <= 1, retry <= 2\na: none\na: duplicate <= 3\n"
        "b: crash <= 1, retry <= 2\nb: none\nb: duplicate <= 3\n");
  Options options;
  options.faults = Faults{0, 7, 0};
  const auto given = load_text(text, options);
  REQUIRE(given.size() == 2);
  CHECK(given[0].faults == Faults{0, 7, 0});
  const auto none = load_text(world(""));
  REQUIRE(none.size() == 1);
  CHECK(none[0].faults.none());
}

// --------------------------------------------------------------------------------------------- clock and history

TEST_CASE("the clock") {
  const auto model = load_text(world("clock '14:30', '14:30:30.5', '2024-01-02 00:00'")).front();
  std::string instants;
  for (const auto& instant : model.clock) instants += sql::timestamp_text(instant) + "; ";
  CHECK(instants == "2024-01-01 14:30:00; 2024-01-01 14:30:30.5; 2024-01-02 00:00:00; ");
  CHECK(load_text(world("")).front().clock.empty());
  // Without a clock now() is one instant, also in expressions.
  CHECK(lines(play(world("", "if now() IS NOT NULL { respond 201; }"), {}).log) == "→ 201\n");
}

TEST_CASE("history: position in all ledger tables, for all invariants") {
  const std::string text = world(
      "history \"h\" { SELECT coalesce(max(position), 0) < 9 FROM paid }\n"
      "always \"a\" { SELECT count(position) >= 0 FROM paid }",
      "effect paid(id);");
  const auto model = load_text(text).front();
  CHECK(model.has_history);
  CHECK(model.properties[0].kind == model::PropertyKind::history);
  CHECK(model.properties[1].kind == model::PropertyKind::always);
  CHECK(model.ledgers.front().columns == std::vector<std::string>{"id"});
  CHECK_FALSE(load_text(world("", "effect paid(id, 1 AS position);")).front().has_history);
}

TEST_CASE("invariants see sections, Redis, memory and responses") {
  const std::string text = world(
      "database redis redis { SET a 1; }\nmemory seen per process { CREATE TABLE keys (k int); }\nprocesses 2\nlock l\n"
      "always \"s\" { SELECT count(*) <= 1 FROM sections WHERE section = 'pay' AND request = 'f' AND actor > 0 }\n"
      "always \"r\" { SELECT count(*) <= 1 FROM redis WHERE key = 'a' AND field IS NULL AND value = '1' AND ttl IS "
      "NULL }\n"
      "always \"m\" { SELECT count(*) = 0 FROM seen.keys }\n"
      "always \"p\" { SELECT count(*) >= 0 FROM responses }\n",
      "section pay { bank> SELECT 1; }");
  CHECK(load_text(text).front().properties.size() == 4);
}

// ------------------------------------------------------------------------------------------------------- digests

TEST_CASE("the digest: everything that matters, and nothing that is not there") {
  const auto digest = [](const std::string& declarations, const std::string& run = "run f(7)") {
    return load_text(world(declarations, "SELECT 1;", run)).front().digest;
  };
  const auto plain = digest("");
  CHECK(digest("faults none") == plain);
  CHECK(digest("processes 1") == plain);
  std::vector<std::uint64_t> digests = {
      plain,
      digest("faults crash <= 1"),
      digest("faults crash <= 2"),
      digest("faults retry <= 1"),
      digest("processes 2"),
      digest("processes 3"),
      digest("clock '14:30'"),
      digest("clock '14:30', '14:31'"),
      digest("lock a"),
      digest("lock b"),
      digest("lock a per process"),
      digest("memory m { CREATE TABLE t (i int); }"),
      digest("memory m per process { CREATE TABLE t (i int); }"),
      digest("database redis redis { }"),
      digest("database redis redis { SET a 1; }"),
      digest("database cache redis { SET a 1; }"),
      digest("database copy postgres replica of bank { }"),
      digest("always \"h\" { SELECT true }"),
      digest("history \"h\" { SELECT true }"),
      digest("", "run job f(7)"),
      digest("", "run deliver f(7) until 200"),
      digest("", "run deliver f(7) until 201"),
      digest("", "run session (f(7), f(7))"),
      digest("", "run f(7), f(7)"),
  };
  for (std::size_t i = 0; i < digests.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      CAPTURE(i);
      CAPTURE(k);
      CHECK(digests[i] != digests[k]);
    }
  }
}

TEST_CASE("serial numbers that only a replica or a memory's statement looks at are kept") {
  const std::string tables =
      "scenario s\ndatabase bank postgres { CREATE TABLE t (id serial PRIMARY KEY, v int); }\n"
      "database copy postgres replica of bank { }\nmemory m per process { CREATE TABLE n (id serial "
      "PRIMARY KEY, v int); }\nprocesses 2\n";
  const auto unseen = [&](const std::string& body) {
    const auto model =
        load_text(tables + "request f() { bank> INSERT INTO t (v) VALUES (1); m> INSERT INTO n (v) VALUES (1); " +
                  body + " }\nrun f()\nalways \"m\" { SELECT count(*) >= 0 FROM m.n }\n")
            .front();
    std::string result;
    for (const auto& database : model.databases) result += database.catalog.tables[0].columns[0].unseen ? "u" : "k";
    return result;
  };
  CHECK(unseen("") == "uuuu");
  CHECK(unseen("copy> SELECT id FROM t;") == "kkuu");
  CHECK(unseen("m> SELECT id FROM n;") == "uukk");
  CHECK(unseen("await bank> SELECT max(id) > 1 FROM t;") == "kkuu");
}

}  // namespace
}  // namespace gapless::scenario::testing
