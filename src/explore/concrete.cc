#include "explore/concrete.h"

#include <algorithm>

#include "base/check.h"
#include "base/digest.h"

namespace gapless::explore {
namespace {

bool is_at_rest(const Roles& roles, const ConcreteActor& actor) {
  const auto& role = roles[actor.role];
  return actor.pause.finished() && !role.job && is_content(role, actor.pause.response.status);
}

// Everybody else has finished, and the world owes nothing: jobs run for the last time.
bool is_time_for_last_runs(const Successors& successors, const Roles& roles, const Concrete& state) {
  return std::all_of(state.actors.begin(), state.actors.end(),
                     [&](const ConcreteActor& actor) {
                       return actor.pause.finished() && (roles[actor.role].job || is_at_rest(roles, actor));
                     }) &&
         successors.happenings(state.world).empty();
}

// By actor; Way::none for those that have finished, too.
std::vector<Way> own_ways(const Successors& successors, const Concrete& state) {
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

}  // namespace

Actors Concrete::seen(const Roles& roles) const {
  Actors seen;
  for (std::size_t actor = 0; actor < actors.size(); ++actor) {
    const auto& pause = actors[actor].pause;
    const auto& request = roles[actors[actor].role].request;
    if (pause.finished()) seen.finished.push_back({actor + 1, request, pause.response.status});
    if (!actors[actor].has_begun) continue;  // what precedes the first step goes with it
    for (const auto& section : pause.sections) seen.inside.push_back({section, request, actor + 1});
  }
  std::sort(seen.inside.begin(), seen.inside.end());
  return seen;
}

bool Concrete::is_final(const Successors& successors, const Roles& roles) const {
  return std::all_of(actors.begin(), actors.end(),
                     [&](const ConcreteActor& actor) { return is_at_rest(roles, actor); }) &&
         successors.happenings(world).empty();
}

model::Choice choice_of(const Possible& possible) {
  if (possible.way == Way::happen) return {0, possible.happening.what};
  return {possible.actor + 1, possible.outcome + to_string(possible.way)};
}

std::vector<Possible> possibilities(const Successors& successors, const Roles& roles, const Concrete& state) {
  std::vector<Possible> found;
  for (auto& happening : successors.happenings(state.world)) {
    found.push_back({0, Way::happen, {}, std::move(happening)});
  }
  const auto& left = state.world.around.left;
  const auto ways = own_ways(successors, state);
  const bool last_runs = is_time_for_last_runs(successors, roles, state);
  const bool is_closing = std::any_of(state.actors.begin(), state.actors.end(),
                                      [&](const ConcreteActor& actor) { return is_last_run(roles[actor.role]); });
  for (std::size_t number = 0; number < state.actors.size(); ++number) {
    const auto& actor = state.actors[number];
    const auto& role = roles[actor.role];
    const auto add = [&](Way way, const std::string& outcome = {}) { found.push_back({number, way, outcome, {}}); };
    if (ways[number] == Way::start) {
      for (const auto& outcome : successors.outcomes(state.world, *actor.pause.operation)) add(Way::start, outcome);
    } else if (ways[number] != Way::none) {
      add(ways[number]);
    }
    if (actor.pause.finished()) {
      if (!is_content(role, actor.pause.response.status)) add(Way::redeliver);
      if (role.job && last_runs) add(Way::last_run);
      if (may_retry(role) && left.retry > 0 && !is_closing) add(Way::retry);
    } else {
      if (actor.has_begun && left.crash > 0) add(Way::crash);
      if (!actor.has_begun && left.duplicate > 0 && may_duplicate(role)) add(Way::duplicate);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Possible& a, const Possible& b) { return choice_of(a) < choice_of(b); });
  return found;
}

Concrete initial_state(const Successors& successors, Players& players) {
  Concrete state;
  state.world = successors.initial_world();
  const auto& model = successors.model();
  for (std::size_t actor = 0; actor < model.actors.size(); ++actor) {
    const auto role = model.actors[actor];
    state.actors.push_back({role, successors.initial_sessions(), players.begin(actor, model.roles[role]), false});
  }
  return state;
}

namespace {

class Stepping {
 public:
  Stepping(const Successors& successors, Roles& roles, Concrete& state, Players& players)
      : successors_(successors), roles_(roles), state_(state), players_(players) {}

