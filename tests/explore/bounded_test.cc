// What is found with few switches, each with its derivation. Against every interleaving one by one:
// tests/agree/bounded_test.cc.
#include "explore/bounded.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;
using actor::Response;
using actor::Session;
using model::Builder;
using model::Coverage;
using model::Mode;
using model::Outcome;

model::Verdict bounded(const model::Model& model, std::uint32_t switches) {
  Limits limits;
  limits.switches = switches;
  return check_model(model, Mode::search, limits);
}

TEST_CASE("two naive withdrawals: the lost update takes two switches") {
  // Both must read before either writes. With one switch somebody is done before the other begins.
  const auto model = withdraw("naive");
  for (const std::uint32_t switches : {0U, 1U}) {
    const auto verdict = bounded(model, switches);
    CHECK(verdict.outcome == Outcome::unknown);
    CHECK(verdict.coverage == Coverage::bounded);
    CHECK(verdict.counts == model::Counts::none);
    CHECK_FALSE(verdict.counterexample.has_value());
  }
  CHECK(bounded(model, 0).coverage_reason == "only interleavings with at most 0 switches were covered");
  CHECK(bounded(model, 1).coverage_reason == "only interleavings with at most 1 switch were covered");
  // Without a switch: nothing done, one has read, one has written.
  CHECK(bounded(model, 0).states == 3);
  // With one: the second may take over after one step (he has read 100, then written 50), or after two (he has read 50,
  // then written 0): four more.
  CHECK(bounded(model, 1).states == 7);

  const auto two = bounded(model, 2);
  CHECK(two.outcome == Outcome::violated);
  CHECK(two.coverage == Coverage::bounded);
  CHECK(schedule_of(two) == "1 2 2 1");
  CHECK(two.counterexample->simplest);
}

TEST_CASE("a bound that leaves nothing out is none") {
  // Two requests of two steps on rows of their own. 1 2 1 2 has three switches; but where 1 2 1 leads, by two, 2 1 1
  // leads by one, so that with two switches every state is reached and every step out of it is taken.
  const auto model =
      counters(2).request("count", "(1)", counts(1, 2), 1).request("count", "(2)", counts(2, 2), 1).build();
  CHECK(bounded(model, 1).outcome == Outcome::unknown);
  CHECK(bounded(model, 1).coverage == Coverage::bounded);
  const auto two = bounded(model, 2);
  CHECK(two.outcome == Outcome::holds);
  CHECK(two.coverage == Coverage::exhaustive);
  CHECK(two.coverage_reason.empty());
  CHECK(two.states == 9);  // each has done 0 to 2 steps
}

TEST_CASE("a switch is between two actors, also where they are in the same local state") {
  // Three interchangeable requests of one step: any order has two switches.
  const auto build = [](const char* finally) {
    return counters(1).finally("the test's", finally).request("count", "(1)", counts(1, 1), 3).build();
  };
  const auto never = build("SELECT n <> 3 FROM counters");
  CHECK(bounded(never, 1).outcome == Outcome::unknown);
  CHECK(schedule_of(bounded(never, 2)) == "1 2 3");
  CHECK(bounded(build("SELECT n = 3 FROM counters"), 2).outcome == Outcome::holds);
}

// Statements one after another.
Builder::Handler statements(std::vector<std::string> sql) {
  return [sql = std::move(sql)](Session& session) {
    for (const auto& each : sql) session.sql(each);
    return Response{"200"};
  };
}

TEST_CASE("fewest steps within the bound, not of all") {
  // `alone` violates in its fourth step, by itself. `slow` and `quick` do in three steps, if `quick` comes between the
  // two of `slow`: two switches. The bound decides which is shown, and only the shorter one is the simplest of all.
  const auto model =
      counters(3)
          .always("n of 3 stays 0", "SELECT n = 0 FROM counters WHERE id = 3")
          .request("slow", "()",
                   statements({"UPDATE counters SET n = 1 WHERE id = 1",
                               "UPDATE counters SET n = (SELECT n FROM counters WHERE id = 2) "
                               "WHERE id = 3"}),
                   1)
          .request("quick", "()",
                   statements({"UPDATE counters SET n = (SELECT n FROM counters WHERE id = 1) "
                               "WHERE id = 2"}),
                   1)
          .request("alone", "()",
                   statements({"SELECT n FROM counters WHERE id = 1", "SELECT n FROM counters WHERE id = 1",
                               "SELECT n FROM counters WHERE id = 1", "UPDATE counters SET n = 9 WHERE id = 3"}),
                   1)
          .build();
  for (const std::uint32_t switches : {0U, 1U}) {
    const auto verdict = bounded(model, switches);
    CHECK(schedule_of(verdict) == "3 3 3 3");
    CHECK_FALSE(verdict.counterexample->simplest);
  }
  CHECK(schedule_of(bounded(model, 2)) == "1 2 1");
  CHECK(bounded(model, 2).counterexample->simplest);
  CHECK(schedule_of(verdict_of(model, Mode::search)) == "1 2 1");
}

