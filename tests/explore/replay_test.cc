#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;
using actor::Response;
using actor::Session;
using model::Execution;

Execution play(const model::Model& model, std::string_view schedule) {
  std::string reason;
  auto execution = replay(model, *model::parse_schedule(schedule), reason);
  REQUIRE_MESSAGE(execution.has_value(), reason);
  return std::move(*execution);
}

// Why it cannot be played.
std::string refusal(const model::Model& model, const model::Schedule& schedule) {
  std::string reason;
  return replay(model, schedule, reason) ? "played" : reason;
}

TEST_CASE("a schedule that cannot be played names the step, the actor and the reason") {
  const auto naive = withdraw("naive");
  CHECK(refusal(naive, {{1, 2, 2, 1}}) == "played");
  CHECK(refusal(naive, {{1, 2, 3}}) == "step 3 (actor 3): there are 2 actors");
  CHECK(refusal(naive, {{0}}) == "step 1 (actor 0): there are 2 actors");
  CHECK(refusal(naive, {{1, 1, 1}}) == "step 3 (actor 1): it has finished already");
  const auto row_lock = withdraw("row_lock", 3);
  CHECK(refusal(row_lock, {{1, 2, 2}}) == "step 3 (actor 2): its statement still waits for actor 1");
  CHECK(refusal(row_lock, {{1, 3, 2, 1, 3}}) == "step 5 (actor 3): its statement still waits for actor 1");
  // After 1's COMMIT 3 overtakes 2, who now waits for him.
  CHECK(refusal(row_lock, {{1, 2, 1, 1, 3, 2}}) == "step 6 (actor 2): its statement still waits for actor 3");
  CHECK(refusal(row_lock, {{1, 2, 1, 1, 2}}) == "played");
}

TEST_CASE("an execution tells what each step was, and what it came to") {
  const auto execution = play(withdraw("row_lock"), "1 2 1 1 2 2 2");
  CHECK(execution.actors == std::vector<std::string>{"withdraw(50)", "withdraw(50)"});
  CHECK(execution.complete);
  CHECK_FALSE(execution.deadlocked);
  CHECK(execution.violated.empty());
  CHECK(execution.stale.empty());
  const auto& steps = execution.steps;
  REQUIRE(steps.size() == 7);

  CHECK(steps[0].actor == 1);
  CHECK(steps[0].role == "withdraw");
  CHECK(steps[0].operation == "BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE");
  CHECK(steps[0].observation == "balance = 100");
  CHECK_FALSE(steps[0].starts_waiting);
  REQUIRE(steps[0].reads.size() == 1);
  CHECK(steps[0].reads[0].table == "users");
  CHECK(steps[0].reads[0].row == "id = 1");
  CHECK(steps[0].reads[0].after == "balance = 100");
  CHECK(steps[0].writes.empty());
  CHECK_FALSE(steps[0].commits);

  CHECK(steps[1].actor == 2);
  CHECK(steps[1].starts_waiting);
  CHECK_FALSE(steps[1].resumes);
  CHECK(steps[1].waits_for == std::vector<std::size_t>{1});
  CHECK(steps[1].observation == "waits for actor 1");

  CHECK(steps[2].operation == "UPDATE users SET balance = balance - 50 WHERE id = 1");
  CHECK(steps[2].observation == "1 row changed");
  REQUIRE(steps[2].writes.size() == 1);
  CHECK(steps[2].writes[0].table == "users");
  CHECK(steps[2].writes[0].row == "id = 1");
  CHECK(steps[2].writes[0].before == "balance = 100");
  CHECK(steps[2].writes[0].after == "balance = 50");
  CHECK_FALSE(steps[2].commits);  // nobody else sees it yet
  CHECK(steps[2].response.empty());

  CHECK(steps[3].operation == "COMMIT");
  CHECK(steps[3].observation == "committed");
  CHECK(steps[3].commits);
  CHECK(steps[3].writes.empty());
  CHECK(steps[3].effects == std::vector<std::string>{"paid(50)"});
  CHECK(steps[3].response == "200");

  CHECK(steps[4].resumes);
  CHECK_FALSE(steps[4].starts_waiting);
  CHECK(steps[4].waits_for.empty());
  CHECK(steps[4].observation == "balance = 50");  // of after the wait
  CHECK(steps[5].writes[0].after == "balance = 0");
  CHECK(steps[6].response == "200");
  for (const auto& step : steps) CHECK_FALSE(step.failed);
}

