// Filters, expressions, projections and sorts.
#include <algorithm>
#include <map>

#include "store/document/mongo/expression.h"
#include "store/document/mongo/mistake.h"
#include "store/document/mongo/path.h"

namespace gapless::store::document::mongo {
namespace {

const std::vector<std::string>& filter_operators() {
  static const std::vector<std::string> all = {"$eq",  "$ne",     "$gt",        "$gte",  "$lt",  "$lte",  "$in", "$nin",
                                               "$not", "$exists", "$elemMatch", "$size", "$all", "$type", "$mod"};
  return all;
}

const std::vector<std::string>& top_operators() {
  static const std::vector<std::string> all = {"$and", "$or", "$nor", "$expr", "$comment"};
  return all;
}

// The name of a document's path: "limits.used".
void check_name(const std::string& name) {
  if (name.empty()) throw Mistake{"a field's name is empty"};
  for (const auto& part : split(name)) {
    if (part.empty()) throw Mistake{"the path `" + name + "` has an empty part"};
  }
}

const Array* list_of(const std::string& op, const Value& operand) {
  if (is_unknown(operand)) return nullptr;
  const auto* list = get<Array>(operand);
  if (list == nullptr) throw Mistake{op + " takes an array, not " + to_string(operand)};
  return list;
}

void check_condition(const Value& condition);

void check_type_name(const Value& name) {
  static const std::vector<std::string> known = {"number", "string", "object", "array", "bool", "date", "null"};
  if (const auto* list = get<Array>(name)) {
    for (const auto& each : *list) check_type_name(each);
    return;
  }
  const auto* text = get<std::string>(name);
  if (text == nullptr) throw Mistake{"$type takes a type's name: \"number\", \"string\", \"array\", …"};
  if (*text == "int" || *text == "long" || *text == "double" || *text == "decimal") {
    throw Mistake{"all numbers are exact decimals here; write $type: \"number\""};
  }
  if (std::ranges::find(known, *text) == known.end()) {
    throw Mistake{"unknown type `" + *text + "`" + suggestion(*text, known)};
  }
}

void check_element(const Value& condition) {
  if (is_unknown(condition)) return;
  const auto* object = get<Object>(condition);
  if (object == nullptr) throw Mistake{"$elemMatch takes conditions {…}, not " + to_string(condition)};
  const bool is_of_value =
      has_operators(condition) && std::ranges::find(top_operators(), object->front().name) == top_operators().end();
  if (is_of_value) return check_condition(condition);
  check_filter(condition, "$elemMatch");
}

void check_operand(const std::string& op, const Value& operand) {
  if (op == "$not") {
    if (is_unknown(operand)) return;
    if (!has_operators(operand)) throw Mistake{"$not takes operators, as in {$not: {$gt: 5}}"};
    return check_condition(operand);
  }
  if (op == "$elemMatch") return check_element(operand);
  if (op == "$type" && !is_unknown(operand)) return check_type_name(operand);
  if (op == "$in" || op == "$nin") {
    list_of(op, operand);
    return;
  }
  if (op == "$all") {
    const auto* list = list_of(op, operand);
    const bool nested = list != nullptr && std::ranges::any_of(*list, has_operators);
    if (nested) throw Mistake{"$all with operators in it is not simulated; write $and"};
    return;
  }
  if (op == "$mod") {
    const auto* list = list_of(op, operand);
    if (list != nullptr && list->size() != 2) throw Mistake{"$mod takes [divisor, remainder]"};
    return;
  }
  const bool needs_number = op == "$size" && get<Decimal>(operand) == nullptr && !is_unknown(operand);
  if (needs_number) throw Mistake{"$size takes a number, not " + to_string(operand)};
  if (op != "$eq" && op != "$ne" && has_operators(operand)) {
    throw Mistake{op + " takes a value, not " + to_string(operand) + "; to compare with another field write $expr"};
  }
}

// What stands behind a field: a value, or operators.
void check_condition(const Value& condition) {
  if (!has_operators(condition)) {
    const auto* object = get<Object>(condition);
    const auto is_operator = [](const Field& field) { return field.name.starts_with('$'); };
    if (object != nullptr && std::ranges::any_of(*object, is_operator)) {
      throw Mistake{"operators and fields are mixed in " + to_string(condition)};
    }
    return;
  }
  for (const auto& [op, operand] : *get<Object>(condition)) {
    if (std::ranges::find(filter_operators(), op) == filter_operators().end()) {
      if (op == "$regex" || op == "$options") throw Mistake{"$regex is not simulated; write equality, or $in"};
      if (std::ranges::find(top_operators(), op) != top_operators().end()) {
        throw Mistake{op + " does not stand behind a field; write {" + op + ": …} around the whole condition"};
      }
      auto all = filter_operators();
      all.insert(all.end(), top_operators().begin(), top_operators().end());
      throw Mistake{op + " is no filter operator" + suggestion(op, all)};
    }
    check_operand(op, operand);
  }
}

void check_variables(const std::string& text) {
  static const std::vector<std::string> refused = {"$$CLUSTER_TIME", "$$DESCEND", "$$PRUNE", "$$KEEP"};
  for (const auto& each : refused) {
    if (text.starts_with(each)) throw Mistake{each + " is not simulated"};
  }
}

}  // namespace

void check_filter(const Value& filter, const std::string& what) {
  if (is_unknown(filter) || is_null(filter)) return;
  const auto* tests = get<Object>(filter);
  if (tests == nullptr) throw Mistake{what + " is an object {…}, not " + to_string(filter)};
  for (const auto& [name, operand] : *tests) {
    if (name == "$and" || name == "$or" || name == "$nor") {
      const auto* list = list_of(name, operand);
      if (list == nullptr) continue;
      if (list->empty()) throw Mistake{name + " takes an array with at least one filter"};
      for (const auto& each : *list) check_filter(each, "each of " + name);
    } else if (name == "$expr") {
      check_expression(operand);
    } else if (name == "$comment") {
      continue;
    } else if (name.starts_with('$')) {
      if (name == "$where" || name == "$text" || name == "$jsonSchema") throw Mistake{name + " is not simulated"};
      const bool is_of_field = std::ranges::find(filter_operators(), name) != filter_operators().end();
      throw Mistake{is_of_field ? name + " stands behind a field: {field: {" + name + ": …}}"
                                : name + " is no filter operator" + suggestion(name, top_operators())};
    } else {
      check_name(name);
      check_condition(operand);
    }
  }
}

void check_expression(const Value& expression) {
  if (const auto* text = get<std::string>(expression)) return check_variables(*text);
  if (const auto* list = get<Array>(expression)) {
    for (const auto& each : *list) check_expression(each);
    return;
  }
  const auto* object = get<Object>(expression);
  if (object == nullptr) return;
  if (!has_operators(expression)) {
    for (const auto& [name, value] : *object) check_expression(value);
    return;
  }
  const auto& [op, operand] = object->front();
  if (object->size() != 1) throw Mistake{"an expression has one operator; after " + op + " comes another field"};
  const auto known = expression_operators();
  if (std::ranges::find(known, op) == known.end()) {
    if (op == "$inc") throw Mistake{"$inc is no expression; write {$add: [\"$field\", 1]}"};
    throw Mistake{op + " is no aggregation expression" + suggestion(op, known)};
  }
  if (op == "$literal") return;
  if (const auto* parts = get<Object>(operand); parts != nullptr && !has_operators(operand)) {
    for (const auto& [name, value] : *parts) {
      if (name == "branches") {
        const auto* branches = list_of("branches", value);
        for (const auto& branch : branches == nullptr ? Array{} : *branches) {
          for (const auto& each : get<Object>(branch) != nullptr ? *get<Object>(branch) : Object{}) {
            check_expression(each.value);
          }
        }
      } else if (name != "as") {
        check_expression(value);
      }
    }
    return;
  }
  check_expression(operand);
  static const std::vector<std::string> of_two = {"$subtract", "$divide", "$mod", "$eq",  "$ne",         "$gt",
                                                  "$gte",      "$lt",     "$lte", "$cmp", "$arrayElemAt"};
  if (is_unknown(operand) || std::ranges::find(of_two, op) == of_two.end()) return;
  const auto* arguments = get<Array>(operand);
  if (arguments == nullptr || arguments->size() != 2) throw Mistake{op + " takes [a, b]"};
}

void check_projection(const Value& projection) {
  if (is_null(projection)) return;
  const auto* object = get<Object>(projection);
  if (object == nullptr) throw Mistake{"a projection is an object {field: 1}, not " + to_string(projection)};
  for (const auto& [name, value] : *object) {
    if (name.starts_with('$')) throw Mistake{name + " does not stand in a projection; fields do: {field: 1}"};
    check_name(name);
    if (is_unknown(value))
      throw Mistake{"what becomes of `" + name + "` is written out in a projection: 1, 0 or an expression"};
    const bool refused = find(value, "$elemMatch") != nullptr || find(value, "$slice") != nullptr;
    if (refused) throw Mistake{"$slice and $elemMatch in a projection are not simulated; write $filter"};
    check_expression(value);
  }
}

void check_sort(const Value& sort) {
  if (is_unknown(sort) || is_null(sort)) return;
  const auto* object = get<Object>(sort);
  if (object == nullptr) throw Mistake{"fields and directions are an object {field: 1}, not " + to_string(sort)};
  for (const auto& [name, direction] : *object) {
    check_name(name);
    const bool fits = is_unknown(direction) || direction == Value(1) || direction == Value(-1);
    if (!fits) throw Mistake{"the direction of `" + name + "` is 1 or -1, not " + to_string(direction)};
  }
}

}  // namespace gapless::store::document::mongo
