// The whole way: text → syntax tree → code of every variant → one Model a variant and setting of faults.
#include "scenario/load.h"

#include <algorithm>

#include "base/check.h"
#include "scenario/claims.h"
#include "scenario/hints.h"
#include "scenario/loader.h"
#include "sql/bind.h"

namespace gapless::scenario {

std::vector<model::Model> Loader::run() {
  check_names();
  read_isolation();
  world_ = read_world(file_, source_);
  read_requests();
  plays_ = plays_of(file_, source_, !world_.clock.empty());
  actors_ = deal(plays_, options_.actors, *source_, file_.runs.front().at);
  find_used();
  has_history_ =
      std::ranges::find(file_.invariants, Invariant::Kind::history, &Invariant::kind) != file_.invariants.end();
  check_ledgers();
  read_properties(base_);
  for (auto& [name, setting] : own_) read_properties(setting);

  const auto settings = options_.faults ? std::vector{*options_.faults} : world_.settings;
  std::vector<model::Model> models;
  for (const auto& group : groups()) {
    for (const auto& faults : settings) {
      model::Model model = make(group, faults);
      if (!options_.variant || *options_.variant == group.name) models.push_back(std::move(model));
    }
  }
  return models;
}

// ------------------------------------------------------------------------------------------------ declarations

template <typename Things, typename NameOf>
void Loader::check_once(const Things& things, const char* what, NameOf name_of) const {
  for (auto thing = things.begin(); thing != things.end(); ++thing) {
    const Name& name = name_of(*thing);
    const auto first = std::find_if(things.begin(), thing, [&](const auto& t) { return name_of(t).text == name.text; });
    if (first == thing) continue;
    throw ModelError(*source_, name.at,
                     std::string("a second ") + what + " `" + name.text + "`; the first is in line " +
                         std::to_string(diagnostic_at(*source_, name_of(*first).at, "").line));
  }
}

void Loader::check_names() const {
  check_counts();
  const auto name = [](const auto& thing) -> const Name& { return thing.name; };
  check_once(file_.databases, "database", name);
  check_once(file_.locks, "lock", name);
  check_once(file_.requests, "request", name);
  check_once(file_.invariants, "invariant", [](const Invariant& each) -> const Name& { return each.title; });
  for (const auto& request : file_.requests) {
    check_once(request.variants, "variant", name);
    check_once(request.parameters, "parameter", [](const Name& each) -> const Name& { return each; });
    for (const auto& variant : request.variants) check_claims(variant.claims, *source_);
  }
  const Offset end = file_.name.at;
  if (file_.requests.empty()) throw ModelError(*source_, end, "this scenario has no `request`");
  if (file_.runs.empty()) throw ModelError(*source_, end, "this scenario has no `run`: say which requests race");
  if (file_.runs.size() > 1) {
    throw ModelError(*source_, file_.runs[1].at, "a second `run`: write all requests in one, with commas between");
  }
}

// A scenario is written by hand. With bounds on what there may be many of, comparing each with each is no danger.
void Loader::check_counts() const {
  constexpr std::size_t most = 1000;
  const auto check_count = [&](const auto& things, const char* what, auto place_of) {
    if (things.size() <= most) return;
    throw ModelError(*source_, place_of(things[most]), "more than " + std::to_string(most) + " " + what);
  };
  const auto named = [](const auto& thing) { return thing.name.at; };
  check_count(file_.databases, "databases", named);
  check_count(file_.locks, "locks", named);
  check_count(file_.faults, "settings of faults", [](const FaultsText& each) { return each.at; });
  check_count(file_.requests, "requests", named);
  check_count(file_.invariants, "invariants", [](const Invariant& each) { return each.title.at; });
  for (const auto& request : file_.requests) {
    check_count(request.variants, "variants", named);
    check_count(request.parameters, "parameters", [](const Name& each) { return each.at; });
  }
  for (const auto& run : file_.runs) {
    check_count(run.terms, "terms", [](const Term& each) { return each.at; });
    for (const auto& term : run.terms) {
      check_count(term.requests, "requests of a session", [](const Term::Sent& each) { return each.request.at; });
    }
  }
}

void Loader::read_isolation() {
  if (file_.isolation.size() > 1) throw ModelError(*source_, file_.isolation[1].at, "a second `isolation`");
  if (!file_.isolation.empty()) file_level_ = isolation_of(file_.isolation.front(), *source_);
  level_ = options_.isolation.value_or(file_level_);
}

// `at` of the variant or of the request.
std::optional<store::Isolation> Loader::own_level(const Request& request, const VariantText& variant) const {
  if (variant.level) return isolation_of(*variant.level, *source_);
  if (request.level) return isolation_of(*request.level, *source_);
  return std::nullopt;
}

void Loader::read_requests() {
  std::map<std::string, std::vector<SchemaText>> schemas;
  for (const auto& request : file_.requests) {
    for (const auto& variant : request.variants) {
      if (variant.schemas.empty()) continue;
      auto& all = schemas[variant.name.text];
      all.insert(all.end(), variant.schemas.begin(), variant.schemas.end());
    }
  }
  base_.world = world_;
  for (const auto& [name, texts] : schemas) own_[name].world = read_world(file_, source_, texts);
  // In the order of the file, since that is the order of the ledger.
  for (const auto& request : file_.requests) {
    base_.written.emplace_back(request.variants.size());
    for (auto& [name, setting] : own_) setting.written.emplace_back(request.variants.size());
    for (std::size_t v = 0; v < request.variants.size(); ++v) {
      const auto& variant = request.variants[v];
      if (!own_.contains(variant.name.text)) base_.written.back()[v] = write(request, variant, base_.world);
      for (auto& [name, setting] : own_) {
        const bool takes_part = variant.name.text == name || request.variants.size() == 1;
        if (takes_part) setting.written.back()[v] = write(request, variant, setting.world);
      }
    }
  }
}

Loader::Written Loader::write(const Request& request, const VariantText& variant, const World& world) {
  const auto level = own_level(request, variant).value_or(level_);
  Written written{compile(source_, world, file_, request, variant, level, ledgers_), {}};
  written.code = std::make_shared<const Code>(std::move(written.compiled.code));
  return written;
}

const Loader::Setting& Loader::setting_of(const Group& group) const {
  const auto own = own_.find(group.name);
  return own == own_.end() ? base_ : own->second;
}

const Loader::Written& Loader::written(const Group& group, std::size_t request) const {
  const auto& written = setting_of(group).written[request][group.variants[request]];
  check(written.code != nullptr, "a group's variants are compiled over its databases");
  return written;
}

// Those that are run, those that they send in some variant, those that these send, and so on.
void Loader::find_used() {
  used_.assign(file_.requests.size(), false);
  for (const auto& play : plays_) {
    for (const auto& sent : play.requests) used_[sent.request] = true;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t r = 0; r < used_.size(); ++r) {
      for (const auto* sent : sent_by(r)) {
        changed = changed || (used_[r] && !used_[sent->request]);
        used_[sent->request] = used_[sent->request] || used_[r];
      }
    }
  }
}

