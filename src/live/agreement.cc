// All of them: the first open end of the tree is aimed at. What really takes place is credited wherever in the tree it
// is; only a play that brings nothing new is a vain one.
#include "live/agreement.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "live/experience.h"

namespace gapless::live {
namespace {

constexpr int first_victim_ms = 20;
constexpr std::uint64_t most_strayed = 20;

std::vector<Node*> way_to(Node& end) {
  std::vector<Node*> way;
  for (auto* node = &end; node->parent != nullptr; node = node->parent) way.push_back(node);
  std::ranges::reverse(way);
  return way;
}

bool leads_to(const Node& above, const Node& below) {
  for (const auto* node = &below; node != nullptr; node = node->parent) {
    if (node == &above) return true;
  }
  return false;
}

bool has_deadlock(const std::vector<Node*>& way) {
  return std::ranges::any_of(way, [](const Node* node) { return node->move.way == model::Move::Way::deadlock; });
}

int patience_of_victim(std::uint64_t attempt) { return first_victim_ms << std::min<std::uint64_t>(attempt, 3); }

// The next node on a way after `place`; null where the way does not lead on from there.
Node* next_on(const std::vector<Node*>& way, const Node& place) {
  const auto found = std::ranges::find_if(way, [&](const Node* node) { return node->parent == &place; });
  return found == way.end() ? nullptr : *found;
}

// ---------------------------------------------------------------------------------------------------------- all

class Cover {
 public:
  Cover(Workspace& workspace, const model::Model& model, Tree& tree) : player_(workspace, model, tree), tree_(tree) {}

  Agreement run(const PlayProgress& progress) {
    found_.forceable = tree_.root().open;
    while (tree_.root().open > 0) {
      aim();
      play();
      if (progress) progress(found_.forced, found_.forceable);
    }
    return std::move(found_);
  }

 private:
  void aim() {
    auto* node = &tree_.root();
    while (!node->is_end()) node = open_child(*node);
    if (node != target_) attempts_ = 0;
    target_ = node;
    way_ = way_to(*target_);
    missed_ = nullptr;
  }

  static Node* open_child(Node& node) {
    const auto found = std::ranges::find_if(node.children, [](const auto& child) { return child->open > 0; });
    return found == node.children.end() ? nullptr : found->get();
  }

  void play() {
    Choices choices;
    choices.victim_ms = patience_of_victim(attempts_);
    choices.wanted = way_;
    choices.start = [this](Node& place) {
      auto* wanted = next_on(way_, place);
      started_ = wanted != nullptr && wanted->open > 0 ? wanted : open_child(place);
      return started_;
    };
    choices.credit = [this](const std::vector<Node*>& places) { return credit(places); };
    const auto played = player_.play(choices);
    ++found_.plays;
    if (played.disagreement) {
      found_.disagreements.push_back(*played.disagreement);
      give_up(played.place->is_end() ? *played.place : *started_);
    } else if (played.complete && played.place->open > 0) {
      close(*played.place);
      ++found_.forced;
      attempts_ = 0;
    } else {
      miss();
    }
  }

  Node* credit(const std::vector<Node*>& places) {
    auto* best = places.front();
    for (auto* place : places) {
      if (leads_to(*place, *target_)) {
        best = place;
        break;
      }
      if (place->open > best->open) best = place;
    }
    if (tree_.calm_places(*started_).size() > 1) {
      experience_.note(*started_, *best);
      if (missed_ == nullptr && !leads_to(*best, *target_) && leads_to(*started_, *target_)) {
        const auto all = tree_.calm_places(*started_);
        missed_ = *std::ranges::find_if(all, [&](const Node* place) { return leads_to(*place, *target_); });
        missed_start_ = started_;
      }
    }
    return best;
  }

  void miss() {
    ++attempts_;
    if (missed_ == nullptr) {  // strayed: a time-out came too early
      if (attempts_ >= most_strayed) give_up(*target_);
      return;
    }
    // Neither here nor elsewhere: it is not only this end that does not come.
    if (experience_.never(*missed_start_, *missed_)) return give_up(*missed_);
    const auto most = has_deadlock(way_) ? std::uint64_t{20} : experience_.worth_trying(*missed_start_, *missed_);
    if (attempts_ >= most) give_up(*target_);
  }

  void give_up(Node& node) {
    if (node.is_end()) {
      if (node.open == 0) return;
      close(node);
      ++found_.not_reached;
      return;
    }
    for (auto& child : node.children) {
      if (child->open > 0) give_up(*child);
    }
  }

  Player player_;
  Tree& tree_;
  Agreement found_;
  Experience experience_;
  Node* target_ = nullptr;
  std::vector<Node*> way_;
  Node* started_ = nullptr;
  Node* missed_start_ = nullptr;
  Node* missed_ = nullptr;  // where the wanted way would have come to rest when the server took another one
  std::uint64_t attempts_ = 0;
};

// --------------------------------------------------------------------------------------------------------- some

// SplitMix64 (Steele, Lea, Flood 2014): the same numbers everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }

