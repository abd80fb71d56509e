// Rules D-1 to D-5 of shared/semantics.md, section 5. No server can be had: each test names the page of the developer
// guide (docs.aws.amazon.com/amazondynamodb/latest/developerguide) that says so.
#include <doctest/doctest.h>

#include "dynamo_world.h"

using namespace gapless::store;
using namespace gapless::store::document;
using namespace gapless::store::document::dynamo;

namespace {

const std::string put = R"(PutItem {TableName: "coupons", Item: {code: "A", used: 0}})";
const std::string look = R"(GetItem {TableName: "coupons", Key: {code: "A"}, ConsistentRead: true})";
const std::string redeem =
    R"(UpdateItem {TableName: "coupons", Key: {code: "A"}, UpdateExpression: "SET used = used + :one",
  ConditionExpression: "used < :max", ExpressionAttributeValues: {":one": 1, ":max": 1}})";
const std::string conflict = "transaction_conflict: Transaction is ongoing for the item";
const std::string canceled =
    "transaction_canceled: Transaction cancelled, please refer cancellation reasons for specific reasons ";

std::string transaction(const std::string& items, const std::string& token = "") {
  return "TransactWriteItems {TransactItems: [" + items + "]" +
         (token.empty() ? "" : ", ClientRequestToken: \"" + token + "\"") + "}";
}

const std::string add_a = R"({Update: {TableName: "coupons", Key: {code: "A"}, UpdateExpression: "SET used = used + :n",
  ExpressionAttributeValues: {":n": 1}}})";
const std::string order_1 = R"({Put: {TableName: "orders", Item: {who: "u", seq: 1, amount: 10},
  ConditionExpression: "attribute_not_exists(seq) "}})";

}  // namespace

TEST_CASE("D-1 (WorkingWithItems.html, conditional writes): check and write are one step; false changes nothing") {
  World world;
  CHECK(world.say(put) == "1");
  CHECK(world.step(1, redeem) == "1");
  CHECK(world.step(2, redeem) == "conditional_check_failed: The conditional request failed");
  CHECK(world.say(look) == "(A, 1, NULL, NULL)");
}

TEST_CASE(
    "D-1 (WorkingWithItems.html): PutItem replaces, DeleteItem of what is absent succeeds, conditions see no item") {
  World world;
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", used: 5, tags: ["x"]}})");
  CHECK(world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", limits: {top: 2}}, ReturnValues: "ALL_OLD"})") ==
        "(A, 5, NULL, [\"x\"])");
  CHECK(world.say(look) == "(A, NULL, 2, NULL)");
  CHECK(
      world.say(
          R"(PutItem {TableName: "coupons", Item: {code: "A"}, ConditionExpression: "attribute_not_exists(code) "})") ==
      "conditional_check_failed: The conditional request failed");
  CHECK(world.say(R"(DeleteItem {TableName: "coupons", Key: {code: "B"}})") == "1");
  CHECK(world.say(R"(DeleteItem {TableName: "coupons", Key: {code: "B"}, ReturnValues: "ALL_OLD"})") == "none");
  CHECK(world.say(R"(DeleteItem {TableName: "coupons", Key: {code: "A"}, ReturnValues: "ALL_OLD"})") ==
        "(A, NULL, 2, NULL)");
  CHECK(world.say(look) == "none");
  CHECK(world.items("coupons").empty());
}

TEST_CASE(
    "D-1 (Expressions.UpdateExpressions.html): UpdateItem creates; SET a - :x of nothing is refused; ADD begins at 0") {
  World world;
  const auto update = [&](const std::string& expression) {
    return world.say(R"(UpdateItem {TableName: "coupons", Key: {code: "A"}, UpdateExpression: ")" + expression +
                     R"(", ExpressionAttributeValues: {":x": 5}, ReturnValues: "ALL_NEW"})");
  };
  CHECK(update("SET used = used - :x") ==
        "validation_error: The provided expression refers to an attribute that does not exist in the item");
  CHECK(world.items("coupons").empty());
  CHECK(update("ADD used :x") == "(A, 5, NULL, NULL)");
  CHECK(update("SET used = used - :x") == "(A, 0, NULL, NULL)");
  CHECK(update("SET used = used - :x") == "(A, -5, NULL, NULL)");
  CHECK(world.say(R"(UpdateItem {TableName: "coupons", Key: {code: "B"}})") == "1");
  CHECK(world.items("coupons") == R"({code: "A", used: -5} {code: "B"})");
}

