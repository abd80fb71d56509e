// Mistakes in what is declared beside databases and requests, and in the statements that use it. ¶ marks the place.
#include <doctest/doctest.h>

#include "base/source.h"
#include "harness.h"

namespace gapless::scenario::testing {
namespace {

void refuses(const std::string& marked, const std::string& message) {
  const auto [text, at] = unmark(marked);
  const auto where = diagnostic_at(*make_source("s.gap", text), at, "");
  CAPTURE(marked);
  CHECK(mistake(text) == std::to_string(where.line) + ":" + std::to_string(where.column) + " " + message);
}

// These words must be in the message, which is another layer's.
void refuses_with(const std::string& marked, const std::string& words) {
  const auto [text, at] = unmark(marked);
  const auto where = diagnostic_at(*make_source("s.gap", text), at, "");
  const std::string found = mistake(text);
  CAPTURE(marked);
  CAPTURE(found);
  CHECK(found.starts_with(std::to_string(where.line) + ":" + std::to_string(where.column) + " "));
  CHECK(found.find(words) != std::string::npos);
}

const std::string start =
    "scenario s\ndatabase bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int); }\n";

std::string declared(const std::string& more) { return start + "request f(id) { }\nrun f(7)\n" + more; }

const std::string everything = start +
                               "database redis redis { }\ndatabase copy postgres replica of bank { }\nmemory seen per "
                               "process { CREATE TABLE keys (k int); }\n"
                               "lock cart\nrequest webhook(a) { }\n";

std::string body(const std::string& statements) {
  return everything + "request f(id) {\n" + statements + "\n}\nrun f(7)\n";
}

std::string last_warning(const std::string& statements) {
  const auto all = warnings(body(statements) + "always \"a\" { SELECT true }\n");
  std::string result;
  for (const auto& each : all) {
    if (each.find("is not run") == std::string::npos) result += each;
  }
  return result;
}

TEST_CASE("processes, locks, memory, replicas") {
  refuses(declared("processes ¶0"), "the number of processes is between 1 and 100");
  refuses(declared("processes ¶two"), "expected a whole number, found `two`");
  refuses(declared("processes 2\nprocesses ¶3"), "a second `processes`");
  refuses(declared("lock ¶;"), "expected a name, found `;`");
  refuses(declared("lock a lock ¶a"), "a second lock `a`; the first is in line 5");
  refuses(declared("lock a per ¶proces"), "expected `process`, as in `per process`, found `proces`");
  refuses(declared("memory ¶{ }"), "expected a name, found `{`");
  refuses(declared("memory ¶bank { }"), "a second database `bank`; the first is in line 2");
  refuses(declared("memory m ¶postgres { }"), "expected `{`, found `postgres`");
  refuses_with(declared("memory m { CREATE TABLE t (i ¶point); }"), "point");
  refuses(declared("database c postgres replica ¶bank { }"), "expected `of`, as in `replica of bank`, found `bank`");
  refuses(declared("database c postgres replica of ¶bnk { }"),
          "there is no database `bnk` that could have a replica; did you mean `bank`?");
  refuses(declared("memory m { } database c postgres replica of ¶m { }"),
          "there is no database `m` that could have a replica");
  refuses(declared("database c postgres replica of bank {¶ CREATE TABLE t (i int); }"),
          "a replica has the tables and rows of its primary: its block is empty");
  refuses(declared("¶memmory m { }"), "expected a declaration, found `memmory`; did you mean `memory`?");
}

TEST_CASE("the clock") {
  refuses(declared("clock ¶14:30"), "expected an instant, such as '14:30', found `14`");
  refuses(declared("clock '14:30¶\n'"),
          "expected the closing ' of this instant on the same line, found the end of the line");
  refuses(declared("clock ¶'half past two'"), "`half past two` is no instant: write '14:30', or '2024-01-01 14:30'");
  refuses(declared("clock ¶'14'"), "`14` is no instant: write '14:30', or '2024-01-01 14:30'");
  refuses(declared("clock ¶'2024-02-30'"), "`2024-02-30` is no instant: write '14:30', or '2024-01-01 14:30'");
  refuses(declared("clock ¶'25:00'"), "`25:00` is no instant: write '14:30', or '2024-01-01 14:30'");
  refuses(declared("clock '14:30', ¶'14:30'"),
          "the instants of a clock ascend: this one is not after the one before it");
  refuses(declared("clock '14:30' ¶clock '15:30'"), "a second `clock`");
  const std::string now =
      "where there is a `clock`, time is read by a statement: `let t = SELECT now() AS at;`, then `t.at`";
  const auto timed = [](const std::string& statement, const std::string& run = "run f(7)") {
    return start + "clock '14:30', '14:40'\nrequest f(id) { " + statement + " }\n" + run + "\n";
  };
  refuses(timed("let t = ¶now();"), now);
  refuses(timed("if coalesce(NULL, ¶current_timestamp) IS NULL { }"), now);
  refuses(timed("effect paid(¶clock_timestamp() AS at);"), now);
  refuses(
      timed("", "run f(¶now())"),
      "where there is a `clock` it is not known here what time it is: write the instant, or let the request read it");
  CHECK(mistake(timed("let t = SELECT now() AS at; effect paid(t.at);")) == "loaded");
}

TEST_CASE("faults") {
  refuses(declared("faults ¶;"), "expected `none`, or what may happen at most so often: `crash <= 1`, found `;`");
  refuses(declared("faults ¶crsh <= 1"), "there is no fault `crsh`; did you mean `crash`?");
  refuses(declared("faults crash ¶= 1"), "expected `<=`, as in `crash <= 1`, found `=`");
  refuses(declared("faults crash <= ¶many"), "expected a whole number, found `many`");
  refuses(
      declared("faults crash <= ¶0"),
      "a fault happens at most between 1 and 100 times; where it does not happen it is not named, and `faults none` "
      "names none");
  refuses(declared("faults crash <= 1, ¶crash <= 2"), "a second bound of `crash`");
  refuses(declared("faults crash <= 1, retry <= 2 ¶faults retry <= 2, crash <= 1"),
          "these faults are a setting already, in line 5");
  refuses(declared("faults crash <= 1, ¶;"),
          "expected `none`, or what may happen at most so often: `crash <= 1`, found `;`");
}

TEST_CASE("history and the ledger") {
  refuses(start + "request f(id) { effect ¶paid(id AS position); }\nrun f(7)\nhistory \"h\" { SELECT true }",
          "`paid` has a column `position` already, which is what `history` calls the order of effects: give it another "
          "name with `AS`");
  refuses(start + "request f(id) { effect ¶sections(id); }\nrun f(7)",
          "`sections` is the table of the critical sections");
  refuses(start + "database redis redis { }\nrequest f(id) { effect ¶redis(id); }\nrun f(7)",
          "`redis` is a Redis database; choose another name for what has happened");
  refuses(declared("history ¶{ }"), "expected a text in double quotes, found `{`");
  refuses_with(declared("always \"a\" { SELECT max(¶position) > 0 FROM users }"), "position");
}

TEST_CASE("the run line") {
  const std::string before = start + "request f(id) { }\n";
  refuses(before + "run deliver f(1)¶",
          "expected `until` and the status that ends it, as in `deliver webhook(7) until 200`, "
          "found the end of the file");
  refuses(before + "run deliver f(1) until ¶ok", "expected a status, such as 200, found `ok`");
  refuses(before + "run deliver f(1) until ¶\"\"", "the status that ends the delivery is empty");
  refuses(before + "run deliver ¶g(1) until 200", "there is no request `g`");
  refuses(before + "run job ¶f()", "`f` takes 1 argument, not 0");
  refuses(before + "run session (f(1), ¶)", "expected a request of the session, such as login(1), found `)`");
  refuses(before + "run session (f(1), ¶g(1))", "there is no request `g`");
  refuses(before + "run session (f(1) ¶f(2))", "expected `)`, found `f`");
  refuses(before + "run session (f(1), f(2)) * ¶0", "a request is run between 1 and 1000 times");
}

TEST_CASE("calls") {
  refuses(body("call pay(id) may ok, ¶ok;"), "`ok` is named already");
  refuses(body("call pay(id) may ¶unknown;"),
          "`unknown` is what the caller sees of lost_done, lost_not_done and pending: say which of them may happen");
  refuses(body("call pay(id) may ok, ¶key_reused;"),
          "`key_reused` comes by itself where a key is used again with other arguments");
  refuses(body("call pay(id) key ¶id;"), "expected `(` and the arguments, found `id`");
  refuses(body("call pay(id) ¶key ();"), "a key is one expression; join several with `||`");
  refuses(body("call pay(id) ¶key (id, 2);"), "a key is one expression; join several with `||`");
  refuses(body("call pay(id) key (id) ¶key (id);"), "a second `key`");
  refuses(body("call pay(id) may ok ¶may declined;"), "a second `may`");
  refuses(body("let r = call pay(id); respond ¶r.outcom;"),
          "`r` has no field `outcom`; it has outcome; did you mean `outcome`?");
  CHECK(last_warning("let r = call pay(id) may ok, lost_done; if r.outcome = 'lost_done' { }") ==
        "9:44 `r.outcome` is never 'lost_done': of lost_done, lost_not_done and pending the caller sees 'unknown'; it "
        "can be 'ok', 'unknown'");
  CHECK(last_warning("let r = call pay(id) may ok, declined; if 'ok' <> r.outcome AND r.outcome IN ('declned') { }") ==
        "9:43 `r.outcome` is never 'declned'; it can be 'ok', 'declined'");
  CHECK(
      last_warning("let r = call pay(id) key (id); if r.outcome = 'key_reused' OR r.outcome = 'unknown' { }").empty());
  CHECK(last_warning("call pay(id) may ok, lost_doen;") ==
        "9:22 `lost_doen` is an outcome of your own, in which nothing happens; did you mean `lost_done`?");
  CHECK(last_warning("call pay(id) may ok, fraud;").empty());
}

TEST_CASE("messages and waiting") {
  refuses(body("send ¶webhok(1);"), "there is no request `webhok`; did you mean `webhook`?");
  refuses(body("send ¶webhook();"), "`webhook` takes 1 argument, not 0");
  refuses(body("send webhook(¶idd);"), "`idd` is not defined here; did you mean `id`?");
  refuses(start + "request f() { send ¶g(); }\nrequest g() { respond me; }\nrun f()",
          "`g` reads `me`, and a message has no number: give it what it needs as an argument");
  refuses(body("await ¶;"), "expected a SELECT of one true or false, found `;`");
  refuses(body("await ¶UPDATE users SET balance = 0;"),
          "`await` takes a SELECT of one true or false; this is no SELECT");
  refuses(body("await ¶SELECT id FROM users;"), "`await` takes a SELECT of one true or false; this is of type integer");
  refuses(body("await ¶SELECT true, true;"),
          "`await` takes a SELECT of one true or false; this is a query of 2 columns");
  refuses(body("await ¶SELECT balance > 0 FROM users FOR UPDATE;"), "`await` only looks; it locks nothing");
  refuses(body("await copy> ¶SELECT true;"), "`await` looks at what is committed, and a replica lags behind that");
  refuses(body("await ¶redis> GET k;"), "`redis` is a Redis database: it takes commands, and none can stand here");
  refuses(body("sleep ¶;"), "expected an SQL statement or expression, found `;`");
  refuses(body("sleep ¶x;"), "`x` is not defined here");
}

TEST_CASE("locks and sections") {
  refuses(body("acquire ¶carts(id);"), "there is no lock `carts`; did you mean `cart`?");
  refuses(body("acquire ¶mutex(id);"), "there is no lock `mutex`: declare it, `lock mutex`");
  refuses(body("acquire cart¶;"), "expected `(` and the arguments, found `;`");
  refuses(body("¶acquire cart(id) nowait;"),
          "whether `nowait` got the lock must be kept: `let got = acquire cart(…) nowait;`, then `got.acquired`");
  refuses(body("let ¶got = acquire cart(id);"),
          "without `nowait` it waits until it has the lock, and there is nothing to keep: write `acquire cart(…);`");
  refuses(body("let got = acquire cart(id) nowait; set got = acquire ¶cart(id) nowait;"),
          "what `acquire` came to takes a new name: use `let`");
  refuses(body("let got = acquire cart(id) nowait; if ¶got.aquired { }"),
          "`got` has no field `aquired`; it has acquired; did you mean `acquired`?");
  refuses(body("release ¶card(id);"), "there is no lock `card`; did you mean `cart`?");
  refuses(body("¶release cart;"), "this releases a savepoint; the lock is released by `release cart()`");
  refuses(body("hold ¶card(id) { }"), "there is no lock `card`; did you mean `cart`?");
  refuses(body("hold cart(id)¶;"), "expected a block in `{ }`, found `;`");
  refuses(body("section ¶{ }"), "expected a name, found `{`");
  refuses(body("section checkout¶;"), "expected a block in `{ }`, found `;`");
  refuses(body("section checkout { ¶again; }"), "`again` stands only inside `retry`");
  refuses(body("¶sectoin checkout { }"), "expected a statement or `}`, found `sectoin`; did you mean `section`?");
}

TEST_CASE("memory and replicas") {
  refuses(body("seen> ¶BEGIN;"), "`seen` is memory and has no transactions: each statement is atomic by itself");
  refuses(body("seen> ¶SAVEPOINT a;"), "`seen` is memory and has no transactions: each statement is atomic by itself");
  refuses(body("seen> ¶SET lock_timeout = '1s';"),
          "`seen` is memory and has no transactions: each statement is atomic by itself");
  refuses(body("¶seen> transaction { }"),
          "`seen` is memory and has no transactions: each statement is atomic by itself");
  refuses(body("seen> ¶SELECT k FROM keys FOR UPDATE;"),
          "`seen` is memory and has no locks: take a `lock … per process`");
  refuses(body("seen> ¶LOCK TABLE keys;"), "`seen` is memory and has no locks: take a `lock … per process`");
  refuses(body("seen> ¶SELECT pg_advisory_lock(1);"), "`seen` is memory and has no locks: take a `lock … per process`");
  refuses(body("copy> ¶UPDATE users SET balance = 0;"), "`copy` is a replica: it is written to through `bank`");
  refuses(body("copy> ¶WITH x AS (DELETE FROM users RETURNING id) SELECT id FROM x;"),
          "`copy` is a replica: it is written to through `bank`");
  refuses(body("copy> ¶SELECT id FROM users FOR SHARE;"), "`copy` is a replica: nothing is locked there");
  refuses(body("copy> ¶COMMIT;"), "`copy` is a replica: it takes SELECTs outside transactions only");
  refuses(body("¶copy> transaction { }"), "`copy` is a replica: it takes SELECTs outside transactions only");
  refuses_with(body("copy> SELECT id FROM ¶usres;"), "usres");
  refuses(body("¶locks> SELECT 1;"), "there is no database `locks`");
}

TEST_CASE("locals that are always there") {
  for (const std::string name : {"me", "process", "attempt"}) {
    CHECK(mistake(body("let " + name + " = 1;")).find("cannot be another local") != std::string::npos);
    refuses(body("set ¶" + name + " = 1;"), "`" + name + "` cannot be set");
  }
}

TEST_CASE("Redis: words") {
  refuses(body("redis> SET k ¶'no end;"), "this quote is never closed, or a `}` in it is not written twice: `}}`");
  refuses(start + "database redis redis { SET k ¶'no end;", "this quote is never closed");
  refuses(body("redis> SET k 'a'¶b;"), "a quoted word ends with its quote: put a blank behind it");
  refuses(body("redis> SET it¶'s 1;"), "a quote inside a word: put the quotes around the whole word");
  refuses(body("redis> SET k ¶{id;"),
          "this `{` is never closed; a brace that stands for itself is written twice: `{{`");
  refuses(body("redis> SET k ¶{ };"),
          "`{ }` holds an expression; a brace that stands for itself is written twice: `{{`");
  refuses(body("redis> SET k 'a¶}';"), "a brace that stands for itself is written twice: `}}`");
  refuses(body("redis> SET k {¶idd};"),
          "`idd` is not defined here; did you mean `id`? (in a Redis command `{ }` holds an expression; a brace is "
          "written twice: `{{`)");
  refuses(body("redis> ¶;"), "expected a Redis command, found `;`");
  refuses(body("redis> GET k ¶}"), "expected `;`, found `}`");
  refuses(body("redis> ¶{id} k;"), "the name of a command is no expression: write it out");
  refuses_with(body("redis> ¶GETT k;"), "GET");
  refuses_with(body("redis> ¶GET;"), "GET");
  refuses_with(body("redis> ¶SET k;"), "SET");
  refuses_with(body("redis> ¶BLPOP k 0;"), "BLPOP");
  refuses(body("¶reddis> GET k;"), "there is no database `reddis`; did you mean `redis`?");
  refuses(body("¶redis> transaction { }"),
          "a Redis database has no `transaction { }`: write `MULTI`, the commands, and `EXEC`");
  refuses(body("for r in ¶redis> LRANGE l 0 -1 { }"),
          "keep the reply first: `let x = redis> …;`, then `for r in x.rows { }`");
  refuses(body("let x = redis> GET k; respond ¶x.field;"),
          "`x` has no field `field`; it has value, count, found, rows");
  refuses(body("let x = redis> GET k; if ¶x { }"),
          "`x` is the result of a statement: say which of its fields is meant, as in `x.value`");
  refuses(start + "database redis redis { ¶SET k 1 }", "this command has no `;`");
  refuses_with(start + "database redis redis { ¶STE k 1; }\nrequest f() { }\nrun f()", "SET");
  refuses_with(start + "database redis redis { SET k a; ¶INCR k; }\nrequest f() { }\nrun f()", "integer");
  refuses(start + "database redis redis { SET k ¶{id}; }\nrequest f() { }\nrun f()",
          "there are no locals here; a brace that stands for itself is written twice: `{{`");
  refuses(start + "database redis redis { ¶MULTI; }\nrequest f() { }\nrun f()",
          "MULTI belongs into a request: what fills a database runs before everybody");
  refuses("scenario s\ndatabase redis redis { }\nrequest f() { ¶SELECT 1; }\nrun f()",
          "this scenario has no database for SQL; a Redis command begins with `redis>`");
  refuses(body("try { } catch ¶redis_eror { }"),
          "PostgreSQL and Redis have no error condition `redis_eror`; did you mean `redis_error`?");
  refuses(start + "request f() { try { } catch ¶redis_error { } }\nrun f()",
          "PostgreSQL has no error condition `redis_error`");
}

TEST_CASE("Redis: MULTI, EXEC, DISCARD, WATCH") {
  const std::string queued = "between MULTI and EXEC a command only says QUEUED: keep the reply of EXEC instead";
  refuses(body("redis> MULTI; let x = redis> ¶GET k; redis> SET l {x.value}; redis> EXEC;"), queued);
  refuses(body("redis> MULTI; redis> ¶WATCH k; redis> EXEC;"), "WATCH comes before MULTI");
  refuses(body("redis> MULTI; redis> ¶MULTI;"), "a second MULTI: the first one is still open");
  refuses(body("redis> SET k 1; redis> ¶EXEC;"), "EXEC without MULTI");
  refuses(body("redis> MULTI; redis> EXEC; redis> ¶DISCARD;"), "DISCARD without MULTI");
  refuses(body("let ¶x = redis> MULTI;"), "MULTI has no reply worth keeping: write it without `let`");
  refuses(body("redis> MULTI; let ¶x = redis> DISCARD;"), "DISCARD has no reply worth keeping: write it without `let`");
  refuses(body("redis> MULTI ¶now;"), "MULTI takes no arguments");
  // Also where an error leads to.
  refuses(body("try { redis> MULTI; SELECT 1; } catch any { redis> ¶MULTI; }"),
          "a second MULTI: the first one is still open");
  // Where it depends on the way, it is found when it happens.
  const auto plays = [](const std::string& statements) {
    try {
      const auto models = load_text(body(statements));
      play(models.front().roles.front(), {reply({text("OK")})});
    } catch (const ModelError& error) {
      return error.diagnostic().message;
    }
    return std::string("played");
  };
  CHECK(plays("if id = 7 { redis> MULTI; } let x = redis> GET k; respond x.value;") == queued);
  CHECK(plays("if id = 8 { redis> MULTI; } redis> EXEC;") == "EXEC without MULTI");
  CHECK(plays("if id = 7 { redis> MULTI; } redis> MULTI; redis> EXEC;") ==
        "a second MULTI: the first one is still open");
  CHECK(plays("if id = 7 { redis> MULTI; } redis> WATCH k;") == "WATCH comes before MULTI");
  CHECK(plays("if id = 8 { redis> MULTI; } redis> WATCH k;") == "played");
}

}  // namespace
}  // namespace gapless::scenario::testing
