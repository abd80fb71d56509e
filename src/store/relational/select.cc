// SELECT, with and without FOR UPDATE, and how far a read in the order of an index goes.
#include <algorithm>

#include "store/relational/statement_run.h"

namespace gapless::store::relational {

std::optional<Wait> StatementRun::select(const sql::Select& select) {
  if (select.locking.strength == LockStrength::none) {
    may_wait_for_locks_ = true;
    progress_.output = evaluator_.select(select);
    finish_computation();
  } else if (auto wait = locking_select(select)) {
    return wait;
  }
  progress_.count = progress_.output.size();
  return std::nullopt;
}

std::optional<Wait> StatementRun::locking_select(const sql::Select& select) {
  const auto [offset, limit] = evaluator_.limits(select);
  Taking taking{select.from, select.where, select.locking.items, select.locking.wait, select.locking.strength, {}, {},
                {},          limit};
  taking.strength = [&](const Tuples&) { return select.locking.strength; };
  taking.first_look = [&](const Tuples& tuples) { (void)evaluator_.targets(select.targets, tuples); };
  taking.act = [&, offset = offset](const Tuples& tuples) {
    if (progress_.skipped < offset) {
      ++progress_.skipped;  // rows passed over by OFFSET are locked all the same
    } else {
      progress_.output.push_back(evaluator_.targets(select.targets, tuples));
    }
    return std::optional<Wait>();
  };
  if (!progress_.found) {
    refuse_outer_joins(select);
    may_wait_for_locks_ = true;
    ordered_index_ = index_in_order(select);
    auto rows = evaluator_.matches(select.from, select.where ? &*select.where : nullptr);
    evaluator_.sort(select, rows);  // by the snapshot's values: P-EPQ-5
    finish_computation();
    find_candidates(taking, std::move(rows));
  }
  const auto before = touches_.size();
  if (!ordered_index_) return for_each_candidate(taking);
  const auto candidates = progress_.candidates;
  auto wait = for_each_candidate(taking);
  // The rows are read one by one, up to the last one taken.
  const bool to_the_end = taken_ >= candidates.size() && !wait && progress_.output.size() < limit;
  std::vector<Touch> later(touches_.begin() + static_cast<std::ptrdiff_t>(before), touches_.end());
  touches_.resize(before);
  const auto last = taken_ == 0 || candidates.empty() ? RowName{0, RowName::gone} : candidates[taken_ - 1].rows.front();
  read_in_order(select, *ordered_index_, to_the_end, last);
  touches_.insert(touches_.end(), later.begin(), later.end());
  ordered_index_.reset();
  return wait;
}

// ORDER BY the first columns of a unique key, from one table: PostgreSQL goes by the index, and no further than LIMIT.
std::optional<std::uint32_t> StatementRun::index_in_order(const sql::Select& select) const {
  if (select.from.size() != 1 || select.order_by.empty() || !select.limit || setting_.tracking.coarse)
    return std::nullopt;
  if (select.from[0].query || select.from[0].common || snapshot_.scans_wanted() == nullptr) return std::nullopt;
  const auto& uniques = catalog_.tables[select.from[0].table_number].uniques;
  for (std::uint32_t index = 0; index < uniques.size(); ++index) {
    const auto& unique = uniques[index];
    if (unique.predicate || !unique.expressions.empty() || select.order_by.size() > unique.columns.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < select.order_by.size(); ++i) {
      const auto& term = select.order_by[i];
      same = same && !term.descending && term.expression.kind == sql::Expression::Kind::column &&
             term.expression.slot == sql::Slot{0, 0, static_cast<std::uint16_t>(unique.columns[i])};
    }
    if (same) return index;
  }
  return std::nullopt;
}

void StatementRun::read_in_order(const sql::Select& select, std::uint32_t index, bool to_the_end, RowName last) {
  const auto table = static_cast<std::uint32_t>(select.from[0].table_number);
  const auto& columns = catalog_.tables[table].uniques[index].columns;
  const auto* last_version = last.row == RowName::gone ? nullptr : snapshot_.version(last);
  const auto& rows = database_.tables[table].rows;
  for (std::uint32_t place = 0; place < rows.size(); ++place) {
    const RowName name{table, place};
    const auto* shown = snapshot_.version(name);
    const auto* version = shown != nullptr        ? shown
                          : rows[place].committed ? &*rows[place].committed
                                                  : &rows[place].written;
    if (!to_the_end && (last_version == nullptr || key_of(columns, *version) > key_of(columns, *last_version)))
      continue;
    const bool newest = shown != nullptr && !has_written(session_, name) && difference_of(session_, name) == nullptr;
    touches_.push_back({Touch::Kind::read_row, name, 0, shown != nullptr, newest, false});
  }
}

void StatementRun::refuse_outer_joins(const sql::Select& select) const {
  for (const auto& item : select.from) {
    if (item.join == sql::JoinKind::left) {
      throw ModelError(*statement_.source, select.locking.at,
                       "FOR UPDATE with an outer join is not supported: lock the rows in a statement of their own");
    }
  }
}

}  // namespace gapless::store::relational
