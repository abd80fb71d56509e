#include "dynamo_world.h"

#include <stdexcept>

#include "base/check.h"
#include "store/document/dynamo/tables.h"

namespace gapless::store::document::dynamo {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Value whole() {
    Value value = read();
    space();
    check(at_ == text_.size(), "a test writes whole values");
    return value;
  }
  std::vector<Value> list() {
    std::vector<Value> all;
    do all.push_back(read());
    while (take(","));
    check(at_ == text_.size(), "a test writes whole values");
    return all;
  }

 private:
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool take(std::string_view sign) {
    space();
    if (text_.substr(at_, sign.size()) != sign) return false;
    at_ += sign.size();
    return true;
  }
  std::string word(std::string_view ends) {
    space();
    const std::size_t end = std::min(text_.find_first_of(ends, at_), text_.size());
    std::string result(text_.substr(at_, end - at_));
    at_ = end;
    return result;
  }
  std::string quoted() {
    std::string result = word("\"");
    ++at_;
    return result;
  }

  Value read() {
    if (take("{")) {
      Object object;
      while (!take("}")) {
        const std::string name = take("\"") ? quoted() : word(":");
        check(take(":"), "a name has a value");
        object.push_back({name, read()});
        take(",");
      }
      return object;
    }
    if (take("[")) return elements("]");
    if (take("<<")) return Set{elements(">>")};
    if (take("\"")) return quoted();
    if (take("?")) return Unknown{};
    const std::string text = word(",}]> ");
    if (text == "null") return Null{};
    if (text == "true" || text == "false") return text == "true";
    const auto number = Decimal::parse(text);
    check(number.has_value(), "a test writes values");
    return *number;
  }
  Array elements(std::string_view end) {
    Array all;
    while (!take(end)) {
      all.push_back(read());
      take(",");
    }
    return all;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Column column(const Path& path, sql::Type type) {
  std::string name;
  for (const auto& each : path) name += (name.empty() ? "" : "_") + each;
  return {name, path, type, false};
}

}  // namespace

Value value_of(std::string_view text) { return Reader(text).whole(); }

Request request_of(std::string_view text) {
  const std::size_t space = std::min(text.find(' '), text.size());
  Request request;
  request.method = text.substr(0, space);
  const std::string_view rest = text.substr(std::min(space + 1, text.size()));
  if (request.method != "PartiQL") {
    request.arguments.push_back(value_of(rest));
    return request;
  }
  const std::size_t bar = rest.find(" | ");
  request.text = rest.substr(0, bar);
  if (bar != std::string_view::npos) request.arguments = Reader(rest.substr(bar + 3)).list();
  return request;
}

std::string to_string(const Observation& observation) {
  check(observation.tag == "DYNAMODB", "DynamoDB says that it is DynamoDB");
  if (observation.failed()) return observation.error_condition + ": " + observation.error_message;
  if (observation.columns.empty()) return std::to_string(observation.count);
  std::string text;
  for (const auto& row : observation.rows) {
    check(row.size() == observation.columns.size(), "a row has all columns");
    std::string values;
    for (const auto& value : row) values += (values.empty() ? "" : ", ") + sql::to_string(value);
    text += (text.empty() ? "(" : ", (") + values + ")";
  }
  return text.empty() ? "none" : text;
}

World::World() {
  catalog.dialect = Dialect::dynamodb;
  const auto declare = [&](std::string_view request) {
    const std::string mistake = create_table(request_of(request), catalog);
    if (!mistake.empty()) throw std::logic_error(mistake);
  };
  declare(R"(CreateTable {TableName: "coupons", KeySchema: [{AttributeName: "code", KeyType: "HASH"}],
                          AttributeDefinitions: [{AttributeName: "code", AttributeType: "S"}]})");
  declare(R"(CreateTable {TableName: "orders",
                          KeySchema: [{AttributeName: "who", KeyType: "HASH"}, {AttributeName: "seq", KeyType: "RANGE"}],
                          AttributeDefinitions: [{AttributeName: "who", AttributeType: "S"}, {AttributeName: "seq", AttributeType: "N"},
                                                 {AttributeName: "status", AttributeType: "S"}],
                          GlobalSecondaryIndexes: [{IndexName: "by_status", KeySchema: [{AttributeName: "status", KeyType: "HASH"}]}]})");
  auto& coupons = catalog.collections[0].columns;
  coupons.push_back(column({"used"}, sql::Type::numeric));
  coupons.push_back(column({"limits", "top"}, sql::Type::numeric));
  coupons.push_back(column({"tags"}, sql::Type::text));
  auto& orders = catalog.collections[1].columns;
  orders.push_back(column({"amount"}, sql::Type::numeric));
  orders.push_back(column({"status"}, sql::Type::text));
  database.collections.resize(2);
}

std::string World::step(int session, std::string_view request) {
  const Request asked = request_of(request);
  check(document::is_ready(catalog, database, sessions[session], asked), "nothing waits in DynamoDB");
  Applied applied = document::apply(catalog, database, sessions[session], asked, false, {});
  database = std::move(applied.database);
  sessions[session] = std::move(applied.session);
  check(applied.observation.has_value() != sessions[session].progress.has_value(), "a request goes on, or is over");
  if (!applied.observation) return "";
  if (!applied.observation->failed()) {
    std::vector<std::string> names;
    for (const auto& each : document::columns_of(catalog, asked)) names.push_back(each.name);
    check(names == applied.observation->columns, "columns_of knows the columns");
  }
  return dynamo::to_string(*applied.observation);
}

std::string World::say(std::string_view request, int session) {
  for (int i = 0; i < 100; ++i) {
    std::string answer = step(session, request);
    if (!answer.empty()) return answer;
  }
  throw std::logic_error("a request that never ends");
}

std::string World::items(std::string_view table) const {
  std::string text;
  for (const auto& [key, item] : database.collections.at(*catalog.find(table))) {
    text += (text.empty() ? "" : " ") + document::to_string(Value(item));
  }
  return text;
}

std::string World::mistake(std::string_view request) const {
  return document::mistake(catalog, request_of(request), false);
}

std::string World::columns(std::string_view request) const {
  std::string text;
  for (const auto& each : document::columns_of(catalog, request_of(request))) {
    text += (text.empty() ? "" : ", ") + each.name + " " + sql::to_string(each.type);
  }
  return text;
}

}  // namespace gapless::store::document::dynamo
