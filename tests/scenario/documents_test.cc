// Requests to MongoDB and DynamoDB: what is sent, what is kept of the answer, transactions.
#include <doctest/doctest.h>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

namespace document = store::document;

std::string mongo(const std::string& body,
                  const std::string& fill = "db.c.insertOne({_id: 1, code: 'A', usedAt: null});") {
  return "scenario s\ndatabase shop mongodb { " + fill + " }\nrequest f(code, n) { " + body + " }\nrun f('A', 5)\n";
}

std::string dynamo(const std::string& body) {
  return "scenario s\ndatabase bank dynamodb { CreateTable {TableName: \"t\", KeySchema: [{AttributeName: \"id\", "
         "KeyType: "
         "\"HASH\"}]}; PutItem {TableName: \"t\", Item: {id: \"a\", balance: 100, tags: {\"SS\": [\"x\"]}}}; }\n"
         "request f(code, n) { " +
         body + " }\nrun f('A', 5)\n";
}

const store::Observation done = rows({}, {});
store::Observation found(std::int32_t used) {
  return rows({"_id", "code", "usedAt"}, {{Decimal(1), text("A"), Decimal(used)}});
}

std::string log_of(const std::string& text, std::vector<store::Observation> script) {
  return lines(play(text, std::move(script)).log);
}
// The one request of the body.
std::string sent(const std::string& text) { return play(text, {done}).log.at(0); }

TEST_CASE("literals of JavaScript, and expressions of SQL") {
  CHECK(sent(mongo(
            "shop> db.c.insertOne({a: 1, 'b': \"x\", \"c.d\": 'it''s', e: null, f: true, g: [1, 2,], h: {}, });")) ==
        "db.c.insertOne({a: 1, b: \"x\", \"c.d\": \"it's\", e: null, f: true, g: [1, 2], h: {}})");
  CHECK(sent(mongo("db.c.insertOne({a: -5, b: 1.50, c: 1e3, d: 'a\\'b\\\\c\\u00e9'});")) ==
        "db.c.insertOne({a: -5, b: 1.5, c: 1000, d: \"a'b\\\\cé\"})");
  CHECK(sent(mongo("db.c.updateOne({code: code}, {$inc: {n: n + 1}, $set: {t: 'u-' || code, y: n * 2 > 9}});")) ==
        "db.c.updateOne({code: \"A\"}, {$inc: {n: 6}, $set: {t: \"u-A\", y: true}})");
  CHECK(sent(mongo("db.c.findOne({code, n});")) == "db.c.findOne({code: \"A\", n: 5})");
  CHECK(
      sent(mongo("db.c.findOne({a: (n + 1) * 2, b: coalesce(NULL, n), c: CASE WHEN n > 1 THEN 'x' ELSE 'y' END});")) ==
      "db.c.findOne({a: 12, b: 5, c: \"x\"})");
  CHECK(sent(mongo(
            "db.c.findOne({a: NumberLong(7), b: NumberDecimal(\"1.5\"), c: ObjectId(\"65f\"), d: NumberInt(n)});")) ==
        "db.c.findOne({a: 7, b: 1.5, c: \"65f\", d: 5})");
  CHECK(sent(mongo("db.c.findOne({a: ISODate(\"2024-01-02T03:04:05Z\"), b: new Date(\"2024-01-01\")});")) ==
        "db.c.findOne({a: ISODate(\"2024-01-02 03:04:05\"), b: ISODate(\"2024-01-01 00:00:00\")})");
  CHECK(sent(mongo("db.c.findOne({a: new Date(), b: now() + interval '1 hour'});")) ==
        "db.c.findOne({a: ISODate(\"2024-01-01 12:00:00\"), b: ISODate(\"2024-01-01 13:00:00\")})");
  CHECK(sent(mongo("db.c.findOne({a: 1, // it's a comment; with }\n b: 2, -- another\n /* and */ c: 3});")) ==
        "db.c.findOne({a: 1, b: 2, c: 3})");
  CHECK(sent(mongo("// don't stop here\ndb.c.findOne({}); // nor } here's one\n")) == "db.c.findOne({})");
  CHECK(sent(mongo("db.c.findOne({a: true AND n > 1, b: null});")) == "db.c.findOne({a: true, b: null})");
}

