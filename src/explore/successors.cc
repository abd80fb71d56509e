#include "explore/successors.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "store/relational/evaluate.h"
#include "store/relational/snapshot.h"

namespace gapless::explore {
namespace {

void note(Change& change, std::size_t database, relational::Event event) {
  if (!event.identity()) change.events.emplace_back(database, std::move(event));
}

template <typename Thing>
void insert_sorted(std::vector<Thing>& things, Thing thing) {
  things.insert(std::upper_bound(things.begin(), things.end(), thing), std::move(thing));
}

// What an actor observes of an operation that always succeeds.
store::Observation done(const char* tag, const char* column, sql::Value value) {
  store::Observation observation;
  observation.tag = tag;
  observation.columns = {column};
  observation.rows = {{std::move(value)}};
  observation.count = 1;
  return observation;
}

// A database as everybody sees it.
class Committed : public store::Snapshot {
 public:
  Committed(const sql::Catalog& catalog, const relational::Database& database, sql::Timestamp now)
      : catalog_(catalog), database_(database), now_(now) {}

  std::span<const sql::Tuple> rows(std::size_t table) const override {
    const auto found = rows_.find(table);
    if (found != rows_.end()) return found->second;
    return rows_.emplace(table, relational::committed_rows(catalog_.tables[table], database_.tables[table]))
        .first->second;
  }
  sql::Timestamp now(sql::Function /*function*/) const override { return now_; }

 private:
  const sql::Catalog& catalog_;
  const relational::Database& database_;
  sql::Timestamp now_;
  mutable std::map<std::size_t, std::vector<sql::Tuple>> rows_;
};

// Committed rows in the order of a database.
std::vector<relational::Row> rows_of(const std::vector<sql::Tuple>& tuples) {
  std::vector<relational::Row> rows(tuples.size());
  for (std::size_t i = 0; i < tuples.size(); ++i) rows[i].committed = tuples[i];
  std::sort(rows.begin(), rows.end());
  return rows;
}

// What the provider remembers of the call's key.
const KnownKey* known(const Surroundings& around, const store::Operation& operation) {
  if (operation.kind != store::Operation::Kind::call || sql::is_null(operation.key)) return nullptr;
  const auto found = std::find_if(around.known_keys.begin(), around.known_keys.end(), [&](const KnownKey& each) {
    return each.call == operation.call && each.key == operation.key;
  });
  return found == around.known_keys.end() ? nullptr : &*found;
}

}  // namespace

Successors::Successors(const model::Model& model) : model_(&model) {
  for (const auto& database : model.databases) rules_.emplace_back(database.catalog, model.tracking);
}

void Successors::use_names() {
  world_before_names_ = initial_world();
  has_names_ = true;
  for (std::size_t database = 0; database < rules_.size(); ++database) {
    std::vector<relational::NamedColumn> named;
    const auto& tables = model_->databases[database].catalog.tables;
    for (std::size_t table = 0; table < tables.size(); ++table) {
      std::size_t place = 0;
      for (std::size_t column = 0; column < tables[table].columns.size(); ++column) {
        if (!tables[table].columns[column].serial) continue;
        const auto next = world_before_names_.databases[database].tables[table].next_number[place];
        const auto kind = static_cast<std::uint32_t>(serials_.size() + 1);
        named.push_back({table, column, kind, static_cast<std::uint32_t>(next)});
        serials_.push_back({database, named.back(), place++});
      }
    }
    rules_[database].use_names(std::move(named));
  }
}

World Successors::initial_world() const {
  if (has_names_) return world_before_names_;
  World world;
  const auto first_instant = model_->clock.empty() ? std::nullopt : std::optional(model_->clock.front());
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& database = model_->databases[i];
    const auto& filled_by =
        database.kind == model::Database::Kind::replica ? model_->databases[database.primary] : database;
    world.databases.push_back(rules_[i].initial(filled_by.statements, first_instant));
  }
  if (model_->tracking.dependencies) world.serializations.resize(rules_.size());
  for (const auto& keyvalue : model_->keyvalues) world.keyvalues.push_back(keyvalue.initial);
  for (const auto& documents : model_->documents) world.documents.push_back(documents.initial);
  world.ledgers.resize(model_->ledgers.size());
  world.around.left = model_->faults;
  world.around.backlogs.resize(rules_.size());
  for (std::size_t i = 0; i < model_->actors.size(); ++i) {
    const actor::LiveActor actor(model_->roles[model_->actors[i]].program, model_->databases.size());
    if (actor.pause().finished()) begin(world, actor.pause().effects, actor.pause().answers, i + 1);
  }
  return world;
}

