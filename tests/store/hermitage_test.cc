// Hermitage (github.com/ept/hermitage): 17 tests of what a level of isolation prevents, each at all three levels.
//
// A test is a table: a statement, and what comes of it at READ COMMITTED, REPEATABLE READ and SERIALIZABLE (`"`: the
// same as to the left). Every session begins its transaction with its first statement. Who waited goes on as soon as it
// can: "committed; 2: 1 row changed". A session that has failed skips its statements ("-") until it ends its
// transaction. The last line is the verdict: whether the anomaly occurred, who waited, who failed at what. The
// verdicts, and the results of the statements, are those of PostgreSQL 15.18.
#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view schema = R"(
  CREATE TABLE test (id int PRIMARY KEY, value int);
  INSERT INTO test VALUES (1, 10), (2, 20);)";
constexpr std::array levels = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"};

struct Line {
  int session = 0;
  std::string statement;
  std::array<std::string, 3> results;  // by level
};

struct Table {
  std::vector<Line> lines;
  std::array<std::string, 3> verdicts;
};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Table table_of(std::string_view text) {
  Table table;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (trimmed(line).empty()) continue;
    std::istringstream cells(line);
    std::array<std::string, 4> cell;
    for (std::size_t i = 0; i < cell.size(); ++i) {
      REQUIRE(std::getline(cells, cell[i], '|'));
      cell[i] = trimmed(cell[i]);
      if (cell[i] == "\"") cell[i] = cell[i - 1];
    }
    const std::array<std::string, 3> results = {cell[1], cell[2], cell[3]};
    if (cell[0] == "verdict") {
      table.verdicts = results;
    } else {
      table.lines.push_back({cell[0][0] - '0', trimmed(cell[0].substr(2)), results});
    }
  }
  return table;
}

// One test at one level, as it goes.
class Play {
 public:
  explicit Play(std::size_t level) : level_(level), town_(schema) {}

  std::string step(const Line& line) {
    const int number = line.session;
    if (!begun_.insert(number).second) {
      if (failed_.contains(number) && line.statement != "COMMIT" && line.statement != "ROLLBACK") return "-";
    } else {
      town_.play(std::to_string(number) + "> BEGIN ISOLATION LEVEL " + levels[level_]);
    }
    last_[number] = line.statement;
    std::string result = note(number, town_.play(std::to_string(number) + "> " + line.statement));
    for (auto ready = town_.ready(); !ready.empty(); ready = town_.ready()) {
      const int woken = ready.front();
      result += "; " + std::to_string(woken) + ": " + note(woken, town_.play(std::to_string(woken) + "> …"));
    }
    return result;
  }

  std::string verdict(bool occurs) const {
    std::string text = occurs ? "occurs" : "prevented";
    for (const int number : waited_) text += ", s" + std::to_string(number) + " waits";
    return text + failures_;
  }

  bool committed(int number) const { return committed_.contains(number); }
  const Town& town() const { return town_; }

 private:
  std::string note(int number, std::string result) {
    if (result == "waits") waited_.insert(number);
    if (result == "committed") committed_.insert(number);
    if (result.starts_with("serialization_failure")) {
      failed_.insert(number);
      std::string word = last_[number].substr(0, last_[number].find(' '));
      for (auto& letter : word) letter = static_cast<char>(letter - 'A' + 'a');
      failures_ += ", s" + std::to_string(number) + ": 40001 at '" + word + "'";
    }
    return result;
  }

  std::size_t level_;
  Town town_;
  std::set<int> begun_, waited_, failed_, committed_;
  std::map<int, std::string> last_;
  std::string failures_;
};

using Results = std::vector<std::string>;  // of the lines
using Anomaly = std::function<bool(const Results&, const Play&)>;

// The anomaly is looked for in what came of the statements, whatever the table says.
void plays(std::string_view text, const Anomaly& anomaly) {
  const Table table = table_of(text);
  for (std::size_t level = 0; level < levels.size(); ++level) {
    CAPTURE(levels[level]);
    Play play(level);
    Results results;
    for (const auto& line : table.lines) {
      CAPTURE(line.session);
      CAPTURE(line.statement);
      results.push_back(play.step(line));
      CHECK(results.back() == line.results[level]);
    }
    CHECK(play.verdict(anomaly(results, play)) == table.verdicts[level]);
  }
}

