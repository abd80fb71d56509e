#include "store/document/dynamo/rules.h"

#include <algorithm>

#include "store/document/dynamo/columns.h"
#include "store/document/dynamo/reserved.h"
#include "store/document/dynamo/step.h"

namespace gapless::store::document::dynamo {
namespace {

Observation observed() {
  Observation observation;
  observation.tag = "DYNAMODB";
  return observation;
}

bool says_true(const Value& object, std::string_view name) {
  const Value* value = find(object, name);
  const auto* held = value == nullptr ? nullptr : get<bool>(*value);
  return held != nullptr && *held;
}

bool begins_select(std::string_view statement) {
  const auto begin = statement.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && lower(statement.substr(begin, 6)) == "select";
}

bool is_select(const Value& parameters) {
  const Value* statement = find(parameters, "Statement");
  const auto* text = statement == nullptr ? nullptr : get<std::string>(*statement);
  return text != nullptr && begins_select(*text);
}

Value parameters_of(const Request& request) { return request.arguments.empty() ? Value() : request.arguments.front(); }

const Array* list_in(const Value& parameters, std::string_view name) {
  const Value* list = find(parameters, name);
  return list == nullptr ? nullptr : get<Array>(*list);
}

// The number of what BatchGetItem and BatchWriteItem are about.
std::size_t batched(const Value& parameters) {
  const Value* tables = find(parameters, "RequestItems");
  const auto* object = tables == nullptr ? nullptr : get<Object>(*tables);
  if (object == nullptr) return 0;
  std::size_t count = 0;
  for (const auto& [table, requests] : *object) {
    const auto* list = get<Array>(requests);
    if (list == nullptr) list = list_in(requests, "Keys");
    count += list == nullptr ? 0 : list->size();
  }
  return count;
}

}  // namespace

void Step::finish(const std::vector<ResultColumn>& columns, std::vector<sql::Tuple> rows, std::uint64_t count) {
  Observation observation = observed();
  for (const auto& column : columns) observation.columns.push_back(column.name);
  observation.rows = std::move(rows);
  observation.count = count;
  applied.observation = std::move(observation);
  applied.session.progress.reset();
}

void Step::fail(const std::string& condition, const std::string& message) {
  Observation observation = observed();
  observation.error_condition = condition;
  observation.error_message = message;
  applied.observation = std::move(observation);
  applied.session.progress.reset();
}

void Step::go_on(Object progress) { applied.session.progress = std::move(progress); }

bool is_ready(const Catalog& /*catalog*/, const Database& /*database*/, const Session& /*session*/,
              const Request& /*request*/) {
  return true;  // nothing waits in DynamoDB: what is held is refused
}

Applied apply(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              sql::Timestamp /*now*/) {
  Step step{catalog, {database, session, {}, std::nullopt}};
  try {
    std::visit([&](const auto& plan) { take(step, plan); }, plan_of(catalog, request));
  } catch (const Refusal& refusal) {
    step.fail("validation_error", refusal.what());
  }
  return std::move(step.applied);
}

Applied finish_alone(const Catalog& catalog, const Database& database, const Session& session) {
  Step step{catalog, {database, session, {}, std::nullopt}};
  if (session.progress && find(*session.progress, "writes") != nullptr) finish_transaction(step);
  step.applied.session = {};
  step.applied.observation.reset();
  return std::move(step.applied);
}

std::vector<ResultColumn> columns_of(const Catalog& catalog, const Request& request) {
  try {
    return columns_of(catalog, plan_of(catalog, request));
  } catch (const Refusal&) {
    return {};
  }
}

std::string mistake(const Catalog& catalog, const Request& request, bool in_transaction) {
  if (in_transaction) return "DynamoDB has no transaction around requests (D-5); write one TransactWriteItems";
  try {
    plan_of(catalog, request);
    return {};
  } catch (const Refusal& refusal) {
    return refusal.what();
  }
}

bool only_reads(const Request& request) {
  static constexpr std::string_view readers[] = {"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"};
  if (std::ranges::find(readers, request.method) != std::end(readers)) return true;
  if (request.method == "PartiQL") return begins_select(request.text);
  if (request.method == "ExecuteStatement") return is_select(parameters_of(request));
  if (request.method != "ExecuteTransaction") return false;
  const Value parameters = parameters_of(request);
  const auto* statements = list_in(parameters, "TransactStatements");
  return statements != nullptr && std::ranges::all_of(*statements, [](const Value& each) { return is_select(each); });
}

bool takes_several_steps(const Request& request) {
  const Value parameters = parameters_of(request);
  if (request.method == "TransactWriteItems") return true;
  if (request.method == "ExecuteTransaction") return !dynamo::only_reads(request);
  if (request.method == "BatchGetItem" || request.method == "BatchWriteItem") return batched(parameters) > 1;
  if (request.method == "PartiQL" || request.method == "ExecuteStatement") return dynamo::only_reads(request);
  if (request.method != "Query" && request.method != "Scan") return false;
  const Value* limit = find(parameters, "Limit");
  return limit == nullptr || *limit != Value(1);
}

bool reads_eventually(const Request& request) {
  const Value parameters = parameters_of(request);
  if (request.method == "PartiQL") return dynamo::only_reads(request);
  if (request.method == "ExecuteStatement")
    return dynamo::only_reads(request) && !says_true(parameters, "ConsistentRead");
  if (request.method == "GetItem" || request.method == "Query" || request.method == "Scan") {
    return !says_true(parameters, "ConsistentRead");
  }
  if (request.method != "BatchGetItem") return false;
  const Value* tables = find(parameters, "RequestItems");
  const auto* object = tables == nullptr ? nullptr : get<Object>(*tables);
  return object == nullptr ||
         std::ranges::any_of(*object, [](const Field& each) { return !says_true(each.value, "ConsistentRead"); });
}

}  // namespace gapless::store::document::dynamo
