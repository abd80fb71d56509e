// What is wrong with a request before anything runs, in AWS's words where it has some.
#include <doctest/doctest.h>

#include "dynamo_world.h"

using namespace gapless::store::document;
using namespace gapless::store::document::dynamo;

namespace {

std::string mistake(const std::string& request) { return World().mistake(request); }

// Of an update with these expressions and values.
std::string of_update(const std::string& expression, const std::string& more = "") {
  return mistake(R"(UpdateItem {TableName: "coupons", Key: {code: "A"}, UpdateExpression: ")" + expression + "\"" +
                 more + "}");
}
std::string of_condition(const std::string& expression, const std::string& more = "") {
  return mistake(R"(DeleteItem {TableName: "coupons", Key: {code: "A"}, ConditionExpression: ")" + expression + "\"" +
                 more + "}");
}
std::string of_query(const std::string& condition, const std::string& more) {
  return mistake(R"(Query {TableName: "orders", KeyConditionExpression: ")" + condition + "\"" + more + "}");
}
std::string values(const std::string& all) { return ", ExpressionAttributeValues: {" + all + "}"; }

std::string mistake_of(const World& world, const Request& request) {
  return dynamo::mistake(world.catalog, request, false);
}

}  // namespace

TEST_CASE("actions and parameters: did you mean") {
  CHECK(mistake("UpdatItem {}") == "unknown action `UpdatItem` of DynamoDB; did you mean `UpdateItem`?");
  CHECK(mistake("CreateTable {}") ==
        "CreateTable is not simulated: it stands in the block of the database, not in a request");
  CHECK(mistake(R"(GetItem {TableName: "coupons", Kee: {code: "A"}})") ==
        "`Kee` is no parameter of GetItem; did you mean `Key`?");
  CHECK(mistake(R"(GetItem {TableName: "cupons", Key: {code: "A"}})") ==
        "there is no table `cupons`; did you mean `coupons`?");
  CHECK(mistake(R"(GetItem {TableName: "coupons"})") == "GetItem needs Key");
  CHECK(mistake(R"(GetItem {TableName: "coupons", Key: {code: "A"}, AttributesToGet: ["used"]})") ==
        "AttributesToGet is the legacy form; write ProjectionExpression");
  CHECK(mistake(R"(GetItem {TableName: ?, Key: {code: "A"}})") ==
        "TableName of GetItem must be written out: it cannot come from a variable");
  CHECK(mistake(R"(GetItem {TableName: "coupons", Key: {code: "A"}, ConsistentRead: "yes"})") ==
        "ConsistentRead of GetItem is true or false");
  CHECK(mistake(R"(PutItem {TableName: "coupons", Item: {code: "A"}, ReturnValues: "ALL_NEW"})") ==
        "ReturnValues of PutItem is NONE or ALL_OLD, not ALL_NEW");
  CHECK(mistake(
            R"(BatchGetItem {RequestItems: {coupons: {Keys: [{code: "A"}]}, orders: {Keys: [{who: "u", seq: 1}]}}})") ==
        "BatchGetItem of several tables is not simulated: write one for each table (together they are not atomic "
        "anyway)");
  CHECK(mistake(R"(GetItem {TableName: "coupons", Key: {code: ?}, ReturnConsumedCapacity: "TOTAL"})").empty());
}

TEST_CASE("keys") {
  CHECK(mistake(R"(GetItem {TableName: "orders", Key: {who: "u"}})") ==
        "The provided key element does not match the schema: the key of orders is (who, seq)");
  CHECK(mistake(R"(GetItem {TableName: "coupons", Key: {code: "A", used: 1}})") ==
        "The provided key element does not match the schema: the key of coupons is (code)");
  CHECK(mistake(R"(GetItem {TableName: "coupons", Key: {code: 1}})") ==
        "One or more parameter values were invalid: Type mismatch for key code expected: S actual: N");
  CHECK(mistake(R"(GetItem {TableName: "coupons", Key: {code: ""}})") ==
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
        "string value. Key: code");
  CHECK(mistake(R"(PutItem {TableName: "orders", Item: {who: "u", amount: 1}})") ==
        "One or more parameter values were invalid: Missing the key seq in the item");
  CHECK(of_update("SET code = :x", values("\":x\": 1")) ==
        "One or more parameter values were invalid: Cannot update attribute code. This attribute is part of the key");
  CHECK(mistake(R"(TransactWriteItems {TransactItems: [{Delete: {TableName: "coupons", Key: {code: ?}}},
    {Delete: {TableName: "coupons", Key: {code: ?}}}]})")
            .empty());  // may be two
}

