#include "store/relational/rules.h"

#include <algorithm>

#include "base/check.h"
#include "store/relational/locks.h"
#include "store/relational/transaction.h"
#include "store/relational/walk.h"

namespace gapless::store::relational {
namespace {

using Phase = Session::Phase;

Observation error(const std::string& condition, const std::string& message) {
  Observation observation;
  observation.error_condition = condition;
  observation.error_message = message;
  return observation;
}

Observation error(const SqlError& failure) { return error(failure.condition, failure.what()); }

Observation tagged(const char* tag) {
  Observation observation;
  observation.tag = tag;
  return observation;
}

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

// The transaction's own new rows that its statement or its savepoints refer to must not share names with their like.
void tell_apart(Database& database, const Session& session) {
  std::uint32_t tag = 0;
  for (const auto& own : session.held) row_at(database, own.row).tag = 0;
  const auto mark = [&](RowName name) {
    if (name.row == RowName::gone) return;
    auto& row = row_at(database, name);
    if (!row.committed && row.tag == 0 && has_written(session, name)) row.tag = ++tag;
  };
  if (!session.savepoints.empty()) {
    for (const auto& own : session.held) mark(own.row);
  }
  if (!session.progress) return;
  for (const auto& candidate : session.progress->candidates) {
    std::for_each(candidate.rows.begin(), candidate.rows.end(), mark);
  }
  std::for_each(session.progress->changed.begin(), session.progress->changed.end(), mark);
  for (const auto& before : session.progress->before) mark(before.row);
}

// Outside of a transaction nothing is left of one.
void forget_transaction(Session& session) {
  session.level = Isolation::read_committed;
  session.read_only = session.deferrable = session.has_number = session.has_begun = false;
  session.settings_before.reset();
  session.settings_after.reset();
}

// Puts the database in order after a step and renames the session's own rows accordingly.
Applied finish(Work work, std::optional<Observation> observation) {
  if (work.session.phase == Phase::idle && !work.session.wait) forget_transaction(work.session);
  for (const auto& own : work.session.held) {
    check(std::find(work.trail.removed.begin(), work.trail.removed.end(), own.row) == work.trail.removed.end(),
          "a row that is removed is not held");
  }
  tell_apart(work.database, work.session);
  Applied applied;
  auto renaming = canonicalize(work.before, work.database, work.session, work.trail.removed,
                               std::move(work.trail.changes), std::move(work.trail.moves));
  applied.event = std::move(renaming.others);
  applied.own = std::move(renaming.own);
  applied.touches = std::move(work.touches);
  applied.session = std::move(work.session);
  applied.database = std::move(work.database);
  applied.observation = std::move(observation);
  return applied;
}

void touch_undone(Work& work) {
  for (const auto name : work.trail.undone) {
    work.touches.push_back({Touch::Kind::undo_row, name, 0, false, false, false});
  }
}

// A statement that fails has written nothing, also where a savepoint lets the transaction go on: what takes back the
// writes among these touches that the session had not done before.
std::vector<Touch> taking_back_writes(const std::vector<Touch>& touches, const Session& before) {
  std::vector<Touch> undone;
  for (const auto& touch : touches) {
    const bool writes = touch.kind == Touch::Kind::write_row || touch.kind == Touch::Kind::write_table;
    if (writes && !has_written(before, touch.row)) {
      undone.push_back({Touch::Kind::undo_row, touch.row, 0, false, false, false});
    }
  }
  return undone;
}

// An error ends the transaction's effects and frees its locks at once, before anybody says ROLLBACK: P-TX-5b. In a
// savepoint that is what was done since.
Applied fail(Work work, Observation observation) {
  auto& session = work.session;
  if (session.wait && session.wait->kind == Wait::Kind::lock) {
    leave_queue(work.database, session, work.trail.moves);
  }
  session.wait.reset();
  session.progress.reset();
  if (!session.keeps_one_snapshot()) end_snapshot(work.database, session, work.trail);
  if (session.savepoints.empty()) {
    roll_back(work.database, session, work.trail);
    work.touch(Touch::Kind::abort);
  } else {
    roll_back_to(work.database, session, session.savepoints.size() - 1, work.trail);
    touch_undone(work);
  }
  if (session.phase == Phase::open) session.phase = Phase::failed;
  return finish(std::move(work), std::move(observation));
}

// ------------------------------------------------------------------------------------ commands of a transaction

std::optional<Isolation> level_named(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (name == "serializable") return Isolation::serializable;
  if (name == "repeatable read") return Isolation::repeatable_read;
  return Isolation::read_committed;
}

void begin(Session& session, Isolation level, bool read_only, bool deferrable) {
  if (session.phase != Phase::idle) return;  // a warning: no transactions in transactions
  session.phase = Phase::open;
  session.level = level;
  session.read_only = read_only;
  session.deferrable = deferrable;
}

void end(Work& work, bool commits) {
  if (commits) {
    commit(work.database, work.session, work.trail);
    work.touch(Touch::Kind::commit);
    if (work.session.settings_after) work.session.settings = *work.session.settings_after;
  } else {
    roll_back(work.database, work.session, work.trail);
    work.touch(Touch::Kind::abort);
    if (work.session.settings_before) work.session.settings = *work.session.settings_before;
  }
  work.session.phase = Phase::idle;
}

std::size_t savepoint_named(const Session& session, const std::string& name) {
  const auto number = find_savepoint(session, name);
  if (!number) throw SqlError("invalid_savepoint_specification", "savepoint \"" + name + "\" does not exist");
  return *number;
}

void set_transaction(Session& session, const sql::Transaction& command) {
  const auto level = level_named(command.isolation);
  if (command.session) {
    if (level) session.settings.level = level;
    return;
  }
  if (session.phase == Phase::idle) return;  // a warning: it has no effect
  if (session.has_begun && level && *level != session.level) {
    throw SqlError("active_sql_transaction", "SET TRANSACTION ISOLATION LEVEL must be called before any query");
  }
  if (level) session.level = *level;
  if (command.read_only) {
    if (session.has_begun && session.read_only && !*command.read_only) {
      throw SqlError("active_sql_transaction", "transaction read-write mode must be set before any query");
    }
    session.read_only = *command.read_only;
  }
  if (command.deferrable) session.deferrable = *command.deferrable;
}

void set_variable(Session& session, const sql::SetVariable& command) {
  Settings changed = session.settings;
  const auto milliseconds = [&](std::int64_t otherwise) {
    return command.value.empty() ? otherwise : std::stoll(command.value);
  };
  if (command.name == "lock_timeout") changed.lock_timeout_ms = milliseconds(0);
  if (command.name == "statement_timeout") changed.statement_timeout_ms = milliseconds(0);
  if (command.name == "deadlock_timeout") changed.deadlock_timeout_ms = milliseconds(Settings{}.deadlock_timeout_ms);
  if (command.name == "default_transaction_isolation") changed.level = level_named(command.value);
  if (session.phase == Phase::idle) {
    if (!command.local) session.settings = changed;
    return;
  }
  if (!session.settings_before) session.settings_before = session.settings;
  if (command.local && !session.settings_after) session.settings_after = session.settings;
  if (!command.local) session.settings_after.reset();
  session.settings = changed;
}

// What needs no snapshot and reads no row. Throws SqlError.
Observation command(Work& work, const Operation& operation, const sql::Transaction& command) {
  auto& session = work.session;
  const bool failed = session.phase == Phase::failed;
  using enum sql::TransactionCommand;
  const auto require_transaction = [&](const char* what) {
    if (session.phase == Phase::idle) {
      throw SqlError("no_active_sql_transaction", std::string(what) + " can only be used in transaction blocks");
    }
  };
  const auto require_no_failure = [&] {
    if (failed) {
      throw SqlError("in_failed_sql_transaction",
                     "current transaction is aborted, commands ignored until end of transaction block");
    }
  };
  switch (command.command) {
    case sql::TransactionCommand::begin:
      require_no_failure();
      relational::begin(
          session, level_named(command.isolation).value_or(session.settings.level.value_or(operation.isolation)),
          command.read_only.value_or(operation.read_only), command.deferrable.value_or(operation.deferrable));
      return tagged("BEGIN");
    case sql::TransactionCommand::commit:
      // COMMIT of a failed transaction rolls back, and says so only in its tag: P-TX-5.
      if (session.phase == Phase::idle) return tagged("COMMIT");
      end(work, !failed);
      return tagged(failed ? "ROLLBACK" : "COMMIT");
    case rollback:
      if (session.phase == Phase::idle) return tagged("ROLLBACK");
      end(work, false);
      return tagged("ROLLBACK");
    case savepoint:
      require_transaction("SAVEPOINT");
      require_no_failure();
      set_savepoint(session, command.savepoint);
      return tagged("SAVEPOINT");
    case release:
      require_transaction("RELEASE SAVEPOINT");
      require_no_failure();
      release_savepoint(session, savepoint_named(session, command.savepoint));
      return tagged("RELEASE");
    case rollback_to:
      require_transaction("ROLLBACK TO SAVEPOINT");
      roll_back_to(work.database, session, savepoint_named(session, command.savepoint), work.trail);
      touch_undone(work);
      session.phase = Phase::open;
      return tagged("ROLLBACK");
    case sql::TransactionCommand::set_transaction:
      require_no_failure();
      relational::set_transaction(session, command);
      return tagged("SET");
  }
  return {};
}

// --------------------------------------------------------------------------------------------------- statements

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

struct TableRequest {
  std::size_t table = 0;
  TableLock mode = TableLock::none;
};

// The locks on tables that every statement takes (manual 13.3.1).
std::vector<TableRequest> table_requests(const sql::Statement& statement) {
  std::vector<TableRequest> requests;
  const auto add_others = [&](const std::vector<sql::FromItem>& from) {
    for (std::size_t item = 1; item < from.size(); ++item) {
      if (!from[item].query && !from[item].common)
        requests.push_back({from[item].table_number, TableLock::access_share});
    }
  };
  const auto add_body = [&](const auto& body) {
    if (const auto* insert = std::get_if<sql::Insert>(&body)) {
      requests.push_back({insert->table_number, TableLock::row_exclusive});
    } else if (const auto* update = std::get_if<sql::Update>(&body)) {
      requests.push_back({update->table_number, TableLock::row_exclusive});
      add_others(update->from);
    } else if (const auto* remove = std::get_if<sql::Delete>(&body)) {
      requests.push_back({remove->table_number, TableLock::row_exclusive});
      add_others(remove->from);
    }
  };
  for (const auto& common : statement.with) add_body(common.body);
  add_body(statement.body);
  for_each_query(statement, [&](const sql::Select& query) {
    for (const auto item : query.locking.items) {
      requests.push_back({query.from[item].table_number, TableLock::row_share});
    }
    for (const auto& item : query.from) {
      if (!item.query && !item.common) requests.push_back({item.table_number, TableLock::access_share});
    }
  });
  if (const auto* lock = std::get_if<sql::LockTable>(&statement.body)) {
    for (const auto table : lock->table_numbers) requests.push_back({table, lock->mode});
  }
  return requests;
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

// Statements that are no step of their own come first; their error is that of the operation.
std::optional<Observation> run_before(Work& work, const Operation& operation) {
  for (const auto& statement : operation.before) {
    if (const auto* variable = std::get_if<sql::SetVariable>(&statement->body)) {
      set_variable(work.session, *variable);
    } else {
      (void)command(work, operation, std::get<sql::Transaction>(statement->body));
    }
  }
  return std::nullopt;
}

}  // namespace

Database Rules::initial(const std::vector<sql::Statement>& statements) const {
  Database database;
  for (const auto& table : setting_.catalog.tables) {
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
    check(can_resume(database, session) || waits_only_in_queue(database, session),
          "only a statement whose wait is over goes on");
    return run(setting_, std::move(work), operation);
  }
  if (operation.begins) begin(work.session, operation.isolation, operation.read_only, operation.deferrable);
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
