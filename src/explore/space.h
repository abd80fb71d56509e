// The state space of a model, with every effect remembered: what an operation does to a world and a local state is
// computed once by `successors` and is a table look-up ever after. No SQL is interpreted twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actor/automaton.h"
#include "base/hash_map.h"
#include "base/interner.h"
#include "explore/label.h"
#include "explore/naming.h"
#include "explore/properties.h"
#include "explore/roles.h"
#include "explore/successors.h"
#include "explore/symmetry.h"

namespace gapless::explore {

// A step out of a global state: one actor of `group` takes it (or it happens to one), and `count` actors could.
struct Move {
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  static constexpr LocalNumber no_local = 0xffffffffU;

  std::size_t group = 0;  // place of the actor's group in the row it leaves; `nobody` for what happens to the world
  std::uint32_t count = 0;
  LocalNumber local = no_local;    // the actor's local state afterwards
  std::uint32_t change = 0;        // how everybody else's local state is renamed: renamed(local, change)
  std::uint32_t what = 0;          // see Space::what()
  LocalNumber created = no_local;  // an actor that comes into being
  bool fault = false;              // it need not happen
  StateRow row;                    // the state that it leads to
};

class Space {
 public:
  // Names (naming.h) are used if the successors do.
  Space(const Successors& successors, const Properties& properties, std::size_t most_steps);

  StateRow initial();
  // One local state an actor, in the order of the model.
  std::vector<LocalNumber> initial_locals();

  // All moves out of a state, in order of groups. The result stays valid until the next call.
  std::span<const Move> moves(const StateRow& row);

  // Of actors that differ by names only one steps, for all of them. Not for simplest_counterexample().
  void let_one_step_for_all() { one_steps_for_all_ = true; }

  LocalNumber renamed(LocalNumber local, std::uint32_t change);

  // An interleaving can end here: nothing is left to do (finished), or nobody can do what is left (stuck); at most
  // faults may follow. Leaves the result of moves() alone.
  enum class End : std::uint8_t { none, finished, stuck };
  End end(const StateRow& row);
  // What a schedule says of a move beside its actor: "", ":lost_done", "!crash", "expire(lock:1)".
  const std::string& what(const Move& move) const { return whats_[move.what]; }
  // A message that was not accepted, and so may be delivered without end; empty if there is none.
  const std::string& repeated() const { return repeated_; }
  // Whether `always` fails in a state; whether `finally` fails in one where all have finished.
  bool violates_always(const StateRow& row);
  bool violates_finally(const StateRow& row);

  // See concrete.h. REQUIRES: a terminal state.
  std::uint64_t final_state_digest(const StateRow& row) const;

  const actor::Automata& automata() const { return automata_; }
  std::size_t actor_count() const { return successors_.model().actors.size(); }
  // What the first actor that has not finished is about to do; null if all have.
  const store::Operation* pending_operation(const StateRow& row) const;
  const std::string& role_name(std::size_t role) const { return roles_[role].request; }
  const Roles& roles() const { return roles_; }
  // The role that an actor in this local state began as: one of the model's, or beyond them a message.
  std::size_t origin(LocalNumber local) const { return roles_.origin(automata_.node(locals_[local].node).role); }
  std::uint64_t bytes() const;  // an estimate

