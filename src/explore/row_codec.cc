#include "explore/row_codec.h"

#include <algorithm>
#include <bit>

namespace gapless::explore {

std::uint32_t bits_of(std::uint64_t value) { return static_cast<std::uint32_t>(std::bit_width(value)); }

Widths with_what_is_free(Widths widths) {
  const auto words = RowCodec(widths).words();
  constexpr int most_bits_more = 2;
  for (int round = 0; round < most_bits_more; ++round) {
    const auto widen = [&](std::uint32_t& bits) {
      constexpr std::uint32_t widest = 32;
      if (bits >= widest) return;
      ++bits;
      if (RowCodec(widths).words() > words) --bits;
    };
    widen(widths.world);
    for (auto& bits : widths.slots) widen(bits);
    if (!widths.slots.empty()) continue;
    widen(widths.local);
    widen(widths.count);
    widen(widths.groups);
  }
  return widths;
}

RowCodec::RowCodec(Widths widths) : widths_(std::move(widths)) {
  free_.push_back(63);  // the mark
  world_ = place(widths_.world);
  for (const auto bits : widths_.additions) additions_.push_back(place(bits));
  if (is_slots()) {
    for (const auto bits : widths_.slots) fields_.push_back(place(bits));
  } else {
    for (std::uint32_t i = 0; i < widths_.groups; ++i) fields_.push_back(place(widths_.local + widths_.count));
  }
  words_ = free_.size();
}

// In the first word that has room.
Field RowCodec::place(std::uint32_t bits) {
  for (std::uint32_t word = 0; word < free_.size(); ++word) {
    if (free_[word] < bits) continue;
    free_[word] -= bits;
    return {word, free_[word], (std::uint64_t{1} << bits) - 1};
  }
  free_.push_back(64);
  return place(bits);
}

void Widths::at_least(const Widths& other) {
  const auto raise = [](std::vector<std::uint32_t>& bits, const std::vector<std::uint32_t>& wanted) {
    if (bits.size() < wanted.size()) bits.resize(wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) bits[i] = std::max(bits[i], wanted[i]);
  };
  world = std::max(world, other.world);
  raise(additions, other.additions);
  raise(slots, other.slots);
  local = std::max(local, other.local);
  count = std::max(count, other.count);
  groups = std::max(groups, other.groups);
}

bool RowCodec::add(std::uint64_t* words, std::uint32_t addition, Widths& needed) const {
  const auto count = addition < additions_.size() ? additions_[addition].get(words) + 1 : 1;
  if (addition < additions_.size() && additions_[addition].holds(count)) {
    additions_[addition].set(words, count);
    return true;
  }
  if (needed.additions.size() <= addition) needed.additions.resize(addition + 1, 1);
  needed.additions[addition] = std::max(needed.additions[addition], bits_of(count));
  return false;
}

void RowCodec::unpack_additions(const std::uint64_t* words, std::vector<std::uint32_t>& counts) const {
  counts.resize(additions_.size());
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<std::uint32_t>(additions_[i].get(words));
}

bool RowCodec::pack(const StateRow& row, std::span<const std::uint32_t> additions, std::uint64_t* words,
                    Widths& needed) const {
  std::uint64_t most_local = 0;
  std::uint64_t most_count = 0;
  for (const auto& group : row.groups) {
    most_local = std::max<std::uint64_t>(most_local, std::uint64_t{group.local} + 1);
    most_count = std::max<std::uint64_t>(most_count, group.count - 1);
  }
  bool additions_fit = additions.size() <= additions_.size();
  for (std::size_t i = 0; i < additions.size() && additions_fit; ++i) additions_fit = additions_[i].holds(additions[i]);
  const bool fits = additions_fit && world_.holds(row.world) && row.groups.size() <= fields_.size() &&
                    bits_of(most_local) <= widths_.local && bits_of(most_count) <= widths_.count;
  if (!fits) {
    needed = widths_;
    needed.world = std::max(needed.world, bits_of(row.world));
    needed.local = std::max(needed.local, bits_of(most_local));
    needed.count = std::max(needed.count, bits_of(most_count));
    if (needed.additions.size() < additions.size()) needed.additions.resize(additions.size(), 1);
    for (std::size_t i = 0; i < additions.size(); ++i) {
      needed.additions[i] = std::max(needed.additions[i], bits_of(additions[i]));
    }
    needed.groups = std::max(needed.groups, static_cast<std::uint32_t>(row.groups.size()));
    return false;
  }
  std::fill_n(words, words_, 0);
  words[0] = mark;
  words[world_.word] |= std::uint64_t{row.world} << world_.shift;
  for (std::size_t i = 0; i < additions.size(); ++i) {
    words[additions_[i].word] |= std::uint64_t{additions[i]} << additions_[i].shift;
  }
  for (std::size_t i = 0; i < row.groups.size(); ++i) {
    const auto& field = fields_[i];
    const std::uint64_t value = ((std::uint64_t{row.groups[i].local} + 1) << widths_.count) | (row.groups[i].count - 1);
    words[field.word] |= value << field.shift;
  }
  return true;
}

void RowCodec::unpack(const std::uint64_t* words, StateRow& row) const {
  row.world = static_cast<WorldNumber>(world_.get(words));
  row.groups.clear();
  const std::uint64_t counts = (std::uint64_t{1} << widths_.count) - 1;
  for (const auto& field : fields_) {
    const auto value = field.get(words);
    if (value == 0) break;
    row.groups.push_back(
        {static_cast<LocalNumber>((value >> widths_.count) - 1), static_cast<std::uint32_t>(value & counts) + 1});
  }
}

std::uint64_t RowCodec::group_of(const std::uint64_t* words) const {
  constexpr std::size_t actors = 4;
  std::uint64_t group = is_slots() ? 0 : world_.get(words);
  for (std::size_t slot = 0; is_slots() && slot < std::min(actors, fields_.size()); ++slot) {
    group = mix(group) ^ fields_[slot].get(words);
  }
  return mix(group);
}

}  // namespace gapless::explore