TEST_CASE("chained methods, and what does nothing") {
  CHECK(sent(mongo("let x = db.c.find({code}).sort({at: -1})\n  .limit(n - 3).toArray();")) ==
        "db.c.find({code: \"A\"}).sort({at: -1}).limit(2)");
  CHECK(sent(mongo("db.getCollection(\"c\").findOne({});")) == "db.c.findOne({})");
}

TEST_CASE("the result: fields, whatever their capitals; found, count, rows") {
  const std::string body = "let c = db.c.findOne({code}); if not c.found { respond 404; } respond c.usedAt + c.count;";
  CHECK(log_of(mongo(body), {found(7)}) == "db.c.findOne({code: \"A\"})\n→ 8\n");
  CHECK(log_of(mongo(body), {done}) == "db.c.findOne({code: \"A\"})\n→ 404\n");
  CHECK(log_of(mongo("let c = db.c.findOne({}); respond c.USEDAT;"), {found(7)}) == "db.c.findOne({})\n→ 7\n");
  CHECK(log_of(mongo("for c in db.c.find({}) { effect saw(c.usedAt); }"), {found(7)}) ==
        "db.c.find({})\neffect saw(7)\n→ 200\n");
  CHECK(log_of(mongo("let c = db.c.find({}); for d in c.rows { effect saw(d.usedAt); }"), {found(7)}) ==
        "db.c.find({})\neffect saw(7)\n→ 200\n");
  CHECK(log_of(mongo("let c = db.c.findOne({a: 1}); set c = db.c.findOne({a: 2}); respond c.usedAt;"),
               {found(1), found(2)}) == "db.c.findOne({a: 1})\ndb.c.findOne({a: 2})\n→ 2\n");
  CHECK(log_of(mongo("let u = db.c.updateOne({}, {$set: {usedAt: 1}}); respond u.modifiedCount;"),
               {rows({"matchedCount", "modifiedCount", "upsertedId"}, {{Decimal(1), Decimal(3), sql::Null{}}})}) ==
        "db.c.updateOne({}, {$set: {usedAt: 1}})\n→ 3\n");
}

TEST_CASE("a field of a field is one column, with a point or without") {
  const std::string fill = "db.c.insertOne({_id: 1, limits: {used: 3, top: {most: 9}}});";
  const auto answer = rows({"_id", "limits_used", "limits_top_most"}, {{Decimal(1), Decimal(3), Decimal(9)}});
  CHECK(log_of(mongo("let c = db.c.findOne({}); respond c.limits.used;", fill), {answer}).ends_with("→ 3\n"));
  CHECK(log_of(mongo("let c = db.c.findOne({}); respond c.limits_used;", fill), {answer}).ends_with("→ 3\n"));
  CHECK(log_of(mongo("let c = db.c.findOne({}); respond c.limits.top.most;", fill), {answer}).ends_with("→ 9\n"));
  CHECK(log_of(mongo("let c = db.c.findOne({}); db.c.findOne({a: c.limits.top.most - 1});", fill), {answer, done})
            .find("{a: 8}") != std::string::npos);
}

TEST_CASE("errors are caught by name") {
  const std::string body = "try { db.c.insertOne({_id: 1}); } catch duplicate_key { respond 409; }";
  CHECK(log_of(mongo(body), {error("duplicate_key")}) == "db.c.insertOne({_id: 1})\n→ 409\n");
  CHECK(log_of(mongo(body), {error("mongodb_error")}) == "db.c.insertOne({_id: 1})\n→ mongodb_error\n");
}

// ---------------------------------------------------------------------------------------------- transactions

const std::string first = "startTransaction; db.c.findOne({})\n";

