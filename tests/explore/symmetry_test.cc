#include "explore/symmetry.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/check.h"
#include "stories.h"

namespace gapless::explore {
namespace {

TEST_CASE("a row keeps its groups in order, each local state once") {
  StateRow row;
  row.add(7);
  row.add(3, 2);
  row.add(9);
  row.add(7, 4);
  row.add(3);
  CHECK(row.groups == std::vector<Group>{{3, 3}, {7, 5}, {9, 1}});
  row.take(9);
  row.take(7);
  CHECK(row.groups == std::vector<Group>{{3, 3}, {7, 4}});
  row.take(3);
  row.take(3);
  row.take(3);
  CHECK(row.groups == std::vector<Group>{{7, 4}});
  CHECK_THROWS_AS(row.take(3), InternalError);
  CHECK_THROWS_AS(row.take(8), InternalError);
}

TEST_CASE("the order in which actors came to where they are is forgotten") {
  StateRow one;
  StateRow two;
  for (const LocalNumber local : {5U, 1U, 5U, 2U}) one.add(local);
  for (const LocalNumber local : {2U, 5U, 5U, 1U}) two.add(local);
  CHECK(one == two);
  two.world = 1;
  CHECK(one != two);
}

// Different for every n: groups of 0 to 3 of a hundred local states, in a thousand worlds.
StateRow row_number(std::uint32_t n) {
  StateRow row;
  row.world = n % 1000;
  const auto rest = n / 1000;  // below 100
  for (std::uint32_t i = 0; i < rest % 4; ++i) row.add(i * 25 + rest % 25, 1 + rest / 4);
  row.add(1000 + rest);
  return row;
}

TEST_CASE("a table of states finds each of 100,000 again, and takes none for another") {
  constexpr std::uint32_t count = 100'000;
  StateTable table;
  CHECK(table.size() == 0);
  for (std::uint32_t n = 0; n < count; ++n) {
    const auto [number, is_new] = table.insert(row_number(n));
    if (number != n || !is_new) FAIL("row ", n, " is new and gets the next number");
  }
  CHECK(table.size() == count);
  StateRow row;
  for (std::uint32_t n = 0; n < count; ++n) {
    const auto wanted = row_number(n);
    const auto [number, is_new] = table.insert(wanted);
    if (number != n || is_new) FAIL("row ", n, " is known");
    if (table.find(wanted) != n) FAIL("row ", n, " is found");
    table.read(n, row);
    if (row != wanted) FAIL("row ", n, " is read as it was written");
  }
  CHECK(table.size() == count);
  CHECK(table.bytes() > count * 3 * sizeof(std::uint32_t));
  CHECK_THROWS_AS(table.find(row_number(count)), InternalError);
}

TEST_CASE("rows that differ in one word only are different states") {
  StateTable table;
  const std::vector<StateRow> rows = {
      {0, {}},       {1, {}},       {0, {{0, 1}}},         {0, {{0, 2}}},         {0, {{1, 1}}},
      {1, {{0, 1}}}, {0, {{2, 1}}}, {0, {{0, 1}, {1, 1}}}, {0, {{0, 1}, {1, 2}}}, {0, {{0, 1}, {2, 1}}},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(table.insert(rows[i]) == std::pair(static_cast<StateNumber>(i), true));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(table.find(rows[i]) == i);
}

TEST_CASE("told apart, every actor is a role of its own, with the same program") {
  const auto model = testing::withdraw("naive", 3);
  CHECK(model.roles.size() == 1);
  const auto distinct = with_distinct_actors(model);
  REQUIRE(distinct.roles.size() == 3);
  CHECK(distinct.actors == std::vector<std::size_t>{0, 1, 2});
  CHECK(distinct.roles[2].request == "withdraw");
  CHECK(distinct.properties.size() == model.properties.size());

  const auto merged = run_census(model, {});
  const auto apart = run_census(distinct, {});
  CHECK(apart.verdict.interleavings == merged.verdict.interleavings);
  CHECK(apart.verdict.violating == merged.verdict.violating);
  CHECK(apart.final_states == merged.final_states);
  CHECK(*apart.verdict.states > *merged.verdict.states);
}

TEST_CASE("of two roles each keeps its own actors") {
  auto builder = testing::counters(2);
  builder.request("one", "()", testing::counts(1, 1), 2).request("two", "()", testing::counts(2, 1), 2);
  const auto distinct = with_distinct_actors(builder.build());
  REQUIRE(distinct.roles.size() == 4);
  CHECK(distinct.roles[1].request == "one");
  CHECK(distinct.roles[2].request == "two");
}

}  // namespace
}  // namespace gapless::explore
