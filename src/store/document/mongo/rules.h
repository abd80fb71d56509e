// MongoDB: rules M-1 to M-7 of shared/semantics.md section 4, from the manual. Contracts as in store/document/rules.h.
#pragma once

#include <string>
#include <vector>

#include "store/document/rules.h"

namespace gapless::store::document::mongo {

bool is_ready(const Catalog& catalog, const Database& database, const Session& session, const Request& request);
Applied apply(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              bool begins, sql::Timestamp now);
std::vector<ResultColumn> columns_of(const Catalog& catalog, const Request& request);
std::string mistake(const Catalog& catalog, const Request& request, bool in_transaction);
bool only_reads(const Request& request);
bool takes_several_steps(const Request& request);

}  // namespace gapless::store::document::mongo
