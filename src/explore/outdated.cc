#include "explore/outdated.h"

#include <algorithm>
#include <optional>

#include "explore/mentions.h"

namespace gapless::explore {
namespace {

using Kind = sql::Expression::Kind;

std::optional<std::int64_t> whole_number(const sql::Value& value) {
  if (const auto* number = std::get_if<std::int32_t>(&value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  return std::nullopt;
}

bool is_positive(const sql::Expression& expression) {
  return expression.kind == Kind::literal && whole_number(expression.value).value_or(0) > 0;
}

bool is_column(const sql::Expression& expression, std::size_t column) {
  return expression.kind == Kind::column && expression.slot.column == column;
}

// The condition's parts that are joined by AND.
void add_parts(const sql::Expression& condition, std::vector<const sql::Expression*>& parts) {
  if (condition.kind == Kind::operation && condition.op == sql::Operator::and_) {
    for (const auto& argument : condition.arguments) add_parts(argument, parts);
  } else {
    parts.push_back(&condition);
  }
}

// column = something that is known when the statement is sent.
struct Compare {
  std::size_t column = 0;
  const sql::Expression* known = nullptr;
};

std::optional<Compare> compare(const sql::Expression& part) {
  if (part.kind != Kind::operation || part.op != sql::Operator::equal || part.arguments.size() != 2) return {};
  const auto* left = &part.arguments[0];
  const auto* right = &part.arguments[1];
  if (left->kind != Kind::column) std::swap(left, right);
  if (left->kind != Kind::column || (right->kind != Kind::literal && right->kind != Kind::parameter)) return {};
  return Compare{left->slot.column, right};
}

// All of the condition; empty where some of it is anything else.
std::vector<Compare> compares(const sql::Update& update) {
  std::vector<Compare> result;
  if (update.from.size() != 1 || !update.where) return result;
  std::vector<const sql::Expression*> parts;
  add_parts(*update.where, parts);
  for (const auto* part : parts) {
    const auto found = compare(*part);
    if (!found) return {};
    result.push_back(*found);
  }
  return result;
}

// SET column = column + 1; or :seen + 1, where :seen is what the row has.
bool grows(const sql::Update& update, const sql::Assignment& assignment) {
  const auto& sum = assignment.expression;
  if (sum.kind != Kind::operation || sum.op != sql::Operator::add || sum.arguments.size() != 2) return false;
  const auto* term = &sum.arguments[0];
  const auto* step = &sum.arguments[1];
  if (term->kind == Kind::literal) std::swap(term, step);
  if (!is_positive(*step)) return false;
  if (is_column(*term, assignment.column_number)) return update.from.size() == 1;
  const auto all = compares(update);
  return term->kind == Kind::parameter && std::ranges::any_of(all, [&](const Compare& each) {
           return each.column == assignment.column_number && each.known->kind == Kind::parameter &&
                  each.known->index == term->index;
         });
}

// Whether a statement leaves the column's values as they are, or makes them greater.
bool only_adds_to(const model::Place& place, const std::string& name, std::size_t database, std::size_t table,
                  std::size_t column) {
  if (mentions(place.text, name) == 0) return true;
  if (place.statement == nullptr || !place.statement->with.empty()) return false;
  if (place.database != database) return true;
  if (const auto* insert = std::get_if<sql::Insert>(&place.statement->body)) return insert->table_number != table;
  const auto* update = std::get_if<sql::Update>(&place.statement->body);
  if (update == nullptr || update->table_number != table) return true;
  return std::ranges::all_of(update->assignments, [&](const sql::Assignment& assignment) {
    return assignment.column_number != column || grows(*update, assignment);
  });
}

bool is_known_to_grow(const model::Model& model, std::size_t database, std::size_t table, std::size_t column) {
  const auto& schema = model.databases[database].catalog.tables[table];
  const auto type = schema.columns[column].type;
  if (type != sql::Type::integer && type != sql::Type::bigint) return false;
  const bool is_foreign = std::ranges::any_of(schema.foreign_keys, [&](const auto& key) {
    return std::ranges::find(key.columns, column) != key.columns.end();
  });
  const auto leaves = [&](const model::Place& place) {
    return only_adds_to(place, schema.name, database, table, column);
  };
  return !is_foreign && std::ranges::all_of(model.places, leaves);
}

// Somebody compares the column with what he has seen.
bool is_compared(const model::Model& model, std::size_t database, std::size_t table, std::size_t column) {
  return std::ranges::any_of(model.places, [&](const model::Place& place) {
    if (place.statement == nullptr || place.database != database) return false;
    const auto* update = std::get_if<sql::Update>(&place.statement->body);
    if (update == nullptr || update->table_number != table) return false;
    const auto all = compares(*update);
    return std::ranges::any_of(
        all, [&](const Compare& each) { return each.column == column && each.known->kind == Kind::parameter; });
  });
}

}  // namespace

Outdated::Outdated(const model::Model& model) {
  const auto& tracking = model.tracking;
  // Of a model in C++ it is not known what its requests do. A transaction remembers when it began.
  if (model.places.empty() || !model.faults.none() || !model.clock.empty()) return;
  if (tracking.table_locks || tracking.dependencies) return;
  for (std::size_t database = 0; database < model.databases.size(); ++database) {
    if (model.databases[database].kind != model::Database::Kind::postgres) continue;
    const auto& tables = model.databases[database].catalog.tables;
    for (std::size_t table = 0; table < tables.size(); ++table) {
      for (std::size_t column = 0; column < tables[table].columns.size(); ++column) {
        if (is_compared(model, database, table, column) && is_known_to_grow(model, database, table, column)) {
          growing_.push_back({database, table, column});
        }
      }
    }
  }
}

LocalNumber Outdated::stands_for(Space& space, WorldNumber world, LocalNumber local) const {
  if (space.is_lagging(local)) {
    const auto behind = stands_for(space, world, space.behind(local));
    return space.lagging(behind, stands_for(space, world, space.foremost(local)));
  }
  // Who is inside a section may be seen there.
  if (space.is_failing(local) || space.is_seen(local) || !fails_for_ever(space, world, local)) return local;
  const auto steps = space.outlook(world, local).steps;
  if (steps.size() != 1) return local;
  const auto& step = steps[0];
  const bool changes = step.world != world || step.change != 0 || step.created != Move::no_local || step.fault;
  return changes ? local : space.failing(local, step.local);
}

// Null where it is about to do anything else.
const sql::Update* Outdated::compared_update(const Space& space, LocalNumber local) {
  const auto* operation = space.operation(local);
  if (operation == nullptr || operation->kind != store::Operation::Kind::statement) return nullptr;
  const auto& statement = *operation->statement;
  return statement.with.empty() && statement.query_count == 0 ? std::get_if<sql::Update>(&statement.body) : nullptr;
}

bool Outdated::compares(const Space& space, LocalNumber local) const {
  const auto* update = compared_update(space, local);
  if (update == nullptr) return false;
  const auto all = explore::compares(*update);
  return std::ranges::any_of(all, [&](const Compare& each) {
    return std::ranges::binary_search(growing_,
                                      Column{space.operation(local)->database, update->table_number, each.column});
  });
}

bool Outdated::fails_for_ever(const Space& space, WorldNumber world, LocalNumber local) const {
  const auto* update = compared_update(space, local);
  if (update == nullptr) return false;
  const auto* operation = space.operation(local);
  for (const auto& [column, known] : explore::compares(*update)) {
    const Column compared{operation->database, update->table_number, column};
    if (!std::ranges::binary_search(growing_, compared)) continue;
    const auto seen = whole_number(known->kind == Kind::literal ? known->value : operation->parameters[known->index]);
    const auto session = space.sessions(local).databases[operation->database];
    const bool sees_old = session.keeps_one_snapshot() && session.phase != relational::Session::Phase::idle;
    if (seen && !sees_old && !session.snapshot && !session.wait && !session.progress &&
        is_past(space.world_value(world).databases[operation->database], compared, *seen)) {
      return true;
    }
  }
  return false;
}

// In each version of each row, those included that may yet be rolled back, and those that they would be rolled back to.
bool Outdated::is_past(const relational::Database& database, const Column& column, std::int64_t value) const {
  const auto is_greater = [&](const sql::Tuple& tuple) {
    const auto number = whole_number(tuple[column.column]);
    return number && *number > value;
  };
  return std::ranges::all_of(database.tables[column.table].rows, [&](const relational::Row& row) {
    return (!row.committed || is_greater(*row.committed)) && (row.written.empty() || is_greater(row.written)) &&
           std::ranges::all_of(row.superseded, is_greater);
  });
}

}  // namespace gapless::explore
