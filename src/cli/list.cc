// gapless list: scenarios, their variants, and what each claims.
#include <algorithm>
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

// One scenario's variants, as lines.
std::string variants(std::vector<model::Model>::const_iterator begin, std::vector<model::Model>::const_iterator end) {
  std::size_t name_width = 0;
  std::size_t claim_width = 0;
  for (auto model = begin; model != end; ++model) {
    name_width = std::max(name_width, display_width(model->variant));
    claim_width = std::max(claim_width, display_width(claim(*model)));
  }
  const std::vector<report::Column> columns = {{name_width}, {claim_width}, {1000}};
  std::string text;
  for (auto model = begin; model != end; ++model) {
    const auto title = report::shortened(report::printable(model->variant_title), 1000);
    text += report::row_text({{{model->variant}}, {{claim(*model)}}, {{title}}}, columns, "  ", false);
  }
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
                 << (first->actors.size() == 1 ? " actor, " : " actors, ") << store::to_string(first->isolation) << "\n"
                 << variants(first, last) << "\n";
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
