#include "store/relational/transaction.h"

#include <algorithm>

#include "base/check.h"
#include "sql/interval.h"
#include "store/relational/evaluate_values.h"
#include "store/relational/locks.h"

namespace gapless::store::relational {
namespace {

// Predicates and checks stand alone: they read one row and nothing else.
class NoTables : public Snapshot {
 public:
  std::span<const Tuple> rows(std::size_t) const override {
    check(false, "the predicate of an index reads no table");
    return {};
  }
};

Value value_of(const sql::Expression& expression, const Tuple& tuple) {
  static const SourceText no_source;
  const NoTables no_tables;
  QueryMemory memory;
  Evaluator evaluator(no_source, no_tables, {}, memory);
  const Tuple* const tuples[] = {&tuple};
  return evaluator.value(expression, tuples);
}

bool predicate_holds(const sql::Expression& predicate, const Tuple& tuple) {
  const Value value = value_of(predicate, tuple);
  const auto* holds = std::get_if<bool>(&value);
  return holds != nullptr && *holds;
}

// 1.0 and 1.00 are the same key, although they print differently; so are '1 mon' and '30 days', and an int and a bigint
// where one refers to the other.
Value as_key(const Value& value) {
  if (const auto* interval = std::get_if<sql::Interval>(&value)) return sql::justified(*interval);
  if (const auto* small = std::get_if<std::int32_t>(&value)) return std::int64_t{*small};
  const auto* number = std::get_if<Decimal>(&value);
  if (number == nullptr) return value;
  Decimal shortest = *number;
  while (shortest.scale() > 0 && compare(shortest.round(shortest.scale() - 1), shortest) == 0) {
    shortest = shortest.round(shortest.scale() - 1);
  }
  if (const auto whole = shortest.to_int64(); whole && shortest.scale() == 0) return *whole;
  return shortest;
}

bool has_key(const sql::Unique& unique, const Tuple& tuple, const Tuple& key) {
  return is_same_key(key_of(unique, tuple), key);
}

std::uint16_t& count_of(Row& row, LockStrength strength) {
  check(strength != LockStrength::none, "a row is held at some strength");
  return row.locks[static_cast<std::size_t>(strength) - 1];
}

std::vector<Held>::iterator place_of(Session& session, RowName name) {
  return std::lower_bound(session.held.begin(), session.held.end(), name,
                          [](const Held& held, RowName wanted) { return held.row < wanted; });
}

void let_go(Row& row, const Held& own) {
  --count_of(row, own.strength);
  if (own.before) --row.held_before;
}

void forget_version(Row& row) {
  row.pending = Pending::none;
  row.written.clear();
  row.superseded.clear();
  row.indexed = 0;
  row.keys_kept = false;
  row.tag = 0;
}

// Before the session does something new to a row: what ROLLBACK TO has to bring back.
void note_before(const Database& database, Session& session, RowName name) {
  if (session.savepoints.empty()) return;
  auto& changes = session.savepoints.back().changes;
  const bool known =
      std::any_of(changes.begin(), changes.end(), [&](const Before& before) { return before.row == name; });
  if (known) return;
  auto before = state_of(database, session, name);
  changes.insert(std::upper_bound(changes.begin(), changes.end(), before), before);
}

}  // namespace

const Held* held(const Session& session, RowName name) {
  const auto place = place_of(const_cast<Session&>(session), name);
  return place != session.held.end() && place->row == name ? &*place : nullptr;
}

LockStrength own_strength(const Session& session, RowName name) {
  const auto* own = held(session, name);
  return own == nullptr ? LockStrength::none : own->strength;
}

bool has_written(const Session& session, RowName name) {
  const auto* own = held(session, name);
  return own != nullptr && own->wrote;
}

Before state_of(const Database& database, const Session& session, RowName name) {
  Before before;
  before.row = name;
  const auto* own = held(session, name);
  if (own == nullptr) return before;
  before.strength = own->strength;
  before.wrote = own->wrote;
  before.key_changed = own->key_changed;
  if (!own->wrote) return before;
  const auto& row = row_at(database, name);
  before.pending = row.pending;
  before.written = row.written;
  before.indexed = row.indexed;
  before.superseded = row.superseded;
  return before;
}

void hold(Database& database, Session& session, RowName name, LockStrength strength) {
  auto& row = row_at(database, name);
  auto place = place_of(session, name);
  const bool is_held = place != session.held.end() && place->row == name;
  if (is_held && place->strength >= strength) return;
  check(!excluded(row, strength, is_held ? place->strength : LockStrength::none), "a lock is free when it is taken");
  note_before(database, session, name);
  if (is_held) {
    let_go(row, *place);
    place->strength = strength;
    place->before = false;
  } else {
    session.held.insert(place, Held{name, strength, false, false, false});
  }
  ++count_of(row, strength);
}

Row& write(Database& database, Session& session, RowName name) {
  const auto place = place_of(session, name);
  check(place != session.held.end() && place->row == name && place->strength >= LockStrength::no_key_update,
        "a row is locked before it is written");
  note_before(database, session, name);
  if (!place->wrote) row_at(database, name).keys_kept = place->strength == LockStrength::no_key_update;
  place->wrote = true;
  place->key_changed = place->key_changed || place->strength == LockStrength::update;
  return row_at(database, name);
}

const Tuple* newest_version(const Database& database, const Session& session, RowName name) {
  const auto& row = row_at(database, name);
  if (row.ghost > 0) return nullptr;
  if (row.pending != Pending::none && has_written(session, name)) {
    return row.pending == Pending::written ? &row.written : nullptr;
  }
  return row.committed ? &*row.committed : nullptr;
}

std::optional<Tuple> key_of(const std::vector<std::size_t>& columns, const Tuple& tuple) {
  Tuple key;
  key.reserve(columns.size());
  for (const auto column : columns) {
    if (sql::is_null(tuple[column])) return std::nullopt;
    key.push_back(as_key(tuple[column]));
  }
  return key;
}

bool is_same_key(const std::optional<Tuple>& a, const Tuple& b) {
  if (!a || *a == b) return a.has_value();
  for (std::size_t i = 0; i < std::min(a->size(), b.size()); ++i) {
    static const SourceText no_source;
    const bool has_name = std::holds_alternative<sql::Name>((*a)[i]) || std::holds_alternative<sql::Name>(b[i]) ||
                          (sql::type_of((*a)[i]) == sql::Type::text && sql::type_of(b[i]) == sql::Type::text);
    if (has_name && (*a)[i] != b[i]) (void)is_same((*a)[i], b[i], Place{no_source, 0});
  }
  return false;
}

std::optional<Tuple> key_of(const sql::Unique& unique, const Tuple& tuple) {
  auto key = key_of(unique.columns, tuple);
  for (const auto& expression : unique.expressions) {
    if (!key) break;
    const Value value = value_of(expression, tuple);
    if (sql::is_null(value)) return std::nullopt;
    key->push_back(as_key(value));
  }
  if (key && unique.predicate && !predicate_holds(*unique.predicate, tuple)) return std::nullopt;
  return key;
}

bool has_key_in_flight(const Row& row, const sql::Unique& unique, std::size_t unique_number, const Tuple& key) {
  if (row.pending == Pending::none) return false;
  if (row.committed && has_key(unique, *row.committed, key)) return true;
  if (!row.written.empty() && unique_number < row.indexed && has_key(unique, row.written, key)) return true;
  return std::any_of(row.superseded.begin(), row.superseded.end(),
                     [&](const Tuple& version) { return has_key(unique, version, key); });
}

bool is_held_as_it_was(const Row& row, LockStrength wanted, const Held* own) {
  const unsigned others = row.held_before - (own != nullptr && own->before ? 1U : 0U);
  return others > 0 && conflict(wanted, LockStrength::key_share);
}

// ------------------------------------------------------------------------------------------------ the snapshot

void begin_snapshot(Database& database, Session& session) {
  check(!session.snapshot, "a session keeps one snapshot at a time");
  session.snapshot.emplace();
  ++database.snapshots;
}

void end_snapshot(Database& database, Session& session, Trail& trail) {
  if (!session.snapshot) return;
  for (const auto& difference : *session.snapshot) {
    auto& row = row_at(database, difference.row);
    if (row.ghost > 0 && --row.ghost == 0) trail.removed.push_back(difference.row);
  }
  session.snapshot.reset();
  --database.snapshots;
}

// ------------------------------------------------------------------------------------- the end of a transaction

void commit(Database& database, Session& session, Trail& trail) {
  const auto others = static_cast<std::uint16_t>(database.snapshots - (session.snapshot ? 1U : 0U));
  for (const auto& own : session.held) {
    auto& row = row_at(database, own.row);
    let_go(row, own);
    if (!own.wrote) continue;
    if (others > 0) row.held_before = row.locks[0];
    if (row.pending == Pending::written) {
      if (others > 0) trail.changes.push_back({own.row, row.committed, own.key_changed, false, false});
      row.committed = std::move(row.written);
    } else if (row.committed && others > 0) {
      trail.changes.push_back({own.row, row.committed, true, true, !row.written.empty()});
      row.ghost = others;
    } else {
      trail.removed.push_back(own.row);
    }
    forget_version(row);
  }
  session.held.clear();
  session.savepoints.clear();
  release_locks(database, session, {});
  end_snapshot(database, session, trail);
}

void roll_back(Database& database, Session& session, Trail& trail) {
  for (const auto& own : session.held) {
    auto& row = row_at(database, own.row);
    let_go(row, own);
    if (!own.wrote) continue;
    if (!row.committed) trail.removed.push_back(own.row);
    forget_version(row);
  }
  session.held.clear();
  session.savepoints.clear();
  release_locks(database, session, {});
  end_snapshot(database, session, trail);
}

// -------------------------------------------------------------------------------------------------- savepoints

void set_savepoint(Session& session, const std::string& name) {
  session.savepoints.push_back({name, {}, session.locks});
}

std::optional<std::size_t> find_savepoint(const Session& session, const std::string& name) {
  for (auto number = session.savepoints.size(); number-- > 0;) {
    if (session.savepoints[number].name == name) return number;
  }
  return std::nullopt;
}

void release_savepoint(Session& session, std::size_t number) {
  if (number > 0) {
    // What was done since now counts as done since the savepoint around it.
    auto& around = session.savepoints[number - 1].changes;
    for (auto released = number; released < session.savepoints.size(); ++released) {
      for (auto& before : session.savepoints[released].changes) {
        const bool known =
            std::any_of(around.begin(), around.end(), [&](const Before& other) { return other.row == before.row; });
        if (!known) around.push_back(std::move(before));
      }
    }
    std::sort(around.begin(), around.end());
  }
  session.savepoints.resize(number);
}

namespace {

void restore(Database& database, Session& session, const Before& before, Trail& trail) {
  auto& row = row_at(database, before.row);
  const auto place = place_of(session, before.row);
  check(place != session.held.end() && place->row == before.row, "what was done since a savepoint is still held");
  let_go(row, *place);
  place->before = false;
  if (place->wrote) {
    forget_version(row);
    if (!before.wrote) trail.undone.push_back(before.row);
  }
  if (before.strength == LockStrength::none) {
    session.held.erase(place);
    if (!row.committed) trail.removed.push_back(before.row);
    return;
  }
  place->strength = before.strength;
  place->wrote = before.wrote;
  place->key_changed = before.key_changed;
  ++count_of(row, before.strength);
  if (before.wrote) {
    row.keys_kept = !before.key_changed;
    row.pending = before.pending;
    row.written = before.written;
    row.indexed = before.indexed;
    row.superseded = before.superseded;
  }
}

}  // namespace

void roll_back_to(Database& database, Session& session, std::size_t number, Trail& trail) {
  while (session.savepoints.size() > number + 1) {
    for (const auto& before : session.savepoints.back().changes) restore(database, session, before, trail);
    session.savepoints.pop_back();
  }
  auto& savepoint = session.savepoints[number];
  for (const auto& before : savepoint.changes) restore(database, session, before, trail);
  savepoint.changes.clear();
  std::vector<HeldLock> kept = savepoint.locks;
  release_locks(database, session, kept);
}

}  // namespace gapless::store::relational
