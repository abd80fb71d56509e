#include "report/savings.h"

#include <vector>

#include "report/numbers.h"

namespace gapless::report {
namespace {

Cell number_cell(const std::optional<std::string>& digits) {
  if (!digits) return {{"–", Style::dim}};
  return {{readable_count(*digits)}};
}

Cell number_cell(const std::optional<std::uint64_t>& number) {
  if (!number) return {{"–", Style::dim}};
  return {{readable_count(std::to_string(*number))}};
}

}  // namespace

std::string savings_table(const Runs& runs, bool colour) {
  Table table = {{{{"variant", Style::dim}},
                  {{"interleavings", Style::dim}},
                  {{"distinct states", Style::dim}},
                  {{"with symmetry", Style::dim}},
                  {{"kept by search", Style::dim}}}};
  for (const auto* run : runs) {
    const auto& savings = run->verdict.savings;
    if (!savings) continue;
    Cell name = {{printable(run->variant)}};
    if (const auto place = place_of(*run, runs); !place.empty()) name.push_back({place, Style::dim});
    table.push_back({std::move(name), number_cell(run->verdict.interleavings), number_cell(savings->distinct),
                     number_cell(savings->symmetric), number_cell(savings->reduced)});
  }
  if (table.size() == 1) return {};
  std::vector<Column> columns(table.front().size());
  for (std::size_t column = 1; column < columns.size(); ++column) columns[column].flush_right = true;
  return "\n  What was saved:\n" + table_text(table, columns, colour);
}

}  // namespace gapless::report
