// Recording, replaying and drawing.
#include <doctest/doctest.h>

#include <filesystem>

#include "fake.h"
#include "model/schedule.h"

using namespace gapless;
using testing::contains;
using testing::Folder;
using testing::run_gapless;

namespace {

// `from` is in the file; it is replaced.
void edit(const Folder& folder, const std::string& name, std::string_view from, std::string_view to) {
  auto text = folder.read(name);
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  folder.write(name, text.replace(at, from.size(), to));
}

struct Recorded {
  Folder folder{"schedules"};
  std::string model = folder.write("withdraw.gap", "");
  std::string name = "s/withdraw-naive.schedule";
  std::string path = folder.at(name);
  testing::Ran ran = run_gapless({"record", model, "--output", folder.at("s")});
};

}  // namespace

TEST_CASE("record writes a schedule for each violated variant") {
  const Recorded recorded;
  CHECK(recorded.ran.status == 0);
  CHECK(recorded.ran.out == recorded.path + "\n");
  std::string reason;
  const auto schedule = model::parse_recorded_schedule(recorded.folder.read(recorded.name), reason);
  REQUIRE(schedule);
  CHECK(*schedule == model::RecordedSchedule{.file = recorded.model,
                                             .scenario = "withdraw",
                                             .variant = "naive",
                                             .isolation = "read committed",
                                             .actors = 2,
                                             .invariant = "what was paid left the balance",
                                             .digest = 77,
                                             .schedule = {{1, 2, 2, 1}}});
  CHECK_FALSE(std::filesystem::exists(recorded.folder.at("s/withdraw-row_lock.schedule")));
  CHECK(run_gapless({"record", recorded.model, "--variant", "row_lock", "--output", recorded.folder.at("t")}).status ==
        5);
}

TEST_CASE("record and draw: what ran out of time is said, and is no success") {
  const Folder folder("schedules");
  const auto file = folder.write("withdraw.gap", "");
  auto engine = testing::fake_engine();
  engine.check = [](const model::Model& model, model::Mode mode, const explore::Limits& limits) {
    if (model.variant == "naive") return testing::fake_check(model, mode, limits);
    model::Verdict verdict;
    verdict.coverage = model::Coverage::incomplete;
    verdict.coverage_reason = "time limit of 1 s reached";
    return verdict;
  };
  const auto recorded = run_gapless({"record", file, "--output", folder.at("s")}, engine);
  CHECK(recorded.status == 3);
  CHECK(recorded.out == folder.at("s/withdraw-naive.schedule") + "\n");
  CHECK(contains(recorded.err, "row_lock: nothing found, but not everything was covered: time limit of 1 s reached\n"));
  const auto drawn = run_gapless({"draw", file, "--variant", "row_lock", "--output", folder.at("x.svg")}, engine);
  CHECK(drawn.status == 3);
  CHECK(contains(drawn.err, "time limit of 1 s reached\ngapless: nothing to draw"));
}

TEST_CASE("two scenarios of one name do not overwrite each other's schedule") {
  const Folder folder("schedules");
  const auto ran =
      run_gapless({"record", folder.write("a/x.gap", ""), folder.write("b/x.gap", ""), "--output", folder.at("s")});
  CHECK(ran.status == 2);
  CHECK(contains(ran.err, "another scenario of the same name"));
}

TEST_CASE("a recorded schedule is replayed") {
  const Recorded recorded;
  const auto ran = run_gapless({"replay", recorded.path});
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "withdraw naive, 1 2 2 1\n"));
  CHECK(contains(ran.out, "✗ what was paid left the balance: broken after step 4"));
  CHECK(contains(ran.out, "as recorded.\n"));
  CHECK_FALSE(contains(ran.out, "STALE"));
}

TEST_CASE("STALE: the model has changed") {
  const Recorded recorded;
  edit(recorded.folder, recorded.name, "digest: 000000000000004d", "digest: 000000000000004e");
  const auto ran = run_gapless({"replay", recorded.path});
  CHECK(ran.status == 1);
  CHECK(ran.out.starts_with("STALE  " + recorded.path));
  CHECK(contains(ran.out, "(digest 000000000000004e, now 000000000000004d)"));
  CHECK(contains(ran.out, "./dev record "));
}

