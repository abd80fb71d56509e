// Strings and counters. Only SET's family sets the time to live or drops it; what changes a value in place keeps it.
#include <cmath>
#include <limits>

#include "store/keyvalue/machine.h"
#include "store/keyvalue/numbers.h"

namespace gapless::store::keyvalue {
namespace {

using Use = Kind::Use;

// The options of SET and GETEX.
struct Options {
  bool nx = false, xx = false, get = false, keep = false, persist = false, ex = false, px = false;
  std::string time;  // behind EX or PX
};

Options options_of(const Command& command, std::size_t from, bool of_set) {
  Options options;
  for (std::size_t i = from; i < command.size(); ++i) {
    std::string word = upper(command[i]);
    bool timed = options.ex || options.px;
    if (of_set && word == "NX" && !options.xx)
      options.nx = true;
    else if (of_set && word == "XX" && !options.nx)
      options.xx = true;
    else if (of_set && word == "GET")
      options.get = true;
    else if (of_set && word == "KEEPTTL" && !timed)
      options.keep = true;
    else if (!of_set && word == "PERSIST" && !timed)
      options.persist = true;
    else if ((word == "EX" ? !options.px : word == "PX" && !options.ex) && !options.keep && !options.persist &&
             i + 1 < command.size()) {
      (word == "EX" ? options.ex : options.px) = true;
      options.time = command[++i];
    } else if (word == "EXAT" || word == "PXAT") {
      fail(word + " is not simulated: there is no clock; write " + word.substr(0, 2));
    } else {
      fail_syntax();
    }
  }
  return options;
}

std::int64_t expiry(const Command& command, const std::string& word, bool seconds) {
  std::int64_t time = integer_of(word);
  std::optional<std::int64_t> ttl = milliseconds(time, seconds);
  if (time <= 0 || !ttl) fail_expire(command);
  return *ttl;
}

Reply value_at(Machine& machine, const std::string& key) {
  const Bytes* value = machine.get<Bytes>(key);
  return value == nullptr ? Reply() : bulk(*value);
}

void set_with_ttl(Machine& machine, const std::string& key, const Bytes& value, std::optional<std::int64_t> ttl) {
  machine.set(key, value);
  machine.find(key)->ttl_ms = ttl;
}

Reply get(Machine& machine, const Command& command) { return value_at(machine, command[1]); }

Reply set(Machine& machine, const Command& command) {
  Options options = options_of(command, 3, true);
  std::optional<std::int64_t> ttl;
  if (options.ex || options.px) ttl = expiry(command, options.time, options.ex);
  Reply before = options.get ? value_at(machine, command[1]) : Reply();
  const Entry* entry = machine.find(command[1]);
  if (entry != nullptr ? options.nx : options.xx) return before;
  if (options.keep && entry != nullptr) ttl = entry->ttl_ms;
  set_with_ttl(machine, command[1], command[2], ttl);
  return options.get ? before : ok();
}

Reply setnx(Machine& machine, const Command& command) {
  if (machine.find(command[1]) != nullptr) return integer(0);
  machine.set(command[1], command[2]);
  return integer(1);
}

Reply set_expiring(Machine& machine, const Command& command, bool seconds) {
  set_with_ttl(machine, command[1], command[3], expiry(command, command[2], seconds));
  return ok();
}

Reply setex(Machine& machine, const Command& command) { return set_expiring(machine, command, true); }
Reply psetex(Machine& machine, const Command& command) { return set_expiring(machine, command, false); }

Reply getset(Machine& machine, const Command& command) {
  Reply before = value_at(machine, command[1]);
  machine.set(command[1], command[2]);
  return before;
}

Reply getdel(Machine& machine, const Command& command) {
  Reply before = value_at(machine, command[1]);
  machine.erase(command[1]);
  return before;
}

Reply getex(Machine& machine, const Command& command) {
  Options options = options_of(command, 2, false);
  Reply value = value_at(machine, command[1]);
  if (value.kind == Reply::Kind::nil) return value;
  std::optional<std::int64_t>& ttl = machine.find(command[1])->ttl_ms;
  if (options.ex || options.px) {
    ttl = expiry(command, options.time, options.ex);
    machine.changed(command[1]);
  } else if (options.persist && ttl) {
    ttl.reset();
    machine.changed(command[1]);
  }
  return value;
}

Reply append(Machine& machine, const Command& command) {
  Bytes& value = machine.make<Bytes>(command[1]);
  value += command[2];
  machine.changed(command[1]);
  return integer(static_cast<std::int64_t>(value.size()));
}

Reply strlen(Machine& machine, const Command& command) {
  const Bytes* value = machine.get<Bytes>(command[1]);
  return integer(value == nullptr ? 0 : static_cast<std::int64_t>(value->size()));
}

// an absent counter is 0, there is no floor, and an overflow changes nothing.
Reply add(Machine& machine, const std::string& key, std::int64_t by) {
  const Bytes* value = machine.get<Bytes>(key);
  std::int64_t sum = 0;
  if (__builtin_add_overflow(value == nullptr ? 0 : integer_of(*value), by, &sum))
    fail("increment or decrement would overflow");
  machine.make<Bytes>(key) = std::to_string(sum);
  machine.changed(key);
  return integer(sum);
}

Reply incr(Machine& machine, const Command& command) { return add(machine, command[1], 1); }
Reply decr(Machine& machine, const Command& command) { return add(machine, command[1], -1); }
Reply incrby(Machine& machine, const Command& command) { return add(machine, command[1], integer_of(command[2])); }

Reply decrby(Machine& machine, const Command& command) {
  std::int64_t by = integer_of(command[2]);
  if (by == std::numeric_limits<std::int64_t>::min()) fail("decrement would overflow");
  return add(machine, command[1], -by);
}

long double long_double_of(const std::string& word) {
  std::optional<long double> value = read_long_double(word);
  if (!value) fail("value is not a valid float");
  return *value;
}

Reply incrbyfloat(Machine& machine, const Command& command) {
  const Bytes* value = machine.get<Bytes>(command[1]);
  long double sum = value == nullptr ? 0 : long_double_of(*value);
  sum += long_double_of(command[2]);
  if (std::isnan(sum) || std::isinf(sum)) fail("increment would produce NaN or Infinity");
  std::string text = print_float(sum);
  machine.make<Bytes>(command[1]) = text;
  machine.changed(command[1]);
  return bulk(text);
}

Reply mget(Machine& machine, const Command& command) {
  std::vector<Reply> values;
  for (std::size_t i = 1; i < command.size(); ++i) {
    const Entry* entry = machine.find(command[i]);
    const Bytes* value = entry == nullptr ? nullptr : std::get_if<Bytes>(&entry->value);
    values.push_back(value == nullptr ? Reply() : bulk(*value));
  }
  return array(values);
}

void set_all(Machine& machine, const Command& command) {
  for (std::size_t i = 1; i < command.size(); i += 2) machine.set(command[i], command[i + 1]);
}

Reply mset(Machine& machine, const Command& command) {
  if (command.size() % 2 == 0) fail_arity(command);
  set_all(machine, command);
  return ok();
}

Reply msetnx(Machine& machine, const Command& command) {
  if (command.size() % 2 == 0) fail_arity(command);
  for (std::size_t i = 1; i < command.size(); i += 2)
    if (machine.find(command[i]) != nullptr) return integer(0);
  set_all(machine, command);
  return integer(1);
}

constexpr Kind commands[] = {
    {"GET", 2, Use::read, get, "a key"},
    {"SET", -3, Use::write, set, "a key, a value, then NX or XX, GET, and EX seconds, PX milliseconds or KEEPTTL"},
    {"SETNX", 3, Use::write, setnx, "a key and a value"},
    {"SETEX", 4, Use::write, setex, "a key, seconds and a value"},
    {"PSETEX", 4, Use::write, psetex, "a key, milliseconds and a value"},
    {"GETSET", 3, Use::write, getset, "a key and a value"},
    {"GETDEL", 2, Use::write, getdel, "a key"},
    {"GETEX", -2, Use::write, getex, "a key, then EX seconds, PX milliseconds or PERSIST"},
    {"APPEND", 3, Use::write, append, "a key and a value"},
    {"STRLEN", 2, Use::read, strlen, "a key"},
    {"INCR", 2, Use::write, incr, "a key"},
    {"DECR", 2, Use::write, decr, "a key"},
    {"INCRBY", 3, Use::write, incrby, "a key and a whole number"},
    {"DECRBY", 3, Use::write, decrby, "a key and a whole number"},
    {"INCRBYFLOAT", 3, Use::write, incrbyfloat, "a key and a number"},
    {"MGET", -2, Use::read, mget, "keys"},
    {"MSET", -3, Use::write, mset, "keys, each with a value"},
    {"MSETNX", -3, Use::write, msetnx, "keys, each with a value"},
};

}  // namespace

std::span<const Kind> string_commands() { return commands; }

}  // namespace gapless::store::keyvalue
