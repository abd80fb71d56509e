// The parts of finding guards. Internal to controls.cc and the files named here:
//
//   guards_sql.cc       locks, conditions, ON CONFLICT, levels: in statements
//   guards_redis.cc     NX, EX, WATCH, MULTI, and the conditions of scripts
//   guards_document.cc  filters, conditions, tokens, consistent reads, unique indexes: MongoDB and DynamoDB
//   guards_block.cc     if, retry, transaction, hold, calls: around statements
//   guards_schema.cc    keys, CHECK, foreign keys
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/controls.h"
#include "scenario/syntax.h"
#include "scenario/tokens.h"

namespace gapless::scenario {

// Guards as they are found, each with its place.
class Findings {
 public:
  explicit Findings(const Source& source) : source_(source) {}

  void add(Offset at, std::string text, std::vector<Edit> edits);
  void add(Offset at, std::string text, Constraint constraint);
  std::vector<Guard> finish();  // in the order of the file

  const SourceText& source() const { return *source_; }
  const Source& shared_source() const { return source_; }
  std::string_view written(sql::Range range) const;
  // Without comments, white space folded.
  std::string shown(sql::Range range) const;
  // From `at` to its semicolon, and with it.
  sql::Range statement_at(Offset at) const;

 private:
  Source source_;
  std::vector<std::pair<Offset, Guard>> found_;
};

Edit blank(sql::Range range);

// What a variant's statements do to tables, by names in lower case.
struct Touches {
  std::map<std::string, std::set<std::string>> set;  // columns that some UPDATE, or ON CONFLICT DO UPDATE, sets
  // For each INSERT its columns; none: all.
  std::map<std::string, std::vector<std::set<std::string>>> inserted;
  std::set<std::string> deleted;
  // Columns of keys, also foreign ones: of the schema, what a row is addressed by.
  std::map<std::string, std::set<std::string>> keys;
};

// A variant of a request, with its level's place.
struct Part {
  const Request* request;
  const VariantText* variant;
};

// The blocks and SQL of one statement, not of those within its blocks.
std::vector<const Block*> blocks_of(const Statement& statement);
std::vector<const SqlText*> sql_of(const Statement& statement);

void note_touches(const SourceText& source, const SqlText& text, Touches& touches);
void note_keys(const std::vector<model::Database>& databases, Touches& touches);
bool changes_data(const SourceText& source, const SqlText& text);

// `kept`: somebody looks at what it returns, so that it cannot go as a whole.
void find_in_sql(const Statement& statement, const SqlText& text, bool kept, const Touches& touches,
                 Findings& findings);
std::vector<const DocumentText*> documents_in(const Statement& statement);
void note_touches(const SourceText& source, const DocumentText& text, Touches& touches);
void note_keys(const std::vector<model::Documents>& databases, Touches& touches);
void find_in_request(const Statement& statement, const DocumentText& text, bool kept, const Touches& touches,
                     Findings& findings);
void find_in_collections(const File& file, const std::vector<Part>& parts,
                         const std::vector<model::Documents>& databases, const Touches& touches, Findings& findings);
void find_in_command(const Statement& statement, const CommandText& command, bool kept, Findings& findings);
void find_transactions_of_redis(const Block& block, Findings& findings);
void find_in_part(const Part& part, const Touches& touches, Findings& findings);
void find_in_schema(const std::vector<model::Database>& databases, const Touches& touches, Findings& findings);

}  // namespace gapless::scenario
