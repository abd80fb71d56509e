// Actions on several items, and statements of PartiQL in the API.
#include "store/document/dynamo/plan_parts.h"

#include <algorithm>
#include <array>

namespace gapless::store::document::dynamo {
namespace {

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

std::vector<Value> parameters_of(const Arguments& arguments) {
  return arguments.find("Parameters") == nullptr ? std::vector<Value>() : arguments.list("Parameters", 100);
}

}  // namespace

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

}  // namespace gapless::store::document::dynamo
