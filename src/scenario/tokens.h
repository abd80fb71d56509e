// A stretch of SQL as PostgreSQL's scanner sees it, with the parentheses that belong together.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "sql/parse.h"

namespace gapless::scenario {

struct Token {
  enum class Kind : std::uint8_t { word, other };

  Kind kind = Kind::other;
  std::string text;  // a word in lower case and without its quotes
  sql::Range range;
  std::size_t partner = 0;  // the parenthesis that belongs to this one; its own number for all others
  bool local = false;       // of :name and :name.field

  bool is(std::string_view word) const { return !local && text == word; }
};

// Without comments. Empty where it cannot be scanned.
std::vector<Token> tokens_of(const SourceText& source, sql::Range range);

}  // namespace gapless::scenario
