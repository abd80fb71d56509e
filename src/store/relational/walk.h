// Visits every query and every expression of a statement, wherever they stand: in conditions, targets, assignments,
// FROM, in the elements of WITH, and in sub-selects. The statement's own SELECT (or an INSERT's source) counts as a
// query, too, and comes first; an expression comes before its arguments and its sub-select.
#pragma once

#include <vector>

#include "sql/statement.h"

namespace gapless::store::relational {

template <class VisitQuery, class VisitExpression>
class Walk {
 public:
  Walk(VisitQuery visit_query, VisitExpression visit_expression)
      : visit_query_(visit_query), visit_expression_(visit_expression) {}

  void statement(const sql::Statement& statement) {
    for (const auto& common : statement.with) part(common.body);
    part(statement.body);
  }

  // The body of a statement, or of an element of WITH.
  template <class Body>
  void part(const Body& body) {
    if (const auto* select = std::get_if<sql::Select>(&body)) query(*select);
    if (const auto* insert = std::get_if<sql::Insert>(&body)) {
      query(insert->source);
      if (insert->on_conflict) {
        std::vector<sql::FromItem> both(2);
        both[0].table_number = both[1].table_number = insert->table_number;
        scopes_.push_back(&both);
        for (const auto& assignment : insert->on_conflict->assignments) expression(assignment.expression);
        optional(insert->on_conflict->where);
        scopes_.pop_back();
      }
      std::vector<sql::FromItem> target(1);
      target.front().table_number = insert->table_number;
      scopes_.push_back(&target);
      targets(insert->returning);
      scopes_.pop_back();
    }
    if (const auto* update = std::get_if<sql::Update>(&body)) {
      scopes_.push_back(&update->from);
      for (const auto& assignment : update->assignments) expression(assignment.expression);
      from(update->from);
      optional(update->where);
      targets(update->returning);
      scopes_.pop_back();
    }
    if (const auto* remove = std::get_if<sql::Delete>(&body)) {
      scopes_.push_back(&remove->from);
      from(remove->from);
      optional(remove->where);
      targets(remove->returning);
      scopes_.pop_back();
    }
  }

  // While a column is visited: the item of FROM that it belongs to. nullptr for a column of a UNION's result.
  const sql::FromItem* item_of(const sql::Expression& column) const {
    if (column.slot.depth >= scopes_.size()) return nullptr;
    const auto& items = *scopes_[scopes_.size() - 1 - column.slot.depth];
    return column.slot.item < items.size() ? &items[column.slot.item] : nullptr;
  }

  void expression(const sql::Expression& expression) {
    visit_expression_(expression);
    for (const auto& argument : expression.arguments) this->expression(argument);
    if (expression.query) query(*expression.query);
  }

 private:
  void query(const sql::Select& select) {
    visit_query_(select);
    scopes_.push_back(&select.from);
    targets(select.targets);
    from(select.from);
    optional(select.where);
    for (const auto& term : select.group_by) expression(term);
    optional(select.having);
    for (const auto& term : select.order_by) expression(term.expression);
    optional(select.limit);
    optional(select.offset);
    for (const auto& row : select.values) {
      for (const auto& value : row) expression(value);
    }
    scopes_.pop_back();
    if (select.union_with) query(*select.union_with);
  }

  void from(const std::vector<sql::FromItem>& items) {
    for (const auto& item : items) {
      optional(item.on);
      if (item.query) query(*item.query);
    }
  }

  void targets(const std::vector<sql::Target>& targets) {
    for (const auto& target : targets) expression(target.expression);
  }

  void optional(const std::optional<sql::Expression>& part) {
    if (part) expression(*part);
  }

  VisitQuery visit_query_;
  VisitExpression visit_expression_;
  std::vector<const std::vector<sql::FromItem>*> scopes_;  // innermost last
};

template <class Visit>
void for_each_query(const sql::Statement& statement, Visit visit) {
  Walk(visit, [](const sql::Expression&) {}).statement(statement);
}

template <class Visit>
void for_each_expression(const sql::Statement& statement, Visit visit) {
  Walk([](const sql::Select&) {}, visit).statement(statement);
}

}  // namespace gapless::store::relational
