// The interpreter's state and its parts: interpret.cc has the loop and what is no step, perform.cc the steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actor/session.h"
#include "scenario/code.h"
#include "scenario/interpret.h"
#include "sql/value.h"
#include "store/operation.h"

namespace gapless::scenario {

struct Failure {
  std::string condition;
  std::string message;
};

// What a variable holds: nothing yet, a value, rows (the next one last), or an error on its way.
using Content = std::variant<std::monostate, sql::Value, std::vector<sql::Tuple>, Failure>;

// BEGIN that was not sent yet goes with the next statement.
enum class Transaction : std::uint8_t { none, begun, open };

// A connection to one database: its transaction, and what was not sent yet.
struct Connection {
  Transaction transaction = Transaction::none;
  Begin begin;                                                 // where it is begun
  std::vector<std::shared_ptr<const sql::Statement>> before;   // SAVEPOINT, RELEASE, SET
  std::vector<std::shared_ptr<const sql::Statement>> earlier;  // SETs in front of BEGIN: no rollback takes them back
};

// A connection to Redis: what was queued since MULTI.
struct RedisConnection {
  bool queues = false;
  std::vector<std::vector<std::string>> queue;
};

// What the requests of a session have in common.
struct Connections {
  std::vector<Connection> databases;
  std::vector<RedisConnection> keyvalues;
};

class Interpreter {
 public:
  // `where` tells the requests of a session apart; empty where there is only one.
  Interpreter(const Code& code, const std::vector<sql::Value>& arguments, const Situation& situation, std::string where,
              Connections& connections, actor::Context& context);

  actor::Response run();

 private:
  // Steps.
  void execute(const Instruction& instruction, const Perform& perform);
  void execute(const Instruction& instruction, const Call& call);
  void execute(const Instruction& instruction, const RedisCommand& command);
  void execute(const Instruction& instruction, const Exec& exec);
  void execute(const Instruction& instruction, const DocumentRequest& request);
  void execute(const Instruction& instruction, const SendMessage& send);
  void execute(const Instruction& instruction, const AwaitTruth& await);
  void execute(const Instruction& instruction, const Acquire& acquire);
  void execute(const Instruction& instruction, const Release& release);
  void execute(const Instruction& instruction, const Leave& leave);
  void execute(const Instruction& instruction, const RollBack& roll_back);
  store::Observation step(const Instruction& instruction, store::Operation operation);
  store::Observation end_transaction(const Instruction& instruction, std::size_t database,
                                     std::shared_ptr<const sql::Statement> statement);
  store::Operation operation_on(std::size_t database, std::shared_ptr<const sql::Statement> statement);
  store::Operation lock_operation(std::size_t database, const std::shared_ptr<const sql::Statement>& statement,
                                  Variable lock, bool per_process, const char* verb) const;
  std::size_t own(std::size_t database) const;
  std::string place(const Instruction& instruction, const store::Operation& operation) const;
  void keep(const Keep& keep, const store::Observation& observation);
  void keep_reply(const std::vector<std::string>& columns, const std::vector<Keep>& keeps,
                  const store::Observation& reply);
  store::document::Value fill(const Instruction& instruction, const Template& value);
  std::vector<store::document::Value> fill(const Instruction& instruction, const std::vector<Template>& values);
  store::Operation end_of_documents(std::size_t database, const sql::Statement& statement) const;
  std::vector<std::string> words_of(const Instruction& instruction, const RedisCommand& command);

  // No steps.
  void execute(const Instruction& instruction, const Begin& begin);
  void execute(const Instruction& instruction, const Defer& defer);
  void execute(const Instruction& instruction, const Multi& multi);
  void execute(const Instruction& instruction, const NameLock& lock);
  void execute(const Instruction& instruction, const EnterSection& section);
  void execute(const Instruction& instruction, const LeaveSection& section);
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

  sql::Value compute(const Formula& formula) const;
  std::vector<sql::Value> compute(const std::vector<Formula>& formulas) const;
  const sql::Value& value(Variable variable) const;
  std::string marks() const;  // one character a database: which transactions are open
  std::string unsent() const;
  bool opened_since(std::size_t database, std::optional<Variable> since) const;
  void abandon(std::size_t database);
  void forget_queues();
  void fail(const Instruction& instruction, Failure failure);
  void warn(const Instruction& instruction, const std::string& message);

  const Code& code_;
  actor::Context& context_;
  std::int32_t process_;
  std::string where_;
  std::vector<Content> memory_;
  std::vector<Connection>& connections_;
  std::vector<RedisConnection>& keyvalues_;
  std::size_t self_ = 0;  // the instruction that is being executed
  std::size_t next_ = 0;
  std::size_t local_ = 0;  // instructions since the last step
  std::optional<actor::Response> response_;
};

// What a BEGIN says beyond itself, as part of a place.
std::string begin_text(const Begin& begin);

}  // namespace gapless::scenario
