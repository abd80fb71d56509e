#include "explore/properties.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/source.h"
#include "store/prepare.h"
#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;
using actor::Response;
using actor::Session;
using model::Mode;
using Moment = Properties::When;

// An invariant of the bank; the query begins in line 9, column 23.
model::Model with_invariant(const std::string& query, const char* kind = "always ") {
  return gap("scenario test \"test\"" + std::string(bank) +  // lines 1 to 5, and the empty 6
             "request pay(amount) { variant only {\n"
             "  UPDATE users SET balance = balance - :amount WHERE id = 1; effect paid(amount); } }\n"
             "run pay(50) * 2\n" +
             kind + "\"the test's\" { " + query + " }\n");
}

// "9:23 message" of the ModelError that judging the initial state raises.
std::string mistake(const model::Model& model) {
  const Successors successors(model);
  const Properties properties(model);
  try {
    const bool at_end = model.properties.front().kind == model::PropertyKind::finally;
    const auto violated =
        properties.first_violated(at_end ? Moment::end : Moment::step, successors.initial_world(), {});
    return violated ? "violated" : "holds";
  } catch (const ModelError& error) {
    const auto& diagnostic = error.diagnostic();
    return std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + " " + diagnostic.message;
  }
}

Successors::Companions with_effects(std::vector<actor::Effect> effects) {
  Successors::Companions companions;
  companions.effects = std::move(effects);
  return companions;
}

TEST_CASE("an invariant holds or is violated") {
  CHECK(mistake(with_invariant("SELECT min(balance) >= 0 FROM users")) == "holds");
  CHECK(mistake(with_invariant("SELECT min(balance) > 100 FROM users")) == "violated");
}

TEST_CASE("an invariant that is neither true nor false is the modeller's mistake, with its place") {
  CHECK(mistake(with_invariant("SELECT sum(amount) >= 0 FROM paid")) ==
        "9:23 the invariant \"the test's\" yields NULL, which is neither true nor false: use coalesce where a sum, a "
        "minimum or a row may be absent");
  CHECK(mistake(with_invariant("SELECT balance >= 0 FROM users WHERE id = 99")) ==
        "9:23 the invariant \"the test's\" yields 0 rows; it must yield exactly one (use count(*) or EXISTS)");
  CHECK(mistake(with_invariant("SELECT 1 / (balance - 100) > 0 FROM users")) ==
        "9:23 the invariant \"the test's\" fails with division_by_zero: division by zero");
}

TEST_CASE("a ledger's values have any type: what is no boolean shows only with the value at hand") {
  auto builder = counters(1);
  builder.ledger("paid", {"amount"})
      .request(
          "nothing", "()",
          [](Session& session) {
            session.effect("paid", {50});
            return Response{"200"};
          },
          1);
  const auto one = builder.always("the test's", "SELECT amount FROM paid").build();
  CHECK(mistake(one) == "1:1 the invariant \"the test's\" yields 50; it must yield a boolean");
  builder.request(
      "nothing", "(2)",
      [](Session& session) {
        session.effect("paid", {true});
        return Response{"200"};
      },
      1);
  CHECK(mistake(builder.build()) ==
        "1:1 the invariant \"the test's\" yields 2 rows; it must yield exactly one (use count(*) or EXISTS)");
}

TEST_CASE("every engine passes the mistake on") {
  // NULL after every step.
  const auto model = with_invariant("SELECT sum(amount) < 100 FROM paid WHERE amount > 50");
  for (const auto mode : {Mode::census, Mode::search, Mode::enumerate}) {
    CHECK_THROWS_AS(verdict_of(model, mode), ModelError);
  }
}

TEST_CASE("the first that is violated, in the model's order, and of the kind that is asked for") {
  auto builder = counters(1);
  builder.request("count", "()", counts(1, 1), 1)
      .finally("f0", "SELECT n = 0 FROM counters")
      .always("a1", "SELECT n = 0 FROM counters")
      .always("a2", "SELECT n = 1 FROM counters")
      .finally("f3", "SELECT n = 7 FROM counters")
      .always("a4", "SELECT n = 7 FROM counters");
  const auto model = builder.build();
  const Successors successors(model);
  const Properties properties(model);
  const auto world = successors.initial_world();
  CHECK(properties.first_violated(Moment::step, world, {}) == 2U);
  CHECK(properties.first_violated(Moment::end, world, {}) == 3U);
}

TEST_CASE("only what is committed is seen, the ledger, and the responses that are given") {
  const auto model =
      counters(1)
          .ledger("paid", {"amount"})
          .request("count", "()", counts(1, 1), 1)
          .always("counter", "SELECT n = 0 FROM counters")
          .always("ledger", "SELECT count(*) = 0 FROM paid")
          .always(
              "responses",
              "SELECT count(*) = 0 OR bool_and(status = '200' AND status = 200 AND request = 'count' AND actor = 1) "
              "FROM responses")
          .build();
  const Successors successors(model);
  const Properties properties(model);
  store::Operation update;
  update.statement = store::prepare("UPDATE counters SET n = 1", model.databases[0].catalog, "test");
  update.begins = true;
  auto open = successors.perform(successors.initial_world(), successors.initial_sessions(), update, Way::start);
  CHECK_FALSE(properties.first_violated(Moment::step, open.world, {}).has_value());
  const Actors finished = {{{1, "count", "200"}}, {}};
  CHECK_FALSE(properties.first_violated(Moment::step, open.world, finished).has_value());
  const Actors failed = {{{1, "count", "unique_violation"}}, {}};
  CHECK(properties.first_violated(Moment::step, open.world, failed) == 2U);
  successors.settle(open, with_effects({{"paid", {1}}}));
  CHECK(properties.first_violated(Moment::step, open.world, {}) == 1U);
}

