// Conditions: what is not there makes a comparison false, but for <>, as does another type (developer guide,
// "Condition and filter expressions, operators, and functions").
#include "store/document/dynamo/evaluate.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "store/document/dynamo/tokens.h"

namespace gapless::store::document::dynamo {
namespace {

using Kind = Expression::Kind;

const Value* step_into(const Value& value, const PathStep& step) {
  if (const auto* name = std::get_if<std::string>(&step)) return document::find(value, *name);
  const auto* array = get<Array>(value);
  const std::size_t index = std::get<std::size_t>(step);
  return array != nullptr && index < array->size() ? &(*array)[index] : nullptr;
}

Decimal whole(std::size_t count) { return Decimal(static_cast<std::int64_t>(count)); }

// Of a text in characters.
std::optional<Value> size_of(const Value& value) {
  if (const auto* text = get<std::string>(value)) {
    const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return whole(static_cast<std::size_t>(std::ranges::count_if(*text, starts)));
  }
  if (const auto* array = get<Array>(value)) return whole(array->size());
  if (const auto* object = get<Object>(value)) return whole(object->size());
  if (const auto* set = get<Set>(value)) return whole(set->members.size());
  return std::nullopt;
}

std::optional<Value> evaluated(const Expression& operand, const Object& item) {
  switch (operand.kind) {
    case Kind::value:
      return canonical(operand.value);
    case Kind::path: {
      const Value* found = at(item, operand.path);
      return found == nullptr ? std::nullopt : std::optional<Value>(*found);
    }
    case Kind::call: {
      check(operand.word == "size", "size is the only function in a condition that is a value");
      const auto inner = evaluated(operand.arguments.at(0), item);
      return inner ? size_of(*inner) : std::nullopt;
    }
    case Kind::list: {
      Array list;
      for (const auto& each : operand.arguments) {
        auto element = evaluated(each, item);
        if (!element) return std::nullopt;
        list.push_back(std::move(*element));
      }
      return list;
    }
    default:
      check(false, "an operand is a value, a path, a list or a function");
      return std::nullopt;
  }
}

bool is_ordered(const Value& a, const Value& b) {
  const std::string type = type_letters(a);
  return type == type_letters(b) && (type == "N" || type == "S");
}

bool compares(const std::string& sign, const std::optional<Value>& a, const std::optional<Value>& b) {
  const bool equal = a && b && *a == *b;
  if (sign == "=") return equal;
  if (sign == "<>") return !equal;
  if (!a || !b || !is_ordered(*a, *b)) return false;
  const auto order = *a <=> *b;
  if (sign == "<") return order < 0;
  if (sign == "<=") return order <= 0;
  return sign == ">" ? order > 0 : order >= 0;
}

bool contains(const Value& all, const Value& one) {
  const auto* text = get<std::string>(all);
  const auto* part = get<std::string>(one);
  if (text != nullptr) return part != nullptr && text->find(*part) != std::string::npos;
  const auto* array = get<Array>(all);
  const auto* set = get<Set>(all);
  if (array == nullptr && set == nullptr) return false;
  return std::ranges::any_of(array != nullptr ? *array : set->members, [&](const Value& each) { return each == one; });
}

bool call_holds(const Expression& call, const Object& item) {
  const auto first = evaluated(call.arguments.at(0), item);
  if (call.word == "attribute_exists") return first.has_value();
  if (call.word == "attribute_not_exists" || call.word == "is missing") return !first;
  if (call.word == "is null") return first && is_null(*first);
  const auto second = evaluated(call.arguments.at(1), item);
  if (!first || !second) return false;
  if (call.word == "contains") return contains(*first, *second);
  const auto* text = get<std::string>(*second);
  if (call.word == "attribute_type") return text != nullptr && type_letters(*first) == *text;
  check(call.word == "begins_with", "the parser knows the functions");
  const auto* whole_text = get<std::string>(*first);
  return whole_text != nullptr && text != nullptr && whole_text->starts_with(*text);
}

// ---------------------------------------------------------------------------------------------------------- updates

constexpr const char* no_attribute = "The provided expression refers to an attribute that does not exist in the item";
constexpr const char* wrong_type = "An operand in the update expression has an incorrect data type";
constexpr const char* wrong_path = "The document path provided in the update expression is invalid for update";

template <typename Held>
Held held_as(const Value& value) {
  const auto* held = get<Held>(value);
  if (held == nullptr) throw Refusal(wrong_type);
  return *held;
}

Set united(const Set& a, const Set& b) {
  const bool same = type_letters(a) == type_letters(b);
  if (!same) throw Refusal(wrong_type);
  Set result = a;
  for (const auto& each : b.members) {
    if (!contains(result, each)) result.members.push_back(each);
  }
  return result;
}

Set without(const Set& a, const Set& b) {
  if (type_letters(a) != type_letters(b)) throw Refusal(wrong_type);
  Set result = a;
  std::erase_if(result.members, [&](const Value& each) { return contains(b, each); });
  return result;
}

Value new_value(const Expression& operand, const Object& item) {
  if (operand.kind == Kind::sum) {
    const auto left = held_as<Decimal>(new_value(operand.arguments.at(0), item));
    const auto right = held_as<Decimal>(new_value(operand.arguments.at(1), item));
    return operand.word == "+" ? left + right : left - right;
  }
  if (operand.kind == Kind::call) {
    const Expression& first = operand.arguments.at(0);
    const Expression& second = operand.arguments.at(1);
    if (operand.word == "if_not_exists") {
      const Value* found = at(item, first.path);
      return found != nullptr ? *found : new_value(second, item);
    }
    const Value left = new_value(first, item);
    const Value right = new_value(second, item);
    if (operand.word == "set_add") return united(held_as<Set>(left), held_as<Set>(right));
    if (operand.word == "set_delete") return without(held_as<Set>(left), held_as<Set>(right));
    check(operand.word == "list_append", "the parser knows the functions");
    Array list = held_as<Array>(left);
    for (const auto& each : held_as<Array>(right)) list.push_back(each);
    return list;
  }
  auto value = evaluated(operand, item);
  if (!value) throw Refusal(no_attribute);
  return std::move(*value);
}

// What holds the last step of a path: a map or a list.
Value* parent_of(Value& root, const DocumentPath& path) {
  const Value* value = &root;
  for (std::size_t i = 0; i + 1 < path.size() && value != nullptr; ++i) value = step_into(*value, path[i]);
  const bool by_name = std::holds_alternative<std::string>(path.back());
  const bool fits = value != nullptr && (by_name ? get<Object>(*value) != nullptr : get<Array>(*value) != nullptr);
  if (!fits) throw Refusal(wrong_path);
  return const_cast<Value*>(value);  // NOLINT: it is in `root`
}

void put_at(Value& root, const DocumentPath& path, Value value) {
  Value* parent = parent_of(root, path);
  if (const auto* name = std::get_if<std::string>(&path.back())) {
    set(std::get<Object>(parent->held), *name, std::move(value));
    return;
  }
  Array& list = std::get<Array>(parent->held);
  const std::size_t index = std::get<std::size_t>(path.back());
  if (index < list.size()) {
    list[index] = std::move(value);
  } else {
    list.push_back(std::move(value));
  }
}

void remove_at(Value& root, const DocumentPath& path) {
  Value* parent = parent_of(root, path);
  if (const auto* name = std::get_if<std::string>(&path.back())) {
    document::erase(std::get<Object>(parent->held), *name);
    return;
  }
  Array& list = std::get<Array>(parent->held);
  const std::size_t index = std::get<std::size_t>(path.back());
  if (index < list.size()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
}

// What ADD and DELETE leave there; none: the attribute is gone.
std::optional<Value> added(const Value* old, const Value& more) {
  if (old == nullptr) return more;
  if (const auto* number = get<Decimal>(more)) return held_as<Decimal>(*old) + *number;
  return united(held_as<Set>(*old), held_as<Set>(more));
}

std::optional<Value> erased(const Value& old, const Value& members) {
  Set rest = without(held_as<Set>(old), held_as<Set>(members));
  if (rest.members.empty()) return std::nullopt;
  return rest;
}

// ------------------------------------------------------------------------------------------------------- projections

using Rest = std::vector<PathStep>;

Value only(const Value& value, const std::vector<Rest>& paths) {
  if (std::ranges::any_of(paths, &Rest::empty)) return value;
  std::map<PathStep, std::vector<Rest>> by_step;
  for (const auto& path : paths) by_step[path.front()].emplace_back(path.begin() + 1, path.end());
  Object object;
  Array array;
  for (const auto& [step, rests] : by_step) {
    const Value* found = step_into(value, step);
    if (found == nullptr) continue;
    // Of what lies deeper nothing may be there.
    const bool reaches = std::ranges::any_of(rests, [&](const Rest& rest) {
      const Value* deeper = found;
      for (const auto& each : rest) deeper = deeper == nullptr ? nullptr : step_into(*deeper, each);
      return deeper != nullptr;
    });
    if (!reaches) continue;
    if (const auto* name = std::get_if<std::string>(&step)) {
      object.push_back({*name, only(*found, rests)});
    } else {
      array.push_back(only(*found, rests));
    }
  }
  return get<Array>(value) != nullptr ? Value(std::move(array)) : Value(std::move(object));
}

}  // namespace

const Value* at(const Object& item, const DocumentPath& path) {
  const Value* value = document::find(item, head_of(path));
  for (std::size_t i = 1; i < path.size() && value != nullptr; ++i) value = step_into(*value, path[i]);
  return value;
}

bool holds(const Expression& condition, const Object& item) {
  const auto each = [&](std::size_t i) { return holds(condition.arguments.at(i), item); };
  const auto operand = [&](std::size_t i) { return evaluated(condition.arguments.at(i), item); };
  switch (condition.kind) {
    case Kind::both:
      return each(0) && each(1);
    case Kind::either:
      return each(0) || each(1);
    case Kind::negation:
      return !each(0);
    case Kind::compare:
      return compares(condition.word, operand(0), operand(1));
    case Kind::between:
      return compares(">=", operand(0), operand(1)) && compares("<=", operand(0), operand(2));
    case Kind::in: {
      for (std::size_t i = 1; i < condition.arguments.size(); ++i) {
        if (compares("=", operand(0), operand(i))) return true;
      }
      return false;
    }
    case Kind::call:
      return call_holds(condition, item);
    default:
      check(false, "the parser lets only conditions stand here");
      return false;
  }
}

Object changed(const Object& item, const std::vector<Change>& changes) {
  Value result = item;
  std::vector<DocumentPath> removed;
  std::vector<std::pair<DocumentPath, Value>> put;
  for (const auto& change : changes) {
    const Value* old = at(item, change.path);
    std::optional<Value> value;
    if (change.kind == Change::Kind::set) {
      value = new_value(change.value, item);
    } else if (change.kind == Change::Kind::add) {
      value = added(old, canonical(change.value.value));
    } else if (change.kind == Change::Kind::erase) {
      if (old == nullptr) continue;
      value = erased(*old, canonical(change.value.value));
    }
    if (value) {
      put.emplace_back(change.path, std::move(*value));
    } else {
      removed.push_back(change.path);
    }
  }
  std::ranges::stable_sort(put, {}, [](const auto& each) { return each.first; });  // as elements behind the end are put
  for (auto& [path, value] : put) put_at(result, path, std::move(value));
  std::ranges::sort(removed, std::greater<>());  // indexes count in the old list: the last goes first
  for (const auto& path : removed) remove_at(result, path);
  return std::get<Object>(canonical(result).held);
}

Object projected(const Object& item, const std::vector<DocumentPath>& paths) {
  return std::get<Object>(only(item, std::vector<Rest>(paths.begin(), paths.end())).held);
}

}  // namespace gapless::store::document::dynamo
