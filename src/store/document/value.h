// What documents (MongoDB) and items (DynamoDB) are made of.
//
// Numbers are exact decimals: 0.1 + 0.2 is 0.3 here, as with NumberDecimal and in DynamoDB; a double is not simulated.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/decimal.h"
#include "base/digest.h"
#include "sql/value.h"

namespace gapless::store::document {

struct Value;
struct Field;

struct Null {};
// Stands where a value is known only at run time, for mistakes that are looked for before anything runs. Never in a
// document.
struct Unknown {};
using Array = std::vector<Value>;
using Object = std::vector<Field>;  // in the order in which they were written; a name once
struct Set {                        // DynamoDB's SS, NS: ascending, each once
  std::vector<Value> members;
};

struct Value {
  std::variant<Null, bool, Decimal, std::string, sql::Timestamp, Array, Object, Set, Unknown> held;

  Value() = default;
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();
  // Meant to convert. Defined below, where what a vector of fields consists of is known: g++ can do without, clang
  // cannot.
  template <typename Held>
  requires(!std::is_same_v<std::remove_cvref_t<Held>, Value>) Value(Held value);  // NOLINT
  Value(const char* text);                                                        // NOLINT
  Value(int number);                                                              // NOLINT
  Value(std::int64_t number);                                                     // NOLINT
};

struct Field {
  std::string name;
  Value value;
};

template <typename Held>
requires(!std::is_same_v<std::remove_cvref_t<Held>, Value>) Value::Value(Held value) : held(std::move(value)) {}
inline Value::Value(const char* text) : held(std::string(text)) {}
inline Value::Value(int number) : held(Decimal(number)) {}
inline Value::Value(std::int64_t number) : held(Decimal(number)) {}

// MongoDB's order of types (null, numbers, text, object, array, boolean, instant), then of values; numbers by value,
// objects field by field in their order, as BSON is compared. Equal exactly where BSON says so: 1.0 is 1.
std::strong_ordering operator<=>(const Value& a, const Value& b);
inline bool operator==(const Value& a, const Value& b) { return (a <=> b) == 0; }
std::strong_ordering operator<=>(const Field& a, const Field& b);
inline bool operator==(const Field& a, const Field& b) { return (a <=> b) == 0; }

inline bool is_null(const Value& value) { return std::holds_alternative<Null>(value.held); }
inline bool is_unknown(const Value& value) { return std::holds_alternative<Unknown>(value.held); }
template <typename Held>
const Held* get(const Value& value) {
  return std::get_if<Held>(&value.held);
}

// The field of an object; null pointer where there is none, or where it is no object.
const Value* find(const Object& object, std::string_view name);
Value* find(Object& object, std::string_view name);
const Value* find(const Value& value, std::string_view name);
void set(Object& object, std::string_view name, Value value);  // at its place, or at the end
bool erase(Object& object, std::string_view name);

// As one would write it: {code: "SAVE50", usedAt: null, tags: ["a", "b"]}. A number without trailing zeros.
std::string to_string(const Value& value);
std::string type_name(const Value& value);  // "number", "text", "object", …: for messages

// A document value of what a local holds, and back: numbers become numeric; arrays, objects and sets text as above.
Value from_sql(const sql::Value& value);
sql::Value to_sql_value(const Value& value);

void add_to(Digest& digest, const Value& value);

}  // namespace gapless::store::document
