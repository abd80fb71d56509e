// Canonical states: what differs only in names, in who came when, or in what nobody can read any more, is equal.
#include <doctest/doctest.h>

#include <initializer_list>

#include "town.h"

namespace gapless::store::relational {
namespace {

constexpr std::string_view two_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  INSERT INTO t VALUES (1, 10), (2, 20);)";
constexpr std::string_view heap = "CREATE TABLE h (x int, y int);";

Town after(std::string_view schema, std::initializer_list<const char*> lines) {
  Town town(schema);
  for (const char* line : lines) town.play(line);
  return town;
}

Digest digest_of(const auto& value) {
  Digest digest;
  add_to(digest, value);
  return digest;
}

TEST_CASE("two orders of two commits give equal databases and sessions") {
  Town first = after(two_rows, {"1> BEGIN; UPDATE t SET v = 30 WHERE id = 1", "2> BEGIN; INSERT INTO t VALUES (0, 0)",
                                "1> COMMIT", "2> COMMIT"});
  Town second = after(two_rows, {"2> BEGIN; INSERT INTO t VALUES (0, 0)", "1> BEGIN; UPDATE t SET v = 30 WHERE id = 1",
                                 "2> COMMIT", "1> COMMIT"});
  CHECK(first.database() == second.database());
  CHECK(first.session(1) == second.session(1));
  CHECK(first.session(2) == second.session(2));
  CHECK(digest_of(first.database()).value() == digest_of(second.database()).value());
  CHECK(first.table("t") == "(0, 0) (1, 30) (2, 20)");
}

TEST_CASE("who holds a row does not stand in the database") {
  Town first = after(
      two_rows, {"1> BEGIN; UPDATE t SET v = 1 WHERE id = 1", "2> BEGIN; SELECT v FROM t WHERE id = 2 FOR UPDATE"});
  Town second = after(
      two_rows, {"2> BEGIN; UPDATE t SET v = 1 WHERE id = 1", "1> BEGIN; SELECT v FROM t WHERE id = 2 FOR UPDATE"});
  CHECK(first.database() == second.database());
  CHECK(first.session(1) == second.session(2));
  CHECK(first.session(2) == second.session(1));
  CHECK(first.session(1) != first.session(2));
}

TEST_CASE("a lock, an uncommitted update and an uncommitted delete are different states") {
  Town locked = after(two_rows, {"1> BEGIN; SELECT v FROM t WHERE id = 1 FOR UPDATE"});
  Town written = after(two_rows, {"1> BEGIN; UPDATE t SET v = v WHERE id = 1"});
  Town removed = after(two_rows, {"1> BEGIN; DELETE FROM t WHERE id = 1"});
  Town none(two_rows);
  CHECK(locked.database() != written.database());
  CHECK(locked.database() != removed.database());
  CHECK(written.database() != removed.database());
  CHECK(locked.database() != none.database());
  locked.play("1> ROLLBACK");
  written.play("1> COMMIT");
  removed.play("1> ROLLBACK");
  CHECK(locked.database() == none.database());
  CHECK(written.database() == none.database());
  CHECK(removed.database() == none.database());
}

TEST_CASE("sessions that inserted equal rows are equal, and each ends its own") {
  Town town = after(heap, {"1> BEGIN; INSERT INTO h VALUES (1, 1)", "2> BEGIN; INSERT INTO h VALUES (1, 1)",
                           "3> BEGIN; INSERT INTO h VALUES (1, 1)"});
  CHECK(town.session(1) == town.session(2));
  CHECK(town.session(2) == town.session(3));
  CHECK(town.transcript(R"(
    2> SELECT count(*) FROM h => count = 1
    2> UPDATE h SET y = 2 => 1 row changed
    1> COMMIT => committed
    h => (1, 1)
    3> SELECT count(*) FROM h => count = 2
    3> ROLLBACK => rolled back
    2> SELECT x, y FROM h ORDER BY y => 2 rows: (1, 1), (1, 2)
    2> COMMIT => committed
    h => (1, 1) (1, 2)
)") == R"(
    2> SELECT count(*) FROM h => count = 1
    2> UPDATE h SET y = 2 => 1 row changed
    1> COMMIT => committed
    h => (1, 1)
    3> SELECT count(*) FROM h => count = 2
    3> ROLLBACK => rolled back
    2> SELECT x, y FROM h ORDER BY y => 2 rows: (1, 1), (1, 2)
    2> COMMIT => committed
    h => (1, 1) (1, 2)
)");
}

TEST_CASE("of equal uncommitted rows a session holds as many as it has inserted, whatever becomes of the others") {
  // 1 has two of them, 2 has three: whoever steps takes the first ones of the name.
  for (const char* other : {"COMMIT", "ROLLBACK", "DELETE FROM h", "UPDATE h SET y = 0", "UPDATE h SET y = 9"}) {
    for (const int stepping : {1, 2}) {
      CAPTURE(other);
      CAPTURE(stepping);
      Town town = after(heap, {"1> BEGIN; INSERT INTO h VALUES (1, 1), (1, 1)",
                               "2> BEGIN; INSERT INTO h VALUES (1, 1), (1, 1), (1, 1)"});
      const Held inserted{{0, 0}, LockStrength::update, true, true};
      CHECK(town.session(1).held == std::vector<Held>{inserted, inserted});
      CHECK(town.session(2).held == std::vector<Held>{inserted, inserted, inserted});
      const int waiting = 3 - stepping;
      const std::string own = waiting == 1 ? "2" : "3";
      const std::string others = waiting == 1 ? "3" : "2";
      const bool commits = std::string_view(other) == "COMMIT";
      town.play(std::to_string(stepping) + "> " + other);
      CHECK(town.session(waiting).held.size() == static_cast<std::size_t>(std::stoi(own)));
      CHECK(town.play(std::to_string(waiting) + "> SELECT count(*) FROM h WHERE y = 1") ==
            "count = " + (commits ? "5" : own));
      CHECK(town.play(std::to_string(waiting) + "> UPDATE h SET y = 5") == (commits ? "5" : own) + " rows changed");
      town.play(std::to_string(stepping) + "> ROLLBACK");
      CHECK(town.play(std::to_string(waiting) + "> COMMIT") == "committed");
      CHECK(town.play("3> SELECT count(*), min(y), max(y) FROM h") ==
            "count = " + std::string(commits ? "5" : own) + ", min = 5, max = 5");
      CHECK(town.database().tables[0].rows.size() == static_cast<std::size_t>(commits ? 5 : std::stoi(own)));
    }
  }
}

TEST_CASE("a statement that waits keeps its own uncommitted rows apart") {
  // 1's UPDATE has changed one of two equal rows of its own, or not yet, when it waits for the committed one.
  Town town = after("CREATE TABLE h (id int, v int); INSERT INTO h VALUES (5, 0);",
                    {"2> BEGIN; UPDATE h SET v = 7", "3> BEGIN; INSERT INTO h VALUES (1, 1)",
                     "1> BEGIN; INSERT INTO h VALUES (1, 1), (1, 1), (9, 1)"});
  const std::string rest = R"(
    1> UPDATE h SET v = v + 1 => waits
    3> COMMIT => committed
    2> COMMIT => committed
    ready => 1
    1> … => 4 rows changed
    1> COMMIT => committed
    h => (1, 1) (1, 2) (1, 2) (5, 8) (9, 2)
)";
  CHECK(town.transcript(rest) == rest);
}

TEST_CASE("equal rows of one's own that come after the wait are changed one by one, and are alike again afterwards") {
  const char* const insert = "1> BEGIN; INSERT INTO h VALUES (5, 1), (5, 1)";
  Town waited =
      after("CREATE TABLE h (x int, y int); INSERT INTO h VALUES (1, 0);", {"2> BEGIN; UPDATE h SET y = 0", insert});
  CHECK(waited.play("1> UPDATE h SET y = y + 1") == "waits");
  CHECK(waited.play("2> COMMIT") == "committed");
  CHECK(waited.play("1> …") == "3 rows changed");
  Town went_on =
      after("CREATE TABLE h (x int, y int); INSERT INTO h VALUES (1, 0);", {insert, "1> UPDATE h SET y = y + 1"});
  CHECK(waited.database() == went_on.database());
  CHECK(waited.session(1) == went_on.session(1));
  CHECK(waited.play("1> COMMIT") == "committed");
  CHECK(waited.table("h") == "(1, 1) (5, 2) (5, 2)");
}

TEST_CASE("fifty waiters since different moments are equal sessions") {
  Town town = after(two_rows, {"1> BEGIN; UPDATE t SET v = v - 1 WHERE id = 1"});
  for (int number = 2; number <= 51; ++number) {
    CHECK(town.play(std::to_string(number) + "> UPDATE t SET v = v - 1 WHERE id = 1 AND v > 0") == "waits");
    town.play("99> UPDATE t SET v = v + 1 WHERE id = 2");
    CHECK(town.session(number) == town.session(2));
    CHECK(digest_of(town.session(number)).value() == digest_of(town.session(2)).value());
  }
  CHECK(town.table("t") == "(1, 10) (2, 70)");
  CHECK(town.play("1> COMMIT") == "committed");
  // 10 - 1 = 9 are left: nine of the fifty find v > 0.
  int changed = 0;
  for (int number = 51; number >= 2; --number) changed += town.play(std::to_string(number) + "> …") == "1 row changed";
  CHECK(changed == 9);
  CHECK(town.table("t") == "(1, 0) (2, 70)");
}

TEST_CASE("of its snapshot a waiting statement keeps what it can still read, and no more") {
  constexpr std::string_view schema = R"(
    CREATE TABLE t (id int PRIMARY KEY, v int);
    CREATE TABLE p (id int PRIMARY KEY, price int);
    INSERT INTO t VALUES (1, 10), (2, 20);
    INSERT INTO p VALUES (1, 3), (2, 4);)";
  const auto waiting = [&](const std::string& statement) {
    Town town = after(schema, {"1> BEGIN; UPDATE t SET v = v + 1 WHERE id = 1"});
    CHECK(town.play("2> " + statement) == "waits");
    return *town.session(2).progress;
  };
  const Progress plain = waiting("UPDATE t SET v = 0 WHERE id = 1");
  CHECK(plain.candidates.size() == 1);
  CHECK(plain.candidates.front().snapshot == std::vector<std::optional<Tuple>>{std::nullopt});
  CHECK(plain.queries.empty());
  CHECK(plain.tables.empty());

