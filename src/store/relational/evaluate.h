// Queries and expressions over a snapshot, as PostgreSQL computes them; nothing here knows of locks or transactions.
//
// The caller supplies a Snapshot (which rows each table shows) and the parameters' values. Sub-selects that do not
// refer to an enclosing row are computed once and remembered in QueryMemory, which the caller may keep: a statement
// that waits goes on afterwards with the values of before the wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/source.h"
#include "sql/statement.h"
#include "sql/value.h"

namespace gapless::store {

using sql::Tuple;
using sql::Value;

// An error that the server would send and a client may catch.
struct SqlError : std::runtime_error {
  SqlError(std::string condition_name, const std::string& message)
      : std::runtime_error(message), condition(std::move(condition_name)) {}
  std::string condition;  // "unique_violation": the condition names of PL/pgSQL
};

// How the rows of an item of FROM are found: through an index by equality on all its columns, or by reading the whole
// table (`index` none). SERIALIZABLE takes its predicate locks accordingly (S-SSI-1).
struct Scan {
  std::size_t table = 0;
  std::optional<std::size_t> index;  // a unique key of the table; beyond them its other indexes
  std::vector<Tuple> keys;           // those looked up: values of its first columns, all equally many
};

// The rows that a statement may see, in scan order: by primary key where there is one, else by value; and what
// evaluating an expression may do to its surroundings.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // REQUIRES: table_number is in the catalog. The span stays valid as long as the snapshot.
  virtual std::span<const Tuple> rows(std::size_t table_number) const = 0;
  // Said before the rows of an item are gone through.
  virtual void scanned(const Scan& /*scan*/) const {}
  // Whether scanned() wants to be told, and so what kind of scan it is has to be found out.
  virtual const sql::Catalog* scans_wanted() const { return nullptr; }
  // An advisory lock function. What it throws passes through the evaluator. The arguments are one int64 or two int32
  // (none for unlock_all).
  virtual Value call(sql::Function function, std::span<const Value> arguments) const;
  // What now(), statement_timestamp() and clock_timestamp() say: a fixed instant where nothing else is known.
  virtual sql::Timestamp now(sql::Function function) const;
  // Whether it matters in what order a query's rows come, and must not depend on names (sql/name.h).
  virtual bool watches_order() const { return false; }
  // The value of the setting default_transaction_isolation in this session: "read committed", unless it was SET.
  virtual std::string default_isolation() const;
};

// What a sub-select yielded: its rows, or the error that computing it gave.
struct QueryResult {
  std::vector<Tuple> rows;
  std::string error_condition;  // empty if there was none
  std::string error_message;
  auto operator<=>(const QueryResult&) const = default;
};

// By query number; only uncorrelated sub-selects are remembered.
using QueryMemory = std::map<std::size_t, QueryResult>;

// One row of a FROM clause: for each item the tuple that it contributes (nullptr: the null-extended side of a LEFT
// JOIN) and, for tables, its number in Snapshot::rows.
struct FromRow {
  static constexpr std::size_t no_row = std::numeric_limits<std::size_t>::max();
  std::vector<const Tuple*> tuples;
  std::vector<std::size_t> numbers;
};

class Evaluator {
 public:
  // All references must outlive the evaluator. `source` is for ModelErrors (a type that only shows with the values).
  Evaluator(const SourceText& source, const Snapshot& snapshot, std::span<const Value> parameters, QueryMemory& memory);
  ~Evaluator();

  // The rows of a FROM clause that satisfy `where` (a pointer, may be null), in the order of nested loops over the
  // items from left to right. No FROM items: one row of no tuples. The pointers stay valid as long as the evaluator
  // and the snapshot.
  std::vector<FromRow> matches(const std::vector<sql::FromItem>& from, const sql::Expression* where);

  // REQUIRES: `tuples` has one entry an item of the query that the expression was bound in.
  Value value(const sql::Expression& expression, std::span<const Tuple* const> tuples);
  // A condition as WHERE takes it: NULL is false.
  bool is_true(const sql::Expression& condition, std::span<const Tuple* const> tuples);

  // A whole query without locking (locking clauses are ignored here): grouping, HAVING, ORDER BY, LIMIT and all.
  std::vector<Tuple> select(const sql::Select& query);

  // For locking reads, which must lock between sorting and limiting: sorts rows by ORDER BY (stable).
  void sort(const sql::Select& query, std::vector<FromRow>& rows);
  // LIMIT and OFFSET: rows to skip, and how many at most (max of size_t where there is no limit).
  std::pair<std::size_t, std::size_t> limits(const sql::Select& query);
  Tuple targets(const std::vector<sql::Target>& targets, std::span<const Tuple* const> tuples);

  // Computes every uncorrelated sub-select of `statement` that is not in the memory yet; errors are remembered, and
  // thrown only when the value is asked for.
  void remember_queries(const sql::Statement& statement);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// The value as a column of this type stores it (assignment cast): 22003 numeric_value_out_of_range where it does not
// fit, numeric rounded to its scale, 22001 string_data_right_truncation; ModelError where no such cast exists.
Value to_column(const Value& value, const sql::Column& column, const SourceText& source, Offset at);

// PostgreSQL's `=` and `<` on two non-null values of comparable types; negative, zero or positive.
int compare_values(const Value& a, const Value& b, const SourceText& source, Offset at);

// now(): a fixed instant, since time stands still in a scenario: 2024-01-01 12:00:00.
sql::Timestamp now();

}  // namespace gapless::store
