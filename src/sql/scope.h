// What names mean at a place in a statement: tables of the catalog, and the columns of the queries around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "sql/statement.h"

namespace gapless::sql {

// One query while it is bound. Its FROM items [first, last) can be seen: none while FROM itself is bound, the items of
// its own join in ON, all of them afterwards.
struct Scope {
  Scope* outer = nullptr;
  const std::vector<FromItem>* items = nullptr;
  std::size_t first = 0;
  std::size_t last = 0;
  std::string_view aggregates_refused;  // "WHERE", where an aggregate is not possible; else empty
  bool in_aggregate = false;
  bool has_aggregate = false;  // found while binding
  bool correlated = false;     // found while binding: refers to a column of an outer scope
};

class Names {
 public:
  Names(const Catalog& catalog, const SourceText& source) : catalog_(catalog), source_(source) {}

  // The catalog's number of a table; see bind.h for how databases count.
  std::size_t table(const std::string& database, const std::string& name, Offset at) const;

  // Fills in slot and type, and marks the scopes that the reference leaves as correlated.
  void resolve(Expression& column, Scope& scope) const;
  // Whether an unqualified name is a column of this very scope.
  static bool is_column(const std::string& name, const Scope& scope);

  // ModelError: "column "x" does not exist; did you mean "y"?"
  [[noreturn]] void no_column(const std::string& name, const Table& table, Offset at) const;

 private:
  bool resolve_here(Expression& column, const Scope& scope, std::uint16_t depth) const;
  [[noreturn]] void not_found(const Expression& column, const Scope& scope) const;

  const Catalog& catalog_;
  const SourceText& source_;
};

// ", did you mean …?", or nothing.
std::string suggestion(std::string_view wanted, const std::vector<std::string>& candidates);

}  // namespace gapless::sql
