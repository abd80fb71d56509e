// The words of an SQL text, as far as one must look at them without PostgreSQL's grammar: to tell CREATE FUNCTION from
// CREATE TABLE, and to put arguments into the body of a function.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gapless::spec {

struct Word {
  enum class Kind { name, quoted_name, string, dollar_string, number, other };  // other: one character
  Kind kind = Kind::other;
  std::string text;  // a name in lower case; a string, dollar string or quoted name what it stands for; else as written
  std::size_t begin = 0;
  std::size_t end = 0;

  bool is(std::string_view word) const { return (kind == Kind::name || kind == Kind::other) && text == word; }
};

// Without comments. Something that does not end goes on to the end of the text.
std::vector<Word> words_of(std::string_view text);

// (fmt::join takes two seconds to compile.)
std::string joined(const std::vector<std::string>& texts, std::string_view between);

}  // namespace gapless::spec
