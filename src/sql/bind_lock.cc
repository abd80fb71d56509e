// What SELECT … FOR UPDATE and its like lock: tables, and only where rows are still rows.
#include <algorithm>

#include "sql/binder.h"
#include "sql/reader.h"

namespace gapless::sql {

void Binder::locking(Select& select) {
  Locking& locking = select.locking;
  const std::string lock(lock_name(locking.strength));
  const auto forbidden = [&](std::string_view with) {
    refuse(locking.at, lock + " is not allowed with " + std::string(with) + ": lock in a statement of its own");
  };
  if (select.distinct) forbidden("DISTINCT");
  if (!select.group_by.empty()) forbidden("GROUP BY");
  if (select.having) forbidden("HAVING");
  if (select.aggregated) forbidden("aggregate functions");
  const auto add = [&](std::size_t i) {
    const FromItem& item = select.from[i];
    const bool named = !locking.of.empty();
    const bool constants = item.query && (item.query->series || !item.query->values.empty());
    if (item.query && item.query->series && named) refuse(locking.at, lock + " cannot be applied to a function");
    if (item.common && named) refuse(locking.at, lock + " cannot be applied to a WITH query");
    const bool no_tables = item.query && item.query->from.empty() && !item.query->union_with;
    if (constants || item.common || no_tables) return;
    if (item.query)
      refuse(item.at,
             lock + " over a sub-select in FROM is not supported yet: lock inside it, or in a statement of its own");
    if (item.join == JoinKind::left)
      refuse(locking.at, lock + " cannot be applied to the nullable side of an outer join");
    // In the order of OF, which is the order in which PostgreSQL locks.
    if (std::ranges::find(locking.items, i) == locking.items.end()) locking.items.push_back(i);
  };
  if (locking.of.empty()) {
    for (std::size_t i = 0; i < select.from.size(); ++i) add(i);
  }
  for (const auto& name : locking.of) {
    const auto item = std::ranges::find(select.from, name, &FromItem::alias);
    if (item == select.from.end())
      refuse(locking.at, "relation \"" + name + "\" in " + lock + " clause not found in FROM clause");
    add(static_cast<std::size_t>(item - select.from.begin()));
  }
}

void Binder::remember_locking(const std::shared_ptr<Select>& query, std::size_t number) {
  if (query->locking.strength == LockStrength::none) return;
  if (query->correlated)
    refuse(query->locking.at, std::string(lock_name(query->locking.strength)) +
                                  " in a sub-select that refers to the query around it is not supported yet: lock in a "
                                  "statement of its own");
  locking_queries_.emplace_back(number, query);
}

}  // namespace gapless::sql
