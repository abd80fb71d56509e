// Renaming rows. Everything that refers to a row by its place goes through renamed() when the places change.
#include "store/relational/database.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "base/check.h"

namespace gapless::store::relational {

RowName renamed(const Event& event, RowName name) {
  if (name.row == RowName::gone || name.table >= event.places.size()) return name;
  const auto& places = event.places[name.table];
  if (!places.empty()) {
    check(name.row < places.size(), "a session names a row that exists");
    name.row = places[name.row];
  }
  return name;
}

namespace {

const Event::Change* change_of(const Event& event, RowName name) {
  const auto found = std::lower_bound(event.changes.begin(), event.changes.end(), name,
                                      [](const Event::Change& change, RowName row) { return change.row < row; });
  return found != event.changes.end() && found->row == name ? &*found : nullptr;
}

// The name of a row that a statement has yet to lock. At READ COMMITTED (`forgets`) one that somebody has deleted is
// gone for it, even if it is kept for others' snapshots.
RowName renamed_target(const Event& event, RowName name, bool forgets) {
  name = renamed(event, name);
  const auto* change = change_of(event, name);
  if (forgets && change != nullptr && change->deleted) name.row = RowName::gone;
  return name;
}

void map_candidates(std::vector<Candidate>& candidates, const Event& event, bool forgets) {
  for (auto& candidate : candidates) {
    for (auto& name : candidate.rows) name = renamed_target(event, name, forgets);
  }
  // A row that is gone is skipped when its turn comes, so it may as well be forgotten now, unless rows that come before
  // it are to be locked all the same. The first candidate stays: the statement waits for it, and finds out when it goes
  // on.
  const auto is_gone = [](const Candidate& candidate) {
    return candidate.error_condition.empty() && candidate.rows.front().row == RowName::gone;
  };
  if (forgets && candidates.size() > 1) {
    candidates.erase(std::remove_if(candidates.begin() + 1, candidates.end(), is_gone), candidates.end());
  }
}

void map_wait(Wait& wait, const Event& event, bool forgets) {
  if (wait.kind == Wait::Kind::row) {
    const auto* change = change_of(event, renamed(event, wait.row));
    if (change != nullptr && !forgets) {
      wait.deleted = wait.deleted || (!wait.superseded && change->deleted && !change->replaced);
      wait.superseded = true;
    }
    wait.row = renamed_target(event, wait.row, forgets);
  }
  if (wait.kind == Wait::Kind::lock) {
    for (const auto& move : event.moves) {
      if (move.tag != wait.tag) continue;
      if (move.came) {
        wait.position += wait.position >= move.position ? 1 : 0;
      } else {
        check(wait.position != move.position, "a waiter leaves the queue by its own step");
        wait.position -= wait.position > move.position ? 1 : 0;
      }
    }
  }
}

void map_progress(Progress& progress, const Event& event, bool forgets) {
  map_candidates(progress.candidates, event, forgets);
  for (auto& name : progress.changed) name = renamed(event, name);
  std::sort(progress.changed.begin(), progress.changed.end());
  for (auto& before : progress.before) before.row = renamed(event, before.row);
  std::sort(progress.before.begin(), progress.before.end());
  if (progress.writing) progress.writing = renamed(event, *progress.writing);
}

void map_snapshot(std::vector<Difference>& snapshot, const Event& event) {
  for (auto& difference : snapshot) difference.row = renamed(event, difference.row);
  std::erase_if(snapshot, [](const Difference& difference) { return difference.row.row == RowName::gone; });
  for (const auto& change : event.changes) {
    const auto known = std::find_if(snapshot.begin(), snapshot.end(),
                                    [&](const Difference& difference) { return difference.row == change.row; });
    if (known == snapshot.end()) {
      snapshot.push_back({change.row, change.before, change.key_changed, change.deleted && !change.replaced});
    } else {
      known->key_changed = known->key_changed || change.key_changed;
    }
  }
  std::sort(snapshot.begin(), snapshot.end());
}

}  // namespace

bool is_at_rest(const Session& session) {
  return session.phase == Session::Phase::idle && session.held.empty() && !session.snapshot && !session.wait;
}

bool Event::identity() const {
  return changes.empty() && moves.empty() &&
         std::all_of(places.begin(), places.end(), [](const auto& of_table) { return of_table.empty(); });
}

Session map(const Session& session, const Event& event) {
  Session mapped = session;
  for (auto& held : mapped.held) {
    held.row = renamed(event, held.row);
    check(held.row.row != RowName::gone, "a row is removed only by the transaction that holds it");
    held.before = held.before || (held.strength == LockStrength::key_share && change_of(event, held.row) != nullptr);
  }
  std::sort(mapped.held.begin(), mapped.held.end());
  for (auto& savepoint : mapped.savepoints) {
    for (auto& before : savepoint.changes) before.row = renamed(event, before.row);
    std::sort(savepoint.changes.begin(), savepoint.changes.end());
  }
  if (mapped.snapshot) map_snapshot(*mapped.snapshot, event);
  if (mapped.wait) map_wait(*mapped.wait, event, !mapped.keeps_one_snapshot());
  if (mapped.progress) map_progress(*mapped.progress, event, !mapped.keeps_one_snapshot());
  return mapped;
}

Session told_apart(Session session) {
  for (std::size_t i = 1; i < session.held.size(); ++i) {
    auto& name = session.held[i].row;
    const auto& previous = session.held[i - 1].row;
    if (name.table == previous.table && name.row <= previous.row) name.row = previous.row + 1;
  }
  return session;
}

namespace {

bool share_a_name(const Row& a, const Row& b) { return !a.committed && a == b; }

// Where each old row stands in the new order; RowName::gone for those removed.
std::vector<std::uint32_t> sort_rows(std::uint32_t table, std::vector<Row>& rows, const std::vector<RowName>& removed) {
  std::vector<std::uint32_t> order;  // old places in the new order
  order.reserve(rows.size());
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    if (std::find(removed.begin(), removed.end(), RowName{table, row}) == removed.end()) order.push_back(row);
  }
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return rows[a] < rows[b]; });
  std::vector<std::uint32_t> places(rows.size(), RowName::gone);
  std::vector<Row> sorted;
  sorted.reserve(order.size());
  for (const auto old_place : order) {
    places[old_place] = static_cast<std::uint32_t>(sorted.size());
    sorted.push_back(std::move(rows[old_place]));
  }
  rows = std::move(sorted);
  return places;
}

