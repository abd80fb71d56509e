// What every thread must know to take steps, and what each remembers of it.
//
// A Space computes and interns; it is one, behind a lock. A step that a thread has asked for once it finds again in its
// own memory, without a lock: after the first moments of an exploration nothing is asked any more. Numbers of worlds
// and local states depend on who asked first; nothing that is printed depends on them.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/hash_map.h"
#include "explore/factors.h"
#include "explore/levels.h"
#include "explore/reduction.h"
#include "explore/space.h"

namespace gapless::explore {

// Behind the lock: the space, how far states have come (levels.h), and codes of local states by slot.
class SharedSpace {
 public:
  SharedSpace(Space& shared, Levels& known_levels, bool factored, Merging merges)
      : space(shared), factors(shared, factored), merging(std::move(merges)), levels(known_levels) {}

  // One slot an actor. To be called first, where there are slots.
  void assign_slots(std::span<const LocalNumber> initial);
  std::uint32_t code(std::size_t slot, LocalNumber local);  // from 1
  LocalNumber local(std::size_t slot, std::uint32_t code) const { return locals_[slot][code - 1]; }
  std::size_t slots() const { return locals_.size(); }
  std::uint32_t codes(std::size_t slot) const { return static_cast<std::uint32_t>(locals_[slot].size()); }

  void note_step(WorldNumber world, std::optional<LocalNumber> local, const Space::Remembered& step);
  bool is_levelled() const { return is_levelled_ && levels.exist(); }

  // Every question that the space was asked, in order (checkpoint.h): kind, two numbers, slot; of a whole state its
  // words.
  enum class Question : std::uint32_t { own, of_world, renamed, code, whole, aged };
  void note_question(Question kind, std::uint32_t a, std::uint32_t b, std::size_t slot = 0) {
    for (const auto word : {static_cast<std::uint32_t>(kind), a, b, static_cast<std::uint32_t>(slot)}) {
      questions.push_back(word);
    }
  }
  std::vector<std::uint32_t> questions;

  std::atomic<std::uint32_t> all_codes = 0;  // of all slots. Whoever is handed a row with a new one sees it counted
  Space& space;
  Factors factors;
  const Merging merging;
  Levels& levels;
  std::mutex lock;

 private:
  static constexpr std::uint32_t unknown = 0xffffffffU;
  static std::uint32_t& at(std::vector<std::uint32_t>& numbers, std::uint32_t number);

  // The world's own level: how often it has moved by itself.
  std::vector<std::uint32_t> world_levels_;
  bool is_levelled_ = true;

  std::vector<std::vector<LocalNumber>> locals_;  // by slot and code - 1
  std::vector<std::uint32_t> codes_;              // by local state; 0: none yet
  std::vector<std::uint32_t> slots_;
};

class StepMemory {
 public:
  explicit StepMemory(SharedSpace& shared) : shared_(shared) {}

  struct Step {
    WorldNumber world = 0;
    LocalNumber local = 0;
    std::uint32_t code = 0;  // of the local state in its slot; 0 where there are no slots, or it is left out
    std::uint32_t change = 0;
    LocalNumber created = Move::no_local;
    std::uint32_t additions = 0;  // how many, and where they stand
    std::uint32_t first_addition = 0;
    // How many it is in truth: a lagging actor goes through all places on its way. Of a census by longest paths: by how
    // much it rises (levels.h).
    std::uint32_t length = 1;
    bool fault = false;
    bool is_left_out = false;  // the actor makes no difference any more (leave_out.h)
    bool is_folded = false;    // it is only counted any more, among the additions (fold.h)
    bool ages = false;         // others are to be looked at, too: aged()
  };
  struct Steps {
    std::uint32_t begin = 0;
    std::uint32_t count = 0;
    bool goes_on = false;
    bool may_close_cycle = false;
    // Where nobody goes on it is stuck: it would only wait, and does so later (elision.h); or it may have come too late
    // (early_steps.h).
    bool is_stuck_alone = false;
    bool is_elided = false;
    bool is_private = false;  // nobody else has to do with what it does (private_steps.h)
    bool is_lagging = false;  // it is not said where it stands (early_steps.h)
    bool splits = false;      // but now it is: these two are all that the state can come to
  };

  static constexpr std::size_t no_slot = static_cast<std::size_t>(-1);
  // References stay valid until the next call of the same name.
  const Steps& own(WorldNumber world, LocalNumber local, std::size_t slot = no_slot) {
    const auto key = (std::uint64_t{world} << 32U) | local;
    auto& near = near_[(key * 0x9e3779b97f4a7c15U) >> (64U - near_bits)];
    if (near.key == key) return near.steps;
    const auto found = own_.find(key);
    near = {key, found != own_.end() ? found->second : ask_own(world, local, slot)};
    return near.steps;
  }
  const Steps& of_world(WorldNumber world) {
    if (world < of_world_.size() && of_world_[world].count != unknown) return of_world_[world];
    return ask_world(world);
  }
  const Step& step(std::size_t number) const { return steps_[number]; }
  std::span<const std::uint32_t> additions(const Step& step) const {
    return std::span(additions_).subspan(step.first_addition, step.additions);
  }
  // A step as Space says it, as one from core to core. To be called with the lock held.
  Step factored(const Space::Remembered& remembered);

