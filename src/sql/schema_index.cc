// CREATE INDEX. A unique one is a rule about the rows; any other says only how they may be found.
#include <algorithm>

#include "base/check.h"
#include "sql/bind.h"
#include "sql/schema.h"
#include "sql/types.h"

namespace gapless::sql {

namespace {

void collect_columns(const Expression& expression, std::vector<std::size_t>& columns) {
  if (expression.kind == Expression::Kind::column &&
      std::ranges::find(columns, std::size_t{expression.slot.column}) == columns.end())
    columns.push_back(expression.slot.column);
  for (const auto& argument : expression.arguments) collect_columns(argument, columns);
}

bool depends_on_time(const Expression& expression) {
  const bool is_time = expression.kind == Expression::Kind::function &&
                       (expression.function == Function::now || expression.function == Function::clock_timestamp ||
                        expression.function == Function::statement_timestamp);
  return is_time || std::ranges::any_of(expression.arguments, depends_on_time);
}

// Names of an index's columns as they go into its own name: a second "lower" is "lower1".
std::string distinct_name(const std::vector<std::string>& taken, const std::string& name) {
  std::string result = name;
  for (int i = 1; std::ranges::find(taken, result) != taken.end(); ++i) result = name + std::to_string(i);
  return result;
}

}  // namespace

// One element of an index: a column, or an expression.
void SchemaBuilder::index_element(const Node& node, const Table& table, IndexParts& parts) {
  node.text("ordering");
  node.text("nulls_ordering");
  if (const auto written = node.child("expr")) {
    Reader reader(source_, no_parameters_, "a sub-select is not possible in an index");
    Expression expression = reader.expression(*written);
    bind_over_table(expression, table, *source_);
    adapt(expression, Type::text, *source_);
    if (depends_on_time(expression)) node.refuse("functions in index expression must be marked IMMUTABLE");
    const std::string name = column_name(expression);
    parts.names.push_back(distinct_name(parts.names, name == "?column?" ? "expr" : name));
    if (expression.kind == Expression::Kind::column) {
      parts.columns.push_back(expression.slot.column);
    } else {
      parts.expressions.push_back(std::move(expression));
    }
  } else {
    const std::string name = node.text("name");
    const std::size_t number = column_numbers(table, {name}, node.at()).front();
    parts.names.push_back(distinct_name(parts.names, name));
    parts.columns.push_back(number);
  }
  node.done();
}

void SchemaBuilder::index(const Node& node) {
  Reader reader(source_, no_parameters_, "a sub-select is not possible in an index");
  const auto relation = node.bare("relation", "RangeVar");
  check(relation.has_value(), "CREATE INDEX names a table");
  const Offset at = relation->at();
  Table& table = table_named(reader.plain_table(*relation), at);
  const bool is_unique = node.flag("unique");
  if (node.text("accessMethod") != "btree" && is_unique) node.refuse("a unique index must be of kind btree");

  IndexParts parts;
  for (const Node& element : node.children("indexParams")) index_element(element, table, parts);
  const std::size_t keys = parts.columns.size();
  for (const Node& element : node.children("indexIncludingParams")) {
    if (element.has("expr")) element.refuse("expressions are not supported in included columns");
    index_element(element, table, parts);
  }
  Unique unique;
  unique.constraint = false;
  unique.at = at;
  if (const auto where = node.child("whereClause")) {
    unique.predicate = reader.expression(*where);
    bind_over_table(*unique.predicate, table, *source_);
    require_boolean(*unique.predicate, "WHERE", *source_);
    if (depends_on_time(*unique.predicate)) where->refuse("functions in index predicate must be marked IMMUTABLE");
  }
  std::string name = node.text("idxname");
  node.done();
  if (name.empty()) name = free_relation(table.name, joined(parts.names), "idx");
  claim(name, at);

  std::vector<std::size_t> mentioned = parts.columns;
  for (const auto& expression : parts.expressions) collect_columns(expression, mentioned);
  if (unique.predicate) collect_columns(*unique.predicate, mentioned);
  if (!is_unique) {
    const bool plain = parts.expressions.empty() && !unique.predicate;
    table.indexes.push_back({std::move(name), std::move(mentioned), plain ? keys : 0});
    return;
  }
  const auto first_other = mentioned.begin() + static_cast<std::ptrdiff_t>(keys);
  unique.name = std::move(name);
  unique.also.assign(first_other, mentioned.end());
  unique.columns.assign(mentioned.begin(), first_other);
  unique.expressions = std::move(parts.expressions);
  table.uniques.push_back(std::move(unique));
}

}  // namespace gapless::sql
