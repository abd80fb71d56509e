// BEGIN, COMMIT, ROLLBACK, savepoints and SET: what needs no snapshot and reads no row.
#pragma once

#include "store/relational/work.h"

namespace gapless::store::relational {

// In a transaction it does nothing.
void begin(Session& session, Isolation level, bool read_only, bool deferrable);
void end(Work& work, bool commits);

void set_variable(Session& session, const sql::SetVariable& command);

// Throws SqlError.
Observation command(Work& work, const Operation& operation, const sql::Transaction& command);

// Statements that are no step of their own come first; their error is that of the operation.
std::optional<Observation> run_before(Work& work, const Operation& operation);

}  // namespace gapless::store::relational
