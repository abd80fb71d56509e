// Visits every sub-select of a statement, wherever it stands: in conditions, targets, assignments, FROM, and in other
// sub-selects. The statement's own SELECT (or an INSERT's source) counts as one, too, and comes first.
#pragma once

#include "sql/statement.h"

namespace gapless::store::relational {

template <class Visit>
class QueryWalk {
 public:
  explicit QueryWalk(Visit visit) : visit_(visit) {}

  void statement(const sql::Statement& statement) {
    if (const auto* select = std::get_if<sql::Select>(&statement.body)) query(*select);
    if (const auto* insert = std::get_if<sql::Insert>(&statement.body)) {
      query(insert->source);
      targets(insert->returning);
    }
    if (const auto* update = std::get_if<sql::Update>(&statement.body)) {
      for (const auto& assignment : update->assignments) expression(assignment.expression);
      from(update->from);
      optional(update->where);
      targets(update->returning);
    }
    if (const auto* remove = std::get_if<sql::Delete>(&statement.body)) {
      from(remove->from);
      optional(remove->where);
      targets(remove->returning);
    }
  }

  void expression(const sql::Expression& expression) {
    for (const auto& argument : expression.arguments) this->expression(argument);
    if (expression.query) query(*expression.query);
  }

 private:
  void query(const sql::Select& select) {
    visit_(select);
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

  Visit visit_;
};

}  // namespace gapless::store::relational
