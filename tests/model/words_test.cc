#include "model/words.h"

#include <doctest/doctest.h>

using namespace gapless::model;

namespace {

std::string world(std::string what) {
  Step step;
  step.kind = Step::Kind::world;
  step.operation = std::move(what);
  return words(step);
}

}  // namespace

TEST_CASE("what happens to the world, in words") {
  CHECK(world("expire(lock:SAVE50)") == "lock:SAVE50 expires");
  CHECK(world("expire(cache> a\\(b\\)\\\\)") == "cache> a(b)\\ expires");
  CHECK(world("clock(2024-01-01 14:37:00)") == "it is 2024-01-01 14:37:00 now");
  CHECK(world("settle(charge(1, 50)):done") == "charge(1, 50) is settled: it was done");
  CHECK(world("settle(charge(1, 50) key k):not_done") == "charge(1, 50) key k is settled: it was not done");
  CHECK(world("forget(charge k1)") == "the provider forgets charge k1");
  CHECK(world("replicate(replica)") == "replica hears of the next commit");
  // What nobody has thought of is said as it is.
  CHECK(world("melt(ice)") == "melt(ice)");
  CHECK(world("settle(x):other") == "settle(x):other");
  CHECK(world(")(") == ")(");
}

TEST_CASE("what happens to an actor, in words; an operation is what it is") {
  using Kind = Step::Kind;
  Step step;
  step.operation = "COMMIT";
  CHECK(words(step) == "COMMIT");
  const std::pair<Kind, const char*> all[] = {{Kind::crash, "crashes"},
                                              {Kind::retry, "is sent again by its client"},
                                              {Kind::duplicate, "is received twice"},
                                              {Kind::redeliver, "is delivered again"},
                                              {Kind::last_run, "runs for the last time"}};
  for (const auto& [kind, text] : all) {
    step.kind = kind;
    CHECK(words(step) == text);
  }
}

TEST_CASE("a lane ends where a request responds or crashes") {
  Step step;
  CHECK_FALSE(ends_lane(step));
  step.response = "200";
  CHECK(ends_lane(step));
  step.response = "";
  step.kind = Step::Kind::crash;
  CHECK(ends_lane(step));
  step.kind = Step::Kind::retry;
  CHECK_FALSE(ends_lane(step));
}
