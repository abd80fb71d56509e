// VACUOUS, in capitals, is what one must not overlook: a guard without which nothing breaks.
#include "report/controls.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace gapless::report {
namespace {

using model::Control;
using model::Outcome;
using model::Run;

bool is_alike(const Control& a, const Control& b) { return a.guard == b.guard && a.line == b.line; }

void add_wrapped(Cell& cell, std::string_view text, std::size_t width, Style style) {
  for (auto& line : wrap(printable(text), width)) cell.push_back({std::move(line), style});
}

Cell finding_cell(const Control& control) {
  constexpr std::size_t width = 40;
  Cell cell;
  if (control.vacuous()) {
    cell.push_back({"VACUOUS: nothing breaks", Style::red});
  } else if (control.outcome == Outcome::holds) {
    cell.push_back({"nothing breaks here", Style::dim});
  } else if (control.outcome == Outcome::violated) {
    add_wrapped(cell, "breaks “" + control.invariant + "”", width, Style::plain);
  } else {
    cell.push_back({"? undecided", Style::yellow});
  }
  if (!control.note.empty()) add_wrapped(cell, control.note, width, Style::dim);
  return cell;
}

std::vector<Cell> row_of(const Run& run, const Control& control, const Runs& runs) {
  constexpr std::size_t widest_guard = 34;
  constexpr std::size_t widest_schedule = 24;
  std::vector<Cell> row = {{{printable(run.variant)}}};
  if (const auto place = place_of(run, runs); !place.empty()) row.front().push_back({place, Style::dim});
  row.emplace_back();
  add_wrapped(row.back(), control.guard, widest_guard, Style::plain);
  row.push_back({{control.line == 0 ? "" : std::to_string(control.line)}});
  row.push_back(finding_cell(control));
  row.emplace_back();
  if (!control.schedule.empty()) add_wrapped(row.back(), control.schedule, widest_schedule, Style::plain);
  return row;
}

// A guard of a variant over all levels and settings of faults.
struct Dropped {
  const Run* run;
  const Control* control;
  std::size_t number;  // among those that read alike, in the same line
  Outcome outcome;     // violated if it is in some setting; holds only if it is in all
};

std::vector<Dropped> guards_of(const model::Report& report) {
  std::vector<Dropped> guards;
  for (const auto& run : report.runs) {
    for (const auto& control : run.controls) {
      const auto number = static_cast<std::size_t>(
          std::count_if(run.controls.data(), &control, [&](const Control& other) { return is_alike(other, control); }));
      const auto known = std::ranges::find_if(guards, [&](const Dropped& other) {
        return other.run->file == run.file && other.run->scenario == run.scenario &&
               other.run->variant == run.variant && other.run->actors == run.actors && other.number == number &&
               is_alike(*other.control, control);
      });
      if (known == guards.end()) {
        guards.push_back({&run, &control, number, control.outcome});
      } else if (known->outcome == Outcome::holds || control.outcome == Outcome::violated) {
        known->outcome = control.outcome;
      }
    }
  }
  return guards;
}

}  // namespace

std::string controls_table(const Runs& runs, bool colour) {
  Table table = {{{{"variant", Style::dim}},
                  {{"without", Style::dim}},
                  {{"line", Style::dim}},
                  {},
                  {{"shortest schedule", Style::dim}}}};
  for (const auto* run : runs) {
    for (const auto& control : run->controls) table.push_back(row_of(*run, control, runs));
  }
  if (table.size() == 1) return {};
  return "\n  Guards, each dropped:\n" + table_text(table, std::vector<Column>(table.front().size()), colour);
}

std::string controls_summary(const model::Report& report, bool colour) {
  if (!report.with_controls) return {};
  const auto guards = guards_of(report);
  const auto all = guards.size();
  const auto with = [&](Outcome outcome) {
    return static_cast<std::size_t>(std::ranges::count(guards, outcome, &Dropped::outcome));
  };
  const auto vacuous = with(Outcome::holds);
  const auto undecided = with(Outcome::unknown);
  const auto number = [](std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + (count == 1 ? one : many);
  };
  auto text = number(all, " guard dropped: ", " guards dropped: ") +
              number(all - vacuous - undecided, " breaks something", " break something");
  if (undecided > 0) text += ", " + std::to_string(undecided) + " undecided";
  if (vacuous > 0) text += ", " + styled(std::to_string(vacuous) + " VACUOUS", Style::red, colour);
  text += ".\n";
  for (const auto& invariant : report.never_failed) {
    text += styled("Never failed, whatever was dropped: ", Style::yellow, colour) + printable(invariant) + "\n";
  }
  return text;
}

}  // namespace gapless::report
