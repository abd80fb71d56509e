// Filters, updates, projections and pipelines, each with its exact result.
#include <doctest/doctest.h>

#include "mongo_world.h"

using namespace gapless::store::document;
using mongo::World;

namespace {

struct Box : World {
  Box() { collection("a", "n:n s:t x.y:n tags:l at:d ok:b items:l"); }

  // The _ids of those that match.
  std::string found(const std::string& filter) {
    const auto answer = say("db.a.find(" + filter + ", {_id: 1})");
    std::string ids;
    for (std::size_t at = answer.find('='); at != std::string::npos; at = answer.find('=', at + 1)) {
      ids += (ids.empty() ? "" : " ") + answer.substr(at + 1, answer.find(';', at) - at - 1);
    }
    return last->failed() ? answer : ids;
  }
  void fill(const std::vector<std::string>& documents) {
    for (const auto& each : documents) {
      const auto answer = say("db.a.insertOne(" + each + ")");
      REQUIRE(!last->failed());
    }
  }
  // What an update makes of a document that is given without its _id.
  std::string after(const std::string& document, const std::string& update, const std::string& filter = "{_id: 1}") {
    say("db.a.deleteMany({})");
    fill({"{_id: 1, " + document + "}"});
    const auto answer = say("db.a.updateOne(" + filter + ", " + update + ")");
    if (last->failed()) return last->error_message;
    const auto text = documents("a");
    return "{" + text.substr(std::min(text.size() - 1, std::string("{_id: 1, ").size()));
  }
  std::string value(const std::string& expression) {
    const auto answer = say("db.a.aggregate([{$limit: 1}, {$project: {_id: 0, r: " + expression + "}}])");
    return last->failed() ? last->error_message : answer;
  }
};

}  // namespace

// Manual, "Query Documents", "Query for Null or Missing Fields", "Query an Array", "Comparison/Sort Order".
TEST_CASE("filters: equality, null, arrays and types") {
  Box box;
  box.fill({"{_id: 1, n: 5, s: \"a\"}", "{_id: 2, n: \"5\", s: null}", "{_id: 3, n: [1, 9], tags: [\"x\", \"y\"]}",
            "{_id: 4, x: {y: 5}, n: 5.0}", "{_id: 5, x: [{y: 1}, {y: 7}], tags: []}", "{_id: 6, n: @10, ok: true}"});
  CHECK(box.found("{}") == "1 2 3 4 5 6");
  CHECK(box.found("{n: 5}") == "1 4");
  CHECK(box.found("{n: \"5\"}") == "2");
  CHECK(box.found("{n: 9}") == "3");
  CHECK(box.found("{n: [1, 9]}") == "3");
  CHECK(box.found("{s: null}") == "2 3 4 5 6");
  CHECK(box.found("{s: {$ne: null}}") == "1");
  CHECK(box.found("{n: {$gt: 4}}") == "1 3 4");
  CHECK(box.found("{n: {$gt: 4, $lt: 6}}") == "1 3 4");  // of an array, one element each
  CHECK(box.found("{n: {$elemMatch: {$gt: 4, $lt: 6}}}") == "");
  CHECK(box.found("{n: {$elemMatch: {$gt: 4, $lt: 10}}}") == "3");
  CHECK(box.found("{n: {$gte: \"4\"}}") == "2");
  CHECK(box.found("{n: {$gte: @10}}") == "6");
  CHECK(box.found("{n: {$lt: @10}}") == "");
  CHECK(box.found("{n: {$lte: 5}}") == "1 3 4");
  CHECK(box.found("{n: {$lt: 1}}") == "");
  CHECK(box.found("{n: {$gte: null}}") == "5");
  CHECK(box.found("{n: {$gt: null}}") == "");
  CHECK(box.found("{\"x.y\": 5}") == "4");
  CHECK(box.found("{\"x.y\": 7}") == "5");
  CHECK(box.found("{\"x.1.y\": 7}") == "5");
  CHECK(box.found("{\"x.0.y\": 7}") == "");
  CHECK(box.found("{\"x.y\": null}") == "1 2 3 6");
  CHECK(box.found("{x: {$elemMatch: {y: {$gt: 5}}}}") == "5");
  CHECK(box.found("{x: {y: 5}}") == "4");
  CHECK(box.found("{tags: \"x\"}") == "3");
  CHECK(box.found("{tags: []}") == "5");
  CHECK(box.found("{tags: {$size: 0}}") == "5");
  CHECK(box.found("{tags: {$size: 2}}") == "3");
  CHECK(box.found("{tags: {$all: [\"y\", \"x\"]}}") == "3");
  CHECK(box.found("{tags: {$all: [\"y\", \"z\"]}}") == "");
  CHECK(box.found("{tags: {$all: []}}") == "");
  CHECK(box.found("{ok: true}") == "6");
}

