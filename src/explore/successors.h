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
#include "explore/surroundings.h"
#include "model/model.h"
#include "store/document/rules.h"
#include "store/keyvalue/rules.h"
#include "store/operation.h"
#include "store/relational/rules.h"
#include "store/relational/serialization.h"

namespace gapless::explore {

namespace relational = store::relational;
namespace keyvalue = store::keyvalue;
namespace document = store::document;

// The shared state of all stores, and the ledger: for each of its tables the rows, sorted (a multiset).
struct World {
  std::vector<relational::Database> databases;
  // One a database where some transaction is SERIALIZABLE; else none. Its actors are whoever take_step()'s caller says:
  // the model's actors, or labels (space.h).
  std::vector<relational::Serialization> serializations;
  std::vector<keyvalue::Database> keyvalues;
  std::vector<document::Database> documents;
  std::vector<std::vector<sql::Tuple>> ledgers;
  Surroundings around;

  bool operator==(const World&) const = default;
};

// One actor's sessions, one a database of each kind.
struct Sessions {
  std::vector<relational::Session> databases;
  std::vector<keyvalue::Session> keyvalues;
  std::vector<document::Session> documents;

  relational::Session& operator[](std::size_t database) { return databases[database]; }
  const relational::Session& operator[](std::size_t database) const { return databases[database]; }
  bool operator==(const Sessions&) const = default;
};

// What a step means to everybody else's sessions.
struct Change {
  std::vector<std::pair<std::size_t, relational::Event>> events;  // database and event, in order
  std::vector<std::pair<std::size_t, keyvalue::Event>> touches;   // keyvalue and event, in order
  std::vector<std::pair<std::size_t, document::Event>> edits;     // document database and event, in order
  // How labels went (label.h): by old label the new one. Empty: none has changed.
  std::vector<std::uint32_t> labels;
  // How names went, after all that: the number of a Naming (naming.h) and 1; 0: as they were.
  std::uint32_t naming = 0;

  bool identity() const { return events.empty() && touches.empty() && edits.empty() && labels.empty() && naming == 0; }
  bool operator==(const Change&) const = default;
};

// How an actor can step.
enum class Way : std::uint8_t {
  none,      // its statement waits for somebody, or it waits for something to become true
  start,     // performs its operation
  resume,    // what its statement waited for is over, or its request takes several steps and is in the middle
  deadlock,  // it stands in a cycle of waiters: its statement fails
  time_out,  // its statement still waits, and need not do so for ever: it fails
  // What happens to an actor; the first three are faults, which need not happen.
  crash,      // it is no more, and its connections are closed
  retry,      // its client sends the request again
  duplicate,  // the request is received twice: another actor plays it, too
  redeliver,  // the message was not accepted: it is delivered again
  last_run,   // everybody else has finished: the job runs once more
  happen,     // nobody's step: a Happening
};
// Steps that may happen or not: an interleaving can end where only such are possible.
inline bool is_fault(Way way) { return way == Way::crash || way == Way::retry || way == Way::duplicate; }
std::string to_string(Way way);  // as a schedule has it: "!crash"; empty for what an actor does by itself

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

  // From now on `me` is a name, and so are the numbers that serial columns hand out (sql/name.h): these
  // columns, which have the kinds 1, 2, …
  struct NamedSerial {
    std::size_t database = 0;
    relational::NamedColumn column;
    std::size_t place = 0;  // in TableState::next_number
  };
  void use_names();
  const std::vector<NamedSerial>& named_serials() const { return serials_; }
  bool has_names() const { return has_names_; }

  // Databases filled; the effects of requests that have no step have happened.
  World initial_world() const;
  Sessions initial_sessions() const;

  // Start, resume, time_out or none; what a cycle of waiters means is found by break_cycles().
  Way way(const World& world, const Sessions& sessions, const store::Operation& operation,
          std::uint32_t actor = 0) const;

  // How the operation may come out where it starts, as a schedule has it: "" (of a call: ok), ":lost_done". Never
  // empty.
  std::vector<std::string> outcomes(const World& world, const store::Operation& operation) const;

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
  // REQUIRES: way is what way() said, or what break_cycles() made of it; the outcome is one of outcomes().
  Performed perform(const World& world, const Sessions& sessions, const store::Operation& operation, Way way,
                    const std::string& outcome = {}, std::uint32_t actor = 0) const;

  // What goes with the step, in this order: effects enter the ledger, answers the responses, abandoned transactions are
  // rolled back; who has finished lets go of application locks.
  struct Companions {
    std::vector<actor::Effect> effects;
    std::vector<actor::Answer> answers;
    std::vector<std::size_t> abandoned;
    bool finished = false;
    std::size_t number = 0;  // of the actor, where invariants tell actors apart
  };
  void settle(Performed& performed, const Companions& companions, std::uint32_t actor = 0) const;

  // What a role does before its first step; where it has none, that is all it does.
  void begin(World& world, const std::vector<actor::Effect>& effects, const std::vector<actor::Answer>& answers,
             std::size_t number) const;

  // The actor is no more: its transactions are rolled back and its connections closed.
  // REQUIRES: another crash may happen.
  Performed crash(const World& world, const Sessions& sessions, std::uint32_t actor = 0) const;

  // What may happen to the world, in the order of what a schedule calls it. All of it must have happened at the end.
  std::vector<Happening> happenings(const World& world) const;
  // No sessions are given back: it is nobody's step.
  Performed happen(const World& world, const Happening& happening) const;

  // What now() says.
  sql::Timestamp now(const World& world) const;

  static Sessions map(const Sessions& sessions, const Change& change);

  const model::Model& model() const { return *model_; }
  const relational::Rules& rules(std::size_t database) const { return rules_[database]; }

 private:
  void enter(World& world, const actor::Effect& effect) const;
  Performed call(const World& world, const Sessions& sessions, const store::Operation& operation,
                 const std::string& outcome) const;
  void put(Performed& performed, std::size_t database, relational::Applied applied, std::uint32_t actor) const;
  void put(Performed& performed, std::size_t number, document::Applied applied) const;
  void close(Performed& performed, std::size_t number) const;
  store::Operation as_sent(const World& world, const store::Operation& operation) const;
  void note_commits(const World& before, World& after) const;
  void disconnect(Performed& performed, std::size_t database, std::uint32_t actor) const;
  bool is_true(const World& world, const store::Operation& await) const;

  const model::Model* model_;
  std::vector<relational::Rules> rules_;
  bool has_names_ = false;
  World world_before_names_;
  std::vector<NamedSerial> serials_;
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
