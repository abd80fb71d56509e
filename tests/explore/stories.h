// Small models that the tests of exploration share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "explore/engines.h"
#include "explore/explore.h"
#include "model/builder.h"
#include "scenario/load.h"

namespace gapless::explore::testing {

// One variant of a scenario; the only one where none is named.
inline model::Model gap(std::string text, std::string variant = "", std::size_t actors = 0) {
  scenario::Options options;
  if (!variant.empty()) options.variant = std::move(variant);
  if (actors > 0) options.actors = actors;
  auto models = scenario::load(make_source("test.gap", std::move(text)), options);
  check(models.size() == 1, "the test names one variant");
  return std::move(models.front());
}

inline constexpr std::string_view bank = R"(
database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}
)";

// The withdrawals of the design, section 6.
inline model::Model withdraw(std::string variant, std::size_t actors = 2) {
  return gap("scenario withdraw \"test\"" + std::string(bank) + R"(
request withdraw(amount) {
  variant naive {
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);
    respond 200;
  }
  variant row_lock {
    transaction {
      let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }
}
run withdraw(50) * 2
always  "the balance never goes below zero"  { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
)",
             std::move(variant), actors);
}

// A C++ model with a table of counters 1 … `counters`, all 0.
inline model::Builder counters(int counters) {
  std::string sql = "CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL);";
  for (int id = 1; id <= counters; ++id) sql += "INSERT INTO counters VALUES (" + std::to_string(id) + ", 0);";
  return model::Builder("test.cc", "counters", "test").variant("test", "").database("store", sql);
}

// `steps` autocommit updates of one counter.
inline model::Builder::Handler counts(int id, int steps) {
  return [id, steps](actor::Session& session) {
    for (int i = 0; i < steps; ++i) session.sql("UPDATE counters SET n = n + 1 WHERE id = :id", {{"id", id}});
    return actor::Response{"200"};
  };
}

inline model::Verdict verdict_of(const model::Model& model, model::Mode mode) { return check_model(model, mode, {}); }

// "6 of which 4", or what is known of it.
inline std::string counts_of(const model::Verdict& verdict) {
  return verdict.interleavings.value_or("?") + " of which " + verdict.violating.value_or("?");
}

inline std::string schedule_of(const model::Verdict& verdict) {
  return verdict.counterexample ? model::to_string(verdict.counterexample->schedule) : "none";
}

// A counter with a version; a request whose compare fails looks and tries again, so many times at most.
inline model::Model optimistic(int requests, int tries, const std::string& finally) {
  return gap(R"(
scenario versions "so many tries"
database d postgres {
  CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, version int NOT NULL);
  INSERT INTO t VALUES (1, 0, 0);
}
request add() {
  retry up to )" +
             std::to_string(tries) +
             R"( {
    let seen = SELECT n, version FROM t WHERE id = 1;
    let done = UPDATE t SET n = :seen.n + 1, version = version + 1 WHERE id = 1 AND version = :seen.version;
    if done.count = 1 { respond 200; }
    again;
  } exhausted { respond 409; }
}
run add() * )" +
             std::to_string(requests) + "\nfinally \"so many got through\" { " + finally + " }\n");
}

}  // namespace gapless::explore::testing