// Manual, "Query and Projection Operators".
TEST_CASE("filters: operators") {
  Box box;
  box.fill({"{_id: 1, n: 1, s: \"a\"}", "{_id: 2, n: 2}", "{_id: 3, n: 3, s: null}", "{_id: 4}"});
  CHECK(box.found("{n: {$eq: 2}}") == "2");
  CHECK(box.found("{n: {$ne: 2}}") == "1 3 4");
  CHECK(box.found("{n: {$in: [1, 3, null]}}") == "1 3 4");
  CHECK(box.found("{n: {$nin: [1, 3]}}") == "2 4");
  CHECK(box.found("{s: {$exists: true}}") == "1 3");
  CHECK(box.found("{s: {$exists: false}}") == "2 4");
  CHECK(box.found("{n: {$not: {$gt: 1}}}") == "1 4");
  CHECK(box.found("{$and: [{n: {$gt: 1}}, {n: {$lt: 3}}]}") == "2");
  CHECK(box.found("{$or: [{n: 1}, {s: null}]}") == "1 2 3 4");
  CHECK(box.found("{$nor: [{n: 1}, {n: 2}]}") == "3 4");
  CHECK(box.found("{n: {$type: \"number\"}}") == "1 2 3");
  CHECK(box.found("{s: {$type: [\"null\", \"string\"]}}") == "1 3");
  CHECK(box.found("{n: {$mod: [2, 1]}}") == "1 3");
  CHECK(box.found("{$expr: {$gte: [{$multiply: [\"$n\", 2]}, 4]}}") == "2 3");
  CHECK(box.found("{$expr: {$lt: [\"$n\", 1]}}") == "4");  // missing is less than a number, unlike {$lt: 1}
  CHECK(box.found("{$expr: {$eq: [\"$s\", null]}}") == "3");
  CHECK(box.found("{$comment: \"x\", n: 1}") == "1");
  CHECK(box.found("{$expr: {$gt: [{$subtract: [\"$s\", 1]}, 1]}}") == "mongodb_error: can't $subtract int from string");
}

