#include "explore/elision.h"

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
    const std::vector<sql::Assignment>* assignments = nullptr;
    std::size_t table = 0;
    if (const auto* update = std::get_if<sql::Update>(&place.statement->body)) {
      assignments = &update->assignments;
      table = update->table_number;
    } else if (const auto* insert = std::get_if<sql::Insert>(&place.statement->body); insert && insert->on_conflict) {
      assignments = &insert->on_conflict->assignments;
      table = insert->table_number;
    }
    if (assignments == nullptr) return true;
    const auto* key = model.databases[place.database].catalog.tables[table].primary_key();
    return key == nullptr || std::ranges::none_of(*assignments, [&](const sql::Assignment& assignment) {
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

bool allows_elision(const model::Model& model) {
  // Of a model in C++ it is not known what its requests do.
  return model.faults.none() && model.clock.empty() && !model.places.empty() && !model.tracking.table_locks &&
         !model.tracking.dependencies && keeps_rows(model);
}

bool elides(Space& space, WorldNumber world, LocalNumber local) {
  const auto* operation = space.operation(local);
  if (space.is_failing(local)) return false;
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
