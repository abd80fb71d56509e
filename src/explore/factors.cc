#include "explore/factors.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "explore/mentions.h"

namespace gapless::explore {
namespace {

// The only row of a plain INSERT … VALUES without sub-selects; null for anything else.
const sql::Insert* plain_insert(const sql::Statement& statement) {
  const auto* insert = std::get_if<sql::Insert>(&statement.body);
  const bool is_plain = insert != nullptr && statement.with.empty() && statement.query_count == 0 &&
                        !insert->source.values.empty() && !insert->on_conflict && insert->returning.empty();
  return is_plain ? insert : nullptr;
}

// The tables of the view that invariants look at on the way.
std::set<std::size_t> seen_on_the_way(const model::Model& model) {
  std::set<std::size_t> seen;
  for (const auto& property : model.properties) {
    if (property.kind == model::PropertyKind::finally) continue;
    const auto& select = std::get<sql::Select>(property.query->body);
    seen.insert(select.tables.begin(), select.tables.end());
    for (const auto& table : property.query->with) {
      if (const auto* query = std::get_if<sql::Select>(&table.body)) {
        seen.insert(query->tables.begin(), query->tables.end());
      }
    }
  }
  return seen;
}

}  // namespace

Factors::Factors(Space& space, bool wanted) : space_(space) {
  const auto& model = space.successors().model();
  const bool has_replicas = std::ranges::any_of(
      model.databases, [](const auto& database) { return database.kind == model::Database::Kind::replica; });
  if (!wanted || model.has_history || model.tracking.dependencies || has_replicas) return;
  const auto seen = seen_on_the_way(model);
  std::size_t viewed = 0;
  for (std::size_t database = 0; database < model.databases.size(); ++database) {
    const auto& each = model.databases[database];
    tables_.emplace_back();
    for (std::size_t table = 0; table < each.catalog.tables.size(); ++table) {
      const bool is_one = each.kind == model::Database::Kind::postgres && is_added_to_only(model, database, table);
      tables_.back().push_back(is_one);
      if (is_one) any_ = true;
      if (is_one && !each.catalog.tables[table].uniques.empty()) any_unique_ = true;
      if (is_one && model::is_viewed(each) && seen.contains(viewed + table)) seen_by_always_ = true;
    }
    if (model::is_viewed(each)) viewed += each.catalog.tables.size();
  }
  ledgers_ = !model.ledgers.empty();
  any_ = any_ || ledgers_;
  constexpr std::size_t tables_behind = 2;  // sections and responses
  const auto first_ledger = model.view.tables.size() - tables_behind - model.ledgers.size();
  for (std::size_t ledger = 0; ledger < model.ledgers.size(); ++ledger) {
    if (seen.contains(first_ledger + ledger)) seen_by_always_ = true;
  }
}

bool Factors::is_added_to_only(const model::Model& model, std::size_t database, std::size_t table) const {
  const auto& tables = model.databases[database].catalog.tables;
  const auto& schema = tables[table];
  if (model.places.empty() || model.tracking.table_locks) return false;  // what requests do is not known
  const auto has_serial = std::ranges::any_of(schema.columns, [](const auto& column) { return column.serial; });
  const auto is_referred_to = std::ranges::any_of(tables, [&](const auto& other) {
    return std::ranges::any_of(other.foreign_keys, [&](const auto& key) { return key.parent == table; });
  });
  if (has_serial || is_referred_to || !schema.foreign_keys.empty()) return false;
  for (const auto& place : model.places) {
    const auto count = mentions(place.text, schema.name);
    if (count == 0) continue;
    const auto* insert = place.statement == nullptr ? nullptr : plain_insert(*place.statement);
    const bool adds = insert != nullptr && place.database == database && insert->table_number == table;
    if (!adds || count > 1) return false;
  }
  return true;
}

bool Factors::only_adds(const store::Operation& operation) const {
  if (operation.kind != store::Operation::Kind::statement || tables_.empty()) return false;
  const auto* insert = plain_insert(*operation.statement);
  return insert != nullptr && tables_[operation.database][insert->table_number];
}

std::uint32_t Factors::addition(std::size_t database, std::size_t table, const sql::Tuple& row) {
  std::string name = std::to_string(database) + " " + std::to_string(table);
  for (const auto& value : row) name += "\n" + std::to_string(value.index()) + " " + sql::to_string(value);
  const auto [found, is_new] = numbers_.try_emplace(std::move(name), additions());
  if (is_new) {
    Added added{database, table, row, false, Move::no_local};
    if (database != none) {
      const auto& schema = space_.successors().model().databases[database].catalog.tables[table];
      added.is_unique = !schema.uniques.empty();
      // Another row with the same key would meet this one.
      for (const auto& other : rows_) {
        if (other.database != database || other.table != table) continue;
        for (const auto& unique : schema.uniques) {
          const bool same =
              std::ranges::all_of(unique.columns, [&](auto column) { return other.row[column] == row[column]; });
          if (same) throw Unsuitable{"two rows that are added meet in a unique index"};
        }
      }
    }
    rows_.push_back(std::move(added));
  }
  return found->second;
}

std::uint32_t Factors::counted(LocalNumber local) {
  const auto [found, is_new] = counted_.try_emplace(local, additions());
  if (is_new) {
    rows_.emplace_back();
    rows_.back().actor = local;
  }
  return found->second;
}

void Factors::add_actors(std::span<const std::uint32_t> counts, StateRow& row) const {
  for (const auto& [local, number] : counted_) {
    if (number < counts.size() && counts[number] > 0) row.add(local, counts[number]);
  }
}

Factors::Split Factors::split(WorldNumber number, std::uint32_t change) {
  Split split{number, {}, change};
  if (!any_) return split;
  auto world = space_.world_value(number);
  for (std::size_t ledger = 0; ledger < world.ledgers.size(); ++ledger) {
    for (const auto& row : world.ledgers[ledger]) split.additions.push_back(addition(none, ledger, row));
    world.ledgers[ledger].clear();
  }
  for (std::size_t database = 0; database < tables_.size(); ++database) {
    auto& tables = world.databases[database].tables;
    relational::Event event;
    bool any_moved = false;
    event.places.resize(tables.size());
    for (std::size_t table = 0; table < tables.size(); ++table) {
      if (!tables_[database][table]) continue;
      std::vector<relational::Row> kept;
      std::vector<std::uint32_t> places;
      for (auto& row : tables[table].rows) {
        const bool is_settled = row.committed && row.pending == relational::Pending::none && row.superseded.empty() &&
                                row.ghost == 0 && row.tag == 0 &&
                                std::ranges::all_of(row.locks, [](const auto count) { return count == 0; });
        if (is_settled) {
          split.additions.push_back(addition(database, table, *row.committed));
          places.push_back(relational::RowName::gone);
        } else {
          const bool has_keys = !space_.successors().model().databases[database].catalog.tables[table].uniques.empty();
          if (has_keys) throw Unsuitable{"a row with a key is added and not committed at once"};
          places.push_back(static_cast<std::uint32_t>(kept.size()));
          kept.push_back(std::move(row));
        }
      }
      if (kept.size() == tables[table].rows.size()) {
        tables[table].rows = std::move(kept);
        continue;
      }
      any_moved = any_moved || !kept.empty();
      tables[table].rows = std::move(kept);
      event.places[table] = std::move(places);
    }
    if (any_moved) split.change = space_.with_event(split.change, database, event);
  }
  split.core = space_.intern_world(std::move(world));
  return split;
}

World Factors::whole(WorldNumber core, std::span<const std::uint32_t> counts) const {
  auto world = space_.world_value(core);
  for (std::size_t number = 0; number < counts.size(); ++number) {
    const auto& added = rows_[number];
    if (counts[number] == 0 || added.actor != Move::no_local) continue;
    if (added.database == none) {
      auto& ledger = world.ledgers[added.table];
      ledger.insert(std::ranges::upper_bound(ledger, added.row), counts[number], added.row);
    } else {
      relational::Row row;
      row.committed = added.row;
      auto& rows = world.databases[added.database].tables[added.table].rows;
      rows.insert(std::ranges::upper_bound(rows, row), counts[number], row);
    }
  }
  return world;
}

}  // namespace gapless::explore
