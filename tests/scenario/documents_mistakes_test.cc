// Mistakes in requests to MongoDB and DynamoDB: each with its place and, where there is one, what to write instead.
#include <doctest/doctest.h>

#include <string>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

std::string in_mongo(const std::string& body) {
  return "scenario s\n"
         "database shop mongodb { db.c.insertOne({_id: 1, code: 'A', usedAt: null}); }\n"
         "request f(code, n) {\n" +
         body + "\n}\nrun f('A', 5)\n";
}
std::string in_dynamo(const std::string& body) {
  return "scenario s\ndatabase bank dynamodb { CreateTable {TableName: \"t\", KeySchema: [{AttributeName: \"id\", "
         "KeyType: "
         "\"HASH\"}]}; }\nrequest f(code, n) {\n" +
         body + "\n}\nrun f('A', 5)\n";
}

// ¶ marks the place, which is in line 4 where the body is one line.
void check_mistake(const std::string& text, const std::string& message) {
  const auto marked = unmark(text);
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < marked.at; ++i) {
    const bool ends = marked.text[i] == '\n';
    line += ends ? 1 : 0;
    column = ends ? 1 : column + 1;
  }
  CHECK_MESSAGE(mistake(marked.text) == std::to_string(line) + ":" + std::to_string(column) + " " + message,
                marked.text);
}
void mongo(const std::string& body, const std::string& message) { check_mistake(in_mongo(body), message); }
void dynamo(const std::string& body, const std::string& message) { check_mistake(in_dynamo(body), message); }

TEST_CASE("brackets, commas and colons") {
  mongo("db.c.findOne({code: code, ¶{a: 1}});", "expected the name of a field or `}`, found `{`");
  mongo("db.c.findOne({code: code ¶usedAt: null});", "expected `,` in front of the field `usedAt`");
  mongo("db.c.findOne({code: 'A' ¶usedAt: null});", "expected `}` or `,` behind the field `code`, found `usedAt`");
  mongo("db.c.findOne({code ¶code});", "expected `:` behind `code`, found `code`");
  mongo("db.c.findOne({code ¶= code});", "expected `:` behind `code`, found `=`");
  mongo("db.c.findOne(¶{code: code;", "this `{` is never closed");
  mongo("db.c.findOne(¶{code: 1;", "this `{` is never closed");
  mongo("db.c.findOne¶({code: code};", "this `(` is never closed");
  mongo("db.c.findOne({a: ¶[1, 2;", "this `[` is never closed");
  mongo("db.c.findOne({a: [1 ¶2]});", "expected `]` or `,` behind an element, found `2`");
  mongo("db.c.findOne({a: ¶});", "expected a value, found `}`");
  mongo("db.c.findOne({a: ¶, b: 1});", "expected a value, found `,`");
  mongo("db.c.findOne({a: 1})\n¶db.c.findOne({});", "expected `;`, found `db`");
  mongo("db.c.findOne({¶\"a': 1});", "this text is never closed");
  mongo("db.c.findOne({a: 1, ¶a: 2});", "a second field `a`");
  mongo("db.c.findOne({¶limits.used: 1});", "a path is written in quotes, as in \"limits.used\"");
  mongo("db.c.findOne({¶...x});", "`...` is not supported: write the fields one by one");
  mongo("db.c.findOne({¶[x]: 1});", "a computed name of a field is not supported: write the name");
  mongo("db.c.findOne({a: '\\u12¶x'});", "`\\u` is followed by four hexadecimal digits");
}

