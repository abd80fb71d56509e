// FROM and WHERE: nested loops over the items from left to right. ON is tested as soon as its item has a row, WHERE
// when all have one.
#include <algorithm>
#include <optional>

#include "store/relational/evaluate_computation.h"

namespace gapless::store {

void OrderWatch::next(const FromRow& row) {
  if (!is_on_) return;
  for (std::size_t item = 0; item < before_.size(); ++item) {
    const auto* a = before_[item];
    const auto* b = row.tuples[item];
    if (a == nullptr || b == nullptr) continue;
    for (std::size_t column = 0; column < a->size(); ++column) {
      if (has_names((*a)[column]) && (*a)[column] != (*b)[column]) throw sql::NameUsed("rows come in its order");
    }
  }
  before_ = row.tuples;
}

class Computation::Join {
 public:
  Join(Computation& computation, const std::vector<sql::FromItem>& from, const sql::Expression* where,
       const Scope* outer, std::deque<std::vector<Tuple>>& kept, const Visit& visit)
      : computation_(computation), from_(from), where_(where), outer_(outer), kept_(kept), visit_(visit) {
    row_.tuples.assign(from.size(), nullptr);
    row_.numbers.assign(from.size(), FromRow::no_row);
    sources_.resize(from.size());
  }

  // What mentions no column of the query is computed once, before any table is read; if it is not true, none is
  // (PostgreSQL's One-Time Filter). Only who takes predicate locks can tell.
  bool passes_one_time_filters() {
    return where_ == nullptr || computation_.snapshot_.scans_wanted() == nullptr || passes(*where_);
  }

  // False if the visitor has enough.
  bool extend(std::size_t item) {
    if (item > 0 && !passes_filters_of(item - 1)) return true;
    if (item == from_.size()) return !satisfies(where_) || visit_(row_);
    if (!sources_[item]) sources_[item] = source(item);  // PostgreSQL does not read what no outer row asks for
    const auto rows = *sources_[item];
    const bool is_table = from_[item].query == nullptr && !from_[item].common;
    const sql::Expression* on = from_[item].on ? &*from_[item].on : nullptr;
    bool matched = false;
    for (std::size_t number = 0; number < rows.size(); ++number) {
      row_.tuples[item] = &rows[number];
      row_.numbers[item] = is_table ? number : FromRow::no_row;
      if (!satisfies(on)) continue;
      matched = true;
      if (!extend(item + 1)) return false;
    }
    row_.tuples[item] = nullptr;
    row_.numbers[item] = FromRow::no_row;
    return matched || from_[item].join != sql::JoinKind::left || extend(item + 1);
  }

 private:
  // What mentions no later item is tested before these are read, for the same reason.
  bool passes_filters_of(std::size_t item) {
    if (where_ == nullptr || from_.size() < 2 || computation_.snapshot_.scans_wanted() == nullptr) return true;
    return item + 1 == from_.size() || passes_filter(*where_, item);
  }

  bool passes_filter(const sql::Expression& condition, std::size_t item) {
    if (condition.kind == sql::Expression::Kind::operation && condition.op == sql::Operator::and_) {
      return std::all_of(condition.arguments.begin(), condition.arguments.end(),
                         [&](const sql::Expression& part) { return passes_filter(part, item); });
    }
    if (!mentions_query(condition) || is_volatile(condition) || last_item(condition) != item) return true;
    return satisfies(&condition);
  }

  // The last item that a condition mentions; beyond all of them where it cannot be told.
  std::size_t last_item(const sql::Expression& expression) const {
    if (expression.query && expression.correlated) return from_.size();
    std::size_t last = 0;
    if (expression.kind == sql::Expression::Kind::column && expression.slot.depth == 0) last = expression.slot.item;
    for (const auto& argument : expression.arguments) last = std::max(last, last_item(argument));
    return last;
  }

  bool passes(const sql::Expression& condition) {
    if (condition.kind == sql::Expression::Kind::operation && condition.op == sql::Operator::and_) {
      return std::all_of(condition.arguments.begin(), condition.arguments.end(),
                         [this](const sql::Expression& part) { return passes(part); });
    }
    if (mentions_query(condition) || is_volatile(condition)) return true;
    const Scope around{row_.tuples, outer_};
    return computation_.truth(condition, around) == Truth::yes;
  }

  std::span<const Tuple> source(std::size_t number) {
    const auto& item = from_[number];
    if (item.common) return computation_.common_table(item.query_number);
    if (item.query == nullptr) {
      computation_.announce_scan(from_, number, where_, outer_);
      return computation_.snapshot_.rows(item.table_number);
    }
    if (!item.query->correlated) {
      return computation_.remembered(*item.query, item.query_number, Use::table).rows;
    }
    // Its columns count this query as the one around it, though they cannot refer to any of the items.
    const Scope around{{}, outer_};
    return kept_.emplace_back(computation_.run(*item.query, &around));
  }

  bool satisfies(const sql::Expression* condition) {
    return condition == nullptr || computation_.truth(*condition, Scope{row_.tuples, outer_}) == Truth::yes;
  }

  Computation& computation_;
  const std::vector<sql::FromItem>& from_;
  const sql::Expression* where_;
  const Scope* outer_;
  std::deque<std::vector<Tuple>>& kept_;
  const Visit& visit_;
  FromRow row_;
  std::vector<std::optional<std::span<const Tuple>>> sources_;  // once they have been asked for
};

void Computation::visit_matches(const std::vector<sql::FromItem>& from, const sql::Expression* where,
                                const Scope* outer, std::deque<std::vector<Tuple>>& kept, const Visit& visit) {
  Join join(*this, from, where, outer, kept, visit);
  if (join.passes_one_time_filters()) join.extend(0);
}

}  // namespace gapless::store
