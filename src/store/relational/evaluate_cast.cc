// Casts: explicit ones, those of an assignment to a column, and the widening of alternatives to their common type.
#include <algorithm>
#include <limits>

#include "sql/literal.h"
#include "store/relational/evaluate.h"
#include "store/relational/evaluate_values.h"

namespace gapless::store {

namespace {

using sql::Date;
using sql::Status;
using sql::Timestamp;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\v\f\r";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

Value from_text(std::string_view text, Type type) {
  if (type == Type::timestamp) return parse_timestamp(text);
  if (type == Type::date) return parse_date(text);
  if (type == Type::interval) return parse_interval(text);
  if (auto value = sql::parse_value(text, type)) return *std::move(value);
  if (type == Type::integer || type == Type::bigint) {
    if (const auto number = Decimal::parse(trimmed(text)); number && text.find_first_of(".eE") == text.npos) {
      throw SqlError("numeric_value_out_of_range",
                     "value \"" + std::string(text) + "\" is out of range for type " + sql::to_string(type));
    }
  }
  throw SqlError("invalid_text_representation",
                 "invalid input syntax for type " + sql::to_string(type) + ": \"" + std::string(text) + "\"");
}

// --------------------------------------------------------------------------------- to a type's limits

// numeric(precision, scale).
Value fitted(Decimal number, int precision, int scale) {
  if (precision < 0) return number;
  const int kept = std::max(scale, 0);
  number = number.round(kept);
  const Decimal limit = *Decimal::parse("1e" + std::to_string(precision - kept));
  if (compare(number, limit) >= 0 || compare(number, -limit) <= 0) {
    throw SqlError("numeric_value_out_of_range", "numeric field overflow");
  }
  return number;
}

std::size_t bytes_of_characters(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (starts && characters-- == 0) break;
  }
  return at;
}

// varchar(length). An assignment drops only blanks, a cast cuts.
Value fitted(std::string text, int length, bool explicit_cast) {
  if (length < 0) return text;
  const std::size_t kept = bytes_of_characters(text, static_cast<std::size_t>(length));
  if (!explicit_cast && text.find_first_not_of(' ', kept) != std::string::npos) {
    throw SqlError("string_data_right_truncation",
                   "value too long for type character varying(" + std::to_string(length) + ")");
  }
  text.resize(kept);
  return text;
}

// char(length) pads with blanks that count here and do not count there. What needs none is a plain text.
Value fixed(std::string text, const sql::Column& column, const Place& place) {
  const std::string type = "(" + std::to_string(column.precision) + ")";
  const std::size_t kept = bytes_of_characters(text, static_cast<std::size_t>(column.precision));
  if (text.find_first_not_of(' ', kept) != std::string::npos) {
    throw SqlError("string_data_right_truncation", "value too long for type character" + type);
  }
  text.resize(kept);
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  if (std::ranges::count_if(text, starts) < column.precision || text.ends_with(' ')) {
    place.wrong("column \"" + column.name + "\" is of type char" + type +
                ", which is supported for values of exactly so many characters only: use varchar or text");
  }
  return text;
}

// ------------------------------------------------------------------------------------ between numbers

Value integer_from(const Decimal& number, Type type) {
  const auto whole = number.to_int64();
  const bool small = type == Type::integer;
  if (!whole || (small && *whole != static_cast<std::int32_t>(*whole))) {
    throw SqlError("numeric_value_out_of_range", small ? "integer out of range" : "bigint out of range");
  }
  return small ? Value(static_cast<std::int32_t>(*whole)) : Value(*whole);
}

Decimal number_of(const Value& value) {
  if (const auto* exact = std::get_if<Decimal>(&value)) return *exact;
  const auto* small = std::get_if<std::int32_t>(&value);
  return Decimal(small != nullptr ? *small : std::get<std::int64_t>(value));
}

bool is_in_time(Type type) { return type == Type::timestamp || type == Type::date; }
bool is_number(Type type) { return type == Type::integer || type == Type::bigint || type == Type::numeric; }

// A name stays one as a number of any type and as a text.
Value named(const sql::Name& name, Type type) {
  if (type == Type::text) return sql::name_text(name);
  if (is_number(type) || type == Type::unknown) return name;
  throw sql::NameUsed("it is cast to " + sql::to_string(type));
}

Value converted(const Value& value, Type type, int precision, int scale, bool explicit_cast) {
  if (const auto* name = std::get_if<sql::Name>(&value)) return named(*name, type);
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && sql::has_name(*text) && (type != Type::text || precision >= 0)) {
    throw sql::NameUsed("a text with it is cast to " + sql::to_string(type));
  }
  switch (type) {
    case Type::boolean:
      if (text != nullptr) return from_text(*text, type);
      if (const auto* number = std::get_if<std::int32_t>(&value)) return *number != 0;
      return value;
    case Type::integer:
    case Type::bigint:
      if (sql::type_of(value) == type) return value;
      if (text != nullptr) return from_text(*text, type);
      if (const auto* truth = std::get_if<bool>(&value)) return static_cast<std::int32_t>(*truth);
      return integer_from(number_of(value), type);
    case Type::numeric:
      return fitted(number_of(text != nullptr ? from_text(*text, type) : value), precision, scale);
    case Type::text:
      return fitted(text_of(value), precision, explicit_cast);
    case Type::timestamp:
      if (const auto* date = std::get_if<Date>(&value)) return midnight(*date);
      return text != nullptr ? Value(parse_timestamp(*text)) : value;
    case Type::date:
      if (const auto* instant = std::get_if<Timestamp>(&value)) return sql::day_of(*instant);
      return text != nullptr ? Value(parse_date(*text)) : value;
    case Type::interval:
      return text != nullptr ? Value(parse_interval(*text)) : value;
    case Type::status:
      return Status{text_of(value)};
    case Type::unknown:
      return value;
  }
  return value;
}

