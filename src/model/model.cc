// The tables that invariants see.
#include "model/model.h"

#include <utility>

namespace gapless::model {
namespace {

sql::Column column(std::string name, sql::Type type) {
  sql::Column result;
  result.name = std::move(name);
  result.type = type;
  return result;
}

sql::Table ledger_table(const Ledger& ledger) {
  sql::Table table;
  table.name = ledger.name;
  // An effect's arguments are whatever the request computed.
  for (const auto& name : ledger.columns) table.columns.push_back(column(name, sql::Type::unknown));
  return table;
}

sql::Table responses_table() {
  sql::Table table;
  table.name = "responses";
  table.columns = {column("request", sql::Type::text), column("actor", sql::Type::integer),
                   column("status", sql::Type::status)};
  return table;
}

}  // namespace

sql::Catalog view_catalog(const std::vector<Database>& databases, const std::vector<Ledger>& ledgers) {
  sql::Catalog view;
  const bool single = databases.size() == 1;
  if (single) view.database = databases.front().name;
  for (const auto& database : databases) {
    for (auto table : database.catalog.tables) {
      if (!single) table.name = database.name + "." + table.name;
      view.tables.push_back(std::move(table));
    }
  }
  for (const auto& ledger : ledgers) view.tables.push_back(ledger_table(ledger));
  view.tables.push_back(responses_table());
  return view;
}

}  // namespace gapless::model
