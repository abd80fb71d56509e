// Lists, as queues mostly. What waits for an element (BLPOP) is not here.
#include <algorithm>

#include "store/keyvalue/machine.h"

namespace gapless::store::keyvalue {
namespace {

using Use = Kind::Use;

const List& list_at(Machine& machine, const std::string& key) {
  static const List none;
  const List* list = machine.get<List>(key);
  return list == nullptr ? none : *list;
}

std::int64_t size_of(const List& list) { return static_cast<std::int64_t>(list.size()); }

void put(List& list, const Bytes& value, bool left) { list.insert(left ? list.begin() : list.end(), value); }

Bytes take(List& list, bool left) {
  auto place = left ? list.begin() : list.end() - 1;
  Bytes value = *place;
  list.erase(place);
  return value;
}

Reply push(Machine& machine, const Command& command, bool left, bool only_existing) {
  if (only_existing && machine.get<List>(command[1]) == nullptr) return integer(0);
  List& list = machine.make<List>(command[1]);
  for (std::size_t i = 2; i < command.size(); ++i) put(list, command[i], left);
  machine.changed(command[1]);
  return integer(size_of(list));
}

Reply lpush(Machine& machine, const Command& command) { return push(machine, command, true, false); }
Reply rpush(Machine& machine, const Command& command) { return push(machine, command, false, false); }
Reply lpushx(Machine& machine, const Command& command) { return push(machine, command, true, true); }
Reply rpushx(Machine& machine, const Command& command) { return push(machine, command, false, true); }

Reply pop(Machine& machine, const Command& command, bool left) {
  if (command.size() > 3) fail_arity(command);
  bool counted = command.size() == 3;
  std::int64_t count = counted ? count_of(command[2]) : 1;
  List* list = machine.get<List>(command[1]);
  if (list == nullptr) return {};
  std::vector<std::string> taken;
  while (count-- > 0 && !list->empty()) taken.push_back(take(*list, left));
  if (!taken.empty()) machine.changed(command[1]);
  return counted ? bulks(taken) : bulk(taken.at(0));
}

Reply lpop(Machine& machine, const Command& command) { return pop(machine, command, true); }
Reply rpop(Machine& machine, const Command& command) { return pop(machine, command, false); }

Reply llen(Machine& machine, const Command& command) { return integer(size_of(list_at(machine, command[1]))); }

// [first, last) of what Redis calls start and stop, which count from the end where they are negative.
std::pair<std::int64_t, std::int64_t> range(std::int64_t start, std::int64_t stop, std::int64_t size) {
  if (start < 0) start = std::max<std::int64_t>(start + size, 0);
  if (stop < 0) stop += size;
  stop = std::min(stop, size - 1);
  return start > stop ? std::pair<std::int64_t, std::int64_t>{0, 0} : std::pair{start, stop + 1};
}

Reply lrange(Machine& machine, const Command& command) {
  std::int64_t start = integer_of(command[2]);
  std::int64_t stop = integer_of(command[3]);
  const List& list = list_at(machine, command[1]);
  auto [first, last] = range(start, stop, size_of(list));
  return bulks({list.begin() + first, list.begin() + last});
}

Reply ltrim(Machine& machine, const Command& command) {
  std::int64_t start = integer_of(command[2]);
  std::int64_t stop = integer_of(command[3]);
  List* list = machine.get<List>(command[1]);
  if (list == nullptr) return ok();
  auto [first, last] = range(start, stop, size_of(*list));
  *list = List(list->begin() + first, list->begin() + last);
  machine.changed(command[1]);  // even where nothing went
  return ok();
}

Reply lindex(Machine& machine, const Command& command) {
  const List* list = machine.get<List>(command[1]);
  if (list == nullptr) return {};
  std::int64_t index = integer_of(command[2]);
  if (index < 0) index += size_of(*list);
  return index < 0 || index >= size_of(*list) ? Reply() : bulk((*list)[static_cast<std::size_t>(index)]);
}

Reply lset(Machine& machine, const Command& command) {
  List* list = machine.get<List>(command[1]);
  if (list == nullptr) fail("no such key");
  std::int64_t index = integer_of(command[2]);
  if (index < 0) index += size_of(*list);
  if (index < 0 || index >= size_of(*list)) fail("index out of range");
  (*list)[static_cast<std::size_t>(index)] = command[3];
  machine.changed(command[1]);
  return ok();
}

// The first `count` from the head that equal the value; from the tail where it is negative; all where it is 0.
Reply lrem(Machine& machine, const Command& command) {
  std::int64_t count = integer_of(command[2]);
  List* list = machine.get<List>(command[1]);
  if (list == nullptr) return integer(0);
  bool from_tail = count < 0;
  List kept;
  std::int64_t removed = 0;
  if (from_tail) std::reverse(list->begin(), list->end());
  for (const Bytes& value : *list) {
    bool goes = value == command[3] && (count == 0 || (from_tail ? -removed > count : removed < count));
    removed += goes ? 1 : 0;
    if (!goes) kept.push_back(value);
  }
  if (from_tail) std::reverse(kept.begin(), kept.end());
  *list = kept;
  if (removed > 0) machine.changed(command[1]);
  return integer(removed);
}

Reply move(Machine& machine, const std::string& from, const std::string& to, bool from_left, bool to_left) {
  List* list = machine.get<List>(from);
  if (list == nullptr) return {};
  machine.get<List>(to);  // of the right type, before anything moves
  Bytes value = take(*list, from_left);
  put(machine.make<List>(to), value, to_left);
  machine.changed(to);
  machine.changed(from);
  return bulk(value);
}

bool is_left(const std::string& word) {
  std::string where = upper(word);
  if (where != "LEFT" && where != "RIGHT") fail_syntax();
  return where == "LEFT";
}

Reply lmove(Machine& machine, const Command& command) {
  bool from_left = is_left(command[3]);
  bool to_left = is_left(command[4]);
  return move(machine, command[1], command[2], from_left, to_left);
}

Reply rpoplpush(Machine& machine, const Command& command) { return move(machine, command[1], command[2], false, true); }

constexpr Kind commands[] = {
    {"LPUSH", -3, Use::write, lpush, "a key and values"},
    {"RPUSH", -3, Use::write, rpush, "a key and values"},
    {"LPUSHX", -3, Use::write, lpushx, "a key and values"},
    {"RPUSHX", -3, Use::write, rpushx, "a key and values"},
    {"LPOP", -2, Use::write, lpop, "a key, then how many"},
    {"RPOP", -2, Use::write, rpop, "a key, then how many"},
    {"LLEN", 2, Use::read, llen, "a key"},
    {"LRANGE", 4, Use::read, lrange, "a key, the first and the last index"},
    {"LTRIM", 4, Use::write, ltrim, "a key, the first and the last index"},
    {"LINDEX", 3, Use::read, lindex, "a key and an index"},
    {"LSET", 4, Use::write, lset, "a key, an index and a value"},
    {"LREM", 4, Use::write, lrem, "a key, how many and the value"},
    {"LMOVE", 5, Use::write, lmove, "the key to take from, the key to put to, LEFT or RIGHT, LEFT or RIGHT"},
    {"RPOPLPUSH", 3, Use::write, rpoplpush, "the key to take from and the key to put to"},
};

}  // namespace

std::span<const Kind> list_commands() { return commands; }

}  // namespace gapless::store::keyvalue
