// The table has a column for each actor that steps. Where that would be too many to read, it falls back to two columns:
// who, and what.
#include "report/timeline.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "model/words.h"
#include "report/columns.h"
#include "report/sentences.h"

namespace gapless::report {
namespace {

using model::Execution;
using model::Step;

constexpr std::size_t number_width = 6;  // "  12 ✗"
constexpr std::size_t widest_column = 60;
constexpr std::size_t most_columns = 4;  // more would leave less than 20 characters to each
constexpr std::size_t most_rows = 60;    // of a longer execution the middle is left out

std::string lane_name(const Execution& execution, std::size_t actor) {
  check(actor >= 1 && actor <= execution.actors.size(), "a step's actor is one of the execution's");
  return std::to_string(actor) + " " + printable(execution.actors[actor - 1]);
}

// ------------------------------------------------------------------------------------------------ the cells

void add_wrapped(Cell& cell, std::string_view first, std::string_view text, std::size_t width, Style style) {
  const auto indent = display_width(first);
  bool begun = false;
  for (const auto& line : wrap(printable(text), width - indent)) {
    cell.push_back({(begun ? std::string(indent, ' ') : std::string(first)) + line, style});
    begun = true;
  }
}

// The use that relies on a stale read, said at the step where it happens.
std::string stale_note(const Execution& execution, std::size_t index) {
  for (const auto& stale : execution.stale) {
    if (stale.use == index) {
      return "on what step " + std::to_string(stale.read + 1) + " read, stale since step " +
             std::to_string(stale.write + 1);
    }
  }
  return {};
}

// A lane ends at a crash, and begins again where the request is run again.
std::string_view sign_of(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::crash:
      return "╳ ";
    case Step::Kind::retry:
    case Step::Kind::redeliver:
    case Step::Kind::last_run:
      return "↻ ";
    default:
      return "";
  }
}

Style style_of(Step::Kind kind) {
  if (kind == Step::Kind::crash) return Style::red;
  return kind == Step::Kind::operation ? Style::plain : Style::bold;
}

Cell step_cell(const Execution& execution, std::size_t index, std::size_t width) {
  const auto& step = execution.steps[index];
  Cell cell;
  if (step.resumes) {
    cell.push_back({"…goes on", Style::plain});
  } else {
    add_wrapped(cell, sign_of(step.kind), model::words(step), width, style_of(step.kind));
  }
  if (const auto note = stale_note(execution, index); !note.empty()) add_wrapped(cell, "! ", note, width, Style::red);
  if (step.starts_waiting) {
    const auto whom = step.waits_for.empty() ? step.observation : "waits for " + numbers_text(step.waits_for);
    add_wrapped(cell, "", whom, width, Style::yellow);
  } else if (!step.observation.empty()) {
    add_wrapped(cell, "→ ", step.observation, width, step.failed ? Style::red : Style::dim);
  }
  for (const auto& effect : step.effects) add_wrapped(cell, "+ ", effect, width, Style::plain);
  if (step.creates) add_wrapped(cell, "⇢ ", "actor " + lane_name(execution, *step.creates), width, Style::bold);
  // That it came to no response is what a crash says already.
  const bool responds = !step.response.empty() && step.kind != Step::Kind::crash;
  if (responds) add_wrapped(cell, "⇒ ", step.response, width, Style::bold);
  return cell;
}

Cell number_cell(const Execution& execution, std::size_t index) {
  const bool broken = !execution.violated.empty() && execution.violated_at == index;
  auto text = padded_left(std::to_string(index + 1), number_width - 2) + (broken ? " ✗" : "  ");
  return {{std::move(text), broken ? Style::red : Style::dim}};
}

// ------------------------------------------------------------------------------------------------- the rows

std::vector<std::size_t> actors_that_step(const Execution& execution) {
  std::set<std::size_t> actors;
  for (const auto& step : execution.steps) {
    if (step.actor != 0) actors.insert(step.actor);
  }
  return {actors.begin(), actors.end()};
}

// All rows of a short execution; of a long one the beginning, the end, and what matters.
std::set<std::size_t> rows_to_show(const Execution& execution) {
  std::set<std::size_t> rows;
  const auto count = execution.steps.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (count <= most_rows || i < most_rows / 2 || count - i <= most_rows / 2) rows.insert(i);
  }
  for (const auto& stale : execution.stale) rows.insert({stale.read, stale.write, stale.use});
  if (!execution.violated.empty() && execution.violated_at < count) rows.insert(execution.violated_at);
  return rows;
}

