// What a scenario asks before anything runs: tables, the attributes that requests name, columns, what kind of request.
#include <doctest/doctest.h>

#include "dynamo_world.h"
#include "store/document/dynamo/mentions.h"
#include "store/document/dynamo/tables.h"

using namespace gapless::store::document;
using namespace gapless::store::document::dynamo;

namespace {

std::string create(const std::string& parameters, Catalog& catalog) {
  return create_table(request_of("CreateTable {" + parameters + "}"), catalog);
}
std::string create(const std::string& parameters) {
  Catalog catalog;
  return create(parameters, catalog);
}

// "coupons.used = 1, coupons.limits.top = …"
std::string named(const std::string& request) {
  std::string text;
  for (const auto& [table, path, value] : mentions(World().catalog, request_of(request))) {
    text += (text.empty() ? "" : ", ") + table + "." + gapless::store::document::to_string(path) + " = " +
            gapless::store::document::to_string(value);
  }
  return text;
}

bool is_several(const std::string& request) { return dynamo::takes_several_steps(request_of(request)); }
bool reads(const std::string& request) { return gapless::store::document::only_reads(request_of(request)); }

}  // namespace

TEST_CASE("CreateTable: keys, their types, indexes") {
  Catalog catalog;
  CHECK(
      create(
          R"(TableName: "t", KeySchema: [{AttributeName: "p", KeyType: "HASH"}, {AttributeName: "s", KeyType: "RANGE"}],
    AttributeDefinitions: [{AttributeName: "p", AttributeType: "S"}, {AttributeName: "s", AttributeType: "N"},
    {AttributeName: "i", AttributeType: "S"}], BillingMode: "PAY_PER_REQUEST",
    GlobalSecondaryIndexes: [{IndexName: "g", KeySchema: [{AttributeName: "i", KeyType: "HASH"}], Projection: {ProjectionType: "ALL"}}])",
          catalog)
          .empty());
  const Collection& table = catalog.collections.at(0);
  CHECK(table.name == "t");
  CHECK(table.key == std::vector<std::string>{"p", "s"});
  REQUIRE(table.columns.size() == 2);
  CHECK(table.columns[0].type == gapless::sql::Type::text);
  CHECK(table.columns[1].type == gapless::sql::Type::numeric);
  REQUIRE(table.indexes.size() == 1);
  CHECK(table.indexes[0].name == "g");
  CHECK(table.indexes[0].paths == std::vector<Path>{{"i"}});
  CHECK(create(R"(TableName: "t", KeySchema: [{AttributeName: "p", KeyType: "HASH"}])", catalog) ==
        "Table already exists: t");
  CHECK(create(R"(TableName: "u", KeySchema: [{AttributeName: "p", KeyType: "HASH"}])", catalog).empty());
  CHECK(catalog.collections.at(1).columns[0].type == gapless::sql::Type::unknown);
}

TEST_CASE("CreateTable: mistakes") {
  CHECK(create(R"(TableName: "t")") == "CreateTable needs KeySchema");
  CHECK(create(R"(TableName: "t", KeySchema: [{AttributeName: "p", KeyType: "RANGE"}])") ==
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  CHECK(
      create(
          R"(TableName: "t", KeySchema: [{AttributeName: "p", KeyType: "HASH"}], AttributeDefinitions: [{AttributeName: "q", AttributeType: "S"}])") ==
      "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions: "
      "p");
  CHECK(
      create(
          R"(TableName: "t", KeySchema: [{AttributeName: "p", KeyType: "HASH"}], AttributeDefinitions: [{AttributeName: "p",
    AttributeType: "S"}, {AttributeName: "q", AttributeType: "S"}])") ==
      "One or more parameter values were invalid: Some AttributeDefinitions are not used: q is in no KeySchema (other "
      "attributes are not declared)");
  CHECK(
      create(
          R"(TableName: "t", KeySchema: [{AttributeName: "p", KeyType: "HASH"}], AttributeDefinitions: [{AttributeName: "p", AttributeType: "B"}])") ==
      "binary attributes (B) are not simulated; write S");
  CHECK(create(R"(TableName: "t", KeySchema: [{AttributeName: "p", KeyType: "HASH"}], LocalSecondaryIndexes: [])") ==
        "LocalSecondaryIndexes is not simulated; write GlobalSecondaryIndexes");
  CHECK(create(R"(TableNam: "t")") == "`TableNam` is no parameter of CreateTable; did you mean `TableName`?");
  Catalog catalog;
  CHECK(create_table({"CreateTable", {}, {}, {}, {}}, catalog) == "CreateTable takes its parameters in one object");
}

TEST_CASE("UpdateTimeToLive; a ttl makes items expirable, but for those that a transaction holds") {
  World world;
  CHECK(
      update_time_to_live(
          request_of(
              R"(UpdateTimeToLive {TableName: "coupons", TimeToLiveSpecification: {AttributeName: "used", Enabled: true}})"),
          world.catalog)
          .empty());
  CHECK(world.catalog.collections[0].ttl == "used");
  CHECK(update_time_to_live(
            request_of(R"(UpdateTimeToLive {TableName: "coupon", TimeToLiveSpecification: {AttributeName: "used"}})"),
            world.catalog) == "there is no table `coupon`; did you mean `coupons`?");
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", used: 5}})");
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "B"}})");
  CHECK(expirable(world.catalog, world.database) == std::vector<Address>{{0, Value("A")}});
  world.step(1, R"(TransactWriteItems {TransactItems: [{Delete: {TableName: "coupons", Key: {code: "A"}}}]})");
  CHECK(expirable(world.catalog, world.database).empty());
}

