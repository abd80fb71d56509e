// Hashes. Redis lists the fields of a small hash as they came in and of a large one in no order; ours come in order of
// their names, always.
#include <cmath>

#include "store/keyvalue/machine.h"
#include "store/keyvalue/numbers.h"

namespace gapless::store::keyvalue {
namespace {

using Use = Kind::Use;

const Hash& hash_at(Machine& machine, const std::string& key) {
  static const Hash none;
  const Hash* hash = machine.get<Hash>(key);
  return hash == nullptr ? none : *hash;
}

Reply field_of(const Hash& hash, const std::string& field) {
  auto found = hash.find(field);
  return found == hash.end() ? Reply() : bulk(found->second);
}

std::int64_t put_fields(Machine& machine, const Command& command) {
  if (command.size() % 2 == 1) fail_arity(command);
  Hash& hash = machine.make<Hash>(command[1]);
  std::int64_t created = 0;
  for (std::size_t i = 2; i < command.size(); i += 2)
    created += hash.insert_or_assign(command[i], command[i + 1]).second ? 1 : 0;
  machine.changed(command[1]);
  return created;
}

Reply hset(Machine& machine, const Command& command) { return integer(put_fields(machine, command)); }

Reply hmset(Machine& machine, const Command& command) {
  put_fields(machine, command);
  return ok();
}

Reply hsetnx(Machine& machine, const Command& command) {
  if (hash_at(machine, command[1]).contains(command[2])) return integer(0);
  machine.make<Hash>(command[1])[command[2]] = command[3];
  machine.changed(command[1]);
  return integer(1);
}

Reply hget(Machine& machine, const Command& command) { return field_of(hash_at(machine, command[1]), command[2]); }

Reply hmget(Machine& machine, const Command& command) {
  const Hash& hash = hash_at(machine, command[1]);
  std::vector<Reply> values;
  for (std::size_t i = 2; i < command.size(); ++i) values.push_back(field_of(hash, command[i]));
  return array(values);
}

Reply hgetall(Machine& machine, const Command& command) {
  std::vector<std::string> texts;
  for (const auto& [field, value] : hash_at(machine, command[1])) {
    texts.push_back(field);
    texts.push_back(value);
  }
  return bulks(texts);
}

Reply hkeys(Machine& machine, const Command& command) {
  std::vector<std::string> texts;
  for (const auto& [field, value] : hash_at(machine, command[1])) texts.push_back(field);
  return bulks(texts);
}

Reply hvals(Machine& machine, const Command& command) {
  std::vector<std::string> texts;
  for (const auto& [field, value] : hash_at(machine, command[1])) texts.push_back(value);
  return bulks(texts);
}

Reply hdel(Machine& machine, const Command& command) {
  Hash* hash = machine.get<Hash>(command[1]);
  std::size_t removed = 0;
  for (std::size_t i = 2; hash != nullptr && i < command.size(); ++i) removed += hash->erase(command[i]);
  if (removed > 0) machine.changed(command[1]);
  return integer(static_cast<std::int64_t>(removed));
}

Reply hlen(Machine& machine, const Command& command) {
  return integer(static_cast<std::int64_t>(hash_at(machine, command[1]).size()));
}

Reply hexists(Machine& machine, const Command& command) {
  return integer(hash_at(machine, command[1]).contains(command[2]) ? 1 : 0);
}

Reply hstrlen(Machine& machine, const Command& command) {
  return integer(static_cast<std::int64_t>(field_of(hash_at(machine, command[1]), command[2]).text.size()));
}

Reply hincrby(Machine& machine, const Command& command) {
  std::int64_t by = integer_of(command[3]);
  Reply before = field_of(hash_at(machine, command[1]), command[2]);
  std::optional<std::int64_t> value = before.kind == Reply::Kind::nil ? 0 : read_integer(before.text);
  if (!value) fail("hash value is not an integer");
  std::int64_t sum = 0;
  if (__builtin_add_overflow(*value, by, &sum)) fail("increment or decrement would overflow");
  machine.make<Hash>(command[1])[command[2]] = std::to_string(sum);
  machine.changed(command[1]);
  return integer(sum);
}

Reply hincrbyfloat(Machine& machine, const Command& command) {
  std::optional<long double> by = read_long_double(command[3]);
  if (!by) fail("value is not a valid float");
  if (std::isinf(*by)) fail("value is NaN or Infinity");
  Reply before = field_of(hash_at(machine, command[1]), command[2]);
  std::optional<long double> value = before.kind == Reply::Kind::nil ? 0 : read_long_double(before.text);
  if (!value) fail("hash value is not a float");
  long double sum = *value + *by;
  if (std::isnan(sum) || std::isinf(sum)) fail("increment would produce NaN or Infinity");
  std::string text = print_float(sum);
  machine.make<Hash>(command[1])[command[2]] = text;
  machine.changed(command[1]);
  return bulk(text);
}

constexpr Kind commands[] = {
    {"HSET", -4, Use::write, hset, "a key and fields, each with a value"},
    {"HMSET", -4, Use::write, hmset, "a key and fields, each with a value"},
    {"HSETNX", 4, Use::write, hsetnx, "a key, a field and a value"},
    {"HGET", 3, Use::read, hget, "a key and a field"},
    {"HMGET", -3, Use::read, hmget, "a key and fields"},
    {"HGETALL", 2, Use::read, hgetall, "a key"},
    {"HKEYS", 2, Use::read, hkeys, "a key"},
    {"HVALS", 2, Use::read, hvals, "a key"},
    {"HDEL", -3, Use::write, hdel, "a key and fields"},
    {"HLEN", 2, Use::read, hlen, "a key"},
    {"HEXISTS", 3, Use::read, hexists, "a key and a field"},
    {"HSTRLEN", 3, Use::read, hstrlen, "a key and a field"},
    {"HINCRBY", 4, Use::write, hincrby, "a key, a field and a whole number"},
    {"HINCRBYFLOAT", 4, Use::write, hincrbyfloat, "a key, a field and a number"},
};

}  // namespace

std::span<const Kind> hash_commands() { return commands; }

}  // namespace gapless::store::keyvalue
