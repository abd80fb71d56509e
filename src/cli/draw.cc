// gapless draw: a recorded schedule, a schedule given on the command line, or the simplest counterexample there is.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "cli/files.h"
#include "cli/gather.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/played.h"
#include "cli/run.h"
#include "report/text.h"

namespace gapless::cli {

std::string picture(const model::Run& run, const model::Execution& execution, viz::Format format) {
  viz::Caption caption;
  caption.title = run.scenario + ": " + run.variant;
  if (!run.variant_title.empty()) caption.title += " (" + run.variant_title + ")";
  caption.subtitle =
      std::to_string(run.actors) + (run.actors == 1 ? " actor, " : " actors, ") + store::to_string(run.isolation);
  if (!run.faults.none()) caption.subtitle += ", " + to_string(run.faults);
  return viz::draw(execution, caption, format);
}

namespace {

constexpr int expectation_failed = 1;
constexpr int nothing_matched = 5;

struct Scene {
  model::Run run;
  model::Execution execution;
};

// What to draw, or why there is nothing to draw and the exit status that says so.
struct Outcome {
  std::optional<Scene> scene;
  std::string problem;
  int status = 0;
};

Outcome recorded_scene(const std::string& path, const Engine& engine) {
  auto played = play(read_recorded(path), engine);
  if (!played.stale.empty()) return {std::nullopt, "STALE  " + path + ": " + played.stale, expectation_failed};
  return {Scene{run_of(*played.model, {}), *std::move(played.execution)}, "", 0};
}

Outcome given_scene(const DrawArguments& arguments, const model::Model& model, const Engine& engine) {
  std::string reason;
  auto execution = engine.replay(model, *arguments.schedule, reason);
  if (!execution) return {std::nullopt, "the schedule cannot be played: " + reason, expectation_failed};
  return {Scene{run_of(model, {}), *std::move(execution)}, "", 0};
}

// The first variant that has a counterexample.
Outcome simplest_scene(const DrawArguments& arguments, const std::vector<model::Model>& models, const Engine& engine,
                       const Terminal& terminal, model::Report& report) {
  for (const auto& model : models) {
    check_models({model}, arguments.effort, engine, terminal, report);
    if (!report.errors.empty() || !report.internal_errors.empty()) return {std::nullopt, "", exit_status(report)};
    auto& run = report.runs.back();
    if (run.verdict.counterexample) return {Scene{run, run.verdict.counterexample->execution}, "", 0};
  }
  // 3 where it may be for lack of time or memory.
  report.require_holds = true;
  const int status = exit_status(report);
  return {std::nullopt, "nothing to draw: no counterexample was found", status == 3 ? 3 : nothing_matched};
}

Outcome find_scene(const DrawArguments& arguments, const Engine& engine, const Terminal& terminal,
                   model::Report& report) {
  const auto& path = arguments.selection.paths.front();
  if (path.ends_with(".schedule")) return recorded_scene(path, engine);
  const auto models = load_models(arguments.selection, engine, report);
  if (!report.errors.empty() || !report.internal_errors.empty()) return {std::nullopt, "", exit_status(report)};
  if (models.empty()) return {std::nullopt, why_nothing_matched(arguments.selection, engine), nothing_matched};
  return arguments.schedule ? given_scene(arguments, model_to_play(models), engine)
                            : simplest_scene(arguments, models, engine, terminal, report);
}

viz::Format format_of_path(const std::string& path) {
  const auto dot = path.rfind('.');
  const auto format = dot == std::string::npos ? std::nullopt : viz::format_of(path.substr(dot + 1));
  if (format) return *format;
  throw ModelError(Diagnostic{path, 0, 0, "a picture's name must end in .svg, .png, .pdf or .dot", ""});
}

}  // namespace

int draw(const DrawArguments& arguments, const Engine& engine, const Terminal& terminal) {
  const auto format = format_of_path(arguments.output);
  model::Report report;
  const auto outcome = find_scene(arguments, engine, terminal, report);
  write_errors(report, terminal);
  if (!outcome.scene) {
    terminal.err << report::coverage_reasons(report);
    if (!outcome.problem.empty()) terminal.err << "gapless: " << outcome.problem << "\n";
    return outcome.status;
  }
  write_file(arguments.output, picture(outcome.scene->run, outcome.scene->execution, format));
  terminal.out << arguments.output << "\n";
  return 0;
}

}  // namespace gapless::cli
