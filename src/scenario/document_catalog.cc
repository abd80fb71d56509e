// What is declared is read first, then the fields that are mentioned, then the blocks are run. What is an array, and
// what type a local has that a request returned, is known only when the columns are: so they are looked for until
// nothing changes.
#include "scenario/document_catalog.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "scenario/columns.h"
#include "scenario/interpret.h"
#include "scenario/local_types.h"
#include "scenario/mentions.h"
#include "scenario/name.h"
#include "sql/bind.h"
#include "sql/parse.h"
#include "store/document/dynamo/mentions.h"
#include "store/document/dynamo/tables.h"
#include "store/document/mongo/rules.h"
#include "store/document/rules.h"
#include "store/relational/evaluate.h"

namespace gapless::scenario {
namespace {

namespace document = store::document;
using document::Dialect;

constexpr int most_rounds = 8;

// Of a block: what makes tables and indexes rather than documents.
bool declares(const DocumentText& text) {
  static const std::set<std::string> methods = {"createIndex", "createIndexes", "createCollection", "CreateTable",
                                                "UpdateTimeToLive"};
  return methods.contains(text.call.method.text);
}

class Reader {
 public:
  Reader(const File& file, const Source& source, const std::vector<SchemaText>& schemas, World& world)
      : file_(file), source_(source), schemas_(schemas), world_(world) {}

  void read() {
    for (const auto& text : file_.databases) {
      if (text.kind.text == "mongodb" || text.kind.text == "dynamodb") declare(text);
    }
    if (world_.documents.empty()) return;
    find_columns();
    for (std::size_t number = 0; number < texts_.size(); ++number) fill(number);
  }

 private:
  using PerCollection = std::map<std::pair<std::size_t, std::string>, Columns>;  // database, collection

  void declare(const DatabaseText& text) {
    model::Documents database;
    database.name = text.name.text;
    database.catalog.dialect = text.kind.text == "mongodb" ? Dialect::mongodb : Dialect::dynamodb;
    database.text = source_->text.substr(text.range.begin, text.range.end - text.range.begin);
    auto& catalog = database.catalog;
    const auto requests = requests_of(text, database);
    for (const auto& request : requests) {
      if (!declares(request)) continue;
      const auto known = request_of(request);
      std::string mistake;
      if (catalog.dialect == Dialect::dynamodb) {
        mistake = known.method == "CreateTable" ? document::dynamo::create_table(known, catalog)
                                                : document::dynamo::update_time_to_live(known, catalog);
      } else {
        auto& collection = collection_of(catalog, request.collection.text);
        if (known.method != "createCollection") mistake = add_index(known, collection);
      }
      if (!mistake.empty()) throw ModelError(*source_, place_of_mistake(request, mistake), mistake);
    }
    world_.documents.push_back(std::move(database));
    world_.filled.emplace_back();
    texts_.push_back({text.name, requests});
    declared_.push_back(world_.documents.back().catalog);
  }

  // Those of its block, and then what the variant adds.
  std::vector<DocumentText> requests_of(const DatabaseText& text, model::Documents& database) const {
    auto requests = text.requests;
    for (const auto& schema : schemas_) {
      const bool same_kind = !schema.requests.empty() && schema.requests.front().dialect == database.catalog.dialect;
      const bool meant = schema.database ? schema.database->text == text.name.text : same_kind;
      if (!meant) continue;
      requests.insert(requests.end(), schema.requests.begin(), schema.requests.end());
      database.text += source_->text.substr(schema.range.begin, schema.range.end - schema.range.begin);
    }
    return requests;
  }

  static document::Collection& collection_of(document::Catalog& catalog, const std::string& name) {
    const auto found = std::ranges::find(catalog.collections, name, &document::Collection::name);
    if (found != catalog.collections.end()) return *found;
    document::Collection collection;
    collection.name = name;
    collection.key = {"_id"};
    catalog.collections.push_back(std::move(collection));
    return catalog.collections.back();
  }

  static std::string add_index(const document::Request& request, document::Collection& collection) {
    if (std::string mistake = document::mongo::index_mistake(request); !mistake.empty()) return mistake;
    collection.indexes.push_back(document::mongo::index_of(request));
    return {};
  }

  // ------------------------------------------------------------------------------------------------------ columns