TEST_CASE("ReturnValues (API_UpdateItem.html): what was, what is, of all or of what the update names") {
  World world;
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", used: 1, limits: {top: 3, low: 1}}})");
  const auto update = [&](const std::string& wanted) {
    return R"(UpdateItem {TableName: "coupons", Key: {code: "A"}, UpdateExpression: "SET used = used + :n, limits.top = :n",
      ExpressionAttributeValues: {":n": 1}, ReturnValues: ")" +
           wanted + "\"}";
  };
  CHECK(world.say(update("UPDATED_OLD")) == "(1, 3)");
  CHECK(world.columns(update("UPDATED_OLD")) == "used numeric, limits_top numeric");
  CHECK(world.say(update("UPDATED_NEW")) == "(3, 1)");
  CHECK(world.say(update("ALL_OLD")) == "(A, 3, 1, NULL)");
  CHECK(world.say(update("ALL_NEW")) == "(A, 5, 1, NULL)");
  CHECK(world.say(update("NONE")) == "1");
  CHECK(world.columns(update("NONE")).empty());
}

TEST_CASE("D-2 (HowItWorks.ReadConsistency.html): a read lags behind unless it is consistent") {
  World world;
  world.catalog.eventual_reads = true;
  world.say(put);
  world.database.stale.clear();
  world.say(redeem);
  const std::string get = R"(GetItem {TableName: "coupons", Key: {code: "A"}})";
  CHECK(world.say(get) == "(A, 0, NULL, NULL)");
  CHECK(world.say(look) == "(A, 1, NULL, NULL)");
  CHECK(world.say(R"(Scan {TableName: "coupons"})") == "(A, 0, NULL, NULL)");
  CHECK(world.say(R"(Scan {TableName: "coupons", ConsistentRead: true})") == "(A, 1, NULL, NULL)");
  CHECK(world.say(R"(BatchGetItem {RequestItems: {coupons: {Keys: [{code: "A"}]}}})") == "(A, 0, NULL, NULL)");
  CHECK(world.say(R"(BatchGetItem {RequestItems: {coupons: {Keys: [{code: "A"}], ConsistentRead: true}}})") ==
        "(A, 1, NULL, NULL)");
  CHECK(world.say("PartiQL SELECT used FROM coupons WHERE code = 'A'") == "(0)");
  CHECK(
      world.say(R"(ExecuteStatement {Statement: "SELECT used FROM coupons WHERE code = 'A'", ConsistentRead: true})") ==
      "(1)");
  CHECK(world.say(R"(TransactGetItems {TransactItems: [{Get: {TableName: "coupons", Key: {code: "A"}}}]})") ==
        "(A, 1, NULL, NULL)");
  // A condition always sees what is.
  CHECK(world.say(redeem) == "conditional_check_failed: The conditional request failed");
  const auto behind = lagging(world.database);
  REQUIRE(behind.size() == 1);
  CHECK(document::to_string(world.catalog, behind[0]) == "coupons:\"A\"");
  world.database = catch_up(world.database, behind[0]).database;
  CHECK(world.say(get) == "(A, 1, NULL, NULL)");
}

TEST_CASE("D-2: which requests read eventually") {
  const auto eventually = [](const char* request) { return reads_eventually(request_of(request)); };
  CHECK(eventually(R"(GetItem {TableName: "coupons", Key: {code: ?}})"));
  CHECK(eventually(R"(Query {TableName: "coupons", ConsistentRead: false})"));
  CHECK(eventually(R"(BatchGetItem {RequestItems: {coupons: {Keys: [{code: "A"}]}}})"));
  CHECK(eventually("PartiQL  select * FROM coupons"));
  CHECK(eventually(R"(ExecuteStatement {Statement: "SELECT * FROM coupons"})"));
  CHECK_FALSE(eventually(R"(Scan {TableName: "coupons", ConsistentRead: true})"));
  CHECK_FALSE(eventually(R"(BatchGetItem {RequestItems: {coupons: {Keys: [{code: "A"}], ConsistentRead: true}}})"));
  CHECK_FALSE(eventually("PartiQL UPDATE coupons SET used = 1 WHERE code = 'A'"));
  CHECK_FALSE(eventually(R"(ExecuteStatement {Statement: "SELECT * FROM coupons", ConsistentRead: true})"));
  CHECK_FALSE(eventually(R"(PutItem {TableName: "coupons", Item: {code: "A"}})"));
  CHECK_FALSE(eventually(R"(TransactGetItems {TransactItems: []})"));
}

