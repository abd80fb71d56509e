#include "explore/space.h"

#include <algorithm>

#include "base/check.h"
#include "base/digest.h"
#include "explore/concrete.h"
#include "explore/graph.h"

namespace gapless::explore {
namespace {

std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) { return (std::uint64_t{a} << 32U) | b; }

std::vector<const actor::Program*> programs_of(const Roles& roles) {
  std::vector<const actor::Program*> programs;
  for (std::size_t role = 0; role < roles.size(); ++role) programs.push_back(&roles[role].program);
  return programs;
}

template <typename Value>
std::uint64_t digest_of(const Value& value) {
  Digest digest;
  add_to(digest, value);
  return digest.value();
}

}  // namespace

std::uint64_t Space::DatabaseHash::operator()(const relational::Database& database) const {
  return digest_of(database);
}

std::uint64_t Space::SessionHash::operator()(const relational::Session& session) const { return digest_of(session); }

std::uint64_t Space::KeyValueHash::operator()(const keyvalue::Database& database) const { return digest_of(database); }

std::uint64_t Space::KeyValueSessionHash::operator()(const keyvalue::Session& session) const {
  return digest_of(session);
}

std::uint64_t Space::DocumentsHash::operator()(const document::Database& database) const { return digest_of(database); }

std::uint64_t Space::DocumentSessionHash::operator()(const document::Session& session) const {
  return digest_of(session);
}

std::uint64_t Space::SurroundingsHash::operator()(const Surroundings& surroundings) const {
  return digest_of(surroundings);
}

std::uint64_t Space::TextHash::operator()(const std::string& text) const { return Digest().add(text).value(); }

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
  return digest_of(serialization);
}

std::uint64_t Space::LocalHash::operator()(const LocalKey& key) const {
  return mix(mix(pair_key(key[0], key[1])) ^ pair_key(key[2], key[3]));
}

std::uint64_t Space::ChangeHash::operator()(const Change& change) const {
  Digest digest;
  digest.add(change.naming);
  for (const auto label : change.labels) digest.add(std::uint64_t{label});
  for (const auto& [database, event] : change.events) {
    digest.add(database);
    relational::add_to(digest, event);
  }
  for (const auto& [number, event] : change.touches) {
    digest.add(number);
    keyvalue::add_to(digest, event);
  }
  for (const auto& [number, event] : change.edits) {
    digest.add(number);
    document::add_to(digest, event);
  }
  return digest.value();
}

Space::Space(const Successors& successors, const Properties& properties, std::size_t most_steps)
    : successors_(successors),
      properties_(properties),
      roles_(successors.model()),
      automata_(programs_of(roles_), successors.model().databases.size(), most_steps, successors.has_names()),
      actors_of_role_(successors.model().roles.size()) {
  changes_.intern(Change{});  // number 0 renames nothing
  whats_.intern("");          // number 0 is what an actor does by itself
  for (const auto when : {Properties::When::step, Properties::When::end}) {
    auto& judged = judged_[static_cast<std::size_t>(when)];
    judged.any = properties.any(when);
    judged.reads_actors = properties.reads_actors(when);
  }
  const auto& model = successors.model();
  for (std::size_t actor = 0; actor < model.actors.size(); ++actor) {
    actors_of_role_[model.actors[actor]].push_back(actor + 1);
  }
  has_names_ = successors.has_names();
  if (has_names_) find_named_roles();
  has_jobs_ = std::any_of(model.roles.begin(), model.roles.end(), [](const model::Role& role) { return role.job; });
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
  add_moves(row, Move::nobody, steps_of_world(row.world));
  const auto broken = broken_cycles(row);
  auto next = broken.begin();
  const bool is_closing = has_jobs_ && has_last_run(row);
  step_for_.clear();
  if (one_steps_for_all_) find_who_steps(row);
  for (std::size_t group = 0; group < row.groups.size(); ++group) {
    if (!step_for_.empty() && step_for_[group] == 0) {
      if (next != broken.end() && next->first == group) ++next;
      continue;
    }
    const auto local = row.groups[group].local;
    const bool is_broken = next != broken.end() && next->first == group;
    add_moves(row, group, steps(row.world, local), is_broken, is_closing);
    if (is_broken) add_moves(row, group, step_out_of_cycle(row.world, local, next->second));
    if (is_broken) ++next;
  }
  if (has_jobs_ && is_time_for_last_runs(row)) {
    for (std::size_t group = 0; group < row.groups.size(); ++group) {
      const auto local = row.groups[group].local;
      if (roles_[automata_.node(locals_[local].node).role].job) add_moves(row, group, last_run(row.world, local));
    }
  }
  return {moves_.data(), move_count_};
}

