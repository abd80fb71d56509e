// Text in columns of a terminal: how wide it is, where it breaks, how it is padded, which colour it has.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gapless::report {

// Columns that a terminal needs for UTF-8 text: East Asian characters take two, combining ones none.
std::size_t display_width(std::string_view text);

// One line that cannot upset a terminal: control characters (newlines too) become blanks.
std::string printable(std::string_view text);

// At most `width` columns a line, broken at blanks, and within a word only where the word alone is too wide. Always at
// least one line. REQUIRES: width > 0.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

// At most `width` columns, with … where something was cut off.
std::string shortened(std::string_view text, std::size_t width);

std::string padded(std::string_view text, std::size_t width);       // flush left
std::string padded_left(std::string_view text, std::size_t width);  // flush right

enum class Style : unsigned char { plain, bold, dim, red, green, yellow };
std::string styled(std::string_view text, Style style, bool colour);

struct Line {
  std::string text;
  Style style = Style::plain;
};

// Cells of several lines side by side.
using Cell = std::vector<Line>;

struct Column {
  std::size_t width = 0;
  bool flush_right = false;
};

// One row of cells, as many lines as its tallest cell has, each ended by a newline, without trailing blanks.
// REQUIRES: as many cells as columns, each line fitting its column.
std::string row_text(const std::vector<Cell>& cells, const std::vector<Column>& columns, std::string_view margin,
                     bool colour);

}  // namespace gapless::report
