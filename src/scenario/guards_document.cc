// What guards in requests to MongoDB and DynamoDB: what a filter asks beyond the key, conditions, tokens, consistent
// reads, unique indexes.
#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "scenario/guards.h"
#include "scenario/mentions.h"
#include "scenario/name.h"
#include "store/document/rules.h"

namespace gapless::scenario {
namespace {

namespace document = store::document;
using document::Dialect;

std::string first_name(std::string_view path) { return to_lower(path.substr(0, path.find('.'))); }

// With the comma behind it; one that is left behind the last field does no harm.
template <typename Elements>
sql::Range place_of(const Elements& elements, std::size_t number, const Literal& whole) {
  return {elements[number].at, number + 1 < elements.size() ? elements[number + 1].at : whole.end - 1};
}

bool is_operators(const Literal& value) {
  const auto* object = std::get_if<Literal::Object>(&value.held);
  return object != nullptr && !object->empty() && object->front().name.starts_with("$");
}

bool changes_by_filter(const std::string& method) {
  static const std::set<std::string> methods = {"updateOne",         "updateMany",      "replaceOne",
                                                "deleteOne",         "deleteMany",      "findOneAndUpdate",
                                                "findOneAndReplace", "findOneAndDelete"};
  return methods.contains(method);
}

class Finder {
 public:
  Finder(const DocumentText& text, const Touches& touches, Findings& findings)
      : text_(text), touches_(touches), findings_(findings) {}

  void mongodb();
  void dynamodb();

 private:
  void action(const Literal& action);
  void condition(const Literal& action, const Literal::Object& fields, std::size_t number);
  void checks(const Literal& actions);
  void drop(Offset at, const std::string& shown, const Literal::Object& fields, std::size_t number,
            const Literal& whole);
  std::vector<Edit> unused(const Literal& action, sql::Range gone) const;
  bool still_used(const std::string& name, sql::Range gone, const Literal& values) const;

  const DocumentText& text_;
  const Touches& touches_;
  Findings& findings_;
};

// ------------------------------------------------------------------------------------------------------- MongoDB

void Finder::mongodb() {
  if (!changes_by_filter(text_.call.method.text) || text_.call.arguments.empty()) return;
  const auto& filter = text_.call.arguments.front();
  const auto* fields = std::get_if<Literal::Object>(&filter.held);
  if (fields == nullptr) return;
  const auto set = touches_.set.find(to_lower(text_.collection.text));
  for (std::size_t i = 0; i < fields->size(); ++i) {
    const auto& field = (*fields)[i];
    const bool is_set = set != touches_.set.end() && set->second.contains(first_name(field.name));
    // Which document is meant: its key, or a given value of what nobody changes.
    const bool address = !is_operators(field.value) && !field.name.starts_with("$") && (field.name == "_id" || !is_set);
    if (!address) drop(field.at, findings_.shown({field.at, field.value.end}), *fields, i, filter);
  }
}

void Finder::drop(Offset at, const std::string& shown, const Literal::Object& fields, std::size_t number,
                  const Literal& whole) {
  findings_.add(at, shown, {blank(place_of(fields, number, whole))});
}

// ------------------------------------------------------------------------------------------------------ DynamoDB

void Finder::dynamodb() {
  if (text_.call.arguments.empty()) return;
  action(text_.call.arguments.front());
}

void Finder::action(const Literal& action) {
  const auto* fields = std::get_if<Literal::Object>(&action.held);
  if (fields == nullptr) return;
  for (std::size_t i = 0; i < fields->size(); ++i) {
    const auto& [name, at, value] = (*fields)[i];
    const auto* known = std::get_if<document::Value>(&value.held);
    const bool is_true = known != nullptr && document::get<bool>(*known) != nullptr && *document::get<bool>(*known);
    if (name == "ConditionExpression") condition(action, *fields, i);
    if (name == "ClientRequestToken" || (name == "ConsistentRead" && is_true)) {
      drop(at, findings_.shown({at, value.end}), *fields, i, action);
    }
    if (name == "TransactItems") checks(value);
  }
}

void Finder::checks(const Literal& actions) {
  const auto* items = std::get_if<Literal::Array>(&actions.held);
  if (items == nullptr) return;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto* kinds = std::get_if<Literal::Object>(&(*items)[i].held);
    if (kinds == nullptr || kinds->size() != 1) continue;
    if (kinds->front().name == "ConditionCheck") {
      findings_.add((*items)[i].at, findings_.shown({kinds->front().at, kinds->front().value.end}),
                    {blank(place_of(*items, i, actions))});
    } else {
      action(kinds->front().value);
    }
  }
}

// At each AND outside parentheses that is not BETWEEN's; where there is an OR, the whole is one part.
std::vector<sql::Range> parts_of(std::string_view text) {
  std::vector<sql::Range> parts = {{0, 0}};
  std::size_t open = 0;
  bool between = false;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    if (end == at) {
      open += text[at] == '(' ? 1 : 0;
      open -= text[at] == ')' && open > 0 ? 1 : 0;
      ++at;
      continue;
    }
    const auto word = to_lower(text.substr(at, end - at));
    const bool named = at > 0 && (text[at - 1] == ':' || text[at - 1] == '#' || text[at - 1] == '.');
    if (open == 0 && !named) {
      if (word == "or") return {{0, static_cast<Offset>(text.size())}};
      if (word == "between") between = true;
      if (word == "and" && !std::exchange(between, false)) {
        parts.back().end = static_cast<Offset>(at);
        parts.push_back({static_cast<Offset>(end), 0});
      }
    }
    at = end;
  }
  parts.back().end = static_cast<Offset>(text.size());
  return parts;
}

