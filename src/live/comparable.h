// Which models can be compared with real servers, and which servers that takes.
#pragma once

#include <string>

#include "model/model.h"

namespace gapless::live {

bool needs_postgres(const model::Model& model);
bool needs_redis(const model::Model& model);

// What keeps it from being compared, for people; empty: nothing. What cannot be forced upon a server at a chosen step
// (time, replication), and what is no server's (a process's memory, its locks).
std::string why_not_comparable(const model::Model& model);

}  // namespace gapless::live
