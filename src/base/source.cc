#include "base/source.h"

#include <algorithm>
#include <utility>

namespace gapless {
namespace {

// A line is quoted to be recognised, not to be read whole: a 10 MB line would bury the message.
constexpr int longest_quoted_line = 200;

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = diagnostic.file;
  if (diagnostic.line > 0) {
    text += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column);
  }
  text += ": " + diagnostic.message;
  if (diagnostic.line > 0) {
    text += "\n  " + diagnostic.source_line;
    if (diagnostic.column <= longest_quoted_line) {
      text += "\n  ";
      text.append(static_cast<std::size_t>(std::max(diagnostic.column - 1, 0)), ' ');
      text += '^';
    }
  }
  return text;
}

Source make_source(std::string name, std::string text) {
  return std::make_shared<const SourceText>(SourceText{std::move(name), std::move(text)});
}

Diagnostic diagnostic_at(const SourceText& source, Offset at, std::string message) {
  const std::string_view text = source.text;
  const auto end = std::min<std::size_t>(at, text.size());
  const auto is_character_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };

  Diagnostic result;
  result.file = source.name;
  result.line = 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  const auto newline_before = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
  const auto line_start = newline_before == std::string_view::npos ? 0 : newline_before + 1;
  const auto before = text.substr(line_start, end - line_start);
  result.column = 1 + static_cast<int>(std::count_if(before.begin(), before.end(), is_character_start));
  const auto line = text.substr(line_start, text.find('\n', line_start) - line_start);
  // Only printable bytes are kept, so that a binary file does not upset the terminal.
  for (const char c : line.substr(0, longest_quoted_line)) {
    const auto byte = static_cast<unsigned char>(c);
    result.source_line += byte < 0x20U || byte == 0x7FU ? ' ' : c;
  }
  result.message = std::move(message);
  return result;
}

ModelError::ModelError(Diagnostic diagnostic) : diagnostic_(std::move(diagnostic)), text_(to_string(diagnostic_)) {}

ModelError::ModelError(const SourceText& source, Offset at, std::string message)
    : ModelError(diagnostic_at(source, at, std::move(message))) {}

}  // namespace gapless
