// The state space of a model, with every effect remembered: what an operation does to a world and a local state is
// computed once by `successors` and is a table look-up ever after. No SQL is interpreted twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actor/automaton.h"
#include "base/hash_map.h"
#include "base/interner.h"
#include "explore/label.h"
#include "explore/properties.h"
#include "explore/successors.h"
#include "explore/symmetry.h"

namespace gapless::explore {

// A step out of a global state: one actor of `group` takes it, and `count` actors could.
struct Move {
  std::size_t group = 0;  // place of the actor's group in the row it leaves
  std::uint32_t count = 0;
  LocalNumber local = 0;     // the actor's local state afterwards
  std::uint32_t change = 0;  // how everybody else's local state is renamed: renamed(local, change)
  StateRow row;              // the state that it leads to
};

class Space {
 public:
  Space(const Successors& successors, const Properties& properties, std::size_t most_steps);

  StateRow initial();
  // One local state an actor, in the order of the model.
  std::vector<LocalNumber> initial_locals();

  // All moves out of a state, in order of groups. The result stays valid until the next call.
  std::span<const Move> moves(const StateRow& row);

  LocalNumber renamed(LocalNumber local, std::uint32_t change);

  bool all_finished(const StateRow& row) const;
  // Nobody can step although somebody has not finished. Leaves the result of moves() alone.
  bool is_stuck(const StateRow& row);
  // Whether `always` fails in a state; whether `finally` fails in one where all have finished.
  bool violates_always(const StateRow& row);
  bool violates_finally(const StateRow& row);

  // See concrete.h. REQUIRES: a terminal state.
  std::uint64_t final_state_digest(const StateRow& row) const;

  const actor::Automata& automata() const { return automata_; }
  std::size_t actor_count() const { return successors_.model().actors.size(); }
  // What the first actor that has not finished is about to do. REQUIRES: there is one.
  const store::Operation& pending_operation(const StateRow& row) const;
  const std::string& role_name(std::size_t role) const { return successors_.model().roles[role].request; }
  std::uint64_t bytes() const;  // an estimate

 private:
  struct WorldIds {  // a world as numbers: databases, graphs of dependencies, then ledger tables
    std::vector<std::uint32_t> numbers;
    bool operator==(const WorldIds&) const = default;
  };
  using SessionIds = WorldIds;
  // An actor that the world's graphs of dependencies speak of has a label there, and is alone in its local state.
  struct Local {
    actor::NodeNumber node = 0;
    std::uint32_t sessions = 0;
    std::uint32_t label = no_label;
    bool finished = false;
    bool waits = false;
    bool waits_and_holds = false;  // can be part of a cycle of waiters
  };
  // What a step leads to. `enabled` false: the actor waits for somebody.
  struct Remembered {
    bool enabled = false;
    WorldNumber world = 0;
    LocalNumber local = 0;
    std::uint32_t change = 0;
  };

  const Remembered& step(WorldNumber world, LocalNumber local);
  const Remembered& step_out_of_cycle(WorldNumber world, LocalNumber local, Way way);
  Remembered compute(WorldNumber world, LocalNumber local, Way way);
  // Labels as canonical as the whole state makes them; the row's, the move's.
  void label(Move& move);
  void add_move(const StateRow& row, std::size_t group, const Remembered& step);
  // Where waiters stand in cycles: their groups, and what becomes of them.
  std::vector<std::pair<std::size_t, Way>> broken_cycles(const StateRow& row);

  WorldNumber intern_world(World world);
  World world_value(WorldNumber number) const;
  std::uint32_t intern_sessions(const Sessions& sessions);
  Sessions sessions_value(std::uint32_t number) const;
  LocalNumber intern_local(actor::NodeNumber node, std::uint32_t sessions, std::uint32_t label = no_label);
  const store::Operation& operation_of(LocalNumber local) const {
    return automata_.node(locals_[local].node).operation;
  }

  std::vector<Finished> finished(const StateRow& row) const;
  bool violates(model::PropertyKind kind, const StateRow& row);

  struct DatabaseHash {
    std::uint64_t operator()(const relational::Database& database) const;
  };
  struct SessionHash {
    std::uint64_t operator()(const relational::Session& session) const;
  };
  struct RowsHash {
    std::uint64_t operator()(const std::vector<sql::Tuple>& rows) const;
  };
  struct IdsHash {
    std::uint64_t operator()(const WorldIds& ids) const;
  };
  struct SerializationHash {
    std::uint64_t operator()(const relational::Serialization& serialization) const;
  };
  struct LocalHash {
    std::uint64_t operator()(const std::array<std::uint32_t, 3>& key) const;
  };
  struct ChangeHash {
    std::uint64_t operator()(const Change& change) const;
  };

  const Successors& successors_;
  const Properties& properties_;
  actor::Automata automata_;

  Interner<relational::Database, DatabaseHash> databases_;
  Interner<relational::Session, SessionHash> session_values_;
  Interner<std::vector<sql::Tuple>, RowsHash> ledgers_;
  Interner<relational::Serialization, SerializationHash> serializations_;
  Interner<WorldIds, IdsHash> worlds_;
  Interner<SessionIds, IdsHash> sessions_;
  Interner<Change, ChangeHash> changes_;
  std::vector<Local> locals_;
  Interner<std::array<std::uint32_t, 3>, LocalHash> local_numbers_;

  std::vector<Remembered> remembered_;
  HashMap<std::uint64_t, std::uint32_t> steps_;  // world and local → remembered_
  HashMap<std::uint64_t, std::uint32_t> deadlock_steps_;
  HashMap<std::uint64_t, LocalNumber> renamed_;  // local and change → local

  // Verdicts on invariants: by world where they read no responses, else by world and responses.
  struct Judged {
    bool reads_responses = false;
    bool any = false;
    HashMap<std::uint64_t, bool> by_world;
    HashMap<std::string, bool> by_responses;
  };
  Judged judged_[2];

  std::vector<Move> moves_;
  std::size_t move_count_ = 0;
  std::vector<std::vector<std::size_t>> actors_of_role_;
};

}  // namespace gapless::explore
