// Projections: the second argument of find, and the stage $project. {name: 1, _id: 0, left: {$subtract: ["$a", "$b"]}}
#pragma once

#include <utility>
#include <vector>

#include "sql/value.h"
#include "store/document/database.h"

namespace gapless::store::document::mongo {

struct Projection {
  bool excludes = false;  // the named fields are left out; else nothing but them is kept
  bool with_id = true;
  std::vector<Path> paths;
  std::vector<std::pair<Path, Value>> computed;  // expressions
};

Projection read_projection(const Value& specification);
Object projected(const Object& document, const Projection& projection, sql::Timestamp now);

// $set and $addFields: each path becomes what its expression yields on `document`.
Object with_fields(const Object& document, const std::vector<std::pair<Path, Value>>& fields, sql::Timestamp now);
// {a: {b: 1}, "c.d": 2} as paths and what stands there.
std::vector<std::pair<Path, Value>> leaves(const Value& specification);

}  // namespace gapless::store::document::mongo