bool both_commit(const Results&, const Play& play) { return play.committed(1) && play.committed(2); }

TEST_CASE("Hermitage G0: dirty write") {
  plays(R"(
    1> UPDATE test SET value = 11 WHERE id = 1 | 1 row changed | " | "
    2> UPDATE test SET value = 12 WHERE id = 1 | waits | " | "
    1> UPDATE test SET value = 21 WHERE id = 2 | 1 row changed | " | "
    1> COMMIT | committed; 2: 1 row changed | committed; 2: serialization_failure (concurrent update) | "
    2> UPDATE test SET value = 22 WHERE id = 2 | 1 row changed | - | "
    2> COMMIT | committed | rolled back | "
    verdict | prevented, s2 waits | prevented, s2 waits, s2: 40001 at 'update' | "
)",
        [](const Results&, const Play& play) {
          const auto rows = play.town().table("test");
          return rows != "(1, 11) (2, 21)" && rows != "(1, 12) (2, 22)";
        });
}

TEST_CASE("Hermitage G1a: aborted read") {
  plays(R"(
    1> UPDATE test SET value = 101 WHERE id = 1 | 1 row changed | " | "
    2> SELECT * FROM test | 2 rows: (1, 10), (2, 20) | " | "
    1> ROLLBACK | rolled back | " | "
    2> SELECT * FROM test | 2 rows: (1, 10), (2, 20) | " | "
    2> COMMIT | committed | " | "
    verdict | prevented | " | "
)",
        [](const Results& results, const Play&) { return results[1].find("101") != std::string::npos; });
}

TEST_CASE("Hermitage G1b: intermediate read") {
  plays(R"(
    1> UPDATE test SET value = 101 WHERE id = 1 | 1 row changed | " | "
    2> SELECT * FROM test | 2 rows: (1, 10), (2, 20) | " | "
    1> UPDATE test SET value = 11 WHERE id = 1 | 1 row changed | " | "
    1> COMMIT | committed | " | "
    2> SELECT * FROM test | 2 rows: (1, 11), (2, 20) | 2 rows: (1, 10), (2, 20) | "
    2> COMMIT | committed | " | "
    verdict | prevented | " | "
)",
        [](const Results& results, const Play&) { return (results[1] + results[4]).find("101") != std::string::npos; });
}

TEST_CASE("Hermitage G1c: circular information flow") {
  plays(R"(
    1> UPDATE test SET value = 11 WHERE id = 1 | 1 row changed | " | "
    2> UPDATE test SET value = 22 WHERE id = 2 | 1 row changed | " | "
    1> SELECT value FROM test WHERE id = 2 | value = 20 | " | "
    2> SELECT value FROM test WHERE id = 1 | value = 10 | " | "
    1> COMMIT | committed | " | "
    2> COMMIT | committed | " | serialization_failure (dependencies)
    verdict | prevented | " | prevented, s2: 40001 at 'commit'
)",
        [](const Results& results, const Play&) { return results[2] == "value = 22" && results[3] == "value = 11"; });
}

TEST_CASE("Hermitage OTV: observed transaction vanishes") {
  plays(R"(
    1> UPDATE test SET value = 11 WHERE id = 1 | 1 row changed | " | "
    1> UPDATE test SET value = 19 WHERE id = 2 | 1 row changed | " | "
    2> UPDATE test SET value = 12 WHERE id = 1 | waits | " | "
    1> COMMIT | committed; 2: 1 row changed | committed; 2: serialization_failure (concurrent update) | "
    3> SELECT value FROM test WHERE id = 1 | value = 11 | " | "
    2> UPDATE test SET value = 18 WHERE id = 2 | 1 row changed | - | "
    3> SELECT value FROM test WHERE id = 2 | value = 19 | " | "
    2> COMMIT | committed | rolled back | "
    3> SELECT value FROM test WHERE id = 2 | value = 18 | value = 19 | "
    3> SELECT value FROM test WHERE id = 1 | value = 12 | value = 11 | "
    3> COMMIT | committed | " | "
    verdict | prevented, s2 waits | prevented, s2 waits, s2: 40001 at 'update' | "
)",
        [](const Results& results, const Play&) {
          return (results[4] == "value = 12" && results[6] == "value = 19") ||
                 (results[8] == "value = 18" && results[9] == "value = 11");
        });
}