TEST_CASE("D-2 (GSI.html): an index is read eventually, and never consistently") {
  World world;
  world.catalog.eventual_reads = true;
  world.say(R"(PutItem {TableName: "orders", Item: {who: "u", seq: 1, status: "paid"}})");
  const std::string by_status =
      R"(Query {TableName: "orders", IndexName: "by_status", KeyConditionExpression: "#s = :s",
    ExpressionAttributeNames: {"#s": "status"}, ExpressionAttributeValues: {":s": "paid"})";
  CHECK(world.say(by_status + "}") == "none");
  world.database.stale.clear();
  CHECK(world.say(by_status + "}") == "(u, 1, NULL, paid)");
  world.say(R"(PutItem {TableName: "orders", Item: {who: "v", seq: 1}})");  // without status: not in the index
  world.database.stale.clear();
  CHECK(world.say(R"(Scan {TableName: "orders", IndexName: "by_status"})") == "(u, 1, NULL, paid)");
  CHECK(world.say(by_status + ", ConsistentRead: true}") ==
        "validation_error: Consistent reads are not supported on global secondary indexes");
}

TEST_CASE("GSI.html: what is a key of an index has its type, or is not there") {
  World world;
  const std::string refused =
      "One or more parameter values were invalid: Type mismatch for Index Key status Expected: S or N, not empty "
      "Actual: ";
  const auto place = [](const std::string& value) {
    return R"(PutItem {TableName: "orders", Item: {who: "u", seq: 1, status: )" + value + "}}";
  };
  CHECK(world.say(place("null")) == "validation_error: " + refused + "NULL IndexName: by_status");
  CHECK(world.say(place("\"\"")) == "validation_error: " + refused + "S IndexName: by_status");
  CHECK(world.items("orders").empty());
  CHECK(world.say(place("\"paid\"")) == "1");
  CHECK(world.say("PartiQL UPDATE orders SET status = NULL WHERE who = 'u' AND seq = 1") ==
        "validation_error: " + refused + "NULL IndexName: by_status");
  CHECK(world.say("PartiQL UPDATE orders REMOVE status WHERE who = 'u' AND seq = 1") == "1");
}

TEST_CASE("D-3 (transaction-apis.html): all or nothing, in two steps") {
  World world;
  world.say(put);
  const std::string buy = transaction(add_a + ", " + order_1);
  CHECK(world.step(1, buy).empty());
  CHECK(world.items("coupons") == R"({code: "A", used: 0})");
  CHECK(world.items("orders").empty());
  CHECK(world.database.held.size() == 2);
  CHECK(world.step(1, buy) == "1");
  CHECK(world.items("coupons") == R"({code: "A", used: 1})");
  CHECK(world.items("orders") == R"({amount: 10, seq: 1, who: "u"})");
  CHECK(world.database.held.empty());
  // The order is there now.
  CHECK(world.step(1, buy) == canceled + "[None, ConditionalCheckFailed]");
  CHECK(world.items("coupons") == R"({code: "A", used: 1})");
  CHECK(world.database.held.empty());
}

TEST_CASE("D-3: each action has its reason; a check is held like a write; Delete") {
  World world;
  world.say(put);
  const std::string check =
      R"({ConditionCheck: {TableName: "coupons", Key: {code: "A"}, ConditionExpression: "used < :m",
    ExpressionAttributeValues: {":m": 1}}})";
  const std::string gone =
      R"({Delete: {TableName: "coupons", Key: {code: "B"}, ConditionExpression: "attribute_exists(code) "}})";
  const std::string absent =
      R"({Update: {TableName: "coupons", Key: {code: "C"}, UpdateExpression: "SET used = used - :n",
    ExpressionAttributeValues: {":n": 1}}})";
  CHECK(world.say(transaction(check + ", " + gone + ", " + absent + ", " + order_1)) ==
        canceled + "[None, ConditionalCheckFailed, ValidationError, None]");
  CHECK(world.step(1, transaction(check + ", " + order_1)).empty());
  CHECK(world.say(put) == conflict);  // the check needs the coupon as it is
  CHECK(world.step(1, transaction(check + ", " + order_1)) == "1");
  CHECK(world.items("coupons") == R"({code: "A", used: 0})");
  CHECK(world.say(transaction(R"({Delete: {TableName: "coupons", Key: {code: "A"}}})")) == "1");
  CHECK(world.items("coupons").empty());
}

