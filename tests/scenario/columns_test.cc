// The columns that invariants see of documents: every field that the file names, with its type.
#include <doctest/doctest.h>

#include "harness.h"
#include "store/document/database.h"

namespace gapless::scenario::testing {
namespace {

namespace document = store::document;

// "c(_id numeric, code text)", a line a table, as SQL sees them.
std::string tables(const std::string& text) {
  const auto model = load_text(text).front();
  std::string result;
  for (const auto& database : model.documents) {
    for (const auto& table : document::tables(database.catalog)) {
      result += table.name + "(";
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        result += (i > 0 ? ", " : "") + table.columns[i].name + " " + sql::to_string(table.columns[i].type);
      }
      result += ")\n";
    }
  }
  return result;
}

std::string of(const std::string& fill, const std::string& body = "", const std::string& run = "f('A', 5)") {
  return tables("scenario s\ndatabase shop mongodb { " + fill + " }\nrequest f(code, n) { " + body + " }\nrun " + run +
                "\n");
}

std::string of_dynamo(const std::string& body, const std::string& more = "") {
  return tables(
      "scenario s\ndatabase bank dynamodb { CreateTable {TableName: \"t\", KeySchema: [{AttributeName: \"id\", "
      "KeyType: "
      "\"HASH\"}]}; " +
      more + " }\nrequest f(code, n) { " + body + " }\nrun f('A', 5)\n");
}

TEST_CASE("literals: types, the key first, in the order of mention") {
  CHECK(of("db.c.insertOne({code: 'A', _id: 1, on: true, at: ISODate(\"2024-01-01\"), nothing: null});") ==
        "c(_id numeric, code text, on boolean, at timestamp, nothing text)\n");
  CHECK(of("db.c.insertOne({a: 1});") == "c(_id text, a numeric)\n");
  CHECK(of("db.c.insertMany([{_id: 1, a: null}, {_id: 2, a: 3, b: 'x'}]);") == "c(_id numeric, a numeric, b text)\n");
  CHECK(of("db.c.insertMany([{_id: 1}, {a: 2}]);") == "c(_id text, a numeric)\n");  // a key of its own is a text
  CHECK(of("db.c.insertMany([{_id: 1, a: 'x'}, {_id: 2, a: 3}]);") == "c(_id numeric, a text)\n");
}

TEST_CASE("names are lower case for SQL and keep their spelling in the catalog") {
  const auto model =
      load_text(
          "scenario s\ndatabase shop mongodb { db.couponUses.insertOne({_id: 1, usedAt: null}); }\n"
          "request f() { }\nrun f()\nalways \"a\" { SELECT count(*) = 0 FROM couponUses WHERE usedAt IS NOT NULL }\n")
          .front();
  const auto& collection = model.documents.at(0).catalog.collections.at(0);
  CHECK(collection.name == "couponUses");
  CHECK(collection.columns.at(1).name == "usedAt");
  CHECK(document::tables(model.documents.at(0).catalog).at(0).name == "couponuses");
}

TEST_CASE("nested documents, arrays and their elements") {
  CHECK(of("db.o.insertOne({_id: 1, limits: {used: 0, top: {most: 5}}, empty: {}});") ==
        "o(_id numeric, limits_used numeric, limits_top_most numeric, empty text)\n");
  CHECK(of("db.o.insertOne({_id: 1, tags: ['a']});") ==
        "o(_id numeric, tags text, tags_length numeric)\no_tags(_id numeric, position integer, value text)\n");
  CHECK(of("db.o.insertOne({_id: 1, items: [{sku: 'a', qty: 1, _id: 7}]});",
           "db.o.updateOne({'items.sku': code}, {$inc: "
           "{'items.$.qty': n}}); db.o.updateOne({_id: 1}, {$push: {items: {sku: code, gift: true}}});") ==
        "o(_id numeric, items text, items_length numeric)\n"
        "o_items(_id numeric, position integer, sku text, qty numeric, element__id numeric, gift boolean)\n");
  CHECK(of("db.o.insertOne({_id: 1, tags: []});",
           "db.o.updateOne({tags: code}, {$addToSet: {tags: {$each: [code]}}});") ==
        "o(_id numeric, tags text, tags_length numeric)\no_tags(_id numeric, position integer, value text)\n");
}

TEST_CASE("updates, filters and the rest name fields, too") {
  CHECK(
      of("",
         "db.c.updateOne({_id: n, code, x: {$gte: n}, $or: [{y: 'a'}, {z: {$in: [true]}}]}, {$set: {a: 'x', 'b.c': 1}, "
         "$inc: {i: 1}, $setOnInsert: {at: new Date()}, $unset: {u: ''}, $currentDate: {d: true}}, {upsert: true});") ==
      "c(_id numeric, code text, x numeric, y text, z boolean, a text, b_c numeric, i numeric, at timestamp, "
      "u text, d timestamp)\n");
  CHECK(of("db.c.createIndex({k: 1});", "for x in db.c.find({}).sort({s: 1}) { }") == "c(_id text, k text, s text)\n");
  CHECK(of("", "let s = db.c.aggregate([{$match: {a: 1}}, {$group: {_id: '$b', n: {$sum: '$c'}}}]);") ==
        "c(_id text, a numeric, b text, c text)\n");
  CHECK(of("", "db.c.updateOne({_id: 1}, [{$set: {left: {$subtract: ['$balance', 5]}, at: '$$NOW'}}]);") ==
        "c(_id numeric, balance text, left numeric, at timestamp)\n");
  CHECK(of("",
           "db.c.bulkWrite([{insertOne: {document: {_id: 1, a: 1}}}, {updateOne: {filter: {b: 'x'}, update: {$inc: {c: "
           "1}}}}]);") == "c(_id numeric, a numeric, b text, c numeric)\n");
  CHECK(of("", "db.c.findOneAndReplace({a: 1}, {b: 'x'}); db.c.deleteMany({d: true}); db.c.distinct('e', {f: 1});") ==
        "c(_id text, a numeric, b text, d boolean, e text, f numeric)\n");
}

TEST_CASE("types of locals: arguments, values, results, messages") {
  CHECK(of("", "db.c.insertOne({_id: n, a: code, b: n > 3, c: n + 1, d: now()});") ==
        "c(_id numeric, a text, b boolean, c numeric, d timestamp)\n");
  CHECK(of("", "let x = n * 2; let y = 'a' || code; db.c.insertOne({_id: x, a: y, b: me});") ==
        "c(_id numeric, a text, b numeric)\n");
  CHECK(of("", "db.c.insertOne({_id: n});", "f('A', 5), f('B', 'x')") == "c(_id text)\n");
  CHECK(of("", "db.c.insertOne({_id: n, a: NULL::text});", "f('A', 5), f('B', 1.5)") == "c(_id numeric, a text)\n");
  // What a request returned has the types of its columns, which others have made.
  CHECK(of("db.a.insertOne({_id: 1, v: true});",
           "let x = db.a.findOne({}); db.b.insertOne({_id: x._id, w: x.v, f: x.found});") ==
        "a(_id numeric, v boolean)\nb(_id numeric, w boolean, f boolean)\n");
  CHECK(of("", "let x = db.a.findOne({}); db.b.insertOne({_id: x.v}); db.a.insertOne({_id: 1, v: 5});") ==
        "a(_id numeric, v numeric)\nb(_id numeric)\n");
  CHECK(of("db.a.insertMany([{_id: 1, v: 5}]);", "for x in db.a.find({}) { db.b.insertOne({_id: x.v}); }") ==
        "a(_id numeric, v numeric)\nb(_id numeric)\n");
  CHECK(tables("scenario s\ndatabase bank postgres { CREATE TABLE t (id int, name text); }\ndatabase shop mongodb { }\n"
               "request f() { let r = SELECT id, name FROM t; shop> db.c.insertOne({_id: r.id, n: r.name}); send "
               "g(r.id, 'x'); }\n"
               "request g(a, b) { shop> db.d.insertOne({_id: a, b}); }\nrun f()\n") ==
        "c(_id numeric, n text)\nd(_id numeric, b text)\n");
  CHECK(of("",
           "transaction { let x = n + 1; } db.c.insertOne({_id: x}); if n > 1 { let y = 'a'; db.d.insertOne({_id: y}); "
           "}") == "c(_id numeric)\nd(_id text)\n");
  CHECK(tables("scenario s\ndatabase shop mongodb { }\ndatabase r redis { }\nrequest f() { let x = r> INCR k; let y = "
               "r> GET k; "
               "db.c.insertOne({_id: x.value, v: y.value}); }\nrun f()\n") == "c(_id numeric, v text)\n");
}

TEST_CASE("DynamoDB") {
  CHECK(of_dynamo("") == "t(id text)\n");
  CHECK(
      of_dynamo(
          "", "PutItem {TableName: \"t\", Item: {id: {\"N\": \"1\"}, balance: 5, m: {\"M\": {k: {\"S\": \"x\"}}}}};") ==
      "t(id numeric, balance numeric, m_k text)\n");
  CHECK(of_dynamo("UpdateItem {TableName: \"t\", Key: {id: code}, UpdateExpression: \"SET a = :x, b = if_not_exists(b, "
                  ":x) + :x "
                  "REMOVE c ADD d :x\", ConditionExpression: \"e = :y\", ExpressionAttributeValues: {\":x\": {\"N\": "
                  "n}, \":y\": "
                  "code}};") == "t(id text, a numeric, b numeric, c text, d numeric, e text)\n");
  CHECK(of_dynamo("PutItem {TableName: \"t\", Item: {id: 'a', tags: {\"SS\": [\"x\"]}}};") ==
        "t(id text, tags text, tags_length numeric)\nt_tags(id text, position integer, value text)\n");
  CHECK(of_dynamo("bank> UPDATE \"t\" SET balance = balance - :n WHERE id = :code;") ==
        "t(id text, balance numeric)\n");
  CHECK(of_dynamo("PutItem {TableName: \"t\", Item: {id: 'a', expires: now()}};") == "t(id text, expires numeric)\n");
}

TEST_CASE("fields and tables that SQL would not tell apart are refused") {
  const auto text = [](const std::string& fill, const std::string& body) {
    return "scenario s\ndatabase shop mongodb { " + fill + " }\nrequest f() { " + body + " }\nrun f()\n";
  };
  CHECK(mistake(text("db.c.insertOne({_id: 1, usedAt: null});", "db.c.updateOne({_id: 1}, {$set: {usedat: 1}});")) ==
        "3:15 `usedat` and `usedAt` are two fields of `c`, and SQL would not tell them apart; is one misspelt?");
  CHECK(mistake(text("db.c.insertOne({_id: 1, a: {b: 1}, a_b: 2});", "")) ==
        "2:25 `a_b` and `a.b` are two fields of `c`, and SQL would not tell them apart; is one misspelt?");
  CHECK(mistake(text("db.c.insertOne({_id: 1}); db.C.insertOne({_id: 1});", "")) ==
        "2:10 two collections of `shop` would be the table `c`: give one of them another name");
  CHECK(mistake(text("db.c.insertOne({_id: 1, d: []}); db.c_d.insertOne({_id: 1});", "")) ==
        "2:10 two collections of `shop` would be the table `c_d`: give one of them another name");
}

}  // namespace
}  // namespace gapless::scenario::testing
