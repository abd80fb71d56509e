// Actors that run, each on its fiber. A step can be taken back: a fiber cannot be copied, so the actor that took it is
// run again from its beginning along its own observations when it is asked for the next time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actor/live_actor.h"
#include "explore/concrete.h"

namespace gapless::explore {

class Fibers : public Players {
 public:
  explicit Fibers(std::size_t databases) : databases_(databases) {}

  actor::Pause begin(std::size_t actor, const model::Role& role) override;
  actor::Pause go_on(std::size_t actor, const store::Observation& observation) override;

  // Of the run that the actor is in.
  std::size_t steps(std::size_t actor) const { return players_[actor].history.size(); }

  // Everything since taken() gave this number is taken back.
  std::size_t taken() const { return taken_.size(); }
  void take_back(std::size_t until);

  const std::set<std::string>& warnings() const { return warnings_; }
  std::uint64_t runs() const { return runs_; }

 private:
  struct Player {
    const model::Role* role = nullptr;
    std::vector<store::Observation> history;
    std::unique_ptr<actor::LiveActor> fiber;  // none: it has to be run again
  };
  // What an actor did: it went on, or began (then, what it had played before; nothing if it is new).
  struct Taken {
    std::size_t actor = 0;
    bool begun = false;
    const model::Role* role = nullptr;
    std::vector<store::Observation> history;
  };
  void revive(Player& player);
  actor::Pause noted(const actor::Pause& pause);

  std::size_t databases_;
  std::vector<Player> players_;
  std::vector<Taken> taken_;
  std::set<std::string> warnings_;
  std::uint64_t runs_ = 0;
};

}  // namespace gapless::explore
