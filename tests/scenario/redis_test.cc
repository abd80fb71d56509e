// Redis commands: words and what stands in them, replies, MULTI and EXEC.
#include <doctest/doctest.h>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

std::string world(const std::string& body, const std::string& fill = "") {
  return "scenario s\ndatabase redis redis { " + fill + " }\nrequest f(code) { " + body + " }\nrun f('A')\n";
}

std::string log_of(const std::string& body, std::vector<store::Observation> script) {
  return lines(play(world(body), std::move(script)).log);
}

std::vector<std::vector<std::string>> words_of(const std::string& body) {
  return play(world(body), {reply({}), reply({}), reply({})}).operations.at(0).commands;
}

using Words = std::vector<std::vector<std::string>>;

const store::Observation done = reply({text("OK")});

TEST_CASE("words: blanks, quotes, braces, expressions, comments") {
  CHECK(words_of("redis> SET k v;") == Words{{"SET", "k", "v"}});
  CHECK(words_of("redis> SET lock:{code} 'a b' NX EX 10;") == Words{{"SET", "lock:A", "a b", "NX", "EX", "10"}});
  CHECK(words_of("redis>SET 'it''s' \"a \"\"b\"\"\";") == Words{{"SET", "it's", "a \"b\""}});
  CHECK(words_of("redis> SET k '';") == Words{{"SET", "k", ""}});
  CHECK(words_of("redis> SET k {{}};") == Words{{"SET", "k", "{}"}});
  CHECK(words_of("redis> SET k \"{{{code}}}\";") == Words{{"SET", "k", "{A}"}});
  CHECK(words_of("redis> SET {code || ';}'} x{1 + 1}y{code}z;") == Words{{"SET", "A;}", "x2yAz"}});
  CHECK(words_of("redis> SET k -- a comment; not the end\n  /* SET; */ v;") == Words{{"SET", "k", "v"}});
  CHECK(words_of("redis> SET 7a:b$1 'a;b';") == Words{{"SET", "7a:b$1", "a;b"}});
  CHECK(words_of("let n = 'x'; redis> SET {n} {upper('y')} ;") == Words{{"SET", "x", "Y"}});
  CHECK(words_of("redis> GET\n   k\n;") == Words{{"GET", "k"}});
  CHECK(words_of("redis> EVAL \"return redis.call('get', KEYS[1])\" 1 lock:{code};") ==
        Words{{"EVAL", "return redis.call('get', KEYS[1])", "1", "lock:A"}});
}

TEST_CASE("which names are Redis is found wherever they are declared, and not in comments and texts") {
  const std::string text =
      "scenario s \"database bank redis\"\n-- database bank redis { }\n/* database bank redis */\n"
      "request f() { bank> SELECT 'database bank redis'; cache> GET 'k'; } run f()\n"
      "database bank postgres { } database cache redis { }\n";
  CHECK(lines(play(text, {changed(1), nil()}).log) == "SELECT 'database bank redis'\n> GET k\n→ 200\n");
}

TEST_CASE("a quote within E'…' does not hide a declaration") {
  const std::string text =
      "scenario s\nrequest f() { bank> SELECT E'\\''; cache> GET 'k'; } run f()\n"
      "database bank postgres { } database cache redis { }\n";
  CHECK(lines(play(text, {changed(1), nil()}).log).ends_with("> GET k\n→ 200\n"));
}

TEST_CASE("what only looks like a declaration is none") {
  const std::string text = "scenario s\nrequest f() { let database = 1; bank> SELECT database bank redis; }\nrun f()\n";
  CHECK(mistake(text + "database bank postgres { }\n") != "loaded");
}

TEST_CASE("the reply: value, found, count, rows") {
  const std::string get = "let x = redis> GET k; if x.found { respond x.value; } respond 404;";
  CHECK(log_of(get, {reply({text("7")})}) == "> GET k\n→ 7\n");
  CHECK(log_of(get, {nil()}) == "> GET k\n→ 404\n");
  CHECK(log_of("let x = redis> GET k; respond x.value::int + 1;", {reply({text("7")})}) == "> GET k\n→ 8\n");
  CHECK(log_of("let x = redis> GET k; respond coalesce(x.value, 'nil');", {nil()}) == "> GET k\n→ nil\n");
  CHECK(log_of("let x = redis> INCR k; respond x.value - 1;", {reply({sql::Value(std::int64_t{5})})}) ==
        "> INCR k\n→ 4\n");
  CHECK(log_of("let x = redis> LRANGE l 0 -1; for r in x.rows { effect saw(r.value); } respond x.count;",
               {reply({text("a"), text("b")})}) == "> LRANGE l 0 -1\neffect saw('a')\neffect saw('b')\n→ 2\n");
  auto pairs = rows({"field", "value"}, {{text("tea"), text("2")}, {text("jam"), text("1")}});
  CHECK(log_of("let x = redis> HGETALL cart; for r in x.rows { effect item(r.field, r.value); }", {pairs}) ==
        "> HGETALL cart\neffect item('tea', '2')\neffect item('jam', '1')\n→ 200\n");
  CHECK(log_of("let x = redis> GET a; set x = redis> GET b; respond x.value;",
               {reply({text("1")}), reply({text("2")})}) == "> GET a\n> GET b\n→ 2\n");
}

TEST_CASE("errors of Redis are caught by name") {
  const std::string body = "try { redis> INCR k; } catch redis_wrongtype { respond 500; }";
  CHECK(log_of(body, {error("redis_wrongtype")}) == "> INCR k\n→ 500\n");
  CHECK(log_of(body, {error("redis_error")}) == "> INCR k\n→ redis_error\n");
}