TEST_CASE("a transaction begins with its first request and is committed at its end") {
  CHECK(log_of(mongo("shop> transaction { db.c.findOne({}); db.c.deleteOne({_id: 1}); }"), {done, done, done}) ==
        first + "db.c.deleteOne({_id: 1})\ncommitTransaction\n→ 200\n");
  CHECK(log_of(mongo("transaction { db.c.findOne({}); } db.c.findOne({});"), {done, done, done}) ==
        first + "commitTransaction\ndb.c.findOne({})\n→ 200\n");
  CHECK(log_of(mongo("transaction { db.c.findOne({}); respond 201; }"), {done, done}) ==
        first + "commitTransaction\n→ 201\n");
  CHECK(log_of(mongo("transaction { }"), {}) == "→ 200\n");
}

TEST_CASE("rollback, commit, and what comes behind them") {
  CHECK(log_of(mongo("transaction { db.c.findOne({}); rollback; respond 409; }"), {done, done}) ==
        first + "abortTransaction\n→ 409\n");
  CHECK(log_of(mongo("shop> transaction { db.c.findOne({}); shop> rollback; }"), {done, done}) ==
        first + "abortTransaction\n→ 200\n");
  CHECK(log_of(mongo("transaction { db.c.findOne({}); COMMIT; db.c.findOne({}); }"), {done, done, done}) ==
        first + "commitTransaction\ndb.c.findOne({})\n→ 200\n");
}

TEST_CASE("an error that leaves the block aborts, as part of its step; retry begins anew") {
  CHECK(log_of(mongo("transaction { db.c.findOne({}); }"), {error("write_conflict")}) ==
        first + "abandon 0\n→ write_conflict\n");
  CHECK(
      log_of(mongo("retry up to 2 on write_conflict { transaction { db.c.findOne({}); } } exhausted { respond 503; }"),
             {error("write_conflict"), done, error("write_conflict")}) ==
      first + "abandon 0\n" + first + "commitTransaction\n→ 503\n");
  // Beside a database of SQL the numbers go on behind it.
  const std::string both =
      "scenario s\ndatabase a postgres { CREATE TABLE x (id int); }\ndatabase b mongodb { }\ndatabase c mongodb { }\n"
      "request f() { c> transaction { db.c.insertOne({a: 1}); a> SELECT id FROM x; b> db.d.insertOne({a: 1}); "
      "db.c.insertOne({a: 2}); } }\nrun f()\n";
  CHECK(log_of(both, {done, done, done, error("write_conflict")}) ==
        "1> startTransaction; db.c.insertOne({a: 1})\nSELECT id FROM x\ndb.d.insertOne({a: 1})\n1> db.c.insertOne({a: "
        "2})\n"
        "abandon 2\n→ write_conflict\n");
}

TEST_CASE("whether a transaction is open belongs to the place") {
  const auto place = [](const std::string& argument) {
    const std::string text =
        "scenario s\ndatabase shop mongodb { }\ndatabase bank postgres { }\nrequest f(k) { shop> transaction { if k = "
        "1 { "
        "db.c.insertOne({a: 1}); } bank> SELECT 1; } }\nrun f(" +
        argument + ")\n";
    const auto played = play(text, {done, done, done});
    return played.places.at(argument == "1" ? 1 : 0);
  };
  CHECK(place("1") != place("2"));
  CHECK(place("2") == place("3"));
}

TEST_CASE("values of a request belong to what is sent, and live ones to the place") {
  const auto played =
      play(mongo("let c = db.c.findOne({}); db.c.findOne({a: n}); respond c.usedAt;"), {found(3), done});
  CHECK(played.places.at(1).find("=4:1:3") != std::string::npos);
}

TEST_CASE("what a later request will hold belongs to the place, in arguments and in chained methods") {
  const auto place = [](const std::string& last, std::int32_t used) {
    const auto played =
        play(mongo("let c = db.c.findOne({}); db.c.findOne({a: 1}); " + last), {found(used), done, done});
    return played.places.at(1);
  };
  const std::string filter = "db.c.findOne({$or: [{a: c.usedAt}]});";
  CHECK(place(filter, 3) != place(filter, 4));
  CHECK(place(filter, 3) == place(filter, 3));
  const std::string chained = "for d in db.c.find({}).limit(c.usedAt) { }";
  CHECK(place(chained, 3) != place(chained, 4));
  CHECK(place("db.c.findOne({});", 3) == place("db.c.findOne({});", 4));
}

