// Keys: PRIMARY KEY, UNIQUE, FOREIGN KEY. As PostgreSQL does it, the primary key comes first, then the others in order;
// unique keys over the same columns are one, foreign keys are not. A foreign key may refer to its own table.
#include <algorithm>
#include <array>

#include "sql/schema.h"
#include "sql/type_rules.h"

namespace gapless::sql {

void SchemaBuilder::add_keys(Table& table, std::size_t number, std::vector<Key> keys) {
  std::ranges::stable_partition(keys, &Key::primary);
  std::vector<Key> kept;
  for (auto& key : keys) {
    if (key.primary && (table.primary_key() != nullptr || (!kept.empty() && kept.front().primary)))
      refuse(key.at, "multiple primary keys for table \"" + table.name + "\" are not allowed");
    const auto same = std::ranges::find_if(
        kept, [&](const Key& other) { return other.columns == key.columns && other.included == key.included; });
    if (same == kept.end()) {
      kept.push_back(std::move(key));
    } else if (same->name.empty()) {
      same->name = key.name;
    }
  }
  for (auto& key : kept) add_key(table, number, key);
}

void SchemaBuilder::add_key(Table& table, std::size_t number, const Key& key) {
  Unique unique;
  unique.columns = column_numbers(table, key.columns, key.at);
  unique.also = column_numbers(table, key.included, key.at);
  unique.primary = key.primary;
  unique.at = key.at;
  std::vector<std::string> names = key.columns;
  names.insert(names.end(), key.included.begin(), key.included.end());
  unique.name = !key.name.empty() ? key.name
                : key.primary     ? free_relation(table.name, "", "pkey")
                                  : free_relation(table.name, joined(names), "key");
  claim(unique.name, key.at);
  if (!key.primary) {
    table.uniques.push_back(std::move(unique));
    return;
  }
  for (const std::size_t column : unique.columns) table.columns[column].not_null = true;
  table.uniques.insert(table.uniques.begin(), std::move(unique));
  for (auto& other : catalog_.tables) {
    for (auto& foreign : other.foreign_keys) {
      if (foreign.parent == number) ++foreign.parent_unique;
    }
  }
}

// ------------------------------------------------------------------------------------------------ FOREIGN KEY

SchemaBuilder::Reference SchemaBuilder::reference(const Node& node, const std::string& name,
                                                  const std::string& column) {
  Reference result;
  result.name = name;
  result.at = node.at();
  result.columns = node.names("fk_attrs");
  if (result.columns.empty()) result.columns = {column};
  const auto parent = node.bare("pktable", "RangeVar");
  Reader reader(source_, no_parameters_);
  result.parent_at = parent->at();
  result.parent = reader.plain_table(*parent);
  result.parent_columns = node.names("pk_attrs");
  if (node.text("fk_matchtype") != "s") node.not_supported("MATCH FULL", "leave it out: MATCH SIMPLE is the default");
  const auto action = [&](std::string_view field) {
    static constexpr std::pair<std::string_view, ForeignKeyAction> actions[] = {
        {"a", ForeignKeyAction::no_action},
        {"r", ForeignKeyAction::restrict},
        {"c", ForeignKeyAction::cascade},
        {"n", ForeignKeyAction::set_null},
    };
    const std::string code = node.text(field);
    for (const auto& [letter, meant] : actions) {
      if (code == letter) return meant;
    }
    node.not_supported("SET DEFAULT", "use SET NULL, or change the rows in a statement of their own");
  };
  result.on_delete = action("fk_del_action");
  result.on_update = action("fk_upd_action");
  node.flag("initially_valid");
  return result;
}

namespace {

// Whether `=` between a column and the one that it refers to goes by the parent's index.
bool can_refer(Type child, Type parent) {
  if (child == parent) return true;
  return is_number(child) && is_number(parent) && (child != Type::numeric || parent == Type::numeric);
}

}  // namespace

void SchemaBuilder::add_reference(std::size_t table_number, const Reference& reference) {
  ForeignKey result;
  result.at = reference.at;
  result.on_delete = reference.on_delete;
  result.on_update = reference.on_update;
  const Table& parent = table_named(reference.parent, reference.parent_at);
  result.parent = static_cast<std::size_t>(&parent - catalog_.tables.data());
  Table& table = catalog_.tables[table_number];
  result.columns = column_numbers(table, reference.columns, reference.at);
  find_parent_key(reference, parent, result);
  if (result.columns.size() != result.parent_columns.size())
    refuse(reference.at, "number of referencing and referenced columns for foreign key disagree");

  result.name = reference.name;
  for (int i = 0; result.name.empty() || is_constraint(table, result.name); ++i) {
    if (!reference.name.empty() && i == 0 && is_constraint(table, reference.name))
      refuse(reference.at, "constraint \"" + reference.name + "\" for relation \"" + table.name + "\" already exists");
    result.name = object_name(table.name, joined(reference.columns), i == 0 ? "fkey" : "fkey" + std::to_string(i));
  }
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    const Column& child = table.columns[result.columns[i]];
    const Column& key = parent.columns[result.parent_columns[i]];
    if (!can_refer(child.type, key.type))
      refuse(reference.at, "foreign key constraint \"" + result.name + "\" cannot be implemented: key columns \"" +
                               child.name + "\" and \"" + key.name + "\" are of incompatible types: " +
                               to_string(child.type) + " and " + to_string(key.type));
  }
  table.foreign_keys.push_back(std::move(result));
}

// The parent's unique key: its primary one where no columns were written, else one over these columns in any order.
void SchemaBuilder::find_parent_key(const Reference& reference, const Table& parent, ForeignKey& result) const {
  if (reference.parent_columns.empty()) {
    if (parent.primary_key() == nullptr)
      refuse(reference.parent_at, "there is no primary key for referenced table \"" + parent.name + "\"");
    result.parent_columns = parent.primary_key()->columns;
    return;
  }
  result.parent_columns = column_numbers(parent, reference.parent_columns, reference.at);
  const auto found = std::ranges::find_if(parent.uniques, [&](const Unique& unique) {
    return !unique.predicate && unique.expressions.empty() &&
           std::ranges::is_permutation(unique.columns, result.parent_columns);
  });
  if (found == parent.uniques.end())
    refuse(reference.parent_at,
           "there is no unique constraint matching given keys for referenced table \"" + parent.name + "\"");
  result.parent_unique = static_cast<std::size_t>(found - parent.uniques.begin());
}

bool SchemaBuilder::is_constraint(const Table& table, const std::string& name) const {
  return std::ranges::find(table.checks, name, &Check::name) != table.checks.end() ||
         std::ranges::find(table.uniques, name, &Unique::name) != table.uniques.end() ||
         std::ranges::find(table.foreign_keys, name, &ForeignKey::name) != table.foreign_keys.end();
}

}  // namespace gapless::sql
