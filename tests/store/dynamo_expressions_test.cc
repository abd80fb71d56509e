// What condition and update expressions mean; developer guide, "Condition and filter expressions, operators, and
// functions" and "Using update expressions".
#include <doctest/doctest.h>

#include "dynamo_world.h"

using namespace gapless::store::document;
using namespace gapless::store::document::dynamo;

namespace {

const Value values =
    value_of(R"({":zero": 0, ":one": 1, ":two": 2, ":five": 5, ":a": "a", ":ab": "ab", ":b": "b", ":n": "N",
  ":list": [7], ":tags": <<"x">>, ":gone": <<"x", "y">>, ":null": null, ":map": {top: 5}, ":other": {low: 1, top: 5}})");
const char* const coupon = R"({code: "A", used: 1, name: "abc", limits: {top: 5, low: 1}, ids: [10, 20, 30],
  tags: <<"x", "y">>, nothing: null, big: 2})";

// The request with those names and values that its expression uses.
Request asked(const std::string& action, const std::string& parameter, const std::string& expression) {
  Object names, used;
  if (expression.find("#name") != std::string::npos) names.push_back({"#name", Value("name")});
  for (const auto& [name, value] : *get<Object>(values)) {
    const auto at = expression.find(name);
    const auto after = at == std::string::npos                ? ' '
                       : at + name.size() < expression.size() ? expression[at + name.size()]
                                                              : ' ';
    if (at != std::string::npos && (after < 'a' || after > 'z')) used.push_back({name, value});
  }
  Object arguments = {
      {"TableName", Value("coupons")}, {"Key", Object{{"code", Value("A")}}}, {parameter, Value(expression)}};
  if (!names.empty()) arguments.push_back({"ExpressionAttributeNames", names});
  if (!used.empty()) arguments.push_back({"ExpressionAttributeValues", used});
  return {action, {}, {arguments}, {}, {}};
}

std::string answer(World& world, const Request& request) {
  Applied applied = dynamo::apply(world.catalog, world.database, {}, request, {});
  world.database = applied.database;
  return dynamo::to_string(*applied.observation);
}

// Whether the coupon fulfils the condition: then it is deleted.
bool fulfils(const std::string& condition, bool there = true) {
  World world;
  if (there) world.say(std::string("PutItem {TableName: \"coupons\", Item: ") + coupon + "}");
  const std::string said = answer(world, asked("DeleteItem", "ConditionExpression", condition));
  CAPTURE(condition);
  CAPTURE(said);
  const bool known = said == "1" || said == "conditional_check_failed: The conditional request failed";
  CHECK(known);
  return said == "1";
}

// The attribute of the coupon after the update; or what is said against it.
std::string updated(const std::string& update, const std::string& attribute, bool there = true) {
  World world;
  if (there) world.say(std::string("PutItem {TableName: \"coupons\", Item: ") + coupon + "}");
  const std::string said = answer(world, asked("UpdateItem", "UpdateExpression", update));
  if (said != "1") return said;
  const Object& item = world.database.collections[0].at(Value("A"));
  const Value* value = attribute.empty() ? nullptr : find(item, attribute);
  return attribute.empty()  ? gapless::store::document::to_string(Value(item))
         : value == nullptr ? "absent"
                            : gapless::store::document::to_string(*value);
}

}  // namespace

TEST_CASE("comparisons: between values of one type; what is absent is only <>") {
  for (const char* is : {"used = :one", "used <> :two", "used < :two", "used <= :one", "used > :zero", "used >= :one",
                         "#name > :ab", "used < big", "absent <> :one", "used <> :a", "nothing = :null",
                         "limits.top = :five", "ids[1] > ids[0]", "limits = :other", "limits <> :map"}) {
    CAPTURE(is);
    CHECK(fulfils(is));
  }
  for (const char* is :
       {"used = :two", "used <> :one", "used < :one", "used < :a", "absent = :one", "absent < :one", "absent >= :one",
        "used = :a", "ids[3] = :one", "limits.used = :one", "limits = :map", "nothing < :null"}) {
    CAPTURE(is);
    CHECK_FALSE(fulfils(is));
  }
}

TEST_CASE("BETWEEN, IN, AND before OR, NOT, parentheses") {
  for (const char* is :
       {"used BETWEEN :one AND :two", "used IN (:five, :one)", "NOT used = :two",
        "used = :one OR used = :two AND absent = :one", "NOT (used = :two OR absent = :one)", "((used = :one))",
        "(used) = (:one)", "(size(ids)) > :two AND NOT (NOT used = :one)",
        "used = :one and not attribute_exists(absent)", "absent = :one OR (used BETWEEN :zero AND :one)"}) {
    CAPTURE(is);
    CHECK(fulfils(is));
  }
  for (const char* is : {"used BETWEEN :two AND :five", "absent BETWEEN :one AND :two", "used IN (:two)",
                         "absent IN (:one)", "(used = :one OR used = :two) AND absent = :one", "NOT used = :one"}) {
    CAPTURE(is);
    CHECK_FALSE(fulfils(is));
  }
}

TEST_CASE("functions of conditions") {
  for (const char* is : {"attribute_exists(used)", "attribute_exists(nothing)", "attribute_exists(limits.top)",
                         "attribute_not_exists(absent)", "attribute_not_exists(ids[3])", "attribute_type(used, :n)",
                         "begins_with(#name, :ab)", "contains(#name, :b)", "contains(tags, :two) OR size(tags) = :two",
                         "size(limits) = :two", "size(#name) > :two", "size(ids) >= ids[9] OR size(ids) < :five"}) {
    CAPTURE(is);
    CHECK(fulfils(is));
  }
  for (const char* is : {"attribute_exists(absent)", "attribute_not_exists(used)", "attribute_type(#name, :n)",
                         "begins_with(#name, :b)", "contains(tags, :a)", "contains(ids, :one)", "contains(absent, :a)",
                         "size(absent) = :zero", "size(used) > :zero"}) {
    CAPTURE(is);
    CHECK_FALSE(fulfils(is));
  }
  CHECK(fulfils("attribute_not_exists(code)", false));
  CHECK(fulfils("used <> :one", false));
  CHECK_FALSE(fulfils("used < :one", false));
}

