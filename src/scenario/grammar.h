// .gap text → syntax tree. The only door to PEGTL.
//
// What is not grammatical is a ModelError at the first byte that does not fit.
#pragma once

#include <string_view>

#include "base/source.h"
#include "scenario/syntax.h"

namespace gapless::scenario {

inline constexpr std::size_t largest_file = 1024 * 1024;  // bytes; a scenario is written by hand
// Blocks within blocks. Parsing, compiling and destroying are recursive; 100 is far more than anyone reads and far
// less than a stack holds.
inline constexpr std::size_t deepest_nesting = 100;

File parse(const Source& source);

}  // namespace gapless::scenario