TEST_CASE("a wait for somebody who overtook is no step, and the resume comes when he has gone") {
  // 2 waits for 1; after 1's COMMIT 3 is faster: 2 stays where it is, without a step, until 3 has committed.
  const auto execution = play(withdraw("row_lock", 3), "1 2 1 1 3 3 3 2 2");
  CHECK(execution.complete);
  CHECK(execution.steps[4].observation == "balance = 50");
  CHECK(execution.steps[7].resumes);
  CHECK(execution.steps[7].observation == "balance = 0");
  CHECK(execution.steps[8].operation == "rollback");
  CHECK(execution.steps[8].response == "400");
}

TEST_CASE("insertions, deletions and errors in an execution") {
  const auto model = counters(2)
                         .request(
                             "change", "()",
                             [](Session& session) {
                               session.sql("INSERT INTO counters VALUES (3, 7)");
                               session.sql("DELETE FROM counters WHERE id < 3");
                               session.sql("INSERT INTO counters VALUES (3, 8)");
                               return Response{"200"};
                             },
                             1)
                         .build();
  const auto execution = play(model, "1 1 1");
  const auto& steps = execution.steps;
  CHECK(steps[0].observation == "1 row inserted");
  REQUIRE(steps[0].writes.size() == 1);
  CHECK(steps[0].writes[0].row == "id = 3");
  CHECK(steps[0].writes[0].before.empty());
  CHECK(steps[0].writes[0].after == "n = 7");
  CHECK(steps[0].commits);
  REQUIRE(steps[1].writes.size() == 2);
  CHECK(steps[1].writes[1].row == "id = 2");
  CHECK(steps[1].writes[1].before == "n = 0");
  CHECK(steps[1].writes[1].after.empty());
  CHECK(steps[1].reads.size() == 2);
  CHECK(steps[2].failed);
  CHECK(steps[2].observation.starts_with("unique_violation: "));
  CHECK(steps[2].writes.empty());
  CHECK_FALSE(steps[2].commits);
  CHECK(steps[2].response == "unique_violation");
  CHECK(execution.complete);
}

TEST_CASE("the violated invariant, its step and its values") {
  const auto execution = play(withdraw("naive"), "1 2 2 1");
  CHECK(execution.violated == "what was paid left the balance");
  CHECK(execution.violated_at == 3);
  // Both paid 50, and the balance is 50.
  REQUIRE(execution.values.size() == 2);
  CHECK(execution.values[0] ==
        std::pair<std::string, std::string>("100 - (SELECT balance FROM users WHERE id = 1)", "50"));
  CHECK(execution.values[1] ==
        std::pair<std::string, std::string>("(SELECT coalesce(sum(amount), 0) FROM paid)", "100"));
  // Of `always` the first step at which it failed counts, though the schedule goes on.
  const auto model =
      counters(1).request("count", "()", counts(1, 3), 1).always("small", "SELECT n < 2 FROM counters").build();
  const auto further = play(model, "1 1 1");
  CHECK(further.violated == "small");
  CHECK(further.violated_at == 1);
  CHECK(further.values[0].second == "2");
}

TEST_CASE("a part of an execution is neither complete nor deadlocked, and `finally` is not asked") {
  const auto execution = play(withdraw("naive"), "1 2 2");
  CHECK_FALSE(execution.complete);
  CHECK_FALSE(execution.deadlocked);
  CHECK(execution.violated.empty());
}

// ------------------------------------------------------------------------------------------------- stale reads

TEST_CASE("the lost update: what was read, what changed it, and what was written all the same") {
  const auto execution = play(withdraw("naive"), "1 2 2 1");
  // 1 reads 100; 2 reads 100 and writes 50 in step 3 (index 2); 1 writes in step 4. What 2 had read was true until it
  // wrote, so that is the only one.
  REQUIRE(execution.stale.size() == 1);
  const auto& stale = execution.stale[0];
  CHECK(stale.read == 0);
  CHECK(stale.write == 2);
  CHECK(stale.use == 3);
  CHECK(stale.table == "users");
  CHECK(stale.row == "id = 1");
  CHECK(stale.value_read == "balance = 100");
  CHECK(stale.value_written == "balance = 50");
  // 1 2 1 2: the other way round.
  const auto other = play(withdraw("naive"), "1 2 1 2");
  REQUIRE(other.stale.size() == 1);
  CHECK(other.stale[0].read == 1);
  CHECK(other.stale[0].write == 2);
  CHECK(other.stale[0].use == 3);
  CHECK(play(withdraw("naive"), "1 1 2 2").stale.empty());
  CHECK(play(withdraw("naive"), "1 2 2").stale.empty());  // not used (yet)
}

