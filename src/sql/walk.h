// Every expression and every query that stands directly in a Select, in the order in which they were written.
#pragma once

#include "sql/statement.h"

namespace gapless::sql {

// `select` may be const; `visit_expression(Expression&)` and `visit_query(std::shared_ptr<Select>&)` see all parts.
template <class AnySelect, class VisitExpression, class VisitQuery>
void walk(AnySelect& select, VisitExpression visit_expression, VisitQuery visit_query) {
  for (auto& target : select.targets) visit_expression(target.expression);
  for (auto& item : select.from) {
    if (item.query) visit_query(item.query);
    if (item.on) visit_expression(*item.on);
  }
  if (select.where) visit_expression(*select.where);
  for (auto& term : select.group_by) visit_expression(term);
  if (select.having) visit_expression(*select.having);
  for (auto& row : select.values) {
    for (auto& value : row) visit_expression(value);
  }
  if (select.union_with) visit_query(select.union_with);
  for (auto& term : select.order_by) visit_expression(term.expression);
  if (select.limit) visit_expression(*select.limit);
  if (select.offset) visit_expression(*select.offset);
}

}  // namespace gapless::sql
