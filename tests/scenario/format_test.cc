#include "scenario/format/format.h"

#include <doctest/doctest.h>

#include <string>

#include "base/source.h"
#include "scenario/format/lexer.h"
#include "scenario/format/lines.h"
#include "scenario/format/printer.h"
#include "scenario/format/tree.h"

using namespace gapless;

namespace {

std::string formatted(const std::string& text) { return scenario::formatted(make_source("x.gap", text)); }

constexpr const char* begin =
    "scenario x \"t\"\n"
    "database shop postgres { CREATE TABLE t (a int, b text); }\n"
    "database redis redis { }\n";
constexpr const char* end =
    "run r(1)\n"
    "always \"x\" { SELECT true }\n";

// A request's body as it is laid out, without its own indentation.
std::string body(const std::string& text) {
  const std::string head = std::string(begin) + "request r(n) {\n";
  const auto result = formatted(head + text + "}\n" + end);
  REQUIRE(result.starts_with(head));
  REQUIRE(result.ends_with(std::string("}\n") + end));
  return result.substr(head.size(), result.size() - head.size() - 2 - std::string(end).size());
}

// A declaration as it is laid out, in front of the request.
std::string declaration(const std::string& text) {
  const std::string rest = std::string("request r(n) { respond 200; }\n") + end;
  const auto result = formatted(begin + text + "\n" + rest);
  REQUIRE(result.starts_with(begin));
  REQUIRE(result.ends_with(rest));
  return result.substr(std::string(begin).size(), result.size() - std::string(begin).size() - rest.size());
}

}  // namespace

TEST_CASE("statements stand on lines of their own, indented by two") {
  CHECK(body("let x=SELECT a FROM t;   UPDATE t SET a = 2;\n") ==
        "  let x = SELECT a FROM t;\n  UPDATE t SET a = 2;\n");
  CHECK(body("\n\n  effect   paid(n);\n\n\n  respond  200 ;\n\n") == "  effect paid(n);\n\n  respond 200;\n");
  CHECK(body("transaction at\n\"serializable\"   read only{ SELECT a FROM t;\n}") ==
        "  transaction at \"serializable\" read only {\n    SELECT a FROM t;\n  }\n");
}

TEST_CASE("a block on one line stays there while it fits") {
  CHECK(body("if n<1{respond 400;}else if n=1{ }else{respond 200;}\n") ==
        "  if n<1 { respond 400; } else if n=1 { } else { respond 200; }\n");
  const std::string wide(65, 'x');  // for a line of 120 columns
  CHECK(body("if n < 1 { effect a('" + wide + "'); effect b('0123456789012'); }\n") ==
        "  if n < 1 { effect a('" + wide + "'); effect b('0123456789012'); }\n");
  CHECK(body("if n < 1 { effect a('" + wide + "'); effect b('01234567890123'); }\n") ==
        "  if n < 1 {\n    effect a('" + wide + "');\n    effect b('01234567890123');\n  }\n");
  // Of an if and its else either none is opened or all are.
  CHECK(body("if n < 1 { respond 400; } else {\nrespond 200; }\n") ==
        "  if n < 1 {\n    respond 400;\n  } else {\n    respond 200;\n  }\n");
}

TEST_CASE("what follows a block goes on behind its brace") {
  CHECK(body("retry up to 3 on serialization_failure,deadlock_detected {\nSELECT a FROM t;\n}\nexhausted\n{ respond "
             "503; }\n") ==
        "  retry up to 3 on serialization_failure, deadlock_detected {\n    SELECT a FROM t;\n  } exhausted {\n"
        "    respond 503;\n  }\n");
  CHECK(body("try { SELECT a FROM t; }\n catch unique_violation , any { respond 409; } finally { }\n") ==
        "  try { SELECT a FROM t; } catch unique_violation, any { respond 409; } finally { }\n");
}

TEST_CASE("SQL is as its author wrote it, but for where its lines begin") {
  CHECK(body("      UPDATE t\n         SET  a = 2\n       WHERE b='x' ;\n") ==
        "  UPDATE t\n     SET  a = 2\n   WHERE b='x';\n");
  CHECK(body("let   x=SELECT a\n        FROM t\n          WHERE true;\n") ==
        "  let x = SELECT a\n          FROM t\n            WHERE true;\n");
  // What was never indented goes under the beginning of the statement.
  CHECK(body("let x = SELECT a\nFROM t\n  WHERE true;\n") ==
        "  let x = SELECT a\n          FROM t\n            WHERE true;\n");
  CHECK(body("\tSELECT a,\n\t\tb FROM t;\n") == "  SELECT a,\n      b FROM t;\n");
}

