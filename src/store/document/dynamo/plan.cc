// The API's actions as plans. Each action says which parameters it knows.
#include "store/document/dynamo/plan.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "sql/bind.h"
#include "store/document/dynamo/arguments.h"

namespace gapless::store::document::dynamo {
namespace {

using Names = std::vector<std::string_view>;

// ------------------------------------------------------------------------------------------------------ single items

Returned returned_by(const Arguments& arguments, bool updates) {
  const auto wanted = arguments.text_if_any("ReturnValues");
  if (!wanted || *wanted == "NONE") return Returned::none;
  if (*wanted == "ALL_OLD") return Returned::all_old;
  if (updates && *wanted == "ALL_NEW") return Returned::all_new;
  if (updates && *wanted == "UPDATED_OLD") return Returned::updated_old;
  if (updates && *wanted == "UPDATED_NEW") return Returned::updated_new;
  throw Refusal("ReturnValues of " + arguments.action() + " is NONE" +
                (updates ? ", ALL_OLD, ALL_NEW, UPDATED_OLD or UPDATED_NEW" : " or ALL_OLD") + ", not " + *wanted);
}

Object item_of(const Object& given) { return std::get<Object>(canonical(given).held); }

// The request behind PutItem, and Put in a transaction.
Write put_of(const Catalog& catalog, const Arguments& arguments) {
  Terms terms = arguments.terms();
  Write write;
  write.kind = Write::Kind::put;
  write.table = table_called(catalog, arguments.text("TableName"));
  write.item = item_of(arguments.object("Item"));
  write.key = key_of(catalog.collections[write.table], write.item, false);
  write.condition = arguments.condition("ConditionExpression", terms);
  write.returned = returned_by(arguments, false);
  arguments.check_all_used(terms);
  return write;
}

Write by_key(const Catalog& catalog, const Arguments& arguments, Write::Kind kind) {
  Write write;
  write.kind = kind;
  write.table = table_called(catalog, arguments.text("TableName"));
  const Object& key = arguments.object("Key");
  write.key = key_of(catalog.collections[write.table], key, true);
  write.item = item_of(key);
  return write;
}

Write update_of(const Catalog& catalog, const Arguments& arguments) {
  Terms terms = arguments.terms();
  Write write = by_key(catalog, arguments, Write::Kind::update);
  if (auto changes = arguments.changes(terms)) write.changes = std::move(*changes);
  check_no_key(catalog.collections[write.table], write.changes);
  write.condition = arguments.condition("ConditionExpression", terms);
  write.returned = returned_by(arguments, true);
  arguments.check_all_used(terms);
  return write;
}

Write erase_of(const Catalog& catalog, const Arguments& arguments) {
  Terms terms = arguments.terms();
  Write write = by_key(catalog, arguments, Write::Kind::erase);
  write.condition = arguments.condition("ConditionExpression", terms);
  write.returned = returned_by(arguments, false);
  arguments.check_all_used(terms);
  return write;
}

Write check_of(const Catalog& catalog, const Arguments& arguments) {
  arguments.need("ConditionExpression");
  Write write = erase_of(catalog, arguments);
  write.kind = Write::Kind::check;
  return write;
}

Get get_of(const Catalog& catalog, const Arguments& arguments) {
  Terms terms = arguments.terms();
  Get get;
  get.table = table_called(catalog, arguments.text("TableName"));
  get.key = key_of(catalog.collections[get.table], arguments.object("Key"), true);
  get.projection = arguments.projection(terms);
  arguments.check_all_used(terms);
  return get;
}

const Names put_names = {
    "TableName",   "Item", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues",
    "ReturnValues"};
const Names update_names = {"TableName",
                            "Key",
                            "UpdateExpression",
                            "ConditionExpression",
                            "ExpressionAttributeNames",
                            "ExpressionAttributeValues",
                            "ReturnValues"};
const Names erase_names = {
    "TableName", "Key", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues", "ReturnValues"};
const Names get_names = {"TableName", "Key", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"};

Plan get_item(const Catalog& catalog, const Value& given) {
  const Arguments arguments("GetItem", given, get_names);
  Get get = get_of(catalog, arguments);
  get.consistent = arguments.flag("ConsistentRead", false);
  return get;
}

Plan put_item(const Catalog& catalog, const Value& given) { return put_of(catalog, {"PutItem", given, put_names}); }
Plan update_item(const Catalog& catalog, const Value& given) {
  return update_of(catalog, {"UpdateItem", given, update_names});
}
Plan delete_item(const Catalog& catalog, const Value& given) {
  return erase_of(catalog, {"DeleteItem", given, erase_names});
}

// ---------------------------------------------------------------------------------------------------- Query and Scan

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return "(" + text + ")";
}

// `partition = :v`, and at most one condition on the sort key.
void check_key_condition(const Collection& table, const std::vector<std::string>& key, const Expression& condition) {
  bool has_partition = false, has_sort = false;
  for (const auto* each : conjuncts(condition)) {
    const auto attribute = about(*each);
    if (!attribute)
      throw Refusal(
          "Query key condition not supported: KeyConditionExpression compares each key with one value, joined by AND");
    if (std::ranges::find(key, *attribute) == key.end()) {
      throw Refusal("Query key condition not supported: `" + *attribute + "` is no key " + listed(key) + " of " +
                    table.name + "; put its condition into FilterExpression");
    }
    bool& seen = *attribute == key.front() ? has_partition : has_sort;
    if (seen) throw Refusal("KeyConditionExpressions must only contain one condition per key: " + *attribute);
    seen = true;
    if (*attribute == key.front() && equal_to(*each, key.front()) == nullptr) {
      throw Refusal("Query key condition not supported: the partition key `" + key.front() + "` takes =");
    }
  }
  if (!has_partition) throw Refusal("Query condition missed key schema element: " + key.front());
}

void check_filter(const std::vector<std::string>& key, const Expression& filter) {
  std::vector<DocumentPath> paths;
  add_paths(filter, paths);
  for (const auto& path : paths) {
    if (std::ranges::find(key, head_of(path)) == key.end()) continue;
    throw Refusal("Filter Expression can only contain non-primary key attributes: Primary key attribute: " +
                  head_of(path));
  }
}

void read_select(const Arguments& arguments, Search& search) {
  const auto select = arguments.text_if_any("Select");
  if (!select) return;
  static constexpr std::array<std::string_view, 4> all = {"ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT",
                                                          "SPECIFIC_ATTRIBUTES"};
  if (std::ranges::find(all, *select) == all.end()) {
    throw Refusal("Select of " + arguments.action() +
                  " is ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES, COUNT or SPECIFIC_ATTRIBUTES, not " + *select);
  }
  search.counts = *select == "COUNT";
  const bool specific = *select == "SPECIFIC_ATTRIBUTES";
  if (specific != search.projection.has_value()) {
    throw Refusal(
        specific ? "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
                 : "Cannot specify the ProjectionExpression when choosing to get " + *select);
  }
}

Search search_of(const Catalog& catalog, const Arguments& arguments, bool query) {
  Terms terms = arguments.terms();
  Search search;
  search.table = table_called(catalog, arguments.text("TableName"));
  const Collection& table = catalog.collections[search.table];
  std::vector<std::string> key = table.key;
  if (const auto index = arguments.text_if_any("IndexName")) {
    search.index = index_called(table, *index);
    key = index_key(table.indexes[*search.index]);
  }
  search.consistent = arguments.flag("ConsistentRead", false);
  if (search.index && search.consistent) {
    throw Refusal("Consistent reads are not supported on global secondary indexes");
  }
  if (query) {
    arguments.need("KeyConditionExpression");
    search.key_condition = arguments.condition("KeyConditionExpression", terms);
    check_key_condition(table, key, *search.key_condition);
    const auto conditions = conjuncts(*search.key_condition);
    search.at_most_one = !search.index && std::ranges::all_of(key, [&](const std::string& attribute) {
      return std::ranges::any_of(conditions, [&](const auto* each) { return equal_to(*each, attribute) != nullptr; });
    });
    search.forward = arguments.flag("ScanIndexForward", true);
  }
  search.filter = arguments.condition("FilterExpression", terms);
  if (search.filter && query) check_filter(key, *search.filter);
  search.projection = arguments.projection(terms);
  read_select(arguments, search);
  search.limit = arguments.whole("Limit");
  if (arguments.find("ExclusiveStartKey") != nullptr) search.after = item_of(arguments.object("ExclusiveStartKey"));
  arguments.check_all_used(terms);
  return search;
}

Plan query(const Catalog& catalog, const Value& given) {
  static const Names names = {"TableName",
                              "IndexName",
                              "KeyConditionExpression",
                              "FilterExpression",
                              "ProjectionExpression",
                              "ExpressionAttributeNames",
                              "ExpressionAttributeValues",
                              "Select",
                              "Limit",
                              "ScanIndexForward",
                              "ConsistentRead",
                              "ExclusiveStartKey"};
  return search_of(catalog, {"Query", given, names}, true);
}

Plan scan(const Catalog& catalog, const Value& given) {
  static const Names names = {"TableName",
                              "IndexName",
                              "FilterExpression",
                              "ProjectionExpression",
                              "ExpressionAttributeNames",
                              "ExpressionAttributeValues",
                              "Select",
                              "Limit",
                              "ConsistentRead",
                              "ExclusiveStartKey"};
  return search_of(catalog, {"Scan", given, names}, false);
}

// ------------------------------------------------------------------------------------------------------ several items

bool is_known(const Key& key) {
  const auto* parts = get<Array>(key);
  return !is_unknown(key) && (parts == nullptr || std::ranges::none_of(*parts, is_unknown));
}

template <typename One>
void check_distinct(const std::vector<One>& all, const std::string& message) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool same = all[i].table == all[j].table && all[i].key == all[j].key && is_known(all[i].key);
      if (same) throw Refusal(message);
    }
  }
}

