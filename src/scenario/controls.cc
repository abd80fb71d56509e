// The requests of a variant are gone through once for what they touch, and once more for what guards them.
#include "scenario/controls.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "scenario/grammar.h"
#include "scenario/guards.h"
#include "scenario/ledger.h"
#include "scenario/load.h"
#include "sql/scan.h"

namespace gapless::scenario {

// ----------------------------------------------------------------------------------------------------- findings

Edit blank(sql::Range range) { return {range, ""}; }

void Findings::add(Offset at, std::string text, std::vector<Edit> edits) {
  const auto line = static_cast<std::size_t>(diagnostic_at(*source_, at, "").line);
  found_.emplace_back(at, Guard{std::move(text), line, std::move(edits), std::nullopt});
}

void Findings::add(Offset at, std::string text, Constraint constraint) {
  add(at, std::move(text), std::vector<Edit>());
  found_.back().second.constraint = std::move(constraint);
}

std::vector<Guard> Findings::finish() {
  std::ranges::stable_sort(found_, {}, [](const auto& each) { return each.first; });
  std::vector<Guard> guards;
  for (auto& [at, guard] : found_) guards.push_back(std::move(guard));
  return guards;
}

std::string_view Findings::written(sql::Range range) const {
  return std::string_view(source_->text).substr(range.begin, range.end - range.begin);
}

std::string Findings::shown(sql::Range range) const { return sql::fold_space(written(range)); }

sql::Range Findings::statement_at(Offset at) const {
  return {at, std::min<Offset>(sql::find_end(source_, at, ";") + 1, static_cast<Offset>(source_->text.size()))};
}

namespace {

// ------------------------------------------------------------------------------------------------------- parts

void note_sent(const Block& block, std::vector<std::string>& names) {
  for (const auto& statement : block.statements) {
    if (const auto* send = std::get_if<Send>(&statement.body)) names.push_back(send->request.text);
    for (const auto* inner : blocks_of(statement)) note_sent(*inner, names);
  }
}

const VariantText& variant_of(const Request& request, const std::string& name) {
  const auto found = std::ranges::find_if(request.variants, [&](const auto& each) { return each.name.text == name; });
  return found == request.variants.end() ? request.variants.front() : *found;
}

// Of every request that is run, or sent by one that is; in the order of the file.
std::vector<Part> parts_of(const File& file, const std::string& variant) {
  std::vector<std::string> open;
  for (const auto& run : file.runs) {
    for (const auto& term : run.terms) {
      for (const auto& sent : term.requests) open.push_back(sent.request.text);
    }
  }
  std::set<std::string> used;
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (!used.insert(name).second) continue;
    const auto request = std::ranges::find_if(file.requests, [&](const auto& each) { return each.name.text == name; });
    check(request != file.requests.end(), "a file that was loaded runs and sends its own requests");
    note_sent(variant_of(*request, variant).block, open);
  }
  std::vector<Part> parts;
  for (const auto& request : file.requests) {
    if (used.contains(request.name.text)) parts.push_back({&request, &variant_of(request, variant)});
  }
  return parts;
}

void note_touches_of(const SourceText& source, const Block& block, Touches& touches) {
  for (const auto& statement : block.statements) {
    for (const auto* text : sql_of(statement)) note_touches(source, *text, touches);
    for (const auto* text : documents_in(statement)) note_touches(source, *text, touches);
    for (const auto* inner : blocks_of(statement)) note_touches_of(source, *inner, touches);
  }
}

// The level of transactions that name none.
void find_file_level(const File& file, const std::vector<Part>& parts, Findings& findings) {
  const bool used =
      std::ranges::any_of(parts, [](const Part& part) { return !part.variant->level && !part.request->level; });
  if (!used || file.isolation.empty()) return;
  const auto& level = file.isolation.front();
  if (to_lower(level.text) == "read committed") return;
  findings.add(level.at, "isolation \"" + level.text + "\"",
               {{{level.at, level.at + static_cast<Offset>(level.text.size()) + 2}, "\"read committed\""}});
}

// deliver webhook(7) until 200: delivered once, whatever it responds.
void find_deliveries(const File& file, Findings& findings) {
  for (const auto& run : file.runs) {
    for (const auto& term : run.terms) {
      if (term.kind != Term::Kind::deliver) continue;
      constexpr Offset deliver = 7;
      const auto until = static_cast<Offset>(findings.source().text.rfind("until", term.until.at));
      const auto end = term.until.at + static_cast<Offset>(term.until.text.size());
      findings.add(term.at, findings.shown({term.at, end}), {blank({term.at, term.at + deliver}), blank({until, end})});
    }
  }
}

// ------------------------------------------------------------------------------------------------------ without

// Everything behind stays in its line, and where nothing takes the place in its column, too.
std::string replacement(std::string_view gone, const std::string& text) {
  std::string result = text;
  for (const char c : gone) {
    if (c == '\n' || text.empty()) result += c == '\n' ? '\n' : ' ';
  }
  return result;
}

std::string edited(const std::string& text, std::vector<Edit> edits) {
  std::ranges::sort(edits, {}, [](const Edit& edit) { return edit.range.begin; });
  std::string result;
  Offset done = 0;
  for (const auto& edit : edits) {
    check(edit.range.begin >= done && edit.range.end <= text.size(), "edits do not overlap");
    const auto gone = std::string_view(text).substr(edit.range.begin, edit.range.end - edit.range.begin);
    result += text.substr(done, edit.range.begin - done) + replacement(gone, edit.text);
    done = edit.range.end;
  }
  return result + text.substr(done);
}

// A key that no row is in: nothing is looked for in it, and rows are scanned as before.
sql::Expression never() {
  sql::Expression expression;
  expression.type = sql::Type::boolean;
  expression.value = false;
  return expression;
}

// Of a document database a constraint is a unique index, by its number.
void drop(const Constraint& constraint, model::Documents& database) {
  for (auto& collection : database.catalog.collections) {
    for (std::size_t i = 0; i < collection.indexes.size(); ++i) {
      if (collection.name == constraint.table && std::to_string(i) == constraint.name)
        collection.indexes[i].unique = false;
    }
  }
}

void drop(const Constraint& constraint, model::Database& database) {
  for (auto& table : database.catalog.tables) {
    if (table.name != constraint.table) continue;
    for (auto& unique : table.uniques) {
      if (unique.name == constraint.name) unique.predicate = never();
    }
    std::erase_if(table.checks, [&](const sql::Check& check) { return check.name == constraint.name; });
    std::erase_if(table.foreign_keys, [&](const sql::ForeignKey& key) { return key.name == constraint.name; });
  }
}

}  // namespace

