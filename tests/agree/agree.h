// The engines against each other: census and search against enumerate, the slow one that is obviously right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explore/engines.h"
#include "model/model.h"

namespace gapless::agree {

// Empty where census, enumerate and search agree on this model: census and enumerate in verdict, interleavings,
// violating count, the set of final states and the simplest counterexample; search in whether there is a violation and
// in the simplest one; and the counterexample violates when replayed. Otherwise what differs.
// `most`: a model with more interleavings, or endlessly many, is too much for enumerate; then only census and search
// are compared, and it counts as left out.
std::string disagreement(const model::Model& model, std::uint64_t most = 3'000'000);

// What the last comparison counted, for tests that want to know that something happened at all.
struct Tally {
  std::size_t models = 0;    // compared in full
  std::size_t left_out = 0;  // compared but for enumerate
  std::size_t violated = 0;
  std::size_t with_waits = 0;
  std::uint64_t interleavings = 0;
};
Tally& tally();

// The models of every .gap file in models/. 0: with the actors and the fault settings that the file says. Else at this
// number of actors, where its run line allows that, and only those without faults and Redis.
std::vector<model::Model> shipped_models(std::size_t actors);

std::string name_of(const model::Model& model);

}  // namespace gapless::agree
