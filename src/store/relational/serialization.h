// What SERIALIZABLE remembers of transactions: who has read what another one writes, and when each came and went
// (S-SSI-1 to S-SSI-10; Ports and Grittner, "Serializable Snapshot Isolation in PostgreSQL", VLDB 2012; predicate.c).
//
// An ordered graph beside the sessions: edges lie in the order in which they arose, holders of a predicate lock in the
// order in which they came, since of several candidates the earlier one is doomed first (S-SSI-6). Committed
// transactions stay as long as one overlaps with them that has not finished. Instants are ranks: only their order is
// kept.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "store/relational/database.h"
#include "store/relational/touch.h"

namespace gapless::store::relational {

class Serialization {
 public:
  using Member = std::uint32_t;  // place in `transactions`
  static constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t never = std::numeric_limits<std::uint32_t>::max();

  struct Transaction {
    std::uint32_t actor = nobody;  // whose it is; nobody's once it has committed
    bool serializable = false;     // others are here for their numbers only
    bool read_only = false;        // declared so, or committed without having written
    bool wrote = false;
    bool doomed = false;  // fails when it notices (S-SSI-5)
    bool committed = false;
    bool conflict_out = false;  // committed, and had an edge to one that had committed before
    // Instants of commits.
    std::uint32_t last_commit_before_snapshot = 0;
    std::uint32_t commit = never;
    std::uint32_t earliest_out = never;  // of those that `conflict_out` speaks of
    // Transaction numbers. 0: none.
    std::uint32_t number = 0;
    std::uint32_t oldest_running = 0;   // when it took its snapshot
    std::uint32_t finished_before = 0;  // the next number when it had committed
    std::vector<RowName> writes;        // rows of which it has written a version; sorted, as often as they share a name
    // READ ONLY DEFERRABLE, while it waits for a safe snapshot: the writers that may still make it unsafe (S-SSI-9).
    std::vector<Member> watched;
    bool unsafe = false;
    std::vector<Member> out;  // it has read what these overwrote, in the order in which that was seen
    std::vector<Member> in;
    auto operator<=>(const Transaction&) const = default;
  };

  // A predicate lock.
  struct Lock {
    enum class Kind : std::uint8_t { row, heap, page, table };  // `heap`: the page on which a table's rows lie
    Kind kind = Kind::row;
    RowName what;  // a page: table and index
    std::vector<Member> holders;
    auto operator<=>(const Lock&) const = default;
  };

  std::vector<Transaction> transactions;
  std::vector<Lock> locks;  // sorted by kind and what
  std::uint32_t last_commit = 0;
  std::uint32_t next_number = 1;

  // What an actor's step does, as its touches say. False: the transaction has to fail here; what the others have
  // suffered until then stays.
  [[nodiscard]] bool follow(std::uint32_t actor, std::span<const Touch> touches);

  // Rows have new names after the step of `actor`; what nobody asks any more is forgotten.
  void settle(std::uint32_t actor, const Event& own, const Event& others);

  // READ ONLY DEFERRABLE: somebody who may write is at work; then the actor waits until they have finished, or one of
  // them has made its snapshot unsafe.
  bool has_writers() const;
  void watch_for_safety(std::uint32_t actor);
  bool waits_for_safety(std::uint32_t actor) const;
  bool has_unsafe_snapshot(std::uint32_t actor) const;
  void forget(std::uint32_t actor);

  // Its transaction, if it has one.
  std::uint32_t member_of(std::uint32_t actor) const;
  // The same with actors and transactions renumbered: actor a becomes actors[a].
  Serialization renumbered(std::span<const std::uint32_t> actors) const;
  bool empty() const { return transactions.empty(); }

  auto operator<=>(const Serialization&) const = default;

 private:
  struct MustFail {};
  Member ensure(std::uint32_t actor);
  void tell_writes_apart(std::uint32_t actor);
  void note_write(Member me, RowName row);
  void take_snapshot(Member me, bool read_only);
  void read_row(Member me, const Touch& touch);
  void conflict_out_to(Member me, Member writer);
  void conflict_in(Member me, Lock::Kind kind, RowName what);
  void flag(Member reader, Member writer, Member me);
  void check_for_failure(Member reader, Member writer, Member me);
  void commit(Member me);
  void abort(Member me);
  void lock(Member me, Lock::Kind kind, RowName what);
  void lock_row(Member me, RowName row);
  void unlock(Member me, Lock::Kind kind, RowName what);
  void unlock_rows(Member me, std::uint32_t table);
  bool holds(Member me, Lock::Kind kind, RowName what) const;
  void remove(Member me);
  void forget_finished();
  void compress();
};

void add_to(Digest& digest, const Serialization& serialization);

}  // namespace gapless::store::relational
