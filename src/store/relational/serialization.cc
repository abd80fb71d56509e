#include "store/relational/serialization.h"

#include <algorithm>

#include "base/check.h"

namespace gapless::store::relational {
namespace {

// max_pred_locks_per_page: a third row locked on one page becomes a lock on the page.
constexpr std::size_t most_row_locks = 2;

void add_once(std::vector<Serialization::Member>& members, Serialization::Member member) {
  if (std::find(members.begin(), members.end(), member) == members.end()) members.push_back(member);
}

bool contains(const std::vector<Serialization::Member>& members, Serialization::Member member) {
  return std::find(members.begin(), members.end(), member) != members.end();
}

bool comes_before(const Serialization::Lock& lock, Serialization::Lock::Kind kind, RowName what) {
  return lock.kind != kind ? lock.kind < kind : lock.what < what;
}

RowName of_table(RowName name) { return {name.table, 0}; }

}  // namespace

std::uint32_t Serialization::member_of(std::uint32_t actor) const {
  for (Member i = 0; i < transactions.size(); ++i) {
    if (transactions[i].actor == actor) return i;
  }
  return nobody;
}

bool Serialization::follow(std::uint32_t actor, std::span<const Touch> touches) {
  tell_writes_apart(actor);
  try {
    for (const auto& touch : touches) {
      if (touch.kind == Touch::Kind::snapshot) {
        const auto me = ensure(actor);
        if (touch.visible) take_snapshot(me, touch.newest);
        continue;
      }
      if (touch.kind == Touch::Kind::number) {
        transactions[ensure(actor)].number = next_number++;
        continue;
      }
      const auto me = member_of(actor);
      if (me == nobody) continue;
      if (touch.kind == Touch::Kind::abort) {
        abort(me);
        continue;
      }
      if (!transactions[me].serializable) {
        if (touch.kind == Touch::Kind::commit) remove(me);
        continue;
      }
      switch (touch.kind) {
        case Touch::Kind::read_table:
          unlock_rows(me, touch.row.table);
          unlock(me, Lock::Kind::heap, of_table(touch.row));
          lock(me, Lock::Kind::table, of_table(touch.row));
          break;
        case Touch::Kind::read_page:
          lock(me, Lock::Kind::page, {touch.row.table, touch.index});
          break;
        case Touch::Kind::read_row:
          read_row(me, touch);
          break;
        case Touch::Kind::write_row:
          conflict_in(me, Lock::Kind::row, touch.row);
          if (!touch.in_savepoint) unlock(me, Lock::Kind::row, touch.row);
          conflict_in(me, Lock::Kind::heap, of_table(touch.row));
          conflict_in(me, Lock::Kind::table, of_table(touch.row));
          note_write(me, touch.row);
          break;
        case Touch::Kind::write_table:
          conflict_in(me, Lock::Kind::table, of_table(touch.row));
          note_write(me, touch.row);
          break;
        case Touch::Kind::write_page:
          conflict_in(me, Lock::Kind::page, {touch.row.table, touch.index});
          break;
        case Touch::Kind::undo_row:
          std::erase(transactions[me].writes, touch.row);
          break;
        case Touch::Kind::commit:
          commit(me);
          break;
        default:
          check(false, "every kind of touch is followed");
      }
    }
  } catch (const MustFail&) {
    return false;
  }
  return true;
}

// A session's equal new rows share a name between steps, and have names of their own in one: see told_apart().
void Serialization::tell_writes_apart(std::uint32_t actor) {
  const auto me = member_of(actor);
  if (me == nobody) return;
  auto& writes = transactions[me].writes;
  for (std::size_t i = 1; i < writes.size(); ++i) {
    if (writes[i].table == writes[i - 1].table && writes[i].row <= writes[i - 1].row)
      writes[i].row = writes[i - 1].row + 1;
  }
}

void Serialization::note_write(Member me, RowName row) {
  auto& writes = transactions[me].writes;
  const auto place = std::lower_bound(writes.begin(), writes.end(), row);
  if (place == writes.end() || *place != row) writes.insert(place, row);
}

Serialization::Member Serialization::ensure(std::uint32_t actor) {
  const auto known = member_of(actor);
  if (known != nobody) return known;
  transactions.emplace_back();
  transactions.back().actor = actor;
  return static_cast<Member>(transactions.size() - 1);
}

void Serialization::take_snapshot(Member me, bool read_only) {
  auto& mine = transactions[me];
  mine.serializable = true;
  mine.read_only = read_only;
  mine.last_commit_before_snapshot = last_commit;
  mine.oldest_running = next_number;
  for (const auto& other : transactions) {
    if (!other.committed && other.number != 0) mine.oldest_running = std::min(mine.oldest_running, other.number);
  }
}

// ------------------------------------------------------------------------------------------- reads and writes

// A version that a concurrent transaction has replaced, or has written where we see none (S-SSI-2 a).
void Serialization::read_row(Member me, const Touch& touch) {
  if (transactions[me].doomed) throw MustFail{};
  std::vector<Member> writers;
  for (Member other = 0; other < transactions.size(); ++other) {
    const auto& theirs = transactions[other];
    if (other != me && theirs.serializable && !(touch.latest && theirs.committed) &&
        std::find(theirs.writes.begin(), theirs.writes.end(), touch.row) != theirs.writes.end()) {
      writers.push_back(other);
    }
  }
  std::stable_sort(writers.begin(), writers.end(), [&](Member a, Member b) {  // along the chain of versions
    const auto& [x, y] = std::tie(transactions[a], transactions[b]);
    return x.commit != y.commit ? x.commit < y.commit : x.number < y.number;
  });
  for (const auto writer : writers) conflict_out_to(me, writer);
  if (touch.visible && touch.newest) lock_row(me, touch.row);
}

void Serialization::conflict_out_to(Member me, Member writer) {
  const auto& mine = transactions[me];
  const auto& theirs = transactions[writer];
  if (mine.doomed) throw MustFail{};
  if (theirs.doomed) return;
  if (mine.read_only && theirs.committed &&
      (!theirs.conflict_out || mine.last_commit_before_snapshot < theirs.earliest_out)) {
    return;
  }
  const bool concurrent = !theirs.committed || theirs.commit > mine.last_commit_before_snapshot;
  if (concurrent && !contains(mine.out, writer)) flag(me, writer, me);
}

// Whoever has read what we write now (S-SSI-2 b).
void Serialization::conflict_in(Member me, Lock::Kind kind, RowName what) {
  if (transactions[me].doomed) throw MustFail{};
  transactions[me].wrote = true;
  const auto found =
      std::lower_bound(locks.begin(), locks.end(), std::pair(kind, what),
                       [](const Lock& lock, const auto& key) { return comes_before(lock, key.first, key.second); });
  if (found == locks.end() || found->kind != kind || found->what != what) return;
  const auto holders = found->holders;
  for (const auto reader : holders) {
    const auto& theirs = transactions[reader];
    if (reader == me || theirs.doomed || contains(theirs.out, me)) continue;
    if (theirs.committed && transactions[me].oldest_running >= theirs.finished_before) continue;
    flag(reader, me, me);
  }
}

void Serialization::flag(Member reader, Member writer, Member me) {
  check_for_failure(reader, writer, me);
  add_once(transactions[reader].out, writer);
  add_once(transactions[writer].in, reader);
}

// OnConflict_CheckForSerializationFailure: S-SSI-3.
void Serialization::check_for_failure(Member reader, Member writer, Member me) {
  const auto& r = transactions[reader];
  auto& w = transactions[writer];
  bool fails = w.committed && w.conflict_out;
  for (const auto member : w.out) {
    const auto& t2 = transactions[member];
    fails =
        fails || (t2.committed && (!r.committed || t2.commit <= r.commit) && (!w.committed || t2.commit <= w.commit) &&
                  (!r.read_only || t2.commit <= r.last_commit_before_snapshot));
  }
  if (w.committed && !r.read_only) {
    for (const auto member : r.in) {
      const auto& t0 = transactions[member];
      fails = fails || (!t0.doomed && (!t0.committed || t0.commit >= w.commit) &&
                        (!t0.read_only || t0.last_commit_before_snapshot >= w.commit));
    }
  }
  if (!fails) return;
  if (me == writer || w.committed) throw MustFail{};
  w.doomed = true;
}

// PreCommit_CheckForSerializationFailure and ReleasePredicateLocks: S-SSI-4, S-SSI-6.
void Serialization::commit(Member me) {
  if (transactions[me].doomed) throw MustFail{};
  for (const auto member : transactions[me].in) {
    auto& pivot = transactions[member];
    if (pivot.committed || pivot.doomed) continue;
    for (const auto far : pivot.in) {
      const auto& t0 = transactions[far];
      if (far == me || (!t0.committed && !t0.read_only && !t0.doomed)) {
        pivot.doomed = true;
        break;
      }
    }
  }
  auto& mine = transactions[me];
  mine.committed = true;
  mine.commit = ++last_commit;
  mine.finished_before = next_number;
  mine.number = 0;
  if (!mine.wrote) mine.read_only = true;
  const auto out = mine.out;
  for (const auto member : out) {
    auto& theirs = transactions[member];
    if (!theirs.committed) continue;
    if (!mine.read_only) {
      mine.conflict_out = true;
      mine.earliest_out = std::min(mine.earliest_out, theirs.commit);
    }
    std::erase(mine.out, member);
    std::erase(theirs.in, me);
  }
  for (auto& reader : transactions) {
    if (std::erase(reader.watched, me) == 0) continue;
    if (mine.conflict_out && mine.earliest_out <= reader.last_commit_before_snapshot) reader.unsafe = true;
  }
  const auto in = mine.in;
  for (const auto member : in) {
    auto& theirs = transactions[member];
    if (!theirs.committed && !theirs.read_only) continue;
    std::erase(mine.in, member);
    std::erase(theirs.out, me);
  }
}

void Serialization::abort(Member me) { remove(me); }

// ---------------------------------------------------------------------------------------------- safe snapshots

bool Serialization::has_writers() const {
  return std::any_of(transactions.begin(), transactions.end(), [](const Transaction& transaction) {
    return transaction.serializable && !transaction.committed && !transaction.read_only;
  });
}

void Serialization::watch_for_safety(std::uint32_t actor) {
  const auto me = member_of(actor);
  for (Member other = 0; other < transactions.size(); ++other) {
    const auto& theirs = transactions[other];
    if (theirs.serializable && !theirs.committed && !theirs.read_only) transactions[me].watched.push_back(other);
  }
}

bool Serialization::waits_for_safety(std::uint32_t actor) const {
  const auto me = member_of(actor);
  return me != nobody && !transactions[me].unsafe && !transactions[me].watched.empty();
}

bool Serialization::has_unsafe_snapshot(std::uint32_t actor) const {
  const auto me = member_of(actor);
  return me != nobody && transactions[me].unsafe;
}

void Serialization::forget(std::uint32_t actor) {
  const auto me = member_of(actor);
  if (me != nobody) remove(me);
}

// --------------------------------------------------------------------------------------------- predicate locks

bool Serialization::holds(Member me, Lock::Kind kind, RowName what) const {
  return std::any_of(locks.begin(), locks.end(), [&](const Lock& lock) {
    return lock.kind == kind && lock.what == what && contains(lock.holders, me);
  });
}

void Serialization::lock(Member me, Lock::Kind kind, RowName what) {
  auto place =
      std::lower_bound(locks.begin(), locks.end(), std::pair(kind, what),
                       [](const Lock& lock, const auto& key) { return comes_before(lock, key.first, key.second); });
  if (place == locks.end() || place->kind != kind || place->what != what) place = locks.insert(place, {kind, what, {}});
  add_once(place->holders, me);
}

void Serialization::lock_row(Member me, RowName row) {
  if (holds(me, Lock::Kind::table, of_table(row)) || holds(me, Lock::Kind::heap, of_table(row))) return;
  lock(me, Lock::Kind::row, row);
  const auto count = std::count_if(locks.begin(), locks.end(), [&](const Lock& lock) {
    return lock.kind == Lock::Kind::row && lock.what.table == row.table && contains(lock.holders, me);
  });
  if (static_cast<std::size_t>(count) <= most_row_locks) return;
  unlock_rows(me, row.table);
  lock(me, Lock::Kind::heap, of_table(row));
}

void Serialization::unlock(Member me, Lock::Kind kind, RowName what) {
  for (auto& lock : locks) {
    if (lock.kind == kind && lock.what == what) std::erase(lock.holders, me);
  }
  std::erase_if(locks, [](const Lock& lock) { return lock.holders.empty(); });
}

void Serialization::unlock_rows(Member me, std::uint32_t table) {
  for (auto& lock : locks) {
    if (lock.kind == Lock::Kind::row && lock.what.table == table) std::erase(lock.holders, me);
  }
  std::erase_if(locks, [](const Lock& lock) { return lock.holders.empty(); });
}

// --------------------------------------------------------------------------------------------------- afterwards

void Serialization::settle(std::uint32_t actor, const Event& own, const Event& others) {
  const auto rename = [](const Event& event, RowName name) {
    if (name.table < event.places.size() && !event.places[name.table].empty() &&
        name.row >= event.places[name.table].size()) {
      name.row = RowName::gone;  // of a statement that failed after all
    }
    return renamed(event, name);
  };
  for (auto& transaction : transactions) {
    const auto& event = transaction.actor == actor ? own : others;
    for (auto& name : transaction.writes) name = rename(event, name);
    std::erase_if(transaction.writes, [](RowName name) { return name.row == RowName::gone; });
    std::sort(transaction.writes.begin(), transaction.writes.end());
    if (transaction.committed) transaction.actor = nobody;
  }
  for (auto& lock : locks) {
    if (lock.kind == Lock::Kind::row) lock.what = rename(others, lock.what);
  }
  std::erase_if(locks, [](const Lock& lock) { return lock.what.row == RowName::gone; });
  std::sort(locks.begin(), locks.end());
  forget_finished();
  compress();
}

// A committed transaction that nobody overlaps with any more (ClearOldPredicateLocks).
void Serialization::forget_finished() {
  std::uint32_t oldest = never;
  for (const auto& transaction : transactions) {
    if (transaction.serializable && !transaction.committed) oldest = std::min(oldest, transaction.oldest_running);
  }
  for (Member i = 0; i < transactions.size();) {
    if (transactions[i].committed && transactions[i].finished_before <= oldest) {
      remove(i);
    } else {
      ++i;
    }
  }
}

void Serialization::remove(Member me) {
  const auto forget = [&](std::vector<Member>& members) {
    std::erase(members, me);
    for (auto& member : members) member -= member > me ? 1 : 0;
  };
  transactions.erase(transactions.begin() + me);
  for (auto& transaction : transactions) {
    forget(transaction.out);
    forget(transaction.in);
    forget(transaction.watched);
  }
  for (auto& lock : locks) forget(lock.holders);
  std::erase_if(locks, [](const Lock& lock) { return lock.holders.empty(); });
}

// Instants become ranks.
void Serialization::compress() {
  std::vector<std::uint32_t> commits;
  std::vector<std::uint32_t> numbers;
  for (const auto& transaction : transactions) {
    if (transaction.commit != never) commits.push_back(transaction.commit);
    if (transaction.earliest_out != never) commits.push_back(transaction.earliest_out);
    for (const auto number : {transaction.number, transaction.oldest_running, transaction.finished_before}) {
      if (number != 0) numbers.push_back(number);
    }
  }
  numbers.push_back(next_number);
  const auto order = [](std::vector<std::uint32_t>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
  };
  order(commits);
  order(numbers);
  // How many of the values are not after this one: its rank, counted from 1, if it is one of them.
  const auto rank = [](const std::vector<std::uint32_t>& values, std::uint32_t value) {
    return static_cast<std::uint32_t>(std::upper_bound(values.begin(), values.end(), value) - values.begin());
  };
  for (auto& transaction : transactions) {
    if (transaction.commit != never) transaction.commit = rank(commits, transaction.commit);
    if (transaction.earliest_out != never) transaction.earliest_out = rank(commits, transaction.earliest_out);
    transaction.last_commit_before_snapshot = rank(commits, transaction.last_commit_before_snapshot);
    for (auto* number : {&transaction.number, &transaction.oldest_running, &transaction.finished_before}) {
      if (*number != 0) *number = rank(numbers, *number);
    }
  }
  last_commit = static_cast<std::uint32_t>(commits.size());
  next_number = rank(numbers, next_number);
}

Serialization Serialization::renumbered(std::span<const std::uint32_t> actors) const {
  Serialization result = *this;
  for (auto& transaction : result.transactions) {
    if (transaction.actor != nobody) transaction.actor = actors[transaction.actor];
  }
  // Members in order of actors, those that have committed after them, in order of their commits.
  std::vector<Member> order(transactions.size());
  for (Member i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](Member a, Member b) {
    const auto& [x, y] = std::tie(result.transactions[a], result.transactions[b]);
    return x.actor != y.actor ? x.actor < y.actor : x.commit < y.commit;
  });
  std::vector<Member> place(order.size());
  for (Member i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<Transaction> sorted;
  for (const auto member : order) sorted.push_back(std::move(result.transactions[member]));
  const auto rename = [&](std::vector<Member>& members) {
    for (auto& member : members) member = place[member];
  };
  for (auto& transaction : sorted) {
    rename(transaction.out);
    rename(transaction.in);
    rename(transaction.watched);
    std::sort(transaction.watched.begin(), transaction.watched.end());
  }
  for (auto& lock : result.locks) rename(lock.holders);
  result.transactions = std::move(sorted);
  return result;
}

void add_to(Digest& digest, const Serialization& serialization) {
  const auto add_members = [&](const std::vector<Serialization::Member>& members) {
    digest.add(members.size());
    for (const auto member : members) digest.add(member);
  };
  digest.add(serialization.transactions.size());
  for (const auto& transaction : serialization.transactions) {
    digest.add(transaction.actor)
        .add((std::uint64_t{transaction.serializable} << 5U) | (std::uint64_t{transaction.read_only} << 4U) |
             (std::uint64_t{transaction.wrote} << 3U) | (std::uint64_t{transaction.doomed} << 2U) |
             (std::uint64_t{transaction.committed} << 1U) | std::uint64_t{transaction.conflict_out})
        .add((std::uint64_t{transaction.last_commit_before_snapshot} << 32U) | transaction.commit)
        .add((std::uint64_t{transaction.earliest_out} << 32U) | transaction.number)
        .add((std::uint64_t{transaction.oldest_running} << 32U) | transaction.finished_before);
    digest.add(transaction.writes.size());
    for (const auto& name : transaction.writes) digest.add((std::uint64_t{name.table} << 32U) | name.row);
    add_members(transaction.out);
    add_members(transaction.in);
    add_members(transaction.watched);
    digest.add(std::uint64_t{transaction.unsafe});
  }
  for (const auto& lock : serialization.locks) {
    digest.add(static_cast<std::uint64_t>(lock.kind)).add((std::uint64_t{lock.what.table} << 32U) | lock.what.row);
    add_members(lock.holders);
  }
  digest.add(serialization.next_number);
}

}  // namespace gapless::store::relational
