// Foreign keys, looked at when the statement has done its rows, as PostgreSQL's triggers do: a child's row locks its
// parent FOR KEY SHARE (P-FK-1); a parent that goes, or loses its key, must leave no child behind.
#include <algorithm>

#include "base/check.h"
#include "store/relational/statement_run.h"

namespace gapless::store::relational {

// `before` null: inserted; `after` null: deleted. `own_version`: the version before was this transaction's own, which
// has to be looked at again whatever changed (ri_triggers.c).
void StatementRun::queue_key_checks(RowName name, const Tuple* before, const Tuple* after, bool own_version) {
  for (std::size_t child = 0; child < catalog_.tables.size(); ++child) {
    const auto& keys = catalog_.tables[child].foreign_keys;
    for (std::size_t number = 0; number < keys.size(); ++number) {
      if (keys[number].parent != name.table || before == nullptr) continue;
      const auto old_key = key_of(keys[number].parent_columns, *before);
      const auto new_key = after != nullptr ? key_of(keys[number].parent_columns, *after) : std::nullopt;
      if (old_key && old_key != new_key) progress_.checks.push_back({child, number, true, *old_key});
    }
  }
  const auto& keys = catalog_.tables[name.table].foreign_keys;
  for (std::size_t number = 0; number < keys.size() && after != nullptr; ++number) {
    const auto old_key = before != nullptr ? key_of(keys[number].columns, *before) : std::nullopt;
    const auto new_key = key_of(keys[number].columns, *after);
    if (new_key && (own_version || old_key != new_key)) {
      progress_.checks.push_back({name.table, number, false, *new_key});
    } else if (!new_key && before == nullptr && setting_.tracking.table_locks) {
      progress_.checks.push_back({name.table, number, false, {}});  // it locks the parent's table all the same
    }
  }
}

std::optional<Wait> StatementRun::check_keys() {
  while (!progress_.checks.empty()) {
    const KeyCheck key_check = progress_.checks.front();
    if (auto wait = lock_other_table(key_check)) return wait;
    std::optional<Wait> wait;
    if (key_check.of_parent) {
      wait = check_children(key_check);
    } else if (!key_check.key.empty()) {
      wait = check_parent(key_check);
    }
    waited_.reset();
    if (wait) return wait;
    progress_.checks.erase(progress_.checks.begin());
  }
  return std::nullopt;
}

// A check is a statement of its own, with the lock that every statement takes on its table.
std::optional<Wait> StatementRun::lock_other_table(const KeyCheck& key_check) {
  if (!setting_.tracking.table_locks) return std::nullopt;
  const auto& foreign_key = catalog_.tables[key_check.child].foreign_keys[key_check.foreign_key];
  const bool acts = foreign_key.on_delete == sql::ForeignKeyAction::cascade ||
                    foreign_key.on_delete == sql::ForeignKeyAction::set_null;
  const LockRequest wanted{
      {LockTag::Kind::table, static_cast<std::int64_t>(key_check.of_parent ? key_check.child : foreign_key.parent)},
      key_check.of_parent && acts ? TableLock::row_exclusive : TableLock::row_share,
      false};
  return request(database_, session_, wanted, trail_.moves);
}

namespace {

Touch read_of(RowName name, bool newest) { return {Touch::Kind::read_row, name, 0, true, newest, false}; }

}  // namespace

// The parent is looked for in the snapshot at REPEATABLE READ, in what is committed now at READ COMMITTED (P-FK-3).
std::optional<Wait> StatementRun::check_parent(const KeyCheck& key_check) {
  const auto& child = catalog_.tables[key_check.child];
  const auto& foreign_key = child.foreign_keys[key_check.foreign_key];
  const auto fail = [&] {
    throw SqlError("foreign_key_violation", "insert or update on table \"" + child.name +
                                                "\" violates foreign key constraint \"" + foreign_key.name + "\"");
  };
  const auto has_key = [&](const Tuple* version) {
    return version != nullptr && is_same_key(key_of(foreign_key.parent_columns, *version), key_check.key);
  };
  const auto table = static_cast<std::uint32_t>(foreign_key.parent);
  if (waited_ && waited_->kind == Wait::Kind::row && waited_->row.table == table) {
    // It found a parent, and waited for it: that one it is, or none.
    if (keeps_one_snapshot() && waited_->superseded) fail_to_serialize(false);
    const auto name = waited_->row;
    if (name.row == RowName::gone || !has_key(newest_version(database_, session_, name))) fail();
  } else {
    touches_.push_back({Touch::Kind::read_page,
                        {table, 0},
                        static_cast<std::uint32_t>(foreign_key.parent_unique),
                        false,
                        false,
                        false});
  }
  const auto& rows = database_.tables[table].rows;
  for (std::uint32_t place = 0; place < rows.size(); ++place) {
    const RowName name{table, place};
    const auto* difference =
        keeps_one_snapshot() && !has_written(session_, name) ? difference_of(session_, name) : nullptr;
    const auto* version = difference == nullptr ? newest_version(database_, session_, name)
                          : difference->seen    ? &*difference->seen
                                                : nullptr;
    if (!has_key(version)) continue;
    touches_.push_back(read_of(name, difference == nullptr && !has_written(session_, name)));
    if (difference != nullptr && difference->key_changed) fail_to_serialize(false);
    if (excluded(rows[place], LockStrength::key_share, own_strength(session_, name))) {
      Wait wait;
      wait.row = name;
      wait.strength = LockStrength::key_share;
      return wait;
    }
    take_number();
    hold(database_, session_, name, LockStrength::key_share);
    return std::nullopt;
  }
  fail();
  return std::nullopt;
}

// Children are looked for in what is there now, at every level (P-FK-3).
std::optional<Wait> StatementRun::check_children(const KeyCheck& key_check) {
  const auto& child = catalog_.tables[key_check.child];
  const auto& foreign_key = child.foreign_keys[key_check.foreign_key];
  const auto& parent = catalog_.tables[foreign_key.parent];
  const auto parent_table = static_cast<std::uint32_t>(foreign_key.parent);
  const auto child_table = static_cast<std::uint32_t>(key_check.child);
  bool still_there = false;  // another parent, or the same row again, has the key now
  bool deleted = true;
  for (std::uint32_t place = 0; place < database_.tables[parent_table].rows.size(); ++place) {
    const auto* version = newest_version(database_, session_, {parent_table, place});
    still_there =
        still_there || (version != nullptr && is_same_key(key_of(foreign_key.parent_columns, *version), key_check.key));
  }
  for (const auto name : progress_.changed) {
    const auto& row = row_at(database_, name);
    if (name.table == parent_table && row.pending == Pending::written && row.committed &&
        is_same_key(key_of(foreign_key.parent_columns, *row.committed), key_check.key)) {
      deleted = false;
    }
  }
  const auto action = deleted ? foreign_key.on_delete : foreign_key.on_update;
  if (waited_ && keeps_one_snapshot() && waited_->superseded) {
    const bool acts = action == sql::ForeignKeyAction::cascade || action == sql::ForeignKeyAction::set_null;
    fail_to_serialize(acts && waited_->deleted);
  }
  if (action == sql::ForeignKeyAction::no_action && still_there) return std::nullopt;
  read_children(key_check);
  for (std::uint32_t place = 0; place < database_.tables[child_table].rows.size(); ++place) {
    const RowName name{child_table, place};
    const auto* version = newest_version(database_, session_, name);
    if (version == nullptr || !is_same_key(key_of(foreign_key.columns, *version), key_check.key)) continue;
    if (action == sql::ForeignKeyAction::cascade || action == sql::ForeignKeyAction::set_null) {
      if (auto wait = act_on_child(key_check, action, name)) return wait;
      continue;
    }
    if (excluded(row_at(database_, name), LockStrength::key_share, own_strength(session_, name))) {
      Wait wait;
      wait.row = name;
      wait.strength = LockStrength::key_share;
      return wait;
    }
    throw SqlError("foreign_key_violation", "update or delete on table \"" + parent.name +
                                                "\" violates foreign key constraint \"" + foreign_key.name +
                                                "\" on table \"" + child.name + "\"");
  }
  return std::nullopt;
}

// The query that looks for children is a reader like any other, with the latest snapshot: through an index on the
// foreign key where there is one.
void StatementRun::read_children(const KeyCheck& key_check) {
  const auto& child = catalog_.tables[key_check.child];
  const auto& foreign_key = child.foreign_keys[key_check.foreign_key];
  const auto table = static_cast<std::uint32_t>(key_check.child);
  const auto leads = [&](const std::vector<std::size_t>& columns) {
    return !columns.empty() && std::find(foreign_key.columns.begin(), foreign_key.columns.end(), columns.front()) !=
                                   foreign_key.columns.end();
  };
  std::optional<std::size_t> index;
  for (std::size_t i = 0; i < child.uniques.size() && !index; ++i) {
    if (!child.uniques[i].predicate && child.uniques[i].expressions.empty() && leads(child.uniques[i].columns))
      index = i;
  }
  for (std::size_t i = 0; i < child.indexes.size() && !index; ++i) {
    if (leads(child.indexes[i].columns)) index = child.uniques.size() + i;
  }
  Touch scan{index ? Touch::Kind::read_page : Touch::Kind::read_table, {table, 0}};
  scan.index = static_cast<std::uint32_t>(index.value_or(0));
  touches_.push_back(scan);
  for (std::uint32_t place = 0; place < database_.tables[table].rows.size(); ++place) {
    const RowName name{table, place};
    const auto& row = database_.tables[table].rows[place];
    const auto has_key = [&](const Tuple& version) {
      return is_same_key(key_of(foreign_key.columns, version), key_check.key);
    };
    const bool met = (row.committed && has_key(*row.committed)) || (!row.written.empty() && has_key(row.written));
    if (index && !met) continue;
    Touch read = read_of(name, row.committed && row.ghost == 0 && !has_written(session_, name));
    read.visible = read.newest;
    read.latest = true;
    touches_.push_back(read);
  }
}

std::optional<Wait> StatementRun::act_on_child(const KeyCheck& key_check, sql::ForeignKeyAction action, RowName name) {
  const auto& table = catalog_.tables[key_check.child];
  const auto& foreign_key = table.foreign_keys[key_check.foreign_key];
  if (action == sql::ForeignKeyAction::cascade && foreign_key.on_delete != action) {
    throw SqlError("feature_not_supported", "ON UPDATE CASCADE is not supported: update the children in a statement");
  }
  // The snapshot does not show the child as it is: the cross-check of ri_triggers.c.
  if (keeps_one_snapshot() && difference_of(session_, name) != nullptr) fail_to_serialize(false);
  auto strength = LockStrength::update;
  Tuple version = *newest_version(database_, session_, name);
  if (action == sql::ForeignKeyAction::set_null) {
    const Tuple before = version;
    for (const auto column : foreign_key.columns) version[column] = sql::Null{};
    strength = strength_of_change(key_check.child, before, version);
  }
  take_number();
  if (excluded(row_at(database_, name), strength, own_strength(session_, name))) {
    Wait wait;
    wait.row = name;
    wait.strength = strength;
    return wait;
  }
  hold(database_, session_, name, strength);
  if (action == sql::ForeignKeyAction::cascade) {
    delete_version(name);
    return std::nullopt;
  }
  check_row(table, version);
  write_version(name, std::move(version));
  return put_keys(name);
}

}  // namespace gapless::store::relational
