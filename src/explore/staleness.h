// Which reads another actor made stale before the reader acted on them: the story behind a violation. For people;
// nothing is decided by it.
#pragma once

#include <vector>

#include "explore/concrete.h"
#include "model/execution.h"

namespace gapless::explore {

// A step of a replay: the state that it left, and what was performed.
struct Moment {
  Concrete before;
  bool performs = false;  // else something happened to an actor or to the world, and there is no operation
  store::Operation operation;

  bool is_statement() const { return performs && operation.kind == store::Operation::Kind::statement; }
};

// Reads whose result another actor's step changed before the reader acted on it: the reader's statement is asked again
// just before and just after each step of the others. `last` is the state after the last moment.
std::vector<model::Staleness> find_stale_reads(const Successors& successors, const std::vector<Moment>& moments,
                                               const Concrete& last, const model::Execution& execution);

}  // namespace gapless::explore
