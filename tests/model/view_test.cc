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
  const auto view = view_catalog({database("bank", {"users", "orders"})}, {}, {}, {{"paid", {"amount"}}}, false);
  CHECK(view.database == "bank");
  CHECK(names(view) == std::vector<std::string>{"users", "orders", "paid", "sections", "responses"});
}

TEST_CASE("with several databases a table is called database.table") {
  const auto view =
      view_catalog({database("bank", {"users"}), database("stripe", {"charges", "users"})}, {}, {}, {}, false);
  CHECK(view.database.empty());
  CHECK(names(view) ==
        std::vector<std::string>{"bank.users", "stripe.charges", "stripe.users", "sections", "responses"});
}

TEST_CASE("ledger columns have any type, responses have three columns") {
  const auto view = view_catalog({}, {}, {}, {{"paid", {"amount", "who"}}}, false);
  REQUIRE(view.tables.size() == 3);
  const auto& paid = view.tables[0];
  REQUIRE(paid.columns.size() == 2);
  CHECK(paid.columns[1].name == "who");
  CHECK(paid.columns[1].type == sql::Type::unknown);

  const auto& responses = view.tables[2];
  REQUIRE(responses.columns.size() == 3);
  CHECK(responses.columns[0].name == "request");
  CHECK(responses.columns[0].type == sql::Type::text);
  CHECK(responses.columns[1].name == "actor");
  CHECK(responses.columns[1].type == sql::Type::integer);
  CHECK(responses.columns[2].name == "status");
  CHECK(responses.columns[2].type == sql::Type::status);
}

TEST_CASE("sections, a keyvalue, and the position of what has happened") {
  const auto view = view_catalog({}, {{"cache", {}, {}, {}}}, {}, {{"paid", {"amount"}}}, true);
  CHECK(names(view) == std::vector<std::string>{"cache", "paid", "sections", "responses"});
  CHECK(view.tables[0].columns.size() == 4);
  REQUIRE(view.tables[1].columns.size() == 2);
  CHECK(view.tables[1].columns[1].name == "position");
  CHECK(view.tables[2].columns[0].name == "section");
}

TEST_CASE("locks and replicas have no tables to look at, and a memory of several processes only one set") {
  auto locks = database("locks", {});
  locks.kind = Database::Kind::locks;
  auto replica = database("replica", {"users"});
  replica.kind = Database::Kind::replica;
  auto first = database("seen", {"keys"});
  first.kind = Database::Kind::memory;
  first.process = 1;
  auto second = first;
  second.process = 2;
  const auto view = view_catalog({database("bank", {"users"}), locks, replica, first, second}, {}, {}, {}, false);
  CHECK(names(view) == std::vector<std::string>{"bank.users", "seen.keys", "sections", "responses"});
  CHECK(names(view_catalog({database("bank", {"users"}), locks}, {}, {}, {}, false)).front() == "users");
}

TEST_CASE("faults as text") {
  CHECK(to_string(Faults{}) == "none");
  CHECK(to_string(Faults{1, 0, 2}) == "crash <= 1, duplicate <= 2");
  CHECK(parse_faults("none") == Faults{});
  CHECK(parse_faults(" crash<=1 , retry <= 3") == Faults{1, 3, 0});
  for (const char* wrong : {"", "crash", "crash <= 0", "crash <= 1001", "crash <= 1,", "crash <= 1, crash <= 1",
                            "crash < 1", "fire <= 1", "none, crash <= 1", "crash <= -1", "crash <= 1x"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_faults(wrong).has_value());
  }
}
