// Aggregation pipelines: documents through $match, $group, $project, $set, $unset, $sort, $limit, $skip, $unwind,
// $count, $lookup, $replaceWith.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sql/value.h"
#include "store/document/value.h"

namespace gapless::store::document::mongo {

struct Around {
  // The documents of another collection, for $lookup; empty in an update.
  std::function<std::vector<Object>(const std::string& collection)> documents_of;
  sql::Timestamp now;
};

std::vector<Object> aggregated(std::vector<Object> documents, const Array& stages, const Around& around);

// $group alone: groups in the order of their _id.
std::vector<Object> grouped(const std::vector<Object>& documents, const Value& specification, sql::Timestamp now);

// The field's name of "$items", as $unwind takes it, also as {path: "$items"}.
std::string unwound_path(const Value& specification);

std::vector<std::string> stage_names();
std::vector<std::string> accumulator_names();

}  // namespace gapless::store::document::mongo