TEST_CASE("Hermitage PMP: predicate-many-preceders, read predicate") {
  plays(R"(
    1> SELECT * FROM test WHERE value = 30 | no row | " | "
    2> INSERT INTO test (id, value) VALUES (3, 30) | 1 row inserted | " | "
    2> COMMIT | committed | " | "
    1> SELECT * FROM test WHERE value % 3 = 0 | id = 3, value = 30 | no row | "
    1> COMMIT | committed | " | "
    verdict | occurs | prevented | "
)",
        [](const Results& results, const Play&) { return results[3] != "no row"; });
}

TEST_CASE("Hermitage PMP: predicate-many-preceders, write predicate") {
  plays(R"(
    1> UPDATE test SET value = value + 10 | 2 rows changed | " | "
    2> DELETE FROM test WHERE value = 20 | waits | " | "
    1> COMMIT | committed; 2: 0 rows deleted | committed; 2: serialization_failure (concurrent update) | "
    2> SELECT * FROM test WHERE value = 20 | id = 1, value = 20 | - | "
    2> COMMIT | committed | rolled back | "
    verdict | occurs, s2 waits | prevented, s2 waits, s2: 40001 at 'delete' | "
)",
        [](const Results& results, const Play&) { return results[3].find("value = 20") != std::string::npos; });
}

TEST_CASE("Hermitage P4: lost update") {
  plays(R"(
    1> SELECT value FROM test WHERE id = 1 | value = 10 | " | "
    2> SELECT value FROM test WHERE id = 1 | value = 10 | " | "
    1> UPDATE test SET value = 11 WHERE id = 1 | 1 row changed | " | "
    2> UPDATE test SET value = 11 WHERE id = 1 | waits | " | "
    1> COMMIT | committed; 2: 1 row changed | committed; 2: serialization_failure (concurrent update) | "
    2> COMMIT | committed | rolled back | "
    verdict | occurs, s2 waits | prevented, s2 waits, s2: 40001 at 'update' | "
)",
        both_commit);
}

TEST_CASE("Hermitage G-single: read skew") {
  plays(R"(
    1> SELECT value FROM test WHERE id = 1 | value = 10 | " | "
    2> SELECT value FROM test WHERE id = 1 | value = 10 | " | "
    2> SELECT value FROM test WHERE id = 2 | value = 20 | " | "
    2> UPDATE test SET value = 12 WHERE id = 1 | 1 row changed | " | "
    2> UPDATE test SET value = 18 WHERE id = 2 | 1 row changed | " | "
    2> COMMIT | committed | " | "
    1> SELECT value FROM test WHERE id = 2 | value = 18 | value = 20 | "
    1> COMMIT | committed | " | "
    verdict | occurs | prevented | "
)",
        [](const Results& results, const Play&) { return results[0] == "value = 10" && results[6] == "value = 18"; });
}

TEST_CASE("Hermitage G-single: read skew with predicate dependencies") {
  plays(R"(
    1> SELECT * FROM test WHERE value % 5 = 0 | 2 rows: (1, 10), (2, 20) | " | "
    2> UPDATE test SET value = 12 WHERE value = 10 | 1 row changed | " | "
    2> COMMIT | committed | " | "
    1> SELECT * FROM test WHERE value % 3 = 0 | id = 1, value = 12 | no row | "
    1> COMMIT | committed | " | "
    verdict | occurs | prevented | "
)",
        [](const Results& results, const Play&) { return results[3] != "no row"; });
}

TEST_CASE("Hermitage G-single: read skew with a write predicate") {
  plays(R"(
    1> SELECT value FROM test WHERE id = 1 | value = 10 | " | "
    2> SELECT * FROM test | 2 rows: (1, 10), (2, 20) | " | "
    2> UPDATE test SET value = 12 WHERE id = 1 | 1 row changed | " | "
    2> UPDATE test SET value = 18 WHERE id = 2 | 1 row changed | " | "
    2> COMMIT | committed | " | "
    1> DELETE FROM test WHERE value = 20 | 0 rows deleted | serialization_failure (concurrent update) | "
    1> COMMIT | committed | rolled back | "
    verdict | occurs | prevented, s1: 40001 at 'delete' | "
)",
        both_commit);
}

