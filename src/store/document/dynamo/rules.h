// DynamoDB: rules D-1 to D-5 of shared/semantics.md section 5, from its developer guide. Contracts as in
// store/document/rules.h.
#pragma once

#include <string>
#include <vector>

#include "store/document/rules.h"

namespace gapless::store::document::dynamo {

bool is_ready(const Catalog& catalog, const Database& database, const Session& session, const Request& request);
Applied apply(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              sql::Timestamp now);
// The client is no more in the middle of a request.
Applied finish_alone(const Catalog& catalog, const Database& database, const Session& session);
std::vector<ResultColumn> columns_of(const Catalog& catalog, const Request& request);
std::string mistake(const Catalog& catalog, const Request& request, bool in_transaction);
bool only_reads(const Request& request);
bool takes_several_steps(const Request& request);

}  // namespace gapless::store::document::dynamo
