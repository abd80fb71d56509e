#include "explore/accesses.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "store/relational/snapshot.h"

namespace gapless::explore {
namespace {

using Rows = std::map<std::string, std::vector<sql::Tuple>>;  // by what names a row

std::string columns_text(const sql::Table& table, const sql::Tuple& tuple, const std::vector<std::size_t>& columns) {
  std::string text;
  for (const auto column : columns) {
    if (table.columns[column].unseen) continue;
    if (!text.empty()) text += ", ";
    text += table.columns[column].name + " = " + sql::to_string(tuple[column]);
  }
  return text;
}

std::vector<std::size_t> key_columns(const sql::Table& table) {
  if (const auto* key = table.primary_key()) return key->columns;
  std::vector<std::size_t> all(table.columns.size());
  for (std::size_t column = 0; column < all.size(); ++column) all[column] = column;
  return all;
}

std::string row_name(const sql::Table& table, const sql::Tuple& tuple) {
  return columns_text(table, tuple, key_columns(table));
}

// The columns outside the key, or all of them where there is nothing else.
std::string row_values(const sql::Table& table, const sql::Tuple& tuple) {
  const auto key = key_columns(table);
  std::vector<std::size_t> others;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    if (std::find(key.begin(), key.end(), column) == key.end()) others.push_back(column);
  }
  return columns_text(table, tuple, others.empty() ? key : others);
}

Rows by_name(const sql::Table& table, std::span<const sql::Tuple> tuples) {
  Rows rows;
  for (const auto& tuple : tuples) rows[row_name(table, tuple)].push_back(tuple);
  return rows;
}

std::string table_name(const model::Model& model, std::size_t database, const sql::Table& table) {
  return model.databases.size() > 1 ? model.databases[database].name + "." + table.name : table.name;
}

// What one session sees of a table: its own transaction's changes, too.
std::vector<sql::Tuple> seen_rows(const sql::Catalog& catalog, const Concrete& state, std::size_t actor,
                                  std::size_t database, std::size_t table) {
  const auto session = relational::told_apart(state.actors[actor].sessions[database]);
  const relational::StatementSnapshot snapshot(catalog, state.world.databases[database], session);
  const auto rows = snapshot.rows(table);
  return {rows.begin(), rows.end()};
}

void note_differences(const std::string& name, const sql::Table& table, const Rows& before, const Rows& after,
                      std::vector<model::Access>& writes) {
  for (const auto& [row, versions] : before) {
    const auto now = after.find(row);
    if (now == after.end()) {
      writes.push_back({name, row, row_values(table, versions.front()), ""});
    } else if (now->second != versions) {
      writes.push_back({name, row, row_values(table, versions.front()), row_values(table, now->second.front())});
    }
  }
  for (const auto& [row, versions] : after) {
    if (!before.contains(row)) writes.push_back({name, row, "", row_values(table, versions.front())});
  }
}

// A statement with WITH or FOR UPDATE in sub-selects cannot be looked at without running its parts.
bool is_in_parts(const sql::Statement& statement) {
  return !statement.with.empty() || !statement.locking_queries.empty();
}

void describe_reads(const Successors& successors, const Concrete& before, std::size_t actor,
                    const store::Operation& operation, model::Step& step) {
  const auto& statement = *operation.statement;
  const std::vector<sql::FromItem>* from = nullptr;
  const std::optional<sql::Expression>* where = nullptr;
  if (const auto* select = std::get_if<sql::Select>(&statement.body)) {
    from = &select->from;
    where = &select->where;
  } else if (const auto* update = std::get_if<sql::Update>(&statement.body)) {
    from = &update->from;
    where = &update->where;
  } else if (const auto* remove = std::get_if<sql::Delete>(&statement.body)) {
    from = &remove->from;
    where = &remove->where;
  }
  if (from == nullptr || is_in_parts(statement)) return;
  const auto& model = successors.model();
  const auto& catalog = model.databases[operation.database].catalog;
  const auto session = relational::told_apart(before.actors[actor].sessions[operation.database]);
  const relational::StatementSnapshot snapshot(catalog, before.world.databases[operation.database], session);
  store::QueryMemory memory;
  store::Evaluator evaluator(*statement.source, snapshot, operation.parameters, memory);
  try {
    for (const auto& row : evaluator.matches(*from, *where ? &**where : nullptr)) {
      for (std::size_t item = 0; item < from->size(); ++item) {
        if ((*from)[item].query || row.tuples[item] == nullptr) continue;
        const auto& table = catalog.tables[(*from)[item].table_number];
        step.reads.push_back({table_name(model, operation.database, table), row_name(table, *row.tuples[item]), "",
                              row_values(table, *row.tuples[item])});
      }
    }
  } catch (const store::SqlError&) {  // then the step's own observation says so
  }
}

// An UPDATE that writes the value that was there is a write all the same (P-EPQ-8). Its rows are those that it read.
void note_unchanged_writes(const Successors& successors, const Concrete& after, std::size_t actor,
                           const store::Operation& operation, model::Step& step) {
  const auto* update = std::get_if<sql::Update>(&operation.statement->body);
  const auto& session = after.actors[actor].sessions[operation.database];
  if (update == nullptr || step.failed || step.starts_waiting || step.resumes) return;
  const auto& model = successors.model();
  const auto& table = model.databases[operation.database].catalog.tables[update->table_number];
  const auto rows = by_name(table, seen_rows(model.databases[operation.database].catalog, after, actor,
                                             operation.database, update->table_number));
  for (const auto& read : step.reads) {
    if (read.table != table_name(model, operation.database, table)) continue;
    const auto now = rows.find(read.row);
    if (now == rows.end() || row_values(table, now->second.front()) != read.after) continue;
    step.writes.push_back({read.table, read.row, read.after, read.after});
    step.commits = step.commits || session.phase == relational::Session::Phase::idle;
  }
}

}  // namespace

