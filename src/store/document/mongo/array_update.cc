#include "store/document/mongo/array_update.h"

#include <algorithm>

#include "store/document/mongo/failure.h"
#include "store/document/mongo/filter.h"
#include "store/document/mongo/path.h"

namespace gapless::store::document::mongo {
namespace {

std::int64_t whole(const Value& value, const std::string& what) {
  const auto* number = get<Decimal>(value);
  if (number == nullptr || !number->to_int64()) fail("The value for " + what + " must be an integer value");
  return *number->to_int64();
}

Array added(const Value& operand) {
  const Value* each = find(operand, "$each");
  if (each == nullptr) return {operand};
  const auto* list = get<Array>(*each);
  if (list == nullptr) fail("The argument to $each must be an array but it was of type: " + bson_type(*each));
  return *list;
}

void order(Array& array, const Value& by) {
  if (const auto* direction = get<Decimal>(by)) {
    const bool ascending = compare(*direction, Decimal()) > 0;
    std::ranges::stable_sort(array, [&](const Value& a, const Value& b) { return ascending ? a < b : b < a; });
    return;
  }
  std::ranges::stable_sort(array, [&](const Value& a, const Value& b) {
    const auto* left = get<Object>(a);
    const auto* right = get<Object>(b);
    return left != nullptr && right != nullptr && comes_before(*left, *right, by);
  });
}

void slice(Array& array, std::int64_t kept) {
  const auto size = static_cast<std::int64_t>(array.size());
  if (kept >= 0 && kept < size) array.resize(static_cast<std::size_t>(kept));
  if (kept < 0 && -kept < size) array.erase(array.begin(), array.end() + kept);
}

// MongoDB inserts, then sorts, then slices.
void push(Array& array, const Value& operand) {
  const auto values = added(operand);
  auto place = array.end();
  if (find(operand, "$each") == nullptr) {
    array.insert(place, values.begin(), values.end());
    return;
  }
  if (const Value* position = find(operand, "$position")) {
    const auto size = static_cast<std::int64_t>(array.size());
    auto index = whole(*position, "$position");
    if (index < 0) index = std::max<std::int64_t>(0, size + index);
    place = array.begin() + std::min(index, size);
  }
  array.insert(place, values.begin(), values.end());
  if (const Value* by = find(operand, "$sort")) order(array, *by);
  if (const Value* kept = find(operand, "$slice")) slice(array, whole(*kept, "$slice"));
}

void add_to_set(Array& array, const Value& operand) {
  for (const auto& value : added(operand)) {
    if (std::ranges::find(array, value) == array.end()) array.push_back(value);
  }
}

void pop(Array& array, const Value& operand) {
  const auto end = whole(operand, "$pop");
  if (end != 1 && end != -1) fail("$pop expects 1 or -1, found: " + to_string(operand));
  if (array.empty()) return;
  if (end == 1) {
    array.pop_back();
  } else {
    array.erase(array.begin());
  }
}

void pull_all(Array& array, const Value& operand) {
  const auto* values = get<Array>(operand);
  if (values == nullptr) fail("$pullAll requires an array argument but was given a " + bson_type(operand));
  std::erase_if(array, [&](const Value& value) { return std::ranges::find(*values, value) != values->end(); });
}

}  // namespace

std::optional<Value> array_after(const ArrayModifier& modifier, const std::optional<Value>& before) {
  const auto& op = modifier.op;
  const bool adds = op == "$push" || op == "$addToSet";
  if (!before && !adds) return std::nullopt;
  const auto* held = before ? get<Array>(*before) : nullptr;
  if (before && held == nullptr) {
    if (!adds) fail("Cannot apply " + op + " to a non-array value");
    fail("The field '" + modifier.field + "' must be an array but is of type " + bson_type(*before) + " in document " +
         modifier.document);
  }
  Array array = held == nullptr ? Array{} : *held;
  if (op == "$push") {
    push(array, modifier.operand);
  } else if (op == "$addToSet") {
    add_to_set(array, modifier.operand);
  } else if (op == "$pull") {
    std::erase_if(array, [&](const Value& value) { return meets(modifier.operand, value, modifier.now); });
  } else if (op == "$pullAll") {
    pull_all(array, modifier.operand);
  } else if (op == "$pop") {
    pop(array, modifier.operand);
  } else {
    fail("Unknown modifier: " + op);
  }
  return array;
}

}  // namespace gapless::store::document::mongo
