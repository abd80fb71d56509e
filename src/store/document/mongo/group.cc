// $group: the documents of each group go through its accumulators one by one.
#include <algorithm>
#include <map>

#include "store/document/mongo/expression.h"
#include "store/document/mongo/failure.h"
#include "store/document/mongo/pipeline.h"

namespace gapless::store::document::mongo {
namespace {

struct Accumulator {
  std::string op;
  Value expression;
};

Accumulator read(const Field& field) {
  const auto* object = get<Object>(field.value);
  if (object == nullptr || object->size() != 1) fail("The field '" + field.name + "' must be an accumulator object");
  return {object->front().name, object->front().value};
}

Decimal sum(const std::vector<Maybe>& values, std::int64_t& numbers) {
  Decimal total;
  for (const auto& value : values) {
    const auto* number = value ? get<Decimal>(*value) : nullptr;
    if (number == nullptr) continue;
    total = total + *number;
    ++numbers;
  }
  return total;
}

Value least(const std::vector<Maybe>& values, bool greatest) {
  Maybe best;
  for (const auto& value : values) {
    if (!value || is_null(*value)) continue;
    if (!best || (greatest ? *value > *best : *value < *best)) best = value;
  }
  return best.value_or(Null{});
}

// $addToSet promises no order; ours is ascending.
Array listed(const std::vector<Maybe>& values, bool each_once) {
  Array array;
  for (const auto& value : values) {
    if (value) array.push_back(*value);
  }
  if (each_once) {
    std::ranges::sort(array);
    const auto rest = std::ranges::unique(array);
    array.erase(rest.begin(), rest.end());
  }
  return array;
}

Value accumulated(const std::string& op, const std::vector<Maybe>& values) {
  std::int64_t numbers = 0;
  if (op == "$sum") return sum(values, numbers);
  if (op == "$avg") {
    const auto total = sum(values, numbers);
    return numbers == 0 ? Value() : Value(divide(total, Decimal(numbers)));
  }
  if (op == "$count") return static_cast<std::int64_t>(values.size());
  if (op == "$min" || op == "$max") return least(values, op == "$max");
  if (op == "$first") return values.front().value_or(Null{});
  if (op == "$last") return values.back().value_or(Null{});
  if (op == "$push" || op == "$addToSet") return listed(values, op == "$addToSet");
  fail("unknown group operator '" + op + "'");
}

}  // namespace

std::vector<Object> grouped(const std::vector<Object>& documents, const Value& specification, sql::Timestamp now) {
  const auto* fields = get<Object>(specification);
  const Value* id = fields == nullptr ? nullptr : find(*fields, "_id");
  if (id == nullptr) fail("a group specification must include an _id");
  std::map<Value, std::vector<const Object*>> groups;
  for (const auto& document : documents) {
    groups[evaluate(*id, {&document, now, {}}).value_or(Null{})].push_back(&document);
  }
  std::vector<Object> results;
  for (const auto& [key, members] : groups) {
    Object result = {{"_id", key}};
    for (const auto& field : *fields) {
      if (field.name == "_id") continue;
      const auto [op, expression] = read(field);
      std::vector<Maybe> values;
      for (const auto* member : members) values.push_back(evaluate(expression, {member, now, {}}));
      set(result, field.name, accumulated(op, values));
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<std::string> accumulator_names() {
  return {"$sum", "$avg", "$min", "$max", "$first", "$last", "$push", "$addToSet", "$count"};
}

}  // namespace gapless::store::document::mongo
