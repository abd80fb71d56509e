// Reading follows PostgreSQL's DecodeInterval: the fields are gone through from the right, so that a unit is known
// before its number. Fractions are counted in double precision as there, and go on to the smaller units: half a month
// is 15 days, half a day 12 hours.
#include "sql/interval.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

namespace gapless::sql {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t minute_us = 60 * second_us;
constexpr std::int64_t hour_us = 60 * minute_us;
constexpr std::int64_t day_us = 24 * hour_us;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

enum class Unit : std::uint8_t {
  microsecond,
  millisecond,
  second,
  minute,
  hour,
  day,
  week,
  month,
  year,
  decade,
  century,
  millennium,
};

std::optional<Unit> unit_named(std::string_view name) {
  struct Name {
    std::string_view name;
    Unit unit;
  };
  static constexpr auto names = std::to_array<Name>({
      {"us", Unit::microsecond},
      {"usec", Unit::microsecond},
      {"usecs", Unit::microsecond},
      {"usecond", Unit::microsecond},
      {"useconds", Unit::microsecond},
      {"microsecond", Unit::microsecond},
      {"microseconds", Unit::microsecond},
      {"ms", Unit::millisecond},
      {"msec", Unit::millisecond},
      {"msecs", Unit::millisecond},
      {"msecond", Unit::millisecond},
      {"mseconds", Unit::millisecond},
      {"millisecond", Unit::millisecond},
      {"milliseconds", Unit::millisecond},
      {"s", Unit::second},
      {"sec", Unit::second},
      {"secs", Unit::second},
      {"second", Unit::second},
      {"seconds", Unit::second},
      {"m", Unit::minute},
      {"min", Unit::minute},
      {"mins", Unit::minute},
      {"minute", Unit::minute},
      {"minutes", Unit::minute},
      {"h", Unit::hour},
      {"hr", Unit::hour},
      {"hrs", Unit::hour},
      {"hour", Unit::hour},
      {"hours", Unit::hour},
      {"d", Unit::day},
      {"day", Unit::day},
      {"days", Unit::day},
      {"w", Unit::week},
      {"week", Unit::week},
      {"weeks", Unit::week},
      {"mon", Unit::month},
      {"mons", Unit::month},
      {"month", Unit::month},
      {"months", Unit::month},
      {"y", Unit::year},
      {"yr", Unit::year},
      {"yrs", Unit::year},
      {"year", Unit::year},
      {"years", Unit::year},
      {"dec", Unit::decade},
      {"decs", Unit::decade},
      {"decade", Unit::decade},
      {"decades", Unit::decade},
      {"c", Unit::century},
      {"cent", Unit::century},
      {"century", Unit::century},
      {"centuries", Unit::century},
      {"mil", Unit::millennium},
      {"mils", Unit::millennium},
      {"millennium", Unit::millennium},
      {"millennia", Unit::millennium},
  });
  for (const auto& each : names) {
    if (each.name == name) return each.unit;
  }
  return std::nullopt;
}

// Adds up parts; remembers whether one did not fit.
class Sum {
 public:
  bool too_large() const { return too_large_; }
  IntervalReading reading() const {
    if (too_large_) return {std::nullopt, true, false};
    const std::int64_t months = years_ * 12 + months_;
    if (months != static_cast<std::int32_t>(months)) return {std::nullopt, false, true};
    return {Interval{static_cast<std::int32_t>(months), static_cast<std::int32_t>(days_), microseconds_}};
  }

