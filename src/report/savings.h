// How many states each reduction has left (--savings).
#pragma once

#include <string>

#include "report/matrix.h"

namespace gapless::report {

// A row a run, for one scenario; empty where there is none.
std::string savings_table(const Runs& runs, bool colour);

}  // namespace gapless::report
