#include "explore/expander.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace gapless::explore {

namespace {

// So many verdicts on `always` are remembered where they depend on more than the world.
constexpr std::size_t most_failures = 1U << 18U;

}  // namespace

Expander::Expander(SharedSpace& shared, const Reduction* reduction)
    : shared_(shared), reduction_(reduction), memory_(shared), reads_actors_(shared.space.reads_actors()) {
  memory_.use(reduction);
}

bool Expander::first(const StateRow& row, std::span<const LocalNumber> actors, std::vector<std::uint64_t>& key) {
  key.assign(codec_->words(), 0);
  Factors::Split split;
  bool fails = false;
  {
    const std::lock_guard guard(shared_.lock);
    split = shared_.factors.split(row.world, 0);
    // Then any first step is blamed, also one that only looks.
    fails = shared_.space.violates_always(row);
  }
  const auto begun = [&](LocalNumber local) {
    if (fails || reduction_ == nullptr || !reduction_->by_order() || reads_actors_) return local;
    return memory_.with_early_steps(split.core, local);
  };
  if (!codec_->is_slots()) {
    next_.world = split.core;
    next_.groups.clear();
    for (const auto& [local, count] : row.groups) next_.add(begun(local), count);
    next_additions_.assign(codec_->additions().size(), 0);
    for (const auto addition : split.additions) count_addition(addition);
    return codec_->pack(next_, next_additions_, key.data(), needed_);
  }
  key[0] = RowCodec::mark;
  if (!set_world(key.data(), split.core)) return false;
  for (const auto addition : split.additions) {
    if (!codec_->add(key.data(), addition, needed_)) return false;
  }
  for (std::size_t slot = 0; slot < actors.size(); ++slot) {
    if (!set_slot(key.data(), slot, memory_.code(slot, begun(actors[slot])))) return false;
  }
  return true;
}

bool Expander::expand(const std::uint64_t* key, bool is_initial) {
  counts_.clear();
  lengths_.clear();
  key_ = key;
  world_ = static_cast<WorldNumber>(codec_->world().get(key));
  row_is_read_ = goes_on_ = may_close_cycle_ = any_stuck_ = any_lagging_ = may_repeat_ = is_split_ = false;
  is_terminal_ = violates_at_end_ = is_stuck_ = false;
  violates_always_ = false;
  // Before the first step nothing has happened that could be blamed.
  if (!is_initial) violates_always_ = fails(world_);
  const bool fits = codec_->is_slots() ? expand_slots(key) : expand_groups(key);
  if (!fits) return false;
  if (may_close_cycle_ && !is_split_) {
    if (!expand_whole()) return false;
  }
  if (!goes_on_) look_at_end();
  if (may_repeat_ && !is_split_) unite_equal();
  return true;
}

// `always`, of the state that is expanded.
bool Expander::fails(WorldNumber world) {
  if (!reads_actors_ && !shared_.factors.seen_by_always()) return memory_.violates_always(world);
  const auto& whole = row();  // which may need the lock itself
  codec_->unpack_additions(key_, additions_);
  // What it may depend on.
  std::string name(reinterpret_cast<const char*>(&world), sizeof world);
  name.append(reinterpret_cast<const char*>(additions_.data()), additions_.size() * sizeof additions_[0]);
  if (reads_actors_) {
    name.append(reinterpret_cast<const char*>(whole.groups.data()), whole.groups.size() * sizeof whole.groups[0]);
  }
  const auto known = failures_.find(name);
  if (known != failures_.end()) return known->second;
  const std::lock_guard guard(shared_.lock);
  const bool fails = shared_.space.violates(Properties::When::step, shared_.factors.whole(world, additions_), whole);
  if (failures_.size() == most_failures) {
    failures_.clear();
    failures_bytes_ = 0;
  }
  constexpr std::uint64_t bytes_beside_a_name = 64;
  failures_bytes_ += name.capacity() + bytes_beside_a_name;
  failures_.emplace(std::move(name), fails);
  return fails;
}

// ------------------------------------------------------------------------------------------------- by slots

