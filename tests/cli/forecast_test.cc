// What is said before and during a long run. Durations are those of the samples that are given: nothing here looks at a
// clock, but for the engine that answers at once.
#include "cli/forecast.h"

#include <doctest/doctest.h>

#include <sstream>
#include <vector>

#include "cli/progress.h"
#include "fake.h"

using namespace gapless;
using testing::contains;
using testing::fake_engine;
using testing::Folder;
using testing::run_gapless;

namespace {

// As many states as `states` says, at once.
cli::Engine engine_of(std::function<std::uint64_t(std::size_t actors)> states) {
  auto engine = fake_engine();
  engine.check = [states = std::move(states)](const model::Model& model, model::Mode mode,
                                              const explore::Limits& limits) {
    auto verdict = testing::fake_check(model, mode, limits);
    verdict.states = states(model.actors.size());
    return verdict;
  };
  return engine;
}

cli::Engine squares() {
  return engine_of([](std::size_t actors) { return actors * actors; });
}

}  // namespace

TEST_CASE("the last samples, what comes after them, and what was asked for") {
  // 9^n states of 1/100 s each: 7.29 s, 65.6 s; 590 s are 9.8 min, 5,314 s 89 min, 43 million s 498 days.
  const std::vector<explore::Sample> samples = {{2, 81, 0.0081}, {3, 729, 0.2}, {4, 6561, 65.61}};
  const std::vector<explore::Sample> steady = {{2, 81, 0}, {3, 729, 7.29}, {4, 6561, 65.61}};
  CHECK(
      cli::forecast_text("withdraw.naive", steady, 5, 1) ==
      "withdraw.naive: 3 actors 7 s, 4 actors 66 s, 5 actors about 10 min (about 59,049 states, 9.0 times as many with "
      "each actor)");
  CHECK(cli::forecast_text("withdraw.naive", steady, 9, 362'880) ==
        "withdraw.naive: 3 actors 7 s, 4 actors 66 s, 5 actors about 10 min, 6 actors about 89 min, 9 actors about 45 "
        "days (about 387,420,489 states, 9.0 times as many with each actor); symmetry would divide by up to 362,880");
}

TEST_CASE("what symmetry would divide by is the orders of those that are alike") {
  model::Model model;
  model.actors = {0, 0, 0, 1, 1, 2};
  model.roles.resize(3);
  CHECK(cli::orders_of_alike(model) == 12);  // 3! 2! 1!
  model.actors = {0, 1, 2};
  CHECK(cli::orders_of_alike(model) == 1);
}

TEST_CASE("--forecast says it on standard error, and the report stays as it is") {
  const Folder folder("forecast");
  const auto file = folder.write("withdraw.gap", "");
  const auto plain = run_gapless({"check", file, "--actors", "50"}, squares());
  const auto said = run_gapless({"check", file, "--actors", "50", "--forecast"}, squares());
  CHECK(plain.err.empty());
  CHECK(said.out == plain.out);
  CHECK(contains(said.err, "withdraw.naive: "));
  CHECK(contains(said.err, "withdraw.row_lock: "));
  CHECK(contains(said.err, "2,500 states, a polynomial of degree 2 in the actors)"));
  CHECK_FALSE(contains(said.err, "symmetry"));
  // 50!
  const auto told_apart = run_gapless({"check", file, "--actors", "50", "--forecast", "--no-symmetry"}, squares());
  CHECK(contains(told_apart.err, "; symmetry would divide by up to 3.0 × 10^64\n"));
}

TEST_CASE("nothing to go by") {
  const Folder folder("forecast");
  const auto file = folder.write("withdraw.gap", "");
  CHECK(contains(run_gapless({"check", file, "--actors", "3", "--forecast"}, squares()).err,
                 "withdraw.naive: too few quick runs for a forecast\n"));
  CHECK(run_gapless({"check", file, "--actors", "9", "--forecast", "--mode", "enumerate"}, squares()).err.empty());
}

TEST_CASE("how far a run is") {
  const explore::Progress progress{
      .states = 1'234'567, .states_per_second = 400'000, .depth = 12, .bytes = 310ULL << 20U};
  CHECK(cli::progress_text(progress, {}) == "1,234,567 states, 400,000 a second, depth 12, 310 MiB");
  // 72,000,000 more at 400,000 a second.
  CHECK(cli::progress_text(progress, 73'234'567) ==
        "1,234,567 states, 400,000 a second, depth 12, 310 MiB, about 3 min left");
  CHECK(cli::progress_text(progress, 1'000'000) == "1,234,567 states, 400,000 a second, depth 12, 310 MiB");
  const explore::Progress large{.states = 1, .states_per_second = 0, .depth = 0, .bytes = 5ULL << 29U};
  CHECK(cli::progress_text(large, 9) == "1 states, 0 a second, depth 0, 2.5 GiB");
}

TEST_CASE("what is said stays on a line of its own") {
  std::ostringstream err;
  cli::ProgressLine line(nullptr);
  line.expect(0, 5);
  line.say(err, "withdraw.naive: soon");
  CHECK(err.str() == "withdraw.naive: soon\n");
}
