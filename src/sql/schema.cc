// As PostgreSQL does it, constraints are gathered first and resolved when all columns are known: keys in schema_key.cc,
// indexes in schema_index.cc.
#include "sql/schema.h"

#include <algorithm>

#include "base/check.h"
#include "sql/bind.h"
#include "sql/types.h"

namespace gapless::sql {

// name1_name2_label within 63 bytes: the longer of the two names is shortened (makeObjectName).
std::string object_name(std::string name1, std::string name2, const std::string& label) {
  constexpr std::size_t longest_name = 63;
  const std::size_t overhead = label.size() + 1 + (name2.empty() ? 0 : 1);
  while (name1.size() + name2.size() + overhead > longest_name)
    (name1.size() > name2.size() ? name1 : name2).pop_back();
  return name1 + (name2.empty() ? "" : "_" + name2) + "_" + label;
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names) result += (result.empty() ? "" : "_") + name;
  return result;
}

namespace {

void collect_columns(const Expression& expression, std::set<std::size_t>& columns) {
  if (expression.kind == Expression::Kind::column) columns.insert(expression.slot.column);
  for (const auto& argument : expression.arguments) collect_columns(argument, columns);
}

}  // namespace

void SchemaBuilder::apply(const Source& source, const Node& node) {
  source_ = source;
  if (node.is("CreateStmt")) return create(node);
  if (node.is("IndexStmt")) return index(node);
  check(node.is("AlterTableStmt"), "a schema is made of CREATE TABLE, CREATE INDEX and ALTER TABLE");
  alter(node);
}

// ------------------------------------------------------------------------------------------------ CREATE TABLE

void SchemaBuilder::create(const Node& node) {
  Definition definition;
  const auto relation = node.bare("relation", "RangeVar");
  check(relation.has_value(), "CREATE TABLE names a table");
  Reader reader(source_, no_parameters_);
  definition.table.at = relation->at();
  definition.table.name = reader.plain_table(*relation);
  for (const Node& element : node.children("tableElts")) {
    if (element.is("ColumnDef")) {
      definition.table.columns.push_back(column(element, definition));
      continue;
    }
    if (!element.is("Constraint")) {
      const Construct construct = construct_of(element.type(), "");
      element.not_supported(construct.name, construct.alternative);
    }
    const std::string kind = element.text("contype");
    if (!table_constraint(element, "", definition)) element.not_supported(kind);
    element.done();
  }
  if (node.text("oncommit") != "ONCOMMIT_NOOP") node.not_supported("ON COMMIT");
  for (const Node& option : node.children("options")) storage_option(option);
  node.done();
  complete(definition);
}

// How rows lie on pages, which nobody sees.
void SchemaBuilder::storage_option(const Node& node) {
  const std::string name = node.text("defname");
  if (name != "fillfactor" && name != "autovacuum_enabled")
    node.not_supported("the storage option " + name, "leave it out");
  if (const auto value = node.child("arg")) {
    for (const auto field : {"ival", "sval", "boolval", "names", "typemod"}) value->ignore(field);
    value->done();
  }
  node.text("defaction");
  node.done();
}

Column SchemaBuilder::column(const Node& node, Definition& definition) {
  Column result;
  result.name = node.text("colname");
  result.at = node.at();
  node.flag("is_local");
  const auto written = node.bare("typeName", "TypeName");
  if (!written) node.refuse("column " + result.name + " has no type");
  Reader reader(source_, no_parameters_);
  const TypeName type = reader.type_name(*written);
  result.type = type.type;
  result.precision = type.precision;
  result.scale = type.scale;
  result.serial = type.serial;
  result.fixed_length = type.fixed_length;
  result.not_null = type.serial;
  const auto clash = std::ranges::find(definition.table.columns, result.name, &Column::name);
  if (clash != definition.table.columns.end()) node.refuse("column \"" + result.name + "\" specified more than once");
  for (const Node& constraint : node.children("constraints")) column_constraint(constraint, result, definition);
  node.done();
  return result;
}

