#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "spec/specification.h"
#include "spec_texts.h"

namespace gapless::spec {
namespace {

std::string names(const Specification& specification, std::size_t permutation) {
  std::string text;
  for (const auto& step : specification.permutations[permutation]) {
    text += (text.empty() ? "" : " ") + specification.steps[step.step].name;
    for (const auto& blocker : step.blockers) {
      text += blocker.kind == Blocker::Kind::once ? "(*)" : "(" + specification.steps[blocker.step].name;
      if (blocker.kind == Blocker::Kind::step) text += ")";
      if (blocker.kind == Blocker::Kind::notices) text += " notices " + std::to_string(blocker.notices) + ")";
    }
  }
  return text;
}

TEST_CASE("the parts of a test") {
  const auto read =
      read_specification(named("setup { CREATE TABLE t (a int); }   # and one here }\n"
                               "setup\n{\n  INSERT INTO t VALUES (1);\n}\n"
                               "teardown { DROP TABLE t; }\n"
                               "session \"first \"\"one\"\"\"\nsetup { BEGIN; }\n"
                               "step a { \t SELECT 1; \r}\nstep \"step\" {}\nteardown{ROLLBACK;}\n"
                               "session s2 step b { SELECT 2 }\n"
                               "permutation a b(*) \"step\"(b, b notices 2)\npermutation b"));
  REQUIRE(read.setups.size() == 2);
  CHECK(read.text(read.setups[0]) == "CREATE TABLE t (a int);");
  CHECK(read.text(read.setups[1]) == "\n  INSERT INTO t VALUES (1);\n");  // blanks go, line ends stay
  CHECK(read.text(*read.teardown) == "DROP TABLE t;");
  REQUIRE(read.sessions.size() == 2);
  CHECK(read.sessions[0].name == "first \"one\"");
  CHECK(read.text(*read.sessions[0].setup) == "BEGIN;");
  CHECK(read.text(*read.sessions[0].teardown) == "ROLLBACK;");
  CHECK(read.sessions[0].steps == std::vector<std::size_t>{0, 1});
  CHECK(!read.sessions[1].setup);
  CHECK(read.text(read.steps[0].sql) == "SELECT 1;");
  CHECK(read.text(read.steps[1].sql).empty());
  CHECK(read.steps[2].session == 1);
  REQUIRE(read.permutations.size() == 2);
  CHECK(names(read, 0) == "a b(*) step(b)(b notices 2)");
  CHECK(names(read, 1) == "b");
  CHECK(read.unused.empty());
}

TEST_CASE("every order, where none is listed: the first session's steps first") {
  const auto read = read_specification(named("session x step a {} step b {} session y step c {} step d {}"));
  std::vector<std::string> all;
  for (std::size_t i = 0; i < read.permutations.size(); ++i) all.push_back(names(read, i));
  CHECK(all == std::vector<std::string>{"a b c d", "a c b d", "a c d b", "c a b d", "c a d b", "c d a b"});
}

TEST_CASE("steps that no listed permutation has, in order of name") {
  const auto read = read_specification(named("session x step b {} step a {} step c {} permutation c"));
  CHECK(read.unused == std::vector<std::string>{"a", "b"});
}

TEST_CASE("what is wrong is said where it stands") {
  const auto problem = [](const std::string& text) { return problem_of(text); };
  CHECK(problem("") == "1:1: `session NAME` was expected here");
  CHECK(problem("setup SELECT") == "1:7: a block of SQL in braces was expected here");
  CHECK(problem("session { }") == "1:9: the name of a session was expected here");
  CHECK(problem("session setup") ==
        "1:9: the name of a session was expected here; a name that is a keyword goes in double quotes");
  CHECK(problem("session s") == "1:10: `step NAME { SQL }` was expected here: a session has at least one step");
  CHECK(problem("session s step a { SELECT") == "1:18: this block of SQL is never closed");
  CHECK(problem("session s step \"a\n") == "1:16: this quoted name does not end on its line");
  CHECK(problem("session s step a {} step a {}") == "1:26: there is another step named \"a\"");
  CHECK(problem("session s step a {} }") == "1:21: this brace closes no block; a block of SQL ends at its first `}`");
  CHECK(problem("session s step a {}\nteardown {}\nbogus") ==
        "3:1: `step`, `teardown`, `session` or `permutation` was expected here");
  CHECK(problem("session s step a {} permutation") == "1:32: the name of a step was expected here");
  CHECK(problem("session s step a {} permutation b") == "1:33: there is no step named \"b\"");
  CHECK(problem("session s step a {} permutation a session") ==
        "1:35: `permutation` or the end of the file was expected here");
  CHECK(problem("session s step a {} permutation a(") == "1:35: `*` or the name of a step was expected here");
  CHECK(problem("session s step a {} permutation a(* a") == "1:37: `,` or `)` was expected here");
  CHECK(problem("session s step a {} permutation a(b)") == "1:35: there is no step named \"b\"");
  CHECK(problem("session s step a {} session t step b {} permutation a(b)") ==
        "1:55: step \"b\" is not in this permutation");
  CHECK(problem("session s step a {} step b {} permutation a(b) b").starts_with("1:45: a step cannot be held back"));
  CHECK(problem("session s step a {} session t step b {} permutation a(b notices x) b") ==
        "1:65: a number of notices was expected here");
  CHECK(problem("session s step a {} session t step b {} permutation a(b notices 99999999999999999999) b") ==
        "1:65: this number is too large");
  CHECK(problem("session s step a {} %") == "1:21: unexpected character");
  CHECK(problem(std::string("session s step a { \xff }")).starts_with("1:20: this byte is no UTF-8"));
}

TEST_CASE("too many orders are refused, not begun") {
  std::string text;
  for (int session = 0; session < 6; ++session) {
    text += "session s" + std::to_string(session) + "\n";
    for (int step = 0; step < 6; ++step) {
      text += "step a" + std::to_string(session) + "_" + std::to_string(step) + " { SELECT 1; }\n";
    }
  }
  CHECK(problem_of(text).starts_with("1:9: no permutation is listed, and to run each"));
}

}  // namespace
}  // namespace gapless::spec
