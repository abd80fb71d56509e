// An execution as text: one column an actor, one row a step, time downward.
#pragma once

#include <string>

#include "model/execution.h"

namespace gapless::report {

// Lines of at most `text_width` columns, each indented by `margin` and ended by a newline.
std::string timeline(const model::Execution& execution, bool colour);

}  // namespace gapless::report
