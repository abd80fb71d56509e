// What happens in a step that performs no operation, in words: the table and the picture say the same.
#pragma once

#include <string>

#include "model/execution.h"

namespace gapless::model {

// "crashes", "is received twice", "lock:SAVE50 expires", "charge(1, 50) is settled: not done". Of an operation: as it
// is.
std::string words(const Step& step);

// Whether nothing follows this step in its actor's lane until it is run again: it has responded, or crashed.
bool ends_lane(const Step& step);

}  // namespace gapless::model
