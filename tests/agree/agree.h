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

// Empty where no reduction shows: search and census with some of explore::Reductions on and others off, by one thread
// and by two, have the same verdict, coverage, counts and simplest counterexample as without any and by one thread.
// Otherwise what differs. Goes through check_model(), so that every counterexample is replayed, too.
enum class Thoroughness : std::uint8_t {
  each,  // all on, and each one off alone; where search keeps many states, only all on, and no census
  all,   // all combinations, each by one thread and by two
  names  // all on, with names (explore/naming.h) and without
};
std::string disagreement_of_reductions(const model::Model& model, Thoroughness thoroughness = Thoroughness::each);

// What the reductions left to do in the models compared so far: states that search kept, by one thread.
struct Kept {
  std::size_t models = 0;
  std::size_t violated = 0;
  std::uint64_t with_none = 0;
  std::uint64_t with_all = 0;
  // Of a census.
  std::uint64_t told_apart = 0;
  std::uint64_t with_names = 0;
};
Kept& kept();

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
