// One run of a statement, from its beginning or from where it waited until it is done or has to wait (again). The
// inside of change.h; its parts stand in change.cc (the order of things), demand.cc (what is run at all), select.cc,
// side_effects.cc (advisory locks, what was read), candidates.cc (rows, one by one), update.cc, insert.cc (with ON
// CONFLICT and unique keys), foreign_key.cc.
//
// A statement is run part by part: the elements of WITH, sub-selects with FOR UPDATE, and the statement itself. A part
// first finds its candidates: the rows that match in its snapshot, in scan order (P-LK-4, P-LK-7). Then it takes them
// one by one: waits until nobody else holds the row, locks it, and, if it has changed since the snapshot, fails
// (REPEATABLE READ, P-SI-1) or checks WHERE again on the row's newest version, with everything else still as the
// snapshot shows it (READ COMMITTED, EvalPlanQual: P-EPQ-1 to 5). A row that no longer matches stays locked (P-LK-11).
// Keys of new versions are put into the unique indexes one index after another; a key in flight makes the statement
// wait there (P-UQ-1). Foreign keys are looked at when all rows are done.
//
// Between two rows, and between two indexes, the statement can stop and wait. What it needs to go on is its Progress.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "store/relational/change.h"
#include "store/relational/locks.h"
#include "store/relational/snapshot.h"
#include "store/relational/transaction.h"

namespace gapless::store::relational {

class StatementRun {
 public:
  StatementRun(const Setting& setting, Database& database, Session& session, const Operation& operation, Trail& trail,
               std::vector<Touch>& touches);

  StatementResult run();

 private:
  using Tuples = std::vector<const Tuple*>;
  using Body = std::variant<const sql::Select*, const sql::Insert*, const sql::Update*, const sql::Delete*>;
  struct Part {
    Body body;
    std::optional<std::size_t> query_number;  // where its rows are remembered; none: the statement itself
  };
  // Thrown from within a computation: an advisory lock is not free.
  struct LockIsTaken {
    Wait wait;
  };
  // What evaluating may touch, passed on to the run.
  class View : public StatementSnapshot {
   public:
    View(StatementRun& run, const std::map<std::size_t, std::vector<Tuple>>* kept);
    void scanned(const Scan& scan) const override { run_.scanned(scan); }
    const sql::Catalog* scans_wanted() const override;
    Value call(sql::Function function, std::span<const Value> arguments) const override {
      return run_.call(function, arguments);
    }
    bool watches_order() const override { return run_.setting_.has_names; }
    // now() is when the transaction began.
    sql::Timestamp now(sql::Function function) const override {
      const auto& instant = function == sql::Function::now ? run_.session_.started : run_.now_;
      return instant.value_or(store::now());
    }

   private:
    StatementRun& run_;
  };

  // change.cc
  void find_parts();
  std::optional<Wait> run_parts();
  std::optional<Wait> run_part(const Part& part);
  bool is_asked_for(const Part& part);
  void stop(Wait wait, StatementResult& result);
  bool must_keep_snapshot() const;
  void keep_what_the_snapshot_still_owes();

  // select.cc
  std::optional<Wait> select(const sql::Select& select);
  std::optional<Wait> locking_select(const sql::Select& select);
  void refuse_outer_joins(const sql::Select& select) const;
  std::optional<std::uint32_t> index_in_order(const sql::Select& select) const;
  void read_in_order(const sql::Select& select, std::uint32_t index, bool to_the_end, RowName last);

  // side_effects.cc
  void finish_computation();
  void scanned(const Scan& scan);
  Value call(sql::Function function, std::span<const Value> arguments);
  Value advisory(sql::Function function, const LockTag& tag);

  // candidates.cc
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
  // How the candidates of one kind of statement are taken. `strength` of the lock, from the versions that the snapshot
  // shows, also where the row has changed since; `first_look` computes what may fail before any wait; `act` may
  // wait, too.
  struct Taking {
    const std::vector<sql::FromItem>& from;
    const std::optional<sql::Expression>& where;
    const std::vector<std::size_t>& locked_items;
    sql::LockWait wait = sql::LockWait::wait;
    LockStrength reads = LockStrength::none;  // of FOR UPDATE and the like
    std::function<LockStrength(const Tuples&)> strength;
    std::function<void(const Tuples&)> first_look;
    std::function<std::optional<Wait>(const Tuples&)> act;
    std::size_t limit = unlimited;
  };
  void find_candidates(const Taking& taking, std::vector<FromRow> rows);
  const Candidate& current() const { return progress_.candidates[current_]; }
  std::optional<Wait> for_each_candidate(const Taking& taking);
  std::optional<Wait> take(const Taking& taking);
  void read_as_taken();
  // Whether the row has been taken, must be waited for, or is passed over.
  enum class Taken : std::uint8_t { yes, waits, skipped };
  Taken lock_row(const Taking& taking, RowName name, LockStrength strength, std::optional<Wait>& wait);
  Tuples seen_tuples(const Taking& taking) const;
  Tuples newest_tuples(const Taking& taking, const Tuples& seen) const;
  void look_at_the_rest(std::size_t first, const Taking& taking);
  bool matches_again(const Taking& taking, const Tuples& tuples);
  bool has_changed(RowName name) const;
  // Reads through FOR KEY SHARE are not disturbed by updates that leave the keys alone.
  bool is_undisturbed(const Taking& taking, RowName name) const;
  [[noreturn]] void fail_to_serialize(bool deleted) const;
  void read_existing(RowName name);

