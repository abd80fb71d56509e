// Everything is compared as text, in the form that the server's output functions have and sql::to_string follows.
#include "live/compare.h"

#include <algorithm>
#include <variant>

#include "store/condition.h"

namespace gapless::live {
namespace {

// With TimeZone = UTC a timestamp with time zone says so; the simulator has one type for both.
std::string without_zone(std::string text) {
  constexpr std::string_view zone = "+00";
  if (text.size() > 19 && text[4] == '-' && text[13] == ':' && text.ends_with(zone)) text.resize(text.size() - 3);
  return text;
}

std::string line_of(const Row& row) {
  std::string line = "(";
  for (const auto& value : row) {
    if (line.size() > 1) line += ", ";
    line += value ? without_zone(*value) : "NULL";
  }
  return line + ")";
}

Row text_of(const sql::Tuple& tuple) {
  Row row;
  for (const auto& value : tuple) {
    if (sql::is_null(value)) {
      row.emplace_back(std::nullopt);
    } else {
      row.emplace_back(sql::to_string(value));
    }
  }
  return row;
}

// Two texts that look alike must not be taken for each other: NULL and 'NULL'.
std::vector<Row> rows_of(const std::vector<sql::Tuple>& tuples) {
  std::vector<Row> rows;
  for (const auto& tuple : tuples) rows.push_back(text_of(tuple));
  return rows;
}

std::vector<Row> rows_of(const std::vector<Row>& replied) {
  auto rows = replied;
  for (auto& row : rows) {
    for (auto& value : row) {
      if (value) value = without_zone(*std::move(value));
    }
  }
  return rows;
}

bool is_ordered(const store::Operation& operation) {
  const auto* select = std::get_if<sql::Select>(&operation.statement->body);
  return select != nullptr && !select->order_by.empty();
}

std::string text_of(const std::vector<Row>& rows) {
  std::string text;
  for (const auto& row : rows) text += (text.empty() ? "" : " ") + line_of(row);
  return rows.empty() ? "no row" : text;
}

std::string error_text(const std::string& condition) { return condition.empty() ? "no error" : condition; }

std::vector<std::string> lines_of(const sql::Table& table, std::vector<Row> rows) {
  std::vector<std::string> lines;
  for (auto& row : rows) {
    for (std::size_t column = 0; column < std::min(row.size(), table.columns.size()); ++column) {
      if (table.columns[column].unseen) row[column] = "*";
    }
    lines.push_back(line_of(row));
  }
  std::ranges::sort(lines);
  return lines;
}

// ------------------------------------------------------------------------------------------------------- Redis

// The command that row `row` of the reply answers: of EXEC one each; null where one command answers with all rows.
const keyvalue::Command* command_of(const store::Operation& operation, std::size_t row) {
  if (!operation.transaction) return &operation.commands.front();
  for (const auto& command : operation.commands) {
    if (keyvalue::upper(command.at(0)) == "WATCH") continue;  // refused, and no part of the transaction
    if (row-- == 0) return &command;
  }
  return nullptr;
}

bool is_one_of(const keyvalue::Command& command, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, keyvalue::upper(command.at(0))) != names.end();
}

// Elements of a reply that Redis gives in no order: ours are sorted.
void sort_unordered(const keyvalue::Command& command, keyvalue::Reply& reply) {
  const bool pairs = is_one_of(command, {"HGETALL"});
  if (!pairs && !is_one_of(command, {"HKEYS", "HVALS", "SMEMBERS", "SPOP"})) return;
  auto& elements = reply.elements;
  std::vector<std::vector<keyvalue::Reply>> groups;
  for (std::size_t i = 0; i + (pairs ? 1 : 0) < elements.size(); i += pairs ? 2 : 1) {
    groups.push_back({elements[i]});
    if (pairs) groups.back().push_back(elements[i + 1]);
  }
  std::ranges::sort(groups, {}, [](const auto& group) { return group.front().text; });
  elements.clear();
  for (const auto& group : groups) elements.insert(elements.end(), group.begin(), group.end());
}

keyvalue::Reply in_order(const store::Operation& operation, keyvalue::Reply reply) {
  if (reply.kind != keyvalue::Reply::Kind::array) return reply;
  if (!operation.transaction) {
    sort_unordered(operation.commands.front(), reply);
    return reply;
  }
  for (std::size_t i = 0; i < reply.elements.size(); ++i) {
    if (const auto* command = command_of(operation, i)) sort_unordered(*command, reply.elements[i]);
  }
  return reply;
}

// Both have a time to live; theirs has become shorter by what has passed, or was made longer.
bool are_alike_times(const keyvalue::Command& command, const sql::Tuple& ours, const sql::Tuple& theirs) {
  if (!is_one_of(command, {"TTL", "PTTL"})) return false;
  const auto* our_time = std::get_if<std::int64_t>(&ours.front());
  const auto* their_time = std::get_if<std::int64_t>(&theirs.front());
  if (our_time == nullptr || their_time == nullptr || *our_time < 0 || *their_time < 0) return false;
  const std::int64_t second = is_one_of(command, {"PTTL"}) ? 1000 : 1;
  const bool is_short = *our_time <= 5 * second;
  return is_short || (*their_time <= *our_time && *their_time >= *our_time - 60 * second);
}

bool are_alike(const store::Operation& operation, const store::Observation& ours, const store::Observation& theirs) {
  if (ours.rows.size() != theirs.rows.size()) return false;
  auto our_rows = ours.rows;
  auto their_rows = theirs.rows;
  if (!operation.transaction && is_one_of(operation.commands.front(), {"HVALS"})) {
    std::ranges::sort(our_rows);
    std::ranges::sort(their_rows);
  }
  for (std::size_t i = 0; i < our_rows.size(); ++i) {
    if (our_rows[i] == their_rows[i]) continue;
    const auto* command = command_of(operation, i);
    if (command == nullptr || !are_alike_times(*command, our_rows[i], their_rows[i])) return false;
  }
  return true;
}

store::Observation observed(const store::Operation& operation, const keyvalue::Reply& reply) {
  return keyvalue::observation(in_order(operation, reply), operation.commands, operation.transaction);
}

}  // namespace

