// Recursive descent. A value that begins like a literal and goes on behind it (5 * n) is an expression after all.
#include "scenario/literal_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sql/literal.h"
#include "sql/scan.h"

namespace gapless::scenario {
namespace {

namespace document = store::document;

constexpr std::size_t deepest_literal = 100;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool in_word(char c) { return c == '_' || c == '$' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c); }

// What a program writes and SQL does not know, and what to write instead.
struct Foreign {
  std::string_view found;
  const char* advice;
};
constexpr std::array foreign = {
    Foreign{"=>", "a function cannot stand here: values are literals and SQL expressions over locals"},
    Foreign{"===", "an expression is SQL, where `=` compares"},
    Foreign{"!==", "an expression is SQL, where `<>` compares"},
    Foreign{"==", "an expression is SQL, where `=` compares"},
    Foreign{"&&", "an expression is SQL: write `AND`"},
    Foreign{"`", "an expression is SQL: join texts with `||`, as in 'user-' || id"},
    Foreign{"Date.now", "write `now()`, or `extract(epoch from now())` for seconds"},
    Foreign{"Math.", "an expression is SQL: write floor(x), ceil(x), round(x), abs(x)"},
    Foreign{"?", "an expression is SQL: write `CASE WHEN … THEN … ELSE … END`"},
};

std::size_t length_of_utf8(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
  return length;
}

void append_utf8(std::string& text, unsigned code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0U | (code >> 6U));
    text += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    text += static_cast<char>(0xE0U | (code >> 12U));
    text += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    text += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

// --------------------------------------------------------------------------------------------------- small parts

void LiteralReader::skip_space() {
  for (;;) {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    if (is_at("--") || is_at("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (is_at("/*")) {
      const std::size_t begin = at_;
      std::size_t open = 0;
      do {
        if (at_ >= text_.size()) refuse(begin, "this comment is never closed");
        const bool opens = is_at("/*");
        const bool closes = is_at("*/");
        open += opens ? 1 : 0;
        open -= closes ? 1 : 0;
        at_ += opens || closes ? 2 : 1;
      } while (open > 0);
    } else {
      return;
    }
  }
}

bool LiteralReader::take(char c) {
  skip_space();
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

std::string LiteralReader::word() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && in_word(text_[at_]) && !(at_ == begin && is_digit(text_[at_]))) ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

void LiteralReader::expect(char c, const std::string& behind) {
  if (take(c)) return;
  refuse(at_, "expected `" + std::string(1, c) + "` " + behind + ", found " + found());
}

void LiteralReader::refuse(std::size_t at, std::string message) const {
  throw ModelError(*source_, static_cast<Offset>(std::min(at, text_.size())), std::move(message));
}

std::string LiteralReader::found() const {
  if (at_ >= text_.size()) return "the end of the file";
  std::size_t end = at_;
  while (end < text_.size() && in_word(text_[end]) && end - at_ < 60) ++end;
  if (end == at_) end = at_ + length_of_utf8(text_.substr(at_));
  return "`" + std::string(text_.substr(at_, end - at_)) + "`";
}

Literal LiteralReader::made(document::Value value, std::size_t begin) const {
  Literal literal;
  literal.held = std::move(value);
  literal.at = static_cast<Offset>(begin);
  literal.end = at();
  return literal;
}

// Whether the value is over here, and nothing goes on with it.
bool LiteralReader::ends_value() {
  const std::size_t here = at_;
  skip_space();
  const bool ends = at_ >= text_.size() || std::string_view(",}]);").find(text_[at_]) != std::string_view::npos;
  at_ = here;
  return ends;
}

// Whether an operator follows, so that what was read is part of an expression.
bool LiteralReader::operates() {
  const std::size_t behind = at_;
  skip_space();
  const bool found = at_ < text_.size() &&
                     (std::string_view("|*/<>=!~+-%^&?").find(text_[at_]) != std::string_view::npos || is_at("::"));
  const bool joins = is_at("+") && behind > 0 && (text_[behind - 1] == '\'' || text_[behind - 1] == '"');
  if (joins) refuse(at_, "an expression is SQL: join texts with `||`, as in 'user-' || id");
  at_ = behind;
  return found;
}

// -------------------------------------------------------------------------------------------------------- values

Literal LiteralReader::value() {
  skip_space();
  if (++depth_ > deepest_literal) {
    refuse(at_, "this value nests deeper than " + std::to_string(deepest_literal) + " levels");
  }
  Literal literal = read();
  --depth_;
  return literal;
}

Literal LiteralReader::read() {
  if (at_ >= text_.size()) refuse(at_, "expected a value, found the end of the file");
  const char c = text_[at_];
  if (c == '{') return object();
  if (c == '[') return array();
  if (c == '"' || c == '\'') return text();
  if (c == '/') refuse(at_, "a regular expression is not supported");
  if (is_at("...")) refuse(at_, "`...` is not supported: write the fields one by one");
  if (std::string_view(",}]);").find(c) != std::string_view::npos) refuse(at_, "expected a value, found " + found());
  return word_or_expression();
}

Literal LiteralReader::object() {
  const std::size_t begin = at_++;
  Literal::Object fields;
  for (;;) {
    if (take('}')) break;
    if (at_end()) refuse(begin, "this `{` is never closed");
    fields.push_back(field());
    const auto& name = fields.back().name;
    const bool twice = std::ranges::count(fields, name, &LiteralField::name) > 1;
    if (twice) refuse(fields.back().at, "a second field `" + name + "`");
    if (take(',')) continue;
    if (at_end() || is_at(";")) refuse(begin, "this `{` is never closed");
    expect('}', "or `,` behind the field `" + name + "`");
    break;
  }
  Literal literal;
  literal.held = std::move(fields);
  literal.at = static_cast<Offset>(begin);
  literal.end = at();
  return literal;
}

LiteralField LiteralReader::field() {
  skip_space();
  LiteralField field;
  field.at = at();
  if (is_at("...")) refuse(at_, "`...` is not supported: write the fields one by one");
  if (is_at("[")) refuse(at_, "a computed name of a field is not supported: write the name");
  const bool in_quotes = is_at("\"") || is_at("'");
  const bool in_digits = at_ < text_.size() && is_digit(text_[at_]);
  if (in_digits) {
    while (at_ < text_.size() && is_digit(text_[at_])) field.name += text_[at_++];
  } else {
    field.name = in_quotes ? quoted() : word();
  }
  if (field.name.empty() && !in_quotes) refuse(at_, "expected the name of a field or `}`, found " + found());
  const Offset end = at();
  skip_space();
  if (!in_quotes && is_at(".")) refuse(field.at, "a path is written in quotes, as in \"limits.used\"");
  const bool shorthand = !in_quotes && !in_digits && !field.name.starts_with('$') && (is_at(",") || is_at("}"));
  if (shorthand) {
    field.value.held = sql::Range{field.at, end};
    field.value.at = field.at;
    field.value.end = end;
    field.value.is_shorthand = true;
    return field;
  }
  if (is_at("=")) refuse(at_, "expected `:` behind `" + field.name + "`, found `=`");
  expect(':', "behind `" + field.name + "`");
  field.value = value();
  return field;
}

Literal LiteralReader::array() {
  const std::size_t begin = at_++;
  Literal::Array elements;
  for (;;) {
    if (take(']')) break;
    if (at_end() || is_at(";")) refuse(begin, "this `[` is never closed");
    elements.push_back(value());
    if (take(',')) continue;
    if (at_end() || is_at(";")) refuse(begin, "this `[` is never closed");
    expect(']', "or `,` behind an element");
    break;
  }
  Literal literal;
  literal.held = std::move(elements);
  literal.at = static_cast<Offset>(begin);
  literal.end = at();
  return literal;
}

std::vector<Literal> LiteralReader::arguments() {
  const std::size_t begin = at_;
  expect('(', "in front of the arguments");
  std::vector<Literal> arguments;
  for (;;) {
    if (take(')')) return arguments;
    if (at_end() || is_at(";")) refuse(begin, "this `(` is never closed");
    arguments.push_back(value());
    if (take(',')) continue;
    if (at_end() || is_at(";")) refuse(begin, "this `(` is never closed");
    expect(')', "or `,` behind an argument");
    return arguments;
  }
}

// "text" is never SQL; 'text' may begin an expression.
Literal LiteralReader::text() {
  const std::size_t begin = at_;
  const bool is_double = text_[at_] == '"';
  std::string content = quoted();
  Literal literal = made(std::move(content), begin);
  if (ends_value()) return literal;
  if (!operates()) return literal;  // the caller says what is missing
  if (is_double) refuse(begin, "within an expression a text is written in single quotes, as in 'user-' || id");
  return expression(begin);
}

// Between quotes, with JavaScript's escapes; a doubled quote stands for one, as in SQL.
std::string LiteralReader::quoted() {
  const std::size_t begin = at_;
  const char quote = text_[at_++];
  std::string content;
  for (;;) {
    if (at_ >= text_.size() || text_[at_] == '\n') refuse(begin, "this text is never closed");
    const char c = text_[at_++];
    if (c == quote) {
      if (quote == '"' || at_ >= text_.size() || text_[at_] != quote) return content;
      ++at_;
      content += quote;
      continue;
    }
    if (c != '\\') {
      content += c;
      continue;
    }
    if (at_ >= text_.size()) refuse(begin, "this text is never closed");
    const char escaped = text_[at_++];
    static constexpr std::string_view letters = "nrtbf0";
    static constexpr std::string_view meant("\n\r\t\b\f\0", 6);
    if (escaped == 'u') {
      unsigned code = 0;
      for (int i = 0; i < 4; ++i) {
        const int digit = at_ < text_.size() ? hex_digit(text_[at_]) : -1;
        if (digit < 0) refuse(at_, "`\\u` is followed by four hexadecimal digits");
        code = code * 16 + static_cast<unsigned>(digit);
        ++at_;
      }
      if (code == 0 || (code >= 0xD800 && code < 0xE000)) refuse(at_ - 6, "this is no character: write it as it is");
      append_utf8(content, code);
    } else if (escaped == '0') {
      refuse(at_ - 2, "a zero byte cannot stand in a text");
    } else {
      const auto letter = letters.find(escaped);
      content += letter == std::string_view::npos ? escaped : meant[letter];
    }
  }
}

// null, true, 5, new Date("…"), ISODate("…"), ObjectId("…"), or an expression.
Literal LiteralReader::word_or_expression() {
  const std::size_t begin = at_;
  const bool negative = is_at("-");
  std::size_t end = at_ + (negative ? 1 : 0);
  while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '.')) ++end;
  const bool exponent =
      end < text_.size() && (text_[end] == 'e' || text_[end] == 'E') && end > at_ + (negative ? 1 : 0);
  if (exponent) {
    ++end;
    if (end < text_.size() && (text_[end] == '+' || text_[end] == '-')) ++end;
    while (end < text_.size() && is_digit(text_[end])) ++end;
  }
  if (const auto number = Decimal::parse(text_.substr(at_, end - at_)); number && end > at_) {
    at_ = end;
    if (ends_value() || !operates()) return made(*number, begin);  // the caller says what is missing
    return expression(begin);
  }
  const std::string name = word();
  if (name == "await") refuse(begin, "leave out `await`: every request is waited for");
  if (name == "function" || name == "async") {
    refuse(begin, "a function cannot stand here: values are literals and SQL expressions over locals");
  }
  if (ends_value()) {
    if (name == "null") return made(document::Null{}, begin);
    if (name == "true" || name == "false") return made(name == "true", begin);
    if (name == "undefined") refuse(begin, "`undefined` is no value: leave the field out, or write `null`");
    if (name == "NaN" || name == "Infinity") refuse(begin, "`" + name + "` is no number here");
  }
  const std::size_t behind = at_;
  if (name == "new") {
    skip_space();
    const std::size_t named = at_;
    const std::string type = word();
    if (type != "Date" && type != "ObjectId" && type != "Map" && type != "Set" && !type.empty()) {
      refuse(named, "`new " + type + "` is not supported; there is `new Date(…)`");
    }
    if (type == "Date" || type == "ObjectId") return constructed(begin, type);
    refuse(named, "`new` is followed by `Date(…)`");
  }
  static constexpr std::array<std::string_view, 9> constructors = {
      "ISODate", "ObjectId", "NumberInt", "NumberLong", "NumberDecimal", "Decimal128", "Int32", "Long", "Double"};
  if (std::ranges::find(constructors, name) != constructors.end()) {
    skip_space();
    if (is_at("(")) return constructed(begin, name);
  }
  at_ = behind;
  return expression(begin);
}

