#include <doctest/doctest.h>

#include <string>

#include "spec_texts.h"

namespace gapless::spec {
namespace {

// The lines that say what became of steps, without SQL and rows: "a", "b <waiting ...>", "b <... completed>", "ERROR:
// …".
std::string course(const std::string& text) {
  const auto output = steps_of(text);
  std::string course;
  for (std::size_t begin = 0; begin < output.size();) {
    const auto end = output.find('\n', begin);
    const auto line = output.substr(begin, end - begin);
    begin = end + 1;
    const auto colon = line.find(": ");
    if (line.starts_with("step ")) {
      const auto mark = line.rfind(" <");
      course += line.substr(5, colon - 5) + (mark == std::string::npos ? "" : line.substr(mark)) + "\n";
    } else if (colon != std::string::npos) {
      course += line + "\n";
    }
  }
  return course;
}

// Two writers of one row.
std::string writers(const std::string& permutation) {
  return bank(
      "session s1 step b1 { BEGIN; } step u1 { UPDATE users SET balance = 1 WHERE id = 1; } step c1 { COMMIT; }\n"
      "session s2 step b2 { BEGIN; } step u2 { UPDATE users SET balance = 2 WHERE id = 1; } step c2 { COMMIT; }\n"
      "session s3 step u3 { UPDATE users SET balance = 3 WHERE id = 1; } step n { SELECT 1; }\n"
      "permutation " +
      permutation + "\n");
}

TEST_CASE("a step that waits, and is completed after the step that frees it") {
  CHECK(course(writers("b1 u1 b2 u2 c1 c2")) == "b1\nu1\nb2\nu2 <waiting ...>\nc1\nu2 <... completed>\nc2\n");
}

TEST_CASE("who waits longest goes first, and is reported first") {
  CHECK(course(writers("b1 u1 b2 u2 u3 c1 c2")) ==
        "b1\nu1\nb2\nu2 <waiting ...>\nu3 <waiting ...>\nc1\nu2 <... completed>\nc2\nu3 <... completed>\n");
}

TEST_CASE("(*) makes a step wait that need not") {
  CHECK(course(writers("b1 u1(*) n c1")) == "b1\nu1 <waiting ...>\nn\nu1 <... completed>\nc1\n");
}

TEST_CASE("(other) holds back the report until the other is done") {
  // Both can go on after c, and k would be reported first.
  CHECK(course(bank("session s1 setup { BEGIN; } step l { DELETE FROM users; } step c { ROLLBACK; }\n"
                    "session s2 step k { SELECT id FROM users FOR SHARE; }\n"
                    "session s3 step m { SELECT id FROM users FOR SHARE; }\n"
                    "permutation l k(m) m c\n")) ==
        "l\nk <waiting ...>\nm <waiting ...>\nc\nm <... completed>\nk <... completed>\n");
}

TEST_CASE("(other notices n) holds back the report until the other's session has seen them") {
  // COMMIT outside of a transaction is a warning.
  CHECK(course("session s1 step a { SELECT 1; }\nsession s2 step w { COMMIT; } step v { COMMIT; }\n"
               "permutation a(w notices 2) w v\n") ==
        "a <waiting ...>\n"
        "s2: WARNING:  there is no transaction in progress\nw\n"
        "s2: WARNING:  there is no transaction in progress\nv\na <... completed>\n");
}

TEST_CASE("what is held back for ever is an error of the test") {
  CHECK(problem_of("session s1 step a { SELECT 1; }\nsession s2 step w { SELECT 1; }\npermutation a(w notices 1) w\n")
            .starts_with("3:13: it is never reported"));
  CHECK(problem_of("session s1 step a { SELECT 1; } step b { SELECT 1; }\nsession s2 step w { SELECT 1; }\n"
                   "permutation a(w notices 1) w b\n")
            .starts_with("3:13: it is never reported"));
}

TEST_CASE("a step for a session that waits: the tester waits, and time-outs run out") {
  CHECK(course(writers("b1 u1 b2 u2 c2 c1")) ==
        "b1\nu1\nb2\nu2 <waiting ...>\n"
        "isolationtester: canceling step u2 after 360 seconds\n"
        "u2 <... completed>\nERROR:  canceling statement due to user request\nc2\nc1\n");
}

// Two transfers that lock two rows crosswise; s1 and s2 with these deadlock_timeouts.
std::string crosswise(const std::string& first, const std::string& second, const std::string& permutation) {
  const auto session = [](const std::string& name, const std::string& timeout, const std::string& a,
                          const std::string& b) {
    return "session s" + name + " setup { BEGIN; " +
           (timeout.empty() ? "" : "SET deadlock_timeout = '" + timeout + "';") + " }\nstep a" + name +
           " { UPDATE t SET v = v + 1 WHERE id = " + a + "; }\nstep b" + name +
           " { UPDATE t SET v = v + 1 WHERE id = " + b + "; }\nstep c" + name + " { COMMIT; }\n";
  };
  return "setup { CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 0), (2, 0); }\n" +
         session("1", first, "1", "2") + session("2", second, "2", "1") + "permutation " + permutation + "\n";
}

TEST_CASE("the victim of a deadlock has the shortest deadlock_timeout; of equals who waits longest") {
  const std::string first_fails =
      "a1\na2\nb1 <waiting ...>\nb2 <waiting ...>\n"
      "b1 <... completed>\nERROR:  deadlock detected\nb2 <... completed>\nc1\nc2\n";
  const std::string second_fails =
      "a1\na2\nb1 <waiting ...>\nb2 <waiting ...>\n"
      "b1 <... completed>\nb2 <... completed>\nERROR:  deadlock detected\nc1\nc2\n";
  CHECK(course(crosswise("", "", "a1 a2 b1 b2 c1 c2")) == first_fails);
  CHECK(course(crosswise("100ms", "10s", "a1 a2 b1 b2 c1 c2")) == first_fails);
  CHECK(course(crosswise("10s", "100ms", "a1 a2 b1 b2 c1 c2")) == second_fails);
}

TEST_CASE("two that wait for one table because of each other: the one that closes the cycle fails at once") {
  CHECK(
      course("setup { CREATE TABLE t (a int); }\n"
             "session s1 setup { BEGIN; } step a1 { LOCK TABLE t IN SHARE MODE; } step b1 { LOCK TABLE t; } step c1 { "
             "COMMIT; }\n"
             "session s2 setup { BEGIN; } step a2 { LOCK TABLE t IN SHARE MODE; } step b2 { LOCK TABLE t; } step c2 { "
             "COMMIT; }\n"
             "permutation a1 a2 b1 b2 c1 c2\n") ==
      "a1\na2\nb1 <waiting ...>\nb2\nERROR:  deadlock detected\nb1 <... completed>\nc1\nc2\n");
}

std::string timed(const std::string& settings) {
  return bank(
      "session s1 setup { BEGIN; } step l { UPDATE users SET balance = 0; } step c { COMMIT; }\n"
      "session s2 setup { BEGIN; " +
      settings + " } step w { UPDATE users SET balance = 1; } step r { ROLLBACK; }\npermutation l w r c\n");
}

TEST_CASE("of two time-outs the shorter one runs out") {
  const auto lines = [](const std::string& kind) {
    return "l\nw <waiting ...>\nw <... completed>\nERROR:  canceling statement due to " + kind + " timeout\nr\nc\n";
  };
  CHECK(course(timed("SET lock_timeout = '2s';")) == lines("lock"));
  CHECK(course(timed("SET statement_timeout = '20ms';")) == lines("statement"));
  CHECK(course(timed("SET lock_timeout = '1s'; SET statement_timeout = '20ms';")) == lines("statement"));
  CHECK(course(timed("SET lock_timeout = '20ms'; SET statement_timeout = '1s';")) == lines("lock"));
}

TEST_CASE("no time passes for a step that does not wait") {
  std::string permutation = "permutation l w";
  std::string steps;
  for (int i = 0; i < 50; ++i) {
    steps += " step n" + std::to_string(i) + " { SELECT 1; }";
    permutation += " n" + std::to_string(i);
  }
  // Fifty looks at w take half a second.
  const auto outcome = [&](const std::string& timeout) {
    const auto lines = course(bank(
        "session s1 setup { BEGIN; } step l { UPDATE users SET balance = 0; } step c { COMMIT; }\n"
        "session s2 setup { SET lock_timeout = '" +
        timeout + "'; } step w { UPDATE users SET balance = 1; }\nsession s3" + steps + "\n" + permutation + " c\n"));
    return lines.find("ERROR") != std::string::npos;
  };
  CHECK(outcome("400ms"));
  CHECK(!outcome("600ms"));
}

TEST_CASE("setup that waits or fails, and statements that we do not know, stop the test where they stand") {
  CHECK(problem_of("setup { CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1), (1); }\n"
                   "session s step a { SELECT 1; }")
            .starts_with("1:"));
  CHECK(problem_of(bank("session s1 setup { SELECT 1 / 0; } step a { SELECT 1; }")) ==
        "3:20: this setup fails: division by zero");
  CHECK(problem_of(bank("session s1 setup { BEGIN; DELETE FROM users; } step a { SELECT 1; }\n"
                        "session s2 setup { DELETE FROM users; } step b { SELECT 1; }")) ==
        "4:20: this block waits for another session for ever");
  CHECK(problem_of(bank("session s1 step a { CREATE TABLE u (a int); }")).starts_with("3:21: tables, indexes and"));
  CHECK(problem_of(bank("session s1 step a { SELECT * FROM nobody; }")).starts_with("3:35: "));
  CHECK(problem_of(bank("session s1 step a { SELEC 1; }")).starts_with("3:21: "));
  CHECK(problem_of(bank("session s1 step a { SELECT :b; }")).starts_with("3:21: there is nobody to give :b"));
  CHECK(problem_of("setup { CREATE TABLE t (a int);\n  CREATE TABLE t (a int); }\nsession s step a { SELECT 1; }")
            .starts_with("2:"));
  CHECK(problem_of("setup { CREATE TABLE t (a int); DROP TABLE IF EXISTS t; }\nsession s step a { SELECT 1; }")
            .starts_with("1:33: DROP is supported"));
  // But a step that never runs stops nothing.
  CHECK(course(bank("session s1 step a { SELEC 1; } step b { SELECT 1; } permutation b")) == "b\n");
}

TEST_CASE("each permutation begins anew") {
  const auto output =
      output_of(bank("session s1 step a { UPDATE users SET balance = balance + 1; }\n"
                     "step r { SELECT balance FROM users; }\npermutation a r\npermutation a r\n"));
  const auto first = output.find("    101\n");
  REQUIRE(first != std::string::npos);
  CHECK(output.find("    101\n", first + 1) != std::string::npos);
}

}  // namespace
}  // namespace gapless::spec