// Every place replaced by that of the first row with the same name.
void use_first_of_name(const std::vector<Row>& rows, std::vector<std::uint32_t>& places) {
  std::vector<std::uint32_t> first(rows.size());
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    first[row] = row > 0 && share_a_name(rows[row - 1], rows[row]) ? first[row - 1] : row;
  }
  for (auto& place : places) {
    if (place != RowName::gone) place = first[place];
  }
}

}  // namespace

Renaming canonicalize(const Database& before, Database& database, Session& session, const std::vector<RowName>& removed,
                      std::vector<Event::Change> changes, std::vector<Event::Move> moves) {
  Renaming renaming;  // own: told-apart names; others: shared names
  renaming.own.places.resize(database.tables.size());
  renaming.others.places.resize(database.tables.size());
  for (std::uint32_t table = 0; table < database.tables.size(); ++table) {
    auto& rows = database.tables[table].rows;
    auto& places = renaming.own.places[table];
    places = sort_rows(table, rows, removed);
    use_first_of_name(rows, places);

    // Of the rows that shared a name, the session that steps took the first ones as its own; what others mean by the
    // name is therefore where the last of them has gone.
    const auto& rows_before = before.tables[table].rows;
    std::vector<std::uint32_t> meant(rows_before.size());
    bool unchanged = true;
    for (auto row = static_cast<std::uint32_t>(rows_before.size()); row-- > 0;) {
      const bool is_last = row + 1 == rows_before.size() || !share_a_name(rows_before[row], rows_before[row + 1]);
      meant[row] = is_last ? places[row] : meant[row + 1];
      const bool is_first = row == 0 || !share_a_name(rows_before[row - 1], rows_before[row]);
      unchanged = unchanged && (!is_first || meant[row] == row);
    }
    if (!unchanged) renaming.others.places[table] = std::move(meant);
  }
  session = map(session, renaming.own);
  for (auto& change : changes) change.row = renamed(renaming.own, change.row);
  std::sort(changes.begin(), changes.end());
  renaming.others.changes = std::move(changes);
  renaming.others.moves = std::move(moves);
  return renaming;
}

