// The parts of plan_of(): one function an action. What is missing or wrong throws Refusal.
#pragma once

#include <string_view>
#include <vector>

#include "store/document/dynamo/arguments.h"
#include "store/document/dynamo/plan.h"

namespace gapless::store::document::dynamo {

using Names = std::vector<std::string_view>;

// The parameters of actions on one item.
extern const Names put_names, update_names, erase_names, get_names;
Object item_of(const Object& given);

// PutItem, or Put in a transaction; and so on.
Write put_of(const Catalog& catalog, const Arguments& arguments);
Write update_of(const Catalog& catalog, const Arguments& arguments);
Write erase_of(const Catalog& catalog, const Arguments& arguments);
Write check_of(const Catalog& catalog, const Arguments& arguments);
Get get_of(const Catalog& catalog, const Arguments& arguments);

// plan_items.cc
Plan get_item(const Catalog& catalog, const Value& given);
Plan put_item(const Catalog& catalog, const Value& given);
Plan update_item(const Catalog& catalog, const Value& given);
Plan delete_item(const Catalog& catalog, const Value& given);
// plan_search.cc
Plan query(const Catalog& catalog, const Value& given);
Plan scan(const Catalog& catalog, const Value& given);
// plan_several.cc
Plan batch_get(const Catalog& catalog, const Value& given);
Plan batch_write(const Catalog& catalog, const Value& given);
Plan transact_write(const Catalog& catalog, const Value& given);
Plan transact_get(const Catalog& catalog, const Value& given);
Plan execute_statement(const Catalog& catalog, const Value& given);
Plan execute_transaction(const Catalog& catalog, const Value& given);

}  // namespace gapless::store::document::dynamo