  void find_columns() {
    std::map<std::pair<std::size_t, std::string>, Columns::Arrays> arrays;
    LocalTypes types(file_, source_, world_,
                     [&](const DocumentText& text, const std::optional<Name>& within,
                         const OfExpression& of_expression) { return visit(text, within, of_expression); });
    for (int round = 0; round < most_rounds; ++round) {
      found_.clear();
      for (const auto& [where, known] : arrays) found_.emplace(where, Columns(known));
      for (std::size_t number = 0; number < texts_.size(); ++number) {
        for (const auto& collection : declared_[number].collections) mention_key(number, collection);
        for (const auto& request : texts_[number].requests) note(number, request, {});
      }
      types.run();
      const auto before = catalogs();
      for (std::size_t number = 0; number < texts_.size(); ++number) finish(number);
      arrays.clear();
      for (const auto& [where, columns] : found_) arrays.emplace(where, columns.arrays());
      if (round > 0 && before == catalogs()) break;
    }
  }

  void mention_key(std::size_t number, const document::Collection& collection) {
    auto& columns = found_[{number, collection.name}];
    for (const auto& name : collection.key) {
      const auto known = std::ranges::find(collection.columns, name, &document::Column::name);
      const bool is_number = known != collection.columns.end() && known->type == sql::Type::numeric;
      const bool is_text = known != collection.columns.end() && known->type == sql::Type::text;
      columns.mention({name},
                      is_number ? document::Value(0)
                      : is_text ? document::Value("")
                                : document::Unknown{},
                      texts_[number].name.at);
    }
  }

  ResultTypes visit(const DocumentText& text, const std::optional<Name>& within, const OfExpression& of_expression) {
    const auto number = database_of(text, within);
    if (!number) return {};
    note(*number, text, of_expression);
    ResultTypes types;
    for (const auto& column : document::columns_of(world_.documents[*number].catalog, request_of(text))) {
      types.emplace(column.name, column.type);
    }
    return types;
  }

  // The one that it names, that of the transaction around it, or the first of its kind.
  std::optional<std::size_t> database_of(const DocumentText& text, const std::optional<Name>& within) const {
    const auto find = [&](const auto& is_it) -> std::optional<std::size_t> {
      const auto found = std::ranges::find_if(world_.documents, is_it);
      if (found == world_.documents.end()) return std::nullopt;
      return static_cast<std::size_t>(found - world_.documents.begin());
    };
    const auto is_named = [&](const Name& name) {
      return find(
          [&](const model::Documents& each) { return each.name == name.text && each.catalog.dialect == text.dialect; });
    };
    if (text.database) return is_named(*text.database);
    if (const auto found = within ? is_named(*within) : std::nullopt) return found;
    return find([&](const model::Documents& each) { return each.catalog.dialect == text.dialect; });
  }

  void note(std::size_t number, const DocumentText& text, const OfExpression& of_expression) {
    const auto request = request_of(text, of_expression);
    if (world_.documents[number].catalog.dialect == Dialect::dynamodb) {
      for (const auto& each : document::dynamo::mentions(declared_[number], request)) {
        mention(number, each.table, each.path, each.value, text.at);
      }
      return;
    }
    const bool fresh = !declared_[number].find(request.collection).has_value();
    if (fresh) {
      auto& collection = collection_of(declared_[number], request.collection);
      mention_key(number, collection);
    }
    mention(number, request.collection, {"_id"}, document::Unknown{}, text.at);
    for (const auto& each : mentions_of_mongodb(request))
      mention(number, each.collection, each.path, each.value, text.at);
    if (fills(request)) world_.filled[number].insert(request.collection);
    if (makes_id(request)) mention(number, request.collection, {"_id"}, "text", text.at);
  }

  void mention(std::size_t number, const std::string& collection, const document::Path& path,
               const document::Value& value, Offset at) {
    const bool is_time = document::get<sql::Timestamp>(value) != nullptr &&
                         world_.documents[number].catalog.dialect == Dialect::dynamodb;  // there it is a number
    found_[{number, collection}].mention(path, is_time ? document::Value(0) : value, at);
  }

  static bool fills(const document::Request& request) {
    static const std::set<std::string> methods = {"insertOne", "insertMany", "bulkWrite"};
    const bool upserts = !request.arguments.empty() && document::find(request.arguments.back(), "upsert") != nullptr;
    return upserts || methods.contains(request.method);
  }

