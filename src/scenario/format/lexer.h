// A scenario's text as words, quoted texts, comments and single characters: as much of its languages as it takes to
// know where a stretch of them ends and which of its line breaks are somebody's data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gapless::scenario::format {

// What a stretch of text is written in. Comments are SQL's in all of them; in the language itself, and in documents, //
// begins one as well.
enum class Notation : std::uint8_t {
  language,
  sql,
  redis,     // {expression}, also within quotes; {{ and }} are braces
  document,  // db.coupons.find({…}), PutItem {…}: JavaScript's objects, and its escapes in quotes
  partiql,   // SQL with {…} and […]
};

struct Lexeme {
  enum class Kind : std::uint8_t { word, quoted, line_comment, block_comment, symbol, end };

  Kind kind = Kind::end;
  std::size_t begin = 0;
  std::size_t end = 0;

  bool comment() const { return kind == Kind::line_comment || kind == Kind::block_comment; }
};

// The first one at `at` or behind it. What is never closed ends with the text.
Lexeme next_lexeme(std::string_view text, std::size_t at, Notation notation);

bool is_space(char c);

}  // namespace gapless::scenario::format
