#include <doctest/doctest.h>

#include "bank.h"
#include "sql/scan.h"

namespace gapless::sql {

namespace {

Statement expression(std::string text) {
  const Source source = make_source("x.gap", std::move(text));
  const auto is_local = [](std::string_view name) {
    return name == "user" || name == "amount" || name == "done" || name == "balance" || name == "timestamp";
  };
  return parse_expression(source, {0, static_cast<Offset>(source->text.size())}, is_local);
}

std::string outside(const std::string& text) {
  Statement statement = expression(text);
  bind(statement, Catalog());
  return print(statement).substr(7);  // after SELECT
}

std::string outside_complaint(const std::string& text) {
  return complaint_of([&] { expression(text); });
}

}  // namespace

TEST_CASE("parameters are what PostgreSQL's scanner lets them be") {
  const Statement statement =
      bound("SELECT :a, ':a', :user.Balance, balance-:a, :a::text, E'\\':a' FROM users -- :b\n WHERE id>=:limit");
  CHECK(statement.parameters == std::vector<std::string>{"a", "user.balance", "limit"});
  CHECK(
      print(statement) ==
      "SELECT :a@0 AS ?column?, ':a':text AS ?column?, :user.balance@1 AS ?column?, (- #0.1:integer :a@0) AS ?column?, "
      "(cast :a@0):text AS text, ''':a':text AS ?column? FROM users WHERE (>= #0.0:integer :limit@2):boolean");
  CHECK(statement.text == "SELECT :a, ':a', :user.Balance, balance-:a, :a::text, E'\\':a' FROM users WHERE id>=:limit");
}

TEST_CASE("positions map back across parameters and wide characters") {
  CHECK(complaint("SELECT :amount, :user.balance, nope FROM users") == "1:32: column \"nope\" does not exist");
  CHECK(complaint("SELECT 'é', :a,\n 'ü' frm users u") == "2:10: syntax error at or near \"users\"");
  CHECK(complaint("SELECT 'é', :a :b") == "1:16: syntax error at or near \":b\"");
  CHECK(complaint("SELECT 1 FROM") == "1:14: syntax error at end of input");
  CHECK(complaint("SELECT x:a FROM users") == "1:8: type x is not supported yet");
  CHECK(complaint("SELECT $1") == "1:8: a parameter is written with its name, as in :amount");
  CHECK(complaint("SELECT 1 AS \"\"") == "1:13: zero-length delimited identifier at or near \"\"\"\"");

  const Source source = make_source("x.gap", "let x =\n  SELECT nope FROM users;");
  Statement part = parse_statement(source, {8, 32});
  CHECK(part.at == 10);
  CHECK(part.text == "SELECT nope FROM users");
  CHECK(complaint_of([&] { bind(part, bank()); }) == "2:10: column \"nope\" does not exist");
}

// libpg_query's JSON has no negative integers: SELECT -1 and SELECT 0 look alike in it.
TEST_CASE("negative integers keep their value") {
  CHECK(print(bound("SELECT -1, - 7, -(5), - -3, - (- 8), -0, 3 * - /* 9 */ 4, 2 -1")) ==
        "SELECT -1:integer AS ?column?, -7:integer AS ?column?, -5:integer AS ?column?, 3:integer AS ?column?, "
        "8:integer AS ?column?, 0:integer AS ?column?, (* 3:integer -4:integer):integer AS ?column?, "
        "(- 2:integer 1:integer):integer AS ?column?");
  CHECK(print(bound("SELECT - -- 9\n 6, :a, -2")) ==
        "SELECT -6:integer AS ?column?, :a@0 AS ?column?, -2:integer AS ?column?");
}

TEST_CASE("outside SQL names of locals are parameters, also when they are keywords") {
  CHECK(outside("user.balance < amount") == "(< :user.balance@0 :amount@1):boolean AS ?column?");
  CHECK(outside(":user.balance - amount - :amount") == "(- (- :user.balance@0 :amount@1) :amount@1) AS ?column?");
  CHECK(outside("done.count = 0") == "(= :done.count@0 0:integer):boolean AS ?column?");
  CHECK(outside("'user' = \"substring\"('amount', 1)") ==
        "(= 'user':text (f15/substring 'amount':text 1:integer):text):boolean AS ?column?");
  CHECK(outside("timestamp '2024-01-01' < timestamp") ==
        "(< '2024-01-01 00:00:00':timestamp :timestamp@0):boolean AS ?column?");
  CHECK(outside("user IS NULL") == "(is_null :user@0):boolean AS ?column?");
  CHECK(outside_complaint("user.balance <") == "1:15: syntax error at end of input");
  CHECK(outside_complaint("  ") == "1:1: an expression is missing");
  CHECK(outside_complaint("amount, 1") == "1:1: one expression was expected here");
  CHECK(outside_complaint("amount AS x") == "1:1: one expression was expected here");
  CHECK(outside_complaint("amount x") == "1:1: one expression was expected here");
  CHECK(outside_complaint("ALL amount") == "1:1: one expression was expected here");
  CHECK(outside_complaint("DISTINCT amount") == "1:1: one expression was expected here");
  CHECK(outside_complaint("amount FROM users") == "1:1: one expression was expected here");
  CHECK(outside_complaint("amount UNION SELECT 1") == "1:1: one expression was expected here");
  CHECK(outside_complaint("amount; SELECT 1") == "1:9: one statement was expected here, this is another");
  CHECK(outside_complaint("1 + (SELECT 2)") ==
        "1:5: a sub-select is not possible in an expression outside SQL: let x = SELECT … first");
  CHECK(outside_complaint("count(amount)") == "1:1: an aggregate is not possible here");
}

TEST_CASE("literals have PostgreSQL's types") {
  CHECK(meaning("SELECT 1, -2147483648, 2147483648, 9223372036854775808, 1.50, 1e3, 'x', true, NULL") ==
        "SELECT 1:integer AS ?column?, -2147483648:integer AS ?column?, 2147483648:bigint AS ?column?, "
        "9223372036854775808:numeric AS ?column?, 1.50:numeric AS ?column?, 1000:numeric AS ?column?, 'x':text AS "
        "?column?, "
        "true:boolean AS ?column?, NULL AS ?column?");
  CHECK(meaning(
            "SELECT '5'::int, int '6', '1.5'::numeric, '1.255'::numeric(5,2), timestamp '2024-01-01', 't'::boolean") ==
        "SELECT 5:integer AS int4, 6:integer AS int4, 1.5:numeric AS numeric, (cast[5,2] 1.255:numeric):numeric AS "
        "numeric, "
        "'2024-01-01 00:00:00':timestamp AS timestamp, true:boolean AS bool");
}

TEST_CASE("what the grammar has in several forms becomes one") {
  CHECK(meaning("SELECT (1, 2) = (3, 4), (1, 2) <> (3, 4)") ==
        "SELECT (and (= 1:integer 3:integer):boolean (= 2:integer 4:integer):boolean):boolean AS ?column?, "
        "(or (<> 1:integer 3:integer):boolean (<> 2:integer 4:integer):boolean):boolean AS ?column?");
  CHECK(meaning("SELECT (1, 2) IN ((3, 4), (5, 6))") ==
        "SELECT (or (and (= 1:integer 3:integer):boolean (= 2:integer 4:integer):boolean):boolean "
        "(and (= 1:integer 5:integer):boolean (= 2:integer 6:integer):boolean):boolean):boolean AS ?column?");
  CHECK(meaning("SELECT CASE :x WHEN 1 THEN 'a' WHEN 2 THEN 'b' END") ==
        "SELECT (case (= :x@0 1:integer):boolean 'a':text (= :x@0 2:integer):boolean 'b':text NULL):text AS case");
  CHECK(meaning("SELECT 1 NOT BETWEEN 2 AND 3, 1 NOT IN (2, 3), 'a' NOT LIKE 'b', 1 IS NOT DISTINCT FROM 2") ==
        "SELECT (not_between 1:integer 2:integer 3:integer):boolean AS ?column?, (not_in 1:integer 2:integer 3:integer)"
        ":boolean AS ?column?, (not_like 'a':text 'b':text):boolean AS ?column?, (same 1:integer 2:integer):boolean AS "
        "?column?");
  CHECK(
      meaning(
          "SELECT 1 FROM users WHERE NOT id IN (SELECT 1) AND (id, 2) NOT IN (SELECT 1, 2) AND id = ANY (SELECT 3)") ==
      "SELECT 1:integer AS ?column? FROM users WHERE (and (and "
      "(not_in_query #0.0:integer q0{SELECT 1:integer AS ?column?}):boolean "
      "(not_in_query #0.0:integer 2:integer q1{SELECT 1:integer AS ?column?, 2:integer AS ?column?}):boolean):boolean "
      "(in_query #0.0:integer q2{SELECT 3:integer AS ?column?}):boolean):boolean");
  CHECK(meaning("SELECT count(*) FILTER (WHERE used), sum(price) FILTER (WHERE used) FROM codes") ==
        "SELECT (count (case #0.2:boolean 1:integer NULL):integer):bigint AS count, "
        "(sum (case #0.2:boolean #0.4:numeric NULL):numeric):numeric AS sum FROM codes");
  CHECK(meaning("SELECT position('b' IN 'abc'), trim(both 'x' from 'xax'), substring('abc' from 2 for 1)") ==
        "SELECT (f21/position 'abc':text 'b':text):integer AS position, (f18/btrim 'xax':text 'x':text):text AS btrim, "
        "(f15/substring 'abc':text 2:integer 1:integer):text AS substring");
}

TEST_CASE("a subject of CASE that is a sub-select is written twice and bound twice") {
  CHECK(meaning("SELECT CASE (SELECT 1) WHEN 1 THEN 2 WHEN 3 THEN 4 END") ==
        "SELECT (case (= (scalar q0{SELECT 1:integer AS ?column?}):integer 1:integer):boolean 2:integer "
        "(= (scalar q1{SELECT 1:integer AS ?column?}):integer 3:integer):boolean 4:integer NULL):integer AS case");
}

TEST_CASE("chains of AND are balanced and keep their order") {
  const std::string text = meaning("SELECT 1 FROM users WHERE id=1 AND id=2 AND id=3 AND id=4 AND id=5");
  const auto leaf = [](int i) { return "(= #0.0:integer " + std::to_string(i) + ":integer):boolean"; };
  const auto both = [](const std::string& a, const std::string& b) { return "(and " + a + " " + b + "):boolean"; };
  CHECK(text == "SELECT 1:integer AS ?column? FROM users WHERE " +
                    both(both(both(leaf(1), leaf(2)), both(leaf(3), leaf(4))), leaf(5)));
}

TEST_CASE("transactions") {
  CHECK(meaning("BEGIN") == "BEGIN");
  CHECK(meaning("START TRANSACTION ISOLATION LEVEL SERIALIZABLE") == "BEGIN serializable");
  CHECK(meaning("END") == "COMMIT");
  CHECK(meaning("ABORT") == "ROLLBACK");
}

TEST_CASE("too deep, too long and too large are refused, not suffered") {
  const auto nested = [](std::size_t depth, const std::string& open, const std::string& inner,
                         const std::string& close) {
    std::string text = "SELECT ";
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += inner;
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  CHECK(meaning(nested(100, "abs(", "1", ")")).starts_with("SELECT (f4/abs "));
  CHECK(complaint(nested(500, "abs(", "1", ")")).find("nested deeper than 200 levels") != std::string::npos);
  CHECK(complaint(nested(10'000, "(", "1", ")")).find("memory exhausted") != std::string::npos);
  CHECK(complaint(nested(5'000, "1+", "1", "")).find("nested deeper than 200 levels") != std::string::npos);
  CHECK(complaint(nested(5'000, "NOT ", "true", "")).find("nested deeper than 200 levels") != std::string::npos);
  CHECK(complaint(nested(9'000, "- ", "1.0", "")) == "no complaint");  // the grammar folds the signs into the number
  CHECK(complaint(nested(1'000, "(SELECT ", "1", ")")).find("nested deeper") != std::string::npos);
  CHECK(complaint(nested(1'000, "1 UNION ALL SELECT ", "1", "")) == "1:1: a UNION of more than 200 queries");
  CHECK(complaint(nested(40'000, " ", "1", "")) == "1:1: a statement longer than 32768 bytes is not supported");
  // Each CASE doubles its subject: 2^40 expressions if nobody counted.
  CHECK(complaint(nested(40, "CASE ", "1", " WHEN 1 THEN 1 WHEN 2 THEN 2 END")).find("more than 20000 parts") !=
        std::string::npos);
  // Each level doubles the columns.
  std::string stars = "SELECT * FROM users";
  for (int i = 0; i < 30; ++i) stars = "SELECT *, * FROM (" + stars + ") a";
  CHECK(complaint(stars).find("at most 1664 entries") != std::string::npos);
}

TEST_CASE("bytes that are no text are refused at their place") {
  CHECK(complaint("SELECT 'a\xff'") == "1:10: this is not valid UTF-8");
  CHECK(complaint(std::string_view("SELECT 1\0", 9)) == "1:9: a zero byte");
  CHECK(complaint("SELECT '\xed\xa0\x80'") == "1:9: this is not valid UTF-8");  // a surrogate
  CHECK(complaint("SELECT '\xc0\xaf'") == "1:9: this is not valid UTF-8");      // overlong
}

}  // namespace gapless::sql
