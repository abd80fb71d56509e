#include "cli/odds.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "base/source.h"
#include "cli/effort.h"
#include "cli/gather.h"
#include "cli/parallel.h"
#include "cli/progress.h"

namespace gapless::cli {
namespace {

// A run, and one of the numbers of actors that it is to be checked at.
struct Task {
  const model::Model* model = nullptr;
  std::size_t actors = 0;
  std::optional<model::Odds> odds;
  std::string internal_error;
};

model::Odds unknown_odds(std::size_t actors, std::string why) {
  model::Odds unknown;
  unknown.actors = actors;
  unknown.unknown = std::move(why);
  return unknown;
}

model::Odds odds_of(const model::Verdict& verdict, std::size_t actors) {
  if (!verdict.odds.empty()) return verdict.odds.front();
  return unknown_odds(actors, verdict.coverage_reason.empty() ? to_string(verdict.coverage) : verdict.coverage_reason);
}

void look(Task& task, const Engine& engine, const explore::Limits& limits) {
  try {
    const auto model = at_other_number(*task.model, task.actors, engine);
    if (model) task.odds = odds_of(engine.check(*model, model::Mode::census, limits), task.actors);
  } catch (const ModelError& error) {  // a value that only shows at this number
    task.odds = unknown_odds(task.actors, error.diagnostic().message);
  } catch (const std::exception& error) {
    task.internal_error = task.model->file + ", " + task.model->variant + ", with " + std::to_string(task.actors) +
                          " actors: " + error.what();
  }
}

}  // namespace

void add_odds(const std::vector<model::Model>& models, const Effort& effort, const Engine& engine,
              const Terminal& terminal, model::Report& report) {
  std::vector<Task> tasks;
  for (const auto& model : models) {
    if (run_of(model, report) == nullptr) continue;
    for (const auto actors : fewer_actors(model.actors.size())) tasks.push_back({&model, actors, {}, {}});
  }
  {
    ProgressLine line(terminal.progress ? &terminal.err : nullptr);
    each_task(tasks.size(), effort.jobs, [&](std::size_t i) {
      auto limits = limits_of(effort, tasks.size() + 1);
      limits.savings = false;
      limits.checkpoint.clear();
      limits.resume = false;
      limits.progress = line.reporter(i);
      look(tasks[i], engine, limits);
      line.finished(i);
    });
  }
  for (const auto& model : models) {
    auto* run = run_of(model, report);
    if (run == nullptr) continue;
    auto own = odds_of(run->verdict, model.actors.size());
    run->verdict.odds.clear();
    for (const auto& task : tasks) {
      if (task.model == &model && task.odds) run->verdict.odds.push_back(*task.odds);
    }
    run->verdict.odds.push_back(std::move(own));
  }
  for (const auto& task : tasks) {
    if (!task.internal_error.empty()) report.internal_errors.push_back(task.internal_error);
  }
}

std::vector<std::size_t> fewer_actors(std::size_t actors) {
  constexpr std::size_t all_of_them = 12;
  std::vector<std::size_t> numbers;
  for (std::size_t number = 2; number < actors; number += number < all_of_them ? 1 : number / 4) {
    numbers.push_back(number);
  }
  return numbers;
}

std::optional<model::Model> at_other_number(const model::Model& model, std::size_t actors, const Engine& engine) {
  try {
    for (auto& other : engine.load(model.file, {model.variant, actors, model.isolation, model.faults})) {
      if (other.scenario == model.scenario && other.actors.size() == actors) return std::move(other);
    }
  } catch (const ModelError&) {  // the file is in order: it was loaded with its own number
  }
  return std::nullopt;
}

}  // namespace gapless::cli
