// What a person concludes from the table, said for them: which read went stale by whose write, and what was done on the
// strength of it.
#include "report/sentences.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/check.h"
#include "model/words.h"
#include "report/columns.h"

namespace gapless::report {
namespace {

using model::Access;
using model::Execution;
using model::Staleness;
using model::Step;

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

// "users (id = 1)"; where the values are all that the row has, its name would say them again.
std::string row_name(std::string_view table, std::string_view row) {
  std::string text(table);
  if (!row.empty()) text.append(" (").append(row).append(")");
  return text;
}

std::string written(const Access& access) {
  const bool named_by_values = access.row == access.after && access.before.empty();
  const auto row = row_name(access.table, named_by_values ? "" : access.row);
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
  const auto& step = execution.steps[index];
  const auto number = "step " + std::to_string(index + 1);
  return number + (step.actor == 0 ? " (" + model::words(step) + ")" : " (actor " + std::to_string(step.actor) + ")");
}

std::string sentence(const Execution& execution, const Staleness& stale) {
  const auto read = stale.value_read.empty() ? "found nothing" : "read " + stale.value_read;
  const auto change = stale.value_written.empty()       ? "deleted it"
                      : stale.value_written == "no row" ? "changed it so that nothing is found"
                      : stale.value_read.empty()        ? "made it " + stale.value_written
                                                        : "changed it to " + stale.value_written;
  const auto where = stale.table.empty() ? "" : " in " + row_name(stale.table, stale.row);
  auto text = by_whom(execution, stale.read) + " " + read + where + "; " + by_whom(execution, stale.write) + " " +
              change + "; " + by_whom(execution, stale.use) + " still relied on what it had read, and " +
              done(execution, stale) + ".";
  text.front() = 'S';
  return text;
}

std::string deadlock_sentence(const Execution& execution) {
  std::map<std::size_t, const Step*> last;
  for (const auto& step : execution.steps) {
    if (step.actor != 0) last[step.actor] = &step;
  }
  std::vector<std::string> parts;
  for (const auto& [actor, step] : last) {
    if (step->starts_waiting) {
      parts.push_back("actor " + std::to_string(actor) + " waits for " + numbers_text(step->waits_for));
    }
  }
  for (const auto& [actor, what] : execution.awaits) {
    parts.push_back("actor " + std::to_string(actor) + " waits until " + what + " is true");
  }
  return parts.empty() ? "Deadlock." : "Deadlock: " + join(parts, ", ") + ".";
}

// Nobody else has begun before somebody has answered, and nothing happened but what requests do.
std::string serial_sentence(const Execution& execution) {
  if (execution.violated.empty() || execution.deadlocked || execution.actors.size() < 2) return {};
  std::set<std::size_t> begun;
  const Step* last = nullptr;
  for (const auto& step : execution.steps) {
    if (step.kind != Step::Kind::operation || step.actor == 0) return {};
    if (last == nullptr || last->actor != step.actor) {
      if (last != nullptr && last->response.empty()) return {};
      if (!begun.insert(step.actor).second) return {};
    }
    last = &step;
    if (&step == &execution.steps[execution.violated_at]) break;
  }
  if (begun.empty()) return {};
  if (begun.size() == 1) return "No other request is needed: one alone goes wrong.";
  return "No interleaving is needed: it goes wrong one after the other, too.";
}

std::string paragraph(std::string_view text, Style style, bool colour) {
  std::string result;
  for (const auto& line : wrap(printable(text), text_width - margin.size())) {
    result.append(margin).append(styled(line, style, colour)).append("\n");
  }
  return result;
}

}  // namespace

std::string numbers_text(const std::vector<std::size_t>& actors) {
  std::vector<std::string> parts;
  for (const auto actor : actors) parts.push_back(std::to_string(actor));
  return join(parts, ", ");
}

std::string explanation(const Execution& execution, bool colour) {
  std::string text;
  for (const auto& stale : execution.stale) text += paragraph(sentence(execution, stale), Style::plain, colour);
  if (execution.deadlocked) text += paragraph(deadlock_sentence(execution), Style::plain, colour);
  if (const auto serial = serial_sentence(execution); !serial.empty()) text += paragraph(serial, Style::plain, colour);
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
