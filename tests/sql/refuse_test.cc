// Whatever PostgreSQL's grammar accepts and we do not support is named at its place; nothing is silently left out.
#include <doctest/doctest.h>

#include "bank.h"

namespace gapless::sql {

TEST_CASE("constructs outside the language are refused by name, with an alternative where there is one") {
  const auto refused = [](std::string_view text, std::string_view expected) {
    CHECK_MESSAGE(complaint(text) == expected, text);
  };
  refused("SELECT sum(id) OVER () FROM users",
          "1:21: a window function is not supported yet: use an aggregate with GROUP BY, or a sub-select");
  refused("SELECT DISTINCT ON (id) id FROM users",
          "1:21: DISTINCT ON is not supported yet: use GROUP BY, or ORDER BY with LIMIT 1");
  refused("SELECT ARRAY[1]", "1:8: an array is not supported yet: use a table with a row for each element");
  refused("SELECT 1 = ANY (ARRAY[1])",
          "1:10: ANY or ALL over an array is not supported yet: write IN (…, …) or IN (SELECT …)");
  refused("SELECT 1 EXCEPT SELECT 2", "1:1: EXCEPT is not supported yet: use [NOT] EXISTS (SELECT …)");
  refused("SELECT * FROM users a RIGHT JOIN codes b ON true",
          "1:15: RIGHT JOIN is not supported yet: write LEFT JOIN with the tables exchanged");
  refused("SELECT * FROM users JOIN codes USING (id)",
          "1:15: JOIN … USING is not supported yet: write the condition with ON");
  refused("SELECT * FROM users NATURAL JOIN codes",
          "1:15: NATURAL JOIN is not supported yet: write the condition with ON");
  refused("SELECT * FROM users a JOIN (users b JOIN users c ON true) ON true",
          "1:29: a nested join on the right is not supported yet: join one table after the other");
  refused("SELECT * FROM ONLY users", "1:20: ONLY is not supported yet: leave it out");
  refused("SELECT * FROM users TABLESAMPLE system (1)", "1:33: TABLESAMPLE is not supported yet: use LIMIT");
  refused("SELECT * FROM users, LATERAL (SELECT 1) x",
          "1:38: LATERAL is not supported yet: write a correlated sub-select in the SELECT list");
  refused("SELECT name COLLATE \"C\" FROM users", "1:13: COLLATE is not supported yet: texts are compared by bytes");
  refused("SELECT 1 GROUP BY ROLLUP (1)",
          "1:19: GROUPING SETS, ROLLUP and CUBE is not supported yet: write one query for each grouping");
  refused("SELECT string_agg(name, ',') FROM users",
          "1:8: function string_agg is not supported yet: its order is the server's choice");
  refused("SELECT 1 FETCH FIRST 1 ROW WITH TIES", "1:1: WITH TIES cannot be specified without ORDER BY clause");
  refused("SELECT id FROM users ORDER BY id FETCH FIRST 1 ROW WITH TIES",
          "1:1: WITH TIES is not supported yet: use ONLY");
  refused("SELECT 'a' ~ 'b'", "1:12: the operator ~ is not supported yet: use LIKE");
  refused("SELECT 'a' LIKE 'b' ESCAPE 'c'",
          "1:12: function like_escape is not supported yet: LIKE … ESCAPE; use the backslash");
  refused("SELECT 'a' SIMILAR TO 'b'", "1:12: SIMILAR TO is not supported yet: use LIKE");
  refused("SELECT 1 BETWEEN SYMMETRIC 2 AND 3",
          "1:10: BETWEEN SYMMETRIC is not supported yet: write the smaller bound first");
  refused("SELECT interval '1' day", "1:8: a precision of type interval is not supported yet: leave it out");
  refused("SELECT interval '1 fortnight'", "1:17: invalid input syntax for type interval: \"1 fortnight\"");
  refused("SELECT make_interval(day => 1)",
          "1:22: make_interval takes years, months, weeks, days, hours, mins and secs, each once");
  refused("SELECT make_interval(1, years => 1)",
          "1:25: make_interval takes years, months, weeks, days, hours, mins and secs, each once");
  refused("SELECT round(v => 1)", "1:14: a named argument is not supported yet: give the arguments in order");
  refused("SELECT date_part('day', now())",
          "1:8: function date_part is not supported yet: it yields double precision; use extract(… FROM …)");
  refused("SELECT age(now())", "1:8: function age is not supported yet: subtract the timestamps");
  refused("SELECT ctid FROM users", "1:8: the system column ctid is not supported yet");
  refused("SELECT name::char(3) FROM users", "1:14: a cast to varchar(n) is not supported yet: use left(…, n)");
  refused("SELECT 1.5::float8", "1:13: type float8 is not supported yet: use numeric, which is exact");
  refused("SELECT name::varchar(3) FROM users", "1:14: a cast to varchar(n) is not supported yet: use left(…, n)");
  refused("SELECT id::serial FROM users", "1:12: type serial exists only in CREATE TABLE");
  refused("SELECT random()",
          "1:8: function random is not supported yet: a model must be deterministic; give the value as an "
          "argument of the request");
  refused("SELECT lenght('x')", "1:8: function lenght does not exist or is not supported yet; did you mean length?");
  refused("SELECT left('x')", "1:8: function left does not exist with 1 argument");
  refused("SELECT b'01'", "1:8: a bit string is not supported yet: use text or integers");
  refused("SELECT 1 INTO x", "1:15: SELECT INTO is not supported yet");
  refused("SELECT", "1:1: a SELECT of no columns is not supported yet");
  refused("VALUES (1), (2) LIMIT 1",
          "1:1: ORDER BY or LIMIT after VALUES is not supported yet: use SELECT … FROM (VALUES …) AS v");
  refused("SELECT 1 UNION VALUES (2)", "1:24: VALUES beside UNION is not supported yet: write SELECT");
  refused("SELECT 1 UNION (SELECT 2 LIMIT 1)",
          "1:24: ORDER BY, LIMIT or FOR UPDATE inside UNION is not supported yet: use a sub-select in FROM");
  refused("(SELECT 1 UNION SELECT 2 LIMIT 1) UNION SELECT 3", "1:32: limitCount is not supported yet");
  refused("INSERT INTO tickets OVERRIDING SYSTEM VALUE VALUES (1, 'x')",
          "1:1: OVERRIDING is not supported yet: use GENERATED BY DEFAULT AS IDENTITY");
  refused("UPDATE users SET (id, balance) = (SELECT 1, 2)",
          "1:34: SET (…, …) = (SELECT …) is not supported yet: assign the columns one by one");
  refused("UPDATE public.users SET id = 1", "1:8: a schema is not supported yet: write the table's name alone");
  refused("UPDATE users SET balance = 1 LIMIT 2", "1:30: syntax error at or near \"LIMIT\"");
  refused("COMMIT AND CHAIN", "1:1: AND CHAIN is not supported yet: write BEGIN after it");
  refused("MERGE INTO users u USING codes c ON true WHEN MATCHED THEN DELETE",
          "1:1: MERGE is not supported yet: write INSERT and UPDATE");
  refused("TRUNCATE users", "1:1: TRUNCATE is not supported yet: use DELETE");
  refused("CREATE TABLE x (a int)", "1:1: tables are created in a database block");
  refused("SELECT 1; SELECT 2", "1:11: one statement was expected here, this is another");
  refused("", "1:1: a statement is missing");
}

}  // namespace gapless::sql