 private:
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace

Agreement play_all(Workspace& workspace, const model::Model& model, const FirstPosition& first, std::uint64_t most,
                   const PlayProgress& progress) {
  Tree tree(model, first());
  if (!tree.grow(most)) {
    Agreement found;
    found.too_many = true;
    return found;
  }
  workspace.open(model);
  return Cover(workspace, model, tree).run(progress);
}

Agreement play_some(Workspace& workspace, const model::Model& model, const FirstPosition& first, std::uint64_t count,
                    std::uint64_t seed, const PlayProgress& progress) {
  workspace.open(model);
  Agreement found;
  std::set<model::Schedule> seen;
  std::set<model::Schedule> disagreed;
  Dice dice(seed);
  for (std::uint64_t i = 0; i < count; ++i) {
    Tree tree(model, first());
    Player player(workspace, model, tree);
    auto* end = &tree.root();
    for (tree.expand(*end); !end->is_end(); tree.expand(*end))
      end = end->children[dice.below(end->children.size())].get();
    Choices choices;
    choices.wanted = way_to(*end);
    choices.victim_ms = first_victim_ms;
    // Where the server has left the way, any will do: it must not cost the dice of the next one a throw.
    choices.start = [&](Node& place) {
      auto* wanted = next_on(choices.wanted, place);
      return wanted != nullptr ? wanted : place.children.front().get();
    };
    choices.credit = [&](const std::vector<Node*>& places) {
      const auto on_way = std::ranges::find_if(places, [&](const Node* place) { return leads_to(*place, *end); });
      return on_way != places.end() ? *on_way : places.front();
    };
    const auto played = player.play(choices);
    ++found.plays;
    if (played.strayed || (!played.complete && !played.disagreement)) continue;
    if (played.disagreement) {
      if (disagreed.insert(played.disagreement->schedule).second) found.disagreements.push_back(*played.disagreement);
    } else if (seen.insert(schedule_to(*played.place)).second) {
      ++found.forced;
    }
    if (progress) progress(i + 1, count);
  }
  return found;
}

// ---------------------------------------------------------------------------------------------------------- one

namespace {

// The end of the schedule in the tree; null, with the reason, where it cannot be followed.
Node* follow(Tree& tree, const model::Schedule& schedule, One& one) {
  auto* node = &tree.root();
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    tree.expand(*node);
    const auto& choice = schedule.steps[i];
    const auto found = std::ranges::find_if(node->children, [&](const auto& child) {
      return !child->stops && child->move.actor == choice.actor && child->move.what == choice.what;
    });
    if (found != node->children.end()) {
      node = found->get();
      continue;
    }
    one.reason = "step " + std::to_string(i + 1) + " (" + (choice.what.empty() ? "actor " : "") +
                 model::to_string(choice) + "): ";
    if (choice.actor > tree.actors() || (choice.actor == 0 && choice.what.empty())) {
      one.outcome = One::Outcome::impossible;
      one.reason += "there are " + std::to_string(tree.actors()) + " actors";
    } else if (!node->is_calm()) {
      one.outcome = One::Outcome::not_forceable;
      one.reason += "on a real server actor " + std::to_string(node->children.front()->move.actor) +
                    " goes on first, all by itself";
    } else {
      one.outcome = One::Outcome::impossible;
      one.reason += choice.what.empty() ? "it has finished, or waits" : "that cannot happen here";
    }
    return nullptr;
  }
  // All that is left is what may happen and need not: it does not.
  tree.expand(*node);
  return !node->children.empty() && node->children.front()->stops ? node->children.front().get() : node;
}

}  // namespace

One play_one(Workspace& workspace, const model::Model& model, const FirstPosition& first,
             const model::Schedule& schedule) {
  One one;
  Tree tree(model, first());
  auto* end = follow(tree, schedule, one);
  if (end == nullptr) return one;
  workspace.open(model);
  Player player(workspace, model, tree);
  const auto way = way_to(*end);
  constexpr std::uint64_t most_attempts = 300;
  constexpr std::uint64_t most_attempts_with_deadlock = 20;
  const auto most = has_deadlock(way) ? most_attempts_with_deadlock : most_attempts;
  one.outcome = One::Outcome::not_reached;
  one.reason = "the server chose otherwise";
  while (one.plays < most && one.outcome == One::Outcome::not_reached) {
    Choices choices;
    choices.wanted = way;
    choices.victim_ms = patience_of_victim(one.plays);
    choices.start = [&](Node& place) { return next_on(way, place); };
    choices.credit = [&](const std::vector<Node*>& places) {
      const auto wanted = std::ranges::find_if(
          places, [&](const Node* place) { return leads_to(*place, *end) || leads_to(*end, *place); });
      return wanted != places.end() ? *wanted : places.front();
    };
    const auto played = player.play(choices);
    ++one.plays;
    if (played.disagreement) {
      one.outcome = One::Outcome::disagrees;
      one.disagreements.push_back(*played.disagreement);
    } else if (leads_to(*end, *played.place)) {
      one.outcome = One::Outcome::agrees;
      one.complete = played.complete;
    } else {
      continue;
    }
    for (const auto* node : way_to(*played.place)) {
      if (!node->stops) one.moves.push_back(node->move);
    }
  }
  if (one.outcome != One::Outcome::not_reached) one.reason.clear();
  return one;
}

}  // namespace gapless::live
