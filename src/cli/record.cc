// gapless record: a file with the simplest counterexample for each violated variant.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "cli/files.h"
#include "cli/gather.h"
#include "cli/output.h"
#include "cli/run.h"
#include "report/text.h"

namespace gapless::cli {
namespace {

bool is_undecided(const model::Run& run) {
  return !run.verdict.counterexample && run.verdict.coverage != model::Coverage::exhaustive;
}

model::RecordedSchedule recorded(const model::Run& run) {
  const auto& example = *run.verdict.counterexample;
  return {.file = run.file,
          .scenario = run.scenario,
          .variant = run.variant,
          .isolation = store::to_string(run.isolation),
          .actors = run.actors,
          .faults = to_string(run.faults),
          .invariant = example.invariant,
          .digest = run.digest,
          .schedule = example.schedule};
}

}  // namespace

int record(const RecordArguments& arguments, const Engine& engine, const Terminal& terminal) {
  model::Report report;
  const auto models = load_models(arguments.selection, engine, report);
  check_models(models, arguments.effort, engine, terminal, report);

  std::set<std::string> written;
  for (const auto& run : report.runs) {
    if (!run.verdict.counterexample) continue;
    const auto path = (std::filesystem::path(arguments.folder) / (file_stem(run) + ".schedule")).string();
    if (!written.insert(path).second) {
      report.errors.push_back({run.file, 0, 0, "another scenario of the same name was recorded as " + path, ""});
      continue;
    }
    write_file(path, to_string(recorded(run)));
    terminal.out << path << "\n";
  }
  write_errors(report, terminal);
  terminal.err << report::coverage_reasons(report);
  if (!report.errors.empty() || !report.internal_errors.empty()) return exit_status(report);
  // A variant of which not everything was covered may have a counterexample, too.
  constexpr int incomplete = 3;
  if (std::ranges::any_of(report.runs, is_undecided)) return incomplete;
  constexpr int nothing_matched = 5;
  if (!written.empty()) return 0;
  terminal.err << "gapless: nothing matched: "
               << (report.runs.empty() ? why_nothing_matched(arguments.selection, engine) : "no variant is violated")
               << "\n";
  return nothing_matched;
}

}  // namespace gapless::cli
