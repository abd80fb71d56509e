// Exact numbers of interleavings, each with its derivation.
#include "explore/census.h"

#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <string>

#include "base/natural.h"
#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;
using actor::Response;
using actor::Session;
using model::Builder;
using model::Mode;
using model::Model;
using model::Outcome;

// `requests` of `steps` autocommit steps, each on a row of its own: nothing waits, nothing merges.
Model separate_rows(int requests, int steps) {
  auto builder = counters(requests);
  for (int id = 1; id <= requests; ++id) {
    builder.request("count", "(" + std::to_string(id) + ")", counts(id, steps), 1);
  }
  return builder.build();
}

// The same on one row, by requests that are interchangeable.
Model one_row(std::size_t requests, int steps) {
  return counters(1).request("count", "(1)", counts(1, steps), requests).build();
}

TEST_CASE("requests on separate rows: all orders that keep each one's own") {
  // (k n)! / (k!)^n: 9!/6^3 = 362,880/216 and 12!/6^4 = 479,001,600/1,296.
  const auto three = verdict_of(separate_rows(3, 3), Mode::census);
  CHECK(counts_of(three) == "1680 of which 0");
  CHECK(three.outcome == Outcome::holds);
  CHECK(three.states == 4 * 4 * 4);        // each request has done 0 to 3 steps
  CHECK(three.transitions == 3 * 3 * 16);  // one of three takes one of its three steps, the others stand anywhere
  CHECK(counts_of(verdict_of(separate_rows(4, 3), Mode::census)) == "369600 of which 0");
  CHECK(counts_of(verdict_of(separate_rows(3, 3), Mode::enumerate)) == "1680 of which 0");
}

TEST_CASE("ten interchangeable requests of three steps") {
  const auto ten = verdict_of(one_row(10, 3), Mode::census);
  // 30!/6^10 = 265,252,859,812,191,058,636,308,480,000,000 / 60,466,176.
  CHECK(counts_of(ten) == "4386797336285844480000000 of which 0");
  // Ten on four places (0 to 3 steps done): C(13, 3). One of the three steps is taken, the other nine anywhere: 3 C(12,
  // 3).
  CHECK(ten.states == 286);
  CHECK(ten.transitions == 660);
  CHECK(ten.fiber_runs == 4);  // the role, and three edges
}

TEST_CASE("fifty requests of one step come in any order") {
  const auto fifty = verdict_of(one_row(50, 1), Mode::census);
  CHECK(fifty.interleavings == factorial(50));
  CHECK(fifty.violating == "0");
  CHECK(fifty.states == 51);
  CHECK(fifty.transitions == 50);
}

TEST_CASE("numbers beyond the range of long double") {
  // 2,000! is about 2^19,053, and long double ends at 2^16,384.
  const auto many = verdict_of(one_row(2000, 1), Mode::census);
  CHECK(many.interleavings == factorial(2000));
  CHECK(many.states == 2001);
}

TEST_CASE("violating interleavings are those with at least one violation, wherever it was") {
  // Two requests of two steps: 4!/(2!)^2 = 6 interleavings. The first requests' sum passes 1 on all of them, is 3
  // before the last step on all, and ends at 4.
  const auto with = [](const char* always, const char* finally) {
    auto builder = counters(1);
    if (always != nullptr) builder.always("always", always);
    if (finally != nullptr) builder.finally("finally", finally);
    return verdict_of(builder.request("count", "(1)", counts(1, 2), 2).build(), Mode::census);
  };
  CHECK(counts_of(with("SELECT n <> 3 FROM counters", nullptr)) == "6 of which 6");  // repaired by the end
  CHECK(counts_of(with("SELECT n <= 4 FROM counters", "SELECT n = 4 FROM counters")) == "6 of which 0");
  CHECK(counts_of(with(nullptr, "SELECT n = 3 FROM counters")) == "6 of which 6");
}

TEST_CASE("the design's check values") {
  CHECK(counts_of(verdict_of(withdraw("naive", 2), Mode::census)) == "6 of which 4");
  CHECK(counts_of(verdict_of(withdraw("naive", 3), Mode::census)) == "90 of which 84");
  CHECK(counts_of(verdict_of(withdraw("naive", 4), Mode::census)) == "2376 of which 2352");
  CHECK(counts_of(verdict_of(withdraw("naive", 5), Mode::census)) == "96600 of which 96480");
  CHECK(counts_of(verdict_of(withdraw("naive", 6), Mode::census)) == "5606640 of which 5605920");
  CHECK(counts_of(verdict_of(withdraw("row_lock", 2), Mode::census)) == "6 of which 0");
  CHECK(counts_of(verdict_of(withdraw("row_lock", 3), Mode::census)) == "102 of which 0");
  CHECK(counts_of(verdict_of(withdraw("row_lock", 4), Mode::census)) == "3072 of which 0");
  CHECK(counts_of(verdict_of(withdraw("row_lock", 5), Mode::census)) == "145080 of which 0");
  CHECK(schedule_of(verdict_of(withdraw("naive", 2), Mode::census)) == "1 2 2 1");
}

