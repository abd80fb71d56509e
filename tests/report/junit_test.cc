#include "report/junit.h"

#include <doctest/doctest.h>

#include "golden.h"
#include "runs.h"

using namespace gapless;
using testing::check_golden;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string junit_of(model::Run run, bool require_holds = false) {
  model::Report report;
  report.runs = {std::move(run)};
  report.require_holds = require_holds;
  return report::to_junit(report);
}

}  // namespace

TEST_CASE("a suite a scenario, a case a run, errors as errors") {
  model::Report report;
  report.runs = {testing::naive_run(), testing::conditional_update_run(), testing::deadlock_run()};
  report.errors = {{"models/x.gap", 3, 7, "a \"quoted\" <table>", "  SELECT 1 FROM usres"}};
  report.internal_errors = {"a belief & more"};
  check_golden(GAPLESS_TEST_FOLDER, "report.xml", report::to_junit(report));
}

TEST_CASE("a case fails exactly where the command would") {
  CHECK_FALSE(contains(junit_of(testing::naive_run()), "<failure"));  // expected
  CHECK(contains(junit_of(testing::naive_run(), true), "<failure type=\"violation\""));
  CHECK_FALSE(contains(junit_of(testing::conditional_update_run(), true), "<failure"));

  auto no_violation = testing::conditional_update_run();
  no_violation.expected = model::Expected::violated;
  CHECK(contains(junit_of(no_violation), "message=\"expected a violation, but every interleaving holds\""));

  auto undecided = testing::conditional_update_run();
  undecided.verdict.outcome = model::Outcome::unknown;
  undecided.verdict.coverage = model::Coverage::incomplete;
  undecided.verdict.coverage_reason = "time limit of 1 s reached";
  CHECK(contains(junit_of(undecided),
                 "<failure type=\"coverage\" message=\"conditional_update: nothing found, but not "
                 "everything was covered: time limit of 1 s reached\">"));
  CHECK_FALSE(contains(junit_of(undecided), "holds"));

  undecided.verdict.coverage_reason = "a.gap:7:3: some interleavings never end\n  SELECT 1;\n  ^";
  CHECK(contains(junit_of(undecided),
                 "message=\"conditional_update: nothing found, but not everything was covered: "
                 "a.gap:7:3: some interleavings never end\">\n"
                 "conditional_update: nothing found, but not everything was covered:\n"
                 "a.gap:7:3: some interleavings never end\n  SELECT 1;\n  ^\n</failure>"));
}

TEST_CASE("settings of faults are told apart by name") {
  auto run = testing::naive_run();
  CHECK(contains(junit_of(run), "name=\"naive (2 actors, read committed)\""));
  run.faults = {.crash = 1, .retry = 1};
  CHECK(contains(junit_of(run), "name=\"naive (2 actors, read committed, crash &lt;= 1, retry &lt;= 1)\""));
}

TEST_CASE("a vacuous control fails where none may be, after what the run itself has to say") {
  model::Report report;
  report.with_controls = true;
  report.runs = {testing::conditional_update_run()};
  report.runs[0].controls = testing::controls();
  CHECK_FALSE(contains(report::to_junit(report), "<failure"));
  report.require_no_vacuous = true;
  CHECK(contains(report::to_junit(report), "failures=\"1\" errors=\"0\""));
  CHECK(
      contains(report::to_junit(report),
               "<failure type=\"vacuous\" message=\"nothing breaks without the row lock FOR UPDATE, which stands in a "
               "statement of some length (line 9)\">"));
  report.runs[0].controls.erase(report.runs[0].controls.begin() + 1);
  CHECK_FALSE(contains(report::to_junit(report), "<failure"));
}

TEST_CASE("text is what XML 1.0 allows") {
  CHECK(report::xml_text("a<b> & \"c\"") == "a&lt;b&gt; &amp; &quot;c&quot;");
  CHECK(report::xml_text("tab\tline\n") == "tab\tline\n");
  const std::string replacement = "\xEF\xBF\xBD";
  CHECK(report::xml_text(std::string("a\0b", 3)) == "a" + replacement + "b");
  CHECK(report::xml_text("\x1b[0m") == replacement + "[0m");
  CHECK(report::xml_text("\xFF") == replacement);
  CHECK(report::xml_text("\xC0\xAF") == replacement + replacement);                    // overlong
  CHECK(report::xml_text("\xED\xA0\x80") == replacement + replacement + replacement);  // a surrogate
  CHECK(report::xml_text("\xEF\xBF\xBE") == replacement + replacement + replacement);  // U+FFFE
  CHECK(report::xml_text("é → 日") == "é → 日");
}
