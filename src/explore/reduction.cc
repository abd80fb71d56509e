// Four things that a search for a violation need not look at. Each keeps every reachable violation reachable, though
// perhaps in fewer steps: depth, and the number of states and steps, are those of what was explored.
//
// Who makes no difference is left out. An actor that has finished, to whom nothing can happen any more, and whom no
// invariant sees, takes no part in anything: states that differ only in such actors have equal futures.
//
// Wait elision. A statement that would begin to wait changes nothing that anybody else can notice: locks are anonymous,
// a waiter that holds nothing is in no cycle of waiters and blocks nobody. What is left of the moment at which it began
// is the snapshot that its session keeps; where that is nothing but the name of one row, found by its primary key, it
// sees afterwards exactly what it would have seen had it begun afterwards: so it may as well begin then. Left as it is
// where something could tell the two apart: an invariant that sees who is inside a section, a time-out, a queue, a
// fault, a transaction with one snapshot, rows that are deleted and come back.
//
// Forced steps. Where only one actor can step, and in one way, the state it leads to stands for the state itself. The
// state between is looked at (`always`), not kept.
//
// Private steps. A statement that only adds rows at which nobody looks before the end (factors.h) commutes with
// whatever anybody else does, now and later: it goes with the step before. (A persistent set of one step; Godefroid,
// Partial-Order Methods for the Verification of Concurrent Systems, 1996.)
#include "explore/reduction.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace gapless::explore {
namespace {

using store::Operation;

bool contains_word(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

// A row that is there stays there, and so does its primary key, whatever the requests do.
bool keeps_rows(const model::Model& model) {
  return std::ranges::all_of(model.places, [&](const model::Place& place) {
    if (contains_word(place.text, "delete")) return false;
    if (place.statement == nullptr) return true;
    if (!place.statement->with.empty()) return false;
    const auto* update = std::get_if<sql::Update>(&place.statement->body);
    if (update == nullptr) return true;
    const auto* key = model.databases[place.database].catalog.tables[update->table_number].primary_key();
    return key == nullptr || std::ranges::none_of(update->assignments, [&](const sql::Assignment& assignment) {
             return std::ranges::find(key->columns, assignment.column_number) != key->columns.end();
           });
  });
}

// Columns that the condition sets equal to something that is known when the statement is sent.
void add_pinned(const sql::Expression& condition, std::vector<std::size_t>& columns) {
  using Kind = sql::Expression::Kind;
  if (condition.kind != Kind::operation || condition.arguments.size() != 2) return;
  const auto& [left, right] = std::tie(condition.arguments[0], condition.arguments[1]);
  if (condition.op == sql::Operator::and_) {
    add_pinned(left, columns);
    add_pinned(right, columns);
  } else if (condition.op == sql::Operator::equal) {
    const auto is_known = [](const sql::Expression& side) {
      return side.kind == Kind::literal || side.kind == Kind::parameter;
    };
    if (left.kind == Kind::column && is_known(right)) columns.push_back(left.slot.column);
    if (right.kind == Kind::column && is_known(left)) columns.push_back(right.slot.column);
  }
}

// A statement on one row of one table, which it finds by its primary key.
bool is_on_one_row(const model::Model& model, const Operation& operation) {
  const auto& statement = *operation.statement;
  if (!statement.with.empty() || statement.query_count > 0) return false;
  const sql::Expression* where = nullptr;
  std::size_t table = 0;
  if (const auto* update = std::get_if<sql::Update>(&statement.body)) {
    if (update->from.size() != 1 || !update->where) return false;
    where = &*update->where;
    table = update->table_number;
  } else if (const auto* select = std::get_if<sql::Select>(&statement.body)) {
    const bool is_plain = select->from.size() == 1 && !select->from[0].table.empty() && select->where &&
                          !select->union_with && !select->aggregated && !select->limit && !select->offset;
    if (!is_plain || select->locking.wait != sql::LockWait::wait) return false;
    where = &*select->where;
    table = select->from[0].table_number;
  } else {
    return false;
  }
  const auto* key = model.databases[operation.database].catalog.tables[table].primary_key();
  std::vector<std::size_t> pinned;
  add_pinned(*where, pinned);
  return key != nullptr && std::ranges::all_of(key->columns, [&](std::size_t column) {
           return std::ranges::find(pinned, column) != pinned.end();
         });
}

// All that the waiting session keeps of the moment at which it began is the name of the row.
bool keeps_only_a_name(const store::relational::Session& session) {
  if (!session.wait || session.wait->kind != store::relational::Wait::Kind::row || !session.progress) return false;
  if (session.keeps_one_snapshot() || session.snapshot || !session.held.empty() || !session.locks.empty()) return false;
  store::relational::Progress rest = *session.progress;
  const bool is_one =
      rest.candidates.size() == 1 && rest.candidates[0].rows.size() == 1 && rest.candidates[0].error_condition.empty();
  rest.candidates.clear();
  rest.found = false;
  return is_one && rest == store::relational::Progress{};
}

}  // namespace

Reduction::Reduction(const model::Model& model, const Reductions& wanted) : wanted_(wanted) {
  const bool has_jobs = std::ranges::any_of(model.roles, [](const model::Role& role) { return role.job; });
  may_leave_out_ = wanted.reduction && !has_jobs;
  // Of a model in C++ it is not known what its requests do.
  may_elide_ = wanted.elision && model.faults.none() && model.clock.empty() && !model.places.empty() &&
               !model.tracking.table_locks && !model.tracking.dependencies && keeps_rows(model);
}

bool Reduction::leaves_out(const Space& space, LocalNumber local) const {
  return may_leave_out_ && !space.reads_actors() && space.is_over(local);
}

bool Reduction::elides(Space& space, WorldNumber world, LocalNumber local) const {
  const auto* operation = may_elide_ ? space.operation(local) : nullptr;
  // Who waits is inside the section that it waits in: an invariant may see that.
  if (operation == nullptr || space.reads_actors() || operation->kind != Operation::Kind::statement) return false;
  const auto& model = space.successors().model();
  if (space.sessions(local)[operation->database].wait || !is_on_one_row(model, *operation)) return false;
  const auto steps = space.outlook(world, local).steps;
  if (steps.size() != 1) return false;
  const auto step = steps[0];
  const bool changes = step.world != world || step.change != 0 || step.created != Move::no_local;
  return !changes && keeps_only_a_name(space.sessions(step.local)[operation->database]) &&
         space.outlook(world, step.local).steps.empty();
}

}  // namespace gapless::explore
