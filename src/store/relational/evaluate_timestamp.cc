// Dates, and timestamps without time zone, in the proleptic Gregorian calendar.
#include <algorithm>

#include "sql/literal.h"
#include "store/relational/civil.h"
#include "store/relational/evaluate.h"
#include "store/relational/evaluate_values.h"

namespace gapless::store {

// Days since 2000-01-01. (Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March, so
// that the leap day comes last.)
std::int64_t days_of(const Civil& date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  constexpr std::int64_t from_year_0_to_2000 = 730425;  // 0000-03-01 to 2000-01-01
  return era * 146097 + day_of_era - from_year_0_to_2000;
}

Civil date_of(std::int64_t days) {
  const std::int64_t since = days + 730425;
  const std::int64_t era = (since >= 0 ? since : since - 146096) / 146097;
  const std::int64_t day_of_era = since - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  const int day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

namespace {

using sql::Timestamp;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 24 * 3600 * second_us;

// Whether a refused text had the form of a date, so that its numbers must be what is wrong: 2024-02-30.
bool has_form_of_date(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  int fields = 0;
  while (fields < 3 && !text.empty() && is_digit(text.front())) {
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    if (++fields < 3 && !text.empty() && text.front() == '-') text.remove_prefix(1);
  }
  return fields == 3 && text.find_first_not_of("0123456789 :.") == std::string_view::npos;
}

std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - (rest < 0 ? rest + unit : rest);
}

}  // namespace

namespace {

Value parsed(std::string_view text, Type type) {
  auto value = sql::parse_value(text, type);
  if (value) return *std::move(value);
  if (has_form_of_date(text)) {
    throw SqlError("datetime_field_overflow", "date/time field value out of range: \"" + std::string(text) + "\"");
  }
  throw SqlError("invalid_datetime_format",
                 "invalid input syntax for type " + sql::to_string(type) + ": \"" + std::string(text) + "\"");
}

}  // namespace

Timestamp parse_timestamp(std::string_view text) { return std::get<Timestamp>(parsed(text, Type::timestamp)); }

Timestamp midnight(sql::Date date) {
  constexpr std::int32_t after_the_last = 106'751'983;  // 294277-01-01
  if (date.days >= after_the_last) throw SqlError("datetime_field_overflow", "date out of range for timestamp");
  return sql::start_of(date);
}

sql::Date parse_date(std::string_view text) { return std::get<sql::Date>(parsed(text, Type::date)); }

Timestamp truncated(std::string_view unit, Timestamp time) {
  const std::int64_t t = time.microseconds;
  if (unit == "microseconds") return time;
  if (unit == "milliseconds") return {floor_to(t, 1000)};
  if (unit == "second") return {floor_to(t, second_us)};
  if (unit == "minute") return {floor_to(t, 60 * second_us)};
  if (unit == "hour") return {floor_to(t, 3600 * second_us)};
  if (unit == "day") return {floor_to(t, day_us)};
  // 2000-01-01 was a Saturday; weeks begin on Monday, 2 days later.
  if (unit == "week") return {floor_to(t - 2 * day_us, 7 * day_us) + 2 * day_us};

  Civil date = date_of(floor_to(t, day_us) / day_us);
  date.day = 1;
  if (unit == "quarter") {
    date.month -= (date.month - 1) % 3;
  } else if (unit == "year") {
    date.month = 1;
  } else if (unit != "month") {
    throw SqlError("invalid_parameter_value",
                   "unit \"" + std::string(unit) + "\" not recognized for type timestamp without time zone");
  }
  return {days_of(date) * day_us};
}

Timestamp now() {
  static const Timestamp instant = parse_timestamp("2024-01-01 12:00:00");
  return instant;
}

}  // namespace gapless::store
