// The whole way: text → syntax tree → code of every variant → one Model a variant and setting of faults.
#include "scenario/load.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "actor/tracking.h"
#include "base/check.h"
#include "base/digest.h"
#include "scenario/cast.h"
#include "scenario/claims.h"
#include "scenario/compile.h"
#include "scenario/grammar.h"
#include "scenario/hints.h"
#include "scenario/interpret.h"
#include "scenario/ledger.h"
#include "scenario/numbers.h"
#include "scenario/places.h"
#include "scenario/run.h"
#include "scenario/world.h"
#include "sql/bind.h"
#include "sql/scan.h"
#include "store/document/dynamo/rules.h"

namespace gapless::scenario {
namespace {

// The variant of a file whose requests have none by name.
constexpr std::string_view only_variant = "default";

// A variant's requests may each be written in several ways; those of one name go together.
struct Group {
  std::string name;
  std::vector<std::size_t> variants;  // for each request of the file: which of its variants; unused if it is not used
};

// What the stores must keep for this request. A statement may run outside any transaction, so its level counts, too.
store::relational::Tracking tracking_of(const Code& code) {
  store::relational::Tracking needed;
  const auto need = [&](store::relational::Tracking more) { needed = actor::both(needed, more); };
  for (const auto& instruction : code.instructions) {
    if (const auto* perform = std::get_if<Perform>(&instruction.body)) {
      need(actor::tracking_of(perform->level));
      need(actor::tracking_of(*perform->statement));
    } else if (const auto* await = std::get_if<AwaitTruth>(&instruction.body)) {
      need(actor::tracking_of(*await->statement));
    } else if (const auto* begin = std::get_if<Begin>(&instruction.body)) {
      need(actor::tracking_of(begin->level));
    } else if (const auto* defer = std::get_if<Defer>(&instruction.body)) {
      need(actor::tracking_of(*defer->statement));
    }
  }
  return needed;
}

void note_eventual_reads(const Code& code, model::Model& model) {
  for (const auto& instruction : code.instructions) {
    const auto* request = std::get_if<DocumentRequest>(&instruction.body);
    if (request == nullptr) continue;
    auto& catalog = model.documents[request->documents].catalog;
    if (catalog.dialect != store::document::Dialect::dynamodb) continue;
    catalog.eventual_reads = catalog.eventual_reads || store::document::dynamo::reads_eventually(request->known);
  }
}

class Loader {
 public:
  Loader(const Source& source, const Options& options)
      : source_(source), options_(options), file_(parse(source)), ledgers_(*source) {}

  std::vector<model::Model> run();

 private:
  void check_names() const;
  void check_counts() const;
  template <typename Things, typename NameOf>
  void check_once(const Things& things, const char* what, NameOf name_of) const;
  void read_isolation();
  std::optional<store::Isolation> own_level(const Request& request, const VariantText& variant) const;
  void read_requests();
  struct Setting;
  struct Written;
  Written write(const Request& request, const VariantText& variant, const World& world);
  const Setting& setting_of(const Group& group) const;
  const Written& written(const Group& group, std::size_t request) const;
  std::vector<const Sent*> sent_by(std::size_t request) const;
  void find_used();
  void check_ledgers() const;
  void read_properties(Setting& setting) const;
  model::Property read_property(const Invariant& invariant, const sql::Catalog& view) const;

  bool is_used(std::size_t request) const { return used_[request]; }
  std::vector<Group> groups() const;
  std::size_t variant_of(std::size_t request, const std::string& name) const;

  model::Model make(const Group& group, const model::Faults& faults) const;
  std::vector<const Code*> codes_of(const Group& group) const;
  std::vector<DatabaseStatement> statements_of(const Group& group) const;
  Part part_of(const Play& play, const Group& group) const;
  void add_actors(model::Model& model, const Group& group) const;
  void add_messages(model::Model& model, const Group& group) const;
  void add_places(model::Model& model, const Group& group) const;
  const std::vector<Claim>& describe(model::Model& model, const Group& group) const;
  void add_warnings(model::Model& model, const Group& group) const;
  void warn_early_effects(model::Model& model, const Compiled& compiled) const;
  void warn_unchecked(model::Model& model, const std::vector<Claim>& claims) const;
  std::uint64_t digest(const Group& group, const model::Faults& faults) const;
  void add_databases(Digest& digest) const;
  void add_surroundings(Digest& digest, const model::Faults& faults) const;
  void add_plays(Digest& digest) const;
  std::string text(sql::Range range) const;

