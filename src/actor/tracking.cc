#include "actor/tracking.h"

#include "base/check.h"

namespace gapless::actor {

using store::Isolation;
using store::relational::Tracking;

store::Isolation level_named(std::string_view name) {
  if (name == "read committed" || name == "read uncommitted") return Isolation::read_committed;
  if (name == "repeatable read") return Isolation::repeatable_read;
  check(name == "serializable", "PostgreSQL's grammar knows four levels");
  return Isolation::serializable;
}

Tracking tracking_of(store::Isolation level) {
  Tracking tracking;
  tracking.dependencies = level == Isolation::serializable;
  return tracking;
}

Tracking tracking_of(const sql::Statement& statement) {
  Tracking tracking;
  if (const auto* command = std::get_if<sql::Transaction>(&statement.body); command && !command->isolation.empty()) {
    tracking = tracking_of(level_named(command->isolation));
  }
  tracking.table_locks = std::holds_alternative<sql::LockTable>(statement.body);
  return tracking;
}

Tracking both(Tracking a, Tracking b) {
  a.dependencies = a.dependencies || b.dependencies;
  a.table_locks = a.table_locks || b.table_locks;
  a.coarse = a.coarse || b.coarse;
  return a;
}

}  // namespace gapless::actor
