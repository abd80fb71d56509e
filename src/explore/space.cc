#include "explore/space.h"

#include <algorithm>

#include "base/check.h"
#include "base/digest.h"
#include "explore/concrete.h"

namespace gapless::explore {
namespace {

constexpr LocalNumber no_local = 0xffffffffU;

std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) { return (std::uint64_t{a} << 32U) | b; }

std::vector<const actor::Program*> programs_of(const model::Model& model) {
  std::vector<const actor::Program*> programs;
  for (const auto& role : model.roles) programs.push_back(&role.program);
  return programs;
}

}  // namespace

std::uint64_t Space::DatabaseHash::operator()(const relational::Database& database) const {
  Digest digest;
  relational::add_to(digest, database);
  return digest.value();
}

std::uint64_t Space::SessionHash::operator()(const relational::Session& session) const {
  Digest digest;
  relational::add_to(digest, session);
  return digest.value();
}

std::uint64_t Space::RowsHash::operator()(const std::vector<sql::Tuple>& rows) const {
  Digest digest;
  for (const auto& row : rows) sql::add_to(digest, row);
  return digest.value();
}

std::uint64_t Space::IdsHash::operator()(const WorldIds& ids) const {
  Digest digest;
  for (const auto number : ids.numbers) digest.add(std::uint64_t{number});
  return digest.value();
}

std::uint64_t Space::SerializationHash::operator()(const relational::Serialization& serialization) const {
  Digest digest;
  relational::add_to(digest, serialization);
  return digest.value();
}

std::uint64_t Space::LocalHash::operator()(const std::array<std::uint32_t, 3>& key) const {
  return mix(mix(pair_key(key[0], key[1])) ^ key[2]);
}

std::uint64_t Space::ChangeHash::operator()(const Change& change) const {
  Digest digest;
  for (const auto label : change.labels) digest.add(std::uint64_t{label});
  for (const auto& [database, event] : change.events) {
    digest.add(database);
    relational::add_to(digest, event);
  }
  return digest.value();
}

Space::Space(const Successors& successors, const Properties& properties, std::size_t most_steps)
    : successors_(successors),
      properties_(properties),
      automata_(programs_of(successors.model()), successors.model().databases.size(), most_steps),
      actors_of_role_(successors.model().roles.size()) {
  changes_.intern(Change{});  // number 0 renames nothing
  for (const auto kind : {model::PropertyKind::always, model::PropertyKind::finally}) {
    auto& judged = judged_[static_cast<std::size_t>(kind)];
    judged.any = properties.any(kind);
    judged.reads_responses = properties.reads_responses(kind);
  }
  const auto& actors = successors.model().actors;
  for (std::size_t actor = 0; actor < actors.size(); ++actor) actors_of_role_[actors[actor]].push_back(actor + 1);
}

std::vector<LocalNumber> Space::initial_locals() {
  const auto sessions = intern_sessions(successors_.initial_sessions());
  std::vector<LocalNumber> locals;
  for (const auto role : successors_.model().actors) locals.push_back(intern_local(automata_.root(role), sessions));
  return locals;
}

StateRow Space::initial() {
  StateRow row;
  row.world = intern_world(successors_.initial_world());
  for (const auto local : initial_locals()) row.add(local);
  return row;
}

std::span<const Move> Space::moves(const StateRow& row) {
  move_count_ = 0;
  bool may_deadlock = false;
  for (std::size_t group = 0; group < row.groups.size(); ++group) {
    const auto local = row.groups[group].local;
    if (locals_[local].finished) continue;
    const auto& step = this->step(row.world, local);
    if (step.enabled) {
      add_move(row, group, step);
    } else {
      may_deadlock = may_deadlock || locals_[local].waits_and_holds;
    }
  }
  if (may_deadlock) {
    for (const auto& [group, way] : broken_cycles(row)) {
      add_move(row, group, step_out_of_cycle(row.world, row.groups[group].local, way));
    }
  }
  return {moves_.data(), move_count_};
}

bool Space::is_stuck(const StateRow& row) {
  bool all_finished = true;
  for (const auto& group : row.groups) {
    const auto& local = locals_[group.local];
    if (local.finished) continue;
    all_finished = false;
    if (!local.waits || step(row.world, group.local).enabled) return false;
  }
  return !all_finished && broken_cycles(row).empty();
}