TEST_CASE("values: not given, not used, not such") {
  CHECK(
      of_update("SET used = :x") ==
      "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :x");
  CHECK(of_update("SET used = :x", values("\":x\": 1, \":y\": 2, \":z\": 3")) ==
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:y, :z}");
  CHECK(of_update("SET #u = :x", values("\":x\": ?")) ==
        "Invalid UpdateExpression: An expression attribute name used in the document path is not defined; attribute "
        "name: #u");
  CHECK(of_update("REMOVE used", ", ExpressionAttributeNames: {\"#u\": \"used\"}") ==
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#u}");
  CHECK(of_update("REMOVE used", values("x: 1")) ==
        "ExpressionAttributeValues contains invalid key: Syntax error; key: \"x\" (it begins with :)");
  CHECK(of_update("REMOVE used", ", ExpressionAttributeValues: {}") == "ExpressionAttributeValues must not be empty");
  CHECK(mistake(R"(UpdateItem {TableName: "coupons", Key: {code: "A"}, ExpressionAttributeValues: {":x": 1}})") ==
        "ExpressionAttributeValues can only be specified when using expressions");
  CHECK(of_update("SET tags = :x", values("\":x\": <<>>")) ==
        "One or more parameter values were invalid: An string set  may not be empty");
  CHECK(of_update("SET tags = :x", values("\":x\": <<\"a\", 1>>")) ==
        "One or more parameter values were invalid: a set holds texts only, or numbers only");
  CHECK(of_update("SET used = used + :x", values("\":x\": ?")).empty());
}

TEST_CASE("reserved words") {
  CHECK(
      of_condition("status = :x", values("\":x\": 1")) ==
      "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: status (write #status, and "
      "ExpressionAttributeNames: {\"#status\": \"status\"})");
  for (const char* word : {"name", "Count", "DATE", "user", "value", "zone", "abort", "ttl", "limit", "number"}) {
    CAPTURE(word);
    CHECK(of_update(std::string("REMOVE ") + word).find("reserved keyword: " + std::string(word)) != std::string::npos);
  }
  for (const char* word : {"used", "balance", "amount", "stock", "version", "email", "zones", "a"}) {
    CAPTURE(word);
    CHECK(of_update(std::string("REMOVE ") + word).empty());
  }
}

TEST_CASE("syntax: the token at fault, and its place") {
  CHECK(of_update("SET used used") ==
        "Invalid UpdateExpression: Syntax error; token: \"used\", near: \"used used\" (character 10): expected `=`");
  CHECK(of_update("SET used = used - 1") ==
        "Invalid UpdateExpression: Syntax error; token: \"1\", near: \"- 1\" (character 19): an expression has no "
        "literals; write :n, "
        "and its value in ExpressionAttributeValues");
  CHECK(of_update("UPDATE used") ==
        "Invalid UpdateExpression: Syntax error; token: \"UPDATE\", near: \"UPDATE used\" (character 1): an update "
        "begins with SET, "
        "REMOVE, ADD or DELETE");
  CHECK(of_update("SET") == "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"SET\" (character 4)");
  CHECK(of_update("") == "Invalid UpdateExpression: The expression can not be empty;");
  CHECK(of_condition("used == :x", values("\":x\": 1")) ==
        "Invalid ConditionExpression: Syntax error; token: \"=\", near: \"== :x\" (character 7)");
  CHECK(of_condition("(used = :x", values("\":x\": 1")) ==
        "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \":x\" (character 11): expected `)`");
  CHECK(of_condition("used") ==
        "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"used\" (character 5): this is a value, "
        "and no condition");
  CHECK(of_condition("used ; tags") ==
        "Invalid ConditionExpression: Syntax error; token: \";\", near: \"used ;\" (character 6)");
  CHECK(of_condition("used = €") ==
        "Invalid ConditionExpression: Syntax error; token: \"€\", near: \"= €\" (character 8)");
  CHECK(of_condition(std::string(60, '(') + "used = :x" + std::string(60, ')'), values("\":x\": 1")) ==
        "Invalid ConditionExpression: The expression is nested too deeply");
  CHECK(of_condition("used = :x" + std::string(5000, ' '), values("\":x\": 1"))
            .starts_with("Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; "
                         "expression size: 5009"));
}

TEST_CASE("functions and operands") {
  CHECK(of_condition("attribute_exist(used) ") ==
        "Invalid ConditionExpression: Invalid function name; function: attribute_exist; did you mean "
        "`attribute_exists`?");
  CHECK(of_condition("size(used) ") ==
        "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \")\" (character 11): this is a value, and "
        "no condition");
  CHECK(of_condition("attribute_exists(used, tags) ") ==
        "Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: "
        "attribute_exists, number of operands: 2");
  CHECK(of_condition("attribute_exists(:x) ", values("\":x\": 1")) ==
        "Invalid ConditionExpression: Operator or function requires a document path; operator or function: "
        "attribute_exists");
  CHECK(of_condition("begins_with(code, :x) ", values("\":x\": 1")) ==
        "Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: "
        "begins_with, operand type: N");
  CHECK(of_condition("attribute_type(used, :x) ", values("\":x\": \"number\"")) ==
        "Invalid ConditionExpression: Invalid attribute type name found; type: number, valid types: "
        "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
  CHECK(of_condition("used = attribute_exists(tags) ") ==
        "Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: "
        "attribute_exists");
  CHECK(of_condition("if_not_exists(used, :x) = :x", values("\":x\": 1")) ==
        "Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: "
        "if_not_exists");
  CHECK(of_condition("used BETWEEN :b AND :a", values("\":a\": 1, \":b\": 2"))
            .starts_with("Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than or "
                         "equal to lower bound"));
  CHECK(of_update("SET used = size(tags) ") ==
        "Invalid UpdateExpression: The function is not allowed to be used this way in an expression; function: size");
  CHECK(of_update("SET used = used + :x", values("\":x\": \"1\"")) ==
        "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand "
        "type: S");
  CHECK(of_update("ADD used :x", values("\":x\": \"1\"")) ==
        "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: "
        "STRING, typeSet: "
        "ALLOWED_FOR_ADD_OPERAND");
  CHECK(of_update("DELETE tags :x", values("\":x\": 1")).find("ALLOWED_FOR_DELETE_OPERAND") != std::string::npos);
  CHECK(of_update("SET a = :x SET b = :x", values("\":x\": 1")) ==
        "Invalid UpdateExpression: The \"SET\" section can only be used once in an update expression;");
  CHECK(of_update("SET a = :x REMOVE a.b", values("\":x\": 1")) ==
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these "
        "paths; path one: "
        "[a], path two: [a, b]");
  CHECK(of_update("SET a.b = :x, a[1] = :x", values("\":x\": 1")) ==
        "Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these "
        "paths; path one: "
        "[a, b], path two: [a, [1]]");
  CHECK(
      of_update("SET a = set_add(a, :x) ", values("\":x\": 1")) ==
      "Invalid UpdateExpression: Invalid function name; function: set_add (an expression has ADD and DELETE for sets)");
}

TEST_CASE("Query: conditions on the key and only there") {
  const std::string both = values("\":u\": \"u\", \":x\": 1");
  CHECK(of_query("seq = :x", values("\":x\": 1")) == "Query condition missed key schema element: who");
  CHECK(of_query("who = :u AND amount = :x", both) ==
        "Query key condition not supported: `amount` is no key (who, seq) of orders; put its condition into "
        "FilterExpression");
  CHECK(of_query("who > :u", values("\":u\": \"u\"")) ==
        "Query key condition not supported: the partition key `who` takes =");
  CHECK(of_query("who = :u AND seq <> :x", both)
            .starts_with("Query key condition not supported: KeyConditionExpression compares"));
  CHECK(of_query("who = :u AND seq > :x AND seq < :x", both) ==
        "KeyConditionExpressions must only contain one condition per key: seq");
  CHECK(of_query("who = :u", values("\":u\": \"u\", \":x\": 1") + ", FilterExpression: \"seq = :x\"") ==
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: seq");
  CHECK(of_query("who = :u", values("\":u\": \"u\"") + ", Select: \"SUM\"") ==
        "Select of Query is ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES, COUNT or SPECIFIC_ATTRIBUTES, not SUM");
  CHECK(of_query("who = :u", values("\":u\": \"u\"") + ", Limit: 0") == "Limit of Query is a whole number from 1 on");
  CHECK(
      of_query("who = :u", values("\":u\": \"u\"") + ", IndexName: \"by_status\"") ==
      "Query key condition not supported: `who` is no key (status) of orders; put its condition into FilterExpression");
  CHECK(of_query("who = :u", values("\":u\": ?") + ", Limit: ?").empty());
}

TEST_CASE("whatever stands there is read or refused, and never more") {
  World world;
  const std::string condition =
      "NOT (used BETWEEN :x AND :x) OR size(tags[0].a) >= :x AND #n IN (:x, :x) AND contains(tags, :x)";
  const std::string update =
      "SET a = if_not_exists(b.c[1], :x) + :x, d = list_append(d, e) REMOVE f ADD g :x DELETE h :s";
  const std::string select =
      "SELECT a.b, \"c\" FROM orders WHERE who = 'u' AND seq > -1 AND (a IS NOT MISSING OR b IN [1, 2])";
  const std::string change =
      "UPDATE coupons SET a = [1, {'b': <<'c'>>}] REMOVE d WHERE code = 'A' AND a <> TRUE RETURNING ALL OLD *";
  std::size_t read = 0, refused = 0;
  const auto look = [&](const Request& request) { ++(mistake_of(world, request).empty() ? read : refused); };
  const auto each = [&](const std::string& text, const auto& with) {
    look(with(text));
    for (std::size_t i = 0; i < text.size(); ++i) {
      look(with(text.substr(0, i)));
      look(with(text.substr(0, i) + text.substr(i + 1)));
      for (const char c : {'(', ')', '\'', '"', '[', '{', '<', '#', ':', '?', ',', '\xe2', 'x', '1', ' '}) {
        look(with(text.substr(0, i) + c + text.substr(i)));
      }
    }
  };
  const Value terms = value_of(R"({":x": 1, ":s": <<1>>})");
  const auto deletes = [&](const std::string& text) {
    Request request =
        request_of(R"(DeleteItem {TableName: "coupons", Key: {code: "A"}, ExpressionAttributeNames: {"#n": "n"}})");
    auto& arguments = std::get<Object>(request.arguments[0].held);
    arguments.push_back({"ExpressionAttributeValues", value_of(R"({":x": 1})")});
    arguments.push_back({"ConditionExpression", text});
    return request;
  };
  const auto updates = [&](const std::string& text) {
    Request request = request_of(R"(UpdateItem {TableName: "coupons", Key: {code: "A"}})");
    auto& arguments = std::get<Object>(request.arguments[0].held);
    arguments.push_back({"ExpressionAttributeValues", terms});
    arguments.push_back({"UpdateExpression", text});
    return request;
  };
  const auto states = [](const std::string& text) { return Request{"PartiQL", {}, {}, {}, text}; };
  each(condition, deletes);
  each(update, updates);
  each(select, states);
  each(change, states);
  for (const auto& whole : {deletes(condition), updates(update), states(select), states(change)}) {
    CHECK(mistake_of(world, whole).empty());
  }
  CHECK(read > 500);
  CHECK(refused > 3000);
}
