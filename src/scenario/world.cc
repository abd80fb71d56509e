#include "scenario/world.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "scenario/document_catalog.h"
#include "scenario/name.h"
#include "scenario/redis.h"
#include "sql/bind.h"
#include "sql/literal.h"
#include "store/keyvalue/rules.h"

namespace gapless::scenario {
namespace {

constexpr std::uint32_t most_faults = 100;

std::size_t line_of(const SourceText& source, Offset at) {
  return static_cast<std::size_t>(diagnostic_at(source, at, "").line);
}

std::optional<std::size_t> number_of(const Name& digits, std::size_t most) {
  std::size_t result = 0;
  const auto [end, error] = std::from_chars(digits.text.data(), digits.text.data() + digits.text.size(), result);
  if (error != std::errc() || result < 1 || result > most) return std::nullopt;
  return result;
}

std::uint32_t& bound_of(model::Faults& faults, const std::string& name) {
  return name == "crash" ? faults.crash : name == "retry" ? faults.retry : faults.duplicate;
}

// ------------------------------------------------------------------------------------------------------- databases

class Databases {
 public:
  Databases(const File& file, const Source& source, const std::vector<SchemaText>& schemas, World& world)
      : file_(file), source_(source), schemas_(schemas), world_(world) {}

  void read() {
    for (const auto& schema : schemas_) check_target(schema);
    for (const auto& text : file_.databases) add(text);
    std::size_t number = 0;
    for (const auto& text : file_.databases) {
      if (text.kind.text == "redis" || is_documents(text)) continue;
      if (text.of) world_.databases[number].primary = primary_of(text);
      number += copies_of(text);
    }
    for (auto& database : world_.databases) {
      if (database.kind == Kind::replica) database.catalog = world_.databases[database.primary].catalog;
    }
    world_.only_database = only_database();
    if (world_.locks.empty()) return;
    world_.locks_database = world_.databases.size();
    world_.databases.emplace_back();
    world_.databases.back().name = "locks";
    world_.databases.back().kind = Kind::locks;
  }

 private:
  using Kind = model::Database::Kind;

  static bool is_documents(const DatabaseText& text) {
    return text.kind.text == "mongodb" || text.kind.text == "dynamodb";
  }
  std::size_t copies_of(const DatabaseText& text) const { return text.per_process ? world_.processes : 1; }

  void add(const DatabaseText& text) {
    if (text.kind.text == "redis") {
      add_redis(text);
      return;
    }
    if (is_documents(text)) return;  // document_catalog.h
    const bool memory = text.kind.text == "memory";
    if (!memory && text.kind.text != "postgres") {
      const bool shortened = text.kind.text == "mongo" || text.kind.text == "dynamo";
      const std::string near = shortened ? "; did you mean `" + text.kind.text + "db`?"
                                         : meant(text.kind.text, {"postgres", "redis", "mongodb", "dynamodb"});
      throw ModelError(*source_, text.kind.at,
                       "there is no database of kind `" + text.kind.text + "`" +
                           (near.empty() ? ": there are `postgres`, `redis`, `mongodb` and `dynamodb`" : near));
    }
    const auto ranges = stretches_of(text);
    auto setup = sql::parse_setup(source_, ranges, text.name.text);
    if (text.of && !(setup.catalog.tables.empty() && setup.statements.empty())) {
      throw ModelError(*source_, text.range.begin,
                       "a replica has the tables and rows of its primary: its block is empty");
    }
    std::string written;
    for (const auto& range : ranges) written += source_->text.substr(range.begin, range.end - range.begin);
    model::Database database{text.name.text, std::move(setup.catalog), std::move(setup.statements), written};
    database.kind = memory ? Kind::memory : text.of ? Kind::replica : Kind::postgres;
    if (!text.per_process) {
      world_.databases.push_back(std::move(database));
      return;
    }
    for (database.process = 1; database.process <= world_.processes; ++database.process) {
      world_.databases.push_back(database);
    }
  }

