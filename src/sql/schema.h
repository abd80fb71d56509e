// CREATE TABLE, CREATE INDEX and ALTER TABLE → a Catalog, with constraints named as PostgreSQL names them, since its
// error messages contain those names.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sql/reader.h"
#include "sql/statement.h"
#include "sql/tree.h"

namespace gapless::sql {

class SchemaBuilder {
 public:
  explicit SchemaBuilder(std::string database) { catalog_.database = std::move(database); }

  // REQUIRES: a CreateStmt, IndexStmt or AlterTableStmt.
  void apply(const Source& source, const Node& node);
  Catalog finish() { return std::move(catalog_); }

 private:
  // A constraint as written: columns have names, nothing is bound yet.
  struct Key {
    std::string name;
    std::vector<std::string> columns;
    bool primary = false;
    Offset at = 0;
  };
  struct Condition {
    std::string name;
    Expression expression;
    Offset at = 0;
  };
  struct Definition {
    Table table;
    std::vector<Key> keys;
    std::vector<Condition> conditions;
  };

  void create(const Node& node);
  void index(const Node& node);
  void alter(const Node& node);

  Column column(const Node& node, Definition& definition);
  void column_constraint(const Node& node, Column& column, Definition& definition);
  void identity(const Node& node, Column& column);
  // A constraint on a whole table, or on `column` where that is not empty; false where it is neither a key nor a CHECK.
  bool key_or_check(const Node& node, const std::string& column, Definition& definition);

  void complete(Definition& definition);
  void bind_defaults(Table& table);
  void add_keys(Table& table, std::vector<Key> keys);
  void add_check(Table& table, Condition condition);
  std::vector<std::size_t> column_numbers(const Table& table, const std::vector<std::string>& names, Offset at) const;
  void claim(const std::string& relation, Offset at);
  std::string free_relation(const std::string& table, const std::string& columns, const std::string& label) const;
  Table& table_named(const std::string& name, Offset at);
  [[noreturn]] void refuse(Offset at, std::string message) const;
  Expression condition(const Node& node, std::string_view construct);

  Catalog catalog_;
  std::set<std::string> relations_;  // tables and indexes share their names
  Source source_;
};

}  // namespace gapless::sql
