// The actions of the API by their names.
#include "store/document/dynamo/plan.h"

#include <functional>
#include <map>

#include "sql/bind.h"
#include "store/document/dynamo/plan_parts.h"

namespace gapless::store::document::dynamo {
namespace {

using Reader = Plan (*)(const Catalog&, const Value&);

const std::map<std::string, Reader, std::less<>>& readers() {
  static const std::map<std::string, Reader, std::less<>> all = {
      {"GetItem", get_item},
      {"PutItem", put_item},
      {"UpdateItem", update_item},
      {"DeleteItem", delete_item},
      {"Query", query},
      {"Scan", scan},
      {"BatchGetItem", batch_get},
      {"BatchWriteItem", batch_write},
      {"TransactWriteItems", transact_write},
      {"TransactGetItems", transact_get},
      {"ExecuteStatement", execute_statement},
      {"ExecuteTransaction", execute_transaction},
  };
  return all;
}

[[noreturn]] void refuse_action(const std::string& action) {
  static const std::map<std::string, std::string> advice = {
      {"BatchExecuteStatement", "write its statements one after the other: the batch is not atomic"},
      {"CreateTable", "it stands in the block of the database, not in a request"},
      {"UpdateTimeToLive", "it stands in the block of the database, not in a request"},
      {"DescribeTable", "what a table is does not change here"},
      {"GetRecords", "streams are not simulated; write `send`"},
  };
  const auto found = advice.find(action);
  if (found != advice.end()) throw Refusal(action + " is not simulated: " + found->second);
  std::vector<std::string> names;
  for (const auto& [name, reader] : readers()) names.push_back(name);
  const std::string near = sql::did_you_mean(action, names);
  throw Refusal("unknown action `" + action + "` of DynamoDB" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
}

}  // namespace

Plan plan_of(const Catalog& catalog, const Request& request) {
  if (request.method == "PartiQL") return plan_of_statement(catalog, request.text, request.arguments, {});
  const auto reader = readers().find(request.method);
  if (reader == readers().end()) refuse_action(request.method);
  if (request.arguments.size() != 1 || !request.chained.empty()) {
    throw Refusal(request.method + " takes its parameters in one object: " + request.method + " {TableName: …}");
  }
  return reader->second(catalog, request.arguments.front());
}

}  // namespace gapless::store::document::dynamo
