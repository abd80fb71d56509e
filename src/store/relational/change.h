// One run of a statement, from its beginning or from where it waited until it is done or has to wait (again).
#pragma once

#include <optional>
#include <span>

#include "store/operation.h"
#include "store/relational/database.h"

namespace gapless::store::relational {

// Runs `operation`'s statement on behalf of `session`, changing both in place. A wait is returned, and where the
// statement stands is left in session.progress; otherwise the observation is complete. SQL errors are thrown as
// SqlError, with the database in the middle of the statement: the caller rolls back.
struct StatementResult {
  std::optional<Wait> wait;
  Observation observation;
};
StatementResult run_statement(const sql::Catalog& catalog, Database& database, Session& session,
                              const Operation& operation);

}  // namespace gapless::store::relational
