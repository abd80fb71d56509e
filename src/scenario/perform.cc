// Steps: what goes to a store, and what is kept of the answer.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/digest.h"
#include "scenario/interpreter.h"
#include "store/relational/evaluate.h"

namespace gapless::scenario {

using sql::Tuple;
using sql::Value;

namespace {

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

}  // namespace

std::string begin_text(const Begin& begin) {
  std::string text;
  if (begin.level != store::Isolation::read_committed) text += "@" + store::to_string(begin.level);
  if (begin.read_only) text += "@r";
  if (begin.deferrable) text += "@d";
  return text;
}

// ------------------------------------------------------------------------------------------------------- steps

store::Observation Interpreter::step(const Instruction& instruction, store::Operation operation) {
  local_ = 0;
  auto observation = context_.perform(operation, place(instruction, operation));
  if (observation.failed()) fail(instruction, {observation.error_condition, observation.error_message});
  return observation;
}

std::string Interpreter::place(const Instruction& instruction, const store::Operation& operation) const {
  std::string text = where_ + std::to_string(self_) + marks() + unsent();
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
  operation.database = own(perform.database);
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
  operation.outcomes = call.outcomes;
  operation.forgets = call.forgets;
  if (call.key) {
    operation.key = compute(*call.key);
    if (sql::is_null(operation.key)) warn(instruction, "the key is NULL: no key is sent");
  }
  const auto observation = step(instruction, std::move(operation));
  if (observation.failed() || !call.outcome) return;
  memory_[*call.outcome] = observation.rows.empty() ? Value(std::string("ok")) : observation.rows.front().at(0);
}

void Interpreter::execute(const Instruction& instruction, const SendMessage& send) {
  store::Operation operation;
  operation.kind = store::Operation::Kind::send;
  operation.call = send.request;
  operation.arguments = compute(send.arguments);
  step(instruction, std::move(operation));
}

void Interpreter::execute(const Instruction& instruction, const AwaitTruth& await) {
  store::Operation operation;
  operation.kind = store::Operation::Kind::await;
  operation.database = own(await.database);
  operation.statement = await.statement;
  for (const Variable each : await.parameters) operation.parameters.push_back(value(each));
  step(instruction, std::move(operation));
}

// -------------------------------------------------------------------------------------------------------- Redis

std::vector<std::string> Interpreter::words_of(const Instruction& instruction, const RedisCommand& command) {
  std::vector<std::string> words;
  for (const auto& pieces : command.words) {
    std::string& word = words.emplace_back();
    for (const auto& piece : pieces) {
      if (const auto* text = std::get_if<std::string>(&piece)) {
        word += *text;
        continue;
      }
      const Value value = compute(std::get<Formula>(piece));
      if (sql::is_null(value)) {
        const auto where = diagnostic_at(*code_.source, instruction.at, "");
        throw store::SqlError("null_value_not_allowed",
                              "a word of the Redis command in line " + std::to_string(where.line) + " is NULL");
      }
      word += sql::to_string(value);
    }
  }
  return words;
}

void Interpreter::execute(const Instruction& instruction, const RedisCommand& command) {
  auto& connection = keyvalues_[command.keyvalue];
  auto words = words_of(instruction, command);
  if (connection.queues) {
    const char* mistake = !command.keeps.empty()
                              ? "between MULTI and EXEC a command only says QUEUED: keep the reply of EXEC instead"
                          : command.watches ? "WATCH comes before MULTI"
                                            : nullptr;
    if (mistake != nullptr) throw ModelError(*code_.source, instruction.at, mistake);
    connection.queue.push_back(std::move(words));
    return;
  }
  store::Operation operation;
  operation.kind = store::Operation::Kind::command;
  operation.database = command.keyvalue;
  operation.commands.push_back(std::move(words));
  keep_reply(command.columns, command.keeps, step(instruction, std::move(operation)));
}

void Interpreter::execute(const Instruction& instruction, const Exec& exec) {
  auto& connection = keyvalues_[exec.keyvalue];
  const std::string name = exec.discards ? "DISCARD" : "EXEC";
  if (!connection.queues) throw ModelError(*code_.source, instruction.at, name + " without MULTI");
  store::Operation operation;
  operation.kind = store::Operation::Kind::command;
  operation.database = exec.keyvalue;
  operation.transaction = !exec.discards;
  operation.commands = std::move(connection.queue);
  connection = {};
  if (exec.discards) {
    operation.commands = {{"UNWATCH"}};
    operation.shown = name;
  }
  keep_reply(exec.columns, exec.keeps, step(instruction, std::move(operation)));
}

// By name: a reply may have other columns than the command lets expect.
void Interpreter::keep_reply(const std::vector<std::string>& columns, const std::vector<Keep>& keeps,
                             const store::Observation& reply) {
  if (reply.failed() || keeps.empty()) return;
  store::Observation expected;
  expected.count = reply.count;
  for (const auto& row : reply.rows) {
    sql::Tuple& kept = expected.rows.emplace_back();
    for (const auto& column : columns) {
      const auto found = std::ranges::find(reply.columns, column);
      kept.push_back(found == reply.columns.end() ? Value()
                                                  : row.at(static_cast<std::size_t>(found - reply.columns.begin())));
    }
  }
  for (const Keep& each : keeps) keep(each, expected);
}

// ---------------------------------------------------------------------------------------------------- documents

store::document::Value Interpreter::fill(const Instruction& instruction, const Template& value) {
  namespace document = store::document;
  if (const auto* known = std::get_if<document::Value>(&value.held)) return *known;
  if (const auto* formula = std::get_if<Formula>(&value.held)) {
    const Value computed = compute(*formula);
    const auto* text = std::get_if<std::string>(&computed);
    if (!value.is_number || text == nullptr) return document::from_sql(computed);
    const auto number = Decimal::parse(*text);
    if (number) return *number;
    const auto where = diagnostic_at(*code_.source, instruction.at, "");
    throw store::SqlError("invalid_text_representation",
                          "`" + *text + "` in line " + std::to_string(where.line) + " is no number");
  }
  if (const auto* elements = std::get_if<std::vector<Template>>(&value.held)) {
    auto values = fill(instruction, *elements);
    if (!value.is_set) return values;
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return document::Set{std::move(values)};
  }
  document::Object object;
  for (const auto& field : std::get<std::vector<Template::Named>>(value.held)) {
    object.push_back({field.name, fill(instruction, field.value)});
  }
  return object;
}

std::vector<store::document::Value> Interpreter::fill(const Instruction& instruction,
                                                      const std::vector<Template>& values) {
  std::vector<store::document::Value> result;
  for (const auto& value : values) result.push_back(fill(instruction, value));
  return result;
}

void Interpreter::execute(const Instruction& instruction, const DocumentRequest& request) {
  store::Operation operation;
  operation.kind = store::Operation::Kind::document;
  operation.database = request.documents;
  operation.request.method = request.call.method;
  operation.request.collection = request.collection;
  operation.request.text = request.text;
  operation.request.arguments = fill(instruction, request.call.arguments);
  for (const auto& call : request.chained) {
    operation.request.chained.push_back({call.method, fill(instruction, call.arguments)});
  }
  auto& connection = connections_[code_.databases + request.documents];
  if (connection.transaction == Transaction::begun) {
    connection.transaction = Transaction::open;
    operation.begins = true;
  }
  keep_reply(request.columns, request.keeps, step(instruction, std::move(operation)));
}

store::Operation Interpreter::end_of_documents(std::size_t database, const sql::Statement& statement) const {
  store::Operation operation;
  operation.kind = store::Operation::Kind::document;
  operation.database = database - code_.databases;
  const bool commits = std::get<sql::Transaction>(statement.body).command == sql::TransactionCommand::commit;
  operation.request.method = commits ? "commitTransaction" : "abortTransaction";
  return operation;
}

// -------------------------------------------------------------------------------------------------------- locks

// The key is the lock's name and arguments, and of a mutex its process.
store::Operation Interpreter::lock_operation(std::size_t database,
                                             const std::shared_ptr<const sql::Statement>& statement, Variable lock,
                                             bool per_process, const char* verb) const {
  const auto& name = std::get<std::string>(value(lock));
  if (sql::has_name(name)) throw sql::NameUsed("a lock is called after it");
  Digest digest;
  digest.add(name).add(per_process ? static_cast<std::uint64_t>(process_) : 0U);
  store::Operation operation;
  operation.database = database;
  operation.statement = statement;
  operation.parameters.emplace_back(static_cast<std::int64_t>(digest.value()));
  operation.shown = verb + name;
  return operation;
}

void Interpreter::execute(const Instruction& instruction, const Acquire& acquire) {
  auto operation = lock_operation(acquire.database, acquire.statement, acquire.lock, acquire.per_process, "acquire ");
  if (acquire.acquired) operation.shown += " nowait";
  const auto observation = step(instruction, std::move(operation));
  if (observation.failed() || !acquire.acquired) return;
  check(!observation.rows.empty(), "pg_try_advisory_lock returns a row");
  memory_[*acquire.acquired] = observation.rows.front().at(0);
}

void Interpreter::execute(const Instruction& instruction, const Release& release) {
  auto operation = lock_operation(release.database, release.statement, release.lock, release.per_process, "release ");
  const std::string name = std::get<std::string>(value(release.lock));
  const auto observation = step(instruction, std::move(operation));
  const bool held = observation.failed() || observation.rows.empty() || observation.rows.front().at(0) != Value(false);
  if (!held) warn(instruction, "`release " + name + "` has no effect: the request does not hold the lock");
}

// -------------------------------------------------------------------------------------------------- transactions

void Interpreter::execute(const Instruction& instruction, const Leave& leave) {
  if (connections_[leave.database].transaction == Transaction::none) return;
  end_transaction(instruction, leave.database, leave.statement);
}

store::Observation Interpreter::end_transaction(const Instruction& instruction, std::size_t database,
                                                std::shared_ptr<const sql::Statement> statement) {
  if (database >= code_.databases) {
    // Of a transaction in which nothing was sent the server has never heard.
    const auto before = std::exchange(connections_[database].transaction, Transaction::none);
    if (before != Transaction::open) return {};
    return step(instruction, end_of_documents(database, *statement));
  }
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

// A memory of a process is that of the own.
std::size_t Interpreter::own(std::size_t database) const {
  return database + (code_.per_process[database] ? static_cast<std::size_t>(process_ - 1) : 0);
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

}  // namespace gapless::scenario
