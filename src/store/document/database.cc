#include "store/document/database.h"

#include <algorithm>

#include "base/check.h"

namespace gapless::store::document {
namespace {

// SQL folds names without quotes to lower case, and nobody shall have to quote usedAt.
std::string sql_name(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

sql::Column sql_column(const Column& column) {
  sql::Column result;
  result.name = sql_name(column.name);
  result.type = column.type;
  return result;
}

// What stands in a column. A value of another type than the column's is NULL there, but for a text, which shows all.
sql::Value shown(const Column& column, const Value* value) {
  if (value == nullptr) return sql::Null{};
  if (column.length) {
    const auto* array = get<Array>(*value);
    const auto* set = get<Set>(*value);
    if (array == nullptr && set == nullptr) return sql::Null{};
    return Decimal(static_cast<std::int64_t>(array != nullptr ? array->size() : set->members.size()));
  }
  auto result = to_sql_value(*value);
  if (sql::is_null(result) || sql::type_of(result) == column.type) return result;
  if (column.type != sql::Type::text) return sql::Null{};
  return to_string(*value);
}

std::vector<Column> key_columns(const Collection& collection) {
  std::vector<Column> columns;
  for (const auto& column : collection.columns) {
    const bool is_key =
        column.path.size() == 1 && std::ranges::find(collection.key, column.path[0]) != collection.key.end();
    if (is_key) columns.push_back(column);
  }
  return columns;
}

void add_element_rows(const Collection& collection, const ElementTable& table, const Object& document,
                      std::vector<sql::Tuple>& rows) {
  const Value* value = at(document, table.path);
  if (value == nullptr) return;
  const auto* array = get<Array>(*value);
  const auto* set = get<Set>(*value);
  if (array == nullptr && set == nullptr) return;
  std::int32_t position = 0;
  for (const auto& element : array != nullptr ? *array : set->members) {
    auto tuple = row(key_columns(collection), document);
    tuple.emplace_back(position++);
    for (const auto& column : table.columns) {
      const auto* object = get<Object>(element);
      const bool is_itself = column.path.empty();
      tuple.push_back(shown(column, is_itself ? &element : object == nullptr ? nullptr : at(*object, column.path)));
    }
    rows.push_back(std::move(tuple));
  }
}

void add_optional(Digest& digest, const std::optional<Object>& document) {
  digest.add(document.has_value());
  if (document) add_to(digest, Value(*document));
}

void add_changes(Digest& digest, const std::map<Address, std::optional<Object>>& changes) {
  digest.add(changes.size());
  for (const auto& [address, document] : changes) {
    digest.add(address.first);
    add_to(digest, address.second);
    add_optional(digest, document);
  }
}

void add_entries(Digest& digest, const std::set<Entry>& entries) {
  digest.add(entries.size());
  for (const auto& entry : entries) {
    digest.add(entry.collection).add(entry.index);
    add_to(digest, Value(entry.values));
  }
}

}  // namespace

std::string to_string(Dialect dialect) { return dialect == Dialect::mongodb ? "MongoDB" : "DynamoDB"; }

std::string to_string(const Path& path) {
  std::string text;
  for (const auto& name : path) text += (text.empty() ? "" : ".") + name;
  return text;
}

std::optional<std::size_t> Catalog::find(std::string_view collection) const {
  const auto found = std::ranges::find(collections, collection, &Collection::name);
  if (found == collections.end()) return std::nullopt;
  return static_cast<std::size_t>(found - collections.begin());
}

Session map(const Session& session, const Event& event) {
  if (!session.has_snapshot) return session;
  Session mapped = session;
  for (const auto& [address, document] : event.changed) mapped.before.emplace(address, document);  // the oldest stays
  return mapped;
}

void commit(const Catalog& catalog, Database& database, Event& event, const Address& address,
            std::optional<Object> document) {
  auto& documents = database.collections.at(address.first);
  const auto found = documents.find(address.second);
  std::optional<Object> before;
  if (found != documents.end()) before = found->second;
  if (catalog.eventual_reads) {
    database.stale.emplace(address, before);  // the oldest stays
    const auto stale = database.stale.find(address);
    const bool same =
        stale->second.has_value() == document.has_value() && (!document || Value(*stale->second) == Value(*document));
    if (same) database.stale.erase(stale);
  }
  event.changed.emplace_back(address, std::move(before));
  std::ranges::sort(event.changed, {}, [](const auto& change) { return change.first; });
  if (document) {
    documents.insert_or_assign(address.second, std::move(*document));
  } else {
    documents.erase(address.second);
  }
}

const Object* look_up(const Database& database, const Session& session, const Address& address) {
  for (const auto* overlay : {&session.writes, &session.before}) {
    const auto found = overlay->find(address);
    if (found != overlay->end()) return found->second ? &*found->second : nullptr;
  }
  const auto& documents = database.collections.at(address.first);
  const auto found = documents.find(address.second);
  return found == documents.end() ? nullptr : &found->second;
}

Documents visible(const Database& database, const Session& session, std::size_t collection) {
  Documents documents = database.collections.at(collection);
  for (const auto* overlay : {&session.before, &session.writes}) {
    for (const auto& [address, document] : *overlay) {
      if (address.first != collection) continue;
      if (document) {
        documents.insert_or_assign(address.second, *document);
      } else {
        documents.erase(address.second);
      }
    }
  }
  return documents;
}

Documents lagging(const Database& database, std::size_t collection) {
  Session session;
  session.before = database.stale;
  return visible(database, session, collection);
}

const Value* at(const Object& document, const Path& path) {
  const Object* object = &document;
  const Value* value = nullptr;
  for (const auto& name : path) {
    if (object == nullptr) return nullptr;
    value = find(*object, name);
    if (value == nullptr) return nullptr;
    object = get<Object>(*value);
  }
  return value;
}

// ------------------------------------------------------------------------------------------------- for the outside

std::vector<sql::Table> tables(const Catalog& catalog) {
  std::vector<sql::Table> result;
  for (const auto& collection : catalog.collections) {
    sql::Table table;
    table.name = sql_name(collection.name);
    for (const auto& column : collection.columns) table.columns.push_back(sql_column(column));
    result.push_back(std::move(table));
    for (const auto& elements : collection.elements) {
      sql::Table children;
      children.name = sql_name(elements.name);
      for (const auto& column : key_columns(collection)) children.columns.push_back(sql_column(column));
      children.columns.push_back(sql_column({"position", {}, sql::Type::integer, false}));
      for (const auto& column : elements.columns) children.columns.push_back(sql_column(column));
      result.push_back(std::move(children));
    }
  }
  return result;
}

std::size_t table_count(const Catalog& catalog) {
  std::size_t count = 0;
  for (const auto& collection : catalog.collections) count += 1 + collection.elements.size();
  return count;
}

std::vector<sql::Tuple> rows(const Catalog& catalog, const Database& database, std::size_t table) {
  std::vector<sql::Tuple> result;
  for (std::size_t number = 0; number < catalog.collections.size(); ++number) {
    const auto& collection = catalog.collections[number];
    if (table > collection.elements.size()) {
      table -= collection.elements.size() + 1;
      continue;
    }
    for (const auto& [key, document] : database.collections.at(number)) {
      if (table == 0) {
        result.push_back(row(collection.columns, document));
      } else {
        add_element_rows(collection, collection.elements[table - 1], document, result);
      }
    }
    return result;
  }
  check(false, "a table of a document database is one of its catalog");
  return result;
}

sql::Tuple row(const std::vector<Column>& columns, const Object& document) {
  sql::Tuple tuple;
  for (const auto& column : columns) tuple.push_back(shown(column, at(document, column.path)));
  return tuple;
}

void add_to(Digest& digest, const Database& database) {
  digest.add(database.collections.size());
  for (const auto& documents : database.collections) {
    digest.add(documents.size());
    for (const auto& [key, document] : documents) {
      add_to(digest, key);
      add_to(digest, Value(document));
    }
  }
  digest.add(database.held.size());
  for (const auto& address : database.held) {
    digest.add(address.first);
    add_to(digest, address.second);
  }
  add_entries(digest, database.claimed);
  add_changes(digest, database.stale);
  digest.add(database.tokens.size());
  for (const auto& [token, request] : database.tokens) {
    digest.add(token);
    add_to(digest, request);
  }
}

void add_to(Digest& digest, const Session& session) {
  digest.add(static_cast<std::uint64_t>(session.phase)).add(session.has_snapshot);
  add_changes(digest, session.before);
  add_changes(digest, session.writes);
  add_entries(digest, session.claims);
  digest.add(session.progress.has_value());
  if (session.progress) add_to(digest, *session.progress);
}

void add_to(Digest& digest, const Event& event) {
  digest.add(event.changed.size());
  for (const auto& [address, document] : event.changed) {
    digest.add(address.first);
    add_to(digest, address.second);
    add_optional(digest, document);
  }
}

// Copying and destroying, compiled once; see sql/statement.h.

Collection::Collection() = default;
Collection::Collection(const Collection&) = default;
Collection::Collection(Collection&&) noexcept = default;
Collection& Collection::operator=(const Collection&) = default;
Collection& Collection::operator=(Collection&&) noexcept = default;
Collection::~Collection() = default;

Database::Database() = default;
Database::Database(const Database&) = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(const Database&) = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

}  // namespace gapless::store::document
