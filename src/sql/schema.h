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
    std::vector<std::string> included;
    bool primary = false;
    Offset at = 0;
  };
  struct Reference {
    std::string name;
    std::vector<std::string> columns;
    std::string parent;
    Offset parent_at = 0;
    std::vector<std::string> parent_columns;  // empty: the primary key
    ForeignKeyAction on_delete = ForeignKeyAction::no_action;
    ForeignKeyAction on_update = ForeignKeyAction::no_action;
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
    std::vector<Reference> references;
  };
  // What an index is over, bound; INCLUDE's columns come last.
  struct IndexParts {
    std::vector<std::string> names;  // for the index's own name
    std::vector<std::size_t> columns;
    std::vector<Expression> expressions;
  };

  void create(const Node& node);
  void index(const Node& node);
  void alter(const Node& node);

  void storage_option(const Node& node);
  Column column(const Node& node, Definition& definition);
  void column_constraint(const Node& node, Column& column, Definition& definition);
  void identity(const Node& node, Column& column);
  // A constraint on a whole table, or on `column` where that is not empty; false where it is neither a key nor a CHECK.
  bool table_constraint(const Node& node, const std::string& column, Definition& definition);

  void complete(Definition& definition);
  void bind_defaults(Table& table);
  void add_check(Table& table, Condition condition);

  // schema_index.cc
  void index_element(const Node& node, const Table& table, IndexParts& parts);

  // schema_key.cc
  void add_keys(Table& table, std::size_t number, std::vector<Key> keys);
  void add_key(Table& table, std::size_t number, const Key& key);
  Reference reference(const Node& node, const std::string& name, const std::string& column);
  void add_reference(std::size_t table_number, const Reference& reference);
  void find_parent_key(const Reference& reference, const Table& parent, ForeignKey& result) const;
  bool is_constraint(const Table& table, const std::string& name) const;

  std::vector<std::size_t> column_numbers(const Table& table, const std::vector<std::string>& names, Offset at) const;
  void claim(const std::string& relation, Offset at);
  std::string free_relation(const std::string& table, const std::string& columns, const std::string& label) const;
  Table& table_named(const std::string& name, Offset at);
  [[noreturn]] void refuse(Offset at, std::string message) const;
  Expression condition(const Node& node, std::string_view construct);

  const std::vector<std::string> no_parameters_;
  Catalog catalog_;
  std::set<std::string> relations_;  // tables and indexes share their names
  Source source_;
};

// name1_name2_label, shortened as PostgreSQL shortens it.
std::string object_name(std::string name1, std::string name2, const std::string& label);
std::string joined(const std::vector<std::string>& names);  // a_b

}  // namespace gapless::sql