TEST_CASE("D-3 (transaction-apis.html, conflict handling): nothing waits for what a transaction holds") {
  World world;
  world.say(put);
  const std::string buy = transaction(add_a + ", " + order_1);
  CHECK(world.step(1, buy).empty());
  CHECK(world.say(redeem) == conflict);
  CHECK(world.say(put) == conflict);
  CHECK(world.say(R"(DeleteItem {TableName: "coupons", Key: {code: "A"}})") == conflict);
  CHECK(world.say(R"(PutItem {TableName: "orders", Item: {who: "u", seq: 1}})") == conflict);  // not there yet
  CHECK(world.say("PartiQL INSERT INTO orders VALUE {'who': 'u', 'seq': 1}") == conflict);
  CHECK(world.say(R"(PutItem {TableName: "orders", Item: {who: "u", seq: 2}})") == "1");
  CHECK(world.say(look) == "(A, 0, NULL, NULL)");  // the old item
  CHECK(world.say(transaction(R"({Put: {TableName: "coupons", Item: {code: "B"}}}, )" + add_a), 2) ==
        canceled + "[None, TransactionConflict]");
  CHECK(world.say(R"(TransactGetItems {TransactItems: [{Get: {TableName: "orders", Key: {who: "u", seq: 2}}},
                                                       {Get: {TableName: "coupons", Key: {code: "A"}}}]})") ==
        canceled + "[None, TransactionConflict]");
  CHECK(
      world.say(
          R"(BatchWriteItem {RequestItems: {coupons: [{PutRequest: {Item: {code: "A"}}}, {PutRequest: {Item: {code: "B"}}}]}})") ==
      "(1)");
  CHECK(world.step(1, buy) == "1");
  CHECK(world.items("coupons") == R"({code: "A", used: 1} {code: "B"})");
  CHECK(world.say(redeem) == "conditional_check_failed: The conditional request failed");
}

TEST_CASE("D-3 (API_TransactWriteItems.html): no two actions on one item; 1 to 100 of them") {
  World world;
  CHECK(world.say(transaction(add_a + ", " + R"({Delete: {TableName: "coupons", Key: {code: "A"}}})")) ==
        "validation_error: Transaction request cannot include multiple operations on one item");
  CHECK(world.mistake(transaction("")) == "TransactItems of TransactWriteItems has 1 to 100 members, not 0");
}

TEST_CASE(
    "D-3 (transaction-apis.html, idempotency): the same token again does nothing; with another payload it is refused") {
  World world;
  world.say(put);
  const std::string buy = transaction(add_a, "t1");
  CHECK(world.step(1, buy).empty());
  CHECK(world.say(buy, 2) ==
        "transaction_in_progress: The transaction with the given request token is already in progress.");
  CHECK(world.step(1, buy) == "1");
  const Database before = world.database;
  CHECK(world.step(2, buy) == "1");
  CHECK(world.database == before);
  CHECK(world.say(transaction(order_1, "t1")).starts_with("idempotent_parameter_mismatch: "));
  CHECK(world.database == before);
  CHECK(world.say(transaction(add_a, "t2")) == "1");
  CHECK(world.items("coupons") == R"({code: "A", used: 2})");
}

TEST_CASE("D-3: a transaction that has failed leaves its token free") {
  World world;
  const std::string buy = transaction(add_a, "t1");
  CHECK(world.say(buy) == canceled + "[ValidationError]");
  CHECK(world.database.tokens.empty());
  world.say(put);
  CHECK(world.say(buy) == "1");
}

