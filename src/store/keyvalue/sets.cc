// Sets. Redis keeps no order among members: ours come in order. SPOP takes the first in order, which is one of those
// that Redis might choose at random: what holds of a model may depend on it.
#include "store/keyvalue/machine.h"

namespace gapless::store::keyvalue {
namespace {

using Use = Kind::Use;

const Set& set_at(Machine& machine, const std::string& key) {
  static const Set none;
  const Set* set = machine.get<Set>(key);
  return set == nullptr ? none : *set;
}

Reply sadd(Machine& machine, const Command& command) {
  Set& set = machine.make<Set>(command[1]);
  std::int64_t added = 0;
  for (std::size_t i = 2; i < command.size(); ++i) added += set.insert(command[i]).second ? 1 : 0;
  if (added > 0) machine.changed(command[1]);
  return integer(added);
}

Reply srem(Machine& machine, const Command& command) {
  Set* set = machine.get<Set>(command[1]);
  std::size_t removed = 0;
  for (std::size_t i = 2; set != nullptr && i < command.size(); ++i) removed += set->erase(command[i]);
  if (removed > 0) machine.changed(command[1]);
  return integer(static_cast<std::int64_t>(removed));
}

Reply sismember(Machine& machine, const Command& command) {
  return integer(set_at(machine, command[1]).contains(command[2]) ? 1 : 0);
}

Reply smismember(Machine& machine, const Command& command) {
  const Set& set = set_at(machine, command[1]);
  std::vector<Reply> answers;
  for (std::size_t i = 2; i < command.size(); ++i) answers.push_back(integer(set.contains(command[i]) ? 1 : 0));
  return array(answers);
}

Reply scard(Machine& machine, const Command& command) {
  return integer(static_cast<std::int64_t>(set_at(machine, command[1]).size()));
}

Reply smembers(Machine& machine, const Command& command) {
  const Set& set = set_at(machine, command[1]);
  return bulks({set.begin(), set.end()});
}

Reply spop(Machine& machine, const Command& command) {
  if (command.size() > 3) fail_syntax();
  bool counted = command.size() == 3;
  std::int64_t count = counted ? count_of(command[2]) : 1;
  Set* set = machine.get<Set>(command[1]);
  if (set == nullptr) return counted ? array({}) : Reply();
  std::vector<std::string> taken;
  while (count-- > 0 && !set->empty()) taken.push_back(std::move(set->extract(set->begin()).value()));
  if (!taken.empty()) machine.changed(command[1]);
  return counted ? bulks(taken) : bulk(taken.at(0));
}

Reply smove(Machine& machine, const Command& command) {
  Set* from = machine.get<Set>(command[1]);
  if (from == nullptr) return integer(0);
  machine.get<Set>(command[2]);  // of the right type, before anything moves
  if (command[1] == command[2]) return integer(from->contains(command[3]) ? 1 : 0);
  if (from->erase(command[3]) == 0) return integer(0);
  bool added = machine.make<Set>(command[2]).insert(command[3]).second;
  machine.changed(command[1]);
  if (added) machine.changed(command[2]);
  return integer(1);
}

constexpr Kind commands[] = {
    {"SADD", -3, Use::write, sadd, "a key and members"},
    {"SREM", -3, Use::write, srem, "a key and members"},
    {"SISMEMBER", 3, Use::read, sismember, "a key and a member"},
    {"SMISMEMBER", -3, Use::read, smismember, "a key and members"},
    {"SCARD", 2, Use::read, scard, "a key"},
    {"SMEMBERS", 2, Use::read, smembers, "a key"},
    {"SPOP", -2, Use::write, spop, "a key, then how many"},
    {"SMOVE", 4, Use::write, smove, "the key to take from, the key to put to, and a member"},
};

}  // namespace

std::span<const Kind> set_commands() { return commands; }

}  // namespace gapless::store::keyvalue