void SchemaBuilder::column_constraint(const Node& node, Column& column, Definition& definition) {
  const std::string kind = node.text("contype");
  if (kind == "CONSTR_NOTNULL") {
    column.not_null = true;
  } else if (kind == "CONSTR_NULL") {
    if (column.not_null) node.refuse("conflicting NULL/NOT NULL declarations for column \"" + column.name + "\"");
  } else if (kind == "CONSTR_DEFAULT") {
    if (column.default_value || column.serial)
      node.refuse("multiple default values for column \"" + column.name + "\"");
    column.default_value = condition(node, "DEFAULT");
  } else if (kind == "CONSTR_IDENTITY") {
    identity(node, column);
  } else if (kind == "CONSTR_ATTR_NOT_DEFERRABLE" || kind == "CONSTR_ATTR_IMMEDIATE") {
    // as it is anyway
  } else if (!table_constraint(node, column.name, definition)) {
    const bool deferred = kind.find("DEFER") != std::string::npos;
    node.not_supported(deferred                     ? "DEFERRABLE"
                       : kind == "CONSTR_GENERATED" ? "GENERATED ALWAYS AS (…) STORED"
                                                    : kind,
                       deferred ? "constraints are checked at once" : "");
  }
  node.done();
}

void SchemaBuilder::identity(const Node& node, Column& column) {
  if (column.default_value || column.serial) node.refuse("multiple default values for column \"" + column.name + "\"");
  if (column.type != Type::integer && column.type != Type::bigint)
    node.refuse("identity column type must be integer or bigint");
  if (node.has("options")) node.not_supported("sequence options", "numbers begin at 1");
  column.serial = true;
  column.not_null = true;
  column.identity_always = node.text("generated_when") == "a";
}

bool SchemaBuilder::table_constraint(const Node& node, const std::string& column, Definition& definition) {
  const std::string kind = node.text("contype");
  const std::string name = node.text("conname");
  if (kind == "CONSTR_FOREIGN") {
    definition.references.push_back(reference(node, name, column));
    return true;
  }
  if (kind == "CONSTR_EXCLUSION") node.not_supported("EXCLUDE");
  if (kind == "CONSTR_CHECK") {
    node.flag("initially_valid");
    definition.conditions.push_back({name, condition(node, "CHECK"), node.at()});
    return true;
  }
  if (kind != "CONSTR_PRIMARY" && kind != "CONSTR_UNIQUE") return false;
  Key key{name, node.names("keys"), node.names("including"), kind == "CONSTR_PRIMARY", node.at()};
  if (key.columns.empty() && !column.empty()) key.columns = {column};
  if (!key.columns.empty()) definition.keys.push_back(std::move(key));  // else USING INDEX, which done() refuses
  return true;
}

Expression SchemaBuilder::condition(const Node& node, std::string_view construct) {
  Reader reader(source_, no_parameters_, "a sub-select is not possible in " + std::string(construct));
  return reader.expression(node.required("raw_expr"));
}

// ------------------------------------------------------------------------------------------------- ALTER TABLE

void SchemaBuilder::alter(const Node& node) {
  Reader reader(source_, no_parameters_);
  const auto relation = node.bare("relation", "RangeVar");
  check(relation.has_value(), "ALTER TABLE names a table");
  const Offset at = relation->at();
  Table& table = table_named(reader.plain_table(*relation), at);
  if (node.text("objtype") != "OBJECT_TABLE") node.not_supported("ALTER of what is no table");
  Definition added;
  for (const Node& command : node.children("cmds")) {
    if (command.text("subtype") != "AT_AddConstraint")
      command.not_supported("ALTER TABLE other than ADD CONSTRAINT", "create the table as it shall be");
    command.text("behavior");
    const Node constraint = command.required("def");
    const std::string kind = constraint.text("contype");
    if (!table_constraint(constraint, "", added)) constraint.not_supported(kind);
    constraint.done();
    command.done();
  }
  node.done();
  const auto number = static_cast<std::size_t>(&table - catalog_.tables.data());
  add_keys(table, number, std::move(added.keys));
  for (auto& each : added.conditions) add_check(table, std::move(each));
  for (const auto& each : added.references) add_reference(number, each);
}

