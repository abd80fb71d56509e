#include "store/document/dynamo/tables.h"

#include <algorithm>
#include <map>

#include "store/document/dynamo/arguments.h"
#include "store/document/dynamo/plan.h"

namespace gapless::store::document::dynamo {
namespace {

using Names = std::vector<std::string_view>;

// Partition key, sort key.
std::vector<std::string> read_schema(const Arguments& arguments) {
  static const Names names = {"AttributeName", "KeyType"};
  std::vector<std::string> key;
  for (const auto& each : arguments.list("KeySchema", 2)) {
    const Arguments one("KeySchema", each, names);
    const std::string type = one.text("KeyType");
    const std::string wanted = key.empty() ? "HASH" : "RANGE";
    if (type != wanted) {
      throw Refusal("Invalid KeySchema: The " + std::string(key.empty() ? "first" : "second") +
                    " KeySchemaElement is not a " + wanted + " key type");
    }
    key.push_back(one.text("AttributeName"));
  }
  if (key.size() == 2 && key[0] == key[1]) {
    throw Refusal("Both the Hash Key and the Range Key element in the KeySchema have the same name: " + key[0]);
  }
  return key;
}

std::map<std::string, sql::Type> read_types(const Arguments& arguments) {
  static const Names names = {"AttributeName", "AttributeType"};
  std::map<std::string, sql::Type> types;
  if (arguments.find("AttributeDefinitions") == nullptr) return types;
  for (const auto& each : arguments.list("AttributeDefinitions", 100)) {
    const Arguments one("AttributeDefinitions", each, names);
    const std::string type = one.text("AttributeType");
    if (type == "B") throw Refusal("binary attributes (B) are not simulated; write S");
    if (type != "S" && type != "N") throw Refusal("AttributeType is S or N, not " + type);
    types[one.text("AttributeName")] = type == "N" ? sql::Type::numeric : sql::Type::text;
  }
  return types;
}

std::vector<Index> read_indexes(const Arguments& arguments) {
  static const Names names = {"IndexName", "KeySchema", "Projection", "ProvisionedThroughput"};
  std::vector<Index> indexes;
  if (arguments.find("GlobalSecondaryIndexes") == nullptr) return indexes;
  for (const auto& each : arguments.list("GlobalSecondaryIndexes", 20)) {
    const Arguments one("GlobalSecondaryIndexes", each, names);
    Index index;
    index.name = one.text("IndexName");
    if (std::ranges::find(indexes, index.name, &Index::name) != indexes.end())
      throw Refusal("Duplicate index name: " + index.name);
    for (const auto& name : read_schema(one)) index.paths.push_back({name});
    indexes.push_back(std::move(index));
  }
  return indexes;
}

// Every key has a type, and every type is that of a key.
void check_types(const Collection& table, const std::map<std::string, sql::Type>& types) {
  if (types.empty()) return;
  std::vector<std::string> keys = table.key;
  for (const auto& index : table.indexes) {
    for (const auto& name : index_key(index)) keys.push_back(name);
  }
  for (const auto& key : keys) {
    if (!types.contains(key)) {
      throw Refusal(
          "One or more parameter values were invalid: Some index key attributes are not defined in "
          "AttributeDefinitions: " +
          key);
    }
  }
  for (const auto& [name, type] : types) {
    if (std::ranges::find(keys, name) != keys.end()) continue;
    throw Refusal("One or more parameter values were invalid: Some AttributeDefinitions are not used: " + name +
                  " is in no KeySchema (other attributes are not declared)");
  }
}

const Value& parameters_of(const Request& request) {
  if (request.arguments.size() != 1) throw Refusal(request.method + " takes its parameters in one object");
  return request.arguments.front();
}

void declare(const Request& request, Catalog& catalog) {
  static const Names names = {"TableName",
                              "KeySchema",
                              "AttributeDefinitions",
                              "GlobalSecondaryIndexes",
                              "BillingMode",
                              "ProvisionedThroughput",
                              "LocalSecondaryIndexes",
                              "StreamSpecification",
                              "TableClass",
                              "Tags"};
  const Arguments arguments("CreateTable", parameters_of(request), names);
  if (arguments.find("LocalSecondaryIndexes") != nullptr) {
    throw Refusal("LocalSecondaryIndexes is not simulated; write GlobalSecondaryIndexes");
  }
  Collection table;
  table.name = arguments.text("TableName");
  if (table.name.empty()) throw Refusal("TableName of CreateTable is empty");
  if (catalog.find(table.name)) throw Refusal("Table already exists: " + table.name);
  table.key = read_schema(arguments);
  table.indexes = read_indexes(arguments);
  const auto types = read_types(arguments);
  check_types(table, types);
  for (const auto& name : table.key) {
    table.columns.push_back({name, {name}, types.empty() ? sql::Type::unknown : types.at(name), false});
  }
  catalog.collections.push_back(std::move(table));
}

void declare_ttl(const Request& request, Catalog& catalog) {
  static const Names names = {"TableName", "TimeToLiveSpecification"};
  static const Names of_ttl = {"AttributeName", "Enabled"};
  const Arguments arguments("UpdateTimeToLive", parameters_of(request), names);
  Collection& table = catalog.collections[table_called(catalog, arguments.text("TableName"))];
  const Arguments ttl("TimeToLiveSpecification", arguments.need("TimeToLiveSpecification"), of_ttl);
  const std::string attribute = ttl.text("AttributeName");
  if (ttl.flag("Enabled", true)) {
    table.ttl = attribute;
  } else {
    table.ttl.reset();
  }
}

template <typename Declare>
std::string mistake_of(const Declare& declares) {
  try {
    declares();
    return {};
  } catch (const Refusal& refusal) {
    return refusal.what();
  }
}

}  // namespace

std::string create_table(const Request& request, Catalog& catalog) {
  return mistake_of([&] { declare(request, catalog); });
}

std::string update_time_to_live(const Request& request, Catalog& catalog) {
  return mistake_of([&] { declare_ttl(request, catalog); });
}

}  // namespace gapless::store::document::dynamo