// Cycles are found on the whole state, never from memory.
std::vector<std::pair<std::size_t, Way>> Space::broken_cycles(const StateRow& row) {
  std::vector<std::size_t> waiters;  // places of groups
  for (std::size_t group = 0; group < row.groups.size(); ++group) {
    const auto local = row.groups[group].local;
    if (locals_[local].waits_and_holds && !step(row.world, local).enabled) waiters.push_back(group);
  }
  const auto world = world_value(row.world);
  std::vector<Sessions> sessions;
  for (const auto group : waiters) sessions.push_back(sessions_value(locals_[row.groups[group].local].sessions));
  const auto operation = [&](std::size_t i) -> const store::Operation& {
    return operation_of(row.groups[waiters[i]].local);
  };
  WaitGraph graph;
  graph.count = waiters.size();
  graph.waits_for = [&](std::size_t i, std::size_t j) {
    if (i == j && row.groups[waiters[i]].count < 2) return false;
    return successors_.waits_for(world, sessions[i], operation(i), sessions[j], operation(j));
  };
  graph.stands_behind = [&](std::size_t i, std::size_t j) {
    return i != j && successors_.stands_behind(sessions[i], operation(i), sessions[j], operation(j));
  };
  graph.waits_only_in_queue = [&](std::size_t i) {
    return successors_.waits_only_in_queue(world, sessions[i], operation(i));
  };
  const auto ways = break_cycles(graph);
  std::vector<std::pair<std::size_t, Way>> broken;
  for (std::size_t i = 0; i < waiters.size(); ++i) {
    if (ways[i] != Way::none) broken.emplace_back(waiters[i], ways[i]);
  }
  return broken;
}

void Space::add_move(const StateRow& row, std::size_t group, const Remembered& remembered) {
  const Remembered step = remembered;  // the memory may grow below
  if (move_count_ == moves_.size()) moves_.emplace_back();
  auto& move = moves_[move_count_++];
  move.group = group;
  move.count = row.groups[group].count;
  move.local = step.local;
  move.change = step.change;
  move.row.world = step.world;
  move.row.groups = row.groups;
  if (--move.row.groups[group].count == 0) {
    move.row.groups.erase(move.row.groups.begin() + static_cast<std::ptrdiff_t>(group));
  }
  if (step.change != 0) {
    const auto others = move.row.groups;
    move.row.groups.clear();
    for (const auto& other : others) move.row.add(renamed(other.local, step.change), other.count);
  }
  move.row.add(step.local);
  if (!successors_.model().tracking.dependencies) return;
  label(move);
}

// What stands beside each label decides which comes first; see label.h.
void Space::label(Move& move) {
  std::vector<LocalNumber> labelled;  // by label
  std::vector<std::uint64_t> places;
  for (const auto& group : move.row.groups) {
    const auto& local = locals_[group.local];
    if (local.label == no_label) continue;
    check(group.count == 1, "an actor with a label is alone in its local state");
    if (labelled.size() <= local.label) {
      labelled.resize(local.label + 1, no_local);
      places.resize(local.label + 1);
    }
    labelled[local.label] = group.local;
    places[local.label] = pair_key(local.node, local.sessions);
  }
  auto world = world_value(move.row.world);
  const auto labels = canonical_labels(world.serializations, places);
  if (labels.empty()) return;
  for (auto& serialization : world.serializations) serialization = serialization.renumbered(labels);
  move.row.world = intern_world(std::move(world));
  auto change = changes_[move.change];
  change.labels = labels;
  const auto relabelled = [&](LocalNumber number) {
    const Local local = locals_[number];
    return local.label == no_label ? number : intern_local(local.node, local.sessions, labels[local.label]);
  };
  const auto groups = move.row.groups;
  move.row.groups.clear();
  for (const auto& group : groups) move.row.add(relabelled(group.local), group.count);
  move.local = relabelled(move.local);
  move.change = changes_.intern(std::move(change));
}

