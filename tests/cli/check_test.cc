#include <doctest/doctest.h>

#include <filesystem>
#include <mutex>
#include <new>

#include "fake.h"

using namespace gapless;
using testing::contains;
using testing::fake_engine;
using testing::Folder;
using testing::run_gapless;

namespace {

cli::Engine engine_that(std::function<model::Verdict(const model::Model&)> check) {
  auto engine = fake_engine();
  engine.check = [check = std::move(check)](const model::Model& model, model::Mode, const explore::Limits&) {
    return check(model);
  };
  return engine;
}

model::Verdict out_of_time() {
  model::Verdict verdict;
  verdict.coverage = model::Coverage::incomplete;
  verdict.coverage_reason = "time limit of 1 s reached";
  return verdict;
}

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("0: every expectation met; standard output is the report, standard error is empty") {
  const Folder folder("check");
  const auto ran = run_gapless({"check", folder.write("withdraw.gap", "")});
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "2 runs: 1 holds, 1 violated. Every expectation is met.\n"));
  CHECK(ran.out.ends_with("--variant naive --actors 2 \"1 2 2 1\"\n"));
  CHECK(ran.err.empty());
}

TEST_CASE("1: an expectation failed") {
  const Folder folder("check");
  const auto file = folder.write("withdraw.gap", "");
  const auto all_hold = engine_that([](const model::Model&) {
    model::Verdict verdict;
    verdict.outcome = model::Outcome::holds;
    return verdict;
  });
  CHECK(run_gapless({"check", file}, all_hold).status == 1);  // none where one is expected
  CHECK(run_gapless({"check", file, "--variant", "row_lock"}, all_hold).status == 0);
  CHECK(run_gapless({"check", file, "--require", "holds"}).status == 1);
  CHECK(run_gapless({"check", file, "--require", "holds", "--variant", "row_lock"}).status == 0);
}

TEST_CASE("2: what the user got wrong is reported in every format, and the rest is checked all the same") {
  const Folder folder("check");
  const auto good = folder.write("a.gap", "");
  const auto broken = folder.write("broken.gap", "");
  const auto text = run_gapless({"check", broken, good});
  CHECK(text.status == 2);
  CHECK(contains(text.err, "broken.gap:3:7: unknown table"));
  CHECK(contains(text.out, "2 runs"));

  const auto json = run_gapless({"check", broken, good, "--format", "json"});
  CHECK(json.status == 2);
  CHECK(json.err.empty());
  CHECK(contains(json.out, "\"message\": \"unknown table\""));
  CHECK(contains(json.out, "\"variant\": \"row_lock\""));

  const auto junit = run_gapless({"check", broken, "--format", "junit"});
  CHECK(junit.status == 2);
  CHECK(contains(junit.out, "<error type=\"model\" message=\"unknown table\">"));

  const auto missing = run_gapless({"check", folder.at("no.gap"), "--format", "json"});
  CHECK(missing.status == 2);
  CHECK(contains(missing.out, "there is no such file or folder"));
}

TEST_CASE("2: a usage error is a document too, where one was asked for") {
  const auto json = run_gapless({"check", "--format", "json"});
  CHECK(json.status == 2);
  CHECK(json.out.starts_with("{\n  \"format\": 1,\n  \"errors\": [\n"));
  CHECK(contains(json.out, "\"runs\": []"));
  CHECK(json.err.empty());

  const auto text = run_gapless({"check", "--wat"});
  CHECK(text.status == 2);
  CHECK(text.out.empty());
  CHECK(contains(text.err, "--help"));
}

TEST_CASE("2: an error that shows only while a model runs") {
  const Folder folder("check");
  const auto engine = engine_that([](const model::Model& model) -> model::Verdict {
    if (model.variant == "row_lock") return testing::fake_check(model, {}, {});
    throw ModelError(Diagnostic{model.file, 9, 1, "an invariant yields NULL", ""});
  });
  const auto ran = run_gapless({"check", folder.write("a.gap", ""), "--format", "json"}, engine);
  CHECK(ran.status == 2);
  CHECK(occurrences(ran.out, "an invariant yields NULL") == 1);
  CHECK(contains(ran.out, "\"verdict\": \"holds\""));
}