TEST_CASE("behind a bracket that ends a line, lines are indented from where that one begins") {
  CHECK(body("let x = SELECT a FROM t WHERE a IN (\n    1,\n    2\n);\n") ==
        "  let x = SELECT a FROM t WHERE a IN (\n      1,\n      2\n  );\n");
  CHECK(body("        let x=SELECT a FROM t WHERE a IN (\n    1\n  );\n") ==
        "  let x = SELECT a FROM t WHERE a IN (\n    1\n  );\n");
}

TEST_CASE("line breaks in quotes are data") {
  const std::string text = "  UPDATE t SET b = 'one\n   two  \n\n -- no comment; }' WHERE a = 1;\n";
  CHECK(body("      " + text) == text);
  CHECK(body("UPDATE t SET b = $x$ ';\n    } $x$, a = 2;") == "  UPDATE t SET b = $x$ ';\n    } $x$, a = 2;\n");
  CHECK(body("UPDATE t SET b = E'\\';\n    }', a = 2;") == "  UPDATE t SET b = E'\\';\n    }', a = 2;\n");
  CHECK(body("redis>EVAL \"return\n 1\" 0;") == "  redis> EVAL \"return\n 1\" 0;\n");
}

TEST_CASE("Redis commands: braces, expressions, quotes") {
  CHECK(body("redis>SET k:{'}' || n} {{x}} ;let v=redis> GET  \"a ; }} {n}\";\n") ==
        "  redis> SET k:{'}' || n} {{x}};\n  let v = redis> GET  \"a ; }} {n}\";\n");
  CHECK(formatted(std::string(
                      "scenario x\ndatabase redis redis{SET a 1;SET b '}}';}\nrequest r() { respond 1; }\nrun r()\n") +
                  "always \"x\" { SELECT true }\n") ==
        "scenario x\ndatabase redis redis { SET a 1; SET b '}}'; }\nrequest r() { respond 1; }\nrun r()\n"
        "always \"x\" { SELECT true }\n");
}

TEST_CASE("every comment is kept, where it was") {
  CHECK(body("-- own\nSELECT a FROM t;   -- behind\n    /* a\n       b */\n/* c */ SELECT b FROM t; /* d */\n") ==
        "  -- own\n  SELECT a FROM t;   -- behind\n  /* a\n     b */\n  /* c */\n  SELECT b FROM t; /* d */\n");
  CHECK(body("if n < 1 {  -- why\nrespond 400;\n-- last\n}\n-- otherwise\nelse { /* nothing */ }\n") ==
        "  if n < 1 {  -- why\n    respond 400;\n    -- last\n  }\n  -- otherwise\n  else {\n    /* nothing */\n  }\n");
  CHECK(body("SELECT a -- one\n-- two\n, b FROM t -- three\n;\n") ==
        "  SELECT a -- one\n  -- two\n  , b FROM t -- three\n      ;\n");
  CHECK(body("let -- a name\nx -- and\n= 1;\n") == "  let -- a name\n      x -- and\n      = 1;\n");
}

TEST_CASE("a variant's title stands beside it, story and claims below where they do not fit") {
  const auto request = [](const std::string& clauses) {
    const std::string head = std::string(begin) + "request r(n) {\n\n";
    const auto result = formatted(head + clauses + "{ respond 200; }\n}\n" + end);
    const auto tail = std::string("}\n") + end;
    REQUIRE(result.starts_with(head));
    REQUIRE(result.ends_with(tail));
    return result.substr(head.size(), result.size() - head.size() - tail.size());
  };
  CHECK(request("variant   a\"t\"expect holds") == "  variant a \"t\" expect holds { respond 200; }\n");
  CHECK(request("variant a \"t\" story \"s\"\nexpect holds") ==
        "  variant a \"t\"\n      story \"s\"\n      expect holds { respond 200; }\n");
  CHECK(request("variant a\n\"t\" expect violated at \"read committed\" ,\nholds at \"serializable\"") ==
        "  variant a \"t\"\n      expect violated at \"read committed\",\n             holds at \"serializable\" { "
        "respond 200; }\n");
  CHECK(request("variant a \"t\" at \"serializable\" expect holds") ==
        "  variant a \"t\" at \"serializable\" expect holds { respond 200; }\n");
  const std::string story(83, 's');  // one column too many
  CHECK(request("variant a \"t\" story \"" + story + "\" expect holds") ==
        "  variant a \"t\"\n      story \"" + story + "\"\n      expect holds { respond 200; }\n");
  CHECK(request("variant a,b \"t\" schema{CREATE UNIQUE INDEX ON t (a);} expect holds") ==
        "  variant a, b \"t\" schema { CREATE UNIQUE INDEX ON t (a); } expect holds { respond 200; }\n");
  CHECK(request("variant a,\nb") == "  variant a,\n          b { respond 200; }\n");
  CHECK(request("variant a \"t\"\nschema shop { CREATE UNIQUE INDEX ON t (a);\n} expect holds") ==
        "  variant a \"t\"\n      schema shop {\n        CREATE UNIQUE INDEX ON t (a);\n      }\n"
        "      expect holds { respond 200; }\n");
}

