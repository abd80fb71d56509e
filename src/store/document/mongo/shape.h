// The columns of what a request answers, known from its words alone: a request's values may be Unknown here.
#pragma once

#include <vector>

#include "store/document/database.h"
#include "store/document/request.h"

namespace gapless::store::document::mongo {

// Of find and the like, and of aggregate: paths into the documents that are answered.
std::vector<Column> projected_columns(const std::vector<Column>& columns, const Value& projection);
std::vector<Column> aggregated_columns(const Catalog& catalog, const Collection& collection, const Value& pipeline);

// Of any request: the path of each column is its name where the answer is no document.
std::vector<Column> answer_columns(const Catalog& catalog, const Request& request);

}  // namespace gapless::store::document::mongo
