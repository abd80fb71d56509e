// A statement step by step: its locks on tables, its snapshot, its run; and what SERIALIZABLE says of it.
#include "store/relational/rules.h"

#include <algorithm>

#include "base/check.h"
#include "store/relational/command.h"
#include "store/relational/locks.h"
#include "store/relational/table_request.h"
#include "store/relational/transaction.h"
#include "store/relational/work.h"

namespace gapless::store::relational {
namespace {

using Phase = Session::Phase;

const char* write_of(const sql::Select& select) {
  switch (select.locking.strength) {
    case LockStrength::none:
      return nullptr;
    case LockStrength::key_share:
      return "SELECT FOR KEY SHARE";
    case LockStrength::share:
      return "SELECT FOR SHARE";
    case LockStrength::no_key_update:
      return "SELECT FOR NO KEY UPDATE";
    case LockStrength::update:
      return "SELECT FOR UPDATE";
  }
  return nullptr;
}

// What a READ ONLY transaction says that it cannot do; nullptr for what it can.
const char* write_of(const sql::Statement& statement) {
  if (std::holds_alternative<sql::Insert>(statement.body)) return "INSERT";
  if (std::holds_alternative<sql::Update>(statement.body)) return "UPDATE";
  if (std::holds_alternative<sql::Delete>(statement.body)) return "DELETE";
  if (const auto* select = std::get_if<sql::Select>(&statement.body)) {
    if (const auto* write = write_of(*select)) return write;
  }
  for (const auto& common : statement.with) {
    const auto* select = std::get_if<sql::Select>(&common.body);
    if (select == nullptr) return "SELECT";
    if (const auto* write = write_of(*select)) return write;
  }
  return statement.locking_queries.empty() ? nullptr : write_of(*statement.locking_queries.front().second);
}

// All of them, or the wait for the next one. What is held already is taken again at once.
std::optional<Wait> lock_tables(const Setting& setting, Work& work, const sql::Statement& statement) {
  const auto* lock = std::get_if<sql::LockTable>(&statement.body);
  for (const auto& wanted : table_requests(statement)) {
    const LockRequest lock_request{{LockTag::Kind::table, static_cast<std::int64_t>(wanted.table)}, wanted.mode, false};
    if (lock != nullptr && lock->nowait) {
      if (!try_request(work.database, work.session, lock_request)) {
        throw SqlError("lock_not_available",
                       "could not obtain lock on relation \"" + setting.catalog.tables[wanted.table].name + "\"");
      }
    } else if (auto wait = request(work.database, work.session, lock_request, work.trail.moves)) {
      return wait;
    }
  }
  return std::nullopt;
}

void take_snapshot(const Setting& setting, Work& work) {
  auto& wait = work.session.wait;
  if (wait && wait->kind == Wait::Kind::snapshot) {  // for a safe one; it is, or another one is taken
    if (wait->superseded) end_snapshot(work.database, work.session, work.trail);
    wait.reset();
  }
  if (!work.session.keeps_one_snapshot() || work.session.snapshot) return;
  begin_snapshot(work.database, work.session);
  if (!setting.tracking.dependencies) return;
  work.touch(Touch::Kind::snapshot);
  work.touches.back().visible = work.session.level == Isolation::serializable;
  work.touches.back().newest = work.session.read_only;
}

StatementResult run_or_wait(const Setting& setting, Work& work, const Operation& operation) {
  const auto& statement = *operation.statement;
  const auto* lock = std::get_if<sql::LockTable>(&statement.body);
  auto& session = work.session;
  if (lock != nullptr && session.phase == Phase::idle) {
    throw SqlError("no_active_sql_transaction", "LOCK TABLE can only be used in transaction blocks");
  }
  if (lock == nullptr) {
    session.has_begun = session.phase != Phase::idle;
    take_snapshot(setting, work);
  }
  if (!session.progress && (setting.tracking.table_locks || lock != nullptr)) {
    if (session.wait) take_from_queue(work.database, session, work.trail.moves);
    session.wait.reset();
    if (auto wait = lock_tables(setting, work, statement)) return {std::move(wait), {}};
  }
  if (lock != nullptr) return {std::nullopt, tagged("LOCK TABLE")};
  const auto* write = write_of(statement);
  if (write != nullptr && session.read_only) {
    throw SqlError("read_only_sql_transaction", std::string("cannot execute ") + write + " in a read-only transaction");
  }
  return run_statement(setting, work.database, session, operation, work.trail, work.touches);
}

Applied run(const Setting& setting, Work work, const Operation& operation) {
  const Session session_before = work.session;
  StatementResult result;
  try {
    result = run_or_wait(setting, work, operation);
  } catch (const SqlError& failure) {
    // An error in the middle of a statement leaves rows half done; since it rolls back to where the transaction or its
    // savepoint began, the rows of before, which the session held then too, are all that is needed.
    Work undone(work.before, session_before);
    undone.touches = std::move(work.touches);
    const auto taken_back = taking_back_writes(undone.touches, session_before);
    undone.touches.insert(undone.touches.end(), taken_back.begin(), taken_back.end());
    for (std::size_t table = 0; table < work.database.tables.size(); ++table) {  // numbers stay handed out: P-TX-10
      undone.database.tables[table].next_number = work.database.tables[table].next_number;
    }
    if (work.session.keeps_one_snapshot() && !session_before.snapshot && work.session.snapshot) {
      begin_snapshot(undone.database, undone.session);  // it outlives a ROLLBACK TO
    }
    undone.session.has_begun = work.session.has_begun;
    undone.session.has_number = work.session.has_number;
    return fail(std::move(undone), error(failure));
  }
  if (result.wait) {
    work.session.wait = std::move(result.wait);
    return finish(std::move(work), std::nullopt);
  }
  work.session.wait.reset();
  work.session.progress.reset();
  if (work.session.phase == Phase::idle) end(work, true);
  return finish(std::move(work), std::move(result.observation));
}

}  // namespace

Database Rules::initial(const std::vector<sql::Statement>& statements, std::optional<sql::Timestamp> now) const {
  check(!setting_.has_names, "tables are filled before their numbers are names");
  Database database;
  for (const auto& table : setting_.catalog.tables) {
    const auto serials = std::count_if(table.columns.begin(), table.columns.end(),
                                       [](const sql::Column& column) { return column.serial; });
    database.tables.push_back({{}, std::vector<std::int64_t>(static_cast<std::size_t>(serials), 1)});
  }
  for (const auto& statement : statements) {
    Operation operation;
    operation.now = now;
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
    check(can_resume(database, session) || waits_only_in_queue(database, session),
          "only a statement whose wait is over goes on");
    return run(setting_, std::move(work), operation);
  }
  if (operation.begins) begin(work.session, operation.isolation, operation.read_only, operation.deferrable);
  if (!work.session.started) work.session.started = operation.now;
  try {
    run_before(work, operation);
    const auto& body = operation.statement->body;
    if (const auto* transaction = std::get_if<sql::Transaction>(&body)) {
      auto observation = command(work, operation, *transaction);
      return finish(std::move(work), std::move(observation));
    }
    if (work.session.phase == Phase::failed) {
      throw SqlError("in_failed_sql_transaction",
                     "current transaction is aborted, commands ignored until end of transaction block");
    }
    if (const auto* variable = std::get_if<sql::SetVariable>(&body)) {
      set_variable(work.session, *variable);
      return finish(std::move(work), tagged("SET"));
    }
  } catch (const SqlError& failure) {
    if (work.session.phase == Phase::failed) return finish(std::move(work), error(failure));
    return fail(std::move(work), error(failure));
  }
  if (work.session.phase == Phase::idle) {
    work.session.level = work.session.settings.level.value_or(operation.isolation);
    work.session.read_only = operation.read_only;
  }
  return run(setting_, std::move(work), operation);
}

bool Rules::can_resume(const Database& database, const Session& waiting) const {
  const auto& wait = *waiting.wait;
  switch (wait.kind) {
    case Wait::Kind::row:
      if (wait.row.row == RowName::gone) return true;
      if (wait.superseded && waiting.keeps_one_snapshot()) {
        return !is_held_as_it_was(row_at(database, wait.row), wait.strength, held(waiting, wait.row));
      }
      return !excluded(row_at(database, wait.row), wait.strength, own_strength(waiting, wait.row));
    case Wait::Kind::lock:
      return is_free(database, waiting);
    case Wait::Kind::snapshot:
      return true;  // as far as this can be told here
    case Wait::Kind::key:
      break;
  }
  const auto& rows = database.tables[wait.row.table].rows;
  const auto& unique = setting_.catalog.tables[wait.row.table].uniques[wait.unique];
  const Session own = told_apart(waiting);
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    if (!has_written(own, {wait.row.table, row}) && has_key_in_flight(rows[row], unique, wait.unique, wait.key)) {
      return false;
    }
  }
  return true;
}

