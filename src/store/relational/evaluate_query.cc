// Whole queries, in the order in which SQL defines them: FROM and WHERE (evaluate_join.cc), GROUP BY and HAVING, the
// targets, DISTINCT, UNION, ORDER BY, OFFSET and LIMIT.
#include <algorithm>
#include <deque>
#include <map>
#include <numeric>

#include "store/relational/evaluate_computation.h"

namespace gapless::store {

namespace {

using sql::Select;

// Orders rows so that equal ones (1.0 and 1.00, NULL and NULL) are one key.
struct TupleLess {
  Place place;
  bool operator()(const Tuple& a, const Tuple& b) const { return compare_with_nulls(a, b, place) < 0; }
};

// Keeps the first of equal rows; says which ones stay.
template <typename Row, typename Key>
void keep_first(std::vector<Row>& rows, const Place& place, const Key& key) {
  std::map<Tuple, bool, TupleLess> seen(TupleLess{place});
  std::erase_if(rows, [&](const Row& row) { return !seen.emplace(key(row), true).second; });
}

std::size_t row_count(const Value& value, const Place& place, const char* what, const char* condition) {
  if (is_null(value)) return Computation::all;
  const Value number = cast(unified(value, Type::bigint, place), Type::bigint, -1, -1, place);
  const auto count = std::get<std::int64_t>(number);
  if (count < 0) throw SqlError(condition, std::string(what) + " must not be negative");
  return static_cast<std::size_t>(count);
}

template <typename T>
void cut(std::vector<T>& rows, std::pair<std::size_t, std::size_t> skip_and_take) {
  const auto [skip, take] = skip_and_take;
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(skip, rows.size())));
  if (take < rows.size()) rows.resize(take);
}

std::vector<Tuple> numbers_of(const sql::Series& series, std::size_t at_most) {
  const auto [first, last, step] = series;
  std::vector<Tuple> rows;
  for (std::int64_t n = first; rows.size() < at_most && (step > 0 ? n <= last : n >= last); n += step) {
    rows.push_back({static_cast<std::int32_t>(n)});
  }
  return rows;
}

}  // namespace

std::vector<Tuple> Computation::run(const Select& query, const Scope* outer, std::size_t at_most) {
  if (query.union_with != nullptr) return run_union(query, outer);
  return run_block(query, outer, at_most, true);
}

// One SELECT or VALUES. `order` false: without its ORDER BY and LIMIT, which then belong to a UNION.
std::vector<Tuple> Computation::run_block(const Select& query, const Scope* outer, std::size_t at_most, bool order) {
  if (query.series) return numbers_of(*query.series, at_most);
  if (!query.values.empty()) {
    auto rows = run_values(query, outer);
    if (!order) return rows;
    std::vector<Tuple> keys;
    for (const Tuple& row : rows) {
      const Tuple* const item = &row;
      keys.push_back(sort_keys(query, Scope{std::span(&item, 1), outer}));
    }
    return sorted_rows(query, outer, std::move(rows), keys);
  }

  std::vector<Tuple> rows;
  if (!query.distinct && (query.order_by.empty() || !order)) {
    // As PostgreSQL does: rows beyond the limit are not computed, so that they cannot fail.
    auto [skip, take] = order ? limits(query, outer) : std::pair(std::size_t{0}, all);
    take = std::min(take, at_most);
    if (take == 0) return rows;
    visit_scopes(query, outer, [&](const Scope& scope) {
      if (skip > 0) return --skip, true;
      rows.push_back(targets(query.targets, scope));
      return rows.size() < take;
    });
    return rows;
  }

  struct Output {
    Tuple row;
    Tuple keys;
  };
  std::vector<Output> outputs;
  visit_scopes(query, outer, [&](const Scope& scope) {
    outputs.push_back({targets(query.targets, scope), order ? sort_keys(query, scope) : Tuple()});
    return true;
  });
  if (query.distinct) keep_first(outputs, {source_, query.at}, [](const Output& output) { return output.row; });
  std::vector<Tuple> keys;
  for (auto& output : outputs) {
    rows.push_back(std::move(output.row));
    keys.push_back(std::move(output.keys));
  }
  return order ? sorted_rows(query, outer, std::move(rows), keys) : rows;
}

