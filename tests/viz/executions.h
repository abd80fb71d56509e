// Executions to draw: a stale read, a wait, a deadlock, and large ones that are made up step by step.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "model/execution.h"

namespace gapless::testing {

inline model::Step step_of(std::size_t actor, std::string operation, std::string observation) {
  model::Step step;
  step.actor = actor;
  step.role = "withdraw";
  step.operation = std::move(operation);
  step.observation = std::move(observation);
  return step;
}

// Steps 1 2 2 1; step 3 makes step 1 stale, on which step 4 relies.
inline model::Execution stale_read() {
  model::Execution execution;
  execution.actors = {"withdraw(50)", "withdraw(50)"};
  execution.steps = {step_of(1, "SELECT balance FROM users WHERE id = 1", "balance = 100"),
                     step_of(2, "SELECT balance FROM users WHERE id = 1", "balance = 100"),
                     step_of(2, "UPDATE users SET balance = 50 WHERE id = 1", "1 row changed"),
                     step_of(1, "UPDATE users SET balance = 50 WHERE id = 1", "1 row changed")};
  execution.steps[2].commits = execution.steps[3].commits = true;
  execution.steps[2].response = execution.steps[3].response = "200";
  execution.stale = {{.read = 0,
                      .write = 2,
                      .use = 3,
                      .table = "users",
                      .row = "id = 1",
                      .value_read = "balance = 100",
                      .value_written = "balance = 50"}};
  execution.complete = true;
  execution.violated = "what was paid left the balance";
  execution.violated_at = 3;
  execution.values = {{"min(balance)", "-50"}};
  return execution;
}

// Step 2 waits for actor 1 and goes on in step 4.
inline model::Execution a_wait() {
  model::Execution execution;
  execution.actors = {"a", "b"};
  execution.steps = {step_of(1, "SELECT 1 FOR UPDATE", "1"), step_of(2, "SELECT 1 FOR UPDATE", "waits for actor 1"),
                     step_of(1, "COMMIT", ""), step_of(2, "SELECT 1 FOR UPDATE", "1")};
  execution.steps[1].starts_waiting = true;
  execution.steps[1].waits_for = {1};
  execution.steps[3].resumes = true;
  return execution;
}

// Any number of actors and steps, with texts from none to very long; the same for the same seed.
inline model::Execution made_up(std::uint64_t seed, std::size_t actors, std::size_t steps) {
  const auto random = [&](std::size_t i, std::size_t bound) {
    return static_cast<std::size_t>(mix(seed * 1000003U + i) % bound);
  };
  model::Execution execution;
  for (std::size_t i = 0; i < actors; ++i)
    execution.actors.emplace_back(i % 3 == 0 ? "transfer(1, 2, 'a long argument')" : "pay(1)");
  const std::string long_text =
      "SELECT sum(p.amount) FROM payments p JOIN users_with_a_very_long_name_that_fits_no_lane_at_all u ON u.id = 1";
  for (std::size_t i = 0; i < steps; ++i) {
    auto step = step_of(1 + random(i, actors), long_text.substr(0, random(7 * i, long_text.size())),
                        long_text.substr(0, random(11 * i + 1, 90)));
    step.starts_waiting = random(13 * i, 5) == 0;
    step.commits = random(17 * i, 3) == 0;
    if (random(19 * i, 4) == 0) step.effects = {"paid(50)", long_text.substr(0, 60)};
    if (random(23 * i, 6) == 0) step.response = "unique_violation";
    // Now and then something else happens: to the actor, to the world, or an actor comes into being.
    using Kind = model::Step::Kind;
    constexpr Kind kinds[] = {Kind::crash, Kind::retry, Kind::redeliver, Kind::last_run, Kind::world};
    if (random(29 * i, 4) == 0) step.kind = kinds[random(31 * i, 5)];
    if (step.kind == Kind::world) step.actor = 0;
    if (step.actor != 0 && random(37 * i, 9) == 0) {
      step.kind = Kind::duplicate;
      execution.actors.push_back(i % 2 == 0 ? "webhook(7)" : long_text);
      step.creates = execution.actors.size();
    }
    execution.steps.push_back(std::move(step));
  }
  if (steps > 4 && execution.steps[0].actor != 0 && execution.steps[steps - 1].actor != 0) {
    execution.stale = {{.read = 0,
                        .write = steps / 2,
                        .use = steps - 1,
                        .table = "t",
                        .row = "r",
                        .value_read = long_text,
                        .value_written = ""}};
  }
  execution.violated = long_text;
  execution.violated_at = steps / 2;
  execution.values = {{long_text, "1"}, {"x", "2"}};
  return execution;
}

}  // namespace gapless::testing
