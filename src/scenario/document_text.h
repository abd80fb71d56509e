// Requests to MongoDB and DynamoDB as they stand in a scenario:
//
//   shop> db.coupons.updateOne({code: code, usedAt: null}, {$set: {usedAt: 1}});
//   bank> UpdateItem {TableName: "accounts", Key: {id: from}, UpdateExpression: "SET balance = balance - :x", …};
//   bank> UPDATE "accounts" SET balance = balance - :amount WHERE id = :from;
//
// In front of db.… and of an action's { the name of the database may be left out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "scenario/literal_text.h"
#include "scenario/name.h"
#include "store/document/database.h"
#include "store/document/request.h"

namespace gapless::scenario {

struct DocumentText {
  struct Call {
    Name method;
    std::vector<Literal> arguments;
    Offset end = 0;
  };

  std::optional<Name> database;
  store::document::Dialect dialect = store::document::Dialect::mongodb;
  Name collection;            // MongoDB
  Call call;                  // of DynamoDB the action with one argument; "PartiQL", its locals as arguments
  std::vector<Call> chained;  // .sort({at: 1})
  std::string text;           // PartiQL, ? for each local
  Offset at = 0;              // behind the database's name
  Offset end = 0;

  bool is_partiql() const { return !text.empty(); }
};

// The document databases that a file declares, wherever it does: `database NAME mongodb`.
using DocumentNames = std::map<std::string, store::document::Dialect>;
DocumentNames document_names(std::string_view text);

// Whether a request begins here; then the length of what names its database in front of it, with its blanks.
std::optional<std::size_t> request_prefix(std::string_view text, const DocumentNames& names);
// REQUIRES: one begins at `from`.
DocumentText scan_request(const Source& source, Offset from, const DocumentNames& names);

// What stands in the block of a database, each with its semicolon. `end`: at the } that closes it.
struct ScannedSetup {
  std::vector<DocumentText> requests;
  Offset end = 0;
};
ScannedSetup scan_setup(const Source& source, Offset from, store::document::Dialect dialect);

// Of a `schema`: whose requests begin here; none: SQL does.
std::optional<store::document::Dialect> setup_dialect(const Source& source, Offset from);

// Where a statement was expected: that a database of this kind is missing; empty if it looks like none.
std::string missing_database(std::string_view text);

// The request, with what `of_expression` says in the place of expressions; Unknown without it.
store::document::Request request_of(const DocumentText& text, const OfExpression& of_expression = {});

}  // namespace gapless::scenario
