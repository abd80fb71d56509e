// A global state with every actor told apart, on plain values: what `enumerate` and `replay` step through. No memory of
// effects, no automaton, no merging.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actor/live_actor.h"
#include "explore/properties.h"
#include "explore/roles.h"
#include "explore/successors.h"
#include "model/schedule.h"

namespace gapless::explore {

struct ConcreteActor {
  std::size_t role = 0;  // in Roles
  Sessions sessions;
  actor::Pause pause;      // where it stands
  bool has_begun = false;  // the operation was started: what came before the first one has gone with it
};

struct Concrete {
  World world;
  std::vector<ConcreteActor> actors;

  Actors seen(const Roles& roles) const;  // as invariants see them
  // Everybody has finished and owes nothing; nor does the world.
  bool is_final(const Successors& successors, const Roles& roles) const;
};

// One thing that can happen next.
struct Possible {
  std::size_t actor = 0;  // from 0; unused where it is nobody's step
  Way way = Way::none;
  std::string outcome;  // of a call, as Successors::outcomes() has it
  Happening happening;  // Way::happen
};
// As a schedule has it.
model::Choice choice_of(const Possible& possible);

// In order of choice_of().
std::vector<Possible> possibilities(const Successors& successors, const Roles& roles, const Concrete& state);

// Runs actors' programs for take_step().
class Players {
 public:
  virtual ~Players() = default;
  // The actor begins this role; it is a new actor if it has the next number.
  virtual actor::Pause begin(std::size_t actor, const model::Role& role) = 0;
  virtual actor::Pause go_on(std::size_t actor, const store::Observation& observation) = 0;
};

Concrete initial_state(const Successors& successors, Players& players);

// One step in place. The actor is not run on when its statement waits. Returns the observation, if any.
std::optional<store::Observation> take_step(const Successors& successors, Roles& roles, Concrete& state,
                                            const Possible& possible, Players& players);

// What tells final states apart: the world, and for each actor its role and its response or what it is stuck in.
// Actors of one role are not told apart. A digest.
std::uint64_t final_state_digest(const World& world, std::vector<std::string> ends);

}  // namespace gapless::explore
