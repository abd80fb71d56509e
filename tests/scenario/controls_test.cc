// Which guards are found, and what stands there without one.
#include <doctest/doctest.h>

#include <algorithm>

#include "harness.h"
#include "scenario/controls.h"

namespace gapless::scenario::testing {
namespace {

const std::string tables =
    "CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0), version int NOT NULL);\n"
    "CREATE TABLE codes (code text, user_id int REFERENCES users (id), number serial PRIMARY KEY, taken boolean, "
    "UNIQUE (code));\n"
    "CREATE UNIQUE INDEX one_open ON codes (user_id) WHERE taken;\n";

// The statements begin in line 7, the tables in line 3.
model::Model model_of(const std::string& body, const std::string& more = "") {
  std::string text = "scenario s\ndatabase bank postgres {\n" + tables + "} database redis redis { }\n" +
                     "request f(amount) { variant a " + more + " {\n" + body +
                     "\n} }\nrun f(50) * 2\nalways \"a\" { SELECT true }\n";
  return load_text(std::move(text)).front();
}

// "7 FOR UPDATE", a line each.
std::string guards(const model::Model& model) {
  std::string result;
  for (const auto& guard : guards_of(model)) result += std::to_string(guard.line) + " " + guard.text + "\n";
  return result;
}
std::string guards(const std::string& body) { return guards(model_of(body)); }

Guard guard_named(const model::Model& model, const std::string& text) {
  const auto all = guards_of(model);
  const auto found = std::ranges::find(all, text, &Guard::text);
  REQUIRE_MESSAGE(found != all.end(), text, " is not among\n", guards(model));
  return *found;
}

// The body as it is without a guard, white space folded; the lines before it must be as they were.
std::string body_without(const model::Model& model, const std::string& guard) {
  const auto changed = without(model, guard_named(model, guard));
  const auto begin = model.source->text.find("variant a");
  CHECK(changed.source->text.substr(0, begin) == model.source->text.substr(0, begin));
  CHECK(std::ranges::count(changed.source->text, '\n') == std::ranges::count(model.source->text, '\n'));
  std::string body;
  for (const char c : changed.source->text.substr(begin, changed.source->text.find("\nrun ") - begin)) {
    const bool space = c == ' ' || c == '\n';
    if (!space || (!body.empty() && body.back() != ' ')) body += space ? ' ' : c;
  }
  const std::string front = "variant a { ";
  CHECK(body.starts_with(front));
  return body.substr(front.size(), body.size() - front.size() - 4);
}
std::string body_without(const std::string& body, const std::string& guard) {
  return body_without(model_of(body), guard);
}

TEST_CASE("locks of rows") {
  const std::string body =
      "transaction { let u = SELECT balance FROM users WHERE id = 1 FOR UPDATE;\n"
      "let c = SELECT code FROM codes WHERE NOT taken FOR NO KEY UPDATE OF codes SKIP LOCKED;\n"
      "SELECT 1 FROM users WHERE id IN (SELECT id FROM users FOR SHARE NOWAIT); }";
  CHECK(guards(body) ==
        "8 transaction { … }\n8 FOR UPDATE\n9 FOR NO KEY UPDATE OF codes SKIP LOCKED\n9 SKIP LOCKED\n10 FOR SHARE "
        "NOWAIT\n");
  CHECK(body_without(body, "FOR SHARE NOWAIT").find("FROM users);") == std::string::npos);
  CHECK(body_without(body, "FOR UPDATE")
            .starts_with("transaction { let u = SELECT balance FROM users WHERE id = 1 ; let c = SELECT code FROM "
                         "codes WHERE NOT taken FOR NO"));
  CHECK(body_without(body, "SKIP LOCKED").find("FOR NO KEY UPDATE OF codes ; SELECT") != std::string::npos);
  CHECK(body_without(body, "FOR NO KEY UPDATE OF codes SKIP LOCKED").find("WHERE NOT taken ; SELECT") !=
        std::string::npos);
}

TEST_CASE("locks that are statements") {
  const std::string body =
      "transaction { LOCK TABLE users IN SHARE MODE; SELECT pg_advisory_xact_lock(7);\n"
      "let mine = SELECT pg_try_advisory_lock(:amount, 2) AS locked; if NOT mine.locked { respond 409; }\n"
      "SELECT pg_advisory_unlock(7); }";
  CHECK(guards(body) ==
        "8 transaction { … }\n8 LOCK TABLE users IN SHARE MODE\n8 pg_advisory_xact_lock(7)\n"
        "9 pg_try_advisory_lock(:amount, 2)\n9 if NOT mine.locked { … }\n");
  CHECK(body_without(body, "LOCK TABLE users IN SHARE MODE")
            .starts_with("transaction { SELECT pg_advisory_xact_lock(7); let"));
  CHECK(body_without(body, "pg_advisory_xact_lock(7)")
            .starts_with("transaction { LOCK TABLE users IN SHARE MODE; let mine"));
  CHECK(body_without(body, "pg_try_advisory_lock(:amount, 2)").find("let mine = SELECT true AS locked;") !=
        std::string::npos);
  CHECK(body_without(body, "if NOT mine.locked { … }").find("if false { respond 409; }") != std::string::npos);
}

TEST_CASE("conditions of changes, but for the address of the row") {
  const std::string body =
      "UPDATE users SET balance = balance - 1, version = version + 1 WHERE id = 1 AND balance >= 1 AND version = "
      ":amount;\n"
      "DELETE FROM codes AS c USING users u WHERE u.id = c.user_id AND c.number = 3 AND NOT c.taken;\n"
      "UPDATE users SET balance = 7 WHERE balance BETWEEN 1 AND 2;\n"
      "UPDATE users SET version = 7 WHERE id = 1 AND (balance = 1 OR version = 2);\n"
      "UPDATE users SET version = 7 WHERE balance = 1 OR id = 2 AND version = 3;\n"
      "INSERT INTO codes (code, user_id) SELECT 'a', 1 FROM users WHERE balance > 1 AND id = 1;\n"
      "SELECT 1 FROM users WHERE balance > 1;";
  CHECK(guards(body).find(
            "8 AND balance >= 1\n8 AND version = :amount\n9 AND NOT c.taken\n10 WHERE balance BETWEEN 1 AND 2\n"
            "11 AND (balance = 1 OR version = 2)\n12 WHERE balance = 1 OR id = 2 AND version = 3\n13 WHERE balance > "
            "1\n") != std::string::npos);
  CHECK(body_without(body, "AND balance >= 1").find("WHERE id = 1 AND version = :amount;") != std::string::npos);
  CHECK(body_without(body, "AND version = :amount").find("WHERE id = 1 AND balance >= 1 ; DELETE") !=
        std::string::npos);
  CHECK(body_without(body, "WHERE balance BETWEEN 1 AND 2").find("SET balance = 7 ; UPDATE") != std::string::npos);
  CHECK(body_without(body, "WHERE balance > 1").find("FROM users WHERE id = 1; SELECT") != std::string::npos);
}

TEST_CASE("an equality on a column that nobody sets is an address") {
  const std::string column = "UPDATE codes SET taken = true WHERE code = 'a' AND taken = false;";
  CHECK(guards(column).find("AND taken = false") != std::string::npos);
  CHECK(guards(column).find("code = ") == std::string::npos);
  CHECK(guards("DELETE FROM users WHERE version = 1;").find("version") == std::string::npos);
  CHECK(guards("DELETE FROM users WHERE version = 1; UPDATE users SET version = 2 WHERE id = 1;")
            .find("WHERE version = 1") != std::string::npos);
  CHECK(guards("DELETE FROM users WHERE balance = version;").find("WHERE balance = version") != std::string::npos);
}

TEST_CASE("conditions within a statement that changes something") {
  const std::string body =
      "WITH free AS (SELECT number FROM codes WHERE NOT taken ORDER BY number LIMIT 1 FOR UPDATE)\n"
      "UPDATE codes SET taken = true FROM free WHERE codes.number = free.number;";
  CHECK(guards(body).find("8 WHERE NOT taken\n8 FOR UPDATE\n") != std::string::npos);
  CHECK(body_without(body, "WHERE NOT taken").find("FROM codes ORDER BY number") != std::string::npos);
}

TEST_CASE("ON CONFLICT, with its condition") {
  const std::string body =
      "let a = INSERT INTO codes (code) VALUES ('a') ON CONFLICT DO NOTHING RETURNING number;\n"
      "INSERT INTO codes (code) VALUES ('a') ON CONFLICT (code) DO UPDATE SET taken = true WHERE NOT codes.taken;";
  CHECK(guards(body).find(
            "8 ON CONFLICT DO NOTHING\n"
            "9 ON CONFLICT (code) DO UPDATE SET taken = true WHERE NOT codes.taken\n9 WHERE NOT codes.taken\n") !=
        std::string::npos);
  CHECK(body_without(body, "ON CONFLICT DO NOTHING").find("VALUES ('a') RETURNING number;") != std::string::npos);
  CHECK(body_without(body, "WHERE NOT codes.taken").ends_with("DO UPDATE SET taken = true ;"));
}

TEST_CASE("levels") {
  const auto model =
      model_of("transaction at \"serializable\" { SELECT 1; }\nBEGIN ISOLATION LEVEL REPEATABLE READ; COMMIT;",
               "at \"repeatable read\"");
  CHECK(guards(model) ==
        "7 at \"repeatable read\"\n8 transaction at \"serializable\" { … }\n8 at \"serializable\"\n"
        "9 BEGIN ISOLATION LEVEL REPEATABLE READ\n9 ISOLATION LEVEL REPEATABLE READ\n");
  const auto text = [&](const std::string& guard) { return without(model, guard_named(model, guard)).source->text; };
  CHECK(text("at \"repeatable read\"").find("variant a at \"read committed\" {") != std::string::npos);
  CHECK(text("at \"serializable\"").find("transaction at \"read committed\" {") != std::string::npos);
  CHECK(text("ISOLATION LEVEL REPEATABLE READ").find("BEGIN ISOLATION LEVEL READ COMMITTED;") != std::string::npos);
  CHECK(guards("transaction at \"read committed\" { SELECT 1; }") == "8 transaction at \"read committed\" { … }\n");
}

TEST_CASE("the file's level is a guard where something has it, and the command line says nothing else") {
  const std::string text =
      "scenario s\nisolation \"serializable\"\nrequest f() { variant a { } variant b at \"read committed\" { } }\nrun "
      "f()\n"
      "always \"a\" { SELECT true }\n";
  const auto models = load_text(text);
  CHECK(guards(models[0]) == "2 isolation \"serializable\"\n");
  CHECK(guards(models[1]).empty());
  CHECK(without(models[0], guards_of(models[0])[0]).isolation == store::Isolation::read_committed);
  Options options;
  options.isolation = store::Isolation::repeatable_read;
  CHECK(guards(load_text(text, options)[0]).empty());
}

TEST_CASE("checks of what came back") {
  CHECK(guards("let u = SELECT balance FROM users; if u.balance < amount { respond 400; }") ==
        "8 if u.balance < amount { … }\n");
  CHECK(guards("let u = SELECT balance FROM users; let b = coalesce(u.balance, 0); if b < 1 { ROLLBACK; }") ==
        "8 if b < 1 { … }\n");
  CHECK(guards("for u in SELECT balance FROM users { if u.balance < amount { respond 400; } }") ==
        "8 if u.balance < amount { … }\n");
  CHECK(guards("let u = SELECT balance FROM users; if u.balance < amount { effect a(); }") ==
        "8 if u.balance < amount { … }\n");
  CHECK(guards("let u = SELECT balance FROM users; if u.found { let a = 1; } else { respond 404; }") ==
        "8 if u.found { … }\n");
  CHECK(guards("let u = SELECT balance FROM users; if amount < 1 { respond 400; }").empty());
  CHECK(guards("let u = SELECT balance FROM users; if u.found { let a = 1; }").empty());
  CHECK(guards("let r = call pay() may ok, declined; if r.outcome = 'declined' { respond 402; }").empty());
  CHECK(guards("let amounts = 1; let u = SELECT 1 AS amount; if amount < 1 { respond 400; }").empty());
}

TEST_CASE("a block that refuses is never entered, one that acts always") {
  const std::string select = "let u = SELECT balance FROM users; ";
  CHECK(body_without(select + "if u.found { respond 409; }", "if u.found { … }") ==
        select + "if false { respond 409; }");
  CHECK(body_without(select + "if u.found { respond 200; }", "if u.found { … }") ==
        select + "if false { respond 200; }");
  CHECK(body_without(select + "if u.found { effect a(); respond 200; }", "if u.found { … }") ==
        select + "if true { effect a(); respond 200; }");
  CHECK(body_without(select + "if u.found { redis> DEL a; respond 200; }", "if u.found { … }") ==
        select + "if false { redis> DEL a; respond 200; }");
  CHECK(body_without(select + "if u.found { effect a(); respond 409; }", "if u.found { … }") ==
        select + "if false { effect a(); respond 409; }");
  CHECK(body_without("retry up to 3 { " + select + "if NOT u.found { again; } }", "if NOT u.found { … }") ==
        "retry up to 3 { " + select + "if false { again; } }");
  CHECK(body_without("retry up to 3 { " + select + "if NOT u.found { again; } }", "retry up to 3") ==
        "retry up to 1 { " + select + "if NOT u.found { again; } }");
  CHECK(body_without("retry on unique_violation { " + select + " }", "retry on unique_violation") ==
        "retry up to 1 on unique_violation { " + select + "}");
}

TEST_CASE("what stands around statements") {
  CHECK(body_without("transaction { SELECT 1; }", "transaction { … }") == "if true { SELECT 1; }");
  CHECK(body_without("bank> transaction { let u = SELECT 1 AS a; bank> SELECT 2; }", "bank> transaction { … }") ==
        "if true { let u = bank> SELECT 1 AS a; bank> SELECT 2; }");
  CHECK(body_without("BEGIN; SELECT 1; COMMIT;", "BEGIN") == "SELECT 1; COMMIT;");
  CHECK(body_without("let r = call pay(amount) key (amount) forgets may ok, declined;", "key (amount) forgets") ==
        "let r = call pay(amount) may ok, declined;");
  CHECK(body_without("call pay(abs(amount)) key (abs(amount));", "key (abs(amount))") == "call pay(abs(amount)) ;");
}

TEST_CASE("commands to Redis") {
  const std::string body =
      "let lock = redis> SET lock:{amount} {amount + 1} NX EX {amount + 2};\nif NOT lock.found { respond 423; }";
  CHECK(guards(body) == "8 NX\n8 EX {amount + 2}\n9 if NOT lock.found { … }\n");
  CHECK(body_without(body, "NX").starts_with("let lock = redis> SET lock:{amount} {amount + 1} EX {amount + 2}; if"));
  CHECK(body_without(body, "EX {amount + 2}").starts_with("let lock = redis> SET lock:{amount} {amount + 1} NX ; if"));
  CHECK(body_without("redis> SETNX a 1; redis> EXPIRE a 10;", "EXPIRE a 10") == "redis> SETNX a 1;");
  CHECK(body_without("redis> SETNX a 1;", "SETNX") ==
        "redis> EVAL \"redis.call('SET', KEYS[1], ARGV[1]) return 1\" 1 a 1;");
  CHECK(body_without("redis> HSETNX a b 1;", "HSETNX") == "redis> HSET a b 1;");
  CHECK(body_without("let n = redis> GETDEL a;", "GETDEL") == "let n = redis> GET a;");
  CHECK(guards("redis> GET a; redis> DEL nx; redis> SET nx ex;").empty());
}

TEST_CASE("WATCH, MULTI and EXEC") {
  const std::string body =
      "redis> WATCH a; let v = redis> GET a; redis> MULTI; redis> SET a 1; let done = redis> EXEC; "
      "if NOT done.found { respond 409; }";
  CHECK(guards(body) == "8 WATCH a\n8 MULTI … EXEC\n8 if NOT done.found { … }\n");
  CHECK(body_without(body, "WATCH a").starts_with("let v = redis> GET a; redis> MULTI;"));
  CHECK(body_without(body, "MULTI … EXEC")
            .find("redis> GET a; redis> SET a 1; let done = redis> EVAL \"return 1\" 0; if") != std::string::npos);
  CHECK(body_without("redis> MULTI; redis> SET a 1; redis> EXEC;", "MULTI … EXEC") == "redis> SET a 1;");
}

TEST_CASE("the conditions of scripts") {
  const std::string compare =
      "redis> EVAL \"if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 "
      "end\" 1 a {me};";
  CHECK(guards(compare) == "8 if redis.call('get', KEYS[1]) == ARGV[1] then … end\n");
  CHECK(body_without(compare, "if redis.call('get', KEYS[1]) == ARGV[1] then … end") ==
        "redis> EVAL \"if true then return redis.call('del', KEYS[1]) else return 0 end\" 1 a {me};");
  const std::string claim =
      "redis> EVAL \"if redis.call('exists', 'if then') == 1 then return 0 end redis.call('set', KEYS[1], 'x') return "
      "1\" 1 a;";
  CHECK(body_without(claim, "if redis.call('exists', 'if then') == 1 then … end") ==
        "redis> EVAL \"if false then return 0 end redis.call('set', KEYS[1], 'x') return 1\" 1 a;");
}

TEST_CASE("what looks like a guard and is none") {
  // The outer SELECT only looks at what was changed.
  CHECK(guards("WITH m AS (DELETE FROM users WHERE id = 1 RETURNING balance) SELECT 1 FROM m WHERE balance > 1;")
            .find("WHERE balance") == std::string::npos);
  CHECK(guards("BEGIN ISOLATION LEVEL READ COMMITTED; COMMIT;") == "8 BEGIN ISOLATION LEVEL READ COMMITTED\n");
  CHECK(guards("retry up to 1 { SELECT 1; }").empty());
  CHECK(guards("let outcome = SELECT 1 AS a; let r = call pay() may ok, declined; if r.outcome = 'declined' { respond "
               "402; }")
            .empty());
  CHECK(guards("let n = SELECT 1 AS a; let r = call pay(); if r.outcome = 'n' OR amount = 1 { respond 400; }").empty());
  CHECK(guards("redis> MULTI; redis> SET a 1; redis> DISCARD; redis> MULTI; redis> SET a 2; redis> EXEC;") ==
        "8 MULTI … EXEC\n");
  // The field of a local is a given value.
  CHECK(guards("let u = SELECT balance FROM users; DELETE FROM users WHERE version = :u.balance;").find("version") ==
        std::string::npos);
}

TEST_CASE("ANDs that join no terms, and conditions that say which key is meant") {
  CHECK(guards("UPDATE users SET version = 1 WHERE CASE WHEN balance > 1 AND version > 1 THEN true ELSE false END AND "
               "id = 1;")
            .find("8 WHERE CASE WHEN balance > 1 AND version > 1 THEN true ELSE false END\n") != std::string::npos);
  CHECK(guards("INSERT INTO codes (code, user_id) VALUES ('a', 1) ON CONFLICT (user_id) WHERE taken DO NOTHING;")
            .find("\n8 WHERE taken") == std::string::npos);
}

TEST_CASE("a head over several lines keeps its lines") {
  CHECK(body_without("transaction\nread only\n{ SELECT 1; }", "transaction read only { … }") ==
        "if true { SELECT 1; }");
}

// ------------------------------------------------------------------------------------------------------ schemas

std::string constraints(const std::string& body) {
  std::string result;
  const auto model = model_of(body);
  for (const auto& guard : guards_of(model)) {
    if (guard.constraint) result += std::to_string(guard.line) + " " + guard.text + "\n";
  }
  return result;
}

TEST_CASE("constraints that a statement of the variant could run into") {
  CHECK(constraints("SELECT 1 FROM users;").empty());
  CHECK(constraints("UPDATE users SET version = 2 WHERE id = 1;").empty());
  CHECK(constraints("UPDATE users SET balance = 2 WHERE id = 1;") == "3 CHECK (balance >= 0) of users\n");
  CHECK(constraints("UPDATE users SET (version, balance) = (1, 2) WHERE id = 1;") ==
        "3 CHECK (balance >= 0) of users\n");
  CHECK(constraints("UPDATE users SET version = balance, id = 3 WHERE balance = 1;") ==
        "3 PRIMARY KEY (id) of users\n4 FOREIGN KEY (user_id) of codes REFERENCES users\n");
  CHECK(constraints("DELETE FROM users WHERE id = 1;") == "4 FOREIGN KEY (user_id) of codes REFERENCES users\n");
  CHECK(constraints("UPDATE codes SET taken = true WHERE code = 'a';") ==
        "5 UNIQUE INDEX (user_id) of codes WHERE taken\n");
  CHECK(constraints("INSERT INTO codes (code, user_id) VALUES ('a', 1);") ==
        "4 FOREIGN KEY (user_id) of codes REFERENCES users\n4 UNIQUE (code) of codes\n"
        "5 UNIQUE INDEX (user_id) of codes WHERE taken\n");
  CHECK(constraints("INSERT INTO users VALUES (3, 1, 1);") ==
        "3 PRIMARY KEY (id) of users\n3 CHECK (balance >= 0) of users\n");
}

TEST_CASE("the next number runs into no key, a given one does") {
  const std::string seen = " let c = SELECT number FROM codes;";
  CHECK(constraints("INSERT INTO codes (code) VALUES ('a');" + seen).find("PRIMARY KEY") == std::string::npos);
  CHECK(constraints("INSERT INTO codes (code, number) VALUES ('a', 1);" + seen).find("PRIMARY KEY (number)") !=
        std::string::npos);
}

TEST_CASE("a constraint is one, however many replicas and processes have its table") {
  const auto models = load_text(
      "scenario s\nprocesses 2\ndatabase bank postgres { CREATE TABLE t (a int PRIMARY KEY); }\n"
      "database far postgres replica of bank { }\nmemory seen per process { CREATE TABLE k (a int PRIMARY KEY); }\n"
      "request f() { bank> INSERT INTO t VALUES (1); seen> INSERT INTO k VALUES (1); }\nrun f() * 2\n"
      "always \"a\" { SELECT true }\n");
  CHECK(guards(models[0]) == "3 PRIMARY KEY (a) of t\n5 PRIMARY KEY (a) of k\n");
  const auto changed = without(models[0], guards_of(models[0])[1]);
  std::size_t dropped = 0;
  for (const auto& database : changed.databases) {
    for (const auto& table : database.catalog.tables) dropped += table.uniques[0].predicate ? 1 : 0;
  }
  CHECK(dropped == 2);  // in both processes
}

TEST_CASE("a constraint that is not enforced: the key is still the order of rows") {
  const auto model = model_of(
      "INSERT INTO codes (code, user_id, number) VALUES ('a', 1, 1) ON CONFLICT (code) DO NOTHING; "
      "UPDATE users SET balance = 1 WHERE id = 1; DELETE FROM users WHERE id = 2;");
  const auto table = [&](const std::string& guard, std::size_t number) {
    return without(model, guard_named(model, guard)).databases[0].catalog.tables[number];
  };
  const auto key = table("PRIMARY KEY (number) of codes", 1);
  REQUIRE(key.primary_key() != nullptr);
  REQUIRE(key.primary_key()->predicate);
  CHECK(key.primary_key()->predicate->value == sql::Value(false));
  CHECK(!key.uniques[1].predicate);
  CHECK(table("UNIQUE (code) of codes", 1).uniques[1].predicate);
  CHECK(table("CHECK (balance >= 0) of users", 0).checks.empty());
  CHECK(table("FOREIGN KEY (user_id) of codes REFERENCES users", 1).foreign_keys.empty());
}

// -------------------------------------------------------------------------------------------------------- files

TEST_CASE("deliveries, locks of the application; and only what is run") {
  const std::string text =
      "scenario s\nlock cart\ndatabase bank postgres { CREATE TABLE t (a int); }\n"
      "request f(x) { variant a { hold cart(x) { SELECT 1; } send g(x); } variant b { acquire cart(x); release "
      "cart(x); } }\n"
      "request g(x) { let r = SELECT a FROM t FOR UPDATE; }\nrequest h(x) { let r = SELECT a FROM t FOR SHARE; }\n"
      "run deliver f(1) until 200 * 2\nalways \"a\" { SELECT true }\n";
  const auto models = load_text(text);
  CHECK(guards(models[0]) == "4 hold cart(x)\n5 FOR UPDATE\n7 deliver f(1) until 200\n");
  CHECK(guards(models[1]) == "4 acquire cart(x)\n7 deliver f(1) until 200\n");
  const auto changed = [](const model::Model& model, std::size_t guard) {
    return without(model, guards_of(model)[guard]).source->text;
  };
  CHECK(changed(models[0], 0).find("{ if true { SELECT 1; } send") != std::string::npos);
  CHECK(changed(models[1], 0).find("acquire") == std::string::npos);
  const auto once = without(models[0], guards_of(models[0])[2]);
  CHECK(once.roles[0].until.empty());
  CHECK(once.actors.size() == 2);
}

TEST_CASE("the same actors, level and faults; what is no model any more is an error with its place") {
  Options options;
  options.actors = 3;
  options.isolation = store::Isolation::serializable;
  options.faults = model::Faults{1, 0, 0};
  const auto model = load_text(
                         "scenario s\ndatabase bank postgres { CREATE TABLE t (a int); }\n"
                         "request f() { variant a { let r = SELECT a FROM t FOR UPDATE; } variant b { } }\n"
                         "run f() * 2\nalways \"a\" { SELECT true }\n",
                         options)
                         .front();
  auto guard = guards_of(model)[0];
  const auto changed = without(model, guard);
  CHECK(changed.actors.size() == 3);
  CHECK(changed.isolation == store::Isolation::serializable);
  CHECK(changed.faults == model::Faults{1, 0, 0});
  CHECK(changed.variant == "a");
  guard.edits[0].text = "FOR NOTHING";
  CHECK_THROWS_AS(without(model, guard), ModelError);
}

TEST_CASE("a C++ model has no text in which a guard could be found") {
  model::Model model;
  model.source = make_source("models/withdraw.cc", "");
  CHECK(guards_of(model).empty());
}

}  // namespace
}  // namespace gapless::scenario::testing
