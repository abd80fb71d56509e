// A stretch is cut into its lines at the line breaks that are in no quote; then each line is moved as the first one
// was.
#include "scenario/format/lines.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace gapless::scenario::format {
namespace {

struct Line {
  std::string_view text;    // without the blanks at its ends
  int column = 0;           // of its first character
  bool is_comment = false;  // and nothing else
  bool blank() const { return text.empty(); }
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

Line line_of(std::string_view source, std::size_t begin, std::size_t end) {
  const auto text = trimmed(source.substr(begin, end - begin));
  const auto at = text.empty() ? begin : static_cast<std::size_t>(text.data() - source.data());
  return {text, column_of(source, at), text.starts_with("--") || text.starts_with("/*") || text.starts_with("//")};
}

std::vector<Line> lines_of(std::string_view source, const Piece& piece) {
  std::vector<Line> lines;
  std::size_t begin = piece.begin;
  const auto cut_between = [&](std::size_t from, std::size_t to) {
    for (std::size_t at = from; at < to; ++at) {
      if (source[at] != '\n') continue;
      lines.push_back(line_of(source, begin, at));
      begin = at + 1;
    }
  };
  for (std::size_t at = piece.begin; at < piece.end;) {
    const Lexeme lexeme = next_lexeme(source, at, piece.notation);
    cut_between(at, std::min(lexeme.begin, piece.end));
    if (lexeme.kind == Lexeme::Kind::block_comment) cut_between(lexeme.begin, std::min(lexeme.end, piece.end));
    at = lexeme.end;
  }
  lines.push_back(line_of(source, begin, piece.end));
  return lines;
}

// Where the line begins on which a stretch does.
int indent_of(std::string_view source, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && source[begin - 1] != '\n') --begin;
  while (begin < at && is_space(source[begin])) ++begin;
  return column_of(source, begin);
}

bool opens_bracket(const Line& line) {
  return !line.blank() && std::string_view("([{").find(line.text.back()) != std::string_view::npos;
}

}  // namespace

int width_of(std::string_view text) {
  return static_cast<int>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

int column_of(std::string_view text, std::size_t at) {
  constexpr int tab = 4;
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  int column = 0;
  for (std::size_t i = before == std::string_view::npos ? 0 : before + 1; i < at; ++i) {
    if (text[i] == '\t') column += tab - column % tab;
    if (text[i] != '\t' && (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) ++column;
  }
  return column;
}

void Lines::add(std::string_view text) {
  text_ += text;
  const auto line = text.rfind('\n');
  column_ = line == std::string_view::npos ? column_ + width_of(text) : width_of(text.substr(line + 1));
}

void Lines::begin_line(int indent) {
  if (!text_.empty()) text_ += '\n';
  text_.append(static_cast<std::size_t>(indent), ' ');
  column_ = indent_ = indent;
}

void Lines::blank_line() { text_ += '\n'; }

void add_stretch(Lines& lines, std::string_view source, const Piece& piece, int leftmost) {
  const auto all = lines_of(source, piece);
  const bool comment = piece.kind == Piece::Kind::comment;
  // What is within a bracket at the end of a line is indented from where that line begins.
  const bool bracket = !comment && opens_bracket(all.front());
  const int line = indent_of(source, piece.begin);
  const int was = bracket ? line : all.front().column;
  const int first = bracket ? lines.indent() : lines.column();
  const int moved = first - was;
  leftmost = std::min(leftmost, first);
  std::optional<int> nearest;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].blank() || all[i].is_comment) continue;
    nearest = std::min(nearest.value_or(all[i].column + moved), all[i].column + moved);
  }
  // What was never indented goes under the beginning.
  const bool flush = nearest && (*nearest < leftmost || *nearest - moved < std::min(line + indentation, was));
  const int more = !comment && flush ? first - *nearest : 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const int column = std::max(all[i].column + moved + more, comment ? 0 : leftmost);
    if (i > 0 && all[i].blank()) lines.blank_line();
    if (i > 0 && !all[i].blank()) lines.begin_line(column);
    lines.add(all[i].text);
  }
}

bool has_lines(std::string_view source, const Piece& piece) {
  const auto text = source.substr(piece.begin, piece.end - piece.begin);
  return text.find('\n') != std::string_view::npos;
}

}  // namespace gapless::scenario::format