TEST_CASE("3: out of time is never 0, whatever was expected") {
  const Folder folder("check");
  const auto file = folder.write("a.gap", "");
  const auto engine = engine_that([](const model::Model&) { return out_of_time(); });
  for (const std::string variant : {"naive", "row_lock"}) {
    const auto ran = run_gapless({"check", file, "--variant", variant}, engine);
    CHECK(ran.status == 3);
    CHECK(contains(ran.out, "nothing found, but not everything was covered: time limit of 1 s reached"));
    CHECK_FALSE(contains(ran.out, "✓"));
  }
}

TEST_CASE("3: the formats for machines have no key for the reason; standard error tells it") {
  const Folder folder("check");
  const auto file = folder.write("a.gap", "");
  const std::string reason = "a.gap:7:3: some interleavings never end\n  SELECT 1;\n  ^";
  const auto engine = engine_that([&](const model::Model&) {
    auto verdict = out_of_time();
    verdict.coverage_reason = reason;
    return verdict;
  });
  const auto json = run_gapless({"check", file, "--format", "json"}, engine);
  CHECK(json.status == 3);
  CHECK(json.err == reason + "\n");
  CHECK(contains(json.out, "\"verdict\": \"unknown\""));
  CHECK_FALSE(contains(json.out, "never end"));
  CHECK(run_gapless({"check", file, "--format", "junit"}, engine).err == reason + "\n");
  CHECK(run_gapless({"check", file, "--format", "json", "--output", folder.at("r.json")}, engine).err == reason + "\n");
  const auto text = run_gapless({"check", file}, engine);
  CHECK(text.err.empty());
  CHECK(contains(text.out, "\n" + reason + "\n"));
  CHECK_FALSE(contains(text.out, "holds"));
}

TEST_CASE("4: our own mistakes, and whatever else is thrown") {
  const Folder folder("check");
  const auto file = folder.write("a.gap", "");
  const auto belief = engine_that([](const model::Model&) -> model::Verdict { throw InternalError("a belief"); });
  const auto ran = run_gapless({"check", file, "--format", "json"}, belief);
  CHECK(ran.status == 4);
  CHECK(occurrences(ran.out, "a belief") == 2);  // one for each variant
  CHECK(contains(ran.out, "\"runs\": []"));
  const auto memory = engine_that([](const model::Model&) -> model::Verdict { throw std::bad_alloc(); });
  CHECK(run_gapless({"check", file, "--jobs", "2"}, memory).status == 4);

  auto loading = fake_engine();
  loading.load = [](const std::string&, const scenario::Options&) -> std::vector<model::Model> {
    throw InternalError("a belief of the loader");
  };
  const auto loaded = run_gapless({"check", file}, loading);
  CHECK(loaded.status == 4);
  CHECK(contains(loaded.err, "a belief of the loader"));
}

TEST_CASE("5: nothing matched, and what there is instead") {
  const Folder folder("check");
  const auto file = folder.write("a.gap", "");
  const auto ran = run_gapless({"check", file, "--variant", "niave", "--format", "json"});
  CHECK(ran.status == 5);
  CHECK(ran.out == "{\n  \"format\": 1,\n  \"errors\": [],\n  \"runs\": []\n}\n");
  CHECK(contains(ran.err, "no variant is named “niave”; there are: naive, row_lock"));
  std::filesystem::create_directories(folder.at("empty"));
  CHECK(run_gapless({"check", folder.at("empty")}).status == 5);
}

