// Query and Scan.
#include "store/document/dynamo/plan_parts.h"

#include <algorithm>
#include <array>

namespace gapless::store::document::dynamo {
namespace {

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

}  // namespace

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

}  // namespace gapless::store::document::dynamo