TEST_CASE("count, then insert: the row that nobody had counted makes the count stale") {
  const auto model = gap(R"(scenario team "test"
database app postgres {
  CREATE TABLE members (team int NOT NULL, name text NOT NULL);
  INSERT INTO members VALUES (1, 'ann');
}
request join() {
  variant only {
    let taken = SELECT count(*) AS members FROM members WHERE team = 1;
    if taken.members >= 2 { respond 409; }
    INSERT INTO members VALUES (1, 'new');
    respond 200;
  }
}
run join() * 2
always "two at most" { SELECT count(*) <= 2 FROM members }
)");
  const auto execution = play(model, "1 2 2 1");
  CHECK(execution.violated == "two at most");
  REQUIRE(execution.stale.size() == 1);
  const auto& stale = execution.stale[0];
  CHECK(stale.read == 0);
  CHECK(stale.write == 2);
  CHECK(stale.use == 3);
  CHECK(stale.table == "members");
  CHECK(stale.row.empty());  // it read none that has changed
  CHECK(stale.value_read == "members = 1");
  CHECK(stale.value_written == "members = 2");
}

// "1 read balance = 100 in users (id = 1), 3 made it balance = 50, used in 4", one a line.
std::string staleness(const Execution& execution) {
  std::string text;
  for (const auto& stale : execution.stale) {
    text += std::to_string(stale.read + 1) + " read " + stale.value_read + " in " + stale.table + " (" + stale.row +
            "), " + std::to_string(stale.write + 1) + " made it " + stale.value_written + ", used in " +
            std::to_string(stale.use + 1) + "\n";
  }
  return text;
}

// "users (id = 1): 100 → 50; …" of a step.
std::string writes(const model::Step& step) {
  std::string text;
  for (const auto& write : step.writes) {
    text += write.table + " (" + write.row + "): " + write.before + " → " + write.after + "; ";
  }
  return text;
}

model::Model bookings(const std::string& level) {
  return gap(R"(scenario bookings "test"
database app postgres {
  CREATE TABLE bookings (guest text PRIMARY KEY, hour int NOT NULL);
  CREATE TABLE mails (id int PRIMARY KEY, n int NOT NULL);
  INSERT INTO mails VALUES (1, 0), (2, 0);
}
isolation ")" +
             level + R"("
request book(who, mail) {
  transaction {
    let taken = SELECT guest FROM bookings WHERE hour = 9;
    INSERT INTO bookings VALUES (:who, 9);
    UPDATE mails SET n = n + 1 WHERE id = :mail;
  }
}
run book('Ann', 1), book('Bob', 2)
always "one a time" { SELECT count(*) <= 1 FROM bookings }
)");
}

TEST_CASE("COMMIT relies on what the transaction read; its own rows, and rows elsewhere, are not what it had read") {
  for (const auto* level : {"read committed", "repeatable read"}) {
    const auto execution = play(bookings(level), "1 1 1 2 2 2 2 1");
    CHECK(staleness(execution) == "1 read  in bookings (), 7 made it guest = Bob, used in 8\n");
    // A commit writes nothing, whatever the end of its snapshot lets it see.
    CHECK(writes(execution.steps[6]).empty());
    CHECK(writes(execution.steps[7]).empty());
    CHECK(writes(execution.steps[1]) == "bookings (guest = Ann):  → hour = 9; ");
    CHECK(execution.steps[7].commits);
  }
}

TEST_CASE("a statement that waited has written what it wrote, and not what others wrote meanwhile") {
  const auto model = gap(R"(scenario wait "test"
database app postgres {
  CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL);
  INSERT INTO t VALUES (1, 0), (2, 0);
}
request one() { transaction { UPDATE t SET n = n + 1 WHERE id = 1; UPDATE t SET n = n + 1 WHERE id = 2; } }
request other() { UPDATE t SET n = n + 10 WHERE id = 1; }
run one(), other()
always "a" { SELECT true }
)");
  const auto execution = play(model, "1 2 1 1 2");
  CHECK(writes(execution.steps[4]) == "t (id = 1): n = 1 → n = 11; ");
}

