// M-1 to M-7 of shared/semantics.md section 4. No server is at hand: each test names the page of the manual or the
// ticket that it follows.
#include <doctest/doctest.h>

#include "mongo_world.h"

using namespace gapless::store::document;
using mongo::World;

namespace {

struct Shop : World {
  Shop() {
    collection("coupons", "code:t used:n usedBy:n");
    collection("accounts", "balance:n lock:n");
    collection("jobs", "state:t at:n by:n");
    collection("users", "email:t name:t visits:n");
    index("db.users.createIndex({email: 1}, {unique: true})");
  }
};

const std::string conflict =
    "write_conflict: WriteConflict error: this operation conflicted with another operation. Please retry your "
    "operation "
    "or multi-document transaction.";
const std::string no_transaction =
    "no_such_transaction: Given transaction number does not match any in-progress transactions: the transaction has "
    "been aborted.";

}  // namespace

// Manual, "Atomicity and Transactions", section "Concurrency Control": the second update of the same filter matches 0.
TEST_CASE("M-1: a single-document update looks at its filter when it writes") {
  Shop shop;
  shop.say("db.coupons.insertOne({_id: 1, code: \"A\", used: 0})");
  const char* take = "db.coupons.updateOne({code: \"A\", used: {$lt: 1}}, {$inc: {used: 1}})";
  CHECK(shop.step(1, take) == "matchedCount=1 modifiedCount=1 upsertedId=NULL");
  CHECK(shop.last->count == 1);
  CHECK(shop.step(2, take) == "matchedCount=0 modifiedCount=0 upsertedId=NULL");
  CHECK(shop.last->count == 0);
  CHECK(shop.documents("coupons") == "{_id: 1, code: \"A\", used: 1}");
}

TEST_CASE("M-1: a filter on what does not change loses an update; $inc does not") {
  Shop shop;
  shop.say("db.accounts.insertOne({_id: 1, balance: 100})");
  shop.say("db.accounts.updateOne({_id: 1}, {$set: {balance: 70}})", 1);
  shop.say("db.accounts.updateOne({_id: 1}, {$set: {balance: 60}})", 2);
  CHECK(shop.documents("accounts") == "{_id: 1, balance: 60}");
  shop.say("db.accounts.updateOne({_id: 1}, {$inc: {balance: -30}})", 1);
  shop.say("db.accounts.updateOne({_id: 1}, {$inc: {balance: -40}})", 2);
  CHECK(shop.documents("accounts") == "{_id: 1, balance: -10}");
}

// Manual, "Atomicity and Transactions": "the modification of each document is atomic, but the operation as a whole is
// not atomic".
TEST_CASE("M-1: updateMany is a step a document, and sees what others have done in between") {
  Shop shop;
  shop.say("db.jobs.insertMany([{_id: 1, state: \"new\"}, {_id: 2, state: \"new\"}, {_id: 3, state: \"old\"}])");
  const char* all = "db.jobs.updateMany({state: \"new\"}, {$set: {by: 1}})";
  CHECK(shop.step(1, all) == "…");
  CHECK(shop.documents("jobs") ==
        "{_id: 1, state: \"new\", by: 1}; {_id: 2, state: \"new\"}; {_id: 3, state: \"old\"}");
  shop.say("db.jobs.updateOne({_id: 2}, {$set: {state: \"old\"}})", 2);
  shop.say("db.jobs.updateOne({_id: 3}, {$set: {state: \"new\"}})", 2);
  shop.say("db.jobs.updateOne({_id: 1}, {$set: {state: \"new\"}})", 2);
  CHECK(shop.step(1, all) == "matchedCount=2 modifiedCount=2 upsertedId=NULL");
  CHECK(shop.documents("jobs") ==
        "{_id: 1, state: \"new\", by: 1}; {_id: 2, state: \"old\"}; {_id: 3, state: \"new\", by: 1}");
}

