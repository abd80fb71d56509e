// Statements that change data, WITH, and the doors of the binder. What an UPDATE or DELETE changes becomes item 0 of
// its FROM.
#include "sql/bind.h"

#include <algorithm>

#include "base/check.h"
#include "sql/binder.h"
#include "sql/types.h"

namespace gapless::sql {

void bind(Statement& statement, const Catalog& catalog) {
  check(statement.source != nullptr, "a statement knows its source");
  Binder(catalog, *statement.source).statement(statement);
}

void bind_over_table(Expression& expression, const Table& table, const SourceText& source) {
  FromItem item;
  item.table = table.name;
  item.alias = table.name;
  for (const auto& column : table.columns) {
    item.columns.push_back(column.name);
    item.types.push_back(column.type);
  }
  const std::vector<FromItem> items = {std::move(item)};
  Scope scope;
  scope.items = &items;
  scope.last = 1;
  scope.aggregates_refused = "a table's definition";
  const Catalog nothing;
  Binder(nothing, source).expression(expression, scope);
}

void Binder::statement(Statement& statement) {
  queries_ = 0;
  with(statement.with);
  const auto outputs = [&](const std::vector<Target>& targets) {
    for (const auto& target : targets) {
      statement.columns.push_back(target.name);
      statement.types.push_back(target.expression.type);
    }
  };
  if (auto* select = std::get_if<Select>(&statement.body)) {
    query(*select, nullptr);
    statement.columns = select->columns;
    statement.types = select->types;
  } else if (auto* insert = std::get_if<Insert>(&statement.body)) {
    this->insert(*insert);
    outputs(insert->returning);
  } else if (auto* update = std::get_if<Update>(&statement.body)) {
    this->update(*update);
    outputs(update->returning);
  } else if (auto* erase = std::get_if<Delete>(&statement.body)) {
    delete_(*erase);
    outputs(erase->returning);
  } else if (auto* lock = std::get_if<LockTable>(&statement.body)) {
    lock->table_numbers.clear();
    for (const auto& name : lock->tables) lock->table_numbers.push_back(names_.table("", name, lock->at));
  }
  mark_read();
  statement.query_count = queries_;
  statement.limit_without_order = limit_without_order_;
  statement.locking_queries = std::move(locking_queries_);
}

// --------------------------------------------------------------------------------------------------------- WITH

void Binder::with(std::vector<CommonTable>& elements) {
  with_ = &elements;
  for (bound_elements_ = 0; bound_elements_ < elements.size(); ++bound_elements_) {
    CommonTable& each = elements[bound_elements_];
    for (std::size_t other = 0; other < bound_elements_; ++other) {
      if (elements[other].name == each.name)
        refuse(each.at, "WITH query name \"" + each.name + "\" specified more than once");
    }
    reads_.emplace_back();
    each.query_number = queries_++;
    element(each);
  }
  reads_.emplace_back();
  first_of_body_ = queries_;
}

void Binder::element(CommonTable& element) {
  const auto outputs = [&](const std::vector<Target>& targets) {
    for (const auto& target : targets) {
      element.columns.push_back(target.name);
      element.types.push_back(target.expression.type);
    }
  };
  if (auto* select = std::get_if<Select>(&element.body)) {
    query(*select, nullptr);
    element.columns = select->columns;
    element.types = select->types;
  } else if (auto* insert = std::get_if<Insert>(&element.body)) {
    this->insert(*insert);
    outputs(insert->returning);
  } else if (auto* update = std::get_if<Update>(&element.body)) {
    this->update(*update);
    outputs(update->returning);
  } else {
    auto& erase = std::get<Delete>(element.body);
    delete_(erase);
    outputs(erase.returning);
  }
  if (element.column_aliases.size() > element.columns.size())
    refuse(element.at, "WITH query \"" + element.name + "\" has " + std::to_string(element.columns.size()) +
                           " columns available but " + std::to_string(element.column_aliases.size()) +
                           " columns specified");
  std::ranges::copy(element.column_aliases, element.columns.begin());
}

// An element is read by what is run: the statement itself, elements that change data, and SELECTs that are read.
void Binder::mark_read() {
  std::set<std::size_t> read = reads_.back();
  for (std::size_t i = with_->size(); i-- > 0;) {
    CommonTable& each = (*with_)[i];
    each.read = read.contains(i);
    if (each.read || !std::holds_alternative<Select>(each.body)) {
      read.insert(reads_[i].begin(), reads_[i].end());
      continue;
    }
    // What stands inside it is not run, either.
    const std::size_t end = i + 1 < with_->size() ? (*with_)[i + 1].query_number : first_of_body_;
    std::erase_if(locking_queries_,
                  [&](const auto& query) { return query.first > each.query_number && query.first < end; });
  }
}

// ------------------------------------------------------------------------------------------------------- INSERT

void Binder::insert(Insert& insert) {
  insert.table_number = names_.table("", insert.table, insert.at);
  const Table& table = catalog_.tables[insert.table_number];
  insert_columns(insert, table);
  const bool defaults_only = insert.source.values.empty() && insert.source.targets.empty();
  if (defaults_only) {
    insert.column_numbers.clear();
  } else if (insert.source.values.empty()) {
    insert_query(insert, table);
  } else {
    insert_values(insert, table);
  }
  if (insert.on_conflict) conflict(insert, table);
  const std::vector<FromItem> items = {target_item(insert.table_number, insert.alias, insert.at)};
  Scope scope;
  scope.items = &items;
  scope.last = 1;
  returning(insert.returning, scope);
}

void Binder::insert_columns(Insert& insert, const Table& table) {
  insert.column_numbers.clear();
  for (const auto& name : insert.columns) {
    const std::size_t number = column_of(table, name, insert.at);
    if (std::ranges::find(insert.column_numbers, number) != insert.column_numbers.end())
      refuse(insert.at, "column \"" + name + "\" specified more than once");
    insert.column_numbers.push_back(number);
  }
  if (!insert.columns.empty()) return;
  for (std::size_t i = 0; i < table.columns.size(); ++i) insert.column_numbers.push_back(i);
}

namespace {

std::string wrong_width(std::size_t values, std::size_t columns) {
  return std::string("INSERT has more ") +
         (values > columns ? "expressions than target columns" : "target columns than expressions");
}

}  // namespace

void Binder::insert_values(Insert& insert, const Table& table) {
  Select& source = insert.source;
  const std::size_t width = source.values.front().size();
  // Without a list of columns fewer values are possible; the rest get their defaults.
  if (width > insert.column_numbers.size())
    refuse(source.values.front()[insert.column_numbers.size()].at, wrong_width(1, 0));
  if (width < insert.column_numbers.size() && !insert.columns.empty()) refuse(insert.at, wrong_width(0, 1));
  insert.column_numbers.resize(width);
  Scope scope;
  scope.items = &source.from;
  scope.aggregates_refused = "VALUES";
  for (auto& row : source.values) {
    for (std::size_t i = 0; i < width; ++i) assigned(row[i], table.columns[insert.column_numbers[i]], scope);
  }
  for (const std::size_t number : insert.column_numbers) {
    source.columns.push_back(table.columns[number].name);
    source.types.push_back(table.columns[number].type);
  }
}

void Binder::insert_query(Insert& insert, const Table& table) {
  Select& source = insert.source;
  query(source, nullptr, true);
  const std::size_t width = source.columns.size();
  if (width > insert.column_numbers.size())
    refuse(source.targets[insert.column_numbers.size()].expression.at, wrong_width(1, 0));
  if (width < insert.column_numbers.size() && !insert.columns.empty()) refuse(insert.at, wrong_width(0, 1));
  insert.column_numbers.resize(width);
  for (std::size_t i = 0; i < width; ++i) {
    const Column& column = table.columns[insert.column_numbers[i]];
    if (column.identity_always)
      refuse(source.targets[i].expression.at, "cannot insert a non-DEFAULT value into column \"" + column.name + "\"");
    if (source.union_with || source.distinct || source.aggregated) {
      // The list takes part in comparing rows or groups: it is left alone, and only checked.
      Expression copy = source.targets[i].expression;
      adapt(copy, Type::text, source_);
      adapt(source.targets[i].expression, Type::text, source_);
      copy.type = source.types[i] == Type::unknown ? copy.type : source.types[i];
      assign_to_column(copy, column, source_);
    } else {
      assign_to_column(source.targets[i].expression, column, source_);
    }
    source.types[i] = source.targets[i].expression.type;
  }
}

void Binder::assigned(Expression& expression, const Column& column, Scope& scope) {
  if (expression.kind == Expression::Kind::default_) return;
  if (column.identity_always)
    refuse(expression.at, "cannot insert a non-DEFAULT value into column \"" + column.name +
                              "\": it is GENERATED ALWAYS, leave it out");
  this->expression(expression, scope);
  assign_to_column(expression, column, source_);
}

// ----------------------------------------------------------------------------------------------- UPDATE, DELETE

FromItem Binder::target_item(std::size_t table, const std::string& alias, Offset at) const {
  FromItem result;
  result.at = at;
  result.table = catalog_.tables[table].name;
  result.alias = alias;
  result.table_number = table;
  for (const auto& column : catalog_.tables[table].columns) {
    result.columns.push_back(column.name);
    result.types.push_back(column.type);
  }
  return result;
}

void Binder::changed_items(std::vector<FromItem>& items, FromItem target, Scope& scope) {
  for (auto& item : items) ++item.visible_from;
  items.insert(items.begin(), std::move(target));
  scope.items = &items;
  from(items, 1, scope);
  scope.last = items.size();
}

void Binder::update(Update& update) {
  update.table_number = names_.table("", update.table, update.at);
  const Table& table = catalog_.tables[update.table_number];
  Scope scope;
  changed_items(update.from, target_item(update.table_number, update.alias, update.at), scope);
  assignments(update.assignments, table, scope, "UPDATE");
  if (update.where) condition(*update.where, scope, "WHERE");
  returning(update.returning, scope);
}

void Binder::assignments(std::vector<Assignment>& list, const Table& table, Scope& scope, std::string_view construct) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    Assignment& assignment = list[i];
    assignment.column_number = column_of(table, assignment.column, assignment.at);
    for (std::size_t j = 0; j < i; ++j) {
      if (list[j].column_number == assignment.column_number)
        refuse(assignment.at, "multiple assignments to same column \"" + assignment.column + "\"");
    }
    const Column& column = table.columns[assignment.column_number];
    if (assignment.expression.kind == Expression::Kind::default_) continue;
    if (column.identity_always) refuse(assignment.at, "column \"" + column.name + "\" can only be updated to DEFAULT");
    scope.aggregates_refused = construct;
    expression(assignment.expression, scope);
    scope.aggregates_refused = "";
    assign_to_column(assignment.expression, column, source_);
  }
}

void Binder::delete_(Delete& erase) {
  erase.table_number = names_.table("", erase.table, erase.at);
  Scope scope;
  changed_items(erase.from, target_item(erase.table_number, erase.alias, erase.at), scope);
  if (erase.where) condition(*erase.where, scope, "WHERE");
  returning(erase.returning, scope);
}

void Binder::returning(std::vector<Target>& list, Scope& scope) { targets(list, scope, "RETURNING", false); }

std::size_t Binder::column_of(const Table& table, const std::string& name, Offset at) const {
  const auto found = std::ranges::find(table.columns, name, &Column::name);
  if (found == table.columns.end()) names_.no_column(name, table, at);
  return static_cast<std::size_t>(found - table.columns.begin());
}

void Binder::refuse(Offset at, std::string message) const { throw ModelError(source_, at, std::move(message)); }

}  // namespace gapless::sql
