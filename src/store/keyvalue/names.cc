// What Redis does with a name: it keeps it as the value of a key, a field, an element or a member, and a script
// compares it with what is there. To anything else names are texts that could be told apart, so it is refused.
#include <algorithm>
#include <array>

#include "store/keyvalue/machine.h"
#include "store/keyvalue/reply.h"
#include "store/keyvalue/rules.h"

namespace gapless::store::keyvalue {
namespace {

using sql::has_name;

struct Known {
  std::string_view name;
  std::size_t first_value;  // words from here on may be names
};
constexpr std::array<Known, 24> known_commands = {
    {{"GET", 9},    {"SET", 2},    {"SETNX", 2},     {"GETSET", 2},  {"DEL", 9},   {"UNLINK", 9},
     {"EXISTS", 9}, {"EXPIRE", 9}, {"PEXPIRE", 9},   {"TTL", 9},     {"PTTL", 9},  {"HSET", 3},
     {"HSETNX", 3}, {"HGET", 9},   {"HDEL", 9},      {"HEXISTS", 9}, {"RPUSH", 2}, {"LPUSH", 2},
     {"LLEN", 9},   {"SADD", 2},   {"SISMEMBER", 2}, {"SREM", 2},    {"SCARD", 9}, {"WATCH", 9}}};

const Known* find_known(const std::string& name) {
  const auto found = std::ranges::find(known_commands, std::string_view(name), &Known::name);
  return found == known_commands.end() ? nullptr : &*found;
}

std::vector<std::string> values_of(const Database& database, const std::string& key) {
  std::vector<std::string> values;
  const auto found = database.entries.find(key);
  if (found == database.entries.end()) return values;
  Database alone;
  alone.entries.insert(*found);
  for (const auto& row : rows(alone)) {
    for (std::size_t column = 1; column < 3; ++column) {
      if (!sql::is_null(row[column])) values.push_back(sql::to_string(row[column]));
    }
  }
  return values;
}

bool any_name(const std::vector<std::string>& texts) { return std::ranges::any_of(texts, &has_name); }

// Every value that the script can compare with another one.
void check_all_differ(const std::vector<std::string>& texts) {
  for (const auto& a : texts) {
    for (const auto& b : texts) {
      if (a != b && (has_name(a) || has_name(b))) sql::check_differ(a, b);
    }
  }
}

// Nothing but calls of commands that are known, `==` and branches.
void check_script(const std::string& script) {
  for (const auto* token :
       {"<", ">", "..", "#", "+", "-", "*", "/", "%", "to", "string", "table", "math", "for ", "while"}) {
    if (script.find(token) != std::string::npos) throw sql::NameUsed("a script may compute with it");
  }
  for (std::size_t at = script.find("call("); at != std::string::npos; at = script.find("call(", at + 1)) {
    const auto begin = script.find_first_of("'\"", at);
    const auto end = begin == std::string::npos ? begin : script.find(script[begin], begin + 1);
    if (end == std::string::npos || find_known(upper(script.substr(begin + 1, end - begin - 1))) == nullptr) {
      throw sql::NameUsed("a script may compute with it");
    }
  }
}

void check_command(const Database& before, const Command& command) {
  const auto name = upper(command[0]);
  if (name == "EVAL") {
    std::vector<std::string> texts;
    const auto keys = command.size() > 3 && !has_name(command[2]) ? static_cast<std::size_t>(count_of(command[2])) : 0;
    for (std::size_t i = 3; i < command.size(); ++i) {
      if (i >= 3 + keys) texts.push_back(command[i]);
      if (i >= 3 + keys) continue;
      if (has_name(command[i])) throw sql::NameUsed("a key is called after it");
      const auto values = values_of(before, command[i]);
      texts.insert(texts.end(), values.begin(), values.end());
    }
    if (!any_name(texts)) return;
    check_script(command[1]);
    check_all_differ(texts);
    return;
  }
  std::vector<std::string> texts(command.begin() + 1, command.end());
  const auto* known = find_known(name);
  for (std::size_t i = 1; i < command.size(); ++i) {
    const bool may_be = known != nullptr && i >= known->first_value;
    if (has_name(command[i]) && !may_be) throw sql::NameUsed("Redis does more with it than to keep it (" + name + ")");
  }
  if (command.size() < 2) return;
  const auto values = values_of(before, command[1]);
  if (any_name(values) && known == nullptr) {
    throw sql::NameUsed("Redis does more with it than to keep it (" + name + ")");
  }
  const bool has_members = name.starts_with("S") && known != nullptr && known->name != "SET" && known->name != "SETNX";
  if (!has_members) return;
  texts.erase(texts.begin());
  texts.insert(texts.end(), values.begin(), values.end());
  check_all_differ(texts);
}

}  // namespace

void check_names(const Database& before, const std::vector<Command>& commands, const Observation& observation) {
  for (const auto& command : commands) check_command(before, command);
  const bool has_several = observation.rows.size() > 1;
  for (const auto& row : observation.rows) {
    for (const auto& value : row) {
      if (has_several && has_name(sql::to_string(value))) throw sql::NameUsed("Redis answers several of them in order");
    }
  }
  if (has_name(observation.error_message)) throw sql::NameUsed("it is part of an error");
}

}  // namespace gapless::store::keyvalue
