// What isolationtester printed, read back.
#pragma once

#include "base/source.h"
#include "spec/specification.h"
#include "spec/transcript.h"

namespace gapless::spec {

// Results of setups and teardowns stand with the report before them, as nothing in the text tells them apart. Throws
// ModelError at a line that isolationtester does not print for this test.
Transcript read_output(const Source& output, const Specification& specification);

}  // namespace gapless::spec
