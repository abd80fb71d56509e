#include "explore/symmetry.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/digest.h"

namespace gapless::explore {
namespace {

constexpr std::size_t first_slots = 1U << 10U;

std::uint64_t digest_of(const StateRow& row) {
  std::uint64_t digest = mix(row.world + 0x9e3779b97f4a7c15U);
  for (const auto& group : row.groups) {
    digest = mix(digest ^ ((std::uint64_t{group.local} << 32U) | group.count));
  }
  return digest;
}

std::uint64_t slot_value(std::uint64_t digest, StateNumber number) {
  return (digest & 0xffffffff00000000U) | (std::uint64_t{number} + 1);
}

}  // namespace

void StateRow::add(LocalNumber local, std::uint32_t count) {
  const auto place = std::lower_bound(groups.begin(), groups.end(), local,
                                      [](const Group& group, LocalNumber wanted) { return group.local < wanted; });
  if (place != groups.end() && place->local == local) {
    place->count += count;
  } else {
    groups.insert(place, Group{local, count});
  }
}

void StateRow::take(LocalNumber local) {
  const auto place = std::lower_bound(groups.begin(), groups.end(), local,
                                      [](const Group& group, LocalNumber wanted) { return group.local < wanted; });
  check(place != groups.end() && place->local == local, "an actor that steps is there");
  if (--place->count == 0) groups.erase(place);
}

StateTable::StateTable() : begins_{0}, slots_(first_slots) {}

std::pair<StateNumber, bool> StateTable::insert(const StateRow& row) {
  if (2 * begins_.size() > slots_.size()) grow();
  const auto digest = digest_of(row);
  const auto slot = slot_of(row, digest);
  if (slots_[slot] != 0) return {static_cast<StateNumber>(slots_[slot] & 0xffffffffU) - 1, false};
  check(begins_.size() < std::numeric_limits<StateNumber>::max(), "fewer than 2^32 - 1 states are kept");
  const StateNumber number = size();
  slots_[slot] = slot_value(digest, number);
  words_.push_back(row.world);
  for (const auto& group : row.groups) {
    words_.push_back(group.local);
    words_.push_back(group.count);
  }
  begins_.push_back(words_.size());
  return {number, true};
}

StateNumber StateTable::find(const StateRow& row) const {
  const auto slot = slot_of(row, digest_of(row));
  check(slots_[slot] != 0, "a state that was explored is found again");
  return static_cast<StateNumber>(slots_[slot] & 0xffffffffU) - 1;
}

void StateTable::read(StateNumber number, StateRow& row) const {
  const auto* word = words_.data() + begins_[number];
  const auto* end = words_.data() + begins_[number + 1];
  row.world = *word++;
  row.groups.clear();
  for (; word != end; word += 2) row.groups.push_back({word[0], word[1]});
}

std::uint64_t StateTable::bytes() const {
  return words_.capacity() * sizeof words_[0] + begins_.capacity() * sizeof begins_[0] +
         slots_.capacity() * sizeof slots_[0];
}

// The slot that holds the row, or the empty one where it belongs.
std::size_t StateTable::slot_of(const StateRow& row, std::uint64_t digest) const {
  const auto mask = slots_.size() - 1;
  auto slot = digest & mask;
  while (slots_[slot] != 0) {
    const bool may_be = (slots_[slot] ^ digest) >> 32U == 0;
    if (may_be && equals(static_cast<StateNumber>(slots_[slot] & 0xffffffffU) - 1, row)) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

bool StateTable::equals(StateNumber number, const StateRow& row) const {
  const auto* word = words_.data() + begins_[number];
  if (begins_[number + 1] - begins_[number] != 1 + 2 * row.groups.size() || *word != row.world) return false;
  for (const auto& group : row.groups) {
    if (word[1] != group.local || word[2] != group.count) return false;
    word += 2;
  }
  return true;
}

void StateTable::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const auto mask = slots_.size() - 1;
  StateRow row;
  for (StateNumber number = 0; number < size(); ++number) {
    read(number, row);
    const auto digest = digest_of(row);
    auto slot = digest & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = slot_value(digest, number);
  }
}

model::Model with_distinct_actors(const model::Model& model) {
  model::Model distinct = model;
  distinct.roles.clear();
  for (std::size_t actor = 0; actor < model.actors.size(); ++actor) {
    const auto first = std::ranges::find(model.actors, model.actors[actor]);
    distinct.alike.push_back(static_cast<std::size_t>(first - model.actors.begin()));
    distinct.roles.push_back(model.roles[model.actors[actor]]);
    distinct.actors[actor] = actor;
  }
  return distinct;
}

}  // namespace gapless::explore
