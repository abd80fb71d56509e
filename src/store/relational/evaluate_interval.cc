// Arithmetic with instants and intervals, and what is asked of them. Multiplication and division are PostgreSQL's
// interval_mul and interval_div to the letter: in double precision, with its roundings to microseconds.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "sql/interval.h"
#include "sql/literal.h"
#include "store/relational/civil.h"
#include "store/relational/evaluate.h"
#include "store/relational/evaluate_values.h"

namespace gapless::store {

namespace {

using sql::Date;
using sql::Interval;
using sql::Operator;
using sql::Timestamp;

__extension__ using Wide = __int128;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;

SqlError interval_out_of_range() { return {"datetime_field_overflow", "interval out of range"}; }

template <class Integer>
Integer narrowed(Wide value) {
  if (value < std::numeric_limits<Integer>::min() || value > std::numeric_limits<Integer>::max())
    throw interval_out_of_range();
  return static_cast<Integer>(value);
}

Interval interval_of(Wide months, Wide days, Wide microseconds) {
  return {narrowed<std::int32_t>(months), narrowed<std::int32_t>(days), narrowed<std::int64_t>(microseconds)};
}

Interval subtracted(const Interval& a, const Interval& b) {
  return interval_of(Wide{a.months} - b.months, Wide{a.days} - b.days, Wide{a.microseconds} - b.microseconds);
}

// ------------------------------------------------------------------------------------------- by a number

template <class Integer>
Integer integer_from(double value) {
  constexpr auto least = static_cast<double>(std::numeric_limits<Integer>::min());
  if (!(value >= least && value < -least)) throw interval_out_of_range();
  return static_cast<Integer>(value);
}

double to_microsecond(double seconds) { return std::rint(seconds * 1e6) / 1e6; }

// The factor is applied by `apply`: times it, or divided by it.
template <class Apply>
Interval scaled(const Interval& interval, Apply apply) {
  const double months = apply(static_cast<double>(interval.months));
  const double days = apply(static_cast<double>(interval.days));
  Interval result{integer_from<std::int32_t>(months), integer_from<std::int32_t>(days), 0};
  // What is left of a month becomes days, what is left of a day seconds.
  const double rest_days = to_microsecond((months - result.months) * 30);
  const auto whole_rest = static_cast<int>(rest_days);
  double seconds = to_microsecond((days - result.days + rest_days - whole_rest) * 86'400);
  Wide all_days = Wide{result.days} + whole_rest;
  if (std::abs(seconds) >= 86'400) {
    const auto more = static_cast<int>(seconds / 86'400);
    all_days += more;
    seconds -= more * 86'400;
  }
  result.days = narrowed<std::int32_t>(all_days);
  result.microseconds =
      integer_from<std::int64_t>(std::rint(apply(static_cast<double>(interval.microseconds)) + seconds * 1e6));
  return result;
}

double double_of(const Decimal& number) {
  const std::string text = number.to_string();
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

// -------------------------------------------------------------------------------------------- instants

int days_in(std::int64_t year, int month) {
  const Civil next = month == 12 ? Civil{year + 1, 1, 1} : Civil{year, month + 1, 1};
  return static_cast<int>(days_of(next) - days_of({year, month, 1}));
}

std::int64_t floor_divided(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

Timestamp within_range(Wide microseconds, const Place& place) {
  constexpr std::int64_t year_1 = -730'119 * day_us;
  constexpr std::int64_t after_the_last = 106'751'983 * day_us;  // 294277-01-01
  if (microseconds >= after_the_last) throw SqlError("datetime_field_overflow", "timestamp out of range");
  if (microseconds < year_1) place.wrong("timestamps before the year 1 are not supported");
  return {static_cast<std::int64_t>(microseconds)};
}

// First the months: the 31st becomes the month's last day. Then the days, then the time.
Timestamp moved(Timestamp start, Wide months, Wide days, Wide microseconds, const Place& place) {
  std::int64_t day = floor_divided(start.microseconds, day_us);
  const std::int64_t time = start.microseconds - day * day_us;
  if (months != 0) {
    Civil date = date_of(day);
    const auto month = static_cast<std::int64_t>(date.year * 12 + date.month - 1 + months);
    date.year = floor_divided(month, 12);
    if (date.year < 1) place.wrong("timestamps before the year 1 are not supported");
    date.month = static_cast<int>(month - date.year * 12) + 1;
    date.day = std::min(date.day, days_in(date.year, date.month));
    day = days_of(date);
    within_range(Wide{day} * day_us, place);
  }
  return within_range((Wide{day} + days) * day_us + time + microseconds, place);
}

std::optional<Timestamp> instant_of(const Value& value) {
  if (const auto* instant = std::get_if<Timestamp>(&value)) return *instant;
  if (const auto* date = std::get_if<Date>(&value)) return midnight(*date);
  return std::nullopt;
}

// Whole days are taken out of the hours, months are not.
Interval difference(Timestamp a, Timestamp b) {
  const auto time = narrowed<std::int64_t>(Wide{a.microseconds} - b.microseconds);
  return {0, static_cast<std::int32_t>(time / day_us), time % day_us};
}

bool is_number(const Value& value) {
  return std::holds_alternative<std::int32_t>(value) || std::holds_alternative<std::int64_t>(value) ||
         std::holds_alternative<Decimal>(value);
}

// --------------------------------------------------------------------------------------------- extract

Decimal seconds(Wide microseconds) {
  const bool negative = microseconds < 0;
  const Wide size = negative ? -microseconds : microseconds;
  const std::string fraction = std::to_string(second_us + static_cast<std::int64_t>(size % second_us)).substr(1);
  return *Decimal::parse((negative ? "-" : "") + std::to_string(static_cast<std::int64_t>(size / second_us)) + "." +
                         fraction);
}

std::optional<std::int64_t> of_date(std::string_view field, std::int64_t days) {
  const Civil date = date_of(days);
  const std::int64_t weekday = days - floor_divided(days + 6, 7) * 7 + 6;  // 2000-01-01 was a Saturday; Sunday is 0
  if (field == "year") return date.year;
  if (field == "quarter") return (date.month - 1) / 3 + 1;
  if (field == "month") return date.month;
  if (field == "day") return date.day;
  if (field == "dow") return weekday;
  if (field == "isodow") return weekday == 0 ? 7 : weekday;
  if (field == "doy") return days - days_of({date.year, 1, 1}) + 1;
  return std::nullopt;
}

std::optional<Decimal> of_time(std::string_view field, std::int64_t time) {
  if (field == "hour") return Decimal(time / (3600 * second_us));
  if (field == "minute") return Decimal(time / (60 * second_us) % 60);
  if (field == "second") return seconds(time % (60 * second_us));
  return std::nullopt;
}

constexpr std::int64_t unix_epoch_days = -10'957;

std::optional<Decimal> extracted(std::string_view field, Date date) {
  if (field == "epoch") return Decimal((date.days - unix_epoch_days) * 86'400);
  const auto part = of_date(field, date.days);
  return part ? std::optional(Decimal(*part)) : std::nullopt;
}

std::optional<Decimal> extracted(std::string_view field, Timestamp instant) {
  if (field == "epoch") return seconds(Wide{instant.microseconds} - Wide{unix_epoch_days} * day_us);
  const std::int64_t day = floor_divided(instant.microseconds, day_us);
  if (const auto part = of_date(field, day)) return Decimal(*part);
  return of_time(field, instant.microseconds - day * day_us);
}

// A year has 365.25 days here, a month of its rest 30.
std::optional<Decimal> extracted(std::string_view field, const Interval& interval) {
  const std::int64_t years = interval.months / 12;
  const std::int64_t months = interval.months % 12;
  if (field == "epoch") {
    const Wide days_from_months = Wide{years} * 31'557'600 + Wide{months} * 30 * 86'400;
    return seconds((days_from_months + Wide{interval.days} * 86'400) * second_us + interval.microseconds);
  }
  if (field == "year") return Decimal(years);
  if (field == "quarter") return Decimal(months / 3 + 1);
  if (field == "month") return Decimal(months);
  if (field == "day") return Decimal(interval.days);
  return of_time(field, interval.microseconds);
}

}  // namespace

Interval added(const Interval& a, const Interval& b) {
  return interval_of(Wide{a.months} + b.months, Wide{a.days} + b.days, Wide{a.microseconds} + b.microseconds);
}

Interval divided(const Interval& interval, const Decimal& by) {
  if (by.is_zero()) throw SqlError("division_by_zero", "division by zero");
  const double divisor = double_of(by);
  return scaled(interval, [divisor](double part) { return part / divisor; });
}

Interval negated(const Interval& interval) { return subtracted({}, interval); }

std::optional<Value> arithmetic_in_time(Operator op, const Value& a, const Value& b, const Place& place) {
  const auto* left = std::get_if<Interval>(&a);
  const auto* right = std::get_if<Interval>(&b);
  const bool times = op == Operator::multiply;
  if (left != nullptr && is_number(b) && op == Operator::divide) return divided(*left, decimal(b, place));
  if (times && ((left != nullptr && is_number(b)) || (right != nullptr && is_number(a)))) {
    const double factor = double_of(decimal(left != nullptr ? b : a, place));
    return scaled(*(left != nullptr ? left : right), [factor](double part) { return part * factor; });
  }
  if (op != Operator::add && op != Operator::subtract) return std::nullopt;
  const bool plus = op == Operator::add;
  if (left != nullptr && right != nullptr) return plus ? added(*left, *right) : subtracted(*left, *right);
  const auto from = instant_of(a);
  const auto to = instant_of(b);
  if (from && to && !plus) return difference(*from, *to);
  if (from && right != nullptr) {
    const int sign = plus ? 1 : -1;
    return moved(*from, Wide{right->months} * sign, Wide{right->days} * sign, Wide{right->microseconds} * sign, place);
  }
  if (to && left != nullptr && plus) return moved(*to, left->months, left->days, left->microseconds, place);
  return std::nullopt;
}

Decimal extract(std::string_view field, const Value& from, const Place& place) {
  std::optional<Decimal> result;
  if (const auto* date = std::get_if<Date>(&from)) result = extracted(field, *date);
  if (const auto* instant = std::get_if<Timestamp>(&from)) result = extracted(field, *instant);
  if (const auto* interval = std::get_if<Interval>(&from)) result = extracted(field, *interval);
  if (!result) {
    place.wrong("unit \"" + std::string(field) + "\" not supported for type " + sql::to_string(sql::type_of(from)));
  }
  return *result;
}

Interval make_interval(std::span<const std::int32_t, 6> parts, const Decimal& seconds) {
  const auto [years, months, weeks, days] = std::array{parts[0], parts[1], parts[2], parts[3]};
  const auto microseconds = integer_from<std::int64_t>(std::rint(double_of(seconds) * 1e6));
  return interval_of(Wide{years} * 12 + months, Wide{weeks} * 7 + days,
                     (Wide{parts[4]} * 3600 + Wide{parts[5]} * 60) * second_us + microseconds);
}

Interval parse_interval(std::string_view text) {
  const auto reading = sql::read_interval(text);
  if (reading.value) return *reading.value;
  if (reading.sum_too_large) throw interval_out_of_range();
  if (reading.too_large) {
    throw SqlError("interval_field_overflow", "interval field value out of range: \"" + std::string(text) + "\"");
  }
  throw SqlError("invalid_datetime_format", "invalid input syntax for type interval: \"" + std::string(text) + "\"");
}

}  // namespace gapless::store