void Successors::begin(World& world, const std::vector<actor::Effect>& effects,
                       const std::vector<actor::Answer>& answers, std::size_t number) const {
  for (const auto& effect : effects) enter(world, effect);
  for (const auto& [request, response] : answers) {
    insert_sorted(world.around.answered, Answered{number, request, response.status});
  }
}

Sessions Successors::initial_sessions() const {
  return {std::vector<relational::Session>(model_->databases.size()),
          std::vector<keyvalue::Session>(model_->keyvalues.size()),
          std::vector<document::Session>(model_->documents.size())};
}

Way Successors::way(const World& world, const Sessions& sessions, const store::Operation& operation,
                    std::uint32_t actor) const {
  if (operation.kind == store::Operation::Kind::await) return is_true(world, operation) ? Way::start : Way::none;
  if (operation.kind == store::Operation::Kind::document) {
    const auto number = operation.database;
    const auto& session = sessions.documents[number];
    const bool ready = document::is_ready(model_->documents[number].catalog, world.documents[number], session,
                                          operation.request, operation.begins, now(world));
    return !ready ? Way::none : session.progress ? Way::resume : Way::start;
  }
  if (operation.kind != store::Operation::Kind::statement) return Way::start;
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
  const auto statement = store::Operation::Kind::statement;
  if (operation.kind != statement || holders_operation.kind != statement) return false;
  if (operation.database != holders_operation.database) return false;
  if (model_->databases[operation.database].kind == model::Database::Kind::locks) return false;  // nobody looks
  return holder[operation.database].wait.has_value() && blocks(world, waiting, operation, holder);
}

bool Successors::stands_behind(const Sessions& waiting, const store::Operation& operation, const Sessions& other,
                               const store::Operation& others_operation) const {
  const auto database = operation.database;
  const auto statement = store::Operation::Kind::statement;
  if (operation.kind != statement || others_operation.kind != statement) return false;
  return database == others_operation.database && rules_[database].stands_before(waiting[database], other[database]);
}

bool Successors::waits_only_in_queue(const World& world, const Sessions& waiting,
                                     const store::Operation& operation) const {
  const auto database = operation.database;
  if (operation.kind != store::Operation::Kind::statement) return false;
  return rules_[database].waits_only_in_queue(world.databases[database], waiting[database]);
}

bool Successors::blocks(const World& world, const Sessions& waiting, const store::Operation& operation,
                        const Sessions& holder) const {
  const auto database = operation.database;
  if (operation.kind != store::Operation::Kind::statement) return false;
  return rules_[database].blocks(world.databases[database], waiting[database], holder[database]);
}

Performed Successors::perform(const World& world, const Sessions& sessions, const store::Operation& given, Way way,
                              const std::string& outcome, std::uint32_t actor) const {
  check(way != Way::none, "a step is enabled before it is taken");
  Performed performed{world, sessions, {}, std::nullopt};
  switch (given.kind) {
    case store::Operation::Kind::call:
      return call(world, sessions, given, outcome);
    case store::Operation::Kind::await:
      performed.observation = done("AWAIT", "true", true);
      return performed;
    case store::Operation::Kind::send:
      performed.observation = done("SEND", "sent", true);
      return performed;
    case store::Operation::Kind::command: {
      auto applied = keyvalue::apply(world.keyvalues[given.database], sessions.keyvalues[given.database],
                                     given.commands, given.transaction);
      performed.world.keyvalues[given.database] = std::move(applied.database);
      performed.sessions.keyvalues[given.database] = std::move(applied.session);
      performed.observation = std::move(applied.observation);
      if (!applied.event.identity()) performed.change.touches.emplace_back(given.database, std::move(applied.event));
      return performed;
    }
    case store::Operation::Kind::document: {
      auto applied = document::apply(model_->documents[given.database].catalog, world.documents[given.database],
                                     sessions.documents[given.database], given.request, given.begins, now(world));
      performed.observation = std::move(applied.observation);
      put(performed, given.database, std::move(applied));
      return performed;
    }
    case store::Operation::Kind::statement:
      break;
  }
  const auto operation = as_sent(world, given);
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
  note_commits(world, performed.world);
  return performed;
}

// With what only the world knows: the time.
store::Operation Successors::as_sent(const World& world, const store::Operation& operation) const {
  auto sent = operation;
  if (!model_->clock.empty()) sent.now = now(world);
  if (model_->databases[operation.database].kind != model::Database::Kind::postgres) {
    sent.isolation = store::Isolation::read_committed;
  }
  return sent;
}

sql::Timestamp Successors::now(const World& world) const {
  return model_->clock.empty() ? store::now() : model_->clock[world.around.instant];
}

