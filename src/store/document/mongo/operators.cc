// Each operator is a function of its arguments; what is missing stays so until the operator decides.
#include "store/document/mongo/operators.h"

#include <algorithm>
#include <map>

#include "store/document/mongo/failure.h"
#include "store/document/mongo/path.h"

namespace gapless::store::document::mongo {
namespace {

std::string type_of(const Maybe& value) { return value ? bson_type(*value) : "missing"; }

std::strong_ordering order(const Maybe& a, const Maybe& b) {
  if (!a || !b) return a.has_value() <=> b.has_value();
  return *a <=> *b;
}

Decimal number(const std::string& op, const Maybe& value) {
  const auto* held = value ? get<Decimal>(*value) : nullptr;
  if (held == nullptr) fail(op + " only supports numeric types, not " + type_of(value));
  return *held;
}

// ------------------------------------------------------------------------------------------------------ arithmetic

Maybe fold(const std::string& op, const Arguments& arguments) {
  Decimal result(op == "$add" ? 0 : 1);
  std::optional<sql::Timestamp> instant;
  for (const auto& each : arguments) {
    if (is_nothing(each)) return Null{};
    if (const auto* date = get<sql::Timestamp>(*each); date != nullptr && op == "$add" && !instant) {
      instant = *date;
      continue;
    }
    const auto* held = get<Decimal>(*each);
    if (held == nullptr) {
      fail(op + " only supports numeric" + (op == "$add" ? " or date types" : " types") + ", not " + bson_type(*each));
    }
    result = op == "$add" ? result + *held : result * *held;
  }
  if (!instant) return result;
  const auto milliseconds = result.to_int64();
  if (!milliseconds) fail("date overflow in $add");
  return sql::Timestamp{instant->microseconds + *milliseconds * 1000};
}

Maybe subtract(const Arguments& arguments) {
  const auto& [left, right] = std::pair(arguments[0], arguments[1]);
  if (is_nothing(left) || is_nothing(right)) return Null{};
  const auto* from = get<sql::Timestamp>(*left);
  const auto* until = get<sql::Timestamp>(*right);
  if (from != nullptr && until != nullptr) {
    return Decimal((from->microseconds - until->microseconds) / 1000);
  }
  const auto* a = get<Decimal>(*left);
  const auto* b = get<Decimal>(*right);
  if (from != nullptr && b != nullptr && b->to_int64()) {
    return sql::Timestamp{from->microseconds - *b->to_int64() * 1000};
  }
  if (a == nullptr || b == nullptr) fail("can't $subtract " + bson_type(*right) + " from " + bson_type(*left));
  return *a - *b;
}

Maybe quotient(const std::string& op, const Arguments& arguments) {
  if (is_nothing(arguments[0]) || is_nothing(arguments[1])) return Null{};
  const Decimal a = number(op, arguments[0]);
  const Decimal b = number(op, arguments[1]);
  if (b.is_zero()) fail("can't " + op + " by zero");
  return op == "$divide" ? divide(a, b) : remainder(a, b);
}

Maybe rounded(const std::string& op, const Arguments& arguments) {
  if (arguments.empty()) fail("Expression " + op + " takes at least 1 argument");
  if (is_nothing(arguments[0])) return Null{};
  const Decimal value = number(op, arguments[0]);
  if (op == "$abs") return compare(value, Decimal()) < 0 ? -value : value;
  if (op == "$floor") return value.floor();
  if (op == "$ceil") return value.ceil();
  const auto scale = arguments.size() > 1 ? number(op, arguments[1]).to_int64() : 0;
  if (!scale || *scale < -20 || *scale > 100) fail("cannot apply " + op + " with precision out of range [-20, 100]");
  return op == "$round" ? value.round(static_cast<int>(*scale)) : value.trunc(static_cast<int>(*scale));
}

// $sum, $avg, $min, $max of several arguments, or of the elements of one array; what is no number does not count.
Maybe accumulated(const std::string& op, const Arguments& arguments) {
  Arguments values = arguments;
  if (values.size() == 1 && values[0] && get<Array>(*values[0]) != nullptr) {
    const Array elements = *get<Array>(*values[0]);
    values.assign(elements.begin(), elements.end());
  }
  if (op == "$min" || op == "$max") {
    Maybe best;
    for (const auto& each : values) {
      if (is_nothing(each)) continue;
      if (!best || (op == "$min" ? *each < *best : *each > *best)) best = each;
    }
    return best ? best : Maybe(Null{});
  }
  Decimal sum;
  std::int64_t count = 0;
  for (const auto& each : values) {
    const auto* held = each ? get<Decimal>(*each) : nullptr;
    if (held == nullptr) continue;
    sum = sum + *held;
    ++count;
  }
  if (op == "$sum") return sum;
  if (count == 0) return Null{};
  return divide(sum, Decimal(count));
}

// ------------------------------------------------------------------------------------------------ arrays and texts

Maybe element_at(const std::string& op, const Maybe& list, std::int64_t index) {
  if (is_nothing(list)) return Null{};
  const auto& elements = array_argument(op, list);
  const auto size = static_cast<std::int64_t>(elements.size());
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  return elements[static_cast<std::size_t>(index)];
}

Maybe concatenated(const Arguments& arguments) {
  std::string text;
  for (const auto& each : arguments) {
    if (is_nothing(each)) return Null{};
    const auto* held = get<std::string>(*each);
    if (held == nullptr) fail("$concat only supports strings, not " + bson_type(*each));
    text += *held;
  }
  return text;
}

Maybe joined(const std::string& op, const Arguments& arguments) {
  Array all;
  for (const auto& each : arguments) {
    if (is_nothing(each)) return Null{};
    std::ranges::copy(array_argument(op, each), std::back_inserter(all));
  }
  if (op == "$setUnion") {
    std::ranges::sort(all);
    const auto rest = std::ranges::unique(all);
    all.erase(rest.begin(), rest.end());
  }
  return all;
}

Maybe merged(const Arguments& arguments) {
  Object all;
  for (const auto& each : arguments) {
    if (is_nothing(each)) continue;
    const auto* object = get<Object>(*each);
    if (object == nullptr) fail("$mergeObjects requires object inputs, but input is of type " + bson_type(*each));
    for (const auto& [name, value] : *object) set(all, name, value);
  }
  return all;
}

Maybe as_text(const Maybe& value) {
  if (is_nothing(value)) return Null{};
  if (const auto* text = get<std::string>(*value)) return *text;
  return to_string(*value);
}

// --------------------------------------------------------------------------------------------- the table of them all

struct Operator {
  std::size_t arguments;  // 0: any number
  Maybe (*run)(const std::string& op, const Arguments& arguments);
};

const std::map<std::string, Operator>& operators() {
  using A = const Arguments&;
  using N = const std::string&;
  static const std::map<std::string, Operator> all = {
      {"$add", {0, fold}},
      {"$multiply", {0, fold}},
      {"$subtract", {2, [](N, A a) { return subtract(a); }}},
      {"$divide", {2, quotient}},
      {"$mod", {2, quotient}},
      {"$abs", {1, rounded}},
      {"$floor", {1, rounded}},
      {"$ceil", {1, rounded}},
      {"$round", {0, rounded}},
      {"$trunc", {0, rounded}},
      {"$sum", {0, accumulated}},
      {"$avg", {0, accumulated}},
      {"$min", {0, accumulated}},
      {"$max", {0, accumulated}},
      {"$eq", {2, [](N, A a) -> Maybe { return order(a[0], a[1]) == 0; }}},
      {"$ne", {2, [](N, A a) -> Maybe { return order(a[0], a[1]) != 0; }}},
      {"$gt", {2, [](N, A a) -> Maybe { return order(a[0], a[1]) > 0; }}},
      {"$gte", {2, [](N, A a) -> Maybe { return order(a[0], a[1]) >= 0; }}},
      {"$lt", {2, [](N, A a) -> Maybe { return order(a[0], a[1]) < 0; }}},
      {"$lte", {2, [](N, A a) -> Maybe { return order(a[0], a[1]) <= 0; }}},
      {"$cmp",
       {2,
        [](N, A a) -> Maybe {
          const auto result = order(a[0], a[1]);
          return Decimal(result < 0 ? -1 : result > 0 ? 1 : 0);
        }}},
      {"$not", {1, [](N, A a) -> Maybe { return !is_true(a[0]); }}},
      {"$in",
       {2,
        [](N op, A a) -> Maybe {
          const auto& list = array_argument(op, a[1]);
          return a[0] && std::ranges::find(list, *a[0]) != list.end();
        }}},
      {"$size", {1, [](N op, A a) -> Maybe { return static_cast<std::int64_t>(array_argument(op, a[0]).size()); }}},
      {"$isArray", {1, [](N, A a) -> Maybe { return a[0] && get<Array>(*a[0]) != nullptr; }}},
      {"$arrayElemAt",
       {2, [](N op, A a) -> Maybe { return element_at(op, a[0], number(op, a[1]).to_int64().value_or(0)); }}},
      {"$first", {1, [](N op, A a) -> Maybe { return element_at(op, a[0], 0); }}},
      {"$last", {1, [](N op, A a) -> Maybe { return element_at(op, a[0], -1); }}},
      {"$concat", {0, [](N, A a) { return concatenated(a); }}},
      {"$concatArrays", {0, joined}},
      {"$setUnion", {0, joined}},
      {"$mergeObjects", {0, [](N, A a) { return merged(a); }}},
      {"$type", {1, [](N, A a) -> Maybe { return type_of(a[0]); }}},
      {"$toString", {1, [](N, A a) { return as_text(a[0]); }}},
  };
  return all;
}

void require(const std::string& op, const Arguments& arguments, std::size_t count) {
  if (arguments.size() == count) return;
  fail("Expression " + op + " takes exactly " + std::to_string(count) + " arguments. " +
       std::to_string(arguments.size()) + " were passed in.");
}

}  // namespace

bool is_nothing(const Maybe& value) { return !value || is_null(*value); }

const Array& array_argument(const std::string& op, const Maybe& value) {
  const auto* held = value ? get<Array>(*value) : nullptr;
  if (held == nullptr) fail("The argument to " + op + " must be an array, but was of type: " + type_of(value));
  return *held;
}

bool is_operator(const std::string& name) { return operators().contains(name); }

Maybe operate(const std::string& op, const Arguments& arguments) {
  const auto& [count, run] = operators().at(op);
  if (count > 0) require(op, arguments, count);
  return run(op, arguments);
}

std::vector<std::string> operator_names() {
  std::vector<std::string> names;
  for (const auto& [name, each] : operators()) names.push_back(name);
  return names;
}

}  // namespace gapless::store::document::mongo
