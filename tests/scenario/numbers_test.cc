// Which serial numbers are not kept. That leaving them out changes no count is shown by tests/agree: enumerate, without
// it, would tell states apart that census then could not.
#include <doctest/doctest.h>

#include "base/source.h"
#include "scenario/load.h"

namespace gapless::scenario {
namespace {

// Whether the numbers of orders.id are forgotten in a scenario with this statement and this invariant.
bool forgotten(const std::string& statement, const std::string& invariant = "SELECT count(*) >= 0 FROM orders",
               const std::string& setup = "") {
  const std::string text =
      "scenario s\ndatabase d postgres {\n"
      "  CREATE TABLE items (id int PRIMARY KEY, stock int);\n"
      "  CREATE TABLE orders (id serial PRIMARY KEY, item int, note text);\n" +
      setup +
      "  INSERT INTO items VALUES (1, 3);\n}\n"
      "request r() { variant v { " +
      statement + " respond 200; } }\nrun r() * 2\nfinally \"x\" { " + invariant + " }\n";
  const auto models = load(make_source("numbers.gap", text), {});
  const auto& orders = models.at(0).databases.at(0).catalog.tables.at(1);
  CHECK(orders.columns[0].unseen == !orders.columns[0].serial);
  CHECK((orders.primary_key() == nullptr) == orders.columns[0].unseen);
  return orders.columns[0].unseen;
}

}  // namespace

TEST_CASE("a serial number that no statement, invariant or constraint looks at is not kept") {
  CHECK(forgotten("INSERT INTO orders (item) VALUES (1);"));
  CHECK(forgotten("INSERT INTO orders (item) SELECT id FROM items WHERE id = 1;"));
  CHECK(forgotten("let n = SELECT count(*) AS n, sum(item) AS s FROM orders WHERE item = 1;"));
  CHECK(forgotten("INSERT INTO orders (item) VALUES (1);", "SELECT NOT EXISTS (SELECT 1 FROM orders WHERE item > 1)"));
  // items.id is another column of that name.
  CHECK(forgotten("INSERT INTO orders (item) VALUES (1);",
                  "SELECT (SELECT stock FROM items WHERE id = 1) >= (SELECT count(*) FROM orders)"));
  CHECK(forgotten("INSERT INTO orders (item) VALUES (1) RETURNING item;"));
}

TEST_CASE("a serial number that somebody may notice is kept") {
  CHECK_FALSE(forgotten("let o = INSERT INTO orders (item) VALUES (1) RETURNING id;"));
  CHECK_FALSE(forgotten("let o = INSERT INTO orders (item) VALUES (1) RETURNING *;"));
  CHECK_FALSE(forgotten("INSERT INTO orders VALUES (7, 1);"));
  CHECK_FALSE(forgotten("INSERT INTO orders (id, item) VALUES (DEFAULT, 1);"));
  CHECK_FALSE(forgotten("let o = SELECT max(id) AS m FROM orders;"));
  CHECK_FALSE(forgotten(
      "let o = SELECT (SELECT max(o.id) FROM orders o WHERE o.item = i.id) AS m FROM items i WHERE i.id = 1;"));
  CHECK_FALSE(forgotten("INSERT INTO orders (item) VALUES (1);", "SELECT coalesce(max(id), 0) < 9 FROM orders"));
  CHECK_FALSE(
      forgotten("INSERT INTO orders (item) VALUES (1);", "SELECT count(*) = count(DISTINCT o.id) FROM orders o"));
}

TEST_CASE("ON CONFLICT, WITH and foreign keys need the number's key, or may") {
  CHECK_FALSE(forgotten("INSERT INTO orders (item) VALUES (1) ON CONFLICT DO NOTHING;"));
  CHECK_FALSE(forgotten("INSERT INTO orders (item) VALUES (1) ON CONFLICT (id) DO UPDATE SET note = 'x';"));
  CHECK(forgotten("WITH o AS (INSERT INTO orders (item) VALUES (1) RETURNING item) SELECT count(*) AS n FROM o;"));
  CHECK_FALSE(forgotten("WITH o AS (INSERT INTO orders (item) VALUES (1) RETURNING id) SELECT count(*) AS n FROM o;"));
  CHECK_FALSE(forgotten("WITH o AS (UPDATE orders SET note = 'x' RETURNING item) SELECT count(*) AS n FROM o;"));
  CHECK_FALSE(
      forgotten("WITH o AS (INSERT INTO orders (item) VALUES (1) ON CONFLICT DO NOTHING RETURNING item) "
                "SELECT count(*) AS n FROM o;"));
  CHECK_FALSE(forgotten("INSERT INTO orders (item) VALUES (1);", "SELECT count(*) >= 0 FROM orders",
                        "CREATE TABLE lines (order_id int REFERENCES orders);"));
  CHECK_FALSE(forgotten("INSERT INTO orders (item) VALUES (1);", "SELECT count(*) >= 0 FROM orders",
                        "CREATE UNIQUE INDEX ON orders ((id + 1));"));
}

TEST_CASE("a table whose rows come, or are locked, in order of the number keeps it") {
  CHECK_FALSE(forgotten("let o = SELECT note FROM orders;"));                        // which row is first
  CHECK_FALSE(forgotten("let o = SELECT note FROM orders ORDER BY item LIMIT 1;"));  // ties
  CHECK_FALSE(forgotten("let o = SELECT note FROM orders FOR UPDATE;"));
  CHECK_FALSE(forgotten("UPDATE orders SET note = 'x' WHERE item = 1;"));
  CHECK_FALSE(forgotten("DELETE FROM orders;"));
  CHECK_FALSE(forgotten("INSERT INTO orders (item) VALUES (1);", "SELECT count(*) >= 0 FROM orders",
                        "  INSERT INTO orders VALUES (1, 1, 'first');\n"));
}

}  // namespace gapless::scenario
