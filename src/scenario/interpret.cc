// One loop over instructions. All state is in `memory_` and `connections_`, and a place is the instruction's number
// with the part of that state which can still matter.
#include "scenario/interpret.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "store/relational/evaluate.h"

namespace gapless::scenario {
namespace {

using sql::Tuple;
using sql::Value;

struct Failure {
  std::string condition;
  std::string message;
};

// What a variable holds: nothing yet, a value, rows (the next one last), or an error on its way.
using Content = std::variant<std::monostate, Value, std::vector<Tuple>, Failure>;

// BEGIN that was not sent yet goes with the next statement.
enum class Transaction : std::uint8_t { none, begun, open };

// A connection to one database: its transaction, and what was not sent yet.
struct Connection {
  Transaction transaction = Transaction::none;
  Begin begin;                                                 // where it is begun
  std::vector<std::shared_ptr<const sql::Statement>> before;   // SAVEPOINT, RELEASE, SET
  std::vector<std::shared_ptr<const sql::Statement>> earlier;  // SETs in front of BEGIN: no rollback takes them back
};

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

// Length-prefixed and tagged, so that different contents never give one text.
void write(std::string& text, const Value& value) {
  const std::string shown = sql::to_string(value);
  text += std::to_string(value.index()) + ":" + std::to_string(shown.size()) + ":" + shown;
}

void write(std::string& text, const std::vector<Tuple>& rows) {
  text += "[" + std::to_string(rows.size());
  for (const auto& row : rows) {
    text += "(" + std::to_string(row.size());
    for (const auto& value : row) write(text += ",", value);
  }
}

void write(std::string& text, const Content& content) {
  if (const auto* value = std::get_if<Value>(&content)) {
    write(text, *value);
  } else if (const auto* rows = std::get_if<std::vector<Tuple>>(&content)) {
    write(text, *rows);
  } else if (const auto* failure = std::get_if<Failure>(&content)) {
    text += "!" + failure->condition;
  } else {
    text += "-";
  }
}

// What a BEGIN says beyond itself.
std::string begin_text(const Begin& begin) {
  std::string text;
  if (begin.level != store::Isolation::read_committed) text += "@" + store::to_string(begin.level);
  if (begin.read_only) text += "@r";
  if (begin.deferrable) text += "@d";
  return text;
}

class Interpreter {
 public:
  Interpreter(const Code& code, const std::vector<Value>& arguments, std::int32_t me, actor::Context& context)
      : code_(code), context_(context), memory_(code.variables.size()), connections_(code.databases) {
    check(arguments.size() == code.parameters.size(), "a request has one argument a parameter");
    for (std::size_t i = 0; i < arguments.size(); ++i) memory_[i] = arguments[i];
    if (code.me) memory_[*code.me] = Value(me);
  }

