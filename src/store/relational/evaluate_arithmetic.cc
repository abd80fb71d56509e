// Arithmetic on int4, int8 and numeric: the wider type of the two decides, and integers that do not fit are an error
// of the server, not a wrap-around.
#include <limits>

#include "base/check.h"
#include "store/relational/evaluate.h"
#include "store/relational/evaluate_values.h"

namespace gapless::store {

namespace {

using sql::Operator;

std::string_view symbol(Operator op) {
  switch (op) {
    case Operator::add:
      return "+";
    case Operator::subtract:
      return "-";
    case Operator::multiply:
      return "*";
    case Operator::divide:
      return "/";
    case Operator::modulo:
      return "%";
    case Operator::power:
      return "^";
    default:
      check(false, "only arithmetic has such a symbol");
      return "";
  }
}

bool is_number(const Value& value) {
  return std::holds_alternative<std::int32_t>(value) || std::holds_alternative<std::int64_t>(value) ||
         std::holds_alternative<Decimal>(value);
}

bool is_in_time(const Value& value) {
  return std::holds_alternative<sql::Timestamp>(value) || std::holds_alternative<sql::Interval>(value);
}

std::int64_t integer(const Value& value) {
  const auto* small = std::get_if<std::int32_t>(&value);
  return small != nullptr ? *small : std::get<std::int64_t>(value);
}

SqlError out_of_range(const std::string& what) { return {"numeric_value_out_of_range", what}; }

Value small_integer(std::int64_t result) {
  if (result < std::numeric_limits<std::int32_t>::min() || result > std::numeric_limits<std::int32_t>::max()) {
    throw out_of_range("integer out of range");
  }
  return static_cast<std::int32_t>(result);
}

void require_divisor(bool is_zero) {
  if (is_zero) throw SqlError("division_by_zero", "division by zero");
}

Value on_small(Operator op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case Operator::add:
      return small_integer(a + b);
    case Operator::subtract:
      return small_integer(a - b);
    case Operator::multiply:
      return small_integer(a * b);
    case Operator::divide:
      require_divisor(b == 0);
      return small_integer(a / b);
    default:
      require_divisor(b == 0);
      return small_integer(a % b);
  }
}

Value on_large(Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflow = false;
  switch (op) {
    case Operator::add:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Operator::subtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Operator::multiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    case Operator::divide:
      require_divisor(b == 0);
      if (b == -1) {  // the smallest number has no opposite, and the processor traps
        overflow = __builtin_sub_overflow(std::int64_t{0}, a, &result);
      } else {
        result = a / b;
      }
      break;
    default:
      require_divisor(b == 0);
      result = b == -1 ? 0 : a % b;
  }
  if (overflow) throw out_of_range("bigint out of range");
  return result;
}

Value on_numeric(Operator op, const Decimal& a, const Decimal& b) {
  if (op == Operator::divide || op == Operator::modulo) {
    require_divisor(b.is_zero());
    return op == Operator::divide ? divide(a, b) : remainder(a, b);
  }
  Decimal result = op == Operator::add ? a + b : op == Operator::subtract ? a - b : a * b;
  if (result.overflows()) throw out_of_range("value overflows numeric format");
  return result;
}

// date - date is a number of days; a number of days may be added to a date and taken from it.
Value on_dates(Operator op, const Value& a, const Value& b, const Place& place) {
  const auto* left = std::get_if<sql::Date>(&a);
  const auto* right = std::get_if<sql::Date>(&b);
  if (op == Operator::subtract && left != nullptr && right != nullptr) {
    return small_integer(std::int64_t{left->days} - right->days);
  }
  const auto* days = std::get_if<std::int32_t>(left != nullptr ? &b : &a);
  const bool possible = op == Operator::add || (op == Operator::subtract && left != nullptr);
  if (days == nullptr || !possible) {
    place.wrong("operator does not exist: " + sql::to_string(sql::type_of(a)) + " " + std::string(symbol(op)) + " " +
                sql::to_string(sql::type_of(b)));
  }
  const std::int64_t start = (left != nullptr ? left : right)->days;
  const std::int64_t result = op == Operator::add ? start + *days : start - *days;
  constexpr std::int64_t year_1 = -730'119;               // 0001-01-01
  constexpr std::int64_t after_the_last = 2'145'031'949;  // 5874898-01-01, as in PostgreSQL
  if (result >= after_the_last) throw SqlError("datetime_field_overflow", "date out of range");
  if (result < year_1) place.wrong("dates before the year 1 are not supported");
  return sql::Date{static_cast<std::int32_t>(result)};
}

}  // namespace