LocalNumber Space::renamed(LocalNumber local, std::uint32_t change) {
  if (change == 0 || locals_[local].finished) return local;
  const auto key = pair_key(local, change);
  const auto found = renamed_.find(key);
  if (found != renamed_.end()) return found->second;
  const auto& labels = changes_[change].labels;
  const auto old_label = locals_[local].label;
  const auto label = labels.empty() || old_label == no_label ? old_label : labels[old_label];
  const auto sessions = Successors::map(sessions_value(locals_[local].sessions), changes_[change]);
  const auto result = intern_local(locals_[local].node, intern_sessions(sessions), label);
  renamed_.emplace(key, result);
  return result;
}

const Space::Remembered& Space::step(WorldNumber world, LocalNumber local) {
  const auto key = pair_key(world, local);
  const auto found = steps_.find(key);
  if (found != steps_.end()) return remembered_[found->second];
  const auto way = successors_.way(world_value(world), sessions_value(locals_[local].sessions), operation_of(local),
                                   locals_[local].label);
  remembered_.push_back(way == Way::none ? Remembered{} : compute(world, local, way));
  steps_.emplace(key, static_cast<std::uint32_t>(remembered_.size() - 1));
  return remembered_.back();
}

const Space::Remembered& Space::step_out_of_cycle(WorldNumber world, LocalNumber local, Way way) {
  const auto key = pair_key(world, local);
  const auto found = deadlock_steps_.find(key);
  if (found != deadlock_steps_.end()) return remembered_[found->second];
  remembered_.push_back(compute(world, local, way));
  deadlock_steps_.emplace(key, static_cast<std::uint32_t>(remembered_.size() - 1));
  return remembered_.back();
}

Space::Remembered Space::compute(WorldNumber world, LocalNumber number, Way way) {
  const Local local = locals_[number];
  const auto before = world_value(world);
  const auto label = local.label == no_label ? fresh_label(before.serializations) : local.label;
  auto performed = successors_.perform(before, sessions_value(local.sessions), operation_of(number), way, label);
  actor::Edge edge;
  edge.target = local.node;
  if (performed.observation) edge = automata_.extend(local.node, *performed.observation);
  const auto role = automata_.node(local.node).role;
  if (way == Way::start && local.node == automata_.root(role)) {
    const auto& first = automata_.first_effects(role);
    edge.effects.insert(edge.effects.begin(), first.begin(), first.end());
  }
  successors_.settle(performed, edge.effects, edge.abandoned, label);
  check(!automata_.node(edge.target).finished ||
            std::all_of(performed.sessions.begin(), performed.sessions.end(), relational::is_at_rest),
        "a request that has finished has no transaction");
  Remembered result;
  result.enabled = true;
  const bool is_known = has_label(performed.world.serializations, label);
  result.world = intern_world(std::move(performed.world));
  result.local = intern_local(edge.target, intern_sessions(performed.sessions), is_known ? label : no_label);
  result.change = changes_.intern(std::move(performed.change));
  return result;
}

bool Space::all_finished(const StateRow& row) const {
  return std::all_of(row.groups.begin(), row.groups.end(),
                     [&](const Group& group) { return locals_[group.local].finished; });
}

const store::Operation& Space::pending_operation(const StateRow& row) const {
  const auto found = std::find_if(row.groups.begin(), row.groups.end(),
                                  [&](const Group& group) { return !locals_[group.local].finished; });
  check(found != row.groups.end(), "somebody has not finished");
  return operation_of(found->local);
}

bool Space::violates_always(const StateRow& row) { return violates(model::PropertyKind::always, row); }
bool Space::violates_finally(const StateRow& row) { return violates(model::PropertyKind::finally, row); }

bool Space::violates(model::PropertyKind kind, const StateRow& row) {
  auto& judged = judged_[static_cast<std::size_t>(kind)];
  if (!judged.any) return false;
  const auto judge = [&](const std::vector<Finished>& responses) {
    return properties_.first_violated(kind, world_value(row.world), responses).has_value();
  };
  if (!judged.reads_responses) {
    const auto found = judged.by_world.find(row.world);
    if (found != judged.by_world.end()) return found->second;
    const bool violated = judge({});
    judged.by_world.emplace(row.world, violated);
    return violated;
  }
  std::string key(reinterpret_cast<const char*>(&row.world), sizeof row.world);
  for (const auto& group : row.groups) {
    if (locals_[group.local].finished) key.append(reinterpret_cast<const char*>(&group), sizeof group);
  }
  const auto found = judged.by_responses.find(key);
  if (found != judged.by_responses.end()) return found->second;
  const bool violated = judge(finished(row));
  judged.by_responses.emplace(std::move(key), violated);
  return violated;
}

