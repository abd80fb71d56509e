// Scalar functions of non-null arguments.
#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"
#include "sql/hash.h"
#include "store/relational/evaluate.h"
#include "store/relational/evaluate_values.h"

namespace gapless::store {

namespace {

using sql::Function;

std::string_view name_of(Function function) {
  switch (function) {
    case Function::abs:
      return "abs";
    case Function::mod:
      return "mod";
    case Function::sign:
      return "sign";
    case Function::round:
      return "round";
    case Function::floor:
      return "floor";
    case Function::ceil:
      return "ceil";
    case Function::trunc:
      return "trunc";
    case Function::power:
      return "power";
    case Function::length:
      return "length";
    case Function::lower:
      return "lower";
    case Function::upper:
      return "upper";
    case Function::substring:
      return "substring";
    case Function::left:
      return "left";
    case Function::right:
      return "right";
    case Function::trim:
      return "trim";
    case Function::replace:
      return "replace";
    case Function::strpos:
      return "strpos";
    case Function::date_trunc:
      return "date_trunc";
    case Function::hashtext:
      return "hashtext";
    case Function::extract:
      return "extract";
    case Function::make_interval:
      return "make_interval";
    default:
      return "function";
  }
}

// One call's arguments, read as the types that the function takes.
struct Call {
  Function function;
  std::span<const Value> arguments;
  const Place& place;

  std::size_t size() const { return arguments.size(); }

  [[noreturn]] void wrong() const {
    std::string types;
    for (const Value& argument : arguments) {
      types += (types.empty() ? "" : ", ") + sql::to_string(sql::type_of(argument));
    }
    place.wrong("function " + std::string(name_of(function)) + "(" + types + ") does not exist");
  }

  const Value& any(std::size_t i) const {
    if (i >= arguments.size()) wrong();
    return arguments[i];
  }
  std::string_view text(std::size_t i) const {
    if (const auto* text = std::get_if<std::string>(&any(i))) return *text;
    if (const auto* status = std::get_if<sql::Status>(&any(i))) return status->text;
    wrong();
  }
  std::int32_t integer(std::size_t i) const {
    if (const auto* small = std::get_if<std::int32_t>(&any(i))) return *small;
    wrong();
  }
  Decimal number(std::size_t i) const {
    const Value& value = any(i);
    if (const auto* exact = std::get_if<Decimal>(&value)) return *exact;
    if (const auto* small = std::get_if<std::int32_t>(&value)) return Decimal(*small);
    if (const auto* large = std::get_if<std::int64_t>(&value)) return Decimal(*large);
    wrong();
  }
};

// ------------------------------------------------------------------------------------------- numbers

Value absolute(const Call& call) {
  const Value& value = call.any(0);
  return compare(call.number(0), Decimal(0)) < 0 ? negated(value, call.place) : value;
}

Value sign(const Call& call) {
  const auto order = compare(call.number(0), Decimal(0));
  return Decimal(order < 0 ? -1 : order > 0 ? 1 : 0);
}

// round and trunc: numeric.c keeps the digits asked for within this.
int wanted_scale(const Call& call) {
  constexpr int most = 2000;
  return call.size() < 2 ? 0 : std::clamp(call.integer(1), -most, most);
}

// ------------------------------------------------------------------- texts, counted in characters (UTF-8)

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::int64_t length(std::string_view text) { return std::count_if(text.begin(), text.end(), starts_character); }

// The characters [begin, end), counted from 0; both may lie outside.
std::string_view characters(std::string_view text, std::int64_t begin, std::int64_t end) {
  std::int64_t number = -1;
  std::size_t first = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!starts_character(text[i])) continue;
    ++number;
    if (number >= end) return text.substr(std::min(first, i), i - std::min(first, i));
    if (number >= begin) first = std::min(first, i);
  }
  return text.substr(first);
}

Value substring(const Call& call) {
  const std::string_view text = call.text(0);
  const std::int64_t begin = std::int64_t{call.integer(1)} - 1;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  if (call.size() > 2) {
    if (call.integer(2) < 0) throw SqlError("substring_error", "negative substring length not allowed");
    end = begin + call.integer(2);
  }
  return std::string(characters(text, begin, end));
}

// A negative number means all but that many at the other end.
Value left(const Call& call) {
  const std::string_view text = call.text(0);
  const std::int64_t n = call.integer(1);
  return std::string(characters(text, 0, n >= 0 ? n : length(text) + n));
}

