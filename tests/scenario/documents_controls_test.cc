// Which guards are found in requests to MongoDB and DynamoDB, and what stands there without one.
#include <doctest/doctest.h>

#include <algorithm>

#include "harness.h"
#include "scenario/controls.h"

namespace gapless::scenario::testing {
namespace {

std::string mongo(const std::string& body) {
  return "scenario s\ndatabase shop mongodb { db.c.createIndex({code: 1}, {unique: true}); db.c.createIndex({x: 1}); "
         "db.c.insertOne({_id: 1, code: 'A', usedAt: null}); }\nrequest f(code, n) {\n" +
         body + "\n}\nrun f('A', 5) * 2\n";
}
std::string dynamo(const std::string& body) {
  return "scenario s\ndatabase bank dynamodb { CreateTable {TableName: \"t\", KeySchema: [{AttributeName: \"id\", "
         "KeyType: "
         "\"HASH\"}]}; PutItem {TableName: \"t\", Item: {id: \"a\", balance: 100}}; }\nrequest f(code, n) {\n" +
         body + "\n}\nrun f('A', 5) * 2\n";
}

std::string guards(const std::string& text) {
  std::string result;
  for (const auto& guard : guards_of(load_text(text).front()))
    result += std::to_string(guard.line) + " " + guard.text + "\n";
  return result;
}

// The body without the guard, white space folded.
std::string without(const std::string& text, const std::string& named) {
  const auto model = load_text(text).front();
  const auto all = guards_of(model);
  const auto found = std::ranges::find(all, named, &Guard::text);
  REQUIRE_MESSAGE(found != all.end(), named, " is not among\n", guards(text));
  const auto changed = scenario::without(model, *found);
  const auto& written = changed.source->text;
  CHECK(std::ranges::count(written, '\n') == std::ranges::count(text, '\n'));
  std::string body;
  const auto begin = written.find("request f(code, n) {\n") + 21;
  for (const char c : written.substr(begin, written.find("\n}\nrun ") - begin)) {
    const bool space = c == ' ' || c == '\n';
    if (!space || (!body.empty() && body.back() != ' ')) body += space ? ' ' : c;
  }
  return body;
}

TEST_CASE("what a filter asks beyond the key") {
  const std::string body =
      "let c = db.c.findOneAndUpdate({_id: n, code, usedAt: null}, {$set: {usedAt: 1}});\n"
      "db.c.updateOne({_id: 1, n: {$gte: n}, $or: [{a: 1}, {b: 2}]}, {$inc: {n: -1}});\n"
      "db.c.deleteOne({usedAt: 1,}); db.c.findOne({usedAt: null});";
  CHECK(guards(mongo(body)) == "4 usedAt: null\n5 n: {$gte: n}\n5 $or: [{a: 1}, {b: 2}]\n6 usedAt: 1\n");
  CHECK(without(mongo(body), "usedAt: null")
            .starts_with("let c = db.c.findOneAndUpdate({_id: n, code, }, {$set: {usedAt: 1}});"));
  CHECK(without(mongo(body), "n: {$gte: n}").find("db.c.updateOne({_id: 1, $or: [{a: 1}, {b: 2}]}, ") !=
        std::string::npos);
  CHECK(without(mongo(body), "$or: [{a: 1}, {b: 2}]").find("db.c.updateOne({_id: 1, n: {$gte: n}, }, ") !=
        std::string::npos);
  CHECK(without(mongo(body), "usedAt: 1").find("db.c.deleteOne({ });") != std::string::npos);
}

TEST_CASE("unique indexes that a request could run into") {
  CHECK(guards(mongo("db.c.insertOne({_id: n, code});")) == "2 unique index (code) of c\n");
  CHECK(guards(mongo("db.c.updateOne({_id: n}, {$set: {code}});")) == "2 unique index (code) of c\n");
  CHECK(guards(mongo("db.c.updateOne({_id: n}, {$set: {usedAt: 1}});")).empty());
  const auto model = load_text(mongo("db.c.insertOne({_id: n, code});")).front();
  const auto changed = scenario::without(model, guards_of(model).front());
  const auto& indexes = changed.documents.at(0).catalog.collections.at(0).indexes;
  REQUIRE(indexes.size() == 2);
  CHECK_FALSE(indexes[0].unique);
  CHECK(guards(
            "scenario s\ndatabase shop mongodb { db.c.insertOne({_id: 1, code: 'A'}); }\nrequest f(code, n) {\nvariant "
            "a\n"
            "schema { db.c.createIndex({code: 1}, {unique: true}); } { db.c.insertOne({code}); } }\nrun f('B', 1)\n") ==
        "5 unique index (code) of c\n");
}

TEST_CASE("a transaction: its block without it") {
  const std::string body =
      "retry up to 3 on write_conflict { shop> transaction {\nlet c = db.c.findOne({_id: 1});\n"
      "if c.usedAt = 1 { rollback; respond 409; } db.c.updateOne({_id: 1}, {$set: {usedAt: 1}}); } }";
  CHECK(guards(mongo(body)) ==
        "4 retry up to 3 on write_conflict\n4 shop> transaction { … }\n6 if c.usedAt = 1 { … }\n");
  CHECK(without(mongo(body), "shop> transaction { … }") ==
        "retry up to 3 on write_conflict { if true { let c = shop> db.c.findOne({_id: 1}); if c.usedAt = 1 { respond "
        "409; } shop> "
        "db.c.updateOne({_id: 1}, {$set: {usedAt: 1}}); } }");
  CHECK(without(mongo("transaction { db.c.findOne({}); rollback; }"), "transaction { … }") ==
        "if true { db.c.findOne({}); }");
}

TEST_CASE("checks of what a request returned") {
  const std::string body =
      "let c = db.c.findOne({code}); if c.found { db.c.updateOne({_id: 1}, {$set: {a: 1}}); }\n"
      "if NOT c.found { respond 404; }";
  CHECK(guards(mongo(body)) == "4 if c.found { … }\n5 if NOT c.found { … }\n");
  CHECK(guards(mongo("let c = db.c.findOne({code}); if c.found { db.c.findOne({}); }")).empty());
}

TEST_CASE("DynamoDB: conditions with their values, tokens, consistent reads, checks of a transaction") {
  const std::string update =
      "bank> UpdateItem {TableName: \"t\", Key: {id: code}, UpdateExpression: \"SET balance = balance - :x\",\n"
      "ConditionExpression: \"balance >= :x AND #s = :open AND n BETWEEN :a AND :b\", ExpressionAttributeNames: "
      "{\"#s\": \"state\"},\n"
      "ExpressionAttributeValues: {\":x\": n, \":open\": \"open\", \":a\": 1, \":b\": 2}};";
  CHECK(guards(dynamo(update)) == "5 ConditionExpression balance >= :x\n5 AND #s = :open\n5 AND n BETWEEN :a AND :b\n");
  CHECK(without(dynamo(update), "ConditionExpression balance >= :x")
            .find("ConditionExpression: \" #s = :open AND n BETWEEN :a AND :b\"") != std::string::npos);
  const auto without_state = without(dynamo(update), "AND #s = :open");
  CHECK(without_state.find("\"balance >= :x AND n BETWEEN :a AND :b\"") != std::string::npos);
  CHECK(without_state.find("#s") == std::string::npos);
  CHECK(without_state.find(":open") == std::string::npos);
  CHECK(without_state.find("ExpressionAttributeNames") == std::string::npos);
  CHECK(without(dynamo(update), "AND n BETWEEN :a AND :b").find("{\":x\": n, \":open\": \"open\", }") !=
        std::string::npos);

  const std::string put =
      "PutItem {TableName: \"t\", Item: {id: code}, ConditionExpression: \"attribute_not_exists(id)\"};";
  CHECK(guards(dynamo(put)) == "4 ConditionExpression \"attribute_not_exists(id)\"\n");
  CHECK(without(dynamo(put), "ConditionExpression \"attribute_not_exists(id)\"") ==
        "PutItem {TableName: \"t\", Item: {id: code}, };");
  const std::string either =
      "DeleteItem {TableName: \"t\", Key: {id: code}, ConditionExpression: \"a = :x OR b = :x AND c = :x\", "
      "ExpressionAttributeValues: {\":x\": 1}};";
  CHECK(guards(dynamo(either)) == "4 ConditionExpression \"a = :x OR b = :x AND c = :x\"\n");
  CHECK(without(dynamo(either), "ConditionExpression \"a = :x OR b = :x AND c = :x\"") ==
        "DeleteItem {TableName: \"t\", Key: {id: code}, };");

  CHECK(guards(dynamo("let a = GetItem {TableName: \"t\", Key: {id: code}, ConsistentRead: true};")) ==
        "4 ConsistentRead: true\n");
  CHECK(guards(dynamo("let a = GetItem {TableName: \"t\", Key: {id: code}, ConsistentRead: false};")).empty());

  const std::string both =
      "TransactWriteItems {TransactItems: [{ConditionCheck: {TableName: \"t\", Key: {id: 'b'}, ConditionExpression: "
      "\"attribute_exists(id)\"}},\n{Put: {TableName: \"t\", Item: {id: code}, ConditionExpression: "
      "\"attribute_not_exists(id)\"}}], "
      "ClientRequestToken: code};";
  CHECK(guards(dynamo(both)) ==
        "4 ConditionCheck: {TableName: \"t\", Key: {id: 'b'}, ConditionExpression: \"attribute_exists(id)\"}\n"
        "5 ConditionExpression \"attribute_not_exists(id)\"\n5 ClientRequestToken: code\n");
  CHECK(without(dynamo(both), "ClientRequestToken: code").ends_with("}}], };"));
  CHECK(without(dynamo(both), guards(dynamo(both)).substr(2, guards(dynamo(both)).find('\n') - 2))
            .starts_with("TransactWriteItems {TransactItems: [ {Put: "));
}

TEST_CASE("PartiQL: what WHERE asks beyond the key") {
  const std::string body = "bank> UPDATE \"t\" SET balance = balance - :n WHERE id = :code AND balance >= :n;";
  CHECK(guards(dynamo(body)) == "4 AND balance >= :n\n");
  CHECK(without(dynamo(body), "AND balance >= :n") ==
        "bank> UPDATE \"t\" SET balance = balance - :n WHERE id = :code ;");
  CHECK(guards(dynamo("let r = bank> SELECT * FROM \"t\" WHERE balance > 5;")).empty());
}

}  // namespace
}  // namespace gapless::scenario::testing