// -------------------------------------------------------------------------------------------------- DynamoDB

TEST_CASE("actions, with and without type descriptors") {
  CHECK(sent(dynamo("bank> GetItem {TableName: \"t\", Key: {id: code}, ConsistentRead: true};")) ==
        "GetItem {TableName: \"t\", Key: {id: \"A\"}, ConsistentRead: true}");
  CHECK(sent(dynamo("GetItem({TableName: \"t\", Key: {\"id\": {\"S\": \"a\"}}});")) ==
        "GetItem {TableName: \"t\", Key: {id: \"a\"}}");
  CHECK(
      sent(dynamo(
          "PutItem {TableName: \"t\", Item: {id: {S: code}, a: {\"N\": \"5\"}, b: {\"N\": n}, c: {\"N\": n::text}, d: "
          "{\"BOOL\": true}, e: {\"NULL\": true}, f: {\"L\": [{\"N\": \"1\"}, {\"S\": \"x\"}]}, g: {\"M\": {h: {\"N\": "
          "\"2\"}}}, i: {\"SS\": [\"y\", \"x\", \"y\"]}, j: {\"NS\": [\"2\", \"1\"]}, k: {l: {\"N\": \"3\"}}}};")) ==
      "PutItem {TableName: \"t\", Item: {id: \"A\", a: 5, b: 5, c: 5, d: true, e: null, f: [1, \"x\"], g: {h: 2}, i: "
      "<<\"x\", "
      "\"y\">>, j: <<1, 2>>, k: {l: 3}}}");
  CHECK(sent(dynamo("UpdateItem {TableName: \"t\", Key: {id: 'a'}, UpdateExpression: \"SET balance = balance - :x\", "
                    "ExpressionAttributeValues: {\":x\": {\"N\": n}}};")) ==
        "UpdateItem {TableName: \"t\", Key: {id: \"a\"}, UpdateExpression: \"SET balance = balance - :x\", "
        "ExpressionAttributeValues: {\":x\": 5}}");
  // Elsewhere an object of one field is what it is.
  CHECK(
      sent(dynamo("TransactWriteItems {TransactItems: [{Put: {TableName: \"t\", Item: {id: {\"S\": \"b\"}}}}], "
                  "ClientRequestToken: code};")) ==
      "TransactWriteItems {TransactItems: [{Put: {TableName: \"t\", Item: {id: \"b\"}}}], ClientRequestToken: \"A\"}");
}

TEST_CASE("a number that is none is an error of the request") {
  CHECK(
      log_of(
          dynamo(
              "let x = 'five'; try { PutItem {TableName: \"t\", Item: {id: 'b', a: {\"N\": x}}}; } catch any { respond "
              "400; }"),
          {}) == "→ 400\n");
}

TEST_CASE("PartiQL: locals are parameters") {
  CHECK(sent(dynamo("bank> UPDATE \"t\" SET balance = balance - :n WHERE id = :code AND balance >= :n;")) ==
        "UPDATE \"t\" SET balance = balance - 5 WHERE id = 'A' AND balance >= 5");
  CHECK(sent(dynamo("bank> INSERT INTO \"t\" VALUE {'id': :code, 'note': 'a:b;c'};")) ==
        "INSERT INTO \"t\" VALUE {'id': 'A', 'note': 'a:b;c'}");
  CHECK(sent(dynamo("let r = bank> SELECT * FROM \"t\"\n  WHERE id = :code;")) == "SELECT * FROM \"t\" WHERE id = 'A'");
  CHECK(log_of(dynamo("for r in bank> SELECT * FROM \"t\" WHERE balance > :n { effect saw(r.balance); }"),
               {rows({"id", "balance"}, {{text("a"), Decimal(9)}})}) ==
        "SELECT * FROM \"t\" WHERE balance > 5\neffect saw(9)\n→ 200\n");
  const auto played =
      play(dynamo("let r = bank> SELECT * FROM \"t\" WHERE id = :code; bank> DELETE FROM \"t\" WHERE id = :r.id;"),
           {rows({"id", "balance"}, {{text("z"), Decimal(9)}}), done});
  CHECK(played.operations.at(1).request.text == "DELETE FROM \"t\" WHERE id = ?");
  CHECK(played.operations.at(1).request.arguments.at(0) == document::Value("z"));
}

