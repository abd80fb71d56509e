#include "spec.h"

#include <algorithm>

namespace gapless::disagree {
namespace {

std::string step_name(std::size_t number, const Step& step) {
  return "s" + std::to_string(step.session + 1) + "_" + std::to_string(number + 1);
}

std::string setup(const Schedule& schedule) {
  std::string text = "setup\n{\n";
  std::string tables;
  for (const auto& table : schedule.tables) {
    text += "  " + plain(table) + ";\n";
    if (!table.starts_with("CREATE TABLE ")) continue;
    tables = table.substr(13, table.find(' ', 13) - 13) + (tables.empty() ? "" : ", ") + tables;  // children first
  }
  for (const auto& row : schedule.rows) text += "  " + row + ";\n";
  return text + "}\n\nteardown\n{\n  DROP TABLE " + tables + ";\n}\n";
}

// The settings of the real server under which the two were compared.
constexpr const char* session_setup =
    "setup { SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off; }\n";

std::string sessions(const Schedule& schedule) {
  std::string text;
  for (std::size_t session = 0; session < schedule.sessions; ++session) {
    text += "\nsession s" + std::to_string(session + 1) + "\n" + session_setup;
    for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
      if (schedule.steps[i].session != session) continue;
      text += "step " + step_name(i, schedule.steps[i]) + " { " + plain(schedule.steps[i].statement) + "; }\n";
    }
  }
  return text;
}

std::string outcomes(const Played& played) {
  std::string text = "\n# " + played.reason + "\n";
  for (const auto& line : played.lines) {
    text += "#   s" + std::to_string(line.step.session + 1) + "> " + line.step.statement + "\n";
    const bool same = line.ours.size() == 1 && line.ours.front() == line.theirs;
    if (same) {
      text += "#       " + line.theirs + "\n";
      continue;
    }
    text += "#       theirs: " + line.theirs + "\n";
    for (const auto& ours : line.ours) text += "#       ours:   " + ours + "\n";
    if (line.ours.empty()) text += "#       ours:   (none)\n";
  }
  return text;
}

}  // namespace

std::string as_spec(const Played& played, const std::string& origin) {
  const auto& schedule = played.schedule;
  auto text = "# " + origin + "\n" + setup(schedule) + sessions(schedule) + "\npermutation";
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) text += " " + step_name(i, schedule.steps[i]);
  return text + "\n" + outcomes(played);
}

}  // namespace gapless::disagree
