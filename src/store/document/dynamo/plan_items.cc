// Actions on one item.
#include "store/document/dynamo/plan_parts.h"

#include <algorithm>
#include <array>

namespace gapless::store::document::dynamo {
namespace {

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

Write by_key(const Catalog& catalog, const Arguments& arguments, Write::Kind kind) {
  Write write;
  write.kind = kind;
  write.table = table_called(catalog, arguments.text("TableName"));
  const Object& key = arguments.object("Key");
  write.key = key_of(catalog.collections[write.table], key, true);
  write.item = item_of(key);
  return write;
}

}  // namespace

Object item_of(const Object& given) { return std::get<Object>(canonical(given).held); }

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

}  // namespace gapless::store::document::dynamo
