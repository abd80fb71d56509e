// A model: what is shared, who acts on it, and what must hold. A plain value that front ends make and engines explore.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actor/session.h"
#include "base/source.h"
#include "store/operation.h"
#include "store/relational/rules.h"

namespace gapless::model {

struct Database {
  std::string name;
  sql::Catalog catalog;                    // bound
  std::vector<sql::Statement> statements;  // that fill it, bound, run in order before the first step
  std::string text = {};                   // both as written, for whoever makes the same tables on a real server
};

// The program that interchangeable actors share: a request with its arguments.
struct Role {
  std::string request;    // "withdraw"
  std::string arguments;  // "(50)", for people
  actor::Program program;
};

enum class PropertyKind : std::uint8_t { always, finally };

// An invariant: a query that yields one boolean over everything that is committed, the ledger and the responses.
// Its tables are those of `Model::views()`.
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

enum class Expected : std::uint8_t { holds, violated };

struct Model {
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
  std::vector<Ledger> ledgers;
  std::vector<Role> roles;           // roles with equal request and arguments are one role
  std::vector<std::size_t> actors;   // actor i+1 plays roles[actors[i]]
  std::vector<Property> properties;  // in the order of the file

  // The tables that invariants see, in this order: every database's tables, the ledgers, `responses(request, actor,
  // status)`. Made by view_catalog() below.
  sql::Catalog view;

  std::optional<Expected> expected;  // null: no claim is made for this number of actors and level
  std::vector<Diagnostic> warnings;
  std::uint64_t digest = 0;  // of everything that determines the executions of this variant
};

// Databases' tables are visible under their bare names where these are unique, and as database.table.
sql::Catalog view_catalog(const std::vector<Database>& databases, const std::vector<Ledger>& ledgers);

}  // namespace gapless::model
