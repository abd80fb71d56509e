// Requests to MongoDB and DynamoDB, and transactions of MongoDB.
#include <algorithm>
#include <utility>

#include "scenario/compiler.h"
#include "scenario/document_catalog.h"
#include "scenario/name.h"
#include "sql/bind.h"
#include "store/document/rules.h"

namespace gapless::scenario {
namespace {

namespace document = store::document;
using document::Dialect;

// UpdateItem and PutItem without a condition: what comes back says nothing about what was there.
bool always_changes(const DocumentText& text) {
  const auto& method = text.call.method.text;
  if (method != "UpdateItem" && method != "PutItem" && method != "DeleteItem") return false;
  return find(text.call.arguments.front(), "ReturnValues") == nullptr;
}

// The field of this name, wherever it stands.
std::optional<Offset> place_of_field(const Literal& literal, std::string_view name) {
  if (const auto* array = std::get_if<Literal::Array>(&literal.held)) {
    for (const auto& each : *array) {
      if (const auto at = place_of_field(each, name)) return at;
    }
  }
  if (const auto* object = std::get_if<Literal::Object>(&literal.held)) {
    for (const auto& field : *object) {
      if (field.name == name) return field.at;
      if (const auto at = place_of_field(field.value, name)) return at;
    }
  }
  return std::nullopt;
}

}  // namespace

// A mistake begins with the name of the field that it is about, or quotes it; else it is the method's.
Offset place_of_mistake(const DocumentText& text, std::string_view mistake) {
  std::vector<std::string_view> names = {mistake.substr(0, mistake.find(' '))};
  const auto quote = mistake.find('`');
  if (quote != std::string_view::npos)
    names.push_back(mistake.substr(quote + 1, mistake.find('`', quote + 1) - quote - 1));
  for (const auto name : names) {
    if (name == text.call.method.text) break;
    if (name == text.collection.text && !name.empty()) return text.collection.at;
    for (const auto& call : text.chained) {
      if (call.method.text == name) return call.method.at;
    }
    for (const auto& argument : text.call.arguments) {
      if (const auto at = place_of_field(argument, name)) return *at;
    }
  }
  return text.call.method.at;
}

// Which database a request is for.
std::size_t Compiler::documents_of(const DocumentText& text) const {
  const auto& databases = world_.documents;
  std::vector<std::string> names;
  for (std::size_t number = 0; number < databases.size(); ++number) {
    if (databases[number].catalog.dialect == text.dialect) names.push_back(databases[number].name);
    if (text.database && databases[number].name == text.database->text) return number;
  }
  if (text.database) {
    throw ModelError(*source_, text.database->at,
                     "there is no database `" + text.database->text + "`" + meant(text.database->text, names));
  }
  for (std::size_t i = regions_.size(); i-- > 0;) {
    const auto& region = regions_[i];
    if (region.kind != Region::Kind::transaction || region.database < databases_.size()) continue;
    const std::size_t number = region.database - databases_.size();
    if (databases[number].catalog.dialect == text.dialect) return number;
  }
  const auto is_it = [&](const model::Documents& each) { return each.catalog.dialect == text.dialect; };
  const std::string what = to_string(text.dialect);
  if (names.empty()) throw ModelError(*source_, text.at, "this scenario has no database of " + what);
  if (names.size() > 1) {
    throw ModelError(
        *source_, text.at,
        "there are several databases of " + what + ": say which one is meant, as in `" + names.front() + "> …`");
  }
  return static_cast<std::size_t>(std::ranges::find_if(databases, is_it) - databases.begin());
}

void Compiler::check_request(const DocumentText& text, std::size_t documents) {
  const auto& catalog = world_.documents[documents].catalog;
  const std::string mistake =
      document::mistake(catalog, request_of(text), in_transaction(databases_.size() + documents));
  if (!mistake.empty()) throw ModelError(*source_, place_of_mistake(text, mistake), mistake);
  warn_unfilled(text, documents);
}

// A collection that is only looked at, or whose documents are only changed, has none: its name is misspelt, perhaps.
void Compiler::warn_unfilled(const DocumentText& text, std::size_t documents) {
  const auto& filled = world_.filled[documents];
  const auto& name = text.collection;
  if (text.dialect != Dialect::mongodb || filled.contains(name.text)) return;
  result_.warnings.push_back(diagnostic_at(
      *source_, name.at,
      "nothing is ever inserted into `" + name.text + "`" + meant(name.text, {filled.begin(), filled.end()})));
}

std::size_t Compiler::emit_request(const DocumentText& text) {
  const std::size_t documents = documents_of(text);
  check_request(text, documents);
  DocumentRequest request;
  request.documents = documents;
  request.collection = text.collection.text;
  request.text = text.text;
  request.known = request_of(text);
  request.call.method = text.call.method.text;
  for (const auto& argument : text.call.arguments) request.call.arguments.push_back(filled(argument));
  for (const auto& call : text.chained) {
    auto& chained = request.chained.emplace_back();
    chained.method = call.method.text;
    for (const auto& argument : call.arguments) chained.arguments.push_back(filled(argument));
  }
  for (const auto& column : document::columns_of(world_.documents[documents].catalog, request.known)) {
    request.columns.push_back(column.name);
  }
  return emit_.emit(text.at, std::move(request));
}

void Compiler::assign_request(const Assign& assign, const DocumentText& text) {
  const std::size_t instruction = emit_request(text);
  const auto columns = std::get<DocumentRequest>(emit_.instruction(instruction).body).columns;
  define(assign, instruction, columns);
  if (!assign.declares) return;
  auto& local = scope_.local(scope_.number_of(assign.name));
  local.is_document = true;
  local.always_found = always_changes(text);
}

Compiler::Loop Compiler::for_request(const For& statement, const DocumentText& text, Variable rows) {
  Loop loop{};
  loop.rows = emit_request(text);
  auto& request = std::get<DocumentRequest>(emit_.instruction(loop.rows).body);
  request.keeps.push_back({Keep::What::rows, 0, {}, rows});
  loop.local = scope_.declare_result(statement.name, Local::Kind::row, request.columns);
  scope_.local(loop.local).is_document = true;
  return loop;
}

// ------------------------------------------------------------------------------------------------------- values

Template Compiler::filled(const Literal& literal) {
  Template result;
  result.is_number = literal.is_number;
  result.is_set = literal.is_set;
  if (const auto* value = std::get_if<document::Value>(&literal.held)) {
    result.held = *value;
  } else if (const auto* range = std::get_if<sql::Range>(&literal.held)) {
    result.held = formula(*range);
  } else if (std::holds_alternative<Literal::Now>(literal.held)) {
    result.held = present_instant(literal.at);
  } else if (const auto* array = std::get_if<Literal::Array>(&literal.held)) {
    std::vector<Template> elements;
    for (const auto& each : *array) elements.push_back(filled(each));
    result.held = std::move(elements);
  } else {
    std::vector<Template::Named> fields;
    for (const auto& each : std::get<Literal::Object>(literal.held)) fields.push_back({each.name, filled(each.value)});
    result.held = std::move(fields);
  }
  return result;
}

// new Date(): the client's clock.
Formula Compiler::present_instant(Offset at) {
  static const Source text = make_source("<new Date()>", "now()");
  if (!world_.clock.empty()) {
    throw ModelError(
        *source_, at,
        "where there is a `clock`, the client's time is read by a statement: `let t = SELECT now() AS at;`, then "
        "`t.at` (`memory time { }` gives a database for it)");
  }
  auto statement = sql::parse_expression(text, {0, 5}, [](std::string_view) { return false; });
  sql::bind(statement, {});
  return {std::make_shared<const sql::Statement>(std::move(statement)), {}, at};
}

// ------------------------------------------------------------------------------------------------- transactions

void Compiler::refuse_sql(const model::Documents& database, Offset at) const {
  const bool is_mongodb = database.catalog.dialect == Dialect::mongodb;
  throw ModelError(*source_, at,
                   "`" + database.name + "` is a database of " + to_string(database.catalog.dialect) +
                       ": it takes requests, as in `" + database.name + "> " +
                       (is_mongodb ? "db.coupons.findOne({…})`" : "GetItem {…}`"));
}

// The number of the document database that a transaction { } is for; none: it is one of SQL.
std::optional<std::size_t> Compiler::documents_of_transaction(const InTransaction& statement, Offset at) const {
  const auto& databases = world_.documents;
  std::optional<std::size_t> found;
  for (std::size_t number = 0; number < databases.size(); ++number) {
    if (statement.database && databases[number].name == statement.database->text) found = number;
  }
  const bool no_sql = std::ranges::all_of(
      databases_, [](const model::Database& each) { return each.kind == model::Database::Kind::locks; });
  if (!statement.database && no_sql && databases.size() == 1) found = 0;
  if (!found) return std::nullopt;
  if (databases[*found].catalog.dialect == Dialect::dynamodb) {
    throw ModelError(*source_, at,
                     "DynamoDB has no transactions over several requests: read first, and write with "
                     "`TransactWriteItems {TransactItems: […]}` and a condition on what was read");
  }
  if (statement.level) {
    throw ModelError(*source_, statement.level->at,
                     "a transaction of MongoDB has no level to choose: it reads from one snapshot, and a write to what "
                     "others have changed since fails with write_conflict");
  }
  if (statement.read_only || statement.deferrable) {
    throw ModelError(*source_, at, "a transaction of MongoDB is neither `read only` nor `deferrable`");
  }
  return found;
}

// rollback; commit; within the transaction of a document database.
bool Compiler::leave_transaction_of_documents(const SqlText& text) {
  std::string word = source_->text.substr(text.range.begin, text.range.end - text.range.begin);
  while (!word.empty() && (word.back() == ' ' || word.back() == '\n' || word.back() == '\t' || word.back() == '\r'))
    word.pop_back();
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (word != "rollback" && word != "commit") return false;
  const auto inner = std::find_if(regions_.rbegin(), regions_.rend(),
                                  [](const Region& region) { return region.kind == Region::Kind::transaction; });
  const auto named = std::ranges::find_if(world_.documents, [&](const auto& each) {
    return text.database && each.name == text.database->text && each.catalog.dialect == Dialect::mongodb;
  });
  const bool of_documents = inner != regions_.rend() && inner->database >= databases_.size();
  if (!of_documents && named != world_.documents.end()) {
    throw ModelError(*source_, text.database->at,
                     "no transaction of `" + named->name + "` is open here: `" + word + "` stands in `" + named->name +
                         "> transaction { }`");
  }
  if (!of_documents) return false;
  const auto& name = world_.documents[inner->database - databases_.size()].name;
  if (text.database && text.database->text != name) return false;
  auto statement = std::make_shared<const sql::Statement>(sql::parse_statement(word));
  emit_.emit(text.range.begin, Leave{inner->database, std::move(statement)});
  return true;
}

}  // namespace gapless::scenario
