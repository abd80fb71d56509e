// What never came to anything, as far as everything was explored: statements that nobody ran, requests that always
// fail.
#pragma once

#include "actor/automaton.h"
#include "explore/roles.h"
#include "model/model.h"
#include "model/verdict.h"

namespace gapless::explore {

// Fills never_ran and never_succeeds. REQUIRES: the exploration that grew the automata was exhaustive.
void note_unreached(const model::Model& model, const actor::Automata& automata, const Roles& roles,
                    model::Verdict& verdict);

}  // namespace gapless::explore