std::string difference(const store::Operation& operation, const store::Observation& ours,
                       const keyvalue::Reply& reply) {
  const auto theirs = observed(operation, reply);
  if (ours.error_condition != theirs.error_condition) {
    return "error: " + error_text(ours.error_condition) + " / " + error_text(theirs.error_condition);
  }
  if (theirs.failed() || are_alike(operation, ours, theirs)) return {};
  return "reply: " + store::to_string(ours) + " / " + store::to_string(theirs);
}

bool is_drawn(const store::Operation& operation, const store::Observation& ours, const keyvalue::Reply& reply) {
  const auto theirs = observed(operation, reply);
  if (ours.rows.size() != theirs.rows.size() || theirs.failed() || ours.failed()) return false;
  for (std::size_t i = 0; i < ours.rows.size(); ++i) {
    const auto* command = command_of(operation, i);
    if (ours.rows[i] != theirs.rows[i] && (command == nullptr || !is_one_of(*command, {"SPOP"}))) return false;
  }
  return true;
}

std::string difference(const store::Operation& operation, const store::Observation& ours, const Reply& theirs) {
  const std::string condition(theirs.failed() ? store::condition_name(theirs.sqlstate) : "");
  const auto known = theirs.failed() && condition.empty() ? "SQLSTATE " + theirs.sqlstate : condition;
  if (ours.error_condition != known) return "error: " + error_text(ours.error_condition) + " / " + error_text(known);
  if (theirs.failed()) return {};
  if (ours.tag != theirs.tag) return "command: " + ours.tag + " / " + theirs.tag;
  auto our_rows = rows_of(ours.rows);
  auto their_rows = rows_of(theirs.rows);
  if (!is_ordered(operation)) {
    std::ranges::sort(our_rows);
    std::ranges::sort(their_rows);
  }
  if (our_rows != their_rows) return "rows: " + text_of(our_rows) + " / " + text_of(their_rows);
  if (ours.count != theirs.count) {
    return "count: " + std::to_string(ours.count) + " / " + std::to_string(theirs.count);
  }
  return {};
}

std::string to_string(const Reply& reply) {
  if (reply.failed()) {
    const std::string name(store::condition_name(reply.sqlstate));
    return (name.empty() ? "SQLSTATE " + reply.sqlstate : name) + ": " + reply.message;
  }
  if (reply.tag == "SELECT" || !reply.rows.empty()) return text_of(rows_of(reply.rows));
  return reply.tag + (reply.count > 0 ? " " + std::to_string(reply.count) : "");
}

std::vector<std::string> sorted_lines(const sql::Table& table, const std::vector<sql::Tuple>& rows) {
  return lines_of(table, rows_of(rows));
}

std::vector<std::string> sorted_lines(const sql::Table& table, const std::vector<Row>& rows) {
  return lines_of(table, rows_of(rows));
}

}  // namespace gapless::live