void Finder::condition(const Literal& action, const Literal::Object& fields, std::size_t number) {
  const auto& value = fields[number].value;
  const auto* text = text_of(value);
  if (text == nullptr) return;
  const sql::Range inside{value.at + 1, value.end - 1};
  const auto parts = findings_.written(inside) == *text ? parts_of(*text) : std::vector<sql::Range>{{}};
  if (parts.size() == 1) {
    const auto gone = place_of(fields, number, action);
    auto edits = unused(action, gone);
    edits.push_back(blank(gone));
    findings_.add(fields[number].at, "ConditionExpression " + findings_.shown({value.at, value.end}), std::move(edits));
    return;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto at = [&](Offset offset) { return inside.begin + offset; };
    // With the AND in front of it, or behind it.
    const sql::Range gone = i == 0 ? sql::Range{at(parts[0].begin), at(parts[1].begin)}
                                   : sql::Range{at(parts[i - 1].end), at(parts[i].end)};
    auto edits = unused(action, gone);
    edits.push_back(blank(gone));
    const sql::Range shown{at(parts[i].begin), at(parts[i].end)};
    findings_.add(shown.begin, (i > 0 ? "AND " : "ConditionExpression ") + findings_.shown(shown), std::move(edits));
  }
}

// DynamoDB refuses names and values that no expression uses.
std::vector<Edit> Finder::unused(const Literal& action, sql::Range gone) const {
  std::vector<Edit> edits;
  const auto* fields = std::get_if<Literal::Object>(&action.held);
  for (std::size_t i = 0; i < fields->size(); ++i) {
    const auto& [name, at, values] = (*fields)[i];
    if (name != "ExpressionAttributeValues" && name != "ExpressionAttributeNames") continue;
    const auto* named = std::get_if<Literal::Object>(&values.held);
    if (named == nullptr) continue;
    std::vector<Edit> own;
    for (std::size_t k = 0; k < named->size(); ++k) {
      const auto& each = (*named)[k];
      // What the part did not use is not ours to take away.
      const auto in_part = findings_.written(gone).find(each.name) != std::string_view::npos;
      bool used = !in_part;
      for (const auto& field : *fields) {
        if (!field.name.ends_with("Expression")) continue;
        used = used || still_used(each.name, gone, field.value);
      }
      if (!used) own.push_back(blank(place_of(*named, k, values)));
    }
    if (!own.empty() && own.size() == named->size()) own = {blank(place_of(*fields, i, action))};
    edits.insert(edits.end(), own.begin(), own.end());
  }
  return edits;
}

// In an expression, outside what is gone.
bool Finder::still_used(const std::string& name, sql::Range gone, const Literal& expression) const {
  const auto text = findings_.written({expression.at, expression.end});
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool whole =
        end == text.size() || (std::isalnum(static_cast<unsigned char>(text[end])) == 0 && text[end] != '_');
    const Offset place = expression.at + static_cast<Offset>(at);
    if (whole && (place < gone.begin || place >= gone.end)) return true;
  }
  return false;
}

}  // namespace

