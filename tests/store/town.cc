// The smallest engine that there is: one state, changed in place, and every other session mapped by each event.
#include "town.h"

#include <algorithm>
#include <sstream>

#include "base/check.h"
#include "store/relational/snapshot.h"

namespace gapless::store::relational {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string outcome(const std::optional<Observation>& observation) {
  if (!observation) return "waits";
  return observation->failed() ? observation->error_condition : to_string(*observation);
}

std::string listed(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text.empty() ? "nobody" : text;
}

}  // namespace

Town::Town(std::string_view schema)
    : schema_(prepare_schema(schema, "bank", "schema")), database_(rules().initial(schema_.statements)) {}

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
  if (const auto at = line.find(" waits for"); at != std::string::npos) return listed(blockers(std::stoi(line)));
  const auto at = line.find('>');
  if (at == std::string::npos || at > 2) return table(line);
  const int number = std::stoi(line);
  const std::string statement = trimmed(line.substr(at + 1));
  if (statement == "…") return outcome(go_on(number));
  if (statement == "~ deadlock") {
    return outcome(adopt(number, rules().fail_by_deadlock(database_, session(number))));
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
  operation.statement = prepare(text, schema_.catalog, "statement");
  pending_[number] = operation;
  return adopt(number, rules().apply(database_, session(number), operation));
}

std::optional<Observation> Town::go_on(int number) {
  check(waits(number), "only who waits goes on");
  if (!rules().can_resume(database_, session(number))) return std::nullopt;
  return adopt(number, rules().apply(database_, session(number), pending_[number]));
}

std::optional<Observation> Town::adopt(int number, Applied applied) {
  database_ = std::move(applied.database);
  for (auto& [other, session] : sessions_) session = other == number ? applied.session : map(session, applied.event);
  check(waits(number) != applied.observation.has_value(), "a statement has come to an end, or it waits");
  check_who_holds_what();
  return applied.observation;
}

// Every locked row is held exactly once, counting those that share a name; rows are in order, and what is uncommitted
// is locked.
void Town::check_who_holds_what() const {
  std::map<RowName, int> held;
  for (const auto& [number, session] : sessions_) {
    for (const auto name : session.held) ++held[name];
  }
  for (std::uint32_t table = 0; table < database_.tables.size(); ++table) {
    const auto& rows = database_.tables[table].rows;
    check(std::is_sorted(rows.begin(), rows.end()), "rows are in order");
    RowName name;
    for (std::uint32_t row = 0; row < rows.size(); ++row) {
      check(rows[row].locked || (rows[row].pending == Pending::none && rows[row].committed), "what is open is locked");
      const bool shares = row > 0 && !rows[row].committed && rows[row] == rows[row - 1];
      if (!shares) name = {table, row};
      if (rows[row].locked) --held[name];
    }
  }
  check(std::all_of(held.begin(), held.end(), [](const auto& entry) { return entry.second == 0; }),
        "each locked row is held once");
}

std::vector<int> Town::ready() {
  std::vector<int> numbers;
  for (const auto& [number, session] : sessions_) {
    if (session.wait && rules().can_resume(database_, session)) numbers.push_back(number);
  }
  return numbers;
}

std::vector<int> Town::blockers(int number) {
  std::vector<int> numbers;
  for (const auto& [other, holder] : sessions_) {
    if (other != number && rules().blocks(database_, session(number), holder)) numbers.push_back(other);
  }
  return numbers;
}

std::string Town::table(std::string_view name) const {
  std::string text;
  for (std::size_t number = 0; number < catalog().tables.size(); ++number) {
    const auto& table = catalog().tables[number];
    if (table.name != name) continue;
    for (const auto& row : committed_rows(table, database_.tables[number])) {
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
