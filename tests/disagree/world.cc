// Every table has v, an integer to reckon with; most have a primary key id; k, n, b, s and ref (a foreign key) come and
// go. Literals are few, so that sessions meet.
#include "world.h"

#include <algorithm>

#include "schedule.h"

namespace gapless::disagree {
namespace {

// A column's text may be left out: whatever mentions it then keeps it from being shrunk away.
void add(TableInfo& table, std::string& text, ColumnInfo column, const std::string& definition) {
  text += optional_part(", " + column.name + " " + definition);
  table.columns.push_back(std::move(column));
}

void add_id(Dice& dice, TableInfo& table, std::string& text) {
  table.keyed = true;
  table.columns.push_back({.name = "id", .unique = true, .indexed = true, .parent = {}});
  text += "id int PRIMARY KEY";
  table.conflict_targets = {" (id)"};
  if (dice.chance(20)) table.conflict_targets.push_back(" ON CONSTRAINT " + table.name + "_pkey");
}

void add_parent(Dice& dice, const World& world, TableInfo& table, std::string& text) {
  const auto parent = dice.below(world.tables.size());
  if (!world.tables[parent].keyed) return;
  const auto action = dice.one_of({"", "", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON DELETE RESTRICT"});
  // A parent's children are met in the order of the heap, which we do not have, and the first one may be waited for or
  // be an error: let there be one child.
  const bool single = true;
  if (single) table.conflict_targets.push_back(" (ref)");
  add(table, text, {.name = "ref", .nullable = true, .unique = single, .indexed = single, .parent = parent},
      std::string("int ") + (single ? "UNIQUE " : "") + "REFERENCES " + world.tables[parent].name +
          optional_part(action));
}

// k is no key, or one by itself, for some rows, or together with v.
std::string key_index(Dice& dice, TableInfo& table, ColumnInfo& k) {
  switch (dice.between(1, 4)) {
    case 1:
      table.conflict_targets.push_back(" (k)");
      k.unique = k.indexed = true;
      return "CREATE UNIQUE INDEX " + table.name + "_k ON " + table.name + " (k)";
    case 2:
      if (!table.column("b")) return {};
      table.conflict_targets.push_back(" (k) WHERE b");
      k.indexed = true;
      return "CREATE UNIQUE INDEX " + table.name + "_k_b ON " + table.name + " (k) WHERE b";
    case 3:
      table.conflict_targets.push_back(" (k, v)");
      k.indexed = true;
      table.columns[1].indexed = true;  // v
      return "CREATE UNIQUE INDEX " + table.name + "_k_v ON " + table.name + " (k, v)";
    default:
      return {};
  }
}

TableInfo random_table(Dice& dice, const Wishes& wishes, World& world, const std::string& name) {
  TableInfo table{.name = name, .keyed = false, .columns = {}, .conflict_targets = {}};
  std::string text = "CREATE TABLE " + name + " (";
  const bool keyed = !wishes.any("keyless") || !dice.chance(3 * wishes.weight("keyless")) || world.tables.empty();
  if (keyed) add_id(dice, table, text);
  text += std::string(keyed ? ", " : "") + "v int NOT NULL" + optional_part(dice.one_of({"", "", " CHECK (v >= 0)"}));
  table.columns.push_back({.name = "v", .parent = {}});
  if (dice.chance(40))
    add(table, text, {.name = "b", .kind = Kind::boolean, .nullable = true, .parent = {}}, "boolean");
  if (dice.chance(25))
    add(table, text, {.name = "n", .kind = Kind::numeric, .nullable = true, .parent = {}}, "numeric(8,2)");
  if (dice.chance(25)) add(table, text, {.name = "s", .kind = Kind::text, .nullable = true, .parent = {}}, "text");
  if (!world.tables.empty() && dice.chance(20 * wishes.weight("foreign"))) add_parent(dice, world, table, text);
  std::vector<std::string> indexes;
  if (keyed && dice.chance(12 * wishes.weight("unique"))) {
    add(table, text, {.name = "k", .nullable = true, .parent = {}}, "int");
    auto index = key_index(dice, table, table.columns.back());
    if (!index.empty()) indexes.push_back(std::move(index));
  }
  if (table.columns.size() > 1 && dice.chance(15)) {
    auto& indexed = table.columns[1 + dice.below(table.columns.size() - 1)];
    indexed.indexed = true;
    indexes.push_back("CREATE INDEX " + name + "_i ON " + name + " (" + indexed.name + ")");
  }
  world.script.push_back(text + ")");
  for (auto& index : indexes) world.script.push_back(std::move(index));
  return table;
}

// Of a row: one of the first two parents, or its own if it must not share.
std::string parent_of(Dice& dice, const ColumnInfo& column, int row, int parents) {
  if (column.unique) return row <= parents ? std::to_string(row) : "NULL";
  return parents == 0 ? "NULL" : dice.number(1, std::min(2, parents));
}

// Rows 1, 2, …: k is the row's number or NULL, so that no key is broken; a reference goes to row 1 or 2 of the parent.
void fill(Dice& dice, World& world, std::vector<int>& counts, std::size_t number) {
  const auto& table = world.tables[number];
  const int count = dice.between(number == 0 ? 1 : 0, number == 0 ? 4 : 3);
  for (int row = 1; row <= count; ++row) {
    std::string columns;
    std::string values;
    for (const auto& column : table.columns) {
      columns += (columns.empty() ? "" : ", ") + column.name;
      values += values.empty() ? "" : ", ";
      if (column.name == "id") {
        values += std::to_string(row);
      } else if (column.parent) {
        values += parent_of(dice, column, row, counts[*column.parent]);
      } else if (column.name == "k") {
        values += dice.chance(85) ? std::to_string(row) : "NULL";
      } else {
        values += random_value(dice, column);
      }
    }
    world.rows.push_back("INSERT INTO " + table.name + " (" + columns + ") VALUES (" + values + ")");
  }
  counts.push_back(count);
}

}  // namespace

const ColumnInfo* TableInfo::column(const std::string& wanted) const {
  for (const auto& candidate : columns) {
    if (candidate.name == wanted) return &candidate;
  }
  return nullptr;
}

std::string random_value(Dice& dice, const ColumnInfo& column) {
  if (column.nullable && dice.chance(10)) return "NULL";
  if (column.name == "id") return dice.chance(70) ? dice.number(1, 2) : dice.number(1, 5);
  if (column.name == "k" || column.name == "ref") return dice.number(1, 4);
  switch (column.kind) {
    case Kind::integer:
      return dice.one_of({"0", "3", "5", "7", "8", "10", "12"});
    case Kind::text:
      return dice.one_of({"'a'", "'b'", "'c'"});
    case Kind::numeric:
      return dice.one_of({"0", "1.50", "2.25", "10"});
    case Kind::boolean:
      return dice.one_of({"true", "true", "false"});
  }
  return "NULL";
}

World random_world(Dice& dice, const Wishes& wishes) {
  World world;
  std::vector<int> counts;
  const char* const names[] = {"t", "u", "w"};
  const int count = dice.one_of(std::vector<int>{1, 1, 2, 2, 2, 3});
  for (int i = 0; i < count; ++i) {
    auto table = random_table(dice, wishes, world, names[i]);
    world.tables.push_back(std::move(table));
    fill(dice, world, counts, static_cast<std::size_t>(i));
  }
  return world;
}

}  // namespace gapless::disagree
