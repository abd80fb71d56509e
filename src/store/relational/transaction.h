// What happens to rows when a transaction takes, changes, commits or gives them up; and unique keys in flight.
// Helpers of rules.cc and change.cc.
#pragma once

#include <optional>
#include <vector>

#include "store/relational/database.h"

namespace gapless::store::relational {

inline const Row& row_at(const Database& database, RowName name) { return database.tables[name.table].rows[name.row]; }
inline Row& row_at(Database& database, RowName name) { return database.tables[name.table].rows[name.row]; }

bool holds(const Session& session, RowName name);
void hold(Database& database, Session& session, RowName name);

// The version that the holder sees now, if any: its own uncommitted one, else the committed one.
const Tuple* newest_version(const Row& row);

// The key of a tuple in a unique index; none where a column is NULL (NULLs are distinct) or the index is partial and
// its predicate is not true.
std::optional<Tuple> key_of(const sql::Unique& unique, const Tuple& tuple);

// Whether a transaction still open has inserted, deleted or updated (any column of) a row with this key: P-UQ-1. Rows
// that are merely locked do not count.
bool has_key_in_flight(const Row& row, const sql::Unique& unique, std::size_t unique_number, const Tuple& key);

// The end of the session's transaction, of its statement where it autocommits. Rows that are no more are returned; they
// are dropped by canonicalize().
[[nodiscard]] std::vector<RowName> commit(Database& database, Session& session);
[[nodiscard]] std::vector<RowName> roll_back(Database& database, Session& session);

}  // namespace gapless::store::relational
