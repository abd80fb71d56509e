// CLI11 takes the words apart; what they mean is decided here, after it, so that every message is our own.
#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

#include "cli/effort.h"

namespace gapless::cli {
namespace {

// More would only be a way to run out of memory: fifty is a large number of requests for one race.
constexpr std::size_t most_actors = 10'000;

// What CLI11 fills in; all commands share it.
struct Words {
  std::vector<std::string> paths;
  std::string variant;
  std::size_t actors = 0;
  std::string isolation;
  EffortWords effort;
  std::string format = "text";
  std::string output;
  std::string timelines;
  std::vector<std::string> require;
  std::string faults;
  bool controls = false;
  bool odds = false;
  bool savings = false;
  bool forecast = false;
  std::string model;
  std::string schedule;
  std::string postgres;
  std::string redis;
  bool all = false;
  std::uint64_t sample = 0;
  std::uint64_t seed = 1;
  std::uint64_t at_most = 0;
  std::string expected;
  std::string export_format;
  bool check = false;
  bool to_standard_output = false;
  std::string money_path;
  std::string store = "postgres";
};

struct Options {
  CLI::App* command = nullptr;

  bool given(const std::string& name) const {
    const auto* option = command->get_option_no_throw(name);
    return option != nullptr && option->count() > 0;
  }
};

void add_selection(CLI::App& command, Words& words) {
  command.add_option("--variant", words.variant, "only this variant")->type_name("NAME");
  command.add_option("--actors", words.actors, "so many requests at once, instead of what the file says")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_actors));
  command
      .add_option("--isolation", words.isolation,
                  "the level of transactions that name none, instead of the file's; or `all` three")
      ->type_name("LEVEL");
  command
      .add_option("--faults", words.faults,
                  "what may go wrong, instead of the file's settings: \"crash <= 1, retry <= 1\", or none")
      ->type_name("BOUNDS");
}

CLI::App* add_check(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("check", "check every variant of the scenarios against what it claims");
  command->add_option("paths", words.paths, "scenario files, or folders of them")->type_name("FILE|FOLDER")->required();
  add_selection(*command, words);
  add_effort(*command, words.effort);
  add_checkpoints(*command, words.effort);
  command->add_option("--format", words.format, "text, json or junit")->check(CLI::IsMember({"text", "json", "junit"}));
  command->add_option("--output", words.output, "write the report there, not to standard output")->type_name("PATH");
  command->add_option("--timeline", words.timelines, "write an SVG timeline of each violated variant into this folder")
      ->type_name("FOLDER");
  command->add_flag("--controls", words.controls,
                    "drop each guard of the variants that hold, one by one, and say what breaks then");
  command->add_flag("--odds", words.odds,
                    "at 2, 3, 4, … requests: how likely one test with so many is to go wrong, and how many tests it "
                    "takes");
  command->add_flag("--savings", words.savings, "say how many states each reduction has left");
  command->add_flag("--forecast", words.forecast,
                    "say how long it will take, from fewer requests; on a terminal long runs do so by themselves");
  command
      ->add_option("--require", words.require,
                   "`holds`: fail on every violation, even an expected one; `no-vacuous`: on a guard without which "
                   "nothing breaks")
      ->check(CLI::IsMember({"holds", "no-vacuous"}))
      ->allow_extra_args(false);
  return command;
}

CLI::App* add_replay(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("replay", "play a recorded schedule, or one given with --model");
  command->add_option("what", words.paths, "recorded schedules; with --model one such as \"1 2 2 1\"")
      ->type_name("SCHEDULE")
      ->required();
  command->add_option("--model", words.model, "the scenario file that the schedule is for")->type_name("FILE");
  add_selection(*command, words);
  return command;
}

CLI::App* add_draw(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("draw", "draw the simplest counterexample, or the schedule that is given");
  command->add_option("path", words.paths, "a scenario file or a recorded schedule")
      ->type_name("FILE|SCHEDULE")
      ->required()
      ->expected(1);
  add_selection(*command, words);
  add_effort(*command, words.effort);
  command->add_option("--schedule", words.schedule, "who steps next, such as \"1 2 2 1\"")->type_name("SCHEDULE");
  command->add_option("--output", words.output, "ends in .svg, .png, .pdf or .dot")->type_name("PATH")->required();
  return command;
}

CLI::App* add_list(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("list", "say which scenarios and variants there are, and what they claim");
  command->add_option("paths", words.paths, "scenario files, or folders of them")->type_name("FILE|FOLDER")->required();
  add_selection(*command, words);
  return command;
}

