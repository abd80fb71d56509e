// MongoDB and DynamoDB databases of a file: what their blocks declare and insert, and the columns that invariants see,
// which are those that the file names anywhere.
#pragma once

#include "scenario/syntax.h"
#include "scenario/world.h"

namespace gapless::scenario {

// Makes world.documents. REQUIRES: the other databases and the clock are known.
void read_documents(const File& file, const Source& source, World& world);

}  // namespace gapless::scenario
