// Which elements of WITH and sub-selects with FOR UPDATE are run at all, and so which rows are locked. What is expected
// is what PostgreSQL 15 did (rows whose xmax was the transaction's own).
#include <doctest/doctest.h>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view two_tables = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  CREATE TABLE u (id int PRIMARY KEY, v int);
  INSERT INTO t VALUES (1, 10), (2, 20);
  INSERT INTO u VALUES (1, 5), (2, 6);)";

struct Case {
  std::string statement;  // A and C: elements of WITH that lock row 1 and row 2 of t
  std::string locked;     // ids of t
};

std::string written_out(std::string text) {
  const auto replace = [&](std::string_view name, std::string_view element) {
    if (const auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), element);
  };
  replace("WITH A", "WITH a AS (SELECT v FROM t WHERE id = 1 FOR UPDATE)");
  replace(", C ", ", c AS (SELECT v FROM t WHERE id = 2 FOR UPDATE) ");
  return text;
}

bool locks(const Case& expected, int id) { return expected.locked.find(std::to_string(id)) != std::string::npos; }

void check_locks(const Case& expected, bool at_serializable) {
  CAPTURE(expected.statement);
  CAPTURE(at_serializable);
  Town town(two_tables);
  if (at_serializable) town.play("2> SET default_transaction_isolation = 'serializable'");
  town.play("2> BEGIN");
  const auto done = town.perform(2, written_out(expected.statement));
  REQUIRE(done.has_value());
  CHECK(done->error_condition == "");
  for (const int id : {1, 2}) {
    CAPTURE(id);
    const auto free = town.play("3> SELECT id FROM t WHERE id = " + std::to_string(id) + " FOR UPDATE SKIP LOCKED");
    CHECK(free == (locks(expected, id) ? "no row" : "id = " + std::to_string(id)));
  }
}

// What is not asked for waits for nobody.
void check_waits(const Case& expected) {
  CAPTURE(expected.statement);
  Town town(two_tables);
  town.play("1> BEGIN; SELECT v FROM t FOR UPDATE");
  town.play("2> BEGIN");
  const auto done = town.perform(2, written_out(expected.statement));
  CHECK(done.has_value() == expected.locked.empty());
  if (done) return;
  town.play("1> COMMIT");
  const auto resumed = town.go_on(2);
  REQUIRE(resumed.has_value());
  CHECK(resumed->error_condition == "");
  for (const int id : {1, 2}) {
    CAPTURE(id);
    const auto free = town.play("3> SELECT id FROM t WHERE id = " + std::to_string(id) + " FOR UPDATE SKIP LOCKED");
    CHECK(free == (locks(expected, id) ? "no row" : "id = " + std::to_string(id)));
  }
}

void check_cases(const std::vector<Case>& cases) {
  for (const auto& expected : cases) {
    check_locks(expected, false);
    check_locks(expected, true);
    check_waits(expected);
  }
}

