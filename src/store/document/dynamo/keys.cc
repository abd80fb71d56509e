// What plans know of tables: names, keys and indexes, and the conditions on them.
#include <algorithm>

#include "sql/bind.h"
#include "store/document/dynamo/plan.h"

namespace gapless::store::document::dynamo {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return "(" + text + ")";
}

// "S", "N"; empty where no AttributeDefinitions has said it.
std::string declared_type(const Collection& table, const std::string& attribute) {
  const auto column = std::ranges::find_if(
      table.columns, [&](const Column& each) { return each.path == Path{attribute} && !each.length; });
  if (column == table.columns.end()) return {};
  return column->type == sql::Type::numeric ? "N" : column->type == sql::Type::text ? "S" : "";
}

void check_key_value(const Collection& table, const std::string& attribute, const Value& value) {
  if (is_unknown(value)) return;
  const std::string type = type_letters(value);
  const std::string wanted = declared_type(table, attribute);
  const bool fits = wanted.empty() ? type == "S" || type == "N" : type == wanted;
  if (!fits) {
    throw Refusal("One or more parameter values were invalid: Type mismatch for key " + attribute +
                  " expected: " + (wanted.empty() ? "S or N" : wanted) + " actual: " + type);
  }
  const auto* text = get<std::string>(value);
  if (text != nullptr && text->empty()) {
    throw Refusal(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
        "string "
        "value. Key: " +
        attribute);
  }
}

}  // namespace

std::size_t table_called(const Catalog& catalog, const std::string& name) {
  if (const auto found = catalog.find(name)) return *found;
  std::vector<std::string> names;
  for (const auto& each : catalog.collections) names.push_back(each.name);
  const std::string near = sql::did_you_mean(name, names);
  throw Refusal("there is no table `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
}

Key key_of(const Collection& table, const Object& given, bool all) {
  Array key;
  for (const auto& attribute : table.key) {
    const Value* value = find(given, attribute);
    if (value == nullptr && all) break;
    if (value == nullptr) {
      throw Refusal("One or more parameter values were invalid: Missing the key " + attribute + " in the item");
    }
    check_key_value(table, attribute, *value);
    key.push_back(canonical(*value));
  }
  const bool complete = key.size() == table.key.size() && (!all || given.size() == key.size());
  if (!complete) {
    throw Refusal("The provided key element does not match the schema: the key of " + table.name + " is " +
                  listed(table.key));
  }
  return key.size() == 1 ? key.front() : Value(std::move(key));
}

void check_no_key(const Collection& table, const std::vector<Change>& changes) {
  for (const auto& change : changes) {
    const std::string attribute = head_of(change.path);
    if (std::ranges::find(table.key, attribute) == table.key.end()) continue;
    throw Refusal("One or more parameter values were invalid: Cannot update attribute " + attribute +
                  ". This attribute is part of the key");
  }
}

void check_index_keys(const Collection& table, const Object& item) {
  for (const auto& index : table.indexes) {
    for (const auto& attribute : index_key(index)) {
      const Value* value = find(item, attribute);
      if (value == nullptr) continue;  // the item is not in the index
      const auto* text = get<std::string>(*value);
      const bool fits = text != nullptr ? !text->empty() : get<Decimal>(*value) != nullptr;
      if (fits) continue;
      throw Refusal("One or more parameter values were invalid: Type mismatch for Index Key " + attribute +
                    " Expected: S or N, not empty Actual: " + type_letters(*value) + " IndexName: " + index.name);
    }
  }
}

std::vector<std::string> index_key(const Index& index) {
  std::vector<std::string> names;
  for (const auto& path : index.paths) names.push_back(path.front());
  return names;
}

std::size_t index_called(const Collection& table, const std::string& name) {
  const auto found = std::ranges::find(table.indexes, name, &Index::name);
  if (found != table.indexes.end()) return static_cast<std::size_t>(found - table.indexes.begin());
  std::vector<std::string> names;
  for (const auto& each : table.indexes) names.push_back(each.name);
  const std::string near = sql::did_you_mean(name, names);
  throw Refusal("The table does not have the specified index: " + name +
                (near.empty() ? "" : "; did you mean `" + near + "`?"));
}

std::vector<const Expression*> conjuncts(const Expression& condition) {
  if (condition.kind != Expression::Kind::both) return {&condition};
  auto all = conjuncts(condition.arguments[0]);
  for (const auto* each : conjuncts(condition.arguments[1])) all.push_back(each);
  return all;
}

std::optional<Expression> joined(const std::vector<const Expression*>& conditions) {
  std::optional<Expression> result;
  for (const auto* each : conditions) {
    result = result ? Expression{Expression::Kind::both, "AND", {}, {}, {std::move(*result), *each}} : *each;
  }
  return result;
}

const Value* equal_to(const Expression& condition, const std::string& attribute) {
  const bool is_equality = condition.kind == Expression::Kind::compare && condition.word == "=";
  if (!is_equality || about(condition) != attribute) return nullptr;
  return &condition.arguments[1].value;
}

std::optional<std::string> about(const Expression& condition) {
  using Kind = Expression::Kind;
  const bool fits = condition.kind == Kind::between || (condition.kind == Kind::compare && condition.word != "<>") ||
                    (condition.kind == Kind::call && condition.word == "begins_with");
  if (!fits) return std::nullopt;
  const auto& operands = condition.arguments;
  const bool of_values =
      std::all_of(operands.begin() + 1, operands.end(), [](const auto& each) { return each.kind == Kind::value; });
  if (operands[0].kind != Kind::path || operands[0].path.size() != 1 || !of_values) return std::nullopt;
  return head_of(operands[0].path);
}

void add_paths(const Expression& expression, std::vector<DocumentPath>& paths) {
  if (expression.kind == Expression::Kind::path) paths.push_back(expression.path);
  for (const auto& each : expression.arguments) add_paths(each, paths);
}

}  // namespace gapless::store::document::dynamo
