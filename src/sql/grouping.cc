// After grouping, a column that is not grouped has no single value. What may be used: grouping expressions, columns of
// a table whose primary key is grouped, and anything inside an aggregate.
#include <algorithm>

#include "sql/binder.h"
#include "sql/walk.h"

namespace gapless::sql {

bool same(const Expression& a, const Expression& b) {
  if (a.kind != b.kind || a.arguments.size() != b.arguments.size() || a.query != b.query) return false;
  const bool scalars = a.value == b.value && a.index == b.index && a.slot == b.slot && a.op == b.op &&
                       a.function == b.function && a.aggregate == b.aggregate && a.distinct == b.distinct &&
                       a.negated == b.negated && a.type == b.type && a.precision == b.precision && a.scale == b.scale;
  return scalars && std::ranges::equal(a.arguments, b.arguments, same);
}

bool contains_aggregate(const Expression& expression) {
  return expression.kind == Expression::Kind::aggregate ||
         std::ranges::any_of(expression.arguments, contains_aggregate);
}

void Binder::check_grouped(const Select& select) const {
  for (const auto& target : select.targets) check_grouped(target.expression, select, 0);
  if (select.having) check_grouped(*select.having, select, 0);
  for (const auto& term : select.order_by) check_grouped(term.expression, select, 0);
}

// `depth`: how many queries deeper than `select` the expression stands.
void Binder::check_grouped(const Expression& expression, const Select& select, std::size_t depth) const {
  if (depth == 0) {
    const auto is_same = [&](const Expression& term) { return same(term, expression); };
    if (std::ranges::any_of(select.group_by, is_same)) return;
    if (expression.kind == Expression::Kind::aggregate) return;
  }
  if (expression.kind == Expression::Kind::column) {
    if (expression.slot.depth != depth || is_grouped(expression.slot, select)) return;
    const FromItem& item = select.from[expression.slot.item];
    const std::string name = item.alias + "." + item.columns[expression.slot.column];
    if (depth > 0) refuse(expression.at, "subquery uses ungrouped column \"" + name + "\" from outer query");
    refuse(expression.at,
           "column \"" + name + "\" must appear in the GROUP BY clause or be used in an aggregate function");
  }
  for (const auto& argument : expression.arguments) check_grouped(argument, select, depth);
  if (expression.query) check_grouped_query(*expression.query, select, depth + 1);
}

void Binder::check_grouped_query(const Select& query, const Select& select, std::size_t depth) const {
  const bool united = query.union_with != nullptr;
  walk(
      query,
      [&](const Expression& each) {
        // ORDER BY of a union names result columns: they are of depth 0, which is never ours here.
        check_grouped(each, select, depth);
      },
      [&](const std::shared_ptr<Select>& inner) {
        check_grouped_query(*inner, select, united && inner == query.union_with ? depth : depth + 1);
      });
}

bool Binder::is_grouped(const Slot& slot, const Select& select) const {
  const auto grouped = [&](std::size_t column) {
    return std::ranges::any_of(select.group_by, [&](const Expression& term) {
      return term.kind == Expression::Kind::column && term.slot.depth == 0 && term.slot.item == slot.item &&
             term.slot.column == column;
    });
  };
  if (grouped(slot.column)) return true;
  const FromItem& item = select.from[slot.item];
  if (item.query || item.common) return false;
  const Unique* key = catalog_.tables[item.table_number].primary_key();
  return key != nullptr && std::ranges::all_of(key->columns, grouped);
}

}  // namespace gapless::sql
