#include "base/source.h"

#include <algorithm>
#include <utility>

namespace gapless {
namespace {

// A line is quoted to be recognised, not to be read whole: a 10 MB line would bury the message. Of a longer one there
// are so many characters, and where the column lies beyond them, those around it, with … where something is missing.
constexpr int longest_quoted_line = 200;
constexpr int shown_before = longest_quoted_line / 2;

// How many characters of the line are left out in front: a function of the column alone, so that a Diagnostic need not
// keep it.
int left_out(int column) { return column <= longest_quoted_line ? 0 : column - 1 - shown_before; }

bool is_character_start(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

// Where the character begins that `count` others precede; the end, if there are not as many.
std::size_t after_characters(std::string_view text, int count) {
  std::size_t i = 0;
  while (i < text.size() && !is_character_start(text[i])) ++i;
  for (; count > 0 && i < text.size(); --count) {
    do ++i;
    while (i < text.size() && !is_character_start(text[i]));
  }
  return i;
}

// Only printable bytes are kept, so that a binary file does not upset the terminal, and no more than a character has.
std::string printable(std::string_view text) {
  std::string result;
  int continued = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    continued = is_character_start(c) ? 0 : continued + 1;
    if (continued <= 3) result += byte < 0x20U || byte == 0x7FU ? ' ' : c;
  }
  return result;
}

std::string quoted_line(std::string_view line, int column) {
  const int before = left_out(column);
  const auto rest = before == 0 ? line : line.substr(after_characters(line, before));
  const auto shown = rest.substr(0, after_characters(rest, longest_quoted_line));
  return (before > 0 ? "…" : "") + printable(shown) + (shown.size() < rest.size() ? "…" : "");
}

// A message quotes what was written, and that may be 32 KiB of a string that is never closed: the middle goes.
std::string shortened(std::string message) {
  constexpr int longest = 500;
  constexpr int beginning = 300;
  constexpr int ending = 100;
  const auto characters = std::ranges::count_if(message, is_character_start);
  if (characters <= longest) return message;
  const std::string_view text = message;
  const auto tail = after_characters(text, static_cast<int>(characters) - ending);
  return printable(text.substr(0, after_characters(text, beginning))) + " … " + printable(text.substr(tail));
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = diagnostic.file;
  if (diagnostic.line > 0) {
    text += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column);
  }
  text += ": " + diagnostic.message;
  if (diagnostic.line > 0) {
    const int before = left_out(diagnostic.column);
    const int caret = diagnostic.column - 1 - before + (before > 0 ? 1 : 0);  // one for the …
    text += "\n  " + diagnostic.source_line + "\n  ";
    text.append(static_cast<std::size_t>(std::max(caret, 0)), ' ');
    text += '^';
  }
  return text;
}

Source make_source(std::string name, std::string text) {
  return std::make_shared<const SourceText>(SourceText{std::move(name), std::move(text)});
}

Diagnostic diagnostic_at(const SourceText& source, Offset at, std::string message) {
  const std::string_view text = source.text;
  const auto end = std::min<std::size_t>(at, text.size());

  Diagnostic result;
  result.file = source.name;
  result.line = 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  const auto newline_before = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
  const auto line_start = newline_before == std::string_view::npos ? 0 : newline_before + 1;
  const auto before = text.substr(line_start, end - line_start);
  result.column = 1 + static_cast<int>(std::count_if(before.begin(), before.end(), is_character_start));
  const auto line = text.substr(line_start, text.find('\n', line_start) - line_start);
  result.source_line = quoted_line(line, result.column);
  result.message = shortened(std::move(message));
  return result;
}

ModelError::ModelError(Diagnostic diagnostic) : diagnostic_(std::move(diagnostic)), text_(to_string(diagnostic_)) {}

ModelError::ModelError(const SourceText& source, Offset at, std::string message)
    : ModelError(diagnostic_at(source, at, std::move(message))) {}

}  // namespace gapless
