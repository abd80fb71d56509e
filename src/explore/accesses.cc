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
  const auto named = std::count_if(model.databases.begin(), model.databases.end(), [](const auto& each) {
    return each.kind != model::Database::Kind::locks && each.process <= 1;
  });
  return named > 1 ? model.databases[database].name + "." + table.name : table.name;
}

// The session's own changes, and what is committed: what a snapshot of earlier shows of others' rows is not looked at.
relational::Session without_old_snapshot(relational::Session session) {
  const bool of_one_statement = !session.keeps_one_snapshot() || session.phase == relational::Session::Phase::idle;
  if (of_one_statement) session.snapshot.reset();
  return relational::told_apart(std::move(session));
}

// What one session sees of a table: its own transaction's changes, too.
std::vector<sql::Tuple> seen_rows(const sql::Catalog& catalog, const Concrete& state, std::size_t actor,
                                  std::size_t database, std::size_t table) {
  const auto session = without_old_snapshot(state.actors[actor].sessions[database]);
  const relational::StatementSnapshot snapshot(catalog, state.world.databases[database], session);
  const auto rows = snapshot.rows(table);
  return {rows.begin(), rows.end()};
}

void note_differences(const std::string& name, const sql::Table& table, const Rows& before, const Rows& after,
                      std::vector<model::Access>& writes) {
  for (const auto& [row, versions] : before) {
    const auto now = after.find(row);
    if (now == after.end() || now->second.size() < versions.size()) {
      writes.push_back({name, row, row_values(table, versions.front()), ""});
    } else if (now->second.size() > versions.size()) {  // one more like it, where there is no key
      writes.push_back({name, row, "", row_values(table, versions.front())});
    } else if (now->second != versions) {
      writes.push_back({name, row, row_values(table, versions.front()), row_values(table, now->second.front())});
    }
  }
  for (const auto& [row, versions] : after) {
    if (!before.contains(row)) writes.push_back({name, row, "", row_values(table, versions.front())});
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

// COMMIT makes nobody's rows its own, and what is undone is no write.
bool changes_rows(const store::Operation& operation, const model::Step& step) {
  return !step.failed && !std::holds_alternative<sql::Transaction>(operation.statement->body);
}

}  // namespace

bool is_in_parts(const sql::Statement& statement) {
  return !statement.with.empty() || !statement.locking_queries.empty();
}

std::vector<model::Access> rows_matched(const Successors& successors, const World& world,
                                        const relational::Session& session, const store::Operation& operation) {
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
  if (from == nullptr || is_in_parts(statement)) return {};
  const auto& model = successors.model();
  const auto& catalog = model.databases[operation.database].catalog;
  const auto own = relational::told_apart(session);
  const SnapshotAt snapshot(catalog, world.databases[operation.database], own, instant_of(session, operation));
  store::QueryMemory memory;
  store::Evaluator evaluator(*statement.source, snapshot, operation.parameters, memory);
  std::vector<model::Access> reads;
  try {
    for (const auto& row : evaluator.matches(*from, *where ? &**where : nullptr)) {
      for (std::size_t item = 0; item < from->size(); ++item) {
        if ((*from)[item].query || row.tuples[item] == nullptr) continue;
        const auto& table = catalog.tables[(*from)[item].table_number];
        reads.push_back({table_name(model, operation.database, table), row_name(table, *row.tuples[item]), "",
                         row_values(table, *row.tuples[item])});
      }
    }
  } catch (const store::SqlError&) {  // then the step's own observation says so
  }
  return reads;
}

std::vector<model::Access> rows_changed(const Successors& successors, const World& before, const World& after,
                                        std::size_t database, std::size_t number) {
  const auto& model = successors.model();
  const auto& table = model.databases[database].catalog.tables[number];
  const auto rows = [&](const World& world) {
    return by_name(table, relational::committed_rows(table, world.databases[database].tables[number]));
  };
  std::vector<model::Access> changes;
  note_differences(table_name(model, database, table), table, rows(before), rows(after), changes);
  return changes;
}

std::optional<sql::Timestamp> instant_of(const relational::Session& session, const store::Operation& operation) {
  return session.started ? session.started : operation.now;
}

void describe_accesses(const Successors& successors, const Concrete& before, const Concrete& after, std::size_t actor,
                       const store::Operation& operation, model::Step& step) {
  if (operation.kind != store::Operation::Kind::statement) return;
  const auto database = operation.database;
  if (!step.resumes) {
    step.reads = rows_matched(successors, before.world, before.actors[actor].sessions[database], operation);
  }
  const auto& model = successors.model();
  const auto& catalog = model.databases[database].catalog;
  note_unchanged_writes(successors, after, actor, operation, step);
  for (std::size_t number = 0; number < catalog.tables.size(); ++number) {
    const auto& table = catalog.tables[number];
    if (changes_rows(operation, step)) {
      note_differences(table_name(model, database, table), table,
                       by_name(table, seen_rows(catalog, before, actor, database, number)),
                       by_name(table, seen_rows(catalog, after, actor, database, number)), step.writes);
    }
    const auto committed_before = relational::committed_rows(table, before.world.databases[database].tables[number]);
    const auto committed_after = relational::committed_rows(table, after.world.databases[database].tables[number]);
    step.commits = step.commits || committed_before != committed_after;
  }
}

}  // namespace gapless::explore
