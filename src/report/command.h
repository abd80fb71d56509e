// Commands that can be pasted into a shell.
#pragma once

#include <string>
#include <string_view>

#include "model/verdict.h"

namespace gapless::report {

// ./dev replay --model models/withdraw.gap --variant naive --actors 2 "1 2 2 1"
// REQUIRES: the run has a counterexample.
std::string replay_command(const model::Run& run);

// As a POSIX shell reads it back; quoted only where it must be.
std::string shell_word(std::string_view text);

}  // namespace gapless::report
