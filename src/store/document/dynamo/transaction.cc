// D-3: TransactWriteItems looks at all its items and conditions at one point, holds the items, and writes them all at
// another. Nothing waits for it, and it waits for nothing (developer guide, "Amazon DynamoDB Transactions: How it
// works", conflict handling and idempotency).
#include "base/check.h"
#include "store/document/dynamo/step.h"

namespace gapless::store::document::dynamo {
namespace {

// Whether the token has been seen: then the step is over.
bool answers_token(Step& step, const TransactWrite& transaction) {
  if (!transaction.token) return false;
  const auto found = step.database().tokens.find(*transaction.token);
  if (found == step.database().tokens.end()) return false;
  const Value* payload = find(found->second, "payload");
  check(payload != nullptr, "a token is kept with what came with it");
  if (*payload != transaction.payload) {
    step.fail(
        "idempotent_parameter_mismatch",
        "The request uses the same client token as a previous, but non-identical request. Do not reuse a client token "
        "with different requests, unless the requests are identical");
  } else if (find(found->second, "running") != nullptr) {
    step.fail("transaction_in_progress", "The transaction with the given request token is already in progress.");
  } else {
    step.finish({}, {}, 1);
  }
  return true;
}

Value image_of(const Write& write, Attempt& attempt) {
  Object image = {{"table", Value(static_cast<std::int64_t>(write.table))}, {"key", write.key}};
  if (write.kind == Write::Kind::check) {
    image.push_back({"check", true});
  } else if (attempt.after) {
    image.push_back({"image", std::move(*attempt.after)});
  }
  return image;
}

void prepare(Step& step, const TransactWrite& transaction) {
  std::string reasons;
  bool canceled = false;
  Array writes;
  for (const auto& write : transaction.writes) {
    Attempt attempt = attempted(step, write);
    const std::string reason = step.is_held(write.table, write.key) ? "TransactionConflict" : attempt.reason;
    canceled = canceled || !reason.empty();
    reasons += (reasons.empty() ? "" : ", ") + (reason.empty() ? "None" : reason);
    writes.push_back(image_of(write, attempt));
  }
  if (canceled) {
    return step.fail("transaction_canceled",
                     "Transaction cancelled, please refer cancellation reasons for specific reasons [" + reasons + "]");
  }
  for (const auto& write : transaction.writes) step.database().held.insert({write.table, write.key});
  Object progress = {{"writes", std::move(writes)}};
  if (transaction.token) {
    step.database().tokens[*transaction.token] = Object{{"payload", transaction.payload}, {"running", true}};
    progress.push_back({"token", *transaction.token});
  }
  step.go_on(std::move(progress));
}

}  // namespace

void take(Step& step, const TransactWrite& transaction) {
  if (step.applied.session.progress) return finish_transaction(step);
  if (!answers_token(step, transaction)) prepare(step, transaction);
}

void finish_transaction(Step& step) {
  const Value progress = *step.applied.session.progress;
  for (const auto& write : *get<Array>(*find(progress, "writes"))) {
    const Address address = {static_cast<std::size_t>(*get<Decimal>(*find(write, "table"))->to_int64()),
                             *find(write, "key")};
    check(step.database().held.erase(address) == 1, "a transaction holds its items until it is over");
    if (find(write, "check") != nullptr) continue;
    const Object* before = item_at(step.database(), address.first, address.second);
    const Value* image = find(write, "image");
    carry_out(step, address, before == nullptr ? std::nullopt : std::optional(*before),
              image == nullptr ? std::nullopt : std::optional(*get<Object>(*image)));
  }
  if (const Value* token = find(progress, "token")) {
    Value& kept = step.database().tokens.at(*get<std::string>(*token));
    document::erase(std::get<Object>(kept.held), "running");
  }
  step.finish({}, {}, 1);
}

}  // namespace gapless::store::document::dynamo
