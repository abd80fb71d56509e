// One run of a statement, from its beginning or from where it waited until it is done or has to wait (again).
#pragma once

#include <optional>
#include <vector>

#include "store/operation.h"
#include "store/relational/database.h"
#include "store/relational/touch.h"
#include "store/relational/transaction.h"

namespace gapless::store::relational {

// Of what SERIALIZABLE and LOCK TABLE need, only what some statement uses is kept: else it would tell states apart for
// nothing. False is sound only where nobody uses it.
struct Tracking {
  bool dependencies = false;  // some transaction is SERIALIZABLE
  bool table_locks = false;   // LOCK TABLE is used
  bool coarse = false;        // every read by a SERIALIZABLE transaction locks the whole table (S-SSI-7)
  auto operator<=>(const Tracking&) const = default;
};

// A serial column whose numbers are names from now on (sql/name.h).
struct NamedColumn {
  std::size_t table = 0;
  std::size_t column = 0;
  std::uint32_t kind = 0;
  std::uint32_t first = 0;
};

// What stays the same.
struct Setting {
  const sql::Catalog& catalog;
  Tracking tracking;
  std::vector<NamedColumn> named = {};
  bool has_names = false;  // some values are names: in what order rows with them come must not show
};

// Runs `operation`'s statement on behalf of `session`, changing both in place. A wait is returned, and where the
// statement stands is left in session.progress; otherwise the observation is complete. SQL errors are thrown as
// SqlError, with the database in the middle of the statement: the caller rolls back. `touches` says what was read and
// written, also up to an error.
struct StatementResult {
  std::optional<Wait> wait;
  Observation observation;
};
StatementResult run_statement(const Setting& setting, Database& database, Session& session, const Operation& operation,
                              Trail& trail, std::vector<Touch>& touches);

}  // namespace gapless::store::relational