bool Expander::expand_slots(const std::uint64_t* key) {
  const auto& of_world = memory_.of_world(world_);
  const auto begin = of_world.begin;
  const auto count = of_world.count;
  if (count > 0) goes_on_ = may_repeat_ = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto step = memory_.step(begin + i);  // the memory may grow below
    if (!add_slots_step(key, none, step)) return false;
  }
  const auto& slots = codec_->slots();
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    const auto code = static_cast<std::uint32_t>(slots[slot].get(key));
    if (code == 0) continue;
    const auto steps = memory_.own(world_, memory_.local(slot, code), slot);
    note(steps);
    if (steps.splits) return split_slots(key, slot);
    for (std::uint32_t i = 0; i < steps.count; ++i) {
      const auto step = memory_.step(steps.begin + i);
      may_repeat_ = may_repeat_ || step.code == code;
      if (!add_slots_step(key, slot, step)) return false;
    }
  }
  return true;
}

bool Expander::set_slot(std::uint64_t* key, std::size_t slot, std::uint64_t code) {
  const auto& field = codec_->slots()[slot];
  if (!field.holds(code)) {
    needed_.slots[slot] = std::max(needed_.slots[slot], bits_of(code));
    return false;
  }
  field.set(key, code);
  return true;
}

bool Expander::set_world(std::uint64_t* key, WorldNumber world) {
  largest_world_ = std::max(largest_world_, world);
  if (!codec_->world().holds(world)) {
    needed_.world = std::max(needed_.world, bits_of(world));
    return false;
  }
  codec_->world().set(key, world);
  return true;
}

bool Expander::add_slots_step(const std::uint64_t* key, std::size_t slot, const StepMemory::Step& step) {
  if (step.created != Move::no_local) throw Unsuitable{"an actor comes into being"};
  const auto successor = counts_.size();
  std::memcpy(append(1, step.length), key, codec_->words() * sizeof *key);
  if (!take_in_slots(successor, slot, step)) return false;
  return reduction_ == nullptr || settle_slots(successor, slot);
}

// The successor's words as they are after the step. What is renamed is read before the slot is.
bool Expander::take_in_slots(std::size_t successor, std::size_t slot, const StepMemory::Step& step) {
  if ((step.change != 0 || step.ages) && !set_others(successor, slot, step)) return false;
  auto* key = key_of(successor);
  if (slot != none && !set_slot(key, slot, step.code)) return false;
  return set_world(key, step.world) && add_to_slots(key, step);
}

// All but the actor of the slot: what the step means to them.
bool Expander::set_others(std::size_t successor, std::size_t slot, const StepMemory::Step& step) {
  if (step.change == 0 && memory_.all_stay(step.world)) return true;
  auto* key = key_of(successor);
  for (std::size_t other = 0; other < codec_->slots().size(); ++other) {
    const auto code = static_cast<std::uint32_t>(codec_->slots()[other].get(key));
    if (other == slot || code == 0) continue;
    if (step.change == 0 && memory_.stays(step.world, other, code)) continue;
    const auto local = memory_.local(other, code);
    const auto [renamed, rise] = memory_.renamed(local, step.change);
    lengths_[successor] += rise;
    if (!step.ages) {
      if (renamed != local && !set_slot(key, other, memory_.code(other, renamed))) return false;
      continue;
    }
    const auto aged = memory_.aged(step.world, renamed, other);
    if (step.change == 0 && aged.code == code && aged.length == 0) {
      memory_.note_stays(step.world, other, code);
    }
    if (!set_slot(key, other, aged.code)) return false;
    lengths_[successor] += aged.length;
    if (aged.length > 0) not_least_.always = true;
  }
  return true;
}

bool Expander::add_to_slots(std::uint64_t* key, const StepMemory::Step& step) {
  for (const auto addition : memory_.additions(step)) {
    if (!codec_->add(key, addition, needed_)) return false;
    check_unique(addition, codec_->additions()[addition].get(key));
  }
  return true;
}

void Expander::check_unique(std::uint32_t addition, std::uint64_t count) {
  if (count < 2 || !shared_.factors.any_unique()) return;
  const std::lock_guard guard(shared_.lock);
  if (shared_.factors.is_unique(addition)) throw Unsuitable{"two rows that are added meet in a unique index"};
}

void Expander::count_addition(std::uint32_t addition) {
  if (next_additions_.size() <= addition) next_additions_.resize(addition + 1);
  check_unique(addition, ++next_additions_[addition]);
}

void Expander::read_slots(const std::uint64_t* key, StateRow& row) {
  row.world = static_cast<WorldNumber>(codec_->world().get(key));
  row.groups.clear();
  for (std::size_t slot = 0; slot < codec_->slots().size(); ++slot) {
    const auto code = static_cast<std::uint32_t>(codec_->slots()[slot].get(key));
    if (code != 0) row.add(memory_.local(slot, code));
  }
  if (!shared_.merging.folds()) return;
  codec_->unpack_additions(key, additions_);
  const std::lock_guard guard(shared_.lock);
  shared_.factors.add_actors(additions_, row);
}

