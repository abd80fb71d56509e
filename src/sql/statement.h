// SQL statements and schemas as our own values: what the parser makes, the binder completes and the stores execute.
//
//   text --parse.h--> Statement (names as written) --bind.h--> Statement (names resolved, types checked)
//
// Everything keeps the Offset at which it stood in its source, so that any later message can point there.
//
// The large ones are copied and destroyed by statement.cc. Left to the compiler, all that they consist of would be
// compiled anew in each file that holds a model: one vector's destructor was 1.2 MB of machine code in 148 copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"
#include "sql/value.h"

namespace gapless::sql {

struct Select;

// ---------------------------------------------------------------------------------------------- expressions

enum class Operator : std::uint8_t {
  // two operands
  add,
  subtract,
  multiply,
  divide,
  modulo,
  power,
  concatenate,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  is_distinct,
  is_not_distinct,
  and_,
  or_,
  like,
  not_like,
  ilike,
  not_ilike,
  // one operand
  negate,
  not_,
  is_null,
  is_not_null,
  is_true,
  is_not_true,
  is_false,
  is_not_false,
  is_unknown,
  is_not_unknown,
};

enum class Function : std::uint8_t {
  coalesce,
  greatest,
  least,
  nullif,
  abs,
  mod,
  sign,
  round,
  floor,
  ceil,
  trunc,
  power,
  length,
  lower,
  upper,
  substring,
  left,
  right,
  trim,
  replace,
  concat,
  strpos,
  now,
  date_trunc,
  clock_timestamp,
  statement_timestamp,
  current_setting,  // of default_transaction_isolation only; see Snapshot::default_isolation
  hashtext,         // PostgreSQL's own hash of a text, an integer: what people make a lock's key of
  extract,          // the first argument is a field's name, the second says of what
  make_interval,    // always with all its seven arguments: years, months, weeks, days, hours, mins, secs
  // Advisory locks (P-AD-1): evaluated once for each row, in order; a call may make the statement wait. The locking
  // ones yield void (here an empty text that is not NULL), try_ ones and unlock a boolean. The key is one bigint or two
  // integers, and so it reaches Snapshot::call: {int64} or {int32, int32}. The two kinds never meet, as in PostgreSQL.
  advisory_lock,
  advisory_lock_shared,
  advisory_xact_lock,
  advisory_xact_lock_shared,
  try_advisory_lock,
  try_advisory_lock_shared,
  try_advisory_xact_lock,
  try_advisory_xact_lock_shared,
  advisory_unlock,
  advisory_unlock_shared,
  advisory_unlock_all,
};

enum class Aggregate : std::uint8_t { count_star, count, sum, min, max, avg, bool_and, bool_or, string_agg };

// Where a column's value is found: `depth` queries outwards (0 is the query that the expression stands in), in its
// from-item number `item`, column number `column`. Filled in by the binder.
struct Slot {
  std::uint16_t depth = 0;
  std::uint16_t item = 0;
  std::uint16_t column = 0;
  bool operator==(const Slot&) const = default;
};

struct Expression {
  Expression();
  Expression(const Expression&);
  Expression(Expression&&) noexcept;
  Expression& operator=(const Expression&);
  Expression& operator=(Expression&&) noexcept;
  ~Expression();

  enum class Kind : std::uint8_t {
    literal,    // value
    parameter,  // :name, or :name.field; `name` is "name" or "name.field", `index` its place in Statement::parameters
    column,     // name or qualifier.name; slot after binding
    operation,  // op over 1 or 2 arguments
    function,   // function over arguments
    aggregate,  // aggregate over 0 or 1 arguments (`distinct` may be set), allowed in targets, HAVING, ORDER BY
    cast,       // 1 argument, to `type` (numeric: precision and scale in `precision`, `scale`, -1 where not given)
    case_,      // WHEN pairs: condition, result, condition, result, …, and ELSE last (a NULL literal if not written)
                // (CASE x WHEN v is rewritten to CASE WHEN x = v)
    in_list,    // arguments[0] IN (arguments[1…]); `negated` for NOT IN
    between,    // arguments[0] BETWEEN arguments[1] AND arguments[2]; `negated`
    row,        // (a, b): only beside IN (sub-select), and in `=` of rows
    scalar_query,  // (SELECT …): one column, at most one row
    exists_query,  // EXISTS (SELECT …)
    in_query,      // arguments[…] IN (SELECT …); `negated`. Several arguments for a row
    default_,      // DEFAULT in VALUES or SET
  };

  Kind kind = Kind::literal;
  Offset at = 0;
  // The type of the result as far as it is known before running: unknown for a bare parameter or NULL.
  Type type = Type::unknown;

