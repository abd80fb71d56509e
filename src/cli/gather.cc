// Each model is a task of its own, and writes into its own place: the report is the same however many threads there
// are.
#include "cli/gather.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include "base/check.h"
#include "cli/effort.h"
#include "cli/files.h"
#include "cli/forecast.h"
#include "cli/parallel.h"
#include "cli/progress.h"

namespace gapless::cli {
namespace {

void add_error(model::Report& report, const Diagnostic& error) {
  if (std::ranges::find(report.errors, error) == report.errors.end()) report.errors.push_back(error);
}

void add_internal_error(model::Report& report, std::string message) {
  auto& known = report.internal_errors;
  if (std::ranges::find(known, message) == known.end()) known.push_back(std::move(message));
}

// What came of checking a model: exactly one is set.
struct Checked {
  std::optional<model::Run> run;
  std::optional<Diagnostic> error;
  std::string internal_error;
};

Checked check_one(const model::Model& model, model::Mode mode, const explore::Limits& limits, const Engine& engine) {
  Checked result;
  try {
    result.run = run_of(model, engine.check(model, mode, limits));
  } catch (const ModelError& error) {
    result.error = error.diagnostic();
  } catch (const std::exception& error) {
    result.internal_error = model.file + ", " + model.variant + ": " + error.what();
  }
  return result;
}

// In the order of the models.
std::vector<Checked> check_each(const std::vector<model::Model>& models, const Effort& effort, const Engine& engine,
                                const Terminal& terminal) {
  std::vector<Checked> results(models.size());
  ProgressLine line(terminal.progress ? &terminal.err : nullptr);
  each_task(models.size(), effort.jobs, [&](std::size_t i) {
    if (terminal.progress || effort.forecast) {
      const auto announced = announce(models[i], effort, engine);
      if (announced.states) line.expect(i, *announced.states);
      if (!announced.text.empty()) line.say(terminal.err, announced.text);
    }
    auto limits = limits_of(effort, models.size());
    limits.progress = line.reporter(i);
    results[i] = check_one(models[i], effort.mode, limits, engine);
    line.finished(i);
  });
  return results;
}

}  // namespace

std::vector<model::Model> load_models(const Selection& selection, const Engine& engine, model::Report& report) {
  std::vector<model::Model> models;
  for (const auto& file : scenario_files(selection.paths, report.errors)) {
    for (const auto& level : selection.levels) {
      try {
        auto loaded = engine.load(file, {selection.variant, selection.actors, level, selection.faults});
        std::ranges::move(loaded, std::back_inserter(models));
      } catch (const ModelError& error) {
        add_error(report, error.diagnostic());
      } catch (const std::exception& error) {
        add_internal_error(report, file + ": " + error.what());
      }
    }
  }
  return models;
}

const model::Model& model_to_play(const std::vector<model::Model>& models) {
  gapless::check(!models.empty(), "a schedule is played on a model that is there");
  const auto found = std::ranges::find_if(models, [](const auto& model) { return model.faults.none(); });
  return found == models.end() ? models.front() : *found;
}

void check_models(const std::vector<model::Model>& models, const Effort& effort, const Engine& engine,
                  const Terminal& terminal, model::Report& report) {
  if (!effort.checkpoint.empty() && models.size() > 1) {
    add_error(report, {"gapless", 0, 0,
                       "--checkpoint and --resume are for one run, and this asks for " + std::to_string(models.size()) +
                           ": say which by --variant, --isolation and --faults",
                       ""});
    return;
  }
  for (auto& result : check_each(models, effort, engine, terminal)) {
    if (result.run) {
      report.runs.push_back(*std::move(result.run));
    } else if (result.error) {
      add_error(report, *result.error);
    } else {
      add_internal_error(report, std::move(result.internal_error));
    }
  }
}

model::Run run_of(const model::Model& model, model::Verdict verdict) {
  std::vector<std::string> warnings;
  for (const auto& warning : model.warnings) warnings.push_back(to_string(warning));
  std::ranges::move(verdict.warnings, std::back_inserter(warnings));
  verdict.warnings = std::move(warnings);
  return {.file = model.file,
          .scenario = model.scenario,
          .title = model.title,
          .variant = model.variant,
          .variant_title = model.variant_title,
          .story = model.story,
          .isolation = model.isolation,
          .file_isolation = model.file_isolation,
          .actors = model.actors.size(),
          .faults = model.faults,
          .expected = model.expected,
          .verdict = std::move(verdict),
          .controls = {},
          .digest = model.digest};
}

model::Run* run_of(const model::Model& model, model::Report& report) {
  const auto same = [&](const model::Run& run) {
    return run.file == model.file && run.variant == model.variant && run.isolation == model.isolation &&
           run.faults == model.faults && run.digest == model.digest;
  };
  const auto found = std::ranges::find_if(report.runs, same);
  return found == report.runs.end() ? nullptr : &*found;
}

std::string why_nothing_matched(const Selection& selection, const Engine& engine) {
  if (!selection.variant) return "there is no scenario to look at";
  auto everything = selection;
  everything.variant.reset();
  model::Report ignored;
  std::vector<std::string> names;
  for (const auto& model : load_models(everything, engine, ignored)) {
    if (std::ranges::find(names, model.variant) == names.end()) names.push_back(model.variant);
  }
  std::string text = "no variant is named “" + *selection.variant + "”";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "; there are: " : ", ") + names[i];
  return text;
}

std::string file_stem(const model::Run& run) {
  auto stem = file_word(run.scenario) + "-" + file_word(run.variant);
  if (run.isolation != store::Isolation::read_committed) stem += "-" + file_word(store::to_string(run.isolation));
  const auto add = [&](const char* fault, std::uint32_t bound) {
    if (bound > 0) stem += "-" + (fault + std::to_string(bound));
  };
  add("crash", run.faults.crash);
  add("retry", run.faults.retry);
  add("duplicate", run.faults.duplicate);
  return stem;
}

}  // namespace gapless::cli