  const Progress uncorrelated = waiting("UPDATE t SET v = (SELECT sum(price) FROM p) WHERE id = 1");
  CHECK(uncorrelated.queries.size() == 1);
  CHECK(uncorrelated.queries.begin()->second.rows == std::vector<Tuple>{{Value{std::int64_t{7}}}});
  CHECK(uncorrelated.tables.empty());

  const Progress correlated = waiting("UPDATE t SET v = (SELECT sum(price) FROM p WHERE p.id >= t.id) WHERE id = 1");
  CHECK(correlated.queries.empty());
  CHECK(correlated.tables.size() == 1);
  CHECK(correlated.tables.at(1).size() == 2);

  const Progress joined = waiting("UPDATE t SET v = v + price FROM p WHERE p.id = t.id AND t.id = 1");
  CHECK(joined.candidates.size() == 1);
  CHECK(joined.candidates.front().snapshot ==
        std::vector<std::optional<Tuple>>{std::nullopt, Tuple{Value{std::int32_t{1}}, Value{std::int32_t{3}}}});
}

TEST_CASE("waiters that began before and after a change which they can see are different") {
  Town town = after(two_rows, {"1> BEGIN; UPDATE t SET v = v - 1 WHERE id = 1"});
  CHECK(town.play("2> UPDATE t SET v = (SELECT sum(v) FROM t) WHERE id = 1") == "waits");
  town.play("3> UPDATE t SET v = 21 WHERE id = 2");
  CHECK(town.play("4> UPDATE t SET v = (SELECT sum(v) FROM t) WHERE id = 1") == "waits");
  CHECK(town.session(2) != town.session(4));
  town.play("1> ROLLBACK");
  town.play("2> …");
  CHECK(town.table("t") == "(1, 30) (2, 21)");
  town.play("4> …");
  CHECK(town.table("t") == "(1, 31) (2, 21)");
}

