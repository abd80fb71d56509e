// What a sample says of the interleavings that it did not draw (--mode sample).
#pragma once

#include <string>

#include "model/verdict.h"

namespace gapless::report {

// "a bug of depth 3 is missed with a probability of at most 2.1 % (2 actors, 7 steps)". To stand behind what was drawn.
std::string promise(const model::Sampling& sampling);

}  // namespace gapless::report
