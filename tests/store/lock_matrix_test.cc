// The conflict table of row locks, all of it (P-LK-1): what a transaction holds or has done to row 1, and what becomes
// of another one's statement. The table is that of PostgreSQL 15.18, cell by cell.
#include <doctest/doctest.h>

#include <array>
#include <sstream>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view schema = R"(
  CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE, v int);
  CREATE TABLE c (id int, pid int REFERENCES t);
  INSERT INTO t VALUES (1, 1, 10), (2, 2, 20);)";

// "ins dup" held is a transaction that has failed; "dup nothing" one that did nothing.
constexpr std::string_view matrix = R"(
held \ asked |KEY SHARE|SHARE|NO KEY UPD|UPDATE|upd v|upd u(uniq)|upd id|delete|ins child|ins dup|dup nothing|dup upd|plain select
KEY SHARE|ok|ok|ok|WAIT|ok|WAIT|WAIT|WAIT|ok|E23505|ok|ok|ok
SHARE|ok|ok|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|ok|E23505|ok|WAIT|ok
NO KEY UPD|ok|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|ok|E23505|ok|WAIT|ok
UPDATE|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|E23505|ok|WAIT|ok
upd v|ok|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|ok|WAIT|WAIT|WAIT|ok
upd u(uniq)|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|ok
upd id|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|ok
delete|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|ok
ins child|ok|ok|ok|WAIT|ok|WAIT|WAIT|WAIT|ok|E23505|ok|ok|ok
ins dup|ok|ok|ok|ok|ok|ok|ok|ok|ok|E23505|ok|ok|ok
dup nothing|ok|ok|ok|ok|ok|ok|ok|ok|ok|E23505|ok|ok|ok
dup upd|ok|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|WAIT|ok|WAIT|WAIT|WAIT|ok
plain select|ok|ok|ok|ok|ok|ok|ok|ok|ok|E23505|ok|ok|ok
)";

const std::array<std::pair<std::string, std::string>, 13> statements = {{
    {"KEY SHARE", "SELECT v FROM t WHERE id = 1 FOR KEY SHARE"},
    {"SHARE", "SELECT v FROM t WHERE id = 1 FOR SHARE"},
    {"NO KEY UPD", "SELECT v FROM t WHERE id = 1 FOR NO KEY UPDATE"},
    {"UPDATE", "SELECT v FROM t WHERE id = 1 FOR UPDATE"},
    {"upd v", "UPDATE t SET v = v + 1 WHERE id = 1"},
    {"upd u(uniq)", "UPDATE t SET u = u + 10 WHERE id = 1"},
    {"upd id", "UPDATE t SET id = id + 10 WHERE id = 1"},
    {"delete", "DELETE FROM t WHERE id = 1"},
    {"ins child", "INSERT INTO c VALUES (1, 1)"},
    {"ins dup", "INSERT INTO t VALUES (1, 5, 0)"},
    {"dup nothing", "INSERT INTO t VALUES (1, 5, 0) ON CONFLICT DO NOTHING"},
    {"dup upd", "INSERT INTO t VALUES (1, 5, 0) ON CONFLICT (id) DO UPDATE SET v = t.v + 1"},
    {"plain select", "SELECT v FROM t WHERE id = 1"},
}};

std::vector<std::vector<std::string>> cells() {
  std::vector<std::vector<std::string>> table;
  std::istringstream lines{std::string(matrix)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    table.emplace_back();
    std::istringstream of_line(line);
    for (std::string cell; std::getline(of_line, cell, '|');) table.back().push_back(cell);
  }
  return table;
}

std::string kind_of(const std::string& result) {
  if (result == "waits") return "WAIT";
  return result == "unique_violation" ? "E23505" : result.find("violation") == std::string::npos ? "ok" : result;
}

TEST_CASE("P-LK-1: the whole table of conflicts, and a waiter goes on when the holder has gone") {
  const auto table = cells();
  REQUIRE(table.size() == statements.size() + 1);
  int waits = 0;
  for (std::size_t held = 0; held < statements.size(); ++held) {
    for (std::size_t asked = 0; asked < statements.size(); ++asked) {
      REQUIRE(table[held + 1].size() == statements.size() + 1);
      REQUIRE(table[held + 1][0] == statements[held].first);
      REQUIRE(table[0][asked + 1] == statements[asked].first);
      for (const std::string level : {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"}) {
        CAPTURE(level);
        CAPTURE(statements[held].second);
        CAPTURE(statements[asked].second);
        Town town(schema);
        town.play("1> BEGIN ISOLATION LEVEL " + level);
        town.play("1> " + statements[held].second);
        town.play("2> BEGIN ISOLATION LEVEL " + level);
        const auto result = town.play("2> " + statements[asked].second);
        CHECK(kind_of(result) == table[held + 1][asked + 1]);
        if (result != "waits") continue;
        ++waits;
        CHECK(town.play("2 waits for") == "1");
        CHECK(town.play("1> ROLLBACK") == "rolled back");
        CHECK(town.play("ready") == "2");
        const auto rest = kind_of(town.play("2> …"));
        CHECK(rest == (statements[asked].first == "ins dup" ? "E23505" : "ok"));
      }
    }
  }
  CHECK(waits == 3 * 89);
}

TEST_CASE("P-LK-2: what changes in fact counts, not what SET mentions") {
  const std::string script = R"(
    1> BEGIN; SELECT v FROM t WHERE id = 1 FOR KEY SHARE => v = 10
    2> UPDATE t SET id = id, u = 1, v = 11 WHERE id = 1 => 1 row changed
    2> UPDATE t SET id = 3 WHERE id = 1 => waits
    1> COMMIT => committed
    2> … => 1 row changed
    1> BEGIN; UPDATE t SET u = 7 WHERE id = 2 => 1 row changed
    1> UPDATE t SET u = 2 WHERE id = 2 => 1 row changed
    3> SELECT v FROM t WHERE id = 2 FOR KEY SHARE => waits
    1> COMMIT => committed
    3> … => v = 20
)";
  CHECK(Town(schema).transcript(script) == script);
}

TEST_CASE("P-LK-2: a partial unique index, or one of expressions, is no key that a foreign key could refer to") {
  const std::string script = R"(
    1> BEGIN; UPDATE s SET usr = 5 WHERE id = 1 => 1 row changed
    2> SELECT id FROM s WHERE id = 1 FOR KEY SHARE => id = 1
    1> UPDATE s SET name = 'X' WHERE id = 1 => 1 row changed
    2> SELECT id FROM s WHERE id = 1 FOR KEY SHARE => id = 1
    2> SELECT id FROM s WHERE id = 1 FOR SHARE => waits
)";
  CHECK(Town(R"(CREATE TABLE s (id int PRIMARY KEY, usr int, name text);
                CREATE UNIQUE INDEX one ON s (usr) WHERE usr > 0;
                CREATE UNIQUE INDEX two ON s (lower(name));
                INSERT INTO s VALUES (1, 1, 'x');)")
            .transcript(script) == script);
}

}  // namespace
}  // namespace gapless::store::relational
