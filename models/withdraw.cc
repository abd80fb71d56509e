// The twin of withdraw.gap: the same requests as plain C++ functions. Same steps, so the same interleavings, the same
// violating count and the same verdicts; a test compares them.
#include "model/builder.h"
#include "models/registry.h"

namespace gapless::models {
namespace {

using actor::Response;
using actor::Session;
using model::Builder;
using model::Expected;

constexpr int amount = 50;

// Read, check, write: two requests read 100, both pay, and the second write forgets the first.
Response naive(Session& bank) {
  const auto user = bank.sql("SELECT balance FROM users WHERE id = 1");
  if (user.integer("balance") < amount) return {"400"};
  bank.sql("UPDATE users SET balance = :balance - :amount WHERE id = 1",
           {{"balance", user.value("balance")}, {"amount", amount}});
  bank.effect("paid", {amount});
  return {"200"};
}

// The check and the act are one statement, and its row count decides.
Response conditional_update(Session& bank) {
  const auto done = bank.sql("UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount",
                             {{"amount", amount}});
  if (done.count() == 0) return {"400"};
  bank.effect("paid", {amount});
  return {"200"};
}

// The row is locked before it is read.
Response row_lock(Session& bank) {
  bank.begin();
  const auto user = bank.sql("SELECT balance FROM users WHERE id = 1 FOR UPDATE");
  if (user.integer("balance") < amount) {
    bank.rollback();
    return {"400"};
  }
  bank.sql("UPDATE users SET balance = balance - :amount WHERE id = 1", {{"amount", amount}});
  bank.commit();
  bank.effect("paid", {amount});
  return {"200"};
}

}  // namespace

// No variant relies on the level: the naive one has no transaction, and the others are right at each.
std::vector<model::Model> withdraw(std::optional<std::size_t> actors, std::optional<store::Isolation> level) {
  const auto make = [&](const char* name, const char* title, Response (*handler)(Session&), Expected expected) {
    return Builder("models/withdraw.cc", "withdraw", "Two withdrawals of 50 race for a balance of 100")
        .variant(name, title)
        .isolation(level.value_or(store::Isolation::read_committed))
        .expect(expected)
        .database("bank",
                  "CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL); INSERT INTO users VALUES (1, 100);")
        .ledger("paid", {"amount"})
        .request("withdraw", "(50)", handler, actors.value_or(2))
        .always("the balance never goes below zero", "SELECT min(balance) >= 0 FROM users")
        .finally("what was paid left the balance",
                 "SELECT 100 - (SELECT balance FROM users WHERE id = 1) = "
                 "(SELECT coalesce(sum(amount), 0) FROM paid)")
        .build();
  };
  std::vector<model::Model> models = {
      make("naive", "read, check, write", naive, Expected::violated),
      make("conditional_update", "UPDATE … WHERE balance >= amount", conditional_update, Expected::holds),
      make("row_lock", "SELECT … FOR UPDATE", row_lock, Expected::holds),
  };
  for (auto& model : models) {
    // A claim `violated` is made for at least as many actors as the model's own.
    if (actors.value_or(2) < 2 && model.expected == Expected::violated) model.expected.reset();
  }
  return models;
}

}  // namespace gapless::models