TEST_CASE("find: sort, skip, limit and projections") {
  Box box;
  box.fill({"{_id: 1, n: 2, s: \"b\", x: {y: 1, z: 2}}", "{_id: 2, n: 1, s: \"a\"}", "{_id: 3, n: 2, s: \"a\"}",
            "{_id: 4}"});
  CHECK(box.say("db.a.find({}, {n: 1}).sort({n: -1, s: 1})") == "_id=3 n=2; _id=1 n=2; _id=2 n=1; _id=4 n=NULL");
  CHECK(box.say("db.a.find({}, {_id: 1}).sort({n: 1}).skip(1).limit(2).toArray()") == "_id=2; _id=1");
  CHECK(box.say("db.a.find({}, {projection: {_id: 1}, sort: {s: -1}, limit: 1})") == "_id=1");
  CHECK(box.say("db.a.find().count()") == "n=4");
  CHECK(box.say("db.a.find({n: 2}).limit(1).count()") == "n=1");
  CHECK(box.say("db.a.findOne({n: 2}, {_id: 0, s: 1, twice: {$multiply: [\"$n\", 2]}})") == "s=b twice=4");
  CHECK(box.say("db.a.findOne({}, {sort: {n: 1}, projection: {n: 1}})") == "_id=4 n=NULL");
  CHECK(box.say("db.a.findOne({_id: 9})") == "none");
  CHECK(box.last->count == 0);
  CHECK(box.say("db.a.findOne({_id: 1}, {n: 0, tags: 0, items: 0, at: 0, ok: 0})") == "_id=1 s=b x_y=1");
  CHECK(box.say("db.a.findOne({_id: 1}, {\"x.y\": 1})") == "_id=1 x_y=1");
  CHECK(box.columns("db.a.find({}, {x: 1, _id: 0, late: {$gt: [\"$n\", 1]}})") == "x_y:numeric late:boolean");
  CHECK(
      box.columns("db.a.find({}, {_id: 0})").starts_with("n:numeric s:text x_y:numeric tags:text tags_length:numeric"));
  CHECK(box.say("db.a.distinct(\"n\")") == "value=1; value=2");
  CHECK(box.last->count == 2);
  CHECK(box.say("db.a.countDocuments({n: 2})") == "n=2");
  CHECK(box.last->count == 2);
}

// Manual, "Update Operators".
TEST_CASE("updates: fields") {
  Box box;
  CHECK(box.after("n: 1", "{$set: {n: 2, s: \"x\"}}") == "{n: 2, s: \"x\"}");
  CHECK(box.after("n: 1", "{$set: {\"x.y\": 2}}") == "{n: 1, x: {y: 2}}");
  CHECK(box.after("x: 1", "{$set: {\"x.y\": 2}}") == "Cannot create field 'y' in element {x: 1}");
  CHECK(box.after("x: [{y: 1}]", "{$set: {\"x.0.y\": 2, \"x.2\": 5}}") == "{x: [{y: 2}, null, 5]}");
  CHECK(box.after("x: [{y: 1}]", "{$set: {\"x.y\": 2}}") == "Cannot create field 'y' in element {x: [{y: 1}]}");
  CHECK(box.after("n: 1, s: 2", "{$unset: {n: \"\", \"q.r\": \"\"}}") == "{s: 2}");
  CHECK(box.after("x: [1, 2]", "{$unset: {\"x.0\": 1}}") == "{x: [null, 2]}");
  CHECK(box.after("n: 0.1", "{$inc: {n: 0.2, m: 3}}") == "{n: 0.3, m: 3}");
  CHECK(box.after("n: \"a\"", "{$inc: {n: 1}}") ==
        "Cannot apply $inc to a value of non-numeric type. {_id: 1} has the field 'n' of non-numeric type string");
  CHECK(box.after("n: null", "{$inc: {n: 1}}") ==
        "Cannot apply $inc to a value of non-numeric type. {_id: 1} has the field 'n' of non-numeric type null");
  CHECK(box.after("n: 1", "{$inc: {n: \"a\"}}") == "Cannot increment with non-numeric argument: {n: \"a\"}");
  CHECK(box.after("n: 3", "{$mul: {n: 2, m: 4}}") == "{n: 6, m: 0}");
  CHECK(box.after("n: 3, m: 3, s: \"a\"", "{$min: {n: 2, m: 4, k: 1, s: 9}}") == "{n: 2, m: 3, s: 9, k: 1}");
  CHECK(box.after("n: 3, m: 3, s: \"a\"", "{$max: {n: 2, m: 4, k: 1, s: 9}}") == "{n: 3, m: 4, s: \"a\", k: 1}");
  CHECK(box.after("n: 3", "{$rename: {n: \"x.m\", q: \"r\"}}") == "{x: {m: 3}}");
  CHECK(box.after("n: 3", "{$setOnInsert: {s: 1}}") == "{n: 3}");
  CHECK(box.after("n: 3", "{$set: {n: 1}, $inc: {n: 1}}") == "Updating the path 'n' would create a conflict at 'n'");
  CHECK(box.after("n: 3", "{$set: {\"x.y\": 1, x: 1}}") == "Updating the path 'x.y' would create a conflict at 'x'");
  CHECK(box.after("n: 3", "{$set: {_id: 2}}") ==
        "Performing an update on the path '_id' would modify the immutable field '_id'");
  CHECK(box.after("n: 3", "{$set: {_id: 1, n: 4}}") == "{n: 4}");
  CHECK(box.after("n: 3", "{n: 4}") == "Update document requires atomic operators");
  CHECK(box.after("n: 3", "{$set: {z: 1, b: 1}}") == "{n: 3, b: 1, z: 1}");
  box.second = 60;
  CHECK(box.after("n: 3", "{$currentDate: {at: true}}") == "{n: 3, at: ISODate(\"2000-01-01 00:01:00\")}");
}