  const Source& source_;
  const Options& options_;
  File file_;
  Ledgers ledgers_;
  store::Isolation file_level_ = store::Isolation::read_committed;
  store::Isolation level_ = store::Isolation::read_committed;  // where a request names none
  World world_;
  bool has_history_ = false;
  struct Written {
    Compiled compiled;
    std::shared_ptr<const Code> code;
  };
  // What variants are compiled over: the databases of the file, for most of them.
  struct Setting {
    World world;
    // A request's variants. Not those of another setting: their `code` is null.
    std::vector<std::vector<Written>> written;
    sql::Catalog view;
    std::vector<model::Property> properties;
  };
  Setting base_;
  std::map<std::string, Setting> own_;  // by name, of variants that have a `schema`
  std::vector<Play> plays_;
  std::vector<std::size_t> actors_;  // each actor's play
  std::vector<bool> used_;           // requests that are run, or sent by one that is
};

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

// ---------------------------------------------------------------------------------------------------- variants

// All names of the requests that are used, in the order of the file.
std::vector<Group> Loader::groups() const {
  std::vector<Group> result;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(result, name, &Group::name) != result.end()) return;
    Group group{name, {}};
    for (std::size_t r = 0; r < file_.requests.size(); ++r)
      group.variants.push_back(is_used(r) ? variant_of(r, name) : 0);
    result.push_back(std::move(group));
  };
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    for (const auto& variant : file_.requests[r].variants) {
      if (is_used(r) && !variant.name.text.empty()) add(variant.name.text);
    }
  }
  if (result.empty()) add(std::string(only_variant));
  return result;
}

std::size_t Loader::variant_of(std::size_t request, const std::string& name) const {
  const auto& variants = file_.requests[request].variants;
  for (std::size_t v = 0; v < variants.size(); ++v) {
    if (variants[v].name.text == name) return v;
  }
  if (variants.size() == 1) return 0;
  throw ModelError(*source_, file_.requests[request].name.at,
                   "`" + file_.requests[request].name.text + "` has several variants, but none that goes with `" +
                       name + "` of another request");
}

model::Model Loader::make(const Group& group, const model::Faults& faults) const {
  model::Model model;
  model.source = source_;
  model.file = source_->name;
  model.scenario = file_.name.text;
  model.title = file_.title;
  model.variant = group.name;
  model.isolation = level_;
  model.file_isolation = file_level_;
  const auto& setting = setting_of(group);
  model.databases = setting.world.databases;
  model.keyvalues = setting.world.keyvalues;
  model.documents = setting.world.documents;
  for (const auto* code : codes_of(group)) note_eventual_reads(*code, model);
  model.ledgers = ledgers_.tables();
  model.has_history = has_history_;
  model.clock = world_.clock;
  model.faults = faults;
  model.view = setting.view;
  model.properties = setting.properties;
  add_actors(model, group);
  add_messages(model, group);
  add_places(model, group);
  const auto& claims = describe(model, group);
  model.expected =
      expected(claims, {level_, file_level_, actors_.size(), actors_of(plays_), faults, world_.settings}, *source_);
  add_warnings(model, group);
  if (!options_.faults) warn_unchecked(model, claims);
  model.digest = digest(group, faults);
  for (const auto* code : codes_of(group)) model.tracking = actor::both(model.tracking, tracking_of(*code));
  forget_unseen_numbers(model, statements_of(group));
  return model;
}

std::vector<const Code*> Loader::codes_of(const Group& group) const {
  std::vector<const Code*> codes;
  for (std::size_t request = 0; request < file_.requests.size(); ++request) {
    if (is_used(request)) codes.push_back(written(group, request).code.get());
  }
  return codes;
}

// Everything that the requests of this group can perform on a database.
std::vector<DatabaseStatement> Loader::statements_of(const Group& group) const {
  std::vector<DatabaseStatement> statements;
  for (const auto* code : codes_of(group)) {
    for (const auto& instruction : code->instructions) {
      const auto* perform = std::get_if<Perform>(&instruction.body);
      if (perform != nullptr) statements.push_back({perform->database, perform->statement.get()});
      const auto* await = std::get_if<AwaitTruth>(&instruction.body);
      if (await != nullptr) statements.push_back({await->database, await->statement.get()});
    }
  }
  return statements;
}

Part Loader::part_of(const Play& play, const Group& group) const {
  Part part{play.kind, {}, play.until, world_.processes > 1};
  for (const auto& sent : play.requests) {
    part.requests.push_back(
        {file_.requests[sent.request].name.text, written(group, sent.request).code, sent.arguments});
  }
  return part;
}

