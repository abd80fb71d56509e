#include "store/relational/snapshot.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "store/relational/transaction.h"
#include "store/relational/walk.h"

namespace gapless::store::relational {
namespace {

// Tables are scanned in primary-key order; where there is none, in order of value (a heap's order of insertion would
// distinguish states that differ in nothing else).
bool scans_before(const sql::Table& table, const Tuple& a, const Tuple& b) {
  if (const auto* key = table.primary_key()) {
    for (const auto column : key->columns) {
      if (const auto order = a[column] <=> b[column]; order != 0) return order < 0;
    }
  }
  return a < b;
}

void collect_tables(const sql::Select& query, std::set<std::size_t>& tables) {
  tables.insert(query.tables.begin(), query.tables.end());
}

}  // namespace

const Difference* difference_of(const Session& session, RowName name) {
  if (!session.snapshot) return nullptr;
  const auto found = std::lower_bound(session.snapshot->begin(), session.snapshot->end(), name,
                                      [](const Difference& difference, RowName row) { return difference.row < row; });
  return found != session.snapshot->end() && found->row == name ? &*found : nullptr;
}

StatementSnapshot::StatementSnapshot(const sql::Catalog& catalog, const Database& database, const Session& session,
                                     const std::vector<Before>& before,
                                     const std::map<std::size_t, std::vector<Tuple>>* kept)
    : catalog_(catalog), database_(database), session_(session), before_(before), kept_(kept) {}

static const std::vector<Before> nothing_before;

StatementSnapshot::StatementSnapshot(const sql::Catalog& catalog, const Database& database, const Session& session)
    : StatementSnapshot(catalog, database, session, nothing_before, nullptr) {}

std::span<const Tuple> StatementSnapshot::rows(std::size_t table_number) const {
  if (kept_ != nullptr) {
    const auto found = kept_->find(table_number);
    check(found != kept_->end(), "a statement that waited kept all that it still reads of its snapshot");
    return found->second;
  }
  return view(table_number).tuples;
}

RowName StatementSnapshot::name(std::size_t table_number, std::size_t number) const {
  return view(table_number).names[number];
}

const Tuple* StatementSnapshot::version(RowName name) const {
  const auto& row = row_at(database_, name);
  const auto earlier =
      std::find_if(before_.begin(), before_.end(), [&](const Before& before) { return before.row == name; });
  if (earlier != before_.end() ? earlier->wrote : row.pending != Pending::none && has_written(session_, name)) {
    const auto pending = earlier != before_.end() ? earlier->pending : row.pending;
    if (pending == Pending::deleted) return nullptr;
    return earlier != before_.end() ? &earlier->written : &row.written;
  }
  if (const auto* difference = difference_of(session_, name)) return difference->seen ? &*difference->seen : nullptr;
  return row.committed && row.ghost == 0 ? &*row.committed : nullptr;
}

const StatementSnapshot::View& StatementSnapshot::view(std::size_t table_number) const {
  const auto found = views_.find(table_number);
  if (found != views_.end()) return found->second;

  const auto table = static_cast<std::uint32_t>(table_number);
  const auto& rows = database_.tables[table_number].rows;
  std::vector<std::pair<const Tuple*, RowName>> visible;
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    const RowName name{table, row};
    if (const auto* shown = version(name)) visible.emplace_back(shown, name);
  }
  std::sort(visible.begin(), visible.end(), [&](const auto& a, const auto& b) {
    if (scans_before(catalog_.tables[table_number], *a.first, *b.first)) return true;
    if (scans_before(catalog_.tables[table_number], *b.first, *a.first)) return false;
    return a.second < b.second;
  });
  View view;
  for (const auto& [version, name] : visible) {
    view.tuples.push_back(*version);
    view.names.push_back(name);
  }
  return views_.emplace(table_number, std::move(view)).first->second;
}

std::set<std::size_t> tables_of_queries(const sql::Statement& statement) {
  std::set<std::size_t> tables;
  for_each_query(statement, [&](const sql::Select& query) { collect_tables(query, tables); });
  return tables;
}

std::set<std::size_t> tables_of_correlated_queries(const sql::Statement& statement) {
  std::set<std::size_t> tables;
  for_each_query(statement, [&](const sql::Select& query) {
    if (query.correlated) collect_tables(query, tables);
  });
  return tables;
}

std::vector<Tuple> committed_rows(const sql::Table& table, const TableState& state) {
  std::vector<Tuple> rows;
  for (const auto& row : state.rows) {
    if (row.committed && row.ghost == 0) rows.push_back(*row.committed);
  }
  std::sort(rows.begin(), rows.end(), [&](const Tuple& a, const Tuple& b) { return scans_before(table, a, b); });
  return rows;
}

}  // namespace gapless::store::relational
