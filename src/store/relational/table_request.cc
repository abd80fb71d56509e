// First what is changed; then, query by query, what is locked row by row and what is read.
#include "store/relational/table_request.h"

#include "store/relational/walk.h"

namespace gapless::store::relational {

std::vector<TableRequest> table_requests(const sql::Statement& statement) {
  std::vector<TableRequest> requests;
  const auto add_others = [&](const std::vector<sql::FromItem>& from) {
    for (std::size_t item = 1; item < from.size(); ++item) {
      if (!from[item].query && !from[item].common)
        requests.push_back({from[item].table_number, TableLock::access_share});
    }
  };
  const auto add_body = [&](const auto& body) {
    if (const auto* insert = std::get_if<sql::Insert>(&body)) {
      requests.push_back({insert->table_number, TableLock::row_exclusive});
    } else if (const auto* update = std::get_if<sql::Update>(&body)) {
      requests.push_back({update->table_number, TableLock::row_exclusive});
      add_others(update->from);
    } else if (const auto* remove = std::get_if<sql::Delete>(&body)) {
      requests.push_back({remove->table_number, TableLock::row_exclusive});
      add_others(remove->from);
    }
  };
  for (const auto& common : statement.with) add_body(common.body);
  add_body(statement.body);
  for_each_query(statement, [&](const sql::Select& query) {
    for (const auto item : query.locking.items) {
      requests.push_back({query.from[item].table_number, TableLock::row_share});
    }
    for (const auto& item : query.from) {
      if (!item.query && !item.common) requests.push_back({item.table_number, TableLock::access_share});
    }
  });
  if (const auto* lock = std::get_if<sql::LockTable>(&statement.body)) {
    for (const auto table : lock->table_numbers) requests.push_back({table, lock->mode});
  }
  return requests;
}

}  // namespace gapless::store::relational