// Interchangeable actors have no numbers of their own: those that have finished get their role's first ones.
std::vector<Finished> Space::finished(const StateRow& row) const {
  std::vector<Finished> responses;
  std::vector<std::size_t> given(actors_of_role_.size());
  for (const auto& group : row.groups) {
    const auto& node = automata_.node(locals_[group.local].node);
    if (!node.finished) continue;
    const auto& role = successors_.model().roles[node.role];
    for (std::uint32_t i = 0; i < group.count; ++i) {
      responses.push_back({actors_of_role_[node.role][given[node.role]++], role.request, node.response.status});
    }
  }
  std::sort(responses.begin(), responses.end());
  return responses;
}

std::uint64_t Space::final_state_digest(const StateRow& row) const {
  std::vector<std::string> ends;
  for (const auto& group : row.groups) {
    const auto& node = automata_.node(locals_[group.local].node);
    const auto& role = successors_.model().roles[node.role];
    const std::string end = role.request + role.arguments + " " +
                            (node.finished ? node.response.status : "stuck in " + store::to_string(node.operation));
    ends.insert(ends.end(), group.count, end);
  }
  return explore::final_state_digest(world_value(row.world), std::move(ends));
}

WorldNumber Space::intern_world(World world) {
  WorldIds ids;
  for (auto& database : world.databases) ids.numbers.push_back(databases_.intern(std::move(database)));
  for (auto& graph : world.serializations) ids.numbers.push_back(serializations_.intern(std::move(graph)));
  for (auto& ledger : world.ledgers) ids.numbers.push_back(ledgers_.intern(std::move(ledger)));
  return worlds_.intern(std::move(ids));
}

World Space::world_value(WorldNumber number) const {
  World world;
  const auto& ids = worlds_[number].numbers;
  const auto databases = successors_.model().databases.size();
  const auto graphs = successors_.model().tracking.dependencies ? databases : 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i < databases) {
      world.databases.push_back(databases_[ids[i]]);
    } else if (i < databases + graphs) {
      world.serializations.push_back(serializations_[ids[i]]);
    } else {
      world.ledgers.push_back(ledgers_[ids[i]]);
    }
  }
  return world;
}

std::uint32_t Space::intern_sessions(const Sessions& sessions) {
  SessionIds ids;
  for (const auto& session : sessions) ids.numbers.push_back(session_values_.intern(session));
  return sessions_.intern(std::move(ids));
}

Sessions Space::sessions_value(std::uint32_t number) const {
  Sessions sessions;
  for (const auto id : sessions_[number].numbers) sessions.push_back(session_values_[id]);
  return sessions;
}

LocalNumber Space::intern_local(actor::NodeNumber node, std::uint32_t sessions, std::uint32_t label) {
  const auto number = local_numbers_.intern({node, sessions, label});
  if (number < locals_.size()) return number;
  Local local;
  local.node = node;
  local.sessions = sessions;
  local.label = label;
  local.finished = automata_.node(node).finished;
  for (const auto& session : sessions_value(sessions)) {
    if (!session.wait) continue;
    local.waits = true;
    local.waits_and_holds = !session.held.empty() || !session.locks.empty();
  }
  locals_.push_back(local);
  return number;
}

std::uint64_t Space::bytes() const {
  // Values are small trees of vectors; a rough figure for each is enough to stop before the machine does.
  constexpr std::uint64_t bytes_a_value = 400;
  const std::uint64_t values = std::uint64_t{databases_.size()} + serializations_.size() + session_values_.size() +
                               ledgers_.size() + worlds_.size() + sessions_.size() + changes_.size();
  return values * bytes_a_value + locals_.capacity() * sizeof(Local) + remembered_.capacity() * sizeof(Remembered) +
         (steps_.size() + deadlock_steps_.size() + renamed_.size() + local_numbers_.size()) * 2 * 16;
}

}  // namespace gapless::explore