std::vector<const Sent*> Loader::sent_by(std::size_t request) const {
  std::vector<const Sent*> sent;
  const auto add = [&](const Setting& setting) {
    for (const auto& variant : setting.written[request]) {
      for (const auto& each : variant.compiled.sent) sent.push_back(&each);
    }
  };
  add(base_);
  for (const auto& [name, setting] : own_) add(setting);
  return sent;
}

void Loader::check_ledgers() const {
  std::map<std::string, std::string> taken;  // what a table is
  for (const auto& database : world_.databases) {
    for (const auto& table : database.catalog.tables)
      taken.emplace(table.name, "a table of " + database.name + " already");
  }
  for (const auto& keyvalue : world_.keyvalues) taken.emplace(keyvalue.name, "a Redis database");
  for (const auto& database : world_.documents) {
    for (const auto& table : store::document::tables(database.catalog)) {
      taken.emplace(table.name, "a table of " + database.name + " already");
    }
  }
  for (const auto& ledger : ledgers_.tables()) {
    const Offset at = ledgers_.first_use(ledger.name);
    if (ledger.name == "responses") throw ModelError(*source_, at, "`responses` is the table of the responses");
    if (ledger.name == "sections") throw ModelError(*source_, at, "`sections` is the table of the critical sections");
    if (has_history_ && std::ranges::find(ledger.columns, "position") != ledger.columns.end()) {
      throw ModelError(*source_, at,
                       "`" + ledger.name +
                           "` has a column `position` already, which is what `history` calls the order of effects: "
                           "give it another name with `AS`");
    }
    const auto other = taken.find(ledger.name);
    if (other == taken.end()) continue;
    throw ModelError(*source_, at,
                     "`" + ledger.name + "` is " + other->second + "; choose another name for what has happened");
  }
}

void Loader::read_properties(Setting& setting) const {
  const auto& world = setting.world;
  setting.view =
      model::view_catalog(world.databases, world.keyvalues, world.documents, ledgers_.tables(), has_history_);
  for (const auto& invariant : file_.invariants) {
    setting.properties.push_back(read_property(invariant, setting.view));
  }
}

model::Property Loader::read_property(const Invariant& invariant, const sql::Catalog& view) const {
  auto query = sql::parse_statement(source_, invariant.query);
  const auto refuse = [&](const std::string& found) -> void {
    throw ModelError(*source_, query.at, "an invariant is a SELECT of one true or false; this is " + found);
  };
  const auto* select = std::get_if<sql::Select>(&query.body);
  if (select == nullptr) refuse("no SELECT");
  if (!query.parameters.empty()) {
    throw ModelError(*source_, query.at,
                     "an invariant belongs to no request: there is no `:" + query.parameters.front() + "` here");
  }
  if (select->locking.strength != sql::LockStrength::none) {
    throw ModelError(*source_, query.at, "an invariant only looks; it locks nothing");
  }
  try {
    sql::bind(query, view);
  } catch (const ModelError& error) {
    const bool has_unnamed = std::ranges::any_of(ledgers_.tables(), [](const model::Ledger& ledger) {
      return std::ranges::any_of(ledger.columns, [](const auto& column) { return column.starts_with("arg"); });
    });
    throw with_ledger(error, has_unnamed);
  }
  if (query.types.size() != 1) refuse("a query of " + std::to_string(query.types.size()) + " columns");
  const sql::Type type = query.types.front();
  if (type != sql::Type::boolean && type != sql::Type::unknown) refuse("of type " + sql::to_string(type));
  const auto kind = invariant.kind == Invariant::Kind::always    ? model::PropertyKind::always
                    : invariant.kind == Invariant::Kind::history ? model::PropertyKind::history
                                                                 : model::PropertyKind::finally;
  return {kind, invariant.title.text, std::make_shared<const sql::Statement>(std::move(query))};
}

std::vector<model::Model> load(const Source& source, const Options& options) try {
  return Loader(source, options).run();
} catch (const ModelError& error) {
  throw with_foreign_sql(error);
}

}  // namespace gapless::scenario
