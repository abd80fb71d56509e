// A scenario file in its one layout: two blanks an indentation, lines of up to 120 columns, what was written on one
// line stays there while it fits. SQL and the commands of other stores are as their author wrote them, but for where
// their lines begin.
#pragma once

#include <string>

#include "base/source.h"

namespace gapless::scenario {

// Nothing is lost: both texts differ in white space only, and mean the same. Throws ModelError where the file has a
// mistake.
std::string formatted(const Source& source);

}  // namespace gapless::scenario