TEST_CASE("D-3: the service finishes a transaction whose client has gone; its token is known then") {
  World world;
  world.say(put);
  const std::string buy = transaction(add_a + ", " + order_1, "t1");
  CHECK(world.step(1, buy).empty());
  Applied applied = disconnect(world.catalog, world.database, world.sessions[1]);
  CHECK_FALSE(applied.observation.has_value());
  CHECK(applied.session == Session{});
  CHECK(applied.event.changed.size() == 2);
  world.database = applied.database;
  CHECK(world.database.held.empty());
  CHECK(world.items("coupons") == R"({code: "A", used: 1})");
  CHECK(world.say(buy, 2) == "1");
  CHECK(world.items("coupons") == R"({code: "A", used: 1})");
}

TEST_CASE("D-4 (transaction-apis.html, isolation levels): Query sees half of a transaction") {
  World world;
  world.say(R"(PutItem {TableName: "orders", Item: {who: "u", seq: 1, amount: 10}})");
  world.say(R"(PutItem {TableName: "orders", Item: {who: "u", seq: 2, amount: 20}})");
  world.say(R"(PutItem {TableName: "orders", Item: {who: "v", seq: 1, amount: 99}})");
  const std::string query =
      R"(Query {TableName: "orders", KeyConditionExpression: "#u = :u", ProjectionExpression: "amount",
    ConsistentRead: true, ExpressionAttributeNames: {"#u": "who"}, ExpressionAttributeValues: {":u": "u"}})";
  const std::string move = transaction(R"({Put: {TableName: "orders", Item: {who: "u", seq: 1, amount: 15}}},
    {Put: {TableName: "orders", Item: {who: "u", seq: 2, amount: 15}}})");
  CHECK(world.step(1, query).empty());
  CHECK(world.say(move, 2) == "1");
  CHECK(world.step(1, query).empty());
  CHECK(world.step(1, query) == "(10), (15)");  // 25 of 30
  CHECK(world.say(query) == "(15), (15)");
}

TEST_CASE("D-4: an item that is moved behind what has been read is seen twice") {
  World world;
  world.say(R"(PutItem {TableName: "orders", Item: {who: "u", seq: 1, amount: 10}})");
  const std::string query = R"(Query {TableName: "orders", KeyConditionExpression: "#u = :u", ConsistentRead: true,
    Select: "COUNT", ExpressionAttributeNames: {"#u": "who"}, ExpressionAttributeValues: {":u": "u"}})";
  CHECK(world.step(1, query).empty());
  CHECK(world.say(transaction(R"({Delete: {TableName: "orders", Key: {who: "u", seq: 1}}},
    {Put: {TableName: "orders", Item: {who: "u", seq: 2, amount: 10}}})"),
                  2) == "1");
  CHECK(world.step(1, query).empty());
  CHECK(world.step(1, query) == "(2)");
  CHECK(world.say(query) == "(1)");
}

TEST_CASE("D-4: BatchGetItem and BatchWriteItem take an item a step") {
  World world;
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", used: 0}})");
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "B", used: 0}})");
  const std::string read = R"(BatchGetItem {RequestItems: {coupons: {Keys: [{code: "B"}, {code: "C"}, {code: "A"}],
    ConsistentRead: true, ProjectionExpression: "used"}}})";
  const std::string write = R"(BatchWriteItem {RequestItems: {coupons: [{PutRequest: {Item: {code: "A", used: 1}}},
    {DeleteRequest: {Key: {code: "B"}}}]}})";
  CHECK(world.step(1, read).empty());
  CHECK(world.step(2, write).empty());
  CHECK(world.items("coupons") == R"({code: "A", used: 1} {code: "B", used: 0})");
  CHECK(world.step(1, read).empty());
  CHECK(world.step(1, read) == "(0), (1)");
  CHECK(world.step(2, write) == "(0)");
  CHECK(world.items("coupons") == R"({code: "A", used: 1})");
}

