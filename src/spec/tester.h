// Runs a test as isolationtester does: one step after the other, each until it is done or waits, and after each of them
// a look at all that wait.
#pragma once

#include <functional>

#include "spec/program.h"
#include "spec/transcript.h"

namespace gapless::spec {

// Every permutation in turn, each from the beginning: on an empty database and with new connections. `tell` is called
// after each. Throws ModelError where the test cannot be run: at a statement that is not supported, or where
// isolationtester would give up.
Transcript run(const Program& program, const std::function<void(const Run&)>& tell);

}  // namespace gapless::spec
