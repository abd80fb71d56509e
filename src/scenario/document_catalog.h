// MongoDB and DynamoDB databases of a file: what their blocks declare and insert, and the columns that invariants see,
// which are those that the file names anywhere.
#pragma once

#include "scenario/syntax.h"
#include "scenario/world.h"

namespace gapless::scenario {

// Makes world.documents. `schemas`: what a variant adds to the blocks. REQUIRES: the other databases and the clock are
// known.
void read_documents(const File& file, const Source& source, const std::vector<SchemaText>& schemas, World& world);

// Where in the request a mistake is that document::mistake() tells of.
Offset place_of_mistake(const DocumentText& text, std::string_view mistake);

}  // namespace gapless::scenario
