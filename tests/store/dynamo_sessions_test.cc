// Two sessions at every point of each other: TransactWriteItems against everything else. Single items and transactions
// are serializable with a transaction, or refused; Query, Scan and batches are not (transaction-apis.html, isolation
// levels; D-3, D-4).
#include <doctest/doctest.h>

#include <set>

#include "dynamo_world.h"

using namespace gapless::store::document;
using namespace gapless::store::document::dynamo;

namespace {

World start() {
  World world;
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", used: 1}})");
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "B", used: 1}})");
  return world;
}

std::string told(const World& world, const std::string& first, const std::string& second) {
  return first + " | " + second + " | " + world.items("coupons");
}

// Every order of the steps of two requests; the answers and the items at the end, each as often as it comes.
void play(const World& world, const std::string (&requests)[2], std::string (&answers)[2],
          std::map<std::string, int>& ends) {
  bool over = true;
  for (const int session : {0, 1}) {
    if (!answers[session].empty()) continue;
    over = false;
    World next = world;
    std::string now[2] = {answers[0], answers[1]};
    now[session] = next.step(session, requests[session]);
    play(next, requests, now, ends);
  }
  if (!over) return;
  CHECK(world.database.held.empty());
  ++ends[told(world, answers[0], answers[1])];
}

std::map<std::string, int> all_ends(const std::string& first, const std::string& second) {
  std::map<std::string, int> ends;
  std::string answers[2];
  play(start(), {first, second}, answers, ends);
  return ends;
}

std::set<std::string> serial_ends(const std::string& first, const std::string& second) {
  World forth = start(), back = start();
  const std::string a = forth.say(first, 0), b = forth.say(second, 1);
  const std::string d = back.say(second, 1), c = back.say(first, 0);
  return {told(forth, a, b), told(back, c, d)};
}

// Those ends that are of no serial order and in which nobody was refused for a conflict.
std::set<std::string> anomalies(const std::string& first, const std::string& second) {
  const auto serial = serial_ends(first, second);
  std::set<std::string> found;
  for (const auto& [end, times] : all_ends(first, second)) {
    const bool refused = end.find("onflict") != std::string::npos || end.find("| (1) |") != std::string::npos;
    if (!serial.contains(end) && !refused) found.insert(end);
  }
  return found;
}

const std::string add_both = R"(TransactWriteItems {TransactItems: [
  {Update: {TableName: "coupons", Key: {code: "A"}, UpdateExpression: "SET used = used + :n", ExpressionAttributeValues: {":n": 1}}},
  {Update: {TableName: "coupons", Key: {code: "B"}, UpdateExpression: "SET used = used + :n", ExpressionAttributeValues: {":n": 1}}}]})";
const std::string double_both = R"(TransactWriteItems {TransactItems: [
  {Update: {TableName: "coupons", Key: {code: "B"}, UpdateExpression: "SET used = :n", ConditionExpression: "used = :m", ExpressionAttributeValues: {":n": 20, ":m": 2}}},
  {Put: {TableName: "coupons", Item: {code: "C", used: 5}}}]})";
const std::string put = R"(PutItem {TableName: "coupons", Item: {code: "A", used: 10}})";
const std::string put_c = R"(PutItem {TableName: "coupons", Item: {code: "C", used: 7}})";
const std::string add = R"(UpdateItem {TableName: "coupons", Key: {code: "A"}, UpdateExpression: "SET used = used + :n",
  ConditionExpression: "used = :one", ExpressionAttributeValues: {":n": 5, ":one": 1}, ReturnValues: "UPDATED_NEW"})";
const std::string look =
    R"(GetItem {TableName: "coupons", Key: {code: "A"}, ConsistentRead: true, ProjectionExpression: "used"})";
const std::string get_both = R"(TransactGetItems {TransactItems: [
  {Get: {TableName: "coupons", Key: {code: "A"}, ProjectionExpression: "used"}},
  {Get: {TableName: "coupons", Key: {code: "B"}, ProjectionExpression: "used"}}]})";
const std::string scan = R"(Scan {TableName: "coupons", ConsistentRead: true, ProjectionExpression: "used"})";
const std::string batch_get =
    R"(BatchGetItem {RequestItems: {coupons: {Keys: [{code: "A"}, {code: "B"}], ConsistentRead: true,
  ProjectionExpression: "used"}}})";
const std::string batch_write = R"(BatchWriteItem {RequestItems: {coupons: [{PutRequest: {Item: {code: "A", used: 7}}},
  {PutRequest: {Item: {code: "B", used: 7}}}]}})";
