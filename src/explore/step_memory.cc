#include "explore/step_memory.h"

#include "base/check.h"
#include "explore/early_steps.h"
#include "explore/fold.h"
#include "explore/private_steps.h"

namespace gapless::explore {

// ------------------------------------------------------------------------------------------------ behind the lock

void SharedSpace::assign_slots(std::span<const LocalNumber> initial) {
  locals_.resize(initial.size());
  for (std::size_t slot = 0; slot < initial.size(); ++slot) code(slot, initial[slot]);
}

std::uint32_t SharedSpace::code(std::size_t slot, LocalNumber local) {
  auto& known = at(codes_, local);
  auto& owner = at(slots_, local);
  if (known == unknown) {
    locals_[slot].push_back(local);
    known = static_cast<std::uint32_t>(locals_[slot].size());
    all_codes.fetch_add(1, std::memory_order_relaxed);
    owner = static_cast<std::uint32_t>(slot);
  }
  if (owner != slot) throw Unsuitable{"two actors can be in the same local state"};
  return known;
}

std::uint32_t& SharedSpace::at(std::vector<std::uint32_t>& numbers, std::uint32_t number) {
  if (numbers.size() <= number) numbers.resize(number + 1, unknown);
  return numbers[number];
}

void SharedSpace::note_step(WorldNumber world, std::optional<LocalNumber> local, const Space::Remembered& step) {
  auto& before = at(world_levels_, world);
  if (before == unknown) before = 0;  // it was there at the beginning
  const auto level = before + (local ? 0 : 1);
  auto& known = at(world_levels_, step.world);
  if (known == unknown) known = level;
  is_levelled_ = is_levelled_ && known == level;
  if (local) levels.raise(*local, step.local, 1);
  if (step.created != Move::no_local) levels.begin(step.created);
}

// ------------------------------------------------------------------------------------------- each thread's own

StepMemory::Steps StepMemory::remember(std::span<const Space::Remembered> taken, WorldNumber world,
                                       std::optional<LocalNumber> local, std::size_t slot) {
  Steps steps;
  steps.begin = static_cast<std::uint32_t>(steps_.size());
  steps.count = static_cast<std::uint32_t>(taken.size());
  for (const auto& remembered : taken) {
    auto step = factored(remembered);
    auto levelled = remembered;
    levelled.world = step.world;
    shared_.note_step(world, local, levelled);
    step.ages = shared_.merging.outdated() != nullptr && step.world != world;
    if (local) {
      step.local = arrival(step.world, stand_in(step.world, step.local));
      step.is_left_out = reduction_ != nullptr && reduction_->leaves_out(shared_.space, step.local);
      if (!step.is_left_out) fold(step);
      if (slot != no_slot && !step.is_left_out && !step.is_folded) step.code = shared_.code(slot, step.local);
    }
    if (shared_.levels.kind() == Levels::Kind::longest) step.length = rise_of(step, local);
    steps_.push_back(step);
  }
  return steps;
}

// Of the actor, and of whom it brings into being; what becomes of the others is added where it does.
std::uint32_t StepMemory::rise_of(const Step& step, std::optional<LocalNumber> local) const {
  std::uint32_t rise = local ? shared_.levels.rise(*local, step.local) : 1;
  if (step.created != Move::no_local) rise += shared_.levels.of(step.created);
  return rise;
}

StepMemory::Step StepMemory::factored(const Space::Remembered& remembered) {
  const auto split = shared_.factors.split(remembered.world, remembered.change);
  if (shared_.factors.any() && shared_.space.has_snapshots()) throw Unsuitable{"a transaction keeps a snapshot"};
  Step step;
  step.world = split.core;
  step.local = remembered.local;
  step.change = split.change;
  step.created = remembered.created;
  step.fault = remembered.fault;
  step.additions = static_cast<std::uint32_t>(split.additions.size());
  step.first_addition = static_cast<std::uint32_t>(additions_.size());
  additions_.insert(additions_.end(), split.additions.begin(), split.additions.end());
  return step;
}

void StepMemory::fold(Step& step) {
  if (!shared_.merging.folds() || shared_.slots() == 0) return;
  const auto counted = folded(shared_.space, step.local);
  if (!counted) return;
  step.is_folded = true;
  // Wherever it was, it now stands where all of them do.
  shared_.levels.raise(step.local, *counted, 0);
  shared_.levels.raise(*counted, step.local, 0);
  ++step.additions;
  additions_.push_back(shared_.factors.counted(*counted));
}

const StepMemory::Steps& StepMemory::ask_own(WorldNumber world, LocalNumber local, std::size_t slot) {
  const std::lock_guard guard(shared_.lock);
  shared_.note_question(SharedSpace::Question::own, world, local, slot);
  auto& space = shared_.space;
  const bool is_lagging = space.is_lagging(local);
  if (is_lagging && reduction_ != nullptr && reduction_->splits() && takes_steps_at_once(space.foremost(local))) {
    return own_.emplace((std::uint64_t{world} << 32U) | local, split(world, local, slot)).first->second;
  }
  const auto place = space.foremost(local);
  const auto outlook = space.outlook(world, place);
  std::vector<Space::Remembered> taken(outlook.steps.begin(), outlook.steps.end());
  const bool goes_on = outlook.goes_on;
  const bool may_close_cycle = outlook.may_close_cycle;
  const bool is_elided = reduction_ != nullptr && reduction_->elides(space, world, place);
  if (is_elided) taken.clear();
  std::vector<std::uint32_t> places(taken.size(), lag(space, local));
  const auto late = late_steps(space, world, local);
  for (const auto& [step, from] : late.steps) {
    taken.push_back(step);
    places.push_back(from);
  }
  auto steps = remember(taken, world, local, slot);
  for (std::uint32_t i = 0; i < steps.count; ++i) steps_[steps.begin + i].length += places[i];
  // Wherever it stands; what it could still do had it come late is no way out for who stands in front.
  steps.goes_on = goes_on && !is_elided && !late.is_blocked;
  steps.may_close_cycle = may_close_cycle;
  steps.is_stuck_alone = is_elided || late.is_blocked;
  steps.is_elided = is_elided;
  steps.is_lagging = is_lagging;
  if (steps.count == 1 && !is_lagging && reduction_ != nullptr && reduction_->by_order()) {
    const auto& only = steps_[steps.begin];
    taken[0].world = only.world;
    taken[0].change = only.change;
    const auto rows = only.additions - (only.is_folded ? 1U : 0U);
    steps.is_private = explore::is_private(space, shared_.factors, world, local, taken[0]) && rows > 0;
  }
  return own_.emplace((std::uint64_t{world} << 32U) | local, steps).first->second;
}

const StepMemory::Steps& StepMemory::ask_world(WorldNumber world) {
  const std::lock_guard guard(shared_.lock);
  shared_.note_question(SharedSpace::Question::of_world, world, 0);
  const auto outlook = shared_.space.outlook_of_world(world);
  auto steps = remember(outlook.steps, world, std::nullopt, no_slot);
  steps.goes_on = outlook.goes_on;
  if (of_world_.size() <= world) {
    Steps none;
    none.count = unknown;
    of_world_.resize(world + 1, none);
  }
  return of_world_[world] = steps;
}

std::uint64_t StepMemory::bytes() const {
  constexpr std::uint64_t bytes_an_entry = 48;  // of a hash map: key, value, and the places that are free
  return steps_.capacity() * sizeof(Step) + additions_.capacity() * sizeof additions_[0] +
         of_world_.capacity() * sizeof(Steps) + stays_.capacity() * sizeof stays_[0] +
         (own_.size() + renamed_.size() + aged_.size() + codes_.size()) * bytes_an_entry;
}

std::vector<StepMemory::WholeStep> StepMemory::whole(const StateRow& row) {
  const std::lock_guard guard(shared_.lock);
  shared_.note_question(SharedSpace::Question::whole, row.world, static_cast<std::uint32_t>(row.groups.size()));
  for (const auto& group : row.groups) {
    shared_.questions.push_back(group.local);
    shared_.questions.push_back(group.count);
  }
  std::vector<WholeStep> steps;
  for (const auto& move : shared_.space.moves(row)) {
    Space::Remembered remembered;
    remembered.world = move.row.world;
    remembered.local = move.local;
    remembered.change = move.change;
    remembered.created = move.created;
    remembered.fault = move.fault;
    auto step = factored(remembered);
    remembered.world = step.world;
    const bool is_actors = move.group != Move::nobody;
    step.ages = shared_.merging.outdated() != nullptr && step.world != row.world;
    const auto local = is_actors ? std::optional(row.groups[move.group].local) : std::nullopt;
    shared_.note_step(row.world, local, remembered);
    if (is_actors) fold(step);
    if (shared_.levels.kind() == Levels::Kind::longest) step.length = rise_of(step, local);
    steps.push_back({step, move.group, move.count});
  }
  return steps;
}

void StepMemory::ask_again(std::span<const std::uint32_t> questions) {
  constexpr std::size_t words = 4;
  for (std::size_t next = 0; next < questions.size();) {
    const auto kind = static_cast<SharedSpace::Question>(questions[next]);
    const auto a = questions[next + 1];
    const auto b = questions[next + 2];
    const auto slot = questions[next + 3] == 0xffffffffU ? no_slot : std::size_t{questions[next + 3]};
    next += words;
    switch (kind) {
      case SharedSpace::Question::own:
        own(a, b, slot);
        break;
      case SharedSpace::Question::of_world:
        of_world(a);
        break;
      case SharedSpace::Question::renamed:
        renamed(a, b);
        break;
      case SharedSpace::Question::code:
        code(slot, a);
        break;
      case SharedSpace::Question::aged:
        aged(a, b, slot);
        break;
      case SharedSpace::Question::whole: {
        StateRow row{a, {}};
        for (std::uint32_t i = 0; i < b; ++i, next += 2) row.groups.push_back({questions[next], questions[next + 1]});
        whole(row);
        break;
      }
    }
  }
}

StepMemory::Renamed StepMemory::renamed(LocalNumber local, std::uint32_t change) {
  if (change == 0) return {local, 0};
  const auto key = (std::uint64_t{local} << 32U) | change;
  const auto found = renamed_.find(key);
  if (found != renamed_.end()) return found->second;
  const std::lock_guard guard(shared_.lock);
  shared_.note_question(SharedSpace::Question::renamed, local, change);
  Renamed result{shared_.space.renamed(local, change), 0};
  if (result.local != local) {
    shared_.levels.raise(local, result.local, 0);
    result.rise = shared_.levels.rise(local, result.local);
  }
  renamed_.emplace(key, result);
  return result;
}

StepMemory::Aged StepMemory::aged(WorldNumber world, LocalNumber local, std::size_t slot) {
  const auto key = (std::uint64_t{world} << 32U) | local;
  const auto found = aged_.find(key);
  if (found != aged_.end()) return found->second;
  const std::lock_guard guard(shared_.lock);
  shared_.note_question(SharedSpace::Question::aged, world, local, slot);
  return aged_.emplace(key, grow_old(world, local, slot)).first->second;
}

void StepMemory::note_stays(WorldNumber world, std::size_t slot, std::uint32_t code) {
  if (code >= stays_bits || stays(world, slot, code)) return;
  stays_words_ = shared_.slots() + 1;
  const auto place = world * stays_words_;
  if (place + stays_words_ > stays_.size()) stays_.resize((place + stays_words_) * 2);
  stays_[place + 1 + slot] |= std::uint64_t{1} << code;
  ++stays_[place];
}

// With the lock held.
LocalNumber StepMemory::stand_in(WorldNumber world, LocalNumber local) {
  const auto* outdated = shared_.merging.outdated();
  if (outdated == nullptr) return local;
  const auto other = outdated->stands_for(shared_.space, world, local);
  if (other != local) shared_.levels.raise(local, other, 0);
  return other;
}

// An actor that arrives here, and may already have looked at what it will compare (early_steps.h): a search follows
// both as one. With the lock held.
LocalNumber StepMemory::arrival(WorldNumber world, LocalNumber local) {
  const auto* outdated = shared_.merging.outdated();
  auto& space = shared_.space;
  if (outdated == nullptr || reduction_ == nullptr || !reduction_->splits() || space.reads_actors()) return local;
  if (space.is_failing(local) || space.is_finished(local)) return local;
  const auto early = explore::with_early_steps(space, world, local);
  return outdated->compares(space, space.foremost(early)) ? early : local;
}

// What is about to fail has failed: nobody can tell.
bool StepMemory::takes_steps_at_once(LocalNumber failing) const {
  const auto& space = shared_.space;
  if (reduction_ == nullptr || !reduction_->by_order() || space.reads_actors() || !space.is_failing(failing)) {
    return false;
  }
  const auto afterwards = space.fails_to(failing);
  return !space.is_finished(afterwards) || reduction_->leaves_out(space, afterwards);
}

// With the lock held.
StepMemory::Aged StepMemory::grow_old(WorldNumber world, LocalNumber local, std::size_t slot) {
  const auto& space = shared_.space;
  Aged aged;
  aged.local = stand_in(world, local);
  if (shared_.levels.kind() == Levels::Kind::longest && aged.local != local) {
    aged.length = shared_.levels.rise(local, aged.local);
  }
  if (!space.is_lagging(aged.local) && takes_steps_at_once(aged.local)) {
    aged.local = arrival(world, space.fails_to(aged.local));
    aged.length = 1;
    aged.is_left_out = reduction_->leaves_out(space, aged.local);
  }
  if (slot != no_slot && !aged.is_left_out) aged.code = shared_.code(slot, aged.local);
  return aged;
}

// Who lags, and would fail if it did not, does or does not: from now on that is said. With the lock held.
StepMemory::Steps StepMemory::split(WorldNumber world, LocalNumber lagging, std::size_t slot) {
  auto& space = shared_.space;
  Steps steps;
  steps.begin = static_cast<std::uint32_t>(steps_.size());
  steps.count = 2;
  steps.goes_on = steps.splits = true;
  const auto add = [&](LocalNumber local, std::uint32_t length) {
    Step step;
    step.world = world;
    step.local = arrival(world, local);
    step.length = length;
    step.is_left_out = reduction_->leaves_out(space, step.local);
    if (slot != no_slot && !step.is_left_out) step.code = shared_.code(slot, step.local);
    steps_.push_back(step);
  };
  add(space.behind(lagging), 1);
  add(space.fails_to(space.foremost(lagging)), lag(space, lagging) + 1);
  return steps;
}

bool StepMemory::is_locked(WorldNumber world) {
  if (locked_.size() <= world) locked_.resize(std::max<std::size_t>(world + 1, locked_.size() * 2));
  if (locked_[world] == 0) {
    const std::lock_guard guard(shared_.lock);
    locked_[world] = shared_.space.is_locked(world) ? 2 : 1;
  }
  return locked_[world] == 2;
}

LocalNumber StepMemory::with_early_steps(WorldNumber initial, LocalNumber local) {
  const std::lock_guard guard(shared_.lock);
  return explore::with_early_steps(shared_.space, initial, local);
}

bool StepMemory::is_left_out(LocalNumber local) {
  const std::lock_guard guard(shared_.lock);
  return reduction_ != nullptr && reduction_->leaves_out(shared_.space, local);
}

LocalNumber StepMemory::ask_local(std::size_t slot, std::uint32_t code) {
  const std::lock_guard guard(shared_.lock);
  locals_.resize(shared_.slots());
  for (std::uint32_t next = static_cast<std::uint32_t>(locals_[slot].size()) + 1; next <= shared_.codes(slot); ++next) {
    locals_[slot].push_back(shared_.local(slot, next));
  }
  return locals_[slot][code - 1];
}

std::uint32_t StepMemory::code(std::size_t slot, LocalNumber local) {
  const auto key = (std::uint64_t{slot} << 32U) | local;
  const auto found = codes_.find(key);
  if (found != codes_.end()) return found->second;
  const std::lock_guard guard(shared_.lock);
  shared_.note_question(SharedSpace::Question::code, local, 0, slot);
  const auto code = shared_.code(slot, local);
  codes_.emplace(key, code);
  return code;
}

bool StepMemory::verdict(WorldNumber world) {
  if (verdicts_.size() <= world) verdicts_.resize(std::max<std::size_t>(world + 1, verdicts_.size() * 2));
  if (verdicts_[world] == 0) {
    const std::lock_guard guard(shared_.lock);
    verdicts_[world] = shared_.space.violates_always(StateRow{world, {}}) ? 2 : 1;
  }
  return verdicts_[world] == 2;
}

}  // namespace gapless::explore