void Loader::add_actors(model::Model& model, const Group& group) const {
  for (std::size_t actor = 0; actor < actors_.size(); ++actor) {
    const Situation situation{static_cast<std::int32_t>(actor + 1),
                              static_cast<std::int32_t>(actor % world_.processes + 1), 1};
    auto role = role_of(part_of(plays_[actors_[actor]], group), situation);
    const auto same = [&](const model::Role& other) {
      return other.request == role.request && other.arguments == role.arguments && other.until == role.until &&
             other.job == role.job;
    };
    const auto known = std::ranges::find_if(model.roles, same);
    model.actors.push_back(static_cast<std::size_t>(known - model.roles.begin()));
    if (known == model.roles.end()) model.roles.push_back(std::move(role));
  }
}

// A message is played in the first process, and by nobody of the `run` line.
void Loader::add_messages(model::Model& model, const Group& group) const {
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    if (!is_used(r)) continue;
    for (const auto& sent : written(group, r).compiled.sent) {
      const auto& request = file_.requests[sent.request].name.text;
      const auto& code = written(group, sent.request).code;
      if (code->me) {
        throw ModelError(
            *source_, sent.at,
            "`" + request + "` reads `me`, and a message has no number: give it what it needs as an argument");
      }
      model.messages[request] = [request, code, many = world_.processes > 1](const std::vector<sql::Value>& arguments) {
        return role_of({Term::Kind::request, {{request, code, arguments}}, "2xx", many}, {});
      };
    }
  }
}

void Loader::add_places(model::Model& model, const Group& group) const {
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    if (is_used(r)) scenario::add_places(*written(group, r).code, file_.requests[r].name.text, model.places);
  }
}

const std::vector<Claim>& Loader::describe(model::Model& model, const Group& group) const {
  static const std::vector<Claim> none;
  const std::vector<Claim>* claims = &none;
  const auto lower_case = [](const Name& name) { return to_lower(name.text); };
  const auto same = [&](const std::vector<Claim>& a, const std::vector<Claim>& b) {
    return std::ranges::equal(a, b, [&](const Claim& x, const Claim& y) {
      return x.holds == y.holds && x.every_level == y.every_level && x.without_faults == y.without_faults &&
             std::ranges::equal(x.levels, y.levels, {}, lower_case, lower_case) &&
             std::ranges::is_permutation(x.faults, y.faults, {}, &Name::text, &Name::text);
    });
  };
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    const auto& variant = file_.requests[r].variants[group.variants[r]];
    const bool meant = variant.name.text == group.name || group.name == only_variant;
    if (!is_used(r) || !meant) continue;
    if (model.variant_title.empty()) model.variant_title = variant.title;
    if (model.story.empty()) model.story = variant.story;
    if (variant.claims.empty()) continue;
    if (!claims->empty() && !same(*claims, variant.claims)) {
      throw ModelError(*source_, variant.claims.front().at,
                       "another request claims something else about `" + group.name + "`");
    }
    claims = &variant.claims;
  }
  return *claims;
}

void Loader::add_warnings(model::Model& model, const Group& group) const {
  std::set<std::pair<std::size_t, std::size_t>> changed;  // tables that some request changes, with their database
  for (const auto& [database, statement] : statements_of(group)) {
    for (const auto table : tables_written(*statement)) changed.emplace(database, table);
  }
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    if (!is_used(r)) {
      model.warnings.push_back(
          diagnostic_at(*source_, file_.requests[r].name.at, "`" + file_.requests[r].name.text + "` is not run"));
      continue;
    }
    const auto& compiled = written(group, r).compiled;
    model.warnings.insert(model.warnings.end(), compiled.warnings.begin(), compiled.warnings.end());
    for (const auto& overlap : compiled.overlaps) {
      const bool moves = std::ranges::any_of(overlap.tables, [&](std::size_t table) {
        return changed.contains({overlap.database, table});
      });
      if (moves) model.warnings.push_back(overlap_warning(*source_, overlap.at));
    }
    warn_early_effects(model, compiled);
  }
  if (base_.properties.empty()) {
    model.warnings.push_back(diagnostic_at(*source_, file_.name.at,
                                           "this scenario has no invariant: only a deadlock "
                                           "can violate it"));
  }
}

// An effect is there at once, what its transaction wrote only after COMMIT: between them an `always` that looks at both
// may fail though nothing is wrong.
void Loader::warn_early_effects(model::Model& model, const Compiled& compiled) const {
  std::size_t tables = 0;
  for (const auto& database : world_.databases)
    tables += model::is_viewed(database) ? database.catalog.tables.size() : 0;
  const std::size_t documents = tables + world_.keyvalues.size();
  std::size_t ledgers = documents;
  for (const auto& database : world_.documents) ledgers += store::document::table_count(database.catalog);
  const auto is_table = [&](std::size_t number) {
    return number < tables || (number >= documents && number < ledgers);
  };
  const auto is_ledger = [&](std::size_t number) {
    return number >= ledgers && number < ledgers + ledgers_.tables().size();
  };
  const bool mixed = std::ranges::any_of(base_.properties, [&](const model::Property& property) {
    const auto& read = std::get<sql::Select>(property.query->body).tables;
    return property.kind == model::PropertyKind::always && std::ranges::any_of(read, is_table) &&
           std::ranges::any_of(read, is_ledger);
  });
  if (!mixed) return;
  for (const Offset at : compiled.effects_in_transaction) {
    model.warnings.push_back(diagnostic_at(
        *source_, at,
        "this effect is visible to `always` before the transaction commits, and an `always` of this "
        "scenario compares the ledger with tables; put the effect after the transaction, or use `finally`"));
  }
}

