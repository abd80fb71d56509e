// A reader sees its own changes, too, and they are no news to it: what it had read is compared with what it would read
// now, and where its own changes are in the way, with what everybody would read.
#include "explore/staleness.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "explore/accesses.h"
#include "store/relational/walk.h"

namespace gapless::explore {
namespace {

using model::Staleness;
using model::Step;

// As it is, not as an old snapshot shows it.
relational::Session as_now(relational::Session session, std::optional<sql::Timestamp> instant) {
  session.wait.reset();
  session.progress.reset();
  session.level = store::Isolation::read_committed;
  session.snapshot.reset();
  session.started = instant;
  return session;
}

// What a SELECT would return in some state; locks aside, and at the instant at which it was asked.
class ReadAgain {
 public:
  ReadAgain(const Successors& successors, const Moment& moment, std::size_t actor)
      : successors_(successors), operation_(moment.operation), actor_(actor) {
    auto statement = *operation_.statement;
    std::get<sql::Select>(statement.body).locking = {};
    operation_.statement = std::make_shared<const sql::Statement>(std::move(statement));
    operation_.begins = false;
    operation_.now = instant_of(moment.before.actors[actor].sessions[operation_.database], operation_);
  }

  // To this actor, who sees its own changes.
  store::Observation by_itself(const Concrete& state) const {
    return in(state.world, state.actors[actor_].sessions[operation_.database]);
  }
  store::Observation by_anybody(const Concrete& state) const { return in(state.world, {}); }

  // The rows behind by_anybody().
  std::vector<model::Access> rows(const Concrete& state) const {
    return rows_matched(successors_, state.world, as_now({}, operation_.now), operation_);
  }

 private:
  store::Observation in(const World& world, const relational::Session& session) const {
    const auto& rules = successors_.rules(operation_.database);
    const auto& database = world.databases[operation_.database];
    if (auto applied = rules.apply(database, as_now(session, operation_.now), operation_); applied.observation) {
      return *applied.observation;
    }
    // Somebody has locked a table as a whole.
    auto unlocked = database;
    unlocked.locks.clear();
    auto applied = rules.apply(unlocked, as_now({}, operation_.now), operation_);
    check(applied.observation.has_value(), "a SELECT that locks nothing waits for nothing but tables");
    return *applied.observation;
  }

