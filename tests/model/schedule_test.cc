#include "model/schedule.h"

#include <doctest/doctest.h>

using namespace gapless::model;

namespace {

RecordedSchedule withdraw_naive() {
  return {.file = "models/withdraw.gap",
          .scenario = "withdraw",
          .variant = "naive",
          .isolation = "read committed",
          .actors = 2,
          .invariant = "what was paid left the balance",
          .digest = 0x0123456789abcdefU,
          .schedule = {{1, 2, 2, 1}}};
}

std::string why_not(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  std::string reason;
  CHECK_FALSE(parse_recorded_schedule(text, reason));
  return reason;
}

}  // namespace

TEST_CASE("a schedule is numbers with blanks between them") {
  CHECK(to_string(Schedule{{1, 2, 2, 1}}) == "1 2 2 1");
  CHECK(to_string(Schedule{}).empty());
  CHECK(parse_schedule("1 2 2 1") == Schedule{{1, 2, 2, 1}});
  CHECK(parse_schedule("  10\t2\n") == Schedule{{10, 2}});
  CHECK(parse_schedule("") == Schedule{});
}

TEST_CASE("what is no schedule is refused") {
  for (const auto* text : {"0", "1 0", "x", "1x", "1,2", "-1", "+1", "1.5", "99999999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_schedule(text));
  }
}

TEST_CASE("outcomes, faults and what happens to the world are choices, too") {
  const auto* text = "1 2:lost_done 1!crash expire(lock:SAVE50) settle(charge(1, 50)):done 1!last_run";
  const Schedule schedule{{1,
                           {2, ":lost_done"},
                           {1, "!crash"},
                           {0, "expire(lock:SAVE50)"},
                           {0, "settle(charge(1, 50)):done"},
                           {1, "!last_run"}}};
  CHECK(parse_schedule(text) == schedule);
  CHECK(to_string(schedule) == text);
  // Within parentheses blanks separate nothing, and a backslash quotes.
  const Schedule unkind{{{0, "expire(a \\) b\\\\)"}, 2}};
  CHECK(to_string(unkind) == "expire(a \\) b\\\\) 2");
  CHECK(parse_schedule(to_string(unkind)) == unkind);
  for (const auto* wrong : {"1!", "1:", "1?crash", "0!crash", "1!cr-ash", "expire", "expire(", "expire(a", "(a)",
                            "expire(a)x", "expire(a):", "1 :ok"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_schedule(wrong));
  }
}

TEST_CASE("a recorded schedule has its faults, if there are any") {
  auto recorded = withdraw_naive();
  recorded.faults = "crash <= 1, retry <= 2";
  recorded.schedule = {{1, {1, "!crash"}, {0, "expire(lock:SAVE50)"}}};
  const auto text = to_string(recorded);
  CHECK(text.find("\nactors: 2\nfaults: crash <= 1, retry <= 2\ninvariant:") != std::string::npos);
  CHECK(text.ends_with("\nschedule: 1 1!crash expire(lock:SAVE50)\n"));
  std::string reason;
  CHECK(parse_recorded_schedule(text, reason) == recorded);
  // Written by hand in another order: one setting is one text.
  auto other = text;
  other.replace(other.find("crash <= 1, retry <= 2"), 22, "retry<=2,crash <=1");
  CHECK(parse_recorded_schedule(other, reason) == recorded);
}

TEST_CASE("switches are consecutive steps by different actors") {
  CHECK(switches(Schedule{}) == 0);
  CHECK(switches(Schedule{{1}}) == 0);
  CHECK(switches(Schedule{{1, 2, 2, 1}}) == 2);  // 1|2 2|1
  CHECK(switches(Schedule{{1, 2, 1, 2}}) == 3);
}

TEST_CASE("a recorded schedule is a readable file that says what it belongs to") {
  CHECK(to_string(withdraw_naive()) ==
        "# A counterexample that Gapless found. Play it with: ./dev replay THIS-FILE\n"
        "model: models/withdraw.gap\n"
        "scenario: withdraw\n"
        "variant: naive\n"
        "isolation: read committed\n"
        "actors: 2\n"
        "invariant: what was paid left the balance\n"
        "digest: 0123456789abcdef\n"
        "schedule: 1 2 2 1\n");
}

TEST_CASE("a recorded schedule is read back as it was written") {
  auto recorded = withdraw_naive();
  std::string reason;
  CHECK(parse_recorded_schedule(to_string(recorded), reason) == recorded);
  CHECK(reason.empty());

  recorded.invariant = " two\nlines: a \\n that is none\r";
  recorded.schedule = {};
  recorded.digest = 0xffffffffffffffffU;
  CHECK(parse_recorded_schedule(to_string(recorded), reason) == recorded);
}

TEST_CASE("blank lines, comments and carriage returns do not matter") {
  std::string text = to_string(withdraw_naive());
  text.insert(text.find("variant"), "\n# by hand\n\n");
  std::string dos;
  for (const char c : text) dos += c == '\n' ? std::string("\r\n") : std::string(1, c);
  std::string reason;
  CHECK(parse_recorded_schedule(dos, reason) == withdraw_naive());
}

TEST_CASE("a damaged file is refused with the reason") {
  const auto text = to_string(withdraw_naive());
  CHECK(why_not(text, "variant: naive\n", "") == "`variant:` is missing");
  CHECK(why_not(text, "variant:", "varient:") == "line 4: unknown key `varient`");
  CHECK(why_not(text, "variant: naive", "actors: 2") == "line 6: `actors` stands twice");
  CHECK(why_not(text, "variant: naive", "naive") == "line 4: a line must read `key: value`, not `naive`");
  CHECK(why_not(text, "naive", "na\\ive") == "line 4: `variant` has an unknown escape (known: \\\\, \\n, \\r)");
  CHECK(why_not(text, "naive\n", "naive\\\n") == "line 4: `variant` has an unknown escape (known: \\\\, \\n, \\r)");
  CHECK(why_not(text, "actors: 2", "actors: 0") == "`actors` must be a number from 1");
  CHECK(why_not(text, "actors: 2", "actors: two") == "`actors` must be a number from 1");
  CHECK(why_not(text, "0123456789abcdef", "123456789abcdef") == "`digest` must be 16 hexadecimal digits");
  CHECK(why_not(text, "0123456789abcdef", "0123456789abcdeg") == "`digest` must be 16 hexadecimal digits");
  CHECK(why_not(text, "1 2 2 1", "1 2 b 1") ==
        "`schedule` must be steps, as in `1 2 2 1` or `1 2:lost_done 1!crash expire(key)`");
  CHECK(why_not(text, "actors: 2", "actors: 2\nfaults: crash < 1") ==
        "`faults` must be bounds, as in `crash <= 1, retry <= 1`, or `none`");
  CHECK(why_not(text, "actors: 2", "actors: 2\nfaults: none\nfaults: none") == "line 8: `faults` stands twice");
}
