// Tables as a scenario declares them: CreateTable and UpdateTimeToLive in the block of a database.
#pragma once

#include <string>

#include "store/document/database.h"
#include "store/document/request.h"

namespace gapless::store::document::dynamo {

// Adds the table to the catalog; what is wrong with the request, or empty. The columns are those of the key: S is text,
// N numeric; without AttributeDefinitions their type is unknown, and the caller has to find it before anything runs. An
// index is a global secondary one: its paths are its partition key and its sort key.
std::string create_table(const Request& request, Catalog& catalog);
std::string update_time_to_live(const Request& request, Catalog& catalog);

}  // namespace gapless::store::document::dynamo