TEST_CASE("Hermitage G2-item: write skew") {
  plays(R"(
    1> SELECT * FROM test WHERE id IN (1, 2) | 2 rows: (1, 10), (2, 20) | " | "
    2> SELECT * FROM test WHERE id IN (1, 2) | 2 rows: (1, 10), (2, 20) | " | "
    1> UPDATE test SET value = 11 WHERE id = 1 | 1 row changed | " | "
    2> UPDATE test SET value = 21 WHERE id = 2 | 1 row changed | " | "
    1> COMMIT | committed | " | "
    2> COMMIT | committed | " | serialization_failure (dependencies)
    verdict | occurs | " | prevented, s2: 40001 at 'commit'
)",
        both_commit);
}

TEST_CASE("Hermitage G2: write skew on a predicate") {
  plays(R"(
    1> SELECT * FROM test WHERE value % 3 = 0 | no row | " | "
    2> SELECT * FROM test WHERE value % 3 = 0 | no row | " | "
    1> INSERT INTO test (id, value) VALUES (3, 30) | 1 row inserted | " | "
    2> INSERT INTO test (id, value) VALUES (4, 42) | 1 row inserted | " | "
    1> COMMIT | committed | " | "
    2> COMMIT | committed | " | serialization_failure (dependencies)
    verdict | occurs | " | prevented, s2: 40001 at 'commit'
)",
        both_commit);
}

TEST_CASE("Hermitage G2: Fekete's read-only transaction") {
  plays(R"(
    1> SELECT * FROM test | 2 rows: (1, 10), (2, 20) | " | "
    2> UPDATE test SET value = value + 5 WHERE id = 2 | 1 row changed | " | "
    2> COMMIT | committed | " | "
    3> SELECT * FROM test | 2 rows: (1, 10), (2, 25) | " | "
    3> COMMIT | committed | " | "
    1> UPDATE test SET value = 0 WHERE id = 1 | 1 row changed | " | serialization_failure (dependencies)
    1> COMMIT | committed | " | rolled back
    verdict | occurs | " | prevented, s1: 40001 at 'update'
)",
        [](const Results&, const Play& play) { return play.committed(1) && play.committed(2) && play.committed(3); });
}

TEST_CASE("Hermitage X1: an atomic decrement with a guard") {
  plays(R"(
    1> UPDATE test SET value = value - 7 WHERE id = 1 AND value >= 7 | 1 row changed | " | "
    2> UPDATE test SET value = value - 7 WHERE id = 1 AND value >= 7 | waits | " | "
    1> COMMIT | committed; 2: 0 rows changed | committed; 2: serialization_failure (concurrent update) | "
    2> COMMIT | committed | rolled back | "
    verdict | prevented, s2 waits | prevented, s2 waits, s2: 40001 at 'update' | "
)",
        [](const Results&, const Play& play) { return play.town().table("test") != "(1, 3) (2, 20)"; });
}

TEST_CASE("Hermitage X2: read for update, modify, write") {
  plays(R"(
    1> SELECT value FROM test WHERE id = 1 FOR UPDATE | value = 10 | " | "
    2> SELECT value FROM test WHERE id = 1 FOR UPDATE | waits | " | "
    1> UPDATE test SET value = 3 WHERE id = 1 | 1 row changed | " | "
    1> COMMIT | committed; 2: value = 3 | committed; 2: serialization_failure (concurrent update) | "
    2> COMMIT | committed | rolled back | "
    verdict | prevented, s2 waits | prevented, s2 waits, s2: 40001 at 'select' | "
)",
        [](const Results& results, const Play&) { return results[3].find("value = 10") != std::string::npos; });
}

TEST_CASE("Hermitage X3: sum within a limit, then insert") {
  plays(R"(
    1> SELECT sum(value) FROM test | sum = 30 | " | "
    2> SELECT sum(value) FROM test | sum = 30 | " | "
    1> INSERT INTO test (id, value) VALUES (3, 15) | 1 row inserted | " | "
    1> COMMIT | committed | " | "
    2> INSERT INTO test (id, value) VALUES (4, 15) | 1 row inserted | " | serialization_failure (dependencies)
    2> COMMIT | committed | " | rolled back
    verdict | occurs | " | prevented, s2: 40001 at 'insert'
)",
        both_commit);
}

}  // namespace
}  // namespace gapless::store::relational
