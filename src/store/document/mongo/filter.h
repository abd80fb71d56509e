// Filters: which documents a request is about. {code: "SAVE50", used: {$lt: 10}}
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sql/value.h"
#include "store/document/database.h"

namespace gapless::store::document::mongo {

// Comparisons keep to one BSON type ({$gt: 5} matches no text), null matches what is missing, and a condition on a
// field that holds an array is met where the array or one of its elements meets it.
bool matches(const Value& filter, const Object& document, sql::Timestamp now);

// Whether a value alone meets what may stand behind a field: 5, {$gt: 5, $lt: 9}; for $pull and $elemMatch.
bool meets(const Value& condition, const Value& value, sql::Timestamp now);

// What the filter wants to be equal, also by $eq and inside $and.
struct Equality {
  std::string path;
  Value value;
};
std::vector<Equality> equalities(const Value& filter);
bool has_only_equalities(const Value& filter);

// At most one document can match: there is an equality on _id, or on each field of a unique index of all documents.
bool is_of_one(const Collection& collection, const Value& filter);

// In ascending order of what `sort` says ({at: 1, price: -1}), else of their keys.
std::vector<const Documents::value_type*> sorted(std::vector<const Documents::value_type*> documents,
                                                 const Value& sort);
bool comes_before(const Object& a, const Object& b, const Value& sort);

}  // namespace gapless::store::document::mongo