TEST_CASE("STALE: it cannot be played, violates nothing, or something else") {
  const Recorded recorded;
  edit(recorded.folder, recorded.name, "schedule: 1 2 2 1", "schedule: 1 2 2 1 1");
  auto ran = run_gapless({"replay", recorded.path});
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "STALE"));
  CHECK(contains(ran.out, "cannot be played any more: step 5: actor 1 has finished"));

  edit(recorded.folder, recorded.name, "schedule: 1 2 2 1 1", "schedule: 1 1 2 2");
  ran = run_gapless({"replay", recorded.path});
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "it no longer violates “what was paid left the balance”, nor anything else"));

  edit(recorded.folder, recorded.name, "schedule: 1 1 2 2", "schedule: 1 2 2 1");
  edit(recorded.folder, recorded.name, "invariant: what", "invariant: That");
  ran = run_gapless({"replay", recorded.path});
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "but “what was paid left the balance”"));
}

TEST_CASE("STALE: the variant is gone") {
  const Recorded recorded;
  edit(recorded.folder, recorded.name, "variant: naive", "variant: older");
  const auto ran = run_gapless({"replay", recorded.path});
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "has no variant “older”"));
}

TEST_CASE("a schedule belongs to a setting of faults: recorded, replayed, stale") {
  const Folder folder("schedules");
  const auto file = folder.write("faults.gap", "");
  const auto recorded = run_gapless({"record", file, "--output", folder.at("s")});
  CHECK(recorded.status == 0);
  const auto path = folder.at("s/faults-naive-crash1.schedule");
  CHECK(recorded.out == folder.at("s/faults-naive.schedule") + "\n" + path + "\n");
  CHECK(contains(folder.read("s/faults-naive-crash1.schedule"), "\nfaults: crash <= 1\n"));
  CHECK_FALSE(contains(folder.read("s/faults-naive.schedule"), "faults: "));

  auto engine = testing::fake_engine();
  scenario::Options seen;
  engine.load = [&](const std::string& where, const scenario::Options& options) {
    seen = options;
    return testing::fake_models(where, options);
  };
  model::Faults played;
  engine.replay = [&](const model::Model& model, const model::Schedule& schedule, std::string& reason) {
    played = model.faults;
    return testing::fake_replay(model, schedule, reason);
  };
  CHECK(run_gapless({"replay", path}, engine).status == 0);
  CHECK(seen.faults == model::Faults{.crash = 1});
  CHECK(played.crash == 1);
  CHECK(run_gapless({"replay", folder.at("s/faults-naive.schedule")}, engine).status == 0);
  CHECK(seen.faults == model::Faults{});
  CHECK(played.none());

  edit(folder, "s/faults-naive-crash1.schedule", "digest: 0", "digest: 1");
  const auto stale = run_gapless({"replay", path}, engine);
  CHECK(stale.status == 1);
  CHECK(contains(stale.out, " --isolation 'read committed' --faults 'crash <= 1' --output FOLDER\n"));
  edit(folder, "s/faults-naive-crash1.schedule", "crash <= 1", "crash");
  CHECK(contains(run_gapless({"replay", path}, engine).err, "`faults` must be bounds"));

  // Given on the command line: the setting that is named, else the one without faults, else the file's first.
  const auto given = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"replay", "--model", file, "--variant", "naive"});
    words.emplace_back("1 expire(a) 2 2");
    return run_gapless(words, engine);
  };
  CHECK(contains(given({}).out, "\n     2    ── a expires ─"));
  CHECK(played.none());
  CHECK(given({"--faults", "crash <= 2"}).status == 0);
  CHECK(played.crash == 2);
  engine.load = [&](const std::string& where, const scenario::Options& options) {
    auto models = testing::fake_models(where, options);
    std::erase_if(models, [](const auto& model) { return model.faults.none(); });
    return models;
  };
  CHECK(given({}).status == 0);
  CHECK(played.crash == 1);
}