// ------------------------------------------------------------------------------------------------ by groups

bool Expander::expand_groups(const std::uint64_t* key) {
  codec_->unpack(key, row_);
  codec_->unpack_additions(key, additions_);
  row_is_read_ = true;
  const auto of_world = memory_.of_world(world_);
  if (of_world.count > 0) goes_on_ = may_repeat_ = true;
  for (std::uint32_t i = 0; i < of_world.count; ++i) {
    const auto step = memory_.step(of_world.begin + i);
    if (!add_groups_step(none, step, 1)) return false;
  }
  for (std::size_t group = 0; group < row_.groups.size(); ++group) {
    const auto [local, count] = row_.groups[group];
    const auto steps = memory_.own(world_, local);
    note(steps);
    if (steps.splits) return split_group(group_to_split(group));
    for (std::uint32_t i = 0; i < steps.count; ++i) {
      const auto step = memory_.step(steps.begin + i);
      may_repeat_ = may_repeat_ || step.local == local;
      if (!add_groups_step(group, step, count)) return false;
    }
  }
  return true;
}

bool Expander::add_groups_step(std::size_t group, const StepMemory::Step& step, std::uint64_t count) {
  next_.world = step.world;
  next_.groups = row_.groups;
  next_additions_ = additions_;
  if (group != none && --next_.groups[group].count == 0) {
    next_.groups.erase(next_.groups.begin() + static_cast<std::ptrdiff_t>(group));
  }
  may_repeat_ = may_repeat_ || step.change != 0 || step.ages;
  auto length = step.length + arrive(group != none, step);
  if (step.created != Move::no_local) next_.add(step.created);
  if (reduction_ != nullptr) length += settle_groups(group == none ? Move::no_local : step.local);
  return codec_->pack(next_, next_additions_, append(count, length), needed_);
}

// In `next_`, from which the actor was taken, what its step means to all. How many steps others have taken with it.
std::uint64_t Expander::arrive(bool is_actors, const StepMemory::Step& step) {
  std::uint64_t length = 0;
  if (step.change != 0 || step.ages) {
    others_ = next_.groups;
    next_.groups.clear();
    for (const auto& [local, count] : others_) {
      const auto [renamed, rise] = memory_.renamed(local, step.change);
      length += std::uint64_t{rise} * count;
      if (!step.ages) {
        next_.add(renamed, count);
        continue;
      }
      const auto aged = memory_.aged(step.world, renamed);
      length += std::uint64_t{aged.length} * count;
      if (!aged.is_left_out) next_.add(aged.local, count);
    }
  }
  if (length > 0) not_least_.always = true;
  if (is_actors && !step.is_left_out) next_.add(step.local);
  for (const auto addition : memory_.additions(step)) count_addition(addition);
  return length;
}

// ------------------------------------------------------------------------------------------- the whole state

const StateRow& Expander::row() {
  if (!row_is_read_) {
    if (codec_->is_slots()) {
      read_slots(key_, row_);
    } else {
      codec_->unpack(key_, row_);
    }
    row_is_read_ = true;
  }
  return row_;
}

// Some waiters may stand in a cycle: what Space says of the whole state is taken instead.
bool Expander::expand_whole() {
  const auto& whole = row();
  counts_.clear();
  lengths_.clear();
  may_repeat_ = true;
  for (auto& [step, group, count] : memory_.whole(whole)) {
    const bool is_actors = group != Move::nobody;
    if (is_actors && reduction_ != nullptr) {
      const auto& own = memory_.own(whole.world, whole.groups[group].local, slot_of(whole.groups[group].local));
      if (own.is_elided || own.is_lagging) continue;
      step.is_left_out = memory_.is_left_out(step.local);
    }
    goes_on_ = goes_on_ || !step.fault;
    if (!codec_->is_slots()) {
      if (!add_groups_step(is_actors ? group : none, step, count)) return false;
      continue;
    }
    const auto slot = is_actors ? slot_of(whole.groups[group].local) : none;
    const bool is_told = !step.is_left_out && !step.is_folded;
    if (is_actors) step.code = is_told ? memory_.code(slot, step.local) : 0;
    if (!add_slots_step(key_, slot, step)) return false;
  }
  return reduction_ == nullptr || add_lagging_steps(whole);
}