// ------------------------------------------------------------------------------------------------------ cycles

// Asks until another request has acted: a loop without a bound.
std::string polling(const std::string& finally) {
  return R"(scenario polling "test"
database app postgres {
  CREATE TABLE flags (id int PRIMARY KEY, done boolean NOT NULL);
  INSERT INTO flags VALUES (1, false);
}
request act() { variant only { UPDATE flags SET done = true WHERE id = 1; respond 200; } }
request poll() {
  variant only {
    retry on serialization_failure {
      let flag = SELECT done FROM flags WHERE id = 1;
      if not flag.done { again; }
    }
    respond 200;
  }
}
run act(), poll()
finally "the test's" { )" +
         finally + " }\n";
}

TEST_CASE("polling has no number of interleavings, but a verdict on all of them") {
  const auto holds = verdict_of(gap(polling("SELECT bool_and(done) FROM flags")), Mode::census);
  CHECK(holds.outcome == Outcome::holds);
  CHECK(holds.coverage == model::Coverage::exhaustive);
  CHECK(holds.counts == model::Counts::none);
  CHECK_FALSE(holds.interleavings.has_value());
  CHECK_FALSE(holds.violating.has_value());
  // Not done: poll has not begun, or polls (2 states, an edge between them and one to itself); done: the same two, and
  // finished. act steps from each of the first two; poll finishes from each of the next two.
  CHECK(holds.states == 5);
  CHECK(holds.transitions == 2 + 2 + 2);

  const auto violated = verdict_of(gap(polling("SELECT NOT bool_or(done) FROM flags")), Mode::census);
  CHECK(violated.outcome == Outcome::violated);
  CHECK(violated.coverage == model::Coverage::exhaustive);
  CHECK(counts_of(violated) == "? of which ?");
  CHECK(schedule_of(violated) == "1 2");  // act, and then poll finds it done
  CHECK(schedule_of(verdict_of(gap(polling("SELECT NOT bool_or(done) FROM flags")), Mode::search)) == "1 2");
}

// --------------------------------------------------------------------------------------------------- deadlocks

// Locks the row of `first` and then that of `second`, and commits in the same order.
Builder::HandlerOfSeveral lock_both(std::size_t first, std::size_t second) {
  return [first, second](std::span<Session> databases) {
    for (const auto database : {first, second}) {
      databases[database].begin();
      databases[database].sql("SELECT id FROM rows WHERE id = 1 FOR UPDATE");
    }
    for (const auto database : {first, second}) databases[database].commit();
    return Response{"200"};
  };
}

Builder several_databases(const std::vector<std::string>& names) {
  Builder builder("test.cc", "databases", "test");
  builder.variant("test", "");
  for (const auto& name : names) {
    builder.database(name, "CREATE TABLE rows (id int PRIMARY KEY); INSERT INTO rows VALUES (1);");
  }
  return builder;
}

TEST_CASE("a deadlock across two databases, which neither of them can see, is a violation of its own") {
  const Model model = several_databases({"left", "right"})
                          .request_of_several("there", "()", lock_both(0, 1), 1)
                          .request_of_several("back", "()", lock_both(1, 0), 1)
                          .build();
  // Say `there` steps first and locks left (the other half is the mirror image). Then
  // - `back` locks right: each can only start to wait for the other, in two orders, and then nobody can step: 2, both
  //   deadlocked;
  // - or `there` locks right as well: now it can only be followed by its two COMMITs, and `back` starts to wait for
  // right
  //   before, between or after (then without a wait) them, and does all the rest alone at the end: 3.
  // 2 * (2 + 3) = 10, of which 2 * 2 violate.
  for (const auto mode : {Mode::census, Mode::enumerate}) {
    const auto verdict = verdict_of(model, mode);
    CHECK(verdict.outcome == Outcome::violated);
    CHECK(counts_of(verdict) == "10 of which 4");
    CHECK(verdict.coverage == model::Coverage::exhaustive);
  }
  for (const auto mode : {Mode::census, Mode::search, Mode::enumerate}) {
    const auto verdict = verdict_of(model, mode);
    REQUIRE(verdict.counterexample.has_value());
    const auto& counterexample = *verdict.counterexample;
    CHECK(counterexample.invariant == "deadlock");
    // All four have four steps; 1 2 2 1 and 2 1 1 2 switch twice, 1 2 1 2 and 2 1 2 1 three times.
    CHECK(model::to_string(counterexample.schedule) == "1 2 2 1");
    CHECK(counterexample.simplest);
    CHECK(counterexample.execution.deadlocked);
    CHECK_FALSE(counterexample.execution.complete);
    CHECK(counterexample.execution.violated_at == 3);
    CHECK(counterexample.execution.steps[2].waits_for == std::vector<std::size_t>{1});
    CHECK(counterexample.execution.steps[3].waits_for == std::vector<std::size_t>{2});
  }
  // Everybody stuck, or everybody done; the databases are the same.
  CHECK(run_census(model, {}).final_states.size() == 2);
  CHECK(run_census(model, {}).final_states == run_enumerate(model, {}).final_states);
}

