// D-2: a read without ConsistentRead sees what has lagged behind. D-4: several items are read one at a time, so that a
// Query, Scan or BatchGetItem may see half of a transaction (developer guide, "Amazon DynamoDB Transactions: How it
// works", isolation levels).
#include <algorithm>

#include "store/document/dynamo/columns.h"
#include "store/document/dynamo/evaluate.h"
#include "store/document/dynamo/step.h"

namespace gapless::store::document::dynamo {
namespace {

Object shown(const Object& item, const Projection& projection) {
  return projection ? projected(item, *projection) : item;
}

Value number(std::size_t count) { return static_cast<std::int64_t>(count); }

std::size_t number_in(const Value& progress, std::string_view name) {
  const Value* value = find(progress, name);
  return value == nullptr ? 0 : static_cast<std::size_t>(*get<Decimal>(*value)->to_int64());
}

Array list_in(const Value& progress, std::string_view name) {
  const Value* value = find(progress, name);
  return value == nullptr ? Array() : *get<Array>(*value);
}

void finish_rows(Step& step, const Plan& plan, const std::vector<Column>& columns, const Array& items) {
  std::vector<sql::Tuple> rows;
  for (const auto& item : items) rows.push_back(row(columns, *get<Object>(item)));
  const std::uint64_t count = rows.size();
  step.finish(columns_of(step.catalog, plan), std::move(rows), count);
}

// ---------------------------------------------------------------------------------------------------- Query and Scan

struct Found {
  Array position;  // in the order in which a search goes
  Object item;
};

// Where an item stands: in an index by its key there, then by the table's. None: it is not in the index.
std::optional<Array> position_of(const Collection& table, const Search& search, const Object& item) {
  Array position;
  std::vector<std::string> names = search.index ? index_key(table.indexes[*search.index]) : std::vector<std::string>();
  names.insert(names.end(), table.key.begin(), table.key.end());
  for (const auto& name : names) {
    const Value* value = find(item, name);
    if (value == nullptr) return std::nullopt;
    position.push_back(*value);
  }
  return position;
}

// The next item behind `last`, if there is one now.
std::optional<Found> next_item(const Step& step, const Search& search, const std::optional<Array>& last) {
  const Collection& table = step.table(search.table);
  const Database& database = step.applied.database;
  const Documents items = search.consistent ? database.collections.at(search.table) : lagging(database, search.table);
  const auto is_before = [&](const Array& a, const Array& b) {
    return search.forward ? Value(a) < Value(b) : Value(b) < Value(a);
  };
  std::optional<Found> next;
  for (const auto& [key, item] : items) {
    auto position = position_of(table, search, item);
    if (!position || (search.key_condition && !holds(*search.key_condition, item))) continue;
    if (last && !is_before(*last, *position)) continue;
    if (!next || is_before(*position, next->position)) next = Found{std::move(*position), item};
  }
  return next;
}

std::optional<Array> place_to_go_on(const Step& step, const Search& search) {
  if (step.applied.session.progress) return list_in(*step.applied.session.progress, "last");
  if (!search.after) return std::nullopt;
  auto position = position_of(step.table(search.table), search, *search.after);
  if (!position) throw Refusal("The provided starting key is invalid: it is the key of an item");
  return position;
}

void finish_search(Step& step, const Search& search, const Array& read, std::size_t count) {
  if (search.counts) {
    step.finish(columns_of(step.catalog, search), {{static_cast<std::int64_t>(count)}}, 1);
  } else {
    finish_rows(step, search, selected(step.table(search.table), search.projection), read);
  }
}

}  // namespace

const Object* item_at(const Database& database, std::size_t table, const Key& key) {
  const auto& items = database.collections.at(table);
  const auto found = items.find(key);
  return found == items.end() ? nullptr : &found->second;
}

const Object* read_item(const Database& database, const Get& get) {
  if (!get.consistent) {
    const auto stale = database.stale.find({get.table, get.key});
    if (stale != database.stale.end()) return stale->second ? &*stale->second : nullptr;
  }
  return item_at(database, get.table, get.key);
}

void take(Step& step, const Get& get) {
  const Object* item = read_item(step.database(), get);
  Array read;
  if (item != nullptr && (!get.filter || holds(*get.filter, *item))) read.emplace_back(shown(*item, get.projection));
  finish_rows(step, get, selected(step.table(get.table), get.projection), read);
}

// A step reads one item. Its last finds no more: until then an item may yet come behind those that have been read.
void take(Step& step, const Search& search) {
  const Value progress = step.applied.session.progress.value_or(Object{});
  Array read = search.counts ? Array() : list_in(progress, "read");
  std::size_t count = search.counts ? number_in(progress, "read") : 0;
  const std::size_t looked = number_in(progress, "looked") + 1;
  const auto next = next_item(step, search, place_to_go_on(step, search));
  if (next && (!search.filter || holds(*search.filter, next->item))) {
    if (!search.counts) read.emplace_back(shown(next->item, search.projection));
    ++count;
  }
  const bool is_over = !next || search.at_most_one || (search.limit && looked >= *search.limit);
  if (is_over) return finish_search(step, search, read, count);
  Object left = {{"read", search.counts ? number(count) : Value(std::move(read))}, {"last", next->position}};
  if (search.limit) left.push_back({"looked", number(looked)});
  step.go_on(std::move(left));
}

// ------------------------------------------------------------------------------------------------------ several items

void take(Step& step, const BatchGet& batch) {
  const Value progress = step.applied.session.progress.value_or(Object{});
  Array read = list_in(progress, "read");
  const std::size_t at = number_in(progress, "next");
  const Get& get = batch.gets.at(at);
  const Object* item = read_item(step.database(), get);
  if (item != nullptr) read.emplace_back(shown(*item, get.projection));
  if (at + 1 < batch.gets.size()) return step.go_on({{"read", std::move(read)}, {"next", number(at + 1)}});
  finish_rows(step, batch, selected(step.table(get.table), get.projection), read);
}

// All at one point; refused where a transaction is at work.
void take(Step& step, const TransactGet& transaction) {
  std::string reasons;
  bool conflicts = false;
  sql::Tuple all;
  std::uint64_t count = 0;
  for (const auto& get : transaction.gets) {
    const bool held = step.is_held(get.table, get.key);
    reasons += (reasons.empty() ? "" : ", ") + std::string(held ? "TransactionConflict" : "None");
    conflicts = conflicts || held;
    const Object* item = item_at(step.database(), get.table, get.key);
    if (item != nullptr && get.filter && !holds(*get.filter, *item)) item = nullptr;
    count += item != nullptr ? 1 : 0;
    const auto columns = selected(step.table(get.table), get.projection);
    for (auto& value : row(columns, item != nullptr ? shown(*item, get.projection) : Object()))
      all.push_back(std::move(value));
  }
  if (conflicts) {
    return step.fail("transaction_canceled",
                     "Transaction cancelled, please refer cancellation reasons for specific reasons [" + reasons + "]");
  }
  step.finish(columns_of(step.catalog, transaction), {std::move(all)}, count);
}

}  // namespace gapless::store::document::dynamo