TEST_CASE("updates: arrays") {
  Box box;
  CHECK(box.after("n: 1", "{$push: {tags: \"a\"}}") == "{n: 1, tags: [\"a\"]}");
  CHECK(box.after("tags: [1]", "{$push: {tags: [2, 3]}}") == "{tags: [1, [2, 3]]}");
  CHECK(box.after("tags: [1]", "{$push: {tags: {$each: [2, 3]}}}") == "{tags: [1, 2, 3]}");
  CHECK(box.after("tags: [1, 2]", "{$push: {tags: {$each: [9], $position: 0}}}") == "{tags: [9, 1, 2]}");
  CHECK(box.after("tags: [1, 2]", "{$push: {tags: {$each: [9], $position: -1}}}") == "{tags: [1, 9, 2]}");
  CHECK(box.after("tags: [1, 2]", "{$push: {tags: {$each: [9], $slice: -2}}}") == "{tags: [2, 9]}");
  CHECK(box.after("tags: [5, 2]", "{$push: {tags: {$each: [3], $sort: 1, $slice: 2}}}") == "{tags: [2, 3]}");
  CHECK(box.after("tags: [{y: 5}]", "{$push: {tags: {$each: [{y: 7}], $sort: {y: -1}}}}") ==
        "{tags: [{y: 7}, {y: 5}]}");
  CHECK(box.after("tags: 1", "{$push: {tags: 2}}") ==
        "The field 'tags' must be an array but is of type int in document {_id: 1}");
  CHECK(box.after("tags: [1, 2]", "{$addToSet: {tags: 2}}") == "{tags: [1, 2]}");
  CHECK(box.after("tags: [1, 2]", "{$addToSet: {tags: {$each: [2, 3, 3]}}}") == "{tags: [1, 2, 3]}");
  CHECK(box.after("tags: [1, 2, 1]", "{$pull: {tags: 1}}") == "{tags: [2]}");
  CHECK(box.after("tags: [1, 2, 3]", "{$pull: {tags: {$gte: 2}}}") == "{tags: [1]}");
  CHECK(box.after("tags: [{y: 1, z: 1}, {y: 2}]", "{$pull: {tags: {y: 1}}}") == "{tags: [{y: 2}]}");
  CHECK(box.after("tags: [1, 2, 3]", "{$pullAll: {tags: [1, 3]}}") == "{tags: [2]}");
  CHECK(box.after("tags: [1, 2, 3]", "{$pop: {tags: 1}}") == "{tags: [1, 2]}");
  CHECK(box.after("tags: [1, 2, 3]", "{$pop: {tags: -1}}") == "{tags: [2, 3]}");
  CHECK(box.after("n: 1", "{$pull: {tags: 1}}") == "{n: 1}");
  CHECK(box.after("n: 1", "{$pop: {n: 1}}") == "Cannot apply $pop to a non-array value");
}

