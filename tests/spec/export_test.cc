#include "spec/export.h"

#include <doctest/doctest.h>

#include <string>

#include "spec_texts.h"
#include "store/prepare.h"

namespace gapless::spec {
namespace {

model::Model bank_model() {
  model::Model model;
  model.file = "withdraw.gap";
  model.scenario = "withdraw";
  model.variant = "naive";
  const std::string sql =
      "CREATE TABLE users (id int PRIMARY KEY, -- }\n  balance int NOT NULL);\nINSERT INTO users VALUES (1, 100);";
  auto schema = store::prepare_schema(sql, "bank", "withdraw.gap");
  model.databases.push_back({"bank", std::move(schema.catalog), std::move(schema.statements), sql});
  return model;
}

model::Step step(std::size_t actor, std::string operation, std::string observation) {
  model::Step step;
  step.actor = actor;
  step.operation = std::move(operation);
  step.observation = std::move(observation);
  return step;
}

// Two that lock the row; the second waits.
model::Execution one_waits() {
  model::Execution execution;
  execution.actors = {"withdraw(50)", "withdraw(50)"};
  execution.steps.push_back(step(1, "BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE", "balance = 100"));
  execution.steps.push_back(step(2, "BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE", "waits for actor 1"));
  execution.steps.back().starts_waiting = true;
  execution.steps.back().waits_for = {1};
  execution.steps.push_back(step(1, "UPDATE users SET balance = 50 WHERE id = 1", "1 row changed"));
  execution.steps.back().effects = {"paid(50)"};
  execution.steps.push_back(step(1, "COMMIT", "committed"));
  execution.steps.back().response = "200";
  execution.steps.push_back(step(2, "BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE", "balance = 50"));
  execution.steps.back().resumes = true;
  execution.steps.push_back(step(2, "ROLLBACK", "rolled back"));
  execution.complete = true;
  execution.violated = "nothing is paid";
  execution.violated_at = 2;
  execution.values = {{"count(*)", "1"}};
  return execution;
}

TEST_CASE("as a test for isolationtester") {
  const auto text = to_isolationtester(bank_model(), one_waits());
  CHECK(text == R"(# withdraw, naive: 2 requests at read committed.
# What breaks: nothing is paid
#   count(*) is 1
# Run it with: isolationtester "dbname=scratch" < THIS-FILE   (or: gapless spec THIS-FILE)

setup
{
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}

teardown
{
  DROP TABLE "users";
}

session a1   # withdraw(50)
step a1_1 { BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE; }
step a1_2 { UPDATE users SET balance = 50 WHERE id = 1; }   # paid(50)
step a1_3 { COMMIT; }   # responds 200

session a2   # withdraw(50)
step a2_1 { BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE; }
step a2_2 { ROLLBACK; }

session after
step after_1 { SELECT * FROM "users" ORDER BY 1, 2; }

permutation a1_1 a2_1 a1_2 a1_3 a2_2 after_1
)");
  CHECK(steps_of(text).find("step a2_1: BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE; <waiting ...>\n"
                            "step a1_2: UPDATE users SET balance = 50 WHERE id = 1;\n"
                            "step a1_3: COMMIT;\n"
                            "step a2_1: <... completed>\nbalance\n-------\n     50\n") != std::string::npos);
  CHECK(why_not_forced(text, bank_model(), one_waits()).empty());
}

TEST_CASE("a schedule in which a waiting statement is overtaken cannot be forced, and that is said") {
  auto execution = one_waits();
  execution.steps[1].starts_waiting = false;
  CHECK(why_not_forced(to_isolationtester(bank_model(), execution), bank_model(), execution)
            .starts_with("a2_1 comes out otherwise"));
}

TEST_CASE("as a script for several terminals") {
  CHECK(to_script(bank_model(), one_waits()) == R"(-- withdraw, naive: 2 requests at read committed.
-- What breaks: nothing is paid
--   count(*) is 1
-- For 2 psql on one scratch database. Type each statement into its terminal, in this order.

-- Before: in any terminal.
CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO users VALUES (1, 100);

-- Terminal 1: withdraw(50)
-- Terminal 2: withdraw(50)

-- 1. Terminal 1
BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE;
--    Terminal 1 sees: balance = 100

-- 2. Terminal 2
BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE;
--    Terminal 2 waits for terminal 1

-- 3. Terminal 1
UPDATE users SET balance = 50 WHERE id = 1;
--    Terminal 1 sees: 1 row changed; paid(50)
--    Broken: nothing is paid

-- 4. Terminal 1
COMMIT;
--    Terminal 1 sees: committed; responds 200

-- Terminal 2 goes on with what it waited in.
--    Terminal 2 sees: balance = 50

-- 5. Terminal 2
ROLLBACK;
--    Terminal 2 sees: rolled back

-- Afterwards: in any terminal.
SELECT * FROM "users" ORDER BY 1, 2;
-- DROP TABLE "users" CASCADE;
)");
}

TEST_CASE("a failure inside of a transaction is rolled back, and the victim of a deadlock chosen") {
  auto execution = one_waits();
  execution.steps.resize(2);
  execution.steps[1].starts_waiting = false;
  execution.steps[1].failed = true;
  execution.steps[1].observation = "deadlock_detected: deadlock detected";
  const auto text = to_isolationtester(bank_model(), execution);
  CHECK(text.find("session a1   # withdraw(50)\nsetup { SET deadlock_timeout = '10s'; }\n") != std::string::npos);
  CHECK(text.find("session a2   # withdraw(50)\nsetup { SET deadlock_timeout = '100ms'; }\n") != std::string::npos);
  CHECK(text.find("step a2_2 { ROLLBACK; }   # the request ends with the error\n") != std::string::npos);
  CHECK(text.find("permutation a1_1 a2_1 a2_2 after_1\n") != std::string::npos);
}

TEST_CASE("at another level") {
  auto model = bank_model();
  model.isolation = store::Isolation::serializable;
  const auto text = to_isolationtester(model, one_waits());
  CHECK(text.find("setup { SET default_transaction_isolation = 'serializable'; }\n") != std::string::npos);
  CHECK(text.find("{ BEGIN ISOLATION LEVEL READ COMMITTED; SELECT") != std::string::npos);
}

TEST_CASE("faults, other stores and a clock cannot be exported; messages are left to the reader") {
  const auto refused = [](const model::Model& model, const model::Execution& execution) {
    std::vector<std::string> said;
    for (auto* const write : {to_isolationtester, to_script}) {
      try {
        write(model, execution);
        said.emplace_back("nothing");
      } catch (const ModelError& error) {
        said.push_back(error.diagnostic().message);
      }
    }
    CHECK(said[0] == said[1]);
    return said[0];
  };
  auto crashed = one_waits();
  crashed.steps[3].kind = model::Step::Kind::crash;
  CHECK(refused(bank_model(), crashed) ==
        "step 4 is no statement (actor 1 crashes); such a schedule cannot be exported");
  crashed.steps[3].kind = model::Step::Kind::world;
  crashed.steps[3].actor = 0;
  crashed.steps[3].operation = "expire(a)";
  CHECK(refused(bank_model(), crashed) == "step 4 is no statement (a expires); such a schedule cannot be exported");

  auto model = bank_model();
  model.keyvalues.emplace_back();
  CHECK(refused(model, one_waits()).starts_with("a schedule on Redis"));
  using Kind = model::Database::Kind;
  const std::pair<Kind, const char*> kinds[] = {
      {Kind::memory, "memory of a process"}, {Kind::replica, "read replica"}, {Kind::locks, "application locks"}};
  for (const auto& [kind, word] : kinds) {
    model = bank_model();
    model.databases.push_back(model.databases.front());
    model.databases.back().kind = kind;
    CHECK(refused(model, one_waits()).find(word) != std::string::npos);
  }
  model = bank_model();
  model.clock.resize(2);
  CHECK(refused(model, one_waits()).find("the clock advances") != std::string::npos);
  model.clock.resize(1);
  CHECK(refused(model, one_waits()) == "nothing");

  auto messages = one_waits();
  messages.steps.insert(messages.steps.begin(),
                        {step(1, "send webhook(7)", "sent"), step(2, "await SELECT true", "true")});
  const auto text = to_isolationtester(bank_model(), messages);
  CHECK(text.find("webhook") == std::string::npos);
  CHECK(text.find("await") == std::string::npos);
}

TEST_CASE("what cannot be written so") {
  auto execution = one_waits();
  execution.steps[0].operation = "SELECT '}'";
  CHECK_THROWS_AS(to_isolationtester(bank_model(), execution), const ModelError&);
  auto two = bank_model();
  two.databases.push_back(two.databases.front());
  CHECK_THROWS_AS(to_isolationtester(two, one_waits()), const ModelError&);
}

}  // namespace
}  // namespace gapless::spec
