// Both sides go through the reader of outputs, so that what a text cannot say (whose result it is) is equal on both.
#include "spec/compare.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "spec/expected.h"
#include "spec/print.h"
#include "spec/words.h"

namespace gapless::spec {
namespace {

// All that is reported from the sending of one step to that of the next. In an order of its own.
struct Stage {
  std::vector<Report> reports;
};

bool is_sent(const Report& report) { return report.kind == Report::Kind::done || report.kind == Report::Kind::waiting; }

void sort_where_free(Result& result) {
  if (result.rows && !result.rows->ordered) std::ranges::sort(result.rows->rows);
}

std::vector<Stage> stages_of(const Run& run) {
  std::vector<Stage> stages(1);  // what comes before the first step
  for (auto report : run.reports) {
    std::ranges::for_each(report.results, sort_where_free);
    if (is_sent(report)) stages.emplace_back();
    stages.back().reports.push_back(std::move(report));
  }
  for (auto& stage : stages) {
    std::ranges::stable_sort(stage.reports, {}, [](const Report& report) {
      return std::tuple(!is_sent(report), report.kind, report.step, report.text);
    });
  }
  return stages;
}

// ------------------------------------------------------------------------------------------------------ in words

std::string row_text(const std::vector<std::string>& row) { return fmt::format("({})", joined(row, ", ")); }

std::string words(const Result& result) {
  if (!result.rows) return "ERROR:  " + result.error;
  constexpr std::size_t most_rows = 12;
  std::string text = fmt::format("{}: {} row{}", joined(result.rows->columns, ", "), result.rows->rows.size(),
                                 result.rows->rows.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min(result.rows->rows.size(), most_rows); ++i) {
    text += (i == 0 ? " " : ", ") + row_text(result.rows->rows[i]);
  }
  return text + (result.rows->rows.size() > most_rows ? ", …" : "");
}

std::string words(const Report& report, const Specification& specification) {
  std::string text;
  switch (report.kind) {
    case Report::Kind::done:
      text = specification.steps[report.step].name + " done at once";
      break;
    case Report::Kind::waiting:
      text = specification.steps[report.step].name + " waits";
      break;
    case Report::Kind::completed:
      text = specification.steps[report.step].name + " completed";
      break;
    case Report::Kind::outside:
      text = "setup";
      break;
    case Report::Kind::notice:
    case Report::Kind::remark:
      text = report.text;
      break;
  }
  for (const auto& result : report.results) text += "; " + words(result);
  return text;
}

std::vector<std::string> words(const Stage& stage, const Specification& specification) {
  std::vector<std::string> lines;
  for (const auto& report : stage.reports) lines.push_back(words(report, specification));
  if (lines.empty()) lines.emplace_back("nothing");
  return lines;
}

// ---------------------------------------------------------------------------------------------------- comparison

bool same(const Result& a, const Result& b) {
  if (a.error != b.error || a.rows.has_value() != b.rows.has_value()) return false;
  return !a.rows || (a.rows->columns == b.rows->columns && a.rows->rows == b.rows->rows);
}

bool same(const Report& a, const Report& b) {
  return a.kind == b.kind && a.step == b.step && a.text == b.text &&
         std::ranges::equal(a.results, b.results, [](const Result& x, const Result& y) { return same(x, y); });
}

bool same(const Stage& a, const Stage& b) {
  return std::ranges::equal(a.reports, b.reports, [](const Report& x, const Report& y) { return same(x, y); });
}

std::string names(const Run& run, const Specification& specification) {
  std::vector<std::string> all;
  for (const auto step : run.steps) all.push_back(specification.steps[step].name);
  return joined(all, " ");
}

// Where the second run first differs from the first; empty where it does not.
std::string difference(const Run& expected, const Run& ours, const Specification& specification) {
  const auto theirs = stages_of(expected);
  const auto here = stages_of(ours);
  for (std::size_t i = 0; i < std::max(theirs.size(), here.size()); ++i) {
    const Stage nothing;
    const auto& a = i < theirs.size() ? theirs[i] : nothing;
    const auto& b = i < here.size() ? here[i] : nothing;
    if (same(a, b)) continue;
    std::string text;
    for (const auto& line : words(a, specification)) text += "  expected  " + line + "\n";
    for (const auto& line : words(b, specification)) text += "  here      " + line + "\n";
    return text;
  }
  return {};
}

// What the text does not say: which tables are in an order that means something.
void mark_ordered(Run& read, const Run& original) {
  std::vector<bool> ordered;
  for (const auto& report : original.reports) {
    for (const auto& result : report.results) {
      if (result.rows) ordered.push_back(result.rows->ordered);
    }
  }
  std::size_t next = 0;
  for (auto& report : read.reports) {
    for (auto& result : report.results) {
      if (!result.rows) continue;
      check(next < ordered.size(), "what was printed is what is read back");
      result.rows->ordered = ordered[next++];
    }
  }
}

// The same marks where the other side has the same table at the same place of the same report.
void mark_alike(Run& expected, const Run& ours) {
  std::vector<bool> used(ours.reports.size());
  for (auto& report : expected.reports) {
    for (std::size_t i = 0; i < ours.reports.size(); ++i) {
      const auto& other = ours.reports[i];
      const bool about_one_step = is_sent(report) == is_sent(other) && report.step == other.step;
      if (used[i] || !about_one_step || (report.kind != other.kind && !is_sent(report))) continue;
      used[i] = true;
      for (std::size_t k = 0; k < std::min(report.results.size(), other.results.size()); ++k) {
        if (report.results[k].rows && other.results[k].rows) {
          report.results[k].rows->ordered = other.results[k].rows->ordered;
        }
      }
      break;
    }
  }
}

Transcript read_back(const Transcript& ours, const Specification& specification) {
  auto text = heading(ours);
  for (const auto& run : ours.runs) text += to_string(run, specification);
  auto read = read_output(make_source("<our output>", std::move(text)), specification);
  check(read.runs.size() == ours.runs.size(), "every run is printed");
  for (std::size_t i = 0; i < read.runs.size(); ++i) mark_ordered(read.runs[i], ours.runs[i]);
  return read;
}

}  // namespace

Comparison compare(const Transcript& ours, const Source& expected, const Specification& specification) {
  const auto here = read_back(ours, specification);
  auto theirs = read_output(expected, specification);
  Comparison comparison;
  comparison.permutations = std::max(here.runs.size(), theirs.runs.size());
  for (std::size_t i = 0; i < comparison.permutations; ++i) {
    const auto say = [&](const Run& run, const std::string& what) {
      comparison.differences.push_back(fmt::format("permutation {} ({})\n{}", i + 1, names(run, specification), what));
    };
    if (i >= here.runs.size()) {
      say(theirs.runs[i], "  expected, but not run here\n");
    } else if (i >= theirs.runs.size()) {
      say(here.runs[i], "  run here, but not expected\n");
    } else if (theirs.runs[i].steps != here.runs[i].steps) {
      say(here.runs[i], "  expected  " + names(theirs.runs[i], specification) + "\n");
    } else {
      mark_alike(theirs.runs[i], here.runs[i]);
      const auto text = difference(theirs.runs[i], here.runs[i], specification);
      if (text.empty()) {
        ++comparison.agreeing;
      } else {
        say(here.runs[i], text);
      }
    }
  }
  return comparison;
}

}  // namespace gapless::spec
