// A server, and what is said of it in words; after every step its state is looked at as a whole.
#include "town.h"

#include <sstream>

#include "base/check.h"
#include "beliefs.h"

namespace gapless::store::relational {
namespace {

constexpr std::size_t most_customers = 100;

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string failure(const Observation& observation) {
  if (observation.error_condition != "serialization_failure") return observation.error_condition;
  for (const std::string kind : {"concurrent update", "concurrent delete", "dependencies"}) {
    if (observation.error_message.find(kind) != std::string::npos)
      return observation.error_condition + " (" + kind + ")";
  }
  return observation.error_condition + " (" + observation.error_message + ")";
}

std::string outcome(const std::optional<Observation>& observation) {
  if (!observation) return "waits";
  if (observation->failed()) return failure(*observation);
  for (const char* tag : {"BEGIN", "SAVEPOINT", "RELEASE", "SET", "LOCK TABLE"}) {
    if (observation->tag == tag) return "done";
  }
  return to_string(*observation);
}

std::string listed(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text.empty() ? "nobody" : text;
}

}  // namespace

Town::Town(std::string_view schema, Tracking tracking)
    : server_(prepare_schema(schema, "bank", "schema"), most_customers, tracking) {}

std::string Town::transcript(std::string_view script) {
  std::istringstream lines{std::string(script)};
  std::string result = "\n";
  for (std::string line; std::getline(lines, line);) {
    const auto arrow = line.rfind("=>");
    if (trimmed(line).empty()) continue;
    check(arrow != std::string::npos, "a line of a script says what is expected");
    result += line.substr(0, arrow) + "=> " + play(line.substr(0, arrow)) + "\n";
  }
  return result;
}

std::string Town::play(std::string_view text) {
  const std::string line = trimmed(text);
  if (line == "ready") return listed(ready());
  if (line == "deadlocked") {
    const auto members = server_.deadlocked();
    return listed({members.begin(), members.end()});
  }
  if (const auto at = line.find(" waits for"); at != std::string::npos) return listed(blockers(std::stoi(line)));
  const auto at = line.find('>');
  if (at == std::string::npos || at > 2) return table(line);
  const int number = std::stoi(line);
  const std::string statement = trimmed(line.substr(at + 1));
  if (statement == "…") return outcome(go_on(number));
  if (statement == "~ deadlock") return outcome(checked(server_.fail_by_deadlock(index(number))));
  if (statement == "~ time out") return outcome(checked(server_.time_out(index(number))));
  if (statement == "~ disconnect") {
    server_.disconnect(index(number));
    return checked(std::nullopt) ? "" : "gone";
  }
  return outcome(perform(number, statement));
}

std::optional<Observation> Town::perform(int number, const std::string& statement) {
  check(!waits(number), "who waits asks for nothing else");
  Operation operation;
  std::string_view text = statement;
  if (text.starts_with("BEGIN;")) {
    operation.begins = true;
    text.remove_prefix(6);
  }
  operation.statement = prepare(text, catalog(), "statement");
  return checked(server_.perform(index(number), operation));
}

std::optional<Observation> Town::go_on(int number) {
  check(waits(number), "only who waits goes on");
  if (!server_.can_resume(index(number))) return std::nullopt;
  return checked(server_.resume(index(number)));
}

std::optional<Observation> Town::checked(std::optional<Observation> observation) const {
  check_beliefs(server_);
  return observation;
}

std::vector<int> Town::ready() const {
  std::vector<int> numbers;
  for (std::size_t number = 0; number < most_customers; ++number) {
    if (server_.can_resume(number)) numbers.push_back(static_cast<int>(number));
  }
  return numbers;
}

std::vector<int> Town::blockers(int number) const {
  const auto found = server_.blockers(index(number));
  return {found.begin(), found.end()};
}

std::string Town::table(std::string_view name) const {
  std::string text;
  for (std::size_t number = 0; number < catalog().tables.size(); ++number) {
    const auto& table = catalog().tables[number];
    if (table.name != name) continue;
    for (const auto& row : server_.table(number)) {
      text += text.empty() ? "(" : " (";
      for (const auto& value : row) text += (&value == &row.front() ? "" : ", ") + sql::to_string(value);
      text += ")";
    }
    return text.empty() ? "empty" : text;
  }
  check(false, "the script names a table");
  return {};
}

}  // namespace gapless::store::relational
