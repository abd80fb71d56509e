#include "store/document/mongo/method.h"

#include <algorithm>

#include "store/document/mongo/expression.h"
#include "store/document/mongo/failure.h"

namespace gapless::store::document::mongo {
namespace {

// find's second argument is a projection in the shell and options in drivers: options, where it has an object named
// `projection` or `sort`.
bool are_options(const Value& value) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"projection", "sort"}, [&](auto name) {
    const Value* found = find(value, name);
    return found != nullptr && (get<Object>(*found) != nullptr || is_unknown(*found));
  });
}

Value named(const Value& options, std::string_view name) {
  const Value* found = find(options, name);
  return found == nullptr ? Value() : *found;
}

}  // namespace

const std::vector<Method>& methods() {
  using Use = Method::Use;
  static const std::vector<std::string> reading = {"projection", "sort", "skip", "limit"};
  static const std::vector<std::string> cursor = {"sort",  "skip",    "limit", "projection", "project",
                                                  "count", "toArray", "exec",  "lean"};
  static const std::vector<std::string> one = {"sort", "skip", "projection", "project", "exec", "lean"};
  static const std::vector<std::string> plain = {"exec"};
  static const std::vector<std::string> modify = {"upsert", "sort", "projection", "returnDocument", "returnNewDocument",
                                                  "new"};
  static const std::vector<Method> all = {
      {"find", Use::read, 0, {"filter", "projection", "options"}, reading, cursor},
      {"findOne", Use::read, 0, {"filter", "projection", "options"}, {"projection", "sort", "skip"}, one},
      {"countDocuments", Use::read, 0, {"filter"}, {}, plain},
      {"distinct", Use::read, 1, {"field", "filter"}, {}, plain},
      {"aggregate", Use::read, 1, {"pipeline"}, {}, {"toArray", "exec"}},
      {"insertOne", Use::write, 1, {"document"}, {}, plain},
      {"insertMany", Use::write, 1, {"documents", "options"}, {"ordered"}, plain},
      {"updateOne", Use::write, 2, {"filter", "update", "options"}, {"upsert", "sort"}, plain},
      {"updateMany", Use::write, 2, {"filter", "update", "options"}, {"upsert"}, plain},
      {"replaceOne", Use::write, 2, {"filter", "replacement", "options"}, {"upsert", "sort"}, plain},
      {"deleteOne", Use::write, 1, {"filter"}, {}, plain},
      {"deleteMany", Use::write, 1, {"filter"}, {}, plain},
      {"findOneAndUpdate", Use::write, 2, {"filter", "update", "options"}, modify, {"exec", "lean"}},
      {"findOneAndReplace", Use::write, 2, {"filter", "replacement", "options"}, modify, {"exec", "lean"}},
      {"findOneAndDelete", Use::write, 1, {"filter", "options"}, {"sort", "projection"}, {"exec", "lean"}},
      {"bulkWrite", Use::write, 1, {"operations", "options"}, {"ordered"}, plain},
      {"createIndex",
       Use::schema,
       1,
       {"keys", "options"},
       {"unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "name"},
       {}},
  };
  return all;
}

const Method* find_method(std::string_view name) {
  const auto found = std::ranges::find(methods(), name, &Method::name);
  return found == methods().end() ? nullptr : &*found;
}

Value argument(const Request& request, std::string_view name) {
  const Method* method = find_method(request.method);
  if (method == nullptr) return {};
  const auto place = std::ranges::find(method->arguments, name) - method->arguments.begin();
  const auto index = static_cast<std::size_t>(place);
  return index < method->arguments.size() && index < request.arguments.size() ? request.arguments[index] : Value();
}

Value option(const Request& request, std::string_view name) { return named(argument(request, "options"), name); }

Reading reading(const Request& request) {
  Reading result;
  result.filter = argument(request, "filter");
  auto options = argument(request, "options");
  result.projection = argument(request, "projection");
  if (are_options(result.projection)) {
    options = result.projection;
    result.projection = {};
  }
  if (is_null(result.projection)) result.projection = named(options, "projection");
  result.sort = named(options, "sort");
  result.skip = named(options, "skip");
  result.limit = named(options, "limit");
  for (const auto& [method, arguments] : request.chained) {
    if (method == "count") result.counts = true;
    if (arguments.empty()) continue;
    if (method == "sort") result.sort = arguments[0];
    if (method == "skip") result.skip = arguments[0];
    if (method == "limit") result.limit = arguments[0];
    if (method == "projection" || method == "project") result.projection = arguments[0];
  }
  return result;
}

bool returns_new(const Request& request) {
  if (option(request, "returnDocument") == Value("after")) return true;
  return is_true(option(request, "returnNewDocument")) || is_true(option(request, "new"));
}

Request bulk_request(const Request& request, const Value& operation) {
  const auto* object = get<Object>(operation);
  if (object == nullptr || object->size() != 1) fail("an operation of bulkWrite is an object with one method");
  const auto& [name, given] = object->front();
  const Method* method = find_method(name);
  if (method == nullptr || name.starts_with("find")) fail("bulkWrite cannot do `" + name + "`");
  Request one{name, request.collection, {}, {}, {}};
  Object options;
  for (const auto& [field, value] : get<Object>(given) != nullptr ? *get<Object>(given) : Object{}) {
    if (std::ranges::find(method->options, field) != method->options.end()) set(options, field, value);
  }
  for (const auto& role : method->arguments) {
    if (role == "options") {
      if (!options.empty()) one.arguments.emplace_back(options);
    } else {
      const Value* found = find(given, role);
      if (found == nullptr) fail("`" + name + "` of bulkWrite needs `" + role + "`");
      one.arguments.push_back(*found);
    }
  }
  return one;
}

}  // namespace gapless::store::document::mongo
