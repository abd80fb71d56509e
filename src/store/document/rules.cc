// What both dialects share, and which of them a request goes to.
#include "store/document/rules.h"

#include <algorithm>

#include "base/check.h"
#include "store/document/dynamo/rules.h"
#include "store/document/mongo/rules.h"

namespace gapless::store::document {
namespace {

bool is_mongo(const Catalog& catalog) { return catalog.dialect == Dialect::mongodb; }

bool has_time(const Object& document, const std::string& field) {
  const Value* value = find(document, field);
  return value != nullptr && (get<sql::Timestamp>(*value) != nullptr || get<Decimal>(*value) != nullptr);
}

bool can_expire(const Collection& collection, const Object& document) {
  if (collection.ttl && has_time(document, *collection.ttl)) return true;
  return std::ranges::any_of(collection.indexes, [&](const Index& index) {
    if (!index.expire_after_s || index.paths.empty()) return false;
    const Value* value = at(document, index.paths.front());
    return value != nullptr && get<sql::Timestamp>(*value) != nullptr;
  });
}

}  // namespace

bool is_ready(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              bool begins, sql::Timestamp now) {
  return is_mongo(catalog) ? mongo::is_ready(catalog, database, session, request, begins, now)
                           : dynamo::is_ready(catalog, database, session, request);
}

Applied apply(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              bool begins, sql::Timestamp now) {
  return is_mongo(catalog) ? mongo::apply(catalog, database, session, request, begins, now)
                           : dynamo::apply(catalog, database, session, request, now);
}

Applied disconnect(const Catalog& catalog, const Database& database, const Session& session) {
  if (!is_mongo(catalog) && session.progress) return dynamo::finish_alone(catalog, database, session);
  Applied applied{database, {}, {}, std::nullopt};
  for (const auto& [address, document] : session.writes) applied.database.held.erase(address);
  for (const auto& entry : session.claims) applied.database.claimed.erase(entry);
  return applied;
}

std::vector<ResultColumn> columns_of(const Catalog& catalog, const Request& request) {
  return is_mongo(catalog) ? mongo::columns_of(catalog, request) : dynamo::columns_of(catalog, request);
}

std::string mistake(const Catalog& catalog, const Request& request, bool in_transaction) {
  return is_mongo(catalog) ? mongo::mistake(catalog, request, in_transaction)
                           : dynamo::mistake(catalog, request, in_transaction);
}

std::vector<Address> expirable(const Catalog& catalog, const Database& database) {
  std::vector<Address> found;
  for (std::size_t number = 0; number < catalog.collections.size(); ++number) {
    for (const auto& [key, document] : database.collections.at(number)) {
      const Address address{number, key};
      if (!database.held.contains(address) && can_expire(catalog.collections[number], document)) {
        found.push_back(address);
      }
    }
  }
  return found;
}

Applied expire(const Catalog& catalog, const Database& database, const Address& address) {
  check(database.collections.at(address.first).contains(address.second), "what expires is there");
  Applied applied{database, {}, {}, std::nullopt};
  commit(catalog, applied.database, applied.event, address, std::nullopt);
  return applied;
}

std::vector<Address> lagging(const Database& database) {
  std::vector<Address> found;
  for (const auto& [address, document] : database.stale) found.push_back(address);
  return found;
}

Applied catch_up(const Database& database, const Address& address) {
  check(database.stale.contains(address), "what catches up has lagged behind");
  Applied applied{database, {}, {}, std::nullopt};
  applied.database.stale.erase(address);
  return applied;
}

std::string to_string(const Catalog& catalog, const Address& address) {
  return catalog.collections.at(address.first).name + ":" + to_string(address.second);
}

bool only_reads(const Request& request) { return mongo::only_reads(request) || dynamo::only_reads(request); }

bool takes_several_steps(const Request& request) {
  return mongo::takes_several_steps(request) || dynamo::takes_several_steps(request);
}

}  // namespace gapless::store::document