void describe_accesses(const Successors& successors, const Concrete& before, const Concrete& after, std::size_t actor,
                       const store::Operation& operation, model::Step& step) {
  if (operation.kind != store::Operation::Kind::statement) return;
  if (!step.resumes) describe_reads(successors, before, actor, operation, step);
  const auto& model = successors.model();
  const auto database = operation.database;
  const auto& catalog = model.databases[database].catalog;
  note_unchanged_writes(successors, after, actor, operation, step);
  for (std::size_t number = 0; number < catalog.tables.size(); ++number) {
    const auto& table = catalog.tables[number];
    note_differences(table_name(model, database, table), table,
                     by_name(table, seen_rows(catalog, before, actor, database, number)),
                     by_name(table, seen_rows(catalog, after, actor, database, number)), step.writes);
    const auto committed_before = relational::committed_rows(table, before.world.databases[database].tables[number]);
    const auto committed_after = relational::committed_rows(table, after.world.databases[database].tables[number]);
    step.commits = step.commits || committed_before != committed_after;
  }
}

namespace {

// What a SELECT would return to this actor in this state; locks aside.
class ReadAgain {
 public:
  ReadAgain(const Successors& successors, const store::Operation& operation)
      : successors_(successors), operation_(operation) {
    auto statement = *operation.statement;
    std::get<sql::Select>(statement.body).locking = {};
    operation_.statement = std::make_shared<const sql::Statement>(std::move(statement));
    operation_.begins = false;
  }

  store::Observation in(const Concrete& state, std::size_t actor) const {
    auto session = state.actors[actor].sessions[operation_.database];
    session.wait.reset();
    session.progress.reset();
    session.level = store::Isolation::read_committed;  // as it is, not as an old snapshot shows it
    session.snapshot.reset();
    return *successors_.rules(operation_.database)
                .apply(state.world.databases[operation_.database], session, operation_)
                .observation;
  }

