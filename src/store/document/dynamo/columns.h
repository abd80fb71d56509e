// Which columns of a table a plan's rows have.
#pragma once

#include <string>
#include <vector>

#include "store/document/dynamo/plan.h"
#include "store/document/rules.h"

namespace gapless::store::document::dynamo {

// Those of the table that the paths reach; all without a projection.
std::vector<Column> selected(const Collection& table, const Projection& projection);
// A write's attributes; none where it returns none.
std::vector<Column> returned_columns(const Collection& table, const Write& write);
std::vector<DocumentPath> changed_paths(const Write& write);

std::vector<ResultColumn> columns_of(const Catalog& catalog, const Plan& plan);

}  // namespace gapless::store::document::dynamo
