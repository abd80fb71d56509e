// What the simulator says and what the server said, side by side.
#pragma once

#include <string>
#include <vector>

#include "live/connection.h"
#include "store/operation.h"

namespace gapless::live {

// The first thing in which they differ: error, command tag, rows, count. Empty: nothing. Rows are compared as a
// multiset unless the statement has an ORDER BY; messages of errors are not compared.
std::string difference(const store::Operation& operation, const store::Observation& ours, const Reply& theirs);

// A reply as store::to_string says an observation.
std::string to_string(const Reply& reply);

// Rows as sorted lines of text, for tables. Of columns that the model does not keep (Column::unseen) nothing is said.
std::vector<std::string> sorted_lines(const sql::Table& table, const std::vector<sql::Tuple>& rows);
std::vector<std::string> sorted_lines(const sql::Table& table, const std::vector<Row>& rows);

}  // namespace gapless::live