CLI::App* add_record(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("record", "write down the simplest counterexample of each violated variant");
  command->add_option("paths", words.paths, "scenario files, or folders of them")->type_name("FILE|FOLDER")->required();
  add_selection(*command, words);
  add_effort(*command, words.effort);
  command->add_option("--output", words.output, "the folder to write into")->type_name("FOLDER")->required();
  return command;
}

CLI::App* add_spec(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("spec", "run a test of PostgreSQL's isolationtester on the simulated server");
  command->add_option("path", words.paths, "the test, a .spec file")->type_name("FILE")->required()->expected(1);
  command->add_option("--compare", words.expected, "isolationtester's output: say what differs from it")
      ->type_name("FILE");
  command->add_option("--format", words.format, "text")->check(CLI::IsMember({"text"}));
  return command;
}

CLI::App* add_export(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("export", "write a schedule down for PostgreSQL's own tools");
  command->add_option("what", words.paths, "a recorded schedule; or a scenario file, with --variant and --schedule")
      ->type_name("SCHEDULE|FILE")
      ->required()
      ->expected(1);
  command
      ->add_option("--format", words.export_format,
                   "isolationtester (a .spec file), or sql (a script for several psql)")
      ->check(CLI::IsMember({"isolationtester", "sql"}))
      ->required();
  command->add_option("--model", words.model, "the scenario file that the schedule is for")->type_name("FILE");
  add_selection(*command, words);
  command->add_option("--schedule", words.schedule, "who steps next, such as \"1 2 2 1\"")->type_name("SCHEDULE");
  command->add_option("--output", words.output, "write it there, not to standard output")->type_name("PATH");
  return command;
}

CLI::App* add_live(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("live", "play schedules on real servers and compare, step by step");
  command->add_option("paths", words.paths, "scenario files, folders of them, recorded schedules")
      ->type_name("FILE|FOLDER|SCHEDULE")
      ->required();
  add_selection(*command, words);
  command->add_option("--postgres", words.postgres, "the server, such as postgresql://user@host:5432/database")
      ->type_name("URL");
  command->add_option("--redis", words.redis, "the server, such as redis://host:6379, or the path of its socket")
      ->type_name("URL|SOCKET");
  auto* one = command->add_option("--schedule", words.schedule, "this one, such as \"1 2 2 1\"");
  one->type_name("SCHEDULE");
  auto* all = command->add_flag("--all", words.all, "every interleaving");
  auto* sample = command->add_option("--sample", words.sample, "so many interleavings, drawn at random");
  sample->type_name("N")->check(CLI::PositiveNumber);
  command->add_option("--seed", words.seed, "of the drawing")->type_name("S")->needs(sample);
  command->add_option("--at-most", words.at_most, "with --all: leave out what has more interleavings")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->needs(all);
  one->excludes(all)->excludes(sample);
  all->excludes(sample);
  return command;
}

CLI::App* add_format(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("format", "lay scenario files out as docs/editors-and-format.md says, in place");
  command->add_option("paths", words.paths, "scenario files, or folders of them; - for standard input to output")
      ->type_name("FILE|FOLDER|-")
      ->required();
  auto* check = command->add_flag("--check", words.check, "write nothing; show what differs and exit with 1");
  command->add_flag("--stdout", words.to_standard_output, "write to standard output, not into the file")
      ->excludes(check);
  return command;
}

CLI::App* add_new(CLI::App& app, Words& words) {
  auto* command = app.add_subcommand("new", "write a scenario to begin with; without a name, list what there is");
  command->add_option("path", words.money_path, "the money path, such as withdraw")->type_name("MONEY_PATH");
  command->add_option("--store", words.store, "where the money is kept: postgres, redis, mongodb or dynamodb")
      ->type_name("STORE");
  command->add_option("--output", words.output, "the file to write, otherwise MONEY_PATH.gap; - for standard output")
      ->type_name("PATH");
  return command;
}

// ---------------------------------------------------------------------------------------- words into values

std::vector<std::optional<store::Isolation>> levels_of(const std::string& text) {
  if (text == "all") {
    const auto levels = all_levels();
    return {levels.begin(), levels.end()};
  }
  const auto level = parse_isolation(text);
  if (!level) {
    throw UsageError{"--isolation: there is no level \"" + text +
                     "\"; levels are \"read committed\", \"repeatable read\", \"serializable\", and all"};
  }
  return {*level};
}

model::Faults faults_of(const std::string& text) {
  if (const auto faults = model::parse_faults(text)) return *faults;
  throw UsageError{"--faults: \"" + text +
                   "\" says not what may happen and how often; write \"crash <= 1, retry <= 1, duplicate <= 1\", or "
                   "none"};
}

Selection selection_of(const Words& words, const Options& options) {
  Selection selection;
  selection.paths = words.paths;
  if (options.given("--variant")) selection.variant = words.variant;
  if (options.given("--actors")) selection.actors = words.actors;
  if (options.given("--isolation")) selection.levels = levels_of(words.isolation);
  if (options.given("--faults")) selection.faults = faults_of(words.faults);
  return selection;
}

