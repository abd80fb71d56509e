// What the simulator says and what the server said, side by side.
#pragma once

#include <string>
#include <vector>

#include "live/connection.h"
#include "live/redis.h"
#include "store/operation.h"

namespace gapless::live {

// The first thing in which they differ: error, command tag, rows, count. Empty: nothing. Rows are compared as a
// multiset unless the statement has an ORDER BY; messages of errors are not compared.
std::string difference(const store::Operation& operation, const store::Observation& ours, const Reply& theirs);

// The same of Redis. What has no order is compared as a multiset, and a time to live loosely (keyspace.cc says why):
// both have one, and theirs is a bit shorter unless it is short.
std::string difference(const store::Operation& operation, const store::Observation& ours,
                       const keyvalue::Reply& theirs);
// They differ only in what the server draws by lot: SPOP.
bool is_drawn(const store::Operation& operation, const store::Observation& ours, const keyvalue::Reply& theirs);

// A reply as store::to_string says an observation.
std::string to_string(const Reply& reply);

// Rows as sorted lines of text, for tables. Of columns that the model does not keep (Column::unseen) nothing is said.
std::vector<std::string> sorted_lines(const sql::Table& table, const std::vector<sql::Tuple>& rows);
std::vector<std::string> sorted_lines(const sql::Table& table, const std::vector<Row>& rows);

}  // namespace gapless::live
