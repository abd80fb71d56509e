#include "store/document/mongo/filter.h"

#include <algorithm>

#include "store/document/mongo/expression.h"
#include "store/document/mongo/failure.h"
#include "store/document/mongo/path.h"

namespace gapless::store::document::mongo {
namespace {

using Reached = std::vector<const Value*>;

const Array& listed(const Value& value, const std::string& op) {
  const auto* array = get<Array>(value);
  if (array == nullptr) fail(op + " needs an array");
  return *array;
}

std::int64_t whole(const Value& value, const std::string& op) {
  const auto* number = get<Decimal>(value);
  if (number == nullptr || !number->to_int64()) fail("Failed to parse " + op + ". Expected a number");
  return *number->to_int64();
}

// Each value itself, and each element of an array.
template <typename Test>
bool any_of(const Reached& values, const Test& test) {
  return std::ranges::any_of(values, [&](const Value* value) {
    if (value == nullptr) return false;
    const auto* array = get<Array>(*value);
    return test(*value) || (array != nullptr && std::ranges::any_of(*array, test));
  });
}

bool is_missing(const Reached& values) {
  return std::ranges::any_of(values, [](const Value* value) { return value == nullptr; });
}

bool is_equal(const Reached& values, const Value& wanted) {
  if (is_null(wanted) && is_missing(values)) return true;
  return any_of(values, [&](const Value& value) { return value == wanted; });
}

// MongoDB compares values of one type only; null is neither more nor less than anything.
bool is_in_order(const std::string& op, const Reached& values, const Value& limit) {
  const bool with_equal = op == "$gte" || op == "$lte";
  if (is_null(limit)) return with_equal && is_equal(values, limit);
  return any_of(values, [&](const Value& value) {
    if (value.held.index() != limit.held.index()) return false;
    const auto order = value <=> limit;
    if (order == 0) return with_equal;
    return op.starts_with("$g") ? order > 0 : order < 0;
  });
}

bool is_of_type(const Reached& values, const Value& type) {
  if (const auto* types = get<Array>(type)) {
    return std::ranges::any_of(*types, [&](const Value& each) { return is_of_type(values, each); });
  }
  const auto* name = get<std::string>(type);
  if (name == nullptr) fail("$type needs a type's name");
  return any_of(values, [&](const Value& value) {
    if (get<Decimal>(value) != nullptr) return *name == "number";
    return bson_type(value) == *name;
  });
}

bool meets_all(const Value& condition, const Reached& values, sql::Timestamp now);

bool has_element(const Reached& values, const Value& condition, sql::Timestamp now) {
  return std::ranges::any_of(values, [&](const Value* value) {
    const auto* array = value == nullptr ? nullptr : get<Array>(*value);
    return array != nullptr &&
           std::ranges::any_of(*array, [&](const Value& element) { return meets(condition, element, now); });
  });
}

bool holds(const Field& test, const Reached& values, sql::Timestamp now) {
  const auto& [op, operand] = test;
  if (op == "$eq") return is_equal(values, operand);
  if (op == "$ne") return !is_equal(values, operand);
  if (op == "$gt" || op == "$gte" || op == "$lt" || op == "$lte") return is_in_order(op, values, operand);
  if (op == "$in" || op == "$nin") {
    const auto& wanted = listed(operand, op);
    return std::ranges::any_of(wanted, [&](const Value& each) { return is_equal(values, each); }) == (op == "$in");
  }
  if (op == "$exists") {
    const bool exists = std::ranges::any_of(values, [](const Value* value) { return value != nullptr; });
    return exists == is_true(operand);
  }
  if (op == "$not") return !meets_all(operand, values, now);
  if (op == "$elemMatch") return has_element(values, operand, now);
  if (op == "$size") {
    return std::ranges::any_of(values, [&](const Value* value) {
      const auto* array = value == nullptr ? nullptr : get<Array>(*value);
      return array != nullptr && static_cast<std::int64_t>(array->size()) == whole(operand, op);
    });
  }
  if (op == "$all") {
    const auto& wanted = listed(operand, op);
    return !wanted.empty() && std::ranges::all_of(wanted, [&](const Value& each) { return is_equal(values, each); });
  }
  if (op == "$type") return is_of_type(values, operand);
  if (op == "$mod") {
    const auto& parts = listed(operand, op);
    if (parts.size() != 2 || whole(parts[0], op) == 0) fail("malformed mod, needs a divisor and a remainder");
    return any_of(values, [&](const Value& value) {
      const auto* number = get<Decimal>(value);
      return number != nullptr &&
             compare(remainder(number->trunc(0), Decimal(whole(parts[0], op))), Decimal(whole(parts[1], op))) == 0;
    });
  }
  fail("unknown operator: " + op);
}

bool meets_all(const Value& condition, const Reached& values, sql::Timestamp now) {
  if (!has_operators(condition)) return is_equal(values, condition);
  const auto& tests = *get<Object>(condition);
  return std::ranges::all_of(tests, [&](const Field& test) { return holds(test, values, now); });
}

bool holds_at_top(const Field& test, const Object& document, sql::Timestamp now) {
  const auto& [name, operand] = test;
  const auto each = [&](const Value& filter) { return matches(filter, document, now); };
  if (name == "$and") return std::ranges::all_of(listed(operand, name), each);
  if (name == "$or") return std::ranges::any_of(listed(operand, name), each);
  if (name == "$nor") return std::ranges::none_of(listed(operand, name), each);
  if (name == "$expr") return is_true(evaluate(operand, {&document, now, {}}));
  if (name == "$comment") return true;
  if (name.starts_with('$')) fail("unknown top level operator: " + name);
  return meets_all(operand, reached(document, split(name)), now);
}

// What a document has for a sort: of an array its least element, or its greatest where the order is descending.
Value sort_value(const Object& document, const Path& path, bool ascending) {
  std::optional<Value> best;
  const auto look_at = [&](const Value& value) {
    if (!best || (ascending ? value < *best : value > *best)) best = value;
  };
  for (const Value* value : reached(document, path)) {
    const auto* array = value == nullptr ? nullptr : get<Array>(*value);
    if (array != nullptr) {
      for (const auto& element : *array) look_at(element);
    } else {
      look_at(value == nullptr ? Value() : *value);
    }
  }
  return best.value_or(Value());
}

bool has_equality_on(const std::vector<Equality>& wanted, const Path& path) {
  return std::ranges::any_of(
      wanted, [&](const Equality& each) { return each.path == to_string(path) && get<Array>(each.value) == nullptr; });
}

}  // namespace

bool matches(const Value& filter, const Object& document, sql::Timestamp now) {
  if (is_null(filter)) return true;
  const auto* tests = get<Object>(filter);
  if (tests == nullptr) fail("the filter must be an object, not " + bson_type(filter));
  return std::ranges::all_of(*tests, [&](const Field& test) { return holds_at_top(test, document, now); });
}

bool meets(const Value& condition, const Value& value, sql::Timestamp now) {
  const auto* tests = get<Object>(condition);
  if (tests == nullptr) return value == condition;
  static constexpr std::string_view of_documents[] = {"$and", "$or", "$nor", "$expr"};
  const bool is_of_value =
      has_operators(condition) && std::ranges::find(of_documents, tests->front().name) == std::end(of_documents);
  if (is_of_value) return meets_all(condition, {&value}, now);
  const auto* document = get<Object>(value);
  return document != nullptr && matches(condition, *document, now);
}

std::vector<Equality> equalities(const Value& filter) {
  std::vector<Equality> found;
  const auto* tests = get<Object>(filter);
  if (tests == nullptr) return found;
  for (const auto& [name, operand] : *tests) {
    if (name == "$and" && get<Array>(operand) != nullptr) {
      for (const auto& each : *get<Array>(operand)) std::ranges::move(equalities(each), std::back_inserter(found));
    } else if (name.starts_with('$')) {
      continue;
    } else if (!has_operators(operand)) {
      found.push_back({name, operand});
    } else if (const Value* equal = find(operand, "$eq")) {
      found.push_back({name, *equal});
    }
  }
  return found;
}

bool has_only_equalities(const Value& filter) {
  const auto* tests = get<Object>(filter);
  return tests != nullptr && std::ranges::all_of(*tests, [](const Field& test) {
           const auto& [name, operand] = test;
           if (name == "$and" && get<Array>(operand) != nullptr) {
             return std::ranges::all_of(*get<Array>(operand), has_only_equalities);
           }
           const auto* operators = get<Object>(operand);
           const bool is_eq = operators != nullptr && operators->size() == 1 && operators->front().name == "$eq";
           return !name.starts_with('$') && (!has_operators(operand) || is_eq);
         });
}

bool is_of_one(const Collection& collection, const Value& filter) {
  const auto wanted = equalities(filter);
  if (has_equality_on(wanted, {"_id"})) return true;
  return std::ranges::any_of(collection.indexes, [&](const Index& index) {
    return index.unique && !index.sparse && is_null(index.partial) &&
           std::ranges::all_of(index.paths, [&](const Path& path) { return has_equality_on(wanted, path); });
  });
}

bool comes_before(const Object& a, const Object& b, const Value& sort) {
  const auto* fields = get<Object>(sort);
  if (fields == nullptr) return false;
  for (const auto& [name, direction] : *fields) {
    const bool ascending = direction > Value(0);
    const auto order = sort_value(a, split(name), ascending) <=> sort_value(b, split(name), ascending);
    if (order != 0) return ascending ? order < 0 : order > 0;
  }
  return false;
}

std::vector<const Documents::value_type*> sorted(std::vector<const Documents::value_type*> documents,
                                                 const Value& sort) {
  std::ranges::stable_sort(documents,
                           [&](const auto* a, const auto* b) { return comes_before(a->second, b->second, sort); });
  return documents;
}

}  // namespace gapless::store::document::mongo
