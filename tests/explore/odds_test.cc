// Probabilities, each with its derivation. Against every interleaving run one by one: tests/agree/odds_test.cc.
#include "explore/odds.h"

#include <doctest/doctest.h>

#include <string>

#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;
using model::Mode;

model::Odds odds(const model::Model& model) {
  Limits limits;
  limits.odds = true;
  const auto verdict = check_model(model, Mode::census, limits);
  REQUIRE(verdict.odds.size() == 1);
  return verdict.odds.front();
}

TEST_CASE("two naive withdrawals") {
  // Whoever steps first (A), it is A or B with 1/2 each at the second step. If A again: A A B B, which is one of the
  // two good orders; with B alone at the end nothing is left to choose. If B, both have read 100, whatever comes: bad.
  // So 1/2, though 4 of 6 interleavings are bad: A A B B has probability 1/2 * 1/2, each of A B A B, A B B A half of
  // that.
  const auto two = odds(withdraw("naive", 2));
  CHECK(two.actors == 2);
  CHECK(two.interleavings == "6");
  CHECK(two.violating == "4");
  CHECK(*two.share == 4.0 / 6);
  CHECK(*two.uniform == 0.5);
  CHECK(two.runs == 5);  // (1/2)^5 = 0.031 is the first power below 0.05
}

TEST_CASE("three naive withdrawals of which two are paid") {
  // A reads. Good orders need A to pay before anybody else reads: A again, 1/3. Then B reads (50), and now A is done:
  // B pays next with 1/2, else C has read 50, too, and both pay. After B has paid C reads 0 and is refused: good.
  // 1/3 * 1/2 = 1/6 is good, 5/6 is bad.
  const auto three = odds(withdraw("naive", 3));
  CHECK(*three.share == 84.0 / 90);
  CHECK(*three.uniform == doctest::Approx(5.0 / 6).epsilon(1e-15));
  CHECK(three.runs == 2);  // 1/36 < 0.05 < 1/6
}

TEST_CASE("what never happens is not met by any number of runs") {
  const auto locked = odds(withdraw("row_lock", 3));
  CHECK(*locked.share == 0);
  CHECK(*locked.uniform == 0);
  CHECK_FALSE(locked.runs);
}

TEST_CASE("that an interleaving ends is a candidate beside the faults that might follow") {
  // One update, and when it is done it ends here or is sent again: 1/2. Sent again, it counts twice.
  auto again =
      counters(1).finally("once", "SELECT n = 1 FROM counters").request("count", "(1)", counts(1, 1), 1).build();
  again.faults.retry = 1;
  CHECK(*odds(again).share == 0.5);
  CHECK(*odds(again).uniform == 0.5);

  // Of two updates the first one is done in any case: a request that has not begun cannot crash. Then the second one or
  // the crash: 1/2.
  auto crash =
      counters(1).finally("both", "SELECT n = 2 FROM counters").request("count", "(1)", counts(1, 2), 1).build();
  crash.faults.crash = 1;
  CHECK(*odds(crash).uniform == 0.5);
}

TEST_CASE("a violated `always` counts, whatever comes afterwards") {
  // 1 and 3 of two requests with two steps each are passed on every way, and repaired on every way.
  const auto passed =
      counters(1).always("never three", "SELECT n <> 3 FROM counters").request("count", "(1)", counts(1, 2), 2).build();
  CHECK(*odds(passed).uniform == 1);
  CHECK(odds(passed).runs == 1);
}

// Marks unless done, after a look; another one does; a third one asks until it is done, after `before`.
std::string polling(const std::string& before) {
  return R"(scenario polling "test"
database app postgres {
  CREATE TABLE flags (id int PRIMARY KEY, done boolean NOT NULL, early boolean NOT NULL);
  INSERT INTO flags VALUES (1, false, false);
}
request act() { variant only { UPDATE flags SET done = true WHERE id = 1; respond 200; } }
request mark() {
  variant only {
    SELECT id FROM flags;
    UPDATE flags SET early = true WHERE id = 1 AND NOT done;
    respond 200;
  }
}
request poll() {
  variant only {
    retry on serialization_failure {
)" + before +
         R"(
      let flag = SELECT done FROM flags WHERE id = 1;
      if not flag.done { again; }
    }
    respond 200;
  }
}
run act(), mark(), poll()
finally "nothing was early" { SELECT NOT bool_or(early) FROM flags }
)";
}

TEST_CASE("where a request can go round for ever there is a probability, though no number of interleavings") {
  // Whoever asks changes nothing. Of act's one step and mark's two, each next one is act's with 1/2: both of mark's
  // come first with 1/4.
  // In one statement it comes back to the very state, in two to the one before.
  for (const std::string before : {"", "SELECT id FROM flags;"}) {
    const auto circle = odds(gap(polling(before)));
    CHECK_FALSE(circle.interleavings);
    CHECK_FALSE(circle.share);
    CHECK(*circle.uniform == doctest::Approx(0.25).epsilon(1e-12));
    CHECK(circle.runs == 11);  // 0.75^10 = 0.0563, 0.75^11 = 0.0422
  }
}

TEST_CASE("how many runs give 95 %") {
  CHECK(runs_to_meet(0.95) == 1);  // the least that does, though log 0.05 / log 0.05 may round to more than 1
  CHECK(runs_to_meet(0.9499) == 2);
  CHECK(runs_to_meet(1) == 1);
  CHECK(runs_to_meet(0.01) == 299);            // log 0.05 / log 0.99 = 298.07
  CHECK(runs_to_meet(1e-9) == 2'995'732'273);  // 2.995732273554 / 1e-9, less a half
  CHECK_FALSE(runs_to_meet(0));
  CHECK_FALSE(runs_to_meet(1e-19));  // 3 * 10^19 is more than 2^63
  // 1 - 0.05^(1/4): four runs miss with 0.05.
  CHECK(runs_to_meet(0.52712919549841) == 4);
}

TEST_CASE("shares of numbers of any length") {
  CHECK(share_of("4", "6") == 4.0 / 6);
  CHECK(share_of("0", "6") == 0);
  CHECK(share_of("7", "7") == 1);
  const std::string zeros(400, '0');
  CHECK(share_of("1" + zeros, "4" + zeros) == doctest::Approx(0.25).epsilon(1e-15));
  CHECK(share_of("5", "1" + zeros.substr(0, 20)) == doctest::Approx(5e-20).epsilon(1e-15));
  CHECK(share_of("99999999999999999999", "100000000000000000000") == doctest::Approx(1).epsilon(1e-15));
}

}  // namespace
}  // namespace gapless::explore
