// The table has a column for each actor that steps. Where that would be too many to read, it falls back to two columns:
// who, and what.
#include "report/timeline.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "report/columns.h"

namespace gapless::report {
namespace {

using model::Access;
using model::Execution;
using model::Staleness;
using model::Step;

constexpr std::string_view margin = "  ";
constexpr std::size_t number_width = 6;  // "  12 ✗"
constexpr std::size_t widest_column = 60;
constexpr std::size_t most_columns = 4;  // more would leave less than 20 characters to each
constexpr std::size_t most_rows = 60;    // of a longer execution the middle is left out

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

std::string numbers(const std::vector<std::size_t>& actors) {
  std::vector<std::string> parts;
  for (const auto actor : actors) parts.push_back(std::to_string(actor));
  return join(parts, ", ");
}

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

Cell step_cell(const Execution& execution, std::size_t index, std::size_t width) {
  const auto& step = execution.steps[index];
  Cell cell;
  if (step.resumes) {
    cell.push_back({"…goes on", Style::plain});
  } else {
    add_wrapped(cell, "", step.operation, width, Style::plain);
  }
  if (const auto note = stale_note(execution, index); !note.empty()) add_wrapped(cell, "! ", note, width, Style::red);
  if (step.starts_waiting) {
    const auto whom = step.waits_for.empty() ? step.observation : "waits for " + numbers(step.waits_for);
    add_wrapped(cell, "", whom, width, Style::yellow);
  } else if (!step.observation.empty()) {
    add_wrapped(cell, "→ ", step.observation, width, step.failed ? Style::red : Style::dim);
  }
  for (const auto& effect : step.effects) add_wrapped(cell, "+ ", effect, width, Style::plain);
  if (!step.response.empty()) add_wrapped(cell, "⇒ ", step.response, width, Style::bold);
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
  for (const auto& step : execution.steps) actors.insert(step.actor);
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
    const auto name = shortened(lane_name(execution, execution.steps[index].actor), name_width);
    return row_text({number_cell(execution, index), {{name, Style::bold}}, step_cell(execution, index, width)}, columns,
                    margin, colour);
  };
  return row_text({{{"step", Style::bold}}, {{"actor", Style::bold}}, {}}, columns, margin, colour) +
         rows(execution, show);
}

// -------------------------------------------------------------------------------------------- the sentences

std::string row_name(std::string_view table, std::string_view row) {
  std::string text(table);
  if (!row.empty()) text.append(" (").append(row).append(")");
  return text;
}

std::string written(const Access& access) {
  const auto row = row_name(access.table, access.row);
  if (access.after.empty()) return "deleted " + row;
  if (access.before.empty()) return "inserted " + access.after + " into " + row;
  return "wrote " + access.after + " to " + row;
}

// The statement that may have written, whether or not it changed a value: UPDATE … SET balance = 50 over a 50.
bool is_writing(const Step& step) {
  std::string_view text = step.operation;
  if (text.starts_with("BEGIN; ")) text.remove_prefix(7);
  const bool writes = text.starts_with("UPDATE ") || text.starts_with("INSERT ") || text.starts_with("DELETE ");
  return writes && !step.starts_waiting && !step.failed;
}

// What the reader did on the strength of what it had read, from then on to the step that relies on it.
std::string done(const Execution& execution, const Staleness& stale) {
  constexpr std::size_t most_deeds = 3;
  const auto& use = execution.steps[stale.use];
  std::vector<std::string> deeds;
  std::vector<std::string> statements;
  for (auto i = stale.read + 1; i <= stale.use; ++i) {
    const auto& step = execution.steps[i];
    if (step.actor != use.actor) continue;
    for (const auto& access : step.writes) deeds.push_back(written(access));
    if (is_writing(step)) statements.push_back("ran " + step.operation);
  }
  if (deeds.empty()) deeds = std::move(statements);
  if (deeds.size() > most_deeds) deeds.resize(most_deeds);
  if (!use.effects.empty()) deeds.push_back("let " + join(use.effects, ", ") + " happen");
  if (deeds.empty() && !use.response.empty()) deeds.push_back("answered " + use.response);
  if (deeds.empty()) deeds.push_back("went on");
  return join(deeds, ", and ");
}

std::string by_whom(const Execution& execution, std::size_t index) {
  check(index < execution.steps.size(), "staleness names steps of the execution");
  return "step " + std::to_string(index + 1) + " (actor " + std::to_string(execution.steps[index].actor) + ")";
}

std::string sentence(const Execution& execution, const Staleness& stale) {
  const auto read = stale.value_read.empty() ? "found nothing" : "read " + stale.value_read;
  const auto change = stale.value_written.empty() ? "deleted it"
                      : stale.value_read.empty()  ? "made it " + stale.value_written
                                                  : "changed it to " + stale.value_written;
  auto text = by_whom(execution, stale.read) + " " + read + " in " + row_name(stale.table, stale.row) + "; " +
              by_whom(execution, stale.write) + " " + change + "; " + by_whom(execution, stale.use) +
              " still relied on what it had read, and " + done(execution, stale) + ".";
  text.front() = 'S';
  return text;
}

std::string deadlock_sentence(const Execution& execution) {
  std::map<std::size_t, const Step*> last;
  for (const auto& step : execution.steps) last[step.actor] = &step;
  std::vector<std::string> parts;
  for (const auto& [actor, step] : last) {
    if (step->starts_waiting) {
      parts.push_back("actor " + std::to_string(actor) + " waits for " + numbers(step->waits_for));
    }
  }
  return "Deadlock: " + join(parts, ", ") + ".";
}

std::string paragraph(std::string_view text, Style style, bool colour) {
  std::string result;
  for (const auto& line : wrap(printable(text), text_width - margin.size())) {
    result.append(margin).append(styled(line, style, colour)).append("\n");
  }
  return result;
}

}  // namespace

std::string timeline(const Execution& execution, bool colour) {
  const auto actors = actors_that_step(execution);
  if (actors.empty()) return std::string(margin) + "(no step: it is so from the beginning)\n";
  return actors.size() <= most_columns ? side_by_side(execution, actors, colour)
                                       : one_below_the_other(execution, actors, colour);
}

std::string explanation(const Execution& execution, bool colour) {
  std::string text;
  for (const auto& stale : execution.stale) text += paragraph(sentence(execution, stale), Style::plain, colour);
  if (execution.deadlocked) text += paragraph(deadlock_sentence(execution), Style::plain, colour);
  return text;
}

std::string violation(const Execution& execution, bool colour) {
  if (execution.violated.empty()) return {};
  const auto when = execution.steps.empty() ? std::string("before the first step")
                                            : "after step " + std::to_string(execution.violated_at + 1);
  const auto* what = execution.deadlocked ? ": nobody can go on " : ": broken ";
  auto text = paragraph("✗ " + execution.violated + what + when, Style::red, colour);
  for (const auto& [expression, value] : execution.values) {
    for (const auto& line : wrap(printable(expression + " = " + value), text_width - margin.size() - 4)) {
      text.append(margin).append("    ").append(line).append("\n");
    }
  }
  return text;
}

}  // namespace gapless::report
