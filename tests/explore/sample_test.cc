// Chance with a fixed seed. How often something may come is bounded by the binomial distribution itself: what is
// refused here would come by chance less than once in a million seeds.
#include "explore/sample.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;
using model::Coverage;
using model::Mode;
using model::Outcome;

// P(X = hits) for X ~ B(runs, p).
double binomial(std::uint64_t runs, double p, std::uint64_t hits) {
  const auto n = static_cast<double>(runs);
  const auto k = static_cast<double>(hits);
  return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) +
                  (n - k) * std::log1p(-p));
}

// Neither so few nor so many are less likely than one in a million.
bool is_likely(std::uint64_t runs, double p, std::uint64_t hits) {
  double fewer = 0;
  for (std::uint64_t k = 0; k <= hits; ++k) fewer += binomial(runs, p, k);
  const double more = 1 - fewer + binomial(runs, p, hits);
  return fewer > 1e-6 && more > 1e-6;
}

// What is drawn from a model by one drawer.
struct Bench {
  explicit Bench(model::Model checked)
      : model(std::move(checked)),
        successors(model),
        properties(model),
        space(successors, properties, 1000),
        walk(space),
        watch(limits) {}

  // How often each schedule comes.
  std::map<std::string, std::uint64_t> draw(Drawer& drawer, std::uint64_t runs) {
    std::map<std::string, std::uint64_t> seen;
    for (std::uint64_t run = 0; run < runs; ++run) {
      auto random = random_of(7, run);
      const auto tried = draw_one(space, walk, drawer, random, 1000);
      CHECK(tried.ended);
      violating += tried.violating;
      ++seen[to_string(walk.schedule())];
    }
    return seen;
  }

