// The shared state of one relational database, and of one session on it, as canonical values.
//
// A row is a version chain, as in PostgreSQL: one newest committed version and at most one uncommitted one, written by
// the open transaction that holds the row. Who holds a row does not stand here: the shared state is anonymous (so many
// hold it at such a strength), and the session of the holder lists the row among its own. Rows are kept in order of
// their contents and named by their place in it; whoever changes the order says so by an Event, by which every other
// session's names are mapped. So two states that differ only in who did what, and when, are the same value.
//
// A snapshot is the difference from now: what it sees of the rows that have changed since. So two snapshots that were
// taken at different moments, and cannot tell, are the same value, too.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sql/statement.h"
#include "sql/value.h"
#include "store/operation.h"
#include "store/relational/evaluate.h"

namespace gapless::store::relational {

using sql::LockStrength;
using sql::TableLock;

enum class Pending : std::uint8_t { none, written, deleted };

struct Row {
  std::optional<Tuple> committed;   // the newest committed version; none: inserted by a transaction that is still open
  Pending pending = Pending::none;  // what the writer's transaction has done to it
  Tuple written;                    // the uncommitted version; for a deleted row that was never committed, its last one
  // Of an uncommitted version: its keys stand in the unique indexes 0 … indexed-1 (the writer waits for the next).
  std::uint8_t indexed = 0;
  // Earlier uncommitted versions of the same transaction whose keys were others: they still make inserters wait.
  std::vector<Tuple> superseded;
  // How many transactions hold it, each counted at its strongest: KEY SHARE, SHARE, NO KEY UPDATE, UPDATE. A writer
  // holds NO KEY UPDATE, or UPDATE where a key changes or the row goes (P-LK-1, P-LK-2).
  std::array<std::uint16_t, 4> locks{};
  // The writer's first version left the keys alone, and only then did it lock the row higher: who asks for KEY SHARE
  // meets that on the way along the chain of versions, where NOWAIT and SKIP LOCKED do not apply.
  bool keys_kept = false;
  // Of those at KEY SHARE, how many hold it since before its newest version was committed (counted only where somebody
  // keeps a snapshot): they hold the older version, too, and who stands on that waits for them.
  std::uint16_t held_before = 0;
  // Not 0: the row was deleted by a commit and is kept for so many snapshots that may still see it (`committed` is its
  // last version). For everybody else it is no more.
  std::uint16_t ghost = 0;
  // Tells apart equal uncommitted rows of one session while its statement or its savepoints refer to them; else 0.
  std::uint32_t tag = 0;

  auto operator<=>(const Row&) const = default;
};

struct TableState {
  std::vector<Row> rows;                  // sorted
  std::vector<std::int64_t> next_number;  // of each serial column, in order; not transactional

