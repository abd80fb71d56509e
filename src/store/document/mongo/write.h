// The methods that write. Each call is one step of one request; outside a transaction a step writes one document.
#pragma once

#include <optional>

#include "store/document/mongo/work.h"

namespace gapless::store::document::mongo {

// None: there are more steps, and the session's progress says where to go on.
std::optional<Observation> write(Work& work, std::size_t collection, const Request& request);

}  // namespace gapless::store::document::mongo
