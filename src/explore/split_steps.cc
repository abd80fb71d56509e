// Who lags stands in one of several places, it is not said where (early_steps.h). Where the world has come so far that
// the foremost of them is over (outdated.h), a search says it after all: such a state is two, the one and the other,
// and their successors are all that it has. There are fewer states so, for each of the two is found again elsewhere.
#include <cstring>

#include "explore/expander.h"

namespace gapless::explore {
namespace {

// So many actors are told at a time. (One more doubles the successors of a state, and there are fewer states between.)
constexpr std::size_t actors_at_once = 3;

}  // namespace

// The actor in `first` is one of them, and those before it are not.
bool Expander::split_slots(const std::uint64_t* key, std::size_t first) {
  begin_split();
  std::memcpy(append(1, 0), key, codec_->words() * sizeof *key);
  std::size_t actors = 0;
  for (auto slot = first; slot < codec_->slots().size() && actors < actors_at_once; ++slot) {
    const auto code = static_cast<std::uint32_t>(codec_->slots()[slot].get(key));
    if (code == 0) continue;
    const auto steps = memory_.own(world_, memory_.local(slot, code), slot);
    if (!steps.splits) continue;
    ++actors;
    const auto behind = memory_.step(steps.begin);
    const auto ahead = memory_.step(steps.begin + 1);
    const auto end = counts_.size();
    for (std::size_t each = 0; each < end; ++each) {
      auto* copy = append(1, lengths_[each] + ahead.length);
      std::memcpy(copy, key_of(each), codec_->words() * sizeof *copy);
      if (!set_slot(copy, slot, ahead.code)) return false;
      if (!set_slot(key_of(each), slot, behind.code)) return false;
      lengths_[each] += behind.length;
    }
  }
  return true;
}

// Of those that are to be told the one that will have come farthest: nobody joins a group then that was told before.
// (At the third of three tries before those at the second. The numbers of local states say nothing of that, and depend
// on which thread met them first.)
std::size_t Expander::group_to_split(std::size_t first) {
  auto best = first;
  for (auto group = first + 1; group < row_.groups.size(); ++group) {
    const auto local = row_.groups[group].local;
    if (!memory_.own(world_, local).splits) continue;
    const std::lock_guard guard(shared_.lock);
    const auto& space = shared_.space;
    const auto afterwards = [&](LocalNumber lagging) { return space.fails_to(space.foremost(lagging)); };
    const auto chosen = row_.groups[best].local;
    const bool is_over = space.is_finished(afterwards(local));
    const bool was_over = space.is_finished(afterwards(chosen));
    if (is_over == was_over ? space.is_before(chosen, local) : is_over) best = group;
  }
  return best;
}

// Of those in the group any number has come ahead.
bool Expander::split_group(std::size_t group) {
  begin_split();
  const auto steps = memory_.own(world_, row_.groups[group].local);
  const auto count = row_.groups[group].count;
  const auto behind = memory_.step(steps.begin);
  const auto ahead = memory_.step(steps.begin + 1);
  for (std::uint32_t come = 0; come <= count; ++come) {
    next_ = row_;
    next_.groups.erase(next_.groups.begin() + static_cast<std::ptrdiff_t>(group));
    if (come < count && !behind.is_left_out) next_.add(behind.local, count - come);
    if (come > 0 && !ahead.is_left_out) next_.add(ahead.local, come);
    const auto length = std::uint64_t{behind.length} * (count - come) + std::uint64_t{ahead.length} * come;
    if (!codec_->pack(next_, additions_, append(1, length), needed_)) return false;
  }
  return true;
}

// What else was found is not to be followed; nor is it known any more how few steps anything takes.
void Expander::begin_split() {
  is_split_ = true;
  not_least_ = {true, true, true};
  counts_.clear();
  lengths_.clear();
}

}  // namespace gapless::explore