TEST_CASE("what is JavaScript and no SQL") {
  const std::string equals = "an expression is SQL, where `=` compares";
  mongo("db.c.findOne({a: code ¶== 'A'});", equals);
  mongo("db.c.findOne({a: code ¶=== 'A'});", equals);
  mongo("db.c.findOne({a: n > 1 ¶&& n < 3});", "an expression is SQL: write `AND`");
  mongo("db.c.findOne({a: n > 1 ¶? 1 : 2});", "an expression is SQL: write `CASE WHEN … THEN … ELSE … END`");
  mongo("db.c.findOne({a: ¶`x${n}`});", "an expression is SQL: join texts with `||`, as in 'user-' || id");
  mongo("db.c.findOne({a: 'x' ¶+ code});", "an expression is SQL: join texts with `||`, as in 'user-' || id");
  mongo("db.c.findOne({a: ¶\"x\" || code});",
        "within an expression a text is written in single quotes, as in 'user-' || id");
  mongo("db.c.findOne({a: code || ¶\"x\"});",
        "within an expression a text is written in single quotes, as in 'user-' || id");
  mongo("db.c.find({}).forEach(d ¶=> { });",
        "a function cannot stand here: values are literals and SQL expressions over locals");
  mongo("db.c.find({}).forEach(¶function(d) { });",
        "a function cannot stand here: values are literals and SQL expressions over locals");
  mongo("db.c.findOne({a: ¶undefined});", "`undefined` is no value: leave the field out, or write `null`");
  mongo("db.c.findOne({a: ¶/x/i});", "a regular expression is not supported");
  mongo("db.c.findOne({a: new ¶Foo(1)});", "`new Foo` is not supported; there is `new Date(…)`");
  mongo("db.c.findOne({a: ISODate(¶\"2024-01-32\")});", "`2024-01-32` is no instant: write \"2024-01-01T12:00:00Z\"");
  mongo("db.c.findOne({a: NumberLong(¶\"x\")});", "`x` is no number");
  mongo("db.c.findOne({a: ¶Date.now()});", "write `now()`, or `extract(epoch from now())` for seconds");
  mongo("let c = ¶await db.c.findOne({});", "leave out `await`: every request is waited for");
  mongo("¶await shop> db.c.findOne({});", "leave out `await`: every request is waited for");
}

TEST_CASE("names") {
  mongo("db.c.findOne({a: ¶cod});", "`cod` is not defined here; did you mean `code`?");
  mongo("db.c.findOne({¶cod});", "`cod` is not defined here; did you mean `code`?");
  mongo("let c = db.c.findOne({}); respond ¶c.usdAt;",
        "`c` has no field `usdat`; it has _id, code, usedAt, count, found, rows; did you mean `usedAt`?");
  mongo("db.c.¶findAndUpdate({}, {});", "unknown method `findAndUpdate`; did you mean `findOneAndUpdate`?");
  mongo("db.c.updateOne({code}, {¶$st: {usedAt: 1}});", "$st is no update operator; did you mean `$set`?");
  mongo("¶shp> db.c.findOne({});", "there is no database `shp`; did you mean `shop`?");
  mongo("try { db.c.insertOne({_id: 1}); } catch ¶duplicate_kye { }",
        "MongoDB has no error condition `duplicate_kye`; did you mean `duplicate_key`?");
}

TEST_CASE("requests that are none") {
  mongo("shop> ¶coupons.findOne({});", "a request to MongoDB is `db.COLLECTION.METHOD(…)`, found `coupons`");
  mongo("shop> ¶SELECT 1;", "a request to MongoDB is `db.COLLECTION.METHOD(…)`, found `SELECT`");
  mongo("¶SELECT 1;", "`shop` is a database of MongoDB: it takes requests, as in `shop> db.coupons.findOne({…})`");
  mongo("db.c.findOne¶;", "expected `(` and the arguments behind `findOne`, found `;`");
  mongo("db.¶runCommand({});",
        "a request to MongoDB is `db.COLLECTION.METHOD(…)`; `db.runCommand(…)` is not supported");
  mongo("db.c.¶createIndex({code: 1});", "createIndex stands in the database block, not in a request");
  check_mistake(
      "scenario s\ndatabase a postgres { }\nrequest f() { ¶db.c.findOne({}); }\nrun f()\n",
      "expected a statement or `}`, found `db`; a request to MongoDB needs a database, `database shop mongodb { }`");
  check_mistake("scenario s\ndatabase a postgres { }\nrequest f() { ¶GetItem {TableName: \"t\"}; }\nrun f()\n",
                "expected a statement or `}`, found `GetItem`; an action of DynamoDB needs a database, `database shop "
                "dynamodb { }`");
  check_mistake(
      "scenario s\ndatabase a mongodb { }\ndatabase b mongodb { }\nrequest f() { ¶db.c.findOne({}); }\nrun f()\n",
      "there are several databases of MongoDB: say which one is meant, as in `a> …`");
  check_mistake("scenario s\ndatabase a ¶mongo { }\nrequest f() { }\nrun f()\n",
                "there is no database of kind `mongo`; did you mean `mongodb`?");
}

