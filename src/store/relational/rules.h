// What one operation does to a relational database: PostgreSQL 15 at READ COMMITTED, rule by rule as verified on real
// servers (shared/semantics.md section 1; the rule numbers in the sources, P-LK-11 and so on, are its).
//
// A pure function of values: the same database, session and operation give the same result, so that results can be
// remembered. Deadlocks are not decided here: that takes all sessions (explore/successors), which asks blocks().
#pragma once

#include <optional>

#include "store/operation.h"
#include "store/relational/database.h"

namespace gapless::store::relational {

struct Applied {
  Database database;
  Session session;
  Event event;                             // for the other sessions
  std::optional<Observation> observation;  // none: the statement waits
};

class Rules {
 public:
  explicit Rules(const sql::Catalog& catalog) : catalog_(&catalog) {}  // which must outlive this

  // Runs the statements that fill the tables. An error in one of them is a ModelError.
  Database initial(const std::vector<sql::Statement>& statements) const;

  // Performs an operation, or goes on with it where the session waits in it.
  // REQUIRES: a session that waits can_resume().
  Applied apply(const Database& database, const Session& session, const Operation& operation) const;

  // What the statement waits for is over.
  bool can_resume(const Database& database, const Session& waiting) const;

  // `holder` holds what `waiting` waits for.
  bool blocks(const Database& database, const Session& waiting, const Session& holder) const;

  // The waiting statement fails with deadlock_detected, and its transaction with it.
  Applied fail_by_deadlock(const Database& database, const Session& waiting) const;

  // Rolls back whatever transaction is open or failed, without a statement.
  Applied abandon(const Database& database, const Session& session) const;

  const sql::Catalog& catalog() const { return *catalog_; }

 private:
  const sql::Catalog* catalog_;
};

}  // namespace gapless::store::relational