  Value value;
  std::string qualifier;
  std::string name;
  std::size_t index = 0;
  Slot slot;
  Operator op = Operator::add;
  Function function = Function::coalesce;
  Aggregate aggregate = Aggregate::count_star;
  bool distinct = false;
  bool negated = false;
  int precision = -1;
  int scale = -1;
  std::vector<Expression> arguments;
  std::shared_ptr<Select> query;
  // Number of this sub-select within its statement, from 0, in order of appearance: its place in the memory of
  // sub-selects whose value cannot change while the statement runs (`correlated` false).
  std::size_t query_number = 0;
  bool correlated = false;  // refers to a column of an enclosing query
};

// --------------------------------------------------------------------------------------------------- SELECT

enum class JoinKind : std::uint8_t { cross, inner, left };  // RIGHT is turned into LEFT by the parser where it can be

// A flat list of items, joined from left to right: items[0] JOIN items[1] ON …, and so on. (Nested joins on the right
// hand side are refused.) A comma is a cross join.
struct FromItem {
  FromItem();
  FromItem(const FromItem&);
  FromItem(FromItem&&) noexcept;
  FromItem& operator=(const FromItem&);
  FromItem& operator=(FromItem&&) noexcept;
  ~FromItem();

  Offset at = 0;
  std::string table;              // empty for a sub-select
  std::string database;           // `stripe` in stripe.charges: only in invariants; empty if not written
  std::string alias;              // the table's own name if none was written
  std::shared_ptr<Select> query;  // (SELECT …) AS alias
  // After binding: a common table of the statement's WITH; its rows are remembered under query_number before the part
  // that reads them begins. Then `query` is null.
  bool common = false;
  JoinKind join = JoinKind::cross;
  std::optional<Expression> on;
  std::size_t visible_from = 0;  // the first item that `on` may refer to: where its comma-separated part begins
  std::vector<std::string> column_aliases;  // of AS v(a, b)
  // After binding:
  std::size_t table_number = 0;      // in the catalog
  std::size_t query_number = 0;      // as in Expression
  std::vector<std::string> columns;  // names
  std::vector<Type> types;
};

struct Target {
  Expression expression;
  std::string name;   // the output column's name
  bool star = false;  // * or qualifier.*: expression.qualifier; the binder expands it away
};

struct OrderTerm {
  Expression expression;
  bool descending = false;
  bool nulls_first = false;  // explicit or by default (DESC puts them first)
};

enum class LockStrength : std::uint8_t { none, key_share, share, no_key_update, update };
enum class LockWait : std::uint8_t { wait, nowait, skip_locked };

struct Locking {
  LockStrength strength = LockStrength::none;
  LockWait wait = LockWait::wait;
  std::vector<std::size_t> items;  // after binding: which from-items are locked (all tables, or those of OF)
  std::vector<std::string> of;     // as written
  Offset at = 0;
};

// generate_series(first, last, step), in FROM: a query of one column.
struct Series {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t step = 1;  // not 0
};

struct Select {
  Select();
  Select(const Select&);
  Select(Select&&) noexcept;
  Select& operator=(const Select&);
  Select& operator=(Select&&) noexcept;
  ~Select();

  Offset at = 0;
  bool distinct = false;
  std::vector<Target> targets;
  std::vector<FromItem> from;
  std::optional<Expression> where;
  std::vector<Expression> group_by;
  std::optional<Expression> having;
  std::vector<OrderTerm> order_by;
  std::optional<Expression> limit;
  std::optional<Expression> offset;
  Locking locking;
  // VALUES (…), (…): then everything above is empty. As a statement of its own, in FROM, and in INSERT.
  std::vector<std::vector<Expression>> values;
  // generate_series: then everything above is empty, too. Only as an item of FROM.
  std::optional<Series> series;
  // UNION ALL / UNION: this select and the next one; ORDER BY and LIMIT then stand in the first. A chain is
  // united from left to right, and its ORDER BY terms are columns of the result: slot {0, 0, output column}.
  std::shared_ptr<Select> union_with;
  bool union_all = false;
  // After binding:
  bool aggregated = false;  // has GROUP BY, HAVING or an aggregate: yields groups (one group if there is no GROUP BY)
  bool correlated = false;
  std::vector<std::string> columns;
  std::vector<Type> types;
  // Catalog numbers of all tables that this query reads, itself or in sub-selects; sorted, each once.
  std::vector<std::size_t> tables;
};

// --------------------------------------------------------------------------------------------- changing data

struct Assignment {
  std::string column;
  Offset at = 0;
  Expression expression;  // may be default_
  std::size_t column_number = 0;
};

// ON CONFLICT [(columns) [WHERE predicate] | ON CONSTRAINT name] DO NOTHING | DO UPDATE SET … [WHERE …].
struct OnConflict {
  Offset at = 0;
  bool updates = false;                 // DO UPDATE
  std::vector<Expression> target;       // as written: columns, or expressions of an index; empty: none
  std::optional<Expression> predicate;  // of a partial index
  std::string constraint;
  // Of DO UPDATE; item 0 is the existing row under the table's name (or alias), item 1 is `excluded`.
  std::vector<Assignment> assignments;
  std::optional<Expression> where;
  // After binding: the table's uniques that a conflict is looked for in. All of them where no target was written.
  std::vector<std::size_t> uniques;
};

struct Insert {
  Insert();
  Insert(const Insert&);
  Insert(Insert&&) noexcept;
  Insert& operator=(const Insert&);
  Insert& operator=(Insert&&) noexcept;
  ~Insert();