TEST_CASE("what is reached once more, by more steps and fewer switches, is explored once more") {
  // `a` takes a step more if `b` has not begun when it looks. So both are done
  // - after a b a a b, five steps and three switches, the last one by b,
  // - and after a a a a b b, six steps and one switch, the last one by b, too: the same place.
  // Then each of the other two must step, a switch each. With three switches in all only the longer way will do.
  const auto a = [](Session& session) {
    session.sql("UPDATE counters SET n = 1 - (SELECT n FROM counters WHERE id = 1) WHERE id = 2");  // before b
    const auto begun = session.sql("SELECT n FROM counters WHERE id = 1").integer("n") == 1;
    if (!begun) session.sql("SELECT n FROM counters WHERE id = 1");
    session.sql("UPDATE counters SET n = 1 WHERE id = 4");
    return Response{"200"};
  };
  const auto model =
      counters(5)
          .always("not both come last", "SELECT n < 2 FROM counters WHERE id = 3")
          .request("a", "()", a, 1)
          .request("b", "()",
                   statements({"UPDATE counters SET n = 1 WHERE id = 1", "UPDATE counters SET n = 1 WHERE id = 5"}), 1)
          .request("last", "()",
                   statements({"UPDATE counters SET n = n + (SELECT min(n) FROM counters WHERE id <> 3) WHERE id = 3"}),
                   2)
          .build();
  CHECK(bounded(model, 2).outcome == Outcome::unknown);
  CHECK(schedule_of(bounded(model, 3)) == "1 1 1 1 2 2 3 4");
  CHECK_FALSE(bounded(model, 3).counterexample->simplest);
  CHECK(schedule_of(bounded(model, 4)) == "1 2 2 1 1 3 4");
  CHECK_FALSE(bounded(model, 4).counterexample->simplest);  // six steps with five switches are left out
  CHECK(schedule_of(bounded(model, 6)) == "1 2 2 1 1 3 4");
  CHECK(bounded(model, 6).counterexample->simplest);  // of seven steps no more are possible
}

TEST_CASE("where a request goes on for too long, what was found until then is shown") {
  // After three steps each the one takes a fourth, which is not allowed; the other one violates in its second step, if
  // two of the first one's came before: four steps in all, too. Whichever is looked at first.
  std::size_t found = 0;
  for (const bool first : {true, false}) {
    auto builder = counters(2);
    builder.always("less than two", "SELECT n < 2 FROM counters WHERE id = 2");
    const auto looks = statements({"SELECT n FROM counters WHERE id = 1",
                                   "UPDATE counters SET n = (SELECT n FROM counters WHERE id = 1) WHERE id = 2"});
    if (first) builder.request("looks", "()", looks, 1);
    builder.request("counts", "()", counts(1, 9), 1);
    if (!first) builder.request("looks", "()", looks, 1);
    Limits limits;
    limits.switches = 3;
    limits.steps_an_actor = 3;
    const auto verdict = check_model(builder.build(), Mode::search, limits);
    CHECK(verdict.coverage == Coverage::incomplete);
    CHECK(verdict.coverage_reason.find("takes more than 3 steps and may never end") != std::string::npos);
    found += verdict.outcome == Outcome::violated;
    if (verdict.counterexample) CHECK_FALSE(verdict.counterexample->simplest);
  }
  CHECK(found >= 1);
}

TEST_CASE("whether an interleaving never ends is said as without a bound") {
  const std::string polling = R"(scenario polling "test"
database app postgres {
  CREATE TABLE flags (id int PRIMARY KEY, done boolean NOT NULL);
  INSERT INTO flags VALUES (1, false);
}
request poll() {
  variant only {
    retry on serialization_failure {
      let flag = SELECT done FROM flags WHERE id = 1;
      if not flag.done { again; }
    }
    respond 200;
  }
}
run poll()
finally "the test's" { SELECT bool_and(done) FROM flags }
)";
  const auto verdict = bounded(gap(polling), 7);
  CHECK(verdict.outcome == Outcome::unknown);
  CHECK(verdict.coverage == Coverage::incomplete);
  CHECK(verdict.coverage_reason == verdict_of(gap(polling), Mode::search).coverage_reason);
}

TEST_CASE("`finally` is for those who have all finished, which takes a switch each") {
  // Twelve withdrawals: 1 2 2 1, and each of the other ten finds 50 and pays, or finds less.
  CHECK(bounded(withdraw("naive", 12), 11).outcome == Outcome::unknown);
  // After 1 2 2 1 the balance is 50; 3 reads and writes, and the other nine only read.
  const auto verdict = bounded(withdraw("naive", 12), 12);
  CHECK(verdict.outcome == Outcome::violated);
  CHECK(model::switches(verdict.counterexample->schedule) == 12);
}

}  // namespace
}  // namespace gapless::explore