TEST_CASE("a false condition of no row in particular keeps what stands behind it from running") {
  check_cases({
      {"WITH A SELECT v FROM a", "1"},
      {"WITH A SELECT v FROM a WHERE false", ""},
      {"WITH A SELECT v FROM a WHERE 1 = 0 AND v > 0", ""},
      {"WITH A SELECT v FROM a WHERE false ORDER BY v", ""},
      {"WITH A SELECT v FROM a WHERE false ORDER BY (SELECT v FROM a)", ""},
      {"WITH A, c AS (SELECT v FROM a) SELECT v FROM c WHERE false", ""},
      {"WITH A, c AS (SELECT v FROM a WHERE false) SELECT v FROM c", ""},
      {"WITH A, c AS MATERIALIZED (SELECT v FROM a WHERE false) SELECT v FROM c", ""},
      {"WITH A SELECT s.v FROM (SELECT v FROM a WHERE false) s", ""},
      {"WITH A SELECT u.v, s.v FROM u LEFT JOIN (SELECT v FROM a WHERE false) s ON true", ""},
      {"WITH A SELECT u.v, a.v FROM u LEFT JOIN a ON false", ""},
      {"WITH A SELECT u.v, a.v FROM u JOIN a ON false", ""},
      {"WITH A SELECT u.v FROM u WHERE u.v = (SELECT v FROM a WHERE false)", ""},
      {"SELECT s.v FROM (SELECT v FROM t WHERE id = 1 FOR UPDATE) s WHERE false", ""},
      {"SELECT 1 WHERE false AND EXISTS (SELECT 1 FROM t WHERE id = 1 FOR UPDATE)", ""},
      {"SELECT 1 WHERE EXISTS (SELECT 1 FROM t WHERE id = 1 FOR UPDATE) AND false", ""},
      {"SELECT 1 WHERE EXISTS (SELECT 1 FROM t WHERE id = 1 FOR UPDATE) AND EXISTS (SELECT 1 FROM u WHERE id = 99)",
       "1"},
      {"SELECT 1 WHERE EXISTS (SELECT 1 FROM u WHERE id = 99) AND EXISTS (SELECT 1 FROM t WHERE id = 1 FOR UPDATE)",
       ""},
      {"SELECT v FROM (SELECT v FROM t FOR UPDATE) s WHERE EXISTS (SELECT 1 FROM u WHERE id = 99)", ""},
      {"SELECT v FROM t WHERE false FOR UPDATE", ""},
      {"WITH A SELECT v FROM a WHERE false OR v < 0", "1"},
      {"WITH A SELECT v FROM a WHERE NULL", ""},
      {"WITH A SELECT v FROM a WHERE (SELECT count(*) FROM u) > 5", ""},
      {"WITH A SELECT v, count(*) FROM a GROUP BY v HAVING (SELECT count(*) FROM u) > 5", ""},
      {"WITH A SELECT count(*) FROM a HAVING count(*) > 5", "1"},
      {"WITH A SELECT count(*) FROM a HAVING (SELECT count(*) FROM u) > 5", ""},
      {"WITH A SELECT count(*) FROM u WHERE EXISTS (SELECT 1 FROM u WHERE id = 99) HAVING (SELECT v FROM a) > 0", "1"},
      {"WITH A, C SELECT 1 WHERE (SELECT count(*) FROM a) > 5 AND (SELECT count(*) FROM c) > 5", "1"},
      {"WITH A, C SELECT v FROM c WHERE (SELECT count(*) FROM a) > 5", "1"},
      {"WITH A, C SELECT v FROM c WHERE (SELECT count(*) FROM a) = 1", "1 2"},
      {"SELECT 1 WHERE EXISTS (SELECT 1 FROM t WHERE id = 7 FOR UPDATE) AND EXISTS (SELECT 1 FROM t WHERE id = 1 FOR "
       "UPDATE)",
       ""},
      {"SELECT 1 WHERE EXISTS (SELECT 1 FROM t WHERE id = 2 FOR UPDATE) AND EXISTS (SELECT 1 FROM t WHERE id = 1 FOR "
       "UPDATE)",
       "1 2"},
      {"SELECT id FROM u WHERE EXISTS (SELECT 1 FROM t WHERE id = 1 FOR UPDATE) AND id = 1 AND EXISTS (SELECT 1 FROM u "
       "WHERE id = 99)",
       "1"},
      {"WITH A SELECT u.v FROM u JOIN a ON u.id = 1 AND false", ""},
      {"WITH A SELECT u.v, a.v FROM u LEFT JOIN a ON u.id = 1 AND (SELECT count(*) FROM u) > 5", "1"},
      {"WITH A SELECT v FROM (VALUES (1)) s(v) WHERE v IN (SELECT v FROM a) AND false", ""},
  });
}

TEST_CASE("each arm of a UNION asks for itself") {
  check_cases({
      {"WITH A SELECT 1 WHERE false UNION ALL SELECT v FROM a", "1"},
      {"WITH A SELECT 1 WHERE false UNION SELECT v FROM a", "1"},
      {"WITH A SELECT v FROM a WHERE false UNION ALL SELECT 1", ""},
      {"WITH A SELECT v FROM a WHERE false UNION ALL SELECT v FROM a WHERE false", ""},
      {"WITH A INSERT INTO u SELECT 7, 1 WHERE false UNION ALL SELECT 8, v FROM a", "1"},
      {"SELECT s.v FROM (SELECT v FROM t WHERE id = 1 FOR UPDATE) s WHERE false UNION ALL SELECT v FROM (SELECT v FROM "
       "t WHERE id = 2 FOR UPDATE) s",
       "2"},
      {"WITH A SELECT v FROM a UNION ALL SELECT 1 LIMIT 0", ""},
  });
}