TEST_CASE("a row that no longer is among what was looked for, at an instant of the clock") {
  const auto model = gap(R"(scenario old "test"
database app postgres {
  CREATE TABLE bills (id int PRIMARY KEY, paid boolean NOT NULL, at timestamp NOT NULL);
  INSERT INTO bills VALUES (1, false, now());
}
clock '12:00', '13:00'
request cron() {
  for bill in SELECT id FROM bills WHERE NOT paid AND at < now() - interval '30 minutes' { effect reminded(bill.id); }
  effect done();
}
request dun() {
  let bill = SELECT id FROM bills WHERE NOT paid AND at < now() - interval '30 minutes';
  SELECT 1 AS one FROM bills;
  effect reminded(bill.id);
}
request pay() { UPDATE bills SET paid = true; }
request remove() { DELETE FROM bills; }
run dun(), pay(), remove()
always "a" { SELECT true }
)");
  const auto execution = play(model, "clock(2024-01-01 13:00:00) 1 2 1 3");
  CHECK(execution.steps[1].observation == "id = 1");
  REQUIRE(execution.steps[1].reads.size() == 1);
  CHECK(execution.steps[1].reads[0].row == "id = 1");
  CHECK(staleness(execution) == "2 read id = 1 in bills (id = 1), 3 made it no row, used in 4\n");
  CHECK(staleness(play(model, "clock(2024-01-01 13:00:00) 1 3 1 2")) ==
        "2 read id = 1 in bills (id = 1), 3 made it , used in 4\n");
}

TEST_CASE("who is run again relies on nothing of before; a lock on the table keeps nobody from looking") {
  const auto model = gap(R"(scenario again "test"
database app postgres {
  CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL);
  INSERT INTO t VALUES (1, 0);
}
request reader() { SELECT n FROM t; SELECT 1 AS one; effect done(); }
request writer() { transaction { LOCK TABLE t; UPDATE t SET n = 1; } }
run reader(), writer()
faults crash <= 1, retry <= 1
always "a" { SELECT true }
)");
  CHECK(staleness(play(model, "1 2 2 2 1")) == "1 read n = 0 in t (id = 1), 4 made it n = 1, used in 5\n");
  CHECK(staleness(play(model, "1 2 2 2 1!crash 1!retry 1 1")).empty());
}

TEST_CASE("the rows that a database begins with have the clock's first instant, be it a date") {
  const auto model = gap(R"(scenario first "test"
database app postgres {
  CREATE TABLE t (id int PRIMARY KEY, at timestamp DEFAULT now());
  INSERT INTO t VALUES (1, now()), (2, DEFAULT);
}
clock '2024-05-01', '2024-05-04 10:01'
request f() { SELECT count(*) AS n FROM t WHERE at = '2024-05-01 00:00'; }
run f()
always "a" { SELECT true }
)");
  CHECK(play(model, "1").steps[0].observation == "n = 2");
}

TEST_CASE("a locked row is never read stale, in any interleaving") {
  const auto model = withdraw("row_lock");
  // The six interleavings: the second starts to wait after the first's 1st or 2nd step, or comes when it has done.
  for (const auto* schedule :
       {"1 2 1 1 2 2 2", "1 1 2 1 2 2 2", "1 1 1 2 2 2", "2 1 2 2 1 1 1", "2 2 1 2 1 1 1", "2 2 2 1 1 1"}) {
    const auto execution = play(model, schedule);
    CHECK(execution.complete);
    CHECK(execution.stale.empty());
    CHECK(execution.violated.empty());
  }
}

TEST_CASE("with several databases a step says which, and so do its rows") {
  auto builder = model::Builder("test.cc", "test", "test");
  builder.variant("test", "")
      .database("left", "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0);")
      .database("right", "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0);")
      .request_of_several(
          "both", "()",
          [](std::span<Session> databases) {
            databases[1].sql("UPDATE t SET n = 1 WHERE id = 1");
            databases[0].sql("SELECT n FROM t");
            return Response{"200"};
          },
          1);
  const auto execution = play(builder.build(), "1 1");
  CHECK(execution.steps[0].operation == "right> UPDATE t SET n = 1 WHERE id = 1");
  REQUIRE(execution.steps[0].writes.size() == 1);
  CHECK(execution.steps[0].writes[0].table == "right.t");
  CHECK(execution.steps[1].operation == "left> SELECT n FROM t");
  CHECK(execution.steps[1].observation == "n = 0");
  CHECK(execution.steps[1].reads[0].table == "left.t");
}

}  // namespace
}  // namespace gapless::explore