// Who lags does not wait: what it can do does not depend on the whole state.
bool Expander::add_lagging_steps(const StateRow& whole) {
  for (std::size_t group = 0; group < whole.groups.size(); ++group) {
    const auto slot = slot_of(whole.groups[group].local);
    if (codec_->is_slots() && slot == none) continue;
    const auto steps = memory_.own(whole.world, whole.groups[group].local, slot);
    if (!steps.is_lagging) continue;
    for (std::uint32_t i = 0; i < steps.count; ++i) {
      const auto step = memory_.step(steps.begin + i);
      const bool fits = codec_->is_slots() ? add_slots_step(key_, slot, step)
                                           : add_groups_step(group, step, whole.groups[group].count);
      if (!fits) return false;
    }
  }
  return true;
}

std::size_t Expander::slot_of(LocalNumber local) {
  if (!codec_->is_slots()) return none;
  for (std::size_t slot = 0; slot < codec_->slots().size(); ++slot) {
    const auto code = static_cast<std::uint32_t>(codec_->slots()[slot].get(key_));
    if (code != 0 && memory_.local(slot, code) == local) return slot;
  }
  check(shared_.merging.folds(), "an actor of the state has its slot, unless it is only counted");
  return none;
}

// Nobody goes on; at most faults may follow.
void Expander::look_at_end() {
  is_terminal_ = true;
  if (any_stuck_) {
    violates_at_end_ = is_stuck_ = true;  // they would wait for ever
    not_least_.deadlock = true;           // and some of that waiting is a step
    return;
  }
  const auto& whole = row();
  codec_->unpack_additions(key_, additions_);
  const std::lock_guard guard(shared_.lock);
  const auto end = shared_.space.end(whole);
  is_terminal_ = end != Space::End::none;
  is_stuck_ = end == Space::End::stuck;
  const auto fails_finally = [&] {
    return shared_.factors.any()
               ? shared_.space.violates(Properties::When::end, shared_.factors.whole(world_, additions_), whole)
               : shared_.space.violates_finally(whole);
  };
  violates_at_end_ = is_stuck_ || (is_terminal_ && fails_finally());
  // Who lags has come to its end by steps that were not counted.
  if (violates_at_end_ && any_lagging_) not_least_.deadlock = not_least_.finally = true;
}

std::uint64_t Expander::final_state_digest() {
  const auto& whole = row();
  const std::lock_guard guard(shared_.lock);
  return shared_.space.final_state_digest(shared_.factors.whole(world_, additions_), whole);
}

// --------------------------------------------------------------------------------------------------- results

std::uint64_t* Expander::append(std::uint64_t count, std::uint64_t length) {
  const auto begin = counts_.size() * codec_->words();
  if (keys_.size() < begin + codec_->words()) keys_.resize(2 * (begin + codec_->words()));
  counts_.push_back(count);
  lengths_.push_back(length);
  return keys_.data() + begin;
}

// There are few: each is compared with those before it.
void Expander::unite_equal() {
  const auto words = codec_->words();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const auto* key = keys_.data() + i * words;
    std::size_t same = 0;
    while (same < kept && std::memcmp(keys_.data() + same * words, key, words * sizeof *key) != 0) ++same;
    if (same < kept) {
      counts_[same] += counts_[i];
      lengths_[same] = std::min(lengths_[same], lengths_[i]);
      continue;
    }
    if (kept != i) std::memcpy(keys_.data() + kept * words, key, words * sizeof *key);
    lengths_[kept] = lengths_[i];
    counts_[kept++] = counts_[i];
  }
  counts_.resize(kept);
  lengths_.resize(kept);
}

void Expander::repack(const RowCodec& from, const std::uint64_t* key, const RowCodec& to, std::uint64_t* result) {
  if (!from.is_slots()) {
    Widths unused;
    from.unpack(key, next_);
    from.unpack_additions(key, next_additions_);
    check(to.pack(next_, next_additions_, result, unused), "a larger shape has room");
    return;
  }
  std::fill_n(result, to.words(), 0);
  result[0] = RowCodec::mark;
  to.world().set(result, from.world().get(key));
  for (std::size_t i = 0; i < from.additions().size(); ++i) to.additions()[i].set(result, from.additions()[i].get(key));
  for (std::size_t slot = 0; slot < from.slots().size(); ++slot)
    to.slots()[slot].set(result, from.slots()[slot].get(key));
}

}  // namespace gapless::explore
