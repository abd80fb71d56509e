// What an actor asks of a store, and what it gets back. Plain values, independent of the kind of store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sql/statement.h"
#include "sql/value.h"

namespace gapless::store {

// How a transaction is isolated. READ UNCOMMITTED is READ COMMITTED (P-TX-1).
enum class Isolation : std::uint8_t { read_committed, repeatable_read, serializable };
std::string to_string(Isolation level);  // "read committed"

// One statement with its parameters, or an external call. A step performs exactly one operation.
struct Operation {
  enum class Kind : std::uint8_t { statement, call };

  Kind kind = Kind::statement;
  std::size_t database = 0;                         // which of the model's databases; unused by a call
  std::shared_ptr<const sql::Statement> statement;  // bound; null for a call
  std::vector<sql::Value> parameters;               // in the order of statement->parameters
  // What only the own session can notice is no step of its own; it goes with the statement after it.
  bool begins = false;  // BEGIN comes first
  // Of the transaction that begins here, or of the statement itself where none is open.
  Isolation isolation = Isolation::read_committed;
  bool read_only = false;
  bool deferrable = false;  // READ ONLY DEFERRABLE at SERIALIZABLE: waits for a safe snapshot
  // SAVEPOINT, RELEASE, SET: bound, in order; they come after BEGIN and before the statement.
  std::vector<std::shared_ptr<const sql::Statement>> before;
  // A call: the name and arguments of its ledger row; it always comes out as "ok" for now.
  std::string call;
  std::vector<sql::Value> arguments;
};

// SELECT balance FROM users WHERE id = 1: parameters replaced by their values; what goes with it in front, as in
// "BEGIN ISOLATION LEVEL SERIALIZABLE; SAVEPOINT a; SELECT …" (READ COMMITTED is not written).
std::string to_string(const Operation& operation);

struct Observation {
  std::vector<std::string> columns;  // names, for printing and for locals
  std::vector<sql::Tuple> rows;
  std::uint64_t count = 0;  // rows returned or affected
  // As the server's command tag says: "SELECT", "UPDATE", "COMMIT", "ROLLBACK" (also of a COMMIT that failed, and of
  // ROLLBACK TO), "BEGIN", "SAVEPOINT", "RELEASE", "SET", "LOCK TABLE"; "CALL" of a call.
  std::string tag;
  std::string error_condition;  // "unique_violation"; empty where there was no error
  std::string error_message;

  bool failed() const { return !error_condition.empty(); }
  bool operator==(const Observation&) const = default;
};

// "balance = 100", "2 rows: (1, a), (2, b)", "1 row changed", "unique_violation: duplicate key …".
std::string to_string(const Observation& observation);

}  // namespace gapless::store
