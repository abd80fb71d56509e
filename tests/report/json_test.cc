#include "report/json.h"

#include <doctest/doctest.h>

#include "golden.h"
#include "runs.h"

using namespace gapless;
using testing::check_golden;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string json_of(model::Run run) {
  model::Report report;
  report.runs = {std::move(run)};
  return report::to_json(report);
}

}  // namespace

TEST_CASE("an empty report") {
  CHECK(report::to_json({}) == "{\n  \"format\": 1,\n  \"errors\": [],\n  \"runs\": []\n}\n");
}

TEST_CASE("keys, their order and the types of their values are a contract") {
  model::Report report;
  report.runs = {testing::naive_run(), testing::conditional_update_run(), testing::deadlock_run()};
  report.errors = {{"models/x.gap", 3, 7, "unknown table “usres”; did you mean users?", "  SELECT 1 FROM usres"}};
  report.internal_errors = {"a belief"};
  check_golden(GAPLESS_TEST_FOLDER, "report.json", report::to_json(report));
}

TEST_CASE("what is not known is null, never 0") {
  auto run = testing::conditional_update_run();
  run.expected = std::nullopt;
  run.verdict.counts = model::Counts::none;
  run.verdict.states = std::nullopt;
  run.verdict.transitions = std::nullopt;
  const auto text = json_of(run);
  for (const auto* key :
       {"expected", "interleavings", "violating", "states", "transitions", "executions", "counterexample"}) {
    CAPTURE(key);
    CHECK(contains(text, "\"" + std::string(key) + "\": null"));
  }
}

TEST_CASE("counts are exact however large") {
  auto run = testing::conditional_update_run();
  run.verdict.interleavings = "30414093201713378043612608166064768844377641568960512000000000000";  // 50!
  CHECK(contains(json_of(run), "\"30414093201713378043612608166064768844377641568960512000000000000\""));
}

TEST_CASE("holds is never said of what was not covered") {
  auto run = testing::conditional_update_run();
  run.verdict.coverage = model::Coverage::incomplete;
  CHECK(contains(json_of(run), "\"verdict\": \"unknown\""));
  CHECK(contains(json_of(run), "\"coverage\": \"incomplete\""));
}

TEST_CASE("bytes that are no UTF-8 do not cost us the document") {
  model::Report report;
  report.errors = {{"x.gap", 1, 1, "strange byte \xFF here", ""}};
  CHECK(contains(report::to_json(report), "strange byte \xEF\xBF\xBD here"));
}

TEST_CASE("faults: only the bounds that are not 0") {
  auto run = testing::lease_run();
  CHECK(contains(json_of(run), "\"faults\": {},"));
  run.faults = {.crash = 1, .duplicate = 2};
  CHECK(contains(json_of(run), "\"faults\": {\n        \"crash\": 1,\n        \"duplicate\": 2\n      }"));
  run.faults = {.retry = 3};
  CHECK(contains(json_of(run), "\"faults\": {\n        \"retry\": 3\n      }"));
}

TEST_CASE("a step of nobody's has actor 0; the schedule has all choices") {
  const auto text = json_of(testing::lease_run());
  CHECK(contains(text, "\"schedule\": \"1 1 expire(lock:SAVE50) 2 2!crash 1 2!retry 2\""));
  CHECK(contains(text,
                 "            \"actor\": 0,\n            \"role\": \"\",\n"
                 "            \"operation\": \"expire(lock:SAVE50)\",\n            \"observation\": \"\"\n"));
  CHECK(contains(text,
                 "            \"actor\": 2,\n            \"role\": \"claim\",\n"
                 "            \"operation\": \"crash\",\n"));
}

TEST_CASE("what was drawn at random is there only where something was") {
  auto run = testing::conditional_update_run();
  CHECK_FALSE(contains(json_of(run), "sampling"));
  run.verdict.sampling = model::Sampling{.method = "PCT",
                                         .runs = 200,
                                         .violating = 3,
                                         .seed = 18446744073709551615U,
                                         .depth = 2,
                                         .steps = 7,
                                         .actors = 2,
                                         .counted = 200,
                                         .missed = 0.25,
                                         .share_below = 1};
  CHECK(contains(json_of(run),
                 "      \"sampling\": {\n        \"method\": \"PCT\",\n        \"runs\": 200,\n"
                 "        \"violating\": 3,\n        \"seed\": 18446744073709551615,\n        \"depth\": 2,\n"
                 "        \"steps\": 7,\n        \"actors\": 2,\n        \"missed\": 0.25,\n"
                 "        \"share_below\": 1.0\n      }"));
  run.verdict.sampling = model::Sampling{.method = "uniform", .runs = 200};
  CHECK(contains(json_of(run), "\"depth\": null,\n        \"steps\": null,\n        \"actors\": null"));
}

TEST_CASE("controls are there only where they were asked for") {
  model::Report report;
  report.runs = {testing::conditional_update_run(), testing::naive_run()};
  report.runs[0].controls = testing::controls();
  CHECK_FALSE(contains(report::to_json(report), "controls"));
  CHECK_FALSE(contains(report::to_json(report), "never_failed"));
  report.with_controls = true;
  report.never_failed = {"a.gap: never"};
  const auto text = report::to_json(report);
  CHECK(contains(text,
                 "        {\n          \"guard\": \"AND balance >= :amount\",\n          \"line\": 31,\n"
                 "          \"verdict\": \"violated\",\n"
                 "          \"invariant\": \"what was paid left the balance\",\n"
                 "          \"schedule\": \"1 2 2 1\",\n          \"vacuous\": false,\n"
                 "          \"note\": null\n        }"));
  CHECK(contains(text,
                 "          \"verdict\": \"holds\",\n          \"invariant\": null,\n"
                 "          \"schedule\": null,\n          \"vacuous\": true,\n"));
  report.runs[0].controls[1].note = "needed at crash <= 1";
  CHECK(contains(report::to_json(report),
                 "          \"schedule\": null,\n          \"vacuous\": false,\n"
                 "          \"note\": \"needed at crash <= 1\"\n"));
  CHECK(contains(text, "\"note\": \"memory limit of 2 GiB reached\""));
  CHECK(contains(text, "      \"controls\": []\n"));
  CHECK(contains(text, "  \"never_failed\": [\n    \"a.gap: never\"\n  ]\n"));
}
