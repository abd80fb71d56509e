// What is between the steps of a request stands in its progress:
//   {insert: true}      an upsert has found nothing, and inserts next without looking again (M-3);
//   {chosen: 7}         a write with `sort` has chosen its document (M-2);
//   {after: 7, …}       updateMany, deleteMany have come to this key;
//   {next: 1}           insertMany; {next: 1, inner: …, …} bulkWrite.
#include "store/document/mongo/write.h"

#include <algorithm>

#include "base/check.h"
#include "store/document/mongo/expression.h"
#include "store/document/mongo/filter.h"
#include "store/document/mongo/method.h"
#include "store/document/mongo/path.h"
#include "store/document/mongo/project.h"
#include "store/document/mongo/read.h"
#include "store/document/mongo/shape.h"
#include "store/document/mongo/update.h"

namespace gapless::store::document::mongo {
namespace {

Value number(std::size_t value) { return static_cast<std::int64_t>(value); }

std::size_t count_in(const std::optional<Value>& progress, std::string_view name) {
  const Value* found = progress ? find(*progress, name) : nullptr;
  const auto* held = found == nullptr ? nullptr : get<Decimal>(*found);
  return held == nullptr ? 0 : static_cast<std::size_t>(held->to_int64().value_or(0));
}

// What a request has done to documents.
struct Outcome {
  std::size_t matched = 0;
  std::size_t modified = 0;
  std::optional<Object> before;
  std::optional<Object> after;
  Value upserted;  // the new _id; null: none
};

class Writing {
 public:
  Writing(Work& work, std::size_t collection, const Request& request)
      : work_(work),
        collection_(collection),
        request_(request),
        filter_(argument(request, "filter")),
        sort_(option(request, "sort")),
        upserts_(is_true(option(request, "upsert"))),
        deletes_(request.method.starts_with("delete") || request.method == "findOneAndDelete") {}

  std::optional<Outcome> one();
  std::optional<Outcome> many();

 private:
  bool is_of_one() const { return mongo::is_of_one(work_.catalog().collections[collection_], filter_); }
  const Value* noted(std::string_view name) const { return work_.progress() ? find(*work_.progress(), name) : nullptr; }
  std::optional<Key> candidate() const;
  bool must_choose_first() const { return !work_.in_transaction() && !is_null(sort_) && !is_of_one(); }

  Object changed(const Object& document) const;
  Outcome change(const Key& key);
  std::optional<Outcome> nothing_found();
  Outcome insert();
  Outcome insert_new();

