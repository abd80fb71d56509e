// A column is looked for in the innermost query first, and in the next one outwards only if nothing there has its name.
#include "sql/scope.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "sql/bind.h"

namespace gapless::sql {

std::string suggestion(std::string_view wanted, const std::vector<std::string>& candidates) {
  const std::string meant = did_you_mean(wanted, candidates);
  return meant.empty() ? "" : "; did you mean \"" + meant + "\"?";
}

std::size_t Names::table(const std::string& database, const std::string& name, Offset at) const {
  const auto& tables = catalog_.tables;
  const auto number = [&](auto found) { return static_cast<std::size_t>(found - tables.begin()); };
  const bool own = database.empty() || database == catalog_.database;
  const std::string wanted = own ? name : database + "." + name;
  if (own || catalog_.database.empty()) {
    if (const auto exact = std::ranges::find(tables, wanted, &Table::name); exact != tables.end()) return number(exact);
  }
  if (database.empty()) {
    std::vector<std::string> candidates;
    std::size_t found = 0;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (!tables[i].name.ends_with("." + name)) continue;
      candidates.push_back(tables[i].name);
      found = i;
    }
    if (candidates.size() == 1) return found;
    if (candidates.size() > 1) {
      std::string message = "table \"" + name + "\" is ambiguous: it could be " + candidates[0];
      for (std::size_t i = 1; i < candidates.size(); ++i) message += " or " + candidates[i];
      throw ModelError(source_, at, message);
    }
  }
  std::vector<std::string> known;
  for (const auto& table : tables) {
    known.push_back(table.name);
    if (const auto point = table.name.find('.'); point != std::string::npos)
      known.push_back(table.name.substr(point + 1));
  }
  const std::string full = database.empty() ? name : database + "." + name;
  throw ModelError(source_, at, "relation \"" + full + "\" does not exist" + suggestion(full, known));
}

void Names::resolve(Expression& column, Scope& scope) const {
  std::uint16_t depth = 0;
  for (Scope* each = &scope; each != nullptr; each = each->outer, ++depth) {
    if (!resolve_here(column, *each, depth)) continue;
    Scope* left = &scope;
    for (std::uint16_t i = 0; i < depth; ++i, left = left->outer) left->correlated = true;
    return;
  }
  not_found(column, scope);
}

bool Names::resolve_here(Expression& column, const Scope& scope, std::uint16_t depth) const {
  bool found = false;
  for (std::size_t i = scope.first; i < scope.last; ++i) {
    const FromItem& item = (*scope.items)[i];
    if (!column.qualifier.empty() && item.alias != column.qualifier) continue;
    for (std::size_t c = 0; c < item.columns.size(); ++c) {
      if (item.columns[c] != column.name) continue;
      if (found) throw ModelError(source_, column.at, "column reference \"" + column.name + "\" is ambiguous");
      found = true;
      column.slot = {depth, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(c)};
      column.type = item.types[c];
    }
    if (!column.qualifier.empty() && !found)
      throw ModelError(
          source_, column.at,
          "column " + column.qualifier + "." + column.name + " does not exist" + suggestion(column.name, item.columns));
  }
  return found;
}

bool Names::is_column(const std::string& name, const Scope& scope) {
  for (std::size_t i = scope.first; i < scope.last; ++i) {
    const auto& columns = (*scope.items)[i].columns;
    if (std::ranges::find(columns, name) != columns.end()) return true;
  }
  return false;
}

void Names::not_found(const Expression& column, const Scope& scope) const {
  std::vector<std::string> columns;
  std::vector<std::string> aliases;
  for (const Scope* each = &scope; each != nullptr; each = each->outer) {
    for (std::size_t i = each->first; i < each->last; ++i) {
      const FromItem& item = (*each->items)[i];
      columns.insert(columns.end(), item.columns.begin(), item.columns.end());
      aliases.push_back(item.alias);
      if (!column.qualifier.empty() && item.table == column.qualifier)
        throw ModelError(source_, column.at,
                         "table \"" + item.table + "\" is called \"" + item.alias + "\" in this query");
    }
    // Seen elsewhere in this FROM, but not from here.
    for (std::size_t i = 0; each->items != nullptr && i < each->items->size(); ++i) {
      if (!column.qualifier.empty() && (*each->items)[i].alias == column.qualifier)
        throw ModelError(source_, column.at,
                         "table \"" + column.qualifier + "\" cannot be referenced from this part of the query");
    }
  }
  static constexpr std::array<std::string_view, 6> system_columns = {"xmin", "xmax", "cmin",
                                                                     "cmax", "ctid", "tableoid"};
  if (std::ranges::find(system_columns, column.name) != system_columns.end())
    throw ModelError(source_, column.at, "the system column " + column.name + " is not supported yet");
  if (!column.qualifier.empty())
    throw ModelError(
        source_, column.at,
        "missing FROM-clause entry for table \"" + column.qualifier + "\"" + suggestion(column.qualifier, aliases));
  throw ModelError(source_, column.at,
                   "column \"" + column.name + "\" does not exist" + suggestion(column.name, columns));
}

void Names::no_column(const std::string& name, const Table& table, Offset at) const {
  std::vector<std::string> known;
  for (const auto& column : table.columns) known.push_back(column.name);
  throw ModelError(
      source_, at,
      "column \"" + name + "\" of relation \"" + table.name + "\" does not exist" + suggestion(name, known));
}

}  // namespace gapless::sql
