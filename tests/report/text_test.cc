#include "report/text.h"

#include <doctest/doctest.h>

#include "golden.h"
#include "report/command.h"
#include "report/sentences.h"
#include "report/timeline.h"
#include "runs.h"

using namespace gapless;
using namespace gapless::model;
using testing::check_golden;

namespace {

void check_text(const std::string& name, const std::string& text) { check_golden(GAPLESS_TEST_FOLDER, name, text); }

std::string last_line(const std::string& text) {
  REQUIRE(text.ends_with('\n'));
  const auto body = text.substr(0, text.size() - 1);
  return body.substr(body.rfind('\n') + 1);
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

Report report_of(std::vector<Run> runs) {
  Report report;
  report.runs = std::move(runs);
  return report;
}

Run undecided(Run run) {
  run.verdict.outcome = Outcome::unknown;
  run.verdict.coverage = Coverage::incomplete;
  run.verdict.coverage_reason = "memory limit of 2 GiB reached";
  run.verdict.counts = Counts::none;
  return run;
}

// Actor i + 1 does one step; with `actors` of them.
Execution many_actors(std::size_t actors) {
  Execution execution;
  for (std::size_t i = 1; i <= actors; ++i) {
    execution.actors.push_back("claim('code')");
    Step step;
    step.actor = i;
    step.operation = "UPDATE codes SET used = true WHERE code = 'code' AND NOT used";
    step.observation = i == 1 ? "1 row changed" : "no row changed";
    step.response = i == 1 ? "200" : "409";
    execution.steps.push_back(step);
  }
  return execution;
}

}  // namespace

TEST_CASE("the report on withdraw, as in the README") {
  check_text("withdraw.txt",
             report::to_text(report_of({testing::naive_run(), testing::conditional_update_run()}), false));
}

TEST_CASE("a deadlock that nobody expected, a warning, and two scenarios") {
  check_text("deadlock.txt", report::to_text(report_of({testing::naive_run(), testing::deadlock_run()}), false));
}

TEST_CASE("colours on a terminal") {
  check_text("colour.txt", report::to_text(report_of({testing::naive_run()}), true));
}

TEST_CASE("a waiting statement's lane is marked until it goes on") {
  check_text("waiting.txt", report::counterexample_text(testing::waiting_execution(), false));
}

TEST_CASE("the mark ends where the statement goes on") {
  auto execution = testing::waiting_execution();
  execution.steps[3].response = "";
  Step last;
  last.actor = 1;
  last.operation = "SELECT 1";
  execution.steps.push_back(last);
  const auto text = report::timeline(execution, false);
  CHECK(contains(text.substr(0, text.find("…goes on")), "┊"));
  CHECK_FALSE(contains(text.substr(text.find("…goes on")), "┊"));
}

TEST_CASE("more actors than columns: one below the other") {
  check_text("many_actors.txt", report::timeline(many_actors(6), false));
}

TEST_CASE("four actors have a column each, five have not") {
  // 100 columns without margin (2), number (6) and four gaps of 2 leave 21 each; the name has 15.
  CHECK(contains(report::timeline(many_actors(4), false), "1 claim('code')        2 claim('code')        3"));
  CHECK(contains(report::timeline(many_actors(5), false), "step    actor\n"));
}

TEST_CASE("no line is wider than the page") {
  for (const auto& execution : {many_actors(1), many_actors(4), many_actors(12), testing::naive_withdrawals()}) {
    std::string text = report::counterexample_text(execution, false);
    while (!text.empty()) {
      const auto line = text.substr(0, text.find('\n'));
      text.erase(0, line.size() + 1);
      std::size_t characters = 0;
      for (const char c : line) characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
      CHECK(characters <= report::text_width);
    }
  }
}

TEST_CASE("the middle of a long execution is left out, what matters is not") {
  auto execution = many_actors(100);
  execution.stale = {
      {.read = 40, .write = 50, .use = 60, .table = "t", .row = "", .value_read = "a", .value_written = "b"}};
  const auto text = report::timeline(execution, false);
  // Rows 1-30 and 71-100, and 41, 51, 61 of 100: 10, 9, 9 and 9 are missing.
  CHECK(contains(text, "    30  "));
  CHECK_FALSE(contains(text, "    31  "));
  CHECK(contains(text, "…  10 steps left out"));
  CHECK(contains(text, "    41  "));
  CHECK(contains(text, "…  9 steps left out"));
  CHECK(contains(text, "    51  "));
  CHECK(contains(text, "    61  "));
  CHECK(contains(text, "! on what step 41 read, stale since step 51"));
  CHECK(contains(text, "    71  "));
  CHECK(contains(text, "   100  "));
}

TEST_CASE("a short execution is shown whole") {
  CHECK_FALSE(contains(report::timeline(many_actors(60), false), "left out"));
  CHECK(contains(report::timeline(many_actors(61), false), "…  1 step left out"));
}

TEST_CASE("what was not covered does not hold") {
  const auto text = report::to_text(report_of({undecided(testing::conditional_update_run())}), false);
  CHECK(contains(text, "? nothing found"));
  CHECK(contains(text,
                 "conditional_update: nothing found, but not everything was covered: memory limit of 2 GiB reached"));
  CHECK(contains(text, "1 run: 0 hold, 0 violated, 1 undecided. 1 expectation is not met."));
  CHECK_FALSE(contains(text, "✓"));

  auto bounded = testing::conditional_update_run();
  bounded.verdict.coverage = Coverage::bounded;
  CHECK(contains(report::to_text(report_of({bounded}), false), "? nothing found"));
}

TEST_CASE("a sample: what was drawn in the columns of counts, and what it promises of the rest") {
  const auto sampled = [](Run run, std::uint64_t violating, model::Sampling sampling) {
    run.verdict.mode = model::Mode::sample;
    run.verdict.coverage = Coverage::sampled;
    run.verdict.coverage_reason = "10000 interleavings were drawn at random";
    run.verdict.counts = Counts::none;
    if (violating == 0) run.verdict.outcome = model::Outcome::unknown;
    sampling.runs = 10'000;
    sampling.violating = violating;
    run.verdict.sampling = std::move(sampling);
    return run;
  };
  const auto text_of = [](const Run& run) { return report::to_text(report_of({run}), false); };
  const auto naive = text_of(sampled(testing::naive_run(), 2'501, {.method = "PCT", .depth = 2}));
  CHECK(contains(naive, "10,000 drawn      2,501  25.0 %"));
  CHECK(contains(naive, "2,501 of 10,000 interleavings drawn at random go wrong. "));

  const auto holds = [&](model::Sampling sampling) {
    return text_of(sampled(testing::conditional_update_run(), 0, std::move(sampling)));
  };
  const std::string drawn = "not everything was covered: 10000 interleavings were drawn at random; ";
  CHECK(contains(holds({.method = "uniform", .missed = 0, .share_below = 0.0299}),
                 drawn + "at most 3 % of all interleavings violate, with 95 % confidence\n"));
  const model::Sampling pct{
      .method = "PCT", .depth = 2, .steps = 7, .actors = 2, .counted = 10'000, .missed = 0.0201, .share_below = 1};
  CHECK(contains(holds(pct),
                 drawn + "a bug of depth 2 is missed with a probability of at most 2.1 % (2 actors, 7 steps)\n"));
  auto late = pct;
  late.counted = 40;
  CHECK(contains(holds(late), "(2 actors, 7 steps, 40 runs that count)\n"));
  auto deep = pct;
  deep.missed = 0.9995;
  CHECK(contains(holds(deep), drawn +
                                  "a bug of depth 2 may well have been missed (2 actors, 7 steps): draw more, or look "
                                  "for a smaller depth\n"));
  CHECK(contains(holds({.method = "remaining steps"}),
                 drawn + "how likely it is to have missed something is not known\n"));
}

TEST_CASE("a reason with a place stands as a diagnostic does, and the word that means proved is not there at all") {
  auto run = undecided(testing::conditional_update_run());
  run.verdict.coverage_reason = "a.gap:7:3: some interleavings never end\n  SELECT\t1;\n  ^";
  const auto text = report::to_text(report_of({run}), false);
  CHECK(contains(text,
                 "\n  conditional_update: nothing found, but not everything was covered:\n"
                 "a.gap:7:3: some interleavings never end\n  SELECT 1;\n  ^\n"));
  CHECK(contains(text, "no violation  ? nothing found"));
  CHECK_FALSE(contains(text, "holds"));

  // What was claimed otherwise is said, and what was proved keeps its word.
  run.expected = model::Expected::violated;
  const auto mixed = report::to_text(report_of({run, testing::conditional_update_run()}), false);
  CHECK(contains(mixed, "violated  ? nothing found"));
  CHECK(contains(mixed, "holds     ✓ holds"));
}

TEST_CASE("why something was not covered, for standard error: each reason once, as a diagnostic") {
  auto run = undecided(testing::conditional_update_run());
  CHECK(report::coverage_reasons(report_of({run})) ==
        "models/withdraw.gap: conditional_update: nothing found, but not everything was covered: "
        "memory limit of 2 GiB reached\n");
  run.verdict.coverage_reason = "a.gap:7:3: some interleavings never end\n  SELECT 1;\n  ^";
  auto other = run;
  other.variant = "another";
  CHECK(report::coverage_reasons(report_of({run, other, testing::naive_run()})) ==
        "a.gap:7:3: some interleavings never end\n  SELECT 1;\n  ^\n");
  CHECK(report::coverage_reasons(report_of({testing::naive_run()})).empty());
}

TEST_CASE("counts that are not exact say so") {
  auto run = testing::naive_run();
  run.verdict.counts = Counts::explored;
  const auto explored = report::to_text(report_of({run}), false);
  CHECK(contains(explored, "6 explored"));
  CHECK_FALSE(contains(explored, "4 of 6 interleavings"));

  run.verdict.counts = Counts::none;
  CHECK(contains(report::to_text(report_of({run}), false), "interleavings have no number"));
}

TEST_CASE("the last line replays what nobody expected, else the first violation") {
  const auto naive = testing::naive_run();
  CHECK(last_line(report::to_text(report_of({naive}), false)) ==
        "./dev replay --model models/withdraw.gap --variant naive --actors 2 \"1 2 2 1\"");
  CHECK(last_line(report::to_text(report_of({naive, testing::deadlock_run()}), false)) ==
        "./dev replay --model models/transfer.gap --variant naive_order --actors 2 \"1 2 1 2\"");
  CHECK(last_line(report::to_text(report_of({testing::conditional_update_run()}), false)) ==
        "1 run: 1 holds, 0 violated. Every expectation is met.");
}

TEST_CASE("a command can be pasted even where names are unkind") {
  auto run = testing::naive_run();
  run.file = "my models/it's.gap";
  run.isolation = store::Isolation::serializable;
  CHECK(
      report::replay_command(run) ==
      "./dev replay --model 'my models/it'\\''s.gap' --variant naive --actors 2 --isolation serializable \"1 2 2 1\"");
  CHECK(report::shell_word("") == "''");
  // What the file says itself need not be said again; another level, READ COMMITTED too, must be.
  run.file_isolation = store::Isolation::serializable;
  CHECK(report::replay_command(run).ends_with("--actors 2 \"1 2 2 1\""));
  run.isolation = store::Isolation::read_committed;
  CHECK(report::replay_command(run).ends_with("--actors 2 --isolation 'read committed' \"1 2 2 1\""));
}

TEST_CASE("what differs between rows has a column") {
  auto three = testing::naive_run();
  three.actors = 3;
  const auto text = report::to_text(report_of({three, testing::conditional_update_run()}), false);
  CHECK(contains(text, "actors"));
  CHECK(contains(text, "models/withdraw.gap, read committed\n"));
  CHECK(contains(report::to_text(report_of({three}), false), "models/withdraw.gap, 3 actors, read committed\n"));
}

TEST_CASE("several levels: a row a variant, a column a level; what goes wrong alike is told once") {
  std::vector<Run> runs;
  for (const auto level :
       {store::Isolation::read_committed, store::Isolation::repeatable_read, store::Isolation::serializable}) {
    runs.push_back(testing::naive_run());
    runs.back().isolation = level;
    runs.push_back(testing::conditional_update_run());
    runs.back().isolation = level;
  }
  // At SERIALIZABLE other things happen than were claimed: naive goes wrong in another way, the other one goes wrong.
  runs[4].verdict.counterexample->schedule = {{1, 2, 1, 2}};
  runs[4].expected = std::nullopt;
  runs[5].verdict = testing::naive_run().verdict;
  check_text("levels.txt", report::to_text(report_of(runs), false));
}

TEST_CASE("several levels and several numbers of actors; a cell for each run and no other") {
  auto two = testing::naive_run();
  auto three = testing::naive_run();
  three.actors = 3;
  three.isolation = store::Isolation::serializable;
  const auto text = report::to_text(report_of({two, three}), false);
  CHECK(contains(text, "actors  read committed  serializable\n"));
  CHECK(contains(text, "naive    read, check, write  2       ✓ violated\n"));
  CHECK(contains(text, "naive    read, check, write  3                       ✓ violated\n"));
}

TEST_CASE("a violation before the first step has no timeline") {
  Execution execution;
  execution.actors = {"withdraw(50)"};
  execution.violated = "never";
  CHECK(report::counterexample_text(execution, false) ==
        "  (no step: it is so from the beginning)\n\n  ✗ never: broken before the first step\n");
}

TEST_CASE("sentences for rows that were not there, and rows that went") {
  auto execution = testing::naive_withdrawals();
  execution.stale[0].value_read = "";
  execution.stale[0].value_written = "id = 1";
  execution.steps[3].writes = {{"users", "id = 1", "", "id = 1"}};
  execution.steps[3].effects = {};
  CHECK(report::explanation(execution, false) ==
        "  Step 1 (actor 1) found nothing in users (id = 1); step 3 (actor 2) made it id = 1; step 4 (actor\n"
        "  1) still relied on what it had read, and inserted id = 1 into users.\n");
  execution.stale[0].value_read = "id = 1";
  execution.stale[0].value_written = "";
  execution.steps[3].writes = {};
  execution.steps[3].operation = "SELECT 1";
  CHECK(report::explanation(execution, false) ==
        "  Step 1 (actor 1) read id = 1 in users (id = 1); step 3 (actor 2) deleted it; step 4 (actor 1)\n"
        "  still relied on what it had read, and answered 200.\n");
  execution.stale[0].value_written = "no row";
  execution.stale[0].table = "";
  CHECK(report::explanation(execution, false) ==
        "  Step 1 (actor 1) read id = 1; step 3 (actor 2) changed it so that nothing is found; step 4 (actor\n"
        "  1) still relied on what it had read, and answered 200.\n");
}

TEST_CASE("what goes wrong one after the other says so; what needs a fault, or somebody in between, does not") {
  const std::string one_after_the_other = "  No interleaving is needed: it goes wrong one after the other, too.\n";
  auto execution = many_actors(2);
  execution.violated = "never";
  execution.violated_at = 1;
  CHECK(report::explanation(execution, false) == one_after_the_other);
  auto other = execution;
  other.violated_at = 0;
  CHECK(report::explanation(other, false) == "  No other request is needed: one alone goes wrong.\n");
  other.actors.pop_back();  // and there is no other
  CHECK(report::explanation(other, false).empty());
  other = execution;
  other.steps[0].response.clear();  // the first has not finished
  CHECK(report::explanation(other, false).empty());
  other = execution;
  other.steps[0].kind = Step::Kind::crash;
  CHECK(report::explanation(other, false).empty());
  other = execution;
  other.steps.insert(other.steps.begin() + 1, testing::step_of_world("replicate(replica)"));
  other.violated_at = 2;
  CHECK(report::explanation(other, false).empty());
  other = execution;
  other.steps.push_back(other.steps[0]);  // the first again
  other.violated_at = 2;
  CHECK(report::explanation(other, false).empty());
  other = execution;
  other.violated.clear();
  CHECK(report::explanation(other, false).empty());
}

TEST_CASE("a write that changes no value is told as a statement; one before the use is told too") {
  auto execution = testing::naive_withdrawals();
  execution.steps[3].writes = {};  // 50 over 50
  CHECK(report::explanation(execution, false) ==
        "  Step 1 (actor 1) read balance = 100 in users (id = 1); step 3 (actor 2) changed it to balance =\n"
        "  50; step 4 (actor 1) still relied on what it had read, and ran UPDATE users SET balance = 100 - 50\n"
        "  WHERE id = 1, and let paid(50) happen.\n");
  Step commit;
  commit.actor = 1;
  commit.operation = "COMMIT";
  commit.response = "200";
  execution.steps.push_back(commit);
  execution.stale[0].use = 4;
  CHECK(report::explanation(execution, false) ==
        "  Step 1 (actor 1) read balance = 100 in users (id = 1); step 3 (actor 2) changed it to balance =\n"
        "  50; step 5 (actor 1) still relied on what it had read, and ran UPDATE users SET balance = 100 - 50\n"
        "  WHERE id = 1.\n");
}

TEST_CASE("several settings of faults: a row a variant, a column a setting; the last line names the setting") {
  std::vector<Run> runs;
  for (const auto crashes : {0U, 1U}) {
    for (auto run : {testing::naive_run(), testing::lease_run()}) {
      run.scenario = "lease";
      run.faults.crash = crashes;
      if (crashes == 0 && run.variant == "lease") run.verdict = testing::conditional_update_run().verdict;
      runs.push_back(std::move(run));
    }
  }
  runs[1].expected = Expected::holds;
  check_text("faults.txt", report::to_text(report_of(runs), false));
}

TEST_CASE("levels and settings together") {
  std::vector<Run> runs;
  for (const auto level : {store::Isolation::serializable, store::Isolation::read_committed}) {
    for (const auto crashes : {0U, 1U}) {
      runs.push_back(testing::naive_run());
      runs.back().isolation = level;
      runs.back().faults.crash = crashes;
    }
  }
  runs[1].verdict.coverage = Coverage::incomplete;
  runs[1].verdict.coverage_reason = "time limit of 1 s reached";
  const auto text = report::to_text(report_of(runs), false);
  CHECK(contains(text,
                 "  variant                      read committed  read committed  serializable  serializable\n"
                 "                               no faults       crash <= 1      no faults     crash <= 1\n"
                 "  naive    read, check, write  ✓ violated"));
  CHECK(contains(text, "models/withdraw.gap, 2 actors\n"));
  CHECK(contains(text, "serializable, crash <= 1, naive: found before everything was covered"));
  CHECK(contains(text,
                 "── naive ──  serializable, no faults; serializable, crash <= 1; read committed, no faults; "
                 "read committed, crash <= 1  read, check, write\n"));
  CHECK(contains(text, "At serializable without faults, 4 of 6 interleavings go wrong. At serializable under"));
}

TEST_CASE("one setting of faults stands above the matrix, and in the command") {
  auto run = testing::naive_run();
  run.faults = {.crash = 1, .retry = 2};
  const auto text = report::to_text(report_of({run}), false);
  CHECK(contains(text, "models/withdraw.gap, 2 actors, read committed, crash <= 1, retry <= 2\n"));
  CHECK(last_line(text) ==
        "./dev replay --model models/withdraw.gap --variant naive --actors 2 --faults 'crash <= 1, retry <= 2' "
        "\"1 2 2 1\"");
  // What --faults has asked for may be none of the file's settings.
  run.faults = {};
  run.faults_given = true;
  CHECK(report::replay_command(run).ends_with("--actors 2 --faults none \"1 2 2 1\""));
}

TEST_CASE("a schedule in a command is one word of the shell, whatever a key is called") {
  auto run = testing::naive_run();
  run.verdict.counterexample->schedule = Schedule{{1, {2, ":lost_done"}, {1, "!crash"}, {0, "expire(a\"$b`)"}}};
  CHECK(report::replay_command(run).ends_with("--actors 2 \"1 2:lost_done 1!crash expire(a\\\"\\$b\\`)\""));
}

TEST_CASE("what happens to actors and to the world") {
  check_text("world.txt", report::counterexample_text(testing::lease_execution(), false));
  check_text("messages.txt", report::counterexample_text(testing::messages_execution(), false));
}

TEST_CASE("what happens to the world has its line also where actors are too many for columns") {
  auto execution = many_actors(5);
  execution.steps.push_back(testing::step_of_world("settle(charge\\(1, 50)):not_done"));
  const auto text = report::timeline(execution, false);
  CHECK(contains(text, "     6    ──               charge(1, 50) is settled: it was not done\n"));
  CHECK(contains(report::timeline(testing::only_the_world_moves(), false), "hears of the next commit"));
}

TEST_CASE("a deadlock of those who await") {
  auto execution = testing::deadlock_run().verdict.counterexample->execution;
  execution.awaits = {{1, "SELECT paid FROM orders WHERE id = 7"}};
  CHECK(report::explanation(execution, false) ==
        "  Deadlock: actor 1 waits for 2, actor 2 waits for 1, actor 1 waits until SELECT paid FROM orders\n"
        "  WHERE id = 7 is true.\n");
  execution.steps.clear();
  CHECK(report::explanation(execution, false) ==
        "  Deadlock: actor 1 waits until SELECT paid FROM orders WHERE id = 7 is true.\n");
}

TEST_CASE("what the world changed is told as its step") {
  auto execution = testing::naive_withdrawals();
  execution.steps[2] = testing::step_of_world("replicate(replica)");
  CHECK(contains(report::explanation(execution, false),
                 "; step 3 (replica hears of the next commit)\n  changed it to balance = 50"));
}

TEST_CASE("controls: what breaks without each guard, and VACUOUS where nothing does") {
  auto report = report_of({testing::naive_run(), testing::conditional_update_run()});
  report.with_controls = true;
  report.runs[1].controls = testing::controls();
  report.never_failed = {"models/withdraw.gap: the balance is a number"};
  check_text("controls.txt", report::to_text(report, false));
  // None were found; and none were asked for.
  report.runs[1].controls.clear();
  report.never_failed.clear();
  CHECK(contains(report::to_text(report, false), "0 guards dropped: 0 break something.\n"));
  report.with_controls = false;
  CHECK_FALSE(contains(report::to_text(report, false), "guard"));
}

TEST_CASE("a guard that is needed in one setting is vacuous in none, and counts once") {
  auto quiet = testing::conditional_update_run();
  quiet.controls = testing::controls();
  quiet.controls.pop_back();
  auto crash = quiet;
  crash.faults.crash = 1;
  crash.controls[1].outcome = Outcome::violated;
  crash.controls[1].invariant = "what was paid left the balance";
  quiet.controls[1].note = "needed at crash <= 1";
  auto report = report_of({quiet, crash});
  report.with_controls = true;
  auto text = report::to_text(report, false);
  CHECK(contains(text, "  9     nothing breaks here\n"));
  CHECK(contains(text, "needed at crash <= 1\n"));
  CHECK_FALSE(contains(text, "VACUOUS"));
  CHECK(contains(text, "2 guards dropped: 2 break something.\n"));
  // Two that read alike are two; and the third is in doubt.
  for (auto& run : report.runs) {
    run.controls.push_back(run.controls[1]);
    run.controls.back().outcome = Outcome::holds;
    run.controls.back().note.clear();
  }
  text = report::to_text(report, false);
  CHECK(contains(text, "3 guards dropped: 2 break something, 1 VACUOUS.\n"));
  report.runs[0].controls.back().outcome = Outcome::unknown;
  text = report::to_text(report, false);
  CHECK(contains(text, "3 guards dropped: 2 break something, 1 undecided.\n"));
  std::swap(report.runs[0], report.runs[1]);
  CHECK(contains(report::to_text(report, false), "3 guards dropped: 2 break something, 1 undecided.\n"));
}

TEST_CASE("what never runs or never succeeds, unless it does under another setting") {
  auto one = testing::conditional_update_run();
  one.verdict.never_ran = {"a.gap:12: UPDATE t SET x = 1", "a.gap:13: SELECT 1"};
  one.verdict.never_succeeds = {"withdraw(50)"};
  auto other = one;
  other.faults.crash = 1;
  other.verdict.never_ran.pop_back();
  const auto both = report::to_text(report_of({one, other}), false);
  CHECK(contains(both, "  note (conditional_update): never runs in any interleaving: a.gap:12: UPDATE t SET x = 1\n"));
  CHECK(contains(both, "  note (conditional_update): succeeds in no interleaving: withdraw(50)\n"));
  CHECK_FALSE(contains(both, "a.gap:13"));
  CHECK(contains(report::to_text(report_of({one}), false), "a.gap:13"));
}