model::Schedule schedule_of(const std::string& text) {
  auto schedule = model::parse_schedule(text);
  if (!schedule) {
    throw UsageError{"\"" + text +
                     "\" is no schedule; it says which actor steps next, counted from 1, and what else happens: "
                     "\"1 2 2 1\", \"1 2:lost_done 1!crash expire(lock:a)\""};
  }
  return *std::move(schedule);
}

Format format_of(std::string_view word) {
  return word == "json" ? Format::json : word == "junit" ? Format::junit : Format::text;
}

// What is counted is counted on all states.
Effort check_effort(const Words& words, const Options& options) {
  auto effort = effort_of(words.effort, *options.command);
  effort.odds = words.odds;
  effort.savings = words.savings;
  effort.forecast = words.forecast;
  if (!effort.odds && !effort.savings) return effort;
  if ((effort.mode != model::Mode::automatic && effort.mode != model::Mode::census) || effort.switches) {
    throw UsageError{std::string(effort.odds ? "--odds" : "--savings") +
                     " needs exact counts, which are --mode census's"};
  }
  effort.mode = model::Mode::census;
  return effort;
}

CheckArguments check_arguments(const Words& words, const Options& options) {
  const auto requires_that = [&](std::string_view what) {
    return std::find(words.require.begin(), words.require.end(), what) != words.require.end();
  };
  if (requires_that("no-vacuous") && !words.controls) {
    throw UsageError{"--require no-vacuous: what is vacuous is found by --controls only; give that, too"};
  }
  return {.selection = selection_of(words, options),
          .effort = check_effort(words, options),
          .format = format_of(words.format),
          .output = words.output,
          .timelines = words.timelines,
          .controls = words.controls,
          .require_holds = requires_that("holds"),
          .require_no_vacuous = requires_that("no-vacuous")};
}

void refuse_several_levels(const Selection& selection) {
  if (selection.levels.size() > 1) throw UsageError{"--isolation: one schedule is played at one level; name it"};
}

bool names_the_model(const Options& options) {
  return options.given("--variant") || options.given("--actors") || options.given("--isolation") ||
         options.given("--faults");
}

ReplayArguments replay_arguments(const Words& words, const Options& options) {
  ReplayArguments arguments;
  if (!options.given("--model")) {
    if (names_the_model(options)) {
      throw UsageError{
          "a recorded schedule says its variant, actors, level and faults itself; to play another one, "
          "use --model FILE --variant NAME --actors N \"1 2 2 1\""};
    }
    arguments.files = words.paths;
    return arguments;
  }
  if (words.paths.size() != 1) throw UsageError{"with --model, give one schedule in quotes: \"1 2 2 1\""};
  if (!options.given("--variant")) throw UsageError{"with --model, say which variant: --variant NAME"};
  arguments.selection = selection_of(words, options);
  arguments.selection.paths = {words.model};
  refuse_several_levels(arguments.selection);
  arguments.schedule = schedule_of(words.paths.front());
  return arguments;
}

DrawArguments draw_arguments(const Words& words, const Options& options) {
  DrawArguments arguments{.selection = selection_of(words, options),
                          .schedule = std::nullopt,
                          .effort = effort_of(words.effort, *options.command),
                          .output = words.output};
  refuse_several_levels(arguments.selection);
  if (options.given("--schedule")) {
    if (!options.given("--variant")) throw UsageError{"with --schedule, say which variant: --variant NAME"};
    arguments.schedule = schedule_of(words.schedule);
  }
  return arguments;
}

// As replay takes it, with --model and the schedule in the file's place, or as draw does, with --schedule.
ExportArguments export_arguments(const Words& words, const Options& options) {
  ExportArguments arguments;
  if (words.export_format == "sql") arguments.format = ExportArguments::Format::sql;
  arguments.output = words.output;
  const bool by_model = options.given("--model");
  if (by_model && options.given("--schedule")) {
    throw UsageError{"with --model, give the schedule in quotes and not by --schedule"};
  }
  const bool one_of_a_model = by_model || options.given("--schedule");
  if (!one_of_a_model && names_the_model(options)) {
    throw UsageError{
        "a recorded schedule says its variant, actors, level and faults itself; of a scenario file, say which "
        "schedule: "
        "--schedule \"1 2 2 1\""};
  }
  arguments.selection = selection_of(words, options);
  if (!one_of_a_model) return arguments;
  if (!options.given("--variant")) throw UsageError{"say which variant the schedule is for: --variant NAME"};
  refuse_several_levels(arguments.selection);
  arguments.schedule = schedule_of(by_model ? words.paths.front() : words.schedule);
  if (by_model) arguments.selection.paths = {words.model};
  return arguments;
}

