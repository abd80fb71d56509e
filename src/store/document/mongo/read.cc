#include "store/document/mongo/read.h"

#include <algorithm>

#include "base/check.h"
#include "store/document/mongo/filter.h"
#include "store/document/mongo/method.h"
#include "store/document/mongo/path.h"
#include "store/document/mongo/pipeline.h"
#include "store/document/mongo/project.h"
#include "store/document/mongo/shape.h"

namespace gapless::store::document::mongo {
namespace {

std::size_t natural(const Value& value, std::size_t otherwise) {
  if (is_null(value)) return otherwise;
  const auto* number = get<Decimal>(value);
  const auto held = number == nullptr ? std::nullopt : number->to_int64();
  if (!held) fail("skip and limit need a number, not " + bson_type(value));
  if (*held < 0) fail("skip and limit must not be negative");
  return static_cast<std::size_t>(*held);
}

std::vector<Object> all_of(const Work& work, const std::string& collection) {
  const auto number = work.catalog().find(collection);
  if (!number) fail("there is no collection `" + collection + "`");
  std::vector<Object> documents;
  for (const auto& [key, document] : work.documents(*number)) documents.push_back(document);
  return documents;
}

Observation find_documents(const Work& work, std::size_t collection, const Request& request) {
  const auto asked = reading(request);
  const auto documents = work.documents(collection);
  auto matching = found(documents, asked.filter, asked.sort, work.now());
  const auto skipped = std::min(matching.size(), natural(asked.skip, 0));
  matching.erase(matching.begin(), matching.begin() + static_cast<std::ptrdiff_t>(skipped));
  auto limit = request.method == "findOne" ? 1 : natural(asked.limit, 0);
  if (limit == 0) limit = matching.size();  // 0: no limit
  matching.resize(std::min(matching.size(), limit));
  const auto columns = answer_columns(work.catalog(), request);
  if (asked.counts) {
    return answer_of_row(columns, {{"n", static_cast<std::int64_t>(matching.size())}}, matching.size());
  }
  std::vector<Object> results;
  for (const auto* each : matching) {
    results.push_back(is_null(asked.projection)
                          ? each->second
                          : projected(each->second, read_projection(asked.projection), work.now()));
  }
  return answer_of_documents(columns, results);
}

Observation count(const Work& work, std::size_t collection, const Request& request) {
  const auto documents = work.documents(collection);
  const auto size = found(documents, argument(request, "filter"), {}, work.now()).size();
  return answer_of_row(answer_columns(work.catalog(), request), {{"n", static_cast<std::int64_t>(size)}}, size);
}

Observation distinct(const Work& work, std::size_t collection, const Request& request) {
  const auto documents = work.documents(collection);
  const auto field = argument(request, "field");
  const auto* name = get<std::string>(field);
  if (name == nullptr) fail("distinct needs a field's name");
  std::set<Value> values;
  for (const auto* each : found(documents, argument(request, "filter"), {}, work.now())) {
    for (const Value* value : reached(each->second, split(*name))) {
      const auto* array = value == nullptr ? nullptr : get<Array>(*value);
      if (array != nullptr) values.insert(array->begin(), array->end());
      if (array == nullptr && value != nullptr) values.insert(*value);
    }
  }
  std::vector<Object> results;
  for (const auto& value : values) results.push_back({{"value", value}});
  return answer_of_documents(answer_columns(work.catalog(), request), results);
}

Observation aggregate(const Work& work, std::size_t collection, const Request& request) {
  const auto pipeline = argument(request, "pipeline");
  const auto* stages = get<Array>(pipeline);
  if (stages == nullptr) fail("aggregate needs an array of stages");
  const Around around{[&](const std::string& other) { return all_of(work, other); }, work.now()};
  const auto results = aggregated(all_of(work, work.catalog().collections[collection].name), *stages, around);
  return answer_of_documents(answer_columns(work.catalog(), request), results);
}

Observation with_columns(const std::vector<Column>& columns) {
  Observation observation;
  observation.tag = "MONGODB";
  for (const auto& column : columns) observation.columns.push_back(column.name);
  return observation;
}

}  // namespace

Observation read(const Work& work, std::size_t collection, const Request& request) {
  if (request.method == "countDocuments") return count(work, collection, request);
  if (request.method == "distinct") return distinct(work, collection, request);
  if (request.method == "aggregate") return aggregate(work, collection, request);
  check(request.method == "find" || request.method == "findOne", "every method that reads is known");
  return find_documents(work, collection, request);
}

Observation answer_of_documents(const std::vector<Column>& columns, const std::vector<Object>& documents) {
  auto observation = with_columns(columns);
  for (const auto& document : documents) observation.rows.push_back(row(columns, document));
  observation.count = observation.rows.size();
  return observation;
}

Observation answer_of_row(const std::vector<Column>& columns, const Object& answer, std::uint64_t count) {
  auto observation = with_columns(columns);
  observation.rows.push_back(row(columns, answer));
  observation.count = count;
  return observation;
}

std::vector<const Documents::value_type*> found(const Documents& documents, const Value& filter, const Value& sort,
                                                sql::Timestamp now) {
  std::vector<const Documents::value_type*> matching;
  for (const auto& each : documents) {
    if (matches(filter, each.second, now)) matching.push_back(&each);
  }
  return sorted(std::move(matching), sort);
}

}  // namespace gapless::store::document::mongo