const std::string after = R"({code: "A", used: 2} {code: "B", used: 2})";
const std::string busy = "transaction_conflict: Transaction is ongoing for the item";
const std::string canceled =
    "transaction_canceled: Transaction cancelled, please refer cancellation reasons for specific reasons ";

using Ends = std::map<std::string, int>;

}  // namespace

TEST_CASE("a transaction and single items: serial, or refused") {
  for (const auto& other : {put, put_c, add, look, get_both, double_both, add_both}) {
    CAPTURE(other);
    CHECK(anomalies(add_both, other).empty());
    CHECK(anomalies(double_both, other).empty());
  }
}

TEST_CASE("a transaction and PutItem: before, refused in the middle, after") {
  CHECK(all_ends(add_both, put) == Ends{{"1 | 1 | {code: \"A\", used: 11} {code: \"B\", used: 2}", 1},
                                        {"1 | " + busy + " | " + after, 1},
                                        {"1 | 1 | {code: \"A\", used: 10} {code: \"B\", used: 2}", 1}});
  CHECK(all_ends(add_both, put_c) == Ends{{"1 | 1 | " + after + " {code: \"C\", used: 7}", 3}});
}

TEST_CASE("a transaction and a conditional update") {
  CHECK(all_ends(add_both, add) ==
        Ends{{"1 | (6) | {code: \"A\", used: 7} {code: \"B\", used: 2}", 1},
             {"1 | " + busy + " | " + after, 1},
             {"1 | conditional_check_failed: The conditional request failed | " + after, 1}});
}

TEST_CASE("a transaction and GetItem: the old item until all is written") {
  CHECK(all_ends(add_both, look) == Ends{{"1 | (1) | " + after, 2}, {"1 | (2) | " + after, 1}});
}

TEST_CASE("a transaction and TransactGetItems: never half") {
  CHECK(all_ends(add_both, get_both) ==
        Ends{{"1 | (1, 1) | " + after, 1},
             {"1 | " + canceled + "[TransactionConflict, TransactionConflict] | " + after, 1},
             {"1 | (2, 2) | " + after, 1}});
}

TEST_CASE("two transactions: the second is refused while the first is at work") {
  CHECK(all_ends(add_both, add_both) ==
        Ends{{"1 | 1 | {code: \"A\", used: 3} {code: \"B\", used: 3}", 2},
             {"1 | " + canceled + "[TransactionConflict, TransactionConflict] | " + after, 1},
             {canceled + "[TransactionConflict, TransactionConflict] | 1 | " + after, 1}});
  CHECK(all_ends(add_both, double_both) ==
        Ends{{"1 | 1 | {code: \"A\", used: 2} {code: \"B\", used: 20} {code: \"C\", used: 5}", 1},
             {"1 | " + canceled + "[TransactionConflict, None] | " + after, 1},
             {"1 | " + canceled + "[ConditionalCheckFailed, None] | " + after, 1}});
}

TEST_CASE("a transaction and Scan: read-committed, item by item") {
  CHECK(all_ends(add_both, scan) ==
        Ends{{"1 | (1), (1) | " + after, 7}, {"1 | (1), (2) | " + after, 2}, {"1 | (2), (2) | " + after, 1}});
  CHECK(anomalies(add_both, scan) == std::set<std::string>{"1 | (1), (2) | " + after});
}

TEST_CASE("a transaction and BatchGetItem: read-committed, item by item") {
  CHECK(all_ends(add_both, batch_get) ==
        Ends{{"1 | (1), (1) | " + after, 3}, {"1 | (1), (2) | " + after, 2}, {"1 | (2), (2) | " + after, 1}});
}

TEST_CASE("a transaction and BatchWriteItem: each item by itself; what is held is left out") {
  const auto left = [](int a, int b) {
    return "{code: \"A\", used: " + std::to_string(a) + "} {code: \"B\", used: " + std::to_string(b) + "}";
  };
  CHECK(all_ends(add_both, batch_write) == Ends{{"1 | (0) | " + left(8, 8), 1},
                                                {"1 | (1) | " + left(8, 2), 1},
                                                {"1 | (0) | " + left(8, 7), 1},
                                                {"1 | (2) | " + left(2, 2), 1},
                                                {"1 | (1) | " + left(2, 7), 1},
                                                {"1 | (0) | " + left(7, 7), 1}});
}

TEST_CASE("two conditional updates: one wins, in either order") {
  CHECK(all_ends(add, add) == Ends{{"(6) | conditional_check_failed: The conditional request failed | {code: \"A\", "
                                    "used: 6} {code: \"B\", used: 1}",
                                    1},
                                   {"conditional_check_failed: The conditional request failed | (6) | {code: \"A\", "
                                    "used: 6} {code: \"B\", used: 1}",
                                    1}});
}
