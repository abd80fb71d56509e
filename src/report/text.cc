// Runs are grouped by scenario. Number of actors and isolation level stand above the matrix where they are the same for
// all of its rows. Several levels make it a matrix indeed: a row a variant, a column a level.
#include "report/text.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "report/columns.h"
#include "report/command.h"
#include "report/numbers.h"
#include "report/timeline.h"

namespace gapless::report {
namespace {

using model::Counts;
using model::Coverage;
using model::Outcome;
using model::Run;

using Runs = std::vector<const Run*>;

// A reason that is about a place in a scenario has three lines: file:line:column: message, the line, the caret.
bool is_located(std::string_view reason) { return reason.find('\n') != std::string_view::npos; }

bool is_violated(const Run& run) { return run.verdict.outcome == Outcome::violated; }
bool is_proved(const Run& run) {
  return run.verdict.outcome == Outcome::holds && run.verdict.coverage == Coverage::exhaustive;
}

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

// ----------------------------------------------------------------------------------------------- the matrix

std::string actors_of(const Run& run) { return std::to_string(run.actors); }
std::string level_of(const Run& run) { return store::to_string(run.isolation); }

bool all_alike(const Runs& runs, const std::function<std::string(const Run&)>& attribute) {
  return std::ranges::all_of(runs, [&](const Run* run) { return attribute(*run) == attribute(*runs.front()); });
}

std::string count_text(const std::optional<std::string>& count, const model::Verdict& verdict) {
  if (!count || verdict.counts == Counts::none) return "–";
  return readable_count(*count) + (verdict.counts == Counts::explored ? " explored" : "");
}

std::string share_text(const model::Verdict& verdict) {
  if (verdict.counts == Counts::none || !verdict.violating || !verdict.interleavings) return "";
  if (*verdict.violating == "0" || *verdict.interleavings == "0") return "";
  return share(*verdict.violating, *verdict.interleavings);
}

// The word says what was found, the mark whether that was expected.
Line verdict_line(const Run& run) {
  if (!is_violated(run) && !is_proved(run)) return {"? nothing found", Style::yellow};
  const std::string word = is_violated(run) ? "violated" : "holds";
  const auto as_expected = run.as_expected();
  if (!as_expected) return {"· " + word, Style::plain};
  return *as_expected ? Line{"✓ " + word, Style::green} : Line{"✗ " + word, Style::red};
}

// Of what was not covered the word `holds` is not even said as a claim: who skims must not read it as the answer.
std::string expected_text(const Run& run) {
  if (!run.expected) return "–";
  const bool undecided = !is_violated(run) && !is_proved(run);
  return undecided && run.expected == model::Expected::holds ? "no violation" : to_string(*run.expected);
}

struct MatrixColumn {
  std::string title;
  bool flush_right;
  std::function<Line(const Run&)> cell;
};

std::vector<MatrixColumn> matrix_columns(const Runs& runs) {
  constexpr std::size_t widest_title = 44;
  std::vector<MatrixColumn> columns;
  const auto plain = [&](std::string title, bool flush_right, std::function<std::string(const Run&)> text) {
    columns.push_back({std::move(title), flush_right, [text = std::move(text)](const Run& run) {
                         return Line{printable(text(run)), Style::plain};
                       }});
  };
  plain("variant", false, [](const Run& run) { return run.variant; });
  plain("", false, [](const Run& run) { return shortened(run.variant_title, widest_title); });
  if (!all_alike(runs, actors_of)) plain("actors", true, actors_of);
  plain("expected", false, expected_text);
  columns.push_back({"verdict", false, verdict_line});
  plain("interleavings", true, [](const Run& run) { return count_text(run.verdict.interleavings, run.verdict); });
  plain("violating", true, [](const Run& run) { return count_text(run.verdict.violating, run.verdict); });
  plain("", true, [](const Run& run) { return share_text(run.verdict); });
  plain("states", true,
        [](const Run& run) { return run.verdict.states ? readable_count(std::to_string(*run.verdict.states)) : "–"; });
  return columns;
}

using Table = std::vector<std::vector<Cell>>;

// Each column is as wide as its widest line.
std::string table_text(const Table& table, std::vector<Column> columns, bool colour) {
  for (const auto& row : table) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      for (const auto& line : row[i]) columns[i].width = std::max(columns[i].width, display_width(line.text));
    }
  }
  std::string text;
  for (const auto& row : table) text += row_text(row, columns, "  ", colour);
  return text;
}

std::string matrix_of_one_level(const Runs& runs, bool colour) {
  const auto columns = matrix_columns(runs);
  Table table(1);
  std::vector<Column> widths;
  for (const auto& column : columns) {
    table.front().push_back({{column.title, Style::dim}});
    widths.push_back({0, column.flush_right});
  }
  for (const auto* run : runs) {
    table.emplace_back();
    for (const auto& column : columns) table.back().push_back({column.cell(*run)});
  }
  return table_text(table, widths, colour);
}

// The verdict; how many interleavings break an invariant; what was expected, where it is something else.
Cell level_cell(const Run& run) {
  Cell cell = {verdict_line(run)};
  const auto& verdict = run.verdict;
  if (verdict.counts != Counts::none && verdict.violating && verdict.interleavings) {
    cell.push_back(
        {readable_count(*verdict.violating) + " of " + count_text(verdict.interleavings, verdict), Style::dim});
  }
  if (run.as_expected() == false) cell.push_back({"expected " + expected_text(run), Style::red});
  return cell;
}

