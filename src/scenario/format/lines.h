// Text as it grows, with the column that it has reached; and where a stretch of the source stands in its own lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "scenario/format/tree.h"

namespace gapless::scenario::format {

inline constexpr int widest_line = 120;
inline constexpr int indentation = 2;

// In characters, not bytes.
int width_of(std::string_view text);

// Of an offset in a text; a tab goes to the next multiple of four.
int column_of(std::string_view text, std::size_t at);

class Lines {
 public:
  const std::string& text() const { return text_; }
  std::string& take() { return text_; }
  int column() const { return column_; }
  int indent() const { return indent_; }  // of the line that has been begun last

  void add(std::string_view text);
  void begin_line(int indent);
  void blank_line();

 private:
  std::string text_;
  int column_ = 0;
  int indent_ = 0;
};

// A stretch or a comment. Its first line goes where the text stands; the others keep their distance from it, or, behind
// a bracket that ends the first line, from where that line begins. None but a comment's begins left of `leftmost`. Line
// breaks in quotes are data: what follows them stays where it is.
void add_stretch(Lines& lines, std::string_view source, const Piece& piece, int leftmost);

// Whether it takes several lines.
bool has_lines(std::string_view source, const Piece& piece);

}  // namespace gapless::scenario::format
