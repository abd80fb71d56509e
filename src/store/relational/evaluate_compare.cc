// Comparison as SQL means it.
#include <algorithm>
#include <charconv>

#include "sql/interval.h"
#include "sql/literal.h"
#include "store/relational/evaluate.h"
#include "store/relational/evaluate_values.h"

namespace gapless::store {

namespace {

using sql::Status;

// A status that is no number is an error's condition name: a request that ended with it failed, as a 500 does.
std::int64_t status_number(const Status& status) {
  std::int64_t number = 0;
  const char* end = status.text.data() + status.text.size();
  const auto [stop, error] = std::from_chars(status.text.data(), end, number);
  return error == std::errc() && stop == end ? number : 500;
}

std::optional<std::int64_t> whole(const Value& value) {
  if (const auto* small = std::get_if<std::int32_t>(&value)) return *small;
  if (const auto* large = std::get_if<std::int64_t>(&value)) return *large;
  return std::nullopt;
}

std::optional<Decimal> number(const Value& value) {
  if (const auto integer = whole(value)) return Decimal(*integer);
  if (const auto* exact = std::get_if<Decimal>(&value)) return *exact;
  return std::nullopt;
}

// Values of different types, where one of them is a status.
std::optional<std::strong_ordering> compare_status(const Value& a, const Value& b) {
  const auto* status = std::get_if<Status>(&a);
  if (status == nullptr) {
    const auto mirrored = compare_status(b, a);
    return mirrored ? std::optional(0 <=> *mirrored) : std::nullopt;
  }
  if (const auto* text = std::get_if<std::string>(&b)) return status->text.compare(*text) <=> 0;
  if (const auto other = number(b)) return compare(Decimal(status_number(*status)), *other);
  return std::nullopt;
}

// A date and a timestamp: the date stands for its midnight.
std::optional<std::strong_ordering> compare_in_time(const Value& a, const Value& b) {
  const auto* date = std::get_if<sql::Date>(&a);
  const auto* instant = std::get_if<sql::Timestamp>(&b);
  if (date != nullptr && instant != nullptr) {
    const sql::Date day = sql::day_of(*instant);
    return *date != day ? *date <=> day : sql::start_of(day) <=> *instant;
  }
  if (!std::holds_alternative<sql::Timestamp>(a) || !std::holds_alternative<sql::Date>(b)) return std::nullopt;
  const auto mirrored = compare_in_time(b, a);
  return mirrored ? std::optional(0 <=> *mirrored) : std::nullopt;
}

std::strong_ordering compare_different(const Value& a, const Value& b, const Place& place) {
  const auto x = whole(a);
  const auto y = whole(b);
  if (x && y) return *x <=> *y;
  if (const auto order = compare_in_time(a, b)) return *order;
  if (std::holds_alternative<Status>(a) || std::holds_alternative<Status>(b)) {
    if (const auto order = compare_status(a, b)) return *order;
  } else if (const auto p = number(a)) {
    if (const auto q = number(b)) return compare(*p, *q);
  }
  place.wrong("cannot compare " + sql::to_string(sql::type_of(a)) + " with " + sql::to_string(sql::type_of(b)) + ": " +
              sql::to_sql(a) + " and " + sql::to_sql(b));
}

// Two values of which one is a name, or a text with names, and which are not the same: whether they differ may be
// known, which of them comes first never is.
void check_differ(const Value& a, const Value& b, const Place& place) {
  const auto* x = std::get_if<sql::Name>(&a);
  const auto* y = std::get_if<sql::Name>(&b);
  if (x != nullptr && y != nullptr) {
    if (x->kind != y->kind) throw sql::NameUsed("it is compared with a name of another kind");
    return;
  }
  if (x == nullptr && y == nullptr) {
    if (!is_text(a) || !is_text(b)) throw sql::NameUsed("it is compared with what is no text");
    sql::check_differ(sql::to_string(a), sql::to_string(b));
    return;
  }
  const auto beside = number(x != nullptr ? b : a);
  const auto& name = x != nullptr ? *x : *y;
  if (!beside) place.wrong("cannot compare integer with " + sql::to_string(sql::type_of(x != nullptr ? b : a)));
  if (compare(*beside, Decimal(name.first)) >= 0) sql::check_differs(name, name.first);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t character_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return end - at;
}

}  // namespace

bool has_names(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? sql::has_name(*text) : std::holds_alternative<sql::Name>(value);
}

void Place::wrong(std::string message) const { throw ModelError(source, at, std::move(message)); }

Value value_of(Truth truth) { return truth == Truth::unknown ? Value(sql::Null{}) : Value(truth == Truth::yes); }

std::strong_ordering compare(const Value& a, const Value& b, const Place& place) {
  if ((has_names(a) || has_names(b)) && a != b) throw sql::NameUsed("it is put in order");
  if (a.index() != b.index()) return compare_different(a, b, place);
  if (const auto* x = std::get_if<std::int32_t>(&a)) return *x <=> std::get<std::int32_t>(b);
  if (const auto* x = std::get_if<std::string>(&a)) return x->compare(std::get<std::string>(b)) <=> 0;
  if (const auto* x = std::get_if<Decimal>(&a)) return compare(*x, std::get<Decimal>(b));  // by value, not by scale
  if (const auto* x = std::get_if<sql::Interval>(&a)) return sql::compare(*x, std::get<sql::Interval>(b));
  return a <=> b;
}

bool is_same(const Value& a, const Value& b, const Place& place) {
  if (!has_names(a) && !has_names(b)) return compare(a, b, place) == 0;
  if (a != b) check_differ(a, b, place);
  return a == b;
}

Truth equal(const Value& a, const Value& b, const Place& place) {
  if (is_null(a) || is_null(b)) return Truth::unknown;
  return truth_of(is_same(a, b, place));
}

// It serves to find equal ones: in what order names come, nobody can tell.
std::strong_ordering compare_with_nulls(const Value& a, const Value& b, const Place& place) {
  if (is_null(a) || is_null(b)) return is_null(a) <=> is_null(b);
  if (has_names(a) || has_names(b)) return is_same(a, b, place) ? std::strong_ordering::equal : a <=> b;
  return compare(a, b, place);
}

std::strong_ordering compare_with_nulls(const Tuple& a, const Tuple& b, const Place& place) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const auto order = compare_with_nulls(a[i], b[i], place); order != 0) return order;
  }
  return a.size() <=> b.size();
}