Space::End Space::end(const StateRow& row) {
  bool all_at_rest = true;
  for (const auto& group : row.groups) {
    if (steps(row.world, group.local).goes_on) return End::none;
    all_at_rest = all_at_rest && is_at_rest(group.local);
  }
  const auto of_world = steps_of_world(row.world);
  if (of_world.begin != of_world.end) return End::none;
  if (all_at_rest) return End::finished;
  if (has_jobs_ && is_time_for_last_runs(row)) return End::none;
  return broken_cycles(row).empty() ? End::stuck : End::none;
}

// Has finished, and owes nothing.
bool Space::is_at_rest(LocalNumber local) const {
  const auto& node = automata_.node(locals_[local].node);
  const auto& role = roles_[node.role];
  return node.finished && !role.job && is_content(role, node.response.status);
}

// Everybody else has finished, and nobody owes anything.
bool Space::is_time_for_last_runs(const StateRow& row) {
  const auto of_world = steps_of_world(row.world);
  if (of_world.begin != of_world.end) return false;
  return std::all_of(row.groups.begin(), row.groups.end(), [&](const Group& group) {
    const auto& local = locals_[group.local];
    return local.finished && (roles_[automata_.node(local.node).role].job || is_at_rest(group.local));
  });
}

bool Space::has_last_run(const StateRow& row) const {
  return std::any_of(row.groups.begin(), row.groups.end(), [&](const Group& group) {
    return is_last_run(roles_[automata_.node(locals_[group.local].node).role]);
  });
}

// What comes before the first operation goes with it.
bool Space::has_begun(LocalNumber local) const {
  const auto& node = automata_.node(locals_[local].node);
  return locals_[local].waits || locals_[local].node != automata_.root(node.role);
}

