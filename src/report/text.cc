// Runs are grouped by scenario; under each matrix stand the stories of what is violated, each told once.
#include "report/text.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "report/columns.h"
#include "report/command.h"
#include "report/controls.h"
#include "report/matrix.h"
#include "report/notes.h"
#include "report/numbers.h"
#include "report/odds.h"
#include "report/savings.h"
#include "report/sentences.h"
#include "report/timeline.h"

namespace gapless::report {
namespace {

using model::Counts;
using model::Run;

std::vector<Runs> by_scenario(const std::vector<Run>& runs) {
  std::vector<Runs> groups;
  for (const auto& run : runs) {
    const auto group = std::ranges::find_if(groups, [&](const Runs& other) {
      return other.front()->file == run.file && other.front()->scenario == run.scenario;
    });
    if (group == groups.end()) {
      groups.push_back({&run});
    } else {
      group->push_back(&run);
    }
  }
  return groups;
}

std::string heading(const Runs& runs, bool colour) {
  const auto& first = *runs.front();
  auto text = styled(printable(first.scenario), Style::bold, colour);
  if (!first.title.empty()) text += "  " + printable(first.title);
  text += "\n" + printable(first.file);
  if (all_alike(runs, actors_of)) text += ", " + actors_of(first) + (first.actors == 1 ? " actor" : " actors");
  if (all_alike(runs, level_of)) text += ", " + level_of(first);
  if (all_alike(runs, faults_of) && !first.faults.none()) text += ", " + faults_of(first);
  return text + "\n";
}

// --------------------------------------------------------------------------------------- a violated variant

// "4 of 6 interleavings go wrong. "
std::string share_sentence(const Run& run) {
  const auto& verdict = run.verdict;
  if (const auto& drawn = verdict.sampling) {
    return readable_count(std::to_string(drawn->violating)) + " of " + readable_count(std::to_string(drawn->runs)) +
           (drawn->runs == 1 ? " interleaving" : " interleavings") + " drawn at random " +
           (drawn->violating == 1 ? "goes" : "go") + " wrong. ";
  }
  if (verdict.counts != Counts::exact || !verdict.violating || !verdict.interleavings) return {};
  const bool one = *verdict.violating == "1";
  return readable_count(*verdict.violating) + " of " + readable_count(*verdict.interleavings) +
         (*verdict.interleavings == "1" ? " interleaving " : " interleavings ") + (one ? "goes" : "go") + " wrong. ";
}

// "At serializable ", "Under crash <= 1, ": where a run stands among others.
std::string at_place(const Run& run, const Runs& all) {
  const bool names_level = !all_alike(all, level_of);
  const bool names_faults = !all_alike(all, faults_of);
  const auto faults = run.faults.none() ? "without faults" : "under " + faults_of(run);
  auto text = names_level ? "At " + level_of(run) + (names_faults ? " " + faults : "") : names_faults ? faults : "";
  if (!text.empty() && text.front() >= 'a') text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text + (names_faults ? ", " : names_level ? " " : "");
}

// `runs` have the same counterexample, each at its place.
std::string how_many(const Runs& runs) {
  const auto& example = *runs.front()->verdict.counterexample;
  std::string text;
  for (const auto* run : runs) {
    const auto sentence = share_sentence(*run);
    text += sentence.empty() ? "" : at_place(*run, runs) + sentence;
  }
  text += example.simplest ? "The simplest one" : "One of them";
  const auto schedule = to_string(example.schedule);
  if (display_width(schedule) <= 40) text += ", " + schedule + ",";
  if (example.execution.deadlocked) return text + " ends in a deadlock:";
  return text + " breaks “" + printable(example.invariant) + "”:";
}

bool same_counterexample(const Run& a, const Run& b) {
  const auto& one = a.verdict.counterexample;
  const auto& other = b.verdict.counterexample;
  return one && other && one->schedule == other->schedule && one->invariant == other->invariant &&
         counterexample_text(one->execution, false) == counterexample_text(other->execution, false);
}

std::string section(const Runs& runs, const Runs& all, bool colour) {
  const auto& run = *runs.front();
  // A place that is a level and a setting, or a setting of several faults, has commas itself.
  const auto* between = all_alike(all, faults_of) ? ", " : "; ";
  auto text = "\n" + styled("── " + printable(run.variant) + " ──", Style::bold, colour);
  std::string places;
  for (const auto* each : runs) {
    const auto place = place_of(*each, all);
    if (!place.empty()) places += (places.empty() ? "  " : between) + place;
  }
  text += styled(places, Style::bold, colour);
  if (!run.variant_title.empty()) text += "  " + printable(run.variant_title);
  text += "\n";
  const auto paragraph = [&](std::string_view words) {
    for (const auto& line : wrap(printable(words), text_width - 2)) text += "  " + line + "\n";
  };
  if (!run.story.empty()) paragraph(run.story);
  if (!run.verdict.counterexample) return text + "  (violated; no counterexample was kept)\n";
  paragraph(how_many(runs));
  text += "\n" + counterexample_text(run.verdict.counterexample->execution, colour);
  return text + "\n  replay: " + replay_command(run) + "\n";
}

// A variant's places at which the same goes wrong in the same steps are told once.
std::string sections(const Runs& runs, bool colour) {
  std::vector<Runs> told;
  for (const auto& variant : by_variant(runs)) {
    const auto first_of_variant = static_cast<std::ptrdiff_t>(told.size());
    for (const auto* run : variant) {
      if (!is_violated(*run)) continue;
      const auto same = std::find_if(told.begin() + first_of_variant, told.end(),
                                     [&](const Runs& others) { return same_counterexample(*others.front(), *run); });
      if (same == told.end()) {
        told.push_back({run});
      } else {
        same->push_back(run);
      }
    }
  }
  std::string text;
  for (const auto& alike : told) text += section(alike, runs, colour);
  return text;
}

// ----------------------------------------------------------------------------------------------- the ending

std::string summary(const model::Report& report, bool colour) {
  const auto count = [&](auto&& condition) { return std::ranges::count_if(report.runs, condition); };
  const auto number = static_cast<std::ptrdiff_t>(report.runs.size());
  const auto proved = count(is_proved);
  const auto broken = count(is_violated);
  const auto unmet = count([](const Run& run) { return run.as_expected() == false; });

  auto text = std::to_string(number) + (number == 1 ? " run: " : " runs: ") + std::to_string(proved) +
              (proved == 1 ? " holds, " : " hold, ") + std::to_string(broken) + " violated";
  if (number > proved + broken) text += ", " + std::to_string(number - proved - broken) + " undecided";
  text += ". ";
  const auto unmet_text = std::to_string(unmet) + (unmet == 1 ? " expectation is" : " expectations are") + " not met.";
  text +=
      unmet == 0 ? styled("Every expectation is met.", Style::green, colour) : styled(unmet_text, Style::red, colour);
  if (report.require_holds && broken > 0) text += " All were required to hold.";
  return text + "\n";
}

// What nobody expected comes first.
const Run* most_telling(const std::vector<Run>& runs) {
  const Run* found = nullptr;
  for (const auto& run : runs) {
    if (!is_violated(run) || !run.verdict.counterexample) continue;
    if (found == nullptr || (found->as_expected() != false && run.as_expected() == false)) found = &run;
  }
  return found;
}

}  // namespace

std::string to_text(const model::Report& report, bool colour) {
  std::string text;
  for (const auto& runs : by_scenario(report.runs)) {
    text += heading(runs, colour) + "\n" + matrix(runs, colour) + notes(runs, colour);
    text += odds_table(runs, colour) + savings_table(runs, colour);
    text += controls_table(runs, colour) + sections(runs, colour) + "\n";
  }
  if (report.runs.empty()) return text;
  text += summary(report, colour) + controls_summary(report, colour);
  if (const auto* run = most_telling(report.runs); run != nullptr) text += replay_command(*run) + "\n";
  return text;
}

std::string counterexample_text(const model::Execution& execution, bool colour) {
  auto text = timeline(execution, colour);
  for (const auto& part : {explanation(execution, colour), violation(execution, colour)}) {
    if (!part.empty()) text += "\n" + part;
  }
  return text;
}

}  // namespace gapless::report
