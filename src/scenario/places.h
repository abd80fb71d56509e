// What a request can do, place by place.
#pragma once

#include <string>
#include <vector>

#include "model/model.h"
#include "scenario/code.h"

namespace gapless::scenario {

// Statements (but for BEGIN, COMMIT and the like), commands, calls and messages, in the order of the source, each once.
// `positive`: by parameter of the request whether each of its arguments in the file is a positive integer.
void add_places(const Code& code, const std::string& request, const std::vector<bool>& positive,
                std::vector<model::Place>& places);

}  // namespace gapless::scenario
