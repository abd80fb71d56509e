// The one next-state semantics: who can step, and what a step does. Everything that explores asks here.
//
// Works on plain values and remembers nothing; `space` remembers its results, `enumerate` and `replay` use it as it is.
// What a step is, and what counts as one, is section 2 of the design; the comments there are not repeated here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "actor/live_actor.h"
#include "model/model.h"
#include "store/operation.h"
#include "store/relational/rules.h"
#include "store/relational/serialization.h"

namespace gapless::explore {

namespace relational = store::relational;

// The shared state of all databases, and the ledger: for each of its tables the rows, sorted (a multiset).
struct World {
  std::vector<relational::Database> databases;
  // One a database where some transaction is SERIALIZABLE; else none. Its actors are whoever take_step()'s caller says:
  // the model's actors, or labels (space.h).
  std::vector<relational::Serialization> serializations;
  std::vector<std::vector<sql::Tuple>> ledgers;

  bool operator==(const World&) const = default;
};

// One actor's sessions, one a database.
using Sessions = std::vector<relational::Session>;

// What a step means to everybody else's sessions.
struct Change {
  std::vector<std::pair<std::size_t, relational::Event>> events;  // database and event, in order
  // How labels went (label.h): by old label the new one. Empty: none has changed.
  std::vector<std::uint32_t> labels;

  bool identity() const { return events.empty() && labels.empty(); }
  bool operator==(const Change&) const = default;
};

// How an actor can step.
enum class Way : std::uint8_t {
  none,      // its statement waits for somebody
  start,     // performs its operation
  resume,    // what its statement waited for is over
  deadlock,  // it stands in a cycle of waiters: its statement fails
  time_out,  // its statement still waits, and need not do so for ever: it fails
};

// An operation performed: the world and the actor's sessions afterwards. No observation: the statement waits.
struct Performed {
  World world;
  Sessions sessions;
  Change change;
  std::optional<store::Observation> observation;
};

class Successors {
 public:
  explicit Successors(const model::Model& model);  // which must outlive this

  // Databases filled; the effects of requests that have no step have happened.
  World initial_world() const;
  Sessions initial_sessions() const;

  // Start, resume, time_out or none; what a cycle of waiters means is found by break_cycles().
  Way way(const World& world, const Sessions& sessions, const store::Operation& operation,
          std::uint32_t actor = 0) const;

  // The actor that performs `holders_operation` waits, too, in the same database, for which it holds what the other one
  // waits for: an edge of that database's wait-for graph.
  bool waits_for(const World& world, const Sessions& waiting, const store::Operation& operation, const Sessions& holder,
                 const store::Operation& holders_operation) const;

  // It stands behind the other one in the queue for a lock; and it waits for nothing else.
  bool stands_behind(const Sessions& waiting, const store::Operation& operation, const Sessions& other,
                     const store::Operation& others_operation) const;
  bool waits_only_in_queue(const World& world, const Sessions& waiting, const store::Operation& operation) const;

  // What a session holds that the waiting one needs, whether the holder waits or not.
  bool blocks(const World& world, const Sessions& waiting, const store::Operation& operation,
              const Sessions& holder) const;

  // `actor` is its name in World::serializations.
  // REQUIRES: way is what way() said, or what break_cycles() made of it.
  Performed perform(const World& world, const Sessions& sessions, const store::Operation& operation, Way way,
                    std::uint32_t actor = 0) const;

  // What goes with the step: effects enter the ledger, abandoned transactions are rolled back.
  void settle(Performed& performed, const std::vector<actor::Effect>& effects,
              const std::vector<std::size_t>& abandoned, std::uint32_t actor = 0) const;

  static Sessions map(const Sessions& sessions, const Change& change);

  const model::Model& model() const { return *model_; }
  const relational::Rules& rules(std::size_t database) const { return rules_[database]; }

 private:
  void enter(World& world, const actor::Effect& effect) const;

  const model::Model* model_;
  std::vector<relational::Rules> rules_;
};

// What a wait-for graph says of its waiters. Edges to their like count: `waits_for(i, i)`.
struct WaitGraph {
  std::size_t count = 0;
  std::function<bool(std::size_t, std::size_t)> waits_for;
  std::function<bool(std::size_t, std::size_t)> stands_behind;  // in a queue
  std::function<bool(std::size_t)> waits_only_in_queue;
};
// By waiter: deadlock for a member of a cycle; resume for one that would be free but for its place in a queue, where
// that place closes a cycle (PostgreSQL rearranges the queue instead of naming a victim); else none.
std::vector<Way> break_cycles(const WaitGraph& graph);

}  // namespace gapless::explore