TEST_CASE("the same bytes whatever --jobs is") {
  const Folder folder("check");
  for (const auto* name : {"c.gap", "a.gap", "b.gap", "sub/d.gap"}) folder.write(name, "");
  // The first ones take longest, so that with several threads they finish last.
  const auto engine = engine_that([](const model::Model& model) {
    if (model.scenario == "a") std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return testing::fake_check(model, {}, {});
  });
  const auto one = run_gapless({"check", folder.at("."), "--format", "json"}, engine);
  for (const std::string jobs : {"2", "7", "64"}) {
    CHECK(run_gapless({"check", folder.at("."), "--format", "json", "--jobs", jobs}, engine).out == one.out);
  }
  CHECK(occurrences(one.out, "\"scenario\"") == 8);
  CHECK(one.out.find("\"scenario\": \"a\"") < one.out.find("\"scenario\": \"b\""));
}

TEST_CASE("limits reach the engine") {
  const Folder folder("check");
  auto engine = fake_engine();
  explore::Limits seen;
  model::Mode mode{};
  engine.check = [&](const model::Model& model, model::Mode wanted, const explore::Limits& limits) {
    seen = limits;
    mode = wanted;
    return testing::fake_check(model, wanted, limits);
  };
  run_gapless({"check", folder.write("a.gap", ""), "--memory", "1M", "--time", "3", "--mode", "search"}, engine);
  CHECK(seen.memory_bytes == 1U << 20U);
  CHECK(seen.seconds == 3);
  CHECK(mode == model::Mode::search);
  CHECK_FALSE(seen.progress);  // no terminal
}

TEST_CASE("--jobs: several runs at a time with a thread each, or one run with all of them") {
  const Folder folder("jobs");
  const auto file = folder.write("a.gap", "");
  std::mutex mutex;
  std::vector<explore::Limits> seen;
  auto engine = fake_engine();
  engine.check = [&](const model::Model& model, model::Mode mode, const explore::Limits& limits) {
    const std::lock_guard lock(mutex);
    seen.push_back(limits);
    return testing::fake_check(model, mode, limits);
  };
  run_gapless({"check", file, "--jobs", "3"}, engine);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].jobs == 1);
  CHECK(seen[1].jobs == 1);
  seen.clear();
  run_gapless({"check", file, "--variant", "naive", "--jobs", "3", "--bound", "switches=4", "--no-symmetry"}, engine);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].jobs == 3);
  CHECK(seen[0].switches == 4);
  CHECK_FALSE(seen[0].reductions.symmetry);
  seen.clear();
  run_gapless({"check", file, "--variant", "naive", "--mode", "sample", "--samples", "5", "--seed", "8"}, engine);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].sample.runs == 5);
  CHECK(seen[0].sample.seed == 8);
  seen.clear();
  run_gapless({"check", file, "--variant", "naive", "--resume", folder.at("saved")}, engine);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].checkpoint == folder.at("saved"));
  CHECK(seen[0].resume);
}

TEST_CASE("2: a checkpoint is of one run") {
  const Folder folder("checkpoints");
  const auto ran = run_gapless({"check", folder.write("a.gap", ""), "--checkpoint", folder.at("saved")});
  CHECK(ran.status == 2);
  CHECK(contains(ran.err + ran.out, "--checkpoint and --resume are for one run, and this asks for 2: say which by"));
}

TEST_CASE("3: few switches and samples are no proof; what they find settles") {
  const Folder folder("samples");
  const auto file = folder.write("a.gap", "");
  const auto sampled = [&](std::uint64_t violating) {
    return engine_that([=](const model::Model& model) {
      auto verdict = testing::fake_check(model, {}, {});
      verdict.mode = model::Mode::sample;
      verdict.coverage = model::Coverage::sampled;
      verdict.coverage_reason = "200 interleavings were drawn at random by PCT";
      verdict.counts = model::Counts::none;
      verdict.interleavings = verdict.violating = std::nullopt;
      if (verdict.outcome == model::Outcome::holds) verdict.outcome = model::Outcome::unknown;
      verdict.sampling = model::Sampling{.method = "PCT", .runs = 200, .violating = violating, .seed = 1};
      return verdict;
    });
  };
  CHECK(run_gapless({"check", file, "--variant", "row_lock", "--mode", "sample"}, sampled(0)).status == 3);
  CHECK(run_gapless({"check", file, "--variant", "naive", "--mode", "sample"}, sampled(9)).status == 0);
  CHECK(
      run_gapless({"check", file, "--variant", "naive", "--mode", "sample", "--require", "holds"}, sampled(9)).status ==
      1);
  const auto bounded = engine_that([](const model::Model&) {
    model::Verdict verdict;
    verdict.coverage = model::Coverage::bounded;
    verdict.coverage_reason = "only interleavings with at most 2 switches were covered";
    return verdict;
  });
  const auto ran = run_gapless({"check", file, "--bound", "switches=2"}, bounded);
  CHECK(ran.status == 3);
  CHECK(contains(ran.out, "only interleavings with at most 2 switches were covered"));
  CHECK(contains(run_gapless({"check", file, "--bound", "switches=2", "--format", "junit"}, bounded).out,
                 "<failure type=\"coverage\""));
}