enum class CastKind : std::uint8_t { explicit_, assignment };

// pg_cast: which casts there are. A text value is also allowed where an assignment would refuse a text *expression*,
// because the value may come from a quoted literal or a parameter, which take the column's type; the binder has
// refused the others.
bool castable(Type from, Type to, CastKind kind) {
  if (from == to || to == Type::text || to == Type::unknown || from == Type::text) return true;
  if (to == Type::status) return is_number(from);
  if (from == Type::status) return false;
  if (is_number(from) && is_number(to)) return true;
  if (is_in_time(from) && is_in_time(to)) return true;
  if (kind == CastKind::assignment) return false;
  return (from == Type::boolean && to == Type::integer) || (from == Type::integer && to == Type::boolean);
}

}  // namespace

std::string text_of(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return sql::to_string(value);
}

Value cast(const Value& value, Type type, int precision, int scale, const Place& place) {
  if (is_null(value)) return value;
  if (const auto* status = std::get_if<Status>(&value); status != nullptr && is_number(type)) {
    return cast(status->text, type, precision, scale, place);
  }
  if (!castable(sql::type_of(value), type, CastKind::explicit_)) {
    place.wrong("cannot cast type " + sql::to_string(sql::type_of(value)) + " to " + sql::to_string(type));
  }
  return converted(value, type, precision, scale, true);
}

Value unified(Value value, Type type, const Place& place) {
  const Type own = sql::type_of(value);
  if (is_null(value) || own == type || type == Type::unknown || type == Type::status) return value;
  if (is_number(own) && is_number(type)) {
    // Widening only: where a parameter turns out wider than the others, the wider type stays.
    return own < type ? converted(value, type, -1, -1, true) : value;
  }
  if (own != Type::text) return value;
  try {
    return converted(value, type, -1, -1, true);
  } catch (const SqlError& error) {
    place.wrong(error.what());  // a literal that does not fit beside the other alternatives: the model is wrong
  }
}

Value to_column(const Value& value, const sql::Column& column, const SourceText& source, Offset at) {
  if (is_null(value)) return value;
  const Type from = sql::type_of(value);
  if (!castable(from, column.type, CastKind::assignment)) {
    Place{source, at}.wrong("column \"" + column.name + "\" is of type " + sql::to_string(column.type) +
                            " but the value is of type " + sql::to_string(from));
  }
  if (column.fixed_length && sql::has_name(text_of(value))) throw sql::NameUsed("it is stored as char(n)");
  if (column.fixed_length) return fixed(text_of(value), column, Place{source, at});
  return converted(value, column.type, column.precision, column.scale, false);
}

}  // namespace gapless::store