// ------------------------------------------------------------------------------------------ what a model knows

TEST_CASE("a variant that reads without ConsistentRead has replicas that lag") {
  const auto lags = [](const std::string& body) {
    return load_text(dynamo(body)).front().documents.at(0).catalog.eventual_reads;
  };
  CHECK(lags("GetItem {TableName: \"t\", Key: {id: 'a'}};"));
  CHECK(lags("bank> SELECT * FROM \"t\" WHERE id = 'a';"));
  CHECK_FALSE(lags("GetItem {TableName: \"t\", Key: {id: 'a'}, ConsistentRead: true};"));
  CHECK_FALSE(lags("DeleteItem {TableName: \"t\", Key: {id: 'a'}};"));
  const auto models = load_text(
      "scenario s\ndatabase bank dynamodb { CreateTable {TableName: \"t\", KeySchema: [{AttributeName: \"id\", "
      "KeyType: "
      "\"HASH\"}]}; }\nrequest f() { variant a { GetItem {TableName: \"t\", Key: {id: 'a'}}; } variant b { GetItem "
      "{TableName: "
      "\"t\", Key: {id: 'a'}, ConsistentRead: true}; } }\nrun f()\n");
  CHECK(models.at(0).documents.at(0).catalog.eventual_reads);
  CHECK_FALSE(models.at(1).documents.at(0).catalog.eventual_reads);
}

TEST_CASE("places are methods and collections") {
  const auto model = load_text(mongo("db.c.findOne({code});\ndb.c.updateOne({code}, {$inc: {n: n}});")).front();
  REQUIRE(model.places.size() == 2);
  CHECK(model.places[0].method == "findOne");
  CHECK(model.places[1].method == "updateOne");
  CHECK(model.places[1].collection == "c");
  CHECK(model.places[1].line == 4);
  CHECK(model.places[1].text == "db.c.updateOne({code: …}, {$inc: {n: …}})");
}

TEST_CASE("the digest does not look at layout, and looks at all else") {
  const auto digest = [](const std::string& body, const std::string& fill = "db.c.insertOne({_id: 1});") {
    return load_text(mongo(body, fill)).front().digest;
  };
  const auto plain = digest("db.c.findOne({a: 'x  y'});");
  CHECK(plain == digest("db.c.findOne({a:   // it's new\n 'x  y'});"));
  CHECK(plain != digest("db.c.findOne({a: 'x y'});"));
  CHECK(plain != digest("db.c.findOne({a: 'x  y'});", "db.c.insertOne({_id: 2});"));
}

TEST_CASE("a schema of a variant adds indexes") {
  const auto models = load_text(
      "scenario s\ndatabase shop mongodb { db.c.insertOne({_id: 1, code: 'A'}); }\nrequest f(code) {\n"
      "variant a { db.c.insertOne({code}); }\n"
      "variant b schema { db.c.createIndex({code: 1}, {unique: true}); } { db.c.insertOne({code}); }\n}\nrun f('A')\n");
  CHECK(models.at(0).documents.at(0).catalog.collections.at(0).indexes.empty());
  REQUIRE(models.at(1).documents.at(0).catalog.collections.at(0).indexes.size() == 1);
  CHECK(models.at(1).documents.at(0).catalog.collections.at(0).indexes.at(0).unique);
  CHECK(models.at(0).digest != models.at(1).digest);
}

}  // namespace
}  // namespace gapless::scenario::testing