TEST_CASE("names follow their rows when others change the order, also those of a statement that waits") {
  const std::string script = R"(
    1> BEGIN; SELECT v FROM t WHERE id = 2 FOR UPDATE => v = 20
    2> BEGIN; UPDATE t SET v = v + 1 => waits
    3> INSERT INTO t VALUES (0, 0), (3, 30) => 2 rows inserted
    4> BEGIN; INSERT INTO t VALUES (-1, -1) => 1 row inserted
    2 waits for => 1
    4> ROLLBACK => rolled back
    3> DELETE FROM t WHERE id = 0 => 1 row deleted
    1> UPDATE t SET v = 5 WHERE id = 2 => 1 row changed
    1> COMMIT => committed
    2> … => 2 rows changed
    3> DELETE FROM t WHERE id = 2 => waits
    2> COMMIT => committed
    3> … => 1 row deleted
    t => (1, 11) (3, 30)
)";
  CHECK(Town(two_rows).transcript(script) == script);
}

// What SERIALIZABLE remembers, with the customers called otherwise.
Serialization called(const Town& town, std::uint32_t first, std::uint32_t second) {
  std::vector<std::uint32_t> actors(100);
  for (std::uint32_t actor = 0; actor < actors.size(); ++actor) actors[actor] = actor;
  actors[1] = first;
  actors[2] = second;
  return town.serialization().renumbered(actors);
}