// --------------------------------------------------------------------------------------------------- responses

TEST_CASE("whether invariants of a kind read the responses") {
  const auto reads = [](const char* query, Moment moment) {
    auto builder = counters(1);
    builder.request("count", "()", counts(1, 1), 1).always("the test's", query);
    const auto model = builder.build();
    return Properties(model).reads_actors(moment);
  };
  const auto always = Moment::step;
  CHECK_FALSE(reads("SELECT min(n) >= 0 FROM counters", always));
  CHECK(reads("SELECT count(*) >= 0 FROM responses", always));
  CHECK(reads("SELECT count(*) >= 0 FROM sections", always));
  CHECK_FALSE(reads("SELECT count(*) >= 0 FROM responses", Moment::end));
  CHECK(reads("SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status = 500)", always));
  CHECK(reads("SELECT min(n) >= 0 FROM counters WHERE n < (SELECT count(*) FROM responses)", always));
  CHECK(reads("SELECT count(*) >= 0 FROM counters c JOIN responses r ON c.id = r.actor", always));
  CHECK(reads("SELECT count(*) >= 0 FROM (SELECT status FROM responses) r", always));
}

TEST_CASE("whether an invariant tells actors apart") {
  const auto names = [](const char* query) {
    auto builder = counters(1);
    builder.ledger("paid", {"actor"}).request("count", "()", counts(1, 1), 1).finally("the test's", query);
    return names_actors(builder.build());
  };
  CHECK_FALSE(names("SELECT count(*) = 1 FROM responses WHERE status = 200"));
  CHECK_FALSE(names("SELECT count(*) = 0 FROM paid WHERE actor = 1"));  // not that one's actor
  CHECK(names("SELECT count(*) = 1 FROM responses WHERE actor = 1"));
  CHECK(names("SELECT NOT EXISTS (SELECT 1 FROM responses r WHERE r.actor > 1)"));
  CHECK(names("SELECT max(actor) = 1 FROM responses"));
  CHECK(names("SELECT (SELECT status FROM responses ORDER BY actor LIMIT 1) = '200'"));
  CHECK(names("SELECT count(*) = 0 FROM responses a JOIN responses b ON a.actor < b.actor"));
  CHECK(names("SELECT count(*) = 1 FROM (SELECT * FROM responses) r"));
  CHECK(names("SELECT count(*) = 0 FROM (SELECT status FROM responses GROUP BY status, actor) r"));
  CHECK(names("SELECT bool_and(status = 200) FROM responses HAVING max(actor) = 1"));
  CHECK(names("SELECT 1 IN (SELECT actor FROM responses)"));
  CHECK(names("SELECT count(*) = 0 FROM (SELECT 1 AS n UNION ALL SELECT actor FROM responses) r"));
}

TEST_CASE("where an invariant tells actors apart, symmetry is off, and counts are right") {
  // One of n gets the 50; actor 1 is refused unless he is the first of n! orders.
  const auto build = [](const char* finally, std::size_t actors) {
    return model::Builder("test.cc", "test", "test")
        .variant("test", "")
        .database("bank",
                  "CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL); INSERT INTO users VALUES (1, 50);")
        .request(
            "withdraw", "(50)",
            [](Session& session) {
              const auto done = session.sql("UPDATE users SET balance = balance - 50 WHERE id = 1 AND balance >= 50");
              return Response{done.count() == 0 ? "400" : "200"};
            },
            actors)
        .finally("the test's", finally)
        .build();
  };
  const char* const one_is_paid = "SELECT count(*) = 1 FROM responses WHERE actor = 1 AND status = 200";
  for (const auto mode : {Mode::census, Mode::enumerate}) {
    CHECK(counts_of(verdict_of(build(one_is_paid, 2), mode)) == "2 of which 1");
    CHECK(counts_of(verdict_of(build(one_is_paid, 3), mode)) == "6 of which 4");    // 3! - 2!
    CHECK(counts_of(verdict_of(build(one_is_paid, 4), mode)) == "24 of which 18");  // 4! - 3!
  }
  const auto apart = verdict_of(build(one_is_paid, 3), Mode::census);
  CHECK(schedule_of(apart) == "2 1 3");
  CHECK(schedule_of(verdict_of(build(one_is_paid, 3), Mode::search)) == "2 1 3");
  // Who has stepped, and who was the first: nobody, 3, 2 * 3, 3.
  CHECK(apart.states == 1 + 3 + 6 + 3);
  REQUIRE(apart.warnings.size() == 1);
  CHECK(apart.warnings[0].find("symmetry is off") != std::string::npos);

  const auto together = verdict_of(build("SELECT count(*) = 1 FROM responses WHERE status = 200", 3), Mode::census);
  CHECK(together.outcome == model::Outcome::holds);
  CHECK(together.states == 4);
  CHECK(together.warnings.empty());
}

}  // namespace
}  // namespace gapless::explore