// Cycles are found on the whole state, never from memory.
std::vector<std::pair<std::size_t, Way>> Space::broken_cycles(const StateRow& row) {
  std::vector<std::size_t> waiters;  // places of groups
  for (std::size_t group = 0; group < row.groups.size(); ++group) {
    const auto local = row.groups[group].local;
    if (locals_[local].waits_and_holds && steps(row.world, local).waits) waiters.push_back(group);
  }
  if (waiters.empty()) return {};
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

void Space::add_moves(const StateRow& row, std::size_t group, Steps steps, bool only_faults, bool no_retries) {
  for (auto step = steps.begin; step != steps.end; ++step) {
    const Remembered remembered = remembered_[step];  // the memory may grow below
    const bool is_left_out = (only_faults && !remembered.fault) || (no_retries && whats_[remembered.what] == "!retry");
    if (is_left_out) continue;
    const auto count = group == Move::nobody ? 1 : step_for_.empty() ? row.groups[group].count : step_for_[group];
    add_move(row, group, remembered, count);
  }
}

void Space::add_move(const StateRow& row, std::size_t group, const Remembered& step, std::uint32_t count) {
  const bool is_actors = group != Move::nobody;
  if (move_count_ == moves_.size()) moves_.emplace_back();
  auto& move = moves_[move_count_++];
  move.group = group;
  move.count = count;
  move.local = step.local;
  move.change = step.change;
  move.what = step.what;
  move.created = step.created;
  move.fault = step.fault;
  move.row.world = step.world;
  move.row.groups = row.groups;
  if (is_actors && --move.row.groups[group].count == 0) {
    move.row.groups.erase(move.row.groups.begin() + static_cast<std::ptrdiff_t>(group));
  }
  if (step.change != 0) {
    const auto others = move.row.groups;
    move.row.groups.clear();
    for (const auto& other : others) move.row.add(renamed(other.local, step.change), other.count);
  }
  if (is_actors) move.row.add(step.local);
  if (step.created != Move::no_local) move.row.add(step.created);
  if (successors_.model().tracking.dependencies) label(move);
  if (has_names_) rename(move);
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
      labelled.resize(local.label + 1, Move::no_local);
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
  if (move.local != Move::no_local) move.local = relabelled(move.local);
  move.change = changes_.intern(std::move(change));
}

bool Space::is_seen(LocalNumber local) const {
  return locals_[local].finished || !automata_.node(locals_[local].node).sections.empty();
}

bool Space::is_over(LocalNumber local) const {
  const auto& role = roles_[automata_.node(locals_[local].node).role];
  const bool may_come_again = may_retry(role) && successors_.model().faults.retry > 0;
  return is_at_rest(local) && !may_come_again;
}

bool Space::is_before(LocalNumber a, LocalNumber b) const {
  const auto comes_to = [&](LocalNumber local) {
    while (is_lagging(local) || is_failing(local)) local = is_lagging(local) ? foremost(local) : fails_to(local);
    return local;
  };
  const auto key = [&](LocalNumber number) {
    const auto& local = locals_[comes_to(number)];
    const auto& node = automata_.node(local.node);
    const auto sessions = sessions_value(local.sessions);
    Digest digest;
    for (const auto& session : sessions.databases) digest.add(digest_of(session));
    for (const auto& session : sessions.keyvalues) digest.add(digest_of(session));
    for (const auto& session : sessions.documents) digest.add(digest_of(session));
    return std::tuple<std::size_t, const std::string&, const std::string&, std::uint64_t>(
        node.role, node.place, node.response.status, digest.value());
  };
  return key(a) < key(b);
}

LocalNumber Space::ended_as(LocalNumber local, std::size_t role) {
  const auto sessions = locals_[local].sessions;
  return intern_local(automata_.ended(role, automata_.node(locals_[local].node).response), sessions);
}

bool Space::is_locked(WorldNumber world) const {
  const auto value = world_value(world);
  const auto is_held = [](const relational::Row& row) {
    return row.pending != relational::Pending::none ||
           std::ranges::any_of(row.locks, [](const auto count) { return count > 0; });
  };
  return std::ranges::any_of(value.databases, [&](const relational::Database& database) {
    return std::ranges::any_of(database.tables,
                               [&](const auto& table) { return std::ranges::any_of(table.rows, is_held); });
  });
}

Space::Outlook Space::outlook(WorldNumber world, LocalNumber local) {
  const auto known = steps(world, local);
  return {std::span(remembered_).subspan(known.begin, known.end - known.begin), known.goes_on,
          known.waits && locals_[local].waits_and_holds};
}

Space::Outlook Space::outlook_of_world(WorldNumber world) {
  const auto known = steps_of_world(world);
  return {std::span(remembered_).subspan(known.begin, known.end - known.begin), known.goes_on, false};
}

LocalNumber Space::renamed(LocalNumber local, std::uint32_t change) {
  if (change == 0) return local;
  if (is_lagging(local)) {
    const auto behind_it = renamed(behind(local), change);
    return lagging(behind_it, renamed(foremost(local), change));
  }
  if (is_failing(local)) {
    const auto afterwards = renamed(fails_to(local), change);
    const auto before = locals_[local];
    return failing(renamed(intern_local(before.node, before.sessions, before.label), change), afterwards);
  }
  if (const auto naming = changes_[change].naming; naming != 0) {
    auto before = changes_[change];
    before.naming = 0;
    const auto without = before.identity() ? 0 : changes_.intern(std::move(before));
    return with_names(renamed(local, without), naming - 1);
  }
  if (locals_[local].finished) return local;
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

// ------------------------------------------------------------------------------------------- what is remembered

template <typename Remember>
Space::Steps Space::remember(HashMap<std::uint64_t, Steps>& memory, std::uint64_t key, Remember&& remember) {
  const auto found = memory.find(key);
  if (found != memory.end()) return found->second;
  Steps steps;
  steps.begin = static_cast<std::uint32_t>(remembered_.size());
  steps.waits = remember();
  steps.end = static_cast<std::uint32_t>(remembered_.size());
  for (auto step = steps.begin; step != steps.end; ++step) steps.goes_on = steps.goes_on || !remembered_[step].fault;
  memory.emplace(key, steps);
  return steps;
}

Space::Steps Space::steps(WorldNumber world, LocalNumber local) {
  return remember(steps_, pair_key(world, local), [&] { return remember_own_steps(world, local); });
}

Space::Steps Space::step_out_of_cycle(WorldNumber world, LocalNumber local, Way way) {
  return remember(deadlock_steps_, pair_key(world, local), [&] {
    remembered_.push_back(operate(world, local, way, {}));
    return false;
  });
}

Space::Steps Space::last_run(WorldNumber world, LocalNumber local) {
  return remember(last_runs_, pair_key(world, local), [&] {
    remembered_.push_back(run_again(world, local, Way::last_run));
    return false;
  });
}

Space::Steps Space::steps_of_world(WorldNumber number) {
  return remember(world_steps_, number, [&] {
    const auto world = world_value(number);
    for (const auto& happening : successors_.happenings(world)) {
      if (sql::has_name(happening.what)) throw sql::NameUsed("what happens to the world is called after it");
      auto performed = successors_.happen(world, happening);
      Remembered step;
      step.world = intern_world(std::move(performed.world));
      step.change = changes_.intern(std::move(performed.change));
      step.what = whats_.intern(happening.what);
      remembered_.push_back(step);
    }
    return false;
  });
}

bool Space::remember_own_steps(WorldNumber number, LocalNumber local) {
  if (is_failing(local)) {
    Remembered step;
    step.world = number;
    step.local = fails_to(local);
    remembered_.push_back(step);
    return false;
  }
  const auto world = world_value(number);
  const auto& left = world.around.left;
  const auto role = automata_.node(locals_[local].node).role;
  if (locals_[local].finished) {
    if (!is_content(roles_[role], automata_.node(locals_[local].node).response.status)) {
      if (repeated_.empty()) repeated_ = roles_[role].request + roles_[role].arguments;
      remembered_.push_back(run_again(number, local, Way::redeliver));
    }
    if (may_retry(roles_[role]) && left.retry > 0) remembered_.push_back(run_again(number, local, Way::retry));
    return false;
  }
  const auto way =
      successors_.way(world, sessions_value(locals_[local].sessions), operation_of(local), locals_[local].label);
  if (way == Way::start) {
    for (const auto& outcome : successors_.outcomes(world, operation_of(local))) {
      const auto step = operate(number, local, way, outcome);
      remembered_.push_back(step);
    }
  } else if (way != Way::none) {
    remembered_.push_back(operate(number, local, way, {}));
  }
  if (left.crash > 0 && has_begun(local)) remembered_.push_back(crash(number, local));
  if (left.duplicate > 0 && !has_begun(local) && may_duplicate(roles_[role]))
    remembered_.push_back(duplicate(number, local));
  return way == Way::none || way == Way::time_out;
}

Performed Space::perform(const World& world, const Local& local, const store::Operation& operation, Way way,
                         const std::string& outcome, std::uint32_t label) const {
  try {
    auto performed = successors_.perform(world, sessions_value(local.sessions), operation, way, outcome, label);
    if (has_names_ && performed.observation) check_names(world, operation, *performed.observation);
    return performed;
  } catch (const sql::NameUsed& used) {
    throw sql::NameUsed(located(operation, used.what()));
  }
}

Space::Remembered Space::operate(WorldNumber world, LocalNumber number, Way way, const std::string& outcome) {
  const Local local = locals_[number];
  const auto before = world_value(world);
  const auto label = local.label == no_label ? fresh_label(before.serializations) : local.label;
  const auto operation = operation_of(number);
  auto performed = perform(before, local, operation, way, outcome, label);
  actor::Edge edge;
  edge.target = local.node;
  if (performed.observation) edge = automata_.extend(local.node, *performed.observation);
  const auto role = automata_.node(local.node).role;
  if (way == Way::start && local.node == automata_.root(role)) {
    const auto& effects = automata_.first_effects(role);
    edge.effects.insert(edge.effects.begin(), effects.begin(), effects.end());
    const auto& answers = automata_.first_answers(role);
    edge.answers.insert(edge.answers.begin(), answers.begin(), answers.end());
  }
  Successors::Companions companions;
  companions.effects = std::move(edge.effects);
  companions.answers = std::move(edge.answers);
  companions.abandoned = std::move(edge.abandoned);
  companions.finished = automata_.node(edge.target).finished;
  companions.number = number_of(role);
  successors_.settle(performed, companions, label);
  check(!companions.finished || std::all_of(performed.sessions.databases.begin(), performed.sessions.databases.end(),
                                            relational::is_at_rest),
        "a request that has finished has no transaction");
  Remembered result;
  if (operation.kind == store::Operation::Kind::send) {
    const auto message = known_role(roles_.message(operation.call, operation.arguments));
    result.created = begin_role(performed.world, message, intern_sessions(successors_.initial_sessions()));
  }
  const bool is_known = has_label(performed.world.serializations, label);
  result.world = intern_world(std::move(performed.world));
  result.local = intern_local(edge.target, intern_sessions(performed.sessions), is_known ? label : no_label);
  result.change = changes_.intern(std::move(performed.change));
  result.what = whats_.intern(outcome);
  return result;
}

Space::Remembered Space::crash(WorldNumber world, LocalNumber number) {
  const Local local = locals_[number];
  const auto before = world_value(world);
  const auto label = local.label == no_label ? fresh_label(before.serializations) : local.label;
  auto performed = successors_.crash(before, sessions_value(local.sessions), label);
  const auto node = automata_.ended(automata_.node(local.node).role, actor::Response{crashed});
  Remembered result;
  const bool is_known = has_label(performed.world.serializations, label);
  result.world = intern_world(std::move(performed.world));
  result.local = intern_local(node, intern_sessions(performed.sessions), is_known ? label : no_label);
  result.change = changes_.intern(std::move(performed.change));
  result.what = whats_.intern(to_string(Way::crash));
  result.fault = true;
  return result;
}

Space::Remembered Space::run_again(WorldNumber number, LocalNumber local, Way way) {
  auto world = world_value(number);
  if (way == Way::retry) --world.around.left.retry;
  const auto role = known_role(roles_.again(automata_.node(locals_[local].node).role));
  Remembered result;
  result.local = begin_role(world, role, locals_[local].sessions);
  result.world = intern_world(std::move(world));
  result.what = whats_.intern(to_string(way));
  result.fault = is_fault(way);
  return result;
}

Space::Remembered Space::duplicate(WorldNumber number, LocalNumber local) {
  auto world = world_value(number);
  --world.around.left.duplicate;
  Remembered result;
  result.local = local;
  result.created =
      begin_role(world, automata_.node(locals_[local].node).role, intern_sessions(successors_.initial_sessions()));
  result.world = intern_world(std::move(world));
  result.what = whats_.intern(to_string(Way::duplicate));
  result.fault = true;
  return result;
}

// The local state of an actor that begins it; where the role has no step, that is all it does.
LocalNumber Space::begin_role(World& world, std::size_t role, std::uint32_t sessions) {
  const auto root = automata_.root(role);
  if (automata_.node(root).finished) {
    successors_.begin(world, automata_.first_effects(role), automata_.first_answers(role), number_of(role));
  }
  return intern_local(root, sessions);
}

// The automata know as many roles as there are.
std::size_t Space::known_role(std::size_t role) {
  while (automata_.roles() < roles_.size()) automata_.add_role(&roles_[automata_.roles()].program);
  return role;
}

// The first actor that plays this role, where actors are told apart the only one; beyond all actors for messages.
std::size_t Space::number_of(std::size_t role) const {
  const auto origin = roles_.origin(role);
  return origin < actors_of_role_.size() ? actors_of_role_[origin].front() : successors_.model().actors.size() + 1;
}

const store::Operation* Space::pending_operation(const StateRow& row) const {
  const auto found = std::find_if(row.groups.begin(), row.groups.end(),
                                  [&](const Group& group) { return !locals_[group.local].finished; });
  return found == row.groups.end() ? nullptr : &operation_of(found->local);
}

bool Space::violates_always(const StateRow& row) { return violates(Properties::When::step, row); }
bool Space::violates_finally(const StateRow& row) { return violates(Properties::When::end, row); }

bool Space::violates(Properties::When when, const StateRow& row) {
  auto& judged = judged_[static_cast<std::size_t>(when)];
  if (!judged.any) return false;
  const auto judge = [&](const Actors& actors) {
    return properties_.first_violated(when, world_value(row.world), actors).has_value();
  };
  if (!judged.reads_actors) {
    const auto found = judged.by_world.find(row.world);
    if (found != judged.by_world.end()) return found->second;
    const bool violated = judge({});
    judged.by_world.emplace(row.world, violated);
    return violated;
  }
  std::string key(reinterpret_cast<const char*>(&row.world), sizeof row.world);
  for (const auto& group : row.groups) {
    if (is_seen(group.local)) key.append(reinterpret_cast<const char*>(&group), sizeof group);
  }
  const auto found = judged.by_actors.find(key);
  if (found != judged.by_actors.end()) return found->second;
  const bool violated = judge(seen(row));
  judged.by_actors.emplace(std::move(key), violated);
  return violated;
}

// Interchangeable actors have no numbers of their own: they get their role's, those beyond them (messages, duplicates)
// the numbers after all others.
Actors Space::seen(const StateRow& row) const {
  Actors actors;
  actors.are_named = has_names_;
  std::vector<std::size_t> given(actors_of_role_.size());
  std::size_t beyond = successors_.model().actors.size();
  for (const auto& group : row.groups) {
    const auto& local = locals_[group.local];
    const auto& node = automata_.node(local.node);
    const auto origin = roles_.origin(node.role);
    const auto& request = roles_[node.role].request;
    for (std::uint32_t i = 0; i < group.count; ++i) {
      const bool is_own = origin < actors_of_role_.size() && given[origin] < actors_of_role_[origin].size();
      const auto number = is_own ? actors_of_role_[origin][given[origin]++] : ++beyond;
      if (node.finished) actors.finished.push_back({number, request, node.response.status});
      if (!has_begun(group.local)) continue;
      for (const auto& section : node.sections) actors.inside.push_back({section, request, number});
    }
  }
  std::sort(actors.finished.begin(), actors.finished.end());
  std::sort(actors.inside.begin(), actors.inside.end());
  return actors;
}

bool Space::violates(Properties::When when, const World& world, const StateRow& row) const {
  const auto& judged = judged_[static_cast<std::size_t>(when)];
  if (!judged.any) return false;
  return properties_.first_violated(when, world, judged.reads_actors ? seen(row) : Actors{}).has_value();
}

std::uint32_t Space::with_event(std::uint32_t change, std::size_t database, relational::Event event) {
  auto longer = changes_[change];
  longer.events.emplace_back(database, std::move(event));
  return changes_.intern(std::move(longer));
}

std::uint64_t Space::final_state_digest(const StateRow& row) const {
  return final_state_digest(world_value(row.world), row);
}

std::uint64_t Space::final_state_digest(const World& world, const StateRow& row) const {
  std::vector<std::string> ends;
  for (const auto& group : row.groups) {
    const auto& node = automata_.node(locals_[group.local].node);
    const auto& role = roles_[node.role];
    const std::string end = role.request + role.arguments + " " +
                            (node.finished ? node.response.status : "stuck in " + store::to_string(node.operation));
    ends.insert(ends.end(), group.count, end);
  }
  return explore::final_state_digest(world, std::move(ends));
}

WorldNumber Space::intern_world(World world) {
  WorldIds ids;
  for (auto& database : world.databases) ids.numbers.push_back(databases_.intern(std::move(database)));
  for (auto& graph : world.serializations) ids.numbers.push_back(serializations_.intern(std::move(graph)));
  for (auto& keyvalue : world.keyvalues) ids.numbers.push_back(keyvalues_.intern(std::move(keyvalue)));
  for (auto& database : world.documents) ids.numbers.push_back(documents_.intern(std::move(database)));
  for (auto& ledger : world.ledgers) ids.numbers.push_back(ledgers_.intern(std::move(ledger)));
  ids.numbers.push_back(surroundings_.intern(std::move(world.around)));
  return worlds_.intern(std::move(ids));
}

World Space::world_value(WorldNumber number) const {
  World world;
  const auto& model = successors_.model();
  const auto databases = model.databases.size();
  const auto graphs = model.tracking.dependencies ? databases : 0;
  auto next = worlds_[number].numbers.begin();
  const auto take = [&](std::size_t count, auto& values, const auto& from) {
    for (std::size_t i = 0; i < count; ++i) values.push_back(from[*next++]);
  };
  take(databases, world.databases, databases_);
  take(graphs, world.serializations, serializations_);
  take(model.keyvalues.size(), world.keyvalues, keyvalues_);
  take(model.documents.size(), world.documents, documents_);
  take(model.ledgers.size(), world.ledgers, ledgers_);
  world.around = surroundings_[*next];
  return world;
}

std::uint32_t Space::intern_sessions(const Sessions& sessions) {
  SessionIds ids;
  for (const auto& session : sessions.databases) ids.numbers.push_back(session_values_.intern(session));
  for (const auto& session : sessions.keyvalues) ids.numbers.push_back(keyvalue_sessions_.intern(session));
  for (const auto& session : sessions.documents) ids.numbers.push_back(document_sessions_.intern(session));
  return sessions_.intern(std::move(ids));
}

Sessions Space::sessions_value(std::uint32_t number) const {
  Sessions sessions;
  const auto databases = successors_.model().databases.size();
  const auto before_documents = databases + successors_.model().keyvalues.size();
  const auto& ids = sessions_[number].numbers;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i < databases) {
      sessions.databases.push_back(session_values_[ids[i]]);
    } else if (i < before_documents) {
      sessions.keyvalues.push_back(keyvalue_sessions_[ids[i]]);
    } else {
      sessions.documents.push_back(document_sessions_[ids[i]]);
    }
  }
  return sessions;
}

