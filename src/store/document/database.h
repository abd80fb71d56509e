// Collections of documents as values: what MongoDB and DynamoDB keep, and what a session on them knows.
//
// Both hold documents under a key and change one document at a time, so that they share their state; what a request
// does to it differs (mongo/, dynamo/). What is fixed for a whole model (collections, keys, indexes) is the Catalog.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "sql/statement.h"
#include "sql/value.h"
#include "store/document/value.h"

namespace gapless::store::document {

// ------------------------------------------------------------------------------------------------- fixed in a model

enum class Dialect : std::uint8_t { mongodb, dynamodb };
std::string to_string(Dialect dialect);  // "MongoDB"

using Path = std::vector<std::string>;  // limits.used
std::string to_string(const Path& path);

struct Index {
  std::string name;
  std::vector<Path> paths;
  bool unique = false;
  bool sparse = false;                         // documents without any of the fields are not in it
  Value partial;                               // partialFilterExpression; null: all documents
  std::optional<std::int64_t> expire_after_s;  // a TTL index: of one path
};

// What invariants and locals see of a document: a column for each field, in the order in which the scenario first
// names them. A field of a field is a column `limits_used`; an array is its text, and `tags_length`.
struct Column {
  std::string name;
  Path path;
  sql::Type type = sql::Type::text;  // boolean, numeric, text, timestamp
  bool length = false;               // the number of an array's elements
};

// The elements of an array field as a table `orders_items`: the columns of `key` (as in the collection), `position`
// from 0, then those of the elements, `value` where they are no documents.
struct ElementTable {
  std::string name;
  Path path;
  std::vector<Column> columns;
};

struct Collection {
  Collection();
  Collection(const Collection&);
  Collection(Collection&&) noexcept;
  Collection& operator=(const Collection&);
  Collection& operator=(Collection&&) noexcept;
  ~Collection();

  std::string name;
  std::vector<std::string> key;  // {"_id"}; of DynamoDB the partition key, and the sort key if it has one
  std::vector<Index> indexes;
  std::optional<std::string> ttl;  // DynamoDB: the attribute after whose time an item may be deleted
  std::vector<Column> columns;     // beginning with the key
  std::vector<ElementTable> elements;
};

struct Catalog {
  Dialect dialect = Dialect::mongodb;
  std::vector<Collection> collections;

  std::optional<std::size_t> find(std::string_view collection) const;
  // Some request reads without ConsistentRead: what such reads see lags behind.
  bool eventual_reads = false;
};

// ------------------------------------------------------------------------------------------------------------ state

// The value of the key's one attribute, or an array of both.
using Key = Value;
using Documents = std::map<Key, Object>;
// A document anywhere: the number of its collection and its key.
using Address = std::pair<std::size_t, Key>;
// A value in a unique index: collection, index, the values of its paths.
struct Entry {
  std::size_t collection = 0;
  std::size_t index = 0;
  Array values;
  auto operator<=>(const Entry&) const = default;
  bool operator==(const Entry&) const = default;
};

struct Database {
  Database();
  Database(const Database&);
  Database(Database&&) noexcept;
  Database& operator=(const Database&);
  Database& operator=(Database&&) noexcept;
  ~Database();

  std::vector<Documents> collections;  // in the order of the catalog; committed
  // Written by a transaction that is not over. By whom is not said: nobody can notice that.
  std::set<Address> held;
  std::set<Entry> claimed;  // in unique indexes, by such a transaction
  // What an eventually consistent read still sees: documents as they were before (nullopt: absent), where this differs
  // from now. Kept only with Catalog::eventual_reads.
  std::map<Address, std::optional<Object>> stale;
  // ClientRequestToken and the request that came with it.
  std::map<std::string, Value> tokens;
  bool operator==(const Database&) const = default;
};

// A connection, with at most one transaction.
struct Session {
  enum class Phase : std::uint8_t { idle, open, aborted };
  Phase phase = Phase::idle;
  bool has_snapshot = false;
  // Documents that others have changed since the snapshot, as they were then.
  std::map<Address, std::optional<Object>> before;
  // What the transaction has written; nullopt: deleted.
  std::map<Address, std::optional<Object>> writes;
  std::set<Entry> claims;
  // A request that takes several steps (updateMany, Query, TransactWriteItems) and is in the middle: whatever its
  // dialect needs to go on.
  std::optional<Value> progress;
  bool operator==(const Session&) const = default;
};

// What a step means to other sessions: these documents have changed, and were so before.
struct Event {
  std::vector<std::pair<Address, std::optional<Object>>> changed;  // ascending, each once
  bool identity() const { return changed.empty(); }
  bool operator==(const Event&) const = default;
};
Session map(const Session& session, const Event& event);

// ----------------------------------------------------------------------------------------------- for both dialects

// What is written to `database` as committed, with the event that tells of it; keeps `stale`.
void commit(const Catalog& catalog, Database& database, Event& event, const Address& address,
            std::optional<Object> document);
// In a transaction: its own writes, else its snapshot. Null pointer: there is none.
const Object* look_up(const Database& database, const Session& session, const Address& address);
// All documents of a collection as the session sees them, by key.
Documents visible(const Database& database, const Session& session, std::size_t collection);
// As an eventually consistent read sees them.
Documents lagging(const Database& database, std::size_t collection);

// The value at a path of a document: fields of fields; null pointer where there is none.
const Value* at(const Object& document, const Path& path);

// ------------------------------------------------------------------------------------------------- for the outside

// The tables that invariants see: each collection, then each of its element tables.
std::vector<sql::Table> tables(const Catalog& catalog);
std::size_t table_count(const Catalog& catalog);
// The committed rows of the table with this number, in the order of keys.
std::vector<sql::Tuple> rows(const Catalog& catalog, const Database& database, std::size_t table);
// A document in the columns of its collection.
sql::Tuple row(const std::vector<Column>& columns, const Object& document);

void add_to(Digest& digest, const Database& database);
void add_to(Digest& digest, const Session& session);
void add_to(Digest& digest, const Event& event);

}  // namespace gapless::store::document
