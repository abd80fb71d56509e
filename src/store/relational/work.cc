// After every step the rows get their names anew; a failure first rolls back.
#include "store/relational/work.h"

#include <algorithm>

#include "base/check.h"
#include "store/relational/locks.h"

namespace gapless::store::relational {
namespace {

using Phase = Session::Phase;

// The transaction's own new rows that its statement or its savepoints refer to must not share names with their like.
void tell_apart(Database& database, const Session& session) {
  std::uint32_t tag = 0;
  for (const auto& own : session.held) row_at(database, own.row).tag = 0;
  const auto mark = [&](RowName name) {
    if (name.row == RowName::gone) return;
    auto& row = row_at(database, name);
    if (!row.committed && row.tag == 0 && has_written(session, name)) row.tag = ++tag;
  };
  if (!session.savepoints.empty()) {
    for (const auto& own : session.held) mark(own.row);
  }
  if (!session.progress) return;
  for (const auto& candidate : session.progress->candidates) {
    std::for_each(candidate.rows.begin(), candidate.rows.end(), mark);
  }
  std::for_each(session.progress->changed.begin(), session.progress->changed.end(), mark);
  for (const auto& before : session.progress->before) mark(before.row);
}

// Outside of a transaction nothing is left of one.
void forget_transaction(Session& session) {
  session.level = Isolation::read_committed;
  session.read_only = session.deferrable = session.has_number = session.has_begun = false;
  session.settings_before.reset();
  session.settings_after.reset();
  session.started.reset();
}

}  // namespace

Observation error(const std::string& condition, const std::string& message) {
  Observation observation;
  observation.error_condition = condition;
  observation.error_message = message;
  return observation;
}

Observation error(const SqlError& failure) { return error(failure.condition, failure.what()); }

Observation tagged(const char* tag) {
  Observation observation;
  observation.tag = tag;
  return observation;
}

Applied finish(Work work, std::optional<Observation> observation) {
  if (work.session.phase == Phase::idle && !work.session.wait) forget_transaction(work.session);
  for (const auto& own : work.session.held) {
    check(std::find(work.trail.removed.begin(), work.trail.removed.end(), own.row) == work.trail.removed.end(),
          "a row that is removed is not held");
  }
  tell_apart(work.database, work.session);
  Applied applied;
  auto renaming = canonicalize(work.before, work.database, work.session, work.trail.removed,
                               std::move(work.trail.changes), std::move(work.trail.moves));
  applied.event = std::move(renaming.others);
  applied.own = std::move(renaming.own);
  applied.touches = std::move(work.touches);
  applied.session = std::move(work.session);
  applied.database = std::move(work.database);
  applied.observation = std::move(observation);
  return applied;
}

void touch_undone(Work& work) {
  for (const auto name : work.trail.undone) {
    work.touches.push_back({Touch::Kind::undo_row, name, 0, false, false, false});
  }
}

std::vector<Touch> taking_back_writes(const std::vector<Touch>& touches, const Session& before) {
  std::vector<Touch> undone;
  for (const auto& touch : touches) {
    const bool writes = touch.kind == Touch::Kind::write_row || touch.kind == Touch::Kind::write_table;
    if (writes && !has_written(before, touch.row)) {
      undone.push_back({Touch::Kind::undo_row, touch.row, 0, false, false, false});
    }
  }
  return undone;
}

Applied fail(Work work, Observation observation) {
  auto& session = work.session;
  if (session.wait && session.wait->kind == Wait::Kind::lock) {
    leave_queue(work.database, session, work.trail.moves);
  }
  session.wait.reset();
  session.progress.reset();
  if (!session.keeps_one_snapshot()) end_snapshot(work.database, session, work.trail);
  if (session.savepoints.empty()) {
    roll_back(work.database, session, work.trail);
    work.touch(Touch::Kind::abort);
  } else {
    roll_back_to(work.database, session, session.savepoints.size() - 1, work.trail);
    touch_undone(work);
  }
  if (session.phase == Phase::open) session.phase = Phase::failed;
  return finish(std::move(work), std::move(observation));
}

}  // namespace gapless::store::relational
