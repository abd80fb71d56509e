#include "store/relational/transaction.h"

#include <algorithm>

#include "base/check.h"

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

bool predicate_holds(const sql::Expression& predicate, const Tuple& tuple) {
  static const SourceText no_source;
  const NoTables no_tables;
  QueryMemory memory;
  Evaluator evaluator(no_source, no_tables, {}, memory);
  const Tuple* const tuples[] = {&tuple};
  return evaluator.is_true(predicate, tuples);
}

// 1.0 and 1.00 are the same key, although they print differently.
Value as_key(const Value& value) {
  const auto* number = std::get_if<Decimal>(&value);
  if (number == nullptr) return value;
  Decimal shortest = *number;
  while (shortest.scale() > 0 && compare(shortest.round(shortest.scale() - 1), shortest) == 0) {
    shortest = shortest.round(shortest.scale() - 1);
  }
  return shortest;
}

bool has_key(const sql::Unique& unique, const Tuple& tuple, const Tuple& key) {
  return key_of(unique, tuple) == std::optional<Tuple>(key);
}

void release(Row& row) {
  row.pending = Pending::none;
  row.written.clear();
  row.superseded.clear();
  row.indexed = 0;
  row.locked = false;
}

}  // namespace

bool holds(const Session& session, RowName name) {
  return std::binary_search(session.held.begin(), session.held.end(), name);
}

void hold(Database& database, Session& session, RowName name) {
  auto& row = row_at(database, name);
  const auto place = std::lower_bound(session.held.begin(), session.held.end(), name);
  if (place != session.held.end() && *place == name) return;
  check(!row.locked, "a row is held by one transaction at a time");
  row.locked = true;
  session.held.insert(place, name);
}

const Tuple* newest_version(const Row& row) {
  switch (row.pending) {
    case Pending::written:
      return &row.written;
    case Pending::deleted:
      return nullptr;
    case Pending::none:
      break;
  }
  return row.committed ? &*row.committed : nullptr;
}

std::optional<Tuple> key_of(const sql::Unique& unique, const Tuple& tuple) {
  Tuple key;
  key.reserve(unique.columns.size());
  for (const auto column : unique.columns) {
    if (sql::is_null(tuple[column])) return std::nullopt;
    key.push_back(as_key(tuple[column]));
  }
  if (unique.predicate && !predicate_holds(*unique.predicate, tuple)) return std::nullopt;
  return key;
}

bool has_key_in_flight(const Row& row, const sql::Unique& unique, std::size_t unique_number, const Tuple& key) {
  if (row.pending == Pending::none) return false;
  if (row.committed && has_key(unique, *row.committed, key)) return true;
  if (!row.written.empty() && unique_number < row.indexed && has_key(unique, row.written, key)) return true;
  return std::any_of(row.superseded.begin(), row.superseded.end(),
                     [&](const Tuple& version) { return has_key(unique, version, key); });
}

std::vector<RowName> commit(Database& database, Session& session) {
  std::vector<RowName> removed;
  for (const auto name : session.held) {
    auto& row = row_at(database, name);
    if (row.pending == Pending::written) row.committed = std::move(row.written);
    if (row.pending == Pending::deleted) removed.push_back(name);
    release(row);
  }
  session.held.clear();
  return removed;
}

std::vector<RowName> roll_back(Database& database, Session& session) {
  std::vector<RowName> removed;
  for (const auto name : session.held) {
    auto& row = row_at(database, name);
    if (!row.committed) removed.push_back(name);
    release(row);
  }
  session.held.clear();
  return removed;
}

}  // namespace gapless::store::relational
