// The inside of a Redis server while one command runs: the keys, what was touched, and the table of commands.
//
// A command reads all its words before it writes, so that a Failure leaves nothing half done.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "store/keyvalue/database.h"
#include "store/keyvalue/reply.h"
#include "store/keyvalue/rules.h"

namespace gapless::store::keyvalue {

// An error reply on its way out.
struct Failure {
  std::string text;
};
[[noreturn]] void fail(std::string text);  // without its code, which is ERR
[[noreturn]] void fail_type();             // WRONGTYPE
[[noreturn]] void fail_syntax();
[[noreturn]] void fail_arity(const Command& command);
[[noreturn]] void fail_expire(const Command& command);  // invalid expire time in 'set' command

// The word as a number, or the error that Redis answers.
std::int64_t integer_of(const std::string& word);
std::int64_t count_of(const std::string& word);  // not below zero
double double_of(const std::string& word);

class Machine {
 public:
  explicit Machine(Database& database) : database_(database) {}

  Entry* find(const std::string& key);
  // Null where there is no such key; fails where it holds something else.
  template <typename T>
  T* get(const std::string& key) {
    Entry* entry = find(key);
    if (entry == nullptr) return nullptr;
    T* value = std::get_if<T>(&entry->value);
    if (value == nullptr) fail_type();
    return value;
  }
  // As get(), but an empty one is made where there is none; something must be put into it.
  template <typename T>
  T& make(const std::string& key) {
    if (T* value = get<T>(key)) return *value;
    return std::get<T>(database_.entries.insert_or_assign(key, Entry{T(), std::nullopt}).first->second.value);
  }

  // Whatever was there, its time to live with it.
  void set(const std::string& key, Bytes value);
  bool erase(const std::string& key);  // false: there was none, and nothing is touched
  void clear();                        // FLUSHALL
  // The value changed: whoever watches it is told, and a collection that has become empty goes.
  void changed(const std::string& key);

  Database& database() { return database_; }
  const std::set<std::string>& touched() const { return touched_; }

 private:
  Database& database_;
  std::set<std::string> touched_;
};

// A row of the table of commands.
struct Kind {
  std::string_view name;
  int words;                                                      // its name included; -3: at least 3
  enum class Use : std::uint8_t { read, write, connection } use;  // connection: neither in a script
  Reply (*run)(Machine& machine, const Command& command);         // null: rules.cc does it
  std::string_view takes;                                         // "a key, a value, …" for people

  bool fits(std::size_t count) const;
};

std::span<const Kind> string_commands();
std::span<const Kind> key_commands();
std::span<const Kind> hash_commands();
std::span<const Kind> list_commands();
std::span<const Kind> set_commands();
std::span<const Kind> sorted_set_commands();
std::span<const Kind> script_commands();
std::span<const Kind> connection_commands();

// Commands of Redis that are not simulated.
bool is_refused(const std::string& name);

// Null where it is none of ours. The name in any case.
const Kind* find_command(const std::string& name);
std::vector<std::string> command_names();

// What Redis says at once of a command that cannot be one: unknown, or too few or too many words.
std::optional<std::string> refusal(const Command& command);
// Any command but those of Kind::Use::connection that rules.cc knows. REQUIRES: no refusal.
Reply run(Machine& machine, const Command& command);

// Milliseconds from the number after EX and EXPIRE (`seconds`) or PX and PEXPIRE; nullopt: the number is too large.
std::optional<std::int64_t> milliseconds(std::int64_t time, bool seconds);

// All that apply() does, to values in place, with the reply as the protocol has it (rules.cc).
struct Answer {
  Reply reply;
  Event event;
};
Answer answer(Database& database, Session& session, const std::vector<Command>& commands, bool transaction);

// Why a script cannot be one: it does not compile, or asks for what there is none of here. Empty: it can.
std::string mistake_in_script(const std::string& script);

}  // namespace gapless::store::keyvalue
