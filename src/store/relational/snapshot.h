// What a statement can read: what its snapshot shows and its own transaction's earlier changes (P-TX-2, P-TX-3). Made
// lazily, table by table.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "store/relational/database.h"
#include "store/relational/evaluate.h"

namespace gapless::store::relational {

// The difference that the session's snapshot has for a row; nullptr if the row has not changed since.
const Difference* difference_of(const Session& session, RowName name);

class StatementSnapshot : public Snapshot {
 public:
  // Shows the database as it is at the first rows() of a table, less what the session's snapshot (if it keeps one) says
  // otherwise, and less what the statement itself has changed, as far as `before` says: a statement does not see its
  // own changes (P-TX-4), so without `before` it must have been asked for every table before it changes anything. With
  // `kept` (what a statement that waited has left of its snapshot) nothing else can be read. All must outlive this.
  StatementSnapshot(const sql::Catalog& catalog, const Database& database, const Session& session,
                    const std::vector<Before>& before, const std::map<std::size_t, std::vector<Tuple>>* kept);

  // Between two statements.
  StatementSnapshot(const sql::Catalog& catalog, const Database& database, const Session& session);

  std::span<const Tuple> rows(std::size_t table_number) const override;

  // The row that rows(table_number)[number] shows.
  RowName name(std::size_t table_number, std::size_t number) const;

  // The version of a row that the snapshot shows; nullptr if none.
  const Tuple* version(RowName name) const;

 private:
  struct View {
    std::vector<Tuple> tuples;
    std::vector<RowName> names;
  };
  const View& view(std::size_t table_number) const;

  const sql::Catalog& catalog_;
  const Database& database_;
  const Session& session_;
  const std::vector<Before>& before_;
  const std::map<std::size_t, std::vector<Tuple>>* kept_;
  mutable std::map<std::size_t, View> views_;
};

// The tables that sub-selects read (the statement's own FROM of an UPDATE or DELETE does not count).
std::set<std::size_t> tables_of_queries(const sql::Statement& statement);

// The tables that sub-selects read which refer to an enclosing row: their value differs from row to row.
std::set<std::size_t> tables_of_correlated_queries(const sql::Statement& statement);

// What everybody else sees: the committed rows of a table in scan order.
std::vector<Tuple> committed_rows(const sql::Table& table, const TableState& state);

}  // namespace gapless::store::relational
