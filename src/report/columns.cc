// Widths are counted on decoded characters; colours are added last, so that they never count.
#include "report/columns.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace gapless::report {
namespace {

struct Character {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};
// The blocks that matter in statements and titles; the full Unicode tables would be larger than this folder.
constexpr std::array wide_ranges = {Range{0x1100, 0x115F}, Range{0x2E80, 0xA4CF},   Range{0xAC00, 0xD7A3},
                                    Range{0xF900, 0xFAFF}, Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
                                    Range{0xFFE0, 0xFFE6}, Range{0x1F300, 0x1FAFF}, Range{0x20000, 0x3FFFD}};
constexpr std::array zero_ranges = {Range{0x0300, 0x036F}, Range{0x200B, 0x200F}, Range{0xFE00, 0xFE0F}};

bool is_in(std::uint32_t code, const auto& ranges) {
  return std::ranges::any_of(ranges, [&](Range range) { return range.first <= code && code <= range.last; });
}

// The first character; a byte that begins none counts as one column.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t bytes = lead < 0x80U          ? 1
                            : lead >> 5U == 0x6U  ? 2
                            : lead >> 4U == 0xEU  ? 3
                            : lead >> 3U == 0x1EU ? 4
                                                  : 1;
  if (bytes == 1 || bytes > text.size()) return {};
  std::uint32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    code = code << 6U | (next & 0x3FU);
  }
  return {bytes, is_in(code, zero_ranges) ? 0U : is_in(code, wide_ranges) ? 2U : 1U};
}

// As many characters as fit in `width` columns, in bytes.
std::size_t fitting(std::string_view text, std::size_t width) {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const auto character = first_character(text.substr(bytes));
    if (character.columns > width) break;
    width -= character.columns;
    bytes += character.bytes;
  }
  return bytes;
}

std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "\x1b[1m";
    case Style::dim:
      return "\x1b[2m";
    case Style::red:
      return "\x1b[31m";
    case Style::green:
      return "\x1b[32m";
    case Style::yellow:
      return "\x1b[33m";
  }
  return "";
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto character = first_character(text);
    width += character.columns;
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, ' ');
  return result;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  check(width > 0, "text is wrapped to some width");
  std::vector<std::string> lines;
  std::string line;
  const auto end_line = [&] {
    lines.push_back(std::move(line));
    line.clear();
  };
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) break;
    auto word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) end_line();
    if (!line.empty()) line += ' ';
    while (display_width(word) > width) {
      const auto bytes = std::max<std::size_t>(fitting(word, width), first_character(word).bytes);
      lines.emplace_back(word.substr(0, bytes));
      word.remove_prefix(bytes);
    }
    line += word;
  }
  if (!line.empty() || lines.empty()) end_line();
  return lines;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  return std::string(text.substr(0, fitting(text, width - 1))) + "…";
}

std::string padded(std::string_view text, std::size_t width) {
  std::string result(text);
  result.append(width - std::min(width, display_width(text)), ' ');
  return result;
}

std::string padded_left(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ').append(text);
}

std::string styled(std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::plain || text.empty()) return std::string(text);
  return std::string(code_of(style)).append(text).append("\x1b[0m");
}

std::string row_text(const std::vector<Cell>& cells, const std::vector<Column>& columns, std::string_view margin,
                     bool colour) {
  check(cells.size() == columns.size(), "a row has a cell a column");
  std::size_t height = 0;
  for (const auto& cell : cells) height = std::max(height, cell.size());

  std::string text;
  for (std::size_t y = 0; y < height; ++y) {
    std::string line;
    std::size_t pending = 0;  // blanks are written only once something follows them
    for (std::size_t x = 0; x < cells.size(); ++x) {
      if (x > 0) pending += 2;
      const Line part = y < cells[x].size() ? cells[x][y] : Line{};
      const auto width = display_width(part.text);
      check(width <= columns[x].width, "a line fits its column");
      const auto rest = columns[x].width - width;
      if (part.text.empty()) {
        pending += rest;
        continue;
      }
      line.append(pending + (columns[x].flush_right ? rest : 0), ' ');
      line += styled(part.text, part.style, colour);
      pending = columns[x].flush_right ? 0 : rest;
    }
    if (!line.empty()) text.append(margin).append(line);
    text += '\n';
  }
  return text;
}

}  // namespace gapless::report
