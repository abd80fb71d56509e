// Which variables can still matter after each step.
#pragma once

#include "scenario/code.h"

namespace gapless::scenario {

// Fills in Instruction::live of every instruction that is a step.
void find_live_variables(Code& code);

}  // namespace gapless::scenario
