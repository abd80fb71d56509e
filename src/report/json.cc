// The only door to nlohmann-json in this layer. Counts are decimal strings, since they outgrow every number of JSON's.
#include "report/json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/controls.h"

namespace gapless::report {
namespace {

using Json = nlohmann::ordered_json;  // keeps the order of keys as written here

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json error_json(const Diagnostic& error) {
  return {{"file", error.file}, {"line", error.line}, {"column", error.column}, {"message", error.message}};
}

Json internal_error_json(const std::string& message) {
  return error_json({.file = "", .line = 0, .column = 0, .message = "internal error: " + message, .source_line = ""});
}

Json counterexample_json(const std::optional<model::Counterexample>& example) {
  if (!example) return nullptr;
  auto steps = Json::array();
  for (const auto& step : example->execution.steps) {
    steps.push_back(
        {{"actor", step.actor}, {"role", step.role}, {"operation", step.operation}, {"observation", step.observation}});
  }
  return {{"invariant", example->invariant},
          {"schedule", to_string(example->schedule)},
          {"simplest", example->simplest},
          {"steps", std::move(steps)}};
}

// A count that is not known is null, whatever else it might have been set to.
Json count_json(const model::Verdict& verdict, const std::optional<std::string>& count) {
  return verdict.counts == model::Counts::none ? Json(nullptr) : or_null(count);
}

// `holds` is never said of what was not covered.
std::string outcome_word(const model::Verdict& verdict) {
  const bool proved = verdict.outcome != model::Outcome::holds || verdict.coverage == model::Coverage::exhaustive;
  return to_string(proved ? verdict.outcome : model::Outcome::unknown);
}

// Only what is possible.
Json faults_json(const model::Faults& faults) {
  auto json = Json::object();
  if (faults.crash > 0) json["crash"] = faults.crash;
  if (faults.retry > 0) json["retry"] = faults.retry;
  if (faults.duplicate > 0) json["duplicate"] = faults.duplicate;
  return json;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json control_json(const model::Control& control) {
  return {{"guard", control.guard},
          {"line", control.line},
          {"verdict", to_string(control.outcome)},
          {"invariant", text_or_null(control.invariant)},
          {"schedule", text_or_null(control.schedule)},
          {"vacuous", control.vacuous()},
          {"note", text_or_null(control.note)}};
}

Json odds_json(const model::Odds& odds) {
  return {{"actors", odds.actors},
          {"interleavings", or_null(odds.interleavings)},
          {"violating", or_null(odds.violating)},
          {"share", or_null(odds.share)},
          {"uniform", or_null(odds.uniform)},
          {"runs", or_null(odds.runs)},
          {"unknown", text_or_null(odds.unknown)}};
}

Json sampling_json(const model::Sampling& sampling) {
  return {{"method", sampling.method},
          {"runs", sampling.runs},
          {"violating", sampling.violating},
          {"seed", sampling.seed},
          {"depth", sampling.depth == 0 ? Json(nullptr) : Json(sampling.depth)},
          {"steps", sampling.depth == 0 ? Json(nullptr) : Json(sampling.steps)},
          {"actors", sampling.depth == 0 ? Json(nullptr) : Json(sampling.actors)},
          {"missed", sampling.missed},
          {"share_below", sampling.share_below}};
}

Json savings_json(const model::Verdict& verdict) {
  if (!verdict.savings) return nullptr;
  return {{"interleavings", count_json(verdict, verdict.interleavings)},
          {"distinct", or_null(verdict.savings->distinct)},
          {"symmetric", or_null(verdict.savings->symmetric)},
          {"reduced", or_null(verdict.savings->reduced)}};
}

Json run_json(const model::Run& run, const model::Report& report) {
  const auto& verdict = run.verdict;
  Json json = {{"file", run.file},
               {"scenario", run.scenario},
               {"variant", run.variant},
               {"isolation", store::to_string(run.isolation)},
               {"actors", run.actors},
               {"faults", faults_json(run.faults)},
               {"expected", run.expected ? Json(to_string(*run.expected)) : Json(nullptr)},
               {"verdict", outcome_word(verdict)},
               {"coverage", to_string(verdict.coverage)},
               {"mode", to_string(verdict.mode)},
               {"counts", to_string(verdict.counts)},
               {"interleavings", count_json(verdict, verdict.interleavings)},
               {"violating", count_json(verdict, verdict.violating)},
               {"states", or_null(verdict.states)},
               {"transitions", or_null(verdict.transitions)},
               {"executions", or_null(verdict.executions)},
               {"fiber_runs", verdict.fiber_runs},
               {"seconds", std::round(verdict.seconds * 1000) / 1000},
               {"counterexample", counterexample_json(verdict.counterexample)},
               {"never_ran", verdict.never_ran},
               {"never_succeeds", verdict.never_succeeds}};
  if (verdict.sampling) json["sampling"] = sampling_json(*verdict.sampling);
  if (report.with_odds) {
    auto odds = Json::array();
    for (const auto& each : verdict.odds) odds.push_back(odds_json(each));
    json["odds"] = std::move(odds);
  }
  if (report.with_savings) json["savings"] = savings_json(verdict);
  if (!report.with_controls) return json;
  auto controls = Json::array();
  for (const auto& control : run.controls) controls.push_back(control_json(control));
  json["controls"] = std::move(controls);
  return json;
}

}  // namespace

std::string to_json(const model::Report& report) {
  auto errors = Json::array();
  for (const auto& error : report.errors) errors.push_back(error_json(error));
  for (const auto& message : report.internal_errors) errors.push_back(internal_error_json(message));
  auto runs = Json::array();
  for (const auto& run : report.runs) runs.push_back(run_json(run, report));
  Json document = {{"format", 1}, {"errors", std::move(errors)}, {"runs", std::move(runs)}};
  if (report.with_controls) document["never_failed"] = report.never_failed;
  // Bytes that are no UTF-8 (from a binary file that was taken for a scenario) must not cost us the document.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gapless::report