TEST_CASE("database blocks") {
  const auto block = [](const std::string& body) {
    return "scenario s\ndatabase shop mongodb { " + body + " }\nrequest f() { }\nrun f()\n";
  };
  check_mistake(block("db.c.insertOne({_id: 1}) ¶db.c.insertOne({_id: 2});"),
                "expected `;` behind this request, found `db`");
  check_mistake(block("db.c.insertOne({_id: ¶code});"), "there are no locals here; a text stands in quotes");
  check_mistake(block("db.c.insertOne({_id: 1}); ¶db.c.insertOne({_id: 1});"),
                mistake(block("db.c.insertOne({_id: 1}); db.c.insertOne({_id: 1});")).substr(5));
  check_mistake(block("db.c.¶insrtOne({_id: 1});"), "unknown method `insrtOne`; did you mean `insertOne`?");
  check_mistake(block("¶CREATE TABLE c (id int);"),
                "a request to MongoDB is `db.COLLECTION.METHOD(…)`, found `CREATE`");
  check_mistake("scenario s\ndatabase shop mongodb { db.c.insertOne(¶{_id: 1", "this `{` is never closed");
  check_mistake(
      "scenario s\ndatabase shop mongodb { }\nrequest f() { variant a ¶schema { CREATE TABLE c (id int); } { } }\nrun "
      "f()\n",
      "there is no database that could have a schema");
  check_mistake(
      "scenario s\ndatabase shop mongodb { }\nrequest f() { variant a ¶schema shop { CREATE TABLE c (id int); } { } "
      "}\nrun f()\n",
      "what `shop` gets is requests, as in `db.coupons.createIndex({code: 1}, {unique: true});`");
}

TEST_CASE("time, where there is a clock") {
  const std::string text =
      "scenario s\ndatabase shop mongodb { db.c.insertOne({_id: 1, at: new Date()}); }\n"
      "clock '14:00', '15:00'\nrequest f() { db.c.findOne({at: ¶new Date()}); }\nrun f()\n";
  check_mistake(
      text,
      "where there is a `clock`, the client's time is read by a statement: `let t = SELECT now() AS at;`, then "
      "`t.at` (`memory time { }` gives a database for it)");
  const auto filled = load_text(
      "scenario s\ndatabase shop mongodb { db.c.insertOne({_id: 1, at: new Date()}); }\nmemory time { }\n"
      "clock '14:00', '15:00'\nrequest f() { let t = SELECT now() AS at; db.c.findOne({at: t.at}); }\n"
      "run f()\n");
  const auto& documents = filled.front().documents.at(0).initial.collections.at(0);
  CHECK(store::document::to_string(store::document::Value(documents.begin()->second)) ==
        "{_id: 1, at: ISODate(\"2024-01-01 14:00:00\")}");
}

TEST_CASE("transactions") {
  mongo("shop> transaction at ¶\"serializable\" { db.c.findOne({}); }",
        "a transaction of MongoDB has no level to choose: it reads from one snapshot, and a write to what others have "
        "changed "
        "since fails with write_conflict");
  mongo("¶shop> transaction read only { }", "a transaction of MongoDB is neither `read only` nor `deferrable`");
  mongo("¶shop> rollback;", "no transaction of `shop` is open here: `rollback` stands in `shop> transaction { }`");
  mongo("¶rollback;", "`shop` is a database of MongoDB: it takes requests, as in `shop> db.coupons.findOne({…})`");
  mongo("shop> transaction { ¶shop> transaction { } }", "a transaction inside a transaction of the same database");
  dynamo("¶bank> transaction { }",
         "DynamoDB has no transactions over several requests: read first, and write with `TransactWriteItems "
         "{TransactItems: "
         "[…]}` and a condition on what was read");
}