TEST_CASE("NULL in a word is an error") {
  CHECK(log_of("let x = redis> GET k; redis> SET l {x.value};", {nil()}) == "> GET k\n→ null_value_not_allowed\n");
}

TEST_CASE("MULTI and what is queued go with EXEC") {
  CHECK(log_of("redis> WATCH k; let x = redis> GET k; redis> MULTI; redis> SET k {x.value}1; redis> INCR n; "
               "let done = redis> EXEC; if done.found { respond done.count; } respond 409;",
               {done, reply({text("a")}), reply({text("OK"), sql::Value(std::int64_t{1})})}) ==
        "> WATCH k\n> GET k\n> MULTI; SET k a1; INCR n; EXEC\n→ 2\n");
  CHECK(log_of("redis> MULTI; redis> SET k 1; let done = redis> EXEC; if done.found { respond 200; } respond 409;",
               {nil()}) == "> MULTI; SET k 1; EXEC\n→ 409\n");
  CHECK(log_of("redis> multi; redis> SET k 1; redis> exec; redis> SET l 2;", {done, done}) ==
        "> MULTI; SET k 1; EXEC\n> SET l 2\n→ 200\n");
  CHECK(log_of("redis> MULTI; redis> SET k 1; redis> DISCARD; redis> SET l 2;", {done, done}) ==
        "> DISCARD: UNWATCH\n> SET l 2\n→ 200\n");
  // On some way only.
  CHECK(log_of("if code = 'A' { redis> MULTI; } redis> SET k 1; if code = 'A' { redis> EXEC; }", {done}) ==
        "> MULTI; SET k 1; EXEC\n→ 200\n");
}

TEST_CASE("what was queued belongs to the place") {
  const auto place = [](const std::string& argument) {
    const std::string text =
        "scenario s\ndatabase bank postgres { }\ndatabase redis redis { }\nrequest f(k) { "
        "redis> MULTI; redis> SET k {k}; SELECT 1; redis> EXEC; }\nrun f(" +
        argument + ")\n";
    return play(text, {changed(1), done}).places.at(0);
  };
  CHECK(place("'a'") != place("'b'"));
  CHECK(place("'a'") == place("'a'"));
  const std::string two =
      "scenario s\ndatabase bank postgres { }\ndatabase redis redis { }\nrequest f(k) { "
      "redis> MULTI; redis> SET k {k} ; redis> GET x; SELECT 1; redis> EXEC; }\nrun f('a')\n";
  CHECK(play(two, {changed(1), done}).places.at(0) != place("'a'"));
}

TEST_CASE("whether there is a queue, and where its commands end, belongs to the place") {
  const auto place = [](const std::string& body, const std::string& argument) {
    const std::string text = "scenario s\ndatabase bank postgres { }\ndatabase redis redis { }\nrequest f(k) { " +
                             body + " }\nrun f(" + argument + ")\n";
    return play(text, {changed(1), done}).places.at(0);
  };
  const std::string maybe = "if k = 1 { redis> MULTI; } SELECT 1; redis> SET a b;";
  CHECK(place(maybe, "1") != place(maybe, "2"));
  CHECK(place(maybe, "2") == place(maybe, "3"));
  const std::string split =
      "redis> MULTI; if k = 1 { redis> DEL a; redis> DEL b; } else { redis> DEL a DEL b; } SELECT 1; redis> EXEC;";
  CHECK(place(split, "1") != place(split, "2"));
}

TEST_CASE("the filled database and its digest") {
  const auto models = load_text(world("redis> GET k;", "SET k 'a b'; HSET h f 1 g 2; -- fills\n"));
  const auto& redis = models.front().keyvalues.at(0);
  CHECK(redis.name == "redis");
  CHECK(redis.commands == Words{{"SET", "k", "a b"}, {"HSET", "h", "f", "1", "g", "2"}});
  CHECK(redis.initial.entries.size() == 2);
  const auto digest = [&](const std::string& fill) { return load_text(world("redis> GET k;", fill)).front().digest; };
  CHECK(digest("SET k 'a b';") == digest("SET   k -- comment\n 'a b';"));
  CHECK(digest("SET k 'a b';") != digest("SET k 'a  b';"));
  CHECK(load_text(world("redis> SET k 'a b';")).front().digest !=
        load_text(world("redis> SET k 'a  b';")).front().digest);
}

TEST_CASE("warnings: a number is always found; SET NX and EXPIRE apart") {
  CHECK(first_warning(world("let x = redis> DEL k; if x.found { respond 1; }")) ==
        "3:44 `x.found` is always true: this command replies with a number; look at `x.value`");
  CHECK(warnings(world("let x = redis> GET k; if x.found { respond 1; }")).size() == 1);  // no invariant
  const std::string apart =
      "the key is set and its time in two commands: a crash between them leaves it for ever; write `SET … NX EX …`";
  CHECK(first_warning(world("redis> SET l:{code} 1 NX; redis> EXPIRE l:{code} 10;")) == "3:52 " + apart);
  CHECK(first_warning(world("redis> SETNX l 1; redis> PEXPIRE l 10;")) == "3:44 " + apart);
  CHECK(warnings(world("redis> SET l 1 NX EX 5; redis> EXPIRE l 10;")).size() == 1);
  CHECK(warnings(world("redis> SET l 1 NX; redis> EXPIRE m 10;")).size() == 1);
  CHECK(warnings(world("redis> MULTI; redis> SET l 1 NX; redis> EXPIRE l 10; redis> EXEC;")).size() == 1);
  CHECK(first_warning(world("redis> MULTI; redis> SET l 1;")) ==
        "3:1 the request ends between MULTI and EXEC: what was queued never happens");
}

}  // namespace
}  // namespace gapless::scenario::testing
