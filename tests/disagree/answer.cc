#include "answer.h"

#include <algorithm>
#include <vector>

#include "store/condition.h"

namespace gapless::disagree {
namespace {

std::string row_text(const live::Row& row) {
  std::string text = "(";
  for (const auto& value : row) text += (text.size() > 1 ? ", " : "") + value.value_or("NULL");
  return text + ")";
}

std::string done_text(const std::string& tag, std::uint64_t count, const std::vector<live::Row>& rows, bool ordered) {
  const bool counted = tag == "SELECT" || tag == "INSERT" || tag == "UPDATE" || tag == "DELETE";
  return (counted ? tag + " " + std::to_string(count) : tag) + (rows.empty() ? "" : ":" + rows_text(rows, ordered));
}

}  // namespace

std::string rows_text(const std::vector<live::Row>& rows, bool ordered) {
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.push_back(row_text(row));
  if (!ordered) std::sort(texts.begin(), texts.end());
  std::string text;
  for (const auto& row : texts) text += " " + row;
  return text;
}

live::Row as_row(const sql::Tuple& tuple) {
  live::Row row;
  for (const auto& value : tuple) {
    row.push_back(sql::is_null(value) ? std::nullopt : std::optional(sql::to_string(value)));
  }
  return row;
}

std::string answer_text(const live::Reply& reply, bool ordered) {
  if (reply.failed()) return "ERROR " + reply.sqlstate + ": " + reply.message;
  return done_text(reply.tag, reply.count, reply.rows, ordered);
}

std::string answer_text(const store::Observation& observation, bool ordered) {
  if (observation.failed()) {
    return "ERROR " + std::string(store::sqlstate_of(observation.error_condition)) + ": " + observation.error_message;
  }
  std::vector<live::Row> rows;
  for (const auto& tuple : observation.rows) rows.push_back(as_row(tuple));
  return done_text(observation.tag, observation.count, rows, ordered);
}

std::string to_string(const Answers& answers, const std::vector<std::size_t>& busy) {
  std::string text;
  for (const auto session : busy) {
    const auto found = answers.find(session);
    text += (text.empty() ? "" : ", ") + ("s" + std::to_string(session + 1)) + " " +
            (found == answers.end() ? "waits" : found->second);
  }
  return text;
}

}  // namespace gapless::disagree