TEST_CASE("DynamoDB") {
  dynamo("bank> ¶UpdateItm {TableName: \"t\"};", "unknown action `UpdateItm` of DynamoDB; did you mean `UpdateItem`?");
  dynamo("bank> ¶getItem {TableName: \"t\"};", "unknown action `getItem` of DynamoDB; did you mean `GetItem`?");
  dynamo("bank> ¶db.t.findOne({});",
         "this is a DynamoDB database: a request is an action, as in GetItem {…}, or a statement of PartiQL");
  dynamo("bank> ¶TRUNCATE t;",
         "a request to DynamoDB is an action with its object, as in UpdateItem {TableName: …}, or SELECT, INSERT, "
         "UPDATE or "
         "DELETE of PartiQL; found `TRUNCATE`");
  dynamo("bank> UPDATE \"t\" SET a = ¶? WHERE id = 'a';", "a local is written with its name, as in `:amount`");
  dynamo("bank> UPDATE \"t\" SET a = :¶cod WHERE id = 'a';", "`cod` is not defined here; did you mean `code`?");
  dynamo("bank> UPDATE \"t\" SET a = ¶'x WHERE id = 1;", "this text is never closed");
  dynamo("bank> ¶INSERT INTO \"t\" VALUE {'id': 'a';", "this statement has a bracket that is never closed");
  dynamo("PutItem {TableName: \"t\", Item: {id: \"a\", n: {\"N\": ¶\"five\"}}};", "`five` is no number");
  dynamo("PutItem {TableName: \"t\", Item: {id: {\"S\": ¶5}}};", "`{\"S\": …}` takes a text");
  dynamo("PutItem {TableName: \"t\", Item: {id: \"a\", b: {\"BOOL\": ¶\"yes\"}}};",
         "`{\"BOOL\": …}` takes true or false");
  dynamo("PutItem {TableName: \"t\", Item: {id: \"a\", b: {\"L\": ¶5}}};", "`{\"L\": …}` takes an array");
  dynamo("PutItem {TableName: \"t\", Item: {id: \"a\", b: {\"M\": ¶5}}};", "`{\"M\": …}` takes an object");
  dynamo("PutItem {TableName: \"t\", Item: {id: \"a\", n: {\"N\": ¶true}}};",
         "`{\"N\": …}` takes a number, as in {\"N\": \"5\"}");
  dynamo("try { } catch ¶write_conflict { }", "DynamoDB has no error condition `write_conflict`");
}

TEST_CASE("warnings") {
  const auto of = [](const std::string& body) { return first_warning(in_mongo(body)); };
  CHECK(of("db.copons.findOne({code});") == "4:4 nothing is ever inserted into `copons`");
  CHECK(of("db.d.findOne({code}); db.d.updateOne({code}, {$set: {a: 1}}, {upsert: true});").find("nothing") ==
        std::string::npos);
  const auto of_dynamo = [](const std::string& body) { return first_warning(in_dynamo(body)); };
  const std::string update =
      "UpdateItem {TableName: \"t\", Key: {id: 'a'}, UpdateExpression: \"SET n = :x\", "
      "ExpressionAttributeValues: {\":x\": 1}";
  CHECK(of_dynamo("let u = " + update + "}; if u.found { respond 201; }").find("`u.found` is always true") !=
        std::string::npos);
  CHECK(of_dynamo("let u = " + update + ", ReturnValues: \"ALL_OLD\"}; if u.found { respond 201; }").find("always") ==
        std::string::npos);
}

}  // namespace
}  // namespace gapless::scenario::testing
