// A name with its place, as the syntax tree has it everywhere, and what names are compared by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace gapless::scenario {

// A name, or the contents of a "text", with the place of its first byte.
struct Name {
  std::string text;
  Offset at = 0;
};

std::string to_lower(std::string_view text);  // as PostgreSQL folds names: ASCII only
// "; did you mean `coupons`?", or nothing where no candidate is near.
std::string meant(std::string_view wanted, const std::vector<std::string>& candidates);

}  // namespace gapless::scenario
