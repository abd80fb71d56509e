// Mistakes that can be seen before anything runs, and requests that are none.
#include <doctest/doctest.h>

#include "mongo_world.h"
#include "store/document/mongo/expression.h"
#include "store/document/mongo/method.h"
#include "store/document/mongo/pipeline.h"
#include "store/document/mongo/rules.h"

using namespace gapless::store::document;
using mongo::World;

namespace {

struct Box : World {
  Box() {
    collection("coupons", "code:t used:n");
    collection("orders", "total:n");
  }
};

}  // namespace

TEST_CASE("requests with unknown values are no mistake") {
  const Box box;
  for (const char* text :
       {"db.coupons.find()",
        "db.coupons.find(?)",
        "db.coupons.find({code: ?, used: {$lt: ?}}, {code: 1})",
        "db.coupons.find({code: {$in: ?}}).sort({used: ?}).limit(?)",
        "db.coupons.find({}, {sort: {used: 1}, limit: ?})",
        "db.coupons.insertOne(?)",
        "db.coupons.insertMany(?)",
        "db.coupons.insertMany([?, {code: ?}])",
        "db.coupons.updateOne({_id: ?}, ?)",
        "db.coupons.updateOne({_id: ?}, {$set: ?})",
        "db.coupons.updateOne({_id: ?}, {$inc: {used: ?}}, {upsert: ?})",
        "db.coupons.updateOne({}, {$push: {tags: ?}})",
        "db.coupons.updateOne({\"a.b\": 1}, {$set: {\"a.$.c\": ?}})",
        "db.coupons.updateMany({}, [{$set: {used: {$add: [\"$used\", ?]}}}])",
        "db.coupons.replaceOne({_id: 1}, {code: ?})",
        "db.coupons.deleteMany({$or: [{used: ?}, ?]})",
        "db.coupons.findOneAndUpdate({code: ?}, {$set: {used: 1}}, {returnDocument: ?, sort: {used: -1}})",
        "db.coupons.findOneAndDelete({code: ?}, {sort: {_id: 1}})",
        "db.coupons.distinct(\"code\", {used: ?})",
        "db.coupons.aggregate([{$match: {code: ?}}, {$group: {_id: null, n: {$sum: ?}}}, {$limit: ?}])",
        "db.coupons.countDocuments({$expr: {$gte: [\"$used\", ?]}})",
        "db.coupons.find({tags: {$elemMatch: ?}})",
        "db.coupons.bulkWrite([{updateOne: {filter: {_id: ?}, update: {$set: {used: ?}}}}, ?])",
        "commitTransaction",
        "abortTransaction",
        "db.coupons.find({used: {$not: ?, $size: ?, $type: ?, $mod: ?}})"}) {
    CAPTURE(text);
    CHECK(box.mistake(text) == "");
    CHECK(box.mistake(text, true) == "");
    CHECK_NOTHROW(box.columns(text));
  }
}