  // What its block says, and then what the variant adds.
  std::vector<sql::Range> stretches_of(const DatabaseText& text) const {
    std::vector<sql::Range> ranges = {text.range};
    for (const auto& schema : schemas_) {
      if (&meant_by(schema) == &text) ranges.push_back(schema.range);
    }
    return ranges;
  }

  static bool could_be_meant(const SchemaText& schema, const DatabaseText& text) {
    if (schema.requests.empty()) return text.kind.text != "redis" && !text.of && !is_documents(text);
    const bool of_mongodb = schema.requests.front().dialect == store::document::Dialect::mongodb;
    return text.kind.text == (of_mongodb ? "mongodb" : "dynamodb");
  }

  // The database that a `schema` is for; where it names none, the only one that has tables.
  const DatabaseText& meant_by(const SchemaText& schema) const {
    const DatabaseText* found = nullptr;
    for (const auto& text : file_.databases) {
      if (schema.database ? text.name.text != schema.database->text : !could_be_meant(schema, text)) continue;
      if (found != nullptr) {
        throw ModelError(*source_, schema.at,
                         "there are several databases: say which one, as in `schema " + found->name.text + " { … }`");
      }
      found = &text;
    }
    if (found != nullptr) return *found;
    if (!schema.database) throw ModelError(*source_, schema.at, "there is no database that could have a schema");
    std::vector<std::string> names;
    for (const auto& text : file_.databases) names.push_back(text.name.text);
    throw ModelError(*source_, schema.database->at,
                     "there is no database `" + schema.database->text + "`" + meant(schema.database->text, names));
  }

  void check_target(const SchemaText& schema) const {
    const auto& text = meant_by(schema);
    if (text.kind.text == "redis") throw ModelError(*source_, schema.at, "Redis has no schema");
    if (is_documents(text) != !schema.requests.empty()) {
      throw ModelError(
          *source_, schema.at,
          is_documents(text)
              ? "what `" + text.name.text +
                    "` gets is requests, as in `db.coupons.createIndex({code: 1}, {unique: true});`"
              : "what `" + text.name.text + "` gets is SQL, as in `CREATE UNIQUE INDEX ON coupons (code);`");
    }
    if (text.of) throw ModelError(*source_, schema.at, "a replica has the schema of its primary: name that");
  }

  // Its commands are run here once, so that what cannot be is found where it stands.
  void add_redis(const DatabaseText& text) {
    model::KeyValue keyvalue{
        text.name.text, {}, source_->text.substr(text.range.begin, text.range.end - text.range.begin), {}};
    for (const auto& command : text.commands) {
      std::vector<std::string> words;
      for (const auto& word : command.words) {
        for (const auto& piece : word.pieces) {
          if (piece.expression) {
            throw ModelError(*source_, piece.expression->begin - 1,
                             "there are no locals here; a brace that stands for itself is written twice: `{{`");
          }
        }
        words.push_back(word.pieces.empty() ? "" : word.pieces.front().text);
      }
      refuse_connection_commands(command, *source_, "fills a database");
      check_command(command, *source_);
      auto applied = store::keyvalue::apply(keyvalue.initial, {}, {words}, false);
      if (applied.observation.failed()) throw ModelError(*source_, command.at, applied.observation.error_message);
      keyvalue.initial = std::move(applied.database);
      keyvalue.commands.push_back(std::move(words));
    }
    world_.keyvalues.push_back(std::move(keyvalue));
  }

  std::size_t primary_of(const DatabaseText& replica) const {
    std::vector<std::string> names;
    for (std::size_t number = 0; number < world_.databases.size(); ++number) {
      const auto& database = world_.databases[number];
      if (database.kind != Kind::postgres) continue;
      if (database.name == replica.of->text) return number;
      names.push_back(database.name);
    }
    const std::string near = meant(replica.of->text, names);
    throw ModelError(*source_, replica.of->at,
                     "there is no database `" + replica.of->text + "` that could have a replica" + near);
  }

  std::optional<std::size_t> only_database() const {
    for (const Kind kind : {Kind::postgres, Kind::memory}) {
      std::vector<std::size_t> found;
      for (std::size_t number = 0; number < world_.databases.size(); ++number) {
        const auto& database = world_.databases[number];
        if (database.kind == kind && database.process <= 1) found.push_back(number);
      }
      if (found.size() == 1) return found.front();
      if (!found.empty()) return std::nullopt;
    }
    return std::nullopt;
  }

