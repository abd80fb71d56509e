// A request's method, arguments, options and chained methods; what stands in them is looked at by mistake_filter.cc
// and mistake_update.cc.
#include "store/document/mongo/mistake.h"

#include <algorithm>
#include <map>

#include "sql/bind.h"
#include "store/document/mongo/failure.h"
#include "store/document/mongo/method.h"
#include "store/document/mongo/path.h"
#include "store/document/mongo/rules.h"
#include "store/document/mongo/shape.h"

namespace gapless::store::document::mongo {
namespace {

// Methods of the shell and of Mongoose that are not simulated, with what to write instead.
const std::map<std::string_view, std::string_view>& refused_methods() {
  static const std::map<std::string_view, std::string_view> all = {
      {"insert", "write insertOne or insertMany"},
      {"create", "write insertOne"},
      {"save", "write insertOne, or replaceOne({_id: …}, …, {upsert: true})"},
      {"update", "write updateOne or updateMany"},
      {"remove", "write deleteOne or deleteMany"},
      {"count", "write countDocuments"},
      {"estimatedDocumentCount", "write countDocuments"},
      {"findAndModify", "write findOneAndUpdate, findOneAndReplace or findOneAndDelete"},
      {"findById", "write findOne({_id: …})"},
      {"findByIdAndUpdate", "write findOneAndUpdate({_id: …}, …)"},
      {"findByIdAndDelete", "write findOneAndDelete({_id: …})"},
      {"exists", "write findOne or countDocuments"},
      {"watch", "change streams are not simulated; write `send`"},
      {"mapReduce", "write aggregate"},
      {"drop", "write deleteMany({})"},
      {"startTransaction", "write `transaction { … }`"},
      {"createIndexes", "write a createIndex for each, in the database block"},
      {"ensureIndex", "write createIndex, in the database block"},
      {"initializeOrderedBulkOp", "write bulkWrite([…])"},
      {"initializeUnorderedBulkOp", "write bulkWrite([…])"},
  };
  return all;
}

const std::map<std::string_view, std::string_view>& refused_options() {
  static const std::map<std::string_view, std::string_view> all = {
      {"session", "a request inside `transaction { }` is part of it; leave `session` out"},
      {"writeConcern", "every write here is acknowledged by a majority; leave `writeConcern` out"},
      {"readConcern", "transactions read a snapshot, other requests what is committed; leave `readConcern` out"},
      {"readPreference", "all reads are of the primary; leave `readPreference` out"},
      {"arrayFilters", "`arrayFilters` is not simulated; write a pipeline with $map"},
      {"hint", "`hint` changes nothing here; leave it out"},
      {"collation", "`collation` is not simulated; texts are compared byte by byte"},
      {"maxTimeMS", "there is no clock for `maxTimeMS`; leave it out"},
      {"returnOriginal", "write `returnDocument: \"after\"` for `returnOriginal: false`"},
      {"rawResult", "the document itself is returned; leave `rawResult` out"},
  };
  return all;
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const auto& method : methods()) names.push_back(method.name);
  return names;
}

std::vector<std::string> collection_names(const Catalog& catalog) {
  std::vector<std::string> names;
  for (const auto& collection : catalog.collections) names.push_back(collection.name);
  return names;
}

const Method& known_method(const std::string& name) {
  if (const Method* method = find_method(name)) return *method;
  const auto refused = refused_methods().find(name);
  if (refused != refused_methods().end()) throw Mistake{"`" + name + "`: " + std::string(refused->second)};
  throw Mistake{"unknown method `" + name + "`" + suggestion(name, method_names())};
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void check_count(const Method& method, const Request& request) {
  const auto given = request.arguments.size();
  const auto most = method.arguments.size();
  if (given >= method.least && given <= most) return;
  const auto roles = std::vector(method.arguments.begin(), method.arguments.end());
  throw Mistake{method.name + " takes " + (most == 0 ? "no argument" : listed(roles)) + "; " + std::to_string(given) +
                (given == 1 ? " argument is" : " arguments are") + " given"};
}

void check_flag(const std::string& name, const Value& value) {
  const bool fits = get<bool>(value) != nullptr || is_unknown(value) || is_null(value);
  if (!fits) throw Mistake{"`" + name + "` is true or false, not " + to_string(value)};
}

void check_number(const std::string& name, const Value& value) {
  const auto* number = get<Decimal>(value);
  if (is_unknown(value)) return;
  const auto whole = number == nullptr ? std::nullopt : number->to_int64();
  if (!whole || *whole < 0) throw Mistake{name + " needs a number from 0, not " + to_string(value)};
}

void check_option(const std::string& name, const Value& value) {
  if (name == "projection") return check_projection(value);
  if (name == "sort") return check_sort(value);
  if (name == "skip" || name == "limit" || name == "expireAfterSeconds") return check_number(name, value);
  if (name == "partialFilterExpression") return check_filter(value, "partialFilterExpression");
  if (name == "name") {
    if (get<std::string>(value) == nullptr) throw Mistake{"`name` needs a text"};
    return;
  }
  if (name == "returnDocument") {
    if (is_unknown(value) || value == Value("before") || value == Value("after")) return;
    throw Mistake{"returnDocument is \"before\" or \"after\", not " + to_string(value)};
  }
  check_flag(name, value);
  if (name == "ordered" && value == Value(false)) {
    throw Mistake{"`ordered: false` is not simulated: the first error ends the request"};
  }
}

void check_options(const Method& method, const Value& options) {
  if (is_null(options)) return;
  const auto* object = get<Object>(options);
  if (object == nullptr) throw Mistake{"the options of " + method.name + " are an object"};
  for (const auto& [name, value] : *object) {
    if (std::ranges::find(method.options, name) == method.options.end()) {
      const auto refused = refused_options().find(name);
      if (refused != refused_options().end()) throw Mistake{std::string(refused->second)};
      throw Mistake{method.name + " has no option `" + name + "`" + suggestion(name, method.options)};
    }
    check_option(name, value);
  }
}

void check_document(const Value& value, const std::string& what) {
  if (is_unknown(value)) return;
  const auto* object = get<Object>(value);
  if (object == nullptr) throw Mistake{what + " is a document {…}, not " + to_string(value)};
  for (const auto& [name, each] : *object) {
    if (name.starts_with('$')) throw Mistake{"a document has no field `" + name + "`: names with $ are operators"};
  }
}

void check_documents(const Value& value) {
  if (is_unknown(value)) return;
  const auto* list = get<Array>(value);
  if (list == nullptr || list->empty()) throw Mistake{"insertMany takes an array of documents"};
  for (const auto& each : *list) check_document(each, "each of insertMany");
}

void check_request(const Method& method, const Request& request);

void check_operations(const Request& request) {
  const auto operations = argument(request, "operations");
  if (is_unknown(operations)) return;
  const auto* list = get<Array>(operations);
  if (list == nullptr || list->empty()) throw Mistake{"bulkWrite takes an array of operations"};
  for (const auto& each : *list) {
    const auto* operation = get<Object>(each);
    const bool is_open = operation != nullptr && operation->size() == 1 && is_unknown(operation->front().value);
    if (is_unknown(each) || is_open) continue;
    const auto one = bulk_request(request, each);
    const auto& fields = get<Object>(each)->front().value;
    const Method& method = *find_method(one.method);
    for (const auto& [name, value] : get<Object>(fields) != nullptr ? *get<Object>(fields) : Object{}) {
      auto known = method.options;
      known.insert(known.end(), method.arguments.begin(), method.arguments.end());
      if (std::ranges::find(known, name) == known.end()) {
        throw Mistake{"`" + one.method + "` of bulkWrite has no `" + name + "`" + suggestion(name, known)};
      }
    }
    check_request(method, one);
  }
}

void check_argument(const Method& method, const Request& request, const std::string& role, const Value& value) {
  if (role == "filter") return check_filter(value);
  if (role == "update") return check_update(value);
  if (role == "replacement") return check_replacement(value);
  if (role == "pipeline") return check_pipeline(value, false);
  if (role == "document") return check_document(value, "what " + method.name + " inserts");
  if (role == "documents") return check_documents(value);
  if (role == "options") return check_options(method, value);
  if (role == "operations") return check_operations(request);
  if (role == "field" && get<std::string>(value) == nullptr) throw Mistake{"distinct takes a field's name"};
  if (role == "keys") return check_sort(value);
}

void check_chained(const Method& method, const Chained& chained) {
  const auto& [name, arguments] = chained;
  if (std::ranges::find(method.chained, name) == method.chained.end()) {
    throw Mistake{"unknown method `." + name + "` of " + method.name + suggestion(name, method.chained)};
  }
  static const std::vector<std::string> with_argument = {"sort", "skip", "limit", "projection", "project"};
  const bool takes = std::ranges::find(with_argument, name) != with_argument.end();
  if (arguments.size() != (takes ? 1U : 0U)) {
    throw Mistake{"." + name + " takes " + (takes ? "one argument" : "no argument")};
  }
  if (takes) check_option(name == "project" ? "projection" : name, arguments[0]);
}

void check_reading(const Request& request) {
  const auto asked = reading(request);
  check_projection(asked.projection);
  check_sort(asked.sort);
  const auto second = argument(request, "projection");
  const bool are_options = find(second, "projection") != nullptr || find(second, "sort") != nullptr;
  const bool is_options = are_options && asked.projection != second;
  if (is_options) check_options(*find_method(request.method), second);
}

void check_request(const Method& method, const Request& request) {
  check_count(method, request);
  for (std::size_t i = 0; i < request.arguments.size(); ++i) {
    if (method.arguments[i] == "projection") continue;  // or options: check_reading
    check_argument(method, request, method.arguments[i], request.arguments[i]);
  }
  for (const auto& chained : request.chained) check_chained(method, chained);
  if (method.name == "find" || method.name == "findOne") check_reading(request);
}

std::string caught(const auto& function) {
  try {
    function();
  } catch (const Mistake& mistake) {
    return mistake.text;
  } catch (const Failure& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
  const auto meant = sql::did_you_mean(word, candidates);
  return meant.empty() ? "" : "; did you mean `" + meant + "`?";
}

std::string mistake(const Catalog& catalog, const Request& request, bool in_transaction) {
  return caught([&] {
    const bool ends = request.method == "commitTransaction" || request.method == "abortTransaction";
    if (ends) return;
    if (!catalog.find(request.collection)) {
      throw Mistake{"there is no collection `" + request.collection + "`" +
                    suggestion(request.collection, collection_names(catalog))};
    }
    const Method& method = known_method(request.method);
    if (method.use == Method::Use::schema) {
      throw Mistake{method.name + " stands in the database block, " +
                    (in_transaction ? "not in a transaction" : "not in a request")};
    }
    check_request(method, request);
    answer_columns(catalog, request);
  });
}

std::string index_mistake(const Request& request) {
  return caught([&] {
    const Method& method = known_method(request.method);
    check_request(method, request);
    if (method.use != Method::Use::schema) throw Mistake{"`" + request.method + "` makes no index"};
    const auto keys = argument(request, "keys");
    const auto* fields = get<Object>(keys);
    if (fields == nullptr || fields->empty()) throw Mistake{"createIndex needs the fields: {code: 1}"};
    const bool is_ttl = !is_null(option(request, "expireAfterSeconds"));
    if (is_ttl && fields->size() != 1) throw Mistake{"a TTL index is of one field"};
  });
}

Index index_of(const Request& request) {
  const auto keys = argument(request, "keys");
  Index index;
  for (const auto& [name, direction] : *get<Object>(keys)) {
    index.name += (index.name.empty() ? "" : "_") + name + "_" + to_string(direction);
    index.paths.push_back(split(name));
  }
  const auto name = option(request, "name");
  if (const auto* given = get<std::string>(name)) index.name = *given;
  index.unique = option(request, "unique") == Value(true);
  index.sparse = option(request, "sparse") == Value(true);
  index.partial = option(request, "partialFilterExpression");
  const auto expires = option(request, "expireAfterSeconds");
  if (const auto* seconds = get<Decimal>(expires)) index.expire_after_s = seconds->to_int64();
  return index;
}

}  // namespace gapless::store::document::mongo
