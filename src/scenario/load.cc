// The whole way: text → syntax tree → code of every variant → one Model a variant.
#include "scenario/load.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "actor/tracking.h"
#include "base/digest.h"
#include "scenario/claims.h"
#include "scenario/compile.h"
#include "scenario/grammar.h"
#include "scenario/interpret.h"
#include "scenario/ledger.h"
#include "scenario/numbers.h"
#include "scenario/run.h"
#include "sql/bind.h"
#include "sql/scan.h"

namespace gapless::scenario {
namespace {

// The variant of a file whose requests have none by name.
constexpr std::string_view only_variant = "default";

// A variant's requests may each be written in several ways; those of one name go together.
struct Group {
  std::string name;
  std::vector<std::size_t> variants;  // for each request of the file: which of its variants; unused if it is not run
};

// What the stores must keep for this request. A statement may run outside any transaction, so its level counts, too.
store::relational::Tracking tracking_of(const Code& code) {
  store::relational::Tracking needed;
  const auto need = [&](store::relational::Tracking more) { needed = actor::both(needed, more); };
  for (const auto& instruction : code.instructions) {
    if (const auto* perform = std::get_if<Perform>(&instruction.body)) {
      need(actor::tracking_of(perform->level));
      need(actor::tracking_of(*perform->statement));
    } else if (const auto* begin = std::get_if<Begin>(&instruction.body)) {
      need(actor::tracking_of(begin->level));
    } else if (const auto* defer = std::get_if<Defer>(&instruction.body)) {
      need(actor::tracking_of(*defer->statement));
    }
  }
  return needed;
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
  void read_databases();
  void read_requests();
  void check_ledgers() const;
  void read_properties();
  model::Property read_property(const Invariant& invariant);

  bool is_run(std::size_t request) const;
  std::vector<Group> groups() const;
  std::size_t variant_of(std::size_t request, const std::string& name) const;

  model::Model make(const Group& group);
  std::vector<const Code*> codes_of(const Group& group) const;
  std::vector<DatabaseStatement> statements_of(const Group& group) const;
  void add_actors(model::Model& model, const Group& group) const;
  const std::vector<Claim>& describe(model::Model& model, const Group& group) const;
  void add_warnings(model::Model& model, const Group& group) const;
  void warn_early_effects(model::Model& model, const Compiled& compiled) const;
  std::uint64_t digest(const Group& group) const;
  std::string text(sql::Range range) const;

  const Source& source_;
  const Options& options_;
  File file_;
  Ledgers ledgers_;
  store::Isolation file_level_ = store::Isolation::read_committed;
  store::Isolation level_ = store::Isolation::read_committed;  // where a request names none
  std::vector<model::Database> databases_;
  struct Written {
    Compiled compiled;
    std::shared_ptr<const Code> code;
  };
  std::vector<std::vector<Written>> written_;  // a request's variants
  std::vector<Play> plays_;
  std::vector<std::size_t> actors_;  // each actor's play
  sql::Catalog view_;
  std::vector<model::Property> properties_;
};

std::vector<model::Model> Loader::run() {
  check_names();
  read_isolation();
  read_databases();
  read_requests();
  plays_ = plays_of(file_, source_);
  actors_ = deal(plays_, options_.actors, *source_, file_.runs.front().at);
  check_ledgers();
  view_ = model::view_catalog(databases_, ledgers_.tables());
  read_properties();

  std::vector<model::Model> models;
  for (const auto& group : groups()) {
    model::Model model = make(group);
    if (!options_.variant || *options_.variant == group.name) models.push_back(std::move(model));
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
  check_count(file_.requests, "requests", named);
  check_count(file_.invariants, "invariants", [](const Invariant& each) { return each.title.at; });
  for (const auto& request : file_.requests) {
    check_count(request.variants, "variants", named);
    check_count(request.parameters, "parameters", [](const Name& each) { return each.at; });
  }
  for (const auto& run : file_.runs) {
    check_count(run.terms, "terms", [](const Term& each) { return each.request.at; });
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

void Loader::read_databases() {
  for (const auto& text : file_.databases) {
    if (text.kind.text != "postgres") {
      throw ModelError(*source_, text.kind.at,
                       "`" + text.kind.text + "` is not supported yet; only postgres is: `database " + text.name.text +
                           " postgres { … }`");
    }
    auto setup = sql::parse_setup(source_, text.range, text.name.text);
    databases_.push_back({text.name.text, std::move(setup.catalog), std::move(setup.statements),
                          source_->text.substr(text.range.begin, text.range.end - text.range.begin)});
  }
}

void Loader::read_requests() {
  for (const auto& request : file_.requests) {
    auto& variants = written_.emplace_back();
    for (const auto& variant : request.variants) {
      const auto level = own_level(request, variant).value_or(level_);
      Written written{compile(source_, databases_, request, variant, level, ledgers_), {}};
      written.code = std::make_shared<const Code>(std::move(written.compiled.code));
      variants.push_back(std::move(written));
    }
  }
}

void Loader::check_ledgers() const {
  std::map<std::string, std::string> databases;  // by table
  for (const auto& database : databases_) {
    for (const auto& table : database.catalog.tables) databases.emplace(table.name, database.name);
  }
  for (const auto& ledger : ledgers_.tables()) {
    const Offset at = ledgers_.first_use(ledger.name);
    if (ledger.name == "responses") throw ModelError(*source_, at, "`responses` is the table of the responses");
    const auto taken = databases.find(ledger.name);
    if (taken == databases.end()) continue;
    throw ModelError(
        *source_, at,
        "`" + ledger.name + "` is a table of " + taken->second + " already; choose another name for what has happened");
  }
}

void Loader::read_properties() {
  for (const auto& invariant : file_.invariants) properties_.push_back(read_property(invariant));
}

model::Property Loader::read_property(const Invariant& invariant) {
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
  sql::bind(query, view_);
  if (query.types.size() != 1) refuse("a query of " + std::to_string(query.types.size()) + " columns");
  const sql::Type type = query.types.front();
  if (type != sql::Type::boolean && type != sql::Type::unknown) refuse("of type " + sql::to_string(type));
  return {invariant.always ? model::PropertyKind::always : model::PropertyKind::finally, invariant.title.text,
          std::make_shared<const sql::Statement>(std::move(query))};
}

// ---------------------------------------------------------------------------------------------------- variants

bool Loader::is_run(std::size_t request) const {
  return std::ranges::find(plays_, request, &Play::request) != plays_.end();
}

// All names of the requests that are run, in the order of the file.
std::vector<Group> Loader::groups() const {
  std::vector<Group> result;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(result, name, &Group::name) != result.end()) return;
    Group group{name, {}};
    for (std::size_t r = 0; r < file_.requests.size(); ++r)
      group.variants.push_back(is_run(r) ? variant_of(r, name) : 0);
    result.push_back(std::move(group));
  };
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    for (const auto& variant : file_.requests[r].variants) {
      if (is_run(r) && !variant.name.text.empty()) add(variant.name.text);
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

model::Model Loader::make(const Group& group) {
  model::Model model;
  model.source = source_;
  model.file = source_->name;
  model.scenario = file_.name.text;
  model.title = file_.title;
  model.variant = group.name;
  model.isolation = level_;
  model.file_isolation = file_level_;
  model.databases = databases_;
  model.ledgers = ledgers_.tables();
  model.view = view_;
  model.properties = properties_;
  add_actors(model, group);
  const auto& claims = describe(model, group);
  model.expected = expected(claims, {level_, file_level_, actors_.size(), actors_of(plays_)}, *source_);
  add_warnings(model, group);
  model.digest = digest(group);
  for (const auto* code : codes_of(group)) model.tracking = actor::both(model.tracking, tracking_of(*code));
  forget_unseen_numbers(model, statements_of(group));
  return model;
}

std::vector<const Code*> Loader::codes_of(const Group& group) const {
  std::vector<const Code*> codes;
  for (std::size_t request = 0; request < written_.size(); ++request) {
    if (is_run(request)) codes.push_back(written_[request][group.variants[request]].code.get());
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
    }
  }
  return statements;
}

void Loader::add_actors(model::Model& model, const Group& group) const {
  for (std::size_t actor = 0; actor < actors_.size(); ++actor) {
    const Play& play = plays_[actors_[actor]];
    const auto& code = written_[play.request][group.variants[play.request]].code;
    std::string arguments;
    for (const auto& value : play.arguments) arguments += (arguments.empty() ? "" : ", ") + sql::to_sql(value);
    arguments = "(" + arguments + ")";
    // The number of its actor makes a role of its own.
    const auto me = code->me ? static_cast<std::int32_t>(actor + 1) : 0;
    if (me != 0) arguments += " as actor " + std::to_string(me);
    const std::string& request = file_.requests[play.request].name.text;

    std::size_t role = 0;
    while (role < model.roles.size() &&
           (model.roles[role].request != request || model.roles[role].arguments != arguments)) {
      ++role;
    }
    if (role == model.roles.size()) {
      model.roles.push_back({request, arguments, [code, values = play.arguments, me](actor::Context& context) {
                               return interpret(*code, values, me, context);
                             }});
    }
    model.actors.push_back(role);
  }
}

// Title, story and claims are those of the variants that have the group's name.
const std::vector<Claim>& Loader::describe(model::Model& model, const Group& group) const {
  static const std::vector<Claim> none;
  const std::vector<Claim>* claims = &none;
  const auto lower_case = [](const Name& name) { return to_lower(name.text); };
  const auto same = [&](const std::vector<Claim>& a, const std::vector<Claim>& b) {
    return std::ranges::equal(a, b, [&](const Claim& x, const Claim& y) {
      return x.holds == y.holds && x.every_level == y.every_level &&
             std::ranges::equal(x.levels, y.levels, {}, lower_case, lower_case);
    });
  };
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    const auto& variant = file_.requests[r].variants[group.variants[r]];
    const bool meant = variant.name.text == group.name || group.name == only_variant;
    if (!is_run(r) || !meant) continue;
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
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    if (!is_run(r)) {
      model.warnings.push_back(
          diagnostic_at(*source_, file_.requests[r].name.at, "`" + file_.requests[r].name.text + "` is not run"));
      continue;
    }
    const auto& compiled = written_[r][group.variants[r]].compiled;
    model.warnings.insert(model.warnings.end(), compiled.warnings.begin(), compiled.warnings.end());
    warn_early_effects(model, compiled);
  }
  if (properties_.empty()) {
    model.warnings.push_back(diagnostic_at(*source_, file_.name.at,
                                           "this scenario has no invariant: only a deadlock "
                                           "can violate it"));
  }
}

// An effect is there at once, what its transaction wrote only after COMMIT: between them an `always` that looks at both
// may fail though nothing is wrong.
void Loader::warn_early_effects(model::Model& model, const Compiled& compiled) const {
  std::size_t tables = 0;
  for (const auto& database : databases_) tables += database.catalog.tables.size();
  const auto is_table = [&](std::size_t number) { return number < tables; };
  const auto is_ledger = [&](std::size_t number) { return number >= tables && number + 1 < view_.tables.size(); };
  const bool mixed = std::ranges::any_of(properties_, [&](const model::Property& property) {
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

// ------------------------------------------------------------------------------------------------------ digest

std::string Loader::text(sql::Range range) const {
  return sql::token_lines(std::string_view(source_->text).substr(range.begin, range.end - range.begin));
}

// Of what the author wrote, not of what we made of it: a recorded schedule must outlive our next compiler.
std::uint64_t Loader::digest(const Group& group) const {
  Digest digest;
  digest.add("scenario 2").add(store::to_string(level_));
  for (const auto& database : file_.databases) digest.add(database.name.text).add(text(database.range));
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    if (!is_run(r)) continue;
    const auto& request = file_.requests[r];
    const auto& variant = request.variants[group.variants[r]];
    const auto& body = variant.block;
    digest.add(request.name.text).add(request.parameters.size());
    if (const auto level = own_level(request, variant)) digest.add("at").add(store::to_string(*level));
    for (const auto& parameter : request.parameters) digest.add(parameter.text);
    digest.add(text({body.at, body.end}));
  }
  digest.add(actors_.size());
  for (const std::size_t actor : actors_) {
    const Play& play = plays_[actor];
    digest.add(file_.requests[play.request].name.text);
    for (const auto& argument : play.arguments) digest.add(sql::to_sql(argument));
  }
  for (const auto& invariant : file_.invariants) {
    digest.add(invariant.always ? "always" : "finally").add(invariant.title.text).add(text(invariant.query));
  }
  return digest.value();
}

}  // namespace

std::vector<model::Model> load(const Source& source, const Options& options) { return Loader(source, options).run(); }

}  // namespace gapless::scenario
