#include "explore/mentions.h"

#include <algorithm>
#include <cctype>

namespace gapless::explore {
namespace {

bool is_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::size_t mentions(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  std::size_t count = 0;
  for (auto at = text.begin(); at != text.end();) {
    const auto found = std::search(at, text.end(), word.begin(), word.end(), same);
    if (found == text.end()) break;
    const auto end = found + static_cast<std::ptrdiff_t>(word.size());
    const bool begins = found == text.begin() || !is_of_name(*(found - 1));
    const bool ends = end == text.end() || !is_of_name(*end);
    if (begins && ends) ++count;
    at = end;
  }
  return count;
}

}  // namespace gapless::explore
