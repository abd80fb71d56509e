// What an actor asks of a store, and what it gets back. Plain values, independent of the kind of store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/statement.h"
#include "sql/value.h"
#include "store/document/request.h"

namespace gapless::store {

// How a transaction is isolated. READ UNCOMMITTED is READ COMMITTED (P-TX-1).
enum class Isolation : std::uint8_t { read_committed, repeatable_read, serializable };
std::string to_string(Isolation level);  // "read committed"

// One statement with its parameters, an external call, a command to Redis … A step performs exactly one operation.
struct Operation {
  Operation();
  Operation(const Operation&);
  Operation(Operation&&) noexcept;
  Operation& operator=(const Operation&);
  Operation& operator=(Operation&&) noexcept;
  ~Operation();

  enum class Kind : std::uint8_t {
    statement,  // to databases[database]
    call,       // somebody else's server
    command,    // to keyvalues[database]: one, or the whole of MULTI … EXEC
    document,   // to documents[database]; `begins` opens a transaction of MongoDB
    await,      // the statement is a SELECT of one boolean over what is committed: enabled once it is true
    send,       // makes a message: an actor that plays a request
  };

  Kind kind = Kind::statement;
  std::size_t database = 0;                         // which of the model's databases, keyvalues or documents
  std::shared_ptr<const sql::Statement> statement;  // bound; null unless it is a statement or await
  std::vector<sql::Value> parameters;               // in the order of statement->parameters
  // What only the own session can notice is no step of its own; it goes with the statement after it.
  bool begins = false;  // BEGIN comes first
  // Of the transaction that begins here, or of the statement itself where none is open.
  Isolation isolation = Isolation::read_committed;
  bool read_only = false;
  bool deferrable = false;  // READ ONLY DEFERRABLE at SERIALIZABLE: waits for a safe snapshot
  // What the clock says; none: it stands still, see now() in relational/evaluate.h. Known only when the step is taken.
  std::optional<sql::Timestamp> now;
  // SAVEPOINT, RELEASE, SET: bound, in order; they come after BEGIN and before the statement.
  std::vector<std::shared_ptr<const sql::Statement>> before;
  // What people read instead of the statement ("acquire cart(7)" is an advisory lock underneath); may be empty.
  std::string shown;

  // A call: the name and arguments of its ledger row; a message: the name and arguments of the request that it is for.
  std::string call;
  std::vector<sql::Value> arguments;
  // How a call may come out, each a step of its own: "ok" if none is given. "ok" and "lost_done" enter the ledger;
  // "pending" is settled later, done or not done; of any other ("declined", "lost_not_done") nothing happens. The
  // caller sees "unknown" of lost_done, lost_not_done and pending.
  std::vector<std::string> outcomes;
  // A provider that honours idempotency keys: a second call with the same key does nothing, and comes out as the first
  // did; with other arguments as "key_reused". Null: no key is sent.
  sql::Value key;
  bool forgets = false;  // the provider prunes the key at some time

  // A command's words, or those of each command between MULTI and EXEC.
  std::vector<std::vector<std::string>> commands;
  bool transaction = false;

  document::Request request;  // to a document database
};

// SELECT balance FROM users WHERE id = 1: parameters replaced by their values; what goes with it in front, as in
// "BEGIN ISOLATION LEVEL SERIALIZABLE; SAVEPOINT a; SELECT …" (READ COMMITTED is not written).
std::string to_string(const Operation& operation);

// Of a call or a message: "charge(7, 50)".
std::string call_text(const Operation& operation);

struct Observation {
  std::vector<std::string> columns;  // names, for printing and for locals
  std::vector<sql::Tuple> rows;
  std::uint64_t count = 0;  // rows returned or affected
  // As the server's command tag says: "SELECT", "UPDATE", "COMMIT", "ROLLBACK" (also of a COMMIT that failed, and of
  // ROLLBACK TO), "BEGIN", "SAVEPOINT", "RELEASE", "SET", "LOCK TABLE"; "CALL" of a call, "REDIS" of a command,
  // "MONGODB", "DYNAMODB", "AWAIT", "SEND".
  std::string tag;
  std::string error_condition;  // "unique_violation"; empty where there was no error
  std::string error_message;

  bool failed() const { return !error_condition.empty(); }
  bool operator==(const Observation&) const = default;
};

// "balance = 100", "2 rows: (1, a), (2, b)", "1 row changed", "unique_violation: duplicate key …".
std::string to_string(const Observation& observation);

}  // namespace gapless::store
