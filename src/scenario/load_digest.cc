// Of what the author wrote, not of what we made of it: a recorded schedule must outlive our next compiler.
#include "scenario/command_text.h"
#include "scenario/loader.h"
#include "sql/scan.h"

namespace gapless::scenario {

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

}  // namespace gapless::scenario
