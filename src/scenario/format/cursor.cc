// Where a stretch ends is told by its brackets and quotes, not by what it says.
#include "scenario/format/cursor.h"

#include <algorithm>

#include "base/check.h"

namespace gapless::scenario::format {
namespace {

using Kind = Piece::Kind;
using Before = Piece::Before;

// Comments between `}` and `else` belong to the `else`.
bool only_comments(const Part& part) {
  return std::ranges::all_of(part.head, [](const auto& piece) { return piece.kind == Kind::comment; });
}

}  // namespace

std::ptrdiff_t Cursor::breaks(std::size_t from, std::size_t to) const {
  return std::ranges::count(text_.substr(from, to - from), '\n');
}

Lexeme Cursor::peek_past_comments(std::size_t at) const {
  Lexeme lexeme = peek(at);
  while (lexeme.comment()) lexeme = peek(lexeme.end);
  return lexeme;
}

void Cursor::comments(Part& part) {
  for (Lexeme lexeme = peek(); lexeme.comment(); lexeme = peek()) {
    const auto before = has_break(at_, lexeme.begin) ? Before::line
                        : part.head.empty()          ? Before::nothing
                                                     : Before::blank;
    part.head.push_back({Kind::comment, lexeme.begin, lexeme.end, before});
    part.head.back().ends_with_comment = lexeme.kind == Lexeme::Kind::line_comment;
    if (only_comments(part)) part.head.back().hang = 0;
    at_ = lexeme.end;
  }
}

void Cursor::word(Part& part, Before before) {
  comments(part);
  const Lexeme lexeme = peek();
  check(lexeme.kind != Lexeme::Kind::end, "a head ends before the file does");
  if (part.head.empty() && before != Before::clause) before = Before::nothing;
  const bool first = only_comments(part);
  part.head.push_back({Kind::word, lexeme.begin, lexeme.end, before});
  if (first && before != Before::clause) part.head.back().hang = 0;
  at_ = lexeme.end;
}

void Cursor::stretch(Part& part, Notation notation, std::string_view stops, Before before) {
  Piece piece{Kind::stretch, 0, 0, part.head.empty() ? Before::nothing : before, notation};
  std::size_t depth = 0;
  const bool braces = notation == Notation::document || notation == Notation::partiql;
  std::size_t lexemes = 0;
  for (std::size_t at = at_;; ++lexemes) {
    const Lexeme lexeme = next_lexeme(text_, at, notation);
    const char c = lexeme.kind == Lexeme::Kind::symbol && lexeme.end == lexeme.begin + 1 ? text_[lexeme.begin] : '\0';
    const bool stop = c != '\0' && depth == 0 && stops.find(c) != std::string_view::npos;
    const bool of_action = c == '{' && lexemes == 1 && notation == Notation::document;  // Query {…}
    if ((stop && !of_action) || lexeme.kind == Lexeme::Kind::end) break;
    if (c == '(' || c == '[' || (braces && c == '{')) ++depth;
    if (depth > 0 && (c == ')' || c == ']' || (braces && c == '}'))) --depth;
    if (piece.end == 0) piece.begin = lexeme.begin;
    piece.end = lexeme.end;
    piece.ends_with_comment = lexeme.kind == Lexeme::Kind::line_comment;
    at = lexeme.end;
  }
  if (piece.end == 0) return;
  part.several_lines = part.several_lines || has_break(piece.begin, piece.end);
  part.head.push_back(piece);
  at_ = piece.end;
}

void Cursor::words_until(Part& part, std::string_view stops) {
  for (;;) {
    comments(part);
    const Lexeme lexeme = peek();
    if (lexeme.kind == Lexeme::Kind::end || stops.find(text_[lexeme.begin]) != std::string_view::npos) return;
    word(part, text_of(lexeme) == "," ? Before::nothing : Before::blank);
  }
}

void Cursor::arguments(Part& part, Before before) {
  word(part, before);
  stretch(part, Notation::sql, ")", Before::nothing);
  word(part, Before::nothing);
}

std::optional<Notation> Cursor::prefix(Part& part) {
  const Lexeme name = peek();
  if (name.kind != Lexeme::Kind::word) return std::nullopt;
  const auto found = notations_.find(text_of(name));
  const Lexeme sign = peek(name.end);
  if (found == notations_.end() || text_of(sign) != ">") return std::nullopt;
  word(part);
  word(part, Before::nothing);
  return found->second;
}

std::vector<Piece> Cursor::comments_on_this_line() {
  std::vector<Piece> found;
  for (Lexeme lexeme = peek(); lexeme.comment() && !has_break(at_, lexeme.begin); lexeme = peek()) {
    found.push_back({Kind::comment, lexeme.begin, lexeme.end});
    at_ = lexeme.end;
  }
  return found;
}

Notation Cursor::notation_at(std::size_t at, std::optional<Notation> database) const {
  const Lexeme first = peek_past_comments(at);
  const Lexeme second = peek(first.end);
  const bool mongodb = text_of(first) == "db" && text_of(second) == ".";
  const bool action = first.kind == Lexeme::Kind::word && text_of(second) == "{" && text_of(first).front() <= 'Z';
  const bool document = mongodb || action;
  if (database == Notation::document) return document ? Notation::document : Notation::partiql;
  return database.value_or(document ? Notation::document : Notation::sql);
}

}  // namespace gapless::scenario::format