TEST_CASE("--actors and --isolation reach the loader") {
  const Folder folder("check");
  auto engine = fake_engine();
  scenario::Options seen;
  engine.load = [&](const std::string& path, const scenario::Options& options) {
    seen = options;
    return testing::fake_models(path, options);
  };
  const auto file = folder.write("a.gap", "");
  CHECK(contains(run_gapless({"check", file, "--actors", "3"}, engine).out, "3 actors"));
  CHECK(seen.actors == 3);
  CHECK_FALSE(seen.isolation);
  run_gapless({"check", file, "--isolation", "repeatable read"}, engine);
  CHECK(seen.isolation == store::Isolation::repeatable_read);
}

TEST_CASE("--isolation all: every variant at three levels, a table of variants and levels, one exit status") {
  const Folder folder("check");
  auto engine = fake_engine();
  // SERIALIZABLE is the cure; what is claimed is what testing::fake_models says: naive is violated, row_lock is not.
  engine.load = [](const std::string& path, const scenario::Options& options) {
    auto models = testing::fake_models(path, options);
    for (auto& model : models) {
      model.isolation = options.isolation.value_or(store::Isolation::read_committed);
      if (model.isolation == store::Isolation::serializable) model.expected = model::Expected::holds;
    }
    return models;
  };
  const auto check_at = engine.check;
  std::string broken_at = "none";
  engine.check = [&](const model::Model& model, model::Mode mode, const explore::Limits& limits) {
    auto asked = model;
    if (model.isolation == store::Isolation::serializable) asked.variant = "row_lock";
    if (store::to_string(model.isolation) == broken_at) asked.variant = "naive";
    return check_at(asked, mode, limits);
  };
  const auto file = folder.write("a.gap", "");
  const auto good = run_gapless({"check", file, "--isolation", "all"}, engine);
  CHECK(good.status == 0);
  CHECK(contains(good.out, "read committed"));
  CHECK(contains(good.out, "repeatable read"));
  CHECK(contains(good.out, "serializable"));
  CHECK(contains(good.out, "6 runs: 4 hold, 2 violated. Every expectation is met."));
  // One cell of six is enough.
  broken_at = "serializable";
  const auto bad = run_gapless({"check", file, "--isolation", "all"}, engine);
  CHECK(bad.status == 1);
  CHECK(contains(bad.out, "6 runs: 2 hold, 4 violated. 2 expectations are not met."));
  CHECK(contains(bad.out, "--isolation serializable \""));  // to replay the one that nobody expected
  // A level at which everything is as required does not excuse another.
  broken_at = "none";
  CHECK(run_gapless({"check", file, "--isolation", "all", "--require", "holds"}, engine).status == 1);
  CHECK(run_gapless({"check", file, "--isolation", "serializable", "--require", "holds"}, engine).status == 0);
  CHECK(run_gapless({"check", file, "--isolation", "all", "--variant", "none"}, engine).status == 5);
  CHECK(run_gapless({"check", file, "--isolation", "every"}, engine).status == 2);
}

