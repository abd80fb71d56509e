// Every model without every guard is a task of its own; threads take the next one. What is written where does not
// depend on who comes first.
#include "cli/controls.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "cli/effort.h"
#include "cli/gather.h"
#include "cli/parallel.h"
#include "cli/progress.h"
#include "report/matrix.h"

namespace gapless::cli {
namespace {

// ---------------------------------------------------------------------------------------------------- one guard

// A model and the guard that it is to be checked without.
struct Task {
  const model::Model* model = nullptr;
  scenario::Guard guard;
  model::Control control;
  std::optional<model::Model> broken;  // without the guard, where that breaks something
  std::string internal_error;
};

void drop(Task& task, const Effort& effort, const Engine& engine, const explore::Limits& limits) {
  auto& control = task.control;
  control.guard = task.guard.text;
  control.file = task.model->file;
  control.line = task.guard.line;
  try {
    auto model = engine.without(*task.model, task.guard);
    const auto mode = effort.mode == model::Mode::automatic ? model::Mode::search : effort.mode;
    const auto verdict = engine.check(model, mode, limits);
    control.outcome = verdict.outcome;
    if (verdict.outcome == model::Outcome::unknown) control.note = verdict.coverage_reason;
    if (!verdict.counterexample) return;
    control.invariant = verdict.counterexample->invariant;
    control.schedule = to_string(verdict.counterexample->schedule);
    task.broken = std::move(model);
  } catch (const ModelError& error) {
    control.outcome = model::Outcome::unknown;
    control.note = "without it this is no model: " + error.diagnostic().message;
  } catch (const std::exception& error) {
    task.internal_error =
        task.model->file + ", " + task.model->variant + ", without " + control.guard + ": " + error.what();
  }
}

std::vector<Task> tasks_of(const std::vector<model::Model>& models, const Engine& engine, model::Report& report) {
  std::vector<Task> tasks;
  for (const auto& model : models) {
    const auto* run = run_of(model, report);
    const bool holds =
        run != nullptr && run->expected == model::Expected::holds && run->verdict.outcome == model::Outcome::holds;
    if (!holds) continue;
    try {
      for (auto& guard : engine.guards(model)) tasks.push_back({&model, std::move(guard), {}, {}, {}});
    } catch (const std::exception& error) {  // the model is one, so its guards can be found
      report.internal_errors.push_back(model.file + ", " + model.variant + ": " + error.what());
    }
  }
  return tasks;
}

// ------------------------------------------------------------------------------------------ the same guard elsewhere

// The run's control of the same guard: by its text, its line, and how many like it stand before it.
const model::Control* same_control(const model::Run& run, const model::Run& other, const model::Control& control) {
  const auto is_like = [&](const model::Control& each) {
    return each.guard == control.guard && each.line == control.line;
  };
  auto before = std::count_if(run.controls.data(), &control, is_like);
  for (const auto& each : other.controls) {
    if (is_like(each) && before-- == 0) return &each;
  }
  return nullptr;
}

bool is_same_variant(const model::Run& a, const model::Run& b) {
  return a.file == b.file && a.scenario == b.scenario && a.variant == b.variant && a.actors == b.actors;
}

// "crash <= 1; duplicate <= 1": where this guard, dropped, came to that.
std::string places(const model::Report& report, const model::Run& run, const model::Control& control,
                   model::Outcome outcome) {
  report::Runs scenario;
  for (const auto& other : report.runs) {
    if (other.file == run.file && other.scenario == run.scenario) scenario.push_back(&other);
  }
  std::string text;
  for (const auto* other : scenario) {
    if (!is_same_variant(*other, run)) continue;
    const auto* same = same_control(run, *other, control);
    if (same == nullptr || same->outcome != outcome) continue;
    text += (text.empty() ? "" : "; ") + report::place_of(*other, scenario);
  }
  return text;
}

// A guard that is of no use in one setting of faults, or at one level, may be needed in another.
void note_other_places(model::Report& report) {
  for (auto& run : report.runs) {
    for (auto& control : run.controls) {
      if (control.outcome != model::Outcome::holds) continue;
      const auto needed = places(report, run, control, model::Outcome::violated);
      const auto open = places(report, run, control, model::Outcome::unknown);
      control.note = !needed.empty() ? "needed at " + needed : !open.empty() ? "undecided at " + open : "";
    }
  }
}

// ------------------------------------------------------------------------------------- what has never failed

// The invariants of one file that nothing seen so far has violated, and the models in which one may be.
struct Doubt {
  std::string file;
  std::vector<model::Property> properties;
  std::vector<const model::Model*> models;
  std::string internal_error;
};

void forget(Doubt& doubt, const std::string& title) {
  std::erase_if(doubt.properties, [&](const model::Property& property) { return property.title == title; });
}

std::vector<Doubt> doubts_of(const std::vector<model::Model>& models, const std::vector<Task>& tasks,
                             model::Report& report) {
  std::vector<Doubt> doubts;
  const auto of = [&](const model::Model& model) -> Doubt& {
    const auto found = std::ranges::find(doubts, model.file, &Doubt::file);
    if (found != doubts.end()) return *found;
    doubts.push_back({model.file, model.properties, {}, {}});
    return doubts.back();
  };
  for (const auto& model : models) {
    auto& doubt = of(model);
    const auto* run = run_of(model, report);
    if (run == nullptr || !run->verdict.counterexample) continue;
    forget(doubt, run->verdict.counterexample->invariant);
    doubt.models.push_back(&model);
  }
  for (const auto& task : tasks) {
    if (!task.broken) continue;
    auto& doubt = of(*task.model);
    forget(doubt, task.control.invariant);
    doubt.models.push_back(&*task.broken);
  }
  return doubts;
}

// A counterexample names one invariant; behind it others may fail, too. So what violates something is asked again, for
// what is in doubt alone.
void settle(Doubt& doubt, const Engine& engine, const explore::Limits& limits) {
  for (const auto* given : doubt.models) {
    for (bool again = true; again && !doubt.properties.empty();) {
      model::Model model = *given;
      model.properties = doubt.properties;
      again = false;
      try {
        const auto verdict = engine.check(model, model::Mode::search, limits);
        if (!verdict.counterexample) continue;
        const auto before = doubt.properties.size();
        forget(doubt, verdict.counterexample->invariant);
        again = doubt.properties.size() < before;
      } catch (const ModelError&) {
        continue;  // told with the run itself
      } catch (const std::exception& error) {
        doubt.internal_error = doubt.file + ": " + error.what();
        return;
      }
    }
  }
}

}  // namespace

void run_controls(const std::vector<model::Model>& models, const CheckArguments& arguments, const Engine& engine,
                  const Terminal& terminal, model::Report& report) {
  auto tasks = tasks_of(models, engine, report);
  // As many at a time as there are jobs, each with one thread; what is dropped is another model: no checkpoint is its.
  auto limits = limits_of(arguments.effort, models.size() + tasks.size());
  limits.jobs = 1;
  limits.checkpoint.clear();
  limits.resume = false;
  {
    ProgressLine line(terminal.progress ? &terminal.err : nullptr);
    each_task(tasks.size(), arguments.effort.jobs, [&](std::size_t i) {
      auto own = limits;
      own.progress = line.reporter(i);
      drop(tasks[i], arguments.effort, engine, own);
      line.finished(i);
    });
  }
  for (auto& task : tasks) {
    if (!task.internal_error.empty()) report.internal_errors.push_back(task.internal_error);
    run_of(*task.model, report)->controls.push_back(task.control);
  }
  note_other_places(report);
  if (arguments.selection.variant) return;
  auto doubts = doubts_of(models, tasks, report);
  each_task(doubts.size(), arguments.effort.jobs, [&](std::size_t i) { settle(doubts[i], engine, limits); });
  for (const auto& doubt : doubts) {
    if (!doubt.internal_error.empty()) report.internal_errors.push_back(doubt.internal_error);
    for (const auto& property : doubt.properties) report.never_failed.push_back(doubt.file + ": " + property.title);
  }
}

}  // namespace gapless::cli