Value right(const Call& call) {
  const std::string_view text = call.text(0);
  const std::int64_t n = call.integer(1);
  return std::string(characters(text, n >= 0 ? std::max<std::int64_t>(length(text) - n, 0) : -n,
                                std::numeric_limits<std::int64_t>::max()));
}

Value trim(const Call& call) {
  std::string_view text = call.text(0);
  const std::string_view unwanted = call.size() > 1 ? call.text(1) : " ";
  const auto is_unwanted = [unwanted](std::string_view character) {
    const auto at = unwanted.find(character);
    return !character.empty() && at != std::string_view::npos;
  };
  const auto first = [&text] { return characters(text, 0, 1); };
  const auto last = [&text] { return characters(text, length(text) - 1, length(text)); };
  while (!text.empty() && is_unwanted(first())) text.remove_prefix(first().size());
  while (!text.empty() && is_unwanted(last())) text.remove_suffix(last().size());
  return std::string(text);
}

Value replace(const Call& call) {
  std::string_view text = call.text(0);
  const std::string_view from = call.text(1);
  const std::string_view to = call.text(2);
  std::string result;
  for (auto at = text.find(from); !from.empty() && at != std::string_view::npos; at = text.find(from)) {
    result.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
  return result.append(text);
}

Value position(const Call& call) {
  const std::string_view text = call.text(0);
  const auto at = text.find(call.text(1));
  return at == std::string_view::npos ? 0 : static_cast<std::int32_t>(length(text.substr(0, at)) + 1);
}

Value with_letters(const Call& call, char first, char last, int shift) {
  std::string text(call.text(0));
  for (char& c : text) {
    if (c >= first && c <= last) c = static_cast<char>(c + shift);
  }
  return text;
}

Value truncated_time(const Call& call) {
  if (const auto* date = std::get_if<sql::Date>(&call.any(1))) return truncated(call.text(0), midnight(*date));
  const auto* time = std::get_if<sql::Timestamp>(&call.any(1));
  if (time != nullptr) return truncated(call.text(0), *time);
  if (const auto* text = std::get_if<std::string>(&call.any(1))) return truncated(call.text(0), parse_timestamp(*text));
  call.wrong();
}

}  // namespace

Value call(Function function, std::span<const Value> arguments, const Place& place) {
  for (const auto& argument : arguments) {
    if (has_names(argument)) throw sql::NameUsed("a function is called with it");
  }
  const Call call{function, arguments, place};
  switch (function) {
    case Function::abs:
      return absolute(call);
    case Function::mod:
      return arithmetic(sql::Operator::modulo, call.any(0), call.any(1), place);
    case Function::sign:
      return sign(call);
    case Function::round:
      return call.number(0).round(wanted_scale(call));
    case Function::floor:
      return call.number(0).floor();
    case Function::ceil:
      return call.number(0).ceil();
    case Function::trunc:
      return call.number(0).trunc(wanted_scale(call));
    case Function::power:
      return power(call.any(0), call.any(1), place);
    case Function::length:
      return static_cast<std::int32_t>(length(call.text(0)));
    case Function::lower:
      return with_letters(call, 'A', 'Z', 'a' - 'A');
    case Function::upper:
      return with_letters(call, 'a', 'z', 'A' - 'a');
    case Function::substring:
      return substring(call);
    case Function::left:
      return left(call);
    case Function::right:
      return right(call);
    case Function::trim:
      return trim(call);
    case Function::replace:
      return replace(call);
    case Function::strpos:
      return position(call);
    case Function::date_trunc:
      return truncated_time(call);
    case Function::hashtext:
      return sql::hash_text(call.text(0));
    case Function::extract:
      return extract(call.text(0), call.any(1), place);
    case Function::make_interval: {
      std::array<std::int32_t, 6> parts{};
      for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = call.integer(i);
      return make_interval(parts, call.number(6));
    }
    case Function::coalesce:
    case Function::greatest:
    case Function::least:
    case Function::nullif:
    case Function::concat:
    case Function::current_setting:
    case Function::now:
    case Function::clock_timestamp:
    case Function::statement_timestamp:
    case Function::advisory_lock:
    case Function::advisory_lock_shared:
    case Function::advisory_xact_lock:
    case Function::advisory_xact_lock_shared:
    case Function::try_advisory_lock:
    case Function::try_advisory_lock_shared:
    case Function::try_advisory_xact_lock:
    case Function::try_advisory_xact_lock_shared:
    case Function::advisory_unlock:
    case Function::advisory_unlock_shared:
    case Function::advisory_unlock_all:
      break;
  }
  check(false, "functions that look at NULLs or at the session are computed elsewhere");
  return sql::Null{};
}

}  // namespace gapless::store