std::vector<Guard> guards_of(const model::Model& model) {
  if (model.source->text.empty()) return {};
  const File file = parse(model.source);
  const auto parts = parts_of(file, model.variant);
  Findings findings(model.source);
  Touches touches;
  note_keys(model.databases, touches);
  note_keys(model.documents, touches);
  for (const auto& part : parts) note_touches_of(*model.source, part.variant->block, touches);
  if (model.isolation == model.file_isolation) find_file_level(file, parts, findings);
  find_in_schema(model.databases, touches, findings);
  find_in_collections(file, parts, model.documents, touches, findings);
  for (const auto& part : parts) find_in_part(part, touches, findings);
  find_deliveries(file, findings);
  return findings.finish();
}

model::Model without(const model::Model& model, const Guard& guard) {
  Options options{model.variant, model.actors.size(), std::nullopt, model.faults};
  if (model.isolation != model.file_isolation) options.isolation = model.isolation;
  auto models = load(make_source(model.source->name, edited(model.source->text, guard.edits)), options);
  check(models.size() == 1, "a variant at one setting of faults is one model");
  if (!guard.constraint) return std::move(models.front());
  for (auto& database : models.front().databases) {
    const auto& original =
        database.kind == model::Database::Kind::replica ? models.front().databases[database.primary] : database;
    if (original.name == guard.constraint->database) drop(*guard.constraint, database);
  }
  for (auto& database : models.front().documents) {
    if (database.name == guard.constraint->database) drop(*guard.constraint, database);
  }
  return std::move(models.front());
}

}  // namespace gapless::scenario