TEST_CASE("mistakes") {
  const Box box;
  const std::vector<std::pair<std::string, std::string>> all = {
      {"db.coupon.find()", "there is no collection `coupon`; did you mean `coupons`?"},
      {"db.coupons.findOneAndUpdat({}, {})", "unknown method `findOneAndUpdat`; did you mean `findOneAndUpdate`?"},
      {"db.coupons.update({}, {})", "`update`: write updateOne or updateMany"},
      {"db.coupons.find({}, {}, {}, {})", "find takes filter, projection, options; 4 arguments are given"},
      {"db.coupons.updateOne({})", "updateOne takes filter, update, options; 1 argument is given"},
      {"db.coupons.deleteOne()", "deleteOne takes filter; 0 arguments are given"},
      {"db.coupons.find(5)", "the filter is an object {…}, not 5"},
      {"db.coupons.find({used: {$gtt: 5}})", "$gtt is no filter operator; did you mean `$gt`?"},
      {"db.coupons.find({$gt: 5})", "$gt stands behind a field: {field: {$gt: …}}"},
      {"db.coupons.find({$orr: []})", "$orr is no filter operator; did you mean `$or`?"},
      {"db.coupons.find({used: {$or: []}})",
       "$or does not stand behind a field; write {$or: …} around the whole condition"},
      {"db.coupons.find({code: {$regex: \"a\"}})", "$regex is not simulated; write equality, or $in"},
      {"db.coupons.find({code: {$in: 5}})", "$in takes an array, not 5"},
      {"db.coupons.find({$and: []})", "$and takes an array with at least one filter"},
      {"db.coupons.find({used: {$gt: 5, x: 1}})", "x is no filter operator"},
      {"db.coupons.find({used: {x: 1, $gt: 5}})", "operators and fields are mixed in {x: 1, $gt: 5}"},
      {"db.coupons.find({used: {$lt: {$add: [1, 2]}}})",
       "$lt takes a value, not {$add: [1, 2]}; to compare with another field write $expr"},
      {"db.coupons.find({$expr: {$gte: [\"$used\"]}})", "$gte takes [a, b]"},
      {"db.coupons.find({$expr: {$substract: [1, 2]}})",
       "$substract is no aggregation expression; did you mean `$subtract`?"},
      {"db.coupons.find({used: {$type: \"int\"}})", "all numbers are exact decimals here; write $type: \"number\""},
      {"db.coupons.find({\"a..b\": 1})", "the path `a..b` has an empty part"},
      {"db.coupons.find({}).sort({used: \"asc\"})", "the direction of `used` is 1 or -1, not \"asc\""},
      {"db.coupons.find({}).sorted({used: 1})", "unknown method `.sorted` of find; did you mean `sort`?"},
      {"db.coupons.find({}).limit()", ".limit takes one argument"},
      {"db.coupons.find({}).limit(-1)", "limit needs a number from 0, not -1"},
      {"db.coupons.find({}, ?)", "a projection is an object {field: 1}, not …"},
      {"db.coupons.find({}, {used: ?})",
       "what becomes of `used` is written out in a projection: 1, 0 or an expression"},
      {"db.coupons.updateOne({}, {$set: {a: 1}}, ?)", "the options of updateOne are an object"},
      {"db.coupons.aggregate([{$unset: ?}])", "$unset takes fields' names, not …"},
      {"db.coupons.find({}, {a: 1, b: 0})", "Cannot do exclusion on a field in inclusion projection"},
      {"db.coupons.find({}, {sort: {used: 1}, limt: 1})", "find has no option `limt`; did you mean `limit`?"},
      {"db.coupons.updateOne({}, {used: 1})",
       "an update needs operators; replacement documents are for replaceOne; did you forget $set?"},
      {"db.coupons.updateOne({}, {})",
       "an update needs operators; replacement documents are for replaceOne; did you forget $set?"},
      {"db.coupons.updateOne({}, {$st: {used: 1}})", "$st is no update operator; did you mean `$set`?"},
      {"db.coupons.updateOne({}, {$set: {used: 1}, code: 5})", "operators and fields are mixed in the update: `code`"},
      {"db.coupons.updateOne({}, {$set: 5})", "$set takes fields: {$set: {field: …}}"},
      {"db.coupons.updateOne({}, {$inc: {used: \"a\"}})", "$inc needs a number, not {used: \"a\"}"},
      {"db.coupons.updateOne({}, {$set: {used: {$add: [1, 2]}}})",
       "$set takes values, not {$add: [1, 2]}; to compute them write a pipeline: [{$set: {used: …}}]"},
      {"db.coupons.updateOne({}, {$set: {used: 1}, $inc: {used: 1}})", "two operators change `used`"},
      {"db.coupons.updateOne({}, {$set: {\"a.b\": 1, a: 1}})", "two operators change `a`"},
      {"db.coupons.updateOne({}, {$set: {\"a.$[].b\": 1}})",
       "`$[]` is not simulated; write the positional $, or a pipeline with $map"},
      {"db.coupons.updateOne({}, {$push: {a: {$eech: [1]}}})", "$eech is no modifier of $push; did you mean `$each`?"},
      {"db.coupons.updateOne({}, {$push: {a: {$slice: 1}}})", "the modifiers of $push need $each: {$each: […], …}"},
      {"db.coupons.updateOne({}, {$set: {a: 1}}, {upsrt: true})",
       "updateOne has no option `upsrt`; did you mean `upsert`?"},
      {"db.coupons.updateOne({}, {$set: {a: 1}}, {upsert: 1})", "`upsert` is true or false, not 1"},
      {"db.coupons.updateOne({}, {$set: {a: 1}}, {arrayFilters: []})",
       "`arrayFilters` is not simulated; write a pipeline with $map"},
      {"db.coupons.updateOne({}, {$set: {a: 1}}, {session: 1})",
       "a request inside `transaction { }` is part of it; leave `session` out"},
      {"db.coupons.updateOne({}, [{$group: {_id: null}}])", "$group cannot stand in an update's pipeline"},
      {"db.coupons.updateOne({}, [{$st: {a: 1}}])", "$st is no stage of a pipeline; did you mean `$set`?"},
      {"db.coupons.replaceOne({}, {$set: {a: 1}})",
       "a replacement has no operators; for $set write updateOne or findOneAndUpdate"},
      {"db.coupons.findOneAndUpdate({}, {$set: {a: 1}}, {returnDocument: \"new\"})",
       "returnDocument is \"before\" or \"after\", not \"new\""},
      {"db.coupons.insertOne([1])", "what insertOne inserts is a document {…}, not [1]"},
      {"db.coupons.insertOne({$set: 1})", "a document has no field `$set`: names with $ are operators"},
      {"db.coupons.insertMany({a: 1})", "insertMany takes an array of documents"},
      {"db.coupons.insertMany([{a: 1}], {ordered: false})",
       "`ordered: false` is not simulated: the first error ends the request"},
      {"db.coupons.aggregate({$match: {}})", "a pipeline is an array of stages: [{$match: …}, …]"},
      {"db.coupons.aggregate([{$mach: {}}])", "$mach is no stage of a pipeline; did you mean `$match`?"},
      {"db.coupons.aggregate([{$group: {n: {$sum: 1}}}])",
       "$group needs _id: {$group: {_id: null, total: {$sum: \"$amount\"}}}"},
      {"db.coupons.aggregate([{$group: {_id: null, n: {$summ: 1}}}])", "$summ is no accumulator; did you mean `$sum`?"},
      {"db.coupons.aggregate([{$group: {_id: null, n: 1}}])",
       "`n` of $group takes an accumulator, as {$sum: \"$amount\"}"},
      {"db.coupons.aggregate([{$unwind: \"tags\"}])",
       "path option to $unwind stage should be prefixed with a '$': tags"},
      {"db.coupons.createIndex({code: 1})", "createIndex stands in the database block, not in a request"},
      {"db.coupons.bulkWrite([{findOne: {filter: {}}}])", "bulkWrite cannot do `findOne`"},
      {"db.coupons.bulkWrite([{updateOne: {filter: {}}}])", "`updateOne` of bulkWrite needs `update`"},
      {"db.coupons.bulkWrite([{deleteOne: {filter: {}, upsert: true}}])", "`deleteOne` of bulkWrite has no `upsert`"},
      {"db.coupons.distinct({code: 1})", "distinct takes a field's name"},
  };
  for (const auto& [request, message] : all) {
    CAPTURE(request);
    CHECK(box.mistake(request) == message);
  }
  CHECK(box.mistake("db.coupons.createIndex({code: 1})", true) ==
        "createIndex stands in the database block, not in a transaction");
}

