// Variants of one name go together as a model, at each setting of faults.
#include <algorithm>

#include "actor/tracking.h"
#include "scenario/claims.h"
#include "scenario/hints.h"
#include "scenario/interpret.h"
#include "scenario/loader.h"
#include "scenario/places.h"
#include "store/document/dynamo/rules.h"

namespace gapless::scenario {
namespace {

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

}  // namespace

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
  model.may_use_names = true;
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

// What is sent with a message is known only when it is sent.
std::vector<bool> Loader::positive_arguments(const Group& group, std::size_t request) const {
  std::vector<bool> positive(written(group, request).code->parameters.size(), true);
  for (const auto& play : plays_) {
    for (const auto& sent : play.requests) {
      if (sent.request != request) continue;
      for (std::size_t i = 0; i < positive.size() && i < sent.arguments.size(); ++i) {
        const auto* number = std::get_if<std::int32_t>(&sent.arguments[i]);
        positive[i] = positive[i] && number != nullptr && *number > 0;
      }
    }
  }
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    if (!is_used(r)) continue;
    const auto& messages = written(group, r).compiled.sent;
    if (std::ranges::any_of(messages, [&](const auto& sent) { return sent.request == request; })) return {};
  }
  return positive;
}

void Loader::add_places(model::Model& model, const Group& group) const {
  for (std::size_t r = 0; r < file_.requests.size(); ++r) {
    if (is_used(r)) {
      scenario::add_places(*written(group, r).code, file_.requests[r].name.text, positive_arguments(group, r),
                           model.places);
    }
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

}  // namespace gapless::scenario