  std::map<std::string, std::uint64_t> draw_uniformly(std::uint64_t runs) {
    const auto ways = Ways::count(space, watch, 10'000);
    REQUIRE(ways.has_value());
    return draw(*uniform_drawer(*ways), runs);
  }

  const Limits limits;
  const model::Model model;
  const Successors successors;
  const Properties properties;
  Space space;
  Walk walk;
  Watch watch;
  std::uint64_t violating = 0;
};

model::Verdict sampled(const model::Model& model, SampleMethod method, std::uint64_t runs = 10'000,
                       std::size_t depth = 3, std::uint64_t seed = 1) {
  Limits limits;
  limits.sample = {.method = method, .runs = runs, .seed = seed, .depth = depth};
  return check_model(model, Mode::sample, limits);
}

bool all_likely(const std::map<std::string, std::uint64_t>& seen, std::uint64_t runs) {
  const double p = 1 / static_cast<double>(seen.size());
  for (const auto& [schedule, times] : seen) {
    if (!is_likely(runs, p, times)) MESSAGE(schedule, " came ", times, " times");
    if (!is_likely(runs, p, times)) return false;
  }
  return true;
}

// ----------------------------------------------------------------------------------------------------- uniform

TEST_CASE("uniform: all six interleavings of two naive withdrawals, each equally often") {
  Bench bench(withdraw("naive"));
  const auto seen = bench.draw_uniformly(6'000);
  CHECK(seen.size() == 6);
  CHECK(all_likely(seen, 6'000));
  CHECK(is_likely(6'000, 4.0 / 6, bench.violating));
}

TEST_CASE("uniform: where interleavings differ in length") {
  // 90 and 102 of them (census_test.cc): after a lost update a third one pays, or is refused; a lock may be waited for.
  Bench naive(withdraw("naive", 3));
  const auto seen = naive.draw_uniformly(45'000);
  CHECK(seen.size() == 90);
  CHECK(all_likely(seen, 45'000));
  CHECK(is_likely(45'000, 84.0 / 90, naive.violating));
  Bench locked(withdraw("row_lock", 3));
  const auto locks = locked.draw_uniformly(51'000);
  CHECK(locks.size() == 102);
  CHECK(all_likely(locks, 51'000));
  CHECK(locked.violating == 0);
}

TEST_CASE("uniform: faults that may happen or not, and ends before them") {
  auto model = withdraw("naive");
  model.faults.crash = 1;
  model.faults.retry = 1;
  const auto census = verdict_of(model, Mode::census);
  const auto all = std::stoull(census.interleavings.value());
  Bench bench(model);
  const auto seen = bench.draw_uniformly(100 * all);
  CHECK(seen.size() == all);
  CHECK(all_likely(seen, 100 * all));
  CHECK(is_likely(100 * all, std::stod(census.violating.value()) / static_cast<double>(all), bench.violating));
}

TEST_CASE("an `always` that fails on the way ends the counterexample, and the run goes on") {
  // The sum is 3 before the last of four steps, in all six interleavings, and is repaired by it.
  const auto build = [] {
    auto builder = counters(1).always("never 3", "SELECT n <> 3 FROM counters");
    return builder.request("count", "(1)", counts(1, 2), 2).build();
  };
  Bench bench(build());
  CHECK(bench.draw_uniformly(600).size() == 6);
  CHECK(bench.violating == 600);
  const auto verdict = sampled(build(), SampleMethod::uniform, 100);
  CHECK(verdict.sampling->violating == 100);
  CHECK(schedule_of(verdict) == "1 1 2");  // one switch; of the other five orders each prefix has as many or is larger
}

TEST_CASE("uniform: numbers that no floating-point number holds") {
  // 2,000 requests of one step: 2,000! ways. The sum of 2^2000 halves is worked out as fractions and powers of two.
  const auto verdict =
      sampled(counters(1).request("count", "(1)", counts(1, 1), 2'000).build(), SampleMethod::uniform, 3);
  REQUIRE(verdict.sampling.has_value());
  CHECK(verdict.sampling->method == "uniform");
  CHECK(verdict.sampling->missed == 1);
  const Large half{0.5, -2000};
  CHECK((half + half).exponent == -1999);
  CHECK((half + half).fraction == 0.5);
  CHECK((half + Large{}).exponent == -2000);
  CHECK((Large{0.5, 1} + Large{0.5, -200}).fraction == 0.5);  // what is too small to matter
  CHECK((Large{0.75, 20'000} * 4).exponent == 20'002);
  CHECK(Large{0.75, 20'000} / Large{0.5, 20'003} == 0.1875);
  CHECK(Large{0.5, 0} / Large{0.5, 20'000} < 1e-300);
}

TEST_CASE("uniform: what it says of what it has not seen") {
  const auto holds = sampled(withdraw("row_lock"), SampleMethod::automatic, 100);
  CHECK(holds.outcome == Outcome::unknown);
  CHECK(holds.coverage == Coverage::sampled);
  CHECK(holds.coverage_reason == "100 interleavings were drawn at random");
  CHECK(holds.counts == model::Counts::none);
  CHECK(holds.executions == 100);
  REQUIRE(holds.sampling.has_value());
  CHECK(holds.sampling->method == "uniform");
  CHECK(holds.sampling->runs == 100);
  CHECK(holds.sampling->violating == 0);
  // One of six that violates is passed by with (5/6)^100; and 0.95 = 1 - (1 - s)^100 for s = 1 - 0.05^(1/100).
  CHECK(holds.sampling->missed == doctest::Approx(std::pow(5.0 / 6, 100)));
  CHECK(holds.sampling->share_below == doctest::Approx(0.0295131));

  const auto violated = sampled(withdraw("naive"), SampleMethod::automatic, 100);
  CHECK(violated.outcome == Outcome::violated);
  CHECK(violated.coverage == Coverage::sampled);
  CHECK(violated.counterexample->invariant == "what was paid left the balance");
  CHECK(schedule_of(violated) == "1 2 2 1");  // the simplest of the four, which 100 runs all meet
  CHECK_FALSE(violated.counterexample->simplest);
  CHECK(violated.sampling->share_below == 1);
}

// --------------------------------------------------------------------------------------------------------- PCT

TEST_CASE("PCT: as often as it promises") {
  // Depth 1: one withdrawal after the other, as the priorities are.
  const auto serial = sampled(withdraw("naive"), SampleMethod::pct, 10'000, 1);
  CHECK(serial.outcome == Outcome::unknown);
  // Depth 2, four steps. Say A has the higher priority. If it is to fall before its first step, B comes first and then
  // A; before its second, A B B A, a lost update; if B is to fall after A has finished, A comes first and then B. So
  // one in four; promised is 1/(2 × 4).
  const auto one = sampled(withdraw("naive"), SampleMethod::pct, 10'000, 2);
  REQUIRE(one.sampling.has_value());
  CHECK(is_likely(10'000, 0.25, one.sampling->violating));
  CHECK(one.sampling->method == "PCT");
  CHECK(one.sampling->actors == 2);
  CHECK(one.sampling->steps == 4);
  CHECK(one.sampling->counted == 10'000);
  CHECK(schedule_of(one) == "1 2 2 1");
}

TEST_CASE("PCT: a bug of depth 3 needs two points of change") {
  // Each of two has a beginning, a look and an end, and both are to see the other one in the middle: A1 and B1 before
  // the looks B2 and A2, these before the ends A3 and B3.
  const auto turns = [](int own, int other, int target) {
    return [=](actor::Session& session) {
      session.sql("UPDATE counters SET n = 1 WHERE id = :id", {{"id", own}});
      session.sql("UPDATE counters SET n = (SELECT n FROM counters WHERE id = :other) WHERE id = :id",
                  {{"other", other}, {"id", target}});
      session.sql("UPDATE counters SET n = 2 WHERE id = :id", {{"id", own}});
      return actor::Response{"200"};
    };
  };
  const auto model = counters(4)
                         .finally("not both in the middle", "SELECT count(*) < 2 FROM counters WHERE id > 2 AND n = 1")
                         .request("turn", "(1)", turns(1, 2, 3), 1)
                         .request("turn", "(2)", turns(2, 1, 4), 1)
                         .build();
  // Say A has the higher priority. With one point of change A falls once, and is passed by all of B at once.
  CHECK(sampled(model, SampleMethod::pct, 10'000, 2).sampling->violating == 0);
  // With two: A1, A falls, B1 B2, B falls below A, A2 A3 B3. So A's point is 2, B's is 4, and B's must be the one that
  // leads to the lowest priority: one of 6 × 6. Promised is 1/(2 × 36).
  const auto found = sampled(model, SampleMethod::pct, 10'000, 3);
  CHECK(found.sampling->steps == 6);
  CHECK(is_likely(10'000, 1.0 / 36, found.sampling->violating));
}

TEST_CASE("PCT: what it may have missed") {
  CHECK(missed_by_pct(2, 4, 2, 1, 10) == doctest::Approx(std::pow(7.0 / 8, 10)));
  CHECK(missed_by_pct(3, 10, 3, 1, 1) == doctest::Approx(1 - 1.0 / 300));
  CHECK(missed_by_pct(3, 10, 3, 4, 1) == doctest::Approx(1 - 1.0 / 1'200));  // one of four outcomes may be needed
  CHECK(missed_by_pct(1, 9, 1, 1, 1) == 0);
  CHECK(missed_by_pct(2, 4, 2, 1, 0) == 1);
  const auto verdict = sampled(withdraw("row_lock"), SampleMethod::pct, 50, 2);
  // SELECT, UPDATE and COMMIT twice, and a wait: seven steps.
  CHECK(verdict.sampling->steps == 7);
  CHECK(verdict.sampling->missed == doctest::Approx(std::pow(1 - 1.0 / 14, 50)));
  CHECK(verdict.outcome == Outcome::unknown);
}

TEST_CASE("PCT: each fault of each actor comes when its own priority says, or never") {
  auto model = withdraw("naive");
  model.faults.crash = 1;
  Bench bench(model);
  const auto drawer = pct_drawer(bench.space, 2);
  drawer->expect(5);
  const auto seen = bench.draw(*drawer, 2'000);
  // Two actors, and a crash of each.
  CHECK(drawer->met().threads == 4);
  CHECK(drawer->met().choices == 1);
  CHECK(seen.contains("1 1 2 2"));
  CHECK(seen.contains("1 1!crash 2 2"));
  CHECK(seen.contains("1 2 2!crash 1"));
  // With retries there are five: an end before a retry has a priority, too.
  model.faults = {.retry = 1};
  Bench retries(model);
  const auto retrying = pct_drawer(retries.space, 2);
  retrying->expect(6);
  const auto tried = retries.draw(*retrying, 2'000);
  CHECK(retrying->met().threads == 5);
  CHECK(tried.contains("1 1 2 2"));
  CHECK(tried.contains("1 1 2 2 1!retry 1"));
}

TEST_CASE("PCT: outcomes of a call are drawn evenly, and what is promised allows for all of them") {
  const auto model = gap("scenario charges \"test\"" + std::string(bank) + R"(
request charge(amount) {
  variant only {
    call charged(amount) may ok, declined;
    respond 200;
  }
}
run charge(1) * 2
finally "nobody was charged twice" { SELECT count(*) < 3 FROM charged }
)");
  Bench bench(model);
  const auto drawer = pct_drawer(bench.space, 1);
  const auto seen = bench.draw(*drawer, 8'000);
  CHECK(seen.size() == 8);  // two orders, and two outcomes each
  CHECK(all_likely(seen, 8'000));
  CHECK(drawer->met().choices == 4);
  const auto verdict = sampled(model, SampleMethod::pct, 50, 1);
  CHECK(verdict.sampling->missed == doctest::Approx(std::pow(1 - 1.0 / (2 * 4), 50)));
}

TEST_CASE("PCT: whoever polls gives way") {
  const auto text = [](const std::string& act) {
    return R"(scenario polling "test"
database app postgres {
  CREATE TABLE flags (id int PRIMARY KEY, done boolean NOT NULL);
  INSERT INTO flags VALUES (1, false);
}
request act() { variant only { )" +
           act + R"( respond 200; } }
request poll() {
  variant only {
    retry on serialization_failure {
      let flag = SELECT done FROM flags WHERE id = 1;
      if not flag.done { again; }
    }
    respond 200;
  }
}
run act(), poll() * 2
finally "the test's" { SELECT bool_and(done) FROM flags }
)";
  };
  const auto ends = sampled(gap(text("UPDATE flags SET done = true WHERE id = 1;")), SampleMethod::automatic, 200);
  CHECK(ends.sampling->method == "PCT");  // a cycle has no number of ways
  CHECK(ends.outcome == Outcome::unknown);
  CHECK(ends.coverage_reason == "200 interleavings were drawn at random by PCT");
  // Where nobody does what they wait for, no interleaving ends.
  const auto endless = sampled(gap(text("UPDATE flags SET done = false WHERE id = 1;")), SampleMethod::pct, 3);
  CHECK(endless.outcome == Outcome::unknown);
  CHECK(endless.coverage_reason ==
        "3 interleavings were drawn at random by PCT, of which 3 had not ended after 3000 steps");
}

// -------------------------------------------------------------------------------------------------- remaining steps

TEST_CASE("remaining steps: uniform where requests have fixed lengths") {
  // 2 and 4 steps on rows of their own: 6!/(2! 4!) = 15 orders. The first run knows nothing yet.
  Bench bench(counters(2).request("count", "(1)", counts(1, 2), 1).request("count", "(2)", counts(2, 4), 1).build());
  const auto seen = bench.draw(*steps_drawer(), 15'000);
  CHECK(seen.size() == 15);
  CHECK(all_likely(seen, 15'000));
}

TEST_CASE("remaining steps: three alike, and what it says") {
  // 6!/(2!)^3 = 90 orders of three requests of two steps, with symmetry.
  Bench bench(counters(1).request("count", "(1)", counts(1, 2), 3).build());
  const auto seen = bench.draw(*steps_drawer(), 45'000);
  CHECK(seen.size() == 90);
  CHECK(all_likely(seen, 45'000));
  const auto verdict = sampled(withdraw("naive", 4), SampleMethod::steps, 100);
  CHECK(verdict.outcome == Outcome::violated);
  CHECK(verdict.sampling->method == "remaining steps");
  CHECK(verdict.sampling->missed == 1);
}

// ------------------------------------------------------------------------------------------------------- all

TEST_CASE("the same seed draws the same, another one something else") {
  for (const auto method : {SampleMethod::uniform, SampleMethod::pct, SampleMethod::steps}) {
    const auto violating = [&](std::uint64_t seed) {
      return sampled(withdraw("naive", 3), method, 1'000, 2, seed).sampling->violating;
    };
    CHECK(violating(1) == violating(1));
    CHECK((violating(1) != violating(2) || violating(1) != violating(3)));
  }
}

}  // namespace
}  // namespace gapless::explore
