// A scenario file as a tree of plain values, names as written: what grammar.h makes and compile.h reads.
//
// SQL stays a stretch of the source here: where it ends is found with PostgreSQL's scanner, what it says is read later.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"
#include "sql/parse.h"

namespace gapless::scenario {

// A name, or the contents of a "text", with the place of its first byte.
struct Name {
  std::string text;
  Offset at = 0;
};

// SELECT …, or bank> SELECT … where there are several databases.
struct SqlText {
  std::optional<Name> database;
  sql::Range range;
};

struct CallText {
  Name name;
  std::vector<sql::Range> arguments;
  std::vector<Name> outcomes;  // may ok, declined
};

// What stands on the right of `=`, and after `in`: an expression is a bare range.
using ValueText = std::variant<sql::Range, SqlText, CallText>;

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

struct Statement {
  Offset at = 0;
  std::variant<SqlText, CallText, Assign, If, For, Respond, InTransaction, EffectText, Retry, Again, Try> body;
};

// holds, violated at "read committed", "repeatable read", violated at every level
struct Claim {
  bool holds = true;
  bool every_level = false;
  std::vector<Name> levels;
  Offset at = 0;
};

// One way to write a request. A request without variants has one with an empty name.
struct VariantText {
  Name name;
  std::string title;
  std::string story;
  std::vector<Claim> claims;
  std::optional<Name> level;  // of its transactions that name none
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
  Name kind;
  sql::Range range;  // between the braces
};

struct Term {  // withdraw(50) * 2
  Name request;
  std::vector<sql::Range> arguments;
  std::optional<Name> times;  // digits
};

struct Invariant {
  bool always = true;
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
  std::vector<Name> isolation;  // each as written; more than one is a mistake that compile reports
  std::vector<DatabaseText> databases;
  std::vector<Request> requests;
  std::vector<Run> runs;
  std::vector<Invariant> invariants;
};

}  // namespace gapless::scenario
