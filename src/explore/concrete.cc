#include "explore/concrete.h"

#include <algorithm>

#include "base/digest.h"

namespace gapless::explore {

std::vector<Finished> Concrete::finished(const model::Model& model) const {
  std::vector<Finished> responses;
  for (std::size_t actor = 0; actor < actors.size(); ++actor) {
    if (!actors[actor].pause.finished()) continue;
    responses.push_back({actor + 1, model.roles[model.actors[actor]].request, actors[actor].pause.response.status});
  }
  return responses;
}

bool Concrete::all_finished() const {
  return std::all_of(actors.begin(), actors.end(), [](const ConcreteActor& actor) { return actor.pause.finished(); });
}

std::vector<Way> ways(const Successors& successors, const Concrete& state) {
  const auto& actors = state.actors;
  std::vector<Way> result(actors.size(), Way::none);
  std::vector<std::size_t> waiters;
  for (std::size_t actor = 0; actor < actors.size(); ++actor) {
    if (actors[actor].pause.finished()) continue;
    result[actor] = successors.way(state.world, actors[actor].sessions, *actors[actor].pause.operation,
                                   static_cast<std::uint32_t>(actor));
    if (result[actor] == Way::none || result[actor] == Way::time_out) waiters.push_back(actor);
  }
  const auto pair = [&](std::size_t i, std::size_t j, const auto& relation) {
    const auto& a = actors[waiters[i]];
    const auto& b = actors[waiters[j]];
    return i != j && relation(a.sessions, *a.pause.operation, b.sessions, *b.pause.operation);
  };
  WaitGraph graph;
  graph.count = waiters.size();
  graph.waits_for = [&](std::size_t i, std::size_t j) {
    return pair(i, j, [&](const auto&... each) { return successors.waits_for(state.world, each...); });
  };
  graph.stands_behind = [&](std::size_t i, std::size_t j) {
    return pair(i, j, [&](const auto&... each) { return successors.stands_behind(each...); });
  };
  graph.waits_only_in_queue = [&](std::size_t i) {
    const auto& actor = actors[waiters[i]];
    return successors.waits_only_in_queue(state.world, actor.sessions, *actor.pause.operation);
  };
  const auto broken = break_cycles(graph);
  for (std::size_t i = 0; i < waiters.size(); ++i) {
    if (broken[i] != Way::none) result[waiters[i]] = broken[i];
  }
  return result;
}

std::optional<store::Observation> take_step(const Successors& successors, Concrete& state, std::size_t number, Way way,
                                            const std::function<actor::Pause(const store::Observation&)>& resume) {
  auto& actor = state.actors[number];
  const auto name = static_cast<std::uint32_t>(number);
  auto performed = successors.perform(state.world, actor.sessions, *actor.pause.operation, way, name);
  auto observation = std::move(performed.observation);

  std::vector<actor::Effect> effects;
  if (!actor.has_begun) effects = actor.pause.effects;  // of before the first operation
  actor.has_begun = true;
  std::vector<std::size_t> abandoned;
  if (observation) {
    actor.pause = resume(*observation);
    effects.insert(effects.end(), actor.pause.effects.begin(), actor.pause.effects.end());
    abandoned = actor.pause.abandoned;
  }
  successors.settle(performed, effects, abandoned, name);

  state.world = std::move(performed.world);
  actor.sessions = std::move(performed.sessions);
  if (!performed.change.identity()) {
    for (std::size_t other = 0; other < state.actors.size(); ++other) {
      auto& sessions = state.actors[other].sessions;
      if (other != number) sessions = Successors::map(sessions, performed.change);
    }
  }
  return observation;
}

std::uint64_t final_state_digest(const World& world, std::vector<std::string> ends) {
  Digest digest;
  for (const auto& database : world.databases) relational::add_to(digest, database);
  for (const auto& ledger : world.ledgers) {
    digest.add(ledger.size());
    for (const auto& row : ledger) sql::add_to(digest, row);
  }
  std::sort(ends.begin(), ends.end());
  for (const auto& end : ends) digest.add(end);
  return digest.value();
}

}  // namespace gapless::explore