TEST_CASE("what is no schedule is an error, also among good ones") {
  const Recorded recorded;
  const auto ran = run_gapless({"replay", recorded.path, recorded.model});
  CHECK(ran.status == 2);
  CHECK(contains(ran.out, "as recorded"));
  CHECK(contains(ran.err, "is no recorded schedule: `model:` is missing"));
  CHECK(run_gapless({"replay", "no/such.schedule"}).status == 2);
  edit(recorded.folder, recorded.name, "isolation: read committed", "isolation: chaos");
  CHECK(run_gapless({"replay", recorded.path}).status == 2);
}

TEST_CASE("a schedule given on the command line") {
  const Folder folder("schedules");
  const auto model = folder.write("withdraw.gap", "");
  const auto replay = [&](const std::string& variant, const std::string& schedule) {
    return run_gapless({"replay", "--model", model, "--variant", variant, "--actors", "2", schedule});
  };
  const auto violated = replay("naive", "1 2 2 1");
  CHECK(violated.status == 0);
  CHECK(contains(violated.out, "Replayed: it violates “what was paid left the balance”.\n"));
  const auto harmless = replay("naive", "1 1 2 2");
  CHECK(harmless.status == 0);
  CHECK(contains(harmless.out, "Replayed: every invariant holds.\n"));
  CHECK(contains(replay("row_lock", "1 2").out, "requests are still under way"));
  const auto impossible = replay("naive", "1 2 2 1 1");
  CHECK(impossible.status == 1);
  CHECK(contains(impossible.out, "it cannot be played: step 5: actor 1 has finished"));
  CHECK(replay("none", "1 2").status == 5);
}

TEST_CASE("a violation that a variant claims not to have fails the replay") {
  const Folder folder("schedules");
  auto engine = testing::fake_engine();
  engine.replay = [](const model::Model&, const model::Schedule& schedule, std::string&) {
    auto execution = testing::fake_execution(schedule);
    execution.violated = "never";
    return std::optional(execution);
  };
  const auto ran = run_gapless(
      {"replay", "--model", folder.write("withdraw.gap", ""), "--variant", "row_lock", "--actors", "2", "1 2"}, engine);
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "though the variant is expected to hold"));
}

TEST_CASE("draw: the simplest counterexample, a given schedule, a recorded one") {
  const Recorded recorded;
  const auto& folder = recorded.folder;
  const auto draw = [&](std::vector<std::string> words, const std::string& output) {
    words.insert(words.begin(), "draw");
    words.insert(words.end(), {"--output", folder.at(output)});
    return run_gapless(words);
  };
  CHECK(draw({recorded.model}, "simplest.svg").status == 0);
  const auto svg = folder.read("simplest.svg");
  CHECK(contains(svg, "withdraw: naive"));
  CHECK(contains(svg, "2 actors, read committed"));
  CHECK(contains(svg, "what was paid left the balance: broken after step 4"));

  CHECK(draw({recorded.path}, "recorded.svg").status == 0);
  CHECK(folder.read("recorded.svg") == svg);
  CHECK(draw({recorded.model, "--variant", "naive", "--schedule", "1 2 2 1"}, "given.svg").status == 0);
  CHECK(folder.read("given.svg") == svg);
  CHECK(draw({recorded.model}, "x.png").status == 0);
  CHECK(folder.read("x.png").starts_with("\x89PNG"));
}

TEST_CASE("draw: what cannot be drawn") {
  const Recorded recorded;
  const auto& folder = recorded.folder;
  const auto status = [&](std::vector<std::string> words, const std::string& output) {
    words.insert(words.begin(), "draw");
    words.insert(words.end(), {"--output", folder.at(output)});
    return run_gapless(words).status;
  };
  CHECK(status({recorded.model}, "x.gif") == 2);
  CHECK(status({recorded.model}, "svg") == 2);
  CHECK(status({folder.at("none.gap")}, "x.svg") == 2);
  CHECK(status({recorded.model, "--variant", "row_lock"}, "x.svg") == 5);
  CHECK(status({recorded.model, "--variant", "niave"}, "x.svg") == 5);
  CHECK(status({recorded.model, "--variant", "naive", "--schedule", "1 2 2 1 1"}, "x.svg") == 1);
  edit(folder, recorded.name, "digest: 0", "digest: 1");
  CHECK(status({recorded.path}, "x.svg") == 1);
  CHECK_FALSE(std::filesystem::exists(folder.at("x.svg")));
}