namespace {

void add_name(Digest& digest, RowName name) { digest.add((std::uint64_t{name.table} << 32U) | name.row); }

void add_names(Digest& digest, std::span<const RowName> names) {
  digest.add(names.size());
  for (const auto& name : names) add_name(digest, name);
}

void add_tuples(Digest& digest, std::span<const Tuple> tuples) {
  digest.add(tuples.size());
  for (const auto& tuple : tuples) sql::add_to(digest, tuple);
}

void add_optional(Digest& digest, const std::optional<Tuple>& tuple) {
  digest.add(std::uint64_t{tuple.has_value()});
  if (tuple) sql::add_to(digest, *tuple);
}

void add_before(Digest& digest, std::span<const Before> list) {
  digest.add(list.size());
  for (const auto& before : list) {
    add_name(digest, before.row);
    digest.add((static_cast<std::uint64_t>(before.strength) << 16U) |
               (static_cast<std::uint64_t>(before.pending) << 8U) | before.indexed);
    sql::add_to(digest, before.written);
    add_tuples(digest, before.superseded);
  }
}

void add_tag(Digest& digest, const LockTag& tag) {
  digest.add(static_cast<std::uint64_t>(tag.kind)).add(static_cast<std::uint64_t>(tag.key));
}

void add_locks(Digest& digest, std::span<const HeldLock> locks) {
  digest.add(locks.size());
  for (const auto& lock : locks) {
    add_tag(digest, lock.tag);
    digest.add((static_cast<std::uint64_t>(lock.mode) << 8U) | std::uint64_t{lock.of_session}).add(lock.count);
  }
}

void add_progress(Digest& digest, const Progress& progress) {
  digest.add(progress.part).add(std::uint64_t{progress.found});
  digest.add(progress.candidates.size());
  for (const auto& candidate : progress.candidates) {
    add_names(digest, candidate.rows);
    for (const auto& tuple : candidate.snapshot) add_optional(digest, tuple);
    digest.add(candidate.error_condition);
  }
  add_tuples(digest, progress.inserts);
  add_names(digest, progress.changed);
  add_before(digest, progress.before);
  if (progress.writing) add_name(digest, *progress.writing);
  add_tuples(digest, progress.output);
  digest.add(progress.count).add(progress.skipped);
  for (const auto& check : progress.checks) {
    digest.add(check.child).add(check.foreign_key).add(std::uint64_t{check.of_parent});
    sql::add_to(digest, check.key);
  }
  sql::add_to(digest, progress.calls);
  digest.add(progress.scans);
  for (const auto& [number, result] : progress.queries) {
    digest.add(number).add(result.error_condition);
    add_tuples(digest, result.rows);
  }
  for (const auto& [number, rows] : progress.tables) {
    digest.add(number);
    add_tuples(digest, rows);
  }
}

void add_wait(Digest& digest, const Wait& wait) {
  digest.add((static_cast<std::uint64_t>(wait.kind) << 16U) | (static_cast<std::uint64_t>(wait.strength) << 8U) |
             (std::uint64_t{wait.deleted} << 1U) | std::uint64_t{wait.superseded});
  add_name(digest, wait.row);
  digest.add(wait.unique);
  sql::add_to(digest, wait.key);
  add_tag(digest, wait.tag);
  digest.add(static_cast<std::uint64_t>(wait.mode)).add(wait.position);
}

void add_settings(Digest& digest, const Settings& settings) {
  digest.add(static_cast<std::uint64_t>(settings.lock_timeout_ms))
      .add(static_cast<std::uint64_t>(settings.statement_timeout_ms));
}

}  // namespace