  const File& file_;
  const Source& source_;
  const std::vector<SchemaText>& schemas_;
  World& world_;
};

// ---------------------------------------------------------------------------------------------------- other things

std::size_t read_processes(const File& file, const SourceText& source) {
  if (file.processes.empty()) return 1;
  if (file.processes.size() > 1) throw ModelError(source, file.processes[1].at, "a second `processes`");
  const auto number = number_of(file.processes.front(), most_processes);
  if (number) return *number;
  throw ModelError(source, file.processes.front().at,
                   "the number of processes is between 1 and " + std::to_string(most_processes));
}

std::vector<sql::Timestamp> read_clock(const File& file, const SourceText& source) {
  std::vector<sql::Timestamp> clock;
  if (file.clocks.size() > 1) throw ModelError(source, file.clocks[1].at, "a second `clock`");
  for (const auto& text : file.clocks) {
    for (const auto& instant : text.instants) {
      const bool bare = instant.text.find('-') == std::string::npos;
      const auto value = sql::parse_value((bare ? "2024-01-01 " : "") + instant.text, sql::Type::timestamp);
      if (!value || (bare && instant.text.find(':') == std::string::npos)) {
        throw ModelError(source, instant.at,
                         "`" + instant.text + "` is no instant: write '14:30', or '2024-01-01 14:30'");
      }
      const auto time = std::get<sql::Timestamp>(*value);
      if (!clock.empty() && time <= clock.back()) {
        throw ModelError(source, instant.at, "the instants of a clock ascend: this one is not after the one before it");
      }
      clock.push_back(time);
    }
  }
  return clock;
}

std::vector<model::Faults> read_settings(const File& file, const SourceText& source) {
  std::vector<model::Faults> settings;
  std::vector<Offset> places;
  for (const auto& text : file.faults) {
    model::Faults faults;
    for (const auto& bound : text.bounds) {
      if (std::ranges::find(fault_names(), bound.fault.text) == fault_names().end()) {
        const std::string near = meant(bound.fault.text, fault_names());
        throw ModelError(source, bound.fault.at,
                         "there is no fault `" + bound.fault.text + "`" +
                             (near.empty() ? ": there are crash, retry and duplicate" : near));
      }
      auto& most = bound_of(faults, bound.fault.text);
      if (most != 0) throw ModelError(source, bound.fault.at, "a second bound of `" + bound.fault.text + "`");
      const auto number = number_of(bound.most, most_faults);
      if (!number) {
        throw ModelError(source, bound.most.at,
                         "a fault happens at most between 1 and " + std::to_string(most_faults) +
                             " times; where it does not happen it is not named, and `faults none` names none");
      }
      most = static_cast<std::uint32_t>(*number);
    }
    const auto same = std::ranges::find(settings, faults);
    if (same != settings.end()) {
      const Offset first = places[static_cast<std::size_t>(same - settings.begin())];
      throw ModelError(source, text.at,
                       "these faults are a setting already, in line " + std::to_string(line_of(source, first)));
    }
    settings.push_back(faults);
    places.push_back(text.at);
  }
  if (settings.empty()) settings.emplace_back();
  return settings;
}

}  // namespace

const std::vector<std::string>& fault_names() {
  static const std::vector<std::string> names = {"crash", "retry", "duplicate"};
  return names;
}

std::uint32_t bound_of(const model::Faults& faults, const std::string& name) {
  return name == "crash" ? faults.crash : name == "retry" ? faults.retry : faults.duplicate;
}

World read_world(const File& file, const Source& source, const std::vector<SchemaText>& schemas) {
  World world;
  world.processes = read_processes(file, *source);
  for (const auto& lock : file.locks) world.locks.push_back({lock.name.text, lock.per_process});
  Databases(file, source, schemas, world).read();
  world.clock = read_clock(file, *source);
  world.settings = read_settings(file, *source);
  read_documents(file, source, schemas, world);
  return world;
}

}  // namespace gapless::scenario