TEST_CASE("M-1: updateMany and deleteMany by a unique key, and without anything behind, are one step") {
  Shop shop;
  shop.say("db.users.insertMany([{_id: 1, email: \"a\"}, {_id: 2, email: \"b\"}, {_id: 3, email: \"c\"}])");
  CHECK(shop.step(1, "db.users.updateMany({_id: 1}, {$inc: {visits: 1}})") ==
        "matchedCount=1 modifiedCount=1 upsertedId=NULL");
  CHECK(shop.step(1, "db.users.updateMany({email: \"b\", visits: null}, {$inc: {visits: 1}})") ==
        "matchedCount=1 modifiedCount=1 upsertedId=NULL");
  CHECK(shop.step(1, "db.users.deleteMany({name: \"x\"})") == "deletedCount=0");
  CHECK(shop.step(1, "db.users.deleteMany({visits: null})") == "deletedCount=1");
  CHECK(shop.step(1, "db.users.deleteMany({visits: 1})") == "…");
  CHECK(shop.documents("users") == "{_id: 2, email: \"b\", visits: 1}");
  CHECK(shop.step(1, "db.users.deleteMany({visits: 1})") == "deletedCount=2");
  CHECK(shop.last->count == 2);
}

// Manual, "db.collection.insertMany": ordered; an error ends it, and what has been inserted stays.
TEST_CASE("M-1: insertMany is a step a document") {
  Shop shop;
  const char* three = "db.users.insertMany([{_id: 1, email: \"a\"}, {_id: 2, email: \"a\"}, {_id: 3, email: \"c\"}])";
  CHECK(shop.step(1, three) == "…");
  CHECK(shop.step(1, three) ==
        "duplicate_key: E11000 duplicate key error collection: users index: email_1 dup key: { email: \"a\" }");
  CHECK(shop.documents("users") == "{_id: 1, email: \"a\"}");
  CHECK(!shop.sessions[1].progress);
}

// SERVER-22178: the query is tried again from the start if the chosen document does not match any more.
TEST_CASE("M-2: findOneAndUpdate with sort takes the next document if the chosen one is gone") {
  Shop shop;
  shop.say("db.jobs.insertMany([{_id: 1, state: \"new\", at: 2}, {_id: 2, state: \"new\", at: 1}])");
  const char* take =
      "db.jobs.findOneAndUpdate({state: \"new\"}, {$set: {state: \"run\"}}, {sort: {at: 1}, projection: {at: 1}})";
  CHECK(shop.step(1, take) == "…");
  CHECK(shop.step(2, take) == "…");
  CHECK(shop.step(1, take) == "_id=2 at=1");
  CHECK(shop.step(2, take) == "…");
  CHECK(shop.step(2, take) == "_id=1 at=2");
  CHECK(shop.step(3, take) == "none");
  CHECK(shop.last->count == 0);
}

// SERVER-86250: where it still matches it is updated, though it is no more the first in the order.
TEST_CASE("M-2: the chosen document is updated even if another comes first by now") {
  Shop shop;
  shop.say("db.jobs.insertMany([{_id: 1, state: \"new\", at: 1}, {_id: 2, state: \"new\", at: 2}])");
  const char* take =
      "db.jobs.findOneAndUpdate({state: \"new\"}, {$set: {state: \"run\"}}, {sort: {at: 1}, returnDocument: "
      "\"after\"})";
  CHECK(shop.step(1, take) == "…");
  shop.say("db.jobs.updateOne({_id: 1}, {$set: {at: 9}})", 2);
  CHECK(shop.step(1, take) == "_id=1 state=run at=9 by=NULL");
}

// Manual, "db.collection.updateOne", section "Upsert with Unique Index".
TEST_CASE("M-3: two upserts without a unique index insert twice") {
  Shop shop;
  const char* upsert = "db.coupons.updateOne({code: \"A\"}, {$inc: {used: 1}}, {upsert: true})";
  CHECK(shop.step(1, upsert) == "…");
  CHECK(shop.step(2, upsert) == "…");
  CHECK(shop.step(1, upsert).starts_with("matchedCount=0 modifiedCount=0 upsertedId="));
  CHECK(shop.last->count == 1);
  CHECK(shop.step(2, upsert).starts_with("matchedCount=0 modifiedCount=0 upsertedId="));
  CHECK(shop.say("db.coupons.countDocuments({code: \"A\", used: 1})") == "n=2");
  CHECK(shop.say(upsert) == "matchedCount=1 modifiedCount=1 upsertedId=NULL");
}

