#include "explore/successors.h"

#include <algorithm>

#include "base/check.h"

namespace gapless::explore {
namespace {

void note(Change& change, std::size_t database, relational::Event event) {
  if (!event.identity()) change.events.emplace_back(database, std::move(event));
}

void insert_sorted(std::vector<sql::Tuple>& rows, sql::Tuple row) {
  rows.insert(std::upper_bound(rows.begin(), rows.end(), row), std::move(row));
}

}  // namespace

Successors::Successors(const model::Model& model) : model_(&model) {
  for (const auto& database : model.databases) rules_.emplace_back(database.catalog, model.tracking);
}

World Successors::initial_world() const {
  World world;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    world.databases.push_back(rules_[i].initial(model_->databases[i].statements));
  }
  if (model_->tracking.dependencies) world.serializations.resize(rules_.size());
  world.ledgers.resize(model_->ledgers.size());
  for (const auto role : model_->actors) {
    const actor::LiveActor actor(model_->roles[role].program, model_->databases.size());
    if (!actor.pause().finished()) continue;
    for (const auto& effect : actor.pause().effects) enter(world, effect);
  }
  return world;
}

Sessions Successors::initial_sessions() const { return Sessions(model_->databases.size()); }

Way Successors::way(const World& world, const Sessions& sessions, const store::Operation& operation,
                    std::uint32_t actor) const {
  if (operation.kind == store::Operation::Kind::call) return Way::start;
  const auto& session = sessions[operation.database];
  if (!session.wait) return Way::start;
  const bool is_unsafe =
      !world.serializations.empty() && world.serializations[operation.database].waits_for_safety(actor);
  if (is_unsafe) return Way::none;
  if (rules_[operation.database].can_resume(world.databases[operation.database], session)) return Way::resume;
  const bool has_time_out = session.settings.lock_timeout_ms > 0 || session.settings.statement_timeout_ms > 0;
  return has_time_out ? Way::time_out : Way::none;
}

bool Successors::waits_for(const World& world, const Sessions& waiting, const store::Operation& operation,
                           const Sessions& holder, const store::Operation& holders_operation) const {
  return operation.database == holders_operation.database && holder[operation.database].wait.has_value() &&
         blocks(world, waiting, operation, holder);
}

bool Successors::stands_behind(const Sessions& waiting, const store::Operation& operation, const Sessions& other,
                               const store::Operation& others_operation) const {
  const auto database = operation.database;
  return database == others_operation.database && rules_[database].stands_before(waiting[database], other[database]);
}

bool Successors::waits_only_in_queue(const World& world, const Sessions& waiting,
                                     const store::Operation& operation) const {
  const auto database = operation.database;
  return rules_[database].waits_only_in_queue(world.databases[database], waiting[database]);
}

bool Successors::blocks(const World& world, const Sessions& waiting, const store::Operation& operation,
                        const Sessions& holder) const {
  const auto database = operation.database;
  return rules_[database].blocks(world.databases[database], waiting[database], holder[database]);
}

Performed Successors::perform(const World& world, const Sessions& sessions, const store::Operation& operation, Way way,
                              std::uint32_t actor) const {
  check(way != Way::none, "a step is enabled before it is taken");
  Performed performed{world, sessions, {}, std::nullopt};
  if (operation.kind == store::Operation::Kind::call) {
    store::Observation observation;
    observation.tag = "CALL";
    observation.columns = {"outcome"};
    observation.rows = {{std::string("ok")}};
    observation.count = 1;
    performed.observation = std::move(observation);
    enter(performed.world, {operation.call, operation.arguments});
    return performed;
  }
  const auto number = operation.database;
  const auto& rules = rules_[number];
  const auto& database = world.databases[number];
  const auto& session = sessions[number];
  const bool goes_on = way == Way::start || way == Way::resume;
  const bool tracked = !performed.world.serializations.empty();
  auto applied = way == Way::deadlock   ? rules.fail_by_deadlock(database, session)
                 : way == Way::time_out ? rules.time_out(database, session)
                 : tracked ? rules.advance(performed.world.serializations[number], actor, database, session, operation)
                           : rules.apply(database, session, operation);
  if (tracked && !goes_on) {
    applied =
        rules.judge(performed.world.serializations[number], actor, database, session, operation, std::move(applied));
  }
  performed.world.databases[number] = std::move(applied.database);
  performed.sessions[number] = std::move(applied.session);
  performed.observation = std::move(applied.observation);
  note(performed.change, number, std::move(applied.event));
  return performed;
}

void Successors::settle(Performed& performed, const std::vector<actor::Effect>& effects,
                        const std::vector<std::size_t>& abandoned, std::uint32_t actor) const {
  for (const auto& effect : effects) enter(performed.world, effect);
  for (const auto number : abandoned) {
    auto& database = performed.world.databases[number];
    auto& session = performed.sessions[number];
    if (session.phase == relational::Session::Phase::idle) continue;
    auto applied = rules_[number].abandon(database, session);
    if (!performed.world.serializations.empty()) {
      applied = rules_[number].judge(performed.world.serializations[number], actor, database, session, {},
                                     std::move(applied));
    }
    database = std::move(applied.database);
    session = std::move(applied.session);
    note(performed.change, number, std::move(applied.event));
  }
}

void Successors::enter(World& world, const actor::Effect& effect) const {
  const auto& ledgers = model_->ledgers;
  const auto found = std::find_if(ledgers.begin(), ledgers.end(),
                                  [&](const model::Ledger& ledger) { return ledger.name == effect.name; });
  check(found != ledgers.end(), "every effect has its table in the ledger");
  check(found->columns.size() == effect.values.size(), "an effect has as many values as its table has columns");
  insert_sorted(world.ledgers[static_cast<std::size_t>(found - ledgers.begin())], effect.values);
}

Sessions Successors::map(const Sessions& sessions, const Change& change) {
  Sessions mapped = sessions;
  for (const auto& [database, event] : change.events) mapped[database] = relational::map(mapped[database], event);
  return mapped;
}

// Waiters are few, so the transitive closure (Warshall) is as good as a search for strong components.
namespace {

std::vector<bool> on_cycles(std::size_t count, const std::function<bool(std::size_t, std::size_t)>& edge) {
  std::vector<std::vector<bool>> reaches(count, std::vector<bool>(count));
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) reaches[i][j] = edge(i, j);
  }
  for (std::size_t via = 0; via < count; ++via) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!reaches[i][via]) continue;
      for (std::size_t j = 0; j < count; ++j) {
        if (reaches[via][j]) reaches[i][j] = true;
      }
    }
  }
  std::vector<bool> members(count);
  for (std::size_t i = 0; i < count; ++i) members[i] = reaches[i][i];
  return members;
}

}  // namespace

std::vector<Way> break_cycles(const WaitGraph& graph) {
  std::vector<Way> ways(graph.count, Way::none);
  const auto victims = on_cycles(graph.count, graph.waits_for);
  std::vector<bool> in_queue(graph.count);
  for (std::size_t i = 0; i < graph.count; ++i) {
    if (victims[i]) ways[i] = Way::deadlock;
    in_queue[i] = !victims[i] && graph.waits_only_in_queue(i);
  }
  if (std::find(in_queue.begin(), in_queue.end(), true) == in_queue.end()) return ways;
  const auto members = on_cycles(
      graph.count, [&](std::size_t i, std::size_t j) { return graph.waits_for(i, j) || graph.stands_behind(i, j); });
  for (std::size_t i = 0; i < graph.count; ++i) {
    if (in_queue[i] && members[i]) ways[i] = Way::resume;
  }
  return ways;
}

}  // namespace gapless::explore
