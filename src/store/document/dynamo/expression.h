// What an expression of DynamoDB, or a clause of PartiQL, says; names and values already stand in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/document/database.h"
#include "store/document/value.h"

namespace gapless::store::document::dynamo {

// limits.used, tags[0]
using PathStep = std::variant<std::string, std::size_t>;
using DocumentPath = std::vector<PathStep>;
std::string to_string(const DocumentPath& path);  // "[tags, [0]]", as AWS writes it in messages
std::string head_of(const DocumentPath& path);    // the attribute: "tags"
Path names_of(const DocumentPath& path);          // up to the first index
bool is_prefix(const DocumentPath& prefix, const DocumentPath& path);

struct Expression {
  enum class Kind : std::uint8_t {
    path,
    value,
    list,     // PartiQL: [a, ?]
    call,     // `word`: size, contains, …, if_not_exists, …; "is missing", "is null": of PartiQL
    sum,      // `word`: "+", "-"
    compare,  // `word`: "=", "<>", "<", "<=", ">", ">="
    between,
    in,  // the first among the others
    both,
    either,
    negation,
  };
  Kind kind = Kind::value;
  std::string word;
  DocumentPath path;
  Value value;
  std::vector<Expression> arguments;
};

// One thing that an update does.
struct Change {
  enum class Kind : std::uint8_t { set, remove, add, erase };  // erase: DELETE, members of a set
  Kind kind = Kind::set;
  DocumentPath path;
  Expression value;  // not of remove
};

// DynamoDB's own order and letters of types: S, N, BOOL, NULL, L, M, SS, NS; empty where it is unknown.
std::string type_letters(const Value& value);
std::string type_word(const Value& value);  // "STRING", as ADD's message has it

// Maps without an order (their names ascending), sets ascending; an instant is its seconds since 1970. Refuses what no
// item can hold: an empty set, a set of mixed types, a number of more than 38 digits.
Value canonical(const Value& value);

}  // namespace gapless::store::document::dynamo
