#include "store/relational/rules.h"

#include <algorithm>

#include "base/check.h"
#include "store/relational/change.h"
#include "store/relational/transaction.h"

namespace gapless::store::relational {
namespace {

Observation error(const std::string& condition, const std::string& message) {
  Observation observation;
  observation.error_condition = condition;
  observation.error_message = message;
  return observation;
}

// A step in the making: the state before it, and the values that it changes in place.
struct Work {
  const Database& before;
  Database database;
  Session session;  // told apart

  Work(const Database& database_before, const Session& session_before)
      : before(database_before), database(database_before), session(told_apart(session_before)) {}
};

// Puts the database in order after a step and renames the session's own rows accordingly.
Applied finish(Work work, const std::vector<RowName>& removed, std::optional<Observation> observation) {
  Applied applied;
  applied.event = canonicalize(work.before, work.database, work.session, removed);
  applied.session = std::move(work.session);
  applied.database = std::move(work.database);
  applied.observation = std::move(observation);
  return applied;
}

// An error ends the transaction's effects and frees its locks at once, before anybody says ROLLBACK: P-TX-5b.
Applied fail(Work work, Observation observation) {
  const auto removed = roll_back(work.database, work.session);
  work.session.wait.reset();
  work.session.progress.reset();
  if (work.session.phase == Session::Phase::open) work.session.phase = Session::Phase::failed;
  return finish(std::move(work), removed, std::move(observation));
}

Applied end_transaction(Work work, sql::TransactionCommand command) {
  // COMMIT of a failed transaction rolls back, and says so only in its tag: P-TX-5.
  const bool commits = command == sql::TransactionCommand::commit && work.session.phase != Session::Phase::failed;
  const auto removed = commits ? commit(work.database, work.session) : roll_back(work.database, work.session);
  work.session.phase = Session::Phase::idle;
  Observation observation;
  observation.tag = commits ? "COMMIT" : "ROLLBACK";
  return finish(std::move(work), removed, std::move(observation));
}

// The numbers that serial columns have handed out stay handed out: P-TX-10.
void keep_numbers(const Database& from, Database& to) {
  for (std::size_t table = 0; table < to.tables.size(); ++table) {
    to.tables[table].next_number = from.tables[table].next_number;
  }
}

Applied run(const sql::Catalog& catalog, Work work, const Operation& operation) {
  const Session session_before = work.session;
  StatementResult result;
  try {
    result = run_statement(catalog, work.database, work.session, operation);
  } catch (const SqlError& failure) {
    // An error in the middle of a statement leaves rows half done; since it rolls back the whole transaction, the rows
    // of before, which the session held then too, are all that is needed.
    Work undone(work.before, session_before);
    keep_numbers(work.database, undone.database);
    return fail(std::move(undone), error(failure.condition, failure.what()));
  }
  if (result.wait) {
    work.session.wait = std::move(result.wait);
    return finish(std::move(work), {}, std::nullopt);
  }
  work.session.wait.reset();
  work.session.progress.reset();
  std::vector<RowName> removed;
  if (work.session.phase == Session::Phase::idle) removed = commit(work.database, work.session);
  return finish(std::move(work), removed, std::move(result.observation));
}

}  // namespace

Database Rules::initial(const std::vector<sql::Statement>& statements) const {
  Database database;
  for (const auto& table : catalog_->tables) {
    const auto serials = std::count_if(table.columns.begin(), table.columns.end(),
                                       [](const sql::Column& column) { return column.serial; });
    database.tables.push_back({{}, std::vector<std::int64_t>(static_cast<std::size_t>(serials), 1)});
  }
  for (const auto& statement : statements) {
    Operation operation;
    // The operation only borrows the statement.
    operation.statement = std::shared_ptr<const sql::Statement>(std::shared_ptr<void>(), &statement);
    auto applied = apply(database, Session{}, operation);
    check(applied.observation.has_value(), "nobody else holds anything while the tables are filled");
    if (applied.observation->failed()) {
      throw ModelError(*statement.source, statement.at,
                       "this statement fails with " + applied.observation->error_condition + ": " +
                           applied.observation->error_message);
    }
    database = std::move(applied.database);
  }
  return database;
}

Applied Rules::apply(const Database& database, const Session& session, const Operation& operation) const {
  Work work(database, session);
  if (session.wait) {
    check(can_resume(database, session), "only a statement whose wait is over goes on");
    return run(*catalog_, std::move(work), operation);
  }
  auto& phase = work.session.phase;
  if (operation.begins && phase == Session::Phase::idle) phase = Session::Phase::open;
  const auto* command = std::get_if<sql::Transaction>(&operation.statement->body);
  if (command != nullptr) {
    check(command->command != sql::TransactionCommand::begin, "BEGIN goes with the statement after it");
    return end_transaction(std::move(work), command->command);
  }
  if (phase == Session::Phase::failed) {
    return finish(std::move(work), {},
                  error("in_failed_sql_transaction",
                        "current transaction is aborted, commands ignored until end of transaction block"));
  }
  return run(*catalog_, std::move(work), operation);
}

bool Rules::can_resume(const Database& database, const Session& waiting) const {
  const auto& wait = *waiting.wait;
  if (!wait.for_key) {
    return wait.row.row == RowName::gone || !row_at(database, wait.row).locked || holds(waiting, wait.row);
  }
  const auto& rows = database.tables[wait.row.table].rows;
  const auto& unique = catalog_->tables[wait.row.table].uniques[wait.unique];
  const Session own = told_apart(waiting);
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    if (!holds(own, {wait.row.table, row}) && has_key_in_flight(rows[row], unique, wait.unique, wait.key)) {
      return false;
    }
  }
  return true;
}

bool Rules::blocks(const Database& database, const Session& waiting, const Session& holder) const {
  const auto& wait = *waiting.wait;
  if (!wait.for_key) return wait.row.row != RowName::gone && holds(holder, wait.row);
  const auto& unique = catalog_->tables[wait.row.table].uniques[wait.unique];
  return std::any_of(holder.held.begin(), holder.held.end(), [&](const RowName& name) {
    return name.table == wait.row.table && has_key_in_flight(row_at(database, name), unique, wait.unique, wait.key);
  });
}

Applied Rules::fail_by_deadlock(const Database& database, const Session& waiting) const {
  return fail(Work(database, waiting), error("deadlock_detected", "deadlock detected"));
}

Applied Rules::abandon(const Database& database, const Session& session) const {
  check(!session.wait, "a session that waits is not abandoned");
  return end_transaction(Work(database, session), sql::TransactionCommand::rollback);
}

}  // namespace gapless::store::relational
