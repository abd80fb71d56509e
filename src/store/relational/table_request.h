// The locks on tables that every statement takes (manual 13.3.1).
#pragma once

#include <vector>

#include "sql/statement.h"
#include "store/relational/database.h"

namespace gapless::store::relational {

struct TableRequest {
  std::size_t table = 0;
  TableLock mode = TableLock::none;
};

std::vector<TableRequest> table_requests(const sql::Statement& statement);

}  // namespace gapless::store::relational
