// Keys whatever they hold: their existence, names and times to live; and what is not about keys at all.
#include "store/keyvalue/machine.h"

namespace gapless::store::keyvalue {
namespace {

using Use = Kind::Use;

Reply del(Machine& machine, const Command& command) {
  std::int64_t count = 0;
  for (std::size_t i = 1; i < command.size(); ++i) count += machine.erase(command[i]) ? 1 : 0;
  return integer(count);
}

Reply exists(Machine& machine, const Command& command) {
  std::int64_t count = 0;
  for (std::size_t i = 1; i < command.size(); ++i) count += machine.find(command[i]) != nullptr ? 1 : 0;
  return integer(count);
}

Reply type(Machine& machine, const Command& command) {
  static constexpr const char* names[] = {"string", "hash", "list", "set", "zset"};
  const Entry* entry = machine.find(command[1]);
  return status(entry == nullptr ? "none" : names[entry->value.index()]);
}

struct When {
  bool nx = false, xx = false, gt = false, lt = false;

  // A key without a time lives for ever, which is longer than any time.
  bool permits(std::optional<std::int64_t> now, std::int64_t ttl) const {
    if ((nx && now) || (xx && !now)) return false;
    if (gt && (!now || ttl <= *now)) return false;
    return !(lt && now && ttl >= *now);
  }
};

When when_of(const Command& command) {
  When when;
  for (std::size_t i = 3; i < command.size(); ++i) {
    std::string word = upper(command[i]);
    bool* option = word == "NX"   ? &when.nx
                   : word == "XX" ? &when.xx
                   : word == "GT" ? &when.gt
                   : word == "LT" ? &when.lt
                                  : nullptr;
    if (option == nullptr) fail("Unsupported option " + command[i]);
    *option = true;
  }
  if (when.nx && (when.xx || when.gt || when.lt))
    fail("NX and XX, GT or LT options at the same time are not compatible");
  if (when.gt && when.lt) fail("GT and LT options at the same time are not compatible");
  return when;
}

Reply expire_in(Machine& machine, const Command& command, bool seconds) {
  When when = when_of(command);
  std::optional<std::int64_t> ttl = milliseconds(integer_of(command[2]), seconds);
  if (!ttl) fail_expire(command);
  Entry* entry = machine.find(command[1]);
  if (entry == nullptr || !when.permits(entry->ttl_ms, *ttl)) return integer(0);
  if (*ttl <= 0) {
    machine.erase(command[1]);
  } else {
    entry->ttl_ms = ttl;
    machine.changed(command[1]);
  }
  return integer(1);
}

Reply expire(Machine& machine, const Command& command) { return expire_in(machine, command, true); }
Reply pexpire(Machine& machine, const Command& command) { return expire_in(machine, command, false); }

Reply persist(Machine& machine, const Command& command) {
  Entry* entry = machine.find(command[1]);
  if (entry == nullptr || !entry->ttl_ms) return integer(0);
  entry->ttl_ms.reset();
  machine.changed(command[1]);
  return integer(1);
}

Reply pttl(Machine& machine, const Command& command) {
  const Entry* entry = machine.find(command[1]);
  return integer(entry == nullptr ? -2 : entry->ttl_ms.value_or(-1));
}

Reply ttl(Machine& machine, const Command& command) {
  std::int64_t left = pttl(machine, command).integer;
  return integer(left < 0 ? left : (left + 500) / 1000);
}

// The entry moves with its time to live, over whatever has that name.
Reply rename_to(Machine& machine, const Command& command, bool over) {
  const Entry* entry = machine.find(command[1]);
  if (entry == nullptr) fail("no such key");
  if (command[1] == command[2]) return over ? ok() : integer(0);
  if (!over && machine.find(command[2]) != nullptr) return integer(0);
  Entry moved = *entry;
  machine.erase(command[1]);
  machine.database().entries.insert_or_assign(command[2], std::move(moved));
  machine.changed(command[2]);
  return over ? ok() : integer(1);
}

Reply rename(Machine& machine, const Command& command) { return rename_to(machine, command, true); }
Reply renamenx(Machine& machine, const Command& command) { return rename_to(machine, command, false); }

Reply dbsize(Machine& machine, const Command&) {
  return integer(static_cast<std::int64_t>(machine.database().entries.size()));
}

Reply flush(Machine& machine, const Command& command) {
  bool how = command.size() == 2 && (upper(command[1]) == "SYNC" || upper(command[1]) == "ASYNC");
  if (command.size() > 1 && !how) fail_syntax();
  machine.clear();
  return ok();
}

Reply ping(Machine&, const Command& command) {
  if (command.size() > 2) fail_arity(command);
  return command.size() == 2 ? bulk(command[1]) : status("PONG");
}

Reply echo(Machine&, const Command& command) { return bulk(command[1]); }

constexpr Kind commands[] = {
    {"DEL", -2, Use::write, del, "keys"},
    {"UNLINK", -2, Use::write, del, "keys"},
    {"EXISTS", -2, Use::read, exists, "keys"},
    {"TYPE", 2, Use::read, type, "a key"},
    {"EXPIRE", -3, Use::write, expire, "a key, seconds, then NX, XX, GT or LT"},
    {"PEXPIRE", -3, Use::write, pexpire, "a key, milliseconds, then NX, XX, GT or LT"},
    {"PERSIST", 2, Use::write, persist, "a key"},
    {"TTL", 2, Use::read, ttl, "a key"},
    {"PTTL", 2, Use::read, pttl, "a key"},
    {"RENAME", 3, Use::write, rename, "a key and its new name"},
    {"RENAMENX", 3, Use::write, renamenx, "a key and its new name"},
    {"DBSIZE", 1, Use::read, dbsize, "nothing"},
    {"FLUSHALL", -1, Use::write, flush, "nothing"},
    {"FLUSHDB", -1, Use::write, flush, "nothing"},
    {"PING", -1, Use::read, ping, "nothing, or a word to send back"},
    {"ECHO", 2, Use::read, echo, "a word"},
};

// rules.cc knows sessions.
constexpr Kind of_connections[] = {
    {"WATCH", -2, Use::connection, nullptr, "keys"},
    {"UNWATCH", 1, Use::connection, nullptr, "nothing"},
    {"DISCARD", 1, Use::connection, nullptr, "nothing"},
};

}  // namespace

std::span<const Kind> key_commands() { return commands; }
std::span<const Kind> connection_commands() { return of_connections; }

}  // namespace gapless::store::keyvalue