 private:
  const Successors& successors_;
  store::Operation operation_;
};

// The values of a statement's sub-selects, as this actor would compute them now.
store::QueryMemory sub_selects(const Successors& successors, const Concrete& state, std::size_t actor,
                               const store::Operation& operation) {
  const auto& catalog = successors.model().databases[operation.database].catalog;
  const auto session = relational::told_apart(state.actors[actor].sessions[operation.database]);
  const relational::StatementSnapshot snapshot(catalog, state.world.databases[operation.database], session);
  store::QueryMemory memory;
  if (is_in_parts(*operation.statement)) return memory;
  store::Evaluator evaluator(*operation.statement->source, snapshot, operation.parameters, memory);
  evaluator.remember_queries(*operation.statement);
  return memory;
}

std::string text(const store::QueryResult& result) {
  if (!result.error_condition.empty()) return result.error_condition;
  if (result.rows.empty()) return "no row";
  std::string out;
  for (const auto& value : result.rows.front()) out += (out.empty() ? "" : ", ") + sql::to_string(value);
  return result.rows.size() == 1 ? out : std::to_string(result.rows.size()) + " rows";
}

// A statement that waited goes on with the sub-selects of before the wait: P-EPQ-3.
std::optional<model::Staleness> stale_sub_select(const Successors& successors, const std::vector<Moment>& moments,
                                                 const Concrete& last, const std::vector<model::Step>& steps,
                                                 std::size_t read) {
  const auto actor = steps[read].actor;
  const auto use = std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(read) + 1, steps.end(),
                                [&](const model::Step& step) { return step.actor == actor; });
  if (use == steps.end() || use->starts_waiting || use->failed) return std::nullopt;
  const auto was = sub_selects(successors, moments[read].before, actor - 1, moments[read].operation);
  for (auto write = read + 1; write < static_cast<std::size_t>(use - steps.begin()); ++write) {
    if (!steps[write].commits) continue;
    const auto& after = write + 1 < moments.size() ? moments[write + 1].before : last;
    for (const auto& [number, value] : sub_selects(successors, after, actor - 1, moments[read].operation)) {
      const auto before = was.find(number);
      if (before == was.end() || before->second == value) continue;
      model::Staleness found;
      found.read = read;
      found.write = write;
      found.use = static_cast<std::size_t>(use - steps.begin());
      if (!steps[write].writes.empty()) {
        found.table = steps[write].writes.front().table;
        found.row = steps[write].writes.front().row;
      }
      found.value_read = text(before->second);
      found.value_written = text(value);
      return found;
    }
  }
  return std::nullopt;
}

bool is_select(const store::Operation& operation) {
  return operation.kind == store::Operation::Kind::statement &&
         std::holds_alternative<sql::Select>(operation.statement->body) && !is_in_parts(*operation.statement);
}

bool acts(const model::Step& step) { return !step.writes.empty() || !step.effects.empty(); }

}  // namespace

std::vector<model::Staleness> find_stale_reads(const Successors& successors, const std::vector<Moment>& moments,
                                               const Concrete& last, const model::Execution& execution) {
  std::vector<model::Staleness> stale;
  const auto& steps = execution.steps;
  const auto state_after = [&](std::size_t step) -> const Concrete& {
    return step + 1 < moments.size() ? moments[step + 1].before : last;
  };
  for (std::size_t read = 0; read < moments.size(); ++read) {
    if (!moments[read].is_statement()) continue;
    if (steps[read].starts_waiting && !steps[read].resumes) {
      if (auto found = stale_sub_select(successors, moments, last, steps, read)) stale.push_back(std::move(*found));
    }
    if (!is_select(moments[read].operation) || steps[read].starts_waiting || steps[read].failed) continue;
    const auto reader = steps[read].actor;
    const ReadAgain again(successors, moments[read].operation);
    for (std::size_t write = read + 1; write < moments.size(); ++write) {
      if (steps[write].actor == reader || !steps[write].commits) continue;
      const auto was = again.in(moments[write].before, reader - 1);
      const auto is = again.in(state_after(write), reader - 1);
      if (was == is) continue;
      const auto use = std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(write) + 1, steps.end(),
                                    [&](const model::Step& step) { return step.actor == reader && acts(step); });
      if (use == steps.end()) break;
      model::Staleness found;
      found.read = read;
      found.write = write;
      found.use = static_cast<std::size_t>(use - steps.begin());
      const auto& reads = steps[read].reads;
      if (!steps[write].writes.empty()) {
        // The row that both touched, else (a row that the reader did not see, or one written earlier) the first.
        const auto& writes = steps[write].writes;
        const auto common = std::find_if(writes.begin(), writes.end(), [&](const model::Access& access) {
          return std::any_of(reads.begin(), reads.end(), [&](const model::Access& other) {
            return other.table == access.table && other.row == access.row;
          });
        });
        const auto& access = common == writes.end() ? writes.front() : *common;
        found.table = access.table;
        found.row = access.row;
      } else if (!reads.empty()) {
        found.table = reads.front().table;
        found.row = reads.front().row;
      }
      found.value_read = store::to_string(was);
      found.value_written = store::to_string(is);
      stale.push_back(std::move(found));
      break;
    }
  }
  return stale;
}

}  // namespace gapless::explore
