#include "model/verdict.h"

#include <doctest/doctest.h>

using namespace gapless;
using namespace gapless::model;

namespace {

Run run_of(Outcome outcome, std::optional<Expected> expected, Coverage coverage = Coverage::exhaustive) {
  Run run;
  run.expected = expected;
  run.verdict.outcome = outcome;
  run.verdict.coverage = coverage;
  return run;
}

int status_of(std::vector<Run> runs, bool require_holds = false) {
  Report report;
  report.runs = std::move(runs);
  report.require_holds = require_holds;
  return exit_status(report);
}

const auto holds_as_claimed = run_of(Outcome::holds, Expected::holds);
const auto violated_as_claimed = run_of(Outcome::violated, Expected::violated);
const auto unclaimed_violation = run_of(Outcome::violated, std::nullopt);
const auto broken_claim = run_of(Outcome::violated, Expected::holds);
const auto missing_violation = run_of(Outcome::holds, Expected::violated);
const auto out_of_time = run_of(Outcome::unknown, Expected::holds, Coverage::incomplete);

}  // namespace

TEST_CASE("a claim `holds` is met only by a proof, `violated` only by a violation") {
  CHECK(holds_as_claimed.as_expected() == true);
  CHECK(violated_as_claimed.as_expected() == true);
  CHECK(broken_claim.as_expected() == false);
  CHECK(missing_violation.as_expected() == false);
  CHECK(out_of_time.as_expected() == false);
  CHECK(run_of(Outcome::unknown, Expected::violated).as_expected() == false);
  CHECK(run_of(Outcome::holds, Expected::holds, Coverage::bounded).as_expected() == false);
  CHECK(run_of(Outcome::holds, Expected::holds, Coverage::sampled).as_expected() == false);
  CHECK(run_of(Outcome::violated, Expected::violated, Coverage::incomplete).as_expected() == true);
  CHECK(unclaimed_violation.as_expected() == std::nullopt);
}

TEST_CASE("exit status 0: every expectation met") {
  CHECK(status_of({holds_as_claimed, violated_as_claimed}) == 0);
  CHECK(status_of({unclaimed_violation}) == 0);
  CHECK(status_of({run_of(Outcome::violated, Expected::violated, Coverage::incomplete)}) == 0);
}

TEST_CASE("exit status 1: an expectation failed") {
  CHECK(status_of({holds_as_claimed, broken_claim}) == 1);
  CHECK(status_of({missing_violation, holds_as_claimed}) == 1);
  CHECK(status_of({run_of(Outcome::violated, Expected::holds, Coverage::incomplete)}) == 1);
}

TEST_CASE("--require holds fails every violation, expected or not") {
  CHECK(status_of({violated_as_claimed}, true) == 1);
  CHECK(status_of({unclaimed_violation}, true) == 1);
  CHECK(status_of({holds_as_claimed}, true) == 0);
  CHECK(status_of({out_of_time}, true) == 3);
}

TEST_CASE("--require no-vacuous fails a guard without which nothing breaks, not one of which nothing is known") {
  Report report;
  report.runs = {holds_as_claimed};
  Control control;
  control.outcome = Outcome::violated;
  report.runs[0].controls.push_back(control);
  control.outcome = Outcome::unknown;
  report.runs[0].controls.push_back(control);
  report.require_no_vacuous = true;
  CHECK(exit_status(report) == 0);
  report.runs[0].controls[0].outcome = Outcome::holds;
  CHECK(exit_status(report) == 1);
  report.runs[0].controls[0].note = "needed at crash <= 1";
  CHECK(exit_status(report) == 0);
  report.runs[0].controls[0].note.clear();
  report.require_no_vacuous = false;
  CHECK(exit_status(report) == 0);
}

TEST_CASE("exit status 3: not everything was covered, and nothing was found") {
  CHECK(status_of({out_of_time}) == 3);
  CHECK(status_of({run_of(Outcome::unknown, Expected::violated, Coverage::incomplete)}) == 3);
  CHECK(status_of({run_of(Outcome::unknown, std::nullopt, Coverage::incomplete)}) == 3);
  CHECK(status_of({run_of(Outcome::holds, Expected::holds, Coverage::bounded)}) == 3);
  CHECK(status_of({run_of(Outcome::holds, Expected::violated, Coverage::bounded)}) == 3);
}

TEST_CASE("exit status 5: nothing matched") { CHECK(status_of({}) == 5); }

TEST_CASE("precedence is 4, 2, 1, 3, 5") {
  Report report;
  CHECK(exit_status(report) == 5);
  report.runs = {out_of_time};
  CHECK(exit_status(report) == 3);
  report.runs.push_back(broken_claim);
  CHECK(exit_status(report) == 1);
  report.errors.push_back({"x.gap", 1, 1, "no", ""});
  CHECK(exit_status(report) == 2);
  report.internal_errors.emplace_back("belief");
  CHECK(exit_status(report) == 4);
}

TEST_CASE("the words of the contract") {
  CHECK(to_string(Mode::automatic) == "auto");
  CHECK(to_string(Mode::census) == "census");
  CHECK(to_string(Mode::search) == "search");
  CHECK(to_string(Mode::enumerate) == "enumerate");
  CHECK(to_string(Outcome::holds) == "holds");
  CHECK(to_string(Outcome::violated) == "violated");
  CHECK(to_string(Outcome::unknown) == "unknown");
  CHECK(to_string(Coverage::exhaustive) == "exhaustive");
  CHECK(to_string(Coverage::bounded) == "bounded");
  CHECK(to_string(Coverage::sampled) == "sampled");
  CHECK(to_string(Coverage::incomplete) == "incomplete");
  CHECK(to_string(Counts::exact) == "exact");
  CHECK(to_string(Counts::explored) == "explored");
  CHECK(to_string(Counts::none) == "none");
  CHECK(to_string(Expected::holds) == "holds");
  CHECK(to_string(Expected::violated) == "violated");
}