TEST_CASE("--isolation all: what one level could not finish is 3, and a mistake in the file is said once") {
  const Folder folder("check");
  auto engine = fake_engine();
  engine.load = [](const std::string& path, const scenario::Options& options) {
    auto models = testing::fake_models(path, options);
    for (auto& model : models) model.isolation = options.isolation.value_or(store::Isolation::read_committed);
    return models;
  };
  const auto check_at = engine.check;
  engine.check = [&](const model::Model& model, model::Mode mode, const explore::Limits& limits) {
    auto verdict = check_at(model, mode, limits);
    if (model.variant == "row_lock" && model.isolation == store::Isolation::repeatable_read) {
      verdict.outcome = model::Outcome::unknown;
      verdict.coverage = model::Coverage::incomplete;
      verdict.coverage_reason = "time limit reached";
    }
    return verdict;
  };
  const auto late = run_gapless({"check", folder.write("a.gap", ""), "--isolation", "all"}, engine);
  CHECK(late.status == 3);
  CHECK(contains(late.out, "repeatable read, row_lock: nothing found, but not everything was covered"));
  const auto broken = run_gapless({"check", folder.write("broken.gap", ""), "--isolation", "all"}, engine);
  CHECK(broken.status == 2);
  CHECK(broken.err.find("unknown table") == broken.err.rfind("unknown table"));
  CHECK(contains(broken.err, "unknown table"));
}

TEST_CASE("list: claims at each level in columns") {
  const Folder folder("check");
  auto engine = fake_engine();
  engine.load = [](const std::string& path, const scenario::Options& options) {
    auto models = testing::fake_models(path, options);
    for (auto& model : models) {
      model.isolation = options.isolation.value_or(store::Isolation::read_committed);
      if (model.isolation == store::Isolation::repeatable_read) model.expected.reset();
    }
    return models;
  };
  const auto listed = run_gapless({"list", folder.write("a.gap", ""), "--isolation", "all"}, engine);
  CHECK(listed.status == 0);
  CHECK(contains(listed.out, "2 actors, read committed, repeatable read, serializable\n"));
  CHECK(contains(listed.out, "            read committed  repeatable read  serializable\n"));
  CHECK(contains(listed.out, "  naive     violated        –                violated      how it does it\n"));
  CHECK(contains(listed.out, "  row_lock  holds           –                holds         how it does it\n"));
}

TEST_CASE("settings of faults: each is a run, a column, a picture; the replay command names it") {
  const Folder folder("check");
  const auto file = folder.write("faults.gap", "");
  const auto ran = run_gapless({"check", file, "--timeline", folder.at("p")});
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "no faults   crash <= 1\n"));
  CHECK(contains(ran.out, "4 runs: 2 hold, 2 violated."));
  CHECK(ran.out.ends_with("--variant naive --actors 2 \"1 2 2 1\"\n"));
  CHECK(contains(folder.read("p/faults-naive-crash1.svg"), "2 actors, read committed, crash &lt;= 1"));
  CHECK(contains(folder.read("p/faults-naive.svg"), "2 actors, read committed<"));

  const auto one = run_gapless({"check", file, "--faults", "retry <= 3"});
  CHECK(contains(one.out, "2 actors, read committed, retry <= 3\n"));
  CHECK(one.out.ends_with("--variant naive --actors 2 --faults 'retry <= 3' \"1 2 2 1\"\n"));
  const auto none = run_gapless({"check", file, "--faults", "none"});
  CHECK(contains(none.out, "2 actors, read committed\n"));
  CHECK(none.out.ends_with("--variant naive --actors 2 --faults none \"1 2 2 1\"\n"));
  CHECK(run_gapless({"check", file, "--faults", "often"}).status == 2);

  const auto json = run_gapless({"check", file, "--format", "json"});
  CHECK(occurrences(json.out, "\"faults\": {}") == 2);
  CHECK(occurrences(json.out, "\"crash\": 1") == 2);
}

