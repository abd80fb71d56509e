#include <doctest/doctest.h>

#include "bank.h"

namespace gapless::sql {

TEST_CASE("columns are found in the innermost query that has them") {
  CHECK(meaning("SELECT balance FROM users WHERE id = :id") ==
        "SELECT #0.1:integer AS balance FROM users WHERE (= #0.0:integer :id@0):boolean");
  CHECK(meaning("SELECT u.id, c.id FROM users u JOIN codes c ON c.id = u.id") ==
        "SELECT #0.0:integer AS id, #1.0:bigint AS id FROM users u JOIN codes c ON[0] (= #1.0:bigint "
        "#0.0:integer):boolean");
  CHECK(meaning("SELECT (SELECT count(*) FROM codes WHERE code = name AND id = users.id) FROM users") ==
        "SELECT (scalar q0c{SELECT (count*):bigint AS count FROM codes WHERE (and (= #0.1:text ^1#0.2:text):boolean "
        "(= #0.0:bigint ^1#0.0:integer):boolean):boolean}):bigint AS count FROM users");
  // The innermost refers two queries outwards: both it and the middle one are correlated.
  CHECK(meaning("SELECT 1 FROM users u WHERE EXISTS (SELECT 1 FROM codes WHERE EXISTS (SELECT u.id))") ==
        "SELECT 1:integer AS ?column? FROM users u WHERE (exists q0c{SELECT 1:integer AS ?column? FROM codes WHERE "
        "(exists q1c{SELECT ^2#0.0:integer AS id}):boolean}):boolean");
  // A sub-select in FROM sees the query around, not its neighbours.
  CHECK(meaning("SELECT (SELECT x FROM (SELECT u.id AS x) y) FROM users u") ==
        "SELECT (scalar q0c{SELECT #0.0:integer AS x FROM (SELECT ^2#0.0:integer AS x) y}):integer AS x FROM users u");
  CHECK(complaint("SELECT 1 FROM users u, (SELECT u.id) x") ==
        "1:32: table \"u\" cannot be referenced from this part of the query");
  CHECK(complaint("SELECT 1 FROM users a, codes b JOIN codes c ON a.id = c.id") ==
        "1:48: table \"a\" cannot be referenced from this part of the query");
}

TEST_CASE("unknown and ambiguous names are told, with what was probably meant") {
  CHECK(complaint("SELECT ballance FROM users") ==
        "1:8: column \"ballance\" does not exist; did you mean \"balance\"?");
  CHECK(complaint("SELECT u.nam FROM users u") == "1:8: column u.nam does not exist; did you mean \"name\"?");
  CHECK(complaint("SELECT 1 FROM user_s") == "1:15: relation \"user_s\" does not exist; did you mean \"users\"?");
  CHECK(complaint("SELECT id FROM users, codes") == "1:8: column reference \"id\" is ambiguous");
  CHECK(complaint("SELECT users.id FROM users u") == "1:8: table \"users\" is called \"u\" in this query");
  CHECK(complaint("SELECT x.id FROM users") == "1:8: missing FROM-clause entry for table \"x\"");
  CHECK(complaint("SELECT 1 FROM users, users") == "1:22: table name \"users\" specified more than once");
  CHECK(complaint("UPDATE users SET balanse = 1") ==
        "1:18: column \"balanse\" of relation \"users\" does not exist; did you mean \"balance\"?");
  CHECK(complaint("SELECT *") == "1:8: SELECT * with no tables specified is not valid");
  const std::vector<std::string> names = {"balance", "limit", "id"};
  CHECK(did_you_mean("blance", names) == "balance");
  CHECK(did_you_mean("di", names).empty());
  CHECK(did_you_mean("ide", names) == "id");
  CHECK(did_you_mean("amount", names).empty());
}

TEST_CASE("stars expand in order of FROM; column aliases rename") {
  CHECK(bound("SELECT *, u.* FROM users u, codes").columns == std::vector<std::string>{"id", "balance", "name", "id",
                                                                                       "code", "used", "at", "price",
                                                                                       "id", "balance", "name"});
  CHECK(meaning("SELECT y FROM (VALUES (1, 'a'), (2.5, NULL)) AS v(x, y)") ==
        "SELECT #0.1:text AS y FROM (VALUES (1:numeric 'a':text), (2.5:numeric NULL)) v");
  CHECK(complaint("SELECT 1 FROM (VALUES (1)) AS v(x, y)") ==
        "1:24: table \"v\" has 1 columns available but 2 columns specified");
}

TEST_CASE("a star takes columns by their place, also where names repeat") {
  CHECK(meaning("SELECT * FROM (SELECT id, balance AS id FROM users) x") ==
        "SELECT #0.0:integer AS id, #0.1:integer AS id FROM (SELECT #0.0:integer AS id, #0.1:integer AS id FROM users) "
        "x");
  CHECK(complaint("SELECT id FROM (SELECT id, balance AS id FROM users) x") ==
        "1:8: column reference \"id\" is ambiguous");
}

TEST_CASE("results have PostgreSQL's types and names") {
  const Statement statement = bound(
      "SELECT id + 1, id + price, id / 2, sum(id), sum(codes.id), avg(id), count(*), max(at), coalesce(id, 0), "
      "used::text, at > now(), (SELECT balance FROM users), CASE WHEN used THEN 1 ELSE 2 END AS c "
      "FROM codes GROUP BY id, price, used, at");
  const std::vector<Type> types = {Type::bigint,  Type::numeric, Type::bigint,    Type::numeric, Type::numeric,
                                   Type::numeric, Type::bigint,  Type::timestamp, Type::bigint,  Type::text,
                                   Type::boolean, Type::integer, Type::integer};
  CHECK(statement.types == types);
  const std::vector<std::string> columns = {"?column?", "?column?", "?column?", "sum",      "sum",     "avg", "count",
                                            "max",      "coalesce", "used",     "?column?", "balance", "c"};
  CHECK(statement.columns == columns);
  CHECK(
      bound("SELECT sum(balance), sum(balance * 1.5), min(name), avg(balance), balance / 3 FROM users GROUP BY balance")
          .types == std::vector<Type>{Type::bigint, Type::numeric, Type::text, Type::numeric, Type::integer});
}

TEST_CASE("strings take the type of what stands beside them") {
  CHECK(
      meaning("SELECT 1 FROM codes WHERE at < '2024-01-01' AND id = '5' AND used = 'yes' AND price > '1.5' AND code = "
              "'7'") ==
      "SELECT 1:integer AS ?column? FROM codes WHERE (and (and (and (< #0.3:timestamp '2024-01-01 00:00:00':timestamp)"
      ":boolean (= #0.0:bigint 5:bigint):boolean):boolean (and (= #0.2:boolean true:boolean):boolean "
      "(> #0.4:numeric 1.5:numeric):boolean):boolean):boolean (= #0.1:text '7':text):boolean):boolean");
  CHECK(meaning("SELECT '5' IN (id, 6), id BETWEEN '1' AND '9', coalesce(id, '3') FROM users") ==
        "SELECT (in 5:integer #0.0:integer 6:integer):boolean AS ?column?, (between #0.0:integer 1:integer 9:integer)"
        ":boolean AS ?column?, (f0/coalesce #0.0:integer 3:integer):integer AS coalesce FROM users");
  CHECK(complaint("SELECT 1 FROM codes WHERE at < 'soon'") ==
        "1:32: invalid input syntax for type timestamp: \"soon\"");
  CHECK(complaint("SELECT 1 FROM users WHERE id = '1.5'") == "1:32: invalid input syntax for type integer: \"1.5\"");
}

TEST_CASE("wrong types are refused as PostgreSQL refuses them") {
  CHECK(complaint("SELECT name + 1 FROM users") == "1:13: operator does not exist: text + integer");
  CHECK(complaint("SELECT 1 FROM users WHERE id") == "1:27: argument of WHERE must be type boolean, not type integer");
  CHECK(complaint("SELECT 1 FROM users WHERE id = name") == "1:30: operator does not exist: integer = text");
  CHECK(complaint("SELECT 1 FROM users WHERE id AND true") ==
        "1:27: argument of AND must be type boolean, not type integer");
  CHECK(complaint("SELECT 1 FROM users WHERE id IN (SELECT name FROM users)") ==
        "1:30: operator does not exist: integer = text");
  CHECK(complaint("SELECT 1 FROM users WHERE id IN (SELECT id, id FROM users)") ==
        "1:30: subquery has too many columns");
  CHECK(complaint("SELECT (SELECT 1, 2)") == "1:8: subquery must return only one column");
  CHECK(complaint("SELECT sum(name) FROM users") == "1:8: function sum(text) does not exist");
  CHECK(complaint("SELECT length(id) FROM users") == "1:8: function length(integer) does not exist");
  CHECK(complaint("SELECT CASE WHEN true THEN id ELSE name END FROM users") ==
        "1:36: CASE types integer and text cannot be matched");
  CHECK(complaint("SELECT id FROM users UNION SELECT name FROM users") ==
        "1:35: UNION types integer and text cannot be matched");
  CHECK(complaint("SELECT 1 UNION SELECT 1, 2") == "1:23: each UNION query must have the same number of columns");
  CHECK(complaint("SELECT used::numeric FROM codes") == "1:8: cannot cast type boolean to numeric");
  CHECK(complaint("SELECT at + at FROM codes") == "1:11: operator does not exist: timestamp + timestamp");
  CHECK(complaint("SELECT at * 2 FROM codes") == "1:11: operator does not exist: timestamp * integer");
  CHECK(complaint("SELECT at - 1 FROM codes") == "1:11: operator does not exist: timestamp - integer");
  CHECK(complaint("SELECT 1 - interval '1 day'") == "1:10: operator does not exist: integer - interval");
  CHECK(complaint("SELECT interval '1 day' - now()") == "1:25: operator does not exist: interval - timestamp");
  CHECK(complaint("SELECT 2 / interval '1 day'") == "1:10: operator does not exist: integer / interval");
  CHECK(complaint("SELECT interval '1 day' * interval '1 day'") ==
        "1:25: operator does not exist: interval * interval");
  CHECK(complaint("SELECT interval '1 day' % 2") == "1:25: operator does not exist: interval % integer");
  CHECK(complaint("SELECT 1 FROM codes WHERE at > interval '1 day'") ==
        "1:30: operator does not exist: timestamp > interval");
  CHECK(complaint("SELECT interval '1 day'::int").find("cannot cast type interval to integer") != std::string::npos);
  CHECK(complaint("SELECT now() + '1 fortnight'") == "1:16: invalid input syntax for type interval: \"1 fortnight\"");
  CHECK(complaint("SELECT now() - '1 day'") == "1:16: invalid input syntax for type timestamp: \"1 day\"");
  CHECK(complaint("SELECT extract(week FROM now())").starts_with("1:8: extract is supported for epoch, year"));
  CHECK(complaint("SELECT extract(hour FROM current_date)") == "1:8: unit \"hour\" not supported for type date");
  CHECK(complaint("SELECT extract(dow FROM interval '1 day')") == "1:8: unit \"dow\" not supported for type interval");
  CHECK(complaint("SELECT extract(day FROM 1)") == "1:8: function extract(text, integer) does not exist");
  CHECK(complaint("SELECT date_trunc('day', interval '1 day')") ==
        "1:8: function date_trunc(text, interval) does not exist");
  CHECK(complaint("SELECT 1 LIMIT 'x'") == "1:16: invalid input syntax for type bigint: \"x\"");
  CHECK(complaint("SELECT id FROM users LIMIT id") == "1:28: column \"id\" does not exist");
}

TEST_CASE("what is known of a result's type where a parameter meets an instant or an interval") {
  const auto is = [](const std::string& expression, const std::string& type) {
    CHECK_MESSAGE(meaning("SELECT " + expression + " AS x").find(type + " AS x") != std::string::npos,
                  meaning("SELECT " + expression + " AS x"));
  };
  is("now() + :p", "):timestamp");
  is(":p + now()", "):timestamp");
  is("now() - :p", ":p@0)");
  is(":p - now()", "):interval");
  is(":p * interval '1 day'", "):interval");
  is("interval '1 day' / :p", "):interval");
  is("interval '1 day' - :p", "):interval");
  is("interval '1 day' + :p", ":p@0)");
  is("current_date + interval '1 day'", "):timestamp");
  is("now() - current_date", "):interval");
  is("- interval '1 day'", "):interval");
  is("extract(epoch FROM :p)", "):numeric");
  is("sum(interval '1 day')", "):interval");
}

TEST_CASE("INSERT checks columns, widths and types") {
  CHECK(meaning("INSERT INTO users (name, id, balance) VALUES ('a', '1', :b), (2, DEFAULT, 3) RETURNING id, *") ==
        "INSERT users (2 0 1) VALUES ('a':text 1:integer :b@0), ((cast 2:integer):text DEFAULT 3:integer) "
        "RETURNING #0.0:integer AS id, #0.0:integer AS id, #0.1:integer AS balance, #0.2:text AS name");
  CHECK(meaning("INSERT INTO users VALUES (1, 2)") == "INSERT users (0 1) VALUES (1:integer 2:integer)");
  CHECK(meaning("INSERT INTO codes SELECT id, name, 'true' FROM users") ==
        "INSERT codes (0 1 2) SELECT #0.0:integer AS id, #0.2:text AS name, true:boolean AS ?column? FROM users");
  CHECK(meaning("INSERT INTO codes DEFAULT VALUES") == "INSERT codes () DEFAULT VALUES");
  CHECK(complaint("INSERT INTO users VALUES (true, 1)") ==
        "1:27: column \"id\" is of type integer but expression is of type boolean");
  CHECK(complaint("INSERT INTO users VALUES (1, 2, 'a', 4)") ==
        "1:38: INSERT has more expressions than target columns");
  CHECK(complaint("INSERT INTO users (id, balance) VALUES (1)") ==
        "1:13: INSERT has more target columns than expressions");
  CHECK(complaint("INSERT INTO users (id, id) VALUES (1, 2)") == "1:13: column \"id\" specified more than once");
  CHECK(complaint("INSERT INTO users VALUES (1, 2), (3)") == "1:35: VALUES lists must all be the same length");
  CHECK(complaint("INSERT INTO users SELECT id, name FROM users") ==
        "1:30: column \"balance\" is of type integer but expression is of type text");
  CHECK(complaint("INSERT INTO users SELECT DISTINCT 1, 'x'") ==
        "1:38: column \"balance\" is of type integer but expression is of type text");
  CHECK(complaint("INSERT INTO tickets VALUES (1, 'x')") ==
        "1:29: cannot insert a non-DEFAULT value into column \"number\": it is GENERATED ALWAYS, leave it out");
  CHECK(meaning("INSERT INTO tickets VALUES (DEFAULT, 'x')") == "INSERT tickets (0 1) VALUES (DEFAULT 'x':text)");
  CHECK(complaint("SELECT DEFAULT") == "1:8: DEFAULT is not allowed in this context");
  CHECK(complaint("INSERT INTO users VALUES (1, 1 + (SELECT max(DEFAULT)))") ==
        "1:46: DEFAULT is not allowed in this context");
}

TEST_CASE("UPDATE and DELETE have their table as item 0") {
  CHECK(
      meaning("UPDATE users u SET balance = balance - c.price, name = DEFAULT FROM codes c JOIN codes d ON c.id = d.id "
              "WHERE u.id = c.id RETURNING u.balance, c.id") ==
      "UPDATE SET 1 = (- #0.1:integer #1.4:numeric):numeric, 2 = DEFAULT FROM users u, codes c JOIN codes d ON[1] "
      "(= #1.0:bigint #2.0:bigint):boolean WHERE (= #0.0:integer #1.0:bigint):boolean "
      "RETURNING #0.1:integer AS balance, #1.0:bigint AS id");
  CHECK(meaning("DELETE FROM users USING codes c WHERE c.id = users.id RETURNING *")
            .starts_with(
                "DELETE FROM users, codes c WHERE (= #1.0:bigint #0.0:integer):boolean RETURNING #0.0:integer AS id"));
  CHECK(complaint("UPDATE users SET balance = 1, balance = 2") ==
        "1:31: multiple assignments to same column \"balance\"");
  CHECK(complaint("UPDATE users SET balance = name") ==
        "1:28: column \"balance\" is of type integer but expression is of type text");
  CHECK(complaint("UPDATE users SET balance = max(balance)") == "1:28: aggregate functions are not allowed in UPDATE");
  CHECK(complaint("UPDATE tickets SET number = 1") == "1:20: column \"number\" can only be updated to DEFAULT");
  CHECK(complaint("UPDATE users SET id = 1 FROM codes c JOIN codes d ON users.id = d.id") ==
        "1:54: table \"users\" cannot be referenced from this part of the query");
  CHECK(complaint("DELETE FROM users RETURNING count(*)") == "1:29: aggregate functions are not allowed in RETURNING");
}

TEST_CASE("grouping: what has no single value is refused") {
  CHECK(complaint("SELECT name, count(*) FROM users") ==
        "1:8: column \"users.name\" must appear in the GROUP BY clause or be used in an aggregate function");
  CHECK(complaint("SELECT balance FROM users GROUP BY name HAVING id > 1")
            .starts_with("1:8: column \"users.balance\" must"));
  CHECK(meaning("SELECT name || 'x', count(*) FROM users GROUP BY name || 'x' ORDER BY 2, name || 'x'") ==
        "SELECT (|| #0.2:text 'x':text):text AS ?column?, (count*):bigint AS count FROM users GROUP BY "
        "(|| #0.2:text 'x':text):text ORDER BY (count*):bigint, (|| #0.2:text 'x':text):text");
  // The primary key decides all other columns.
  CHECK(meaning("SELECT name FROM users GROUP BY id") == "SELECT #0.2:text AS name FROM users GROUP BY #0.0:integer");
  CHECK(
      complaint("SELECT code FROM codes GROUP BY id").starts_with("1:8: column \"codes.code\" must"));  // id is no key
  CHECK(complaint("SELECT name, (SELECT 1 FROM codes WHERE id = balance) FROM users GROUP BY name") ==
        "1:46: subquery uses ungrouped column \"users.balance\" from outer query");
  CHECK(complaint("SELECT 1 FROM users GROUP BY count(*)") == "1:30: aggregate functions are not allowed in GROUP BY");
  CHECK(complaint("SELECT count(*) FROM users GROUP BY 1") == "1:37: aggregate functions are not allowed in GROUP BY");
  CHECK(complaint("SELECT max(min(id)) FROM users") == "1:12: aggregate function calls cannot be nested");
  CHECK(complaint("SELECT 1 FROM users WHERE max(id) = 1") == "1:27: aggregate functions are not allowed in WHERE");
  CHECK(complaint("SELECT (SELECT max(users.id) FROM codes) FROM users") ==
        "1:16: an aggregate over columns of an enclosing query only is not supported yet");
  CHECK(std::get<Select>(bound("SELECT 1 FROM users HAVING true").body).aggregated);
  CHECK(!std::get<Select>(bound("SELECT (SELECT count(*) FROM codes) FROM users").body).aggregated);
}

TEST_CASE("ORDER BY means output columns first, GROUP BY input columns first") {
  CHECK(meaning("SELECT -id AS balance FROM users ORDER BY balance, users.balance, 1 DESC, 1 NULLS FIRST") ==
        "SELECT (neg #0.0:integer):integer AS balance FROM users ORDER BY (neg #0.0:integer):integer, #0.1:integer, "
        "(neg #0.0:integer):integer DESC NULLS FIRST, (neg #0.0:integer):integer NULLS FIRST");
  CHECK(meaning("SELECT max(id) AS m, name AS n FROM users GROUP BY n") ==
        "SELECT (max #0.0:integer):integer AS m, #0.2:text AS n FROM users GROUP BY #0.2:text");
  CHECK(complaint("SELECT -id AS balance FROM users GROUP BY balance").starts_with("1:9: column \"users.id\" must"));
  CHECK(complaint("SELECT id FROM users ORDER BY 2") == "1:31: position 2 is not in the select list");
  CHECK(complaint("SELECT DISTINCT id FROM users ORDER BY name") ==
        "1:40: for SELECT DISTINCT, ORDER BY expressions must appear in select list");
  CHECK(meaning("SELECT id FROM users UNION ALL SELECT 2.5 ORDER BY id DESC") ==
        "SELECT (cast #0.0:integer):numeric AS id FROM users UNION ALL SELECT 2.5:numeric AS ?column? "
        "ORDER BY #0.0:numeric DESC NULLS FIRST");
  CHECK(complaint("SELECT id FROM users UNION SELECT 1 ORDER BY id + 1") ==
        "1:49: after UNION, ORDER BY takes only names and numbers of result columns");
  CHECK(meaning("SELECT 1 UNION ALL SELECT 2 UNION SELECT 3 UNION ALL SELECT 4") ==
        "SELECT 1:integer AS ?column? UNION ALL SELECT 2:integer AS ?column? UNION SELECT 3:integer AS ?column? "
        "UNION ALL SELECT 4:integer AS ?column?");
  CHECK(meaning("SELECT 1 UNION SELECT 2 UNION SELECT 3 LIMIT 2") ==
        "SELECT 1:integer AS ?column? UNION SELECT 2:integer AS ?column? UNION SELECT 3:integer AS ?column? LIMIT "
        "2:integer");
}

TEST_CASE("FOR UPDATE locks tables, and only where rows are still rows") {
  CHECK(meaning("SELECT 1 FROM users u, codes c FOR UPDATE").ends_with("FOR UPDATE #0 #1"));
  CHECK(meaning("SELECT 1 FROM users u LEFT JOIN codes c ON true FOR UPDATE OF u").ends_with("FOR UPDATE #0"));
  CHECK(complaint("SELECT 1 FROM users u LEFT JOIN codes c ON true FOR UPDATE") ==
        "1:49: FOR UPDATE cannot be applied to the nullable side of an outer join");
  CHECK(complaint("SELECT 1 FROM users FOR UPDATE OF nope") ==
        "1:35: relation \"nope\" in FOR UPDATE clause not found in FROM clause");
  for (const auto& [text, with] : {std::pair{"SELECT max(id) FROM users FOR UPDATE", "aggregate functions"},
                                   {"SELECT id FROM users GROUP BY id FOR UPDATE", "GROUP BY"},
                                   {"SELECT DISTINCT id FROM users FOR UPDATE", "DISTINCT"}})
    CHECK(complaint(text).find(std::string("FOR UPDATE is not allowed with ") + with) != std::string::npos);
  CHECK(complaint("SELECT 1 FROM users UNION SELECT 2 FROM users FOR UPDATE") ==
        "1:1: FOR UPDATE is not allowed with UNION: lock in a statement of its own");
  CHECK(complaint("SELECT * FROM (SELECT 1 FROM users) x FOR UPDATE").find("FOR UPDATE over a sub-select") !=
        std::string::npos);
}

TEST_CASE("LIMIT without ORDER BY is noticed where it matters") {
  CHECK(bound("SELECT id FROM users LIMIT 1").limit_without_order);
  CHECK(bound("SELECT id FROM users WHERE id > 1 OFFSET 1").limit_without_order);
  CHECK(bound("UPDATE users SET balance = 1 WHERE id = (SELECT id FROM users LIMIT 1)").limit_without_order);
  CHECK(!bound("SELECT id FROM users ORDER BY id LIMIT 1").limit_without_order);
  CHECK(!bound("SELECT id FROM users WHERE balance = 1 AND id = :id LIMIT 1").limit_without_order);  // one row at most
  CHECK(bound("SELECT id FROM users WHERE id = balance LIMIT 1").limit_without_order);
  CHECK(!bound("SELECT id FROM codes WHERE code = 'x' LIMIT 1").limit_without_order);
  CHECK(!bound("SELECT 1 LIMIT 1").limit_without_order);
  CHECK(!bound("SELECT EXISTS (SELECT 1 FROM users LIMIT 1)").limit_without_order);
  CHECK(!bound("SELECT count(*) FROM users LIMIT 1").limit_without_order);
}

TEST_CASE("strings in a UNION take the type of what stands beside them, two by two") {
  CHECK(meaning("SELECT '2024-01-01' UNION SELECT date '2024-01-02' UNION SELECT '2024-01-03'") ==
        "SELECT '2024-01-01':date AS ?column? UNION SELECT '2024-01-02':date AS date UNION SELECT '2024-01-03':date AS "
        "?column?");
  CHECK(meaning("SELECT 'a' UNION SELECT 'b'") == "SELECT 'a':text AS ?column? UNION SELECT 'b':text AS ?column?");
  CHECK(complaint("SELECT '1' UNION SELECT '2' UNION SELECT 3") ==
        "1:42: UNION types text and integer cannot be matched");
  CHECK(complaint("SELECT 1 UNION SELECT 'x'") == "1:23: invalid input syntax for type integer: \"x\"");
}

TEST_CASE("a query knows the tables that it reads") {
  const auto tables = [](std::string_view text) { return std::get<Select>(bound(text).body).tables; };
  CHECK(tables("SELECT 1") == std::vector<std::size_t>{});
  CHECK(tables("SELECT (SELECT max(id) FROM codes) FROM users u, (SELECT 1 FROM users) x") ==
        std::vector<std::size_t>{0, 1});
  CHECK(tables("SELECT 1 UNION SELECT number FROM tickets") == std::vector<std::size_t>{2});
  CHECK(bound("SELECT (SELECT 1), (SELECT 2) FROM (SELECT 3) x WHERE EXISTS (SELECT 4)").query_count == 4);
}

TEST_CASE("in a catalog of several databases bare names stand for the only one, and full names always work") {
  Catalog view;
  for (const auto* name : {"bank.users", "stripe.users", "bank.codes", "paid"}) {
    Table table;
    table.name = name;
    table.columns.resize(1);
    table.columns.front().name = "id";
    view.tables.push_back(table);
  }
  const auto table = [&](std::string_view text) {
    Statement statement = parse_statement(text);
    bind(statement, view);
    return std::get<Select>(statement.body).from.front().table_number;
  };
  CHECK(table("SELECT codes.id FROM codes") == 2);
  CHECK(table("SELECT users.id FROM stripe.users") == 1);
  CHECK(table("SELECT id FROM paid") == 3);
  CHECK(complaint_of([&] { table("SELECT id FROM users"); }) ==
        "1:16: table \"users\" is ambiguous: it could be bank.users or stripe.users");
  CHECK(complaint_of([&] { table("SELECT id FROM bank.code"); }) ==
        "1:16: relation \"bank.code\" does not exist; did you mean \"bank.codes\"?");
  CHECK(meaning("SELECT 1 FROM bank.users") == "SELECT 1:integer AS ?column? FROM bank.users");
  CHECK(complaint("SELECT 1 FROM stripe.users") == "1:15: relation \"stripe.users\" does not exist");
}

TEST_CASE("status compares with numbers and texts") {
  Catalog view;
  Table responses;
  responses.name = "responses";
  responses.columns.resize(1);
  responses.columns.front().name = "status";
  responses.columns.front().type = Type::status;
  view.tables.push_back(responses);
  Statement statement =
      parse_statement("SELECT status = 200, status = 'unique_violation', status IN ('200', 409) FROM responses");
  bind(statement, view);
  CHECK(print(statement) ==
        "SELECT (= #0.0:status 200:integer):boolean AS ?column?, (= #0.0:status 'unique_violation':text):boolean AS "
        "?column?, "
        "(in #0.0:status '200':text 409:integer):boolean AS ?column? FROM responses");
  Statement wrong = parse_statement("SELECT status = true FROM responses");
  CHECK(complaint_of([&] { bind(wrong, view); }) == "1:15: operator does not exist: status = boolean");
}

}  // namespace gapless::sql