Literal LiteralReader::constructed(std::size_t begin, const std::string& name) {
  skip_space();
  if (!is_at("(")) refuse(at_, "expected `(` behind `" + name + "`, found " + found());
  const auto given = arguments();
  const bool is_date = name == "Date" || name == "ISODate";
  if (given.size() > 1 && is_date)
    refuse(begin, "an instant is given by one text, as in ISODate(\"2024-01-01T12:00:00Z\")");
  if (given.size() != 1 && !is_date) refuse(begin, "`" + name + "` takes one argument");
  Literal literal;
  if (given.empty()) {
    literal.held = Literal::Now{};
    literal.at = static_cast<Offset>(begin);
    literal.end = at();
    return literal;
  }
  const auto* range = std::get_if<sql::Range>(&given.front().held);
  const auto* content = text_of(given.front());
  if (name == "ObjectId") {
    if (range == nullptr && content == nullptr) refuse(given.front().at, "`ObjectId` takes a text");
    literal = given.front();
  } else if (is_date) {
    if (content == nullptr && range == nullptr) {
      refuse(given.front().at, "an instant is a text, as in ISODate(\"2024-01-01T12:00:00Z\")");
    }
    if (content != nullptr) {
      const auto value = sql::parse_value(*content, sql::Type::timestamp);
      if (!value) refuse(given.front().at, "`" + *content + "` is no instant: write \"2024-01-01T12:00:00Z\"");
      literal.held = document::Value(std::get<sql::Timestamp>(*value));
    } else {
      literal = given.front();
    }
  } else if (content != nullptr) {
    const auto number = Decimal::parse(*content);
    if (!number) refuse(given.front().at, "`" + *content + "` is no number");
    literal.held = document::Value(*number);
  } else {
    literal = given.front();
    literal.is_number = true;
  }
  literal.at = static_cast<Offset>(begin);
  literal.end = at();
  return literal;
}

