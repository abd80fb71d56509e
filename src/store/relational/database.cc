// Renaming rows. Everything that refers to a row by its place goes through place_after() when the places change.
#include "store/relational/database.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "base/check.h"

namespace gapless::store::relational {
namespace {

RowName place_after(const Event& event, RowName name) {
  if (name.row == RowName::gone || name.table >= event.places.size()) return name;
  const auto& places = event.places[name.table];
  if (!places.empty()) {
    check(name.row < places.size(), "a session names a row that exists");
    name.row = places[name.row];
  }
  return name;
}

void map_candidates(std::vector<Candidate>& candidates, const Event& event) {
  for (auto& candidate : candidates) {
    for (auto& name : candidate.rows) name = place_after(event, name);
  }
  // A row that is gone is skipped when its turn comes, so it may as well be forgotten now, unless rows that come before
  // it are to be locked all the same. The first candidate stays: the statement waits for it, and finds out when it goes
  // on.
  const auto is_gone = [](const Candidate& candidate) {
    return candidate.error_condition.empty() && candidate.rows.front().row == RowName::gone;
  };
  if (candidates.size() > 1) {
    candidates.erase(std::remove_if(candidates.begin() + 1, candidates.end(), is_gone), candidates.end());
  }
}

}  // namespace

bool Event::identity() const {
  return std::all_of(places.begin(), places.end(), [](const auto& of_table) { return of_table.empty(); });
}

Session map(const Session& session, const Event& event) {
  Session mapped = session;
  for (auto& name : mapped.held) {
    name = place_after(event, name);
    check(name.row != RowName::gone, "a row is removed only by the transaction that holds it");
  }
  std::sort(mapped.held.begin(), mapped.held.end());
  if (mapped.wait && !mapped.wait->for_key) mapped.wait->row = place_after(event, mapped.wait->row);
  if (mapped.progress) {
    auto& progress = *mapped.progress;
    map_candidates(progress.candidates, event);
    for (auto& name : progress.changed) name = place_after(event, name);
    std::sort(progress.changed.begin(), progress.changed.end());
    if (progress.writing) progress.writing = place_after(event, *progress.writing);
  }
  return mapped;
}

Session told_apart(Session session) {
  for (std::size_t i = 1; i < session.held.size(); ++i) {
    auto& name = session.held[i];
    const auto& previous = session.held[i - 1];
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

Event canonicalize(const Database& before, Database& database, Session& session, const std::vector<RowName>& removed) {
  Event own;     // for told-apart names
  Event others;  // for shared names
  own.places.resize(database.tables.size());
  others.places.resize(database.tables.size());
  for (std::uint32_t table = 0; table < database.tables.size(); ++table) {
    auto& rows = database.tables[table].rows;
    auto& places = own.places[table];
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
    if (!unchanged) others.places[table] = std::move(meant);
  }
  session = map(session, own);
  return others;
}

namespace {

void add_names(Digest& digest, std::span<const RowName> names) {
  digest.add(names.size());
  for (const auto& name : names) digest.add((std::uint64_t{name.table} << 32U) | name.row);
}

void add_tuples(Digest& digest, std::span<const Tuple> tuples) {
  digest.add(tuples.size());
  for (const auto& tuple : tuples) sql::add_to(digest, tuple);
}

void add_progress(Digest& digest, const Progress& progress) {
  digest.add(progress.candidates.size());
  for (const auto& candidate : progress.candidates) {
    add_names(digest, candidate.rows);
    for (const auto& tuple : candidate.snapshot) {
      digest.add(std::uint64_t{tuple.has_value()});
      if (tuple) sql::add_to(digest, *tuple);
    }
    digest.add(candidate.error_condition);
  }
  add_tuples(digest, progress.inserts);
  add_names(digest, progress.changed);
  if (progress.writing) add_names(digest, {&*progress.writing, 1});
  add_tuples(digest, progress.output);
  digest.add(progress.count).add(progress.skipped);
  for (const auto& [number, result] : progress.queries) {
    digest.add(number).add(result.error_condition);
    add_tuples(digest, result.rows);
  }
  for (const auto& [number, rows] : progress.tables) {
    digest.add(number);
    add_tuples(digest, rows);
  }
}

}  // namespace

void add_to(Digest& digest, const Database& database) {
  for (const auto& table : database.tables) {
    digest.add(table.rows.size());
    for (const auto& row : table.rows) {
      digest.add((std::uint64_t{row.tag} << 32U) | (std::uint64_t{row.committed.has_value()} << 24U) |
                 (std::uint64_t{row.locked} << 16U) | (static_cast<std::uint64_t>(row.pending) << 8U) | row.indexed);
      if (row.committed) sql::add_to(digest, *row.committed);
      if (row.pending != Pending::none) sql::add_to(digest, row.written);
      add_tuples(digest, row.superseded);
    }
    for (const auto next : table.next_number) digest.add(static_cast<std::uint64_t>(next));
  }
}

void add_to(Digest& digest, const Session& session) {
  digest.add(static_cast<std::uint64_t>(session.phase));
  add_names(digest, session.held);
  digest.add(std::uint64_t{session.wait.has_value()});
  if (session.wait) {
    add_names(digest, {&session.wait->row, 1});
    digest.add(std::uint64_t{session.wait->for_key}).add(session.wait->unique);
    sql::add_to(digest, session.wait->key);
  }
  if (session.progress) add_progress(digest, *session.progress);
}

void add_to(Digest& digest, const Event& event) {
  for (const auto& places : event.places) {
    digest.add(places.size());
    for (const auto place : places) digest.add(place);
  }
}

}  // namespace gapless::store::relational
