// A step in the making, and the ways in which it ends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/relational/rules.h"
#include "store/relational/transaction.h"

namespace gapless::store::relational {

// A step in the making: the state before it, and the values that it changes in place.
struct Work {
  const Database& before;
  Database database;
  Session session;  // told apart
  Trail trail;
  std::vector<Touch> touches;

  Work(const Database& database_before, const Session& session_before)
      : before(database_before), database(database_before), session(told_apart(session_before)) {}

  void touch(Touch::Kind kind) { touches.push_back({kind, {}, 0, false, false, false}); }
};

Observation error(const std::string& condition, const std::string& message);
Observation error(const SqlError& failure);
Observation tagged(const char* tag);

// Puts the database in order after a step and renames the session's own rows accordingly.
Applied finish(Work work, std::optional<Observation> observation);

// An error ends the transaction's effects and frees its locks at once, before anybody says ROLLBACK: P-TX-5b. In a
// savepoint that is what was done since.
Applied fail(Work work, Observation observation);

void touch_undone(Work& work);

// A statement that fails has written nothing, also where a savepoint lets the transaction go on: what takes back the
// writes among these touches that the session had not done before.
std::vector<Touch> taking_back_writes(const std::vector<Touch>& touches, const Session& before);

}  // namespace gapless::store::relational
