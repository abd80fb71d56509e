// Hand-made runs: what the engines would say about well-known races.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "model/verdict.h"

namespace gapless::testing {

// Two withdrawals of 50 from a balance of 100: SELECT, UPDATE each.
inline model::Execution naive_withdrawals() {
  const auto select = [](std::size_t actor) {
    model::Step step;
    step.actor = actor;
    step.role = "withdraw";
    step.operation = "SELECT balance FROM users WHERE id = 1";
    step.observation = "balance = 100";
    step.reads = {{"users", "id = 1", "", "balance = 100"}};
    return step;
  };
  const auto update = [](std::size_t actor, std::string before) {
    model::Step step;
    step.actor = actor;
    step.role = "withdraw";
    step.operation = "UPDATE users SET balance = 100 - 50 WHERE id = 1";
    step.observation = "1 row changed";
    step.effects = {"paid(50)"};
    step.response = "200";
    step.writes = {{"users", "id = 1", std::move(before), "balance = 50"}};
    step.commits = true;
    return step;
  };
  model::Execution execution;
  execution.actors = {"withdraw(50)", "withdraw(50)"};
  execution.steps = {select(1), select(2), update(2, "balance = 100"), update(1, "balance = 50")};
  execution.complete = true;
  execution.violated = "what was paid left the balance";
  execution.violated_at = 3;
  execution.values = {{"100 - (SELECT balance FROM users WHERE id = 1)", "50"},
                      {"(SELECT coalesce(sum(amount), 0) FROM paid)", "100"}};
  execution.stale = {{.read = 0,
                      .write = 2,
                      .use = 3,
                      .table = "users",
                      .row = "id = 1",
                      .value_read = "balance = 100",
                      .value_written = "balance = 50"}};
  return execution;
}

inline model::Run withdraw_run(std::string variant, std::string variant_title, model::Expected expected) {
  model::Run run;
  run.file = "models/withdraw.gap";
  run.scenario = "withdraw";
  run.title = "Two withdrawals of 50 race for a balance of 100";
  run.variant = std::move(variant);
  run.variant_title = std::move(variant_title);
  run.actors = 2;
  run.expected = expected;
  run.digest = 0x0123456789abcdefU;
  run.verdict.outcome = model::Outcome::holds;
  run.verdict.counts = model::Counts::exact;
  run.verdict.seconds = 0.00125;
  return run;
}

inline model::Run naive_run() {
  auto run = withdraw_run("naive", "read, check, write", model::Expected::violated);
  run.story = "Both requests see 100 and both pay out: the shop loses 50 on every double click.";
  auto& verdict = run.verdict;
  verdict.outcome = model::Outcome::violated;
  verdict.interleavings = "6";
  verdict.violating = "4";
  verdict.states = 8;
  verdict.transitions = 7;
  verdict.fiber_runs = 5;
  verdict.counterexample = model::Counterexample{.invariant = "what was paid left the balance",
                                                 .schedule = {{1, 2, 2, 1}},
                                                 .simplest = true,
                                                 .execution = naive_withdrawals()};
  return run;
}

inline model::Run conditional_update_run() {
  auto run = withdraw_run("conditional_update", "UPDATE … WHERE balance >= amount", model::Expected::holds);
  auto& verdict = run.verdict;
  verdict.interleavings = "2";
  verdict.violating = "0";
  verdict.states = 3;
  verdict.transitions = 2;
  verdict.fiber_runs = 2;
  return run;
}

// Two transfers in opposite directions, each holding the row that the other needs, and no database that would notice.
inline model::Run deadlock_run() {
  const auto lock = [](std::size_t actor, int id) {
    model::Step step;
    step.actor = actor;
    step.role = "transfer";
    step.operation = "BEGIN; SELECT balance FROM accounts WHERE id = " + std::to_string(id) + " FOR UPDATE";
    step.observation = "balance = 100";
    return step;
  };
  const auto wait = [](std::size_t actor, int id, std::size_t whom) {
    model::Step step;
    step.actor = actor;
    step.role = "transfer";
    step.operation = "SELECT balance FROM accounts WHERE id = " + std::to_string(id) + " FOR UPDATE";
    step.observation = "waits for actor " + std::to_string(whom);
    step.starts_waiting = true;
    step.waits_for = {whom};
    return step;
  };
  model::Run run;
  run.file = "models/transfer.gap";
  run.scenario = "transfer";
  run.title = "Two transfers in opposite directions";
  run.variant = "naive_order";
  run.variant_title = "locks the payer first, then the payee";
  run.actors = 2;
  run.expected = model::Expected::holds;
  auto& verdict = run.verdict;
  verdict.outcome = model::Outcome::violated;
  verdict.counts = model::Counts::exact;
  verdict.interleavings = "70";
  verdict.violating = "36";
  verdict.states = 41;
  verdict.transitions = 60;
  verdict.warnings = {"models/transfer.gap:7:3: LIMIT without ORDER BY\n  SELECT 1 LIMIT 1\n  ^"};
  model::Execution execution;
  execution.actors = {"transfer(1, 2)", "transfer(2, 1)"};
  execution.steps = {lock(1, 1), lock(2, 2), wait(1, 2, 2), wait(2, 1, 1)};
  execution.deadlocked = true;
  execution.violated = "deadlock";
  execution.violated_at = 3;
  verdict.counterexample = model::Counterexample{
      .invariant = "deadlock", .schedule = {{1, 2, 1, 2}}, .simplest = true, .execution = execution};
  return run;
}

// The second waits for the first, and goes on after it.
inline model::Execution waiting_execution() {
  model::Execution execution;
  execution.actors = {"withdraw(50)", "withdraw(50)"};
  model::Step step;
  step.actor = 1;
  step.operation = "BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE";
  step.observation = "balance = 100";
  execution.steps.push_back(step);
  step.actor = 2;
  step.observation = "waits for actor 1";
  step.starts_waiting = true;
  step.waits_for = {1};
  execution.steps.push_back(step);
  model::Step update;
  update.actor = 1;
  update.operation = "UPDATE users SET balance = balance - 50 WHERE id = 1";
  update.observation = "1 row changed";
  execution.steps.push_back(update);
  model::Step commit;
  commit.actor = 1;
  commit.operation = "COMMIT";
  commit.commits = true;
  commit.effects = {"paid(50)"};
  commit.response = "200";
  execution.steps.push_back(commit);
  step.starts_waiting = false;
  step.waits_for = {};
  step.resumes = true;
  step.observation = "balance = 50";
  execution.steps.push_back(step);
  return execution;
}

inline model::Step step_of_world(std::string what) {
  model::Step step;
  step.kind = model::Step::Kind::world;
  step.choice = step.operation = std::move(what);
  return step;
}

inline model::Step step_that_happens(std::size_t actor, model::Step::Kind kind, std::string operation) {
  model::Step step;
  step.kind = kind;
  step.actor = actor;
  step.role = "claim";
  step.operation = std::move(operation);
  return step;
}

inline model::Step step_of_redis(std::size_t actor, std::string command, std::string reply) {
  model::Step step;
  step.actor = actor;
  step.role = "claim";
  step.operation = "redis> " + std::move(command);
  step.observation = std::move(reply);
  return step;
}

// A lock expires between its holder's check and the write; another holder crashes and is sent again.
inline model::Execution lease_execution() {
  using Kind = model::Step::Kind;
  model::Execution execution;
  execution.actors = {"claim('SAVE50')", "claim('SAVE50')"};
  execution.steps = {step_of_redis(1, "SET lock:SAVE50 1 NX EX 10", "OK"),
                     step_of_redis(1, "GET used:SAVE50", "nil"),
                     step_of_world("expire(lock:SAVE50)"),
                     step_of_redis(2, "SET lock:SAVE50 2 NX EX 10", "OK"),
                     step_that_happens(2, Kind::crash, "crash"),
                     step_of_redis(1, "SET used:SAVE50 1", "OK"),
                     step_that_happens(2, Kind::retry, "retry"),
                     step_of_redis(2, "SET lock:SAVE50 2 NX EX 10", "nil")};
  execution.steps[4].response = "crashed";
  execution.steps[5].effects = {"granted(1)"};
  execution.steps[5].response = "200";
  execution.steps[7].response = "409";
  execution.complete = true;
  execution.violated = "nobody works without the lock";
  execution.violated_at = 5;
  return execution;
}

// A call whose outcome is not known, a message, one that is received twice, an application lock.
inline model::Execution messages_execution() {
  using Kind = model::Step::Kind;
  model::Execution execution;
  execution.actors = {"pay(7)", "webhook(7)", "webhook(7)"};
  model::Step call;
  call.actor = 1;
  call.operation = "call charge(7, 50) key k7";
  call.observation = "unknown (lost_done)";
  model::Step send;
  send.actor = 1;
  send.operation = "send webhook(7)";
  send.observation = "sent";
  send.response = "202";
  send.creates = 2;
  auto duplicate = step_that_happens(2, Kind::duplicate, "duplicate");
  duplicate.creates = 3;
  model::Step acquire;
  acquire.actor = 3;
  acquire.operation = "acquire cart(7)";
  model::Step wait;
  wait.actor = 2;
  wait.operation = "acquire cart(7)";
  wait.observation = "waits for actor 3";
  wait.starts_waiting = true;
  wait.waits_for = {3};
  execution.steps = {call,
                     send,
                     duplicate,
                     acquire,
                     wait,
                     step_that_happens(3, Kind::crash, "crash"),
                     step_that_happens(3, Kind::redeliver, "redeliver"),
                     step_that_happens(3, Kind::last_run, "last run")};
  return execution;
}

inline model::Execution only_the_world_moves() {
  model::Execution execution;
  execution.actors = {"pay(7)"};
  execution.steps = {step_of_world("replicate(replica)")};
  return execution;
}

inline model::Run lease_run() {
  auto run = withdraw_run("lease", "SET NX EX, then DEL", model::Expected::violated);
  run.verdict.outcome = model::Outcome::violated;
  run.verdict.interleavings = "130";
  run.verdict.violating = "12";
  run.verdict.states = 60;
  run.verdict.counterexample =
      model::Counterexample{.invariant = "nobody works without the lock",
                            .schedule = {{1, 1, {0, "expire(lock:SAVE50)"}, 2, {2, "!crash"}, 1, {2, "!retry"}, 2}},
                            .simplest = true,
                            .execution = lease_execution()};
  return run;
}

inline std::vector<model::Control> controls() {
  return {{.guard = "AND balance >= :amount",
           .file = "models/withdraw.gap",
           .line = 31,
           .outcome = model::Outcome::violated,
           .invariant = "what was paid left the balance",
           .schedule = "1 2 2 1",
           .note = ""},
          {.guard = "the row lock FOR UPDATE, which stands in a statement of some length",
           .file = "models/withdraw.gap",
           .line = 9,
           .outcome = model::Outcome::holds,
           .invariant = "",
           .schedule = "",
           .note = ""},
          {.guard = "CHECK (balance >= 0)",
           .file = "models/withdraw.gap",
           .line = 0,
           .outcome = model::Outcome::unknown,
           .invariant = "",
           .schedule = "",
           .note = "memory limit of 2 GiB reached"}};
}

}  // namespace gapless::testing