TEST_CASE("a model in C++ knows of no faults; --faults makes another model of it") {
  const auto engine = cli::real_engine();
  const auto plain = engine.load("models/withdraw.cc", {});
  const auto faulty = engine.load("models/withdraw.cc", {{}, {}, {}, model::Faults{.crash = 1}});
  const auto none = engine.load("models/withdraw.cc", {{}, {}, {}, model::Faults{}});
  REQUIRE(plain.size() == faulty.size());
  CHECK(plain.front().faults.none());
  CHECK(faulty.front().faults == model::Faults{.crash = 1});
  CHECK(plain.front().digest != faulty.front().digest);
  CHECK(plain.front().digest == none.front().digest);
}

TEST_CASE("list: settings of faults in columns") {
  const Folder folder("check");
  const auto file = folder.write("faults.gap", "");
  CHECK(run_gapless({"list", file}).out == "faults  a title\n" + file +
                                               ", 2 actors, read committed, no faults; crash <= 1\n"
                                               "            no faults  crash <= 1\n"
                                               "  naive     violated   violated    how it does it\n"
                                               "  row_lock  holds      holds       how it does it\n\n");
  CHECK(contains(run_gapless({"list", file, "--faults", "crash <= 2"}).out,
                 ", 2 actors, read committed, crash <= 2\n  naive     violated  how"));
  auto engine = fake_engine();
  engine.load = [](const std::string& path, const scenario::Options& options) {
    auto models = testing::fake_models(path, options);
    for (auto& model : models) model.isolation = options.isolation.value_or(store::Isolation::read_committed);
    return models;
  };
  const auto all = run_gapless({"list", file, "--isolation", "all"}, engine).out;
  CHECK(contains(all, ", read committed, repeatable read, serializable, no faults; crash <= 1\n"));
  CHECK(contains(all, "            no faults       crash <= 1      no faults        crash <= 1       no"));
  CHECK(contains(all, "            read committed  read committed  repeatable read  repeatable read  serializable"));
}

TEST_CASE("--output writes the report there, --timeline a picture for each violated variant") {
  const Folder folder("check");
  const auto file = folder.write("withdraw.gap", "");
  const auto printed = run_gapless({"check", file, "--format", "json"});
  const auto written = run_gapless({"check", file, "--format", "json", "--output", folder.at("new/report.json"),
                                    "--timeline", folder.at("pictures")});
  CHECK(written.status == 0);
  CHECK(written.out.empty());
  CHECK(folder.read("new/report.json") == printed.out);
  CHECK(contains(folder.read("pictures/withdraw-naive.svg"), "withdraw: naive (how it does it)"));
  CHECK_FALSE(std::filesystem::exists(folder.at("pictures/withdraw-row_lock.svg")));

  const auto refused = run_gapless({"check", file, "--output", file + "/report.txt"});
  CHECK(refused.status == 2);
  CHECK(contains(refused.err, "cannot be written"));
}

TEST_CASE("a model's warnings are in the report") {
  const Folder folder("check");
  auto engine = fake_engine();
  engine.load = [](const std::string& path, const scenario::Options& options) {
    auto models = testing::fake_models(path, options);
    for (auto& model : models) model.warnings = {{path, 2, 1, "LIMIT without ORDER BY", "SELECT"}};
    return models;
  };
  const auto ran = run_gapless({"check", folder.write("a.gap", "")}, engine);
  CHECK(occurrences(ran.out, "a.gap:2:1: LIMIT without ORDER BY") == 1);
}

TEST_CASE("list says what there is") {
  const Folder folder("check");
  const auto file = folder.write("withdraw.gap", "");
  const auto ran = run_gapless({"list", file});
  CHECK(ran.status == 0);
  CHECK(ran.out == "withdraw  a title\n" + file +
                       ", 2 actors, read committed\n"
                       "  naive     violated  how it does it\n"
                       "  row_lock  holds     how it does it\n\n");
  CHECK(run_gapless({"list", file, "--variant", "none"}).status == 5);
  CHECK(run_gapless({"list", folder.write("broken.gap", "")}).status == 2);
}
