#include "explore/explain.h"

#include <doctest/doctest.h>

#include <string>

#include "explore/properties.h"
#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;

// "operand = value; …" of an invariant over three counters, 1 … 3, that stand at 0, and an empty ledger.
std::string explained(const std::string& query) {
  auto builder = counters(3);
  builder.ledger("paid", {"amount"}).request("count", "()", counts(1, 1), 1).always("the test's", query);
  const auto model = builder.build();
  const Successors successors(model);
  std::string text;
  for (const auto& [operand, value] : Properties(model).values(0, successors.initial_world(), {})) {
    text += (text.empty() ? "" : "; ") + operand + " is " + value;
  }
  return text;
}

TEST_CASE("what a comparison compares, literals left out") {
  CHECK(explained("SELECT min(n) >= 0 FROM counters") == "min(n) is 0");
  CHECK(explained("SELECT 3 = count(*) FROM counters") == "count(*) is 3");
  CHECK(explained("SELECT sum(n) = count(*) FROM counters") == "sum(n) is 0; count(*) is 3");
  CHECK(explained("SELECT n <> id FROM counters WHERE id = 2") == "n is 0; id is 2");
}

TEST_CASE("every comparison of a conjunction, a disjunction and a negation") {
  CHECK(explained("SELECT min(id) >= 0 AND max(id) <= 2 FROM counters") == "min(id) is 1; max(id) is 3");
  CHECK(explained("SELECT min(id) > 1 OR NOT (max(id) = 3 AND count(*) > 5) FROM counters") ==
        "min(id) is 1; max(id) is 3; count(*) is 3");
  CHECK(explained("SELECT max(id) BETWEEN 4 AND 5 FROM counters") == "max(id) is 3");
  CHECK(explained("SELECT max(id) IN (1, 2) FROM counters") == "max(id) is 3");
  CHECK(explained("SELECT max(id) IS NULL FROM counters") == "max(id) is 3");
  CHECK(explained("SELECT max(amount) IS NOT NULL FROM paid") == "max(amount) is NULL");
}

TEST_CASE("EXISTS is a value of its own") {
  CHECK(explained("SELECT EXISTS (SELECT 1 FROM counters WHERE n < 0)") ==
        "EXISTS (SELECT 1 FROM counters WHERE n < 0) is f");
  CHECK(explained("SELECT NOT EXISTS (SELECT 1 FROM counters WHERE id = 2)") ==
        "EXISTS (SELECT 1 FROM counters WHERE id = 2) is t");
}

TEST_CASE("sub-selects are shown with all that they ask") {
  CHECK(explained("SELECT NOT EXISTS (SELECT n FROM counters GROUP BY n HAVING count(*) > 2)") ==
        "EXISTS (SELECT n FROM counters GROUP BY n HAVING count(*) > 2) is t");
  CHECK(explained("SELECT NOT EXISTS (SELECT 1 FROM counters c JOIN paid p ON p.amount = c.id)") ==
        "EXISTS (SELECT 1 FROM counters c JOIN paid p ON p.amount = c.id) is f");
  CHECK(explained(
            "SELECT EXISTS (SELECT 1 FROM paid, counters c LEFT JOIN counters d ON c.id = d.n CROSS JOIN paid q)") ==
        "EXISTS (SELECT 1 FROM paid, counters c LEFT JOIN counters d ON c.id = d.n CROSS JOIN paid q) is f");
  CHECK(explained("SELECT (SELECT DISTINCT n FROM counters c ORDER BY n DESC LIMIT 1 OFFSET 0) = 1") ==
        "(SELECT DISTINCT n FROM counters c ORDER BY n DESC LIMIT 1 OFFSET 0) is 0");
  CHECK(explained("SELECT EXISTS (SELECT n FROM counters UNION ALL SELECT amount FROM paid ORDER BY 1 NULLS FIRST)") ==
        "EXISTS (SELECT n FROM counters UNION ALL SELECT amount FROM paid ORDER BY n NULLS FIRST) is t");
  CHECK(explained("SELECT EXISTS (SELECT 1 FROM (SELECT n FROM counters) AS x)") ==
        "EXISTS (SELECT 1 FROM (…) x) is t");
}

TEST_CASE("of a CASE the parts, unless one guards another; what stands twice is said once") {
  CHECK(explained("SELECT CASE WHEN max(id) > 2 THEN min(n) > 0 ELSE max(id) = 5 END FROM counters") ==
        "max(id) is 3; min(n) is 0");
  CHECK(explained("SELECT CASE WHEN min(n) > 0 THEN sum(id) / min(n) > 1 END FROM counters") ==
        "CASE WHEN min(n) > 0 THEN sum(id) / min(n) > 1 END is NULL");
  CHECK(explained("SELECT CASE WHEN n = 0 THEN 1 ELSE 2 END = id FROM counters WHERE id = 2") ==
        "CASE WHEN n = 0 THEN 1 ELSE 2 END is 1; id is 2");
}

TEST_CASE("sub-selects are operands, with their values") {
  CHECK(explained("SELECT (SELECT max(id) FROM counters) = (SELECT coalesce(sum(amount), 0) FROM paid)") ==
        "(SELECT max(id) FROM counters) is 3; (SELECT coalesce(sum(amount), 0) FROM paid) is 0");
  CHECK(explained("SELECT 10 - (SELECT id FROM counters WHERE n = 0 AND id = 2) = 7") ==
        "10 - (SELECT id FROM counters WHERE n = 0 AND id = 2) is 8");
  CHECK(explained("SELECT (SELECT max(id) FROM counters) IN (SELECT n FROM counters)") ==
        "(SELECT max(id) FROM counters) is 3");
}

TEST_CASE("a condition that is no comparison is its own operand") {
  CHECK(explained("SELECT bool_and(n = 0) FROM counters") == "bool_and(n = 0) is t");
  CHECK(explained("SELECT count(DISTINCT n) = 3 FROM counters") == "count(DISTINCT n) is 1");
}

TEST_CASE("where operands cannot be had on their own there is no explanation, rather than an error") {
  CHECK(explained("SELECT count(*) = 0 OR sum(id) / min(n) > 0 FROM counters").empty());
  CHECK(explained("SELECT n = 0 FROM counters").empty());  // three rows
  CHECK(explained("SELECT true").empty());
}

TEST_CASE("expressions read as they were meant") {
  CHECK(explained("SELECT max(id) + 1 - 2 * 2 = 0 FROM counters") == "max(id) + 1 - 2 * 2 is 0");
  CHECK(explained("SELECT max(id)::text = '3' FROM counters") == "max(id)::text is 3");
}

TEST_CASE("parentheses are kept where they matter") {
  CHECK(explained("SELECT 10 - (max(id) - min(id)) = 8 FROM counters") == "10 - (max(id) - min(id)) is 8");
  CHECK(explained("SELECT (max(id) + 1) * 2 = 8 FROM counters") == "(max(id) + 1) * 2 is 8");
  CHECK(explained("SELECT EXISTS (SELECT 1 FROM counters WHERE (n = 1 OR id = 2) AND NOT (n = 0 OR id = 1))") ==
        "EXISTS (SELECT 1 FROM counters WHERE (n = 1 OR id = 2) AND NOT (n = 0 OR id = 1)) is f");
}

}  // namespace
}  // namespace gapless::explore