bool Successors::is_true(const World& world, const store::Operation& await) const {
  const Committed snapshot(model_->databases[await.database].catalog, world.databases[await.database], now(world));
  store::QueryMemory memory;
  const auto& statement = *await.statement;
  store::Evaluator evaluator(*statement.source, snapshot, await.parameters, memory);
  std::vector<sql::Tuple> rows;
  try {
    rows = evaluator.select(std::get<sql::Select>(statement.body));
  } catch (const store::SqlError& error) {
    throw ModelError(*statement.source, statement.at,
                     "what is awaited fails with " + error.condition + ": " + error.what());
  }
  const auto* truth = rows.empty() ? nullptr : std::get_if<bool>(&rows.front().front());
  return truth != nullptr && *truth;
}

// ------------------------------------------------------------------------------------- somebody else's server

std::vector<std::string> Successors::outcomes(const World& world, const store::Operation& operation) const {
  const bool is_known = known(world.around, operation) != nullptr;
  if (operation.kind != store::Operation::Kind::call || is_known || operation.outcomes.empty()) return {""};
  std::vector<std::string> outcomes;
  for (const auto& outcome : operation.outcomes) outcomes.push_back(outcome == "ok" ? "" : ":" + outcome);
  std::sort(outcomes.begin(), outcomes.end());
  return outcomes;
}

Performed Successors::call(const World& world, const Sessions& sessions, const store::Operation& operation,
                           const std::string& chosen) const {
  Performed performed{world, sessions, {}, std::nullopt};
  auto& around = performed.world.around;
  if (const auto* remembered = known(world.around, operation)) {
    const bool is_same = remembered->arguments == operation.arguments;
    performed.observation = done("CALL", "outcome", is_same ? remembered->outcome : "key_reused");
    return performed;
  }
  const std::string outcome = chosen.empty() ? "ok" : chosen.substr(1);
  const bool is_done = outcome == "ok" || outcome == "lost_done";
  const bool is_unknown = outcome == "lost_done" || outcome == "lost_not_done" || outcome == "pending";
  if (is_done) enter(performed.world, {operation.call, operation.arguments});
  if (outcome == "pending") insert_sorted(around.unsettled, {operation.call, operation.arguments, operation.key});
  // What never arrived the provider does not remember.
  if (!sql::is_null(operation.key) && outcome != "lost_not_done") {
    const std::string told = is_done ? "ok" : outcome == "pending" ? "unknown" : outcome;
    insert_sorted(around.known_keys, {operation.call, operation.key, operation.arguments, told, operation.forgets});
  }
  performed.observation = done("CALL", "outcome", is_unknown ? std::string("unknown") : outcome);
  return performed;
}

// ------------------------------------------------------------------------------------- what goes with a step

void Successors::settle(Performed& performed, const Companions& companions, std::uint32_t actor) const {
  begin(performed.world, companions.effects, companions.answers, companions.number);
  const World before = companions.abandoned.empty() ? World() : performed.world;
  for (const auto number : companions.abandoned) {
    if (number >= rules_.size()) {
      close(performed, number - rules_.size());
      continue;
    }
    auto& session = performed.sessions[number];
    if (session.phase == relational::Session::Phase::idle) continue;
    put(performed, number, rules_[number].abandon(performed.world.databases[number], session), actor);
  }
  if (!companions.abandoned.empty()) note_commits(before, performed.world);
  if (!companions.finished) return;
  for (std::size_t number = 0; number < rules_.size(); ++number) {
    const bool lets_go = model_->databases[number].kind == model::Database::Kind::locks;
    if (lets_go && performed.sessions[number] != relational::Session()) disconnect(performed, number, actor);
  }
  for (auto& session : performed.sessions.keyvalues) session = {};  // who watches what no longer matters
  for (std::size_t number = 0; number < model_->documents.size(); ++number) close(performed, number);
}

Performed Successors::crash(const World& world, const Sessions& sessions, std::uint32_t actor) const {
  check(world.around.left.crash > 0, "a crash happens no more often than it may");
  Performed performed{world, sessions, {}, std::nullopt};
  --performed.world.around.left.crash;
  for (std::size_t number = 0; number < rules_.size(); ++number) {
    if (performed.sessions[number] != relational::Session()) disconnect(performed, number, actor);
  }
  for (std::size_t number = 0; number < model_->documents.size(); ++number) close(performed, number);
  performed.sessions = initial_sessions();
  note_commits(world, performed.world);
  return performed;
}