// SERVER-14322, SERVER-37124: tried again as an update where the filter is an equality on the unique key.
TEST_CASE("M-3: with a unique index the loser updates, or gets E11000 where the filter says more") {
  Shop shop;
  const char* upsert = "db.users.updateOne({email: \"a\"}, {$inc: {visits: 1}}, {upsert: true})";
  CHECK(shop.step(1, upsert) == "…");
  CHECK(shop.step(2, upsert) == "…");
  shop.step(1, upsert);
  CHECK(shop.step(2, upsert) == "matchedCount=1 modifiedCount=1 upsertedId=NULL");
  CHECK(shop.say("db.users.find({}, {_id: 0, visits: 1})") == "visits=2");

  const char* named = "db.users.updateOne({email: \"b\", name: \"B\"}, {$inc: {visits: 1}}, {upsert: true})";
  CHECK(shop.step(1, named) == "…");
  CHECK(shop.step(2, named) == "…");
  shop.step(1, named);
  CHECK(shop.step(2, named) ==
        "duplicate_key: E11000 duplicate key error collection: users index: email_1 dup key: { email: \"b\" }");

  const char* by_id = "db.accounts.findOneAndUpdate({_id: 7}, {$inc: {balance: 5}}, {upsert: true, new: true})";
  CHECK(shop.step(1, by_id) == "…");
  CHECK(shop.step(2, by_id) == "…");
  CHECK(shop.step(1, by_id) == "_id=7 balance=5 lock=NULL");
  CHECK(shop.step(2, by_id) == "_id=7 balance=10 lock=NULL");
}

// Manual, "db.collection.updateOne", "Upsert with Unique Index": nothing but equalities, on all fields of the index.
TEST_CASE("M-3: an upsert is tried again only where its filter is the whole key, and nothing else") {
  Shop shop;
  const char* ranged = "db.users.updateOne({email: \"a\", visits: {$lt: 9}}, {$inc: {visits: 1}}, {upsert: true})";
  CHECK(shop.step(1, ranged) == "…");
  CHECK(shop.step(2, ranged) == "…");
  shop.step(1, ranged);
  CHECK(shop.step(2, ranged) ==
        "duplicate_key: E11000 duplicate key error collection: users index: email_1 dup key: { email: \"a\" }");
  CHECK(shop.say(ranged) == "matchedCount=1 modifiedCount=1 upsertedId=NULL");

  shop.index("db.coupons.createIndex({code: 1, used: 1}, {unique: true})");
  const char* part = "db.coupons.updateOne({code: \"A\"}, {$set: {used: 1}}, {upsert: true})";
  CHECK(shop.step(1, part) == "…");
  CHECK(shop.step(2, part) == "…");
  shop.step(1, part);
  CHECK(shop.step(2, part) ==
        "duplicate_key: E11000 duplicate key error collection: coupons index: code_1_used_1 dup key: { code: \"A\", "
        "used: 1 }");
}

// Manual, "Production Considerations", section "In-progress Transactions and Write Conflicts".
TEST_CASE("M-4: the first writer wins; the second transaction is told at once, and is over") {
  Shop shop;
  shop.say("db.accounts.insertOne({_id: 1, balance: 100})");
  shop.begin(1, "db.accounts.findOne({_id: 1})");
  shop.begin(2, "db.accounts.findOne({_id: 1})");
  CHECK(shop.step(1, "db.accounts.updateOne({_id: 1}, {$set: {balance: 50}})") ==
        "matchedCount=1 modifiedCount=1 upsertedId=NULL");
  CHECK(shop.database.held.size() == 1);
  CHECK(shop.step(2, "db.accounts.updateOne({_id: 1}, {$set: {balance: 60}})") == conflict);
  CHECK(shop.step(2, "db.accounts.findOne({_id: 1})") == no_transaction);
  CHECK(shop.step(2, "commitTransaction") == "no_such_transaction: there is no transaction in progress to commit");
  CHECK(shop.sessions[2] == Session());
  CHECK(shop.step(3, "db.accounts.findOne({_id: 1})") == "_id=1 balance=100 lock=NULL");
  CHECK(shop.step(1, "db.accounts.findOne({_id: 1})") == "_id=1 balance=50 lock=NULL");
  CHECK(shop.step(1, "commitTransaction") == "done");
  CHECK(shop.database.held.empty());
  CHECK(shop.step(3, "db.accounts.findOne({_id: 1})") == "_id=1 balance=50 lock=NULL");
}

