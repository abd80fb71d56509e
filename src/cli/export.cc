// gapless export: one execution of a model, for PostgreSQL's own tools.
#include <optional>
#include <string>
#include <utility>

#include "cli/files.h"
#include "cli/gather.h"
#include "cli/output.h"
#include "cli/played.h"
#include "cli/run.h"
#include "spec/export.h"

namespace gapless::cli {
namespace {

constexpr int expectation_failed = 1;
constexpr int nothing_matched = 5;

struct Scene {
  std::optional<model::Model> model;
  std::optional<model::Execution> execution;
  std::string problem;  // why there is none, with the exit status that says so
  int status = 0;
};

Scene recorded_scene(const std::string& path, const Engine& engine) {
  auto played = play(read_recorded(path), engine);
  if (!played.stale.empty()) return {{}, {}, "STALE  " + path + ": " + played.stale, expectation_failed};
  return {std::move(played.model), std::move(played.execution), "", 0};
}

Scene given_scene(const ExportArguments& arguments, const Engine& engine, model::Report& report) {
  const auto models = load_models(arguments.selection, engine, report);
  if (!report.errors.empty() || !report.internal_errors.empty()) return {{}, {}, "", exit_status(report)};
  if (models.empty()) return {{}, {}, why_nothing_matched(arguments.selection, engine), nothing_matched};
  std::string reason;
  auto model = model_to_play(models);
  auto execution = engine.replay(model, *arguments.schedule, reason);
  if (!execution) return {{}, {}, "the schedule cannot be played: " + reason, expectation_failed};
  return {std::move(model), std::move(execution), "", 0};
}

}  // namespace

int export_schedule(const ExportArguments& arguments, const Engine& engine, const Terminal& terminal) {
  model::Report report;
  const auto scene = arguments.schedule ? given_scene(arguments, engine, report)
                                        : recorded_scene(arguments.selection.paths.front(), engine);
  write_errors(report, terminal);
  if (!scene.execution) {
    if (!scene.problem.empty()) terminal.err << "gapless: " << scene.problem << "\n";
    return scene.status;
  }
  const bool script = arguments.format == ExportArguments::Format::sql;
  const auto text = script ? spec::to_script(*scene.model, *scene.execution)
                           : spec::to_isolationtester(*scene.model, *scene.execution);
  const auto otherwise = script ? std::string() : spec::why_not_forced(text, *scene.model, *scene.execution);
  if (!otherwise.empty()) terminal.err << "gapless: note: " << otherwise << "\n";
  if (arguments.output.empty()) {
    terminal.out << text;
  } else {
    write_file(arguments.output, text);
    terminal.out << arguments.output << "\n";
  }
  return 0;
}

}  // namespace gapless::cli
