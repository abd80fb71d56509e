// Requests that are told apart by what is only a name, with names and without: 500 made-up scenarios, always the same
// ones; and what is left of states where names are all that differs.
#include <string>
#include <vector>

#include "explore/explore.h"
#include "made_up.h"
#include "random_scenario.h"

namespace gapless::agree {
namespace {

model::Model loaded(const std::string& text, std::size_t actors, const std::string& variant = "") {
  scenario::Options options;
  options.actors = actors;
  for (auto& model : scenario::load(make_source("names.gap", text), options)) {
    if (variant.empty() || model.variant == variant) return model;
  }
  FAIL("there is no such variant");
  return {};
}

model::Verdict census(const model::Model& model, bool names) {
  explore::Limits limits;
  limits.small_states = 0;
  limits.reductions.names = names;
  return explore::check_model(model, model::Mode::census, limits);
}

const std::string claims = R"(
scenario claim "who claims the coupon"
database d postgres {
  CREATE TABLE coupons (code text PRIMARY KEY, used_by int);
  INSERT INTO coupons VALUES ('A', NULL);
}
request claim() {
  variant conditional {
    let seen = SELECT used_by FROM coupons WHERE code = 'A';
    if seen.used_by IS NOT NULL { respond 409; }
    let done = UPDATE coupons SET used_by = :me WHERE code = 'A' AND used_by IS NULL;
    if done.count = 0 { respond 409; }
    effect used(me);
    respond 200;
  }
  variant naive {
    let seen = SELECT used_by FROM coupons WHERE code = 'A';
    if seen.used_by IS NOT NULL { respond 409; }
    UPDATE coupons SET used_by = :me WHERE code = 'A';
    effect used(me);
    respond 200;
  }
}
run claim() * 2
finally "once" { SELECT count(*) = 1 FROM used }
finally "by whom it says" { SELECT count(*) = 1 FROM used JOIN coupons ON used_by = me }
)";

const std::string orders = R"(
scenario orders "each request pays its own order"
database d postgres {
  CREATE TABLE orders (id serial PRIMARY KEY, status text NOT NULL);
}
request buy() {
  variant own {
    let o = INSERT INTO orders (status) VALUES ('new') RETURNING id;
    UPDATE orders SET status = 'paid' WHERE id = :o.id;
    respond 200;
  }
  variant last {
    let o = INSERT INTO orders (status) VALUES ('new') RETURNING id;
    let newest = SELECT max(id) AS last FROM orders;
    UPDATE orders SET status = 'paid' WHERE id = :newest.last;
    respond 200;
  }
  variant first {
    let o = INSERT INTO orders (status) VALUES ('new') RETURNING id;
    let seen = SELECT status FROM orders;
    UPDATE orders SET status = 'paid' WHERE id = :o.id;
    if seen.status = 'paid' { respond 201; }
    respond 200;
  }
  variant second {
    let o = INSERT INTO orders (status) VALUES ('new') RETURNING id;
    UPDATE orders SET status = 'paid' WHERE id = :o.id AND id <> 2;
    respond 200;
  }
  variant given {
    let o = INSERT INTO orders (id, status) VALUES (2, 'new') RETURNING id;
    UPDATE orders SET status = 'paid' WHERE id = :o.id;
    INSERT INTO orders (status) VALUES ('new');
    respond 200;
  }
}
run buy() * 2
finally "all are paid" {
  SELECT count(*) = 0 AND (SELECT count(*) <> 1 FROM responses WHERE status = 201) FROM orders WHERE status = 'new'
}
)";

}  // namespace

TEST_CASE("nobody can tell whether names are told apart, and the engines agree") {
  const auto before = kept();
  check_that_made_up_ones_agree("names", random_scenario_of_names, 500, Thoroughness::names);
  MESSAGE("a census without names: ", kept().told_apart - before.told_apart,
          " states, with them: ", kept().with_names - before.with_names);
  CHECK(2 * (kept().with_names - before.with_names) < kept().told_apart - before.told_apart);
}

TEST_CASE("who claims it does not matter") {
  for (const std::size_t actors : {3, 5, 20}) {
    CAPTURE(actors);
    const auto verdict = census(loaded(claims, actors, "conditional"), true);
    CHECK(verdict.outcome == model::Outcome::holds);
    // Free: of n requests so many have looked, 0 to n. Claimed: of the n - 1 others so many have not looked yet, and so
    // many have looked in time; the rest was refused, early or late: n (n + 1) / 2.
    CHECK(*verdict.states == actors + 1 + actors * (actors + 1) / 2);
  }
  const auto told_apart = census(loaded(claims, 5, "conditional"), false);
  CHECK(census(loaded(claims, 5, "conditional"), true).interleavings == told_apart.interleavings);
  CHECK(*told_apart.states > 21U);
}

TEST_CASE("which order is whose does not matter") {
  // Of n requests so many have begun, and of these so many have paid: (n + 1) (n + 2) / 2. Each of them takes 2 steps.
  const auto verdict = census(loaded(orders, 4, "own"), true);
  CHECK(*verdict.states == 15U);
  CHECK(verdict.interleavings == "2520");  // 8! / (2!)^4
  CHECK(verdict.violating == "0");
  CHECK(verdict.warnings.empty());
  // 4^4 - … without names: an order each, new or paid, and a request each.
  CHECK(*census(loaded(orders, 4, "own"), false).states > 15U);
}

TEST_CASE("a name that is put in order is a number, and it is said where") {
  const auto verdict = census(loaded(orders, 3, "last"), true);
  const auto told_apart = census(loaded(orders, 3, "last"), false);
  CHECK(verdict.violating == told_apart.violating);
  CHECK(verdict.violating != "0");
  CHECK(*verdict.states == *told_apart.states);
  REQUIRE(verdict.warnings.size() == 1);
  CHECK(verdict.warnings[0].find("names.gap:14:18") != std::string::npos);
  CHECK(verdict.warnings[0].find("it is put in order") != std::string::npos);
}

TEST_CASE("whatever else is done with a name is noticed, too") {
  const std::vector<std::pair<std::string, std::string>> uses = {
      {"first", "rows come in its order"}, {"second", "compared with a number"}, {"given", "given another value"}};
  for (const auto& [variant, how] : uses) {
    CAPTURE(variant);
    const auto verdict = census(loaded(orders, 3, variant), true);
    const auto told_apart = census(loaded(orders, 3, variant), false);
    CHECK(verdict.violating == told_apart.violating);
    CHECK(verdict.violating != "0");
    REQUIRE(verdict.warnings.size() == 1);
    CHECK(verdict.warnings[0].find(how) != std::string::npos);
  }
}

TEST_CASE("a counterexample says who really was first") {
  const auto model = loaded(claims, 4, "naive");
  const auto verdict = census(model, true);
  const auto told_apart = census(model, false);
  REQUIRE(verdict.counterexample);
  REQUIRE(told_apart.counterexample);
  CHECK(to_string(verdict.counterexample->schedule) == to_string(told_apart.counterexample->schedule));
  CHECK(to_string(verdict.counterexample->schedule) == "1 2 2 1 3 4");
  CHECK(verdict.interleavings == told_apart.interleavings);
  CHECK(verdict.violating == told_apart.violating);
  CHECK(*verdict.states < *told_apart.states);
}

}  // namespace gapless::agree
