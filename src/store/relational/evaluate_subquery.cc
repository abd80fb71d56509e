// Sub-selects in expressions and in FROM. One that refers to no enclosing row has one value throughout the statement:
// it is computed once and kept in the QueryMemory, reduced to what can still be seen of it, so that statements that
// wait with different but equivalent values are alike.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/relational/evaluate_computation.h"

namespace gapless::store {

namespace {

using sql::Expression;
using Kind = Expression::Kind;

Computation::Use use_of(Kind kind) {
  switch (kind) {
    case Kind::scalar_query:
      return Computation::Use::scalar;
    case Kind::exists_query:
      return Computation::Use::exists;
    default:
      check(kind == Kind::in_query, "a sub-select is a value, EXISTS, IN or a table");
      return Computation::Use::in;
  }
}

// How many rows settle the matter.
std::size_t rows_needed(Computation::Use use) {
  switch (use) {
    case Computation::Use::scalar:
      return 2;
    case Computation::Use::exists:
      return 1;
    default:
      return Computation::all;
  }
}

void require_single(const std::vector<Tuple>& rows) {
  if (rows.size() > 1) {
    throw SqlError("cardinality_violation", "more than one row returned by a subquery used as an expression");
  }
}

std::vector<Tuple> reduced(std::vector<Tuple> rows, Computation::Use use) {
  switch (use) {
    case Computation::Use::scalar:
      require_single(rows);
      break;
    case Computation::Use::exists:
      if (!rows.empty()) rows.assign(1, Tuple());
      break;
    case Computation::Use::in:
      std::sort(rows.begin(), rows.end());
      rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
      break;
    case Computation::Use::table:
      break;
  }
  return rows;
}

}  // namespace

const QueryResult& Computation::remember(const sql::Select& query, std::size_t query_number, Use use) {
  if (const auto known = memory_->find(query_number); known != memory_->end()) return known->second;
  if (const auto known = given_->find(query_number); known != given_->end()) return known->second;
  // What lies inside it will not be asked for again, and is not worth remembering.
  QueryMemory inside;
  QueryMemory* const outside = std::exchange(memory_, &inside);
  QueryResult result;
  try {
    result.rows = reduced(run(query, nullptr, rows_needed(use)), use);
  } catch (const SqlError& error) {
    result.error_condition = error.condition;
    result.error_message = error.what();
  } catch (...) {
    memory_ = outside;
    throw;
  }
  memory_ = outside;
  return memory_->emplace(query_number, std::move(result)).first->second;
}

const QueryResult& Computation::remembered(const sql::Select& query, std::size_t query_number, Use use) {
  const QueryResult& result = remember(query, query_number, use);
  if (!result.error_condition.empty()) throw SqlError(result.error_condition, result.error_message);
  return result;
}

std::span<const Tuple> Computation::common_table(std::size_t query_number) const {
  const auto found = given_->find(query_number);
  check(found != given_->end(), "an element of WITH is run before the part that reads it");
  return found->second.rows;
}

Value Computation::scalar_query(const Expression& expression, const Scope& scope) {
  const auto first = [](const std::vector<Tuple>& rows) { return rows.empty() ? Value() : rows.front().at(0); };
  if (!expression.correlated) {
    const auto& rows = remembered(*expression.query, expression.query_number, Use::scalar).rows;
    require_single(rows);  // one with FOR UPDATE was run whole
    return first(rows);
  }
  const auto rows = run(*expression.query, &scope, rows_needed(Use::scalar));
  require_single(rows);
  return first(rows);
}

Truth Computation::exists_query(const Expression& expression, const Scope& scope) {
  if (!expression.correlated) {
    return truth_of(!remembered(*expression.query, expression.query_number, Use::exists).rows.empty());
  }
  return truth_of(!run(*expression.query, &scope, rows_needed(Use::exists)).empty());
}

// Yes if a row is equal, unknown if none is but one might be, no otherwise: also if there are no rows at all.
Truth Computation::in_query(const Expression& expression, const Scope& scope) {
  std::vector<Tuple> own;
  const std::vector<Tuple>* rows = &own;
  if (expression.correlated) {
    own = run(*expression.query, &scope);
  } else {
    rows = &remembered(*expression.query, expression.query_number, Use::in).rows;
  }
  if (rows->empty()) return truth_of(expression.negated);  // the left side is not even computed
  Tuple wanted;
  for (const auto& argument : expression.arguments) wanted.push_back(value(argument, scope));

  Truth found = Truth::no;
  for (const Tuple& row : *rows) {
    check(row.size() == wanted.size(), "IN compares as many columns as the sub-select has");
    Truth same = Truth::yes;
    for (std::size_t i = 0; i < row.size() && same != Truth::no; ++i) {
      Value read;
      const Value& left = is_null(row[i]) ? wanted[i] : adapted({expression.arguments[i], wanted[i]}, row[i], read);
      const Truth equal_here = equal(left, row[i], place(expression));
      if (equal_here != Truth::yes) same = equal_here;
    }
    if (same == Truth::yes) {
      found = Truth::yes;
      break;
    }
    if (same == Truth::unknown) found = Truth::unknown;
  }
  return expression.negated ? opposite(found) : found;
}

// ------------------------------------------------------------------------------- all those of a statement

void Computation::remember_queries(const sql::Statement& statement) {
  struct {
    Computation& computation;
    void operator()(const sql::Select& select) const { computation.remember_in(select); }
    void operator()(const sql::Insert& insert) const {
      computation.remember_in(insert.source);
      if (insert.on_conflict) {
        for (const auto& assignment : insert.on_conflict->assignments) computation.remember_in(assignment.expression);
        if (insert.on_conflict->where) computation.remember_in(*insert.on_conflict->where);
      }
      computation.remember_in(insert.returning);
    }
    void operator()(const sql::Update& update) const {
      for (const auto& assignment : update.assignments) computation.remember_in(assignment.expression);
      changing(update.from, update.where, update.returning);
    }
    void operator()(const sql::Delete& remove) const { changing(remove.from, remove.where, remove.returning); }
    void operator()(const sql::Transaction&) const {}
    void operator()(const sql::SetVariable&) const {}
    void operator()(const sql::LockTable&) const {}

    void changing(const std::vector<sql::FromItem>& from, const std::optional<Expression>& where,
                  const std::vector<sql::Target>& returning) const {
      computation.remember_in(from);
      if (where) computation.remember_in(*where);
      computation.remember_in(returning);
    }
  } const visitor{*this};
  std::visit(visitor, statement.body);
}

// A correlated sub-select has no value of its own, but there may be others inside that have.
void Computation::remember_in(const Expression& expression) {
  for (const auto& argument : expression.arguments) remember_in(argument);
  if (expression.query == nullptr) return;
  if (expression.correlated) {
    remember_in(*expression.query);
  } else {
    remember(*expression.query, expression.query_number, use_of(expression.kind));
  }
}

void Computation::remember_in(const sql::Select& query) {
  remember_in(query.targets);
  remember_in(query.from);
  for (const auto* condition : {&query.where, &query.having, &query.limit, &query.offset}) {
    if (*condition) remember_in(**condition);
  }
  for (const auto& term : query.group_by) remember_in(term);
  for (const auto& term : query.order_by) remember_in(term.expression);
  for (const auto& row : query.values) {
    for (const auto& expression : row) remember_in(expression);
  }
  if (query.union_with != nullptr) remember_in(*query.union_with);
}

void Computation::remember_in(const std::vector<sql::FromItem>& from) {
  for (const auto& item : from) {
    if (item.on) remember_in(*item.on);
    if (item.query == nullptr) continue;
    if (item.query->correlated) {
      remember_in(*item.query);
    } else {
      remember(*item.query, item.query_number, Use::table);
    }
  }
}

void Computation::remember_in(const std::vector<sql::Target>& targets) {
  for (const auto& target : targets) remember_in(target.expression);
}

}  // namespace gapless::store
