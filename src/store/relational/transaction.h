// What happens to rows when a transaction takes, changes, commits or gives them up; its savepoints and its snapshot;
// and unique keys in flight. What rules.cc and the statements are made of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/relational/database.h"

namespace gapless::store::relational {

inline const Row& row_at(const Database& database, RowName name) { return database.tables[name.table].rows[name.row]; }
inline Row& row_at(Database& database, RowName name) { return database.tables[name.table].rows[name.row]; }

// What the session holds of the row; nullptr if it does not.
const Held* held(const Session& session, RowName name);
LockStrength own_strength(const Session& session, RowName name);
bool has_written(const Session& session, RowName name);

// Who holds the row since before it was superseded excludes `wanted`; `own` is the session's own hold, if any.
bool is_held_as_it_was(const Row& row, LockStrength wanted, const Held* own);

// Takes the row at this strength, if it is not held at a higher one already. REQUIRES: nobody excludes it.
void hold(Database& database, Session& session, RowName name, LockStrength strength);
// The uncommitted version is the session's from now on; it may be changed. REQUIRES: held at NO KEY UPDATE or higher.
Row& write(Database& database, Session& session, RowName name);
// What the session has done to the row so far.
Before state_of(const Database& database, const Session& session, RowName name);

// The version that the session sees now, whatever its snapshot says: its own uncommitted one, else the committed one;
// nullptr if there is none.
const Tuple* newest_version(const Database& database, const Session& session, RowName name);

// The key of a tuple in a unique index; none where a column is NULL (NULLs are distinct) or the index is partial and
// its predicate is not true.
std::optional<Tuple> key_of(const sql::Unique& unique, const Tuple& tuple);
// The values of these columns, so that equal ones are equal (1.0 and 1.00); none where one is NULL.
std::optional<Tuple> key_of(const std::vector<std::size_t>& columns, const Tuple& tuple);

// Whether a transaction still open has inserted, deleted or updated (any column of) a row with this key: P-UQ-1. Rows
// that are merely locked do not count.
// Whether a tuple's key is this one. Where that depends on what a name's number is, NameUsed (sql/name.h).
bool is_same_key(const std::optional<Tuple>& a, const Tuple& b);

bool has_key_in_flight(const Row& row, const sql::Unique& unique, std::size_t unique_number, const Tuple& key);

// What a step has done that others may notice.
struct Trail {
  std::vector<RowName> removed;  // rows that are no more; canonicalize() drops them
  std::vector<Event::Change> changes;
  std::vector<Event::Move> moves;
  std::vector<RowName> undone;  // rows whose uncommitted version a savepoint took back
};

// The end of the session's transaction, of its statement where it autocommits: rows, locks, snapshot, savepoints.
void commit(Database& database, Session& session, Trail& trail);
void roll_back(Database& database, Session& session, Trail& trail);

// The session keeps a snapshot from now on: nothing has changed since.
void begin_snapshot(Database& database, Session& session);
void end_snapshot(Database& database, Session& session, Trail& trail);

void set_savepoint(Session& session, const std::string& name);
// The innermost savepoint of this name; none if there is none.
std::optional<std::size_t> find_savepoint(const Session& session, const std::string& name);
void release_savepoint(Session& session, std::size_t number);
// What was done since is undone, what was locked since is free; the savepoint itself stays (P-TX-7).
void roll_back_to(Database& database, Session& session, std::size_t number, Trail& trail);

}  // namespace gapless::store::relational
