// What a request can do, place by place.
#pragma once

#include <string>
#include <vector>

#include "model/model.h"
#include "scenario/code.h"

namespace gapless::scenario {

// Statements (but for BEGIN, COMMIT and the like), commands, calls and messages, in the order of the source, each once.
void add_places(const Code& code, const std::string& request, std::vector<model::Place>& places);

}  // namespace gapless::scenario