// Manual, "Read Concern "snapshot"": a transaction reads what was committed when it began.
TEST_CASE("M-4: the snapshot is that of the first request; a write to what has changed since is a conflict") {
  Shop shop;
  shop.say("db.accounts.insertMany([{_id: 1, balance: 100}, {_id: 2, balance: 100}])");
  shop.begin(1, "db.accounts.findOne({_id: 2})");
  shop.say("db.accounts.updateOne({_id: 1}, {$inc: {balance: -30}})", 2);
  shop.say("db.accounts.insertOne({_id: 3, balance: 7})", 2);
  shop.say("db.accounts.deleteOne({_id: 2})", 2);
  CHECK(shop.step(1, "db.accounts.find({}, {balance: 1})") == "_id=1 balance=100; _id=2 balance=100");
  CHECK(shop.step(1, "db.accounts.updateOne({_id: 1}, {$inc: {balance: -80}})") == conflict);
  CHECK(shop.step(1, "abortTransaction") == "done");
  CHECK(shop.step(1, "abortTransaction") == "no_such_transaction: there is no transaction in progress to abort");

  shop.begin(1, "db.accounts.findOne({_id: 1})");
  shop.say("db.accounts.deleteOne({_id: 3})", 2);
  CHECK(shop.step(1, "db.accounts.deleteOne({_id: 3})") == conflict);
  shop.begin(1, "db.accounts.findOne({_id: 1})");
  shop.say("db.accounts.insertOne({_id: 4, balance: 1})", 2);
  CHECK(shop.step(1, "db.accounts.insertOne({_id: 4, balance: 2})") == conflict);
}

TEST_CASE("M-4: aborting gives everything back, and a commit tells other snapshots") {
  Shop shop;
  shop.say("db.users.insertOne({_id: 1, email: \"a\"})");
  shop.begin(1, "db.users.updateOne({_id: 1}, {$set: {email: \"b\"}})");
  CHECK(shop.database.held.size() == 1);
  CHECK(shop.database.claimed.size() == 2);
  CHECK(shop.step(1, "abortTransaction") == "done");
  CHECK(shop.database == [] {
    Shop other;
    other.say("db.users.insertOne({_id: 1, email: \"a\"})");
    return other.database;
  }());
  shop.begin(2, "db.users.find()");
  shop.begin(1, "db.users.updateOne({_id: 1}, {$set: {email: \"b\"}})");
  shop.step(1, "db.users.insertOne({_id: 2, email: \"c\"})");
  shop.step(1, "commitTransaction");
  CHECK(shop.step(2, "db.users.find({}, {email: 1})") == "_id=1 email=a");
  CHECK(shop.step(3, "db.users.find({}, {email: 1})") == "_id=1 email=b; _id=2 email=c");
  shop.begin(3, "db.users.deleteOne({_id: 2})");
  CHECK(disconnect(shop.catalog, shop.database, shop.sessions[3]).database.held.empty());
}

// WiredTiger writes the entries of unique indexes in the transaction too: the same key twice is a write conflict.
TEST_CASE("M-4: a unique key that an open transaction has added or taken away") {
  Shop shop;
  shop.begin(1, "db.users.insertOne({_id: 1, email: \"a\"})");
  CHECK(shop.begin(2, "db.users.insertOne({_id: 2, email: \"a\"})") == conflict);
  CHECK(shop.step(3, "db.users.insertOne({_id: 3, email: \"a\"})") == "waits");
  CHECK(shop.step(3, "db.users.insertOne({_id: 4, email: \"b\"})") == "insertedId=4");
  shop.begin(2, "db.users.find()");
  shop.step(1, "commitTransaction");
  CHECK(shop.step(3, "db.users.insertOne({_id: 3, email: \"a\"})") ==
        "duplicate_key: E11000 duplicate key error collection: users index: email_1 dup key: { email: \"a\" }");
  CHECK(shop.step(2, "db.users.insertOne({_id: 2, email: \"a\"})") == conflict);  // added since the snapshot

  shop.begin(1, "db.users.deleteOne({_id: 1})");
  CHECK(shop.step(3, "db.users.insertOne({_id: 3, email: \"a\"})") == "waits");
  CHECK(shop.step(3, "db.users.updateOne({_id: 4}, {$set: {email: \"a\"}})") == "waits");
  CHECK(shop.begin(2, "db.users.insertOne({_id: 2, email: \"a\"})") == conflict);
  shop.step(1, "commitTransaction");
  CHECK(shop.step(3, "db.users.insertOne({_id: 3, email: \"a\"})") == "insertedId=3");
}

