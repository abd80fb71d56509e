#include "cli/arguments.h"

#include <doctest/doctest.h>

#include "fake.h"

using namespace gapless;
using namespace gapless::cli;
using testing::contains;

namespace {

template <typename Command>
Command parsed(const std::vector<std::string>& words) {
  const auto result = parse_arguments(words);
  if (const auto* error = std::get_if<UsageError>(&result)) FAIL(error->message);
  REQUIRE(std::holds_alternative<Arguments>(result));
  return std::get<Command>(std::get<Arguments>(result));
}

std::string refused(const std::vector<std::string>& words) {
  const auto result = parse_arguments(words);
  REQUIRE(std::holds_alternative<UsageError>(result));
  return std::get<UsageError>(result).message;
}

}  // namespace

TEST_CASE("check with nothing but a file") {
  const auto check = parsed<CheckArguments>({"check", "models/withdraw.gap"});
  CHECK(check.selection.paths == std::vector<std::string>{"models/withdraw.gap"});
  CHECK_FALSE(check.selection.variant);
  CHECK_FALSE(check.selection.actors);
  CHECK(check.selection.levels == std::vector<std::optional<store::Isolation>>{std::nullopt});
  CHECK(check.effort.mode == model::Mode::automatic);
  CHECK(check.effort.jobs == 1);
  CHECK(check.effort.memory_bytes == 0);
  CHECK(check.effort.seconds == 0);
  CHECK(check.format == Format::text);
  CHECK_FALSE(check.require_holds);
}

TEST_CASE("check with everything") {
  const auto check =
      parsed<CheckArguments>({"check",    "a.gap",       "models",         "--variant", "naive",      "--actors",
                              "3",        "--isolation", "read committed", "--mode",    "census",     "--jobs",
                              "2",        "--memory",    "2GiB",           "--time",    "1.5",        "--format=json",
                              "--output", "r.json",      "--require",      "holds",     "--timeline", "pictures"});
  CHECK(check.selection.paths == std::vector<std::string>{"a.gap", "models"});
  CHECK(check.selection.variant == "naive");
  CHECK(check.selection.actors == 3);
  CHECK(check.selection.levels == std::vector<std::optional<store::Isolation>>{store::Isolation::read_committed});
  CHECK(check.effort.mode == model::Mode::census);
  CHECK(check.effort.jobs == 2);
  CHECK(check.effort.memory_bytes == 2ULL << 30U);
  CHECK(check.effort.seconds == 1.5);
  CHECK(check.format == Format::json);
  CHECK(check.output == "r.json");
  CHECK(check.require_holds);
  CHECK(check.timelines == "pictures");
}

TEST_CASE("levels are named as people name them; all are those that exist") {
  using Levels = std::vector<std::optional<store::Isolation>>;
  const auto levels = [](const char* name) {
    return parsed<CheckArguments>({"check", "x", "--isolation", name}).selection.levels;
  };
  for (const auto* name : {"read committed", "read_committed", "READ-COMMITTED"}) {
    CAPTURE(name);
    CHECK(levels(name) == Levels{store::Isolation::read_committed});
  }
  CHECK(levels("repeatable read") == Levels{store::Isolation::repeatable_read});
  CHECK(levels("Serializable") == Levels{store::Isolation::serializable});
  CHECK(levels("all") ==
        Levels{store::Isolation::read_committed, store::Isolation::repeatable_read, store::Isolation::serializable});
  CHECK(contains(refused({"check", "x", "--isolation", "chaos"}), "there is no level \"chaos\""));
}

TEST_CASE("wrong words are refused") {
  CHECK_FALSE(refused({}).empty());
  CHECK_FALSE(refused({"chek", "x"}).empty());
  CHECK_FALSE(refused({"check"}).empty());
  CHECK_FALSE(refused({"check", "x", "--actor"}).empty());
  for (const auto* number : {"0", "-3", "two", "1e3", "10001", "", "99999999999999999999999"}) {
    CAPTURE(number);
    CHECK(contains(refused({"check", "x", "--actors", number}), "--actors"));
    CHECK(contains(refused({"check", "x", "--jobs", number}), "--jobs"));
  }
  for (const auto* seconds : {"0", "-1", "soon", "nan", "inf"}) {
    CAPTURE(seconds);
    CHECK(contains(refused({"check", "x", "--time", seconds}), "--time"));
  }
  CHECK(contains(refused({"check", "x", "--mode", "guess"}), "--mode"));
  CHECK(contains(refused({"check", "x", "--format", "xml"}), "--format"));
  CHECK(contains(refused({"check", "x", "--require", "violated"}), "--require"));
  CHECK(contains(refused({"check", "x", "--memory", "much"}), "write 512MiB or 2GiB"));
  CHECK(contains(refused({"draw", "x"}), "--output"));
  CHECK(contains(refused({"record", "x"}), "--output"));
}