TEST_CASE("a string is as long as it has characters") {
  World world;
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", label: "né€"}})");
  CHECK(world.say(R"(DeleteItem {TableName: "coupons", Key: {code: "A"}, ConditionExpression: "size(label) = :n",
                     ExpressionAttributeValues: {":n": 3}})") == "1");
}

TEST_CASE("SET: arithmetic, if_not_exists, list_append, paths; the right sides are of the old item") {
  CHECK(updated("SET used = used + :one", "used") == "2");
  CHECK(updated("SET used = used - :five", "used") == "-4");  // D-1: no floor
  CHECK(updated("SET used = :five, big = used", "big") == "1");
  CHECK(updated("SET used = if_not_exists(used, :zero) + :one", "used") == "2");
  CHECK(updated("SET fresh = if_not_exists(fresh, :zero) + :one", "fresh") == "1");
  CHECK(updated("SET ids = list_append(ids, :list)", "ids") == "[10, 20, 30, 7]");
  CHECK(updated("SET ids = list_append(:list, ids)", "ids") == "[7, 10, 20, 30]");
  CHECK(updated("SET ids = list_append(if_not_exists(ids, :list), :list)", "ids") == "[10, 20, 30, 7]");
  CHECK(updated("SET ids[1] = :one", "ids") == "[10, 1, 30]");
  CHECK(updated("SET ids[9] = :two, ids[7] = :one", "ids") == "[10, 20, 30, 1, 2]");
  CHECK(updated("SET limits.used = :one", "limits") == "{low: 1, top: 5, used: 1}");
  CHECK(updated("SET #name = :b", "name") == "\"b\"");
  CHECK(updated("SET used = (used + :one)", "used") == "2");
}

TEST_CASE("REMOVE, ADD, DELETE; several sections") {
  CHECK(updated("REMOVE used", "used") == "absent");
  CHECK(updated("REMOVE ids[0], ids[1]", "ids") == "[30]");
  CHECK(updated("REMOVE ids[9]", "ids") == "[10, 20, 30]");
  CHECK(updated("REMOVE limits.top", "limits") == "{low: 1}");
  CHECK(updated("ADD used :five", "used") == "6");
  CHECK(updated("ADD fresh :five", "fresh") == "5");
  CHECK(updated("ADD tags :tags", "tags") == "<<\"x\", \"y\">>");
  CHECK(updated("ADD fresh :tags", "fresh") == "<<\"x\">>");
  CHECK(updated("DELETE tags :tags", "tags") == "<<\"y\">>");
  CHECK(updated("DELETE tags :gone", "tags") == "absent");
  CHECK(updated("DELETE fresh :tags", "fresh") == "absent");
  CHECK(updated("SET big = :one REMOVE nothing ADD used :one DELETE tags :tags", "") ==
        R"({big: 1, code: "A", ids: [10, 20, 30], limits: {low: 1, top: 5}, name: "abc", tags: <<"y">>, used: 2})");
}

TEST_CASE("what only the item shows to be wrong") {
  const std::string refused = "validation_error: ";
  CHECK(updated("SET fresh = fresh - :one", "fresh") ==
        refused + "The provided expression refers to an attribute that does not exist in the item");
  CHECK(updated("SET used = #name + :one", "used") ==
        refused + "An operand in the update expression has an incorrect data type");
  CHECK(updated("SET ids = list_append(used, :list)", "ids") ==
        refused + "An operand in the update expression has an incorrect data type");
  CHECK(updated("ADD #name :one", "name") ==
        refused + "An operand in the update expression has an incorrect data type");
  CHECK(updated("DELETE ids :tags", "ids") ==
        refused + "An operand in the update expression has an incorrect data type");
  CHECK(updated("SET fresh.used = :one", "fresh") ==
        refused + "The document path provided in the update expression is invalid for update");
  CHECK(updated("REMOVE fresh.used", "fresh") ==
        refused + "The document path provided in the update expression is invalid for update");
  CHECK(updated("SET used[0] = :one", "used") ==
        refused + "The document path provided in the update expression is invalid for update");
}

TEST_CASE("numbers are exact, and have 38 digits") {
  World world;
  world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", used: 0.1}})");
  CHECK(world.say(R"(UpdateItem {TableName: "coupons", Key: {code: "A"}, UpdateExpression: "SET used = used + :x",
                     ExpressionAttributeValues: {":x": 0.2}, ReturnValues: "UPDATED_NEW"})") == "(0.3)");
  CHECK(
      world.say(R"(PutItem {TableName: "coupons", Item: {code: "A", used: 99999999999999999999999999999999999999}})") ==
      "1");
  CHECK(world.say(R"(UpdateItem {TableName: "coupons", Key: {code: "A"}, UpdateExpression: "SET used = used - :x",
                     ExpressionAttributeValues: {":x": 0.1}})") ==
        "validation_error: Attempting to store more than 38 significant digits in a Number");
}

TEST_CASE("a map has no order, so that two items that say the same are one state") {
  World one, other;
  one.say(R"(PutItem {TableName: "coupons", Item: {code: "A", used: 1, limits: {low: 1, top: 2}}})");
  other.say(R"(PutItem {TableName: "coupons", Item: {limits: {top: 2, low: 1}, used: 1.0, code: "A"}})");
  CHECK(one.database == other.database);
}