LocalNumber Space::intern_local(actor::NodeNumber node, std::uint32_t sessions, std::uint32_t label) {
  const auto number = local_numbers_.intern({node, sessions, label, Move::no_local});
  if (number < locals_.size()) return number;
  Local local;
  local.node = node;
  local.sessions = sessions;
  local.label = label;
  local.finished = automata_.node(node).finished;
  const auto value = sessions_value(sessions);
  local.waits = std::ranges::any_of(value.documents, [](const auto& session) { return session.progress.has_value(); });
  for (const auto& session : value.databases) {
    const bool keeps_one = session.keeps_one_snapshot() && session.phase == relational::Session::Phase::open;
    has_snapshots_ = has_snapshots_ || keeps_one || session.snapshot.has_value();
    if (!session.wait) continue;
    local.waits = true;
    local.waits_and_holds = !session.held.empty() || !session.locks.empty();
  }
  locals_.push_back(local);
  return number;
}

LocalNumber Space::lagging(LocalNumber behind, LocalNumber foremost) {
  auto local = locals_[foremost];
  const auto number = local_numbers_.intern({foremost, lagging_mark, no_label, behind});
  if (number < locals_.size()) return number;
  local.behind = behind;
  local.foremost = foremost;
  locals_.push_back(local);
  return number;
}

