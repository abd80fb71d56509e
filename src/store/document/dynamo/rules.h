// DynamoDB: rules D-1 to D-5 of shared/semantics.md section 5, from its developer guide. Contracts as in
// store/document/rules.h.
//
// What a request is, plan.h says; a request that takes several steps keeps in Session::progress
//   Query, Scan          {read: [items] or their number, last: position, looked: number}
//   BatchGetItem         {read: [items], next: number}
//   BatchWriteItem       {next: number, unprocessed: number}
//   TransactWriteItems   {writes: [{table, key, image}], token}: checked, and held; whoever is there carries it out
#pragma once

#include <string>
#include <vector>

#include "store/document/rules.h"

namespace gapless::store::document::dynamo {

bool is_ready(const Catalog& catalog, const Database& database, const Session& session, const Request& request);
Applied apply(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              sql::Timestamp now);
// The client is no more in the middle of a request. A transaction is carried out, a batch goes no further.
Applied finish_alone(const Catalog& catalog, const Database& database, const Session& session);
std::vector<ResultColumn> columns_of(const Catalog& catalog, const Request& request);
std::string mistake(const Catalog& catalog, const Request& request, bool in_transaction);
bool only_reads(const Request& request);
// As far as the request alone tells: a Query of a table without a sort key may need one step after all.
bool takes_several_steps(const Request& request);
// It reads without ConsistentRead: true, and not in a transaction.
bool reads_eventually(const Request& request);

}  // namespace gapless::store::document::dynamo
