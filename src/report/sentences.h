// What went wrong in an execution, in sentences that stand under its table.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/execution.h"

namespace gapless::report {

// What was read, what changed it, and what was then done on the strength of it; or who waits for whom. Lines of at most
// `text_width` columns, each indented by `margin`; empty where there is nothing of the kind.
std::string explanation(const model::Execution& execution, bool colour);

// The violated invariant with its values; empty if none was violated.
std::string violation(const model::Execution& execution, bool colour);

// "1, 3"
std::string numbers_text(const std::vector<std::size_t>& actors);

// Fixed, not the terminal's: the same input gives the same bytes.
inline constexpr std::size_t text_width = 100;
inline constexpr std::string_view margin = "  ";

}  // namespace gapless::report
