#include "store/document/mongo/project.h"

#include <algorithm>

#include "store/document/mongo/expression.h"
#include "store/document/mongo/failure.h"
#include "store/document/mongo/path.h"

namespace gapless::store::document::mongo {
namespace {

void add_leaves(const Value& specification, const Path& prefix, std::vector<std::pair<Path, Value>>& found) {
  const auto* object = get<Object>(specification);
  if (object == nullptr || object->empty() || has_operators(specification)) {
    found.emplace_back(prefix, specification);
    return;
  }
  for (const auto& [name, value] : *object) {
    Path path = prefix;
    std::ranges::move(split(name), std::back_inserter(path));
    add_leaves(value, path, found);
  }
}

// What of each path is left behind the field `name`; an empty one means the field itself.
std::vector<Path> behind(const std::vector<Path>& paths, const std::string& name) {
  std::vector<Path> rest;
  for (const auto& path : paths) {
    if (path.front() == name) rest.emplace_back(path.begin() + 1, path.end());
  }
  return rest;
}

bool is_whole(const std::vector<Path>& rest) {
  return std::ranges::any_of(rest, [](const Path& path) { return path.empty(); });
}

Object kept(const Object& document, const std::vector<Path>& paths);
Object without(const Object& document, const std::vector<Path>& paths);

std::optional<Value> kept(const Value& value, const std::vector<Path>& paths) {
  if (const auto* object = get<Object>(value)) return kept(*object, paths);
  const auto* array = get<Array>(value);
  if (array == nullptr) return std::nullopt;
  Array result;
  for (const auto& element : *array) {
    if (auto each = kept(element, paths)) result.push_back(std::move(*each));
  }
  return result;
}

Object kept(const Object& document, const std::vector<Path>& paths) {
  Object result;
  for (const auto& [name, value] : document) {
    const auto rest = behind(paths, name);
    if (rest.empty()) continue;
    auto part = is_whole(rest) ? std::optional(value) : kept(value, rest);
    if (part) result.push_back({name, std::move(*part)});
  }
  return result;
}

Value without(const Value& value, const std::vector<Path>& paths) {
  if (const auto* object = get<Object>(value)) return without(*object, paths);
  const auto* array = get<Array>(value);
  if (array == nullptr) return value;
  Array result;
  for (const auto& element : *array) result.push_back(without(element, paths));
  return result;
}

Object without(const Object& document, const std::vector<Path>& paths) {
  Object result;
  for (const auto& [name, value] : document) {
    const auto rest = behind(paths, name);
    if (!is_whole(rest)) result.push_back({name, rest.empty() ? value : without(value, rest)});
  }
  return result;
}

// All expressions are evaluated on `source`, whatever has been added to `target`.
Object with_fields(Object target, const Object& source, const std::vector<std::pair<Path, Value>>& fields,
                   sql::Timestamp now) {
  for (const auto& [path, expression] : fields) {
    auto value = evaluate(expression, {&source, now, {}});
    change(target, path, [&](const auto&) { return value; });
  }
  return target;
}

}  // namespace

std::vector<std::pair<Path, Value>> leaves(const Value& specification) {
  std::vector<std::pair<Path, Value>> found;
  const auto* object = get<Object>(specification);
  if (object == nullptr) fail("a projection must be an object, not " + bson_type(specification));
  if (!object->empty()) add_leaves(specification, {}, found);
  return found;
}

Projection read_projection(const Value& specification) {
  Projection projection;
  bool includes = false;
  for (auto& [path, value] : leaves(specification)) {
    const bool is_flag = get<bool>(value) != nullptr || get<Decimal>(value) != nullptr;
    if (is_flag && path == Path{"_id"}) {
      projection.with_id = is_true(value);
      continue;
    }
    if (is_flag) {
      (is_true(value) ? includes : projection.excludes) = true;
      projection.paths.push_back(path);
    } else {
      includes = true;
      projection.computed.emplace_back(path, value);
    }
  }
  if (includes && projection.excludes) fail("Cannot do exclusion on a field in inclusion projection");
  const bool names_nothing = !includes && !projection.excludes;
  const auto* fields = get<Object>(specification);
  if (names_nothing) projection.excludes = fields->empty() || !projection.with_id;  // {}, {_id: 0}; {_id: 1} keeps _id
  return projection;
}

Object projected(const Object& document, const Projection& projection, sql::Timestamp now) {
  auto paths = projection.paths;
  if (projection.with_id != projection.excludes) paths.push_back({"_id"});
  if (projection.excludes) return without(document, paths);
  return with_fields(kept(document, paths), document, projection.computed, now);
}

Object with_fields(const Object& document, const std::vector<std::pair<Path, Value>>& fields, sql::Timestamp now) {
  return with_fields(document, document, fields, now);
}

}  // namespace gapless::store::document::mongo
