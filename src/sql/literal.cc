// Reading and printing of single values. Dates are proleptic Gregorian, counted in days by the usual trick of letting
// the year begin in March, so that the leap day is its last.
#include "sql/literal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/check.h"
#include "sql/interval.h"

namespace gapless::sql {

namespace {

constexpr std::int64_t microseconds_per_day = 86'400'000'000;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

template <class Integer>
std::optional<Value> parse_integer(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  Integer number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Any unambiguous beginning of true, false, yes, no, on, off, or a digit; in any case.
std::optional<Value> parse_boolean(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower.empty()) return std::nullopt;
  const auto begins = [&](std::string_view word) { return word.starts_with(lower); };
  if (begins("true") || begins("yes") || lower == "on" || lower == "1") return true;
  if (begins("false") || begins("no") || (begins("off") && lower.size() > 1) || lower == "0") return false;
  return std::nullopt;
}

// Days from 2000-01-01 to the given day.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (month <= 2) --year;
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year % 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 730'425;
}

struct Civil {
  std::int64_t year, month, day;
};

// REQUIRES: not before year 0.
Civil civil_from_days(std::int64_t days) {
  days += 730'425;
  const std::int64_t era = days / 146'097;
  const std::int64_t day_of_era = days % 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  static constexpr std::array<std::int64_t, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// Reads "YYYY-MM-DD[ HH:MM[:SS[.ffffff]]][Z]" from the left.
class TimestampReader {
 public:
  explicit TimestampReader(std::string_view text) : rest_(text) {}

  std::optional<Value> read() {
    const auto year = number(4, 4);
    if (!year || !take('-')) return std::nullopt;
    const auto month = number(1, 2);
    if (!month || !take('-')) return std::nullopt;
    const auto day = number(1, 2);
    if (!day || *year < 1 || *month < 1 || *month > 12 || *day < 1 || *day > days_in_month(*year, *month))
      return std::nullopt;
    Timestamp result{days_from_civil(*year, *month, *day) * microseconds_per_day};
    if (rest_.empty()) return result;
    const auto time = time_of_day();
    if (!time || !zone()) return std::nullopt;
    result.microseconds += *time;
    return result;
  }

 private:
  std::optional<std::int64_t> time_of_day() {
    if (!take(' ') && !take('T') && !take('t')) return std::nullopt;
    while (take(' ')) {
    }
    const auto hour = number(1, 2);
    if (!hour || !take(':')) return std::nullopt;
    const auto minute = number(2, 2);
    if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
    std::int64_t microseconds = (*hour * 60 + *minute) * 60'000'000;
    if (!take(':')) return microseconds;
    const auto second = number(2, 2);
    if (!second || *second > 59) return std::nullopt;
    microseconds += *second * 1'000'000;
    if (!take('.')) return microseconds;
    std::int64_t unit = 100'000;
    if (rest_.empty() || !is_digit(rest_.front())) return std::nullopt;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), unit /= 10) {
      if (unit == 0 && rest_.front() != '0') return std::nullopt;  // finer than a microsecond
      microseconds += (rest_.front() - '0') * unit;
    }
    return microseconds;
  }

  bool zone() {
    rest_ = trimmed(rest_);
    static constexpr std::array<std::string_view, 8> zeros = {"", "Z", "z", "UTC", "+00", "+00:00", "-00", "+0000"};
    return std::ranges::find(zeros, rest_) != zeros.end();
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::int64_t> number(std::size_t fewest, std::size_t most) {
    std::size_t digits = 0;
    std::int64_t result = 0;
    for (; digits < most && digits < rest_.size() && is_digit(rest_[digits]); ++digits)
      result = result * 10 + (rest_[digits] - '0');
    if (digits < fewest) return std::nullopt;
    rest_.remove_prefix(digits);
    return result;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<Value> parse_value(std::string_view text, Type type) {
  switch (type) {
    case Type::boolean:
      return parse_boolean(trimmed(text));
    case Type::integer:
      return parse_integer<std::int32_t>(trimmed(text));
    case Type::bigint:
      return parse_integer<std::int64_t>(trimmed(text));
    case Type::numeric: {
      const auto number = Decimal::parse(trimmed(text));
      if (!number) return std::nullopt;
      return *number;
    }
    case Type::text:
      return std::string(text);
    case Type::timestamp:
      return TimestampReader(trimmed(text)).read();
    case Type::date:
      if (const auto instant = TimestampReader(trimmed(text)).read()) return day_of(std::get<Timestamp>(*instant));
      return std::nullopt;
    case Type::interval:
      if (const auto reading = read_interval(text); reading.value) return *reading.value;
      return std::nullopt;
    case Type::status:
      return Status{std::string(text)};
    case Type::unknown:
      break;
  }
  check(false, "a literal is read as a known type");
  return std::nullopt;
}

Date day_of(Timestamp instant) {
  const std::int64_t rest = instant.microseconds % microseconds_per_day;
  const std::int64_t days = instant.microseconds / microseconds_per_day - (rest < 0 ? 1 : 0);
  return {static_cast<std::int32_t>(days)};
}

Timestamp start_of(Date date) { return {date.days * microseconds_per_day}; }

std::string date_text(Date date) {
  const Civil civil = civil_from_days(date.days);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04lld-%02lld-%02lld", static_cast<long long>(civil.year),
                static_cast<long long>(civil.month), static_cast<long long>(civil.day));
  return buffer.data();
}

std::string timestamp_text(Timestamp instant) {
  const Date date = day_of(instant);
  const std::int64_t rest = instant.microseconds - start_of(date).microseconds;
  const std::int64_t seconds = rest / 1'000'000;
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), " %02lld:%02lld:%02lld", static_cast<long long>(seconds / 3'600),
                static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
  std::string text = date_text(date) + buffer.data();
  if (const std::int64_t fraction = rest % 1'000'000; fraction != 0) {
    std::string digits = std::to_string(1'000'000 + fraction).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text;
}

}  // namespace gapless::sql
