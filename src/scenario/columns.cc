#include "scenario/columns.h"

#include "scenario/name.h"

#include <algorithm>
#include <map>
#include <utility>

namespace gapless::scenario {
namespace {

namespace document = store::document;
using document::Path;
using document::Value;

std::string joined(const Path& path) {
  std::string name;
  for (const auto& each : path) name += (name.empty() ? "" : "_") + each;
  return name;
}

bool begins_with(const Path& path, const Path& with) {
  return path.size() > with.size() && std::equal(with.begin(), with.end(), path.begin());
}

sql::Type type_of(const Value& value) {
  if (document::get<bool>(value) != nullptr) return sql::Type::boolean;
  if (document::get<Decimal>(value) != nullptr) return sql::Type::numeric;
  if (document::get<std::string>(value) != nullptr) return sql::Type::text;
  if (document::get<sql::Timestamp>(value) != nullptr) return sql::Type::timestamp;
  return sql::Type::unknown;
}

}  // namespace

Columns::Field& Columns::field_at(std::vector<Field>& fields, const Path& path, Offset at) {
  const auto found = std::ranges::find(fields, path, &Field::path);
  if (found != fields.end()) return *found;
  fields.push_back({path, sql::Type::unknown, false, false, at, {}});
  return fields.back();
}

void Columns::mention(const Path& path, const Value& value, Offset at) {
  for (std::size_t length = 1; length < path.size(); ++length) {
    const Path prefix(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(length));
    if (!arrays_.contains(prefix)) continue;
    auto& field = field_at(fields_, prefix, at);
    field.is_array = true;
    add(field.elements, Path(path.begin() + static_cast<std::ptrdiff_t>(length), path.end()), value, at);
    return;
  }
  const bool elementwise = arrays_.contains(path) && document::get<document::Array>(value) == nullptr &&
                           document::get<document::Set>(value) == nullptr &&
                           document::get<document::Object>(value) == nullptr;
  if (elementwise) {  // {tags: "a"} finds it among the elements
    auto& field = field_at(fields_, path, at);
    field.is_array = true;
    if (type_of(value) != sql::Type::unknown) add(field.elements, {}, value, at);
    return;
  }
  add(fields_, path, value, at);
}

void Columns::add(std::vector<Field>& fields, const Path& path, const Value& value, Offset at) {
  if (const auto* object = document::get<document::Object>(value)) {
    if (object->empty() && !path.empty()) field_at(fields, path, at).is_object = true;
    for (const auto& [name, each] : *object) {
      Path inner = path;
      inner.push_back(name);
      add(fields, inner, each, at);
    }
    return;
  }
  auto& field = field_at(fields, path, at);
  const auto* array = document::get<document::Array>(value);
  const auto* set = document::get<document::Set>(value);
  if (array != nullptr || set != nullptr) {
    field.is_array = true;
    for (const auto& each : array != nullptr ? *array : set->members) add(field.elements, {}, each, at);
    return;
  }
  const sql::Type type = type_of(value);
  if (type == sql::Type::unknown) return;
  field.type = field.type == sql::Type::unknown || field.type == type ? type : sql::Type::text;
}

std::vector<document::Column> Columns::columns_of(const SourceText& source, const std::vector<Field>& fields,
                                                  const std::string& of) {
  std::vector<document::Column> columns;
  std::map<std::string, const Field*> taken;
  for (const auto& field : fields) {
    const bool has_fields =
        std::ranges::any_of(fields, [&](const Field& other) { return begins_with(other.path, field.path); });
    if (has_fields && !field.is_array && field.type == sql::Type::unknown) continue;  // its fields are the columns
    document::Column column{field.path.empty() ? "value" : joined(field.path), field.path, field.type, false};
    if (field.is_array || field.type == sql::Type::unknown) column.type = sql::Type::text;
    const auto [other, is_new] = taken.emplace(to_lower(column.name), &field);
    if (!is_new) {
      throw ModelError(source, field.at,
                       "`" + document::to_string(field.path) + "` and `" + document::to_string(other->second->path) +
                           "` are two fields of `" + of + "`, and SQL would not tell them apart; is one misspelt?");
    }
    columns.push_back(column);
    if (!field.is_array) continue;
    if (!taken.emplace(to_lower(column.name) + "_length", &field).second) continue;
    columns.push_back({column.name + "_length", field.path, sql::Type::numeric, true});
  }
  return columns;
}

void Columns::finish(const SourceText& source, document::Collection& collection) const {
  collection.columns = columns_of(source, fields_, collection.name);
  collection.elements.clear();
  for (const auto& field : fields_) {
    if (!field.is_array || field.path.empty()) continue;
    document::ElementTable table;
    table.name = collection.name + "_" + joined(field.path);
    table.path = field.path;
    auto elements = field.elements;
    const bool has_documents = std::ranges::any_of(elements, [](const Field& each) { return !each.path.empty(); });
    std::erase_if(elements, [&](const Field& each) {
      return has_documents && each.path.empty() && each.type == sql::Type::unknown && !each.is_array;
    });
    table.columns = columns_of(source, elements, table.name);
    for (auto& column : table.columns) {
      const bool is_taken =
          column.name == "position" || std::ranges::find(collection.key, column.name) != collection.key.end();
      if (is_taken) column.name = "element_" + column.name;
    }
    collection.elements.push_back(std::move(table));
  }
}

Columns::Arrays Columns::arrays() const {
  Arrays arrays;
  for (const auto& field : fields_) {
    if (field.is_array) arrays.insert(field.path);
  }
  return arrays;
}

}  // namespace gapless::scenario
