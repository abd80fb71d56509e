// The shared state of one relational database, and of one session on it, as canonical values.
//
// A row is a version chain, as in PostgreSQL: one newest committed version and at most one uncommitted one, written by
// the open transaction that holds the row. Who that is does not stand here: the shared state is anonymous, and the
// session of the holder lists the row among its own. Rows are kept in order of their contents and named by their place
// in it; whoever changes the order says so by an Event, by which every other session's names are mapped. So two
// states that differ only in who did what, and when, are the same value.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sql/statement.h"
#include "sql/value.h"
#include "store/relational/evaluate.h"

namespace gapless::store::relational {

enum class Pending : std::uint8_t { none, written, deleted };

struct Row {
  std::optional<Tuple> committed;   // the newest committed version; none: inserted by a transaction that is still open
  Pending pending = Pending::none;  // what the holder's transaction has done to it
  Tuple written;                    // the uncommitted version; for a deleted row that was never committed, its last one
  // Of an uncommitted version: its keys stand in the unique indexes 0 … indexed-1 (the holder waits for the next).
  std::uint8_t indexed = 0;
  // Earlier uncommitted versions of the same transaction whose keys were others: they still make inserters wait.
  std::vector<Tuple> superseded;
  bool locked = false;  // held until the end of somebody's transaction; always true when pending
  // Tells apart equal uncommitted rows of one session while its statement waits and refers to them; else 0.
  std::uint32_t tag = 0;

  auto operator<=>(const Row&) const = default;
};

struct TableState {
  std::vector<Row> rows;                  // sorted
  std::vector<std::int64_t> next_number;  // of each serial column, in order; not transactional

  auto operator<=>(const TableState&) const = default;
};

struct Database {
  std::vector<TableState> tables;  // as in the catalog

  auto operator<=>(const Database&) const = default;
};

// Names a row in the present order. Of rows that are equal and uncommitted only their holders know, and none of them
// cares which is whose: they all go by the name of the first. (Fifty requests that have inserted equal rows are alike.)
struct RowName {
  static constexpr std::uint32_t gone = 0xffffffffU;  // the row was deleted, or its insertion rolled back
  std::uint32_t table = 0;
  std::uint32_t row = 0;
  auto operator<=>(const RowName&) const = default;
};

// One combination of rows that a locking or changing statement found in its snapshot and has yet to lock: by item of
// FROM, the names of the rows to lock, and what the snapshot showed of the other items.
struct Candidate {
  std::vector<RowName> rows;                   // of the items in Progress::locked_items, in that order
  std::vector<std::optional<Tuple>> snapshot;  // one an item; none for locked items and for null-extended ones
  // The error, if any, of computing its result from the snapshot's versions: it comes before any wait for the rows.
  std::string error_condition;
  std::string error_message;
  auto operator<=>(const Candidate&) const = default;
};

// How far a statement has come, and what it may still read of its snapshot: all that is left of the moment at which
// it began. Fifty statements that wait for one row, each since another moment, are equal here.
struct Progress {
  std::vector<Candidate> candidates;  // still to do, in order; before LIMIT
  std::vector<Tuple> inserts;         // rows of INSERT's source still to do
  std::vector<RowName> changed;       // rows that this statement has changed already
  std::optional<RowName> writing;     // an uncommitted version whose keys are not in all indexes yet
  std::vector<Tuple> output;          // rows to return so far
  std::uint64_t count = 0;
  std::uint64_t skipped = 0;                         // by OFFSET
  QueryMemory queries;                               // values of uncorrelated sub-selects
  std::map<std::size_t, std::vector<Tuple>> tables;  // as the snapshot showed them, where correlated ones read them

  auto operator<=>(const Progress&) const = default;
};

// What a statement waits for: the end of the transaction that holds a row, or that has a unique key in flight.
struct Wait {
  RowName row;  // for a key only its table counts
  bool for_key = false;
  std::size_t unique = 0;
  Tuple key;
  auto operator<=>(const Wait&) const = default;
};

struct Session {
  enum class Phase : std::uint8_t { idle, open, failed };  // of the explicit transaction

  Phase phase = Phase::idle;
  // Locked or changed by this session's transaction; sorted. As often as it holds rows of that name.
  std::vector<RowName> held;
  std::optional<Wait> wait;          // the statement that it waits in began, and is not finished
  std::optional<Progress> progress;  // exactly when it waits

  auto operator<=>(const Session&) const = default;
};

// How one session's step renames rows for the others: by table, the new place of each old row (RowName::gone if it is
// no more). A table whose order is unchanged has an empty list.
struct Event {
  std::vector<std::vector<std::uint32_t>> places;

  bool identity() const;
  auto operator<=>(const Event&) const = default;
};

// The same session after somebody else's event.
Session map(const Session& session, const Event& event);

// The session with a name of its own for each row that it holds: the first of those that share a name. What a step
// works with; canonicalize() undoes it.
Session told_apart(Session session);

// Puts every table in order, drops the rows in `removed`, and renames what `session`, whose step it was, refers to.
// `before` is the database before the step, in which all other sessions' names are meant.
// REQUIRES: `session` is told apart; the step has added rows only at the end of a table, and removed none.
Event canonicalize(const Database& before, Database& database, Session& session, const std::vector<RowName>& removed);

void add_to(Digest& digest, const Database& database);
void add_to(Digest& digest, const Session& session);
void add_to(Digest& digest, const Event& event);

}  // namespace gapless::store::relational
