// An execution as text: one column an actor, one row a step, time downward; then what went wrong, in sentences.
#pragma once

#include <string>

#include "model/execution.h"

namespace gapless::report {

// Lines of at most `text_width` columns, each indented by two blanks and ended by a newline.
std::string timeline(const model::Execution& execution, bool colour);

// What was read, what changed it, and what was then done on the strength of it; or who waits for whom. Indented
// likewise; empty where there is nothing of the kind.
std::string explanation(const model::Execution& execution, bool colour);

// The violated invariant with its values; empty if none was violated.
std::string violation(const model::Execution& execution, bool colour);

// Fixed, not the terminal's: the same input gives the same bytes.
inline constexpr std::size_t text_width = 100;

}  // namespace gapless::report
