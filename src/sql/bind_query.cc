// Queries inside out: FROM first, since it says what the names mean, then everything else in any order.
#include <algorithm>
#include <set>

#include "base/check.h"
#include "sql/binder.h"
#include "sql/type_rules.h"
#include "sql/types.h"
#include "sql/walk.h"

namespace gapless::sql {

namespace {

// PostgreSQL's own bound; here it also keeps doubling stars in nested sub-selects from growing without end.
constexpr std::size_t most_targets = 1'664;

void collect_tables(const Expression& expression, std::set<std::size_t>& tables) {
  for (const auto& argument : expression.arguments) collect_tables(argument, tables);
  if (expression.query) tables.insert(expression.query->tables.begin(), expression.query->tables.end());
}

std::vector<std::size_t> tables_of(const Select& select) {
  std::set<std::size_t> tables;
  for (const auto& item : select.from) {
    if (!item.query && !item.common) tables.insert(item.table_number);
  }
  walk(
      select, [&](const Expression& expression) { collect_tables(expression, tables); },
      [&](const std::shared_ptr<Select>& query) { tables.insert(query->tables.begin(), query->tables.end()); });
  return {tables.begin(), tables.end()};
}

}  // namespace

// ------------------------------------------------------------------------------------------------- expressions

void Binder::expression(Expression& expression, Scope& scope) {
  switch (expression.kind) {
    case Expression::Kind::literal:
    case Expression::Kind::parameter:
      return;
    case Expression::Kind::column:
      names_.resolve(expression, scope);
      return;
    case Expression::Kind::default_:
      refuse(expression.at, "DEFAULT is not allowed in this context");
    case Expression::Kind::row:
      check(false, "rows are taken apart by the parser");
      return;
    case Expression::Kind::aggregate:
      aggregate(expression, scope);
      return;
    case Expression::Kind::scalar_query:
    case Expression::Kind::exists_query:
    case Expression::Kind::in_query:
      sub_query(expression, scope);
      return;
    default:
      break;
  }
  for (auto& argument : expression.arguments) this->expression(argument, scope);
  complete_type(expression, source_);
}

void Binder::sub_query(Expression& expression, Scope& scope) {
  for (auto& argument : expression.arguments) this->expression(argument, scope);
  expression.query_number = queries_++;
  Select& select = *expression.query;
  const bool unordered = limit_without_order_;
  query(select, &scope);
  expression.correlated = select.correlated;
  remember_locking(expression.query, expression.query_number);
  expression.type = Type::boolean;
  if (expression.kind == Expression::Kind::exists_query) {
    if (select.limit && select.from.size() == 1 && !select.from.front().query && !select.from.front().common)
      limit_without_order_ = unordered;
    return;
  }
  const std::size_t wanted = expression.kind == Expression::Kind::scalar_query ? 1 : expression.arguments.size();
  if (select.columns.size() != wanted) {
    if (expression.kind == Expression::Kind::scalar_query)
      refuse(expression.at, "subquery must return only one column");
    refuse(expression.at,
           std::string("subquery has too ") + (select.columns.size() < wanted ? "few" : "many") + " columns");
  }
  if (expression.kind == Expression::Kind::scalar_query) {
    expression.type = select.types.front();
    return;
  }
  for (std::size_t i = 0; i < wanted; ++i) {
    Expression column;  // stands for the query's column, which has its type already
    column.kind = Expression::Kind::column;
    column.type = select.types[i];
    require_comparable(expression.arguments[i], column, "=", expression.at, source_);
  }
}

namespace {

struct Reach {
  bool own = false;
  bool outer = false;
};

void find_reach(const Expression& expression, std::size_t depth, Reach& reach) {
  if (expression.kind == Expression::Kind::column) {
    reach.own = reach.own || expression.slot.depth == depth;
    reach.outer = reach.outer || expression.slot.depth > depth;
  }
  for (const auto& argument : expression.arguments) find_reach(argument, depth, reach);
  if (!expression.query) return;
  const auto visit = [&](const Select& select, std::size_t at, auto& self) -> void {
    walk(
        select, [&](const Expression& each) { find_reach(each, at, reach); },
        [&](const std::shared_ptr<Select>& query) { self(*query, query == select.union_with ? at : at + 1, self); });
  };
  visit(*expression.query, depth + 1, visit);
}

}  // namespace

void Binder::aggregate(Expression& expression, Scope& scope) {
  if (!scope.aggregates_refused.empty())
    refuse(expression.at, "aggregate functions are not allowed in " + std::string(scope.aggregates_refused));
  if (scope.in_aggregate) refuse(expression.at, "aggregate function calls cannot be nested");
  scope.in_aggregate = true;
  for (auto& argument : expression.arguments) this->expression(argument, scope);
  scope.in_aggregate = false;
  scope.has_aggregate = true;
  Reach reach;
  for (const auto& argument : expression.arguments) find_reach(argument, 0, reach);
  if (reach.outer && !reach.own)
    refuse(expression.at, "an aggregate over columns of an enclosing query only is not supported yet");
  complete_type(expression, source_);
}

// ----------------------------------------------------------------------------------------------------- queries

void Binder::query(Select& select, Scope* outer, bool keep_strings) {
  one_query(select, outer, keep_strings || select.union_with);
  bool correlated = select.correlated;
  for (Select* arm = select.union_with.get(); arm != nullptr; arm = arm->union_with.get()) {
    one_query(*arm, outer, true);
    correlated = correlated || arm->correlated;
  }
  select.correlated = correlated;
  if (select.union_with) union_chain(select);
  select.tables = tables_of(select);
  limit_without_order_ = limit_without_order_ || lets_server_choose(select);
}

void Binder::one_query(Select& select, Scope* outer, bool keep_strings) {
  Scope scope;
  scope.outer = outer;
  scope.items = &select.from;
  if (select.series) {
    select.columns = {"generate_series"};
    select.types = {Type::integer};
    return;
  }
  if (!select.values.empty()) {
    values(select, scope);
    select.correlated = scope.correlated;
    select.tables = tables_of(select);
    return;
  }
  from(select.from, 0, scope);
  scope.last = select.from.size();
  targets(select.targets, scope, "", keep_strings);
  if (select.where) condition(*select.where, scope, "WHERE");
  group_by(select, scope);
  if (select.having) {
    this->expression(*select.having, scope);
    require_boolean(*select.having, "HAVING", source_);
  }
  if (!select.union_with) order_by(select, scope);
  scope.last = 0;  // LIMIT sees no column of its own query
  if (select.limit) bound_count(*select.limit, scope, "LIMIT");
  if (select.offset) bound_count(*select.offset, scope, "OFFSET");
  select.correlated = scope.correlated;
  select.aggregated = scope.has_aggregate || !select.group_by.empty() || select.having.has_value();
  for (const auto& target : select.targets) {
    select.columns.push_back(target.name);
    select.types.push_back(target.expression.type);
  }
  if (select.aggregated) check_grouped(select);
  if (select.locking.strength != LockStrength::none) locking(select);
  select.tables = tables_of(select);
}

void Binder::values(Select& select, Scope& scope) {
  scope.aggregates_refused = "VALUES";
  for (auto& row : select.values) {
    for (auto& value : row) expression(value, scope);
  }
  const std::size_t width = select.values.front().size();
  for (std::size_t column = 0; column < width; ++column) {
    std::vector<Expression*> alternatives;
    for (auto& row : select.values) alternatives.push_back(&row[column]);
    select.types.push_back(unify(alternatives, "VALUES", source_));
    select.columns.push_back("column" + std::to_string(column + 1));
  }
}

void Binder::union_chain(Select& select) {
  std::vector<Select*> arms;
  for (Select* arm = &select; arm != nullptr; arm = arm->union_with.get()) arms.push_back(arm);
  for (Select* arm : arms) {
    if (arm->targets.size() != select.targets.size())
      refuse(arm->at, "each UNION query must have the same number of columns");
  }
  for (std::size_t column = 0; column < select.targets.size(); ++column) {
    std::vector<Expression*> alternatives;
    for (Select* arm : arms) alternatives.push_back(&arm->targets[column].expression);
    // PostgreSQL unites two by two: two strings are texts, whatever comes after them.
    if (is_untyped_string(*alternatives[0]) && is_untyped_string(*alternatives[1])) {
      adapt(*alternatives[0], Type::text, source_);
      adapt(*alternatives[1], Type::text, source_);
    }
    const Type type = unify(alternatives, "UNION", source_);
    for (Select* arm : arms) arm->types[column] = type;
  }
  order_union(select);
}

void Binder::condition(Expression& condition, Scope& scope, std::string_view construct) {
  scope.aggregates_refused = construct;
  this->expression(condition, scope);
  scope.aggregates_refused = "";
  require_boolean(condition, construct, source_);
}

void Binder::bound_count(Expression& count, Scope& scope, std::string_view construct) {
  scope.aggregates_refused = construct;
  this->expression(count, scope);
  scope.aggregates_refused = "";
  require_number(count, construct, source_);
}

// -------------------------------------------------------------------------------------------------------- FROM

void Binder::from(std::vector<FromItem>& items, std::size_t begin, Scope& scope) {
  for (std::size_t i = begin; i < items.size(); ++i) {
    FromItem& item = items[i];
    scope.first = scope.last = 0;
    if (item.query) {
      item.query_number = queries_++;
      query(*item.query, &scope);
      remember_locking(item.query, item.query_number);
      item.columns = item.query->columns;
      item.types = item.query->types;
    } else if (!from_common(item)) {
      from_table(item);
    }
    if (item.column_aliases.size() > item.columns.size())
      refuse(item.at, "table \"" + item.alias + "\" has " + std::to_string(item.columns.size()) +
                          " columns available but " + std::to_string(item.column_aliases.size()) +
                          " columns specified");
    std::ranges::copy(item.column_aliases, item.columns.begin());
    for (std::size_t other = 0; other < i; ++other) {
      if (items[other].alias == item.alias)
        refuse(item.at, "table name \"" + item.alias + "\" specified more than once");
    }
    if (!item.on) continue;
    scope.first = item.visible_from;
    scope.last = i + 1;
    condition(*item.on, scope, "JOIN/ON");
  }
  scope.first = scope.last = 0;
}

bool Binder::from_common(FromItem& item) {
  if (with_ == nullptr || !item.database.empty()) return false;
  const auto end = with_->begin() + static_cast<std::ptrdiff_t>(bound_elements_);
  const auto found = std::find_if(with_->begin(), end, [&](const auto& each) { return each.name == item.table; });
  if (found == end) return false;
  if (found->columns.empty()) refuse(item.at, "WITH query \"" + item.table + "\" does not have a RETURNING clause");
  reads_.back().insert(static_cast<std::size_t>(found - with_->begin()));
  item.common = true;
  item.query_number = found->query_number;
  item.columns = found->columns;
  item.types = found->types;
  return true;
}

void Binder::from_table(FromItem& item) {
  item.table_number = names_.table(item.database, item.table, item.at);
  item.columns.clear();
  item.types.clear();
  for (const auto& column : catalog_.tables[item.table_number].columns) {
    item.columns.push_back(column.name);
    item.types.push_back(column.type);
  }
}

// ----------------------------------------------------------------------------------------------------- targets

void Binder::targets(std::vector<Target>& targets, Scope& scope, std::string_view aggregates_refused,
                     bool keep_strings) {
  std::vector<Target> bound;
  scope.aggregates_refused = aggregates_refused;
  for (auto& target : targets) {
    if (target.star) {
      expand_star(target.expression, scope, bound);
    } else {
      expression(target.expression, scope);
      if (!keep_strings) adapt(target.expression, Type::text, source_);
      bound.push_back(std::move(target));
    }
    if (bound.size() > most_targets)
      refuse(bound.back().expression.at, "target lists can have at most " + std::to_string(most_targets) + " entries");
  }
  scope.aggregates_refused = "";
  targets = std::move(bound);
}

// By place and not by name: names may repeat in a sub-select.
void Binder::expand_star(const Expression& star, const Scope& scope, std::vector<Target>& bound) {
  bool found = false;
  for (std::size_t i = scope.first; i < scope.last; ++i) {
    const FromItem& item = (*scope.items)[i];
    if (!star.qualifier.empty() && item.alias != star.qualifier) continue;
    found = true;
    for (std::size_t c = 0; c < item.columns.size(); ++c) {
      Target column;
      column.name = item.columns[c];
      column.expression.kind = Expression::Kind::column;
      column.expression.at = star.at;
      column.expression.qualifier = item.alias;
      column.expression.name = item.columns[c];
      column.expression.slot = {0, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(c)};
      column.expression.type = item.types[c];
      bound.push_back(std::move(column));
    }
  }
  if (!found && star.qualifier.empty()) refuse(star.at, "SELECT * with no tables specified is not valid");
  if (!found) refuse(star.at, "missing FROM-clause entry for table \"" + star.qualifier + "\"");
}

// ------------------------------------------------------------------------------------- GROUP BY, ORDER BY, LIMIT

const Expression& Binder::output(const Select& select, const Expression& position) {
  const auto* number = std::get_if<std::int32_t>(&position.value);
  if (number == nullptr) refuse(position.at, "a constant here must be the number of a column in the list");
  if (*number < 1 || static_cast<std::size_t>(*number) > select.targets.size())
    refuse(position.at, "position " + std::to_string(*number) + " is not in the select list");
  return select.targets[static_cast<std::size_t>(*number - 1)].expression;
}

namespace {

// The output column of this name; null if there is none.
const Target* output_named(const Select& select, const Expression& name, const SourceText& source) {
  if (name.kind != Expression::Kind::column || !name.qualifier.empty()) return nullptr;
  const Target* found = nullptr;
  for (const auto& target : select.targets) {
    if (target.name != name.name) continue;
    if (found != nullptr && !same(found->expression, target.expression))
      throw ModelError(source, name.at, "ORDER BY or GROUP BY \"" + name.name + "\" is ambiguous");
    found = &target;
  }
  return found;
}

}  // namespace

// A name in GROUP BY means a column first, an output column second; in ORDER BY it is the other way round.
void Binder::group_by(Select& select, Scope& scope) {
  for (auto& term : select.group_by) {
    const Offset at = term.at;
    const Target* named = term.kind == Expression::Kind::column && Names::is_column(term.name, scope)
                              ? nullptr
                              : output_named(select, term, source_);
    if (term.kind == Expression::Kind::literal) {
      term = Expression(output(select, term));
    } else if (named != nullptr) {
      term = Expression(named->expression);
    } else {
      scope.aggregates_refused = "GROUP BY";
      expression(term, scope);
      scope.aggregates_refused = "";
    }
    if (contains_aggregate(term)) refuse(at, "aggregate functions are not allowed in GROUP BY");
  }
}

void Binder::order_by(Select& select, Scope& scope) {
  for (auto& term : select.order_by) {
    Expression& wanted = term.expression;
    const Offset at = wanted.at;
    if (wanted.kind == Expression::Kind::literal) {
      wanted = Expression(output(select, wanted));
    } else if (const Target* named = output_named(select, wanted, source_)) {
      wanted = Expression(named->expression);
    } else {
      expression(wanted, scope);
      const bool listed =
          std::ranges::any_of(select.targets, [&](const Target& target) { return same(target.expression, wanted); });
      if (select.distinct && !listed)
        refuse(at, "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
    }
  }
}

void Binder::order_union(Select& select) {
  for (auto& term : select.order_by) {
    Expression& wanted = term.expression;
    const Target* named = output_named(select, wanted, source_);
    std::size_t column = 0;
    if (wanted.kind == Expression::Kind::literal) {
      output(select, wanted);
      column = static_cast<std::size_t>(std::get<std::int32_t>(wanted.value) - 1);
    } else if (named != nullptr) {
      column = static_cast<std::size_t>(named - select.targets.data());
    } else {
      refuse(wanted.at, "after UNION, ORDER BY takes only names and numbers of result columns");
    }
    Expression result;
    result.kind = Expression::Kind::column;
    result.at = wanted.at;
    result.name = select.columns[column];
    result.slot = {0, 0, static_cast<std::uint16_t>(column)};
    result.type = select.types[column];
    wanted = std::move(result);
  }
}

// ------------------------------------------------------------------------------------------------------- LIMIT

namespace {

// The columns of item 0 that AND-ed equalities pin to something that is no column of this query.
void pinned_columns(const Expression& condition, std::set<std::size_t>& pinned) {
  if (condition.kind != Expression::Kind::operation) return;
  if (condition.op == Operator::and_) {
    for (const auto& part : condition.arguments) pinned_columns(part, pinned);
  }
  if (condition.op != Operator::equal) return;
  for (const std::size_t side : {0, 1}) {
    const Expression& column = condition.arguments[side];
    Reach reach;
    find_reach(condition.arguments[1 - side], 0, reach);
    if (column.kind == Expression::Kind::column && column.slot.depth == 0 && !reach.own)
      pinned.insert(column.slot.column);
  }
}

}  // namespace

// LIMIT without ORDER BY, unless there is at most one row to choose from.
bool Binder::lets_server_choose(const Select& select) const {
  const bool limited = select.limit || select.offset;
  if (!limited || !select.order_by.empty() || select.from.empty()) return false;
  if (select.aggregated && select.group_by.empty()) return false;
  if (select.from.size() > 1 || select.from.front().query || select.from.front().common || !select.where ||
      select.union_with)
    return true;
  std::set<std::size_t> pinned;
  pinned_columns(*select.where, pinned);
  const auto& keys = catalog_.tables[select.from.front().table_number].uniques;
  return std::ranges::none_of(keys, [&](const Unique& key) {
    return !key.predicate && key.expressions.empty() &&
           std::ranges::all_of(key.columns, [&](std::size_t c) { return pinned.contains(c); });
  });
}

}  // namespace gapless::sql
