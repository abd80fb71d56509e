// Random small tables, and what a writer of statements must know of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dice.h"
#include "wishes.h"

namespace gapless::disagree {

enum class Kind { integer, text, numeric, boolean };

struct ColumnInfo {
  std::string name;
  Kind kind = Kind::integer;
  bool nullable = false;
  bool unique = false;                // by itself, for all rows
  bool indexed = false;               // a condition on it may go by an index
  std::optional<std::size_t> parent;  // the table whose id it refers to
};

struct TableInfo {
  std::string name;
  bool keyed = true;  // has a primary key, id
  std::vector<ColumnInfo> columns;
  std::vector<std::string> conflict_targets;  // " (id)", " (k) WHERE b", " ON CONSTRAINT t_pkey"

  const ColumnInfo* column(const std::string& wanted) const;
};

struct World {
  std::vector<TableInfo> tables;
  std::vector<std::string> script;  // CREATE …; marked
  std::vector<std::string> rows;    // INSERT …
};

World random_world(Dice& dice, const Wishes& wishes);

// A literal that often meets another of its column.
std::string random_value(Dice& dice, const ColumnInfo& column);

}  // namespace gapless::disagree