LocalNumber Space::failing(LocalNumber local, LocalNumber afterwards) {
  auto result = locals_[local];
  const auto number = local_numbers_.intern({failing_mark, result.sessions, result.label, afterwards});
  if (number < locals_.size()) return number;
  result.fails_to = afterwards;
  locals_.push_back(result);
  return number;
}

std::uint64_t Space::bytes() const {
  // Values are small trees of vectors; a rough figure for each is enough to stop before the machine does.
  constexpr std::uint64_t bytes_a_value = 400;
  const std::uint64_t values = std::uint64_t{databases_.size()} + serializations_.size() + session_values_.size() +
                               ledgers_.size() + keyvalues_.size() + documents_.size() + document_sessions_.size() +
                               surroundings_.size() + worlds_.size() + sessions_.size() + changes_.size();
  // Of each world the rows that have names in them.
  const std::uint64_t facts = std::uint64_t{world_facts_.size()} * (actor_count() + 1) + local_facts_.size();
  const std::uint64_t names = facts + renamed_worlds_.size() + named_locals_.size();
  return values * bytes_a_value + names * sizeof(Fact) * 2 + locals_.capacity() * sizeof(Local) +
         remembered_.capacity() * sizeof(Remembered) +
         (steps_.size() + deadlock_steps_.size() + world_steps_.size() + renamed_.size() + local_numbers_.size()) * 2 *
             24;
}

}  // namespace gapless::explore
