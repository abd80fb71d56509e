// Isolation levels by name, and what a statement needs the store to know in advance: a store keeps neither dependencies
// nor table locks for a model in which nobody can notice them (store::relational::Tracking).
#pragma once

#include <string_view>

#include "store/operation.h"
#include "store/relational/rules.h"

namespace gapless::actor {

// A level as PostgreSQL's grammar has read it, in lower case. "read uncommitted" is READ COMMITTED (P-TX-1).
store::Isolation level_named(std::string_view name);

// What transactions of this level need.
store::relational::Tracking tracking_of(store::Isolation level);

// What the statement needs whatever the level of its transaction: BEGIN and SET TRANSACTION name one, LOCK TABLE locks.
store::relational::Tracking tracking_of(const sql::Statement& statement);

// What either needs.
store::relational::Tracking both(store::relational::Tracking a, store::relational::Tracking b);

}  // namespace gapless::actor