TEST_CASE("what need not be done can be switched off") {
  const auto usual = parsed<CheckArguments>({"check", "x"}).effort;
  CHECK(usual.reductions == explore::Reductions{.symmetry = true, .elision = true, .reduction = true});
  CHECK(parsed<CheckArguments>({"check", "x", "--no-symmetry"}).effort.reductions ==
        explore::Reductions{.symmetry = false, .elision = true, .reduction = true});
  CHECK(parsed<CheckArguments>({"check", "x", "--no-names"}).effort.reductions == explore::Reductions{.names = false});
  CHECK(parsed<RecordArguments>({"record", "x", "--output", "o", "--no-elision"}).effort.reductions ==
        explore::Reductions{.symmetry = true, .elision = false, .reduction = true});
  CHECK(parsed<DrawArguments>({"draw", "x", "--output", "o.svg", "--no-reduction"}).effort.reductions ==
        explore::Reductions{.symmetry = true, .elision = true, .reduction = false});
  CHECK(parsed<CheckArguments>({"check", "x", "--actors", "1000"}).selection.actors == 1000);
}

TEST_CASE("a bound on switches") {
  CHECK_FALSE(parsed<CheckArguments>({"check", "x"}).effort.switches);
  CHECK(parsed<CheckArguments>({"check", "x", "--bound", "switches=2"}).effort.switches == 2);
  CHECK(parsed<CheckArguments>({"check", "x", "--bound", "switches=0", "--mode", "search"}).effort.switches == 0);
  for (const auto* bound : {"", "2", "switches", "switches=", "switches=-1", "switches=2.5", "switches=two",
                            "switches=2 ", "preemptions=2", "switches=99999999999"}) {
    CAPTURE(bound);
    CHECK(contains(refused({"check", "x", "--bound", bound}), "is no bound; write switches=2"));
  }
  for (const auto* mode : {"census", "enumerate", "sample"}) {
    CHECK(contains(refused({"check", "x", "--bound", "switches=2", "--mode", mode}), "it goes with --mode search"));
  }
}

