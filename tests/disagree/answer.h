// What a server answers, ours or the real one, as text that can be compared: "UPDATE 1", "SELECT 2: (1, 10) (2, 12)",
// "ERROR 23505: duplicate key value …". Rows are sorted unless the statement orders them.
#pragma once

#include <map>
#include <string>

#include "live/connection.h"
#include "store/operation.h"

namespace gapless::disagree {

std::string answer_text(const live::Reply& reply, bool ordered);
std::string answer_text(const store::Observation& observation, bool ordered);
std::string rows_text(const std::vector<live::Row>& rows, bool ordered);
live::Row as_row(const sql::Tuple& tuple);

// Who got which answer in one step; whoever else has a statement under way waits.
using Answers = std::map<std::size_t, std::string>;

// "1: UPDATE 1, 2: waits"; `busy` has those with a statement under way as the step began, its own session among them.
std::string to_string(const Answers& answers, const std::vector<std::size_t>& busy);

}  // namespace gapless::disagree
