// Looking up keys and commands, and the errors that all commands share.
#include "store/keyvalue/machine.h"

#include <limits>

#include "base/check.h"
#include "store/keyvalue/numbers.h"

namespace gapless::store::keyvalue {
namespace {

// Redis adds a time to live to the clock, and refuses what does not fit. The clock of 2026 is any clock.
constexpr std::int64_t now_ms = 1'767'225'600'000;

std::vector<std::span<const Kind>> all_commands() {
  return {string_commands(), key_commands(),        hash_commands(),   list_commands(),
          set_commands(),    sorted_set_commands(), script_commands(), connection_commands()};
}

bool is_empty(const Entry& entry) {
  return std::visit(
      [](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Bytes>)
          return false;  // an empty string is a value
        else
          return value.empty();
      },
      entry.value);
}

std::string lower(std::string word) {
  for (char& letter : word)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return word;
}

std::string wrong_number(const Command& command) {
  return "wrong number of arguments for '" + lower(command[0]) + "' command";
}

}  // namespace

void fail(std::string text) { throw Failure{"ERR " + std::move(text)}; }
void fail_type() { throw Failure{"WRONGTYPE Operation against a key holding the wrong kind of value"}; }
void fail_syntax() { fail("syntax error"); }
void fail_arity(const Command& command) { fail(wrong_number(command)); }
void fail_expire(const Command& command) { fail("invalid expire time in '" + lower(command[0]) + "' command"); }

std::int64_t integer_of(const std::string& word) {
  std::optional<std::int64_t> value = read_integer(word);
  if (!value) fail("value is not an integer or out of range");
  return *value;
}

std::int64_t count_of(const std::string& word) {
  std::optional<std::int64_t> value = read_integer(word);
  if (!value || *value < 0) fail("value is out of range, must be positive");
  return *value;
}

double double_of(const std::string& word) {
  std::optional<double> value = read_double(word);
  if (!value) fail("value is not a valid float");
  return *value;
}

Entry* Machine::find(const std::string& key) {
  auto found = database_.entries.find(key);
  return found == database_.entries.end() ? nullptr : &found->second;
}

void Machine::set(const std::string& key, Bytes value) {
  database_.entries.insert_or_assign(key, Entry{std::move(value), std::nullopt});
  touched_.insert(key);
}

bool Machine::erase(const std::string& key) {
  if (database_.entries.erase(key) == 0) return false;
  touched_.insert(key);
  return true;
}

void Machine::clear() {
  for (const auto& [key, entry] : database_.entries) touched_.insert(key);
  database_.entries.clear();
}

void Machine::changed(const std::string& key) {
  touched_.insert(key);
  Entry* entry = find(key);
  if (entry != nullptr && is_empty(*entry)) database_.entries.erase(key);
}

bool Kind::fits(std::size_t count) const {
  return words < 0 ? count >= static_cast<std::size_t>(-words) : count == static_cast<std::size_t>(words);
}

const Kind* find_command(const std::string& name) {
  std::string wanted = upper(name);
  for (std::span<const Kind> group : all_commands())
    for (const Kind& kind : group)
      if (kind.name == wanted) return &kind;
  return nullptr;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (std::span<const Kind> group : all_commands())
    for (const Kind& kind : group) names.emplace_back(kind.name);
  return names;
}

std::optional<std::string> refusal(const Command& command) {
  check(!command.empty(), "a command has a name");
  const Kind* kind = find_command(command[0]);
  if (kind != nullptr) return kind->fits(command.size()) ? std::nullopt : std::optional("ERR " + wrong_number(command));
  std::string text = "ERR unknown command '" + command[0].substr(0, 128) + "', with args beginning with: ";
  std::size_t start = text.size();
  for (std::size_t i = 1; i < command.size() && text.size() - start < 128; ++i)
    text += "'" + command[i].substr(0, 128 - (text.size() - start)) + "' ";
  return text;
}

Reply run(Machine& machine, const Command& command) {
  const Kind* kind = find_command(command[0]);
  check(kind != nullptr && kind->run != nullptr, "only commands of the table are run");
  try {
    return kind->run(machine, command);
  } catch (const Failure& failure) {
    return error(failure.text);
  }
}

std::optional<std::int64_t> milliseconds(std::int64_t time, bool seconds) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (seconds && (time > most / 1000 || time < -most / 1000)) return std::nullopt;
  if (seconds) time *= 1000;
  if (time > most - now_ms) return std::nullopt;
  return time;
}

}  // namespace gapless::store::keyvalue
