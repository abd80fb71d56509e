// Each stage of a pipeline is a function from columns to columns. The type of an expression is known where it is a
// field, a constant or arithmetic; elsewhere it is text, which shows any value.
#include "store/document/mongo/shape.h"

#include <algorithm>
#include <set>

#include "store/document/mongo/expression.h"
#include "store/document/mongo/failure.h"
#include "store/document/mongo/method.h"
#include "store/document/mongo/path.h"
#include "store/document/mongo/pipeline.h"
#include "store/document/mongo/project.h"

namespace gapless::store::document::mongo {
namespace {

using Columns = std::vector<Column>;

std::string column_name(const Path& path) {
  std::string name;
  for (const auto& part : path) name += (name.empty() ? "" : "_") + part;
  return name;
}

Column numeric(const std::string& name) { return {name, {name}, sql::Type::numeric, false}; }

bool begins_with(const Path& path, const Path& prefix) {
  return path.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

const Column* column_at(const Columns& columns, const Path& path) {
  const auto found =
      std::ranges::find_if(columns, [&](const Column& column) { return !column.length && column.path == path; });
  return found == columns.end() ? nullptr : &*found;
}

// -------------------------------------------------------------------------------------------- types of expressions

sql::Type type_of(const Value& expression, const Columns& columns);

sql::Type type_of_operation(const std::string& op, const Value& operand, const Columns& columns) {
  static const std::set<std::string, std::less<>> of_numbers = {"$add", "$subtract", "$multiply", "$divide", "$mod",
                                                                "$abs", "$floor",    "$ceil",     "$round",  "$trunc",
                                                                "$sum", "$avg",      "$cmp",      "$size",   "$count"};
  static const std::set<std::string, std::less<>> of_truth = {"$eq", "$ne",  "$gt", "$gte", "$lt",     "$lte",
                                                              "$in", "$and", "$or", "$not", "$isArray"};
  if (op == "$add" || op == "$subtract") {
    const auto* parts = get<Array>(operand);
    const auto is_date = [&](const Value& part) { return type_of(part, columns) == sql::Type::timestamp; };
    const auto dates = parts == nullptr ? 0 : std::ranges::count_if(*parts, is_date);
    return dates == 1 ? sql::Type::timestamp : sql::Type::numeric;
  }
  if (of_numbers.contains(op)) return sql::Type::numeric;
  if (of_truth.contains(op)) return sql::Type::boolean;
  if (op == "$literal") return get<std::string>(operand) != nullptr ? sql::Type::text : type_of(operand, columns);
  if (op == "$cond" || op == "$ifNull" || op == "$min" || op == "$max" || op == "$first" || op == "$last") {
    const auto* parts = get<Array>(operand);
    if (op == "$cond" && parts == nullptr) {
      const Value* then = find(operand, "then");
      return then == nullptr ? sql::Type::text : type_of(*then, columns);
    }
    if (parts == nullptr) return type_of(operand, columns);
    for (std::size_t i = op == "$cond" ? 1 : 0; i < parts->size(); ++i) {
      if (!is_unknown((*parts)[i]) && !is_null((*parts)[i])) return type_of((*parts)[i], columns);
    }
    return sql::Type::text;
  }
  return sql::Type::text;
}

sql::Type type_of(const Value& expression, const Columns& columns) {
  if (const auto* text = get<std::string>(expression)) {
    if (*text == "$$NOW") return sql::Type::timestamp;
    if (!text->starts_with('$') || text->starts_with("$$")) return sql::Type::text;
    const Column* column = column_at(columns, split(std::string_view(*text).substr(1)));
    return column == nullptr ? sql::Type::text : column->type;
  }
  if (get<Decimal>(expression) != nullptr) return sql::Type::numeric;
  if (get<bool>(expression) != nullptr) return sql::Type::boolean;
  if (get<sql::Timestamp>(expression) != nullptr) return sql::Type::timestamp;
  if (!has_operators(expression)) return sql::Type::text;
  const auto& [op, operand] = get<Object>(expression)->front();
  return type_of_operation(op, operand, columns);
}

bool is_list(const Value& expression) {
  static const std::set<std::string, std::less<>> lists = {"$push", "$addToSet",     "$filter",
                                                           "$map",  "$concatArrays", "$setUnion"};
  return get<Array>(expression) != nullptr ||
         (has_operators(expression) && lists.contains(get<Object>(expression)->front().name));
}

// The column of a computed field; of a field that is another one under a new name, those of its fields too.
void add_computed(Columns& columns, const Columns& from, const Path& path, const Value& expression) {
  std::erase_if(columns, [&](const Column& column) { return begins_with(column.path, path); });
  const auto* text = get<std::string>(expression);
  if (text != nullptr && text->starts_with('$') && !text->starts_with("$$")) {
    const auto source = split(std::string_view(*text).substr(1));
    bool any = false;
    for (const auto& column : from) {
      if (!begins_with(column.path, source)) continue;
      Column renamed = column;
      renamed.path = path;
      renamed.path.insert(renamed.path.end(), column.path.begin() + static_cast<std::ptrdiff_t>(source.size()),
                          column.path.end());
      renamed.name = column_name(renamed.path) + (column.length ? "_length" : "");
      columns.push_back(std::move(renamed));
      any = true;
    }
    if (any) return;
  }
  columns.push_back({column_name(path), path, type_of(expression, from), false});
  if (is_list(expression)) columns.push_back({column_name(path) + "_length", path, sql::Type::numeric, true});
}

// ------------------------------------------------------------------------------------------------------- the stages

Columns of_group(const Columns& from, const Value& specification) {
  Columns columns;
  const auto* fields = get<Object>(specification);
  if (fields == nullptr) return columns;
  for (const auto& [name, value] : *fields) {
    if (name == "_id" && get<Object>(value) != nullptr && !has_operators(value)) {
      for (const auto& [path, expression] : leaves(value)) {
        Path inner = {"_id"};
        inner.insert(inner.end(), path.begin(), path.end());
        add_computed(columns, from, inner, expression);
      }
    } else {
      add_computed(columns, from, {name}, value);
    }
  }
  return columns;
}

Columns of_unwind(Columns columns, const Collection& collection, const Value& specification) {
  const auto path = split(unwound_path(specification));
  const auto table = std::ranges::find(collection.elements, path, &ElementTable::path);
  std::erase_if(columns, [&](const Column& column) { return begins_with(column.path, path); });
  if (table == collection.elements.end()) {
    columns.push_back({column_name(path), path, sql::Type::text, false});
    return columns;
  }
  for (auto column : table->columns) {
    column.path.insert(column.path.begin(), path.begin(), path.end());
    column.name = column_name(column.path) + (column.length ? "_length" : "");
    columns.push_back(std::move(column));
  }
  return columns;
}

Columns without(Columns columns, const Value& names) {
  for (const auto& name : get<Array>(names) != nullptr ? *get<Array>(names) : Array{names}) {
    const auto* text = get<std::string>(name);
    if (text == nullptr) continue;
    std::erase_if(columns, [&](const Column& column) { return begins_with(column.path, split(*text)); });
  }
  return columns;
}

Columns of_root(const Columns& from, const Value& expression) {
  Columns columns;
  const auto* object = get<Object>(expression);
  const auto* text = get<std::string>(expression);
  if (object != nullptr && !has_operators(expression)) {
    for (const auto& [path, value] : leaves(expression)) add_computed(columns, from, path, value);
  } else if (text != nullptr && text->starts_with('$') && !text->starts_with("$$")) {
    const auto source = split(std::string_view(*text).substr(1));
    for (auto column : from) {
      if (!begins_with(column.path, source) || column.path.size() == source.size()) continue;
      column.path.erase(column.path.begin(), column.path.begin() + static_cast<std::ptrdiff_t>(source.size()));
      column.name = column_name(column.path) + (column.length ? "_length" : "");
      columns.push_back(std::move(column));
    }
  } else {
    columns = from;
  }
  return columns;
}

Columns after(Columns columns, const Collection& collection, const std::string& stage, const Value& operand) {
  if (stage == "$group") return of_group(columns, operand);
  if (stage == "$project") return projected_columns(columns, operand);
  if (stage == "$set" || stage == "$addFields") {
    const auto from = columns;
    for (const auto& [path, expression] : leaves(operand)) add_computed(columns, from, path, expression);
    return columns;
  }
  if (stage == "$unset") return without(std::move(columns), operand);
  if (stage == "$unwind") return of_unwind(std::move(columns), collection, operand);
  if (stage == "$count") return {numeric(get<std::string>(operand) != nullptr ? *get<std::string>(operand) : "count")};
  if (stage == "$lookup") {
    const Value* as = find(operand, "as");
    const auto* name = as == nullptr ? nullptr : get<std::string>(*as);
    if (name != nullptr) add_computed(columns, {}, split(*name), Array{});
    return columns;
  }
  if (stage == "$replaceWith") return of_root(columns, operand);
  if (stage == "$replaceRoot") {
    const Value* root = find(operand, "newRoot");
    return root == nullptr ? columns : of_root(columns, *root);
  }
  return columns;
}

// The type of _id as the collection has it, where the request gives one.
Column id_column(const Collection& collection, const std::string& name, bool given) {
  const Column* id = column_at(collection.columns, {"_id"});
  return {name, {name}, given && id != nullptr ? id->type : sql::Type::text, false};
}

bool gives_id(const Value& value) {
  if (find(value, "_id") != nullptr) return true;
  const auto* operators = get<Object>(value);
  return operators != nullptr && std::ranges::any_of(*operators, [](const Field& field) {
           return field.name.starts_with('$') && find(field.value, "_id") != nullptr;
         });
}

}  // namespace

std::vector<Column> projected_columns(const std::vector<Column>& columns, const Value& specification) {
  if (is_null(specification) || get<Object>(specification) == nullptr) return columns;
  const auto projection = read_projection(specification);
  Columns result;
  for (const auto& column : columns) {
    const bool named =
        std::ranges::any_of(projection.paths, [&](const Path& path) { return begins_with(column.path, path); });
    const bool is_id = !column.path.empty() && column.path.front() == "_id";
    const bool stays = is_id ? projection.with_id : named != projection.excludes;
    if (stays) result.push_back(column);
  }
  for (const auto& [path, expression] : projection.computed) add_computed(result, columns, path, expression);
  return result;
}

std::vector<Column> aggregated_columns(const Catalog& /*catalog*/, const Collection& collection,
                                       const Value& pipeline) {
  Columns columns = collection.columns;
  const auto* stages = get<Array>(pipeline);
  if (stages == nullptr) return columns;
  for (const auto& stage : *stages) {
    const auto* object = get<Object>(stage);
    if (object == nullptr || object->size() != 1) continue;
    columns = after(std::move(columns), collection, object->front().name, object->front().value);
  }
  return columns;
}

std::vector<Column> answer_columns(const Catalog& catalog, const Request& request) {
  const auto number = catalog.find(request.collection);
  if (!number) return {};
  const auto& collection = catalog.collections[*number];
  const auto& method = request.method;
  if (method == "find" || method == "findOne") {
    const auto asked = reading(request);
    return asked.counts ? Columns{numeric("n")} : projected_columns(collection.columns, asked.projection);
  }
  if (method.starts_with("findOneAnd")) return projected_columns(collection.columns, option(request, "projection"));
  if (method == "countDocuments") return {numeric("n")};
  if (method == "aggregate") return aggregated_columns(catalog, collection, argument(request, "pipeline"));
  if (method == "distinct") {
    const auto field = argument(request, "field");
    const auto* name = get<std::string>(field);
    const Column* column = name == nullptr ? nullptr : column_at(collection.columns, split(*name));
    return {{"value", {"value"}, column == nullptr ? sql::Type::text : column->type, false}};
  }
  if (method == "insertOne") return {id_column(collection, "insertedId", gives_id(argument(request, "document")))};
  if (method == "insertMany") return {numeric("insertedCount")};
  if (method == "updateOne" || method == "updateMany" || method == "replaceOne") {
    const bool given = gives_id(argument(request, "filter")) || gives_id(argument(request, "update")) ||
                       gives_id(argument(request, "replacement"));
    return {numeric("matchedCount"), numeric("modifiedCount"), id_column(collection, "upsertedId", given)};
  }
  if (method == "deleteOne" || method == "deleteMany") return {numeric("deletedCount")};
  if (method == "bulkWrite") {
    return {numeric("insertedCount"), numeric("matchedCount"), numeric("modifiedCount"), numeric("deletedCount"),
            numeric("upsertedCount")};
  }
  return {};
}

}  // namespace gapless::store::document::mongo
