// SQL text → statements ready to be applied. The layers above the stores that have SQL of their own (C++ request
// handlers, C++ models) come here, so that only `store` and `scenario` include the SQL front end.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sql/statement.h"

namespace gapless::store {

// Parsed and bound against the catalog. `name` is what diagnostics call the source. Throws ModelError.
std::shared_ptr<const sql::Statement> prepare(std::string_view text, const sql::Catalog& catalog, std::string name);

// CREATE TABLE … and the statements that fill the tables.
struct Schema {
  sql::Catalog catalog;
  std::vector<sql::Statement> statements;
};
Schema prepare_schema(std::string_view text, std::string database, std::string name);

}  // namespace gapless::store
