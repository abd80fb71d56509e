// One loop over instructions. All state is in `memory_` and the connections, and a place is the instruction's number
// with the part of that state which can still matter.
#include "scenario/interpret.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "scenario/interpreter.h"
#include "store/relational/evaluate.h"

namespace gapless::scenario {

using sql::Tuple;
using sql::Value;

namespace {

class NoTables : public store::Snapshot {
 public:
  std::span<const Tuple> rows(std::size_t /*table_number*/) const override {
    check(false, "an expression outside SQL reads no table");
    return {};
  }
};

Value evaluate(const Formula& formula, const SourceText& source, std::span<const Value> parameters) {
  const NoTables tables;
  store::QueryMemory memory;
  store::Evaluator evaluator(source, tables, parameters, memory);
  const auto& select = std::get<sql::Select>(formula.statement->body);
  return evaluator.value(select.targets.front().expression, {});
}

}  // namespace

Interpreter::Interpreter(const Code& code, const std::vector<Value>& arguments, const Situation& situation,
                         std::string where, Connections& connections, actor::Context& context)
    : code_(code),
      context_(context),
      process_(situation.process),
      where_(std::move(where)),
      memory_(code.variables.size()),
      connections_(connections.databases),
      keyvalues_(connections.keyvalues) {
  check(arguments.size() == code.parameters.size(), "a request has one argument a parameter");
  connections_.resize(code.databases + code.documents);  // those of documents come last
  keyvalues_.resize(code.keyvalues);
  for (std::size_t i = 0; i < arguments.size(); ++i) memory_[i] = arguments[i];
  if (code.me) {
    const sql::Name me{0, static_cast<std::uint32_t>(situation.me), 1};
    memory_[*code.me] = context.has_names() ? Value(me) : Value(situation.me);
  }
  if (code.process) memory_[*code.process] = Value(situation.process);
  if (code.attempt) memory_[*code.attempt] = Value(situation.attempt);
}

actor::Response Interpreter::run() {
  while (!response_) {
    check(next_ < code_.instructions.size(), "code ends with End or Fail");
    const Instruction& instruction = code_.instructions[next_];
    if (++local_ > most_local_instructions) {
      throw ModelError(*code_.source, instruction.at,
                       "this request never ends: it has computed for " + std::to_string(most_local_instructions) +
                           " instructions without a statement");
    }
    self_ = next_++;
    try {
      std::visit([&](const auto& body) { execute(instruction, body); }, instruction.body);
    } catch (const store::SqlError& error) {
      fail(instruction, {error.condition, error.what()});
    }
  }
  return *response_;
}

// ---------------------------------------------------------------------------------------------------- no steps

void Interpreter::execute(const Instruction& instruction, const Begin& begin) {
  auto& connection = connections_[begin.database];
  if (connection.transaction == Transaction::none) {
    connection.transaction = Transaction::begun;
    connection.begin = begin;
    connection.earlier = std::exchange(connection.before, {});
    return;
  }
  // PostgreSQL only warns; but the COMMIT at the end of an inner block would then commit the outer transaction.
  if (begin.block)
    throw ModelError(*code_.source, instruction.at, "`transaction { }` after a BEGIN that is still open");
  warn(instruction, "BEGIN inside a transaction has no effect");
}

// What the server would answer at once, and no other session can notice, needs no step to be known.
void Interpreter::execute(const Instruction& instruction, const Defer& defer) {
  auto& connection = connections_[defer.database];
  const auto* command = std::get_if<sql::Transaction>(&defer.statement->body);
  const auto* variable = std::get_if<sql::SetVariable>(&defer.statement->body);
  const bool of_session = variable != nullptr && !variable->local;
  if (of_session || connection.transaction != Transaction::none) {
    connection.before.push_back(defer.statement);
    return;
  }
  if (variable != nullptr || command->command == sql::TransactionCommand::set_transaction) {
    warn(instruction,
         std::string(variable != nullptr ? "SET LOCAL" : "SET TRANSACTION") + " outside a transaction has no effect");
    return;
  }
  const std::string name = command->command == sql::TransactionCommand::savepoint ? "SAVEPOINT" : "RELEASE SAVEPOINT";
  fail(instruction, {"no_active_sql_transaction", name + " can only be used in transaction blocks"});
}

void Interpreter::execute(const Instruction& instruction, const Multi& multi) {
  auto& connection = keyvalues_[multi.keyvalue];
  if (connection.queues) throw ModelError(*code_.source, instruction.at, "a second MULTI: the first one is still open");
  connection.queues = true;
}

void Interpreter::execute(const Instruction& instruction, const NameLock& lock) {
  std::string text = lock.name + "(";
  for (std::size_t i = 0; i < lock.arguments.size(); ++i) {
    const Value value = compute(lock.arguments[i]);
    if (sql::is_null(value)) {
      const auto where = diagnostic_at(*code_.source, instruction.at, "");
      throw store::SqlError("null_value_not_allowed",
                            "an argument of the lock in line " + std::to_string(where.line) + " is NULL");
    }
    text += (i > 0 ? ", " : "") + sql::to_sql(value);
  }
  memory_[lock.variable] = Value(text + ")");
}

void Interpreter::execute(const Instruction& /*instruction*/, const EnterSection& section) {
  context_.enter_section(section.name);
}

void Interpreter::execute(const Instruction& /*instruction*/, const LeaveSection& /*section*/) {
  context_.leave_section();
}

void Interpreter::execute(const Instruction& /*instruction*/, const Compute& compute_) {
  memory_[compute_.variable] = compute(compute_.formula);
}

void Interpreter::execute(const Instruction& /*instruction*/, const Constant& constant) {
  memory_[constant.variable] = constant.value;
}

void Interpreter::execute(const Instruction& /*instruction*/, const Emit& emit) {
  context_.effect({emit.ledger, compute(emit.values)});
}

void Interpreter::execute(const Instruction& /*instruction*/, const Jump& jump) { next_ = jump.target; }

void Interpreter::execute(const Instruction& instruction, const Unless& unless) {
  const Value condition = compute(unless.formula);
  if (sql::is_null(condition)) {
    warn(instruction, "NULL in `if` counts as false");
    next_ = unless.target;
    return;
  }
  const bool* truth = std::get_if<bool>(&condition);
  if (truth == nullptr) {
    throw ModelError(*code_.source, instruction.at,
                     "a condition is true or false, and this came to " + sql::to_sql(condition));
  }
  if (!*truth) next_ = unless.target;
}

void Interpreter::execute(const Instruction& /*instruction*/, const UnlessEqual& unless) {
  if (value(unless.variable) != Value(unless.value)) next_ = unless.target;
}

void Interpreter::execute(const Instruction& /*instruction*/, const CopyRows& copy) {
  std::vector<Tuple> rows;
  for (const auto& row : std::get<std::vector<Tuple>>(memory_[copy.from])) {
    Tuple kept;
    for (const std::size_t column : copy.columns) kept.push_back(row.at(column));
    rows.push_back(std::move(kept));
  }
  memory_[copy.to] = std::move(rows);
}

void Interpreter::execute(const Instruction& /*instruction*/, const NextRow& next) {
  auto& rows = std::get<std::vector<Tuple>>(memory_[next.rows]);
  if (rows.empty()) {
    next_ = next.exit;
    return;
  }
  for (std::size_t i = 0; i < next.columns.size(); ++i) memory_[next.columns[i]] = rows.back().at(i);
  rows.pop_back();
}

void Interpreter::execute(const Instruction& /*instruction*/, const MarkOpen& mark) {
  memory_[mark.variable] = Value(marks());
}

void Interpreter::execute(const Instruction& /*instruction*/, const NextAttempt& next) {
  const auto attempt = std::get<std::int32_t>(value(next.attempt));
  if (attempt >= next.limit) {
    next_ = next.exhausted;
  } else {
    memory_[next.attempt] = Value(attempt + 1);
  }
}

void Interpreter::execute(const Instruction& /*instruction*/, const UnlessError& unless) {
  const auto& failure = std::get<Failure>(memory_[unless.error]);
  const auto& wanted = unless.conditions;
  if (!wanted.empty() && std::ranges::find(wanted, failure.condition) == wanted.end()) next_ = unless.target;
}

void Interpreter::execute(const Instruction& /*instruction*/, const Abandon& abandon_) {
  for (std::size_t database = 0; database < connections_.size(); ++database) {
    const bool meant = abandon_.database
                           ? database == *abandon_.database && connections_[database].transaction != Transaction::none
                           : opened_since(database, abandon_.since);
    if (meant) abandon(database);
  }
}

void Interpreter::execute(const Instruction& instruction, const Throw& thrown) {
  fail(instruction, std::get<Failure>(memory_[thrown.error]));
}

void Interpreter::execute(const Instruction& /*instruction*/, const Fail& failed) {
  for (std::size_t database = 0; database < connections_.size(); ++database) {
    if (connections_[database].transaction != Transaction::none) abandon(database);
  }
  forget_queues();
  response_ = actor::Response{std::get<Failure>(memory_[failed.error]).condition};
}

void Interpreter::execute(const Instruction& instruction, const End& end) {
  const Value& status = value(end.status);
  if (sql::is_null(status) || std::holds_alternative<bool>(status)) {
    throw ModelError(*code_.source, instruction.at,
                     "a response is a number or a text, and this one is " + sql::to_sql(status));
  }
  forget_queues();
  if (sql::has_name(sql::to_string(status))) throw sql::NameUsed("a request responds with it");
  response_ = actor::Response{sql::to_string(status)};
}

// -------------------------------------------------------------------------------------------------- small parts

const Value& Interpreter::value(Variable variable) const {
  const Value* value = std::get_if<Value>(&memory_[variable]);
  check(value != nullptr, "a variable is read after it was written");
  return *value;
}

Value Interpreter::compute(const Formula& formula) const {
  std::vector<Value> parameters;
  for (const Variable each : formula.variables) parameters.push_back(value(each));
  return evaluate(formula, *code_.source, parameters);
}

std::vector<Value> Interpreter::compute(const std::vector<Formula>& formulas) const {
  std::vector<Value> values;
  for (const auto& formula : formulas) values.push_back(compute(formula));
  return values;
}

std::string Interpreter::marks() const {
  std::string text;
  for (const auto& each : connections_) text += "-bo"[static_cast<std::size_t>(each.transaction)];
  return text;
}

// What waits for the next statement of a database; what goes with the step itself is part of the operation.
std::string Interpreter::unsent() const {
  std::string text;
  for (std::size_t database = 0; database < connections_.size(); ++database) {
    const auto& connection = connections_[database];
    std::string own;
    if (connection.transaction == Transaction::begun) own += begin_text(connection.begin);
    for (const auto& statement : connection.before) own += "|" + std::to_string(statement->at);
    for (const auto& statement : connection.earlier) own += "<" + std::to_string(statement->at);
    if (!own.empty()) text += ";" + std::to_string(database) + own;
  }
  for (std::size_t keyvalue = 0; keyvalue < keyvalues_.size(); ++keyvalue) {
    const auto& connection = keyvalues_[keyvalue];
    if (!connection.queues) continue;
    text += ";MULTI" + std::to_string(keyvalue);
    for (const auto& command : connection.queue) {
      text += "(" + std::to_string(command.size());
      for (const auto& word : command) text += ":" + std::to_string(word.size()) + ":" + word;
    }
  }
  return text;
}

bool Interpreter::opened_since(std::size_t database, std::optional<Variable> since) const {
  if (connections_[database].transaction == Transaction::none) return false;
  return !since || std::get<std::string>(value(*since))[database] == '-';
}

void Interpreter::abandon(std::size_t database) {
  // What was begun and not sent the server has never heard of.
  auto& connection = connections_[database];
  if (connection.transaction == Transaction::open) context_.abandon_transaction(database);
  connection.transaction = Transaction::none;
  connection.before = std::exchange(connection.earlier, {});
}

// What was queued and not sent Redis has never heard of.
void Interpreter::forget_queues() {
  for (auto& connection : keyvalues_) connection = {};
}

void Interpreter::fail(const Instruction& instruction, Failure failure) {
  memory_[instruction.handler.error] = std::move(failure);
  next_ = instruction.handler.target;
}

void Interpreter::warn(const Instruction& instruction, const std::string& message) {
  context_.warn(to_string(diagnostic_at(*code_.source, instruction.at, message)));
}

actor::Response interpret(const Code& code, const std::vector<Value>& arguments, const Situation& situation,
                          actor::Context& context) {
  Connections connections;
  return Interpreter(code, arguments, situation, {}, connections, context).run();
}

actor::Response interpret_session(const std::vector<Played>& requests, const Situation& situation,
                                  actor::Context& context) {
  check(!requests.empty(), "a session has a request");
  Connections connections;
  for (std::size_t i = 0;; ++i) {
    const auto& each = requests[i];
    const std::string where = std::to_string(i) + "/";
    auto response = Interpreter(*each.code, each.arguments, situation, where, connections, context).run();
    if (i + 1 == requests.size()) return response;
    context.answer(each.request, std::move(response));
  }
}

Value constant(const Formula& formula, const SourceText& source) {
  try {
    return evaluate(formula, source, {});
  } catch (const store::SqlError& error) {
    throw ModelError(source, formula.at, error.what());
  }
}

}  // namespace gapless::scenario