// The session on a document database is over, and what is open there is rolled back.
void Successors::close(Performed& performed, std::size_t number) const {
  const auto& session = performed.sessions.documents[number];
  if (session == document::Session()) return;
  put(performed, number,
      document::disconnect(model_->documents[number].catalog, performed.world.documents[number], session));
}

void Successors::put(Performed& performed, std::size_t number, document::Applied applied) const {
  performed.world.documents[number] = std::move(applied.database);
  performed.sessions.documents[number] = std::move(applied.session);
  if (!applied.event.identity()) performed.change.edits.emplace_back(number, std::move(applied.event));
}

void Successors::disconnect(Performed& performed, std::size_t number, std::uint32_t actor) const {
  put(performed, number, rules_[number].disconnect(performed.world.databases[number], performed.sessions[number]),
      actor);
}

// What became of the actor's session without a statement.
void Successors::put(Performed& performed, std::size_t number, relational::Applied applied, std::uint32_t actor) const {
  auto& database = performed.world.databases[number];
  auto& session = performed.sessions[number];
  if (!performed.world.serializations.empty()) {
    applied =
        rules_[number].judge(performed.world.serializations[number], actor, database, session, {}, std::move(applied));
  }
  database = std::move(applied.database);
  session = std::move(applied.session);
  note(performed.change, number, std::move(applied.event));
}

void Successors::enter(World& world, const actor::Effect& effect) const {
  const auto& ledgers = model_->ledgers;
  const auto found = std::find_if(ledgers.begin(), ledgers.end(),
                                  [&](const model::Ledger& ledger) { return ledger.name == effect.name; });
  check(found != ledgers.end(), "every effect has its table in the ledger");
  check(found->columns.size() == effect.values.size(), "an effect has as many values as its table has columns");
  auto row = effect.values;
  if (model_->has_history) {
    std::size_t position = 1;
    for (const auto& ledger : world.ledgers) position += ledger.size();
    row.emplace_back(static_cast<std::int32_t>(position));
  }
  insert_sorted(world.ledgers[static_cast<std::size_t>(found - ledgers.begin())], std::move(row));
}

// -------------------------------------------------------------------------------------- what happens to the world

