// Values as they stand in a request to MongoDB or DynamoDB: {code: "SAVE50", usedAt: null, n: amount + 1}
//
// JavaScript's object notation: names without quotes, texts in 'single' or "double" quotes, numbers, arrays, a comma
// behind the last element, {code} for {code: code}; ISODate("…"), new Date("…"), NumberLong(…) and their like. Whatever
// else stands for a value is an SQL expression over locals, up to the comma or bracket that ends it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/source.h"
#include "sql/parse.h"
#include "store/document/value.h"

namespace gapless::scenario {

struct LiteralField;

struct Literal {
  using Object = std::vector<LiteralField>;
  using Array = std::vector<Literal>;
  struct Now {};  // new Date()
  // Of an expression where it stands.
  std::variant<store::document::Value, sql::Range, Now, Array, Object> held;
  Offset at = 0;
  Offset end = 0;
  bool is_number = false;     // of an expression: a text that it yields is read as a number, as in {"N": …}
  bool is_set = false;        // of an array: {"SS": […]}
  bool is_shorthand = false;  // {code}
};

struct LiteralField {
  std::string name;
  Offset at = 0;
  Literal value;
};

// The field of an object; null pointer where there is none, or where it is no object.
const Literal* find(const Literal& literal, std::string_view name);
// The text of a literal text; null pointer for anything else.
const std::string* text_of(const Literal& literal);
// With what `of_expression` says in the place of an expression (and of new Date()); Unknown without it.
using OfExpression = std::function<store::document::Value(const Literal& literal)>;
store::document::Value value_of(const Literal& literal, const OfExpression& of_expression = {});

// {"N": "5"} is 5: DynamoDB's type descriptors are taken away from one attribute's value.
Literal without_descriptors(Literal value, const SourceText& source);

// Reads from `at` on, which it moves.
class LiteralReader {
 public:
  LiteralReader(const Source& source, Offset at) : source_(source), text_(source->text), at_(at) {}

  Offset at() const { return static_cast<Offset>(at_); }
  void move_to(Offset at) { at_ = at; }
  void skip_space();  // and comments: SQL's, and // to the end of the line
  bool is_at(std::string_view wanted) const { return text_.substr(at_, wanted.size()) == wanted; }
  bool at_end() const { return at_ >= text_.size(); }
  bool take(char c);
  std::string word();  // letters, digits, _ and $; empty where none begins
  void expect(char c, const std::string& behind);

  Literal value();
  Literal object();                  // the next byte is {
  std::vector<Literal> arguments();  // the next byte is (

  // Refuses at a place, with what was found there where the message ends in "found ".
  [[noreturn]] void refuse(std::size_t at, std::string message) const;
  std::string found() const;

 private:
  Literal read();
  Literal array();
  Literal text();
  Literal word_or_expression();
  Literal constructed(std::size_t begin, const std::string& name);
  Literal expression(std::size_t begin);
  LiteralField field();
  bool ends_value();
  bool operates();
  Literal made(store::document::Value value, std::size_t begin) const;
  std::string quoted();
  void refuse_javascript(std::size_t begin, std::size_t end) const;
  [[noreturn]] void refuse_missing_comma(std::size_t begin, std::size_t colon) const;

  const Source& source_;
  std::string_view text_;
  std::size_t at_;
  std::size_t depth_ = 0;
};

}  // namespace gapless::scenario
