// Number of actors, level and faults stand above the matrix where they are the same for all of its rows.
#include "report/matrix.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "report/numbers.h"

namespace gapless::report {
namespace {

using model::Counts;
using model::Coverage;
using model::Outcome;
using model::Run;

std::string faults_text(const model::Faults& faults) { return faults.none() ? "no faults" : to_string(faults); }

// Interleavings and how many of them violate, as far as they were counted, explored or drawn.
struct Counted {
  std::optional<std::string> interleavings;
  std::optional<std::string> violating;
  std::string how;
};

Counted counted(const model::Verdict& verdict) {
  if (verdict.sampling) {
    return {std::to_string(verdict.sampling->runs), std::to_string(verdict.sampling->violating), " drawn"};
  }
  if (verdict.counts == Counts::none) return {};
  return {verdict.interleavings, verdict.violating, verdict.counts == Counts::explored ? " explored" : ""};
}

std::string count_text(const std::optional<std::string>& count, const std::string& how) {
  return count ? readable_count(*count) + how : "–";
}

std::string share_text(const Counted& counted) {
  if (!counted.violating || !counted.interleavings) return "";
  if (*counted.violating == "0" || *counted.interleavings == "0") return "";
  return share(*counted.violating, *counted.interleavings);
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
  plain("interleavings", true, [](const Run& run) {
    const auto all = counted(run.verdict);
    return count_text(all.interleavings, all.how);
  });
  plain("violating", true, [](const Run& run) {
    const auto all = counted(run.verdict);
    return count_text(all.violating, run.verdict.sampling ? "" : all.how);
  });
  plain("", true, [](const Run& run) { return share_text(counted(run.verdict)); });
  plain("states", true,
        [](const Run& run) { return run.verdict.states ? readable_count(std::to_string(*run.verdict.states)) : "–"; });
  return columns;
}

std::string matrix_of_one_place(const Runs& runs, bool colour) {
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
Cell cell_of(const Run& run) {
  Cell cell = {verdict_line(run)};
  const auto all = counted(run.verdict);
  if (all.violating && all.interleavings) {
    cell.push_back({readable_count(*all.violating) + " of " + count_text(all.interleavings, all.how), Style::dim});
  }
  if (run.as_expected() == false) cell.push_back({"expected " + expected_text(run), Style::red});
  return cell;
}

// Where a run stands: at a level, under a setting of faults.
struct Place {
  store::Isolation level;
  model::Faults faults;
  bool operator==(const Place&) const = default;
};

Place place(const Run& run) { return {run.isolation, run.faults}; }

// Levels weakest first; at each the settings as they come, which is the order of the file.
std::vector<Place> places_of(const Runs& runs) {
  std::vector<Place> places;
  for (const auto* run : runs) {
    if (std::ranges::find(places, place(*run)) == places.end()) places.push_back(place(*run));
  }
  std::ranges::stable_sort(places, {}, &Place::level);
  return places;
}

std::string matrix_of_places(const Runs& runs, bool colour) {
  constexpr std::size_t widest_title = 36;
  const auto places = places_of(runs);
  const bool names_actors = !all_alike(runs, actors_of);
  const bool names_level = !all_alike(runs, level_of);
  const bool names_faults = !all_alike(runs, faults_of);
  Table table = {{{{"variant", Style::dim}}, {}}};
  if (names_actors) table.front().push_back({{"actors", Style::dim}});
  for (const auto& each : places) {
    Cell title;
    if (names_level) title.push_back({store::to_string(each.level), Style::dim});
    if (names_faults) title.push_back({faults_text(each.faults), Style::dim});
    table.front().push_back(std::move(title));
  }
  for (const auto& row : by_variant(runs)) {
    const auto& first = *row.front();
    table.push_back({{{printable(first.variant)}}, {{printable(shortened(first.variant_title, widest_title))}}});
    if (names_actors) table.back().push_back({{actors_of(first)}});
    for (const auto& each : places) {
      const auto run = std::ranges::find_if(row, [&](const Run* other) { return place(*other) == each; });
      table.back().push_back(run == row.end() ? Cell{} : cell_of(**run));
    }
  }
  return table_text(table, std::vector<Column>(table.front().size()), colour);
}

}  // namespace

std::string matrix(const Runs& runs, bool colour) {
  const bool one_place = all_alike(runs, level_of) && all_alike(runs, faults_of);
  return one_place ? matrix_of_one_place(runs, colour) : matrix_of_places(runs, colour);
}

std::string actors_of(const Run& run) { return std::to_string(run.actors); }
std::string level_of(const Run& run) { return store::to_string(run.isolation); }
std::string faults_of(const Run& run) { return faults_text(run.faults); }

bool all_alike(const Runs& runs, const std::function<std::string(const Run&)>& attribute) {
  return std::ranges::all_of(runs, [&](const Run* run) { return attribute(*run) == attribute(*runs.front()); });
}

std::string place_of(const Run& run, const Runs& runs) {
  std::string text;
  if (!all_alike(runs, level_of)) text = level_of(run);
  if (!all_alike(runs, faults_of)) text += (text.empty() ? "" : ", ") + faults_of(run);
  return text;
}

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

bool is_violated(const Run& run) { return run.verdict.outcome == Outcome::violated; }
bool is_proved(const Run& run) {
  return run.verdict.outcome == Outcome::holds && run.verdict.coverage == Coverage::exhaustive;
}

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

}  // namespace gapless::report