  void add(Unit unit, std::int64_t whole, double fraction) {
    switch (unit) {
      case Unit::microsecond:
        return time(whole, 1, fraction);
      case Unit::millisecond:
        return time(whole, 1'000, fraction);
      case Unit::second:
        return time(whole, second_us, fraction);
      case Unit::minute:
        return time(whole, minute_us, fraction);
      case Unit::hour:
        return time(whole, hour_us, fraction);
      case Unit::day:
        return days(whole, 1, fraction);
      case Unit::week:
        return days(whole, 7, fraction);
      case Unit::month:
        months(whole);
        return days(0, 30, fraction);
      case Unit::year:
        return years(whole, 1, fraction);
      case Unit::decade:
        return years(whole, 10, fraction);
      case Unit::century:
        return years(whole, 100, fraction);
      case Unit::millennium:
        return years(whole, 1'000, fraction);
    }
  }

  void negate() {
    years_ = -years_;
    months_ = -months_;
    days_ = -days_;
    if (microseconds_ == std::numeric_limits<std::int64_t>::min()) {
      too_large_ = true;
    } else {
      microseconds_ = -microseconds_;
    }
    limit();
  }

 private:
  void time(std::int64_t whole, std::int64_t unit, double fraction) {
    std::int64_t product = 0;
    too_large_ = too_large_ || __builtin_mul_overflow(whole, unit, &product) ||
                 __builtin_add_overflow(microseconds_, product, &microseconds_);
    const auto part = static_cast<std::int64_t>(std::rint(fraction * static_cast<double>(unit)));
    too_large_ = too_large_ || __builtin_add_overflow(microseconds_, part, &microseconds_);
  }
  void days(std::int64_t whole, std::int64_t unit, double fraction) {
    std::int64_t product = 0;
    too_large_ =
        too_large_ || __builtin_mul_overflow(whole, unit, &product) || __builtin_add_overflow(days_, product, &days_);
    const double parts = fraction * static_cast<double>(unit);
    const auto more = static_cast<std::int64_t>(parts);
    days_ += more;
    limit();
    time(0, day_us, parts - static_cast<double>(more));
  }
  void months(std::int64_t whole) {
    too_large_ = too_large_ || __builtin_add_overflow(months_, whole, &months_);
    limit();
  }
  void years(std::int64_t whole, std::int64_t unit, double fraction) {
    std::int64_t product = 0;
    too_large_ =
        too_large_ || __builtin_mul_overflow(whole, unit, &product) || __builtin_add_overflow(years_, product, &years_);
    limit();
    months(static_cast<std::int64_t>(std::rint(fraction * 12.0 * static_cast<double>(unit))));
  }
  // Kept small, so that adding never overflows.
  void limit() {
    const auto fits = [](std::int64_t n) { return n == static_cast<std::int32_t>(n); };
    if (fits(years_) && fits(months_) && fits(days_)) return;
    too_large_ = true;
    years_ = months_ = days_ = 0;
  }

  std::int64_t years_ = 0;
  std::int64_t months_ = 0;
  std::int64_t days_ = 0;
  std::int64_t microseconds_ = 0;
  bool too_large_ = false;
};

struct Number {
  bool negative = false;
  std::int64_t whole = 0;  // without its sign
  double fraction = 0;
  bool too_large = false;
};

// Digits, perhaps a point and digits: "12", "1.5", ".5".
std::optional<Number> unsigned_number(std::string_view text) {
  Number number;
  const auto point = text.find('.');
  const auto digits = text.substr(0, point);
  if (digits.empty() && text.size() < 2) return std::nullopt;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    number.too_large = number.too_large || __builtin_mul_overflow(number.whole, 10, &number.whole) ||
                       __builtin_add_overflow(number.whole, c - '0', &number.whole);
  }
  if (point == std::string_view::npos) return number;
  const auto after = text.substr(point + 1);
  for (const char c : after) {
    if (!is_digit(c)) return std::nullopt;
  }
  const std::string whole_text = "0." + std::string(after) + "0";
  std::from_chars(whole_text.data(), whole_text.data() + whole_text.size(), number.fraction);
  return number;
}

std::optional<Number> signed_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  auto number = unsigned_number(text);
  if (number) number->negative = negative;
  return number;
}

void add(Sum& sum, Unit unit, const Number& number) {
  sum.add(unit, number.negative ? -number.whole : number.whole, number.negative ? -number.fraction : number.fraction);
}

// ------------------------------------------------------------------------------------ PostgreSQL's own form

// Numbers with what belongs to them (a sign, ':', '-') and words, each on its own: "1h30m" has four.
std::optional<std::vector<std::string>> fields_of(std::string_view text) {
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < text.size();) {
    std::string field;
    if (is_space(text[i]) || text[i] == '@' || text[i] == ',') {
      ++i;
      continue;
    }
    if (text[i] == '+' || text[i] == '-') {
      field += text[i++];
      while (i < text.size() && is_space(text[i])) ++i;
      if (i == text.size() || !is_digit(text[i])) return std::nullopt;
    }
    if (is_letter(text[i])) {
      while (i < text.size() && is_letter(text[i])) field += lower(text[i++]);
    } else if (is_digit(text[i]) || text[i] == '.') {
      while (i < text.size() && (is_digit(text[i]) || text[i] == '.' || text[i] == ':' || text[i] == '-'))
        field += text[i++];
      // PostgreSQL takes "7.s" for a date.
      if (field.ends_with('.') && is_digit(field.front()) && i < text.size() && is_letter(text[i])) return std::nullopt;
    } else {
      return std::nullopt;
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

class Reader {
 public:
  explicit Reader(const std::vector<std::string>& fields) : fields_(fields) {}

  IntervalReading read() {
    bool any = false;
    for (std::size_t i = fields_.size(); i-- > 0;) {
      const std::string& field = fields_[i];
      if (is_letter(field.front())) {
        if (!word(field)) return {};
        continue;
      }
      if (!number(field)) return {};
      if (sum_.too_large()) return {std::nullopt, true, false};
      any = true;
    }
    if (!any) return {};
    if (ago_) sum_.negate();
    return sum_.reading();
  }

 private:
  bool word(const std::string& field) {
    if (field == "ago") {
      ago_ = true;
      first_ = false;  // a number before it has no unit
      return true;
    }
    const auto unit = unit_named(field);
    if (!unit) return false;
    unit_ = *unit;
    unit_waits_ = true;
    return true;
  }

  bool number(const std::string& field) {
    const bool waited = unit_waits_;
    unit_waits_ = false;
    if (field.find(':') != std::string::npos) return time(field);
    if (field.find('-', 1) != std::string::npos) return years_and_months(field);
    const auto read = signed_number(field);
    if (!read) return false;
    Unit unit = unit_;
    if (!waited) {
      // The last is seconds, one before a time is days; any other has no unit.
      if (after_time_) {
        unit = Unit::day;
      } else if (first_) {
        unit = Unit::second;
      } else {
        return false;
      }
    }
    first_ = after_time_ = false;
    if (!once(unit, read->fraction != 0)) return false;
    too_large(read->too_large);
    add(sum_, unit, *read);
    return true;
  }

  // HH:MM, HH:MM:SS, HH:MM:SS.f, and MM:SS.f.
  bool time(std::string_view field) {
    const bool negative = field.starts_with('-');
    const bool has_sign = negative || field.starts_with('+');
    if (has_sign) field.remove_prefix(1);
    std::vector<Number> parts;
    while (true) {
      const auto colon = field.find(':');
      const std::string_view part = field.substr(0, colon);
      const bool last = colon == std::string_view::npos;
      const auto read = unsigned_number(part);
      if (!read || part.starts_with('.') || (!last && part.find('.') != std::string_view::npos)) return false;
      parts.push_back(*read);
      if (last) break;
      field.remove_prefix(colon + 1);
    }
    if (parts.size() < 2 || parts.size() > 3) return false;
    if (parts.size() == 2 && field.find('.') != std::string_view::npos) {
      parts.insert(parts.begin(), Number());
    } else if (parts.size() == 2) {
      parts.emplace_back();
    }
    for (std::size_t i = 0; i < 3; ++i) {
      if (!once(std::array{Unit::hour, Unit::minute, Unit::second}[i], true)) return false;
    }
    if (parts[1].whole > 59 || parts[2].whole > 60) {
      if (has_sign) return false;  // PostgreSQL then takes it for something else
      too_large(true);
    }
    for (std::size_t i = 0; i < 3; ++i) {
      parts[i].negative = negative;
      too_large(parts[i].too_large);
      add(sum_, std::array{Unit::hour, Unit::minute, Unit::second}[i], parts[i]);
    }
    first_ = false;
    after_time_ = true;
    return true;
  }

  // SQL's form: 1-2 is a year and two months.
  bool years_and_months(std::string_view field) {
    const auto dash = field.find('-', 1);
    const auto years = signed_number(field.substr(0, dash));
    auto months = unsigned_number(field.substr(dash + 1));
    if (!years || !months || years->fraction != 0 || months->fraction != 0) return false;
    if (!once(Unit::month, false)) return false;
    if (months->whole >= 12) too_large(true);
    months->negative = years->negative;
    too_large(years->too_large || months->too_large);
    add(sum_, Unit::year, *years);
    add(sum_, Unit::month, *months);
    first_ = after_time_ = false;
    return true;
  }

  // No unit comes twice; a fraction of a second is milliseconds and microseconds as well.
  bool once(Unit unit, bool fraction) {
    const auto bit = [](Unit each) { return 1U << static_cast<unsigned>(each); };
    unsigned mask = bit(unit);
    if (unit == Unit::second && fraction) mask |= bit(Unit::millisecond) | bit(Unit::microsecond);
    if ((seen_ & mask) != 0) return false;
    seen_ |= mask;
    return true;
  }

  void too_large(bool is) {
    if (is) sum_.add(Unit::day, std::numeric_limits<std::int64_t>::max(), 0);
  }

  const std::vector<std::string>& fields_;
  Sum sum_;
  unsigned seen_ = 0;
  Unit unit_ = Unit::second;
  bool unit_waits_ = false;
  bool first_ = true;  // no number was read yet
  bool after_time_ = false;
  bool ago_ = false;
};

// ------------------------------------------------------------------------------------------------- ISO 8601

// P1Y2M3W4DT5H6M7.5S: every part with its letter.
IntervalReading read_iso(std::string_view text) {
  Sum sum;
  bool in_time = false;
  bool any = false;
  text.remove_prefix(1);
  while (!text.empty()) {
    if (text.front() == 'T') {
      if (in_time) return {};
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    const auto end = text.find_first_not_of("-.0123456789");
    if (end == std::string_view::npos) return {};
    const auto number = signed_number(text.substr(0, end));
    if (!number) return {};
    const char letter = text[end];
    const std::string_view letters = in_time ? "HMS" : "YMWD";
    const auto at = letters.find(letter);
    if (at == std::string_view::npos) return {};
    static constexpr std::array dates = {Unit::year, Unit::month, Unit::week, Unit::day};
    static constexpr std::array times = {Unit::hour, Unit::minute, Unit::second};
    if (number->too_large) return {std::nullopt, true};
    add(sum, in_time ? times.at(at) : dates.at(at), *number);
    any = true;
    text.remove_prefix(end + 1);
  }
  if (!any && !in_time) return {};
  return sum.reading();
}

}  // namespace

IntervalReading read_interval(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  if (text.starts_with('P')) return read_iso(text);
  const auto fields = fields_of(text);
  return fields ? Reader(*fields).read() : IntervalReading{};
}

// After a part below zero, one above has its sign written.
std::string interval_text(const Interval& interval) {
  std::string text;
  bool after_negative = false;
  const auto part = [&](std::int32_t value, const char* unit) {
    if (value == 0) return;
    if (!text.empty()) text += ' ';
    if (after_negative && value > 0) text += '+';
    text += std::to_string(value) + " " + unit + (value == 1 ? "" : "s");
    after_negative = value < 0;
  };
  part(interval.months / 12, "year");
  part(interval.months % 12, "mon");
  part(interval.days, "day");
  if (interval.microseconds == 0 && !text.empty()) return text;
  const bool negative = interval.microseconds < 0;
  const auto size =
      negative ? -static_cast<std::uint64_t>(interval.microseconds) : static_cast<std::uint64_t>(interval.microseconds);
  if (!text.empty()) text += ' ';
  if (negative) text += '-';
  if (after_negative && !negative) text += '+';
  const std::uint64_t seconds = size / second_us;
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%02llu:%02llu:%02llu", static_cast<unsigned long long>(seconds / 3'600),
                static_cast<unsigned long long>(seconds / 60 % 60), static_cast<unsigned long long>(seconds % 60));
  text += buffer.data();
  if (const std::uint64_t fraction = size % second_us; fraction != 0) {
    std::string digits = std::to_string(1'000'000 + fraction).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text;
}

namespace {

__extension__ using Wide = __int128;

Wide span(const Interval& interval) {
  return static_cast<Wide>(std::int64_t{interval.months} * 30 + interval.days) * day_us + interval.microseconds;
}

// As many of a unit as go into what is left, and into 32 bits.
std::int32_t take(Wide& rest, Wide unit) {
  using Limits = std::numeric_limits<std::int32_t>;
  const auto count = std::clamp(rest / unit, Wide{Limits::min()}, Wide{Limits::max()});
  rest -= count * unit;
  return static_cast<std::int32_t>(count);
}

}  // namespace

std::strong_ordering compare(const Interval& a, const Interval& b) { return span(a) <=> span(b); }

Interval justified(const Interval& interval) {
  Wide rest = span(interval);
  const std::int32_t months = take(rest, Wide{30} * day_us);
  const std::int32_t days = take(rest, day_us);
  return {months, days, static_cast<std::int64_t>(rest)};
}

}  // namespace gapless::sql
