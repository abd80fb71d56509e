// Where a message of several statements meets an idle session, a BEGIN goes before its first statement and a COMMIT
// behind its last, as the server does it for itself. An explicit BEGIN among them takes that transaction over.
#include "spec/connection.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "spec/print.h"

namespace gapless::spec {
namespace {

bool has_rows_in_order(const sql::Statement& statement) {
  const auto* select = std::get_if<sql::Select>(&statement.body);
  return select != nullptr && !select->order_by.empty();
}

bool is_setting(const sql::Statement& statement) { return std::holds_alternative<sql::SetVariable>(statement.body); }

std::string command_name(sql::TransactionCommand command) {
  switch (command) {
    case sql::TransactionCommand::savepoint:
      return "SAVEPOINT";
    case sql::TransactionCommand::release:
      return "RELEASE SAVEPOINT";
    case sql::TransactionCommand::rollback_to:
      return "ROLLBACK TO SAVEPOINT";
    default:
      return "SET TRANSACTION";
  }
}

}  // namespace

void Connection::send(const Message& message) {
  check(!busy() && results_.empty(), "a connection does one thing at a time");
  message_ = &message;
  next_ = 0;
  run();
}

void Connection::run() {
  while (busy()) {
    if (next_ == message_->size()) {
      message_ = nullptr;
      end_implicit_transaction();
    } else if (!run_next()) {
      return;
    }
  }
}

bool Connection::run_next() {
  const auto& command = (*message_)[next_];
  switch (command.kind) {
    case Command::Kind::refused:
      throw ModelError(*command.refusal);
    case Command::Kind::nothing:
      break;
    case Command::Kind::prepare:
      if (!prepared_.emplace(command.name, command.statement).second) {
        fail_with("prepared statement \"" + command.name + "\" already exists");
        return true;
      }
      break;
    case Command::Kind::execute: {
      const auto found = prepared_.find(command.name);
      if (found != prepared_.end()) return perform(found->second);
      fail_with("prepared statement \"" + command.name + "\" does not exist");
      return true;
    }
    case Command::Kind::statement:
      if (const auto* transaction = std::get_if<sql::Transaction>(&command.statement->body)) {
        return transaction_command(command, *transaction);
      }
      return perform(command.statement);
    case Command::Kind::call:
      return perform(command.statement);
  }
  ++next_;
  return true;
}

bool Connection::perform(const std::shared_ptr<const sql::Statement>& statement) {
  const bool several = message_->size() > 1;
  if (several && idle() && !is_setting(*statement)) {
    at_once("BEGIN");
    implicit_ = true;
    ran_ = false;
  }
  running_ = statement;
  store::Operation operation;
  operation.statement = statement;
  const auto observation = server_->perform(session_, operation);
  if (!observation) return false;
  finish(*observation);
  return true;
}

void Connection::go_on() {
  const auto observation = server_->resume(session_);
  if (!observation) return;
  finish(*observation);
  run();
}

void Connection::fail(const store::Observation& observation) {
  finish(observation);
  run();
}

// BEGIN, COMMIT and their like, where the transaction that they are about is not quite what they think.
bool Connection::transaction_command(const Command& command, const sql::Transaction& transaction) {
  using sql::TransactionCommand;
  const auto kind = transaction.command;
  const bool ends = kind == TransactionCommand::commit || kind == TransactionCommand::rollback;
  if (kind == TransactionCommand::set_transaction) return perform(command.statement);
  if (ends && (idle() || implicit_)) notices_.push_back("WARNING:  there is no transaction in progress");
  if (ends && idle()) {
    ++next_;
    return true;
  }
  if (kind == TransactionCommand::begin && implicit_) {
    if (ran_ && !transaction.isolation.empty()) {
      fail_with("SET TRANSACTION ISOLATION LEVEL must be called before any query");
      return true;
    }
    if (ran_ && (transaction.read_only || transaction.deferrable)) {
      throw ModelError(*command.statement->source, command.at,
                       "a BEGIN like this after other statements of the same message is not supported; BEGIN first");
    }
    implicit_ = false;
    ++next_;
    return true;
  }
  if (!ends && kind != TransactionCommand::begin && (idle() || implicit_)) {
    fail_with(command_name(kind) + " can only be used in transaction blocks");
    return true;
  }
  if (ends) implicit_ = false;
  const bool already = kind == TransactionCommand::begin && !idle();
  running_ = command.statement;
  store::Operation operation;
  operation.statement = command.statement;
  const auto observation = server_->perform(session_, operation);
  if (!observation) return false;  // READ ONLY DEFERRABLE waits at its first statement; COMMIT never does
  if (already && !observation->failed()) notices_.push_back("WARNING:  there is already a transaction in progress");
  finish(*observation);
  return true;
}

// The statement that ran came to an end.
void Connection::finish(const store::Observation& observation) {
  if (observation.failed()) return fail_with(observation.error_message);
  const auto& command = (*message_)[next_];
  if (command.kind == Command::Kind::call) {
    results_.push_back({Rows{{command.name}, {{""}}, false}, ""});
  } else if (!observation.columns.empty()) {
    results_.push_back({Rows{observation.columns, texts_of(observation.rows), has_rows_in_order(*running_)}, ""});
  }
  running_ = nullptr;
  ran_ = true;
  ++next_;
}

void Connection::fail_with(std::string message) {
  results_.push_back({std::nullopt, std::move(message)});
  running_ = nullptr;
  message_ = nullptr;
  if (!idle() && implicit_) at_once("ROLLBACK");
  implicit_ = false;
}

void Connection::end_implicit_transaction() {
  if (!std::exchange(implicit_, false) || idle()) return;
  const auto observation = at_once("COMMIT");
  if (observation.failed()) results_.push_back({std::nullopt, observation.error_message});
}

store::Observation Connection::at_once(const std::string& statement) {
  const auto observation = server_->perform(session_, statement);
  check(observation.has_value(), "BEGIN, COMMIT and ROLLBACK do not wait");
  return *observation;
}

}  // namespace gapless::spec
