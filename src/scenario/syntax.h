// A scenario file as a tree of plain values, names as written: what grammar.h makes and compile.h reads.
//
// SQL stays a stretch of the source here: where it ends is found with PostgreSQL's scanner, what it says is read later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"
#include "scenario/command_text.h"
#include "scenario/document_text.h"
#include "scenario/name.h"
#include "sql/parse.h"

namespace gapless::scenario {

// SELECT …, or bank> SELECT … where there are several databases.
struct SqlText {
  std::optional<Name> database;
  sql::Range range;
};

struct CallText {
  Name name;
  std::vector<sql::Range> arguments;
  std::vector<Name> outcomes;  // may ok, declined
  std::vector<sql::Range> key;
  bool forgets = false;
};

struct CommandText {  // redis> GET k
  Name database;
  std::vector<CommandWord> words;
  Offset at = 0;  // of the first word
};

struct AcquireText {  // acquire cart(id) nowait
  Name lock;
  std::vector<sql::Range> arguments;
  bool nowait = false;
};

// What stands on the right of `=`, and after `in`: an expression is a bare range.
using ValueText = std::variant<sql::Range, SqlText, CallText, CommandText, AcquireText, DocumentText>;

struct Statement;

struct Block {
  std::vector<Statement> statements;
  Offset at = 0;   // of its {
  Offset end = 0;  // after its }
};

struct Assign {  // let x = …; set x = …;
  bool declares = false;
  Name name;
  ValueText value;
};

struct Branch {
  sql::Range condition;
  Block block;
};
struct If {
  std::vector<Branch> branches;  // if, else if, else if, …
  std::optional<Block> otherwise;
};

struct For {
  Name name;
  ValueText rows;
  Block block;
};

struct Respond {
  sql::Range status;
};

struct InTransaction {  // transaction at "serializable" read only { … }
  std::optional<Name> database;
  std::optional<Name> level;
  bool read_only = false;
  bool deferrable = false;
  Block block;
};

struct EffectText {
  Name name;
  std::vector<sql::Range> arguments;
};

struct Retry {
  std::optional<Name> attempts;  // digits
  std::vector<Name> conditions;
  Block block;
  std::optional<Block> exhausted;
};

struct Again {};

struct Catch {
  std::vector<Name> conditions;  // `any` is a condition here
  Block block;
};
struct Try {
  Block block;
  std::vector<Catch> catches;
  std::optional<Block> finally;
};

struct Send {
  Name request;
  std::vector<sql::Range> arguments;
};

struct Await {
  SqlText condition;
};

struct ReleaseText {
  Name lock;
  std::vector<sql::Range> arguments;
};

struct Hold {  // acquire, block, release
  AcquireText lock;
  Block block;
};

struct InSection {
  Name name;
  Block block;
};

struct Sleep {
  sql::Range duration;
};

struct Statement {
  Offset at = 0;
  std::variant<SqlText, CallText, Assign, If, For, Respond, InTransaction, EffectText, Retry, Again, Try, CommandText,
               AcquireText, ReleaseText, Hold, InSection, Send, Await, Sleep, DocumentText>
      body;
};

// holds, violated at "read committed", "repeatable read" with crash, violated at every level without faults
struct Claim {
  bool holds = true;
  bool every_level = false;
  std::vector<Name> levels;
  std::vector<Name> faults;  // with crash, retry
  bool without_faults = false;
  Offset at = 0;
};

// schema bank { CREATE UNIQUE INDEX …; }: what a variant adds to a database.
struct SchemaText {
  std::optional<Name> database;
  sql::Range range;
  Offset at = 0;
  std::vector<DocumentText> requests;  // of MongoDB and DynamoDB
};

// One way to write a request. A request without variants has one with an empty name.
struct VariantText {
  Name name;
  std::string title;
  std::string story;
  std::vector<Claim> claims;
  std::optional<Name> level;  // of its transactions that name none
  std::vector<SchemaText> schemas;
  Block block;
};

struct Request {
  Name name;
  std::vector<Name> parameters;
  std::optional<Name> level;  // of the variants that name none
  std::vector<VariantText> variants;
};

struct DatabaseText {
  Name name;
  Name kind;                           // postgres, redis, …; memory
  std::optional<Name> of;              // replica of bank
  bool per_process = false;            // of a memory
  sql::Range range;                    // between the braces
  std::vector<CommandText> commands;   // of a Redis database
  std::vector<DocumentText> requests;  // of MongoDB and DynamoDB
};

struct LockText {
  Name name;
  bool per_process = false;
};

struct FaultsText {  // none; crash <= 1, retry <= 1
  Offset at = 0;
  struct Bound {
    Name fault;
    Name most;  // digits
  };
  std::vector<Bound> bounds;  // empty: none
};

struct ClockText {
  Offset at = 0;
  std::vector<Name> instants;
};

// withdraw(50) * 2, deliver webhook(7) until 200, job sweep(), session (a(1), b(2))
struct Term {
  enum class Kind : std::uint8_t { request, deliver, job, session };

  Kind kind = Kind::request;
  Offset at = 0;
  struct Sent {
    Name request;
    std::vector<sql::Range> arguments;
  };
  std::vector<Sent> requests;  // one, but for a session
  Name until;                  // of a delivery
  std::optional<Name> times;   // digits
};

struct Invariant {
  enum class Kind : std::uint8_t { always, finally, history };

  Kind kind = Kind::always;
  Name title;
  sql::Range query;
};

struct Run {
  Offset at = 0;
  std::vector<Term> terms;
};

struct File {
  Name name;
  std::string title;
  std::vector<Name> isolation;          // each as written; more than one is a mistake that compile reports
  std::vector<DatabaseText> databases;  // and memories
  std::vector<LockText> locks;
  std::vector<Name> processes;     // digits; more than one is a mistake, too
  std::vector<ClockText> clocks;   // likewise
  std::vector<FaultsText> faults;  // settings
  std::vector<Request> requests;
  std::vector<Run> runs;
  std::vector<Invariant> invariants;
};

}  // namespace gapless::scenario