  // For whoever puts states together by himself (step_memory.h): what a step leads to.
  struct Remembered {
    WorldNumber world = 0;
    LocalNumber local = Move::no_local;
    std::uint32_t change = 0;
    std::uint32_t what = 0;
    LocalNumber created = Move::no_local;
    bool fault = false;
  };
  // What an actor in this local state, or the world, can do in this world but for what depends on the whole state:
  // cycles of waiters, and last runs of jobs. Valid until the next call.
  struct Outlook {
    std::span<const Remembered> steps;
    bool goes_on = false;          // not only faults
    bool may_close_cycle = false;  // waits, and holds what others may wait for
  };
  Outlook outlook(WorldNumber world, LocalNumber local);
  Outlook outlook_of_world(WorldNumber world);
  // Whether nothing but cycles of waiters depends on the whole state: no labels, no jobs.
  bool is_local() const { return !has_jobs_ && !successors_.model().tracking.dependencies; }
  // Whether invariants look at more than the world; and whether they may see this local state.
  bool reads_actors() const { return judged_[0].reads_actors || judged_[1].reads_actors; }
  bool is_seen(LocalNumber local) const;
  // An order of local states that does not depend on who was met first: by role, place in the program, response, and
  // sessions. Those that lag or fail are taken for where they come to.
  bool is_before(LocalNumber a, LocalNumber b) const;
  bool is_finished(LocalNumber local) const { return locals_[local].finished; }
  // It has finished, and nothing will ever happen to it any more, in any world.
  bool is_over(LocalNumber local) const;
  bool waits(LocalNumber local) const { return locals_[local].waits; }
  // As an actor of another role that has ended in the same way. REQUIRES: it has finished.
  LocalNumber ended_as(LocalNumber local, std::size_t role);

  // An actor that stands at `foremost` or at one of the places of `behind`, it is not said where (early_steps.h). To
  // all other functions it is as if it stood at the foremost.
  LocalNumber lagging(LocalNumber behind, LocalNumber foremost);
  bool is_lagging(LocalNumber local) const { return locals_[local].behind != Move::no_local; }
  LocalNumber behind(LocalNumber local) const { return locals_[local].behind; }  // no_local: it does not lag
  // An actor whose statement comes to nothing in this world and in all later ones, and which goes on like this
  // (outdated.h): it stands for all of those, whatever the statement of each.
  LocalNumber failing(LocalNumber local, LocalNumber afterwards);
  bool is_failing(LocalNumber local) const { return locals_[local].fails_to != Move::no_local; }
  LocalNumber fails_to(LocalNumber local) const { return locals_[local].fails_to; }
  LocalNumber foremost(LocalNumber local) const { return is_lagging(local) ? locals_[local].foremost : local; }
  // Worlds as values, and what is made of them; see factors.h.
  World world_value(WorldNumber number) const;
  WorldNumber intern_world(World world);
  // The change, and behind it this event.
  std::uint32_t with_event(std::uint32_t change, std::size_t database, relational::Event event);
  // Some transaction keeps a snapshot, or some statement that waits.
  bool has_snapshots() const { return has_snapshots_; }
  // As violates_finally and its like, of a world that has no number.
  bool violates(Properties::When when, const World& world, const StateRow& row) const;
  std::uint64_t final_state_digest(const World& world, const StateRow& row) const;
  const store::Operation* operation(LocalNumber local) const {
    return locals_[local].finished ? nullptr : &operation_of(local);
  }

  Sessions sessions(LocalNumber local) const { return sessions_value(locals_[local].sessions); }
  // In some database a row is locked, or written and not committed.
  bool is_locked(WorldNumber world) const;
  std::size_t role_of(LocalNumber local) const { return automata_.node(locals_[local].node).role; }
  const Successors& successors() const { return successors_; }

 private:
  // A world as numbers: databases, graphs of dependencies, keyvalues, document databases, ledger tables, then the
  // surroundings. Sessions: of databases, of keyvalues, then of document databases.
  struct WorldIds {
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
    LocalNumber behind = Move::no_local;
    LocalNumber foremost = Move::no_local;
    LocalNumber fails_to = Move::no_local;
  };
  // Node, sessions, label, no_local; of one that lags foremost, mark, no_label, behind; of one that fails mark,
  // sessions, label, afterwards.
  using LocalKey = std::array<std::uint32_t, 4>;
  static constexpr std::uint32_t lagging_mark = 0xfffffffeU;
  static constexpr std::uint32_t failing_mark = 0xffffffffU;
  // All that can happen to a local state in a world, as places in remembered_.
  struct Steps {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool goes_on = false;  // not only faults
    bool waits = false;    // what its statement waits for is not over, though it may run into a time-out
  };