LiveArguments live_arguments(const Words& words, const Options& options) {
  LiveArguments arguments{.selection = selection_of(words, options),
                          .postgres = words.postgres,
                          .redis = words.redis,
                          .schedule = std::nullopt,
                          .all = words.all,
                          .sample = words.sample,
                          .seed = words.seed,
                          .at_most = std::nullopt};
  if (arguments.postgres.empty() && arguments.redis.empty()) {
    throw UsageError{"say which server: --postgres URL, --redis URL, or both"};
  }
  if (options.given("--at-most")) arguments.at_most = words.at_most;
  if (options.given("--schedule")) {
    if (!options.given("--variant")) throw UsageError{"with --schedule, say which variant: --variant NAME"};
    arguments.schedule = schedule_of(words.schedule);
  }
  return arguments;
}

FormatArguments format_arguments(const Words& words) {
  const bool piped = std::ranges::find(words.paths, "-") != words.paths.end();
  if (piped && words.paths.size() > 1) throw UsageError{"-, standard input, is formatted alone"};
  return {words.paths, words.check, words.to_standard_output || (piped && !words.check)};
}

NewArguments new_arguments(const Words& words, const Options& options) {
  if (words.money_path.empty() && (options.given("--store") || options.given("--output"))) {
    throw UsageError{"say which money path; `gapless new` alone lists them"};
  }
  return {words.money_path, words.store, words.output};
}

Arguments arguments_of(const Words& words, CLI::App* command) {
  const Options options{command};
  const auto name = command->get_name();
  if (name == "check") return check_arguments(words, options);
  if (name == "replay") return replay_arguments(words, options);
  if (name == "draw") return draw_arguments(words, options);
  if (name == "live") return live_arguments(words, options);
  if (name == "spec") return SpecArguments{words.paths.front(), words.expected};
  if (name == "export") return export_arguments(words, options);
  if (name == "format") return format_arguments(words);
  if (name == "new") return new_arguments(words, options);
  if (name == "list") return ListArguments{selection_of(words, options)};
  return RecordArguments{selection_of(words, options), effort_of(words.effort, *options.command), words.output};
}

// What was asked for, where the words as a whole cannot be understood.
Format wanted_format(std::span<const std::string> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with("--format=")) return format_of(std::string_view(words[i]).substr(9));
    if (words[i] == "--format" && i + 1 < words.size()) return format_of(words[i + 1]);
  }
  return Format::text;
}

}  // namespace

std::variant<Arguments, Help, UsageError> parse_arguments(std::span<const std::string> words) {
  CLI::App app("Gapless checks every interleaving of concurrent requests on a money path.", "gapless");
  app.set_version_flag("--version", "gapless 0.1.0");
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 every expectation met, 1 an expectation failed, 2 usage or model error, 3 not everything\n"
      "was covered, 4 internal error, 5 nothing matched.\n"
      "Start with: gapless check models/withdraw.gap");
  Words parsed;
  for (const auto add :
       {add_check, add_replay, add_draw, add_list, add_record, add_live, add_spec, add_export, add_format, add_new}) {
    add(app, parsed);
  }

  // CLI11 takes them last to first.
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(reversed);
    return arguments_of(parsed, app.get_subcommands().front());
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    if (app.exit(error, out, err) == 0) return Help{out.str()};
    auto message = err.str();
    while (message.ends_with('\n')) message.pop_back();
    return UsageError{std::move(message), wanted_format(words)};
  } catch (UsageError& error) {
    error.format = wanted_format(words);
    return error;
  }
}

std::optional<store::Isolation> parse_isolation(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (c == '_' || c == '-') c = ' ';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const auto level : all_levels()) {
    if (store::to_string(level) == name) return level;
  }
  return std::nullopt;
}

std::vector<store::Isolation> all_levels() {
  return {store::Isolation::read_committed, store::Isolation::repeatable_read, store::Isolation::serializable};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  double number = 0;
  const auto [stopped, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  std::string unit(stopped, text.data() + text.size());
  for (char& c : unit) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (unit.size() == 3 && unit.ends_with("IB")) unit.resize(1);
  if (unit.size() == 2 && unit.ends_with("B")) unit.resize(1);
  constexpr std::string_view units = "BKMGT";
  const auto power = unit.empty() ? 0 : unit.size() == 1 ? units.find(unit.front()) : std::string_view::npos;
  if (power == std::string_view::npos) return std::nullopt;
  const double bytes = number * std::pow(1024.0, static_cast<double>(power));
  if (bytes < 1 || bytes >= 9e18) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace gapless::cli