// A claim about faults that no setting of the file has.
void Loader::warn_unchecked(model::Model& model, const std::vector<Claim>& claims) const {
  for (const auto& claim : claims) {
    const bool checked =
        std::ranges::any_of(world_.settings, [&](const auto& faults) { return is_meant(claim, faults); });
    if (checked) continue;
    std::string names;
    for (const auto& fault : claim.faults) names += (names.empty() ? "" : " and ") + fault.text;
    model.warnings.push_back(
        diagnostic_at(*source_, claim.at,
                      "this claim is never checked: no `faults` of this file " +
                          (claim.without_faults ? std::string("is none") : "makes " + names + " possible")));
  }
}

// ------------------------------------------------------------------------------------------------------ digest

std::string Loader::text(sql::Range range) const {
  const auto written = std::string_view(source_->text).substr(range.begin, range.end - range.begin);
  if (!world_.documents.empty()) return fold_mixed(written, true);
  return world_.keyvalues.empty() ? sql::token_lines(written) : fold_mixed(written);
}

// Of what the author wrote, not of what we made of it: a recorded schedule must outlive our next compiler. What a file
// does not use is not in it.
std::uint64_t Loader::digest(const Group& group, const model::Faults& faults) const {
  Digest digest;
  digest.add("scenario 2").add(store::to_string(level_));
  add_databases(digest);
  add_surroundings(digest, faults);
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    if (!is_used(r)) continue;
    const auto& request = file_.requests[r];
    const auto& variant = request.variants[group.variants[r]];
    const auto& body = variant.block;
    digest.add(request.name.text).add(request.parameters.size());
    if (const auto level = own_level(request, variant)) digest.add("at").add(store::to_string(*level));
    for (const auto& parameter : request.parameters) digest.add(parameter.text);
    for (const auto& schema : variant.schemas) {
      digest.add("schema").add(schema.database ? schema.database->text : "").add(text(schema.range));
    }
    digest.add(text({body.at, body.end}));
  }
  add_plays(digest);
  for (const auto& invariant : file_.invariants) {
    digest
        .add(invariant.kind == Invariant::Kind::always    ? "always"
             : invariant.kind == Invariant::Kind::history ? "history"
                                                          : "finally")
        .add(invariant.title.text)
        .add(text(invariant.query));
  }
  return digest.value();
}

void Loader::add_databases(Digest& digest) const {
  for (const auto& database : file_.databases) {
    if (database.kind.text != "postgres") digest.add(database.kind.text);
    if (database.of) digest.add("replica").add(database.of->text);
    if (database.per_process) digest.add("per process");
    digest.add(database.name.text).add(text(database.range));
  }
}

void Loader::add_surroundings(Digest& digest, const model::Faults& faults) const {
  for (const auto& lock : world_.locks) digest.add(lock.per_process ? "mutex" : "lock").add(lock.name);
  if (world_.processes > 1) digest.add("processes").add(world_.processes);
  if (!world_.clock.empty()) digest.add("clock");
  for (const auto& instant : world_.clock) digest.add(static_cast<std::uint64_t>(instant.microseconds));
  if (!faults.none()) digest.add("faults").add(model::to_string(faults));
}

void Loader::add_plays(Digest& digest) const {
  digest.add(actors_.size());
  for (const std::size_t actor : actors_) {
    const Play& play = plays_[actor];
    if (play.kind == Term::Kind::deliver) digest.add("deliver").add(play.until);
    if (play.kind == Term::Kind::job) digest.add("job");
    if (play.kind == Term::Kind::session) digest.add("session").add(play.requests.size());
    for (const auto& sent : play.requests) {
      digest.add(file_.requests[sent.request].name.text);
      for (const auto& argument : sent.arguments) digest.add(sql::to_sql(argument));
    }
  }
}

}  // namespace

std::vector<model::Model> load(const Source& source, const Options& options) try {
  return Loader(source, options).run();
} catch (const ModelError& error) {
  throw with_foreign_sql(error);
}

}  // namespace gapless::scenario
