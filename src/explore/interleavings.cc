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
  explicit Tree(const model::Model& m, Branches b) : model(m), branches(b), successors(m), roles(m) {}
  const model::Model& model;
  Branches branches;
  Successors successors;
  Roles roles;
};

model::Move::Way way_of(const Possible& possible) {
  using To = model::Move::Way;
  switch (possible.way) {
    case Way::resume:
      return To::resume;
    case Way::deadlock:
      return To::deadlock;
    case Way::time_out:
      return To::time_out;
    case Way::crash:
      return To::crash;
    case Way::duplicate:
      return To::duplicate;
    case Way::retry:
    case Way::redeliver:
    case Way::last_run:
      return To::again;
    case Way::happen:
      return possible.happening.kind == Happening::Kind::expire ? To::expire : To::world;
    default:
      return To::start;
  }
}

// Each step runs its actor again from the beginning along what it has observed.
class Rerun : public Players {
 public:
  struct Player {
    const model::Role* role = nullptr;
    std::shared_ptr<const History> history;
  };

  Rerun(std::size_t databases, std::vector<Player> players) : databases_(databases), players_(std::move(players)) {}

  actor::Pause begin(std::size_t actor, const model::Role& role) override {
    if (actor == players_.size()) players_.emplace_back();
    players_[actor] = {&role, nullptr};
    return actor::LiveActor(role.program, databases_).pause();
  }

  actor::Pause go_on(std::size_t actor, const store::Observation& observation) override {
    auto& player = players_[actor];
    std::vector<const store::Observation*> observations;
    for (auto seen = player.history.get(); seen != nullptr; seen = seen->before.get()) {
      observations.push_back(&seen->observation);
    }
    actor::LiveActor fiber(player.role->program, databases_);
    for (auto seen = observations.rbegin(); seen != observations.rend(); ++seen) fiber.resume(**seen);
    player.history = std::make_shared<const History>(History{observation, player.history});
    return fiber.resume(observation);
  }

  std::vector<Player> players() && { return std::move(players_); }

 private:
  std::size_t databases_;
  std::vector<Player> players_;
};

class Place : public model::Position {
 public:
  Place(std::shared_ptr<Tree> tree, Concrete state, std::vector<Rerun::Player> players)
      : tree_(std::move(tree)), state_(std::move(state)), players_(std::move(players)) {}

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

  const store::keyvalue::Database& keyvalue(std::size_t number) const override {
    return state_.world.keyvalues[number];
  }

  std::size_t actors() const override { return state_.actors.size(); }

 private:
  void expand() {
    expanded_ = true;
    auto possible = possibilities(tree_->successors, tree_->roles, state_);
    const auto goes_on = [](const Possible& each) { return each.way == Way::resume || each.way == Way::deadlock; };
    if (tree_->branches == Branches::forceable && std::ranges::any_of(possible, goes_on)) {
      std::erase_if(possible, [&](const Possible& each) { return !goes_on(each); });
    }
    for (const auto& each : possible) take(each);
  }

  void take(const Possible& possible) {
    Concrete state = state_;
    Rerun rerun(tree_->model.databases.size(), players_);
    const auto choice = choice_of(possible);
    model::Move move;
    move.actor = choice.actor;
    move.what = choice.what;
    move.way = way_of(possible);
    move.database = possible.happening.database;
    move.key = possible.happening.key;
    const bool operates = move.way <= model::Move::Way::time_out;
    if (operates) move.operation = *state.actors[possible.actor].pause.operation;
    move.observation = take_step(tree_->successors, tree_->roles, state, possible, rerun);
    if (move.observation) move.abandoned = state.actors[possible.actor].pause.abandoned;
    moves_.push_back(std::move(move));
    next_.push_back(std::make_unique<Place>(tree_, std::move(state), std::move(rerun).players()));
  }

  std::shared_ptr<Tree> tree_;
  Concrete state_;
  std::vector<Rerun::Player> players_;
  bool expanded_ = false;
  std::vector<model::Move> moves_;
  std::vector<std::unique_ptr<Place>> next_;
};

}  // namespace

std::unique_ptr<model::Position> first_position(const model::Model& model, Branches branches) {
  auto tree = std::make_shared<Tree>(model, branches);
  Rerun rerun(model.databases.size(), {});
  auto state = initial_state(tree->successors, rerun);
  return std::make_unique<Place>(std::move(tree), std::move(state), std::move(rerun).players());
}

std::uint64_t count_interleavings(model::Position& position) {
  const auto moves = position.moves().size();
  const auto is_fault = [](const model::Move& move) {
    return move.way == model::Move::Way::crash || move.way == model::Move::Way::duplicate ||
           (move.way == model::Move::Way::again && move.what == to_string(Way::retry));
  };
  std::uint64_t count = std::ranges::all_of(position.moves(), is_fault) ? 1 : 0;
  for (std::size_t move = 0; move < moves; ++move) count += count_interleavings(*position.after(move));
  return count;
}

}  // namespace gapless::explore