TEST_CASE("an instant becomes its seconds since 1970") {
  World world;
  Request put = request_of(R"(PutItem {TableName: "coupons", Item: {code: "A"}})");
  auto& item = std::get<Object>(find(std::get<Object>(put.arguments[0].held), "Item")->held);
  item.push_back({"used", gapless::sql::Timestamp{1'500'000}});
  const Applied applied = dynamo::apply(world.catalog, world.database, {}, put, {});
  CHECK(gapless::store::document::to_string(Value(applied.database.collections[0].at(Value("A")))) ==
        R"({code: "A", used: 946684801.5})");
}

TEST_CASE("mentions: the attributes of a request, each with a value of its type") {
  CHECK(
      named(
          R"(PutItem {TableName: "coupons", Item: {code: "A", used: 0, limits: {top: 5}, tags: <<"x">>, ids: []}})") ==
      "coupons.code = \"A\", coupons.ids = [], coupons.limits.top = 5, coupons.tags = <<\"x\">>, coupons.used = 0");
  CHECK(
      named(
          R"(UpdateItem {TableName: "coupons", Key: {code: ?}, UpdateExpression: "SET used = used - :n, author = :b, at2 = if_not_exists(at2, :n) REMOVE gone ADD seen :n",
    ConditionExpression: "used >= :n AND attribute_not_exists(banned) ", ExpressionAttributeValues: {":n": 1, ":b": "x"}})") ==
      "coupons.code = …, coupons.used = 0, coupons.used = 0, coupons.author = \"x\", coupons.at2 = 1, coupons.at2 = 1, "
      "coupons.gone = …, coupons.seen = 1, coupons.used = 1, coupons.banned = …");
  CHECK(named(R"(Query {TableName: "orders", KeyConditionExpression: "who = :w", FilterExpression: "amount > :n",
    ProjectionExpression: "amount, parts[0].price", ExpressionAttributeValues: {":w": "u", ":n": ?}})") ==
        "orders.who = \"u\", orders.amount = …, orders.amount = …, orders.parts = []");
  CHECK(named("PartiQL SELECT used, limits.top FROM coupons WHERE code = ? AND banned = FALSE | \"A\"") ==
        "coupons.code = \"A\", coupons.used = …, coupons.limits.top = …, coupons.banned = false");
  CHECK(
      named(
          R"(UpdateItem {TableName: "coupons", Key: {code: "A"}, UpdateExpression: "SET log1 = list_append(if_not_exists(log1, :none), :new) ",
    ExpressionAttributeValues: {":none": [], ":new": [{n: 1}]}})")
          .starts_with("coupons.code = \"A\", coupons.log1 = [{n: 1}]"));
  CHECK(
      named(
          R"(TransactGetItems {TransactItems: [{Get: {TableName: "orders", Key: {who: "u", seq: 1}}}, {Get: {TableName: "coupons", Key: {code: "A"}}}]})") ==
      "orders.who = \"u\", orders.seq = 1, coupons.code = \"A\"");
  CHECK(named("UpdatItem {}").empty());
}

TEST_CASE("columns of requests whose values are unknown") {
  World world;
  CHECK(world.columns(R"(GetItem {TableName: "coupons", Key: {code: ?}})") ==
        "code text, used numeric, limits_top numeric, tags text");
  CHECK(world.columns(R"(GetItem {TableName: "coupons", Key: {code: ?}, ProjectionExpression: "limits, used"})") ==
        "used numeric, limits_top numeric");
  CHECK(world.columns(R"(Scan {TableName: "orders", Select: "COUNT"})") == "n bigint");
  CHECK(world.columns(R"(PutItem {TableName: "coupons", Item: {code: ?}})").empty());
  CHECK(world.columns(R"(DeleteItem {TableName: "coupons", Key: {code: ?}, ReturnValues: "ALL_OLD"})") ==
        "code text, used numeric, limits_top numeric, tags text");
  CHECK(world.columns(R"(BatchWriteItem {RequestItems: {coupons: [{DeleteRequest: {Key: {code: ?}}}]}})") ==
        "unprocessed bigint");
  CHECK(
      world
          .columns(
              R"(TransactWriteItems {TransactItems: [{Delete: {TableName: "coupons", Key: {code: ?}}}], ClientRequestToken: ?})")
          .empty());
}

TEST_CASE("which requests only read, and which take several steps") {
  CHECK(reads(R"(Query {TableName: "orders"})"));
  CHECK(reads("PartiQL SELECT * FROM orders"));
  CHECK(reads(R"(ExecuteTransaction {TransactStatements: [{Statement: "SELECT * FROM t WHERE a = 1"}]})"));
  CHECK_FALSE(reads("PartiQL DELETE FROM orders WHERE who = 'u' AND seq = 1"));
  CHECK_FALSE(reads(
      R"(ExecuteTransaction {TransactStatements: [{Statement: "SELECT * FROM t"}, {Statement: "DELETE FROM t"}]})"));
  CHECK_FALSE(reads(R"(PutItem {TableName: "coupons"})"));
  CHECK(is_several(R"(TransactWriteItems {TransactItems: []})"));
  CHECK(is_several(R"(Query {TableName: "orders"})"));
  CHECK(is_several(R"(BatchGetItem {RequestItems: {coupons: {Keys: [{code: "A"}, {code: "B"}]}}})"));
  CHECK_FALSE(is_several(R"(BatchGetItem {RequestItems: {coupons: {Keys: [{code: "A"}]}}})"));
  CHECK_FALSE(is_several(R"(Query {TableName: "orders", Limit: 1})"));
  CHECK_FALSE(is_several(R"(TransactGetItems {TransactItems: []})"));
  CHECK_FALSE(is_several(R"(PutItem {TableName: "coupons"})"));
}
