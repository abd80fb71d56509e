#include "scenario/numbers.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "store/relational/walk.h"

namespace gapless::scenario {
namespace {

using sql::Expression;
namespace relational = store::relational;

bool contains(const std::vector<std::size_t>& numbers, std::size_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

// Whether a query's rows come in an order that somebody may notice: anything but a sum over them or a mere test.
bool shows_order(const sql::Statement& statement, std::size_t table) {
  std::set<const sql::Select*> tests;  // EXISTS and IN
  relational::for_each_expression(statement, [&](const Expression& expression) {
    const bool is_test =
        expression.kind == Expression::Kind::exists_query || expression.kind == Expression::Kind::in_query;
    if (is_test) tests.insert(expression.query.get());
  });
  bool found = false;
  relational::for_each_query(statement, [&](const sql::Select& query) {
    const bool reads = std::any_of(query.from.begin(), query.from.end(), [&](const sql::FromItem& item) {
      return !item.query && item.table_number == table;
    });
    found = found || (reads && !query.aggregated && !tests.contains(&query));
  });
  return found;
}

// A column whose table cannot be told counts as this one: to be wrong here costs states, not truth.
bool names_column(const sql::Statement& statement, std::size_t table, std::size_t column, const std::string& name) {
  bool found = false;
  const auto ignore = [](const sql::Select&) {};
  std::function<void(const Expression&)> look;
  relational::Walk walk(ignore, [&](const Expression& expression) { look(expression); });
  look = [&](const Expression& expression) {
    if (expression.kind != Expression::Kind::column) return;
    const auto* item = walk.item_of(expression);
    const bool is_it = item == nullptr
                           ? expression.name == name
                           : !item->query && item->table_number == table && expression.slot.column == column;
    found = found || is_it;
  };
  walk.statement(statement);
  return found;
}

bool reads_table(const sql::Statement& statement, std::size_t table) {
  bool found = false;
  relational::for_each_query(statement,
                             [&](const sql::Select& query) { found = found || contains(query.tables, table); });
  return found;
}

// What a statement, or an element of its WITH, does to the table itself.
struct Change {
  std::size_t table;
  std::size_t column;
  bool concerns = false;  // changes it
  bool needs = false;     // and cannot do without the column

  void operator()(const sql::Insert& insert) {
    if (insert.table_number != table) return;
    concerns = true;
    // ON CONFLICT looks for the conflict in the table's keys.
    needs = needs || contains(insert.column_numbers, column) || insert.on_conflict.has_value();
  }
  void operator()(const sql::Update& update) { among(update.from); }
  void operator()(const sql::Delete& remove) { among(remove.from); }
  template <typename Other>
  void operator()(const Other& /*unused*/) {}

  // Rows are locked in order of the key.
  void among(const std::vector<sql::FromItem>& from) {
    needs = needs || std::any_of(from.begin(), from.end(),
                                 [&](const sql::FromItem& item) { return !item.query && item.table_number == table; });
  }
};

bool sees(const sql::Statement& statement, std::size_t table, std::size_t column, const std::string& name) {
  Change change{table, column};
  std::visit([&](const auto& body) { change(body); }, statement.body);
  for (const auto& element : statement.with) std::visit([&](const auto& body) { change(body); }, element.body);
  if (change.needs) return true;
  const bool concerns = change.concerns || reads_table(statement, table);
  return concerns && (names_column(statement, table, column, name) || shows_order(statement, table));
}

// A foreign key is checked against its parent's key, and holds a number of its child's.
bool foreign_keys_see(const std::vector<sql::Table>& tables, std::size_t number, std::size_t column) {
  return std::any_of(tables.begin(), tables.end(), [&](const sql::Table& child) {
    const bool own = &child == &tables[number];
    return std::any_of(child.foreign_keys.begin(), child.foreign_keys.end(), [&](const sql::ForeignKey& key) {
      return key.parent == number || (own && contains(key.columns, column));
    });
  });
}

bool constraints_see(const sql::Table& table, const std::string& name) {
  bool found = false;
  const auto look = [&](const Expression& expression) {
    relational::Walk(
        [](const sql::Select&) {},
        [&](const Expression& part) { found = found || (part.kind == Expression::Kind::column && part.name == name); })
        .expression(expression);
  };
  for (const auto& check : table.checks) look(check.condition);
  for (const auto& unique : table.uniques) {
    for (const auto& expression : unique.expressions) look(expression);
    if (unique.predicate) look(*unique.predicate);
  }
  return found;
}

void forget(sql::Table& table, std::size_t number) {
  auto& column = table.columns[number];
  column.serial = false;
  column.not_null = false;
  column.unseen = true;
  std::erase_if(table.uniques, [&](const sql::Unique& unique) { return contains(unique.columns, number); });
}

// A replica has its primary's tables, and the memories of all processes are made alike.
std::size_t origin_of(const model::Model& model, std::size_t number) {
  const auto& database = model.databases[number];
  if (database.kind == model::Database::Kind::replica) return database.primary;
  return database.process > 1 ? number - (database.process - 1) : number;
}

}  // namespace

void forget_unseen_numbers(model::Model& model, const std::vector<DatabaseStatement>& statements) {
  std::size_t first_in_view = 0;  // the view has the databases' tables one after another
  for (std::size_t database = 0; database < model.databases.size(); ++database) {
    if (origin_of(model, database) != database) continue;
    auto& tables = model.databases[database].catalog.tables;
    for (std::size_t number = 0; number < tables.size(); ++number) {
      auto& table = tables[number];
      for (std::size_t column = 0; column < table.columns.size(); ++column) {
        if (!table.columns[column].serial) continue;
        const auto& name = table.columns[column].name;
        const auto seen_by = [&](const sql::Statement& statement, std::size_t table_number) {
          return sees(statement, table_number, column, name);
        };
        const bool seen =
            constraints_see(table, name) || foreign_keys_see(tables, number, column) ||
            std::any_of(statements.begin(), statements.end(),
                        [&](const DatabaseStatement& use) {
                          return origin_of(model, use.database) == database && seen_by(*use.statement, number);
                        }) ||
            std::any_of(model.databases[database].statements.begin(), model.databases[database].statements.end(),
                        [&](const sql::Statement& statement) { return seen_by(statement, number); }) ||
            std::any_of(model.properties.begin(), model.properties.end(), [&](const model::Property& property) {
              return seen_by(*property.query, first_in_view + number);
            });
        if (!seen) forget(table, column);
      }
    }
    if (model::is_viewed(model.databases[database])) first_in_view += tables.size();
  }
  for (std::size_t database = 0; database < model.databases.size(); ++database) {
    const std::size_t origin = origin_of(model, database);
    if (origin != database) model.databases[database].catalog = model.databases[origin].catalog;
  }
}

}  // namespace gapless::scenario
