// Nothing that a model sends to a real Redis server may reach beyond the database that is ours.
#pragma once

#include <string>

#include "model/model.h"
#include "store/keyvalue/rules.h"

namespace gapless::live {

// The command as it is sent: FLUSHALL becomes FLUSHDB. Throws ModelError where a script might do something else than
// its text says: it must name each command that it calls, and not FLUSHALL.
store::keyvalue::Command within_reach(store::keyvalue::Command command, const model::Model& model);

// Why this script is not sent; empty where it is.
std::string why_out_of_reach(const std::string& script);

}  // namespace gapless::live