TEST_CASE("what SERIALIZABLE remembers is the same whoever is who, and however many came before") {
  constexpr std::string_view begin = "BEGIN ISOLATION LEVEL SERIALIZABLE";
  const auto play = [&](int reader, int writer, bool others) {
    Town town(two_rows);
    const auto says = [&](int who, std::string_view what) {
      town.play(std::to_string(who) + "> " + std::string(what));
    };
    says(7, begin);
    says(7, "SELECT v FROM t WHERE id = 1");
    if (others) {
      says(7, "COMMIT");
      says(8, begin);
      says(8, "UPDATE t SET v = 20 WHERE id = 2");
      says(8, "COMMIT");
      says(7, begin);
      says(7, "SELECT v FROM t WHERE id = 1");
    }
    says(reader, begin);
    says(reader, "SELECT v FROM t WHERE id = 2");
    says(writer, begin);
    says(writer, "UPDATE t SET v = 5 WHERE id = 2");
    says(8, begin);
    says(8, "INSERT INTO t VALUES (3, 3)");
    says(8, "COMMIT");
    return town;
  };
  const Town town = play(1, 2, false);
  const Town swapped = play(2, 1, false);
  const Town later = play(1, 2, true);
  CHECK(town.serialization().transactions.size() == 4);
  CHECK(town.serialization() != swapped.serialization());
  CHECK(called(town, 1, 2) == called(swapped, 2, 1));
  CHECK(called(town, 1, 2) != called(swapped, 1, 2));
  CHECK(digest_of(called(town, 1, 2)).value() == digest_of(called(swapped, 2, 1)).value());
  CHECK(digest_of(called(town, 1, 2)).value() != digest_of(called(swapped, 1, 2)).value());
  CHECK(town.serialization() == later.serialization());
  CHECK(town.database() == later.database());
}

TEST_CASE("two snapshots that were taken at different moments, and cannot tell, are equal") {
  Town town = after(
      two_rows, {"1> BEGIN ISOLATION LEVEL REPEATABLE READ", "2> BEGIN ISOLATION LEVEL REPEATABLE READ",
                 "3> BEGIN ISOLATION LEVEL REPEATABLE READ", "1> SELECT v FROM t WHERE id = 1", "9> SELECT v FROM t",
                 "2> SELECT v FROM t WHERE id = 1", "9> UPDATE t SET v = 11 WHERE id = 1",
                 "3> SELECT v FROM t WHERE id = 1", "9> DELETE FROM t WHERE id = 2", "9> INSERT INTO t VALUES (0, 0)"});
  CHECK(town.session(1) == town.session(2));
  CHECK(town.session(1) != town.session(3));
  CHECK(town.play("1> SELECT * FROM t") == "2 rows: (1, 10), (2, 20)");
  CHECK(town.play("2> SELECT * FROM t") == "2 rows: (1, 10), (2, 20)");
  CHECK(town.play("3> SELECT * FROM t") == "2 rows: (1, 11), (2, 20)");
  CHECK(town.database().tables[0].rows.size() == 3);
  for (const char* line : {"1> COMMIT", "2> COMMIT", "3> COMMIT"}) town.play(line);
  CHECK(town.database().tables[0].rows.size() == 2);
}

TEST_CASE("an event is the identity exactly when no row of anybody changes its place") {
  const Schema schema = prepare_schema(two_rows, "bank", "schema");
  const Rules rules(schema.catalog);
  const Database database = rules.initial(schema.statements);
  const auto event_of = [&](const char* text) {
    Operation operation;
    operation.statement = prepare(text, schema.catalog, "statement");
    return rules.apply(database, Session{}, operation).event;
  };
  CHECK(event_of("SELECT v FROM t").identity());
  CHECK(event_of("UPDATE t SET v = 11 WHERE id = 1").identity());
  CHECK(event_of("INSERT INTO t VALUES (3, 0)").identity());
  CHECK(event_of("INSERT INTO t VALUES (0, 0)").places == std::vector<std::vector<std::uint32_t>>{{1, 2}});
  CHECK(event_of("DELETE FROM t WHERE id = 1").places == std::vector<std::vector<std::uint32_t>>{{RowName::gone, 0}});
  CHECK(event_of("UPDATE t SET id = 3 WHERE id = 1").places == std::vector<std::vector<std::uint32_t>>{{1, 0}});
}

}  // namespace
}  // namespace gapless::store::relational
