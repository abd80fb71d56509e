// Rows that a statement found, taken one by one: waited for, locked, looked at again.
#include <algorithm>

#include "base/check.h"
#include "store/relational/evaluate_computation.h"
#include "store/relational/statement_run.h"

namespace gapless::store::relational {

void StatementRun::find_candidates(const Taking& taking, std::vector<FromRow> rows) {
  found_ = std::move(rows);
  OrderWatch watch(snapshot_);
  for (const auto& row : found_) {
    watch.next(row);
    Candidate candidate;
    for (const auto item : taking.locked_items) {
      candidate.rows.push_back(snapshot_.name(taking.from[item].table_number, row.numbers[item]));
    }
    candidate.snapshot.resize(taking.from.size());
    for (std::size_t item = 0; item < taking.from.size(); ++item) {
      const auto& locked = taking.locked_items;
      const bool is_locked = std::find(locked.begin(), locked.end(), item) != locked.end();
      if (!is_locked && row.tuples[item] != nullptr) candidate.snapshot[item] = *row.tuples[item];
    }
    progress_.candidates.push_back(std::move(candidate));
  }
  progress_.found = true;
}

// Locks each candidate's rows and acts on those that (still) match.
std::optional<Wait> StatementRun::for_each_candidate(const Taking& taking) {
  std::optional<Wait> wait;
  for (current_ = 0; !wait && current_ < progress_.candidates.size() && progress_.output.size() < taking.limit;
       ++current_) {
    if (!current().error_condition.empty()) throw SqlError(current().error_condition, current().error_message);
    if (taking.reads == LockStrength::none) takes_.emplace_back(current().rows.front(), touches_.size());
    try {
      wait = take(taking);
    } catch (const SqlError&) {
      is_failing_ = true;
      read_as_taken();
      throw;
    }
  }
  read_as_taken();
  taken_ = current_;
  // The candidate that waits remains, and is the first when the statement goes on.
  const auto done = wait ? current_ - 1 : progress_.candidates.size();
  if (wait && !found_.empty()) look_at_the_rest(done, taking);
  progress_.candidates.erase(progress_.candidates.begin(),
                             progress_.candidates.begin() + static_cast<std::ptrdiff_t>(done));
  found_.clear();
  current_ = 0;
  return wait;
}

// UPDATE and DELETE write each row as soon as they have read it, and what is written is no longer locked as read: so
// the reads of the candidates go to where each of them is taken. (A third row locked on one page would lock the page.)
void StatementRun::read_as_taken() {
  if (takes_.empty() || reads_begin_ == reads_end_) {
    takes_.clear();
    return;
  }
  const auto begin = touches_.begin();
  const std::vector<Touch> reads(begin + static_cast<std::ptrdiff_t>(reads_begin_),
                                 begin + static_cast<std::ptrdiff_t>(reads_end_));
  const auto is_read_of = [](const Touch& touch, RowName name) {
    return touch.kind == Touch::Kind::read_row && touch.row == name;
  };
  const auto is_taken = [&](const Touch& touch) {
    return std::any_of(takes_.begin(), takes_.end(), [&](const auto& take) { return is_read_of(touch, take.first); });
  };
  std::vector<Touch> ordered(begin, begin + static_cast<std::ptrdiff_t>(reads_begin_));
  std::size_t taken = 0;
  const auto take_next = [&] {
    const auto end = taken + 1 < takes_.size() ? takes_[taken + 1].second : touches_.size();
    ordered.insert(ordered.end(), begin + static_cast<std::ptrdiff_t>(takes_[taken].second),
                   begin + static_cast<std::ptrdiff_t>(end));
    ++taken;
  };
  for (const auto& read : reads) {
    ordered.push_back(read);
    if (!is_taken(read)) continue;
    while (taken < takes_.size() && !is_read_of(read, takes_[taken].first)) take_next();  // rows in another order
    if (taken < takes_.size()) take_next();
    const auto failed = taken == takes_.size() && is_failing_;
    if (failed) break;  // what comes after is never read
  }
  while (taken < takes_.size()) take_next();
  touches_ = std::move(ordered);
  takes_.clear();
  reads_begin_ = reads_end_ = 0;
}

std::optional<Wait> StatementRun::take(const Taking& taking) {
  const auto seen = seen_tuples(taking);
  const bool may_have_changed = resumed_ && !session_.snapshot;  // and nobody knows
  bool changed = false;
  for (std::size_t i = 0; i < current().rows.size(); ++i) {
    const auto name = current().rows[i];
    if (name.row != RowName::gone && has_changed(name))
      return std::nullopt;  // by this statement: a join found it twice
    changed = changed || name.row == RowName::gone || difference_of(session_, name) != nullptr;
    std::optional<Wait> wait;
    const bool has_waited = current_ == 0 && waited_ && waited_->kind == Wait::Kind::row;
    const bool fails =
        !has_waited && keeps_one_snapshot() && name.row != RowName::gone && difference_of(session_, name) != nullptr;
    if (fails && taking.reads == LockStrength::none) taking.first_look(seen);  // its errors come first
    const auto strength = taking.strength(seen);
    switch (lock_row(taking, name, strength, wait)) {
      case Taken::waits:
        return wait;
      case Taken::skipped:
        return std::nullopt;  // the rest of the combination is left alone
      case Taken::yes:
        break;
    }
  }
  const auto tuples = newest_tuples(taking, seen);
  const bool has_gone = std::any_of(taking.locked_items.begin(), taking.locked_items.end(),
                                    [&](std::size_t item) { return tuples[item] == nullptr; });
  if (has_gone) return std::nullopt;
  if ((changed || may_have_changed) && !keeps_one_snapshot() && !matches_again(taking, tuples)) return std::nullopt;
  finish_computation();
  auto wait = taking.act(tuples);
  finish_computation();
  return wait;
}

StatementRun::Taken StatementRun::lock_row(const Taking& taking, RowName name, LockStrength strength,
                                           std::optional<Wait>& wait) {
  const bool is_read = taking.reads != LockStrength::none;
  if (!is_read) take_number();
  if (keeps_one_snapshot() && !is_undisturbed(taking, name)) {
    const auto* difference = difference_of(session_, name);
    const bool waits =
        difference != nullptr && is_held_as_it_was(row_at(database_, name), strength, held(session_, name));
    if (difference != nullptr && !waits) fail_to_serialize(difference->deleted && !is_read);
    if (waits) {
      if (taking.wait == sql::LockWait::skip_locked) return Taken::skipped;
      if (taking.wait == sql::LockWait::wait) {
        wait.emplace();
        wait->row = name;
        wait->strength = strength;
        wait->superseded = true;
        return Taken::waits;
      }
    }
  }
  if (name.row == RowName::gone || row_at(database_, name).ghost > 0) return Taken::skipped;
  if (excluded(row_at(database_, name), strength, own_strength(session_, name))) {
    const auto& row = row_at(database_, name);
    // The version seen lets KEY SHARE pass; what excludes it is met on the way to the newest one.
    const bool superseded = row.keys_kept || difference_of(session_, name) != nullptr;
    const bool on_the_way = strength == LockStrength::key_share && superseded && !has_written(session_, name);
    if (taking.wait == sql::LockWait::skip_locked && !on_the_way) return Taken::skipped;
    if (taking.wait == sql::LockWait::nowait && !on_the_way) {
      throw SqlError("lock_not_available",
                     "could not obtain lock on row in relation \"" + catalog_.tables[name.table].name + "\"");
    }
    wait.emplace();
    wait->row = name;
    wait->strength = strength;
    return Taken::waits;
  }
  take_number();
  hold(database_, session_, name, strength);
  return Taken::yes;
}

bool StatementRun::is_undisturbed(const Taking& taking, RowName name) const {
  if (taking.reads != LockStrength::key_share) return false;
  const auto* difference = difference_of(session_, name);
  return difference == nullptr || (!difference->key_changed && difference->seen);
}

// P-SI-1: "delete" is said of UPDATE and DELETE only; locking reads always say "update".
void StatementRun::fail_to_serialize(bool deleted) const {
  throw SqlError("serialization_failure",
                 std::string("could not serialize access due to concurrent ") + (deleted ? "delete" : "update"));
}

// PostgreSQL computes a row's result from the snapshot's version, and checks it, before it waits for the row; if that
// fails, the statement fails at once, though the newest version might have passed (P-EPQ-7). For the candidate that
// waits this is now; for later ones it is when their turn comes, so that it is remembered.
void StatementRun::look_at_the_rest(std::size_t first, const Taking& taking) {
  for (std::size_t i = first; i < progress_.candidates.size(); ++i) {
    try {
      taking.first_look(found_[i].tuples);
    } catch (const SqlError& error) {
      if (i == first) throw;
      progress_.candidates[i].error_condition = error.condition;
      progress_.candidates[i].error_message = error.what();
    }
  }
}

// What the snapshot showed of all items, as far as it is still known; else the newest versions.
StatementRun::Tuples StatementRun::seen_tuples(const Taking& taking) const {
  if (!found_.empty()) return found_[current_].tuples;
  Tuples tuples(taking.from.size(), nullptr);
  for (std::size_t item = 0; item < taking.from.size(); ++item) {
    if (current().snapshot[item]) tuples[item] = &*current().snapshot[item];
  }
  for (std::size_t i = 0; i < taking.locked_items.size(); ++i) {
    const auto name = current().rows[i];
    if (name.row == RowName::gone) continue;
    tuples[taking.locked_items[i]] =
        session_.snapshot ? snapshot_.version(name) : newest_version(database_, session_, name);
  }
  return tuples;
}

// The newest versions of the locked rows, the snapshot's of all others.
StatementRun::Tuples StatementRun::newest_tuples(const Taking& taking, const Tuples& seen) const {
  Tuples tuples = seen;
  for (std::size_t i = 0; i < taking.locked_items.size(); ++i) {
    const auto name = current().rows[i];
    if (name.row != RowName::gone && is_undisturbed(taking, name) && difference_of(session_, name) != nullptr) continue;
    tuples[taking.locked_items[i]] = name.row == RowName::gone ? nullptr : newest_version(database_, session_, name);
  }
  return tuples;
}

bool StatementRun::matches_again(const Taking& taking, const Tuples& tuples) {
  for (const auto& item : taking.from) {
    if (item.join != sql::JoinKind::left && item.on && !evaluator_.is_true(*item.on, tuples)) return false;
  }
  return !taking.where || evaluator_.is_true(*taking.where, tuples);
}

bool StatementRun::has_changed(RowName name) const {
  return std::binary_search(progress_.changed.begin(), progress_.changed.end(), name);
}

}  // namespace gapless::store::relational