TEST_CASE("the same order everywhere cannot deadlock") {
  const Model model =
      several_databases({"left", "right"}).request_of_several("there", "()", lock_both(0, 1), 2).build();
  // The first to step locks left, and does right, COMMIT, COMMIT alone but for the other's first statement: that starts
  // to wait for left before right is locked, before or after the first COMMIT …
  // - started before right is locked, or before the COMMIT on left: 2 ways. The COMMIT on left lets it go on: it locks
  //   left, and then right before or after the other's COMMIT there (with a wait, or without): of the merged orders of
  //   the first's one COMMIT and the second's resume, right, COMMIT, COMMIT:
  //     the COMMIT comes first, or after the resume: 2; or after it started to wait for right: 1 (then it resumes). 3.
  // - started after the COMMIT on left: it locks left without a wait, and the rest is the same: 3.
  // 2 (who is first) * (2 * 3 + 3) = 18.
  const auto census = verdict_of(model, Mode::census);
  CHECK(census.outcome == Outcome::holds);
  CHECK(counts_of(census) == "18 of which 0");
  CHECK(counts_of(verdict_of(model, Mode::enumerate)) == "18 of which 0");
}

TEST_CASE("a ring of three databases, and interchangeable requests beside it") {
  auto builder = several_databases({"a", "b", "c"});
  for (std::size_t i = 0; i < 3; ++i) {
    builder.request_of_several("ring", "(" + std::to_string(i) + ")", lock_both(i, (i + 1) % 3), 1);
  }
  const Model ring = builder.build();
  const auto census = run_census(ring, {});
  const auto enumerate = run_enumerate(ring, {});
  CHECK(census.verdict.interleavings == enumerate.verdict.interleavings);
  CHECK(census.verdict.violating == enumerate.verdict.violating);
  CHECK(census.final_states == enumerate.final_states);
  // A deadlock is three locks and three waits. The locks come in 3! orders; of any two of them one is waited for by the
  // other's holder, who may start to wait before the third lock (then the other two waits follow in 2! orders) or after
  // it (3! orders): 3! * (2! + 3!) = 48. Whoever has both of his locks is done without anybody else, and the other two
  // make no ring.
  CHECK(census.verdict.violating == "48");

  // Two there and one back: of the three, one `there` and `back` may block each other, while the other `there` waits.
  const Model uneven = several_databases({"left", "right"})
                           .request_of_several("there", "()", lock_both(0, 1), 2)
                           .request_of_several("back", "()", lock_both(1, 0), 1)
                           .build();
  const auto merged = run_census(uneven, {});
  const auto listed = run_enumerate(uneven, {});
  CHECK(merged.verdict.interleavings == listed.verdict.interleavings);
  CHECK(merged.verdict.violating == listed.verdict.violating);
  CHECK(merged.verdict.violating != "0");
  CHECK(merged.final_states == listed.final_states);
}

