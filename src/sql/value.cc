// Printing and digesting of values. The forms are those of psql, so that a timeline reads like a session.
#include "sql/value.h"

#include <algorithm>
#include <charconv>

#include "sql/interval.h"
#include "sql/literal.h"

namespace gapless::sql {

std::string to_string(Type type) {
  switch (type) {
    case Type::unknown:
      return "unknown";
    case Type::boolean:
      return "boolean";
    case Type::integer:
      return "integer";
    case Type::bigint:
      return "bigint";
    case Type::numeric:
      return "numeric";
    case Type::text:
      return "text";
    case Type::timestamp:
      return "timestamp";
    case Type::status:
      return "status";
    case Type::date:
      return "date";
    case Type::interval:
      return "interval";
  }
  return "unknown";
}

Type type_of(const Value& value) {
  static constexpr Type types[] = {Type::unknown, Type::boolean,  Type::integer,   Type::bigint,
                                   Type::numeric, Type::text,     Type::timestamp, Type::status,
                                   Type::date,    Type::interval, Type::integer};
  static_assert(std::size(types) == std::variant_size_v<Value>);
  return types[value.index()];
}

namespace {

struct Printer {
  std::string operator()(Null) const { return "NULL"; }
  std::string operator()(bool truth) const { return truth ? "t" : "f"; }
  std::string operator()(std::int32_t number) const { return std::to_string(number); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(const Decimal& number) const { return number.to_string(); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(Timestamp instant) const { return timestamp_text(instant); }
  std::string operator()(const Status& status) const { return status.text; }
  std::string operator()(Date date) const { return date_text(date); }
  std::string operator()(const Interval& interval) const { return interval_text(interval); }
  std::string operator()(const Name& name) const { return name_text(name); }
};

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += c;
  }
  return result + "'";
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

struct Hasher {
  Digest& digest;
  void operator()(Null) const {}
  void operator()(bool truth) const { digest.add(truth ? 1U : 0U); }
  void operator()(std::int32_t number) const { digest.add(static_cast<std::uint64_t>(number)); }
  void operator()(std::int64_t number) const { digest.add(static_cast<std::uint64_t>(number)); }
  void operator()(const Decimal& number) const { digest.add(number.to_string()); }
  void operator()(const std::string& text) const { digest.add(text); }
  void operator()(Timestamp instant) const { digest.add(static_cast<std::uint64_t>(instant.microseconds)); }
  void operator()(const Status& status) const { digest.add(status.text); }
  void operator()(Date date) const { digest.add(static_cast<std::uint64_t>(date.days)); }
  void operator()(const Interval& interval) const {
    digest.add(static_cast<std::uint64_t>(interval.months));
    digest.add(static_cast<std::uint64_t>(interval.days));
    digest.add(static_cast<std::uint64_t>(interval.microseconds));
  }
  void operator()(const Name& name) const { digest.add((std::uint64_t{name.kind} << 32U) | name.number); }
};

}  // namespace

std::string to_string(const Value& value) { return std::visit(Printer(), value); }

std::string to_sql(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (std::holds_alternative<Timestamp>(value) || std::holds_alternative<Date>(value)) return quoted(to_string(value));
  if (std::holds_alternative<Interval>(value)) return "INTERVAL " + quoted(to_string(value));
  if (const auto* status = std::get_if<Status>(&value))
    return is_number(status->text) ? status->text : quoted(status->text);
  return to_string(value);
}

void add_to(Digest& digest, const Value& value) {
  digest.add(static_cast<std::uint64_t>(value.index()));
  std::visit(Hasher{digest}, value);
}

void add_to(Digest& digest, const Tuple& tuple) {
  digest.add(static_cast<std::uint64_t>(tuple.size()));
  for (const auto& value : tuple) add_to(digest, value);
}

}  // namespace gapless::sql
