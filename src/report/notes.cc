// Each thing is said once, with the variants that it is about.
#include "report/notes.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "report/sampling.h"
#include "report/text.h"

namespace gapless::report {
namespace {

using model::Counts;
using model::Coverage;
using model::Run;

// A reason that is about a place in a scenario has three lines: file:line:column: message, the line, the caret.
bool is_located(std::string_view reason) { return reason.find('\n') != std::string_view::npos; }

// A warning is said once, with all the variants that it is about.
std::string warnings(const Runs& runs, bool colour) {
  std::vector<std::pair<std::string, std::vector<std::string>>> said;
  for (const auto* run : runs) {
    for (const auto& warning : run->verdict.warnings) {
      auto known = std::ranges::find(said, warning, [](const auto& entry) { return entry.first; });
      if (known == said.end()) known = said.insert(said.end(), {warning, {}});
      auto& variants = known->second;
      if (std::ranges::find(variants, run->variant) == variants.end()) variants.push_back(run->variant);
    }
  }
  const auto variants_at_each_place = static_cast<std::size_t>(
      std::ranges::count_if(runs, [&](const Run* run) { return run->faults == runs.front()->faults; }));
  std::string text;
  for (const auto& [warning, variants] : said) {
    std::string names;
    for (const auto& variant : variants) names += (names.empty() ? "" : ", ") + printable(variant);
    const bool concerns_all = variants.size() == variants_at_each_place && variants.size() > 1;
    text += "  " + styled("warning", Style::yellow, colour) + (concerns_all ? "" : " (" + names + ")") + ": ";
    // A located warning has several lines: message, source line, caret.
    for (const char c : warning) text += c == '\n' ? std::string("\n    ") : printable(std::string_view(&c, 1));
    text += "\n";
  }
  return text;
}

using Words = std::vector<std::string>;

// A statement that runs under some setting of faults, or at some level, is of use.
Words in_all(const Runs& runs, Words model::Verdict::*which) {
  Words words = runs.front()->verdict.*which;
  for (const auto* run : runs) {
    const auto& others = run->verdict.*which;
    std::erase_if(words, [&](const std::string& word) { return std::ranges::find(others, word) == others.end(); });
  }
  return words;
}

// What of a variant never comes to anything, in none of its runs here: a step, or a request that is always refused.
std::string idle_notes(const Runs& runs, bool colour) {
  std::string text;
  const auto add = [&](const Runs& variant, const std::string& what, std::string_view says) {
    text += "  " + styled("note", Style::yellow, colour) + " (" + printable(variant.front()->variant) +
            "): " + std::string(says) + printable(what) + "\n";
  };
  for (const auto& variant : by_variant(runs)) {
    for (const auto& statement : in_all(variant, &model::Verdict::never_ran)) {
      add(variant, statement, "never runs in any interleaving: ");
    }
    for (const auto& request : in_all(variant, &model::Verdict::never_succeeds)) {
      add(variant, request, "succeeds in no interleaving: ");
    }
  }
  return text;
}

}  // namespace

std::string notes(const Runs& runs, bool colour) {
  std::string text;
  for (const auto* run : runs) {
    auto note = coverage_note(*run);
    if (note.empty()) continue;
    if (const auto place = place_of(*run, runs); !place.empty()) note = place + ", " + note;
    // A located reason follows as any other diagnostic is printed: from the first column, with its line and caret.
    const auto end_of_sentence = std::min(note.find('\n'), note.size());
    text += "  " + styled(printable(note.substr(0, end_of_sentence)), Style::yellow, colour);
    for (const char c : note.substr(end_of_sentence)) text += c == '\n' ? "\n" : printable(std::string_view(&c, 1));
    text += "\n";
  }
  text += warnings(runs, colour) + idle_notes(runs, colour);
  return text.empty() ? text : "\n" + text;
}

std::string coverage_note(const model::Run& run) {
  const auto& verdict = run.verdict;
  auto why = verdict.coverage_reason.empty() ? to_string(verdict.coverage) : verdict.coverage_reason;
  why = (is_located(why) ? ":\n" : ": ") + why;
  if (!is_violated(run) && !is_proved(run)) {
    if (verdict.sampling && !is_located(why)) why += "; " + promise(*verdict.sampling);
    return run.variant + ": nothing found, but not everything was covered" + why;
  }
  if (verdict.coverage != Coverage::exhaustive && verdict.counts != Counts::none) {
    return run.variant + ": found before everything was covered, so the counts are incomplete" + why;
  }
  if (verdict.coverage != Coverage::exhaustive) return run.variant + ": found before everything was covered" + why;
  if (verdict.mode == model::Mode::census && verdict.counts == Counts::none) {
    return run.variant + ": a request can go round for ever, so interleavings have no number; all were covered";
  }
  return {};
}

std::string coverage_reasons(const model::Report& report) {
  std::vector<std::string> reasons;
  for (const auto& run : report.runs) {
    const auto& reason = run.verdict.coverage_reason;
    if (run.verdict.coverage == Coverage::exhaustive || reason.empty()) continue;
    auto said = is_located(reason) ? reason : run.file + ": " + coverage_note(run);
    if (std::ranges::find(reasons, said) == reasons.end()) reasons.push_back(std::move(said));
  }
  std::string text;
  for (const auto& reason : reasons) text += reason + "\n";
  return text;
}

}  // namespace gapless::report
