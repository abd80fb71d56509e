// --odds and --savings: which models are asked for, and what becomes of what the engine says.
#include "cli/odds.h"

#include <doctest/doctest.h>

#include <mutex>
#include <set>

#include "fake.h"

using namespace gapless;
using testing::contains;
using testing::fake_engine;
using testing::Folder;
using testing::run_gapless;

namespace {

// A naive variant goes wrong with 1/actors. Eight are too many.
model::Verdict fake_odds(const model::Model& model, model::Mode mode, const explore::Limits& limits) {
  auto verdict = testing::fake_check(model, mode, limits);
  verdict.mode = mode;
  verdict.states = 100;
  const auto actors = model.actors.size();
  if (mode == model::Mode::search) {
    verdict.states = 40;
    return verdict;
  }
  if (actors == 8) {
    verdict.coverage = model::Coverage::incomplete;
    verdict.coverage_reason = "the time limit of 1 s is reached";
    return verdict;
  }
  if (limits.savings) verdict.savings = model::Savings{"4900", 100, std::nullopt};
  if (!limits.odds) return verdict;
  model::Odds odds;
  odds.actors = actors;
  odds.interleavings = std::to_string(10 * actors);
  odds.violating = model.variant == "naive" ? "10" : "0";
  odds.share = model.variant == "naive" ? 1.0 / static_cast<double>(actors) : 0;
  odds.uniform = odds.share;
  if (model.variant == "naive") odds.runs = 3 * actors;
  verdict.odds = {odds};
  return verdict;
}

cli::Engine engine_with_odds() {
  auto engine = fake_engine();
  engine.check = fake_odds;
  return engine;
}

}  // namespace

TEST_CASE("numbers of actors: all up to 12, then a quarter more each time") {
  using Numbers = std::vector<std::size_t>;
  CHECK(cli::fewer_actors(1) == Numbers{});
  CHECK(cli::fewer_actors(2) == Numbers{});
  CHECK(cli::fewer_actors(5) == Numbers{2, 3, 4});
  CHECK(cli::fewer_actors(50) == Numbers{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 18, 22, 27, 33, 41});
}

TEST_CASE("a row a number of actors; one row for what never goes wrong; what was not covered says so") {
  const Folder folder("chances");
  const auto file = folder.write("withdraw.gap", "");
  const auto ran = run_gapless({"check", file, "--actors", "9", "--odds"}, engine_with_odds());
  CHECK(ran.status == 0);
  CHECK(contains(ran.out,
                 "  Odds that a test with so many requests at once goes wrong, and tests until one does:\n"
                 "  variant   actors       go wrong   share  one test  95 % in\n"
                 "  naive          2       10 of 20  50.0 %    50.0 %        6\n"
                 "                 3       10 of 30  33.3 %    33.3 %        9\n"));
  CHECK(contains(ran.out,
                 "                 8  ? not covered\n"
                 "                 9       10 of 90  11.1 %    11.1 %       27\n"));
  CHECK(contains(ran.out, "  row_lock       2        0 of 20     0 %       0 %    never\n"));  // for 8 is not known
  const auto few = run_gapless({"check", file, "--actors", "5", "--odds"}, engine_with_odds());
  CHECK(contains(few.out, "  row_lock     2–5      none     0 %       0 %    never\n"));
  CHECK(run_gapless({"check", file, "--actors", "5", "--odds", "--jobs", "3"}, engine_with_odds()).out == few.out);
}

TEST_CASE("the same in JSON, and nothing of it without the flag") {
  const Folder folder("chances");
  const auto file = folder.write("withdraw.gap", "");
  const auto json = run_gapless({"check", file, "--actors", "8", "--odds", "--format", "json"}, engine_with_odds()).out;
  CHECK(contains(json, R"("odds": [
        {
          "actors": 2,
          "interleavings": "20",
          "violating": "10",
          "share": 0.5,
          "uniform": 0.5,
          "runs": 6,
          "unknown": null
        },)"));
  CHECK(contains(json, R"({
          "actors": 8,
          "interleavings": null,
          "violating": null,
          "share": null,
          "uniform": null,
          "runs": null,
          "unknown": "the time limit of 1 s is reached"
        }
      ])"));
  CHECK_FALSE(contains(json, "savings"));
  CHECK_FALSE(contains(run_gapless({"check", file, "--format", "json"}, engine_with_odds()).out, "odds"));
}

TEST_CASE("levels and faults are those of the run, and numbers that the file does not allow are left out") {
  const Folder folder("chances");
  const auto file = folder.write("faults.gap", "");
  std::mutex mutex;
  std::set<std::string> asked;
  auto engine = engine_with_odds();
  engine.load = [&](const std::string& path, const scenario::Options& options) {
    if (options.faults) {  // not the first load, which takes the file's own
      const std::lock_guard lock(mutex);
      asked.insert(options.variant.value_or("?") + " " + std::to_string(options.actors.value_or(0)) + " " +
                   model::to_string(*options.faults));
    }
    if (options.actors == 3) throw ModelError(Diagnostic{path, 1, 1, "fewer actors than that are not possible", ""});
    return testing::fake_models(path, options);
  };
  const auto ran = run_gapless({"check", file, "--variant", "naive", "--actors", "4", "--odds"}, engine);
  CHECK(ran.status == 0);
  CHECK(asked == std::set<std::string>{"naive 2 none", "naive 3 none", "naive 2 crash <= 1", "naive 3 crash <= 1"});
  CHECK(contains(ran.out,
                 "  naive, no faults        2  10 of 20  50.0 %    50.0 %        6\n"
                 "                          4  10 of 40  25.0 %    25.0 %       12\n"));
}

TEST_CASE("savings: of the census, and what a search keeps") {
  const Folder folder("chances");
  const auto file = folder.write("withdraw.gap", "");
  const auto ran = run_gapless({"check", file, "--savings"}, engine_with_odds());
  CHECK(contains(ran.out,
                 "  What was saved:\n"
                 "  variant   interleavings  distinct states  with symmetry  kept by search\n"
                 "  naive                 6            4,900            100              40\n"
                 "  row_lock              6            4,900            100              40\n"));
  const auto unknown =
      run_gapless({"check", file, "--savings", "--actors", "8", "--variant", "naive"}, engine_with_odds());
  CHECK(contains(unknown.out, "  naive                6                –              –              40\n"));
  CHECK(contains(run_gapless({"check", file, "--savings", "--format", "json"}, engine_with_odds()).out, R"("savings": {
        "interleavings": "6",
        "distinct": "4900",
        "symmetric": 100,
        "reduced": 40
      })"));
}

TEST_CASE("what is counted is counted on all states") {
  for (const std::string flag : {"--odds", "--savings"}) {
    for (const std::string mode : {"search", "enumerate", "sample"}) {
      const auto ran = run_gapless({"check", "withdraw.gap", flag, "--mode", mode});
      CHECK(ran.status == 2);
      CHECK(contains(ran.err, flag + " needs exact counts, which are --mode census's"));
    }
  }
}
