// How likely it is to meet a violation: counting beyond counting, on the graph that census counts on.
//
// A load test of N requests is one interleaving, drawn by whoever schedules. The plainest scheduler takes, at each
// step, one of all the steps that are possible, each with equal probability. That is not to draw one of all
// interleavings with equal probability: an order in which one request runs alone at the end is as likely as the choices
// before it make it. Of two naive withdrawals 4 of 6 interleavings are violating, yet one test finds it with 1/2 only;
// see docs/odds.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "explore/census.h"
#include "explore/graph.h"
#include "model/verdict.h"

namespace gapless::explore {

// The probability that one run under the uniform scheduler is violating. What else can happen competes with the actors'
// steps as one candidate each: an outcome of a call, a step of the world, a fault. Where an interleaving can end though
// faults are still possible, that it ends is one candidate more.
// Where requests may go round for ever, the probability of a violation ever; nullopt where that was not found to a part
// in 10^12.
// REQUIRES: the graph is complete.
std::optional<double> uniform_probability(const Graph& graph);

// The least number of runs of which at least one is violating with probability 95 %, if one is with `probability`.
// nullopt where it never is, or so seldom that 2^63 runs are too few.
std::optional<std::uint64_t> runs_to_meet(double probability);

// part / whole as a floating-point number, to 15 digits, however long they are.
// REQUIRES: decimal digits, whole is not 0.
double share_of(const std::string& part, const std::string& whole);

// REQUIRES: the graph is complete. `census`: what was counted on it, if there is a number.
model::Odds odds_of(const Graph& graph, std::size_t actors, const std::optional<Census>& census);

}  // namespace gapless::explore