TEST_CASE("samples") {
  const auto usual = parsed<CheckArguments>({"check", "x", "--mode", "sample"}).effort;
  CHECK(usual.mode == model::Mode::sample);
  CHECK(usual.sample.runs == 10'000);
  CHECK(usual.sample.seed == 1);
  CHECK(usual.sample.depth == 3);
  CHECK(usual.sample.method == explore::SampleMethod::automatic);
  const auto all = parsed<CheckArguments>({"check", "x", "--mode", "sample", "--samples", "500", "--depth", "2",
                                           "--seed", "18446744073709551615", "--method", "pct"})
                       .effort.sample;
  CHECK(all.runs == 500);
  CHECK(all.seed == 18446744073709551615U);
  CHECK(all.depth == 2);
  CHECK(all.method == explore::SampleMethod::pct);
  CHECK(parsed<CheckArguments>({"check", "x", "--mode", "sample", "--method", "steps"}).effort.sample.method ==
        explore::SampleMethod::steps);
  using Words = std::vector<std::string>;
  for (const auto& [option, value] :
       {std::pair{"--samples", "5"}, {"--depth", "2"}, {"--seed", "7"}, {"--method", "pct"}}) {
    CAPTURE(option);
    CHECK(contains(refused({"check", "x", option, value}), std::string(option) + " is about interleavings"));
    CHECK(contains(refused({"check", "x", option, value}), "add --mode sample"));
    for (const auto* wrong : {"", "-1", "some"}) {
      CHECK(contains(refused(Words{"check", "x", "--mode", "sample", option, wrong}), option));
    }
  }
  CHECK(contains(refused({"check", "x", "--mode", "sample", "--samples", "0"}), "--samples"));
  CHECK(contains(refused({"check", "x", "--mode", "sample", "--depth", "0"}), "--depth"));
  CHECK(contains(refused({"check", "x", "--mode", "sample", "--method", "uniform", "--depth", "2"}), "--method pct"));
}

TEST_CASE("checkpoints") {
  const auto saved = parsed<CheckArguments>({"check", "x", "--checkpoint", "folder"}).effort;
  CHECK(saved.checkpoint == "folder");
  CHECK_FALSE(saved.resume);
  const auto resumed = parsed<CheckArguments>({"check", "x", "--resume", "folder", "--mode", "census"}).effort;
  CHECK(resumed.checkpoint == "folder");
  CHECK(resumed.resume);
  CHECK(contains(refused({"check", "x", "--resume", "a", "--checkpoint", "a"}), "--resume"));
  CHECK(contains(refused({"check", "x", "--resume", ""}), "name a folder"));
  CHECK(contains(refused({"check", "x", "--checkpoint", ""}), "name a folder"));
  for (const auto* mode : {"sample", "enumerate"}) {
    CHECK(contains(refused({"check", "x", "--checkpoint", "a", "--mode", mode}), "a census or a search"));
  }
  CHECK(contains(refused({"check", "x", "--resume", "a", "--bound", "switches=2"}), "without --bound"));
  CHECK_FALSE(refused({"record", "x", "--output", "o", "--checkpoint", "a"}).empty());
}

TEST_CASE("a usage error knows which format was asked for") {
  const auto format = [](const std::vector<std::string>& words) {
    return std::get<UsageError>(parse_arguments(words)).format;
  };
  CHECK(format({"check", "--format", "json"}) == Format::json);
  CHECK(format({"check", "x", "--format=junit", "--actors", "0"}) == Format::junit);
  CHECK(format({"check", "x", "--memory", "much", "--format", "json"}) == Format::json);
  CHECK(format({"check", "--actors", "0"}) == Format::text);
}

TEST_CASE("sizes") {
  CHECK(parse_size("1000") == 1000);
  CHECK(parse_size("2GiB") == 2ULL << 30U);
  CHECK(parse_size("2G") == 2ULL << 30U);
  CHECK(parse_size("512mb") == 512ULL << 20U);
  CHECK(parse_size("1.5k") == 1536);
  CHECK(parse_size("7b") == 7);
  for (const auto* text : {"", "G", "-1G", "1 G", "1X", "1GiBs", "0", "1e99", "99999999T", "inf", "nan"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("replay: recorded files, or a model with a schedule") {
  CHECK(parsed<ReplayArguments>({"replay", "a.schedule", "b.schedule"}).files ==
        std::vector<std::string>{"a.schedule", "b.schedule"});
  const auto given = parsed<ReplayArguments>(
      {"replay", "--model", "models/withdraw.gap", "--variant", "naive", "--actors", "2", "1 2 2 1"});
  CHECK(given.files.empty());
  CHECK(given.selection.paths == std::vector<std::string>{"models/withdraw.gap"});
  CHECK(given.selection.variant == "naive");
  CHECK(given.schedule == model::Schedule{{1, 2, 2, 1}});
  CHECK(parsed<ReplayArguments>({"replay", "--model", "m", "--variant", "v", ""}).schedule == model::Schedule{});

  CHECK(contains(refused({"replay", "--model", "m", "--variant", "v", "1 2", "2 1"}), "one schedule in quotes"));
  CHECK(contains(refused({"replay", "--model", "m", "1 2 2 1"}), "--variant NAME"));
  CHECK(contains(refused({"replay", "--model", "m", "--variant", "v", "1 b"}), "\"1 b\" is no schedule"));
  CHECK(contains(refused({"replay", "--variant", "v", "a.schedule"}),
                 "says its variant, actors, level and faults itself"));
}

TEST_CASE("draw, list, record") {
  const auto draw =
      parsed<DrawArguments>({"draw", "x.gap", "--variant", "v", "--schedule", "1 2", "--output", "x.svg"});
  CHECK(draw.selection.paths == std::vector<std::string>{"x.gap"});
  CHECK(draw.schedule == model::Schedule{{1, 2}});
  CHECK(draw.output == "x.svg");
  CHECK(contains(refused({"draw", "x.gap", "--schedule", "1 2", "--output", "x.svg"}), "--variant NAME"));
  CHECK(parsed<ListArguments>({"list", "models"}).selection.paths == std::vector<std::string>{"models"});
  CHECK(parsed<RecordArguments>({"record", "models", "--output", "schedules"}).folder == "schedules");
}

TEST_CASE("live: one schedule, all of them, or some") {
  const auto one = parsed<LiveArguments>({"live", "a.gap", "b.schedule", "--postgres", "host=x"});
  CHECK(one.selection.paths == std::vector<std::string>{"a.gap", "b.schedule"});
  CHECK(one.postgres == "host=x");
  CHECK(one.redis.empty());
  CHECK(parsed<LiveArguments>({"live", "a.gap", "--redis", "/tmp/socket"}).redis == "/tmp/socket");
  CHECK_FALSE(one.all);
  CHECK(one.sample == 0);
  CHECK_FALSE(one.at_most);
  const auto all = parsed<LiveArguments>({"live", "a.gap", "--postgres", "u", "--all", "--at-most", "200"});
  CHECK(all.all);
  CHECK(all.at_most == 200);
  const auto some = parsed<LiveArguments>({"live", "a.gap", "--postgres", "u", "--sample", "30", "--seed", "0"});
  CHECK(some.sample == 30);
  CHECK(some.seed == 0);
  const auto given =
      parsed<LiveArguments>({"live", "a.gap", "--postgres", "u", "--variant", "naive", "--schedule", "1 2 2 1"});
  REQUIRE(given.schedule);
  CHECK(given.schedule->steps == std::vector<model::Choice>{1, 2, 2, 1});

  CHECK(contains(refused({"live", "a.gap"}), "--postgres URL, --redis URL, or both"));
  CHECK(contains(refused({"live", "a.gap", "--postgres", "u", "--schedule", "1 2"}), "--variant"));
  CHECK_FALSE(refused({"live", "--postgres", "u"}).empty());
  CHECK_FALSE(refused({"live", "a.gap", "--postgres", "u", "--all", "--sample", "3"}).empty());
  CHECK_FALSE(refused({"live", "a.gap", "--postgres", "u", "--all", "--schedule", "1", "--variant", "v"}).empty());
  CHECK_FALSE(refused({"live", "a.gap", "--postgres", "u", "--at-most", "3"}).empty());
  CHECK_FALSE(refused({"live", "a.gap", "--postgres", "u", "--sample", "0"}).empty());
  CHECK_FALSE(refused({"live", "a.gap", "--postgres", "u", "--all", "--seed", "3"}).empty());
}

TEST_CASE("help and version are no errors") {
  for (const auto& words : std::vector<std::vector<std::string>>{{"--help"}, {"check", "--help"}, {"--version"}}) {
    const auto ran = testing::run_gapless(words);
    CHECK(ran.status == 0);
    CHECK_FALSE(ran.out.empty());
    CHECK(ran.err.empty());
  }
  CHECK(contains(testing::run_gapless({"--help"}).out, "check"));
}

TEST_CASE("faults are bounds, in place of the file's settings, for every command that takes a model") {
  CHECK_FALSE(parsed<CheckArguments>({"check", "x"}).selection.faults);
  const model::Faults one_crash{.crash = 1};
  CHECK(parsed<CheckArguments>({"check", "x", "--faults", "crash <= 1"}).selection.faults == one_crash);
  CHECK(parsed<CheckArguments>({"check", "x", "--faults", "none"}).selection.faults == model::Faults{});
  CHECK(parsed<ListArguments>({"list", "x", "--faults=crash<=1"}).selection.faults == one_crash);
  CHECK(parsed<RecordArguments>({"record", "x", "--faults", "crash <= 1", "--output", "f"}).selection.faults ==
        one_crash);
  CHECK(parsed<DrawArguments>({"draw", "x", "--faults", "crash <= 1", "--output", "a.svg"}).selection.faults ==
        one_crash);
  CHECK(
      parsed<LiveArguments>({"live", "x", "--faults", "crash <= 1, retry <= 2", "--postgres", "u"}).selection.faults ==
      model::Faults{.crash = 1, .retry = 2});
  CHECK(parsed<ReplayArguments>({"replay", "--model", "x", "--variant", "v", "--faults", "crash <= 1", "1 1!crash"})
            .selection.faults == one_crash);
  for (const auto* wrong : {"", "crash", "crash < 1", "crash <= 0", "crash <= 1, crash <= 1", "fire <= 1", "all"}) {
    CAPTURE(wrong);
    CHECK(contains(refused({"check", "x", "--faults", wrong}), "--faults: \"" + std::string(wrong) + "\" says not"));
  }
  CHECK(contains(refused({"replay", "s.schedule", "--faults", "none"}), "faults itself"));
  CHECK(contains(refused({"export", "s.schedule", "--format", "sql", "--faults", "none"}), "faults itself"));
}

TEST_CASE("schedules with outcomes, faults, and what happens to the world") {
  const auto schedule =
      parsed<ReplayArguments>({"replay", "--model", "x", "--variant", "v", "1 2:lost_done 1!crash expire(lock:SAVE50)"})
          .schedule;
  CHECK(schedule == model::Schedule{{1, {2, ":lost_done"}, {1, "!crash"}, {0, "expire(lock:SAVE50)"}}});
  CHECK(contains(refused({"replay", "--model", "x", "--variant", "v", "1 crash"}), "1!crash expire(lock:a)"));
}

TEST_CASE("--controls, and more than one --require") {
  CHECK_FALSE(parsed<CheckArguments>({"check", "x"}).controls);
  const auto both =
      parsed<CheckArguments>({"check", "--require", "no-vacuous", "--controls", "--require", "holds", "x", "y"});
  CHECK(both.controls);
  CHECK(both.require_holds);
  CHECK(both.require_no_vacuous);
  CHECK(both.selection.paths == std::vector<std::string>{"x", "y"});
  const auto one = parsed<CheckArguments>({"check", "--controls", "--require", "no-vacuous", "x"});
  CHECK(one.selection.paths == std::vector<std::string>{"x"});
  CHECK_FALSE(one.require_holds);
  CHECK(contains(refused({"check", "x", "--require", "no-vacuous"}), "--controls"));
  CHECK(contains(refused({"check", "x", "--require", "holds", "--require", "luck"}), "--require"));
}
