// UPDATE and DELETE, and what a new version of a row has to pass.
#include <algorithm>

#include "base/check.h"
#include "store/relational/statement_run.h"

namespace gapless::store::relational {
namespace {

const std::vector<std::size_t> the_target = {0};

// Columns of the unique keys that a foreign key could refer to: changing one is a key update (P-LK-2).
bool is_key_column(const sql::Table& table, std::size_t column) {
  return std::any_of(table.uniques.begin(), table.uniques.end(), [&](const sql::Unique& unique) {
    return !unique.predicate && unique.expressions.empty() &&
           std::find(unique.columns.begin(), unique.columns.end(), column) != unique.columns.end();
  });
}

bool mentions(const sql::Expression& expression, std::size_t column) {
  if (expression.kind == sql::Expression::Kind::column && expression.slot.column == column) return true;
  return std::any_of(expression.arguments.begin(), expression.arguments.end(),
                     [&](const sql::Expression& argument) { return mentions(argument, column); });
}

// A change of such a column makes PostgreSQL put new entries into all indexes (the update is not heap-only).
bool is_indexed_column(const sql::Table& table, std::size_t column) {
  const auto has = [&](const std::vector<std::size_t>& columns) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  return std::any_of(table.uniques.begin(), table.uniques.end(),
                     [&](const sql::Unique& unique) {
                       return has(unique.columns) || (unique.predicate && mentions(*unique.predicate, column)) ||
                              std::any_of(unique.expressions.begin(), unique.expressions.end(),
                                          [&](const auto& expression) { return mentions(expression, column); });
                     }) ||
         std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const sql::Index& index) { return has(index.columns); });
}

}  // namespace

std::optional<Wait> StatementRun::update(const sql::Update& update) {
  Taking taking{update.from, update.where, the_target, sql::LockWait::wait, LockStrength::none, {}, {}, {}, unlimited};
  // By what the first look makes of the version seen, not by what SET mentions.
  taking.strength = [&](const Tuples& tuples) {
    const auto most = strongest(update.table_number, update.assignments);
    if (most != LockStrength::update || tuples.front() == nullptr) return most;
    const auto version = new_version(update.table_number, update.assignments, tuples, true);
    return strength_of_change(update.table_number, *tuples.front(), version);
  };
  taking.first_look = [&](const Tuples& tuples) {
    (void)new_version(update.table_number, update.assignments, tuples, true);
  };
  taking.act = [&](const Tuples& tuples) { return update_row(update, tuples); };
  if (progress_.writing) {  // it waited for a key of the first candidate's new version
    if (auto wait = put_keys(*progress_.writing)) return wait;
    finish_update(update);
    progress_.candidates.erase(progress_.candidates.begin());
  }
  if (!progress_.found) {
    may_wait_for_locks_ = true;
    reads_begin_ = touches_.size();
    auto rows = evaluator_.matches(update.from, update.where ? &*update.where : nullptr);
    if (update.from.size() == 1) reads_end_ = touches_.size();
    if (reads_end_ == 0) reads_begin_ = 0;
    finish_computation();
    find_candidates(taking, std::move(rows));
  }
  return for_each_candidate(taking);
}

std::optional<Wait> StatementRun::remove(const sql::Delete& remove) {
  Taking taking{remove.from, remove.where, the_target, sql::LockWait::wait, LockStrength::none, {}, {}, {}, unlimited};
  taking.strength = [](const Tuples&) { return LockStrength::update; };
  taking.first_look = [](const Tuples&) {};
  taking.act = [&](const Tuples& tuples) { return remove_row(remove, tuples); };
  if (!progress_.found) {
    may_wait_for_locks_ = true;
    reads_begin_ = touches_.size();
    auto rows = evaluator_.matches(remove.from, remove.where ? &*remove.where : nullptr);
    if (remove.from.size() == 1) reads_end_ = touches_.size();
    if (reads_end_ == 0) reads_begin_ = 0;
    finish_computation();
    find_candidates(taking, std::move(rows));
  }
  return for_each_candidate(taking);
}

std::optional<Wait> StatementRun::update_row(const sql::Update& update, const Tuples& tuples) {
  const auto name = current().rows.front();
  auto version = new_version(update.table_number, update.assignments, tuples, false);
  // After a wait the new values may ask for more than what the row was locked at.
  const auto strength = strength_of_change(update.table_number, *tuples.front(), version);
  if (excluded(row_at(database_, name), strength, own_strength(session_, name))) {
    Wait wait;
    wait.row = name;
    wait.strength = strength;
    return wait;
  }
  hold(database_, session_, name, strength);
  write_version(name, std::move(version));
  progress_.writing = name;
  if (auto wait = put_keys(name)) return wait;
  finish_update(update);
  return std::nullopt;
}

// The first candidate's new version stands in all indexes.
void StatementRun::finish_update(const sql::Update& update) {
  progress_.writing.reset();
  if (!update.returning.empty()) {
    Tuples tuples(update.from.size(), nullptr);
    for (std::size_t item = 1; item < update.from.size(); ++item) {
      if (current().snapshot[item]) tuples[item] = &*current().snapshot[item];
    }
    tuples.front() = &row_at(database_, current().rows.front()).written;
    progress_.output.push_back(evaluator_.targets(update.returning, tuples));
  }
  ++progress_.count;
}