  std::string table;
  Offset at = 0;
  std::string alias;                 // INSERT INTO t AS x; the table's own name if none was written
  std::vector<std::string> columns;  // as written; empty = all, in order
  Select source;                     // VALUES or SELECT; no values and no targets = DEFAULT VALUES
  std::optional<OnConflict> on_conflict;
  std::vector<Target> returning;
  // After binding:
  std::size_t table_number = 0;
  std::vector<std::size_t> column_numbers;  // source column i goes to column_numbers[i]
};

// `from` of a bound Update or Delete begins with the target table as item 0; the items written after FROM/USING follow.
struct Update {
  Update();
  Update(const Update&);
  Update(Update&&) noexcept;
  Update& operator=(const Update&);
  Update& operator=(Update&&) noexcept;
  ~Update();

  std::string table;
  Offset at = 0;
  std::string alias;
  std::vector<Assignment> assignments;
  std::vector<FromItem> from;
  std::optional<Expression> where;
  std::vector<Target> returning;
  std::size_t table_number = 0;
};

struct Delete {
  Delete();
  Delete(const Delete&);
  Delete(Delete&&) noexcept;
  Delete& operator=(const Delete&);
  Delete& operator=(Delete&&) noexcept;
  ~Delete();

  std::string table;
  Offset at = 0;
  std::string alias;
  std::vector<FromItem> from;
  std::optional<Expression> where;
  std::vector<Target> returning;
  std::size_t table_number = 0;
};

enum class TransactionCommand : std::uint8_t {
  begin,
  commit,
  rollback,
  savepoint,
  rollback_to,
  release,
  set_transaction,  // SET TRANSACTION, SET SESSION CHARACTERISTICS (then `session`)
};

struct Transaction {
  TransactionCommand command = TransactionCommand::begin;
  std::string isolation;  // of BEGIN ISOLATION LEVEL …, lower case; empty if not written
  std::optional<bool> read_only;
  std::optional<bool> deferrable;
  bool session = false;
  std::string savepoint;  // its name
  Offset at = 0;
};

// SET [LOCAL] name = value, RESET name. Only these have a meaning: lock_timeout, statement_timeout, deadlock_timeout
// (ms), default_transaction_isolation. The parser takes the planner's (enable_seqscan and so on) and refuses all
// others.
struct SetVariable {
  std::string name;   // lower case
  std::string value;  // text; a time in milliseconds as a bare number ('2s' → "2000"); empty for DEFAULT
  bool local = false;
  Offset at = 0;
};

// PostgreSQL's lock modes, 1 ACCESS SHARE … 8 ACCESS EXCLUSIVE.
enum class TableLock : std::uint8_t {
  none,
  access_share,
  row_share,
  row_exclusive,
  share_update_exclusive,
  share,
  share_row_exclusive,
  exclusive,
  access_exclusive,
};

struct LockTable {
  std::vector<std::string> tables;
  TableLock mode = TableLock::access_exclusive;
  bool nowait = false;
  Offset at = 0;
  std::vector<std::size_t> table_numbers;  // after binding
};

// One element of WITH: computed before the part of the statement that reads it, with the statement's one snapshot. Not
// recursive. RETURNING gives a changing one its rows.
struct CommonTable {
  CommonTable();
  CommonTable(const CommonTable&);
  CommonTable(CommonTable&&) noexcept;
  CommonTable& operator=(const CommonTable&);
  CommonTable& operator=(CommonTable&&) noexcept;
  ~CommonTable();