TEST_CASE("M-4: what begins a transaction anew ends the old one") {
  Shop shop;
  shop.say("db.accounts.insertMany([{_id: 1, balance: 1}, {_id: 2, balance: 2}])");
  shop.begin(1, "db.accounts.updateOne({_id: 1}, {$inc: {balance: 1}})");
  shop.begin(1, "db.accounts.updateOne({_id: 2}, {$inc: {balance: 1}})");
  CHECK(shop.database.held == std::set<Address>{{1, Value(2)}});
  shop.step(1, "commitTransaction");
  CHECK(shop.documents("accounts") == "{_id: 1, balance: 1}; {_id: 2, balance: 3}");
}

// Manual, "Production Considerations": a write outside a transaction waits behind the transaction.
TEST_CASE("M-5: a plain write to a held document waits, and then looks at its filter") {
  Shop shop;
  shop.say("db.coupons.insertMany([{_id: 1, code: \"A\", used: 0}, {_id: 2, code: \"B\", used: 0}])");
  const char* take = "db.coupons.updateOne({code: \"A\", used: 0}, {$set: {used: 1, usedBy: 2}})";
  shop.begin(1, "db.coupons.updateOne({code: \"A\"}, {$set: {used: 1, usedBy: 1}})");
  CHECK(shop.step(2, take) == "waits");
  CHECK(shop.step(2, "db.coupons.updateOne({code: \"B\"}, {$set: {used: 1}})").starts_with("matchedCount=1"));
  CHECK(shop.step(2, "db.coupons.find({code: \"A\"}, {used: 1})") == "_id=1 used=0");
  CHECK(shop.step(2, "db.coupons.deleteOne({code: \"A\"})") == "waits");
  CHECK(shop.step(2, "db.coupons.insertOne({_id: 1})") == "waits");
  shop.step(1, "commitTransaction");
  CHECK(shop.step(2, take) == "matchedCount=0 modifiedCount=0 upsertedId=NULL");
  CHECK(shop.documents("coupons") == "{_id: 1, code: \"A\", used: 1, usedBy: 1}; {_id: 2, code: \"B\", used: 1}");
}

TEST_CASE("M-5: a write that changes nothing, fails, or begins a transaction does not wait") {
  Shop shop;
  shop.say("db.coupons.insertOne({_id: 1, code: \"A\", used: 0})");
  shop.begin(1, "db.coupons.updateOne({_id: 1}, {$inc: {used: 1}})");
  CHECK(shop.step(2, "db.coupons.updateOne({_id: 1}, {$set: {used: 0}})") ==
        "matchedCount=1 modifiedCount=0 upsertedId=NULL");
  CHECK(shop.step(2, "db.coupons.updateOne({_id: 1}, {$inc: {code: 1}})").starts_with("mongodb_error: Cannot apply"));
  CHECK(shop.begin(2, "db.coupons.updateOne({_id: 1}, {$inc: {used: 1}})") == conflict);
}

TEST_CASE("M-5: updateMany waits in the middle") {
  Shop shop;
  shop.say("db.jobs.insertMany([{_id: 1, state: \"new\"}, {_id: 2, state: \"new\"}])");
  shop.begin(1, "db.jobs.updateOne({_id: 2}, {$set: {state: \"old\"}})");
  const char* all = "db.jobs.updateMany({state: \"new\"}, {$set: {by: 2}})";
  CHECK(shop.step(2, all) == "…");
  CHECK(shop.step(2, all) == "waits");
  shop.step(1, "commitTransaction");
  CHECK(shop.step(2, all) == "matchedCount=1 modifiedCount=1 upsertedId=NULL");
}

// The time decides which document a filter finds, so whether it waits depends on it.
TEST_CASE("M-5: whether a write waits is asked with the clock of the step") {
  Shop shop;
  shop.say("db.jobs.insertMany([{_id: 1, at: @10}, {_id: 2, at: @100}])");
  shop.begin(1, "db.jobs.updateOne({_id: 2}, {$set: {by: 1}})");
  const char* take = "db.jobs.updateOne({$expr: {$gt: [\"$at\", \"$$NOW\"]}}, {$set: {by: 2}})";
  shop.second = 50;
  CHECK(shop.step(2, take) == "waits");
  shop.second = 5;
  CHECK(shop.step(2, take) == "matchedCount=1 modifiedCount=1 upsertedId=NULL");
}