TEST_CASE("indexes") {
  const auto index = [](const char* text) { return mongo::index_of(mongo::request_of(text)); };
  const auto wrong = [](const char* text) { return mongo::index_mistake(mongo::request_of(text)); };
  const auto pair = index("db.c.createIndex({\"a.b\": 1, c: -1}, {unique: true, sparse: true})");
  CHECK(pair.name == "a.b_1_c_-1");
  CHECK(pair.paths == std::vector<Path>{{"a", "b"}, Path{"c"}});
  CHECK(pair.unique);
  CHECK(pair.sparse);
  CHECK(!pair.expire_after_s);
  const auto ttl =
      index("db.c.createIndex({at: 1}, {expireAfterSeconds: 60, name: \"ttl\", partialFilterExpression: {a: 1}})");
  CHECK(ttl.name == "ttl");
  CHECK(!ttl.unique);
  CHECK(ttl.expire_after_s == 60);
  CHECK(to_string(ttl.partial) == "{a: 1}");
  CHECK(wrong("db.c.createIndex({a: 1}, {unique: true})") == "");
  CHECK(wrong("db.c.createIndex({a: 1}, {uniqe: true})") ==
        "createIndex has no option `uniqe`; did you mean `unique`?");
  CHECK(wrong("db.c.createIndex({a: \"text\"})") == "the direction of `a` is 1 or -1, not \"text\"");
  CHECK(wrong("db.c.createIndex({})") == "createIndex needs the fields: {code: 1}");
  CHECK(wrong("db.c.createIndex({a: 1, b: 1}, {expireAfterSeconds: 5})") == "a TTL index is of one field");
  CHECK(wrong("db.c.insertOne({a: 1})") == "`insertOne` makes no index");
}