  Steps steps(WorldNumber world, LocalNumber local);
  Steps steps_of_world(WorldNumber world);
  Steps step_out_of_cycle(WorldNumber world, LocalNumber local, Way way);
  Steps last_run(WorldNumber world, LocalNumber local);
  template <typename Remember>
  Steps remember(HashMap<std::uint64_t, Steps>& memory, std::uint64_t key, Remember&& remember);
  bool remember_own_steps(WorldNumber world, LocalNumber local);  // whether it waits
  Performed perform(const World& world, const Local& local, const store::Operation& operation, Way way,
                    const std::string& outcome, std::uint32_t label) const;
  Remembered operate(WorldNumber world, LocalNumber local, Way way, const std::string& outcome);
  Remembered crash(WorldNumber world, LocalNumber local);
  Remembered run_again(WorldNumber world, LocalNumber local, Way way);
  Remembered duplicate(WorldNumber world, LocalNumber local);
  LocalNumber begin_role(World& world, std::size_t role, std::uint32_t sessions);
  std::size_t known_role(std::size_t role);
  bool has_begun(LocalNumber local) const;
  bool is_at_rest(LocalNumber local) const;
  bool is_time_for_last_runs(const StateRow& row);
  bool has_last_run(const StateRow& row) const;
  // Labels as canonical as the whole state makes them; the row's, the move's.
  void label(Move& move);

  // Where values are names (space_names.cc).
  void find_named_roles();
  void rename(Move& move);
  struct Renamed {
    WorldNumber world = 0;
    std::uint32_t change = 0;  // for all local states
  };
  Renamed renamed_world(WorldNumber world, std::uint32_t naming);
  LocalNumber with_names(LocalNumber local, std::uint32_t naming);
  std::size_t role_with_names(std::size_t role, const Naming& naming);
  actor::NodeNumber node_with_names(actor::NodeNumber node, const Naming& naming);
  std::span<const Fact> facts_of_world(WorldNumber world);
  const Fact& fact_of(WorldNumber world, LocalNumber local);
  const std::vector<Name>& names_of(LocalNumber local);
  std::vector<Fact> facts_of(const StateRow& row);
  std::uint32_t row_shape(relational::Row row);
  std::uint32_t shape(std::string text) { return shapes_.intern(std::move(text)); }
  // By group how many actors its first one steps for: all that could change places with it. 0: another one does.
  void find_who_steps(const StateRow& row);
  void check_names(const World& before, const store::Operation& operation, const store::Observation& seen) const;
  void add_moves(const StateRow& row, std::size_t group, Steps steps, bool only_faults = false,
                 bool no_retries = false);
  void add_move(const StateRow& row, std::size_t group, const Remembered& step, std::uint32_t count);
  // Where waiters stand in cycles: their groups, and what becomes of them.
  std::vector<std::pair<std::size_t, Way>> broken_cycles(const StateRow& row);

  std::uint32_t intern_sessions(const Sessions& sessions);
  Sessions sessions_value(std::uint32_t number) const;
  LocalNumber intern_local(actor::NodeNumber node, std::uint32_t sessions, std::uint32_t label = no_label);
  const store::Operation& operation_of(LocalNumber local) const {
    return automata_.node(locals_[local].node).operation;
  }

  Actors seen(const StateRow& row) const;
  std::size_t number_of(std::size_t role) const;
  bool violates(Properties::When when, const StateRow& row);

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
  struct KeyValueHash {
    std::uint64_t operator()(const keyvalue::Database& database) const;
  };
  struct KeyValueSessionHash {
    std::uint64_t operator()(const keyvalue::Session& session) const;
  };
  struct DocumentsHash {
    std::uint64_t operator()(const document::Database& database) const;
  };
  struct DocumentSessionHash {
    std::uint64_t operator()(const document::Session& session) const;
  };
  struct SurroundingsHash {
    std::uint64_t operator()(const Surroundings& surroundings) const;
  };
  struct TextHash {
    std::uint64_t operator()(const std::string& text) const;
  };
  struct LocalHash {
    std::uint64_t operator()(const LocalKey& key) const;
  };
  struct RowHash {
    std::uint64_t operator()(const relational::Row& row) const;
  };
  struct NamingHash {
    std::uint64_t operator()(const Naming& naming) const;
  };
  struct ChangeHash {
    std::uint64_t operator()(const Change& change) const;
  };

