// Controls of an engine that says what a test wants it to say.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "cli/controls.h"
#include "cli/gather.h"
#include "fake.h"

namespace gapless::testing {
namespace {

// What the model without its guard comes to is in the guard's text: "breaks a", "holds", "unknown", "error", "bug".
cli::Engine engine_of(std::vector<std::string> guards) {
  auto engine = fake_engine();
  engine.load = [](const std::string& path, const scenario::Options& options) {
    auto models = fake_models(path, options);
    for (auto& model : models) {
      for (const auto* title : {"a", "b", "c"})
        model.properties.push_back({model::PropertyKind::always, title, nullptr});
    }
    return models;
  };
  engine.guards = [guards](const model::Model&) {
    std::vector<scenario::Guard> found;
    for (const auto& text : guards) found.push_back({text, 7 + found.size(), {}, {}});
    return found;
  };
  engine.without = [](const model::Model& model, const scenario::Guard& guard) {
    if (guard.text == "error") throw ModelError(Diagnostic{model.file, 3, 1, "there is no x", ""});
    if (guard.text == "bug") throw InternalError("our mistake");
    auto changed = model;
    changed.story = guard.text;
    return changed;
  };
  // The invariants that fail are those whose title is in the story; the first one is named.
  engine.check = [](const model::Model& model, model::Mode mode, const explore::Limits& limits) {
    if (model.story.empty() && model.properties.size() == 3) return fake_check(model, mode, limits);
    model::Verdict verdict;
    verdict.mode = mode;
    verdict.outcome = model.story == "unknown" ? model::Outcome::unknown : model::Outcome::holds;
    if (model.story == "unknown") verdict.coverage_reason = "time limit reached";
    for (const auto& property : model.properties) {
      if (!model.story.starts_with("breaks") || model.story.substr(6).find(property.title) == std::string::npos)
        continue;
      verdict.outcome = model::Outcome::violated;
      verdict.counterexample = model::Counterexample{property.title, {{1, 2}}, true, {}};
      break;
    }
    return verdict;
  };
  return engine;
}

// Of "x.gap", whose variant row_lock holds.
model::Report report_of(const std::vector<std::string>& guards, cli::CheckArguments arguments = {}) {
  const auto engine = engine_of(guards);
  std::ostringstream out;
  const cli::Terminal terminal{out, out, false, false};
  arguments.selection.paths = {"x.gap"};
  arguments.effort.jobs = std::max<std::size_t>(1, arguments.effort.jobs);
  const auto models = engine.load("x.gap", {arguments.selection.variant, {}, {}, {}});
  model::Report report;
  cli::check_models(models, arguments.effort, engine, terminal, report);
  cli::run_controls(models, arguments, engine, terminal, report);
  return report;
}

std::string shown(const model::Control& control) {
  return control.file + ":" + std::to_string(control.line) + " " + control.guard + ": " + to_string(control.outcome) +
         " " + control.invariant + " " + control.schedule + " " + control.note;
}

TEST_CASE("only what is claimed to hold, and does, has controls") {
  const auto report = report_of({"breaks a"});
  REQUIRE(report.runs.size() == 2);
  CHECK(report.runs[0].controls.empty());
  CHECK(report.runs[1].controls.size() == 1);
}

TEST_CASE("what a guard that was dropped comes to") {
  const auto controls = report_of({"breaks b", "holds", "unknown", "error"}).runs[1].controls;
  REQUIRE(controls.size() == 4);
  CHECK(shown(controls[0]) == "x.gap:7 breaks b: violated b 1 2 ");
  CHECK(shown(controls[1]) == "x.gap:8 holds: holds   ");
  CHECK(shown(controls[2]) == "x.gap:9 unknown: unknown   time limit reached");
  CHECK(shown(controls[3]) == "x.gap:10 error: unknown   without it this is no model: there is no x");
  CHECK(!controls[0].vacuous());
  CHECK(controls[1].vacuous());
  CHECK(!controls[2].vacuous());
}

TEST_CASE("a guard that breaks something at one setting of faults says so at the others") {
  auto engine = engine_of({"breaks a", "holds", "holds", "unknown"});
  const auto check = engine.check;
  // The first of the two that read alike is needed under crash; of the last nothing is known there.
  std::size_t asked = 0;
  engine.without = [&](const model::Model& model, const scenario::Guard& guard) {
    auto changed = model;
    changed.story = guard.text == "unknown" && model.faults.none() ? "holds" : guard.text;
    if (guard.text == "holds" && !model.faults.none() && asked++ == 0) changed.story = "breaks b";
    return changed;
  };
  engine.guards = [](const model::Model&) {
    return std::vector<scenario::Guard>{
        {"breaks a", 7, {}, {}}, {"holds", 8, {}, {}}, {"holds", 8, {}, {}}, {"unknown", 9, {}, {}}};
  };
  std::ostringstream out;
  const cli::Terminal terminal{out, out, false, false};
  cli::CheckArguments arguments;
  arguments.effort.jobs = 1;
  const auto models = engine.load("faults.gap", {"row_lock", {}, {}, {}});
  REQUIRE(models.size() == 2);
  model::Report report;
  cli::check_models(models, arguments.effort, engine, terminal, report);
  cli::run_controls(models, arguments, engine, terminal, report);
  REQUIRE(report.runs.size() == 2);
  std::string notes;
  for (const auto& run : report.runs) {
    for (const auto& control : run.controls) notes += to_string(control.outcome) + " " + control.note + "\n";
  }
  CHECK(notes ==
        "violated \nholds needed at crash <= 1\nholds \nholds undecided at crash <= 1\n"
        "violated \nviolated \nholds \nunknown time limit reached\n");
}

TEST_CASE("our own mistake is no verdict") {
  const auto report = report_of({"bug"});
  REQUIRE(report.internal_errors.size() == 1);
  CHECK(contains(report.internal_errors[0], "x.gap, row_lock, without bug: "));
  CHECK(contains(report.internal_errors[0], "our mistake"));
}

TEST_CASE("invariants that never failed: what hides behind another one has failed, too") {
  CHECK(report_of({"breaks a"}).never_failed == std::vector<std::string>{"x.gap: b", "x.gap: c"});
  CHECK(report_of({"breaks ac", "holds"}).never_failed == std::vector<std::string>{"x.gap: b"});
  CHECK(report_of({"breaks a", "breaks c", "breaks b"}).never_failed.empty());
  CHECK(report_of({}).never_failed.size() == 3);
}

TEST_CASE("of one variant it cannot be said what never failed") {
  cli::CheckArguments arguments;
  arguments.selection.variant = "row_lock";
  CHECK(report_of({"breaks a"}, arguments).never_failed.empty());
}

TEST_CASE("the order is that of the guards, whoever comes first") {
  std::vector<std::string> guards;
  for (std::size_t i = 0; i < 40; ++i) guards.push_back(i % 3 == 0 ? "breaks b" : i % 3 == 1 ? "holds" : "error");
  cli::CheckArguments arguments;
  const auto alone = report_of(guards, arguments);
  arguments.effort.jobs = 4;
  const auto together = report_of(guards, arguments);
  REQUIRE(alone.runs[1].controls.size() == guards.size());
  for (std::size_t i = 0; i < guards.size(); ++i) {
    CHECK(alone.runs[1].controls[i].guard == guards[i]);
    CHECK(shown(alone.runs[1].controls[i]) == shown(together.runs[1].controls[i]));
  }
}

TEST_CASE("only whether something breaks is asked, unless a mode is given") {
  const Folder folder("controls");
  const auto path = folder.write("x.gap", "");
  auto engine = engine_of({"holds"});
  const auto check = engine.check;
  std::vector<model::Mode> modes;
  engine.check = [&](const model::Model& model, model::Mode mode, const explore::Limits& limits) {
    if (!model.story.empty()) modes.push_back(mode);
    return check(model, mode, limits);
  };
  CHECK(run_gapless({"check", path, "--controls", "--variant", "row_lock"}, engine).status != 4);
  CHECK(run_gapless({"check", path, "--controls", "--variant", "row_lock", "--mode", "census"}, engine).status != 4);
  CHECK(modes == std::vector<model::Mode>{model::Mode::search, model::Mode::census});
}

}  // namespace
}  // namespace gapless::testing