// Whatever stands where: it is a mistake, or it runs, with the columns that were promised, or fails as MongoDB does.
TEST_CASE("requests put together from anything") {
  Box start;
  start.collection("a", "n:n s:t tags:l");
  start.say("db.a.insertMany([{_id: 1, n: 5, s: \"x\", tags: [1, {q: 2}]}, {_id: 2, n: null, s: {t: 1}}])");
  std::vector<Value> plain;
  for (const char* text : {"5",
                           "-1",
                           "0.5",
                           "\"x\"",
                           "\"$n\"",
                           "\"$\"",
                           "\"$$x\"",
                           "\"$tags.q\"",
                           "null",
                           "true",
                           "[]",
                           "{}",
                           "@5",
                           "[1, 2]",
                           "[\"$n\", 0]",
                           "[[1], \"$tags\", {}]",
                           "{a: 1}",
                           "{$gt: 5}",
                           "{n: {$gt: 5}}",
                           "{$each: [1]}",
                           "{\"\": 1}",
                           "{\"a.\": 1}",
                           "{input: \"$tags\", in: \"$$this\", cond: 1}",
                           "[{$set: {n: 1}}]"}) {
    plain.push_back(mongo::value_of(text));
  }
  std::vector<std::string> operators = mongo::expression_operators();
  for (const auto& name : mongo::stage_names()) operators.push_back(name);
  for (const char* name : {"$eq",   "$nin",     "$exists", "$elemMatch", "$all",         "$mod",        "$type",
                           "$size", "$nor",     "$expr",   "$inc",       "$mul",         "$push",       "$addToSet",
                           "$pull", "$pullAll", "$pop",    "$rename",    "$currentDate", "$setOnInsert"}) {
    operators.emplace_back(name);
  }
  std::vector<Value> candidates = plain;
  for (const auto& op : operators) {
    for (const auto& value : plain) {
      candidates.emplace_back(Object{{op, value}});
      candidates.emplace_back(Object{{"n", Object{{op, value}}}});
      candidates.emplace_back(Object{{op, Object{{"n", value}}}});
      candidates.emplace_back(Object{{op, Object{{"tags", value}, {"x.y", value}}}});
      candidates.emplace_back(Array{Object{{op, value}}});
      candidates.emplace_back(Array{Object{{"$project", Object{{"r", Object{{op, value}}}}}}});
      candidates.emplace_back(Array{Object{{"$group", Object{{"_id", value}, {"r", Object{{op, value}}}}}}});
    }
  }
  int ran = 0;
  int mistaken = 0;
  const auto attempt = [&](const Request& request) {
    CAPTURE(to_string(request));
    std::string mistake;
    REQUIRE_NOTHROW(mistake = gapless::store::document::mistake(start.catalog, request, false));
    REQUIRE_NOTHROW(gapless::store::document::columns_of(start.catalog, request));
    if (!mistake.empty()) {
      ++mistaken;
      return;
    }
    ++ran;
    auto world = start;
    REQUIRE_NOTHROW(world.step(1, request, true));
    world = start;
    for (int steps = 0; steps < 9; ++steps) REQUIRE_NOTHROW(world.step(1, request, false));
  };
  for (const auto& method : mongo::methods()) {
    for (const auto& value : candidates) {
      attempt({method.name, "a", {value}, {}, {}});
      if (method.arguments.size() > 1) {
        attempt({method.name, "a", {Object{}, value}, {}, {}});
        attempt({method.name, "a", {value, Object{{"$set", Object{{"n", 7}}}}}, {}, {}});
      }
    }
  }
  CHECK(ran > 1000);
  CHECK(mistaken > 1000);
}
