// The order of things in a statement, and what it keeps when it has to wait.
#include "store/relational/change.h"

#include <algorithm>

#include "base/check.h"
#include "store/relational/demand.h"
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
      statement_(*operation.statement),
      trail_(trail),
      touches_(touches),
      waited_(session.wait),
      resumed_(session.progress.has_value()),
      progress_(session.progress.value_or(Progress{})),
      now_(operation.now),
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

bool StatementRun::is_asked_for(const Part& part) {
  if (!part.query_number || !std::holds_alternative<const sql::Select*>(part.body) || progress_.found) return true;
  return Demand(statement_, evaluator_, progress_.queries).asks_for(*part.query_number);
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
