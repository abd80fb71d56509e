// What expressions mean for an item.
#pragma once

#include <string>
#include <vector>

#include "store/document/dynamo/expression.h"

namespace gapless::store::document::dynamo {

const Value* at(const Object& item, const DocumentPath& path);  // null pointer: not there

// An item that is not there is empty.
bool holds(const Expression& condition, const Object& item);

// The item after an update; canonical. Refuses what AWS refuses only with the item at hand: `SET a = a - :x` of an
// absent a, an operand of the wrong type, a path through what is no map.
Object changed(const Object& item, const std::vector<Change>& changes);

// Of the item only what the paths name; a list keeps the elements named, in their order.
Object projected(const Object& item, const std::vector<DocumentPath>& paths);

}  // namespace gapless::store::document::dynamo
