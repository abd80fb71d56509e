// How likely a test is to meet a violation, by number of actors (--odds).
#pragma once

#include <string>

#include "report/matrix.h"

namespace gapless::report {

// A row a run and number of actors, for one scenario; a run that never goes wrong has one row. Empty where there is
// none.
std::string odds_table(const Runs& runs, bool colour);

}  // namespace gapless::report
