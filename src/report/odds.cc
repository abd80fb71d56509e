#include "report/odds.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "report/numbers.h"

namespace gapless::report {
namespace {

using model::Odds;
using model::Run;

// "50.0 %", "1 in 31,250".
std::string chance(double probability) {
  constexpr double seldom = 0.001;
  if (probability == 0 || probability >= seldom) return percent(probability);
  return "1 in " + readable_count(std::to_string(std::llround(std::min(1 / probability, 9e18))));
}

std::vector<Cell> row_of(const Odds& odds) {
  std::vector<Cell> row = {{{std::to_string(odds.actors)}}};
  if (!odds.unknown.empty()) {
    row.push_back({{"? not covered", Style::yellow}});
    row.resize(5);
    return row;
  }
  if (odds.interleavings && odds.violating) {
    row.push_back({{readable_count(*odds.violating) + " of " + readable_count(*odds.interleavings)}});
    row.push_back({{share(*odds.violating, *odds.interleavings)}});
  } else {
    row.push_back({{"no number", Style::dim}});
    row.emplace_back();
  }
  row.push_back({{odds.uniform ? chance(*odds.uniform) : "?"}});
  const bool never = odds.uniform == 0.0;
  row.push_back({{odds.runs ? readable_count(std::to_string(*odds.runs)) : never ? "never" : "?"}});
  return row;
}

bool never_wrong(const std::vector<Odds>& odds) {
  return std::ranges::all_of(odds, [](const Odds& each) { return each.unknown.empty() && each.uniform == 0.0; });
}

// What a run says: its rows without its name.
Table rows_of(const std::vector<Odds>& odds) {
  Table rows;
  if (odds.size() > 1 && never_wrong(odds)) {
    auto row = row_of(odds.back());
    row[0] = {{std::to_string(odds.front().actors) + "–" + std::to_string(odds.back().actors)}};
    row[1] = {{"none"}};
    return {std::move(row)};
  }
  for (const auto& each : odds) rows.push_back(row_of(each));
  return rows;
}

}  // namespace

std::string odds_table(const Runs& runs, bool colour) {
  Table table = {{{{"variant", Style::dim}},
                  {{"actors", Style::dim}},
                  {{"go wrong", Style::dim}},
                  {{"share", Style::dim}},
                  {{"one test", Style::dim}},
                  {{"95 % in", Style::dim}}}};
  for (const auto* run : runs) {
    const auto place = place_of(*run, runs);
    Cell name = {{printable(run->variant) + (place.empty() ? "" : ", " + place)}};
    for (auto& row : rows_of(run->verdict.odds)) {
      row.insert(row.begin(), std::exchange(name, Cell{}));
      table.push_back(std::move(row));
    }
  }
  if (table.size() == 1) return {};
  std::vector<Column> columns(table.front().size());
  for (std::size_t column = 1; column < columns.size(); ++column) columns[column].flush_right = true;
  return "\n  Odds that a test with so many requests at once goes wrong, and tests until one does:\n" +
         table_text(table, columns, colour);
}

}  // namespace gapless::report
