// MongoDB: rules M-1 to M-7 of shared/semantics.md section 4, from the manual. Contracts as in store/document/rules.h.
//
// A step outside a transaction writes at most one document. updateMany and deleteMany go by the order of _id, a step a
// document; insertMany and bulkWrite a step an item; an upsert that finds nothing inserts in its next step (M-3); a
// write with `sort` chooses its document in one step and writes it in the next (M-2). Whatever only reads is one step.
#pragma once

#include <string>
#include <vector>

#include "store/document/rules.h"

namespace gapless::store::document::mongo {

bool is_ready(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              bool begins, sql::Timestamp now);
Applied apply(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              bool begins, sql::Timestamp now);
std::vector<ResultColumn> columns_of(const Catalog& catalog, const Request& request);
std::string mistake(const Catalog& catalog, const Request& request, bool in_transaction);
bool only_reads(const Request& request);
bool takes_several_steps(const Request& request);

// createIndex, which stands in a database block only: why it can be none (empty if it can), and the index.
std::string index_mistake(const Request& request);
Index index_of(const Request& request);  // REQUIRES: index_mistake() is empty

}  // namespace gapless::store::document::mongo
