// How PostgreSQL's planner would find the rows of an item of FROM in a small table without statistics: through an index
// where its first columns are compared for equality with what is known before the item's turn, else by reading the
// whole table. Asked for only where SERIALIZABLE takes predicate locks (S-SSI-1, S-SSI-7).
#include <algorithm>

#include "store/relational/evaluate_computation.h"
#include "store/relational/transaction.h"

namespace gapless::store {
namespace {

using sql::Expression;
using Kind = Expression::Kind;

bool is_column(const Expression& expression, std::size_t item) {
  return expression.kind == Kind::column && expression.slot.depth == 0 && expression.slot.item == item;
}

// column = value, or column IN (values).
struct Equality {
  std::size_t column = 0;
  std::vector<const Expression*> values;
};

bool is_any_column(const Expression& expression) {
  return expression.kind == Kind::column && expression.slot.depth == 0;
}

using Same = std::vector<std::pair<std::size_t, sql::Slot>>;  // this column is equal to that one of another item

void collect(const Expression& condition, std::size_t item, std::vector<Equality>& found, Same& same) {
  if (condition.kind == Kind::operation && condition.op == sql::Operator::and_) {
    for (const auto& part : condition.arguments) collect(part, item, found, same);
    return;
  }
  const auto& arguments = condition.arguments;
  if (condition.kind == Kind::operation && condition.op == sql::Operator::equal) {
    for (const std::size_t side : {0, 1}) {
      if (is_column(arguments[side], item) && is_any_column(arguments[1 - side])) {
        same.emplace_back(arguments[side].slot.column, arguments[1 - side].slot);
      }
      if (is_column(arguments[side], item) && !mentions_query(arguments[1 - side])) {
        found.push_back({arguments[side].slot.column, {&arguments[1 - side]}});
        return;
      }
    }
  }
  if (condition.kind == Kind::in_list && !condition.negated && is_column(arguments.front(), item)) {
    Equality equality{arguments.front().slot.column, {}};
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      if (mentions_query(arguments[i])) return;
      equality.values.push_back(&arguments[i]);
    }
    found.push_back(std::move(equality));
  }
}

}  // namespace

bool mentions_query(const Expression& expression) {
  if (expression.kind == Kind::column) return expression.slot.depth == 0;
  if (expression.query && expression.correlated) return true;
  return std::any_of(expression.arguments.begin(), expression.arguments.end(), mentions_query);
}

bool is_volatile(const Expression& expression) {
  if (expression.kind == Kind::function && expression.function >= sql::Function::advisory_lock) return true;
  return std::any_of(expression.arguments.begin(), expression.arguments.end(), is_volatile);
}

void Computation::announce_scan(const std::vector<sql::FromItem>& from, std::size_t item, const Expression* where,
                                const Scope* outer) {
  const auto* catalog = snapshot_.scans_wanted();
  if (catalog == nullptr) return;
  const auto& table = catalog->tables[from[item].table_number];
  Scan scan{from[item].table_number, std::nullopt, {}};
  const auto collect_for = [&](std::size_t number, Same& same) {
    std::vector<Equality> found;
    if (where != nullptr) collect(*where, number, found, same);
    for (const auto& each : from) {
      if (each.on && each.join != sql::JoinKind::left) collect(*each.on, number, found, same);
    }
    return found;
  };
  Same same;
  auto equalities = collect_for(item, same);
  // What is equal to a column that is equal to a value is equal to the value.
  for (const auto& [column, slot] : same) {
    if (slot.item == item) continue;
    Same unused;
    for (auto& equality : collect_for(slot.item, unused)) {
      if (equality.column == slot.column) equalities.push_back({column, std::move(equality.values)});
    }
  }

  std::vector<const Equality*> best;
  const auto consider = [&](std::size_t index, const std::vector<std::size_t>& columns) {
    std::vector<const Equality*> matched;
    for (const auto column : columns) {
      const auto found = std::find_if(equalities.begin(), equalities.end(),
                                      [&](const Equality& equality) { return equality.column == column; });
      if (found == equalities.end()) break;
      matched.push_back(&*found);
    }
    if (matched.size() <= best.size()) return;
    best = std::move(matched);
    scan.index = index;
  };
  for (std::size_t i = 0; i < table.uniques.size(); ++i) {
    if (!table.uniques[i].predicate && table.uniques[i].expressions.empty()) consider(i, table.uniques[i].columns);
  }
  for (std::size_t i = 0; i < table.indexes.size(); ++i) consider(table.uniques.size() + i, table.indexes[i].columns);

  // Every combination of the values that the columns are compared with.
  scan.keys.emplace_back();
  const Scope around{{}, outer};
  for (const auto* equality : best) {
    std::vector<Tuple> longer;
    for (const auto* expression : equality->values) {
      Value value = this->value(*expression, around);
      if (is_null(value)) continue;
      const auto& column = table.columns[equality->column];
      try {
        value = to_column(value, column, source_, expression->at);
      } catch (const SqlError&) {
        continue;  // no row has it
      }
      for (auto key : scan.keys) {
        key.push_back(value);
        longer.push_back(std::move(key));
      }
    }
    scan.keys = std::move(longer);
  }
  for (auto& key : scan.keys) {
    std::vector<std::size_t> all_columns(key.size());
    for (std::size_t i = 0; i < key.size(); ++i) all_columns[i] = i;
    key = *relational::key_of(all_columns, key);
  }
  snapshot_.scanned(scan);
}

}  // namespace gapless::store