  std::optional<store::Observation> take(const Possible& possible) {
    switch (possible.way) {
      case Way::happen:
        apply(successors_.happen(state_.world, possible.happening), state_.actors.size());
        return std::nullopt;
      case Way::crash:
        crash(possible.actor);
        return std::nullopt;
      case Way::duplicate:
        --state_.world.around.left.duplicate;
        add_actor(state_.actors[possible.actor].role);
        return std::nullopt;
      case Way::retry:
        --state_.world.around.left.retry;
        begin(possible.actor, roles_.again(state_.actors[possible.actor].role));
        return std::nullopt;
      case Way::redeliver:
      case Way::last_run:
        begin(possible.actor, roles_.again(state_.actors[possible.actor].role));
        return std::nullopt;
      default:
        return operate(possible);
    }
  }

 private:
  std::optional<store::Observation> operate(const Possible& possible) {
    const auto number = possible.actor;
    const auto name = static_cast<std::uint32_t>(number);
    auto& actor = state_.actors[number];
    const auto operation = *actor.pause.operation;
    auto performed = successors_.perform(state_.world, actor.sessions, operation, possible.way, possible.outcome, name);
    auto observation = std::move(performed.observation);
    Successors::Companions companions;
    companions.number = number + 1;
    if (!actor.has_begun) {  // of before the first operation
      companions.effects = actor.pause.effects;
      companions.answers = actor.pause.answers;
    }
    actor.has_begun = true;
    if (observation) {
      actor.pause = players_.go_on(number, *observation);
      const auto& pause = actor.pause;
      companions.effects.insert(companions.effects.end(), pause.effects.begin(), pause.effects.end());
      companions.answers.insert(companions.answers.end(), pause.answers.begin(), pause.answers.end());
      companions.abandoned = pause.abandoned;
      companions.finished = pause.finished();
    }
    successors_.settle(performed, companions, name);
    apply(std::move(performed), number);
    if (operation.kind == store::Operation::Kind::send) {
      add_actor(roles_.message(operation.call, operation.arguments));
    }
    return observation;
  }

  void crash(std::size_t number) {
    auto& actor = state_.actors[number];
    auto performed = successors_.crash(state_.world, actor.sessions, static_cast<std::uint32_t>(number));
    actor.pause = actor::Pause{};
    actor.pause.response = actor::Response{crashed};
    apply(std::move(performed), number);
  }

  void add_actor(std::size_t role) {
    const auto number = state_.actors.size();
    state_.actors.push_back({role, successors_.initial_sessions(), {}, false});
    begin(number, role);
  }

  void begin(std::size_t number, std::size_t role) {
    auto& actor = state_.actors[number];
    actor.role = role;
    actor.pause = players_.begin(number, roles_[role]);
    actor.has_begun = false;
    if (actor.pause.finished()) {
      successors_.begin(state_.world, actor.pause.effects, actor.pause.answers, number + 1);
    }
  }

  void apply(Performed performed, std::size_t number) {
    state_.world = std::move(performed.world);
    if (number < state_.actors.size()) state_.actors[number].sessions = std::move(performed.sessions);
    if (performed.change.identity()) return;
    for (std::size_t other = 0; other < state_.actors.size(); ++other) {
      auto& sessions = state_.actors[other].sessions;
      if (other != number) sessions = Successors::map(sessions, performed.change);
    }
  }

  const Successors& successors_;
  Roles& roles_;
  Concrete& state_;
  Players& players_;
};

}  // namespace

std::optional<store::Observation> take_step(const Successors& successors, Roles& roles, Concrete& state,
                                            const Possible& possible, Players& players) {
  return Stepping(successors, roles, state, players).take(possible);
}

std::uint64_t final_state_digest(const World& world, std::vector<std::string> ends) {
  Digest digest;
  for (const auto& database : world.databases) relational::add_to(digest, database);
  for (const auto& keyvalue : world.keyvalues) keyvalue::add_to(digest, keyvalue);
  for (const auto& database : world.documents) document::add_to(digest, database);
  for (const auto& answered : world.around.answered) ends.push_back(answered.request + " answered " + answered.status);
  for (const auto& ledger : world.ledgers) {
    digest.add(ledger.size());
    for (const auto& row : ledger) sql::add_to(digest, row);
  }
  std::sort(ends.begin(), ends.end());
  for (const auto& end : ends) digest.add(end);
  return digest.value();
}

}  // namespace gapless::explore