// Manual, "$ (update)".
TEST_CASE("updates: the positional $ is the first element that the filter means") {
  Box box;
  const char* items = "items: [{sku: \"a\", left: 1}, {sku: \"b\", left: 5}]";
  CHECK(box.after(items, "{$inc: {\"items.$.left\": -1}}", "{_id: 1, \"items.sku\": \"b\"}") ==
        "{items: [{sku: \"a\", left: 1}, {sku: \"b\", left: 4}]}");
  CHECK(box.after(items, "{$inc: {\"items.$.left\": -1}}", "{items: {$elemMatch: {sku: \"a\", left: {$gte: 1}}}}") ==
        "{items: [{sku: \"a\", left: 0}, {sku: \"b\", left: 5}]}");
  CHECK(box.after("tags: [3, 4]", "{$set: {\"tags.$\": 9}}", "{tags: 4}") == "{tags: [3, 9]}");
  CHECK(box.after("n: 1", "{$set: {\"tags.$\": 9}}") ==
        "The positional operator did not find the match needed from the query.");
}

// Manual, "Updates with Aggregation Pipeline".
TEST_CASE("updates: pipelines") {
  Box box;
  CHECK(box.after("n: 100", "[{$set: {n: {$subtract: [\"$n\", 30]}}}]") == "{n: 70}");
  CHECK(box.after("n: 1, s: 2", "[{$set: {n: \"$s\", s: \"$n\"}}]") == "{n: 2, s: 1}");
  CHECK(box.after("n: 1, s: 2", "[{$set: {n: 5}}, {$set: {s: \"$n\"}}, {$unset: \"n\"}]") == "{s: 5}");
  CHECK(box.after("n: 1, s: 2", "[{$unset: [\"n\", \"q\"]}]") == "{s: 2}");
  CHECK(box.after("n: 1", "[{$set: {\"x.y\": {$cond: [{$gt: [\"$n\", 0]}, \"yes\", \"no\"]}}}]") ==
        "{n: 1, x: {y: \"yes\"}}");
  CHECK(box.after("n: 1", "[{$set: {_id: 2}}]") ==
        "Performing an update on the path '_id' would modify the immutable field '_id'");
  CHECK(box.after("n: 1", "[{$replaceWith: {_id: \"$_id\", m: \"$n\"}}]") == "{m: 1}");
  CHECK(box.after("s: \"a\"", "[{$set: {n: {$add: [\"$s\", 1]}}}]") ==
        "$add only supports numeric or date types, not string");
}

// Manual, "db.collection.replaceOne", "db.collection.findOneAndReplace", "db.collection.findOneAndDelete".
TEST_CASE("replacing, deleting, and what findOneAnd… returns") {
  Box box;
  box.fill({"{_id: 1, n: 1, s: \"a\"}", "{_id: 2, n: 2}"});
  CHECK(box.say("db.a.replaceOne({_id: 1}, {n: 5})") == "matchedCount=1 modifiedCount=1 upsertedId=NULL");
  CHECK(box.say("db.a.replaceOne({_id: 1}, {_id: 1, n: 5})") == "matchedCount=1 modifiedCount=0 upsertedId=NULL");
  CHECK(
      box.say("db.a.replaceOne({_id: 1}, {_id: 2, n: 5})") ==
      "mongodb_error: After applying the update, the (immutable) field '_id' was found to have been altered to _id: 2");
  CHECK(box.documents("a") == "{_id: 1, n: 5}; {_id: 2, n: 2}");
  CHECK(box.say("db.a.findOneAndReplace({n: 2}, {n: 7}, {projection: {n: 1}})") == "_id=2 n=2");
  CHECK(box.last->count == 1);
  CHECK(box.say(
            "db.a.findOneAndUpdate({_id: 2}, {$inc: {n: 1}}, {projection: {_id: 0, n: 1}, returnNewDocument: true})") ==
        "n=8");
  CHECK(box.say("db.a.findOneAndUpdate({_id: 3}, {$set: {n: 1}}, {upsert: true, projection: {n: 1}})") == "none");
  CHECK(
      box.say(
          "db.a.findOneAndReplace({_id: 4}, {n: 4}, {upsert: true, returnDocument: \"after\", projection: {n: 1}})") ==
      "_id=4 n=4");
  CHECK(box.say("db.a.findOneAndDelete({}, {sort: {n: -1}, projection: {n: 1}})") == "_id=2 n=8");
  CHECK(box.say("db.a.findOneAndDelete({_id: 2}, {projection: {n: 1}})") == "none");
  CHECK(box.say("db.a.deleteOne({n: {$gt: 1}})") == "deletedCount=1");
  CHECK(box.documents("a") == "{_id: 3, n: 1}; {_id: 4, n: 4}");
}

