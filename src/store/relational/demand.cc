// Goes from the statement, and from the elements of WITH that change rows (they always run), to what these read, and
// on to what that reads; but not into what a false condition makes superfluous. Each rule was looked at on a server.
#include "store/relational/demand.h"

#include <algorithm>

#include "store/relational/evaluate_computation.h"
#include "store/relational/walk.h"

namespace gapless::store::relational {
namespace {

bool contains_query(const sql::Expression& expression) {
  return expression.query != nullptr ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(), contains_query);
}

bool contains_aggregate(const sql::Expression& expression) {
  return expression.kind == sql::Expression::Kind::aggregate ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(), contains_aggregate);
}

// Also of an enclosing query.
bool mentions_column(const sql::Expression& expression) {
  return expression.kind == sql::Expression::Kind::column || (expression.query && expression.correlated) ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(), mentions_column);
}

void add_conjuncts(const sql::Expression& condition, std::vector<const sql::Expression*>& conjuncts) {
  if (condition.kind != sql::Expression::Kind::operation || condition.op != sql::Operator::and_) {
    conjuncts.push_back(&condition);
    return;
  }
  for (const auto& part : condition.arguments) add_conjuncts(part, conjuncts);
}

std::vector<const sql::Expression*> conjuncts_of(const sql::Expression& condition) {
  std::vector<const sql::Expression*> conjuncts;
  add_conjuncts(condition, conjuncts);
  return conjuncts;
}

bool needs_rows(const sql::Expression& condition) {
  return mentions_query(condition) || is_volatile(condition) || contains_aggregate(condition);
}

}  // namespace

Demand::Demand(const sql::Statement& statement, Evaluator& evaluator, const QueryMemory& memory)
    : statement_(statement), evaluator_(evaluator), memory_(memory) {
  for (const auto& common : statement.with) {
    if (!std::holds_alternative<sql::Select>(common.body)) ask_body(common.body);
  }
  ask_body(statement.body);
}

template <class Body>
void Demand::ask_body(const Body& body) {
  if (const auto* select = std::get_if<sql::Select>(&body)) ask_query(*select);
  if (const auto* insert = std::get_if<sql::Insert>(&body)) ask_insert(*insert);
  if (const auto* update = std::get_if<sql::Update>(&body)) {
    if (ask_filters(update->from, update->where, {}) == Rows::none) return;
    for (const auto& assignment : update->assignments) ask_expression(assignment.expression);
    ask_from(update->from);
    ask_targets(update->returning, Aggregates::computed);
  }
  if (const auto* remove = std::get_if<sql::Delete>(&body)) {
    if (ask_filters(remove->from, remove->where, {}) == Rows::none) return;
    ask_from(remove->from);
    ask_targets(remove->returning, Aggregates::computed);
  }
}

void Demand::ask_insert(const sql::Insert& insert) {
  if (ask_query(insert.source) == Rows::none) return;
  if (insert.on_conflict) {
    for (const auto& assignment : insert.on_conflict->assignments) ask_expression(assignment.expression);
    if (insert.on_conflict->where) ask_expression(*insert.on_conflict->where);
  }
  ask_targets(insert.returning, Aggregates::computed);
}

// LIMIT and OFFSET are computed before any row, and LIMIT 0 wants none.
Demand::Rows Demand::ask_query(const sql::Select& query) {
  bool known = true;
  for (const auto* count : {&query.limit, &query.offset}) {
    if (!*count) continue;
    ask_expression(**count);
    known = known && is_known(**count);
  }
  if (known && query.limit && wants_nothing(query)) return Rows::none;
  auto rows = Rows::none;
  for (const auto* arm = &query; arm != nullptr; arm = arm->union_with.get()) {
    if (ask_arm(*arm) == Rows::maybe) rows = Rows::maybe;
  }
  return rows;
}

Demand::Rows Demand::ask_arm(const sql::Select& arm) {
  for (const auto& row : arm.values) {
    for (const auto& value : row) ask_expression(value);
  }
  const bool has_input = ask_filters(arm.from, arm.where, arm.having) == Rows::maybe;
  if (has_input) ask_from(arm.from);
  // Aggregates without GROUP BY make a row where there is none; what they are of is not computed then.
  if (!has_input && (!arm.aggregated || !arm.group_by.empty())) return Rows::none;
  const auto aggregates = has_input ? Aggregates::computed : Aggregates::empty;
  if (arm.having && ask_conditions(conjuncts_of(*arm.having), aggregates) == Rows::none) return Rows::none;
  ask_targets(arm.targets, aggregates);
  for (const auto& term : arm.group_by) ask_expression(term);
  for (const auto& term : arm.order_by) ask_expression(term.expression, aggregates);
  return Rows::maybe;
}

