// What must always be true of a server's state, whatever was done to it.
#pragma once

#include "store/relational/server.h"

namespace gapless::store::relational {

// Every belief that does not hold is a failed check().
void check_beliefs(const Server& server);

}  // namespace gapless::store::relational