  auto operator<=>(const TableState&) const = default;
};

// A lock on a table or an advisory lock: what PostgreSQL's lock manager calls a tag.
struct LockTag {
  enum class Kind : std::uint8_t { table, advisory, advisory_pair };
  Kind kind = Kind::table;
  std::int64_t key = 0;  // the table's number; the key, or both of them side by side
  auto operator<=>(const LockTag&) const = default;
};

// Unlike row locks these have a queue: first in, first out, but for requests that do not conflict with those before
// them. Advisory locks use two of the modes: share and exclusive.
struct QueuedLock {
  LockTag tag;
  std::array<std::uint16_t, 9> granted{};  // by mode, how many sessions hold it
  std::vector<TableLock> queue;            // what the waiters ask for, first come first; who they are, they know
  auto operator<=>(const QueuedLock&) const = default;
};

struct Database {
  std::vector<TableState> tables;  // as in the catalog
  std::vector<QueuedLock> locks;   // sorted by tag; those that somebody holds or wants
  std::uint32_t snapshots = 0;     // sessions that keep a snapshot

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

// A row that the session's transaction has locked or changed.
struct Held {
  RowName row;
  LockStrength strength = LockStrength::update;
  bool wrote = false;        // its uncommitted version is this session's
  bool key_changed = false;  // and it was written while held at UPDATE: for others a change of its key
  bool before = false;       // somebody else has committed a new version since: see Row::held_before
  auto operator<=>(const Held&) const = default;
};

// What a transaction had done to a row before it did something more.
struct Before {
  RowName row;
  LockStrength strength = LockStrength::none;  // none: the row was not held
  bool wrote = false;
  bool key_changed = false;
  Pending pending = Pending::none;
  Tuple written;
  std::uint8_t indexed = 0;
  std::vector<Tuple> superseded;
  auto operator<=>(const Before&) const = default;
};

struct HeldLock {
  LockTag tag;
  TableLock mode = TableLock::none;
  bool of_session = false;  // an advisory lock that outlives the transaction
  std::uint32_t count = 1;  // of session locks: as often as it was taken (P-AD-1)
  auto operator<=>(const HeldLock&) const = default;
};

// ROLLBACK TO gives back what was done and locked since (P-TX-7).
struct Savepoint {
  std::string name;
  std::vector<Before> changes;  // sorted; of each row touched since, what it was at the savepoint
  std::vector<HeldLock> locks;  // of the transaction, as they were at the savepoint
  auto operator<=>(const Savepoint&) const = default;
};

// One combination of rows that a locking or changing statement found in its snapshot and has yet to lock: by item of
// FROM, the names of the rows to lock, and what the snapshot showed of the other items.
struct Candidate {
  std::vector<RowName> rows;                   // of the locked items, in that order
  std::vector<std::optional<Tuple>> snapshot;  // one an item; none for locked items and for null-extended ones
  // The error, if any, of computing its result from the snapshot's versions: it comes before any wait for the rows.
  std::string error_condition;
  std::string error_message;
  auto operator<=>(const Candidate&) const = default;
};

// A foreign key that has to be looked at when the statement is done: whether a parent with the key is there, or, where
// a parent lost the key, whether no child has it.
struct KeyCheck {
  std::size_t child = 0;  // the table whose foreign key it is
  std::size_t foreign_key = 0;
  bool of_parent = false;
  Tuple key;  // in the order of the foreign key's columns
  auto operator<=>(const KeyCheck&) const = default;
};

// How far a statement has come, and what it may still read of its snapshot: all that is left of the moment at which
// it began. Fifty statements that wait for one row, each since another moment, are equal here.
struct Progress {
  std::size_t part = 0;  // of the statement: elements of WITH, locking sub-selects, and the statement itself
  bool found = false;    // of this part the candidates, or the rows to insert, have been found
  std::vector<Candidate> candidates;  // still to do, in order; before LIMIT
  std::vector<Tuple> inserts;         // rows of INSERT's source still to do
  std::vector<RowName> changed;       // rows that this statement has changed already
  std::vector<Before> before;         // what they were, where a later part may read them: it sees no change (P-TX-4)
  std::optional<RowName> writing;     // an uncommitted version whose keys are not in all indexes yet
  bool indexing = false;              // and it gets new entries in all of them
  std::vector<Tuple> output;          // rows to return so far
  std::uint64_t count = 0;
  std::uint64_t skipped = 0;                         // by OFFSET
  std::vector<KeyCheck> checks;                      // foreign keys, when all rows are done
  std::vector<Value> calls;                          // what advisory lock functions have said in this computation
  std::uint64_t scans = 0;                           // and which scans it has made
  QueryMemory queries;                               // values of uncorrelated sub-selects
  std::map<std::size_t, std::vector<Tuple>> tables;  // as the snapshot showed them, where correlated ones read them

  auto operator<=>(const Progress&) const = default;
};

// What a statement waits for.
struct Wait {
  enum class Kind : std::uint8_t {
    row,       // that nobody holds `row` at a strength that excludes `strength`
    key,       // the end of the transactions that have a unique key in flight
    lock,      // its turn for the lock `tag`
    snapshot,  // a safe one: READ ONLY DEFERRABLE (S-SSI-9)
  };
  Kind kind = Kind::row;
  RowName row;  // for a key only its table counts
  LockStrength strength = LockStrength::update;
  // Another transaction has committed a change of the row meanwhile: at REPEATABLE READ that ends the wait.
  bool superseded = false;
  bool deleted = false;  // that change was its deletion
  std::size_t unique = 0;
  Tuple key;
  LockTag tag;
  TableLock mode = TableLock::none;
  bool of_session = false;
  std::size_t position = 0;  // in the lock's queue
  auto operator<=>(const Wait&) const = default;
};

// What a snapshot sees of a row that was changed since by another transaction's commit.
struct Difference {
  RowName row;
  std::optional<Tuple> seen;  // none: the row was not there
  bool key_changed = false;   // by one of the changes, or the row was deleted: a FOR KEY SHARE notices that
  bool deleted = false;       // the version seen was deleted, not replaced: what the error says
  auto operator<=>(const Difference&) const = default;
};

// What SET can change.
struct Settings {
  std::int64_t lock_timeout_ms = 0;  // 0: none
  std::int64_t statement_timeout_ms = 0;
  std::int64_t deadlock_timeout_ms = 1000;
  std::optional<Isolation> level;  // default_transaction_isolation
  auto operator<=>(const Settings&) const = default;
};

struct Session {
  enum class Phase : std::uint8_t { idle, open, failed };  // of the explicit transaction