std::vector<Tuple> Computation::run_values(const Select& query, const Scope* outer) {
  std::vector<Tuple> rows;
  const Scope scope{{}, outer};
  for (const auto& expressions : query.values) {
    Tuple row;
    for (const auto& expression : expressions) {
      const Type type = row.size() < query.types.size() ? query.types[row.size()] : Type::unknown;
      row.push_back(unified(value(expression, scope), type, place(expression)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// A UNION B UNION ALL C is (A UNION B) UNION ALL C; ORDER BY and LIMIT of the whole stand in A.
std::vector<Tuple> Computation::run_union(const Select& query, const Scope* outer) {
  const Place place{source_, query.at};
  auto rows = run_block(query, outer, all, false);
  for (const Select* arm = &query; arm->union_with != nullptr; arm = arm->union_with.get()) {
    auto more = run_block(*arm->union_with, outer, all, true);
    rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    for (Tuple& row : rows) {
      for (std::size_t i = 0; i < row.size() && i < query.types.size(); ++i) {
        row[i] = unified(std::move(row[i]), query.types[i], place);
      }
    }
    if (!arm->union_all) keep_first(rows, place, [](const Tuple& row) -> const Tuple& { return row; });
  }
  std::vector<Tuple> keys;  // over the result: its columns are those of item 0
  for (const Tuple& row : rows) {
    const Tuple* const item = &row;
    keys.push_back(sort_keys(query, Scope{std::span(&item, 1), outer}));
  }
  return sorted_rows(query, outer, std::move(rows), keys);
}

// ---------------------------------------------------------------------------------------------- grouping

void Computation::visit_scopes(const Select& query, const Scope* outer,
                               const std::function<bool(const Scope&)>& visit) {
  if (query.aggregated) return visit_groups(query, outer, visit);
  std::deque<std::vector<Tuple>> kept;
  OrderWatch watch(snapshot_);
  visit_matches(query.from, query.where ? &*query.where : nullptr, outer, kept, [&](const FromRow& row) {
    watch.next(row);
    return visit(Scope{row.tuples, outer});
  });
}

// Groups come in the order of their first rows.
void Computation::visit_groups(const Select& query, const Scope* outer,
                               const std::function<bool(const Scope&)>& visit) {
  std::deque<RowList> groups;
  std::map<Tuple, RowList*, TupleLess> by_key(TupleLess{{source_, query.at}});
  std::deque<std::vector<Tuple>> kept;
  if (query.group_by.empty()) groups.emplace_back(query.from.size());
  OrderWatch watch(snapshot_);
  visit_matches(query.from, query.where ? &*query.where : nullptr, outer, kept, [&](const FromRow& row) {
    if (query.group_by.empty()) {
      groups.front().add(row.tuples);
      return true;
    }
    watch.next(row);
    Tuple key;
    for (const auto& term : query.group_by) key.push_back(value(term, Scope{row.tuples, outer}));
    const auto [at, is_new] = by_key.try_emplace(std::move(key), nullptr);
    if (is_new) at->second = &groups.emplace_back(query.from.size());
    at->second->add(row.tuples);
    return true;
  });

  const std::vector<const Tuple*> nothing(query.from.size(), nullptr);
  for (const RowList& group : groups) {
    const Scope scope{group.size() > 0 ? group[0] : std::span<const Tuple* const>(nothing), outer, &group};
    if (query.having && truth(*query.having, scope) != Truth::yes) continue;
    if (!visit(scope)) return;
  }
}

Tuple Computation::targets(const std::vector<sql::Target>& targets, const Scope& scope) {
  Tuple row;
  row.reserve(targets.size());
  for (const auto& target : targets) row.push_back(value(target.expression, scope));
  return row;
}

// ---------------------------------------------------------------------------------------------- ordering

Tuple Computation::sort_keys(const Select& query, const Scope& scope) {
  Tuple keys;
  keys.reserve(query.order_by.size());
  for (const auto& term : query.order_by) keys.push_back(value(term.expression, scope));
  return keys;
}

std::vector<std::size_t> Computation::sorted(const Select& query, const std::vector<Tuple>& keys) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    for (std::size_t i = 0; i < query.order_by.size(); ++i) {
      const auto& term = query.order_by[i];
      const Value& x = keys[a][i];
      const Value& y = keys[b][i];
      if (is_null(x) || is_null(y)) {
        if (is_null(x) != is_null(y)) return is_null(x) == term.nulls_first;
        continue;
      }
      const auto relation = compare(x, y, place(term.expression));
      if (relation != 0) return (relation < 0) != term.descending;
    }
    return false;
  });
  return order;
}

std::vector<Tuple> Computation::sorted_rows(const Select& query, const Scope* outer, std::vector<Tuple> rows,
                                            const std::vector<Tuple>& keys) {
  if (!query.order_by.empty()) {
    std::vector<Tuple> in_order;
    in_order.reserve(rows.size());
    for (const std::size_t i : sorted(query, keys)) in_order.push_back(std::move(rows[i]));
    rows = std::move(in_order);
  }
  cut(rows, limits(query, outer));
  return rows;
}

std::pair<std::size_t, std::size_t> Computation::limits(const Select& query, const Scope* outer) {
  const Scope scope{{}, outer};
  std::pair<std::size_t, std::size_t> result{0, all};
  if (query.offset) {
    const auto skip = row_count(value(*query.offset, scope), place(*query.offset), "OFFSET",
                                "invalid_row_count_in_result_offset_clause");
    result.first = skip == all ? 0 : skip;
  }
  if (query.limit) {
    result.second =
        row_count(value(*query.limit, scope), place(*query.limit), "LIMIT", "invalid_row_count_in_limit_clause");
  }
  return result;
}

}  // namespace gapless::store
