// Tables are those of libpq's PQprint with a header and aligned: a column is set to the right as long as each of its
// values looks like a number; dates do, too.
#include "spec/print.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace gapless::spec {
namespace {

// ------------------------------------------------------------------------------------------------------ values

struct Day {
  std::int64_t year;
  unsigned month;
  unsigned day;
  unsigned weekday;  // 0 is Sunday
};

// Of the proleptic Gregorian calendar, from days since 2000-01-01 (Howard Hinnant's civil_from_days).
Day day_of(std::int64_t days_since_2000) {
  const std::int64_t days = days_since_2000 + 10957 + 719468;  // since 0000-03-01
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned month = (5 * of_year + 2) / 153;
  const unsigned day = of_year - (153 * month + 2) / 5 + 1;
  const unsigned civil_month = month < 10 ? month + 3 : month - 9;
  const std::int64_t year = static_cast<std::int64_t>(year_of_era) + era * 400 + (civil_month <= 2 ? 1 : 0);
  const std::int64_t weekday = ((days_since_2000 + 6) % 7 + 7) % 7;  // 2000-01-01 was a Saturday
  return {year, civil_month, day, static_cast<unsigned>(weekday)};
}

// Year 0 is 1 BC.
std::string year_text(const Day& day) { return fmt::format("{:04}", day.year > 0 ? day.year : 1 - day.year); }
std::string era_text(const Day& day) { return day.year > 0 ? "" : " BC"; }

std::string text_of(sql::Date date) {
  const auto day = day_of(date.days);
  return fmt::format("{:02}-{:02}-{}{}", day.month, day.day, year_text(day), era_text(day));
}

std::string text_of(sql::Timestamp timestamp) {
  constexpr auto weekdays = std::to_array<std::string_view>({"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"});
  constexpr auto months = std::to_array<std::string_view>(
      {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});
  constexpr std::int64_t second = 1'000'000;
  constexpr std::int64_t whole_day = 86'400 * second;
  std::int64_t days = timestamp.microseconds / whole_day;
  std::int64_t rest = timestamp.microseconds % whole_day;
  if (rest < 0) {
    rest += whole_day;
    --days;
  }
  const auto day = day_of(days);
  auto fraction = rest % second == 0 ? std::string() : fmt::format(".{:06}", rest % second);
  while (fraction.ends_with('0')) fraction.pop_back();
  const auto seconds = rest / second;
  return fmt::format("{} {} {:02} {:02}:{:02}:{:02}{} {}{}", weekdays[day.weekday], months[day.month - 1], day.day,
                     seconds / 3600, seconds / 60 % 60, seconds % 60, fraction, year_text(day), era_text(day));
}

// The first part that is not 0 decides whether it is "ago".
std::string text_of(const sql::Interval& interval) {
  constexpr std::int64_t second = 1'000'000;
  std::string text = "@";
  int sign = 0;
  const auto part = [&](std::int64_t number, const std::string& fraction, const char* unit) {
    if (number == 0 && fraction.empty()) return;
    text += fmt::format(" {}{} {}{}", number, fraction, unit, number == 1 && fraction.empty() ? "" : "s");
  };
  const auto whole = [&](std::int64_t number, const char* unit) {
    if (sign == 0) sign = number < 0 ? -1 : number > 0 ? 1 : 0;
    part(sign < 0 ? -number : number, "", unit);
  };
  whole(interval.months / 12, "year");
  whole(interval.months % 12, "mon");
  whole(interval.days, "day");
  whole(interval.microseconds / (3600 * second), "hour");
  whole(interval.microseconds / (60 * second) % 60, "min");
  const std::int64_t rest = interval.microseconds % (60 * second);
  if (sign == 0 && rest != 0) sign = rest < 0 ? -1 : 1;
  const std::int64_t shown = sign < 0 ? -rest : rest;
  if (shown % second == 0) {
    part(shown / second, "", "sec");
  } else {
    auto fraction = fmt::format(".{:06}", (shown < 0 ? -shown : shown) % second);
    while (fraction.ends_with('0')) fraction.pop_back();
    if (shown < 0 && shown > -second) {
      text += " -0" + fraction + " secs";
    } else {
      part(shown / second, fraction, "sec");
    }
  }
  if (sign == 0) text += " 0";
  return text + (sign < 0 ? " ago" : "");
}

std::string text_of(const sql::Value& value) {
  if (sql::is_null(value)) return "";
  if (const auto* date = std::get_if<sql::Date>(&value)) return text_of(*date);
  if (const auto* timestamp = std::get_if<sql::Timestamp>(&value)) return text_of(*timestamp);
  if (const auto* interval = std::get_if<sql::Interval>(&value)) return text_of(*interval);
  return sql::to_string(value);
}

// ------------------------------------------------------------------------------------------------------ tables

bool looks_like_a_number(std::string_view text) {
  const auto belongs = [](char c) { return (c >= '0' && c <= '9') || std::string_view(".Ee -").find(c) < 5; };
  const bool begins = text.front() != 'E' && text.front() != 'e';
  const bool ends = text.back() >= '0' && text.back() <= '9';
  return begins && ends && std::ranges::all_of(text, belongs);
}

std::string to_string(const Rows& rows) {
  const auto count = rows.columns.size();
  std::vector<std::size_t> widths(count);
  std::vector<bool> left(count);  // something in the column is no number
  for (std::size_t i = 0; i < count; ++i) {
    widths[i] = rows.columns[i].size();
    for (const auto& row : rows.rows) {
      widths[i] = std::max(widths[i], row[i].size());
      left[i] = left[i] || (!row[i].empty() && !looks_like_a_number(row[i]));
    }
  }
  std::string text;
  const auto add_line = [&](const std::vector<std::string>& fields) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string fill(widths[i] - fields[i].size(), ' ');  // widths are bytes, as PQprint's
      text += (i > 0 ? "|" : "") + (left[i] ? fields[i] + fill : fill + fields[i]);
    }
    text += "\n";
  };
  add_line(rows.columns);
  for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? "+" : "") + std::string(widths[i], '-');
  text += "\n";
  for (const auto& row : rows.rows) add_line(row);
  return text + fmt::format("({} row{})\n\n", rows.rows.size(), rows.rows.size() == 1 ? "" : "s");
}

