// A compact form of statements for tests, which shows everything that the parser and the binder decided.
//
//   users.balance of item 0 in the query itself is #0.1 (item.column), one query outwards ^1#0.1; parameters are :name;
//   a type follows after a colon.
#pragma once

#include <string>

#include "sql/statement.h"

namespace gapless::sql {

std::string print(const Expression& expression);
std::string print(const Select& select);
std::string print(const Statement& statement);
std::string print(const Table& table);

}  // namespace gapless::sql
