#include "cli/savings.h"

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "base/source.h"
#include "cli/effort.h"
#include "cli/gather.h"
#include "cli/parallel.h"
#include "cli/progress.h"

namespace gapless::cli {
namespace {

struct Searched {
  std::optional<std::uint64_t> states;
  std::string internal_error;
};

Searched search(const model::Model& model, const Engine& engine, const explore::Limits& limits) {
  Searched searched;
  try {
    const auto verdict = engine.check(model, model::Mode::search, limits);
    searched.states = verdict.savings && verdict.savings->reduced ? verdict.savings->reduced : verdict.states;
    if (verdict.coverage == model::Coverage::incomplete) searched.states.reset();
  } catch (const ModelError&) {  // told with the run itself
  } catch (const std::exception& error) {
    searched.internal_error = model.file + ", " + model.variant + ", searched: " + error.what();
  }
  return searched;
}

}  // namespace

void add_savings(const std::vector<model::Model>& models, const Effort& effort, const Engine& engine,
                 const Terminal& terminal, model::Report& report) {
  std::vector<Searched> searched(models.size());
  {
    ProgressLine line(terminal.progress ? &terminal.err : nullptr);
    each_task(models.size(), effort.jobs, [&](std::size_t i) {
      if (run_of(models[i], report) == nullptr) return;
      auto limits = limits_of(effort, models.size());
      limits.odds = false;
      limits.checkpoint.clear();
      limits.resume = false;
      limits.progress = line.reporter(i);
      searched[i] = search(models[i], engine, limits);
      line.finished(i);
    });
  }
  for (std::size_t i = 0; i < models.size(); ++i) {
    auto* run = run_of(models[i], report);
    if (run == nullptr) continue;
    if (!run->verdict.savings) run->verdict.savings = model::Savings{};
    run->verdict.savings->reduced = searched[i].states;
    if (!searched[i].internal_error.empty()) report.internal_errors.push_back(searched[i].internal_error);
  }
}

}  // namespace gapless::cli
