// The tables that invariants see, and faults as text.
#include "model/model.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace gapless::model {
namespace {

sql::Column column(std::string name, sql::Type type) {
  sql::Column result;
  result.name = std::move(name);
  result.type = type;
  return result;
}

sql::Table ledger_table(const Ledger& ledger, bool has_history) {
  sql::Table table;
  table.name = ledger.name;
  // An effect's arguments are whatever the request computed.
  for (const auto& name : ledger.columns) table.columns.push_back(column(name, sql::Type::unknown));
  if (has_history) table.columns.push_back(column("position", sql::Type::integer));
  return table;
}

sql::Table keyvalue_table(const KeyValue& keyvalue) {
  sql::Table table;
  table.name = keyvalue.name;
  table.columns = {column("key", sql::Type::text), column("field", sql::Type::text), column("value", sql::Type::text),
                   column("ttl", sql::Type::bigint)};
  return table;
}

sql::Table sections_table() {
  sql::Table table;
  table.name = "sections";
  table.columns = {column("section", sql::Type::text), column("request", sql::Type::text),
                   column("actor", sql::Type::integer)};
  return table;
}

sql::Table responses_table() {
  sql::Table table;
  table.name = "responses";
  table.columns = {column("request", sql::Type::text), column("actor", sql::Type::integer),
                   column("status", sql::Type::status)};
  return table;
}

constexpr std::uint32_t most_faults = 1000;

}  // namespace

bool is_viewed(const Database& database) {
  return database.kind != Database::Kind::replica && database.kind != Database::Kind::locks && database.process <= 1;
}

sql::Catalog view_catalog(const std::vector<Database>& databases, const std::vector<KeyValue>& keyvalues,
                          const std::vector<Documents>& documents, const std::vector<Ledger>& ledgers,
                          bool has_history) {
  sql::Catalog view;
  const bool single = std::ranges::count_if(databases, is_viewed) + std::ssize(documents) == 1;
  for (const auto& database : databases) {
    if (!is_viewed(database)) continue;
    if (single) view.database = database.name;
    for (auto table : database.catalog.tables) {
      if (!single) table.name = database.name + "." + table.name;
      view.tables.push_back(std::move(table));
    }
  }
  for (const auto& keyvalue : keyvalues) view.tables.push_back(keyvalue_table(keyvalue));
  for (const auto& database : documents) {
    if (single) view.database = database.name;
    for (auto& table : store::document::tables(database.catalog)) {
      if (!single) table.name = database.name + "." + table.name;
      view.tables.push_back(std::move(table));
    }
  }
  for (const auto& ledger : ledgers) view.tables.push_back(ledger_table(ledger, has_history));
  view.tables.push_back(sections_table());
  view.tables.push_back(responses_table());
  return view;
}

std::string to_string(const Faults& faults) {
  std::string text;
  const auto add = [&](const char* name, std::uint32_t bound) {
    if (bound > 0) text += (text.empty() ? "" : ", ") + std::string(name) + " <= " + std::to_string(bound);
  };
  add("crash", faults.crash);
  add("retry", faults.retry);
  add("duplicate", faults.duplicate);
  return text.empty() ? "none" : text;
}

std::optional<Faults> parse_faults(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c != ' ' && c != '\t') plain += c;
  }
  Faults faults;
  if (plain == "none") return faults;
  for (std::string_view rest = plain;;) {
    const auto part = rest.substr(0, rest.find(','));
    const auto sign = part.find("<=");
    if (sign == std::string_view::npos) return std::nullopt;
    const auto name = part.substr(0, sign);
    auto* bound = name == "crash"       ? &faults.crash
                  : name == "retry"     ? &faults.retry
                  : name == "duplicate" ? &faults.duplicate
                                        : nullptr;
    const char* const end = part.data() + part.size();
    std::uint32_t number = 0;
    const auto [stopped, error] = std::from_chars(part.data() + sign + 2, end, number);
    const bool is_number = error == std::errc{} && stopped == end && number >= 1 && number <= most_faults;
    if (bound == nullptr || *bound > 0 || !is_number) return std::nullopt;
    *bound = number;
    if (part.size() == rest.size()) return faults;
    rest.remove_prefix(part.size() + 1);
  }
}

// Copying and destroying, compiled once; see sql/statement.h.

Model::Model() = default;
Model::Model(const Model&) = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(const Model&) = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

}  // namespace gapless::model