std::vector<const DocumentText*> documents_in(const Statement& statement) {
  const ValueText* value = nullptr;
  if (const auto* assign = std::get_if<Assign>(&statement.body)) value = &assign->value;
  if (const auto* loop = std::get_if<For>(&statement.body)) value = &loop->rows;
  const auto* text = value != nullptr ? std::get_if<DocumentText>(value) : std::get_if<DocumentText>(&statement.body);
  if (text == nullptr) return {};
  return {text};
}

void note_touches(const SourceText& source, const DocumentText& text, Touches& touches) {
  if (text.is_partiql()) {
    note_touches(source, SqlText{text.database, {text.at, text.end}}, touches);
    return;
  }
  if (text.dialect != Dialect::mongodb) return;
  const auto request = request_of(text);
  const std::string collection = to_lower(text.collection.text);
  static const std::set<std::string> inserts = {"insertOne", "insertMany", "replaceOne", "findOneAndReplace",
                                                "bulkWrite"};
  const bool upserts = !request.arguments.empty() && document::find(request.arguments.back(), "upsert") != nullptr;
  if (inserts.contains(request.method) || upserts) touches.inserted[collection].emplace_back();
  auto changes = request;
  if (!changes.arguments.empty()) changes.arguments.front() = document::Object{};  // the filter sets nothing
  const bool by_filter = changes_by_filter(request.method);
  for (const auto& each : mentions_of_mongodb(changes)) {
    if (by_filter && !each.path.empty()) touches.set[collection].insert(to_lower(each.path.front()));
  }
}

void note_keys(const std::vector<model::Documents>& databases, Touches& touches) {
  for (const auto& database : databases) {
    for (const auto& collection : database.catalog.collections) {
      for (const auto& name : collection.key) touches.keys[to_lower(collection.name)].insert(to_lower(name));
    }
  }
}

void find_in_request(const Statement& statement, const DocumentText& text, bool kept, const Touches& touches,
                     Findings& findings) {
  if (text.is_partiql()) {
    find_in_sql(statement, SqlText{text.database, {text.at, text.end}}, kept, touches, findings);
  } else if (text.dialect == Dialect::mongodb) {
    Finder(text, touches, findings).mongodb();
  } else {
    Finder(text, touches, findings).dynamodb();
  }
}

namespace {

// The createIndex of a database, in the order of its catalog: of its block, then of the variant's schemas.
std::vector<const DocumentText*> indexes_of(const File& file, const std::vector<Part>& parts,
                                            const DatabaseText& text) {
  std::vector<const DocumentText*> found;
  const auto add = [&](const std::vector<DocumentText>& requests) {
    for (const auto& request : requests) {
      if (request.call.method.text == "createIndex") found.push_back(&request);
    }
  };
  add(text.requests);
  const auto of_mongodb = [](const DatabaseText& each) { return each.kind.text == "mongodb"; };
  const bool is_only = std::ranges::count_if(file.databases, of_mongodb) == 1;
  for (const auto& part : parts) {
    for (const auto& schema : part.variant->schemas) {
      if (schema.database ? schema.database->text == text.name.text : is_only) add(schema.requests);
    }
  }
  return found;
}

}  // namespace

// Where some request of the variant could run into it.
void find_in_collections(const File& file, const std::vector<Part>& parts,
                         const std::vector<model::Documents>& databases, const Touches& touches, Findings& findings) {
  for (const auto& text : file.databases) {
    const auto database = std::ranges::find(databases, text.name.text, &model::Documents::name);
    if (database == databases.end() || database->catalog.dialect != Dialect::mongodb) continue;
    std::map<std::string, std::size_t> next;  // of each collection's indexes
    for (const auto* request : indexes_of(file, parts, text)) {
      const auto& name = request->collection.text;
      const auto collection = database->catalog.find(name);
      if (!collection) continue;
      const auto& indexes = database->catalog.collections[*collection].indexes;
      const std::size_t number = next[name]++;
      if (number >= indexes.size() || !indexes[number].unique) continue;
      const auto set = touches.set.find(to_lower(name));
      std::string fields;
      bool touched = touches.inserted.contains(to_lower(name));
      for (const auto& path : indexes[number].paths) {
        fields += (fields.empty() ? "" : ", ") + document::to_string(path);
        touched = touched || (set != touches.set.end() && set->second.contains(to_lower(path.front())));
      }
      if (!touched) continue;
      findings.add(request->at, "unique index (" + fields + ") of " + name,
                   Constraint{database->name, name, std::to_string(number)});
    }
  }
}

}  // namespace gapless::scenario
