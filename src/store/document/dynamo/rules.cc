#include "store/document/dynamo/rules.h"

namespace gapless::store::document::dynamo {

bool is_ready(const Catalog& /*catalog*/, const Database& /*database*/, const Session& /*session*/,
              const Request& /*request*/) {
  return true;
}
Applied apply(const Catalog& /*catalog*/, const Database& database, const Session& session, const Request& /*request*/,
              sql::Timestamp /*now*/) {
  return {database, session, {}, Observation{}};
}
Applied finish_alone(const Catalog& /*catalog*/, const Database& database, const Session& /*session*/) {
  return {database, {}, {}, std::nullopt};
}
std::vector<ResultColumn> columns_of(const Catalog& /*catalog*/, const Request& /*request*/) { return {}; }
std::string mistake(const Catalog& /*catalog*/, const Request& /*request*/, bool /*in_transaction*/) { return {}; }
bool only_reads(const Request& /*request*/) { return false; }
bool takes_several_steps(const Request& /*request*/) { return false; }

}  // namespace gapless::store::document::dynamo
