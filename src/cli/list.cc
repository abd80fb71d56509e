// gapless list: scenarios, their variants, and what each claims.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "cli/gather.h"
#include "cli/output.h"
#include "cli/run.h"
#include "report/columns.h"

namespace gapless::cli {
namespace {

using report::display_width;

std::string claim(const model::Model& model) { return model.expected ? to_string(*model.expected) : "–"; }

bool same_scenario(const model::Model& a, const model::Model& b) {
  return a.file == b.file && a.scenario == b.scenario;
}

using Models = std::span<const model::Model>;

std::vector<store::Isolation> levels_of(Models models) {
  std::vector<store::Isolation> levels;
  for (const auto& model : models) {
    if (std::ranges::find(levels, model.isolation) == levels.end()) levels.push_back(model.isolation);
  }
  return levels;
}

// One scenario's variants, as lines: name, what is claimed at each level, title. Models of the first level come first.
std::string variants(Models models) {
  const auto levels = levels_of(models);
  std::vector<std::vector<std::string>> rows;
  if (levels.size() > 1) {
    rows.push_back({""});
    for (const auto level : levels) rows.back().push_back(store::to_string(level));
    rows.back().emplace_back();
  }
  for (const auto& model : models) {
    if (model.isolation != levels.front()) continue;
    rows.push_back({model.variant});
    for (const auto& each : models) {
      if (each.variant == model.variant) rows.back().push_back(claim(each));
    }
    rows.back().push_back(report::printable(model.variant_title));
  }
  std::vector<report::Column> columns(levels.size() + 2);
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i)
      columns[i].width = std::max(columns[i].width, display_width(row[i]));
  }
  for (const auto& row : rows) {
    std::vector<report::Cell> cells;
    for (const auto& cell : row) cells.push_back({{cell}});
    text += report::row_text(cells, columns, "  ", false);
  }
  return text;
}

std::string level_text(Models models) {
  std::string text;
  for (const auto level : levels_of(models)) text += (text.empty() ? "" : ", ") + store::to_string(level);
  return text;
}

}  // namespace

int list(const ListArguments& arguments, const Engine& engine, const Terminal& terminal) {
  model::Report report;
  const auto models = load_models(arguments.selection, engine, report);
  for (auto first = models.begin(); first != models.end();) {
    const auto last =
        std::find_if(first, models.end(), [&](const auto& model) { return !same_scenario(model, *first); });
    terminal.out << first->scenario << "  " << report::printable(first->title) << "\n"
                 << first->file << ", " << first->actors.size()
                 << (first->actors.size() == 1 ? " actor, " : " actors, ") << level_text({first, last}) << "\n"
                 << variants({first, last}) << "\n";
    first = last;
  }
  write_errors(report, terminal);
  if (!models.empty() && report.errors.empty() && report.internal_errors.empty()) return 0;
  const int status = exit_status(report);  // without runs: 4, 2 or 5
  constexpr int nothing_matched = 5;
  if (status == nothing_matched) {
    terminal.err << "gapless: nothing matched: " << why_nothing_matched(arguments.selection, engine) << "\n";
  }
  return status;
}

}  // namespace gapless::cli
