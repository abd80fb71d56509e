// Who excludes whom: row locks, and the locks that have a queue (tables and advisory keys).
#pragma once

#include <optional>
#include <vector>

#include "store/relational/database.h"

namespace gapless::store::relational {

// PostgreSQL's tables of conflicts (manual 13.3.2 and 13.3.1).
bool conflict(LockStrength a, LockStrength b);
bool conflict(TableLock a, TableLock b);

// Somebody else holds the row at a strength that excludes `wanted`; `own` is what the session itself holds (none: it
// does not).
bool excluded(const Row& row, LockStrength wanted, LockStrength own);

// ------------------------------------------------------------------------------------------- locks with a queue

struct LockRequest {
  LockTag tag;
  TableLock mode = TableLock::none;
  bool of_session = false;
};

// Takes the lock, or takes a place in its queue and returns the wait. A request waits also behind waiters that it
// conflicts with, unless they wait for what the session itself holds.
std::optional<Wait> request(Database& database, Session& session, const LockRequest& wanted,
                            std::vector<Event::Move>& moves);
// Takes the lock only if it is free at once.
bool try_request(Database& database, Session& session, const LockRequest& wanted);

// REQUIRES: the session waits for a lock. Nobody holds what it asks for, and nobody before it in the queue asks for it.
bool is_free(const Database& database, const Session& waiting);
// The same without regard to the queue.
bool is_free_but_for_queue(const Database& database, const Session& waiting);
// The session leaves the queue, with the lock or without it.
void take_from_queue(Database& database, Session& session, std::vector<Event::Move>& moves);
void leave_queue(Database& database, const Session& session, std::vector<Event::Move>& moves);

// `holder` holds, or asks for before it in the queue, what `waiting` waits for. REQUIRES: `waiting` waits for a lock.
bool holds_up(const Session& waiting, const Session& holder);
bool stands_before(const Session& waiting, const Session& other);

bool holds_lock(const Session& session, const LockTag& tag, TableLock mode, bool of_session);
// Gives back one session lock, as pg_advisory_unlock does; false if it is not held.
bool unlock(Database& database, Session& session, const LockTag& tag, TableLock mode);
void unlock_all_of_session(Database& database, Session& session);
// Those of the transaction that are not in `kept`.
void release_locks(Database& database, Session& session, const std::vector<HeldLock>& kept);

}  // namespace gapless::store::relational