// ------------------------------------------------------------------------------------------------- completing

void SchemaBuilder::complete(Definition& definition) {
  Table& table = definition.table;
  claim(table.name, table.at);
  bind_defaults(table);
  for (auto& each : definition.conditions) add_check(table, std::move(each));
  const std::size_t number = catalog_.tables.size();
  add_keys(table, number, std::move(definition.keys));
  catalog_.tables.push_back(std::move(table));
  for (const auto& each : definition.references) add_reference(number, each);
}

void SchemaBuilder::bind_defaults(Table& table) {
  for (auto& column : table.columns) {
    if (!column.default_value) continue;
    Expression value = *column.default_value;
    bind_over_table(value, table, *source_);
    std::set<std::size_t> columns;
    collect_columns(value, columns);
    if (!columns.empty()) refuse(value.at, "cannot use column reference in DEFAULT expression");
    assign_to_column(value, column, *source_);
    column.default_value = std::move(value);
  }
}

void SchemaBuilder::add_check(Table& table, Condition condition) {
  bind_over_table(condition.expression, table, *source_);
  require_boolean(condition.expression, "CHECK", *source_);
  const auto taken = [&](const std::string& name) {
    return std::ranges::find(table.checks, name, &Check::name) != table.checks.end();
  };
  if (condition.name.empty()) {
    std::set<std::size_t> columns;
    collect_columns(condition.expression, columns);
    const std::string only = columns.size() == 1 ? table.columns[*columns.begin()].name : "";
    condition.name = object_name(table.name, only, "check");
    for (int i = 1; taken(condition.name); ++i)
      condition.name = object_name(table.name, only, "check" + std::to_string(i));
  }
  if (taken(condition.name))
    refuse(condition.at, "constraint \"" + condition.name + "\" for table \"" + table.name + "\" already exists");
  const auto place = std::ranges::upper_bound(table.checks, condition.name, {}, &Check::name);
  table.checks.insert(place, {condition.name, std::move(condition.expression)});
}

std::vector<std::size_t> SchemaBuilder::column_numbers(const Table& table, const std::vector<std::string>& names,
                                                       Offset at) const {
  std::vector<std::size_t> result;
  std::vector<std::string> known;
  for (const auto& column : table.columns) known.push_back(column.name);
  for (const auto& name : names) {
    const auto found = std::ranges::find(known, name);
    if (found == known.end()) {
      const std::string meant = did_you_mean(name, known);
      refuse(at, "column \"" + name + "\" named in key does not exist" +
                     (meant.empty() ? "" : "; did you mean \"" + meant + "\"?"));
    }
    const auto number = static_cast<std::size_t>(found - known.begin());
    if (std::ranges::find(result, number) != result.end()) refuse(at, "column \"" + name + "\" appears twice in a key");
    result.push_back(number);
  }
  return result;
}

void SchemaBuilder::claim(const std::string& relation, Offset at) {
  if (!relations_.insert(relation).second) refuse(at, "relation \"" + relation + "\" already exists");
}

std::string SchemaBuilder::free_relation(const std::string& table, const std::string& columns,
                                         const std::string& label) const {
  std::string name = object_name(table, columns, label);
  for (int i = 1; relations_.contains(name); ++i) name = object_name(table, columns, label + std::to_string(i));
  return name;
}

Table& SchemaBuilder::table_named(const std::string& name, Offset at) {
  const auto found = std::ranges::find(catalog_.tables, name, &Table::name);
  if (found != catalog_.tables.end()) return *found;
  std::vector<std::string> known;
  for (const auto& table : catalog_.tables) known.push_back(table.name);
  const std::string meant = did_you_mean(name, known);
  refuse(at, "relation \"" + name + "\" does not exist" + (meant.empty() ? "" : "; did you mean \"" + meant + "\"?"));
}

void SchemaBuilder::refuse(Offset at, std::string message) const { throw ModelError(*source_, at, std::move(message)); }

}  // namespace gapless::sql