  Phase phase = Phase::idle;
  Isolation level = Isolation::read_committed;  // of the transaction, or of the statement that waits outside of one
  bool read_only = false;
  bool deferrable = false;
  bool has_number = false;  // it has a transaction id: only where dependencies are tracked
  // When the transaction, or the statement outside of one, began: where the clock moves at all.
  std::optional<sql::Timestamp> started;
  bool has_begun = false;       // a statement of the transaction has taken a snapshot: too late for SET TRANSACTION
  std::vector<Held> held;       // sorted. As often as it holds rows of that name
  std::vector<HeldLock> locks;  // sorted
  std::vector<Savepoint> savepoints;
  // Differences by row, sorted. Of the transaction at REPEATABLE READ and SERIALIZABLE; at READ COMMITTED of a
  // statement that waits while it has yet to read.
  std::optional<std::vector<Difference>> snapshot;
  std::optional<Wait> wait;          // the statement that it waits in began, and is not finished
  std::optional<Progress> progress;  // of the statement that waits, unless it has not even taken its snapshot
  Settings settings;
  std::optional<Settings> settings_before;  // the transaction: what ROLLBACK brings back
  std::optional<Settings> settings_after;   // SET LOCAL: what COMMIT brings back

  bool keeps_one_snapshot() const { return level != Isolation::read_committed; }
  auto operator<=>(const Session&) const = default;
};

// No transaction, and no statement that waits; locks of the session it may hold.
bool is_at_rest(const Session& session);

// What one session's step means to the others: how it renames rows (by table, the new place of each old row;
// RowName::gone if it is no more; a table whose order is unchanged has an empty list), what it committed, and how the
// queues of locks moved.
struct Event {
  struct Change {
    RowName row;                  // as it is called afterwards
    std::optional<Tuple> before;  // none: inserted
    bool key_changed = false;
    bool deleted = false;
    bool replaced = false;  // there was another version in between: it was updated first
    auto operator<=>(const Change&) const = default;
  };
  struct Move {  // a waiter came to, or left, this place of the queue
    LockTag tag;
    std::size_t position = 0;
    bool came = false;
    auto operator<=>(const Move&) const = default;
  };
  std::vector<std::vector<std::uint32_t>> places;
  std::vector<Change> changes;  // only where somebody else keeps a snapshot
  std::vector<Move> moves;

  bool identity() const;
  auto operator<=>(const Event&) const = default;
};

// The same session after somebody else's event.
Session map(const Session& session, const Event& event);

// The session with a name of its own for each row that it holds: the first of those that share a name. What a step
// works with; canonicalize() undoes it.
Session told_apart(Session session);

// Where the rows of a step's own session, and those of all others, have gone.
struct Renaming {
  Event own;
  Event others;
};

// The row's name after the event.
RowName renamed(const Event& event, RowName name);

// Puts every table in order, drops the rows in `removed`, and renames what `session`, whose step it was, refers to.
// `before` is the database before the step, in which all other sessions' names are meant; `changes` and `moves` are
// what the step did, rows named as in the step. REQUIRES: `session` is told apart; the step has added rows only at the
// end of a table, and removed none.
Renaming canonicalize(const Database& before, Database& database, Session& session, const std::vector<RowName>& removed,
                      std::vector<Event::Change> changes, std::vector<Event::Move> moves);

void add_to(Digest& digest, const Database& database);
void add_to(Digest& digest, const Session& session);
void add_to(Digest& digest, const Event& event);

}  // namespace gapless::store::relational