bool Rules::waits_only_in_queue(const Database& database, const Session& waiting) const {
  return waiting.wait && waiting.wait->kind == Wait::Kind::lock && is_free_but_for_queue(database, waiting);
}

bool Rules::blocks(const Database& database, const Session& waiting, const Session& holder) const {
  const auto& wait = *waiting.wait;
  switch (wait.kind) {
    case Wait::Kind::row:
      return wait.row.row != RowName::gone && conflict(wait.strength, own_strength(holder, wait.row));
    case Wait::Kind::lock:
      return holds_up(waiting, holder);
    case Wait::Kind::snapshot:
      return false;
    case Wait::Kind::key:
      break;
  }
  const auto& unique = setting_.catalog.tables[wait.row.table].uniques[wait.unique];
  return std::any_of(holder.held.begin(), holder.held.end(), [&](const Held& held) {
    return held.row.table == wait.row.table && held.wrote &&
           has_key_in_flight(row_at(database, held.row), unique, wait.unique, wait.key);
  });
}

bool Rules::stands_before(const Session& waiting, const Session& other) const {
  return waiting.wait->kind == Wait::Kind::lock && relational::stands_before(waiting, other);
}

Applied Rules::fail_by_deadlock(const Database& database, const Session& waiting) const {
  return fail(Work(database, waiting), error("deadlock_detected", "deadlock detected"));
}