TEST_CASE("a deadlock inside one database is broken, by either member") {
  const auto lock = [](int first, int second) {
    return [first, second](Session& session) {
      session.begin();
      session.sql("SELECT n FROM counters WHERE id = :id FOR UPDATE", {{"id", first}});
      session.sql("SELECT n FROM counters WHERE id = :id FOR UPDATE", {{"id", second}});
      session.commit();
      return Response{"200"};
    };
  };
  const auto build = [&](const char* finally) {
    auto builder = counters(2);
    if (finally != nullptr) builder.finally("nobody is a victim", finally);
    return builder.request("up", "()", lock(1, 2), 1).request("down", "()", lock(2, 1), 1).build();
  };
  // Say `up` locks 1 first (the other half is the mirror image). Then
  // - `down` locks 2; both start to wait, in two orders; either is the victim, after which the other resumes and
  //   commits: 2 * 2 = 4;
  // - or `up` locks 2 as well: `down` starts to wait before the COMMIT or comes after it: 2.
  // 2 * (4 + 2) = 12, of which 8 have a victim.
  const Model model = build(nullptr);
  for (const auto mode : {Mode::census, Mode::enumerate}) {
    CHECK(verdict_of(model, mode).outcome == Outcome::holds);
    CHECK(counts_of(verdict_of(model, mode)) == "12 of which 0");
  }
  // Nobody, up, or down: the responses tell them apart, the rows do not.
  CHECK(run_census(model, {}).final_states.size() == 3);
  CHECK(run_enumerate(model, {}).final_states == run_census(model, {}).final_states);

  const Model strict = build("SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status = 'deadlock_detected')");
  for (const auto mode : {Mode::census, Mode::search, Mode::enumerate}) {
    const auto verdict = verdict_of(strict, mode);
    if (mode != Mode::search) CHECK(counts_of(verdict) == "12 of which 8");
    // Seven steps in any case. Fewest switches: the one who waited last is the victim; then the other resumes and
    // commits.
    CHECK(schedule_of(verdict) == "1 2 2 1 1 2 2");
    CHECK(verdict.counterexample->invariant == "nobody is a victim");
  }
  // Only `up` is looked at: 4 of the 8. So both of them occur, equally often.
  const Model up =
      build("SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status = 'deadlock_detected' AND request = 'up')");
  CHECK(counts_of(verdict_of(up, Mode::census)) == "12 of which 4");
  CHECK(counts_of(verdict_of(up, Mode::enumerate)) == "12 of which 4");
}

TEST_CASE("a request without statements has no steps") {
  const auto nothing = [](Session& session) {
    session.effect("paid", {50});
    return Response{"204"};
  };
  const auto build = [&](const char* finally) {
    return counters(1)
        .ledger("paid", {"amount"})
        .request("nothing", "()", nothing, 2)
        .finally("the test's", finally)
        .request("count", "(1)", counts(1, 1), 1)
        .build();
  };
  // One step in all. The effects are there from the beginning, the responses, too.
  const auto verdict = verdict_of(
      build("SELECT (SELECT sum(amount) FROM paid) = 100 AND (SELECT count(*) FROM responses) = 3"), Mode::census);
  CHECK(verdict.outcome == Outcome::holds);
  CHECK(counts_of(verdict) == "1 of which 0");
  CHECK(verdict.states == 2);
  CHECK(schedule_of(verdict_of(build("SELECT count(*) = 1 FROM paid"), Mode::census)) == "3");
}

TEST_CASE("where nobody has a step there is one interleaving, without steps, which may violate, too") {
  const auto nothing = [](Session&) { return Response{"204"}; };
  const auto build = [&](const char* finally) {
    return counters(1).request("nothing", "()", nothing, 2).finally("the test's", finally).build();
  };
  for (const auto mode : {Mode::census, Mode::enumerate}) {
    CHECK(counts_of(verdict_of(build("SELECT count(*) = 2 FROM responses"), mode)) == "1 of which 0");
    const auto violated = verdict_of(build("SELECT count(*) = 1 FROM responses"), mode);
    CHECK(counts_of(violated) == "1 of which 1");
    CHECK(violated.outcome == Outcome::violated);
    REQUIRE(violated.counterexample.has_value());
    CHECK(violated.counterexample->schedule.steps.empty());
    CHECK(violated.counterexample->invariant == "the test's");
  }
}

// ------------------------------------------------------------------------------------------------------ primes

TEST_CASE("there are enough primes for a number, and hardly more") {
  const auto many = primes(400);
  for (int bits = 0; bits <= 20000; ++bits) {
    const auto count = primes_for(bits);
    long double product_bits = 0;
    for (std::size_t i = 0; i < count; ++i) product_bits += std::log2(static_cast<long double>(many[i].value()));
    if (product_bits <= bits) FAIL("too few primes for ", bits, " bits");
    if (product_bits > bits + 2 * 61) FAIL("too many primes for ", bits, " bits");
  }
  CHECK(primes_for(-1) == 1);  // of the number 0 the logarithm is none
}

TEST_CASE("one prime fewer than primes_for() is too few") {
  // 50! lies between 2^214 and 2^215.
  const auto count = primes_for(214.2L);
  CHECK(count == 4);
  const auto modulo = [](const std::vector<Prime>& moduli) {
    std::vector<std::uint64_t> residues;
    for (const auto& prime : moduli) {
      Wide residue = 1;
      for (unsigned i = 2; i <= 50; ++i) residue = prime.reduce(residue * i);
      residues.push_back(static_cast<std::uint64_t>(residue));
    }
    return from_residues(moduli, residues);
  };
  CHECK(modulo(primes(count)) == factorial(50));
  CHECK(modulo(primes(count - 1)) != factorial(50));
}

}  // namespace
}  // namespace gapless::explore
