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

bool is_positive(const model::Place& place, const sql::Expression& expression) {
  if (expression.kind == Kind::literal) return whole_number(expression.value).value_or(0) > 0;
  return expression.kind == Kind::parameter && expression.index < place.is_positive.size() &&
         place.is_positive[expression.index];
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

// The column against something that is known when the statement is sent: column = known, column >= known, ….
struct Compare {
  std::size_t column = 0;
  sql::Operator op = sql::Operator::equal;
  const sql::Expression* known = nullptr;
};

sql::Operator mirrored(sql::Operator op) {
  switch (op) {
    case sql::Operator::less:
      return sql::Operator::greater;
    case sql::Operator::less_equal:
      return sql::Operator::greater_equal;
    case sql::Operator::greater:
      return sql::Operator::less;
    case sql::Operator::greater_equal:
      return sql::Operator::less_equal;
    default:
      return op;
  }
}

std::optional<Compare> compare(const sql::Expression& part) {
  if (part.kind != Kind::operation || part.arguments.size() != 2) return {};
  const bool is_compare = part.op == sql::Operator::equal || mirrored(part.op) != part.op;
  if (!is_compare) return {};
  const auto* left = &part.arguments[0];
  const auto* right = &part.arguments[1];
  auto op = part.op;
  if (left->kind != Kind::column) {
    std::swap(left, right);
    op = mirrored(op);
  }
  if (left->kind != Kind::column || (right->kind != Kind::literal && right->kind != Kind::parameter)) return {};
  return Compare{left->slot.column, op, right};
}

// What a compare comes to once the column has come past the value, and whether it must be past it or may be there, too.
struct Failing {
  bool shrinks = false;
  bool or_there = false;
};
std::optional<Failing> fails_once_past(sql::Operator op, bool shrinks) {
  using enum sql::Operator;
  if (op == equal) return Failing{shrinks, false};
  if (shrinks && (op == greater_equal || op == greater)) return Failing{true, op == greater};
  if (!shrinks && (op == less_equal || op == less)) return Failing{false, op == less};
  return std::nullopt;
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

// SET column = column + 1; or :seen + 1, where :seen is what the row has. Or with -, where it shrinks.
bool moves(const model::Place& place, const sql::Update& update, const sql::Assignment& assignment, bool shrinks) {
  const auto& sum = assignment.expression;
  const auto wanted = shrinks ? sql::Operator::subtract : sql::Operator::add;
  if (sum.kind != Kind::operation || sum.op != wanted || sum.arguments.size() != 2) return false;
  const auto* term = &sum.arguments[0];
  const auto* step = &sum.arguments[1];
  if (!shrinks && term->kind == Kind::literal) std::swap(term, step);
  if (!is_positive(place, *step)) return false;
  if (is_column(*term, assignment.column_number)) return update.from.size() == 1;
  const auto all = compares(update);
  return term->kind == Kind::parameter && std::ranges::any_of(all, [&](const Compare& each) {
           return each.column == assignment.column_number && each.op == sql::Operator::equal &&
                  each.known->kind == Kind::parameter && each.known->index == term->index;
         });
}

struct Direction {
  std::size_t database = 0;
  std::size_t table = 0;
  std::size_t column = 0;
  bool shrinks = false;
};

// Whether a statement leaves the column's values as they are, or moves them in this direction.
bool only_moves(const model::Place& place, const std::string& name, const Direction& wanted) {
  if (mentions(place.text, name) == 0) return true;
  if (place.statement == nullptr || !place.statement->with.empty()) return false;
  if (place.database != wanted.database) return true;
  if (const auto* insert = std::get_if<sql::Insert>(&place.statement->body)) {
    return insert->table_number != wanted.table;
  }
  const auto* update = std::get_if<sql::Update>(&place.statement->body);
  if (update == nullptr || update->table_number != wanted.table) return true;
  return std::ranges::all_of(update->assignments, [&](const sql::Assignment& assignment) {
    return assignment.column_number != wanted.column || moves(place, *update, assignment, wanted.shrinks);
  });
}

bool is_known_to_move(const model::Model& model, const Direction& wanted) {
  const auto& schema = model.databases[wanted.database].catalog.tables[wanted.table];
  const auto type = schema.columns[wanted.column].type;
  if (type != sql::Type::integer && type != sql::Type::bigint) return false;
  const bool is_foreign = std::ranges::any_of(schema.foreign_keys, [&](const auto& key) {
    return std::ranges::find(key.columns, wanted.column) != key.columns.end();
  });
  const auto leaves = [&](const model::Place& place) { return only_moves(place, schema.name, wanted); };
  return !is_foreign && std::ranges::all_of(model.places, leaves);
}

// Somebody compares the column in a way that fails for ever once it has come past the value.
bool is_compared(const model::Model& model, const Direction& wanted) {
  return std::ranges::any_of(model.places, [&](const model::Place& place) {
    if (place.statement == nullptr || place.database != wanted.database) return false;
    const auto* update = std::get_if<sql::Update>(&place.statement->body);
    if (update == nullptr || update->table_number != wanted.table) return false;
    const auto all = compares(*update);
    return std::ranges::any_of(all, [&](const Compare& each) {
      const bool is_seen = each.op != sql::Operator::equal || each.known->kind == Kind::parameter;
      return each.column == wanted.column && is_seen && fails_once_past(each.op, wanted.shrinks);
    });
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
        for (const bool shrinks : {false, true}) {
          const Direction wanted{database, table, column, shrinks};
          if (is_compared(model, wanted) && is_known_to_move(model, wanted)) {
            moving_.push_back({database, table, column, shrinks});
          }
        }
      }
    }
  }
}

LocalNumber Outdated::stands_for(Space& space, WorldNumber world, LocalNumber local) const {
  return stands_for(space, world, local, false);
}

// Who lags and finds too little left is not told apart from who would have found enough: more would come of it in
// states (split_steps.cc) than is won.
LocalNumber Outdated::stands_for(Space& space, WorldNumber world, LocalNumber local, bool lags) const {
  if (space.is_lagging(local)) {
    const auto behind = stands_for(space, world, space.behind(local), true);
    return space.lagging(behind, stands_for(space, world, space.foremost(local), true));
  }
  // Who is inside a section may be seen there.
  if (space.is_failing(local) || space.is_seen(local) || !fails_for_ever(space, world, local, lags)) return local;
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
    const Column compared{space.operation(local)->database, update->table_number, each.column};
    return each.op == sql::Operator::equal && std::ranges::find(moving_, compared) != moving_.end();
  });
}

