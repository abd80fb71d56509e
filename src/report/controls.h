// What became of the guards of variants that hold, when they were dropped one by one (--controls).
#pragma once

#include <string>

#include "model/verdict.h"
#include "report/matrix.h"

namespace gapless::report {

// A row a guard, for one scenario; empty where there is none.
std::string controls_table(const Runs& runs, bool colour);

// How many there were (each once, in however many settings), how many are vacuous, and which invariants never failed.
// Empty without --controls.
std::string controls_summary(const model::Report& report, bool colour);

}  // namespace gapless::report
