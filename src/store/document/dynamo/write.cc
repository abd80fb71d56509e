// D-1: the condition of a write and the write itself are one step on one item; a write to an item that a transaction
// holds is refused and does not wait.
#include "store/document/dynamo/columns.h"
#include "store/document/dynamo/evaluate.h"
#include "store/document/dynamo/step.h"

namespace gapless::store::document::dynamo {
namespace {

std::string condition_of(const std::string& reason) {
  if (reason == "ConditionalCheckFailed") return "conditional_check_failed";
  return reason == "DuplicateItem" ? "duplicate_item" : "validation_error";
}

// What ReturnValues wants of the item before or after.
std::optional<Object> attributes(const Write& write, const Attempt& attempt) {
  switch (write.returned) {
    case Returned::none:
      return std::nullopt;
    case Returned::all_old:
      return attempt.before;
    case Returned::all_new:
      return attempt.after;
    case Returned::updated_old:
    case Returned::updated_new:
      break;
  }
  const auto& item = write.returned == Returned::updated_old ? attempt.before : attempt.after;
  if (!item) return std::nullopt;
  return projected(*item, changed_paths(write));
}

}  // namespace

Attempt attempted(const Step& step, const Write& write) {
  Attempt attempt;
  if (const Object* item = item_at(step.applied.database, write.table, write.key)) attempt.before = *item;
  const auto failed = [&](const char* reason, const std::string& message) {
    attempt.reason = reason;
    attempt.message = message;
    return attempt;
  };
  const bool is_there = attempt.before.has_value();
  if (write.kind == Write::Kind::insert && is_there)
    return failed("DuplicateItem", "Duplicate primary key exists in table");
  if (write.skips_absent && !is_there) return attempt;
  const bool holds_now = (is_there || !write.of_existing) &&
                         (!write.condition || holds(*write.condition, is_there ? *attempt.before : Object()));
  if (!holds_now) return failed("ConditionalCheckFailed", "The conditional request failed");
  try {
    if (write.kind == Write::Kind::put || write.kind == Write::Kind::insert) attempt.after = write.item;
    if (write.kind == Write::Kind::check) attempt.after = attempt.before;
    if (write.kind == Write::Kind::update) {
      attempt.after = changed(is_there ? *attempt.before : write.item, write.changes);
    }
    if (attempt.after && write.kind != Write::Kind::check) check_index_keys(step.table(write.table), *attempt.after);
  } catch (const Refusal& refusal) {
    return failed("ValidationError", refusal.what());
  }
  return attempt;
}

void carry_out(Step& step, const Address& address, const std::optional<Object>& before, std::optional<Object> after) {
  const bool same = before.has_value() == after.has_value() && (!before || Value(*before) == Value(*after));
  if (!same) commit(step.catalog, step.database(), step.applied.event, address, std::move(after));
}

void take(Step& step, const Write& write) {
  if (step.is_held(write.table, write.key)) {
    return step.fail("transaction_conflict", "Transaction is ongoing for the item");
  }
  const Attempt attempt = attempted(step, write);
  if (!attempt.reason.empty()) return step.fail(condition_of(attempt.reason), attempt.message);
  carry_out(step, {write.table, write.key}, attempt.before, attempt.after);
  const auto columns = columns_of(step.catalog, write);
  const auto wanted = attributes(write, attempt);
  std::vector<sql::Tuple> rows;
  if (wanted && !columns.empty()) rows.push_back(row(returned_columns(step.table(write.table), write), *wanted));
  const bool says_nothing = columns.empty() && !(write.skips_absent && !attempt.before);
  const std::uint64_t count = says_nothing ? 1 : rows.size();
  step.finish(columns, std::move(rows), count);
}

// An item a step; what a transaction holds is left out, as UnprocessedItems.
void take(Step& step, const BatchWrite& batch) {
  const Value progress = step.applied.session.progress.value_or(Object{});
  const auto number = [&](std::string_view name) -> std::int64_t {
    const Value* value = find(progress, name);
    return value == nullptr ? 0 : *get<Decimal>(*value)->to_int64();
  };
  const std::size_t at = static_cast<std::size_t>(number("next"));
  std::int64_t unprocessed = number("unprocessed");
  const Write& write = batch.writes.at(at);
  if (step.is_held(write.table, write.key)) {
    ++unprocessed;
  } else {
    const Attempt attempt = attempted(step, write);
    if (!attempt.reason.empty()) return step.fail(condition_of(attempt.reason), attempt.message);
    carry_out(step, {write.table, write.key}, attempt.before, attempt.after);
  }
  if (at + 1 < batch.writes.size()) {
    return step.go_on({{"next", Value(static_cast<std::int64_t>(at + 1))}, {"unprocessed", Value(unprocessed)}});
  }
  step.finish(columns_of(step.catalog, batch), {{unprocessed}}, 1);
}

}  // namespace gapless::store::document::dynamo
