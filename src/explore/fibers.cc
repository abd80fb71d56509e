#include "explore/fibers.h"

#include <utility>

namespace gapless::explore {

actor::Pause Fibers::begin(std::size_t actor, const model::Role& role) {
  if (actor == players_.size()) players_.emplace_back();
  auto& player = players_[actor];
  taken_.push_back({actor, true, player.role, std::exchange(player.history, {})});
  player.role = &role;
  revive(player);
  return noted(player.fiber->pause());
}

actor::Pause Fibers::go_on(std::size_t actor, const store::Observation& observation) {
  auto& player = players_[actor];
  if (!player.fiber) revive(player);
  taken_.push_back({actor, false, nullptr, {}});
  player.history.push_back(observation);
  return noted(player.fiber->resume(observation));
}

void Fibers::take_back(std::size_t until) {
  while (taken_.size() > until) {
    auto taken = std::move(taken_.back());
    taken_.pop_back();
    auto& player = players_[taken.actor];
    player.fiber.reset();  // it has run on along a branch that is done with
    if (!taken.begun) {
      player.history.pop_back();
    } else if (taken.role == nullptr) {
      players_.pop_back();
    } else {
      player.role = taken.role;
      player.history = std::move(taken.history);
    }
  }
}

void Fibers::revive(Player& player) {
  player.fiber = std::make_unique<actor::LiveActor>(player.role->program, databases_);
  ++runs_;
  for (const auto& observation : player.history) player.fiber->resume(observation);
}

actor::Pause Fibers::noted(const actor::Pause& pause) {
  warnings_.insert(pause.warnings.begin(), pause.warnings.end());
  return pause;
}

}  // namespace gapless::explore