std::string to_string(const Report& report, const Specification& specification) {
  std::string text;
  switch (report.kind) {
    case Report::Kind::done:
    case Report::Kind::waiting: {
      const auto& step = specification.steps[report.step];
      text = "step " + step.name + ": " + specification.text(step.sql) +
             (report.kind == Report::Kind::waiting ? " <waiting ...>\n" : "\n");
      break;
    }
    case Report::Kind::completed:
      text = "step " + specification.steps[report.step].name + ": <... completed>\n";
      break;
    case Report::Kind::notice:
    case Report::Kind::remark:
      return report.text + "\n";
    case Report::Kind::outside:
      break;
  }
  for (const auto& result : report.results) {
    if (result.rows) text += to_string(*result.rows);
    if (!result.error.empty()) text += "ERROR:  " + result.error + "\n";
  }
  return text;
}

}  // namespace

std::vector<std::vector<std::string>> texts_of(const std::vector<sql::Tuple>& rows) {
  std::vector<std::vector<std::string>> texts;
  for (const auto& row : rows) {
    auto& fields = texts.emplace_back();
    for (const auto& value : row) fields.push_back(text_of(value));
  }
  return texts;
}

std::string heading(const Transcript& transcript) {
  return fmt::format("Parsed test spec with {} sessions\n", transcript.sessions);
}

std::string to_string(const Run& run, const Specification& specification) {
  std::string text = "\nstarting permutation:";
  for (const auto step : run.steps) text += " " + specification.steps[step].name;
  text += "\n";
  for (const auto& report : run.reports) text += to_string(report, specification);
  return text;
}

}  // namespace gapless::spec
