// Every mistake has one place (marked ¶) and a message that says what is wrong.
#include <doctest/doctest.h>

#include <string>

#include "base/source.h"
#include "harness.h"

namespace gapless::scenario::testing {
namespace {

void refuses(const std::string& marked, const std::string& message) {
  const auto [text, at] = unmark(marked);
  const auto source = make_source("s.gap", text);
  const auto where = diagnostic_at(*source, at, "");
  CAPTURE(marked);
  CHECK(mistake(text) == std::to_string(where.line) + ":" + std::to_string(where.column) + " " + message);
}

// As refuses(), for messages that are another layer's: these words must be in it.
void refuses_with(const std::string& marked, const std::string& words) {
  const auto [text, at] = unmark(marked);
  const auto source = make_source("s.gap", text);
  const auto where = diagnostic_at(*source, at, "");
  const std::string found = mistake(text);
  CAPTURE(marked);
  CAPTURE(found);
  CHECK(found.starts_with(std::to_string(where.line) + ":" + std::to_string(where.column) + " "));
  CHECK(found.find(words) != std::string::npos);
}

void refuses_body(const std::string& body, const std::string& message) { refuses(with_body(body), message); }
void refuses_body_with(const std::string& body, const std::string& words) { refuses_with(with_body(body), words); }

const std::string bank = "database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL); }\n";
const std::string request = "request withdraw(amount) { variant naive { respond 200; } }\n";

// A scenario with one more declaration.
std::string declared(const std::string& more) {
  return "scenario s\n" + bank + request + "run withdraw(1) * 2\n" + more;
}

TEST_CASE("bytes that are no text") {
  CHECK(mistake(std::string("scenario s\n\0", 12)) == "2:1 a NUL byte: this is not a text file");
  CHECK(mistake("scenario s\n-- \xff\n") == "2:4 this byte is not valid UTF-8");
  CHECK(mistake("scenario s \xc3") == "1:12 this byte is not valid UTF-8");
  CHECK(mistake("scenario s \xed\xa0\x80") == "1:12 this byte is not valid UTF-8");  // a surrogate
  CHECK(mistake("scenario s \xc0\x80") == "1:12 this byte is not valid UTF-8");      // an overlong NUL
  CHECK(mistake("scenario s\n" + std::string(1024 * 1024, ' ')) ==
        "1:1 this file is larger than 1 MiB; a scenario is a few hundred lines");
}

TEST_CASE("the file") {
  refuses("¶", "expected `scenario` and a name: a file begins with them, found the end of the file");
  refuses("¶scenarios s", "expected `scenario` and a name: a file begins with them, found `scenarios`");
  refuses("scenario ¶", "expected a name, found the end of the file");
  refuses("scenario ¶\"title\"", "expected a name, found `\"`");
  refuses("scenario s \"no end¶\nrun",
          "expected the closing \" of this text on the same line, found the end of the line");
  refuses("scenario s\n¶tabel x",
          "expected a declaration, found `tabel`; there are isolation, database, request, run, always, "
          "finally, history, memory, clock, faults, lock, processes");
  refuses("scenario s\n¶requst f() { }", "expected a declaration, found `requst`; did you mean `request`?");
  refuses("scenario s\n¶/* no end", "this comment is never closed");
  refuses("scenario s\n¶/* a /* b */ no end", "this comment is never closed");
  refuses("scenario ¶s\n" + bank, "this scenario has no `request`");
  refuses("scenario ¶s\n" + bank + request, "this scenario has no `run`: say which requests race");
  refuses(declared("¶run withdraw(2)"), "a second `run`: write all requests in one, with commas between");
}

TEST_CASE("databases and isolation") {
  refuses("scenario s\ndatabase ¶{ }", "expected a name, found `{`");
  refuses("scenario s\ndatabase bank ¶{ }", "expected a name, found `{`");
  refuses("scenario s\ndatabase bank postgres ¶", "expected `{`, found the end of the file");
  refuses("scenario s\ndatabase bank postgres { CREATE TABLE t (id int);¶", "expected `}`, found the end of the file");
  refuses(declared("database cache ¶mysql { }"),
          "there is no database of kind `mysql`: there are `postgres`, `redis`, `mongodb` and `dynamodb`");
  refuses(declared("database cache ¶postgre { }"), "there is no database of kind `postgre`; did you mean `postgres`?");
  refuses(declared("database ¶bank postgres { }"), "a second database `bank`; the first is in line 2");
  refuses_with("scenario s\ndatabase bank postgres { ¶CREATE VIEW v AS SELECT 1; }\n" + request + "run withdraw(1)",
               "VIEW");
  refuses_with("scenario s\ndatabase bank postgres { CREATE TABLE t (id ¶point); }\n" + request + "run withdraw(1)",
               "point");
  refuses(declared("isolation ¶\"read commited\""),
          "there is no isolation level \"read commited\"; did you mean \"read committed\"?");
  refuses(declared("isolation \"read committed\"\nisolation ¶\"read committed\""), "a second `isolation`");
}

TEST_CASE("requests and variants") {
  refuses("scenario s\nrequest ¶(a) { }", "expected a name, found `(`");
  refuses("scenario s\nrequest f ¶{ }", "expected `(` and the request's parameters, found `{`");
  refuses("scenario s\nrequest f(¶1) { }", "expected `)`, found `1`");
  refuses("scenario s\nrequest f() ¶run f()", "expected the request's variants or statements in `{ }`, found `run`");
  refuses("scenario s\nrequest f() { variant a { } ¶respond 200; }", "expected `variant` or `}`, found `respond`");
  refuses("scenario s\nrequest f() { variant a { } ¶varaint b { } }",
          "expected `variant` or `}`, found `varaint`; did you mean `variant`?");
  refuses("scenario s\nrequest f() { variant ¶{ } }", "expected a name, found `{`");
  refuses("scenario s\nrequest f() { variant a ¶respond 200; }", "expected a block in `{ }`, found `respond`");
  refuses("scenario s\nrequest f() { variant a expect ¶maybe { } }",
          "expected `violated`, or no `expect` at all for what is safe, found `maybe`");
  refuses("scenario s\nrequest f() { variant a expect ¶voilated { } }",
          "expected `violated`, or no `expect` at all for what is safe, found `voilated`; did you mean `violated`?");
  refuses("scenario s\nrequest f() { variant a expect holds ¶expect holds { } }",
          "a second `expect`; write both claims in one, with a comma between");
  refuses("scenario s\nrequest f() { variant a \"one\" ¶\"two\" { } }", "a second title");
  refuses("scenario s\nrequest f() { variant a story ¶{ } }", "expected a text in double quotes, found `{`");
  refuses("scenario s\nrequest f() ¶expect holds { variant a { } }",
          "a request with variants has no title, story or claim of its own: write it at the variant");
  refuses("scenario s\nrequest f() { variant a expect holds at ¶\"snapshot\" { } }\nrun f()",
          "there is no isolation level \"snapshot\"; there are \"read committed\", \"repeatable read\" and "
          "\"serializable\"");
  refuses("scenario s\nrequest f() { variant a expect holds, ¶violated { } }\nrun f()",
          "a second claim about the same level; name levels with `at \"…\"`");
  refuses("scenario s\nrequest f() { variant a { } variant ¶a { } }\nrun f()",
          "a second variant `a`; the first is in line 2");
  refuses(declared("request ¶withdraw() { }"), "a second request `withdraw`; the first is in line 3");
  refuses("scenario s\nrequest f(x, ¶x) { }\nrun f(1, 2)", "a second parameter `x`; the first is in line 2");
  refuses(
      "scenario s\nrequest f() { variant a { } variant b { } }\nrequest ¶g() { variant a { } variant c { } }\n"
      "run f(), g()",
      "`g` has several variants, but none that goes with `b` of another request");
  refuses(
      "scenario s\nrequest f() { variant a expect violated { } }\nrequest g() { variant a expect ¶holds { } }\n"
      "run f(), g()",
      "another request claims something else about `a`");
}

TEST_CASE("the run line") {
  const std::string start = "scenario s\n" + bank + request;
  refuses(start + "run ¶", "expected a request to run, such as withdraw(50) * 2, found the end of the file");
  refuses(start + "run ¶withdrow(1)", "there is no request `withdrow`; did you mean `withdraw`?");
  refuses(start + "run ¶withdraw()", "`withdraw` takes 1 argument, not 0");
  refuses(start + "run ¶withdraw(1, 2)", "`withdraw` takes 1 argument, not 2");
  refuses(start + "run withdraw(1) * ¶0", "a request is run between 1 and 1000 times");
  refuses(start + "run withdraw(1) * ¶99999999999999999999", "a request is run between 1 and 1000 times");
  refuses(start + "run withdraw(1) * ¶two", "expected a whole number, found `two`");
  refuses(start + "¶run withdraw(1) * 600, withdraw(2) * 600", "more than 1000 actors");
  refuses_with(start + "run withdraw(¶amount)", "amount");
  refuses_with(start + "run withdraw(¶1 / 0)", "division by zero");
  refuses_with(start + "run withdraw(¶:amount)", ":amount");
  Options none;
  none.actors = 0;
  CHECK(mistake(start + "run withdraw(1)", none) == "4:1 the number of actors is between 1 and 1000");
  Options one;
  one.actors = 1;
  CHECK(mistake(start + "run withdraw(1), withdraw(2), withdraw(3) * 2", one) ==
        "4:1 this `run` has 2 requests without `*`: fewer actors than that are not possible");
}

TEST_CASE("statements that are not grammatical") {
  refuses_body("¶repsond 200;", "expected a statement or `}`, found `repsond`; did you mean `respond`?");
  refuses_body("¶else { }", "expected a statement or `}`, found `else`");
  refuses_body("¶200;", "expected a statement or `}`, found `200`");
  refuses_body("let ¶= 1;", "expected a name, found `=`");
  refuses_body("let x ¶SELECT 1;", "expected `=`, found `SELECT`");
  refuses_body("let x = ¶;", "expected an SQL statement, an expression or a call, found `;`");
  refuses_body("UPDATE users SET balance = 0 ¶}", "expected `;`, found `}`");
  refuses_body("if ¶{ }", "expected an SQL statement or expression, found `{`");
  refuses_body("if amount > 1¶; respond 200;", "expected a block in `{ }`, found `;`");
  refuses_body("for p ¶of SELECT 1 { }", "expected `in`, found `of`");
  refuses_body("for p in ¶{ }", "expected SELECT … or x.rows, found `{`");
  refuses_body("for p in ¶amount { }", "`for` goes over the rows of SELECT … or of a result: x.rows");
  refuses_body("for p in ¶amount.rows { }", "`amount` is no result of a statement");
  refuses_body("respond ¶;", "expected an SQL statement or expression, found `;`");
  refuses_body("effect ¶(1);", "expected a name, found `(`");
  refuses_body("effect paid¶;", "expected `(` and the arguments, found `;`");
  refuses_body("effect paid(amount) ¶}", "expected `;`, found `}`");
  refuses_body("¶retry { }", "`retry` needs `up to N`, `on CONDITION`, or both");
  refuses_body("retry up ¶3 { }", "expected `to`, as in `retry up to 3`, found `3`");
  refuses_body("retry up to ¶many { }", "expected a whole number, found `many`");
  refuses_body("retry up to ¶0 { again; }", "the number of attempts is between 1 and 1000");
  refuses_body("retry on ¶{ }", "expected the name of an error condition, such as unique_violation, found `{`");
  refuses_body("¶try { }", "`try` needs `catch CONDITION { }`, `finally { }`, or both");
  refuses_body(
      "try { } catch ¶{ }",
      "expected the name of an error condition, such as unique_violation, found `{`; `catch any` takes every error");
  refuses_body("try { } catch ¶unique_violatoin { }",
               "PostgreSQL has no error condition `unique_violatoin`; did you mean `unique_violation`?");
  refuses_body("retry on ¶serialisation_failure { }",
               "PostgreSQL has no error condition `serialisation_failure`; did you mean `serialization_failure`?");
  refuses_body("¶again;", "`again` stands only inside `retry`");
  refuses_body("transaction { ¶transaction { } }", "a transaction inside a transaction of the same database");
}

TEST_CASE("too many") {
  std::string variants;
  for (int i = 0; i < 1000; ++i) variants += "variant v" + std::to_string(i) + " { } ";
  CHECK(mistake("scenario s\nrequest f() { " + variants + "}\nrun f()") == "loaded");
  refuses("scenario s\nrequest f() { " + variants + "variant ¶one_more { } }\nrun f()", "more than 1000 variants");
  std::string terms;
  for (int i = 0; i < 1000; ++i) terms += "f(), ";
  refuses("scenario s\nrequest f() { }\nrun " + terms + "¶f()", "more than 1000 terms");
  std::string body;
  for (int i = 0; i < 5000 - 1; ++i) body += "set amount = 1;\n";
  CHECK(mistake(with_body(body + "set amount = 1;\nset amount = 1;")).starts_with("5004:5 this request is too long"));
}

TEST_CASE("expressions within expressions") {
  std::string deep = "amount";
  for (int i = 0; i < 98; ++i) deep = "1 + (" + deep + ")";
  CHECK(mistake(with_body("respond " + deep + ";")) == "loaded");
  for (int i = 0; i < 3; ++i) deep = "1 + (" + deep + ")";
  refuses_body("respond ¶" + deep + ";", "this expression nests deeper than 100 levels");
}

TEST_CASE("blocks within blocks") {
  std::string deep;
  for (int i = 0; i < 98; ++i) deep += "if true { ";
  std::string closing(98 * 2, ' ');
  for (std::size_t i = 0; i < closing.size(); i += 2) closing[i] = '}';
  CHECK(mistake(with_body(deep + closing)) == "loaded");  // 98, and the variant's own block
  refuses_body(deep + "if true { if true ¶{ } } " + closing, "blocks nest deeper than 100");
  refuses("scenario s\nrequest f() { variant a { if true {¶", "expected a statement or `}`, found the end of the file");
}

TEST_CASE("SQL") {
  refuses_body("UPDATE users SET balance = balance - ¶(amount;", "'(' is never closed");
  refuses_body_with("UPDATE users SET note = ¶'no end;", "unterminated quoted string");
  refuses_body_with("SELECT * FROM ¶usres;", "\"usres\" does not exist");
  refuses_body_with("SELECT ¶balence FROM users;", "did you mean");
  refuses_body_with("¶TRUNCATE users;", "TRUNCATE");
  refuses_body_with("SELECT 1 FORM ¶users;", "at or near \"users\"");
  refuses_body("UPDATE users SET balance = ¶:amout;", "`amout` is not defined here; did you mean `amount`?");
  refuses_body("transaction { ¶BEGIN; }", "BEGIN inside `transaction { }`: it is open already");
  refuses_body("¶stripe> SELECT 1;", "there is no database `stripe`");
  refuses_body("¶bamk> SELECT 1;", "there is no database `bamk`; did you mean `bank`?");
  const std::string two = "scenario s\ndatabase bank postgres { }\ndatabase stripe postgres { }\n";
  refuses(two + "request f() { ¶SELECT 1; }\nrun f()",
          "there are several databases: say which one is meant, as in `bank> UPDATE …`");
  refuses(two + "request f() { ¶transaction { } }\nrun f()",
          "there are several databases: say which one is meant, as in `bank> transaction { }`");
  refuses("scenario s\nrequest f() { ¶SELECT 1; }\nrun f()", "this scenario has no database");
}

TEST_CASE("names") {
  refuses_body("if ¶amout > 1 { }", "`amout` is not defined here; did you mean `amount`?");
  refuses_body("respond ¶usr.balance;", "`usr` is not defined here");
  refuses_body("let user = SELECT balance FROM users; if ¶user.balence < 1 { }",
               "`user` has no field `balence`; it has balance, count, found, rows; did you mean `balance`?");
  refuses_body("let user = SELECT balance FROM users; UPDATE users SET balance = ¶:user.blance;",
               "`user` has no field `blance`; it has balance, count, found, rows; did you mean `balance`?");
  refuses_body("let done = DELETE FROM users; if ¶done.row { }",
               "`done` has no field `row`; it has count, found, rows; did you mean `rows`?");
  refuses_body("let user = SELECT balance FROM users; if ¶user < 1 { }",
               "`user` is the result of a statement: say which of its fields is meant, as in `user.balance`");
  refuses_body("let user = SELECT balance FROM users; if ¶user.rows = 1 { }",
               "`user.rows` is no value; it stands only in `for p in user.rows { }`");
  refuses_body("let x = SELECT id, balance AS id FROM users; respond ¶x.id;",
               "`x.id` is ambiguous: two columns have this name; name one of them with AS");
  refuses_body("respond ¶amount.total;", "`amount` is a single value and has no field `total`");
  refuses_body("for p in SELECT id FROM users { respond ¶p.count; }", "`p` has no field `count`; it has id");
  refuses_body("if true { let x = 1; }\nrespond ¶x;",
               "`x` is not defined here: a name ends with the block that its `let` stands in");
  refuses_body("let x = 1;\nlet ¶x = 2;",
               "`x` is already defined in line 4; choose another name, or give it a new value with `set`");
  refuses_body("let ¶amount = 2;",
               "`amount` is already defined in line 3; choose another name, or give it a new value with `set`");
  refuses_body("set ¶y = 2;", "`y` is not defined here");
  refuses_body("set ¶me = 2;", "`me` cannot be set");
  refuses_body("let ¶me = 2;", "`me` is the actor's number and cannot be another local");
  refuses_body("let ¶and = 2;", "`and` is a word of SQL and no name for a local");
  refuses_body("let u = SELECT id FROM users; set ¶u = 1;",
               "`u` is the result of a statement; it can be set to another statement's, not to a value");
  refuses_body("let u = SELECT id FROM users; set ¶u = SELECT balance FROM users;",
               "`u` was no result of a statement with the same columns before; use `let` and another name");
  refuses_body("let x = 1; set x = call ¶pay(1);", "the outcome of a call takes a new name: use `let`");
  refuses_body("if ¶1 + 1 { }", "a condition is true or false, and this is of type integer");
}

TEST_CASE("the ledger") {
  refuses_body(
      "effect paid(amount); effect ¶paid(amount, 1);",
      "`paid` has the columns (amount, arg2) here and (amount) at its first use, line 4; name columns with `AS`");
  refuses_body("effect paid(amount);\neffect ¶paid(amount + 1);",
               "`paid` has the columns (arg1) here and (amount) at its first use, line 4; name columns with `AS`");
  refuses_body("effect paid(amount, ¶1 AS amount);",
               "a second column `amount` of `paid`: give it another name with `AS`");
  refuses_body("effect ¶users(1);", "`users` is a table of bank already; choose another name for what has happened");
  refuses_body("effect ¶responses(1);", "`responses` is the table of the responses");
}

TEST_CASE("invariants") {
  refuses(declared("always ¶{ SELECT true }"), "expected a text in double quotes, found `{`");
  refuses(declared("always \"a\" { ¶}"), "expected an SQL statement or expression, found `}`");
  refuses(declared("always \"a\" { SELECT true }\nfinally ¶\"a\" { SELECT true }"),
          "a second invariant `a`; the first is in line 5");
  refuses(declared("always \"a\" { ¶DELETE FROM users }"),
          "an invariant is a SELECT of one true or false; this is no SELECT");
  refuses(declared("always \"a\" { ¶SELECT true, false }"),
          "an invariant is a SELECT of one true or false; this is a query of 2 columns");
  refuses(declared("always \"a\" { ¶SELECT balance FROM users }"),
          "an invariant is a SELECT of one true or false; this is of type integer");
  refuses(declared("always \"a\" { ¶SELECT balance > :amount FROM users }"),
          "an invariant belongs to no request: there is no `:amount` here");
  refuses(declared("always \"a\" { ¶SELECT true FROM users FOR UPDATE }"), "an invariant only looks; it locks nothing");
  refuses_with(declared("always \"a\" { SELECT count(*) = 0 FROM ¶user_s }"), "did you mean");
}

}  // namespace
}  // namespace gapless::scenario::testing
