// gapless check: load, check, report.
#include <filesystem>
#include <utility>

#include "cli/controls.h"
#include "cli/files.h"
#include "cli/gather.h"
#include "cli/odds.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/run.h"
#include "cli/savings.h"

namespace gapless::cli {
namespace {

void write_timelines(const CheckArguments& arguments, model::Report& report) {
  if (arguments.timelines.empty()) return;
  try {
    for (const auto& run : report.runs) {
      if (!run.verdict.counterexample) continue;
      const auto path = std::filesystem::path(arguments.timelines) / (file_stem(run) + ".svg");
      write_file(path.string(), picture(run, run.verdict.counterexample->execution, viz::Format::svg));
    }
  } catch (const ModelError& error) {
    report.errors.push_back(error.diagnostic());
  }
}

void deliver(const CheckArguments& arguments, model::Report& report, const Terminal& terminal) {
  if (arguments.output.empty()) return write_report(report, arguments.format, terminal);
  try {
    write_file(arguments.output, report_text(report, arguments.format, false));
    write_aside(report, arguments.format, terminal);
  } catch (const ModelError& error) {
    report.errors.push_back(error.diagnostic());
    write_report(report, arguments.format, terminal);
  }
}

}  // namespace

int check(const CheckArguments& arguments, const Engine& engine, const Terminal& terminal) {
  // Rather now than after an hour of checking.
  if (!arguments.output.empty()) write_file(arguments.output, "");

  model::Report report;
  report.require_holds = arguments.require_holds;
  report.require_no_vacuous = arguments.require_no_vacuous;
  const auto models = load_models(arguments.selection, engine, report);
  check_models(models, arguments.effort, engine, terminal, report);
  for (auto& run : report.runs) run.faults_given = arguments.selection.faults.has_value();
  report.with_odds = arguments.effort.odds;
  report.with_savings = arguments.effort.savings;
  if (report.with_odds) add_odds(models, arguments.effort, engine, terminal, report);
  if (report.with_savings) add_savings(models, arguments.effort, engine, terminal, report);
  report.with_controls = arguments.controls;
  if (arguments.controls) run_controls(models, arguments, engine, terminal, report);
  write_timelines(arguments, report);
  deliver(arguments, report, terminal);
  const int status = exit_status(report);
  constexpr int nothing_matched = 5;
  if (status == nothing_matched) {
    terminal.err << "gapless: nothing matched: " << why_nothing_matched(arguments.selection, engine) << "\n";
  }
  return status;
}

}  // namespace gapless::cli