  const Successors& successors_;
  const Properties& properties_;
  Roles roles_;
  actor::Automata automata_;

  Interner<relational::Database, DatabaseHash> databases_;
  Interner<relational::Session, SessionHash> session_values_;
  Interner<std::vector<sql::Tuple>, RowsHash> ledgers_;
  Interner<relational::Serialization, SerializationHash> serializations_;
  Interner<keyvalue::Database, KeyValueHash> keyvalues_;
  Interner<keyvalue::Session, KeyValueSessionHash> keyvalue_sessions_;
  Interner<document::Database, DocumentsHash> documents_;
  Interner<document::Session, DocumentSessionHash> document_sessions_;
  Interner<Surroundings, SurroundingsHash> surroundings_;
  Interner<std::string, TextHash> whats_;
  Interner<WorldIds, IdsHash> worlds_;
  Interner<SessionIds, IdsHash> sessions_;
  Interner<Change, ChangeHash> changes_;
  std::vector<Local> locals_;
  Interner<LocalKey, LocalHash> local_numbers_;

  std::vector<Remembered> remembered_;
  HashMap<std::uint64_t, Steps> steps_;  // by world and local
  HashMap<std::uint64_t, Steps> deadlock_steps_;
  HashMap<std::uint64_t, Steps> last_runs_;
  HashMap<std::uint64_t, Steps> world_steps_;    // by world
  HashMap<std::uint64_t, LocalNumber> renamed_;  // local and change → local

  // Verdicts on invariants: by world where they see nothing of the actors, else by world and what they see.
  struct Judged {
    bool reads_actors = false;
    bool any = false;
    HashMap<std::uint64_t, bool> by_world;
    HashMap<std::string, bool> by_actors;
  };
  std::array<Judged, 2> judged_;

  std::vector<Move> moves_;
  std::size_t move_count_ = 0;
  std::vector<std::vector<std::size_t>> actors_of_role_;  // of the model's
  // Of names.
  struct NodeNames {
    std::uint32_t shape = 0;
    std::vector<Name> names;
  };
  const NodeNames& names_of_node(actor::NodeNumber node);
  std::vector<std::optional<Name>> role_names_;       // of the model's roles: what tells its actor from others
  std::vector<std::uint32_t> role_classes_;           // of those that are alike but for that
  HashMap<std::uint32_t, std::size_t> role_of_name_;  // by actor
  std::vector<Successors::NamedSerial> serials_;
  Interner<Naming, NamingHash> namings_;
  Interner<std::string, TextHash> shapes_;
  Interner<relational::Row, RowHash> row_shapes_;
  Interner<std::vector<sql::Tuple>, RowsHash> tuple_shapes_;
  std::deque<std::optional<NodeNames>> node_names_;
  std::deque<std::optional<std::vector<Name>>> local_names_;
  HashMap<std::uint64_t, Fact> local_facts_;  // by world (none where no row is held) and local
  HashMap<std::uint32_t, std::vector<Fact>> world_facts_;
  HashMap<std::uint64_t, Renamed> renamed_worlds_;  // by world and naming
  HashMap<std::string, LocalNumber> named_locals_;  // by local and the names that its own become
  std::string repeated_;
  bool has_names_ = false;
  bool one_steps_for_all_ = false;
  std::vector<std::uint32_t> step_for_;
  bool has_jobs_ = false;
  bool has_snapshots_ = false;
};

}  // namespace gapless::explore
