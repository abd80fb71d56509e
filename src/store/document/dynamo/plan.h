// What a request asks for, read from its parameters or from PartiQL: the same for both notations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "store/document/dynamo/expression.h"
#include "store/document/dynamo/parser.h"
#include "store/document/request.h"

namespace gapless::store::document::dynamo {

enum class Returned : std::uint8_t { none, all_old, all_new, updated_old, updated_new };

// What is done to one item.
struct Write {
  enum class Kind : std::uint8_t { put, insert, update, erase, check };
  Kind kind = Kind::put;
  std::size_t table = 0;
  Key key;
  Object item;  // put, insert: all of it; else the attributes of its key
  std::optional<Expression> condition;
  std::vector<Change> changes;
  bool of_existing = false;   // PartiQL's UPDATE and EXISTS: an item that is not there fails the condition
  bool skips_absent = false;  // PartiQL's DELETE
  Returned returned = Returned::none;
};

using Projection = std::optional<std::vector<DocumentPath>>;

struct Get {
  std::size_t table = 0;
  Key key;
  bool consistent = false;
  Projection projection;
  std::optional<Expression> filter;  // of PartiQL
};

// Query and Scan.
struct Search {
  std::size_t table = 0;
  std::optional<std::size_t> index;  // the Collection's
  std::optional<Expression> key_condition;
  std::optional<Expression> filter;
  Projection projection;
  std::optional<std::size_t> limit;  // of items looked at
  std::optional<Object> after;       // ExclusiveStartKey
  bool forward = true;
  bool consistent = false;
  bool counts = false;
  bool at_most_one = false;  // the whole key is given
};

struct BatchGet {
  std::vector<Get> gets;  // of one table
};
struct BatchWrite {
  std::vector<Write> writes;
};
struct TransactGet {
  std::vector<Get> gets;
};
struct TransactWrite {
  std::vector<Write> writes;
  std::optional<std::string> token;
  Value payload;  // what comes with the token
};

using Plan = std::variant<Write, Get, Search, BatchGet, BatchWrite, TransactGet, TransactWrite>;

// Throws Refusal. Values may be Unknown, and are so in the plan then.
Plan plan_of(const Catalog& catalog, const Request& request);

// ---------------------------------------------------------------------------------------- for plan_of's parts

// One statement of PartiQL: Write, Get or Search (statement.cc).
struct Options {
  bool consistent = false;
  std::optional<std::size_t> limit;
  bool in_transaction = false;
};
Plan plan_of_statement(const Catalog& catalog, const std::string& text, const std::vector<Value>& parameters,
                       const Options& options);

std::size_t table_called(const Catalog& catalog, const std::string& name);
// The key of what is given, with its types as declared. `all`: there must be nothing else (the parameter Key).
Key key_of(const Collection& table, const Object& given, bool all);
// What is a key of an index is a text that is not empty, or a number.
void check_index_keys(const Collection& table, const Object& item);
void check_no_key(const Collection& table, const std::vector<Change>& changes);
std::vector<std::string> index_key(const Index& index);
std::size_t index_called(const Collection& table, const std::string& name);
// The conditions that AND joins.
std::vector<const Expression*> conjuncts(const Expression& condition);
std::optional<Expression> joined(const std::vector<const Expression*>& conditions);
// `attribute = value` of an attribute itself: its value; null pointer if it is anything else.
const Value* equal_to(const Expression& condition, const std::string& attribute);
// "code" where the condition is about one attribute on its left: a comparison, BETWEEN, begins_with.
std::optional<std::string> about(const Expression& condition);
// The paths that stand in it.
void add_paths(const Expression& expression, std::vector<DocumentPath>& paths);

}  // namespace gapless::store::document::dynamo
