// The memory of sub-selects: what is computed once, what is kept of it, and when its errors show.
#include <doctest/doctest.h>

#include "evaluate_bank.h"

namespace gapless::store {
namespace {

const Bank& bank() {
  static const Bank result(R"(
    CREATE TABLE users (id int PRIMARY KEY, balance int);
    CREATE TABLE orders (id int PRIMARY KEY, usr int, total int);
    INSERT INTO users VALUES (1, 100), (2, 50), (3, 100);
    INSERT INTO orders VALUES (10, 1, 30), (11, 2, 70), (12, 1, NULL);)");
  return result;
}

// The tables are gone: whatever is asked for must have been remembered.
class NothingLeft : public Snapshot {
 public:
  std::span<const Tuple> rows(std::size_t) const override { throw std::logic_error("a table was read"); }
};

// Everything remembered of a statement: "0: 100 | 1: ERROR condition".
std::string remembered(std::string_view text) {
  const auto statement = prepare(text, bank().catalog(), "query");
  QueryMemory memory;
  Evaluator(*statement->source, bank(), {}, memory).remember_queries(*statement);
  std::string result;
  for (const auto& [number, query] : memory) {
    if (!result.empty()) result += " | ";
    result += std::to_string(number) + ": ";
    result += query.error_condition.empty() ? printed(query.rows) : "ERROR " + query.error_condition;
  }
  return result;
}

TEST_CASE("sub-selects of all parts of all statements are remembered") {
  CHECK(remembered("SELECT id, (SELECT 7) FROM users WHERE balance > (SELECT min(balance) FROM users) "
                   "ORDER BY (SELECT 8) LIMIT (SELECT 9)") == "0: 7 | 1: 50 | 2: 8 | 3: 9");
  CHECK(remembered("SELECT * FROM (SELECT id FROM users WHERE id < 3) u JOIN orders o ON o.id > (SELECT 5)") ==
        "0: 1 ; 2 | 1: 5");
  CHECK(remembered("UPDATE users SET balance = (SELECT 1) FROM (SELECT 2 AS two) t WHERE id = (SELECT 3) "
                   "RETURNING (SELECT 4)") == "0: 2 | 1: 1 | 2: 3 | 3: 4");
  CHECK(remembered("DELETE FROM users WHERE id = (SELECT 3) RETURNING (SELECT 4)") == "0: 3 | 1: 4");
  CHECK(remembered("INSERT INTO users VALUES ((SELECT 8), (SELECT 9)) RETURNING (SELECT 7)") == "0: 8 | 1: 9 | 2: 7");
  CHECK(remembered("INSERT INTO users SELECT id + 10, (SELECT 1) FROM users WHERE EXISTS (SELECT 1)") == "0: 1 | 1: ");
  CHECK(remembered("SELECT count(*) FROM users GROUP BY (SELECT 1) HAVING count(*) > (SELECT 2)").find("2") !=
        std::string::npos);
  CHECK(remembered("SELECT 1 UNION SELECT (SELECT 2)") == "0: 2");
  CHECK(remembered("VALUES ((SELECT 1)), ((SELECT 2))") == "0: 1 | 1: 2");
}

TEST_CASE("only what can still be seen is kept: equivalent memories are equal") {
  // EXISTS: whether; IN: which values; a scalar: at most one row.
  CHECK(remembered("SELECT EXISTS (SELECT * FROM users), EXISTS (SELECT * FROM users WHERE id > 5)") == "0:  | 1: ");
  CHECK(remembered("SELECT 1 IN (SELECT balance FROM users ORDER BY balance DESC)") == "0: 50 ; 100");
  CHECK(remembered("SELECT (SELECT balance FROM users WHERE id = 9)") == "0: ");

  QueryMemory memory;
  const auto statement = prepare("SELECT EXISTS (SELECT * FROM users), EXISTS (SELECT * FROM users WHERE id > 5)",
                                 bank().catalog(), "query");
  Evaluator(*statement->source, bank(), {}, memory).remember_queries(*statement);
  CHECK(memory.at(0).rows.size() == 1);
  CHECK(memory.at(1).rows.empty());
}

TEST_CASE("a correlated sub-select is not remembered, but an uncorrelated one inside it is") {
  CHECK(remembered("SELECT (SELECT count(*) FROM orders o WHERE o.usr = u.id) FROM users u") == "");
  CHECK(remembered("SELECT (SELECT count(*) FROM orders o WHERE o.usr = u.id AND o.total > (SELECT min(total) FROM "
                   "orders)) FROM users u") == "1: 30");
  CHECK(remembered("SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM (SELECT id FROM orders) o WHERE o.id = u.id)") ==
        "1: 10 ; 11 ; 12");
}

TEST_CASE("what lies inside a remembered sub-select is not remembered itself") {
  CHECK(remembered("SELECT (SELECT count(*) FROM orders WHERE total > (SELECT min(total) FROM orders))") == "0: 1");
}

TEST_CASE("an error is remembered, and thrown only when the value is asked for") {
  CHECK(remembered("SELECT (SELECT id FROM users)") == "0: ERROR cardinality_violation");
  CHECK(remembered("SELECT (SELECT 1 / (balance - 50) FROM users WHERE id = 2)") == "0: ERROR division_by_zero");

  const auto statement =
      prepare("SELECT CASE WHEN id = 1 THEN (SELECT id FROM users) ELSE 5 END FROM users WHERE id > 1",
              bank().catalog(), "query");
  QueryMemory memory;
  Evaluator evaluator(*statement->source, bank(), {}, memory);
  evaluator.remember_queries(*statement);
  const auto& select = std::get<sql::Select>(statement->body);
  CHECK(printed(evaluator.select(select)) == "5 ; 5");
  const Tuple first{std::int32_t{1}, std::int32_t{100}};
  const Tuple* const tuples[] = {&first};
  CHECK_THROWS_WITH_AS(evaluator.value(select.targets[0].expression, tuples),
                       "more than one row returned by a subquery used as an expression", SqlError);
}

TEST_CASE("with a kept memory the tables are not read again") {
  const auto statement = prepare(
      "SELECT (SELECT max(balance) FROM users), 70 IN (SELECT total FROM orders), 71 NOT IN "
      "(SELECT total FROM orders), EXISTS (SELECT 1 FROM orders), t.n FROM (SELECT count(*) "
      "AS n FROM users) t",
      bank().catalog(), "query");
  QueryMemory memory;
  Evaluator(*statement->source, bank(), {}, memory).remember_queries(*statement);
  const NothingLeft gone;
  Evaluator evaluator(*statement->source, gone, {}, memory);
  CHECK(printed(evaluator.select(std::get<sql::Select>(statement->body))) == "100|t|NULL|t|3");

  QueryMemory empty;
  CHECK_THROWS_AS(Evaluator(*statement->source, gone, {}, empty).remember_queries(*statement), std::logic_error);
}

TEST_CASE("matches name the rows that each item contributes") {
  const auto statement =
      prepare("SELECT 1 FROM users u LEFT JOIN orders o ON o.usr = u.id AND o.total > 0", bank().catalog(), "query");
  const auto& select = std::get<sql::Select>(statement->body);
  QueryMemory memory;
  Evaluator evaluator(*statement->source, bank(), {}, memory);
  const auto rows = evaluator.matches(select.from, nullptr);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].numbers == std::vector<std::size_t>{0, 0});
  CHECK(rows[1].numbers == std::vector<std::size_t>{1, 1});
  CHECK(rows[2].numbers == std::vector<std::size_t>{2, FromRow::no_row});
  CHECK(rows[1].tuples[1] == &bank().rows(1)[1]);
  CHECK(rows[2].tuples[1] == nullptr);
  CHECK(evaluator.matches({}, nullptr).size() == 1);
}

