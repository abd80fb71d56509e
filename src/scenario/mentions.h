// Which fields of a collection a request to MongoDB names, with what: the columns that invariants see are made of them.
#pragma once

#include <string>
#include <vector>

#include "store/document/database.h"
#include "store/document/request.h"

namespace gapless::scenario {

struct Mention {
  std::string collection;
  store::document::Path path;
  store::document::Value value;  // stands for the type; Unknown or null: the request does not tell
};

// Tolerates what is no request: that is refused elsewhere. In the order of the text.
std::vector<Mention> mentions_of_mongodb(const store::document::Request& request);

}  // namespace gapless::scenario