Decimal decimal(const Value& value, const Place& place) {
  if (const auto* exact = std::get_if<Decimal>(&value)) return *exact;
  if (!is_number(value)) {
    place.wrong("a number is needed here, not " + sql::to_string(sql::type_of(value)) + " " + sql::to_sql(value));
  }
  return Decimal(integer(value));
}

Value arithmetic(Operator op, const Value& a, const Value& b, const Place& place) {
  if (op == Operator::power) return power(a, b, place);
  if (is_in_time(a) || is_in_time(b)) {
    if (auto result = arithmetic_in_time(op, a, b, place)) return *std::move(result);
  } else if (std::holds_alternative<sql::Date>(a) || std::holds_alternative<sql::Date>(b)) {
    return on_dates(op, a, b, place);
  }
  if (!is_number(a) || !is_number(b)) {
    place.wrong("operator does not exist: " + sql::to_string(sql::type_of(a)) + " " + std::string(symbol(op)) + " " +
                sql::to_string(sql::type_of(b)));
  }
  if (std::holds_alternative<Decimal>(a) || std::holds_alternative<Decimal>(b)) {
    return on_numeric(op, decimal(a, place), decimal(b, place));
  }
  const bool small = std::holds_alternative<std::int32_t>(a) && std::holds_alternative<std::int32_t>(b);
  return small ? on_small(op, integer(a), integer(b)) : on_large(op, integer(a), integer(b));
}

Value negated(const Value& value, const Place& place) {
  if (const auto* exact = std::get_if<Decimal>(&value)) return -*exact;
  if (const auto* interval = std::get_if<sql::Interval>(&value)) return negated(*interval);
  if (!is_number(value)) place.wrong("operator does not exist: - " + sql::to_string(sql::type_of(value)));
  return std::holds_alternative<std::int32_t>(value) ? on_small(Operator::subtract, 0, integer(value))
                                                     : on_large(Operator::subtract, 0, integer(value));
}

// PostgreSQL raises integers as double precision, which we do not have. Where that result is a whole number that a
// double prints in full it is the same; beyond, we say so rather than print other digits.
Value power(const Value& a, const Value& b, const Place& place) {
  const Decimal base = decimal(a, place);
  const Decimal exponent = decimal(b, place);
  const auto times = exponent.to_int64();
  if (compare(exponent, exponent.trunc(0)) != 0 || !times || *times != static_cast<std::int32_t>(*times)) {
    place.wrong("only whole exponents are supported by ^ and power");
  }
  if (base.is_zero() && *times < 0) {
    throw SqlError("invalid_argument_for_power_function", "zero raised to a negative power is undefined");
  }
  const auto result = power(base, static_cast<std::int32_t>(*times));
  if (std::holds_alternative<Decimal>(a) || std::holds_alternative<Decimal>(b)) {
    if (!result || result->overflows()) throw out_of_range("value overflows numeric format");
    return *result;
  }
  constexpr std::int64_t longest_printed = 1'000'000'000'000'000;  // a double shows 15 digits in any case
  const auto whole = result ? result->to_int64() : std::nullopt;
  if (!whole || *whole <= -longest_printed || *whole >= longest_printed || compare(*result, Decimal(*whole)) != 0) {
    place.wrong("this power of integers is a double precision number, which is not supported: make the base numeric");
  }
  return Decimal(*whole);
}

}  // namespace gapless::store
