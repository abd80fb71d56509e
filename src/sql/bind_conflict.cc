// ON CONFLICT: which unique keys it looks at (PostgreSQL's "inference"), and what DO UPDATE may refer to.
#include <algorithm>

#include "sql/binder.h"
#include "sql/types.h"

namespace gapless::sql {

namespace {

// The conditions that AND joins.
void conjuncts(const Expression& condition, std::vector<const Expression*>& result) {
  if (condition.kind == Expression::Kind::operation && condition.op == Operator::and_) {
    for (const auto& part : condition.arguments) conjuncts(part, result);
  } else {
    result.push_back(&condition);
  }
}

bool is_comparison(Operator op) {
  return op == Operator::equal || op == Operator::not_equal || op == Operator::less || op == Operator::less_equal ||
         op == Operator::greater || op == Operator::greater_equal;
}

// A condition that holds implies another one: the same, or that what it compares is not NULL.
bool implies(const Expression& known, const Expression& wanted) {
  if (same(known, wanted)) return true;
  const bool not_null = wanted.kind == Expression::Kind::operation && wanted.op == Operator::is_not_null;
  if (!not_null || known.kind != Expression::Kind::operation || !is_comparison(known.op)) return false;
  return std::ranges::any_of(known.arguments, [&](const auto& side) { return same(side, wanted.arguments.front()); });
}

bool implies(const Expression& known, const std::vector<const Expression*>& wanted) {
  std::vector<const Expression*> facts;
  conjuncts(known, facts);
  return std::ranges::all_of(wanted, [&](const Expression* each) {
    return std::ranges::any_of(facts, [&](const Expression* fact) { return implies(*fact, *each); });
  });
}

bool is_plain_column(const Expression& expression) { return expression.kind == Expression::Kind::column; }

}  // namespace

// Item 0 is the row that is there, item 1 the one that was to be inserted.
void Binder::conflict(Insert& insert, const Table& table) {
  OnConflict& conflict = *insert.on_conflict;
  std::vector<FromItem> items = {target_item(insert.table_number, insert.alias, insert.at),
                                 target_item(insert.table_number, "excluded", conflict.at)};
  if (insert.alias == "excluded") refuse(insert.at, "table name \"excluded\" specified more than once");
  Scope scope;
  scope.items = &items;
  scope.last = 1;
  infer(conflict, table, scope);
  if (!conflict.updates) return;
  scope.last = 2;
  assignments(conflict.assignments, table, scope, "ON CONFLICT DO UPDATE");
  if (conflict.where) condition(*conflict.where, scope, "WHERE");
}

void Binder::infer(OnConflict& conflict, const Table& table, Scope& scope) {
  conflict.uniques.clear();
  if (!conflict.constraint.empty()) {
    std::vector<std::string> known;
    for (std::size_t i = 0; i < table.uniques.size(); ++i) {
      if (!table.uniques[i].constraint) continue;
      known.push_back(table.uniques[i].name);
      if (known.back() == conflict.constraint) conflict.uniques.push_back(i);
    }
    if (conflict.uniques.empty())
      refuse(conflict.at, "constraint \"" + conflict.constraint + "\" for table \"" + table.name + "\" does not exist" +
                              suggestion(conflict.constraint, known));
    return;
  }
  scope.aggregates_refused = "ON CONFLICT";
  for (auto& each : conflict.target) expression(each, scope);
  scope.aggregates_refused = "";
  if (conflict.predicate) condition(*conflict.predicate, scope, "ON CONFLICT");
  bool by_predicate_only = false;
  for (std::size_t i = 0; i < table.uniques.size(); ++i) {
    const Unique& unique = table.uniques[i];
    if (!conflict.target.empty()) {
      if (!is_inferred(conflict, unique)) continue;
      std::vector<const Expression*> wanted;
      if (unique.predicate) conjuncts(*unique.predicate, wanted);
      if (!wanted.empty() && (!conflict.predicate || !implies(*conflict.predicate, wanted))) {
        by_predicate_only = by_predicate_only || conflict.predicate.has_value();
        continue;
      }
    }
    conflict.uniques.push_back(i);
  }
  if (!conflict.uniques.empty() || conflict.target.empty()) return;
  // PostgreSQL can prove more than we: that x > 5 implies x > 0.
  if (by_predicate_only)
    refuse(conflict.predicate->at,
           "this condition does not visibly imply that of the unique index: write it as in CREATE UNIQUE INDEX");
  refuse(conflict.at, "there is no unique or exclusion constraint matching the ON CONFLICT specification");
}

// The same columns and the same expressions, in any order.
bool Binder::is_inferred(const OnConflict& conflict, const Unique& unique) const {
  std::set<std::size_t> columns;
  std::vector<const Expression*> expressions;
  for (const auto& each : conflict.target) {
    if (is_plain_column(each)) {
      columns.insert(each.slot.column);
    } else {
      expressions.push_back(&each);
    }
  }
  if (columns != std::set<std::size_t>(unique.columns.begin(), unique.columns.end())) return false;
  const auto written = [&](const Expression& wanted) {
    return std::ranges::any_of(expressions, [&](const Expression* each) { return same(*each, wanted); });
  };
  const auto indexed = [&](const Expression* wanted) {
    return std::ranges::any_of(unique.expressions, [&](const Expression& each) { return same(each, *wanted); });
  };
  return std::ranges::all_of(unique.expressions, written) && std::ranges::all_of(expressions, indexed);
}

}  // namespace gapless::sql
