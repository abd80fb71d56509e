#include "actor/session.h"

#include <algorithm>
#include <utility>

#include "actor/statements.h"
#include "actor/tracking.h"
#include "base/check.h"

namespace gapless::actor {
namespace {

[[noreturn]] void refuse_session_level() {
  throw std::logic_error("the level of a whole session is the model's: see Builder::isolation");
}

}  // namespace

StatementError::StatementError(std::string condition_name, const std::string& message)
    : std::runtime_error(message), condition(std::move(condition_name)) {}

Result::Result(store::Observation observation) : observation_(std::move(observation)) {}

const sql::Value& Result::value(std::string_view column) const {
  const auto found = std::find(observation_.columns.begin(), observation_.columns.end(), column);
  if (found == observation_.columns.end()) {
    std::string columns;
    for (const auto& name : observation_.columns) columns += (columns.empty() ? "" : ", ") + name;
    throw std::logic_error("the result has no column \"" + std::string(column) + "\"; it has: " + columns);
  }
  if (observation_.rows.empty()) {
    throw std::logic_error("column \"" + std::string(column) +
                           "\" is asked of a result without rows; test found() first");
  }
  return observation_.rows.front()[static_cast<std::size_t>(found - observation_.columns.begin())];
}

std::int64_t Result::integer(std::string_view column) const {
  const auto& any = value(column);
  if (const auto* number = std::get_if<std::int32_t>(&any)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&any)) return *number;
  if (const auto* number = std::get_if<Decimal>(&any)) {
    if (const auto whole = number->to_int64(); whole && compare(Decimal(*whole), *number) == 0) return *whole;
  }
  throw std::logic_error("column \"" + std::string(column) + "\" is no integer: it is " + sql::to_sql(any));
}

std::string Result::text(std::string_view column) const { return sql::to_string(value(column)); }

Session::Session(Context& context, std::size_t database, std::shared_ptr<Statements> statements, store::Isolation level,
                 store::relational::Tracking tracking)
    : context_(context), database_(database), statements_(std::move(statements)), level_(level), tracking_(tracking) {}

Parameter::Parameter(int number) : value(std::int32_t{number}) {}
Parameter::Parameter(std::int64_t number) : value(number) {}
Parameter::Parameter(bool truth) : value(truth) {}
Parameter::Parameter(const char* text) : value(std::string(text)) {}
Parameter::Parameter(std::string text) : value(std::move(text)) {}
Parameter::Parameter(sql::Value any) : value(std::move(any)) {}

Result Session::sql(std::string_view text, std::initializer_list<std::pair<std::string_view, Parameter>> parameters) {
  auto statement = statements_->prepare(text);
  check_tracked(*statement);
  if (defer(statement)) return Result(store::Observation{});
  auto operation = std::exchange(next_, {});
  operation.database = database_;
  operation.statement = std::move(statement);
  if (!in_transaction_) operation.isolation = level_;
  for (const auto& name : operation.statement->parameters) {
    const auto given = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const auto& parameter) { return parameter.first == name; });
    if (given == parameters.end()) {
      throw std::logic_error("no value is given for :" + name + " in \"" + operation.statement->text + "\"");
    }
    operation.parameters.push_back(given->second.value);
  }
  const auto* command = std::get_if<sql::Transaction>(&operation.statement->body);
  const bool ends = command != nullptr && command->command != sql::TransactionCommand::rollback_to;
  if (operation.begins) operation.before.insert(operation.before.begin(), earlier_.begin(), earlier_.end());
  auto observation = context_.perform(operation, {});
  if (ends) end_transaction(observation);
  if (observation.failed()) throw StatementError(observation.error_condition, observation.error_message);
  return Result(std::move(observation));
}

void Session::end_transaction(const store::Observation& observation) {
  in_transaction_ = false;
  if (observation.failed() || observation.tag == "ROLLBACK") next_.before = std::move(earlier_);
  earlier_.clear();
}

void Session::refuse(const std::string& what) {
  throw std::logic_error("a handler uses " + what + ", which the model does not declare: see Builder::uses");
}

// BEGIN, SAVEPOINT, RELEASE and SET are no steps: only the own session can notice them.
bool Session::defer(const std::shared_ptr<const sql::Statement>& statement) {
  const auto* command = std::get_if<sql::Transaction>(&statement->body);
  if (command == nullptr && !std::holds_alternative<sql::SetVariable>(statement->body)) return false;
  if (command != nullptr) {
    using Command = sql::TransactionCommand;
    if (command->command == Command::commit || command->command == Command::rollback ||
        command->command == Command::rollback_to) {
      return false;
    }
    if (command->command == Command::begin) {
      const auto level = command->isolation.empty() ? level_ : level_named(command->isolation);
      begin(level, command->read_only.value_or(false), command->deferrable.value_or(false));
      return true;
    }
    if (command->session) refuse_session_level();
    if (!in_transaction_ && command->command == Command::set_transaction) {
      context_.warn("SET TRANSACTION outside a transaction has no effect");
      return true;
    }
    if (!in_transaction_) {
      throw StatementError("no_active_sql_transaction", statement->text + " outside a transaction");
    }
  } else if (std::get<sql::SetVariable>(statement->body).name == "default_transaction_isolation") {
    refuse_session_level();
  }
  next_.before.push_back(statement);
  return true;
}

// The store keeps no more than what the model was declared to need; an undeclared need would go unnoticed there.
void Session::check_tracked(const sql::Statement& statement) const {
  const auto needed = tracking_of(statement);
  if (needed.table_locks && !tracking_.table_locks) refuse("LOCK TABLE");
  if (needed.dependencies && !tracking_.dependencies) refuse("SERIALIZABLE");
}

void Session::begin() { begin(level_); }

void Session::begin(store::Isolation level, bool read_only, bool deferrable) {
  if (in_transaction_) {
    context_.warn("BEGIN inside a transaction has no effect");
    return;
  }
  if (tracking_of(level).dependencies && !tracking_.dependencies) refuse("SERIALIZABLE");
  earlier_ = std::exchange(next_.before, {});
  next_.begins = true;
  next_.isolation = level;
  next_.read_only = read_only;
  next_.deferrable = deferrable;
  in_transaction_ = true;
}

Result Session::commit() { return sql("COMMIT"); }

Result Session::rollback() { return sql("ROLLBACK"); }

void Session::effect(std::string name, std::initializer_list<Parameter> values) {
  Effect effect{std::move(name), {}};
  for (const auto& parameter : values) effect.values.push_back(parameter.value);
  context_.effect(std::move(effect));
}

void Session::finish() {
  if (!in_transaction_) return;
  context_.warn("the request ends with an open transaction: it is rolled back");
  if (!next_.begins) sql("ROLLBACK");
}

}  // namespace gapless::actor
