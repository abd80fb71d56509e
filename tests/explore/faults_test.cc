// Steps that no request takes by itself: faults, obligations, what happens to the world. Each count shows how it comes
// about; census, search and enumerate agree on all of them.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actor/session.h"
#include "explore/engines.h"
#include "explore/explore.h"
#include "model/builder.h"
#include "store/prepare.h"

namespace gapless::explore {
namespace {

using actor::Context;
using actor::Response;
using store::Operation;
using Kind = Operation::Kind;

// Two counters, a ledger `paid(n)`, a Redis database; programs that speak to the Context themselves.
class Town {
 public:
  Town() {
    model::Builder builder("test.cc", "town", "test");
    builder.variant("test", "")
        .database("store",
                  "CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL);"
                  "INSERT INTO counters VALUES (1, 0), (2, 0);")
        .ledger("paid", {"n"});
    model_ = builder.build();
    model_.keyvalues.push_back({"cache", {}, {}, {}});
  }

  model::Model& model() { return model_; }

  // `times` actors of a role.
  Town& run(const std::string& request, actor::Program program, std::size_t times = 1) {
    model::Role role;
    role.request = request;
    role.arguments = "()";
    role.program = std::move(program);
    model_.roles.push_back(std::move(role));
    model_.actors.insert(model_.actors.end(), times, model_.roles.size() - 1);
    return *this;
  }
  Town& always(const std::string& title, const std::string& query) {
    return invariant(model::PropertyKind::always, title, query);
  }
  Town& finally(const std::string& title, const std::string& query) {
    return invariant(model::PropertyKind::finally, title, query);
  }
  Town& history(const std::string& title, const std::string& query) {
    model_.has_history = true;
    return invariant(model::PropertyKind::history, title, query);
  }

  Operation sql(const std::string& text) const {
    Operation operation;
    operation.statement = store::prepare(text, model_.databases[0].catalog, "test");
    return operation;
  }

 private:
  Town& invariant(model::PropertyKind kind, const std::string& title, const std::string& query) {
    model_.view =
        model::view_catalog(model_.databases, model_.keyvalues, model_.documents, model_.ledgers, model_.has_history);
    model_.properties.push_back({kind, title, store::prepare(query, model_.view, "test")});
    return *this;
  }

