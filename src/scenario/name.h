// A name with its place, as the syntax tree has it everywhere.
#pragma once

#include <string>

#include "base/source.h"

namespace gapless::scenario {

// A name, or the contents of a "text", with the place of its first byte.
struct Name {
  std::string text;
  Offset at = 0;
};

}  // namespace gapless::scenario