void add_to(Digest& digest, const Database& database) {
  for (const auto& table : database.tables) {
    digest.add(table.rows.size());
    for (const auto& row : table.rows) {
      digest.add(std::uint64_t{row.keys_kept});
      digest.add((std::uint64_t{row.tag} << 32U) | (std::uint64_t{row.ghost} << 24U) |
                 (std::uint64_t{row.held_before} << 48U) | (std::uint64_t{row.committed.has_value()} << 16U) |
                 (static_cast<std::uint64_t>(row.pending) << 8U) | row.indexed);
      digest.add((std::uint64_t{row.locks[0]} << 48U) | (std::uint64_t{row.locks[1]} << 32U) |
                 (std::uint64_t{row.locks[2]} << 16U) | row.locks[3]);
      if (row.committed) sql::add_to(digest, *row.committed);
      if (row.pending != Pending::none) sql::add_to(digest, row.written);
      add_tuples(digest, row.superseded);
    }
    for (const auto next : table.next_number) digest.add(static_cast<std::uint64_t>(next));
  }
  for (const auto& lock : database.locks) {
    add_tag(digest, lock.tag);
    for (const auto count : lock.granted) digest.add(count);
    for (const auto mode : lock.queue) digest.add(static_cast<std::uint64_t>(mode));
  }
  digest.add(database.snapshots);
}

void add_to(Digest& digest, const Session& session) {
  digest.add((static_cast<std::uint64_t>(session.phase) << 16U) | (static_cast<std::uint64_t>(session.level) << 8U) |
             (std::uint64_t{session.read_only} << 3U) | (std::uint64_t{session.deferrable} << 2U) |
             (std::uint64_t{session.has_number} << 1U) | std::uint64_t{session.has_begun});
  if (session.started) digest.add(static_cast<std::uint64_t>(session.started->microseconds));
  digest.add(session.held.size());
  for (const auto& held : session.held) {
    add_name(digest, held.row);
    digest.add((static_cast<std::uint64_t>(held.strength) << 3U) | (std::uint64_t{held.before} << 2U) |
               (std::uint64_t{held.key_changed} << 1U) | std::uint64_t{held.wrote});
  }
  add_locks(digest, session.locks);
  for (const auto& savepoint : session.savepoints) {
    digest.add(savepoint.name);
    add_before(digest, savepoint.changes);
    add_locks(digest, savepoint.locks);
  }
  digest.add(std::uint64_t{session.snapshot.has_value()});
  if (session.snapshot) {
    for (const auto& difference : *session.snapshot) {
      add_name(digest, difference.row);
      add_optional(digest, difference.seen);
      digest.add((std::uint64_t{difference.deleted} << 1U) | std::uint64_t{difference.key_changed});
    }
  }
  digest.add(std::uint64_t{session.wait.has_value()});
  if (session.wait) add_wait(digest, *session.wait);
  if (session.progress) add_progress(digest, *session.progress);
  add_settings(digest, session.settings);
}

void add_to(Digest& digest, const Event& event) {
  for (const auto& places : event.places) {
    digest.add(places.size());
    for (const auto place : places) digest.add(place);
  }
  for (const auto& change : event.changes) {
    add_name(digest, change.row);
    add_optional(digest, change.before);
    digest.add((std::uint64_t{change.replaced} << 2U) | (std::uint64_t{change.key_changed} << 1U) |
               std::uint64_t{change.deleted});
  }
  for (const auto& move : event.moves) {
    add_tag(digest, move.tag);
    digest.add((move.position << 1U) | std::uint64_t{move.came});
  }
}

}  // namespace gapless::store::relational
