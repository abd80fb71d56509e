// One step of each kind of plan. They go on from session.progress, and leave it there for the next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/document/dynamo/plan.h"
#include "store/document/rules.h"

namespace gapless::store::document::dynamo {

// What a step works on: the state before it, which it changes in place.
struct Step {
  const Catalog& catalog;
  Applied applied;

  Database& database() { return applied.database; }
  const Collection& table(std::size_t number) const { return catalog.collections[number]; }
  bool is_held(std::size_t number, const Key& key) const { return applied.database.held.contains({number, key}); }
  // The request is over.
  void finish(const std::vector<ResultColumn>& columns, std::vector<sql::Tuple> rows, std::uint64_t count);
  void fail(const std::string& condition, const std::string& message);
  void go_on(Object progress);
};

// What becomes of one write if it is carried out now. `reason` as in a transaction's cancellation reasons:
// "ConditionalCheckFailed", "DuplicateItem", "ValidationError"; empty if it can be done.
struct Attempt {
  std::string reason, message;
  std::optional<Object> before, after;
};
Attempt attempted(const Step& step, const Write& write);
void carry_out(Step& step, const Address& address, const std::optional<Object>& before, std::optional<Object> after);

const Object* item_at(const Database& database, std::size_t table, const Key& key);
const Object* read_item(const Database& database, const Get& get);  // as it is, or as it still seems

// read.cc, write.cc, transaction.cc
void take(Step& step, const Get& get);
void take(Step& step, const Search& search);
void take(Step& step, const BatchGet& batch);
void take(Step& step, const TransactGet& transaction);
void take(Step& step, const Write& write);
void take(Step& step, const BatchWrite& batch);
void take(Step& step, const TransactWrite& transaction);

// The second step of a transaction.
void finish_transaction(Step& step);

}  // namespace gapless::store::document::dynamo