// Manual, "db.collection.updateOne", on upsert: the equalities of the filter, then the operators.
TEST_CASE("upserts: what is inserted") {
  Box box;
  CHECK(box.say(
            "db.a.updateOne({_id: 1, n: {$eq: 2}, s: {$ne: 5}, $and: [{\"x.y\": 3}]}, {$set: {ok: true}, $setOnInsert: "
            "{tags: []}, $inc: {n: 1}}, {upsert: true})") == "matchedCount=0 modifiedCount=0 upsertedId=1");
  CHECK(box.documents("a") == "{_id: 1, n: 3, x: {y: 3}, ok: true, tags: []}");
  CHECK(box.say("db.a.replaceOne({_id: 2, n: 5}, {s: \"r\"}, {upsert: true})") ==
        "matchedCount=0 modifiedCount=0 upsertedId=2");
  CHECK(box.say("db.a.updateOne({s: \"q\"}, [{$set: {_id: 3, n: 1}}], {upsert: true})") ==
        "matchedCount=0 modifiedCount=0 upsertedId=3");
  CHECK(box.documents("a") ==
        "{_id: 1, n: 3, x: {y: 3}, ok: true, tags: []}; {_id: 2, s: \"r\"}; {_id: 3, s: \"q\", n: 1}");
  CHECK(box.say("db.a.updateMany({n: 77}, {$set: {s: \"m\", _id: 4}}, {upsert: true})") ==
        "matchedCount=0 modifiedCount=0 upsertedId=4");
}