TEST_CASE("an element of WITH that changes rows always runs, and asks for what it reads") {
  check_cases({
      {"WITH A, b AS (UPDATE u SET v = a.v FROM a WHERE u.id = 1) SELECT 1 WHERE false", "1"},
      {"WITH A, b AS (UPDATE u SET v = 0 WHERE id = 1) SELECT v FROM a WHERE false", ""},
      {"WITH A, b AS (UPDATE u SET v = a.v FROM a WHERE u.id = 1 AND false) SELECT v FROM a WHERE false", ""},
      {"WITH A, b AS (INSERT INTO u SELECT 7, v FROM a) SELECT 1 WHERE false", "1"},
      {"WITH A, b AS (INSERT INTO u SELECT 7, v FROM a WHERE false) SELECT 1", ""},
      {"WITH A, b AS (DELETE FROM u USING a) SELECT 1 WHERE false", "1"},
      {"WITH A, b AS (DELETE FROM u WHERE v = (SELECT v FROM a)) SELECT 1 WHERE false", "1"},
      {"WITH A, c AS (SELECT v FROM a), b AS (UPDATE u SET v = c.v FROM c WHERE u.id = 1) SELECT 1 WHERE false", "1"},
      {"WITH A UPDATE u SET v = a.v FROM a WHERE false", ""},
      {"WITH A UPDATE u SET v = (SELECT v FROM a) WHERE false", ""},
      {"WITH A DELETE FROM u USING a WHERE false", ""},
      {"WITH A INSERT INTO u SELECT 7, v FROM a WHERE false", ""},
      {"WITH A INSERT INTO u SELECT 7, count(*) FROM a WHERE false", ""},
      {"WITH A INSERT INTO u VALUES (7, (SELECT v FROM a))", "1"},
      {"WITH A INSERT INTO u VALUES (1, 7) ON CONFLICT (id) DO UPDATE SET v = (SELECT v FROM a)", "1"},
      {"WITH A INSERT INTO u SELECT 1, 7 WHERE false ON CONFLICT (id) DO UPDATE SET v = (SELECT v FROM a)", ""},
      {"WITH A INSERT INTO u SELECT 7, 7 WHERE false RETURNING (SELECT v FROM a)", ""},
      {"WITH A DELETE FROM u WHERE false RETURNING (SELECT v FROM a)", ""},
      {"WITH A UPDATE u SET v = 0 WHERE false RETURNING (SELECT v FROM a)", ""},
      {"WITH A UPDATE u SET v = 0 WHERE id = 1 RETURNING (SELECT v FROM a)", "1"},
      {"WITH A UPDATE u SET v = 0 WHERE v = (SELECT v FROM a) AND (SELECT count(*) FROM u) > 5", ""},
  });
}

TEST_CASE("an aggregate has a row where there is none, and asks for what stands beside it") {
  check_cases({
      {"WITH A SELECT v FROM a WHERE false UNION ALL SELECT count(*) FROM a WHERE false", ""},
      {"WITH A SELECT count(*) FROM a WHERE false", ""},
      {"WITH A SELECT count(*) FROM u WHERE (SELECT v FROM a) > 0 AND false", ""},
      {"WITH A SELECT count(*) FROM u WHERE false AND (SELECT v FROM a) > 0", ""},
      {"WITH A SELECT count(*), (SELECT sum(v) FROM a) WHERE false", "1"},
      {"WITH A SELECT count(*), (SELECT sum(v) FROM a) FROM u WHERE false", "1"},
      {"WITH A SELECT sum((SELECT v FROM a)) FROM u WHERE false", ""},
      {"WITH A SELECT count(*) + (SELECT sum(v) FROM a) FROM u WHERE false", "1"},
      {"WITH A SELECT id, (SELECT sum(v) FROM a) FROM u WHERE false GROUP BY id", ""},
      {"WITH A SELECT count(*), (SELECT sum(v) FROM a) FROM u WHERE false HAVING false", ""},
      {"WITH A SELECT count(*) FROM u WHERE false HAVING (SELECT sum(v) FROM a) > 0", "1"},
      {"WITH A SELECT count(*) FROM u HAVING false AND (SELECT sum(v) FROM a) > 0", ""},
      {"WITH A SELECT (SELECT sum(v) FROM a) FROM u WHERE false", ""},
      {"WITH A, c AS (SELECT count(*) AS v FROM a) SELECT v FROM c WHERE false", ""},
      {"WITH A SELECT count(*) FROM (SELECT v FROM a WHERE false) s", ""},
      {"SELECT count(*), (SELECT s.v FROM (SELECT v FROM t WHERE id = 1 FOR UPDATE) s) WHERE false", "1"},
      {"WITH A SELECT count(*) FROM a HAVING false", ""},
      {"WITH A SELECT v, count(*) FROM a GROUP BY v HAVING false", ""},
      {"WITH A SELECT min(v) FROM u WHERE false GROUP BY (SELECT v FROM a)", ""},
      {"WITH A SELECT count(*) FROM u WHERE false ORDER BY (SELECT v FROM a)", "1"},
  });
}