TEST_CASE("declarations") {
  CHECK(declaration("faults   crash<=1 ,retry <= 1") == "faults crash <= 1, retry <= 1\n");
  CHECK(declaration("faults none;faults crash <= 1 ;") == "faults none;\nfaults crash <= 1;\n");
  CHECK(declaration("isolation\"serializable\"  lock   a per\nprocess processes  2") ==
        "isolation \"serializable\"\nlock a per process\nprocesses 2\n");
  CHECK(declaration("clock '14:30' , '15:00'") == "clock '14:30', '15:00'\n");
  CHECK(declaration("memory m per  process{CREATE TABLE seen (a int);}") ==
        "memory m per process { CREATE TABLE seen (a int); }\n");
  CHECK(declaration("database copy postgres  replica of shop{}") == "database copy postgres replica of shop { }\n");
}

TEST_CASE("who runs, in the lines of its author") {
  const auto run = [](const std::string& text) {
    const std::string head = std::string(begin) + "request session(n) { respond 1; }\nrequest lock(n) { respond 1; }\n";
    const std::string tail = "always \"x\" { SELECT true }\n";
    const auto result = formatted(head + text + "\n" + tail);
    REQUIRE(result.starts_with(head));
    REQUIRE(result.ends_with(tail));
    return result.substr(head.size(), result.size() - head.size() - tail.size());
  };
  CHECK(run("run session(1)*2,lock( 2 )") == "run session(1) * 2, lock(2)\n");
  CHECK(run("run session(session(1),lock(2)) * 2;") == "run session (session(1), lock(2)) * 2;\n");
  CHECK(run("run deliver   lock(1)until 200 * 2,\njob session(1)") ==
        "run deliver lock(1) until 200 * 2,\n    job session(1)\n");
}

TEST_CASE("invariants that stand together are a table") {
  const auto invariants = [](const std::string& text) {
    const std::string head = std::string(begin) + "request r(n) { respond 1; }\nrun r(1)\n\n";
    const auto result = formatted(head + text);
    REQUIRE(result.starts_with(head));
    return result.substr(head.size());
  };
  CHECK(invariants("always \"a\"{SELECT true}\nfinally \"bc\" { SELECT true; }\n") ==
        "always  \"a\" { SELECT true }\nfinally \"bc\" { SELECT true; }\n");
  CHECK(invariants("always \"a\"   { SELECT true }\nfinally \"bc\" { SELECT true }\n") ==
        "always  \"a\"  { SELECT true }\nfinally \"bc\" { SELECT true }\n");
  CHECK(invariants("always  \"a\" { SELECT true }\n\nfinally \"bc\" { SELECT true }\n") ==
        "always \"a\" { SELECT true }\n\nfinally \"bc\" { SELECT true }\n");
  CHECK(invariants("always \"a\" { SELECT true }\n-- why\nfinally \"bc\" { SELECT\n  true }\n") ==
        "always  \"a\" { SELECT true }\n-- why\nfinally \"bc\" {\n  SELECT\n  true\n}\n");
}

TEST_CASE("an empty block, the end of the file, carriage returns") {
  const std::string text = std::string(begin) + "request r(n) { }\n" + end;
  std::string with_returns;
  for (const char c : text) with_returns += c == '\n' ? "\r\n" : std::string(1, c);
  CHECK(formatted(with_returns) == text);
  CHECK(formatted("\n\n" + text + "\n\n") == text);
  CHECK(formatted(text.substr(0, text.size() - 1)) == text);
  CHECK(formatted(std::string(begin) + "request r(n) {\n\n}\n" + end) == text);
}

TEST_CASE("a mistake of any kind is said, and nothing is laid out") {
  CHECK_THROWS_AS(formatted("scenario x\nrequest r() { repsond 1; }\nrun r()\n"), ModelError);
  CHECK_THROWS_AS(formatted("scenario x\nrequest r() { respond y; }\nrun r()\n"), ModelError);
  CHECK_THROWS_AS(formatted(""), ModelError);
}