namespace {

// What stands in parentheses in a schedule: blanks, parentheses and backslashes of a key are quoted.
std::string quoted(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '(' || c == ')' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

std::vector<Happening> Successors::happenings(const World& world) const {
  std::vector<Happening> found;
  const auto& around = world.around;
  const auto add = [&](Happening happening, const std::string& verb, const std::string& what, const char* end = "") {
    happening.what = verb + "(" + what + ")" + end;
    found.push_back(std::move(happening));
  };
  using Kind = Happening::Kind;
  if (around.instant + 1 < model_->clock.size()) {
    add({Kind::advance, 0, {}, 0, false, {}}, "clock", sql::to_string(sql::Value(model_->clock[around.instant + 1])));
  }
  for (std::size_t number = 0; number < world.keyvalues.size(); ++number) {
    const auto prefix =
        world.keyvalues.size() + world.documents.size() > 1 ? model_->keyvalues[number].name + "> " : "";
    for (const auto& key : keyvalue::expirable(world.keyvalues[number])) {
      add({Kind::expire, number, key, 0, false, {}}, "expire", prefix + quoted(key));
    }
  }
  for (std::size_t number = 0; number < world.documents.size(); ++number) {
    const auto& [name, catalog, initial, text] = model_->documents[number];
    const auto prefix = world.keyvalues.size() + world.documents.size() > 1 ? name + "> " : "";
    for (const auto& address : document::expirable(catalog, world.documents[number])) {
      Happening happening{Kind::expire_document, number, {}, 0, false, {}};
      happening.address = address;
      add(std::move(happening), "expire", prefix + quoted(document::to_string(catalog, address)));
    }
    for (const auto& address : document::lagging(world.documents[number])) {
      Happening happening{Kind::catch_up, number, {}, 0, false, {}};
      happening.address = address;
      add(std::move(happening), "replicate", prefix + quoted(document::to_string(catalog, address)));
    }
  }
  for (std::size_t i = 0; i < around.unsettled.size(); ++i) {
    if (i > 0 && around.unsettled[i] == around.unsettled[i - 1]) continue;  // which of two equal ones does not matter
    const auto& pending = around.unsettled[i];
    std::string text;
    for (const auto& value : pending.arguments) text += (text.empty() ? "" : ", ") + quoted(sql::to_string(value));
    text = quoted(pending.call) + "(" + text + ")";
    if (!sql::is_null(pending.key)) text += " key " + quoted(sql::to_string(pending.key));
    add({Kind::settle, 0, {}, i, true, {}}, "settle", text, ":done");
    add({Kind::settle, 0, {}, i, false, {}}, "settle", text, ":not_done");
  }
  for (std::size_t i = 0; i < around.known_keys.size(); ++i) {
    const auto& remembered = around.known_keys[i];
    if (!remembered.forgets || remembered.outcome == "unknown") continue;
    add({Kind::forget, 0, {}, i, false, {}}, "forget", quoted(remembered.call + " " + sql::to_string(remembered.key)));
  }
  for (std::size_t number = 0; number < around.backlogs.size(); ++number) {
    if (around.backlogs[number].empty()) continue;
    add({Kind::replicate, number, {}, 0, false, {}}, "replicate", model_->databases[number].name);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.what < b.what; });
  return found;
}

Performed Successors::happen(const World& world, const Happening& happening) const {
  Performed performed{world, {}, {}, std::nullopt};
  auto& around = performed.world.around;
  const auto at = [&](auto& list) { return list.begin() + static_cast<std::ptrdiff_t>(happening.number); };
  switch (happening.kind) {
    case Happening::Kind::advance:
      ++around.instant;
      break;
    case Happening::Kind::expire: {
      auto expired = keyvalue::expire(world.keyvalues[happening.database], happening.key);
      performed.world.keyvalues[happening.database] = std::move(expired.database);
      if (!expired.event.identity())
        performed.change.touches.emplace_back(happening.database, std::move(expired.event));
      break;
    }
    case Happening::Kind::expire_document:
    case Happening::Kind::catch_up: {
      auto& database = performed.world.documents[happening.database];
      auto applied = happening.kind == Happening::Kind::catch_up
                         ? document::catch_up(database, happening.address)
                         : document::expire(model_->documents[happening.database].catalog, database, happening.address);
      database = std::move(applied.database);
      if (!applied.event.identity()) performed.change.edits.emplace_back(happening.database, std::move(applied.event));
      break;
    }
    case Happening::Kind::settle: {
      const UnsettledCall pending = *at(around.unsettled);
      around.unsettled.erase(at(around.unsettled));
      if (happening.done) enter(performed.world, {pending.call, pending.arguments});
      const auto remembered = std::find_if(around.known_keys.begin(), around.known_keys.end(), [&](const auto& each) {
        return !sql::is_null(pending.key) && each.call == pending.call && each.key == pending.key;
      });
      if (remembered == around.known_keys.end()) break;
      if (happening.done) {
        remembered->outcome = "ok";
      } else {
        around.known_keys.erase(remembered);  // nothing has happened under this key
      }
      break;
    }
    case Happening::Kind::forget:
      around.known_keys.erase(at(around.known_keys));
      break;
    case Happening::Kind::replicate: {
      auto& backlog = around.backlogs[happening.database];
      auto& tables = performed.world.databases[happening.database].tables;
      for (std::size_t table = 0; table < tables.size(); ++table) {
        tables[table].rows = rows_of(backlog.front()[table]);
      }
      backlog.erase(backlog.begin());
      break;
    }
  }
  return performed;
}

// A replica hears of each commit, in order, some day.
void Successors::note_commits(const World& before, World& after) const {
  for (std::size_t number = 0; number < rules_.size(); ++number) {
    const auto& replica = model_->databases[number];
    if (replica.kind != model::Database::Kind::replica) continue;
    const auto& was = before.databases[replica.primary];
    const auto& is = after.databases[replica.primary];
    if (was == is) continue;
    const auto committed = [&](const relational::Database& database) {
      Tables tables;
      for (std::size_t table = 0; table < replica.catalog.tables.size(); ++table) {
        tables.push_back(relational::committed_rows(replica.catalog.tables[table], database.tables[table]));
      }
      return tables;
    };
    auto tables = committed(is);
    if (tables != committed(was)) after.around.backlogs[number].push_back(std::move(tables));
  }
}

std::string to_string(Way way) {
  switch (way) {
    case Way::crash:
      return "!crash";
    case Way::retry:
      return "!retry";
    case Way::duplicate:
      return "!duplicate";
    case Way::redeliver:
      return "!redeliver";
    case Way::last_run:
      return "!last_run";
    default:
      return {};
  }
}

Sessions Successors::map(const Sessions& sessions, const Change& change) {
  Sessions mapped = sessions;
  for (const auto& [database, event] : change.events) mapped[database] = relational::map(mapped[database], event);
  for (const auto& [number, event] : change.touches) {
    mapped.keyvalues[number] = keyvalue::map(mapped.keyvalues[number], event);
  }
  for (const auto& [number, event] : change.edits) {
    mapped.documents[number] = document::map(mapped.documents[number], event);
  }
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