TEST_CASE("LIMIT and OFFSET are computed whatever comes of it; LIMIT 0 asks for nothing else") {
  check_cases({
      {"WITH A SELECT v FROM a WHERE false LIMIT 1", ""},
      {"WITH A SELECT v FROM a WHERE false OFFSET 1", ""},
      {"WITH A SELECT 1 WHERE false LIMIT (SELECT v FROM a)", "1"},
      {"WITH A SELECT 1 WHERE false OFFSET (SELECT v FROM a)", "1"},
      {"WITH A SELECT v FROM a LIMIT 0", ""},
      {"WITH A SELECT 1 LIMIT (SELECT count(*) FROM a)", "1"},
      {"WITH A SELECT id FROM u WHERE false LIMIT 1 OFFSET (SELECT v FROM a)", "1"},
      {"WITH A SELECT count(*), (SELECT sum(v) FROM a) WHERE false LIMIT 0", ""},
      {"WITH A SELECT count(*), (SELECT sum(v) FROM a) FROM u WHERE false LIMIT 1", "1"},
      {"SELECT v FROM t WHERE id = 1 FOR UPDATE LIMIT 0", ""},
      {"WITH A SELECT v FROM a LIMIT (SELECT count(*) FROM u WHERE id = 99)", ""},
      {"WITH A SELECT v FROM a LIMIT NULL", "1"},
  });
}

TEST_CASE("an advisory lock is taken only by what is asked for") {
  for (const auto& [statement, is_taken] :
       std::vector<std::pair<std::string, bool>>{{"SELECT * FROM l WHERE false", false},
                                                 {"SELECT 1 WHERE false UNION ALL SELECT 2 FROM l", true},
                                                 {"SELECT count(*), (SELECT count(*) FROM l) WHERE false", true}}) {
    CAPTURE(statement);
    Town town(two_tables);
    town.play("2> BEGIN; WITH l AS (SELECT pg_advisory_xact_lock(1)) " + statement);
    CHECK(town.play("3> SELECT pg_try_advisory_xact_lock(1) AS got") == (is_taken ? "got = f" : "got = t"));
  }
}

TEST_CASE("a condition that takes an advisory lock is left to who may wait for it") {
  Town town(two_tables);
  town.play("3> BEGIN; SELECT pg_advisory_xact_lock(1)");
  const auto waiting = written_out(
      "2> BEGIN; WITH A SELECT v FROM a WHERE (SELECT count(*) FROM (SELECT pg_advisory_xact_lock(1)) l) = 1");
  CHECK(town.play(waiting) == "waits");
  town.play("3> COMMIT");
  CHECK(town.play("2> …") == "v = 10");
}

TEST_CASE("what is not asked for is no read at SERIALIZABLE, and what decides it is one") {
  Town town(two_tables);
  const auto play = [&](const char* script) { CHECK(town.transcript(script) == script); };
  for (const int number : {1, 2}) {
    town.play(std::to_string(number) + "> SET default_transaction_isolation = 'serializable'");
  }
  play(R"(
    1> BEGIN => done
    2> BEGIN => done
    1> WITH a AS (SELECT v FROM t WHERE id = 1 FOR UPDATE) SELECT v FROM a WHERE (SELECT count(*) FROM u) > 5 => no row
    2> UPDATE t SET v = 0 WHERE id = 1 => 1 row changed
    2> SELECT v FROM t WHERE id = 2 => v = 20
    1> UPDATE t SET v = 0 WHERE id = 2 => 1 row changed
    1> COMMIT => committed
    2> COMMIT => committed
)");
}

}  // namespace
}  // namespace gapless::store::relational