TEST_CASE("D-4: one step where there can be one item only, or where the limit is reached") {
  World world;
  for (const char* at : {"1", "2", "3"}) {
    world.say(std::string(R"(PutItem {TableName: "orders", Item: {who: "u", seq: )") + at + ", amount: " + at + "}}");
  }
  const std::string whole = R"(Query {TableName: "orders", KeyConditionExpression: "#u = :u AND #a = :a",
    ExpressionAttributeNames: {"#u": "who", "#a": "seq"}, ExpressionAttributeValues: {":u": "u", ":a": 2}})";
  CHECK(world.step(1, whole) == "(u, 2, 2, NULL)");
  const std::string names = R"(ExpressionAttributeNames: {"#u": "who"}, ExpressionAttributeValues: {":u": "u"}})";
  const std::string first = R"(Query {TableName: "orders", KeyConditionExpression: "#u = :u", Limit: 1, )" + names;
  CHECK(world.step(1, first) == "(u, 1, 1, NULL)");
  const std::string last =
      R"(Query {TableName: "orders", KeyConditionExpression: "#u = :u", Limit: 1, ScanIndexForward: false, )" + names;
  CHECK(world.step(1, last) == "(u, 3, 3, NULL)");
  CHECK(world.step(1, R"(Query {TableName: "orders", KeyConditionExpression: "#u = :u",
    ExpressionAttributeNames: {"#u": "who"}, ExpressionAttributeValues: {":u": "nobody"}})") == "none");
}

TEST_CASE(
    "Query (Query.KeyConditionExpressions.html): conditions on the sort key, order, pages, Limit before the filter") {
  World world;
  for (const char* at : {"10", "9", "2", "1"}) {
    world.say(std::string(R"(PutItem {TableName: "orders", Item: {who: "u", seq: )") + at + ", amount: " + at + "}}");
  }
  const auto query = [&](const std::string& condition, const std::string& values, const std::string& more = "") {
    return world.say(R"(Query {TableName: "orders", KeyConditionExpression: "#u = :u)" + condition +
                     R"(", ProjectionExpression: "amount", ExpressionAttributeNames: {"#u": "who")" +
                     (condition.find("#a") != std::string::npos ? R"(, "#a": "seq")" : "") +
                     R"(}, ExpressionAttributeValues: {":u": "u")" + values + "}" + more + "}");
  };
  CHECK(query("", "") == "(1), (2), (9), (10)");  // by number, not by text
  CHECK(query(" AND #a > :a", R"(, ":a": 2)") == "(9), (10)");
  CHECK(query(" AND #a BETWEEN :a AND :b", R"(, ":a": 2, ":b": 9)") == "(2), (9)");
  CHECK(query("", "", ", ScanIndexForward: false") == "(10), (9), (2), (1)");
  CHECK(query("", "", ", Limit: 2, ScanIndexForward: false") == "(10), (9)");
  CHECK(query("", "", R"(, Limit: 2, ExclusiveStartKey: {who: "u", seq: 1})") == "(2), (9)");
  CHECK(query("", R"(, ":m": 5)", R"(, FilterExpression: "amount > :m")") == "(9), (10)");
  CHECK(query("", R"(, ":m": 5)", R"(, FilterExpression: "amount > :m", Limit: 3)") == "(9)");
}

TEST_CASE("D-5: there is no transaction around requests") {
  World world;
  CHECK(document::mistake(world.catalog, request_of(put), true) ==
        "DynamoDB has no transaction around requests (D-5); write one TransactWriteItems");
  CHECK(world.mistake(put).empty());
}

TEST_CASE("TransactGetItems: one row, the columns of each table or of each Get") {
  World world;
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", used: 1}})");
  world.say(R"(PutItem {TableName: "orders", Item: {who: "u", seq: 1, amount: 10}})");
  const std::string both = R"(TransactGetItems {TransactItems: [
    {Get: {TableName: "coupons", Key: {code: "A"}, ProjectionExpression: "used"}},
    {Get: {TableName: "orders", Key: {who: "u", seq: 1}, ProjectionExpression: "amount"}},
    {Get: {TableName: "coupons", Key: {code: "B"}, ProjectionExpression: "used"}}]})";
  CHECK(world.columns(both) == "coupons1_used numeric, orders_amount numeric, coupons2_used numeric");
  CHECK(world.say(both) == "(1, 10, NULL)");
  CHECK(
      world.say(
          R"(ExecuteTransaction {TransactStatements: [{Statement: "SELECT used FROM coupons WHERE code = ?", Parameters: ["A"]},
    {Statement: "SELECT amount FROM orders WHERE who = 'u' AND seq = 1"}]})") == "(1, 10)");
}