  const Successors& successors_;
  store::Operation operation_;
  std::size_t actor_;
};

// What a read came to, just before a step of another actor's and just after it.
struct Change {
  store::Observation was;
  store::Observation is;
};

Change change(const ReadAgain& again, const Concrete& before, const Concrete& after, const std::string& observed) {
  Change own{again.by_itself(before), again.by_itself(after)};
  if (store::to_string(own.was) == observed) return own;
  Change common{again.by_anybody(before), again.by_anybody(after)};
  return store::to_string(common.was) == observed || own.was == own.is ? common : own;
}

// The first row that a step committed in one of these tables; best one that `seen` has.
std::optional<model::Access> committed_row(const Successors& successors, const World& before, const World& after,
                                           std::size_t database, const std::set<std::size_t>& tables,
                                           const std::vector<model::Access>& seen) {
  std::optional<model::Access> found;
  for (const auto table : tables) {
    for (const auto& access : rows_changed(successors, before, after, database, table)) {
      const auto is_it = [&](const model::Access& other) {
        return other.table == access.table && other.row == access.row;
      };
      if (std::any_of(seen.begin(), seen.end(), is_it)) return access;
      if (!found) found = access;
    }
  }
  return found;
}

std::set<std::size_t> tables_of(const sql::Statement& statement) {
  std::set<std::size_t> tables;
  store::relational::for_each_query(
      statement, [&](const sql::Select& query) { tables.insert(query.tables.begin(), query.tables.end()); });
  return tables;
}

constexpr std::string_view nothing = "no row";  // as an observation says it

// What was read, what it is now, and where: the row only where the reader had read it.
void describe(const Successors& successors, const std::vector<Moment>& moments, const Concrete& after,
              const std::vector<model::Access>& reads, std::vector<model::Access> seen, const std::string& value_read,
              const std::string& value_written, Staleness& found) {
  found.value_read = value_read == nothing ? "" : value_read;
  found.value_written = value_written;
  const auto& operation = moments[found.read].operation;
  seen.insert(seen.begin(), reads.begin(), reads.end());
  const auto access = committed_row(successors, moments[found.write].before.world, after.world, operation.database,
                                    tables_of(*operation.statement), seen);
  if (!access) return;
  found.table = access->table;
  const bool was_read = std::any_of(reads.begin(), reads.end(), [&](const model::Access& read) {
    return read.table == access->table && read.row == access->row;
  });
  if (was_read) found.row = access->row;
  if (value_written == nothing && access->after.empty()) found.value_written.clear();  // deleted
}

// The step, from this one on, in which the actor acts on what it knows; none if it begins anew before.
template <class Acts>
std::optional<std::size_t> next_use(const std::vector<Step>& steps, std::size_t from, std::size_t actor, Acts acts) {
  for (auto i = from; i < steps.size(); ++i) {
    if (steps[i].actor != actor) continue;
    if (steps[i].kind != Step::Kind::operation) return std::nullopt;
    if (acts(steps[i])) return i;
  }
  return std::nullopt;
}

// The values of a statement's sub-selects, as this actor would compute them now.
store::QueryMemory sub_selects(const Successors& successors, const Concrete& state, std::size_t actor,
                               const store::Operation& operation, std::optional<sql::Timestamp> instant) {
  const auto& catalog = successors.model().databases[operation.database].catalog;
  const auto session = relational::told_apart(state.actors[actor].sessions[operation.database]);
  const SnapshotAt snapshot(catalog, state.world.databases[operation.database], session, instant);
  store::QueryMemory memory;
  if (is_in_parts(*operation.statement)) return memory;
  store::Evaluator evaluator(*operation.statement->source, snapshot, operation.parameters, memory);
  evaluator.remember_queries(*operation.statement);
  return memory;
}

std::string text(const store::QueryResult& result) {
  if (!result.error_condition.empty()) return result.error_condition;
  if (result.rows.empty()) return std::string(nothing);
  std::string out;
  for (const auto& value : result.rows.front()) out += (out.empty() ? "" : ", ") + sql::to_string(value);
  return result.rows.size() == 1 ? out : std::to_string(result.rows.size()) + " rows";
}

// A statement that waited goes on with the sub-selects of before the wait: P-EPQ-3.
std::optional<Staleness> stale_sub_select(const Successors& successors, const std::vector<Moment>& moments,
                                          const Concrete& last, const std::vector<Step>& steps, std::size_t read) {
  const auto actor = steps[read].actor;
  const auto use = next_use(steps, read + 1, actor, [](const Step&) { return true; });
  if (!use || steps[*use].starts_waiting || steps[*use].failed) return std::nullopt;
  const auto& operation = moments[read].operation;
  const auto instant = instant_of(moments[read].before.actors[actor - 1].sessions[operation.database], operation);
  const auto was = sub_selects(successors, moments[read].before, actor - 1, operation, instant);
  for (auto write = read + 1; write < *use; ++write) {
    if (!steps[write].commits) continue;
    const auto& after = write + 1 < moments.size() ? moments[write + 1].before : last;
    for (const auto& [number, value] : sub_selects(successors, after, actor - 1, operation, instant)) {
      const auto before = was.find(number);
      if (before == was.end() || before->second == value) continue;
      Staleness found;
      found.read = read;
      found.write = write;
      found.use = *use;
      describe(successors, moments, after, steps[read].reads, {}, text(before->second), text(value), found);
      return found;
    }
  }
  return std::nullopt;
}

bool is_select(const store::Operation& operation) {
  return operation.kind == store::Operation::Kind::statement &&
         std::holds_alternative<sql::Select>(operation.statement->body) && !is_in_parts(*operation.statement);
}

bool acts(const Step& step) { return !step.writes.empty() || !step.effects.empty() || step.commits; }

}  // namespace

std::vector<Staleness> find_stale_reads(const Successors& successors, const std::vector<Moment>& moments,
                                        const Concrete& last, const model::Execution& execution) {
  std::vector<Staleness> stale;
  const auto& steps = execution.steps;
  for (std::size_t read = 0; read < moments.size(); ++read) {
    if (!moments[read].is_statement()) continue;
    if (steps[read].starts_waiting && !steps[read].resumes) {
      if (auto found = stale_sub_select(successors, moments, last, steps, read)) stale.push_back(std::move(*found));
    }
    if (!is_select(moments[read].operation) || steps[read].starts_waiting || steps[read].failed) continue;
    const auto reader = steps[read].actor;
    const ReadAgain again(successors, moments[read], reader - 1);
    for (std::size_t write = read + 1; write < moments.size(); ++write) {
      if (steps[write].actor == reader || !steps[write].commits) continue;
      const auto& before = moments[write].before;
      const auto& after = write + 1 < moments.size() ? moments[write + 1].before : last;
      const auto changed = change(again, before, after, steps[read].observation);
      if (changed.was == changed.is) continue;
      const auto use = next_use(steps, write + 1, reader, acts);
      if (!use) break;
      Staleness found;
      found.read = read;
      found.write = write;
      found.use = *use;
      describe(successors, moments, after, steps[read].reads, again.rows(after), steps[read].observation,
               store::to_string(changed.is), found);
      stale.push_back(std::move(found));
      break;
    }
  }
  return stale;
}

}  // namespace gapless::explore
