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

}  // namespace

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
