// How operations and observations read in a table, a timeline and a message.
#include "store/operation.h"

#include <algorithm>
#include <string_view>

#include "store/written.h"

namespace gapless::store {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The length of the literal, quoted name or comment-free dollar quote that begins at `at`; 0 if none does.
std::size_t quoted_length(std::string_view text, std::size_t at) {
  if (text[at] != '\'' && text[at] != '"') return 0;
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != text[at]) ++end;
  return std::min(end + 1, text.size()) - at;
}

// The parameter name that begins behind the colon at `at`; empty if this colon begins none.
std::string_view parameter_name(std::string_view text, std::size_t at) {
  const bool is_cast = (at > 0 && text[at - 1] == ':') || (at + 1 < text.size() && text[at + 1] == ':');
  if (is_cast) return {};
  std::size_t end = at + 1;
  while (end < text.size() && (is_name_character(text[end]) || (text[end] == '.' && end + 1 < text.size() &&
                                                                is_name_character(text[end + 1]) && end > at + 1))) {
    ++end;
  }
  return text.substr(at + 1, end - at - 1);
}

// The longest known parameter that `name` is or begins with, up to a dot: ":user.balance" is the parameter
// user.balance, or user followed by something else.
const sql::Value* find_parameter(const Operation& operation, std::string_view name) {
  const auto& names = operation.statement->parameters;
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? nullptr : &operation.parameters[static_cast<std::size_t>(found - names.begin())];
}

}  // namespace

std::string with_parameters(const Operation& operation, std::string (*print)(const sql::Value&)) {
  const std::string_view text = operation.statement->text;
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (const auto length = quoted_length(text, at); length > 0) {
      result += text.substr(at, length);
      at += length;
      continue;
    }
    if (text[at] == ':') {
      const auto name = parameter_name(text, at);
      const auto* value = name.empty() ? nullptr : find_parameter(operation, name);
      if (value != nullptr) {
        result += print(*value);
        at += 1 + name.size();
        continue;
      }
    }
    result += text[at++];
  }
  return result;
}

namespace {

std::string row_text(const sql::Tuple& row) {
  std::string text = "(";
  for (const auto& value : row) text += (text.size() > 1 ? ", " : "") + sql::to_string(value);
  return text + ")";
}

std::string rows_text(const Observation& observation) {
  if (observation.rows.empty()) return "no row";
  if (observation.rows.size() == 1) {
    std::string text;
    for (std::size_t i = 0; i < observation.rows.front().size(); ++i) {
      if (i > 0) text += ", ";
      if (i < observation.columns.size() && observation.columns[i] != "?column?")
        text += observation.columns[i] + " = ";
      text += sql::to_string(observation.rows.front()[i]);
    }
    return text;
  }
  constexpr std::size_t most_rows = 5;
  std::string text = std::to_string(observation.rows.size()) + " rows: ";
  for (std::size_t i = 0; i < std::min(observation.rows.size(), most_rows); ++i) {
    text += (i > 0 ? ", " : "") + row_text(observation.rows[i]);
  }
  return text + (observation.rows.size() > most_rows ? ", …" : "");
}

}  // namespace

std::string to_string(Isolation level) {
  switch (level) {
    case Isolation::read_committed:
      return "read committed";
    case Isolation::repeatable_read:
      return "repeatable read";
    case Isolation::serializable:
      return "serializable";
  }
  return {};
}

namespace {

// A word of a command as one would type it.
std::string word_text(const std::string& word) {
  const bool is_plain = !word.empty() && word.find_first_of(" \t\n\"';") == std::string::npos;
  if (is_plain) return word;
  const char quote = word.find('"') == std::string::npos ? '"' : '\'';
  return quote + word + quote;
}

std::string commands_text(const Operation& operation) {
  std::string text = operation.transaction ? "MULTI; " : "";
  for (const auto& command : operation.commands) {
    for (std::size_t i = 0; i < command.size(); ++i) text += (i > 0 ? " " : "") + word_text(command[i]);
    if (operation.transaction) text += "; ";
  }
  return text + (operation.transaction ? "EXEC" : "");
}

}  // namespace

std::string call_text(const Operation& operation) {
  std::string text = operation.call + "(";
  for (std::size_t i = 0; i < operation.arguments.size(); ++i) {
    text += (i > 0 ? ", " : "") + sql::to_string(operation.arguments[i]);
  }
  return text + ")";
}

std::string to_string(const Operation& operation) {
  if (!operation.shown.empty()) return operation.shown;
  switch (operation.kind) {
    case Operation::Kind::call:
      return "call " + call_text(operation) +
             (sql::is_null(operation.key) ? "" : " key " + sql::to_string(operation.key));
    case Operation::Kind::send:
      return "send " + call_text(operation);
    case Operation::Kind::command:
      return commands_text(operation);
    case Operation::Kind::document:
      return (operation.begins ? "startTransaction; " : "") + document::to_string(operation.request);
    case Operation::Kind::await:
      return "await " + with_parameters(operation, sql::to_sql);
    case Operation::Kind::statement:
      break;
  }
  std::string text;
  if (operation.begins) {
    text += "BEGIN";
    if (operation.isolation == Isolation::repeatable_read) text += " ISOLATION LEVEL REPEATABLE READ";
    if (operation.isolation == Isolation::serializable) text += " ISOLATION LEVEL SERIALIZABLE";
    if (operation.read_only) text += " READ ONLY";
    if (operation.deferrable) text += " DEFERRABLE";
    text += "; ";
  }
  for (const auto& before : operation.before) text += before->text + "; ";
  return text + with_parameters(operation, sql::to_sql);
}

std::string to_string(const Observation& observation) {
  if (observation.failed()) return observation.error_condition + ": " + observation.error_message;
  if (observation.tag == "CALL") return sql::to_string(observation.rows.front().front());
  if (observation.tag == "AWAIT") return "true";
  if (observation.tag == "SEND") return "sent";
  if (observation.tag == "REDIS") return observation.rows.empty() ? "nil" : rows_text(observation);
  if (observation.tag == "MONGODB" || observation.tag == "DYNAMODB") {
    return observation.rows.empty() ? "nothing" : rows_text(observation);
  }
  if (observation.tag == "COMMIT") return "committed";
  if (observation.tag == "ROLLBACK") return "rolled back";
  if (observation.tag == "SELECT" || !observation.rows.empty()) return rows_text(observation);
  const std::string verb = observation.tag == "INSERT"   ? "inserted"
                           : observation.tag == "DELETE" ? "deleted"
                                                         : "changed";
  return std::to_string(observation.count) + (observation.count == 1 ? " row " : " rows ") + verb;
}

// Copying and destroying, compiled once; see sql/statement.h.

Operation::Operation() = default;
Operation::Operation(const Operation&) = default;
Operation::Operation(Operation&&) noexcept = default;
Operation& Operation::operator=(const Operation&) = default;
Operation& Operation::operator=(Operation&&) noexcept = default;
Operation::~Operation() = default;

}  // namespace gapless::store
