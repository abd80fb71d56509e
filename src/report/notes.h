// What stands under a scenario's matrix: what was not covered, warnings, what never comes to anything.
#pragma once

#include <string>

#include "report/matrix.h"

namespace gapless::report {

// Empty, or an empty line and the notes.
std::string notes(const Runs& runs, bool colour);

}  // namespace gapless::report
