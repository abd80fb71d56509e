// A global state with every actor told apart, on plain values: what `enumerate` and `replay` step through. No memory of
// effects, no automaton, no merging.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "actor/live_actor.h"
#include "explore/properties.h"
#include "explore/successors.h"

namespace gapless::explore {

struct ConcreteActor {
  Sessions sessions;
  actor::Pause pause;      // where it stands
  bool has_begun = false;  // the operation was started: what came before the first one has gone with it
};

struct Concrete {
  World world;
  std::vector<ConcreteActor> actors;

  std::vector<Finished> finished(const model::Model& model) const;
  bool all_finished() const;
};

// How each actor can step; Way::none for those that have finished, too.
std::vector<Way> ways(const Successors& successors, const Concrete& state);

// One step in place. `resume` runs the actor on with its observation, to where it pauses next; it is not called when
// the statement waits. Returns the observation, if any.
std::optional<store::Observation> take_step(const Successors& successors, Concrete& state, std::size_t actor, Way way,
                                            const std::function<actor::Pause(const store::Observation&)>& resume);

// What tells final states apart: the world, and for each actor its role and its response or what it is stuck in.
// Actors of one role are not told apart. A digest.
std::uint64_t final_state_digest(const World& world, std::vector<std::string> ends);

}  // namespace gapless::explore
