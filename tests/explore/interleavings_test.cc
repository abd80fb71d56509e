#include "explore/interleavings.h"

#include <doctest/doctest.h>

#include <string>

#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;
using Way = model::Move::Way;

std::uint64_t count(const model::Model& model, Branches branches) {
  return count_interleavings(*first_position(model, branches));
}

TEST_CASE("all interleavings are those that the engines count") {
  for (const std::string variant : {"naive", "row_lock"}) {
    for (const std::size_t actors : {1U, 2U, 3U}) {
      const auto model = withdraw(variant, actors);
      const auto verdict = check_model(model, model::Mode::enumerate, {});
      CHECK(std::to_string(count(model, Branches::all)) == verdict.interleavings);
    }
  }
}

TEST_CASE("a woken statement that is overtaken cannot be forced") {
  // Nobody waits, so nothing is lost.
  CHECK(count(withdraw("naive", 3), Branches::forceable) == 90);
  // 6, 102, 3,072 in all. Of three, those 12 are missing in which the third begins between the first one's COMMIT and
  // the second one's going on (six orders of actors, in the middle of two).
  CHECK(count(withdraw("row_lock", 2), Branches::forceable) == 6);
  CHECK(count(withdraw("row_lock", 3), Branches::forceable) == 90);
  CHECK(count(withdraw("row_lock", 4), Branches::all) == 3072);
  CHECK(count(withdraw("row_lock", 4), Branches::forceable) == 2304);
}

TEST_CASE("moves tell what they come to") {
  const auto model = withdraw("row_lock");
  auto place = first_position(model, Branches::forceable);
  REQUIRE(place->moves().size() == 2);
  CHECK(place->moves()[1].actor == 2);
  CHECK(place->moves()[0].way == Way::start);
  CHECK(to_string(place->moves()[0].operation) == "BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE");
  REQUIRE(place->moves()[0].observation);
  CHECK(to_string(*place->moves()[0].observation) == "balance = 100");

  place = place->after(0);
  REQUIRE(place->moves().size() == 2);
  CHECK_FALSE(place->moves()[1].observation);  // 2 waits
  place = place->after(1);
  REQUIRE(place->moves().size() == 1);  // UPDATE
  place = place->after(0);
  CHECK(place->tables(0)[0][0] == sql::Tuple{1, 100});
  REQUIRE(place->moves().size() == 1);  // COMMIT
  place = place->after(0);
  CHECK(place->tables(0)[0][0] == sql::Tuple{1, 50});
  REQUIRE(place->moves().size() == 1);
  CHECK(place->moves()[0].actor == 2);
  CHECK(place->moves()[0].way == Way::resume);
  REQUIRE(place->moves()[0].observation);
  CHECK(to_string(*place->moves()[0].observation) == "balance = 50");
}

TEST_CASE("between the closing of a cycle and its victim's error nothing can be forced") {
  const auto model = gap(R"(scenario crossing "two rows, two orders"
database bank postgres { CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1), (2), (3); }
request lock(a, b) {
  transaction {
    SELECT id FROM users WHERE id = :a FOR UPDATE;
    SELECT id FROM users WHERE id = :b FOR UPDATE;
  }
  respond 200;
}
run lock(1, 2), lock(2, 1), lock(3, 3)
always "true" { SELECT true }
)");
  auto place = first_position(model, Branches::forceable);
  for (const std::size_t actor : {1U, 2U, 1U, 2U}) {
    std::size_t move = 0;
    while (place->moves().at(move).actor != actor) ++move;
    place = place->after(move);
  }
  REQUIRE(place->moves().size() == 2);
  for (const auto& move : place->moves()) {
    CHECK(move.way == Way::deadlock);
    REQUIRE(move.observation);
    CHECK(move.observation->error_condition == "deadlock_detected");
    CHECK(move.abandoned == std::vector<std::size_t>{0});
  }
}

}  // namespace
}  // namespace gapless::explore
