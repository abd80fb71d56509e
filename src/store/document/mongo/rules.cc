// A request's way: the transaction that it begins, is in, or ends; then its method, step by step.
#include "store/document/mongo/rules.h"

#include <algorithm>

#include "base/check.h"
#include "store/document/mongo/expression.h"
#include "store/document/mongo/method.h"
#include "store/document/mongo/path.h"
#include "store/document/mongo/read.h"
#include "store/document/mongo/shape.h"
#include "store/document/mongo/work.h"
#include "store/document/mongo/write.h"

namespace gapless::store::document::mongo {
namespace {

Observation done() {
  Observation observation;
  observation.tag = "MONGODB";
  return observation;
}

Observation failed(const std::string& condition, const std::string& message) {
  auto observation = done();
  observation.error_condition = condition;
  observation.error_message = message;
  return observation;
}

bool ends_transaction(const Request& request) {
  return request.method == "commitTransaction" || request.method == "abortTransaction";
}

// Whatever comes of it, there is no transaction afterwards.
Observation end(Work& work, const Request& request) {
  const bool was_open = work.in_transaction();
  const bool may_end = was_open || (work.is_aborted() && request.method == "abortTransaction");
  if (was_open && request.method == "commitTransaction") {
    work.commit();
  } else {
    work.abandon(Session::Phase::idle);
  }
  return may_end ? done()
                 : failed("no_such_transaction", "there is no transaction in progress to " +
                                                     request.method.substr(0, request.method.find('T')));
}

std::optional<Observation> step(Work& work, const Request& request) {
  const auto collection = work.catalog().find(request.collection);
  const Method* method = find_method(request.method);
  if (!collection || method == nullptr || method->use == Method::Use::schema) {
    fail("db." + request.collection + "." + request.method + " is no request");
  }
  if (method->use == Method::Use::read) return read(work, *collection, request);
  return write(work, *collection, request);
}

// In a transaction nobody sees anything in between, and nothing waits: all steps are one.
std::optional<Observation> run(Work& work, const Request& request) {
  auto observation = step(work, request);
  while (!observation && work.in_transaction()) observation = step(work, request);
  if (observation) work.progress().reset();
  return observation;
}

bool is_true_option(const Request& request, std::string_view name) { return is_true(option(request, name)); }

}  // namespace

bool is_ready(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              bool begins, sql::Timestamp now) {
  const bool never_waits = begins || session.phase != Session::Phase::idle || ends_transaction(request) ||
                           mongo::only_reads(request) || (database.held.empty() && database.claimed.empty());
  if (never_waits) return true;
  try {
    Work work(catalog, database, session, now);
    step(work, request);
    return true;
  } catch (const Failure&) {
    return true;
  } catch (const Waits&) {
    return false;
  }
}

Applied apply(const Catalog& catalog, const Database& database, const Session& session, const Request& request,
              bool begins, sql::Timestamp now) {
  Work work(catalog, database, session, now);
  if (begins) work.begin();
  if (ends_transaction(request)) {
    auto observation = end(work, request);
    return std::move(work).done(std::move(observation));
  }
  if (work.is_aborted()) {
    return std::move(work).done(failed("no_such_transaction",
                                       "Given transaction number does not match any in-progress "
                                       "transactions: the transaction has been aborted."));
  }
  try {
    auto observation = run(work, request);
    return std::move(work).done(std::move(observation));
  } catch (const Failure& failure) {
    work.progress().reset();
    if (work.in_transaction()) work.abandon(Session::Phase::aborted);
    return std::move(work).done(failed(failure.condition, failure.what()));
  } catch (const Waits&) {
    check(false, "a request is ready before it is applied");
    throw;
  }
}

std::vector<ResultColumn> columns_of(const Catalog& catalog, const Request& request) {
  std::vector<ResultColumn> columns;
  try {
    for (const auto& column : answer_columns(catalog, request)) columns.push_back({column.name, column.type});
  } catch (const Failure&) {
    columns.clear();  // it is a mistake, and mistake() says which
  }
  return columns;
}

bool only_reads(const Request& request) {
  const Method* method = find_method(request.method);
  return method != nullptr && method->use == Method::Use::read;
}

// As far as can be told without the catalog: an equality on _id makes it one document, one on a unique key is not seen.
bool takes_several_steps(const Request& request) {
  const auto& method = request.method;
  if (find_method(method) == nullptr) return false;
  if (method == "insertMany") {
    const auto documents = argument(request, "documents");
    const auto* list = get<Array>(documents);
    return list == nullptr || list->size() > 1;
  }
  if (method == "bulkWrite" || is_true_option(request, "upsert")) return true;
  const auto filter = argument(request, "filter");
  const Value* id = find(filter, "_id");
  const bool by_id = id != nullptr && !has_operators(*id) && get<Array>(*id) == nullptr;
  const bool is_many = method == "updateMany" || method == "deleteMany";
  const bool is_sorted = method != "find" && !is_null(option(request, "sort")) && !mongo::only_reads(request);
  return (is_many || is_sorted) && !by_id;
}

}  // namespace gapless::store::document::mongo