std::vector<store::Isolation> levels_of(const Runs& runs) {
  std::vector<store::Isolation> levels;
  for (const auto* run : runs) levels.push_back(run->isolation);
  std::ranges::sort(levels);
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

// Runs of one variant at one number of actors, in order of first appearance.
std::vector<Runs> by_variant(const Runs& runs) {
  std::vector<Runs> rows;
  for (const auto* run : runs) {
    const auto row = std::ranges::find_if(rows, [&](const Runs& other) {
      return other.front()->variant == run->variant && other.front()->actors == run->actors;
    });
    if (row == rows.end()) {
      rows.push_back({run});
    } else {
      row->push_back(run);
    }
  }
  return rows;
}

std::string matrix_of_levels(const Runs& runs, bool colour) {
  constexpr std::size_t widest_title = 36;
  const auto levels = levels_of(runs);
  const bool names_actors = !all_alike(runs, actors_of);
  Table table = {{{{"variant", Style::dim}}, {}}};
  if (names_actors) table.front().push_back({{"actors", Style::dim}});
  for (const auto level : levels) table.front().push_back({{store::to_string(level), Style::dim}});
  for (const auto& row : by_variant(runs)) {
    const auto& first = *row.front();
    table.push_back({{{printable(first.variant)}}, {{printable(shortened(first.variant_title, widest_title))}}});
    if (names_actors) table.back().push_back({{actors_of(first)}});
    for (const auto level : levels) {
      const auto run = std::ranges::find(row, level, &Run::isolation);
      table.back().push_back(run == row.end() ? Cell{} : level_cell(**run));
    }
  }
  return table_text(table, std::vector<Column>(table.front().size()), colour);
}

std::string matrix(const Runs& runs, bool colour) {
  return all_alike(runs, level_of) ? matrix_of_one_level(runs, colour) : matrix_of_levels(runs, colour);
}

std::string heading(const Runs& runs, bool colour) {
  const auto& first = *runs.front();
  auto text = styled(printable(first.scenario), Style::bold, colour);
  if (!first.title.empty()) text += "  " + printable(first.title);
  text += "\n" + printable(first.file);
  if (all_alike(runs, actors_of)) text += ", " + actors_of(first) + (first.actors == 1 ? " actor" : " actors");
  if (all_alike(runs, level_of)) text += ", " + level_of(first);
  return text + "\n";
}

// ------------------------------------------------------------------------------------- notes under the matrix

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
  std::string text;
  for (const auto& [warning, variants] : said) {
    std::string names;
    for (const auto& variant : variants) names += (names.empty() ? "" : ", ") + printable(variant);
    const bool concerns_all = variants.size() == runs.size() && variants.size() > 1;
    text += "  " + styled("warning", Style::yellow, colour) + (concerns_all ? "" : " (" + names + ")") + ": ";
    // A located warning has several lines: message, source line, caret.
    for (const char c : warning) text += c == '\n' ? std::string("\n    ") : printable(std::string_view(&c, 1));
    text += "\n";
  }
  return text;
}

std::string notes(const Runs& runs, bool colour) {
  std::string text;
  const bool names_level = !all_alike(runs, level_of);
  for (const auto* run : runs) {
    auto note = coverage_note(*run);
    if (note.empty()) continue;
    if (names_level) note = level_of(*run) + ", " + note;
    // A located reason follows as any other diagnostic is printed: from the first column, with its line and caret.
    const auto end_of_sentence = std::min(note.find('\n'), note.size());
    text += "  " + styled(printable(note.substr(0, end_of_sentence)), Style::yellow, colour);
    for (const char c : note.substr(end_of_sentence)) text += c == '\n' ? "\n" : printable(std::string_view(&c, 1));
    text += "\n";
  }
  text += warnings(runs, colour);
  return text.empty() ? text : "\n" + text;
}

// --------------------------------------------------------------------------------------- a violated variant

// "4 of 6 interleavings go wrong. "
std::string share_sentence(const Run& run) {
  const auto& verdict = run.verdict;
  if (verdict.counts != Counts::exact || !verdict.violating || !verdict.interleavings) return {};
  const bool one = *verdict.violating == "1";
  return readable_count(*verdict.violating) + " of " + readable_count(*verdict.interleavings) +
         (*verdict.interleavings == "1" ? " interleaving " : " interleavings ") + (one ? "goes" : "go") + " wrong. ";
}

// `runs` have the same counterexample, each at its level.
std::string how_many(const Runs& runs) {
  const auto& example = *runs.front()->verdict.counterexample;
  std::string text;
  for (const auto* run : runs) {
    const auto sentence = share_sentence(*run);
    text += runs.size() > 1 && !sentence.empty() ? "At " + level_of(*run) + " " + sentence : sentence;
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

std::string section(const Runs& runs, bool names_level, bool colour) {
  const auto& run = *runs.front();
  auto text = "\n" + styled("── " + printable(run.variant) + " ──", Style::bold, colour);
  if (names_level) {
    std::string levels;
    for (const auto* each : runs) levels += (levels.empty() ? "  " : ", ") + level_of(*each);
    text += styled(levels, Style::bold, colour);
  }
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

// A variant's levels at which the same goes wrong in the same steps are told once.
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
  for (const auto& alike : told) text += section(alike, !all_alike(runs, level_of), colour);
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
    text += sections(runs, colour) + "\n";
  }
  if (report.runs.empty()) return text;
  text += summary(report, colour);
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

std::string coverage_note(const model::Run& run) {
  const auto& verdict = run.verdict;
  auto why = verdict.coverage_reason.empty() ? to_string(verdict.coverage) : verdict.coverage_reason;
  why = (is_located(why) ? ":\n" : ": ") + why;
  if (!is_violated(run) && !is_proved(run)) {
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
