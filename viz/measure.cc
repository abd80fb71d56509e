// The advance widths of ASCII are a table, taken from DejaVuSans.ttf; other characters count as one em, which is the
// widest that is common there (…, CJK), so that text never outgrows its box.
#include "viz/measure.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace gapless::viz {
namespace {

// Characters 32 to 126, in thousandths of the font's size.
constexpr std::array<std::uint16_t, 95> advance_widths = {
    318,  401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,  // blank to /
    636,  636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,  // 0 to ?
    1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,  // @ to O
    603,  787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,  // P to _
    500,  613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,  // ` to o
    635,  635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838};      // p to ~

// DejaVu Sans Bold is wider by this much or less, letter by letter.
constexpr double bold_factor = 1.14;

// The length in bytes of the character at the front; 0 if there is none.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80U                    ? 1
                             : lead >= 0xC2U && lead < 0xE0U ? 2
                             : lead >> 4U == 0xEU            ? 3
                             : lead >= 0xF0U && lead < 0xF5U ? 4
                                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return 0;
  }
  const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : 0x80U;
  const bool overlong = (lead == 0xE0U && second < 0xA0U) || (lead == 0xF0U && second < 0x90U);
  const bool beyond = (lead == 0xEDU && second > 0x9FU) || (lead == 0xF4U && second > 0x8FU);
  return overlong || beyond ? 0 : length;
}

std::string clean(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto length = character_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0) {
      result += '?';
    } else if (first < 0x20U || first == 0x7FU) {
      result += ' ';
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

// As much of the text's beginning as fits, in bytes; at least one character, so that breaking always gets on.
std::size_t fitting(std::string_view text, double width, double font_size, bool bold) {
  auto end = character_length(text);
  while (end < text.size()) {
    const auto next = end + character_length(text.substr(end));
    if (text_width(text.substr(0, next), font_size, bold) > width) break;
    end = next;
  }
  return end;
}

}  // namespace

double text_width(std::string_view text, double font_size, bool bold) {
  double thousandths = 0;
  while (!text.empty()) {
    const auto length = std::max<std::size_t>(character_length(text), 1);
    const auto code = static_cast<unsigned char>(text.front());
    thousandths += code >= 32 && code < 127 ? advance_widths[code - 32U] : 1000;
    text.remove_prefix(length);
  }
  return thousandths / 1000 * font_size * (bold ? bold_factor : 1);
}

std::vector<std::string> wrap(std::string_view text, double width, double font_size, bool bold,
                              std::size_t most_lines) {
  check(most_lines > 0, "text is wrapped to some lines");
  const auto cleaned = clean(text);
  std::string_view rest = cleaned;
  std::vector<std::string> lines;
  std::string line;
  const auto fits = [&](const std::string& wanted) { return text_width(wanted, font_size, bold) <= width; };
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) break;
    std::string word(rest.substr(0, rest.find(' ')));
    rest.remove_prefix(word.size());
    if (!line.empty() && !fits(line + " " + word)) lines.push_back(std::exchange(line, {}));
    if (!line.empty()) line += ' ';
    while (!fits(word)) {
      const auto end = fitting(word, width, font_size, bold);
      if (end == word.size()) break;
      lines.push_back(word.substr(0, end));
      word.erase(0, end);
    }
    line += word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  if (lines.size() <= most_lines) return lines;

  lines.resize(most_lines);
  auto& last = lines.back();
  const double room = width - text_width("…", font_size, bold);
  last = last.substr(0, fitting(last, room, font_size, bold)) + "…";
  return lines;
}

}  // namespace gapless::viz
