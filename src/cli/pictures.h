// Timelines of runs, with their captions.
#pragma once

#include <string>

#include "model/execution.h"
#include "model/verdict.h"
#include "viz/timeline.h"

namespace gapless::cli {

// The bytes of the picture; the caption says which run it is.
std::string picture(const model::Run& run, const model::Execution& execution, viz::Format format);

}  // namespace gapless::cli