// Greedy, going back to the last % only: what an earlier % took never needs to change once a later one was reached.
bool like(std::string_view text, std::string_view pattern, bool ignore_case) {
  std::size_t t = 0;
  std::size_t p = 0;
  std::optional<std::size_t> after_percent;
  std::size_t retry_at = 0;  // where the text goes on for that %
  while (true) {
    if (p < pattern.size() && pattern[p] == '%') {
      after_percent = ++p;
      retry_at = t;
      continue;
    }
    const bool escaped = p < pattern.size() && pattern[p] == '\\';
    if (escaped && p + 1 == pattern.size() && (t < text.size() || after_percent == p)) {
      throw SqlError("invalid_escape_sequence", "LIKE pattern must not end with escape character");
    }
    if (t == text.size()) return p == pattern.size();  // taking less by % leaves even more text to match
    if (p < pattern.size()) {
      const std::size_t literal = escaped ? p + 1 : p;
      const bool any = !escaped && pattern[p] == '_';
      const bool same = pattern[literal] == text[t] || (ignore_case && lower(pattern[literal]) == lower(text[t]));
      if (any || same) {
        t += any ? character_bytes(text, t) : 1;
        p = literal + 1;
        continue;
      }
    }
    if (!after_percent) return false;
    p = *after_percent;
    t = retry_at += character_bytes(text, retry_at);
  }
}

int compare_values(const Value& a, const Value& b, const SourceText& source, Offset at) {
  const auto order = compare(a, b, Place{source, at});
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace gapless::store