// Manual, "Production Considerations", on findOneAndUpdate as a lock; SERVER-77616: a no-op update is none.
TEST_CASE("M-6: reads take no locks, an update that changes nothing does not either") {
  Shop shop;
  shop.say("db.accounts.insertMany([{_id: 1, balance: 100, lock: 0}, {_id: 2, balance: 100, lock: 0}])");
  shop.begin(1, "db.accounts.findOne({_id: 1})");
  shop.step(1, "db.accounts.findOneAndUpdate({_id: 1}, {$set: {lock: 0}})");
  CHECK(shop.database.held.empty());
  shop.begin(2, "db.accounts.updateOne({_id: 1}, {$inc: {balance: -1}})");
  CHECK(shop.step(2, "commitTransaction") == "done");
  CHECK(shop.step(1, "db.accounts.updateOne({_id: 1}, {$set: {balance: 100}})") ==
        "matchedCount=1 modifiedCount=0 upsertedId=NULL");  // of its snapshot: nothing changes
  CHECK(shop.step(1, "commitTransaction") == "done");
  CHECK(shop.documents("accounts") == "{_id: 1, balance: 99, lock: 0}; {_id: 2, balance: 100, lock: 0}");
}

TEST_CASE("M-7: any error in a transaction ends it") {
  Shop shop;
  shop.say("db.users.insertOne({_id: 1, email: \"a\"})");
  for (const char* wrong : {"db.users.insertOne({_id: 1})", "db.users.insertOne({_id: 9, email: \"a\"})",
                            "db.users.updateOne({_id: 1}, {$inc: {email: 1}})",
                            "db.users.find({$expr: {$gt: [{$add: [\"$email\", 1]}, 1]}})"}) {
    CAPTURE(wrong);
    shop.begin(1, "db.users.insertOne({_id: 2, email: \"b\"})");
    shop.step(1, wrong);
    CHECK(shop.last->failed());
    CHECK(shop.sessions[1].phase == Session::Phase::aborted);
    CHECK(shop.sessions[1].writes.empty());
    CHECK(shop.database.held.empty());
    CHECK(shop.database.claimed.empty());
    CHECK(shop.step(1, "db.users.find()") == no_transaction);
    CHECK(shop.step(1, "abortTransaction") == "done");
    CHECK(shop.documents("users") == "{_id: 1, email: \"a\"}");
  }
}

TEST_CASE("M-7: nobody sees what is not committed") {
  Shop shop;
  shop.begin(1, "db.users.insertOne({_id: 1, email: \"a\"})");
  CHECK(shop.step(2, "db.users.find()") == "none");
  CHECK(shop.begin(3, "db.users.countDocuments()") == "n=0");
  CHECK(shop.step(1, "db.users.countDocuments()") == "n=1");
}

// ------------------------------------------------------------------------------------------ what is ours to decide

TEST_CASE("an _id that is made up does not tell the order of insertion") {
  Shop one;
  Shop other;
  for (const char* text : {"{code: \"A\"}", "{code: \"B\"}", "{code: \"A\"}"}) {
    one.say("db.coupons.insertOne(" + std::string(text) + ")");
  }
  for (const char* text : {"{code: \"A\"}", "{code: \"A\"}", "{code: \"B\"}"}) {
    other.say("db.coupons.insertOne(" + std::string(text) + ")");
  }
  CHECK(one.database == other.database);
  CHECK(one.say("db.coupons.countDocuments()") == "n=3");
  const auto& id = one.database.collections[0].begin()->first;
  CHECK(std::get<std::string>(id.held).size() == 24);
  CHECK(std::get<std::string>(id.held).ends_with("00000000"));
  CHECK(one.database.collections[0].begin()->second.front().name == "_id");
}

TEST_CASE("equal documents in two open transactions get two ids") {
  Shop shop;
  shop.begin(1, "db.coupons.insertOne({code: \"A\"})");
  shop.begin(2, "db.coupons.insertOne({code: \"A\"})");
  CHECK(shop.step(1, "commitTransaction") == "done");
  CHECK(shop.step(2, "commitTransaction") == "done");
  CHECK(shop.say("db.coupons.countDocuments({code: \"A\"})") == "n=2");
}

