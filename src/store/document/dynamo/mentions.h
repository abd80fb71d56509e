// The attributes that a request names, from which a scenario makes the columns of its tables.
#pragma once

#include <string>
#include <vector>

#include "store/document/database.h"
#include "store/document/request.h"

namespace gapless::store::document::dynamo {

struct Mention {
  std::string table;
  Path path;    // a field of a map is a path of two names
  Value value;  // one of the type that it has, as far as the request tells; Unknown otherwise
};

// In the order in which the request names them; empty where the request is a mistake.
std::vector<Mention> mentions(const Catalog& catalog, const Request& request);

}  // namespace gapless::store::document::dynamo
