// A request's body, compiled: a flat list of instructions over numbered variables.
//
// Nothing about where a request stands is hidden in a call stack: remaining rows of a loop, attempts of a retry, an
// error on its way through `finally` are variables like the user's own. So the next instruction, the open
// transactions and the live variables (liveness.h) determine all that follows, and that is what a place says.
//
//   let user = SELECT balance FROM users WHERE id = 1;      0 perform bank "SELECT balance …" → user.balance
//   if user.balance < amount { respond 400; }               1 branch user.balance < amount else 4
//                                                           2 compute status := 400
//                                                           3 end status
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"
#include "sql/statement.h"
#include "sql/value.h"
#include "store/document/request.h"
#include "store/operation.h"

namespace gapless::scenario {

using Variable = std::size_t;
using Target = std::size_t;  // index of an instruction

// An SQL expression over variables: statement->parameters[i] has the value of variables[i].
struct Formula {
  std::shared_ptr<const sql::Statement> statement;  // SELECT expression
  std::vector<Variable> variables;
  Offset at = 0;
};

// What is kept of an observation.
struct Keep {
  enum class What : std::uint8_t { column, count, found, rows };
  What what = What::column;
  std::size_t column = 0;            // of What::column: of the first row
  std::vector<std::size_t> columns;  // of What::rows: these columns of every row
  Variable variable = 0;
};

// ------------------------------------------------------------------------------------------------------ steps

struct Perform {
  std::size_t database = 0;
  std::shared_ptr<const sql::Statement> statement;
  std::vector<Variable> parameters;
  store::Isolation level = store::Isolation::read_committed;  // where no transaction is open
  std::vector<Keep> keeps;
};
struct Call {
  std::string name;
  std::vector<Formula> arguments;
  std::vector<std::string> outcomes;
  std::optional<Formula> key;
  bool forgets = false;
  std::optional<Variable> outcome;
};
// A command to Redis; between MULTI and EXEC it is queued, and no step.
using WordPiece = std::variant<std::string, Formula>;
struct RedisCommand {
  std::size_t keyvalue = 0;
  std::vector<std::vector<WordPiece>> words;
  std::vector<std::string> columns;  // of its reply
  std::vector<Keep> keeps;
  bool watches = false;
};
struct Exec {  // EXEC, or DISCARD: then the watched keys are all that is sent
  std::size_t keyvalue = 0;
  bool discards = false;
  std::vector<std::string> columns;
  std::vector<Keep> keeps;
};
// A request to MongoDB or DynamoDB. Its values have holes, which are filled when it is sent.
struct Template {
  struct Named;
  std::variant<store::document::Value, Formula, std::vector<Template>, std::vector<Named>> held;
  bool is_number = false;  // of a formula: a text is read as a number
  bool is_set = false;     // of an array
};
struct Template::Named {
  std::string name;
  Template value;
};
struct DocumentRequest {
  struct Call {
    std::string method;
    std::vector<Template> arguments;
  };
  std::size_t documents = 0;  // which database
  Call call;
  std::string collection;
  std::vector<Call> chained;
  std::string text;                  // of PartiQL
  std::vector<std::string> columns;  // of its result
  std::vector<Keep> keeps;
  store::document::Request known;  // what is fixed in it
};
struct SendMessage {
  std::string request;
  std::vector<Formula> arguments;
};
struct AwaitTruth {
  std::size_t database = 0;
  std::shared_ptr<const sql::Statement> statement;
  std::vector<Variable> parameters;
};
// `lock` holds what NameLock made. The statement takes the key as its one parameter.
struct Acquire {
  std::size_t database = 0;
  std::shared_ptr<const sql::Statement> statement;
  Variable lock = 0;
  bool per_process = false;
  std::optional<Variable> acquired;  // nowait
};
struct Release {
  std::size_t database = 0;
  std::shared_ptr<const sql::Statement> statement;
  Variable lock = 0;
  bool per_process = false;
};
// COMMIT or ROLLBACK where a transaction { } is left, if it is still open; no step otherwise. Databases of documents
// have the numbers behind the others.
struct Leave {
  std::size_t database = 0;
  std::shared_ptr<const sql::Statement> statement;
};
// ROLLBACK of each transaction that was not open at `since` (none was, if it is not given), one step each.
struct RollBack {
  std::shared_ptr<const sql::Statement> statement;
  std::optional<Variable> since;
  bool warns = false;
};

// ---------------------------------------------------------------------------------------------- no steps

struct Begin {  // goes with the next statement
  std::size_t database = 0;
  bool block = false;  // transaction { }
  store::Isolation level = store::Isolation::read_committed;
  bool read_only = false;
  bool deferrable = false;
};
struct Defer {  // SAVEPOINT, RELEASE, SET: goes with the next statement
  std::size_t database = 0;
  std::shared_ptr<const sql::Statement> statement;
};
struct Multi {
  std::size_t keyvalue = 0;
};
struct NameLock {  // "cart(7)"
  std::string name;
  std::vector<Formula> arguments;
  Variable variable = 0;
};
struct EnterSection {
  std::string name;
};
struct LeaveSection {};
struct Compute {
  Formula formula;
  Variable variable = 0;
};
struct Constant {
  sql::Value value;
  Variable variable = 0;
};
struct Emit {
  std::string ledger;
  std::vector<Formula> values;
};
struct Jump {
  Target target = 0;
};
struct Unless {  // goes on if the formula is true
  Formula formula;
  Target target = 0;
};
struct UnlessEqual {  // goes on if the variable has this value
  Variable variable = 0;
  std::int32_t value = 0;
  Target target = 0;
};
struct CopyRows {  // of `from`, these columns, for a loop of its own
  Variable from = 0;
  std::vector<std::size_t> columns;
  Variable to = 0;
};
struct NextRow {  // takes the first of the remaining rows
  Variable rows = 0;
  std::vector<Variable> columns;
  Target exit = 0;
};
struct MarkOpen {  // remembers which transactions are open
  Variable variable = 0;
};
struct NextAttempt {
  Variable attempt = 0;
  std::int32_t limit = 0;
  Target exhausted = 0;
};
struct UnlessError {  // goes on if the error has one of these conditions, or if none is named
  Variable error = 0;
  std::vector<std::string> conditions;
  Target target = 0;
};
struct Abandon {  // of one database, or of all that were not open at `since`; part of the step that failed
  std::optional<std::size_t> database;
  std::optional<Variable> since;
};
struct Throw {
  Variable error = 0;
};
struct Fail {  // the request ends with an error that nobody caught
  Variable error = 0;
};
struct End {
  Variable status = 0;
};

// Where an error of an instruction goes, and the variable that holds it there.
struct Handler {
  Target target = 0;
  Variable error = 0;
};

struct Instruction {
  Offset at = 0;
  Handler handler;
  std::variant<Perform, Call, RedisCommand, Exec, DocumentRequest, SendMessage, AwaitTruth, Acquire, Release, Leave,
               RollBack, Begin, Defer, Multi, NameLock, EnterSection, LeaveSection, Compute, Constant, Emit, Jump,
               Unless, UnlessEqual, CopyRows, NextRow, MarkOpen, NextAttempt, UnlessError, Abandon, Throw, Fail, End>
      body;
  // Of steps: the variables whose values can still matter once the step is done; sorted.
  std::vector<Variable> live;
};

struct Code {
  Source source;
  std::vector<std::string> parameters;  // of the request: variables 0 …
  // The actor's number, that of its process, and that of the attempt, where the request asks for them.
  std::optional<Variable> me;
  std::optional<Variable> process;
  std::optional<Variable> attempt;
  std::vector<std::string> variables;  // names, for people: "user.balance"; a point in front of our own
  std::vector<Instruction> instructions;
  std::size_t databases = 0;
  std::size_t keyvalues = 0;
  std::size_t documents = 0;
  std::vector<bool> per_process;  // by database: each process has one of its own, and the code names the first
  bool touches_process = false;   // it uses one of these, or a lock of a process: what it does depends on its process
};

}  // namespace gapless::scenario