bool Outdated::fails_for_ever(const Space& space, WorldNumber world, LocalNumber local, bool only_versions) const {
  const auto* update = compared_update(space, local);
  if (update == nullptr) return false;
  const auto* operation = space.operation(local);
  for (const auto& [column, op, known] : explore::compares(*update)) {
    for (const auto& moving : moving_) {
      if (Column{operation->database, update->table_number, column, moving.shrinks} != moving) continue;
      const auto failing = fails_once_past(op, moving.shrinks);
      if (!failing || (only_versions && op != sql::Operator::equal)) continue;
      const auto seen = whole_number(known->kind == Kind::literal ? known->value : operation->parameters[known->index]);
      const auto session = space.sessions(local).databases[operation->database];
      const bool sees_old = session.keeps_one_snapshot() && session.phase != relational::Session::Phase::idle;
      if (seen && !sees_old && !session.snapshot && !session.wait && !session.progress &&
          is_past(space.world_value(world).databases[operation->database], moving, *seen, failing->or_there)) {
        return true;
      }
    }
  }
  return false;
}

// In each version of each row, those included that may yet be rolled back, and those that they would be rolled back to.
bool Outdated::is_past(const relational::Database& database, const Column& column, std::int64_t value, bool or_there) {
  const auto is_beyond = [&](const sql::Tuple& tuple) {
    const auto number = whole_number(tuple[column.column]);
    if (!number) return false;
    return (or_there && *number == value) || (column.shrinks ? *number < value : *number > value);
  };
  return std::ranges::all_of(database.tables[column.table].rows, [&](const relational::Row& row) {
    return (!row.committed || is_beyond(*row.committed)) && (row.written.empty() || is_beyond(row.written)) &&
           std::ranges::all_of(row.superseded, is_beyond);
  });
}

}  // namespace gapless::explore
