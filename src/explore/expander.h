// The successors of a packed state, by one thread from its own memory of steps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "explore/reduction.h"
#include "explore/row_codec.h"
#include "explore/step_memory.h"
#include "explore/violations.h"

namespace gapless::explore {

// Each is one thread's: none shares a line of memory with another one.
class alignas(64) Expander {
 public:
  // `reduction` may be null. Both must outlive this.
  Expander(SharedSpace& shared, const Reduction* reduction);

  void use(const RowCodec& codec) {
    codec_ = &codec;
    needed_ = codec.widths();
  }

  // Packs a state that is not yet packed; false where it does not fit: then needed() would.
  bool first(const StateRow& row, std::span<const LocalNumber> actors, std::vector<std::uint64_t>& key);

  // Finds out everything about the state; false where a successor does not fit.
  bool expand(const std::uint64_t* key, bool is_initial);
  const Widths& needed() const { return needed_; }  // of all that did not fit since the codec is used

  // Of the state that was expanded last.
  bool violates_always() const { return violates_always_; }
  bool is_terminal() const { return is_terminal_; }
  bool violates_at_end() const { return violates_at_end_; }
  bool is_stuck() const { return is_stuck_; }                // and that is why
  std::uint64_t final_state_digest();                        // REQUIRES: terminal
  std::size_t successors() const { return counts_.size(); }  // each once
  const std::uint64_t* successor(std::size_t i) const { return keys_.data() + i * codec_->words(); }
  std::uint64_t count(std::size_t i) const { return counts_[i]; }  // concrete steps that lead there
  // How many steps it takes, one after the other: more than one where a reduction has taken several at once. Of a
  // census by longest paths (levels.h): by how much it rises.
  std::uint64_t length(std::size_t i) const { return lengths_[i]; }

  std::uint64_t bytes() const { return memory_.bytes() + failures_bytes_; }  // about
  void ask_again(std::span<const std::uint32_t> questions) { memory_.ask_again(questions); }

  // Of which violations the lengths of steps do not say how few steps they take: some were taken that nobody need take
  // (private_steps.h), some are missing (elision.h, early_steps.h).
  const Violations& not_least() const { return not_least_; }

  // The largest number of a world that was in a state, or ought to have been.
  WorldNumber largest_world() const { return largest_world_; }

  // The same state in another shape. REQUIRES: it fits.
  void repack(const RowCodec& from, const std::uint64_t* key, const RowCodec& to, std::uint64_t* result);

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  bool expand_slots(const std::uint64_t* key);
  bool expand_groups(const std::uint64_t* key);
  bool expand_whole();  // what the whole state decides
  bool add_lagging_steps(const StateRow& whole);
  bool add_slots_step(const std::uint64_t* key, std::size_t slot, const StepMemory::Step& step);
  bool add_groups_step(std::size_t group, const StepMemory::Step& step, std::uint64_t count);
  bool settle_slots(std::size_t successor, std::size_t mover);  // forced_steps.cc
  std::uint64_t settle_groups(LocalNumber mover);               // forced_steps.cc
  std::size_t slot_of(LocalNumber local);
  bool set_slot(std::uint64_t* key, std::size_t slot, std::uint64_t code);
  bool fails(WorldNumber world);
  void note(const StepMemory::Steps& steps) {
    goes_on_ = goes_on_ || steps.goes_on;
    may_close_cycle_ = may_close_cycle_ || steps.may_close_cycle;
    any_stuck_ = any_stuck_ || steps.is_stuck_alone;
    any_lagging_ = any_lagging_ || steps.is_lagging;
    may_repeat_ = may_repeat_ || steps.count > 1;
  }
  bool take_in_slots(std::size_t successor, std::size_t slot, const StepMemory::Step& step);
  bool set_others(std::size_t successor, std::size_t slot, const StepMemory::Step& step);
  std::uint64_t arrive(bool is_actors, const StepMemory::Step& step);
  bool add_to_slots(std::uint64_t* key, const StepMemory::Step& step);
  bool split_slots(const std::uint64_t* key, std::size_t first);  // split_steps.cc
  std::size_t group_to_split(std::size_t first);                  // split_steps.cc
  bool split_group(std::size_t group);                            // split_steps.cc
  void begin_split();                                             // split_steps.cc
  void check_unique(std::uint32_t addition, std::uint64_t count);
  void count_addition(std::uint32_t addition);
  bool set_world(std::uint64_t* key, WorldNumber world);
  std::uint64_t* append(std::uint64_t count, std::uint64_t length);
  void unite_equal();
  void look_at_end();
  std::uint64_t* key_of(std::size_t successor) { return keys_.data() + successor * codec_->words(); }
  const StateRow& row();  // of the state that is expanded
  void read_slots(const std::uint64_t* key, StateRow& row);

  SharedSpace& shared_;
  const Reduction* reduction_;
  const RowCodec* codec_ = nullptr;
  StepMemory memory_;
  bool reads_actors_;

  const std::uint64_t* key_ = nullptr;
  StateRow row_;
  bool row_is_read_ = false;
  StateRow next_;
  std::vector<std::uint32_t> additions_;  // of the state, once they are read
  std::vector<std::uint32_t> next_additions_;
  HashMap<std::string, bool> failures_;
  std::uint64_t failures_bytes_ = 0;
  std::vector<Group> others_;
  bool is_split_ = false;  // it is two states, and these are its successors (split_steps.cc)
  WorldNumber world_ = 0;
  bool goes_on_ = false;
  bool may_close_cycle_ = false;
  bool any_stuck_ = false;
  WorldNumber largest_world_ = 0;
  bool any_lagging_ = false;
  Violations not_least_;
  bool may_repeat_ = false;  // two successors may be equal
  bool violates_always_ = false;
  bool is_terminal_ = false;
  bool violates_at_end_ = false;
  bool is_stuck_ = false;
  std::vector<std::uint64_t> keys_;  // one after the other, and room for more
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint64_t> lengths_;
  Widths needed_;
};

}  // namespace gapless::explore
