// Numbers of states with all actors told apart. Against exploring them: tests/agree/savings_test.cc.
#include "explore/savings.h"

#include <doctest/doctest.h>

#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;

model::Savings savings(const model::Model& model) {
  Limits limits;
  limits.savings = true;
  const auto verdict = check_model(model, model::Mode::census, limits);
  REQUIRE(verdict.savings);
  CHECK(verdict.savings->symmetric == verdict.states);
  return *verdict.savings;
}

model::Builder counting(std::size_t requests, int steps) {
  return counters(1).request("count", "(1)", counts(1, steps), requests);
}

TEST_CASE("requests of one row: each has done some of its steps") {
  // Ten of three steps: 4^10; as a multiset of ten on four places C(13, 3).
  const auto ten = savings(counting(10, 3).build());
  CHECK(ten.distinct == "1048576");
  CHECK(ten.symmetric == 286);
  // A hundred of one step: 2^100, and 0 to 100 of them are done.
  const auto hundred = savings(counting(100, 1).build());
  CHECK(hundred.distinct == "1267650600228229401496703205376");
  CHECK(hundred.symmetric == 101);
}

TEST_CASE("actors of different roles are no group") {
  // Three of two steps and two of one: 3^3 * 2^2; C(5, 2) * 3.
  const auto mixed = savings(counting(3, 2).request("other", "()", counts(1, 1), 2).build());
  CHECK(mixed.distinct == "108");
  CHECK(mixed.symmetric == 30);
}

TEST_CASE("where an invariant names actors they are told apart as it is") {
  const auto named =
      savings(counting(3, 1).finally("named", "SELECT count(*) = 3 FROM responses WHERE actor <= 3").build());
  CHECK(named.distinct == "8");
  CHECK(named.symmetric == 8);
}

TEST_CASE("a request and its double are alike, so that nothing is said of how many states they had") {
  auto twice = counting(2, 1).build();
  twice.faults.duplicate = 1;
  CHECK_FALSE(savings(twice).distinct);
}

TEST_CASE("where states hold who has read what whom overwrites, nothing is said") {
  const auto skew = gap(R"(scenario skew "test"
database app postgres { CREATE TABLE rows (id int PRIMARY KEY, v int NOT NULL); INSERT INTO rows VALUES (1, 0); }
request add() {
  variant only {
    transaction at "serializable" {
      SELECT v FROM rows;
      INSERT INTO rows VALUES (2, 1) ON CONFLICT DO NOTHING;
    }
    respond 200;
  }
}
run add() * 2
finally "true" { SELECT true }
)");
  REQUIRE(skew.tracking.dependencies);
  CHECK_FALSE(savings(skew).distinct);
}

}  // namespace
}  // namespace gapless::explore
