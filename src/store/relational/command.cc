// Each command by itself; what is only a warning in PostgreSQL does nothing.
#include "store/relational/command.h"

namespace gapless::store::relational {
namespace {

using Phase = Session::Phase;

std::optional<Isolation> level_named(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (name == "serializable") return Isolation::serializable;
  if (name == "repeatable read") return Isolation::repeatable_read;
  return Isolation::read_committed;
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

}  // namespace

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

}  // namespace gapless::store::relational
