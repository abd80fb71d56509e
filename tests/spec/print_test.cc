#include <doctest/doctest.h>

#include <string>

#include "spec_texts.h"

namespace gapless::spec {
namespace {

// A session of one step.
std::string step(const std::string& sql) { return steps_of("session s step a { " + sql + " }"); }

TEST_CASE("a whole output") {
  CHECK(output_of(bank("session s1\nstep r { SELECT * FROM users; }\nsession s2\nstep w { DELETE FROM users; }\n"
                       "permutation r w r\npermutation w r")) == R"(Parsed test spec with 2 sessions

starting permutation: r w r
step r: SELECT * FROM users;
id|balance
--+-------
 1|    100
(1 row)

step w: DELETE FROM users;
step r: SELECT * FROM users;
id|balance
--+-------
(0 rows)


starting permutation: w r
step w: DELETE FROM users;
step r: SELECT * FROM users;
id|balance
--+-------
(0 rows)

)");
}

TEST_CASE("columns of numbers are set to the right, others to the left; NULL is blank") {
  CHECK(step("SELECT * FROM (VALUES (1, 'a', NULL, true), (-20, 'bcd', NULL, false)) AS v(n, t, x, b);") ==
        "step a: SELECT * FROM (VALUES (1, 'a', NULL, true), (-20, 'bcd', NULL, false)) AS v(n, t, x, b);\n"
        "  n|t  |x|b\n"
        "---+---+-+-\n"
        "  1|a  | |t\n"
        "-20|bcd| |f\n"
        "(2 rows)\n\n");
  // As libpq judges by the characters, a text of digits is a number, and one that ends in a letter is none.
  CHECK(step("SELECT '12' AS wide, '1e5' AS e, 'e5' AS f, '1-' AS g, 12.50 AS h;")
            .find("wide|  e|f |g |    h\n----+---+--+--+-----\n  12|1e5|e5|1-|12.50\n") != std::string::npos);
}

TEST_CASE("dates as the server sends them to isolationtester") {
  CHECK(step("SELECT DATE '2008-12-22' AS d, TIMESTAMP '2010-04-01 13:05:09.250' AS t;")
            .find("12-22-2008|Thu Apr 01 13:05:09.25 2010\n") != std::string::npos);
  CHECK(step("SELECT TIMESTAMP '2000-02-29 00:00:00' AS t;").find("Tue Feb 29 00:00:00 2000\n") != std::string::npos);
  CHECK(step("SELECT TIMESTAMP '1830-10-04 23:59:59' AS t;").find("Mon Oct 04 23:59:59 1830\n") != std::string::npos);
}

TEST_CASE("the SQL of a step stands there as it was written") {
  CHECK(steps_of("session s step a {\n  SELECT 1\n    AS x;  -- one\n} ") ==
        "step a: \n  SELECT 1\n    AS x;  -- one\n\nx\n-\n1\n(1 row)\n\n");
}

TEST_CASE("errors, and what has nothing to show") {
  CHECK(step("SELECT 1 / 0;") == "step a: SELECT 1 / 0;\nERROR:  division by zero\n");
  CHECK(step("") == "step a: \n");
}

}  // namespace
}  // namespace gapless::spec
