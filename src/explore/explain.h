// Why an invariant failed: what it compared, and the values that it found.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/operation.h"
#include "store/relational/evaluate.h"

namespace gapless::explore {

// The operands of the comparisons that the query's one column is made of, in order, each with its value. Literals are
// left out.
std::vector<std::pair<std::string, std::string>> explain(const sql::Statement& query, const store::Snapshot& snapshot);

bool mentions_column(const sql::Statement& query, std::string_view name);

// As one would write it, but for a sub-select in FROM: "(…) alias".
std::string to_text(const sql::Expression& expression);

}  // namespace gapless::explore
