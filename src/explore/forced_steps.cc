// Forced steps. Where only one actor can step, and in one way, the state that it leads to stands for the state itself:
// every run goes through it. The state between is looked at (`always`), not kept. So it is with the private step
// (private_steps.h) of who has just moved, whatever the others can do.
#include <algorithm>

#include "explore/expander.h"

namespace gapless::explore {
namespace {

// A chain that is longer is a loop, which must come back to a state that is kept.
constexpr int longest_chain = 256;

}  // namespace

// Where one actor alone can step, and in one way, what comes of that stands for the state.
bool Expander::settle_slots(std::size_t successor, std::size_t mover) {
  const auto* key = key_of(successor);
  if (!reduction_->by_order() || reads_actors_ || shared_.factors.seen_by_always()) return true;
  for (int length = 0; length < longest_chain; ++length) {
    const auto world = static_cast<WorldNumber>(codec_->world().get(key));
    if (memory_.violates_always(world) || memory_.of_world(world).count > 0) return true;
    const bool is_locked = memory_.is_locked(world);
    std::size_t chosen = none;
    StepMemory::Step step;
    const auto& slots = codec_->slots();
    const auto look_at = [&](std::size_t slot) {
      const auto code = static_cast<std::uint32_t>(slots[slot].get(key));
      return code == 0 ? StepMemory::Steps{} : memory_.own(world, memory_.local(slot, code), slot);
    };
    if (mover != none) {
      const auto steps = look_at(mover);
      if (steps.count == 1 && steps.is_private) {
        chosen = mover;
        step = memory_.step(steps.begin);
        not_least_.always = true;
      }
    }
    if (chosen == none && is_locked) {
      for (std::size_t slot = 0; slot < slots.size(); ++slot) {
        const auto steps = look_at(slot);
        if (steps.may_close_cycle) return true;
        if (steps.count == 0) continue;
        if (steps.count > 1 || !steps.goes_on || chosen != none) return true;
        chosen = slot;
        step = memory_.step(steps.begin);
      }
    }
    if (chosen == none || step.fault) return true;
    if (!take_in_slots(successor, chosen, step)) return false;
    lengths_[successor] += step.length;
    mover = chosen;
  }
  return true;
}

// The same of `next_`; how many steps more it takes.
std::uint64_t Expander::settle_groups(LocalNumber mover) {
  std::uint64_t more = 0;
  if (!reduction_->by_order() || reads_actors_ || shared_.factors.seen_by_always()) return more;
  may_repeat_ = true;
  for (int length = 0; length < longest_chain; ++length) {
    const auto world = next_.world;
    if (memory_.violates_always(world) || memory_.of_world(world).count > 0) return more;
    LocalNumber chosen = Move::no_local;
    StepMemory::Step step;
    const bool is_there =
        std::any_of(next_.groups.begin(), next_.groups.end(), [&](const Group& group) { return group.local == mover; });
    if (is_there) {
      const auto steps = memory_.own(world, mover);
      if (steps.count == 1 && steps.is_private) {
        chosen = mover;
        step = memory_.step(steps.begin);
        not_least_.always = true;
      }
    }
    if (chosen == Move::no_local && memory_.is_locked(world)) {
      for (const auto& group : next_.groups) {
        const auto steps = memory_.own(world, group.local);
        if (steps.may_close_cycle) return more;
        if (steps.count == 0) continue;
        if (steps.count > 1 || !steps.goes_on || group.count > 1 || chosen != Move::no_local) return more;
        chosen = group.local;
        step = memory_.step(steps.begin);
      }
    }
    if (chosen == Move::no_local || step.fault || step.created != Move::no_local) return more;
    next_.world = step.world;
    next_.take(chosen);
    more += step.length + arrive(true, step);
    mover = step.local;
  }
  return more;
}

}  // namespace gapless::explore