TEST_CASE("in a transaction a request of many documents is one step") {
  Shop shop;
  CHECK(shop.begin(1, "db.jobs.insertMany([{_id: 1, at: 1}, {_id: 2, at: 2}, {_id: 3, at: 3}])") == "insertedCount=3");
  CHECK(shop.step(1, "db.jobs.updateMany({at: {$gt: 1}}, {$inc: {at: 1}})") ==
        "matchedCount=2 modifiedCount=2 upsertedId=NULL");
  CHECK(shop.step(1, "db.jobs.updateOne({_id: 9}, {$set: {at: 9}}, {upsert: true})") ==
        "matchedCount=0 modifiedCount=0 upsertedId=9");
  CHECK(shop.step(1, "db.jobs.updateOne({state: null}, {$set: {by: 1}}, {sort: {at: -1}})") ==
        "matchedCount=1 modifiedCount=1 upsertedId=NULL");
  CHECK(shop.documents("jobs") == "none");
  shop.step(1, "commitTransaction");
  CHECK(shop.documents("jobs") == "{_id: 1, at: 1}; {_id: 2, at: 3}; {_id: 3, at: 4}; {_id: 9, at: 9, by: 1}");
}

TEST_CASE("bulkWrite is a step an operation, and ends at the first error") {
  Shop shop;
  const char* bulk =
      "db.jobs.bulkWrite([{insertOne: {document: {_id: 1, at: 1}}}, {updateOne: {filter: {_id: 2}, update: {$set: {at: "
      "2}}, upsert: true}}, {updateMany: {filter: {}, update: {$inc: {at: 1}}}}, {deleteOne: {filter: {_id: 1}}}])";
  int steps = 1;
  while (shop.step(1, bulk) == "…") ++steps;
  CHECK(steps == 6);
  CHECK(mongo::to_string(*shop.last) ==
        "insertedCount=1 matchedCount=2 modifiedCount=2 deletedCount=1 upsertedCount=1");
  CHECK(shop.last->count == 5);
  CHECK(shop.documents("jobs") == "{_id: 2, at: 3}");
  CHECK(shop.say("db.jobs.bulkWrite([{deleteMany: {filter: {}}}, {updateOne: {filter: {}, update: {$set: {at: 1}}, "
                 "upsert: true}}, {insertOne: {document: {_id: 5}}}, {insertOne: {document: {_id: 5}}}, {deleteMany: "
                 "{filter: {}}}])")
            .starts_with("duplicate_key"));
  CHECK(shop.say("db.jobs.countDocuments()") == "n=2");
}

TEST_CASE("unique indexes: null counts as a value, sparse and partial indexes leave documents out") {
  World world;
  world.collection("a", "x:n");
  world.collection("b", "x:n");
  world.collection("c", "x:n open:b");
  world.collection("d", "x:n y:n");
  world.index("db.a.createIndex({x: 1}, {unique: true})");
  world.index("db.b.createIndex({x: 1}, {unique: true, sparse: true})");
  world.index("db.c.createIndex({x: 1}, {unique: true, partialFilterExpression: {open: true}})");
  world.index("db.d.createIndex({x: 1, y: -1}, {unique: true, name: \"pair\"})");
  world.say("db.a.insertOne({_id: 1})");
  CHECK(world.say("db.a.insertOne({_id: 2, x: null})") ==
        "duplicate_key: E11000 duplicate key error collection: a index: x_1 dup key: { x: null }");
  world.say("db.b.insertMany([{_id: 1}, {_id: 2}, {_id: 3, x: 1}])");
  CHECK(world.say("db.b.countDocuments()") == "n=3");
  CHECK(world.say("db.b.insertOne({_id: 4, x: 1.0})").starts_with("duplicate_key"));
  world.say("db.c.insertMany([{_id: 1, x: 1, open: true}, {_id: 2, x: 1, open: false}, {_id: 3, x: 1}])");
  CHECK(world.say("db.c.countDocuments()") == "n=3");
  CHECK(world.say("db.c.updateOne({_id: 3}, {$set: {open: true}})").starts_with("duplicate_key"));
  world.say("db.d.insertMany([{_id: 1, x: 1, y: 1}, {_id: 2, x: 1, y: 2}, {_id: 3, x: [3, 4], y: 2}])");
  CHECK(world.say("db.d.insertOne({_id: 4, x: 1, y: 2})") ==
        "duplicate_key: E11000 duplicate key error collection: d index: pair dup key: { x: 1, y: 2 }");
  CHECK(world.say("db.d.insertOne({_id: 5, x: 4, y: 2})").starts_with("duplicate_key"));
}
