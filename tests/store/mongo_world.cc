#include "mongo_world.h"

#include <algorithm>
#include <sstream>

#include "base/check.h"
#include "store/document/mongo/rules.h"

namespace gapless::store::document::mongo {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() {
    space();
    return at_ == text_.size();
  }
  bool take(std::string_view sign) {
    space();
    if (text_.substr(at_, sign.size()) != sign) return false;
    at_ += sign.size();
    return true;
  }
  std::string word(std::string_view ends) {
    space();
    const auto end = std::min(text_.find_first_of(ends, at_), text_.size());
    std::string result(text_.substr(at_, end - at_));
    at_ = end;
    return result;
  }
  std::vector<Value> elements(std::string_view end) {
    std::vector<Value> all;
    while (!take(end)) {
      all.push_back(value());
      take(",");
    }
    return all;
  }

  Value value() {
    if (take("{")) {
      Object object;
      while (!take("}")) {
        const auto name = take("\"") ? quoted() : word(": ");
        check(take(":"), "a name has a value");
        object.push_back({name, value()});
        take(",");
      }
      return object;
    }
    if (take("[")) return elements("]");
    if (take("\"")) return quoted();
    if (take("?")) return Unknown{};
    if (take("@")) return sql::Timestamp{std::stoll(word(",}]) ")) * 1'000'000};
    const auto text = word(",}]) ");
    if (text == "null") return Null{};
    if (text == "true" || text == "false") return text == "true";
    const auto number = Decimal::parse(text);
    check(number.has_value(), "a test writes values");
    return *number;
  }

 private:
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  std::string quoted() {
    auto result = word("\"");
    ++at_;
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

sql::Type type_of(char letter) {
  if (letter == 'n') return sql::Type::numeric;
  if (letter == 'd') return sql::Type::timestamp;
  return letter == 'b' ? sql::Type::boolean : sql::Type::text;
}

Path path_of(const std::string& dotted) {
  Path path;
  std::istringstream parts(dotted);
  for (std::string part; std::getline(parts, part, '.');) path.push_back(part);
  return path;
}

}  // namespace

Value value_of(std::string_view text) {
  Reader reader(text);
  auto value = reader.value();
  check(reader.at_end(), "a test writes whole values");
  return value;
}

Request request_of(std::string_view text) {
  Reader reader(text);
  Request request;
  if (!reader.take("db.")) {
    request.method = std::string(text);
    return request;
  }
  request.collection = reader.word(".");
  reader.take(".");
  request.method = reader.word("(");
  reader.take("(");
  request.arguments = reader.elements(")");
  while (reader.take(".")) {
    Chained chained{reader.word("("), {}};
    reader.take("(");
    chained.arguments = reader.elements(")");
    request.chained.push_back(std::move(chained));
  }
  check(reader.at_end(), "a test writes whole requests");
  return request;
}

std::string to_string(const Observation& observation) {
  check(observation.tag == "MONGODB", "MongoDB says that it is MongoDB");
  if (observation.failed()) return observation.error_condition + ": " + observation.error_message;
  if (observation.columns.empty()) return "done";
  std::string text;
  for (const auto& row : observation.rows) {
    check(row.size() == observation.columns.size(), "a row has all columns");
    std::string values;
    for (std::size_t i = 0; i < row.size(); ++i) {
      values += (i == 0 ? "" : " ") + observation.columns[i] + "=" + sql::to_string(row[i]);
    }
    text += (text.empty() ? "" : "; ") + values;
  }
  return text.empty() ? "none" : text;
}

World::World() { catalog.dialect = Dialect::mongodb; }

void World::collection(const std::string& name, std::string_view columns) {
  Collection made;
  made.name = name;
  made.key = {"_id"};
  made.columns = {{"_id", {"_id"}, sql::Type::numeric, false}};
  std::istringstream words{std::string(columns)};
  for (std::string word; words >> word;) {
    const auto path = path_of(word.substr(0, word.find(':')));
    const char letter = word.back();
    std::string column;
    for (const auto& part : path) column += (column.empty() ? "" : "_") + part;
    made.columns.push_back({column, path, type_of(letter), false});
    if (letter == 'l') made.columns.push_back({column + "_length", path, sql::Type::numeric, true});
  }
  catalog.collections.push_back(std::move(made));
  database.collections.emplace_back();
}

void World::index(std::string_view create_index) {
  const auto request = request_of(create_index);
  check(index_mistake(request).empty(), "the indexes of tests are right");
  catalog.collections.at(catalog.find(request.collection).value()).indexes.push_back(index_of(request));
}

std::string World::step(int session, std::string_view text, bool begins) {
  return step(session, request_of(text), begins);
}

std::string World::step(int session, const Request& request, bool begins) {
  const sql::Timestamp now{second * 1'000'000};
  auto& own = sessions[session];
  if (!document::is_ready(catalog, database, own, request, begins, now)) return "waits";
  const bool writes_less = document::only_reads(request);
  auto applied = document::apply(catalog, database, own, request, begins, now);
  check(!writes_less || applied.event.identity(), "what only reads changes nothing");
  check(applied.observation.has_value() != applied.session.progress.has_value(), "a request goes on, or is over");
  check(applied.observation || document::takes_several_steps(request), "what takes several steps is known to");
  own = std::move(applied.session);
  database = std::move(applied.database);
  for (auto& [number, other] : sessions) {
    if (number != session) other = document::map(other, applied.event);
  }
  if (!applied.observation) return "…";
  last = *applied.observation;
  if (!last->failed()) {
    std::vector<std::string> names;
    for (const auto& column : document::columns_of(catalog, request)) names.push_back(column.name);
    check(names == last->columns, "columns_of knows the columns");
  }
  return mongo::to_string(*last);
}

std::string World::say(std::string_view request, int session) {
  auto answer = step(session, request);
  while (answer == "…") answer = step(session, request);
  return answer;
}

std::string World::documents(std::string_view collection) const {
  std::string text;
  for (const auto& [key, document] : database.collections.at(catalog.find(collection).value())) {
    text += (text.empty() ? "" : "; ") + document::to_string(Value(document));
  }
  return text.empty() ? "none" : text;
}

std::string World::mistake(std::string_view request, bool in_transaction) const {
  return document::mistake(catalog, request_of(request), in_transaction);
}

std::string World::columns(std::string_view request) const {
  std::string text;
  for (const auto& column : document::columns_of(catalog, request_of(request))) {
    text += (text.empty() ? "" : " ") + column.name + ":" + sql::to_string(column.type);
  }
  return text;
}

}  // namespace gapless::store::document::mongo
