// The values of SQL: what a column holds, a parameter carries and an expression yields.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/decimal.h"
#include "base/digest.h"
#include "sql/name.h"

namespace gapless::sql {

// `status` is the type of responses.status only: an HTTP status or an SQLSTATE condition name, comparable with both
// integers and texts (a condition name counts as 500 among numbers).
enum class Type : std::uint8_t { unknown, boolean, integer, bigint, numeric, text, timestamp, status, date, interval };

std::string to_string(Type type);  // "integer", "timestamp", as PostgreSQL names them in messages

struct Null {
  auto operator<=>(const Null&) const = default;
};

struct Timestamp {
  std::int64_t microseconds = 0;  // since 2000-01-01 00:00:00, as PostgreSQL counts
  auto operator<=>(const Timestamp&) const = default;
};

struct Date {
  std::int32_t days = 0;  // since 2000-01-01, as PostgreSQL counts
  auto operator<=>(const Date&) const = default;
};

// Months and days are kept apart, since neither has a fixed length. `=` of SQL calls '1 mon' and '30 days' equal
// (sql/interval.h); here they differ.
struct Interval {
  std::int32_t months = 0;
  std::int32_t days = 0;
  std::int64_t microseconds = 0;
  auto operator<=>(const Interval&) const = default;
};

struct Status {
  std::string text;  // "200", "unique_violation"
  auto operator<=>(const Status&) const = default;
};

// The alternative says the type; an int4 and an int8 of the same size differ, since int4 arithmetic overflows earlier.
// The comparison operators are structural, for canonical order and interning; comparison as SQL means it
// (three-valued, across number types) is in store/relational/evaluate.
using Value =
    std::variant<Null, bool, std::int32_t, std::int64_t, Decimal, std::string, Timestamp, Status, Date, Interval, Name>;
using Tuple = std::vector<Value>;

inline bool is_null(const Value& value) { return std::holds_alternative<Null>(value); }
Type type_of(const Value& value);

// As psql shows it: NULL is empty in psql, but "NULL" here; booleans are t and f; texts bare.
std::string to_string(const Value& value);
// As one would write it in SQL: 'text' quoted, NULL, true, 12.50.
std::string to_sql(const Value& value);

void add_to(Digest& digest, const Value& value);
void add_to(Digest& digest, const Tuple& tuple);

}  // namespace gapless::sql