  std::string name;
  Offset at = 0;
  std::vector<std::string> column_aliases;
  std::variant<Select, Insert, Update, Delete> body;
  // After binding:
  std::size_t query_number = 0;  // where its rows are remembered; as in Expression
  bool read = false;             // somebody reads it. A SELECT that nobody reads is never run
  std::vector<std::string> columns;
  std::vector<Type> types;
};

struct Statement {
  Statement();
  Statement(const Statement&);
  Statement(Statement&&) noexcept;
  Statement& operator=(const Statement&);
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  std::variant<Select, Insert, Update, Delete, Transaction, SetVariable, LockTable> body;
  std::vector<CommonTable> with;  // in order; each sees those before it
  Source source;
  Offset at = 0;                        // where the statement begins in the source
  std::string text;                     // as written, white space and comments folded to single blanks
  std::vector<std::string> parameters;  // "amount", "user.balance": each once, in order of first appearance
  // After binding:
  std::vector<std::string> columns;  // of the rows it returns (SELECT, RETURNING)
  std::vector<Type> types;
  std::size_t query_count = 0;       // sub-selects are numbered 0 … query_count - 1
  bool limit_without_order = false;  // which rows come is the server's choice: worth a warning
  // Sub-selects with FOR UPDATE and the like, in order of appearance: uncorrelated (else refused). Each is run like a
  // common table, before the part that it stands in, and its rows are remembered under its query_number.
  std::vector<std::pair<std::size_t, std::shared_ptr<const Select>>> locking_queries;
};

// --------------------------------------------------------------------------------------------------- schemas

struct Column {
  std::string name;
  Type type = Type::integer;
  int precision = -1;  // numeric(precision, scale); -1 where not given. varchar(n) and char(n): length in precision
  int scale = -1;
  bool not_null = false;
  bool serial = false;           // serial, bigserial or GENERATED … AS IDENTITY: default is the next number
  bool fixed_length = false;     // char(n): only values of exactly n characters are supported
  bool unseen = false;           // the numbers are not kept: nobody looks at them (scenario/numbers.h)
  bool identity_always = false;  // GENERATED ALWAYS: an explicit value is an error (428C9)
  std::optional<Expression> default_value;
  Offset at = 0;
};

struct Unique {
  std::string name;  // as PostgreSQL would name it: users_pkey, codes_code_key, …
  std::vector<std::size_t> columns;
  std::vector<Expression> expressions;  // of an index on expressions, after the columns; bound over the table as item 0
  std::optional<Expression> predicate;  // of a partial unique index; bound over the table as item 0
  bool primary = false;
  bool constraint = true;  // false: made by CREATE UNIQUE INDEX, so that ON CONFLICT ON CONSTRAINT does not know it
  // Columns that its INCLUDE, expressions and predicate mention besides `columns`: an update of one is not heap-only.
  std::vector<std::size_t> also;
  Offset at = 0;
};

struct Check {
  std::string name;
  Expression condition;  // bound over the table as item 0
};

// An index that is not unique. It says which reads go by an index and which updates are not heap-only (HOT): SSI asks.
struct Index {
  std::string name;
  std::vector<std::size_t> columns;  // also those that its expressions, its predicate and INCLUDE mention
  // The first so many of them are what is looked up in it; 0 for an index with an expression or a predicate.
  std::size_t keys = 0;
};

enum class ForeignKeyAction : std::uint8_t { no_action, restrict, cascade, set_null };

struct ForeignKey {
  std::string name;  // orders_user_id_fkey
  std::vector<std::size_t> columns;
  std::size_t parent = 0;                   // table number
  std::vector<std::size_t> parent_columns;  // in the order of `columns`
  std::size_t parent_unique = 0;            // the parent's unique key that they are
  ForeignKeyAction on_delete = ForeignKeyAction::no_action;
  ForeignKeyAction on_update = ForeignKeyAction::no_action;
  Offset at = 0;
};

struct Table {
  Table();
  Table(const Table&);
  Table(Table&&) noexcept;
  Table& operator=(const Table&);
  Table& operator=(Table&&) noexcept;
  ~Table();

  std::string name;
  std::vector<Column> columns;
  std::vector<Unique> uniques;  // the primary key first, then in order of creation, as PostgreSQL checks them
  std::vector<Check> checks;    // in order of name, as PostgreSQL checks them
  std::vector<Index> indexes;
  std::vector<ForeignKey> foreign_keys;  // in order of creation
  Offset at = 0;

  const Unique* primary_key() const { return !uniques.empty() && uniques.front().primary ? &uniques.front() : nullptr; }
};

struct Catalog {
  std::string database;  // as the scenario calls it; empty in a catalog of several (see bind.h)
  std::vector<Table> tables;
};

}  // namespace gapless::sql
