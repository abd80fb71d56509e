// A model: what is shared, who acts on it, and what must hold. A plain value that front ends make and engines explore.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actor/session.h"
#include "base/source.h"
#include "store/document/database.h"
#include "store/keyvalue/database.h"
#include "store/operation.h"
#include "store/relational/rules.h"

namespace gapless::model {

struct Database {
  enum class Kind : std::uint8_t {
    postgres,
    memory,   // of a process: tables without transactions
    replica,  // of `primary`, lags behind it; its catalog is the primary's, it has no statements of its own
    locks,    // application locks: no tables; nobody notices a deadlock here
  };

  std::string name;
  sql::Catalog catalog;                    // bound
  std::vector<sql::Statement> statements;  // that fill it, bound, run in order before the first step
  std::string text = {};                   // both as written, for whoever makes the same tables on a real server
  Kind kind = Kind::postgres;
  std::size_t primary = 0;  // of a replica
  // Of a memory that each process has for itself: 1, 2, …; invariants see the rows of all of one name as one table.
  std::size_t process = 0;
};

// A Redis database; invariants see it as a table of its name: (key text, field text, value text, ttl int), see
// store/keyvalue/database.h.
struct KeyValue {
  std::string name;
  store::keyvalue::Database initial;
  std::string text = {};                           // as written
  std::vector<std::vector<std::string>> commands;  // that fill it, as words
};

// A database of documents, MongoDB or DynamoDB; invariants see its collections as tables, see
// store/document/database.h.
struct Documents {
  std::string name;
  store::document::Catalog catalog;
  store::document::Database initial;
  std::string text = {};  // as written
};

// The program that interchangeable actors share: a request with its arguments.
struct Role {
  std::string request;    // "withdraw"
  std::string arguments;  // "(50)", for people
  actor::Program program;

  // Of a role that differs from others only by who its actor is (`me`): what it has in common with them.
  std::string like = {};

  // An obligation: it is run again until it responds this status; "2xx" stands for all that begin with 2.
  std::string until = {};
  // What is run when it is run again (retry, redelivery, a job's last run), where that is another role: the next
  // attempt of a request that looks at `attempt`, the last run of a job. Its `arguments` must tell it apart. Null: the
  // role itself.
  std::function<Role()> again = {};
  // A background job, which owes a last run, again(), when everybody else has finished. That run is no job itself.
  bool job = false;
};

// The role of a message: a request with arguments that are known only when it is sent.
using RoleOfMessage = std::function<Role(const std::vector<sql::Value>& arguments)>;

// How often something may happen that nobody wants: each a bound for the whole interleaving.
struct Faults {
  std::uint32_t crash = 0;
  std::uint32_t retry = 0;
  std::uint32_t duplicate = 0;
  bool none() const { return crash == 0 && retry == 0 && duplicate == 0; }
  auto operator<=>(const Faults&) const = default;
};
std::string to_string(const Faults& faults);  // "none", "crash <= 1, retry <= 1"
std::optional<Faults> parse_faults(std::string_view text);

// history: like always, but it looks at the order of effects: `position` in the tables of the ledger.
enum class PropertyKind : std::uint8_t { always, finally, history };

// An invariant: a query that yields one boolean over everything that is committed, the ledger, the responses and the
// sections. Its tables are those of `Model::view`.
struct Property {
  PropertyKind kind = PropertyKind::always;
  std::string title;
  std::shared_ptr<const sql::Statement> query;  // a SELECT of one column, bound over Model::view_catalog
};

// One table of the ledger.
struct Ledger {
  std::string name;
  std::vector<std::string> columns;
};

// Something that a request can do: what is never done is reported. Known again by where the statement begins in
// `Model::source`; or by the name of the call or the message; or by the words of the command, as far as they are fixed.
struct Place {
  std::string request;
  std::string text;
  std::size_t line = 0;
  Offset at = 0;
  std::string call;
  std::vector<std::optional<std::string>> command;
  // A request to a document database: its method and collection.
  std::string method;
  std::string collection;
  // What is sent to PostgreSQL or waited for there; else null.
  std::size_t database = 0;
  std::shared_ptr<const sql::Statement> statement;
  // By parameter of the statement: it is an argument that no request changes, and in all of `run` a positive integer.
  std::vector<bool> is_positive;
};

enum class Expected : std::uint8_t { holds, violated };

struct Model {
  Model();
  Model(const Model&);
  Model(Model&&) noexcept;
  Model& operator=(const Model&);
  Model& operator=(Model&&) noexcept;
  ~Model();

  Source source;     // the scenario file; of a C++ model its path and no text
  std::string file;  // as given on the command line
  std::string scenario;
  std::string title;
  std::string variant;
  std::string variant_title;
  std::string story;                                              // the loss that it stands for, one line; may be empty
  store::Isolation isolation = store::Isolation::read_committed;  // of transactions that name none
  store::Isolation file_isolation = store::Isolation::read_committed;  // what the file says of it
  // What some statement or transaction of this variant needs the stores to keep.
  store::relational::Tracking tracking;

  std::vector<Database> databases;
  std::vector<KeyValue> keyvalues;
  std::vector<Documents> documents;
  std::vector<Ledger> ledgers;
  bool has_history = false;           // each ledger row ends with its position, also in the view
  std::vector<sql::Timestamp> clock;  // instants of now(), ascending; empty: one, the fixed instant of evaluate.h
  Faults faults;
  std::map<std::string, RoleOfMessage> messages;  // by request, what `send` makes

  std::vector<Role> roles;          // roles with equal request and arguments (and attempt …) are one role
  std::vector<std::size_t> actors;  // actor i+1 plays roles[actors[i]]
  // Its requests keep to what sql/name.h asks of them: a scenario, no handlers in C++.
  bool may_use_names = false;
  // Where interchangeable actors are told apart, each by a role of its own: by role, the first one like it. Else empty.
  std::vector<std::size_t> alike;
  std::vector<Property> properties;  // in the order of the file
  std::vector<Place> places;         // in the order of the file; of a C++ model none is known

  // The tables that invariants see, in this order: every database's tables (locks and replicas have none), a table a
  // keyvalue, those of document databases, the ledgers, `sections(section, request, actor)`, `responses(request, actor,
  // status)`. Made by view_catalog() below.
  sql::Catalog view;

  std::optional<Expected> expected;  // null: no claim is made for this number of actors and level
  std::vector<Diagnostic> warnings;
  std::uint64_t digest = 0;  // of everything that determines the executions of this variant
};

// Databases' tables are visible under their bare names where these are unique, and as database.table. Of a memory that
// each process has, only the first is there.
sql::Catalog view_catalog(const std::vector<Database>& databases, const std::vector<KeyValue>& keyvalues,
                          const std::vector<Documents>& documents, const std::vector<Ledger>& ledgers,
                          bool has_history);

// Whether a database's tables stand in the view: not those of locks, replicas, and memories of processes but the first.
bool is_viewed(const Database& database);

}  // namespace gapless::model