  actor::Response run() {
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

 private:
  // Steps.
  void execute(const Instruction& instruction, const Perform& perform);
  void execute(const Instruction& instruction, const Call& call);
  void execute(const Instruction& instruction, const Leave& leave);
  void execute(const Instruction& instruction, const RollBack& roll_back);
  store::Observation step(const Instruction& instruction, store::Operation operation);
  store::Observation end_transaction(const Instruction& instruction, std::size_t database,
                                     std::shared_ptr<const sql::Statement> statement);
  store::Operation operation_on(std::size_t database, std::shared_ptr<const sql::Statement> statement);
  std::string place(const Instruction& instruction, const store::Operation& operation) const;
  void keep(const Keep& keep, const store::Observation& observation);

  // No steps.
  void execute(const Instruction& instruction, const Begin& begin);
  void execute(const Instruction& instruction, const Defer& defer);
  void execute(const Instruction& instruction, const Compute& compute);
  void execute(const Instruction& instruction, const Constant& constant);
  void execute(const Instruction& instruction, const Emit& emit);
  void execute(const Instruction& instruction, const Jump& jump);
  void execute(const Instruction& instruction, const Unless& unless);
  void execute(const Instruction& instruction, const UnlessEqual& unless);
  void execute(const Instruction& instruction, const CopyRows& copy);
  void execute(const Instruction& instruction, const NextRow& next);
  void execute(const Instruction& instruction, const MarkOpen& mark);
  void execute(const Instruction& instruction, const NextAttempt& next);
  void execute(const Instruction& instruction, const UnlessError& unless);
  void execute(const Instruction& instruction, const Abandon& abandon);
  void execute(const Instruction& instruction, const Throw& thrown);
  void execute(const Instruction& instruction, const Fail& failed);
  void execute(const Instruction& instruction, const End& end);

  Value compute(const Formula& formula) const;
  std::vector<Value> compute(const std::vector<Formula>& formulas) const;
  const Value& value(Variable variable) const;
  std::string marks() const;  // one character a database: which transactions are open
  std::string unsent() const;
  bool opened_since(std::size_t database, std::optional<Variable> since) const;
  void abandon(std::size_t database);
  void fail(const Instruction& instruction, Failure failure);
  void warn(const Instruction& instruction, const std::string& message);

  const Code& code_;
  actor::Context& context_;
  std::vector<Content> memory_;
  std::vector<Connection> connections_;
  std::size_t self_ = 0;  // the instruction that is being executed
  std::size_t next_ = 0;
  std::size_t local_ = 0;  // instructions since the last step
  std::optional<actor::Response> response_;
};

// ------------------------------------------------------------------------------------------------------- steps

store::Observation Interpreter::step(const Instruction& instruction, store::Operation operation) {
  local_ = 0;
  auto observation = context_.perform(operation, place(instruction, operation));
  if (observation.failed()) fail(instruction, {observation.error_condition, observation.error_message});
  return observation;
}

std::string Interpreter::place(const Instruction& instruction, const store::Operation& operation) const {
  std::string text = std::to_string(self_) + marks() + unsent();
  if (operation.begins) text += begin_text({0, false, operation.isolation, operation.read_only, operation.deferrable});
  for (const auto& statement : operation.before) text += "|" + std::to_string(statement->at);
  for (const Variable variable : instruction.live) {
    text += " " + std::to_string(variable) + "=";
    write(text, memory_[variable]);
  }
  return text;
}

void Interpreter::execute(const Instruction& instruction, const Perform& perform) {
  const auto* command = std::get_if<sql::Transaction>(&perform.statement->body);
  if (command != nullptr && command->command != sql::TransactionCommand::rollback_to) {
    end_transaction(instruction, perform.database, perform.statement);
    return;
  }
  const bool alone = connections_[perform.database].transaction == Transaction::none;
  auto operation = operation_on(perform.database, perform.statement);
  for (const Variable each : perform.parameters) operation.parameters.push_back(value(each));
  if (alone) operation.isolation = perform.level;
  const auto observation = step(instruction, std::move(operation));
  if (observation.failed()) return;
  for (const Keep& each : perform.keeps) keep(each, observation);
}

void Interpreter::keep(const Keep& keep, const store::Observation& observation) {
  Content& content = memory_[keep.variable];
  switch (keep.what) {
    case Keep::What::count:
      content = Value(static_cast<std::int64_t>(observation.count));
      return;
    case Keep::What::found:
      content = Value(observation.count > 0);
      return;
    case Keep::What::column:
      content = observation.rows.empty() ? Value() : observation.rows.front().at(keep.column);
      return;
    case Keep::What::rows:
      break;
  }
  std::vector<Tuple> rows;
  for (auto row = observation.rows.rbegin(); row != observation.rows.rend(); ++row) {
    Tuple kept;
    for (const std::size_t column : keep.columns) kept.push_back(row->at(column));
    rows.push_back(std::move(kept));
  }
  content = std::move(rows);
}

void Interpreter::execute(const Instruction& instruction, const Call& call) {
  store::Operation operation;
  operation.kind = store::Operation::Kind::call;
  operation.call = call.name;
  operation.arguments = compute(call.arguments);
  const auto observation = step(instruction, std::move(operation));
  if (!observation.failed() && call.outcome) memory_[*call.outcome] = Value(std::string("ok"));
}

void Interpreter::execute(const Instruction& instruction, const Leave& leave) {
  if (connections_[leave.database].transaction == Transaction::none) return;
  end_transaction(instruction, leave.database, leave.statement);
}

store::Observation Interpreter::end_transaction(const Instruction& instruction, std::size_t database,
                                                std::shared_ptr<const sql::Statement> statement) {
  auto operation = operation_on(database, std::move(statement));
  auto& connection = connections_[database];
  connection.transaction = Transaction::none;  // however it comes out
  auto observation = step(instruction, std::move(operation));
  if (observation.failed() || observation.tag == "ROLLBACK") {
    connection.before = std::exchange(connection.earlier, {});
  } else {
    connection.earlier.clear();
  }
  return observation;
}

// With all that was not sent yet.
store::Operation Interpreter::operation_on(std::size_t database, std::shared_ptr<const sql::Statement> statement) {
  auto& connection = connections_[database];
  store::Operation operation;
  operation.database = database;
  operation.statement = std::move(statement);
  operation.before = std::exchange(connection.before, {});
  if (connection.transaction == Transaction::begun) {
    operation.before.insert(operation.before.begin(), connection.earlier.begin(), connection.earlier.end());
    connection.transaction = Transaction::open;
    operation.begins = true;
    operation.isolation = connection.begin.level;
    operation.read_only = connection.begin.read_only;
    operation.deferrable = connection.begin.deferrable;
  }
  return operation;
}

void Interpreter::execute(const Instruction& instruction, const RollBack& roll_back) {
  for (std::size_t database = 0; database < connections_.size(); ++database) {
    if (!opened_since(database, roll_back.since)) continue;
    if (roll_back.warns) {
      warn(instruction, "the request ends with an open transaction; it is rolled back");
    }
    next_ = self_;  // there may be another one
    end_transaction(instruction, database, roll_back.statement);
    return;
  }
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
  response_ = actor::Response{std::get<Failure>(memory_[failed.error]).condition};
}

void Interpreter::execute(const Instruction& instruction, const End& end) {
  const Value& status = value(end.status);
  if (sql::is_null(status) || std::holds_alternative<bool>(status)) {
    throw ModelError(*code_.source, instruction.at,
                     "a response is a number or a text, and this one is " + sql::to_sql(status));
  }
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

void Interpreter::fail(const Instruction& instruction, Failure failure) {
  memory_[instruction.handler.error] = std::move(failure);
  next_ = instruction.handler.target;
}

void Interpreter::warn(const Instruction& instruction, const std::string& message) {
  const auto where = diagnostic_at(*code_.source, instruction.at, "");
  context_.warn("line " + std::to_string(where.line) + ": " + message);
}

}  // namespace

actor::Response interpret(const Code& code, const std::vector<Value>& arguments, std::int32_t me,
                          actor::Context& context) {
  return Interpreter(code, arguments, me, context).run();
}

Value constant(const Formula& formula, const SourceText& source) {
  try {
    return evaluate(formula, source, {});
  } catch (const store::SqlError& error) {
    throw ModelError(source, formula.at, error.what());
  }
}

}  // namespace gapless::scenario