  // A document is inserted that brings no _id of its own.
  static bool makes_id(const document::Request& request) {
    const auto lacks = [](const document::Value& value) { return document::find(value, "_id") == nullptr; };
    if (request.arguments.empty()) return false;
    const auto& first = request.arguments.front();
    if (request.method == "insertOne") return lacks(first);
    const auto* many = document::get<document::Array>(first);
    return request.method == "insertMany" && many != nullptr && std::ranges::any_of(*many, lacks);
  }

  void finish(std::size_t number) {
    auto& catalog = world_.documents[number].catalog;
    catalog = declared_[number];
    for (auto& collection : catalog.collections) {
      const auto found = found_.find({number, collection.name});
      if (found != found_.end()) found->second.finish(*source_, collection);
    }
    check_tables(number);
  }

  // Collections whose names differ in capitals only, and a collection that has an array's name.
  void check_tables(std::size_t number) const {
    std::set<std::string> taken;
    for (const auto& table : document::tables(world_.documents[number].catalog)) {
      if (taken.insert(to_lower(table.name)).second) continue;
      throw ModelError(*source_, texts_[number].name.at,
                       "two collections of `" + texts_[number].name.text + "` would be the table `" +
                           to_lower(table.name) + "`: give one of them another name");
    }
  }

  std::string catalogs() const {
    std::string text;
    for (const auto& database : world_.documents) {
      for (const auto& table : document::tables(database.catalog)) {
        text += ";" + table.name;
        for (const auto& column : table.columns) text += "," + column.name + ":" + sql::to_string(column.type);
      }
    }
    return text;
  }

  // ------------------------------------------------------------------------------------------------------ filling

  void fill(std::size_t number) {
    auto& database = world_.documents[number];
    database.initial.collections.resize(database.catalog.collections.size());
    for (const auto& text : texts_[number].requests) {
      if (declares(text)) continue;
      const auto request = request_of(text, [&](const Literal& literal) { return constant_of(literal); });
      const std::string mistake = document::mistake(database.catalog, request, false);
      if (!mistake.empty()) throw ModelError(*source_, place_of_mistake(text, mistake), mistake);
      const auto now = world_.clock.empty() ? store::now() : world_.clock.front();
      auto applied = document::apply(database.catalog, database.initial, {}, request, false, now);
      while (!applied.observation) {
        applied = document::apply(database.catalog, applied.database, applied.session, request, false, now);
      }
      if (applied.observation->failed()) throw ModelError(*source_, text.at, applied.observation->error_message);
      database.initial = std::move(applied.database);
    }
  }

  // Before the first step there are no locals.
  document::Value constant_of(const Literal& literal) const {
    if (std::holds_alternative<Literal::Now>(literal.held))
      return world_.clock.empty() ? store::now() : world_.clock.front();
    const auto range = std::get<sql::Range>(literal.held);
    auto statement = sql::parse_expression(source_, range, [](std::string_view) { return false; });
    const auto& expression = std::get<sql::Select>(statement.body).targets.front().expression;
    if (!statement.parameters.empty() || expression.kind == sql::Expression::Kind::column) {
      throw ModelError(*source_, range.begin, "there are no locals here; a text stands in quotes");
    }
    sql::bind(statement, {});
    const auto value =
        constant({std::make_shared<const sql::Statement>(std::move(statement)), {}, range.begin}, *source_);
    const auto* text = std::get_if<std::string>(&value);
    if (!literal.is_number || text == nullptr) return document::from_sql(value);
    const auto number = Decimal::parse(*text);
    if (!number) throw ModelError(*source_, literal.at, "`" + *text + "` is no number");
    return *number;
  }

  const File& file_;
  const Source& source_;
  const std::vector<SchemaText>& schemas_;
  World& world_;
  struct Text {
    Name name;
    std::vector<DocumentText> requests;  // that fill it
  };
  std::vector<Text> texts_;                  // of each document database
  std::vector<document::Catalog> declared_;  // without the columns that are found; collections as they are found
  PerCollection found_;
};

}  // namespace

void read_documents(const File& file, const Source& source, const std::vector<SchemaText>& schemas, World& world) {
  Reader(file, source, schemas, world).read();
}

}  // namespace gapless::scenario
