#include "scenario/document_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "scenario/command_text.h"
#include "scenario/name.h"
#include "sql/bind.h"

namespace gapless::scenario {
namespace {

namespace document = store::document;
using document::Dialect;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool in_name(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

std::size_t behind_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

std::size_t behind_name(std::string_view text, std::size_t at) {
  while (at < text.size() && in_name(text[at])) ++at;
  return at;
}

bool has(const DocumentNames& names, Dialect dialect) {
  return std::ranges::any_of(names, [&](const auto& each) { return each.second == dialect; });
}

// db.coupons.
bool begins_method(std::string_view text) {
  if (!text.starts_with("db.") && !text.starts_with("db[")) return false;
  return text.size() > 3;
}

// UpdateItem {
bool begins_action(std::string_view text) {
  const std::size_t end = behind_name(text, 0);
  const bool is_camel = end >= 3 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z';
  const std::size_t next = behind_space(text, end);
  return is_camel && next < text.size() && (text[next] == '{' || text.substr(next, 2) == "({");
}

// getItem {
bool is_misspelt_action(std::string_view text) {
  const std::size_t end = behind_name(text, 0);
  const std::size_t next = behind_space(text, end);
  return end > 0 && next < text.size() && text[next] == '{';
}

bool is_word(std::string_view text, std::string_view word) {
  return text.starts_with(word) && (text.size() == word.size() || !in_name(text[word.size()]));
}

// Statements of our own that go to the database of a transaction.
bool is_own(std::string_view text) {
  static constexpr std::array<std::string_view, 8> words = {"transaction", "rollback", "commit", "ROLLBACK",
                                                            "COMMIT",      "begin",    "BEGIN",  "abort"};
  return std::ranges::any_of(words, [&](std::string_view word) { return is_word(text, word); });
}

class Scanner {
 public:
  Scanner(const Source& source, Offset at) : source_(source), reader_(source, at) {}

  LiteralReader& reader() { return reader_; }

  DocumentText request(Dialect dialect) {
    result_.dialect = dialect;
    result_.at = reader_.at();
    const auto rest = std::string_view(source_->text).substr(reader_.at());
    if (is_word(rest, "await")) reader_.refuse(reader_.at(), "leave out `await`: every request is waited for");
    if (dialect == Dialect::mongodb) {
      method();
    } else if (begins_action(rest) || is_misspelt_action(rest)) {
      action();
    } else {
      partiql();
    }
    result_.end = reader_.at();
    return std::move(result_);
  }

 private:
  Name name(const char* what) {
    reader_.skip_space();
    Name result{{}, reader_.at()};
    result.text = reader_.word();
    if (result.text.empty()) reader_.refuse(result.at, std::string("expected ") + what + ", found " + reader_.found());
    return result;
  }

  // db.COLLECTION.METHOD(…).METHOD(…)
  void method() {
    const Name db = name("`db.COLLECTION.METHOD(…)`");
    if (db.text == "db" && reader_.is_at("[")) reader_.refuse(db.at, "write db.getCollection(\"…\")");
    if (db.text != "db") {
      reader_.refuse(db.at, "a request to MongoDB is `db.COLLECTION.METHOD(…)`, found `" + db.text + "`");
    }
    reader_.expect('.', "behind `db`, as in db.coupons.findOne({…})");
    Name first = name("the name of a collection");
    reader_.skip_space();
    if (reader_.is_at("(")) {
      of_database(std::move(first));
    } else {
      result_.collection = std::move(first);
      reader_.expect('.', "and a method behind `db." + result_.collection.text + "`");
      result_.call = call(name("the name of a method"));
    }
    for (reader_.skip_space(); reader_.is_at("."); reader_.skip_space()) {
      reader_.take('.');
      Name next = name("the name of a method");
      if (next.text == "toArray" || next.text == "pretty" || next.text == "exec" || next.text == "lean") {
        call(std::move(next));  // what there is anyway
      } else {
        result_.chained.push_back(call(std::move(next)));
      }
    }
  }

  // db.createCollection("x"), db.getCollection("x").find(…)
  void of_database(Name first) {
    auto made = call(first);
    const std::string* named = made.arguments.empty() ? nullptr : text_of(made.arguments.front());
    if (named == nullptr ||
        (first.text != "createCollection" && first.text != "getCollection" && first.text != "collection")) {
      reader_.refuse(first.at,
                     "a request to MongoDB is `db.COLLECTION.METHOD(…)`; `db." + first.text + "(…)` is not supported");
    }
    result_.collection = {*named, made.arguments.front().at + 1};
    if (first.text == "createCollection") {
      result_.call = std::move(made);
      return;
    }
    reader_.expect('.', "and a method behind the collection");
    result_.call = call(name("the name of a method"));
  }

  DocumentText::Call call(Name method) {
    DocumentText::Call call{std::move(method), {}, 0};
    reader_.skip_space();
    if (!reader_.is_at("(")) {
      reader_.refuse(reader_.at(),
                     "expected `(` and the arguments behind `" + call.method.text + "`, found " + reader_.found());
    }
    call.arguments = reader_.arguments();
    call.end = reader_.at();
    return call;
  }

  void action() {
    result_.call.method = name("an action");
    reader_.skip_space();
    const bool parentheses = reader_.take('(');
    reader_.skip_space();
    result_.call.arguments.push_back(plain(reader_.object()));
    if (parentheses) reader_.expect(')', "behind the action's object");
    result_.call.end = reader_.at();
  }

  // The type descriptors go where an attribute's value stands.
  Literal plain(Literal literal) const {
    auto* object = std::get_if<Literal::Object>(&literal.held);
    if (auto* array = std::get_if<Literal::Array>(&literal.held)) {
      for (auto& each : *array) each = plain(std::move(each));
    }
    if (object == nullptr) return literal;
    for (auto& field : *object) {
      static constexpr std::array<std::string_view, 5> maps = {"Item", "Key", "ExpressionAttributeValues",
                                                               "ExclusiveStartKey", "Keys"};
      if (std::ranges::find(maps, field.name) == maps.end()) {
        field.value = field.name == "Parameters" ? all_of(std::move(field.value)) : plain(std::move(field.value));
      } else {
        field.value = all_of(std::move(field.value));
      }
    }
    return literal;
  }

  // Each field's value, and those of each element's.
  Literal all_of(Literal literal) const {
    if (auto* array = std::get_if<Literal::Array>(&literal.held)) {
      for (auto& each : *array) {
        each = std::holds_alternative<Literal::Object>(each.held) && !is_descriptor(each)
                   ? all_of(std::move(each))
                   : without_descriptors(std::move(each), *source_);
      }
    }
    if (auto* object = std::get_if<Literal::Object>(&literal.held)) {
      for (auto& field : *object) field.value = without_descriptors(std::move(field.value), *source_);
    }
    return literal;
  }

  static bool is_descriptor(const Literal& literal) {
    const auto* object = std::get_if<Literal::Object>(&literal.held);
    return object != nullptr && object->size() == 1 && object->front().name.size() <= 4 &&
           std::ranges::all_of(object->front().name, [](char c) { return c >= 'A' && c <= 'Z'; });
  }

  // To its semicolon, or to the { of a `for`'s block; what INSERT has in braces belongs to it.
  void partiql() {
    const std::string_view text = source_->text;
    std::size_t at = reader_.at();
    const std::size_t begin = at;
    result_.call.method = {"PartiQL", reader_.at()};
    const std::string verb = to_lower(std::string(text.substr(at, behind_name(text, at) - at)));
    static const std::vector<std::string> verbs = {"select", "insert", "update", "delete"};
    if (std::ranges::find(verbs, verb) == verbs.end()) refuse_verb(verb);
    std::size_t open = 0;
    while (at < text.size() && text[at] != ';') {
      const char c = text[at];
      if (c == '{' && open == 0 && verb != "insert") break;
      if (c == '}' && open == 0) break;
      if (c == '{' || c == '[' || c == '(') ++open;
      if ((c == '}' || c == ']' || c == ')') && open > 0) --open;
      if (c == '?') reader_.refuse(at, "a local is written with its name, as in `:amount`");
      if (c == '\'' || c == '"') {
        const std::size_t end = text.find(c, at + 1);
        if (end >= std::min(text.find('\n', at), text.size())) reader_.refuse(at, "this text is never closed");
        result_.text += text.substr(at, end + 1 - at);
        at = end + 1;
      } else if (text.substr(at, 2) == "--") {
        at = std::min(text.find('\n', at), text.size());
      } else if (c == ':' && at + 1 < text.size() && is_letter(text[at + 1])) {
        at = local(at);
      } else {
        const bool folds = is_space(c) && result_.text.ends_with(' ');
        if (!folds) result_.text += is_space(c) ? ' ' : c;
        ++at;
      }
    }
    if (open > 0) reader_.refuse(begin, "this statement has a bracket that is never closed");
    while (result_.text.ends_with(' ')) result_.text.pop_back();
    reader_.move_to(static_cast<Offset>(at));
    result_.call.end = static_cast<Offset>(at);
  }

  std::size_t local(std::size_t at) {
    const std::string_view text = source_->text;
    std::size_t end = behind_name(text, at + 1);
    while (end + 1 < text.size() && text[end] == '.' && is_letter(text[end + 1])) end = behind_name(text, end + 1);
    Literal literal;
    literal.held = sql::Range{static_cast<Offset>(at + 1), static_cast<Offset>(end)};
    literal.at = static_cast<Offset>(at + 1);
    literal.end = static_cast<Offset>(end);
    result_.call.arguments.push_back(std::move(literal));
    result_.text += '?';
    return end;
  }

  [[noreturn]] void refuse_verb(const std::string& verb) {
    const Offset at = reader_.at();
    if (verb == "db") {
      reader_.refuse(
          at, "this is a DynamoDB database: a request is an action, as in GetItem {…}, or a statement of PartiQL");
    }
    reader_.refuse(at,
                   "a request to DynamoDB is an action with its object, as in UpdateItem {TableName: …}, or SELECT, "
                   "INSERT, UPDATE or DELETE of PartiQL; found " +
                       reader_.found());
  }

  const Source& source_;
  LiteralReader reader_;
  DocumentText result_;
};

// NAME >, with the blanks around it; 0 where it is no name of a document database.
std::size_t named_prefix(std::string_view text, const DocumentNames& names) {
  std::size_t end = behind_name(text, 0);
  if (end == 0 || !names.contains(std::string(text.substr(0, end)))) return 0;
  end = behind_space(text, end);
  if (end >= text.size() || text[end] != '>') return 0;
  return behind_space(text, end + 1);
}

}  // namespace

DocumentNames document_names(std::string_view text) {
  DocumentNames names;
  for (const auto& name : database_names(text, "mongodb")) names.emplace(name, Dialect::mongodb);
  for (const auto& name : database_names(text, "dynamodb")) names.emplace(name, Dialect::dynamodb);
  return names;
}

std::optional<std::size_t> request_prefix(std::string_view text, const DocumentNames& names) {
  if (names.empty()) return std::nullopt;
  if (const std::size_t length = named_prefix(text, names); length > 0) {
    if (is_own(text.substr(length))) return std::nullopt;
    return length;
  }
  if (begins_method(text) && has(names, Dialect::mongodb)) return 0;
  if (begins_action(text) && has(names, Dialect::dynamodb)) return 0;
  const bool awaits = is_word(text, "await") && (begins_method(text.substr(behind_space(text, 5))) ||
                                                 named_prefix(text.substr(behind_space(text, 5)), names) > 0);
  if (awaits) return 0;
  return std::nullopt;
}

DocumentText scan_request(const Source& source, Offset from, const DocumentNames& names) {
  const auto text = std::string_view(source->text).substr(from);
  const std::size_t prefix = request_prefix(text, names).value_or(0);
  Scanner scanner(source, from + static_cast<Offset>(prefix));
  if (prefix == 0) return scanner.request(begins_action(text) ? Dialect::dynamodb : Dialect::mongodb);
  const std::string name(text.substr(0, behind_name(text, 0)));
  auto request = scanner.request(names.at(name));
  request.database = Name{name, from};
  return request;
}

ScannedSetup scan_setup(const Source& source, Offset from, Dialect dialect) {
  ScannedSetup result;
  Offset at = from;
  for (;;) {
    LiteralReader reader(source, at);
    reader.skip_space();
    at = reader.at();
    if (reader.at_end() || reader.is_at("}")) break;
    if (reader.take(';')) {
      at = reader.at();
      continue;
    }
    Scanner scanner(source, at);
    auto request = scanner.request(dialect);
    scanner.reader().expect(';', "behind this request");
    at = scanner.reader().at();
    result.requests.push_back(std::move(request));
  }
  result.end = at;
  return result;
}

std::optional<Dialect> setup_dialect(const Source& source, Offset from) {
  LiteralReader reader(source, from);
  reader.skip_space();
  const auto rest = std::string_view(source->text).substr(reader.at());
  if (begins_method(rest)) return Dialect::mongodb;
  if (begins_action(rest)) return Dialect::dynamodb;
  return std::nullopt;
}

std::string missing_database(std::string_view text) {
  if (begins_method(text)) return "; a request to MongoDB needs a database, `database shop mongodb { }`";
  if (begins_action(text)) return "; an action of DynamoDB needs a database, `database shop dynamodb { }`";
  return {};
}

document::Request request_of(const DocumentText& text, const OfExpression& of_expression) {
  document::Request request;
  request.method = text.call.method.text;
  request.collection = text.collection.text;
  request.text = text.text;
  for (const auto& argument : text.call.arguments) request.arguments.push_back(value_of(argument, of_expression));
  for (const auto& call : text.chained) {
    auto& chained = request.chained.emplace_back();
    chained.method = call.method.text;
    for (const auto& argument : call.arguments) chained.arguments.push_back(value_of(argument, of_expression));
  }
  return request;
}

}  // namespace gapless::scenario