  model::Model model_;
};

Operation redis(std::vector<std::string> words) {
  Operation operation;
  operation.kind = Kind::command;
  operation.commands = {std::move(words)};
  return operation;
}

Operation call(std::vector<std::string> outcomes, sql::Value key = {}) {
  Operation operation;
  operation.kind = Kind::call;
  operation.call = "paid";
  operation.arguments = {1};
  operation.outcomes = std::move(outcomes);
  operation.key = std::move(key);
  return operation;
}

// Performs these one after the other and responds 200.
actor::Program steps(std::vector<Operation> operations) {
  return [operations = std::move(operations)](Context& context) {
    for (const auto& operation : operations) context.perform(operation, "");
    return Response{"200"};
  };
}

std::string text(const Found& found) {
  const auto& verdict = found.verdict;
  return verdict.interleavings.value_or("?") + " of which " + verdict.violating.value_or("?") + " " +
         (verdict.counterexample ? model::to_string(verdict.counterexample->schedule) : "none");
}

// What all three engines say, if they say the same.
std::string said_of(const model::Model& model) {
  const Limits limits;
  const auto census = run_census(model, limits);
  const auto enumerate = run_enumerate(model, limits);
  const auto search = run_search(model, limits);
  CHECK(text(census) == text(enumerate));
  CHECK(census.final_states == enumerate.final_states);
  CHECK(census.verdict.outcome == enumerate.verdict.outcome);
  CHECK(search.verdict.outcome == enumerate.verdict.outcome);
  if (const auto& found = enumerate.verdict.counterexample) {
    REQUIRE(search.verdict.counterexample);
    CHECK(search.verdict.counterexample->schedule == found->schedule);
    std::string reason;
    const auto execution = replay(model, found->schedule, reason);
    REQUIRE_MESSAGE(execution, reason);
    CHECK_FALSE(execution->violated.empty());
  }
  return text(census);
}

// A job; what it does at any time, and at the end.
void run_job(Town& town, actor::Program early, actor::Program last) {
  town.run("sweep", std::move(early));
  auto& role = town.model().roles.back();
  role.job = true;
  role.again = [last = std::move(last)] {
    model::Role last_run;
    last_run.request = "sweep";
    last_run.arguments = "() last run";
    last_run.program = last;
    return last_run;
  };
}

const char* const add_one = "UPDATE counters SET n = n + 1 WHERE id = 1";
const char* const add_two = "UPDATE counters SET n = n + 1 WHERE id = 2";

// ------------------------------------------------------------------------------------------------------ crash

TEST_CASE("a crash comes after the first step and before the last") {
  Town town;
  town.run("two", steps({town.sql(add_one), town.sql(add_one)}));
  CHECK(said_of(town.model()) == "1 of which 0 none");
  town.model().faults.crash = 1;
  CHECK(said_of(town.model()) == "2 of which 0 none");  // 1 1, and 1 1!crash
  town.finally("both steps were taken", "SELECT n = 2 FROM counters WHERE id = 1");
  CHECK(said_of(town.model()) == "2 of which 1 1 1!crash");
}

TEST_CASE("of two actors one may crash, not both") {
  Town town;
  town.run("two", steps({town.sql(add_one), town.sql(add_one)}))
      .run("other", steps({town.sql(add_two), town.sql(add_two)}));
  town.model().faults.crash = 1;
  // Nobody crashes: 4!/(2! 2!) = 6. One does, as its second step: as many for each of the two.
  CHECK(said_of(town.model()) == "18 of which 0 none");
  town.model().faults.crash = 2;
  CHECK(said_of(town.model()) == "24 of which 0 none");
}

TEST_CASE("a crash rolls back and lets go of locks; what has happened in the world stays") {
  Town town;
  auto begin = town.sql(add_one);
  begin.begins = true;
  const auto commit = town.sql("COMMIT");
  town.run(
      "pay",
      [begin, commit](Context& context) {
        context.perform(begin, "");
        context.effect({"paid", {1}});
        context.perform(commit, "");
        return Response{"200"};
      },
      2);
  // Each of the two holds the row from its first step to its second. A second one that comes in between starts to wait
  // and goes on: 1 1 2 2 and 1 2 1 2 2, and the same with 2 first: 4.
  CHECK(said_of(town.model()) == "4 of which 0 none");
  town.model().faults.crash = 1;
  town.finally("what was paid was counted",
               "SELECT (SELECT n FROM counters WHERE id = 1) = (SELECT count(*) FROM paid)");
  // With one crash, the first to hold the row ("a") against the other ("b"):
  //   a! after its update: a a! b b; a b a! b b (b waits, a's end wakes it)              2
  //   b! after its update: a a b b!; a b a b b!                                          2
  //   b! while it waits:   a b b! a                                                      1
  //   b! woken, before it goes on: a b a b!                                              1
  // twice for who is first: 12. Of these the two with b! before its update leave n = paid = 1.
  CHECK(said_of(town.model()) == "16 of which 8 1 1 2 2!crash");
}

TEST_CASE("a crash in the middle of a wait leaves the queue of an advisory lock") {
  Town town;
  auto lock = town.sql("SELECT pg_advisory_lock(7)");
  const auto unlock = town.sql("SELECT pg_advisory_unlock(7)");
  town.run("lock", steps({lock, unlock}), 2);
  town.model().faults.crash = 1;
  // a a b b; a b a b b | a! : a a! b b; a b a! b b | b! : a a b b!; a b a b b!; a b b! a; a b a b! | twice.
  CHECK(said_of(town.model()) == "16 of which 0 none");
}

// ------------------------------------------------------------------------------------------- again, and twice

TEST_CASE("a request may be sent again when it has ended, and when it has crashed") {
  Town town;
  town.run("one", steps({town.sql(add_one)}));
  town.model().faults.retry = 1;
  CHECK(said_of(town.model()) == "2 of which 0 none");  // 1; 1 1!retry 1
  town.finally("counted once", "SELECT n = 1 FROM counters WHERE id = 1");
  CHECK(said_of(town.model()) == "2 of which 1 1 1!retry 1");

  Town two;
  two.run("two", steps({two.sql(add_one), two.sql(add_one)}));
  two.model().faults = {1, 1, 0};
  // 1 1 | with a retry behind it: r 1 1, r 1 ! | 1 ! | r 1 1 behind the crash: 1 + 2 + 1 + 1.
  CHECK(said_of(two.model()) == "5 of which 0 none");
}

TEST_CASE("another attempt may be another role") {
  Town town;
  const auto insert = [&](int attempt) {
    return steps({town.sql("UPDATE counters SET n = " + std::to_string(attempt) + " WHERE id = 1")});
  };
  town.run("one", insert(1));
  town.model().roles[0].again = [second = insert(2)] {
    model::Role role;
    role.request = "one";
    role.arguments = "() attempt 2";
    role.program = second;
    return role;
  };
  town.model().faults.retry = 2;
  town.always("first attempt", "SELECT n < 2 FROM counters WHERE id = 1");
  CHECK(said_of(town.model()) == "3 of which 2 1 1!retry 1");
}

TEST_CASE("a request that is received twice is played by another actor, too") {
  Town town;
  town.run("one", steps({town.sql(add_one)}));
  town.model().faults.duplicate = 1;
  CHECK(said_of(town.model()) == "3 of which 0 none");  // 1; 1!duplicate 1 2; 1!duplicate 2 1
  town.finally("counted once", "SELECT n = 1 FROM counters WHERE id = 1");
  CHECK(said_of(town.model()) == "3 of which 2 1!duplicate 1 2");
}

TEST_CASE("a message is delivered until it is accepted") {
  Town town;
  const auto count = town.sql("UPDATE counters SET n = n + 1 WHERE id = 1 RETURNING n");
  town.run("webhook", [count](Context& context) {
    const auto seen = context.perform(count, "");
    return Response{std::get<std::int32_t>(seen.rows.front().front()) < 3 ? "500" : "200"};
  });
  town.model().roles[0].until = "200";
  town.finally("three deliveries", "SELECT n = 3 FROM counters WHERE id = 1");
  CHECK(said_of(town.model()) == "1 of which 0 none");  // 1 1!redeliver 1 1!redeliver 1
  town.model().faults.crash = 1;                        // no crash: each delivery has but one step
  CHECK(said_of(town.model()) == "1 of which 0 none");
}

TEST_CASE("a message that is never accepted is no proof of anything") {
  Town town;
  town.run("webhook", [none = town.sql("SELECT 1")](Context& context) {
    context.perform(none, "");
    return Response{"500"};
  });
  town.model().roles[0].until = "2xx";
  const auto verdict = check_model(town.model(), model::Mode::census, {});
  CHECK(verdict.outcome == model::Outcome::unknown);
  CHECK(verdict.coverage == model::Coverage::incomplete);
  CHECK(verdict.coverage_reason ==
        "some interleavings never end: webhook() is delivered again and again and is never accepted");
}

TEST_CASE("a message is an actor that comes into being") {
  Town town;
  Operation send;
  send.kind = Kind::send;
  send.call = "webhook";
  send.arguments = {2};
  const auto count = town.sql(add_two);
  town.model().messages["webhook"] = [count](const std::vector<sql::Value>& arguments) {
    model::Role role;
    role.request = "webhook";
    role.arguments = "(" + sql::to_sql(arguments.at(0)) + ")";
    role.program = steps({count});
    role.until = "2xx";
    return role;
  };
  town.run("order", steps({send, town.sql(add_one)}));
  town.finally("both", "SELECT sum(n) = 2 FROM counters");
  CHECK(said_of(town.model()) == "2 of which 0 none");  // 1 1 2; 1 2 1
  // Two orders of two steps each (the first of which sends): the sum over orders of s a s' a' with the two messages.
  // Words of six letters with s1 < a1, s1 < m1, s2 < a2, s2 < m2: 6! · (1/3)^2 = 80.
  Town two;
  two.model().messages = town.model().messages;
  two.run("order", steps({send, two.sql(add_one)}), 2);
  CHECK(said_of(two.model()) == "80 of which 0 none");
}

TEST_CASE("a job runs once at any time, and once more when all is over") {
  Town town;
  town.run("request", steps({town.sql(add_one)}));
  const auto copy = steps({town.sql("UPDATE counters SET n = (SELECT n FROM counters WHERE id = 1) WHERE id = 2")});
  run_job(town, copy, copy);
  town.finally("the sweep saw it", "SELECT count(DISTINCT n) = 1 FROM counters");
  CHECK(said_of(town.model()) == "2 of which 0 none");  // 1 2 2!last_run 2; 2 1 2!last_run 2
  // A crash of the job needs two steps.
  town.model().faults.crash = 1;
  CHECK(said_of(town.model()) == "2 of which 0 none");
  // A retry comes before the last run: 1 r 1 2, 1 r 2 1, 1 2 r 1, 2 1 r 1 beside the two, each with the last run
  // behind.
  town.model().faults = {0, 1, 0};
  CHECK(said_of(town.model()) == "6 of which 0 none");
}

TEST_CASE("a last run that crashes is run again; a job is neither sent again nor received twice") {
  Town town;
  town.run("request", steps({town.sql(add_one)}));
  const auto two = steps({town.sql(add_two), town.sql(add_two)});
  const auto last = steps({town.sql(add_two), town.sql("UPDATE counters SET n = 7 WHERE id = 2")});
  run_job(town, two, last);
  town.finally("the last run went through", "SELECT n = 7 FROM counters WHERE id = 2");
  // The request's step has three places among the job's two. The early run crashes (2 2! in 2 places of the request's
  // step behind the first, 1 in front: 3 orders of 1, 2, 2!), or the last one does.
  town.model().faults.crash = 1;
  CHECK(said_of(town.model()) == "9 of which 0 none");  // 3 + 3 + 3
  town.model().faults = {0, 0, 1};
  // The request is received twice: d in front of both of its steps, the job's two in order: 5!/(…) = C(5, 2) · 2 = 20,
  // beside the 3 without.
  CHECK(said_of(town.model()) == "23 of which 0 none");
  Town jobs;
  jobs.run("sweep", two);
  jobs.model().roles = town.model().roles;
  jobs.model().actors = {1};
  jobs.model().faults = {0, 1, 1};
  CHECK(said_of(jobs.model()) == "1 of which 0 none");  // the job is not
}

TEST_CASE("what is in flight when a call is settled as not done was never there") {
  Town town;
  town.run("pay", steps({call({"pending"}, std::string("k1"))}));
  town.model().faults.retry = 1;
  town.finally("paid once", "SELECT count(*) = 1 FROM paid");
  // p: pending, d/n: settled as done or not, r: sent again, told what is known of the key: unknown (u), ok (o), or, if
  // it was not done, pending anew (p):
  // p d; p n | p r u d; p r u n | p d r o | p r d o | p r n p d; p r n p n | p n r p d; p n r p n: 10, violated where
  // the last settlement is n.
  CHECK(said_of(town.model()).substr(0, 13) == "10 of which 4");
}

TEST_CASE("a key that is used for something else is refused") {
  Town town;
  auto other = call({"ok"}, std::string("k1"));
  other.arguments = {2};
  const auto first = call({"ok"}, std::string("k1"));
  town.run("pay", [first, other](Context& context) {
    context.perform(first, "");
    return Response{std::get<std::string>(context.perform(other, "").rows.front().front())};
  });
  town.finally("refused", "SELECT count(*) = 1 FROM responses WHERE status = 'key_reused'");
  town.finally("paid once", "SELECT sum(n) = 1 FROM paid");
  CHECK(said_of(town.model()) == "1 of which 0 none");
}

TEST_CASE("what never arrived the provider does not remember") {
  Town town;
  town.run("pay", steps({call({"lost_not_done"}, std::string("k1"))}));
  town.model().faults.retry = 1;
  const auto again = steps({call({"ok"}, std::string("k1"))});
  town.model().roles[0].again = [again] {
    model::Role role;
    role.request = "pay";
    role.arguments = "() attempt 2";
    role.program = again;
    return role;
  };
  town.always("never paid", "SELECT count(*) = 0 FROM paid");
  CHECK(said_of(town.model()) == "2 of which 1 1:lost_not_done 1!retry 1");
}

TEST_CASE("who has finished lets go of application locks") {
  Town town;
  model::Database locks;
  locks.name = "locks";
  locks.kind = model::Database::Kind::locks;
  town.model().databases.push_back(locks);
  auto acquire = town.sql("SELECT pg_advisory_lock(7)");
  acquire.database = 1;
  acquire.shown = "acquire desk()";
  town.run("hold", steps({acquire, town.sql(add_one)}), 2);
  // a a b b; a b(waits) a b(goes on) b; and the same with b first.
  CHECK(said_of(town.model()) == "4 of which 0 none");
}

// -------------------------------------------------------------------------------------- somebody else's server

TEST_CASE("each outcome of a call is a step of its own") {
  Town town;
  const auto pay = call({"ok", "declined", "lost_done", "lost_not_done"});
  town.run("pay", [pay](Context& context) {
    return Response{std::get<std::string>(context.perform(pay, "").rows.front().front())};
  });
  town.finally("paid if and only if it says so",
               "SELECT (SELECT count(*) FROM paid) = (SELECT count(*) FROM responses WHERE status = 'ok')");
  CHECK(said_of(town.model()) == "4 of which 1 1:lost_done");
  town.finally("the caller always knows", "SELECT count(*) = 0 FROM responses WHERE status = 'unknown'");
  CHECK(said_of(town.model()) == "4 of which 2 1:lost_done");
}

TEST_CASE("what is pending is settled before the end") {
  Town town;
  town.run("pay", steps({call({"pending"}), town.sql(add_one)}));
  // 1:pending, then 1 and the settlement in either order, done or not.
  CHECK(said_of(town.model()) == "4 of which 0 none");
  town.finally("nothing was paid", "SELECT count(*) = 0 FROM paid");
  CHECK(said_of(town.model()) == "4 of which 2 1:pending 1 settle(paid(1)):done");
}

TEST_CASE("a provider that honours idempotency keys does a thing once") {
  Town town;
  town.run("pay", steps({call({"lost_done"}, std::string("k1"))}));
  town.model().faults.retry = 1;
  town.finally("paid at most once", "SELECT count(*) <= 1 FROM paid");
  // 1:lost_done; 1:lost_done 1!retry 1, which is told what the first came to.
  CHECK(said_of(town.model()) == "2 of which 0 none");
  Town without;
  without.run("pay", steps({call({"lost_done"})}));
  without.model().faults.retry = 1;
  without.finally("paid at most once", "SELECT count(*) <= 1 FROM paid");
  CHECK(said_of(without.model()) == "2 of which 1 1:lost_done 1!retry 1:lost_done");
  Town pruned;
  auto forgetful = call({"lost_done"}, std::string("k1"));
  forgetful.forgets = true;
  pruned.run("pay", steps({forgetful}));
  pruned.model().faults.retry = 1;
  pruned.finally("paid at most once", "SELECT count(*) <= 1 FROM paid");
  // f is the pruning: 1 f; 1 r 1 f; 1 r f 1 f (paid again); 1 f r 1 f (paid again).
  CHECK(said_of(pruned.model()) == "4 of which 2 1:lost_done forget(paid k1) 1!retry 1:lost_done forget(paid k1)");
}

// --------------------------------------------------------------------------------------------- what just happens

TEST_CASE("a key with a time to live expires at any time after it was set") {
  Town town;
  town.run("lock", steps({redis({"SET", "k", "v", "NX", "EX", "10"}), redis({"DEL", "k"})}));
  CHECK(said_of(town.model()) == "2 of which 0 none");  // 1 1; 1 expire(k) 1
  town.finally("nothing is left", "SELECT count(*) = 0 FROM cache");
  CHECK(said_of(town.model()) == "2 of which 0 none");
  Town kept;
  kept.run("lock", steps({redis({"SET", "k", "v", "EX", "10"})}));
  kept.finally("nothing is left", "SELECT count(*) = 0 FROM cache");
  CHECK(said_of(kept.model()) == "1 of which 0 none");  // 1 expire(k): a set expiry happens before the end
  kept.always("it is never gone", "SELECT count(*) = 1 FROM cache");
  CHECK(said_of(kept.model()) == "1 of which 1 1 expire(k)");
}

TEST_CASE("a key that expires breaks a WATCH") {
  Town town;
  auto exec = redis({"SET", "x", "1"});
  exec.transaction = true;
  town.run("watch", [exec](Context& context) {
    context.perform(redis({"SET", "k", "v", "EX", "10"}), "");
    context.perform(redis({"WATCH", "k"}), "");
    return Response{context.perform(exec, "").rows.empty() ? "409" : "200"};
  });
  town.finally("it goes through", "SELECT count(*) = 1 FROM responses WHERE status = 200");
  // The expiry stands in one of four places: before WATCH, before EXEC (then it fails), after EXEC: 3.
  CHECK(said_of(town.model()) == "3 of which 1 1 1 expire(k) 1");
}

TEST_CASE("the clock moves on by itself, and all its instants come") {
  Town town;
  const auto noon = sql::Timestamp{0};
  const auto later = sql::Timestamp{60'000'000};
  town.model().clock = {noon, later};
  const auto stamp =
      town.sql("UPDATE counters SET n = CASE WHEN now() > '2000-01-01 00:00:30' THEN 1 ELSE 0 END WHERE id = 1");
  town.run("stamp", steps({stamp}));
  town.finally("before the clock moved", "SELECT n = 0 FROM counters WHERE id = 1");
  const auto said = said_of(town.model());
  CHECK(said.substr(0, 13) == "2 of which 1 ");
  CHECK(said.find("clock(2000-01-01 00:01:00)") != std::string::npos);
}

TEST_CASE("now() is when the transaction began") {
  Town town;
  town.model().clock = {sql::Timestamp{0}, sql::Timestamp{60'000'000}};
  auto begin = town.sql("SELECT 1");
  begin.begins = true;
  town.run(
      "stamp",
      steps({begin,
             town.sql("UPDATE counters SET n = CASE WHEN now() > '2000-01-01 00:00:30' THEN 1 ELSE 0 END WHERE id = 1"),
             town.sql("COMMIT")}));
  town.finally("before the clock moved", "SELECT n = 0 FROM counters WHERE id = 1");
  // The clock moves in one of four places; only before the first statement does now() notice.
  CHECK(said_of(town.model()).substr(0, 13) == "4 of which 1 ");
}

TEST_CASE("await is possible once it is true") {
  Town town;
  auto await = town.sql("SELECT n = 1 FROM counters WHERE id = 1");
  await.kind = Kind::await;
  town.run("reader", steps({await, town.sql(add_two)})).run("writer", steps({town.sql(add_one), town.sql(add_one)}));
  // 2 first; then 1 1 if it comes before the second 2, else nobody makes it true again: 2 1 1 2, 2 1 2 1, and the
  // deadlock 2 2.
  CHECK(said_of(town.model()) == "3 of which 1 2 2");
}

TEST_CASE("a replica replays commits in order, later") {
  Town town;
  auto replica = town.model().databases[0];
  replica.name = "replica";
  replica.kind = model::Database::Kind::replica;
  town.model().databases.push_back(replica);
  auto read = town.sql("SELECT n FROM counters WHERE id = 1");
  read.database = 1;
  const auto add = town.sql(add_one);
  town.run("reader", [add, read](Context& context) {
    context.perform(add, "");
    context.perform(add, "");
    return Response{sql::to_string(context.perform(read, "").rows.front().front())};
  });
  town.finally("it reads its own writes", "SELECT count(*) = 1 FROM responses WHERE status = '2'");
  // Two replays r after the first and second write; the last step is the read or a replay:
  // w w read r r; w w r read r; w r w read r; w w r r read; w r w r read: 5, of which the last two read 2.
  CHECK(said_of(town.model()) == "5 of which 3 1 1 1 replicate(replica) replicate(replica)");
}

// --------------------------------------------------------------------------------------------- what invariants see

TEST_CASE("who is inside a critical section is seen, and a crash empties it") {
  Town town;
  const auto add = town.sql(add_one);
  town.run(
      "enter",
      [add](Context& context) {
        context.perform(add, "");
        context.enter_section("checkout");
        context.perform(add, "");
        context.leave_section();
        context.perform(add, "");
        return Response{"200"};
      },
      2);
  town.always("one at a time", "SELECT count(*) <= 1 FROM sections");
  // Inside from the first step to the second. Of the 6!/(3! 3!) = 20 orders those in which the second steps come before
  // the other's first: a a [a b b b in order]: with a first: a a then 4!/(1! 3!) = 4 → 4, and as many with b: 8.
  CHECK(said_of(town.model()) == "20 of which 12 1 2");
  town.model().properties.clear();
  town.finally("nobody is left inside", "SELECT count(*) = 0 FROM sections");
  town.model().faults.crash = 1;
  CHECK(said_of(town.model()).find("of which 0 none") != std::string::npos);
}

TEST_CASE("history sees the order of effects") {
  Town town;
  town.model().ledgers.push_back({"shipped", {"n"}});
  const auto act = [](const char* effect, const Operation& operation) -> actor::Program {
    return [effect, operation](Context& context) {
      context.perform(operation, "");
      context.effect({effect, {1}});
      return Response{"200"};
    };
  };
  town.run("pay", act("paid", town.sql(add_one))).run("ship", act("shipped", town.sql(add_two)));
  town.history("nothing is shipped before it is paid",
               "SELECT NOT EXISTS (SELECT 1 FROM shipped s WHERE NOT EXISTS "
               "(SELECT 1 FROM paid p WHERE p.position < s.position))");
  CHECK(said_of(town.model()) == "2 of which 1 2");
}

TEST_CASE("each request of a session has its response") {
  Town town;
  const auto add = town.sql(add_one);
  town.run("session", [add](Context& context) {
    context.perform(add, "");
    context.answer("look", Response{"204"});
    context.perform(add, "");
    return Response{"200"};
  });
  town.finally("both are answered",
               "SELECT count(*) = 2 AND bool_or(request = 'look' AND status = 204) FROM responses");
  CHECK(said_of(town.model()) == "1 of which 0 none");
}

}  // namespace
}  // namespace gapless::explore