std::string left_out(std::size_t count) {
  return std::string(margin) + "   …  " + std::to_string(count) + (count == 1 ? " step" : " steps") +
         " left out here; the JSON report has them\n";
}

// Calls show(index) for each row to show, and puts a note where rows are missing.
template <typename Show>
std::string rows(const Execution& execution, Show&& show) {
  std::string text;
  std::size_t next = 0;
  for (const auto index : rows_to_show(execution)) {
    if (index > next) text += left_out(index - next);
    text += show(index);
    next = index + 1;
  }
  return text;
}

// What happens to the world happens to all: a line across the lanes.
std::string across(const Execution& execution, std::size_t index, std::size_t width, bool colour) {
  const auto text = "── " + printable(model::words(execution.steps[index])) + " ";
  Cell cell;
  for (auto& line : wrap(text, width)) cell.push_back({std::move(line), Style::bold});
  auto& last = cell.back().text;
  if (display_width(last) < width) last += ' ';
  while (display_width(last) < width) last += "─";
  return row_text({number_cell(execution, index), std::move(cell)}, {{number_width}, {width}}, margin, colour);
}

std::string side_by_side(const Execution& execution, const std::vector<std::size_t>& actors, bool colour) {
  const auto gaps = margin.size() + number_width + 2 * actors.size();
  const auto width = std::min(widest_column, (text_width - gaps) / actors.size());
  std::vector<Column> columns = {{number_width}};
  columns.resize(1 + actors.size(), {width});

  std::vector<Cell> names = {{{"step", Style::bold}}};
  std::vector<Cell> rules = {{{"──────", Style::dim}}};
  std::string rule;
  for (std::size_t i = 0; i < width; ++i) rule += "─";
  for (const auto actor : actors) {
    names.push_back({{shortened(lane_name(execution, actor), width), Style::bold}});
    rules.push_back({{rule, Style::dim}});
  }

  std::set<std::size_t> waiting;
  const auto show = [&](std::size_t index) {
    const auto& step = execution.steps[index];
    if (step.actor == 0) return across(execution, index, actors.size() * (width + 2) - 2, colour);
    std::vector<Cell> cells = {number_cell(execution, index)};
    for (const auto actor : actors) {
      if (actor == step.actor) {
        cells.push_back(step_cell(execution, index, width));
      } else {
        cells.emplace_back();
      }
    }
    // A waiting statement's lane is marked for as long as it waits.
    std::size_t height = 1;
    for (const auto& cell : cells) height = std::max(height, cell.size());
    for (std::size_t i = 0; i < actors.size(); ++i) {
      if (actors[i] != step.actor && waiting.contains(actors[i])) cells[i + 1].assign(height, {"┊", Style::yellow});
    }
    waiting.erase(step.actor);
    if (step.starts_waiting) waiting.insert(step.actor);
    return row_text(cells, columns, margin, colour);
  };
  return row_text(names, columns, margin, colour) + row_text(rules, columns, margin, colour) + rows(execution, show);
}

std::string one_below_the_other(const Execution& execution, const std::vector<std::size_t>& actors, bool colour) {
  constexpr std::size_t widest_name = 30;
  std::size_t name_width = 5;
  for (const auto actor : actors) name_width = std::max(name_width, display_width(lane_name(execution, actor)));
  name_width = std::min(name_width, widest_name);
  const auto width = text_width - margin.size() - number_width - name_width - 4;
  const std::vector<Column> columns = {{number_width}, {name_width}, {width}};
  const auto show = [&](std::size_t index) {
    const auto actor = execution.steps[index].actor;
    const auto name = actor == 0 ? "──" : shortened(lane_name(execution, actor), name_width);
    return row_text({number_cell(execution, index), {{name, Style::bold}}, step_cell(execution, index, width)}, columns,
                    margin, colour);
  };
  return row_text({{{"step", Style::bold}}, {{"actor", Style::bold}}, {}}, columns, margin, colour) +
         rows(execution, show);
}

}  // namespace

std::string timeline(const Execution& execution, bool colour) {
  const auto actors = actors_that_step(execution);
  if (execution.steps.empty()) return std::string(margin) + "(no step: it is so from the beginning)\n";
  if (actors.empty()) return one_below_the_other(execution, actors, colour);  // only the world moves
  return actors.size() <= most_columns ? side_by_side(execution, actors, colour)
                                       : one_below_the_other(execution, actors, colour);
}

}  // namespace gapless::report
