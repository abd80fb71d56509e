// The order of things in a statement, reading, and what a statement keeps when it has to wait.
#include "store/relational/change.h"

#include <algorithm>

#include "base/check.h"
#include "store/relational/evaluate_computation.h"
#include "store/relational/statement_run.h"
#include "store/relational/walk.h"

namespace gapless::store::relational {
namespace {

const char* tag_of(const sql::Statement& statement) {
  if (std::holds_alternative<sql::Select>(statement.body)) return "SELECT";
  if (std::holds_alternative<sql::Insert>(statement.body)) return "INSERT";
  if (std::holds_alternative<sql::Update>(statement.body)) return "UPDATE";
  return "DELETE";
}

bool is_advisory(const LockTag& tag) { return tag.kind != LockTag::Kind::table; }

template <class Body>
std::set<std::size_t> query_numbers_in(const Body& body) {
  std::set<std::size_t> numbers;
  const auto visit = [&](const sql::Expression& expression) {
    if (expression.query) numbers.insert(expression.query_number);
  };
  const auto visit_query = [&](const sql::Select& query) {
    for (const auto& item : query.from) {
      if (item.query) numbers.insert(item.query_number);
    }
  };
  Walk(visit_query, visit).part(body);
  return numbers;
}

}  // namespace

StatementRun::View::View(StatementRun& run, const std::map<std::size_t, std::vector<Tuple>>* kept)
    : StatementSnapshot(run.catalog_, run.database_, run.session_, run.progress_.before, kept), run_(run) {}

const sql::Catalog* StatementRun::View::scans_wanted() const {
  const bool wanted = run_.setting_.tracking.dependencies && run_.session_.level == Isolation::serializable;
  return wanted ? &run_.catalog_ : nullptr;
}

StatementRun::StatementRun(const Setting& setting, Database& database, Session& session, const Operation& operation,
                           Trail& trail, std::vector<Touch>& touches)
    : setting_(setting),
      catalog_(setting.catalog),
      database_(database),
      session_(session),
      operation_(operation),
      statement_(*operation.statement),
      trail_(trail),
      touches_(touches),
      waited_(session.wait),
      resumed_(session.progress.has_value()),
      progress_(session.progress.value_or(Progress{})),
      snapshot_(*this, resumed_ && !session.snapshot ? &progress_.tables : nullptr),
      evaluator_(*statement_.source, snapshot_, operation.parameters, progress_.queries) {
  find_parts();
}

// Elements of WITH and sub-selects with FOR UPDATE come before what reads them.
void StatementRun::find_parts() {
  std::set<std::size_t> placed;
  const auto place_locking_queries = [&](const std::set<std::size_t>* wanted) {
    for (const auto& [number, query] : statement_.locking_queries) {
      if ((wanted == nullptr || wanted->contains(number)) && placed.insert(number).second) {
        parts_.push_back({query.get(), number});
      }
    }
  };
  for (const auto& common : statement_.with) {
    if (!statement_.locking_queries.empty()) {
      const auto inside = query_numbers_in(common.body);
      place_locking_queries(&inside);
    }
    if (!common.read && std::holds_alternative<sql::Select>(common.body)) continue;  // never run
    const auto add = [&](const auto& body) { parts_.push_back({&body, common.query_number}); };
    std::visit(add, common.body);
  }
  place_locking_queries(nullptr);
  if (const auto* select = std::get_if<sql::Select>(&statement_.body)) parts_.push_back({select, {}});
  if (const auto* insert = std::get_if<sql::Insert>(&statement_.body)) parts_.push_back({insert, {}});
  if (const auto* update = std::get_if<sql::Update>(&statement_.body)) parts_.push_back({update, {}});
  if (const auto* remove = std::get_if<sql::Delete>(&statement_.body)) parts_.push_back({remove, {}});
}

StatementResult StatementRun::run() {
  StatementResult result;
  result.observation.columns = statement_.columns;
  result.observation.tag = tag_of(statement_);
  if (waited_ && waited_->kind == Wait::Kind::lock) {
    take_from_queue(database_, session_, trail_.moves);
    if (is_advisory(waited_->tag)) progress_.calls.emplace_back(std::string());
  }
  session_.wait.reset();
  if (!resumed_) {
    // A statement without a wait reads tables as they are before it changes them.
    for (const auto table : tables_of_queries(statement_)) snapshot_.rows(table);
  }
  std::optional<Wait> wait;
  try {
    wait = run_parts();
    if (!wait) wait = check_keys();
  } catch (LockIsTaken& taken) {
    progress_.scans = std::max<std::uint64_t>(progress_.scans, scans_done_);
    wait = std::move(taken.wait);
  }
  if (wait) {
    stop(std::move(*wait), result);
    return result;
  }
  if (!keeps_one_snapshot()) end_snapshot(database_, session_, trail_);
  result.observation.rows = std::move(progress_.output);
  result.observation.count = progress_.count;
  return result;
}

std::optional<Wait> StatementRun::run_parts() {
  for (; progress_.part < parts_.size(); ++progress_.part) {
    const auto& part = parts_[progress_.part];
    if (is_asked_for(part)) {
      if (auto wait = run_part(part)) return wait;
    }
    if (part.query_number) {
      progress_.queries[*part.query_number] = {std::move(progress_.output), {}, {}};
      progress_.output.clear();
      progress_.count = progress_.skipped = 0;
    }
    progress_.candidates.clear();
    progress_.found = false;
    found_.clear();
  }
  return std::nullopt;
}

// A part that only reads and locks is run when its first row is asked for: never, if what the statement demands of no
// row in particular (PostgreSQL's One-Time Filter) is not so. Somebody else may ask all the same: an element of WITH
// that changes rows, another arm of a UNION, an aggregate (which has a row where there is none), LIMIT.
bool StatementRun::is_asked_for(const Part& part) {
  if (!part.query_number || !std::holds_alternative<const sql::Select*>(part.body) || progress_.found) return true;
  const auto only_reads = [](const sql::CommonTable& common) {
    return std::holds_alternative<sql::Select>(common.body);
  };
  if (!std::all_of(statement_.with.begin(), statement_.with.end(), only_reads)) return true;
  const auto asks_anyway = [](const sql::Select& query) {
    return query.union_with != nullptr || query.aggregated || query.limit || query.offset;
  };
  const auto& body = statement_.body;
  const std::optional<sql::Expression>* where = nullptr;
  if (const auto* select = std::get_if<sql::Select>(&body); select != nullptr && !asks_anyway(*select)) {
    where = &select->where;
  }
  if (const auto* insert = std::get_if<sql::Insert>(&body); insert != nullptr && !asks_anyway(insert->source)) {
    where = &insert->source.where;
  }
  if (const auto* update = std::get_if<sql::Update>(&body)) where = &update->where;
  if (const auto* remove = std::get_if<sql::Delete>(&body)) where = &remove->where;
  return where == nullptr || !*where || may_hold(**where);
}

bool StatementRun::may_hold(const sql::Expression& condition) {
  if (condition.kind == sql::Expression::Kind::operation && condition.op == sql::Operator::and_) {
    return std::all_of(condition.arguments.begin(), condition.arguments.end(),
                       [this](const sql::Expression& part) { return may_hold(part); });
  }
  if (mentions_query(condition) || is_volatile(condition)) return true;
  bool reads = false;
  const auto visit_query = [&](const sql::Select& query) { reads = reads || reads_parts(query); };
  Walk(visit_query, [](const sql::Expression&) {}).expression(condition);
  return reads || evaluator_.is_true(condition, {});
}

bool StatementRun::reads_parts(const sql::Select& query) const {
  return query.locking.strength != LockStrength::none ||
         std::any_of(query.from.begin(), query.from.end(), [](const sql::FromItem& item) { return item.common; });
}

std::optional<Wait> StatementRun::run_part(const Part& part) {
  struct {
    StatementRun& run;
    std::optional<Wait> operator()(const sql::Select* body) const { return run.select(*body); }
    std::optional<Wait> operator()(const sql::Insert* body) const { return run.insert(*body); }
    std::optional<Wait> operator()(const sql::Update* body) const { return run.update(*body); }
    std::optional<Wait> operator()(const sql::Delete* body) const { return run.remove(*body); }
  } const visitor{*this};
  return std::visit(visitor, part.body);
}

// ------------------------------------------------------------------------------------------------------- SELECT

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

// --------------------------------------------------------------------------------------- advisory locks, and scans

void StatementRun::finish_computation() {
  progress_.calls.clear();
  progress_.scans = 0;
  calls_done_ = scans_done_ = 0;
  may_wait_for_locks_ = false;
}

// A computation that had to wait for a lock is done again from its beginning, with the same snapshot: what its calls
// said before is said again.
Value StatementRun::call(sql::Function function, std::span<const Value> arguments) {
  if (calls_done_ < progress_.calls.size()) return progress_.calls[calls_done_++];
  const auto number = [](const Value& value) {
    if (const auto* small = std::get_if<std::int32_t>(&value)) return std::int64_t{*small};
    if (const auto* large = std::get_if<std::int64_t>(&value)) return *large;
    throw SqlError("undefined_function", "an advisory lock's key is an integer");
  };
  LockTag tag{LockTag::Kind::advisory, arguments.empty() ? 0 : number(arguments[0])};
  if (arguments.size() == 2) {
    tag.kind = LockTag::Kind::advisory_pair;
    tag.key = static_cast<std::int64_t>((static_cast<std::uint64_t>(tag.key) << 32U) |
                                        (static_cast<std::uint64_t>(number(arguments[1])) & 0xffffffffU));
  }
  Value value = advisory(function, tag);
  progress_.calls.push_back(value);
  ++calls_done_;
  return value;
}

Value StatementRun::advisory(sql::Function function, const LockTag& tag) {
  using enum sql::Function;
  const bool shared = function == advisory_lock_shared || function == advisory_xact_lock_shared ||
                      function == try_advisory_lock_shared || function == try_advisory_xact_lock_shared ||
                      function == advisory_unlock_shared;
  const bool of_session = function == advisory_lock || function == advisory_lock_shared ||
                          function == try_advisory_lock || function == try_advisory_lock_shared;
  const LockRequest wanted{tag, shared ? TableLock::share : TableLock::exclusive, of_session};
  switch (function) {
    case advisory_unlock:
    case advisory_unlock_shared:
      return unlock(database_, session_, tag, wanted.mode);
    case advisory_unlock_all:
      unlock_all_of_session(database_, session_);
      return std::string();
    case try_advisory_lock:
    case try_advisory_lock_shared:
    case try_advisory_xact_lock:
    case try_advisory_xact_lock_shared:
      return try_request(database_, session_, wanted);
    default:
      break;
  }
  if (may_wait_for_locks_) {
    if (auto wait = request(database_, session_, wanted, trail_.moves)) throw LockIsTaken{std::move(*wait)};
  } else if (!try_request(database_, session_, wanted)) {
    throw SqlError("feature_not_supported",
                   "a wait for an advisory lock is possible in WHERE and in a plain SELECT only");
  }
  return std::string();
}

void StatementRun::scanned(const Scan& scan) {
  if (scans_done_++ < progress_.scans) return;  // it was, before the wait
  const auto table = static_cast<std::uint32_t>(scan.table);
  if (ordered_index_ && !scan.index) {
    touches_.push_back({Touch::Kind::read_page, {table, 0}, *ordered_index_, false, false, false});
    return;
  }
  ordered_index_.reset();
  const bool whole = !scan.index || setting_.tracking.coarse;
  Touch touch{whole ? Touch::Kind::read_table : Touch::Kind::read_page, {table, 0}, 0, false, false, false};
  if (!whole) touch.index = static_cast<std::uint32_t>(*scan.index);
  touches_.push_back(touch);
  const auto& rows = database_.tables[table].rows;
  std::vector<std::size_t> columns;
  if (!whole) {
    const auto& definition = catalog_.tables[table];
    columns = *scan.index < definition.uniques.size()
                  ? definition.uniques[*scan.index].columns
                  : definition.indexes[*scan.index - definition.uniques.size()].columns;
    if (!scan.keys.empty()) columns.resize(scan.keys.front().size());
  }
  const auto is_met = [&](const Tuple& version) {
    const auto key = key_of(columns, version);
    return key && std::find(scan.keys.begin(), scan.keys.end(), *key) != scan.keys.end();
  };
  for (std::uint32_t place = 0; place < rows.size(); ++place) {
    const auto& row = rows[place];
    const RowName name{table, place};
    const auto* shown = snapshot_.version(name);
    if (!whole) {
      const bool met = (shown != nullptr && is_met(*shown)) || (row.committed && is_met(*row.committed)) ||
                       (!row.written.empty() && is_met(row.written)) ||
                       std::any_of(row.superseded.begin(), row.superseded.end(), is_met);
      if (!met) continue;
    }
    const bool visible = shown != nullptr && (whole || is_met(*shown));
    const bool own = has_written(session_, name);
    touches_.push_back(
        {Touch::Kind::read_row, name, 0, visible, visible && !own && difference_of(session_, name) == nullptr, false});
  }
}

// ------------------------------------------------------------------------------------------------------ waiting

void StatementRun::stop(Wait wait, StatementResult& result) {
  if (!keeps_one_snapshot()) {
    if (must_keep_snapshot() && !session_.snapshot && !resumed_) {
      begin_snapshot(database_, session_);
    } else if (!resumed_) {
      keep_what_the_snapshot_still_owes();
    }
  }
  session_.progress = std::move(progress_);
  result.wait = std::move(wait);
}

// At READ COMMITTED a statement that has found its rows needs little more of its snapshot. One that has yet to read, or
// has to know whether a row has changed since, keeps the whole.
bool StatementRun::must_keep_snapshot() const {
  if (progress_.part >= parts_.size()) return false;  // foreign keys look at what is there now
  if (progress_.part + 1 < parts_.size()) return true;
  const auto& body = parts_[progress_.part].body;
  if (const auto* const* select = std::get_if<const sql::Select*>(&body)) {
    return !progress_.found || (*select)->locking.strength == LockStrength::key_share;
  }
  if (const auto* const* update = std::get_if<const sql::Update*>(&body)) {
    return !progress_.found || strongest((*update)->table_number, (*update)->assignments) == LockStrength::update;
  }
  return !progress_.found;
}

// Everything that the rest of the statement may still read of its snapshot; nothing else, so that statements that
// began at different moments, and cannot tell, are alike.
void StatementRun::keep_what_the_snapshot_still_owes() {
  if (progress_.part >= parts_.size()) return;
  evaluator_.remember_queries(statement_);
  for (const auto table : tables_of_correlated_queries(statement_)) {
    const auto rows = snapshot_.rows(table);
    progress_.tables[table].assign(rows.begin(), rows.end());
  }
}

StatementResult run_statement(const Setting& setting, Database& database, Session& session, const Operation& operation,
                              Trail& trail, std::vector<Touch>& touches) {
  return StatementRun(setting, database, session, operation, trail, touches).run();
}

}  // namespace gapless::store::relational
