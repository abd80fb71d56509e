// Makes a disagreement as small as it gets: drops sessions, transactions, statements, rows, tables and clauses for as
// long as the two servers still disagree in the same way.
#pragma once

#include "play.h"

namespace gapless::disagree {

// REQUIRES: `played` disagrees. The result does, too, in the order of its steps.
Played shrink(const Played& played, Theirs& theirs);

// Fewer statements first, then less text.
std::size_t size_of(const Schedule& schedule);

}  // namespace gapless::disagree
