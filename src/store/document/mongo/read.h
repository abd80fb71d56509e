// The methods that only read: one step each.
#pragma once

#include "store/document/mongo/work.h"

namespace gapless::store::document::mongo {

Observation read(const Work& work, std::size_t collection, const Request& request);

// An answer of documents, or of one row of what `answer` has.
Observation answer_of_documents(const std::vector<Column>& columns, const std::vector<Object>& documents);
Observation answer_of_row(const std::vector<Column>& columns, const Object& answer, std::uint64_t count);

// Those that match, in the order of `sort`, then of their keys.
std::vector<const Documents::value_type*> found(const Documents& documents, const Value& filter, const Value& sort,
                                                sql::Timestamp now);

}  // namespace gapless::store::document::mongo