  struct Renamed {
    LocalNumber local = 0;
    std::uint32_t rise = 0;  // levels.h
  };
  Renamed renamed(LocalNumber local, std::uint32_t change);
  // What has become of who stands in a local state, in a world that has just become this one (outdated.h).
  struct Aged {
    LocalNumber local = 0;
    std::uint32_t code = 0;    // as in Step
    std::uint32_t length = 0;  // steps that were taken for it; or by how much it rises
    bool is_left_out = false;
  };
  Aged aged(WorldNumber world, LocalNumber local, std::size_t slot = no_slot);
  // Nothing becomes of who stands there: so it is of nearly everybody at nearly every step. And of nobody at all, as
  // far as there are local states.
  bool stays(WorldNumber world, std::size_t slot, std::uint32_t code) const {
    const auto place = world * stays_words_ + 1 + slot;
    return code < stays_bits && place < stays_.size() && (stays_[place] >> code & 1U) != 0;
  }
  bool all_stay(WorldNumber world) const {
    const auto place = world * stays_words_;
    return place < stays_.size() && stays_[place] == shared_.all_codes.load(std::memory_order_relaxed);
  }
  void note_stays(WorldNumber world, std::size_t slot, std::uint32_t code);
  LocalNumber local(std::size_t slot, std::uint32_t code) {
    if (slot < locals_.size() && code <= locals_[slot].size()) return locals_[slot][code - 1];
    return ask_local(slot, code);
  }
  std::uint32_t code(std::size_t slot, LocalNumber local);

  // Where invariants see only the world.
  bool violates_always(WorldNumber world) { return verdict(world); }

  // The local state that stands for this initial one (early_steps.h).
  LocalNumber with_early_steps(WorldNumber initial, LocalNumber local);

  // A row is locked, or written and not committed.
  bool is_locked(WorldNumber world);
  bool is_left_out(LocalNumber local);

  std::uint64_t bytes() const;  // an estimate
  // Asks everything again, in order.
  void ask_again(std::span<const std::uint32_t> questions);
  // What the whole state decides: Space's moves, from core to core.
  struct WholeStep {
    Step step;
    std::size_t group;
    std::uint64_t count;
  };
  std::vector<WholeStep> whole(const StateRow& row);

  // For reductions; see reduction.h. They stay off where it is null.
  void use(const Reduction* reduction) { reduction_ = reduction; }

 private:
  static constexpr std::uint32_t unknown = 0xffffffffU;
  const Steps& ask_own(WorldNumber world, LocalNumber local, std::size_t slot);
  const Steps& ask_world(WorldNumber world);
  LocalNumber ask_local(std::size_t slot, std::uint32_t code);
  // The last step that was made: its actor is only counted from then on, if it may be. With the lock held.
  void fold(Step& step);
  std::uint32_t rise_of(const Step& step, std::optional<LocalNumber> local) const;
  LocalNumber stand_in(WorldNumber world, LocalNumber local);
  Steps split(WorldNumber world, LocalNumber lagging, std::size_t slot);
  LocalNumber arrival(WorldNumber world, LocalNumber local);
  bool takes_steps_at_once(LocalNumber failing) const;
  Aged grow_old(WorldNumber world, LocalNumber local, std::size_t slot);
  Steps remember(std::span<const Space::Remembered> taken, WorldNumber world, std::optional<LocalNumber> local,
                 std::size_t slot);
  bool verdict(WorldNumber world);

  SharedSpace& shared_;
  const Reduction* reduction_ = nullptr;
  std::vector<Step> steps_;
  std::vector<std::uint32_t> additions_;
  HashMap<std::uint64_t, Steps> own_;
  // Of `own_` what was asked for last, each at the one place where it may be: most questions are of a few.
  static constexpr unsigned near_bits = 12;
  struct Near {
    std::uint64_t key = ~std::uint64_t{0};
    Steps steps;
  };
  std::vector<Near> near_ = std::vector<Near>(std::size_t{1} << near_bits);
  std::vector<Steps> of_world_;
  HashMap<std::uint64_t, Renamed> renamed_;
  HashMap<std::uint64_t, Aged> aged_;
  static constexpr std::uint32_t stays_bits = 64;
  std::vector<std::uint64_t> stays_;  // by world: how many bits are set; then by slot, a bit a code
  std::size_t stays_words_ = 0;
  std::vector<std::vector<LocalNumber>> locals_;
  HashMap<std::uint64_t, std::uint32_t> codes_;
  std::vector<std::uint8_t> locked_;    // 0 unknown, 1 no, 2 yes
  std::vector<std::uint8_t> verdicts_;  // 0 unknown, 1 holds, 2 violated
};

}  // namespace gapless::explore