Literal LiteralReader::expression(std::size_t begin) {
  at_ = begin;
  const Offset end = sql::find_end(source_, static_cast<Offset>(begin), ",}]);{");
  refuse_javascript(begin, end);
  std::size_t last = end;
  while (last > begin && is_space(text_[last - 1])) --last;
  if (last == begin) refuse(begin, "expected a value, found " + found());
  at_ = end;
  Literal literal;
  literal.held = sql::Range{static_cast<Offset>(begin), static_cast<Offset>(last)};
  literal.at = static_cast<Offset>(begin);
  literal.end = static_cast<Offset>(last);
  return literal;
}

void LiteralReader::refuse_javascript(std::size_t begin, std::size_t end) const {
  std::size_t at = begin;
  while (at < end) {
    if (text_[at] == '\'') {
      at = std::min(text_.find('\'', at + 1), end);
      ++at;
      continue;
    }
    if (text_[at] == '"') refuse(at, "within an expression a text is written in single quotes, as in 'user-' || id");
    for (const auto& each : foreign) {
      if (text_.substr(at, each.found.size()) == each.found) refuse(at, each.advice);
    }
    const bool colon = text_[at] == ':' && at > begin && in_word(text_[at - 1]) && text_.substr(at, 2) != "::";
    if (colon) refuse_missing_comma(begin, at);
    ++at;
  }
  if (end < text_.size() && text_[end] == '{') {
    refuse(end, "a `{` cannot stand within an expression; a comma is missing, or a function stands here");
  }
}

// {code: code usedAt: null}
void LiteralReader::refuse_missing_comma(std::size_t begin, std::size_t colon) const {
  std::size_t name = colon;
  while (name > begin && in_word(text_[name - 1])) --name;
  refuse(name, "expected `,` in front of the field `" + std::string(text_.substr(name, colon - name)) + "`");
}

}  // namespace gapless::scenario
