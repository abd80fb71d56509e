// Everything is a value but the fibers, which cannot be copied: each step runs its actor again from the beginning along
// what it has observed. Observations are shared by all places that come after them.
#include "explore/interleavings.h"

#include <algorithm>
#include <utility>

#include "actor/live_actor.h"
#include "base/check.h"
#include "explore/concrete.h"
#include "store/relational/snapshot.h"

namespace gapless::explore {
namespace {

// What an actor has observed, the last first.
struct History {
  store::Observation observation;
  std::shared_ptr<const History> before;
};

struct Tree {
  explicit Tree(const model::Model& m, Branches b) : model(m), branches(b), successors(m) {}
  const model::Model& model;
  Branches branches;
  Successors successors;
};

model::Move::Way way_of(Way way) {
  switch (way) {
    case Way::resume:
      return model::Move::Way::resume;
    case Way::deadlock:
      return model::Move::Way::deadlock;
    case Way::time_out:
      return model::Move::Way::time_out;
    default:
      return model::Move::Way::start;
  }
}

class Place : public model::Position {
 public:
  Place(std::shared_ptr<const Tree> tree, Concrete state, std::vector<std::shared_ptr<const History>> histories)
      : tree_(std::move(tree)), state_(std::move(state)), histories_(std::move(histories)) {}

  const std::vector<model::Move>& moves() override {
    if (!expanded_) expand();
    return moves_;
  }

  std::unique_ptr<model::Position> after(std::size_t move) override {
    check(expanded_ && move < next_.size() && next_[move], "a move leads somewhere, and is asked for once");
    return std::move(next_[move]);
  }

  std::vector<std::vector<sql::Tuple>> tables(std::size_t database) const override {
    const auto& catalog = tree_->model.databases[database].catalog;
    std::vector<std::vector<sql::Tuple>> result;
    for (std::size_t table = 0; table < catalog.tables.size(); ++table) {
      result.push_back(
          relational::committed_rows(catalog.tables[table], state_.world.databases[database].tables[table]));
    }
    return result;
  }

 private:
  void expand() {
    expanded_ = true;
    auto enabled = ways(tree_->successors, state_);
    const auto goes_on = [](Way way) { return way == Way::resume || way == Way::deadlock; };
    if (tree_->branches == Branches::forceable && std::ranges::any_of(enabled, goes_on)) {
      std::ranges::replace_if(
          enabled, [&](Way way) { return !goes_on(way); }, Way::none);
    }
    for (std::size_t actor = 0; actor < enabled.size(); ++actor) {
      if (enabled[actor] != Way::none) take(actor, enabled[actor]);
    }
  }

  void take(std::size_t actor, Way way) {
    Concrete state = state_;
    auto histories = histories_;
    model::Move move;
    move.actor = actor + 1;
    move.way = way_of(way);
    move.operation = *state.actors[actor].pause.operation;
    move.observation = take_step(tree_->successors, state, actor, way, [&](const store::Observation& observed) {
      auto pause = run_on(actor, observed);
      move.abandoned = pause.abandoned;
      return pause;
    });
    if (move.observation) {
      histories[actor] = std::make_shared<const History>(History{*move.observation, histories[actor]});
    }
    moves_.push_back(std::move(move));
    next_.push_back(std::make_unique<Place>(tree_, std::move(state), std::move(histories)));
  }

  actor::Pause run_on(std::size_t actor, const store::Observation& observation) const {
    std::vector<const store::Observation*> observations;
    for (auto seen = histories_[actor].get(); seen != nullptr; seen = seen->before.get()) {
      observations.push_back(&seen->observation);
    }
    actor::LiveActor fiber(tree_->model.roles[tree_->model.actors[actor]].program, tree_->model.databases.size());
    for (auto seen = observations.rbegin(); seen != observations.rend(); ++seen) fiber.resume(**seen);
    return fiber.resume(observation);
  }

  std::shared_ptr<const Tree> tree_;
  Concrete state_;
  std::vector<std::shared_ptr<const History>> histories_;
  bool expanded_ = false;
  std::vector<model::Move> moves_;
  std::vector<std::unique_ptr<Place>> next_;
};

}  // namespace

std::unique_ptr<model::Position> first_position(const model::Model& model, Branches branches) {
  auto tree = std::make_shared<const Tree>(model, branches);
  Concrete state;
  state.world = tree->successors.initial_world();
  for (const auto role : model.actors) {
    const actor::LiveActor fiber(model.roles[role].program, model.databases.size());
    state.actors.push_back({tree->successors.initial_sessions(), fiber.pause(), false});
  }
  std::vector<std::shared_ptr<const History>> histories(model.actors.size());
  return std::make_unique<Place>(std::move(tree), std::move(state), std::move(histories));
}

std::uint64_t count_interleavings(model::Position& position) {
  const auto moves = position.moves().size();
  if (moves == 0) return 1;
  std::uint64_t count = 0;
  for (std::size_t move = 0; move < moves; ++move) count += count_interleavings(*position.after(move));
  return count;
}

}  // namespace gapless::explore
