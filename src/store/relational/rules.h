// What one operation does to a relational database: PostgreSQL 15, rule by rule as verified on real servers
// (shared/semantics.md section 1; the rule numbers in the sources, P-LK-11 and so on, are its).
//
// A pure function of values: the same database, session and operation give the same result, so that results can be
// remembered. What takes all sessions to decide is not decided here: deadlocks, of which blocks() and stands_before()
// give the edges, and failures to serialize, for which serialization.h reads the touches.
#pragma once

#include <optional>
#include <vector>

#include "store/operation.h"
#include "store/relational/change.h"
#include "store/relational/database.h"
#include "store/relational/serialization.h"
#include "store/relational/touch.h"

namespace gapless::store::relational {

struct Applied {
  Database database;
  Session session;
  Event event;                             // for the other sessions
  Event own;                               // how the session's own names went: for the touches, which have the old ones
  std::vector<Touch> touches;              // only where dependencies are tracked
  std::optional<Observation> observation;  // none: the statement waits
};

class Rules {
 public:
  explicit Rules(const sql::Catalog& catalog, Tracking tracking = {})  // the catalog must outlive this
      : setting_{catalog, tracking} {}

  // Runs the statements that fill the tables; `now` is what the clock says then, as in Operation::now. An error in one
  // of them is a ModelError.
  Database initial(const std::vector<sql::Statement>& statements, std::optional<sql::Timestamp> now = {}) const;

  // Performs an operation, or goes on with it where the session waits in it. All statements are taken, also BEGIN,
  // SAVEPOINT and SET.
  // REQUIRES: a session that waits can_resume().
  Applied apply(const Database& database, const Session& session, const Operation& operation) const;

  // What the statement waits for is over. Of a queue only the head goes on, and those who do not conflict with it.
  bool can_resume(const Database& database, const Session& waiting) const;
  // It waits for nothing but its turn in a queue: where that closes a cycle it may go first (PostgreSQL rearranges the
  // queue instead of naming a victim).
  bool waits_only_in_queue(const Database& database, const Session& waiting) const;

  // `holder` holds what `waiting` waits for.
  bool blocks(const Database& database, const Session& waiting, const Session& holder) const;
  // `other` stands before it in the queue for the same lock.
  bool stands_before(const Session& waiting, const Session& other) const;

  // The waiting statement fails with deadlock_detected, and its transaction with it.
  Applied fail_by_deadlock(const Database& database, const Session& waiting) const;
  // It runs into the shorter of its time-outs. REQUIRES: it has one.
  Applied time_out(const Database& database, const Session& waiting) const;
  // The operation fails for dependencies among transactions, whatever apply() says: at COMMIT the transaction is over.
  Applied fail_to_serialize(const Database& database, const Session& session, const Operation& operation) const;

  // apply(), and judge() what it came to. REQUIRES: of a session that waits for a safe snapshot, that the graph says
  // so.
  Applied advance(Serialization& serialization, std::uint32_t actor, const Database& database, const Session& session,
                  const Operation& operation) const;

  // What becomes of a step at SERIALIZABLE: `applied` is what it came to as far as its session can tell; the graph says
  // whether it fails instead, and is brought up to date. Does nothing where dependencies are not tracked.
  Applied judge(Serialization& serialization, std::uint32_t actor, const Database& database, const Session& session,
                const Operation& operation, Applied applied) const;

  // Rolls back whatever transaction is open or failed, without a statement.
  Applied abandon(const Database& database, const Session& session) const;
  // The connection is lost: locks of the session are freed, too (P-TX-11).
  Applied disconnect(const Database& database, const Session& session) const;

  // From now on values are names, and serial columns hand out more of them.
  void use_names(std::vector<NamedColumn> columns) {
    setting_.named = std::move(columns);
    setting_.has_names = true;
  }

  const sql::Catalog& catalog() const { return setting_.catalog; }
  const Tracking& tracking() const { return setting_.tracking; }

 private:
  Setting setting_;
};

}  // namespace gapless::store::relational
