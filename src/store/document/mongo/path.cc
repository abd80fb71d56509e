#include "store/document/mongo/path.h"

#include <algorithm>

#include "store/document/mongo/failure.h"

namespace gapless::store::document::mongo {
namespace {

constexpr std::size_t longest_array = 10'000;

void reach(const Value* value, const Path& path, std::size_t next, std::vector<const Value*>& found) {
  if (next == path.size()) {
    found.push_back(value);
  } else if (const auto* object = get<Object>(*value)) {
    const Value* field = find(*object, path[next]);
    if (field == nullptr) {
      found.push_back(nullptr);
    } else {
      reach(field, path, next + 1, found);
    }
  } else if (const auto* array = get<Array>(*value)) {
    const auto index = array_index(path[next]);
    if (index && *index < array->size()) reach(&(*array)[*index], path, next + 1, found);
    for (const auto& element : *array) {
      if (get<Object>(element) != nullptr) reach(&element, path, next, found);
    }
  } else {
    found.push_back(nullptr);
  }
}

[[noreturn]] void fail_to_create(const Path& path, std::size_t next, const Value& inside) {
  const std::string element = next == 0 ? "" : path[next - 1];
  fail("Cannot create field '" + path[next] + "' in element {" + element + ": " + to_string(inside) + "}");
}

void change_in(Value& container, const Path& path, std::size_t next, const Change& change);

void change_in_object(Object& object, const Path& path, std::size_t next, const Change& change) {
  Value* slot = find(object, path[next]);
  if (next + 1 == path.size()) {
    auto after = change(slot == nullptr ? std::nullopt : std::optional(*slot));
    if (after) {
      set(object, path[next], std::move(*after));
    } else {
      document::erase(object, path[next]);
    }
    return;
  }
  if (slot == nullptr) {
    if (!change(std::nullopt)) return;
    object.push_back({path[next], Object{}});
    slot = &object.back().value;
  }
  change_in(*slot, path, next + 1, change);
}

// An element that is taken away leaves null.
void change_in_array(Value& container, const Path& path, std::size_t next, const Change& change) {
  auto& array = std::get<Array>(container.held);
  const auto index = array_index(path[next]);
  if (!index || *index >= array.size()) {
    if (!change(std::nullopt)) return;
    if (!index) fail_to_create(path, next, container);
    if (*index > longest_array) fail("can't backfill more than 1500000 elements");
    array.resize(*index + 1);
    if (next + 1 < path.size()) array.back() = Object{};
  }
  auto& element = array[*index];
  if (next + 1 < path.size()) return change_in(element, path, next + 1, change);
  const bool was_there = !is_null(element);
  element = change(was_there ? std::optional(element) : std::nullopt).value_or(Null{});
}

void change_in(Value& container, const Path& path, std::size_t next, const Change& change) {
  if (auto* object = std::get_if<Object>(&container.held)) return change_in_object(*object, path, next, change);
  if (get<Array>(container) != nullptr) return change_in_array(container, path, next, change);
  if (change(std::nullopt)) fail_to_create(path, next, container);
}

}  // namespace

Path split(std::string_view dotted) {
  Path path;
  while (true) {
    const auto dot = dotted.find('.');
    path.emplace_back(dotted.substr(0, dot));
    if (dot == std::string_view::npos) return path;
    dotted.remove_prefix(dot + 1);
  }
}

std::optional<std::size_t> array_index(std::string_view name) {
  const bool is_number =
      !name.empty() && name.size() < 10 && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return std::nullopt;
  std::size_t index = 0;
  for (const char c : name) index = index * 10 + static_cast<std::size_t>(c - '0');
  return index;
}

std::vector<const Value*> reached(const Object& document, const Path& path) {
  std::vector<const Value*> found;
  const Value* field = find(document, path.front());
  if (field == nullptr) return {nullptr};
  reach(field, path, 1, found);
  return found;
}

void change(Object& document, const Path& path, const Change& change) { change_in_object(document, path, 0, change); }

std::string bson_type(const Value& value) {
  if (const auto* number = get<Decimal>(value)) return compare(number->trunc(0), *number) == 0 ? "int" : "double";
  if (get<std::string>(value) != nullptr) return "string";
  if (get<bool>(value) != nullptr) return "bool";
  return type_name(value);
}

bool has_operators(const Value& value) {
  const auto* object = get<Object>(value);
  return object != nullptr && !object->empty() && object->front().name.starts_with('$');
}

}  // namespace gapless::store::document::mongo