TEST_CASE("for locking reads: sort is stable, limits are counts") {
  const auto statement =
      prepare("SELECT id FROM users ORDER BY balance DESC LIMIT 2 OFFSET 1", bank().catalog(), "query");
  const auto& select = std::get<sql::Select>(statement->body);
  QueryMemory memory;
  Evaluator evaluator(*statement->source, bank(), {}, memory);
  auto rows = evaluator.matches(select.from, nullptr);
  evaluator.sort(select, rows);
  std::vector<std::size_t> order;
  for (const auto& row : rows) order.push_back(row.numbers[0]);
  CHECK(order == std::vector<std::size_t>{0, 2, 1});
  CHECK(evaluator.limits(select) == std::pair<std::size_t, std::size_t>(1, 2));
  CHECK(printed({evaluator.targets(select.targets, rows[0].tuples)}) == "1");

  const auto unlimited = prepare("SELECT id FROM users", bank().catalog(), "query");
  CHECK(evaluator.limits(std::get<sql::Select>(unlimited->body)) ==
        std::pair<std::size_t, std::size_t>(0, std::numeric_limits<std::size_t>::max()));
}

TEST_CASE("NULL in a condition is false") {
  const auto statement = prepare("SELECT 1 FROM orders WHERE total > 30", bank().catalog(), "query");
  const auto& where = *std::get<sql::Select>(statement->body).where;
  QueryMemory memory;
  Evaluator evaluator(*statement->source, bank(), {}, memory);
  const auto rows = bank().rows(1);
  const auto holds = [&](std::size_t row) {
    const Tuple* const tuples[] = {&rows[row]};
    return evaluator.is_true(where, tuples);
  };
  CHECK_FALSE(holds(0));
  CHECK(holds(1));
  CHECK_FALSE(holds(2));
}

// The parser refuses string_agg as long as its order would be the server's choice; built by hand it works.
TEST_CASE("string_agg joins texts in the order of rows, or of values if they are distinct") {
  const auto statement = prepare("SELECT max(v) FROM (VALUES ('b'), ('a'), (NULL), ('b')) t(v)", {}, "query");
  auto select = std::get<sql::Select>(statement->body);
  auto& aggregate = select.targets[0].expression;
  aggregate.aggregate = sql::Aggregate::string_agg;
  sql::Expression delimiter;
  delimiter.value = std::string("+");
  aggregate.arguments.push_back(delimiter);
  QueryMemory memory;
  CHECK(printed(Evaluator(*statement->source, bank(), {}, memory).select(select)) == "b+a+b");
  aggregate.distinct = true;
  CHECK(printed(Evaluator(*statement->source, bank(), {}, memory).select(select)) == "a+b");
}

}  // namespace
}  // namespace gapless::store
