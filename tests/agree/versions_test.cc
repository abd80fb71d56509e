// Optimistic requests, with some reductions and without: 500 made-up scenarios, always the same ones. What is concluded
// of a version that was seen (explore/outdated.h) must show nowhere, least of all where somebody makes it smaller.
#include <string>
#include <vector>

#include "explore/explore.h"
#include "made_up.h"
#include "random_scenario.h"

namespace gapless::agree {
namespace {

// Two requests look at version 0 and balance 10, and write 11 where it is still that; somebody else does what it does.
model::Model with_second(const std::string& second) {
  const std::string text = R"(
scenario lost "a version comes back"
database d postgres {
  CREATE TABLE t (id int PRIMARY KEY, balance int NOT NULL, version int NOT NULL);
  INSERT INTO t VALUES (1, 10, 0);
}
request first() {
  let seen = SELECT balance, version FROM t WHERE id = 1;
  let done = UPDATE t SET balance = :seen.balance + 1, version = version + 1 WHERE id = 1 AND version = :seen.version;
  if done.count = 0 { respond 409; }
  respond 200;
}
request second() {
  )" + second + R"(
  respond 202;
}
run first() * 2, second()
finally "each of them counts" {
  SELECT (SELECT max(balance) FROM t) = 10 + (SELECT count(*) FROM responses WHERE status = 200)
}
)";
  return scenario::load(make_source("lost.gap", text), {})[0];
}

struct Lost {
  std::string second;
  std::string violating;
  std::string interleavings;
};

// Layer by layer, and merged what is alike.
void check_lost(const model::Model& model, const Lost& expected) {
  explore::Limits limits;
  limits.small_states = 0;
  const auto verdict = explore::check_model(model, model::Mode::census, limits);
  CHECK(verdict.violating == expected.violating);
  CHECK(verdict.interleavings == expected.interleavings);
  CHECK(disagreement(model) == "");
  CHECK(disagreement_of_reductions(model, Thoroughness::all) == "");
}

}  // namespace

TEST_CASE("no reduction shows where versions are compared, and the engines agree") {
  check_that_made_up_ones_agree("versions are compared", random_scenario_of_versions, 500);
}

TEST_CASE("no reduction shows where guards fail for ever, and the engines agree") {
  check_that_made_up_ones_agree("guards fail", random_scenario_of_guards, 500);
}

// 5!/(2! 2!) = 30 orders of look, write, look, write and the step of somebody else.
TEST_CASE("a version that comes back is not taken for past") {
  // Lost where both have looked, one has written, and it is made 0 again before the other one writes: 2 orders of the
  // looks, 2 of the writes.
  const std::vector<Lost> lost = {
      {"UPDATE t SET version = 0 WHERE id = 1;", "4", "30"},
      {"WITH w AS (UPDATE t SET version = 0 RETURNING id) SELECT id FROM w;", "4", "30"},
      {"WITH w AS (SELECT 0 AS n) UPDATE t SET version = w.n FROM w;", "4", "30"},
      {"INSERT INTO t VALUES (1, 10, 0) ON CONFLICT (id) DO UPDATE SET version = 0;", "4", "30"},
      // Or one has looked, it is made -1, and the other one looks, and makes it 0: 2 more.
      {"UPDATE t SET version = version - 1 WHERE id = 1;", "6", "30"},
      {"UPDATE t SET version = version + -1 WHERE id = 1;", "6", "30"},
      // It only grows.
      {"UPDATE t SET version = version + 1 WHERE id = 1;", "0", "30"}};
  for (const auto& each : lost) {
    CAPTURE(each.second);
    check_lost(with_second(each.second), each);
  }
}

}  // namespace gapless::agree
