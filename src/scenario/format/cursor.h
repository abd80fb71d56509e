// A place in a scenario's text, and the reading of pieces from there: words, stretches up to where they end, comments.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/format/lexer.h"
#include "scenario/format/tree.h"

namespace gapless::scenario::format {

// REQUIRES throughout: the text is grammatical.
class Cursor {
 protected:
  Cursor(std::string_view text, const Notations& notations) : text_(text), notations_(notations) {}

  Lexeme peek(std::size_t at) const { return next_lexeme(text_, at, Notation::language); }
  Lexeme peek() const { return peek(at_); }
  Lexeme peek_past_comments(std::size_t at) const;
  std::string_view text_of(const Lexeme& lexeme) const { return text_.substr(lexeme.begin, lexeme.end - lexeme.begin); }
  bool sees(std::string_view wanted) const { return text_of(peek()) == wanted; }
  bool has_break(std::size_t from, std::size_t to) const { return breaks(from, to) > 0; }
  std::ptrdiff_t breaks(std::size_t from, std::size_t to) const;

  // Each adds to the part's head.
  void comments(Part& part);
  void word(Part& part, Piece::Before before = Piece::Before::blank);
  // Up to one of the stops outside brackets. A comment at its end belongs to it.
  void stretch(Part& part, Notation notation, std::string_view stops, Piece::Before before = Piece::Before::blank);
  // With one blank between them, none in front of a comma.
  void words_until(Part& part, std::string_view stops);
  void arguments(Part& part, Piece::Before before);  // (…)
  std::optional<Notation> prefix(Part& part);        // `bank>`: the notation of what follows

  std::vector<Piece> comments_on_this_line();
  // Of a command to a database that is named, or to the one whose transaction { } it stands in.
  Notation notation_at(std::size_t at, std::optional<Notation> database) const;

  std::string_view text_;
  const Notations& notations_;
  std::size_t at_ = 0;
};

}  // namespace gapless::scenario::format
