// gapless replay: recorded schedules, or one given on the command line. STALE, and exit status 1, where a schedule does
// not show what it is said to show.
#include <optional>
#include <string>

#include "cli/gather.h"
#include "cli/output.h"
#include "cli/played.h"
#include "cli/run.h"
#include "report/command.h"
#include "report/text.h"

namespace gapless::cli {
namespace {

constexpr int expectation_failed = 1;
constexpr int nothing_matched = 5;

void show(const model::Execution& execution, const Terminal& terminal) {
  terminal.out << "\n" << report::counterexample_text(execution, terminal.colour) << "\n";
}

std::string described(const std::string& scenario, const std::string& variant, const model::Schedule& schedule) {
  return scenario + " " + variant + ", " + to_string(schedule);
}

// False where it is stale.
bool replay_recorded(const std::string& path, const Engine& engine, const Terminal& terminal) {
  const auto recorded = read_recorded(path);
  const auto played = play(recorded, engine);
  const auto what = path + ": " + described(recorded.scenario, recorded.variant, recorded.schedule);
  if (!played.stale.empty()) {
    terminal.out << "STALE  " << what << "\n  " << played.stale << "\n  to record it again: ./dev record "
                 << report::shell_word(recorded.file) << " --variant " << report::shell_word(recorded.variant)
                 << " --actors " << recorded.actors << " --isolation " << report::shell_word(recorded.isolation)
                 << (recorded.faults == "none" ? "" : " --faults " + report::shell_word(recorded.faults))
                 << " --output FOLDER\n";
    return false;
  }
  terminal.out << what << "\n";
  show(*played.execution, terminal);
  terminal.out << "Replayed: it violates “" << recorded.invariant << "”, as recorded.\n";
  return true;
}

int replay_all(const ReplayArguments& arguments, const Engine& engine, const Terminal& terminal) {
  model::Report failed;
  bool all_fresh = true;
  for (const auto& file : arguments.files) {
    try {
      all_fresh = replay_recorded(file, engine, terminal) && all_fresh;
    } catch (const ModelError& error) {
      failed.errors.push_back(error.diagnostic());
    }
  }
  write_errors(failed, terminal);
  if (!failed.errors.empty()) return exit_status(failed);
  return all_fresh ? 0 : expectation_failed;
}

// A violation fails only a claim that there is none; one harmless interleaving fails no claim.
int replay_given(const ReplayArguments& arguments, const Engine& engine, const Terminal& terminal) {
  model::Report report;
  const auto models = load_models(arguments.selection, engine, report);
  if (!report.errors.empty() || !report.internal_errors.empty()) {
    write_errors(report, terminal);
    return exit_status(report);
  }
  if (models.empty()) {
    terminal.err << "gapless: nothing matched: " << why_nothing_matched(arguments.selection, engine) << "\n";
    return nothing_matched;
  }
  const auto& model = model_to_play(models);
  const auto what = described(model.scenario, model.variant, arguments.schedule);
  std::string reason;
  const auto execution = engine.replay(model, arguments.schedule, reason);
  if (!execution) {
    terminal.out << "STALE  " << what << "\n  it cannot be played: " << reason << "\n";
    return expectation_failed;
  }
  terminal.out << what << "\n";
  show(*execution, terminal);
  if (execution->violated.empty()) {
    terminal.out << (execution->complete ? "Replayed: every invariant holds.\n"
                                         : "Replayed: nothing is broken so far; requests are still under way.\n");
    return 0;
  }
  const bool unexpected = model.expected == model::Expected::holds;
  terminal.out << "Replayed: it violates “" << execution->violated << "”"
               << (unexpected ? ", though the variant is expected to hold.\n" : ".\n");
  return unexpected ? expectation_failed : 0;
}

}  // namespace

int replay(const ReplayArguments& arguments, const Engine& engine, const Terminal& terminal) {
  return arguments.files.empty() ? replay_given(arguments, engine, terminal) : replay_all(arguments, engine, terminal);
}

}  // namespace gapless::cli
