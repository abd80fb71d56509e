// How many states there would be if all actors were told apart, without exploring them.
#pragma once

#include <optional>
#include <string>

#include "explore/graph.h"
#include "explore/space.h"
#include "model/verdict.h"

namespace gapless::explore {

// The sum over canonical states of the ways to say which actor is where: for each role, as a multinomial coefficient,
// the factorial of its actors over the factorials of its groups. Messages have no actor of the model behind them; those
// that are alike stay so.
// nullopt where a canonical state is not just a multiset: at SERIALIZABLE the relations of actors with labels may be
// the same for several assignments; where requests may be received twice, an actor and its double are alike; and where
// an actor makes several requests, who got which of the earlier answers is forgotten.
// REQUIRES: the graph is complete.
std::optional<std::string> count_distinct_states(const Space& space, const model::Model& model, const Graph& graph);

model::Savings savings_of(const Space& space, const model::Model& model, const Graph& graph);

}  // namespace gapless::explore
