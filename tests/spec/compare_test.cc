#include <doctest/doctest.h>

#include <string>

#include "spec_texts.h"

namespace gapless::spec {
namespace {

const std::string two_readers =
    "setup { CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, 'y|z'); }\n"
    "session s1 setup { BEGIN; } step w { UPDATE t SET a = a + 10; } step r { SELECT * FROM t; }\n"
    "step o { SELECT a FROM t ORDER BY a; } step c { COMMIT; }\n"
    "session s2 step v { DELETE FROM t WHERE a = 1; } step e { SELECT 1 / 0; }\n"
    "permutation r o w v c e\npermutation o\n";

struct Compared {
  Comparison comparison;
  std::string differences;
};

Compared against(const std::string& expected, const std::string& test = two_readers) {
  const auto program = compile(read_specification(named(test)));
  Compared compared{compare(run(program, nullptr), make_source("t.out", expected), program.specification), ""};
  for (const auto& difference : compared.comparison.differences) compared.differences += difference;
  return compared;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::string problem_with(const std::string& expected) {
  try {
    against(expected);
  } catch (const ModelError& error) {
    const auto& diagnostic = error.diagnostic();
    return diagnostic.file + ":" + std::to_string(diagnostic.line) + ": " + diagnostic.message;
  }
  return "no problem";
}

TEST_CASE("what we print agrees with itself") {
  const auto output = output_of(two_readers);
  const auto compared = against(output);
  CHECK(compared.comparison.equal());
  CHECK(compared.comparison.permutations == 2);
  CHECK(compared.comparison.agreeing == 2);
}

TEST_CASE("rows are compared in any order, unless they are ordered") {
  const auto output = output_of(two_readers);
  CHECK(against(replaced(output, "1|x  \n2|y|z\n", "2|y|z\n1|x  \n")).comparison.equal());
  const auto compared = against(replaced(output, "1\n2\n(2 rows)\n\nstep w", "2\n1\n(2 rows)\n\nstep w"));
  CHECK(compared.comparison.agreeing == 1);
  CHECK(compared.differences ==
        "permutation 1 (r o w v c e)\n"
        "  expected  o done at once; a: 2 rows (2), (1)\n"
        "  here      o done at once; a: 2 rows (1), (2)\n");
}

TEST_CASE("other rows, names of columns, and numbers of rows") {
  const auto output = output_of(two_readers);
  CHECK(!against(replaced(output, "1|x  \n", "1|xx \n")).comparison.equal());
  CHECK(!against(replaced(output, "a|b  \n", "a|c  \n")).comparison.equal());
  CHECK(!against(replaced(output, "1|x  \n2|y|z\n(2 rows)", "2|y|z\n(1 row)")).comparison.equal());
}

TEST_CASE("waiting, completed later, and after which step") {
  const auto output = output_of(two_readers);
  CHECK(output.find("step v: DELETE FROM t WHERE a = 1; <waiting ...>\nstep c: COMMIT;\nstep v: <... completed>\n") !=
        std::string::npos);
  const auto at_once = replaced(replaced(output, " <waiting ...>", ""), "step v: <... completed>\n", "");
  CHECK(against(at_once).differences ==
        "permutation 1 (r o w v c e)\n  expected  v done at once\n  here      v waits\n");
  const auto later = replaced(replaced(output, "step v: <... completed>\n", ""), "ERROR:  division by zero\n",
                              "ERROR:  division by zero\nstep v: <... completed>\n");
  CHECK(against(later).differences ==
        "permutation 1 (r o w v c e)\n  expected  c done at once\n"
        "  here      c done at once\n  here      v completed\n");
}

TEST_CASE("errors by their message") {
  const auto output = output_of(two_readers);
  CHECK(against(replaced(output, "ERROR:  division by zero\n", "")).differences ==
        "permutation 1 (r o w v c e)\n  expected  e done at once\n"
        "  here      e done at once; ERROR:  division by zero\n");
  CHECK(!against(replaced(output, "division by zero", "division by nought")).comparison.equal());
}

TEST_CASE("permutations that one of both has not") {
  const auto output = output_of(two_readers);
  const auto second = output.find("\nstarting permutation: o\n");
  const auto shorter = against(output.substr(0, second));
  CHECK(shorter.comparison.permutations == 2);
  CHECK(shorter.comparison.agreeing == 1);
  CHECK(shorter.differences == "permutation 2 (o)\n  run here, but not expected\n");
  const auto longer = against(output + output.substr(second));
  CHECK(longer.differences == "permutation 3 (o)\n  expected, but not run here\n");
  CHECK(against(replaced(output, "permutation: o\n", "permutation: o o\n")).comparison.agreeing == 1);
}

TEST_CASE("what was completed after the same step has no order") {
  const auto test = bank(
      "session s1 setup { BEGIN; } step l { DELETE FROM users; } step c { ROLLBACK; }\n"
      "session s2 step k { SELECT id FROM users FOR SHARE; }\nsession s3 step m { SELECT id FROM users FOR SHARE; }\n"
      "permutation l k m c\n");
  const auto output = output_of(test);
  const std::string rows = "id\n--\n 1\n(1 row)\n\n";
  const auto k = "step k: <... completed>\n" + rows;
  const auto m = "step m: <... completed>\n" + rows;
  CHECK(against(replaced(output, k + m, m + k), test).comparison.equal());
}

TEST_CASE("a text that is no output of this test") {
  const auto output = output_of(two_readers);
  CHECK(problem_with("") == "t.out:1: `Parsed test spec with … sessions` was expected here");
  CHECK(problem_with("Parsed test spec with x sessions\n").starts_with("t.out:1: `Parsed"));
  CHECK(problem_with("Parsed test spec with 2 sessions\nx") ==
        "t.out:2: isolationtester prints no such line here for this test");
  CHECK(problem_with(replaced(output, "permutation: r o", "permutation: r z")) ==
        "t.out:3: the test has no step of this name");
  CHECK(problem_with(replaced(output, "step w: UPDATE", "step w: UPDATES")) ==
        "t.out:18: step \"w\" is another one in the test");
  CHECK(problem_with(replaced(output, "1|x  \n", "1|x\n")) == "t.out:7: this is no row of the table above");
  CHECK(problem_with(replaced(output, "a|b  \n", "a|b\n")) ==
        "t.out:5: isolationtester prints no such line here for this test");
  // Cut off anywhere, it is an error or it differs, but never both agree; and nothing crashes.
  for (std::size_t length = 0; length + 1 < output.size(); ++length) {
    bool agrees = false;
    try {
      agrees = against(output.substr(0, length)).comparison.equal();
    } catch (const ModelError&) {
    }
    CHECK_MESSAGE(!agrees, length);
  }
}

}  // namespace
}  // namespace gapless::spec
