// What MongoDB and DynamoDB do with a request: rules M-1 to M-7 and D-1 to D-5 of shared/semantics.md, sections 4 and
// 5, pure functions of values. One door for both dialects; mongo/ and dynamo/ have the rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/statement.h"
#include "store/document/database.h"
#include "store/document/request.h"
#include "store/operation.h"

namespace gapless::store::document {

struct Applied {
  Database database;
  Session session;
  Event event;
  // None: the request has more steps (session.progress says so), and goes on with apply().
  std::optional<Observation> observation;
};

// Whether the request can go on now. False: a plain write waits for the transaction that holds its document (M-5).
// `begins` and `now` as apply() will get them: what begins a transaction never waits.
bool is_ready(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              bool begins = false, sql::Timestamp now = {});

// Starts the request, or goes on with it. `begins`: a transaction is opened first. `now`: for TTL, $$NOW, $currentDate.
// REQUIRES: is_ready().
//
// Observation: tag "MONGODB" or "DYNAMODB"; columns as columns_of() says. Conditions of errors: MongoDB write_conflict
// (112, label TransientTransactionError), duplicate_key (11000), no_such_transaction (251), mongodb_error (anything
// else); DynamoDB conditional_check_failed, transaction_canceled, transaction_conflict,
// transaction_in_progress, idempotent_parameter_mismatch, duplicate_item (PartiQL INSERT), validation_error.
Applied apply(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              bool begins, sql::Timestamp now);

// The session is closed, or its transaction abandoned: what is open is rolled back. A TransactWriteItems whose checks
// have been passed is carried out: the service, not the client, finishes it.
Applied disconnect(const Catalog& catalog, const Database& database, const Session& session);

// What the observation's rows will be, known from the request alone (its values may be Unknown).
struct ResultColumn {
  std::string name;
  sql::Type type = sql::Type::text;
};
std::vector<ResultColumn> columns_of(const Catalog& catalog, const Request& request);

// Why this can be no request whatever its unknown values are: "unknown method `findAndUpdate`; did you mean
// `findOneAndUpdate`?", "$st is no update operator; did you mean `$set`?", "there is no collection …"; empty if it
// can. `in_transaction`: what cannot stand in one is refused.
std::string mistake(const Catalog& catalog, const Request& request, bool in_transaction);

// Documents whose time may be over (TTL), in order; and their end.
std::vector<Address> expirable(const Catalog& catalog, const Database& database);
Applied expire(const Catalog& catalog, const Database& database, const Address& address);
// What an eventually consistent read has yet to see; and that it does.
std::vector<Address> lagging(const Database& database);
Applied catch_up(const Database& database, const Address& address);
// "coupons:\"SAVE50\"", as a schedule has it in expire(…) and replicate(…).
std::string to_string(const Catalog& catalog, const Address& address);

// What controls and reports need to know.
bool only_reads(const Request& request);
// The request takes more than one step (apply() without an observation).
bool takes_several_steps(const Request& request);

}  // namespace gapless::store::document
