// An engine that says what a test wants it to say, and a program run with it as a user would.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "cli/run.h"

namespace gapless::testing {

// A folder of its own, gone at the end of the test.
class Folder {
 public:
  explicit Folder(const std::string& name) : path_(std::filesystem::temp_directory_path() / ("gapless_" + name)) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string at(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return at(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::filesystem::path path_;
};

inline model::Step step_of(std::size_t actor) {
  model::Step step;
  step.actor = actor;
  step.role = "withdraw";
  step.operation = "UPDATE users SET balance = 50 WHERE id = 1";
  step.observation = "1 row changed";
  return step;
}

// The variants of every "file" of the fake engine; a variant's name says what becomes of it.
inline std::vector<model::Model> fake_models(const std::string& path, const scenario::Options& options) {
  if (path.find("broken") != std::string::npos) throw ModelError(Diagnostic{path, 3, 7, "unknown table", "SELECT x"});
  std::vector<model::Model> models;
  for (const std::string variant : {"naive", "row_lock"}) {
    if (options.variant && *options.variant != variant) continue;
    model::Model model;
    model.file = path;
    model.scenario = std::filesystem::path(path).stem().string();
    model.title = "a title";
    model.variant = variant;
    model.variant_title = "how it does it";
    model.expected = variant == "naive" ? model::Expected::violated : model::Expected::holds;
    model.roles.push_back({"withdraw", "(50)", {}});
    model.actors.assign(options.actors.value_or(2), 0);
    model.digest = 77;
    // A file of this name has two settings of faults.
    const bool has_settings = path.find("faults") != std::string::npos;
    model.faults = options.faults.value_or(model::Faults{});
    models.push_back(model);
    if (!has_settings || options.faults) continue;
    model.faults.crash = 1;
    models.push_back(std::move(model));
  }
  return models;
}

inline model::Execution fake_execution(const model::Schedule& schedule) {
  model::Execution execution;
  execution.actors = {"withdraw(50)", "withdraw(50)"};
  for (const auto& choice : schedule.steps) {
    execution.steps.push_back(step_of(choice.actor));
    if (choice.actor != 0) continue;
    execution.steps.back().kind = model::Step::Kind::world;
    execution.steps.back().operation = choice.what;
  }
  return execution;
}

inline std::optional<model::Execution> fake_replay(const model::Model& model, const model::Schedule& schedule,
                                                   std::string& reason) {
  if (schedule.steps.size() > 4) {
    reason = "step 5: actor 1 has finished";
    return std::nullopt;
  }
  auto execution = fake_execution(schedule);
  execution.complete = schedule.steps.size() == 4;
  // As of two naive withdrawals: whoever does not finish before the other begins.
  const bool interleaved = execution.complete && switches(schedule) > 1;
  if (interleaved && model.variant == "naive") {
    execution.violated = "what was paid left the balance";
    execution.violated_at = 3;
  }
  return execution;
}

inline model::Verdict fake_check(const model::Model& model, model::Mode, const explore::Limits&) {
  model::Verdict verdict;
  verdict.counts = model::Counts::exact;
  verdict.interleavings = "6";
  verdict.violating = "0";
  verdict.outcome = model::Outcome::holds;
  if (model.variant == "naive") {
    verdict.outcome = model::Outcome::violated;
    verdict.violating = "4";
    std::string reason;
    const model::Schedule schedule{{1, 2, 2, 1}};
    verdict.counterexample =
        model::Counterexample{"what was paid left the balance", schedule, true, *fake_replay(model, schedule, reason)};
  }
  return verdict;
}

inline cli::Engine fake_engine() {
  return {.load = fake_models,
          .check = fake_check,
          .replay = fake_replay,
          .first_position = {},
          .guards = {},
          .without = {}};
}

struct Ran {
  int status = 0;
  std::string out;
  std::string err;
};

inline Ran run_gapless(const std::vector<std::string>& words, const cli::Engine& engine = fake_engine()) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = cli::run(words, engine, {out, err, false, false});
  return {status, out.str(), err.str()};
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace gapless::testing
