// Words for verdicts, and what a verdict means for whoever asked: was the claim met, and how does the command exit.
#include "model/verdict.h"

#include <algorithm>

#include "base/check.h"

namespace gapless::model {
namespace {

// `holds` needs everything covered; nothing found in a part of it is no proof.
bool is_proof(const Verdict& verdict) {
  return verdict.outcome == Outcome::holds && verdict.coverage == Coverage::exhaustive;
}

bool undecided(const Verdict& verdict) { return verdict.outcome != Outcome::violated && !is_proof(verdict); }

// A violation where none is allowed, or a proof that there is none where one was claimed; a guard that guards nothing.
bool fails(const Run& run, const Report& report) {
  if (report.require_no_vacuous && std::ranges::any_of(run.controls, &Control::vacuous)) return true;
  const bool violated = run.verdict.outcome == Outcome::violated;
  if (violated) return report.require_holds || run.expected == Expected::holds;
  return run.expected == Expected::violated && is_proof(run.verdict);
}

}  // namespace

std::string to_string(Mode mode) {
  switch (mode) {
    case Mode::automatic:
      return "auto";
    case Mode::census:
      return "census";
    case Mode::search:
      return "search";
    case Mode::sample:
      return "sample";
    case Mode::enumerate:
      return "enumerate";
  }
  check_failed("a mode is one of five", std::source_location::current());
}

std::string to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::holds:
      return "holds";
    case Outcome::violated:
      return "violated";
    case Outcome::unknown:
      return "unknown";
  }
  check_failed("an outcome is one of three", std::source_location::current());
}

std::string to_string(Coverage coverage) {
  switch (coverage) {
    case Coverage::exhaustive:
      return "exhaustive";
    case Coverage::bounded:
      return "bounded";
    case Coverage::sampled:
      return "sampled";
    case Coverage::incomplete:
      return "incomplete";
  }
  check_failed("a coverage is one of four", std::source_location::current());
}

std::string to_string(Counts counts) {
  switch (counts) {
    case Counts::exact:
      return "exact";
    case Counts::explored:
      return "explored";
    case Counts::none:
      return "none";
  }
  check_failed("counts are one of three", std::source_location::current());
}

std::string to_string(Expected expected) {
  switch (expected) {
    case Expected::holds:
      return "holds";
    case Expected::violated:
      return "violated";
  }
  check_failed("an expectation is one of two", std::source_location::current());
}

std::optional<bool> Run::as_expected() const {
  if (!expected) return std::nullopt;
  return *expected == Expected::holds ? is_proof(verdict) : verdict.outcome == Outcome::violated;
}

int exit_status(const Report& report) {
  if (!report.internal_errors.empty()) return 4;
  if (!report.errors.empty()) return 2;
  const auto some_run = [&](auto&& condition) { return std::ranges::any_of(report.runs, condition); };
  if (some_run([&](const Run& run) { return fails(run, report); })) return 1;
  // Also where no claim was made: a command that ran out of time never ends with 0.
  if (some_run([](const Run& run) { return undecided(run.verdict); })) return 3;
  return report.runs.empty() ? 5 : 0;
}

}  // namespace gapless::model