Applied Rules::time_out(const Database& database, const Session& waiting) const {
  const auto lock = waiting.settings.lock_timeout_ms;
  const auto statement = waiting.settings.statement_timeout_ms;
  check(lock > 0 || statement > 0, "a statement that times out has a time-out");
  const bool by_lock = lock > 0 && (statement == 0 || lock <= statement);
  return fail(Work(database, waiting), by_lock
                                           ? error("lock_not_available", "canceling statement due to lock timeout")
                                           : error("query_canceled", "canceling statement due to statement timeout"));
}

Applied Rules::fail_to_serialize(const Database& database, const Session& session, const Operation& operation) const {
  // What the operation does before it fails: the transaction begins, numbers are drawn.
  Work work(database, session);
  if (!session.wait) {
    if (operation.begins) begin(work.session, operation.isolation, operation.read_only, operation.deferrable);
    run_before(work, operation);
  }
  work.session.has_begun = true;
  if (work.session.level == Isolation::serializable && !work.session.snapshot) {
    begin_snapshot(work.database, work.session);  // it outlives a ROLLBACK TO
  }
  auto failure =
      error("serialization_failure", "could not serialize access due to read/write dependencies among transactions");
  const auto* transaction = std::get_if<sql::Transaction>(&operation.statement->body);
  if (transaction != nullptr && transaction->command == sql::TransactionCommand::commit) {
    end(work, false);
    return finish(std::move(work), std::move(failure));
  }
  return fail(std::move(work), std::move(failure));
}

Applied Rules::advance(Serialization& serialization, std::uint32_t actor, const Database& database,
                       const Session& session, const Operation& operation) const {
  Session now = session;
  if (session.wait && session.wait->kind == Wait::Kind::snapshot) {
    now.wait->superseded = serialization.has_unsafe_snapshot(actor);
    serialization.forget(actor);  // a safe snapshot needs no watching
  }
  auto applied = apply(database, now, operation);
  const bool takes_snapshot = std::any_of(applied.touches.begin(), applied.touches.end(),
                                          [](const Touch& touch) { return touch.kind == Touch::Kind::snapshot; });
  const bool is_deferrable =
      applied.session.level == Isolation::serializable && applied.session.read_only && applied.session.deferrable;
  if (setting_.tracking.dependencies && takes_snapshot && is_deferrable && serialization.has_writers()) {
    Work work(database, now);
    if (operation.begins && !now.wait)
      begin(work.session, operation.isolation, operation.read_only, operation.deferrable);
    if (!now.wait) run_before(work, operation);
    if (!work.session.started) work.session.started = operation.now;
    work.session.has_begun = true;
    take_snapshot(setting_, work);
    work.session.wait.emplace();
    work.session.wait->kind = Wait::Kind::snapshot;
    applied = finish(std::move(work), std::nullopt);
    check(serialization.follow(actor, applied.touches), "to wait is not to fail");
    serialization.watch_for_safety(actor);
    serialization.settle(actor, applied.own, applied.event);
    return applied;
  }
  return judge(serialization, actor, database, now, operation, std::move(applied));
}

Applied Rules::judge(Serialization& serialization, std::uint32_t actor, const Database& database,
                     const Session& session, const Operation& operation, Applied applied) const {
  if (!setting_.tracking.dependencies) return applied;
  if (!serialization.follow(actor, applied.touches)) {
    const auto touches = std::move(applied.touches);
    applied = fail_to_serialize(database, session, operation);
    const auto taken_back = taking_back_writes(touches, told_apart(session));
    applied.touches.insert(applied.touches.end(), taken_back.begin(), taken_back.end());
    check(serialization.follow(actor, applied.touches), "a transaction fails once");
  }
  serialization.settle(actor, applied.own, applied.event);
  return applied;
}

Applied Rules::abandon(const Database& database, const Session& session) const {
  check(!session.wait, "a session that waits is not abandoned");
  Work work(database, session);
  if (session.phase != Phase::idle) end(work, false);
  return finish(std::move(work), tagged("ROLLBACK"));
}

Applied Rules::disconnect(const Database& database, const Session& session) const {
  Work work(database, session);
  if (session.wait && session.wait->kind == Wait::Kind::lock)
    leave_queue(work.database, work.session, work.trail.moves);
  work.session.wait.reset();
  work.session.progress.reset();
  end(work, false);
  unlock_all_of_session(work.database, work.session);
  work.session.settings = {};
  return finish(std::move(work), tagged("ROLLBACK"));
}

}  // namespace gapless::store::relational
