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

// A column: claims at a level, under a setting of faults.
struct Place {
  store::Isolation level;
  model::Faults faults;
  bool operator==(const Place&) const = default;
};

Place place_of(const model::Model& model) { return {model.isolation, model.faults}; }

std::vector<Place> places_of(Models models) {
  std::vector<Place> places;
  for (const auto& model : models) {
    if (std::ranges::find(places, place_of(model)) == places.end()) places.push_back(place_of(model));
  }
  return places;
}

std::string level_text(const Place& place) { return store::to_string(place.level); }
std::string faults_text(const Place& place) { return place.faults.none() ? "no faults" : to_string(place.faults); }

// Each once: "read committed, serializable".
std::string all_of(Models models, std::string (*text_of)(const Place&), const char* between) {
  std::vector<std::string> texts;
  for (const auto& place : places_of(models)) {
    const auto text = text_of(place);
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
  }
  std::string text;
  for (const auto& each : texts) text += (text.empty() ? "" : between) + each;
  return text;
}

bool differ(const std::vector<Place>& places, std::string (*text_of)(const Place&)) {
  return std::ranges::any_of(places, [&](const auto& place) { return text_of(place) != text_of(places.front()); });
}

using Rows = std::vector<std::vector<std::string>>;

Rows heads(const std::vector<Place>& places) {
  Rows rows;
  for (auto* const text_of : {level_text, faults_text}) {
    if (!differ(places, text_of)) continue;
    rows.push_back({""});
    for (const auto& place : places) rows.back().push_back(text_of(place));
    rows.back().emplace_back();
  }
  return rows;
}

// One scenario's variants, as lines: name, what is claimed at each place, title. Models of the first place come first.
std::string variants(Models models) {
  const auto places = places_of(models);
  auto rows = heads(places);
  for (const auto& model : models) {
    if (place_of(model) != places.front()) continue;
    rows.push_back({model.variant});
    for (const auto& place : places) {
      const auto there = std::ranges::find_if(
          models, [&](const auto& each) { return each.variant == model.variant && place_of(each) == place; });
      rows.back().push_back(there == models.end() ? "" : claim(*there));
    }
    rows.back().push_back(report::printable(model.variant_title));
  }
  std::vector<report::Column> columns(places.size() + 2);
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

// "2 actors, read committed, no faults; crash <= 1": the last only where there are any.
std::string circumstances(Models models) {
  const auto actors = models.front().actors.size();
  auto text = std::to_string(actors) + (actors == 1 ? " actor, " : " actors, ") + all_of(models, level_text, ", ");
  const auto faults = all_of(models, faults_text, "; ");
  return faults == "no faults" ? text : text + ", " + faults;
}

}  // namespace

int list(const ListArguments& arguments, const Engine& engine, const Terminal& terminal) {
  model::Report report;
  const auto models = load_models(arguments.selection, engine, report);
  for (auto first = models.begin(); first != models.end();) {
    const auto last =
        std::find_if(first, models.end(), [&](const auto& model) { return !same_scenario(model, *first); });
    terminal.out << first->scenario << "  " << report::printable(first->title) << "\n"
                 << first->file << ", " << circumstances({first, last}) << "\n"
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
