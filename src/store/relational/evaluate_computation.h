// The evaluator's inside: one computation over one snapshot. Expressions see rows through a chain of scopes, one for
// each query around them; a column's Slot says how many scopes outwards it is found.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "store/relational/evaluate.h"
#include "store/relational/evaluate_values.h"

namespace gapless::store {

// Is shown the rows of a query one after another, and throws NameUsed where the order of two depends on names. Rows
// come in order of keys or of values, so any two names in one column count: to be wrong here costs states, not truth.
class OrderWatch {
 public:
  explicit OrderWatch(const Snapshot& snapshot) : is_on_(snapshot.watches_order()) {}
  void next(const FromRow& row);

 private:
  bool is_on_;
  std::vector<const Tuple*> before_;
};

// Rows of a FROM clause, `width` pointers each, side by side. A group is such a list.
class RowList {
 public:
  explicit RowList(std::size_t width) : width_(width) {}

  void add(std::span<const Tuple* const> row) {
    tuples_.insert(tuples_.end(), row.begin(), row.end());
    ++size_;
  }
  std::size_t size() const { return size_; }
  std::span<const Tuple* const> operator[](std::size_t i) const {
    return std::span(tuples_).subspan(i * width_, width_);
  }

 private:
  std::size_t width_;
  std::size_t size_ = 0;  // a row of no items has no pointers, but counts
  std::vector<const Tuple*> tuples_;
};

struct Scope {
  std::span<const Tuple* const> tuples;  // one for each item; nullptr where a LEFT JOIN found nothing
  const Scope* outer = nullptr;
  const RowList* group = nullptr;  // in an aggregated query; `tuples` is then the group's first row
};

// Columns of the query that the expression stands in (a sub-select that is correlated counts as if it had some); and
// functions that may come out otherwise each time.
bool mentions_query(const sql::Expression& expression);
bool is_volatile(const sql::Expression& expression);

class Computation {
 public:
  static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

  Computation(const SourceText& source, const Snapshot& snapshot, std::span<const Value> parameters,
              QueryMemory& memory)
      : source_(source), snapshot_(snapshot), parameters_(parameters), memory_(&memory), given_(&memory) {}

  // ------------------------------------------------------------------------ evaluate_expression.cc

  Value value(const sql::Expression& expression, const Scope& scope);
  // The same without a copy where the value lies somewhere already; otherwise it is put into `room`.
  const Value& look(const sql::Expression& expression, const Scope& scope, Value& room);

  // ------------------------------------------------------------------------- evaluate_condition.cc

  static bool is_condition(const sql::Expression& expression);  // by its form; a boolean column is none
  Truth truth(const sql::Expression& condition, const Scope& scope);

  // ------------------------------------------------------------------------------ evaluate_join.cc

  // Visits the rows of a FROM clause that satisfy `where` until `visit` says false. Rows of correlated sub-selects are
  // put into `kept`, where the pointers to them stay valid.
  using Visit = std::function<bool(const FromRow&)>;
  void visit_matches(const std::vector<sql::FromItem>& from, const sql::Expression* where, const Scope* outer,
                     std::deque<std::vector<Tuple>>& kept, const Visit& visit);

  // ------------------------------------------------------------------------------ evaluate_scan.cc

  // Tells the snapshot how the item's rows will be found, if it wants to know.
  void announce_scan(const std::vector<sql::FromItem>& from, std::size_t item, const sql::Expression* where,
                     const Scope* outer);

  // ----------------------------------------------------------------------------- evaluate_query.cc

  // The query's rows, the first `at_most` of them: whoever asks for fewer does not see errors in later rows.
  std::vector<Tuple> run(const sql::Select& query, const Scope* outer, std::size_t at_most = all);
  Tuple sort_keys(const sql::Select& query, const Scope& scope);
  // The order in which rows with these sort keys come.
  std::vector<std::size_t> sorted(const sql::Select& query, const std::vector<Tuple>& keys);
  std::pair<std::size_t, std::size_t> limits(const sql::Select& query, const Scope* outer);
  Tuple targets(const std::vector<sql::Target>& targets, const Scope& scope);

  // -------------------------------------------------------------------------- evaluate_subquery.cc

  // How the value of a sub-select is used: what need be remembered of it.
  enum class Use : std::uint8_t { scalar, exists, in, table };
  // Computes an uncorrelated sub-select unless that was done before. Does not throw SqlError.
  const QueryResult& remember(const sql::Select& query, std::size_t query_number, Use use);
  // The same; throws the error that computing it gave.
  const QueryResult& remembered(const sql::Select& query, std::size_t query_number, Use use);
  // The rows of WITH's element. REQUIRES: it was run.
  std::span<const Tuple> common_table(std::size_t query_number) const;
  Value scalar_query(const sql::Expression& expression, const Scope& scope);
  Truth exists_query(const sql::Expression& expression, const Scope& scope);
  Truth in_query(const sql::Expression& expression, const Scope& scope);
  void remember_queries(const sql::Statement& statement);

  Place place(const sql::Expression& expression) const { return {source_, expression.at}; }

 private:
  class Join;

  // evaluate_expression.cc
  const Value* in_place(const sql::Expression& expression, const Scope& scope) const;
  const Value& column(const sql::Expression& expression, const Scope& scope) const;
  Value operation(const sql::Expression& expression, const Scope& scope);
  Value function(const sql::Expression& expression, const Scope& scope);
  Value lock_call(const sql::Expression& expression, std::vector<Value> key) const;
  Value extreme(const sql::Expression& expression, const Scope& scope);
  Value case_value(const sql::Expression& expression, const Scope& scope);
  Value aggregate(const sql::Expression& expression, const Scope& scope);

  // evaluate_condition.cc
  Truth logic(const sql::Expression& expression, const Scope& scope);
  Truth comparison(const sql::Expression& expression, const Scope& scope);
  Truth in_list(const sql::Expression& expression, const Scope& scope);
  Truth between(const sql::Expression& expression, const Scope& scope);
  Truth likeness(const sql::Expression& expression, const Scope& scope);
  Truth compared(sql::Operator op, const sql::Expression& a, const sql::Expression& b, const Scope& scope,
                 const Place& at);
  struct Operand {
    const sql::Expression& expression;
    const Value& value;
  };
  Truth related(sql::Operator op, const Operand& a, const Operand& b, const Place& at) const;
  const Value& adapted(const Operand& operand, const Value& beside, Value& room) const;

  // evaluate_query.cc
  std::vector<Tuple> run_block(const sql::Select& query, const Scope* outer, std::size_t at_most, bool order);
  std::vector<Tuple> run_union(const sql::Select& query, const Scope* outer);
  std::vector<Tuple> run_values(const sql::Select& query, const Scope* outer);
  void visit_scopes(const sql::Select& query, const Scope* outer, const std::function<bool(const Scope&)>& visit);
  void visit_groups(const sql::Select& query, const Scope* outer, const std::function<bool(const Scope&)>& visit);
  std::vector<Tuple> sorted_rows(const sql::Select& query, const Scope* outer, std::vector<Tuple> rows,
                                 const std::vector<Tuple>& keys);

  // evaluate_subquery.cc
  void remember_in(const sql::Expression& expression);
  void remember_in(const sql::Select& query);
  void remember_in(const std::vector<sql::FromItem>& from);
  void remember_in(const std::vector<sql::Target>& targets);

  const SourceText& source_;
  const Snapshot& snapshot_;
  std::span<const Value> parameters_;
  QueryMemory* memory_;  // not null; that of a sub-select while one is computed
  QueryMemory* given_;   // the statement's: what its earlier parts came to
};

}  // namespace gapless::store
