// What an update makes of a document: {$inc: {used: 1}, $set: {usedBy: 7}}, or a pipeline of $set, $unset, …
#pragma once

#include "sql/value.h"
#include "store/document/value.h"

namespace gapless::store::document::mongo {

// `filter` found the document: its conditions say which element the positional $ means. `inserting`: the document is
// what an upsert's filter wants to be equal, and $setOnInsert counts. Fails as MongoDB does.
Object updated(const Object& document, const Value& update, const Value& filter, bool inserting, sql::Timestamp now);

// replaceOne: the new document keeps its _id.
Object replaced(const Object& document, const Value& replacement);

// An upsert's document before the update: what the filter wants to be equal.
Object upserted(const Value& filter);

}  // namespace gapless::store::document::mongo