// Manual, "Aggregation Operators".
TEST_CASE("expressions") {
  Box box;
  box.fill({"{_id: 1, n: 7, s: \"Ab\", x: {y: 2}, tags: [3, 1, 3], items: [{q: 2, p: 5}, {q: 1, p: 10}, 4], at: @60}"});
  box.second = 100;
  CHECK(box.value("{$add: [\"$n\", \"$x.y\", 1]}") == "r=10");
  CHECK(box.value("{$add: [\"$at\", 5000]}") == "r=2000-01-01 00:01:05");
  CHECK(box.value("{$subtract: [\"$$NOW\", \"$at\"]}") == "r=40000");
  CHECK(box.value("{$add: [\"$n\", null]}") == "r=NULL");
  CHECK(box.value("{$multiply: [\"$n\", 0.1]}") == "r=0.7");
  CHECK(box.value("{$divide: [\"$n\", 2]}") == "r=3.5");
  CHECK(box.value("{$divide: [\"$n\", 0]}") == "can't $divide by zero");
  CHECK(box.value("{$mod: [\"$n\", 4]}") == "r=3");
  CHECK(box.value("{$abs: {$subtract: [1, \"$n\"]}}") == "r=6");
  CHECK(box.value("{$floor: 2.7}") == "r=2");
  CHECK(box.value("{$ceil: 2.1}") == "r=3");
  CHECK(box.value("{$round: [2.345, 2]}") == "r=2.35");
  CHECK(box.value("{$max: [\"$n\", 9]}") == "r=9");
  CHECK(box.value("{$min: \"$tags\"}") == "r=1");
  CHECK(box.value("{$sum: \"$tags\"}") == "r=7");
  CHECK(box.value("{$avg: [2, 4, null]}") == "r=3");
  CHECK(box.value("{$sum: \"$items.q\"}") == "r=3");
  CHECK(box.value("{$cond: {if: {$gte: [\"$n\", 8]}, then: 1, else: 2}}") == "r=2");
  CHECK(box.value("{$ifNull: [\"$none\", \"$n\"]}").ends_with("=7"));
  CHECK(box.value("{$switch: {branches: [{case: {$eq: [\"$n\", 7]}, then: \"seven\"}], default: \"?\"}}") == "r=seven");
  CHECK(box.value("{$and: [{$gt: [\"$n\", 1]}, true, \"$s\"]}") == "r=t");
  CHECK(box.value("{$or: [false, 0, null, \"$none\"]}") == "r=f");
  CHECK(box.value("{$not: [\"$none\"]}") == "r=t");
  CHECK(box.value("{$in: [1, \"$tags\"]}") == "r=t");
  CHECK(box.value("{$cmp: [1, 2]}") == "r=-1");
  CHECK(box.value("{$ne: [\"$none\", null]}") == "r=t");
  CHECK(box.value("{$size: \"$tags\"}") == "r=3");
  CHECK(box.value("{$size: \"$n\"}") == "The argument to $size must be an array, but was of type: int");
  CHECK(box.value("{$arrayElemAt: [\"$tags\", 1]}") == "r=1");
  CHECK(box.value("{$arrayElemAt: [\"$tags\", -1]}") == "r=3");
  CHECK(box.value("{$filter: {input: \"$tags\", as: \"t\", cond: {$gt: [\"$$t\", 1]}}}") == "r=[3, 3] r_length=2");
  CHECK(box.value("{$map: {input: \"$tags\", in: {$add: [\"$$this\", 1]}}}") == "r=[4, 2, 4] r_length=3");
  CHECK(box.value("{$reduce: {input: \"$tags\", initialValue: 0, in: {$add: [\"$$value\", \"$$this\"]}}}") == "r=7");
  CHECK(box.value("{$setUnion: [\"$tags\", [2]]}") == "r=[1, 2, 3] r_length=3");
  CHECK(box.value("{$concatArrays: [[0], \"$tags\"]}") == "r=[0, 3, 1, 3] r_length=4");
  CHECK(box.value("{$concat: [\"$s\", \"-\", \"c\"]}") == "r=Ab-c");
  CHECK(box.value("{$literal: \"$n\"}") == "r=$n");
  CHECK(box.value("{$let: {vars: {d: {$add: [\"$n\", 1]}}, in: {$multiply: [\"$$d\", 2]}}}") == "r=16");
  CHECK(box.value("{$mergeObjects: [\"$x\", {z: 1}]}") == "r={y: 2, z: 1}");
  CHECK(box.value("{$isArray: \"$tags\"}") == "r=t");
  CHECK(box.value("{$type: \"$none\"}") == "r=missing");
  CHECK(box.value("\"$$ROOT.n\"") == "r=7");
  CHECK(box.value("{$subtract: [\"$n\", \"$s\"]}") == "can't $subtract string from int");
}

