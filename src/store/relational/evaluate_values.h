// What single values do in PostgreSQL: comparison, arithmetic, casts, functions. No rows, no queries.
//
// NULL is handled by the callers (evaluate_expression.cc) unless a function says otherwise. Two kinds of failure:
// what a server sends and a client may catch is a SqlError; what only a wrong model can cause (PostgreSQL's class 42,
// "operator does not exist") is a ModelError at the expression's place.
#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/source.h"
#include "sql/statement.h"
#include "sql/value.h"

namespace gapless::store {

using sql::Tuple;
using sql::Type;
using sql::Value;

// Where in the model an expression stands.
struct Place {
  const SourceText& source;
  Offset at = 0;

  [[noreturn]] void wrong(std::string message) const;  // throws ModelError
};

// ------------------------------------------------------------------------------- evaluate_compare.cc

enum class Truth : std::uint8_t { no, yes, unknown };

inline Truth truth_of(bool b) { return b ? Truth::yes : Truth::no; }
inline Truth opposite(Truth t) { return t == Truth::unknown ? t : truth_of(t == Truth::no); }
Value value_of(Truth truth);

inline bool is_text(const Value& value) {
  return std::holds_alternative<std::string>(value) || std::holds_alternative<sql::Status>(value);
}

// It is a name, or a text with names in it (sql/name.h).
bool has_names(const Value& value);
// `=` and `<` of two non-null values; across number types and with statuses. Texts compare by bytes (C locale).
std::strong_ordering compare(const Value& a, const Value& b, const Place& place);
// compare() == 0, also of what is only a name and has no order (sql/name.h).
bool is_same(const Value& a, const Value& b, const Place& place);
// With NULL on either side: unknown.
Truth equal(const Value& a, const Value& b, const Place& place);
// NULLs are equal to each other and above everything else: DISTINCT, GROUP BY, UNION and plain sorting.
std::strong_ordering compare_with_nulls(const Value& a, const Value& b, const Place& place);
std::strong_ordering compare_with_nulls(const Tuple& a, const Tuple& b, const Place& place);

// LIKE; with `ignore_case` ILIKE (ASCII letters).
bool like(std::string_view text, std::string_view pattern, bool ignore_case);

// ---------------------------------------------------------------------------- evaluate_arithmetic.cc

Value arithmetic(sql::Operator op, const Value& a, const Value& b, const Place& place);
Value negated(const Value& value, const Place& place);
// a ^ b and power(a, b).
Value power(const Value& a, const Value& b, const Place& place);
// A number as numeric; ModelError where it is none.
Decimal decimal(const Value& value, const Place& place);

// ---------------------------------------------------------------------------------- evaluate_cast.cc

// CAST (value AS type): NULL stays NULL. `precision` and `scale` as in sql::Expression, -1 where not given.
Value cast(const Value& value, Type type, int precision, int scale, const Place& place);
// The value as one of several alternatives (CASE, coalesce, UNION, VALUES) whose common type is `type`: numbers widen,
// a quoted literal is read as that type.
Value unified(Value value, Type type, const Place& place);
// As text: what a cast to text gives (true, not t).
std::string text_of(const Value& value);

// ----------------------------------------------------------------------------- evaluate_timestamp.cc

// They throw SqlError invalid_datetime_format or datetime_field_overflow.
sql::Date parse_date(std::string_view text);
sql::Timestamp midnight(sql::Date date);  // at which it begins
sql::Timestamp parse_timestamp(std::string_view text);
sql::Timestamp truncated(std::string_view unit, sql::Timestamp time);  // date_trunc

// ------------------------------------------------------------------------------ evaluate_interval.cc

// +, -, * and / where an instant or an interval takes part; none where there is no such operator.
std::optional<Value> arithmetic_in_time(sql::Operator op, const Value& a, const Value& b, const Place& place);
sql::Interval negated(const sql::Interval& interval);
sql::Interval added(const sql::Interval& a, const sql::Interval& b);
sql::Interval divided(const sql::Interval& interval, const Decimal& by);
sql::Interval parse_interval(std::string_view text);  // invalid_datetime_format, interval_field_overflow
Decimal extract(std::string_view field, const Value& from, const Place& place);
// Years, months, weeks, days, hours and minutes.
sql::Interval make_interval(std::span<const std::int32_t, 6> parts, const Decimal& seconds);

// ------------------------------------------------------------------------------ evaluate_function.cc

// A function of non-null arguments; not coalesce, greatest, least, nullif and concat, which look at NULLs themselves.
Value call(sql::Function function, std::span<const Value> arguments, const Place& place);

}  // namespace gapless::store
