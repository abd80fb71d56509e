#include "live/experience.h"

#include <algorithm>
#include <vector>

namespace gapless::live {
namespace {

constexpr std::uint64_t enough_to_say_never = 300;
constexpr std::uint64_t least_tries = 60;
constexpr std::uint64_t most_tries = 400;

// Whose statements wait when `started` is sent, in order of arrival.
std::vector<const Node*> waiting(const Node& started) {
  std::vector<const Node*> found;
  std::vector<std::size_t> known = {started.move.actor};
  for (const auto* node = started.parent; node->parent != nullptr; node = node->parent) {
    const auto actor = node->move.actor;
    // Of one that waits again after it has gone on a bit, the arrival is its start.
    const auto known_wait = std::ranges::find(found, actor, [](const Node* each) { return each->move.actor; });
    if (known_wait != found.end()) {
      if ((*known_wait)->move.way != model::Move::Way::start) {
        found.erase(known_wait);
        found.push_back(node);
      }
      continue;
    }
    if (std::ranges::find(known, actor) != known.end()) continue;
    known.push_back(actor);
    if (waits(node->move)) found.push_back(node);
  }
  std::ranges::reverse(found);
  return found;
}

std::string situation_of(const Node& started) {
  std::string text = text_of(started.move);
  for (const auto* node : waiting(started)) text += "\n" + text_of(node->move);
  return text;
}

std::string outcome_of(const Node& started, const Node& place) {
  const auto waiters = waiting(started);
  std::string text;
  for (const auto* node = &place; node != &started; node = node->parent) {
    const auto found = std::ranges::find(waiters, node->move.actor, [](const Node* each) { return each->move.actor; });
    const auto rank = found - waiters.begin();
    text = std::to_string(rank) + (node->move.way == model::Move::Way::deadlock ? "!" : "") +
           (node->move.observation ? " " : "w ") + text;
  }
  return text;
}

}  // namespace

void Experience::note(const Node& started, const Node& place) {
  auto& situation = situations_[situation_of(started)];
  ++situation.seen;
  ++situation.outcomes[outcome_of(started, place)];
}

bool Experience::never(const Node& started, const Node& place) const {
  const auto found = situations_.find(situation_of(started));
  return found != situations_.end() && found->second.seen >= enough_to_say_never &&
         !found->second.outcomes.contains(outcome_of(started, place));
}

std::uint64_t Experience::worth_trying(const Node& started, const Node& place) const {
  const auto found = situations_.find(situation_of(started));
  if (found == situations_.end()) return least_tries;
  const auto outcome = found->second.outcomes.find(outcome_of(started, place));
  if (outcome == found->second.outcomes.end()) return enough_to_say_never;
  return std::min(most_tries, least_tries + 5 * found->second.seen / outcome->second);
}

}  // namespace gapless::live