TEST_CASE("requests to document stores are kept whole, with their braces") {
  using namespace scenario::format;
  const Notations notations = {{"shop", Notation::document}, {"bank", Notation::document}, {"pg", Notation::sql}};
  const auto laid_out = [&](const std::string& text) {
    const auto once = print(text, read_items(text, notations));
    CHECK(print(once, read_items(once, notations)) == once);
    return once;
  };
  CHECK(laid_out("database shop mongodb{db.c.insertOne({a: \"}\"});db.c.createIndex({a: 1}, {unique: true});}") ==
        "database shop mongodb { db.c.insertOne({a: \"}\"}); db.c.createIndex({a: 1}, {unique: true}); }\n");
  CHECK(laid_out("database bank dynamodb {\nPutItem {\n  TableName: \"t\",\n  Item: {id: \"a\"}\n};\n"
                 "INSERT INTO \"t\" VALUE {'id': '}'};\n}") ==
        "database bank dynamodb {\n  PutItem {\n    TableName: \"t\",\n    Item: {id: \"a\"}\n  };\n"
        "  INSERT INTO \"t\" VALUE {'id': '}'};\n}\n");
  const auto in_request = [&](const std::string& statements) {
    const auto text = laid_out("request r() {\n" + statements + "\n}");
    return text.substr(14, text.size() - 16);
  };
  CHECK(in_request("let x=shop>db.c.findOneAndUpdate({a: 'it\\'s }'}, // why\n{$set: {b: 1}});respond 1;") ==
        "  let x = shop> db.c.findOneAndUpdate({a: 'it\\'s }'}, // why\n                {$set: {b: 1}});\n  respond "
        "1;\n");
  CHECK(in_request("for x in shop>db.c.find({a: 1}){ respond 1; }for y in bank>Query {Limit: 1}{ respond 2; }") ==
        "  for x in shop> db.c.find({a: 1}) { respond 1; }\n  for y in bank> Query {Limit: 1} { respond 2; }\n");
  CHECK(in_request("shop>transaction{db.c.updateOne({a: 1}, {$inc: {b: -1}});}") ==
        "  shop> transaction { db.c.updateOne({a: 1}, {$inc: {b: -1}}); }\n");
  CHECK(in_request("let done=db.c.bulkWrite([\n  {updateOne: {a: 1}},\n]);") ==
        "  let done = db.c.bulkWrite([\n    {updateOne: {a: 1}},\n  ]);\n");
  CHECK(in_request("bank>UPDATE \"t\" SET a = {'b': 1} WHERE id = '\\';bank>PutItem {Item: {a: \"\\\"}\"}};") ==
        "  bank> UPDATE \"t\" SET a = {'b': 1} WHERE id = '\\';\n  bank> PutItem {Item: {a: \"\\\"}\"}};\n");
  CHECK(in_request("pg>SELECT a FROM t;") == "  pg> SELECT a FROM t;\n");
}

TEST_CASE("documents are read by their brackets and quotes") {
  using scenario::format::Lexeme;
  using scenario::format::next_lexeme;
  using scenario::format::Notation;
  const auto second = [](std::string_view text, Notation notation) {
    const Lexeme first = next_lexeme(text, 0, notation);
    const Lexeme lexeme = next_lexeme(text, first.end, notation);
    return std::string(text.substr(lexeme.begin, lexeme.end - lexeme.begin));
  };
  CHECK(second("x \"a\\\"}\" y", Notation::document) == "\"a\\\"}\"");
  CHECK(second("x 'a\\'}' y", Notation::document) == "'a\\'}'");
  CHECK(second("x 'a''}' y", Notation::document) == "'a''}'");
  CHECK(second("x // it's\n y", Notation::document) == "// it's");
  CHECK(second("x \"a\\\" y", Notation::partiql) == "\"a\\\"");
  CHECK(second("x // y", Notation::sql) == "/");
  CHECK(second("x {a || '}'} y", Notation::redis) == "{a || '}'}");
  CHECK(second("x }} y", Notation::redis) == "}}");
  CHECK(second("x /* a /* b */ c */ y", Notation::sql) == "/* a /* b */ c */");
}

TEST_CASE("columns are counted in characters; a tab goes to the next multiple of four") {
  using scenario::format::column_of;
  CHECK(column_of("→ x", 4) == 2);
  CHECK(column_of("a\n\tx", 3) == 4);
  CHECK(column_of("abc", 2) == 2);
}
