#include "actor/session.h"

#include <algorithm>

#include "actor/statements.h"
#include "base/check.h"

namespace gapless::actor {

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

Session::Session(Context& context, std::size_t database, std::shared_ptr<Statements> statements)
    : context_(context), database_(database), statements_(std::move(statements)) {}

Result Session::sql(std::string_view text, std::initializer_list<std::pair<std::string_view, Parameter>> parameters) {
  store::Operation operation;
  operation.database = database_;
  operation.statement = statements_->prepare(text);
  operation.begins = std::exchange(begins_, false);
  for (const auto& name : operation.statement->parameters) {
    const auto given = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const auto& parameter) { return parameter.first == name; });
    if (given == parameters.end()) {
      throw std::logic_error("no value is given for :" + name + " in \"" + operation.statement->text + "\"");
    }
    operation.parameters.push_back(given->second.value);
  }
  if (const auto* command = std::get_if<sql::Transaction>(&operation.statement->body)) {
    if (command->command == sql::TransactionCommand::begin) {
      begin();
      return Result(store::Observation{});
    }
    in_transaction_ = false;
  }
  auto observation = context_.perform(operation, {});
  if (observation.failed()) throw StatementError(observation.error_condition, observation.error_message);
  return Result(std::move(observation));
}

void Session::begin() {
  begins_ = true;
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
  if (!begins_) sql("ROLLBACK");
}

}  // namespace gapless::actor
