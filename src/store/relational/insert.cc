// INSERT, with ON CONFLICT, and unique keys.
#include <algorithm>

#include "base/check.h"
#include "store/relational/statement_run.h"

namespace gapless::store::relational {

const Value use_default = sql::Status{"default"};

std::optional<Wait> StatementRun::insert(const sql::Insert& insert) {
  const auto& table = catalog_.tables[insert.table_number];
  if (progress_.writing) {  // its keys first: it waited for one of them
    if (auto wait = put_keys(*progress_.writing)) return wait;
    finish_insert(insert);
  }
  if (!progress_.found) {
    may_wait_for_locks_ = true;
    progress_.inserts = source_rows(insert, table);
    finish_computation();
    progress_.found = true;
  }
  std::size_t done = 0;
  std::optional<Wait> wait;
  while (!wait && done < progress_.inserts.size()) {
    auto version = complete(insert, table, progress_.inserts[done]);
    check_row(table, version);  // before the unique keys: P-EPQ-7
    const auto resolution = insert.on_conflict ? resolve_conflict(insert, version, wait) : Resolution::none;
    waited_.reset();
    if (resolution == Resolution::waits) {
      progress_.inserts[done] = std::move(version);  // its numbers are drawn
      break;
    }
    ++done;
    if (resolution == Resolution::done) continue;
    if (resolution == Resolution::none) progress_.writing = append(insert.table_number, std::move(version));
    wait = put_keys(*progress_.writing);
    if (!wait) finish_insert(insert);
  }
  progress_.inserts.erase(progress_.inserts.begin(), progress_.inserts.begin() + static_cast<std::ptrdiff_t>(done));
  return wait;
}

std::vector<Tuple> StatementRun::source_rows(const sql::Insert& insert, const sql::Table& table) {
  std::vector<Tuple> rows;
  const auto place = [&](std::size_t column) { return insert.column_numbers[column]; };
  if (!insert.source.values.empty()) {
    for (const auto& expressions : insert.source.values) {
      Tuple row(table.columns.size(), use_default);
      for (std::size_t i = 0; i < expressions.size(); ++i) {
        if (expressions[i].kind != sql::Expression::Kind::default_) {
          row[place(i)] =
              explicit_value(evaluator_.value(expressions[i], {}), table.columns[place(i)], expressions[i].at);
        }
      }
      rows.push_back(std::move(row));
    }
  } else if (insert.source.targets.empty()) {  // DEFAULT VALUES
    rows.emplace_back(table.columns.size(), use_default);
  } else {
    for (const auto& source : evaluator_.select(insert.source)) {
      Tuple row(table.columns.size(), use_default);
      for (std::size_t i = 0; i < source.size(); ++i) {
        row[place(i)] = explicit_value(source[i], table.columns[place(i)], insert.source.at);
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

Value StatementRun::explicit_value(const Value& value, const sql::Column& column, Offset at) const {
  if (column.identity_always) {
    throw SqlError("generated_always", "cannot insert a non-DEFAULT value into column \"" + column.name + "\"");
  }
  if (column.serial && !setting_.named.empty()) throw sql::NameUsed("its column is given another value");
  return to_column(value, column, *statement_.source, at);
}

// Defaults are filled in when the row's turn comes, so that serial numbers are handed out in that order.
Tuple StatementRun::complete(const sql::Insert& insert, const sql::Table& table, Tuple row) {
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    if (row[column] == use_default) row[column] = default_of(insert.table_number, column, insert.at);
  }
  return row;
}

Value StatementRun::default_of(std::size_t table_number, std::size_t column_number, Offset at) {
  const auto& columns = catalog_.tables[table_number].columns;
  const auto& column = columns[column_number];
  if (column.serial) {
    const auto serials_before =
        std::count_if(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(column_number),
                      [](const sql::Column& other) { return other.serial; });
    auto& next = database_.tables[table_number].next_number[static_cast<std::size_t>(serials_before)];
    for (const auto& named : setting_.named) {
      if (named.table != table_number || named.column != column_number) continue;
      return sql::Name{named.kind, static_cast<std::uint32_t>(next++), named.first};
    }
    return to_column(Value{next++}, column, *statement_.source, at);
  }
  if (!column.default_value) return sql::Null{};
  return to_column(evaluator_.value(*column.default_value, {}), column, *statement_.source, at);
}

RowName StatementRun::append(std::size_t table_number, Tuple version) {
  auto& rows = database_.tables[table_number].rows;
  const RowName name{static_cast<std::uint32_t>(table_number), static_cast<std::uint32_t>(rows.size())};
  take_number();
  rows.emplace_back();
  if (parts_.size() > 1 || keeps_one_snapshot() || session_.snapshot)
    progress_.before.push_back(state_of(database_, session_, name));
  hold(database_, session_, name, LockStrength::update);
  auto& row = write(database_, session_, name);
  row.pending = Pending::written;
  row.written = std::move(version);
  progress_.indexing = true;
  note_changed(name);
  touches_.push_back({Touch::Kind::write_table, name, 0, false, false, false});
  queue_key_checks(name, nullptr, &row.written, false);
  return name;
}

// Also of a row that ON CONFLICT DO UPDATE has changed instead.
void StatementRun::finish_insert(const sql::Insert& insert) {
  const Tuple& version = row_at(database_, *progress_.writing).written;
  if (!insert.returning.empty()) progress_.output.push_back(evaluator_.targets(insert.returning, Tuples{&version}));
  ++progress_.count;
  progress_.writing.reset();
}

// -------------------------------------------------------------------------------------------------- ON CONFLICT

// Looks for the key before anything is inserted (P-UQ-2, P-UQ-4).
StatementRun::Resolution StatementRun::resolve_conflict(const sql::Insert& insert, const Tuple& version,
                                                        std::optional<Wait>& wait) {
  const auto& on_conflict = *insert.on_conflict;
  if (waited_ && waited_->kind == Wait::Kind::row && keeps_one_snapshot() && waited_->superseded) {
    fail_to_serialize(waited_->deleted);
  }
  const auto& uniques = catalog_.tables[insert.table_number].uniques;
  for (std::size_t number = 0; number < uniques.size(); ++number) {
    const auto& wanted = on_conflict.uniques;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), number) == wanted.end()) continue;
    const auto key = key_of(uniques[number], version);
    if (!key) continue;
    auto conflict = find_key(insert.table_number, number, *key, std::nullopt);
    if (conflict.wait) {
      wait = std::move(conflict.wait);
      return Resolution::waits;
    }
    if (!conflict.live) continue;
    if (on_conflict.updates) return update_conflicting(insert, version, *conflict.live, wait);
    read_existing(*conflict.live);
    // P-UQ-5: a row that the snapshot does not show cannot be passed over in silence.
    if (keeps_one_snapshot() && difference_of(session_, *conflict.live) != nullptr) fail_to_serialize(false);
    return Resolution::done;
  }
  return Resolution::none;
}

StatementRun::Resolution StatementRun::update_conflicting(const sql::Insert& insert, const Tuple& version, RowName name,
                                                          std::optional<Wait>& wait) {
  const auto& on_conflict = *insert.on_conflict;
  if (has_changed(name)) {
    throw SqlError("cardinality_violation", "ON CONFLICT DO UPDATE command cannot affect row a second time");
  }
  const auto strength = strongest(insert.table_number, on_conflict.assignments);
  if (excluded(row_at(database_, name), strength, own_strength(session_, name))) {
    wait.emplace();
    wait->row = name;
    wait->strength = strength;
    return Resolution::waits;
  }
  take_number();
  hold(database_, session_, name, strength);
  read_existing(name);
  if (keeps_one_snapshot() && difference_of(session_, name) != nullptr) fail_to_serialize(false);
  const Tuples tuples{newest_version(database_, session_, name), &version};
  if (on_conflict.where && !evaluator_.is_true(*on_conflict.where, tuples)) return Resolution::done;  // stays locked
  auto updated = new_version(insert.table_number, on_conflict.assignments, tuples, false);
  write_version(name, std::move(updated));
  progress_.writing = name;
  return Resolution::writing;
}

// ON CONFLICT looks at the row that is there as a reader does.
void StatementRun::read_existing(RowName name) {
  const bool changed = difference_of(session_, name) != nullptr;
  touches_.push_back({Touch::Kind::read_row, name, 0, !changed, !changed && !has_written(session_, name), false});
}

// -------------------------------------------------------------------------------------------------- unique keys

// Enters the keys of an uncommitted version into the unique indexes that it is not in yet.
std::optional<Wait> StatementRun::put_keys(RowName name) {
  const auto& table = catalog_.tables[name.table];
  const auto& uniques = table.uniques;
  while (row_at(database_, name).indexed < uniques.size()) {
    const std::size_t number = row_at(database_, name).indexed;
    const auto key = key_of(uniques[number], row_at(database_, name).written);
    KeyConflict conflict;
    if (key) conflict = find_key(name.table, number, *key, name);
    if (conflict.wait) return std::move(conflict.wait);
    // A conflict with a reader of the page comes before the duplicate (P-UQ-6). NULLs have entries, too.
    if (conflict.live || (progress_.indexing && (key || !uniques[number].predicate))) {
      touches_.push_back({Touch::Kind::write_page, name, static_cast<std::uint32_t>(number), false, false, false});
    }
    if (conflict.live) {
      throw SqlError("unique_violation",
                     "duplicate key value violates unique constraint \"" + uniques[number].name + "\"");
    }
    ++row_at(database_, name).indexed;
  }
  if (progress_.indexing) {
    for (std::size_t i = 0; i < table.indexes.size(); ++i) {
      const auto index = static_cast<std::uint32_t>(uniques.size() + i);
      touches_.push_back({Touch::Kind::write_page, name, index, false, false, false});
    }
  }
  return std::nullopt;
}

// A key in flight has to be waited for, a live duplicate is named.
StatementRun::KeyConflict StatementRun::find_key(std::size_t table_number, std::size_t unique_number, const Tuple& key,
                                                 std::optional<RowName> self) const {
  const auto table = static_cast<std::uint32_t>(table_number);
  const auto& unique = catalog_.tables[table_number].uniques[unique_number];
  const auto& rows = database_.tables[table_number].rows;
  KeyConflict found;
  for (std::uint32_t place = 0; place < rows.size(); ++place) {
    const RowName name{table, place};
    if (self == name) continue;
    const auto& row = rows[place];
    if (row.pending != Pending::none && !has_written(session_, name)) {
      if (has_key_in_flight(row, unique, unique_number, key)) {
        found.wait.emplace();
        found.wait->kind = Wait::Kind::key;
        found.wait->row = {table, 0};
        found.wait->unique = unique_number;
        found.wait->key = key;
        return found;
      }
      continue;
    }
    const auto* version = newest_version(database_, session_, name);
    if (!found.live && version != nullptr && is_same_key(key_of(unique, *version), key)) found.live = name;
  }
  return found;
}

}  // namespace gapless::store::relational