  // update.cc
  std::optional<Wait> update(const sql::Update& update);
  std::optional<Wait> remove(const sql::Delete& remove);
  std::optional<Wait> update_row(const sql::Update& update, const Tuples& tuples);
  std::optional<Wait> remove_row(const sql::Delete& remove, const Tuples& tuples);
  void finish_update(const sql::Update& update);
  Tuple new_version(std::size_t table_number, const std::vector<sql::Assignment>& assignments, const Tuples& tuples,
                    bool is_first_look);
  LockStrength strongest(std::size_t table_number, const std::vector<sql::Assignment>& assignments) const;
  LockStrength strength_of_change(std::size_t table_number, const Tuple& before, const Tuple& after) const;
  void write_version(RowName name, Tuple version);
  void delete_version(RowName name);
  void note_changed(RowName name);
  void check_row(const sql::Table& table, const Tuple& version);
  void take_number();

  // insert.cc
  std::optional<Wait> insert(const sql::Insert& insert);
  std::vector<Tuple> source_rows(const sql::Insert& insert, const sql::Table& table);
  Value explicit_value(const Value& value, const sql::Column& column, Offset at) const;
  Tuple complete(const sql::Insert& insert, const sql::Table& table, Tuple row);
  Value default_of(std::size_t table_number, std::size_t column_number, Offset at);
  RowName append(std::size_t table_number, Tuple version);
  void finish_insert(const sql::Insert& insert);
  enum class Resolution : std::uint8_t { none, done, writing, waits };
  Resolution resolve_conflict(const sql::Insert& insert, const Tuple& version, std::optional<Wait>& wait);
  Resolution update_conflicting(const sql::Insert& insert, const Tuple& version, RowName name,
                                std::optional<Wait>& wait);
  std::optional<Wait> put_keys(RowName name);
  struct KeyConflict {
    std::optional<Wait> wait;
    std::optional<RowName> live;
  };
  KeyConflict find_key(std::size_t table_number, std::size_t unique_number, const Tuple& key,
                       std::optional<RowName> self) const;

  // foreign_key.cc
  void queue_key_checks(RowName name, const Tuple* before, const Tuple* after, bool own_version);
  std::optional<Wait> check_keys();
  std::optional<Wait> lock_other_table(const KeyCheck& key_check);
  std::optional<Wait> check_parent(const KeyCheck& key_check);
  void read_children(const KeyCheck& key_check);
  std::optional<Wait> check_children(const KeyCheck& key_check);
  std::optional<Wait> act_on_child(const KeyCheck& key_check, sql::ForeignKeyAction action, RowName child);

  bool keeps_one_snapshot() const { return session_.keeps_one_snapshot(); }

  const Setting& setting_;
  const sql::Catalog& catalog_;
  Database& database_;
  Session& session_;
  const sql::Statement& statement_;
  Trail& trail_;
  std::vector<Touch>& touches_;
  std::optional<Wait> waited_;  // what it waited for until now
  const bool resumed_;          // it has waited after it took its snapshot
  Progress progress_;
  std::optional<sql::Timestamp> now_;
  View snapshot_;
  Evaluator evaluator_;
  std::vector<Part> parts_;
  std::vector<FromRow> found_;  // what the candidates were in the snapshot, if they were found in this run
  std::size_t current_ = 0;     // the candidate whose turn it is
  std::size_t taken_ = 0;       // candidates looked at in this run
  // Of UPDATE and DELETE: where the touches of finding the candidates lie, and where those of each candidate begin.
  std::size_t reads_begin_ = 0;
  std::size_t reads_end_ = 0;
  std::vector<std::pair<RowName, std::size_t>> takes_;
  bool is_failing_ = false;
  std::size_t calls_done_ = 0;  // in this computation
  std::size_t scans_done_ = 0;
  bool may_wait_for_locks_ = false;             // the computation that runs can be done again
  std::optional<std::uint32_t> ordered_index_;  // what the locking SELECT goes by, as far as LIMIT lets it
};

// In a row of an INSERT's source: the column gets its default. No column has the type Status.
extern const Value use_default;

}  // namespace gapless::store::relational
