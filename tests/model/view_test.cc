#include <doctest/doctest.h>

#include "model/model.h"

using namespace gapless;
using namespace gapless::model;

namespace {

Database database(std::string name, std::vector<std::string> tables) {
  Database result;
  result.name = name;
  result.catalog.database = std::move(name);
  for (auto& table : tables) {
    sql::Table made;
    made.name = std::move(table);
    made.columns.resize(1);
    made.columns[0].name = "id";
    result.catalog.tables.push_back(std::move(made));
  }
  return result;
}

std::vector<std::string> names(const sql::Catalog& catalog) {
  std::vector<std::string> result;
  for (const auto& table : catalog.tables) result.push_back(table.name);
  return result;
}

}  // namespace

TEST_CASE("tables of a single database keep their names") {
  const auto view = view_catalog({database("bank", {"users", "orders"})}, {{"paid", {"amount"}}});
  CHECK(view.database == "bank");
  CHECK(names(view) == std::vector<std::string>{"users", "orders", "paid", "responses"});
}

TEST_CASE("with several databases a table is called database.table") {
  const auto view = view_catalog({database("bank", {"users"}), database("stripe", {"charges", "users"})}, {});
  CHECK(view.database.empty());
  CHECK(names(view) == std::vector<std::string>{"bank.users", "stripe.charges", "stripe.users", "responses"});
}

TEST_CASE("ledger columns have any type, responses have three columns") {
  const auto view = view_catalog({}, {{"paid", {"amount", "who"}}});
  REQUIRE(view.tables.size() == 2);
  const auto& paid = view.tables[0];
  REQUIRE(paid.columns.size() == 2);
  CHECK(paid.columns[1].name == "who");
  CHECK(paid.columns[1].type == sql::Type::unknown);

  const auto& responses = view.tables[1];
  REQUIRE(responses.columns.size() == 3);
  CHECK(responses.columns[0].name == "request");
  CHECK(responses.columns[0].type == sql::Type::text);
  CHECK(responses.columns[1].name == "actor");
  CHECK(responses.columns[1].type == sql::Type::integer);
  CHECK(responses.columns[2].name == "status");
  CHECK(responses.columns[2].type == sql::Type::status);
}