std::optional<Wait> StatementRun::remove_row(const sql::Delete& remove, const Tuples& tuples) {
  const auto name = current().rows.front();
  if (!remove.returning.empty()) progress_.output.push_back(evaluator_.targets(remove.returning, tuples));
  delete_version(name);
  ++progress_.count;
  return std::nullopt;
}

// --------------------------------------------------------------------------------------------- new versions of rows

// What SET makes of a row; constraints of the row itself are checked. At the first look no serial number is taken.
Tuple StatementRun::new_version(std::size_t table_number, const std::vector<sql::Assignment>& assignments,
                                const Tuples& tuples, bool is_first_look) {
  const auto& table = catalog_.tables[table_number];
  Tuple version = *tuples.front();
  for (const auto& assignment : assignments) {
    const auto& column = table.columns[assignment.column_number];
    if (assignment.expression.kind != sql::Expression::Kind::default_) {
      version[assignment.column_number] =
          to_column(evaluator_.value(assignment.expression, tuples), column, *statement_.source, assignment.at);
    } else if (!is_first_look || !column.serial) {
      version[assignment.column_number] = default_of(table_number, assignment.column_number, assignment.at);
    }
  }
  check_row(table, version);
  return version;
}

// By what SET mentions: the lock that a row gets which has to be looked at again.
LockStrength StatementRun::strongest(std::size_t table_number, const std::vector<sql::Assignment>& assignments) const {
  const auto& table = catalog_.tables[table_number];
  const bool names_key = std::any_of(assignments.begin(), assignments.end(), [&](const sql::Assignment& assignment) {
    return is_key_column(table, assignment.column_number);
  });
  return names_key ? LockStrength::update : LockStrength::no_key_update;
}

// By what has changed in fact: P-LK-2.
LockStrength StatementRun::strength_of_change(std::size_t table_number, const Tuple& before, const Tuple& after) const {
  const auto& table = catalog_.tables[table_number];
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    if (before[column] != after[column] && is_key_column(table, column)) return LockStrength::update;
  }
  return LockStrength::no_key_update;
}

void StatementRun::write_version(RowName name, Tuple version) {
  const auto& table = catalog_.tables[name.table];
  if (parts_.size() > 1 || keeps_one_snapshot() || session_.snapshot)
    progress_.before.push_back(state_of(database_, session_, name));
  const Tuple before = *newest_version(database_, session_, name);
  const bool own_version = has_written(session_, name);
  auto& row = write(database_, session_, name);
  if (row.pending == Pending::written) {
    // Keys of the transaction's earlier versions remain in the indexes until it ends.
    const bool has_other_keys = std::any_of(table.uniques.begin(), table.uniques.end(), [&](const auto& unique) {
      const auto key = key_of(unique, row.written);
      return key && key != key_of(unique, version) && !(row.committed && key == key_of(unique, *row.committed));
    });
    if (has_other_keys) {
      row.superseded.push_back(row.written);
      std::sort(row.superseded.begin(), row.superseded.end());
    }
  }
  row.pending = Pending::written;
  row.written = std::move(version);
  row.indexed = 0;
  // An update that leaves all indexed columns alone is heap-only: no index gets an entry.
  progress_.indexing = false;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    progress_.indexing =
        progress_.indexing || (before[column] != row.written[column] && is_indexed_column(table, column));
  }
  note_changed(name);

  touches_.push_back({Touch::Kind::write_row, name, 0, false, false, !session_.savepoints.empty()});
  queue_key_checks(name, &before, &row.written, own_version);
}

void StatementRun::delete_version(RowName name) {
  if (parts_.size() > 1 || keeps_one_snapshot() || session_.snapshot)
    progress_.before.push_back(state_of(database_, session_, name));
  const Tuple before = *newest_version(database_, session_, name);
  auto& row = write(database_, session_, name);
  if (row.pending != Pending::written) row.written.clear();  // else it is kept: its keys are still in flight
  row.pending = Pending::deleted;
  note_changed(name);
  touches_.push_back({Touch::Kind::write_row, name, 0, false, false, !session_.savepoints.empty()});
  queue_key_checks(name, &before, nullptr, false);
}

void StatementRun::note_changed(RowName name) {
  progress_.changed.insert(std::lower_bound(progress_.changed.begin(), progress_.changed.end(), name), name);
}

// A transaction gets its number when it first writes or locks a row.
void StatementRun::take_number() {
  if (!setting_.tracking.dependencies || session_.has_number) return;
  session_.has_number = true;
  touches_.push_back({Touch::Kind::number, {}, 0, false, false, false});
}

void StatementRun::check_row(const sql::Table& table, const Tuple& version) {
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    if (table.columns[column].not_null && sql::is_null(version[column])) {
      throw SqlError("not_null_violation", "null value in column \"" + table.columns[column].name +
                                               "\" of relation \"" + table.name + "\" violates not-null constraint");
    }
  }
  for (const auto& constraint : table.checks) {
    const Value value = evaluator_.value(constraint.condition, Tuples{&version});
    const auto* holds = std::get_if<bool>(&value);  // NULL passes
    if (holds != nullptr && !*holds) {
      throw SqlError("check_violation", "new row for relation \"" + table.name + "\" violates check constraint \"" +
                                            constraint.name + "\"");
    }
  }
}

}  // namespace gapless::store::relational
