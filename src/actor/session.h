// What a request handler sees: a session on each database, the ledger, and nothing of the scheduler.
//
//   Response withdraw(Session& bank, int amount) {
//     const auto user = bank.sql("SELECT balance FROM users WHERE id = 1");
//     if (user.integer("balance") < amount) return Response{"400"};
//     bank.sql("UPDATE users SET balance = :b WHERE id = 1", {{"b", user.integer("balance") - amount}});
//     bank.effect("paid", {amount});
//     return Response{"200"};
//   }
//
// Each statement suspends the actor until the scheduler lets it happen. An actor must be deterministic: what it does
// next may depend on what it has observed and on nothing else. An actor that is abandoned in the middle is unwound by a
// forced exception: `catch (...)` must rethrow, and destructors must not call a session then.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/operation.h"
#include "store/relational/rules.h"

namespace gapless::actor {

// How a request ends: an HTTP status, or the name of the error that nobody caught.
struct Response {
  std::string status = "200";
  auto operator<=>(const Response&) const = default;
};

// What one of several requests of a session came to.
struct Answer {
  std::string request;
  Response response;
  bool operator==(const Answer&) const = default;
};

// One row of the ledger: what has happened in the world and no rollback undoes.
struct Effect {
  std::string name;
  std::vector<sql::Value> values;
  bool operator==(const Effect&) const = default;
};

// Everything an actor can ask of its surroundings. Implemented by the fiber that runs it; programs other than C++
// request handlers (the scenario interpreter) use it directly.
class Context {
 public:
  virtual ~Context() = default;

  // Suspends until the operation has completed. Errors are returned, not thrown.
  //
  // `place` makes histories that can no longer matter one node: two suspensions with the same operation and the same
  // non-empty `place` must behave alike from here on, whatever they are resumed with. It holds the place in the
  // program and the values of all live variables. Empty: nothing is known, histories are kept apart.
  virtual store::Observation perform(const store::Operation& operation, std::string place) = 0;

  // Goes with the step before it (before any: with the first).
  virtual void effect(Effect effect) = 0;

  // The open or failed transaction on this database is rolled back as part of the step before (the error that nobody
  // caught inside the transaction). No-op where none is open.
  virtual void abandon_transaction(std::size_t database) = 0;

  // Enters or leaves a critical section; goes with the step before. Sections nest.
  virtual void enter_section(std::string name) = 0;
  virtual void leave_section() = 0;

  // One of several requests of a session has come to its response, and another follows; goes with the step before.
  virtual void answer(std::string request, Response response) = 0;

  // Whether `me` is a name (sql/name.h).
  virtual bool has_names() const { return false; }

  // Said once in the report, however often it happens: "NULL in `if` counts as false".
  virtual void warn(std::string message) = 0;
};

// A role's program. Must be callable any number of times, also at the same time from several threads.
using Program = std::function<Response(Context&)>;

// ------------------------------------------------------------------------------------- for handlers in C++

// Thrown by Session::sql. What a handler does not catch rolls back and ends the request with the condition's name.
struct StatementError : std::runtime_error {
  StatementError(std::string condition_name, const std::string& message);
  std::string condition;
};

class Result {
 public:
  explicit Result(store::Observation observation);

  bool found() const { return !observation_.rows.empty(); }
  std::uint64_t count() const { return observation_.count; }
  const std::vector<sql::Tuple>& rows() const { return observation_.rows; }
  // Of the first row. A missing row, column or integer is a mistake in the handler: std::logic_error with the reason.
  const sql::Value& value(std::string_view column) const;
  std::int64_t integer(std::string_view column) const;
  std::string text(std::string_view column) const;

 private:
  store::Observation observation_;
};

// What C++ hands over as a parameter.
// (Not inline: every file above would compile the making of a sql::Value six times.)
struct Parameter {
  Parameter(int number);           // NOLINT: meant to convert
  Parameter(std::int64_t number);  // NOLINT
  Parameter(bool truth);           // NOLINT
  Parameter(const char* text);     // NOLINT
  Parameter(std::string text);     // NOLINT
  Parameter(sql::Value any);       // NOLINT
  sql::Value value;
};

class Statements;  // parsed and bound statements of one database, remembered by their text

class Session {
 public:
  // `level` is that of transactions and statements that name none. `tracking` is what the store was told to expect:
  // a statement that needs more is a mistake in the model.
  Session(Context& context, std::size_t database, std::shared_ptr<Statements> statements,
          store::Isolation level = store::Isolation::read_committed, store::relational::Tracking tracking = {});

  // SAVEPOINT, RELEASE and SET go with the next statement, as begin() does.
  Result sql(std::string_view text, std::initializer_list<std::pair<std::string_view, Parameter>> parameters = {});
  // Goes with the next statement.
  void begin();
  void begin(store::Isolation level, bool read_only = false, bool deferrable = false);
  Result commit();
  Result rollback();
  void effect(std::string name, std::initializer_list<Parameter> values);
  // At the end of a request: a transaction that is still open is rolled back (a step of its own), with a warning.
  void finish();

 private:
  Context& context_;
  std::size_t database_;
  bool defer(const std::shared_ptr<const sql::Statement>& statement);
  void end_transaction(const store::Observation& observation);
  void check_tracked(const sql::Statement& statement) const;
  [[noreturn]] static void refuse(const std::string& what);

  std::shared_ptr<Statements> statements_;
  store::Isolation level_;
  store::relational::Tracking tracking_;
  store::Operation next_;  // what goes with the next statement: BEGIN, SAVEPOINT, SET
  // SETs in front of BEGIN: no rollback takes them back.
  std::vector<std::shared_ptr<const sql::Statement>> earlier_;
  bool in_transaction_ = false;  // as far as the handler has said
};

}  // namespace gapless::actor