// Manual, "Aggregation Stages".
TEST_CASE("aggregate") {
  Box box;
  box.fill({"{_id: 1, n: 5, s: \"a\", tags: [\"x\", \"y\"]}", "{_id: 2, n: 7, s: \"b\"}",
            "{_id: 3, n: 1, s: \"a\", tags: [\"x\"]}", "{_id: 4, s: \"b\", n: \"text\"}"});
  CHECK(
      box.say(
          "db.a.aggregate([{$group: {_id: \"$s\", total: {$sum: \"$n\"}, many: {$sum: 1}, mean: {$avg: \"$n\"}}}])") ==
      "_id=a total=6 many=2 mean=3; _id=b total=7 many=2 mean=7");
  CHECK(
      box.columns("db.a.aggregate([{$group: {_id: \"$s\", total: {$sum: \"$n\"}, first: {$first: \"$n\"}, all: {$push: "
                  "\"$n\"}}}])") == "_id:text total:numeric first:numeric all:text all_length:numeric");
  CHECK(box.say("db.a.aggregate([{$match: {n: {$gt: 100}}}, {$group: {_id: null, total: {$sum: \"$n\"}}}])") == "none");
  CHECK(box.say(
            "db.a.aggregate([{$group: {_id: null, least: {$min: \"$n\"}, most: {$max: \"$n\"}, n: {$count: {}}}}])") ==
        "_id=NULL least=1 most=NULL n=4");  // the greatest is a text, which a number's column does not show
  CHECK(
      box.say("db.a.aggregate([{$sort: {n: 1}}, {$group: {_id: null, f: {$first: \"$_id\"}, l: {$last: \"$_id\"}, all: "
              "{$push: \"$s\"}, set: {$addToSet: \"$s\"}}}])") ==
      "_id=NULL f=3 l=4 all=[\"a\", \"a\", \"b\", \"b\"] all_length=4 set=[\"a\", \"b\"] set_length=2");
  CHECK(box.say("db.a.aggregate([{$group: {_id: {s: \"$s\", big: {$gt: [\"$n\", 4]}}, n: {$sum: 1}}}])") ==
        "_id_s=a _id_big=f n=1; _id_s=a _id_big=t n=1; _id_s=b _id_big=t n=2");
  CHECK(box.say("db.a.aggregate([{$unwind: \"$tags\"}, {$group: {_id: \"$tags\", n: {$sum: 1}}}, {$sort: {n: -1}}])") ==
        "_id=x n=2; _id=y n=1");
  CHECK(
      box.say("db.a.aggregate([{$unwind: {path: \"$tags\", preserveNullAndEmptyArrays: true}}, {$count: \"rows\"}])") ==
      "rows=5");
  CHECK(box.say("db.a.aggregate([{$match: {n: 9}}, {$count: \"rows\"}])") == "none");
  CHECK(box.say("db.a.aggregate([{$match: {s: \"a\"}}, {$set: {twice: {$multiply: [\"$n\", 2]}}}, {$project: {twice: "
                "1}}])") == "_id=1 twice=10; _id=3 twice=2");
  CHECK(box.say("db.a.aggregate([{$sort: {_id: -1}}, {$skip: 1}, {$limit: 1}, {$project: {s: 1}}])") == "_id=3 s=a");
  CHECK(box.say("db.a.aggregate([{$limit: 1}, {$project: {_id: 0, who: \"$s\", y: \"$x.y\"}}])") == "who=a y=NULL");
  CHECK(box.say("db.a.aggregate([{$limit: 1}, {$replaceWith: {k: \"$n\"}}])") == "k=5");
  CHECK(box.say("db.a.aggregate([{$limit: 1}, {$unset: [\"tags\", \"items\", \"x\", \"at\", \"ok\"]}])") ==
        "_id=1 n=5 s=a");
}

TEST_CASE("aggregate: elements and other collections") {
  World world;
  world.collection("orders", "user:n items:l");
  world.collection("users", "name:t");
  world.catalog.collections[0].elements.push_back(
      {"orders_items",
       {"items"},
       {{"sku", {"sku"}, gapless::sql::Type::text}, {"q", {"q"}, gapless::sql::Type::numeric}}});
  world.say("db.users.insertMany([{_id: 1, name: \"A\"}, {_id: 2, name: \"B\"}])");
  world.say(
      "db.orders.insertMany([{_id: 1, user: 1, items: [{sku: \"x\", q: 2}, {sku: \"y\", q: 1}]}, {_id: 2, user: 3, "
      "items: "
      "[{sku: \"x\", q: 5}]}])");
  CHECK(world.say("db.orders.aggregate([{$unwind: \"$items\"}])") ==
        "_id=1 user=1 items_sku=x items_q=2; _id=1 user=1 items_sku=y items_q=1; _id=2 user=3 items_sku=x items_q=5");
  CHECK(world.say(
            "db.orders.aggregate([{$unwind: \"$items\"}, {$group: {_id: \"$items.sku\", q: {$sum: \"$items.q\"}}}])") ==
        "_id=x q=7; _id=y q=1");
  CHECK(
      world.say(
          "db.orders.aggregate([{$lookup: {from: \"users\", localField: \"user\", foreignField: \"_id\", as: \"u\"}}, "
          "{$project: {u: 1}}])") == "_id=1 u=[{_id: 1, name: \"A\"}] u_length=1; _id=2 u=[] u_length=0");
}