  Work& work_;
  std::size_t collection_;
  const Request& request_;
  Value filter_;
  Value sort_;
  bool upserts_;
  bool deletes_;
};

std::optional<Outcome> Writing::one() {
  if (noted("insert") != nullptr) return insert();
  if (const Value* chosen = noted("chosen")) {
    const Object* document = work_.document({collection_, *chosen});
    if (document != nullptr && matches(filter_, *document, work_.now())) return change(Key(*chosen));
  }
  const auto key = candidate();
  if (!key) return nothing_found();
  if (!must_choose_first()) return change(*key);
  work_.progress() = Object{{"chosen", *key}};
  return std::nullopt;
}

// A document a step, in the order of keys. Where documents are left behind the last one written, others may come to
// match by what others do, so that it takes one more step to see that none does.
std::optional<Outcome> Writing::many() {
  if (noted("insert") != nullptr) return insert();
  const Value* reached = noted("after");
  Outcome outcome{count_in(work_.progress(), "matched"), count_in(work_.progress(), "modified"), {}, {}, {}};
  const auto documents = work_.documents(collection_);
  const auto next =
      std::find_if(reached == nullptr ? documents.begin() : documents.upper_bound(*reached), documents.end(),
                   [&](const auto& each) { return matches(filter_, each.second, work_.now()); });
  if (next == documents.end()) return reached == nullptr ? nothing_found() : outcome;
  const auto step = change(next->first);
  outcome.matched += step.matched;
  outcome.modified += step.modified;
  if (is_of_one() || std::next(next) == documents.end()) return outcome;
  work_.progress() =
      Object{{"after", next->first}, {"matched", number(outcome.matched)}, {"modified", number(outcome.modified)}};
  return std::nullopt;
}

std::optional<Key> Writing::candidate() const {
  const auto documents = work_.documents(collection_);
  const auto matching = found(documents, filter_, sort_, work_.now());
  if (matching.empty()) return std::nullopt;
  return matching.front()->first;
}

Object Writing::changed(const Object& document) const {
  const auto replacement = argument(request_, "replacement");
  if (!is_null(replacement)) return replaced(document, replacement);
  return updated(document, argument(request_, "update"), filter_, false, work_.now());
}

Outcome Writing::change(const Key& key) {
  const Address address{collection_, key};
  Outcome outcome{1, 0, *work_.document(address), {}, {}};
  if (!deletes_) outcome.after = changed(*outcome.before);
  if (work_.write(address, outcome.after)) outcome.modified = 1;
  return outcome;
}

std::optional<Outcome> Writing::nothing_found() {
  if (!upserts_) return Outcome();
  if (work_.in_transaction()) return insert_new();
  work_.progress() = Object{{"insert", true}};
  return std::nullopt;
}

// The server tries an upsert again as an update if what it would insert is there by now, the filter is nothing but
// equalities on the fields of the unique index, and the update leaves these alone (SERVER-14322, SERVER-37124).
Outcome Writing::insert() {
  try {
    return insert_new();
  } catch (const Failure& failure) {
    const auto wanted = equalities(filter_);
    const bool same_fields = !failure.paths.empty() && has_only_equalities(filter_) &&
                             wanted.size() == failure.paths.size() &&
                             std::ranges::all_of(wanted, [&](const Equality& each) {
                               return std::ranges::find(failure.paths, split(each.path)) != failure.paths.end();
                             });
    const auto key = same_fields ? candidate() : std::nullopt;
    if (!key) throw;
    return change(*key);
  }
}

Outcome Writing::insert_new() {
  const auto base = upserted(filter_);
  const auto replacement = argument(request_, "replacement");
  const auto document = is_null(replacement) ? updated(base, argument(request_, "update"), filter_, true, work_.now())
                                             : replaced(base, replacement);
  Outcome outcome;
  outcome.upserted = work_.insert(collection_, document);
  outcome.after = *work_.document({collection_, outcome.upserted});
  return outcome;
}

// ------------------------------------------------------------------------------------------------------- the answers

Observation answer(const Work& work, const Request& request, const Outcome& outcome) {
  const auto columns = answer_columns(work.catalog(), request);
  if (request.method.starts_with("delete")) {
    return answer_of_row(columns, {{"deletedCount", number(outcome.modified)}}, outcome.modified);
  }
  if (!request.method.starts_with("findOneAnd")) {
    const std::size_t inserted = is_null(outcome.upserted) ? 0 : 1;
    return answer_of_row(columns,
                         {{"matchedCount", number(outcome.matched)},
                          {"modifiedCount", number(outcome.modified)},
                          {"upsertedId", outcome.upserted}},
                         outcome.modified + inserted);
  }
  const auto& document = returns_new(request) ? outcome.after : outcome.before;
  if (!document) return answer_of_documents(columns, {});
  const auto projection = option(request, "projection");
  if (is_null(projection)) return answer_of_documents(columns, {*document});
  return answer_of_documents(columns, {projected(*document, read_projection(projection), work.now())});
}

const Object& object_of(const Value& value) {
  const auto* object = get<Object>(value);
  if (object == nullptr) fail("a document is an object, not " + bson_type(value));
  return *object;
}

Observation insert_one(Work& work, std::size_t collection, const Request& request) {
  const auto id = work.insert(collection, object_of(argument(request, "document")));
  return answer_of_row(answer_columns(work.catalog(), request), {{"insertedId", id}}, 1);
}

// Ordered: the first error ends it, and what is inserted before stays.
std::optional<Observation> insert_many(Work& work, std::size_t collection, const Request& request) {
  const auto given = argument(request, "documents");
  const auto* documents = get<Array>(given);
  if (documents == nullptr || documents->empty()) fail("insertMany needs an array of documents");
  const auto next = count_in(work.progress(), "next");
  work.insert(collection, object_of(documents->at(next)));
  if (next + 1 < documents->size()) {
    work.progress() = Object{{"next", number(next + 1)}};
    return std::nullopt;
  }
  return answer_of_row(answer_columns(work.catalog(), request), {{"insertedCount", number(documents->size())}},
                       documents->size());
}

// -------------------------------------------------------------------------------------------------------- bulkWrite

constexpr std::string_view counters[] = {"insertedCount", "matchedCount", "modifiedCount", "deletedCount",
                                         "upsertedCount"};

// What one operation has done, by the names of bulkWrite's counters.
void add_counts(Object& counts, const Observation& observation) {
  const auto add = [&](std::string_view name, const Decimal& more) {
    set(counts, name, std::get<Decimal>(find(counts, name)->held) + more);
  };
  for (std::size_t column = 0; column < observation.columns.size(); ++column) {
    const auto& name = observation.columns[column];
    const auto& value = observation.rows.at(0).at(column);
    if (name == "insertedId") add("insertedCount", Decimal(1));
    if (name == "upsertedId" && !sql::is_null(value)) add("upsertedCount", Decimal(1));
    if (find(counts, name) != nullptr) add(name, std::get<Decimal>(value));
  }
}

std::optional<Observation> bulk_write(Work& work, std::size_t collection, const Request& request) {
  const auto given = argument(request, "operations");
  const auto* operations = get<Array>(given);
  if (operations == nullptr || operations->empty()) fail("bulkWrite needs an array of operations");
  Object progress;
  for (const auto name : counters) set(progress, name, number(count_in(work.progress(), name)));
  const auto next = count_in(work.progress(), "next");
  const Value* inner = work.progress() ? find(*work.progress(), "inner") : nullptr;
  work.progress() = inner == nullptr ? std::nullopt : std::optional(Value(*inner));
  const auto done = write(work, collection, bulk_request(request, operations->at(next)));
  if (done) {
    add_counts(progress, *done);
    work.progress().reset();
  }
  if (done && next + 1 == operations->size()) {
    std::uint64_t count = 0;
    for (const auto name : counters) count += name == "matchedCount" ? 0 : count_in(Value(progress), name);
    return answer_of_row(answer_columns(work.catalog(), request), progress, count);
  }
  set(progress, "next", number(done ? next + 1 : next));
  if (work.progress()) set(progress, "inner", *work.progress());
  work.progress() = progress;
  return std::nullopt;
}

}  // namespace

std::optional<Observation> write(Work& work, std::size_t collection, const Request& request) {
  if (request.method == "insertOne") return insert_one(work, collection, request);
  if (request.method == "insertMany") return insert_many(work, collection, request);
  if (request.method == "bulkWrite") return bulk_write(work, collection, request);
  Writing writing(work, collection, request);
  const bool is_many = request.method == "updateMany" || request.method == "deleteMany";
  const auto outcome = is_many ? writing.many() : writing.one();
  if (!outcome) return std::nullopt;
  return answer(work, request, *outcome);
}

}  // namespace gapless::store::document::mongo