// Of HAVING, what mentions neither columns nor aggregates is a condition on the rows, too.
Demand::Rows Demand::ask_filters(const std::vector<sql::FromItem>& from, const std::optional<sql::Expression>& where,
                                 const std::optional<sql::Expression>& having) {
  std::vector<const sql::Expression*> conjuncts;
  for (const auto& item : from) {
    if (item.on && item.join != sql::JoinKind::left) add_conjuncts(*item.on, conjuncts);
  }
  if (where) add_conjuncts(*where, conjuncts);
  if (having) {
    auto early = conjuncts_of(*having);
    std::erase_if(early, [](const sql::Expression* condition) { return needs_rows(*condition); });
    conjuncts.insert(conjuncts.end(), early.begin(), early.end());
  }
  return ask_conditions(conjuncts, Aggregates::computed);
}

// A constant is seen when the statement is planned; the rest of what mentions no column is computed from left to right
// until something is false; then come the rows.
Demand::Rows Demand::ask_conditions(const std::vector<const sql::Expression*>& conditions, Aggregates aggregates) {
  if (has_false_constant(conditions)) return Rows::none;
  for (const auto* condition : conditions) {
    if (needs_rows(*condition)) continue;
    ask_expression(*condition);
    if (is_false(*condition)) return Rows::none;
  }
  for (const auto* condition : conditions) {
    if (needs_rows(*condition)) ask_expression(*condition, aggregates);
  }
  return Rows::maybe;
}

// The right hand side of a LEFT JOIN is not read where its condition is false as a constant.
void Demand::ask_from(const std::vector<sql::FromItem>& from) {
  for (const auto& item : from) {
    if (item.on && item.join == sql::JoinKind::left) {
      const auto conjuncts = conjuncts_of(*item.on);
      if (has_false_constant(conjuncts)) continue;
      for (const auto* condition : conjuncts) ask_expression(*condition);
    }
    ask_item(item);
  }
}

void Demand::ask_item(const sql::FromItem& item) {
  if ((!item.query && !item.common) || !asked_.insert(item.query_number).second) return;
  if (item.query) ask_query(*item.query);
  if (!item.common) return;
  for (const auto& common : statement_.with) {
    const auto* select = std::get_if<sql::Select>(&common.body);
    if (common.query_number == item.query_number && select != nullptr) ask_query(*select);
  }
}

void Demand::ask_targets(const std::vector<sql::Target>& targets, Aggregates aggregates) {
  for (const auto& target : targets) ask_expression(target.expression, aggregates);
}

void Demand::ask_expression(const sql::Expression& expression, Aggregates aggregates) {
  if (aggregates == Aggregates::empty && expression.kind == sql::Expression::Kind::aggregate) return;
  for (const auto& argument : expression.arguments) ask_expression(argument, aggregates);
  if (expression.query && asked_.insert(expression.query_number).second) ask_query(*expression.query);
}

bool Demand::has_false_constant(const std::vector<const sql::Expression*>& conditions) {
  return std::any_of(conditions.begin(), conditions.end(), [this](const sql::Expression* condition) {
    return !contains_query(*condition) && is_false(*condition);
  });
}

// An error is left to who computes it in earnest, if anybody does.
bool Demand::is_false(const sql::Expression& condition) {
  if (!is_known(condition)) return false;
  try {
    return !evaluator_.is_true(condition, {});
  } catch (const SqlError&) {
    return false;
  }
}

bool Demand::wants_nothing(const sql::Select& query) {
  try {
    return evaluator_.limits(query).second == 0;
  } catch (const SqlError&) {
    return false;
  }
}

bool Demand::is_known(const sql::Expression& expression) const {
  if (mentions_column(expression) || contains_aggregate(expression)) return false;
  bool known = true;
  const auto visit_query = [&](const sql::Select& query) {
    for (const auto& item : query.from) {
      const bool is_part = item.common || (item.query && item.query->locking.strength != sql::LockStrength::none);
      known = known && (!is_part || memory_.contains(item.query_number));
    }
  };
  const auto visit = [&](const sql::Expression& part) {
    const bool is_part = part.query && part.query->locking.strength != sql::LockStrength::none;
    known = known && (!is_part || memory_.contains(part.query_number)) && !is_volatile(part);
  };
  Walk(visit_query, visit).expression(expression);
  return known;
}

}  // namespace gapless::store::relational
