// What guards in the schema: a constraint that some statement of the variant could run into.
#include <algorithm>
#include <set>

#include "scenario/guards.h"
#include "scenario/ledger.h"
#include "sql/scan.h"
#include "store/relational/walk.h"

namespace gapless::scenario {
namespace {

class Finder {
 public:
  Finder(const model::Database& database, const Touches& touches, Findings& findings)
      : database_(database), touches_(touches), findings_(findings) {}

  void table(const sql::Table& table);

 private:
  using Columns = std::vector<std::size_t>;

  void unique(const sql::Table& table, const sql::Unique& unique);
  void check(const sql::Table& table, const sql::Check& check);
  void foreign_key(const sql::Table& table, const sql::ForeignKey& key);

  bool is_set(const sql::Table& table, const Columns& columns) const;
  bool is_inserted(const sql::Table& table) const { return touches_.inserted.contains(to_lower(table.name)); }
  bool inserts_own(const sql::Table& table, const Columns& columns) const;
  std::string names(const sql::Table& table, const Columns& columns) const;
  std::string condition_around(Offset at, std::string_view opening) const;

  const model::Database& database_;
  const Touches& touches_;
  Findings& findings_;
};

void Finder::table(const sql::Table& table) {
  for (const auto& each : table.uniques) unique(table, each);
  for (const auto& each : table.checks) check(table, each);
  for (const auto& each : table.foreign_keys) foreign_key(table, each);
}

Offset first_place(const sql::Expression& expression) {
  Offset first = expression.at;
  for (const auto& argument : expression.arguments) first = std::min(first, first_place(argument));
  return first;
}

std::vector<std::size_t> columns_in(const sql::Expression& expression) {
  std::vector<std::size_t> columns;
  store::relational::Walk([](const sql::Select&) {},
                          [&](const sql::Expression& part) {
                            if (part.kind == sql::Expression::Kind::column) columns.push_back(part.slot.column);
                          })
      .expression(expression);
  return columns;
}

void Finder::unique(const sql::Table& table, const sql::Unique& unique) {
  Columns columns = unique.columns;
  for (const auto& expression : unique.expressions)
    std::ranges::copy(columns_in(expression), std::back_inserter(columns));
  Columns looked_at = columns;
  if (unique.predicate) std::ranges::copy(columns_in(*unique.predicate), std::back_inserter(looked_at));
  if (!inserts_own(table, columns) && !is_set(table, looked_at)) return;
  std::string text = unique.primary ? "PRIMARY KEY (" : unique.constraint ? "UNIQUE (" : "UNIQUE INDEX (";
  text += names(table, columns) + ") of " + table.name;
  if (unique.predicate) text += " WHERE " + condition_around(first_place(*unique.predicate), "where");
  findings_.add(unique.at, text, Constraint{database_.name, table.name, unique.name});
}

void Finder::check(const sql::Table& table, const sql::Check& check) {
  if (!is_inserted(table) && !is_set(table, columns_in(check.condition))) return;
  const Offset at = first_place(check.condition);
  findings_.add(at, "CHECK (" + condition_around(at, "check") + ") of " + table.name,
                Constraint{database_.name, table.name, check.name});
}

void Finder::foreign_key(const sql::Table& table, const sql::ForeignKey& key) {
  const auto& parent = database_.catalog.tables[key.parent];
  const bool of_child = inserts_own(table, key.columns) || is_set(table, key.columns);
  const bool of_parent = touches_.deleted.contains(to_lower(parent.name)) || is_set(parent, key.parent_columns);
  if (!of_child && !of_parent) return;
  findings_.add(key.at,
                "FOREIGN KEY (" + names(table, key.columns) + ") of " + table.name + " REFERENCES " + parent.name,
                Constraint{database_.name, table.name, key.name});
}

bool Finder::is_set(const sql::Table& table, const Columns& columns) const {
  const auto found = touches_.set.find(to_lower(table.name));
  return found != touches_.set.end() && std::ranges::any_of(columns, [&](std::size_t column) {
           return found->second.contains(to_lower(table.columns[column].name));
         });
}

// Some INSERT gives one of the columns a value that is not just the next number.
bool Finder::inserts_own(const sql::Table& table, const Columns& columns) const {
  const auto found = touches_.inserted.find(to_lower(table.name));
  if (found == touches_.inserted.end()) return false;
  return std::ranges::any_of(found->second, [&](const std::set<std::string>& listed) {
    return std::ranges::any_of(columns, [&](std::size_t number) {
      const auto& column = table.columns[number];
      return listed.empty() || listed.contains(to_lower(column.name)) || !column.serial;
    });
  });
}

std::string Finder::names(const sql::Table& table, const Columns& columns) const {
  std::string text;
  for (const std::size_t column : columns) text += (text.empty() ? "" : ", ") + table.columns[column].name;
  return text;
}

// As written: from behind the word before `at` to where the condition ends.
std::string Finder::condition_around(Offset at, std::string_view opening) const {
  const auto& source = findings_.source();
  const auto word = to_lower(source.text.substr(0, at)).rfind(opening);
  if (word == std::string::npos) return "…";
  auto begin = static_cast<Offset>(word + opening.size());
  const bool in_parentheses = opening == "check";
  if (in_parentheses) begin = static_cast<Offset>(source.text.find('(', begin)) + 1;
  return findings_.shown({begin, sql::find_end(findings_.shared_source(), begin, in_parentheses ? ")" : ";}")});
}

}  // namespace

void note_keys(const std::vector<model::Database>& databases, Touches& touches) {
  for (const auto& database : databases) {
    for (const auto& table : database.catalog.tables) {
      auto& keys = touches.keys[to_lower(table.name)];
      const auto add = [&](const std::vector<std::size_t>& columns) {
        for (const std::size_t column : columns) keys.insert(to_lower(table.columns[column].name));
      };
      for (const auto& unique : table.uniques) add(unique.columns);
      for (const auto& key : table.foreign_keys) add(key.columns);
    }
  }
}

void find_in_schema(const std::vector<model::Database>& databases, const Touches& touches, Findings& findings) {
  for (const auto& database : databases) {
    if (database.kind == model::Database::Kind::replica || database.process > 1) continue;
    for (const auto& table : database.catalog.tables) Finder(database, touches, findings).table(table);
  }
}

}  // namespace gapless::scenario