constexpr const char* twice = "Transaction request cannot include multiple operations on one item";

Plan batch_get(const Catalog& catalog, const Value& given) {
  static const Names names = {"RequestItems"};
  static const Names table_names = {"Keys", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"};
  const Object& tables = Arguments("BatchGetItem", given, names).object("RequestItems");
  if (tables.size() != 1) {
    throw Refusal(
        "BatchGetItem of several tables is not simulated: write one for each table (together they are not atomic "
        "anyway)");
  }
  const Arguments arguments("BatchGetItem", tables.front().value, table_names);
  Terms terms = arguments.terms();
  Get get;
  get.table = table_called(catalog, tables.front().name);
  get.consistent = arguments.flag("ConsistentRead", false);
  get.projection = arguments.projection(terms);
  arguments.check_all_used(terms);
  BatchGet batch;
  for (const auto& key : arguments.list("Keys", 100)) {
    const auto* object = document::get<Object>(key);
    if (object == nullptr) throw Refusal("Keys of BatchGetItem are objects: Keys: [{id: 1}, …]");
    get.key = key_of(catalog.collections[get.table], *object, true);
    batch.gets.push_back(get);
  }
  check_distinct(batch.gets, "Provided list of item keys contains duplicates");
  return batch;
}

Plan batch_write(const Catalog& catalog, const Value& given) {
  static const Names names = {"RequestItems"};
  static const Names kinds = {"PutRequest", "DeleteRequest"};
  static const Names put = {"Item"}, erase = {"Key"};
  const Arguments all("BatchWriteItem", given, names);
  BatchWrite batch;
  for (const auto& [table, requests] : all.object("RequestItems")) {
    const std::size_t number = table_called(catalog, table);
    const auto* list = document::get<Array>(requests);
    if (list == nullptr)
      throw Refusal("RequestItems of BatchWriteItem holds lists: {" + table + ": [{PutRequest: {Item: {…}}}]}");
    for (const auto& each : *list) {
      const Arguments one("BatchWriteItem", each, kinds);
      Write write;
      write.table = number;
      const bool puts = one.find("PutRequest") != nullptr;
      write.kind = puts ? Write::Kind::put : Write::Kind::erase;
      const Arguments what("BatchWriteItem", one.need(puts ? "PutRequest" : "DeleteRequest"), puts ? put : erase);
      write.item = item_of(what.object(puts ? "Item" : "Key"));
      write.key = key_of(catalog.collections[number], write.item, !puts);
      batch.writes.push_back(std::move(write));
    }
  }
  if (batch.writes.empty() || batch.writes.size() > 25) {
    throw Refusal("RequestItems of BatchWriteItem has 1 to 25 requests, not " + std::to_string(batch.writes.size()));
  }
  check_distinct(batch.writes, "Provided list of item keys contains duplicates");
  return batch;
}

void read_token(const Arguments& arguments, std::string_view actions, TransactWrite& transaction) {
  transaction.payload = arguments.need(actions);
  const Value* token = arguments.find("ClientRequestToken");
  if (token == nullptr || is_unknown(*token)) return;
  const auto* text = document::get<std::string>(*token);
  transaction.token = text != nullptr ? *text : to_string(*token);  // a number of the scenario is as good
  if (transaction.token->empty() || transaction.token->size() > 36) {
    throw Refusal("ClientRequestToken has 1 to 36 characters");
  }
}

Plan transact_write(const Catalog& catalog, const Value& given) {
  static const Names names = {"TransactItems", "ClientRequestToken"};
  static const Names kinds = {"Put", "Update", "Delete", "ConditionCheck"};
  const auto no_values = [](Names some) {
    std::erase(some, "ReturnValues");
    return some;
  };
  static const Names put = no_values(put_names), update = no_values(update_names), erase = no_values(erase_names);
  const Arguments arguments("TransactWriteItems", given, names);
  TransactWrite transaction;
  for (const auto& each : arguments.list("TransactItems", 100)) {
    const Arguments one("TransactWriteItems", each, kinds);
    const auto* action = document::get<Object>(each);
    if (action->size() != 1) throw Refusal("a member of TransactItems is one of Put, Update, Delete, ConditionCheck");
    const auto& [kind, what] = action->front();
    if (kind == "Put") transaction.writes.push_back(put_of(catalog, {kind, what, put}));
    if (kind == "Update") {
      const Arguments updates(kind, what, update);
      updates.need("UpdateExpression");
      transaction.writes.push_back(update_of(catalog, updates));
    }
    if (kind == "Delete") transaction.writes.push_back(erase_of(catalog, {kind, what, erase}));
    if (kind == "ConditionCheck") transaction.writes.push_back(check_of(catalog, {kind, what, erase}));
  }
  check_distinct(transaction.writes, twice);
  read_token(arguments, "TransactItems", transaction);
  return transaction;
}

Plan transact_get(const Catalog& catalog, const Value& given) {
  static const Names names = {"TransactItems"};
  static const Names kinds = {"Get"};
  static const Names of_get = {"TableName", "Key", "ProjectionExpression", "ExpressionAttributeNames"};
  TransactGet transaction;
  for (const auto& each : Arguments("TransactGetItems", given, names).list("TransactItems", 100)) {
    const Arguments one("TransactGetItems", each, kinds);
    transaction.gets.push_back(get_of(catalog, {"Get", one.need("Get"), of_get}));
  }
  check_distinct(transaction.gets, twice);
  return transaction;
}

// ----------------------------------------------------------------------------------------------------------- PartiQL

std::vector<Value> parameters_of(const Arguments& arguments) {
  return arguments.find("Parameters") == nullptr ? std::vector<Value>() : arguments.list("Parameters", 100);
}

Plan execute_statement(const Catalog& catalog, const Value& given) {
  static const Names names = {"Statement", "Parameters", "ConsistentRead", "Limit"};
  const Arguments arguments("ExecuteStatement", given, names);
  const Options options{arguments.flag("ConsistentRead", false), arguments.whole("Limit"), false};
  return plan_of_statement(catalog, arguments.text("Statement"), parameters_of(arguments), options);
}

Plan execute_transaction(const Catalog& catalog, const Value& given) {
  static const Names names = {"TransactStatements", "ClientRequestToken"};
  static const Names of_statement = {"Statement", "Parameters"};
  const Arguments arguments("ExecuteTransaction", given, names);
  TransactWrite writes;
  TransactGet gets;
  for (const auto& each : arguments.list("TransactStatements", 100)) {
    const Arguments one("ExecuteTransaction", each, of_statement);
    Plan plan = plan_of_statement(catalog, one.text("Statement"), parameters_of(one), {false, std::nullopt, true});
    if (auto* write = std::get_if<Write>(&plan)) {
      if (write->returned != Returned::none) throw Refusal("RETURNING is not allowed in a transaction");
      writes.writes.push_back(std::move(*write));
    } else if (auto* get = std::get_if<Get>(&plan)) {
      gets.gets.push_back(std::move(*get));
    } else {
      throw Refusal(
          "a SELECT in ExecuteTransaction names the whole key: Select statements within ExecuteTransaction must "
          "contain the primary key in the where clause.");
    }
  }
  if (!writes.writes.empty() && !gets.gets.empty()) {
    throw Refusal("ExecuteTransaction API does not support both read and write operations in the same request");
  }
  check_distinct(writes.writes, twice);
  check_distinct(gets.gets, twice);
  if (writes.writes.empty()) return gets;
  read_token(arguments, "TransactStatements", writes);
  return writes;
}

using Reader = Plan (*)(const Catalog&, const Value&);

const std::map<std::string, Reader, std::less<>>& readers() {
  static const std::map<std::string, Reader, std::less<>> all = {
      {"GetItem", get_item},
      {"PutItem", put_item},
      {"UpdateItem", update_item},
      {"DeleteItem", delete_item},
      {"Query", query},
      {"Scan", scan},
      {"BatchGetItem", batch_get},
      {"BatchWriteItem", batch_write},
      {"TransactWriteItems", transact_write},
      {"TransactGetItems", transact_get},
      {"ExecuteStatement", execute_statement},
      {"ExecuteTransaction", execute_transaction},
  };
  return all;
}

[[noreturn]] void refuse_action(const std::string& action) {
  static const std::map<std::string, std::string> advice = {
      {"BatchExecuteStatement", "write its statements one after the other: the batch is not atomic"},
      {"CreateTable", "it stands in the block of the database, not in a request"},
      {"UpdateTimeToLive", "it stands in the block of the database, not in a request"},
      {"DescribeTable", "what a table is does not change here"},
      {"GetRecords", "streams are not simulated; write `send`"},
  };
  const auto found = advice.find(action);
  if (found != advice.end()) throw Refusal(action + " is not simulated: " + found->second);
  std::vector<std::string> names;
  for (const auto& [name, reader] : readers()) names.push_back(name);
  const std::string near = sql::did_you_mean(action, names);
  throw Refusal("unknown action `" + action + "` of DynamoDB" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
}

}  // namespace

Plan plan_of(const Catalog& catalog, const Request& request) {
  if (request.method == "PartiQL") return plan_of_statement(catalog, request.text, request.arguments, {});
  const auto reader = readers().find(request.method);
  if (reader == readers().end()) refuse_action(request.method);
  if (request.arguments.size() != 1 || !request.chained.empty()) {
    throw Refusal(request.method + " takes its parameters in one object: " + request.method + " {TableName: …}");
  }
  return reader->second(catalog, request.arguments.front());
}

}  // namespace gapless::store::document::dynamo
