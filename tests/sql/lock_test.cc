// Row locks in SELECT, in sub-selects and in WITH; WITH itself.
#include <doctest/doctest.h>

#include "bank.h"

namespace gapless::sql {

TEST_CASE("four strengths, three ways to wait") {
  CHECK(meaning("SELECT 1 FROM users FOR KEY SHARE").ends_with(" FOR KEY SHARE #0"));
  CHECK(meaning("SELECT 1 FROM users FOR SHARE NOWAIT").ends_with(" FOR SHARE #0 NOWAIT"));
  CHECK(meaning("SELECT 1 FROM users FOR NO KEY UPDATE SKIP LOCKED").ends_with(" FOR NO KEY UPDATE #0 SKIP LOCKED"));
  CHECK(meaning("SELECT 1 FROM users u, codes c FOR UPDATE OF c, u, c NOWAIT").ends_with(" FOR UPDATE #1 #0 NOWAIT"));
  // What is no table has nothing to lock.
  CHECK(meaning("SELECT 1 FROM (SELECT 1) x, users, (VALUES (1)) v, generate_series(1, 2) g FOR SHARE")
            .ends_with(" FOR SHARE #1"));
  CHECK(complaint("SELECT max(id) FROM users FOR NO KEY UPDATE") ==
        "1:27: FOR NO KEY UPDATE is not allowed with aggregate functions: lock in a statement of its own");
  CHECK(complaint("SELECT 1 FROM users UNION SELECT 2 FROM users FOR SHARE") ==
        "1:1: FOR SHARE is not allowed with UNION: lock in a statement of its own");
  CHECK(meaning("SELECT 1 FROM users, (VALUES (1)) v FOR SHARE OF v").ends_with("v FOR SHARE"));
  CHECK(complaint("SELECT 1 FROM users, generate_series(1, 2) g FOR SHARE OF g") ==
        "1:59: FOR SHARE cannot be applied to a function");
  CHECK(complaint("VALUES (1) FOR UPDATE") == "1:1: FOR UPDATE cannot be applied to VALUES");
  CHECK(complaint("SELECT 1 FROM users FOR SHARE FOR UPDATE") ==
        "1:21: more than one locking clause is not supported yet: list the tables after one OF");
  CHECK(
      complaint("SELECT * FROM (SELECT 1 FROM users) x FOR UPDATE") ==
      "1:23: FOR UPDATE over a sub-select in FROM is not supported yet: lock inside it, or in a statement of its own");
  CHECK(complaint("INSERT INTO users (id, balance) SELECT id, 1 FROM codes FOR UPDATE") ==
        "1:57: FOR UPDATE in INSERT … SELECT is not supported yet: write INSERT INTO … SELECT * FROM (SELECT … FOR "
        "UPDATE) AS locked");
}

TEST_CASE("sub-selects that lock are listed, the inner before the outer") {
  CHECK(meaning("SELECT id FROM users WHERE id = (SELECT id FROM codes ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)") ==
        "SELECT #0.0:integer AS id FROM users WHERE (= #0.0:integer (scalar q0{SELECT #0.0:bigint AS id FROM codes "
        "ORDER BY #0.0:bigint LIMIT 1:integer FOR UPDATE #0 SKIP LOCKED}):bigint):boolean [q0 locks]");
  CHECK(
      meaning("DELETE FROM users WHERE id IN (SELECT id FROM codes WHERE id = (SELECT 1 FROM users FOR SHARE) FOR KEY "
              "SHARE) RETURNING EXISTS (SELECT 1 FROM codes FOR SHARE)")
          .ends_with(" [q1 locks] [q0 locks] [q2 locks]"));
  CHECK(meaning("SELECT * FROM (SELECT 1) a, (SELECT id FROM users FOR UPDATE) b").ends_with(" [q1 locks]"));
  const Statement statement = bound("SELECT 1 FROM users WHERE id = (SELECT id FROM codes LIMIT 1 FOR UPDATE)");
  const auto& where = *std::get<Select>(statement.body).where;
  CHECK(statement.locking_queries.front().second == where.arguments[1].query);  // the very one
  CHECK(complaint("SELECT id FROM users WHERE id = (SELECT id FROM codes WHERE codes.id = users.id FOR UPDATE)") ==
        "1:81: FOR UPDATE in a sub-select that refers to the query around it is not supported yet: lock in a statement "
        "of its own");
  CHECK(complaint("SELECT id FROM users WHERE id = (SELECT max(id) FROM codes FOR SHARE) FOR UPDATE OF nope") ==
        "1:60: FOR SHARE is not allowed with aggregate functions: lock in a statement of its own");
  CHECK(complaint("SELECT DISTINCT id FROM users WHERE id IN (SELECT id FROM codes FOR SHARE) FOR UPDATE") ==
        "1:76: FOR UPDATE is not allowed with DISTINCT: lock in a statement of its own");
  CHECK(complaint("SELECT id FROM users WHERE id IN (SELECT id FROM codes FOR SHARE) FOR UPDATE OF nope") ==
        "1:81: relation \"nope\" in FOR UPDATE clause not found in FROM clause");
}

TEST_CASE("WITH: numbered first, read where named, with its own names for columns") {
  CHECK(
      meaning("WITH a AS (SELECT 1 AS x WHERE EXISTS (SELECT 1)), b(y) AS MATERIALIZED (SELECT x FROM a), c AS (UPDATE "
              "users SET balance = 1 FROM b WHERE id = y RETURNING id) SELECT * FROM c, (SELECT 5) z") ==
      "WITH a=q0(x){SELECT 1:integer AS x WHERE (exists q1{SELECT 1:integer AS ?column?}):boolean}, "
      "b=q2(y){SELECT #0.0:integer AS x FROM a=q0}, "
      "c=q3(id){UPDATE SET 1 = 1:integer FROM users, b=q2 WHERE (= #0.0:integer #1.0:integer):boolean RETURNING "
      "#0.0:integer AS id} "
      "SELECT #0.0:integer AS id, #1.0:integer AS ?column? FROM c=q3, (SELECT 5:integer AS ?column?) z");
  const Statement statement = bound("WITH a AS (SELECT 1) SELECT (SELECT 1), (SELECT count(*) FROM a, users)");
  CHECK(statement.query_count == 3);
  CHECK(std::get<Select>(bound("WITH a AS (SELECT 1 FROM codes) SELECT * FROM a").body).tables.empty());
  CHECK(std::get<Select>(statement.body).tables == std::vector<std::size_t>{0});
  // A correlated sub-select may read one; an element may lock.
  CHECK(meaning("WITH a AS (SELECT id FROM codes FOR UPDATE) SELECT 1 FROM users u WHERE EXISTS (SELECT 1 FROM a WHERE "
                "a.id = u.id) FOR SHARE") ==
        "WITH a=q0(id){SELECT #0.0:bigint AS id FROM codes FOR UPDATE #0} SELECT 1:integer AS ?column? FROM users u "
        "WHERE (exists q1c{SELECT 1:integer AS ?column? FROM a=q0 WHERE (= #0.0:bigint "
        "^1#0.0:integer):boolean}):boolean FOR SHARE #0");
  // A name means the element, except as what is changed.
  CHECK(meaning("WITH users AS (SELECT 7 AS id) UPDATE users SET balance = x.id FROM users x") ==
        "WITH users=q0(id){SELECT 7:integer AS id} UPDATE SET 1 = #1.0:integer FROM users, users=q0 x");
  CHECK(bound("WITH a AS (SELECT id FROM users) SELECT id FROM a LIMIT 1").limit_without_order);
}

TEST_CASE("an element is read if what reads it is run") {
  CHECK(
      meaning("WITH a AS (SELECT 1 FROM users WHERE id IN (SELECT id FROM codes FOR UPDATE)), b AS (SELECT 1 FROM a), "
              "c AS (SELECT 2 WHERE EXISTS (SELECT 1 FROM users FOR SHARE)), d AS (DELETE FROM users WHERE id IN "
              "(SELECT * FROM c)) SELECT 3") ==
      "WITH a=q0 unread(?column?){SELECT 1:integer AS ?column? FROM users WHERE (in_query #0.0:integer q1{SELECT "
      "#0.0:bigint AS id FROM codes FOR UPDATE #0}):boolean}, b=q2 unread(?column?){SELECT 1:integer AS ?column? FROM "
      "a=q0}, c=q3(?column?){SELECT 2:integer AS ?column? WHERE (exists q4{SELECT 1:integer AS ?column? FROM users FOR "
      "SHARE #0}):boolean}, d=q5 unread(){DELETE FROM users WHERE (in_query #0.0:integer q6{SELECT #0.0:integer AS "
      "?column? FROM c=q3}):boolean} SELECT 3:integer AS ?column? [q4 locks]");
}

TEST_CASE("what an element that nobody reads would lock is not run, but the rest is") {
  CHECK(meaning("WITH a AS (SELECT 1 FROM users WHERE EXISTS (SELECT 1 FROM users FOR SHARE)) SELECT 1 WHERE EXISTS "
                "(SELECT 1 FROM users FOR SHARE)")
            .ends_with("boolean [q2 locks]"));
}

TEST_CASE("WITH in front of the SELECT of an INSERT is WITH in front of the INSERT") {
  CHECK(
      meaning("WITH q AS (SELECT 7) INSERT INTO users (id, balance) WITH a AS (SELECT * FROM q) SELECT 1, 2 FROM a") ==
      "WITH q=q0(?column?){SELECT 7:integer AS ?column?}, a=q1(?column?){SELECT #0.0:integer AS ?column? FROM q=q0} "
      "INSERT users (0 1) SELECT 1:integer AS ?column?, 2:integer AS ?column? FROM a=q1");
  CHECK(complaint("INSERT INTO users (id, balance) WITH a AS (DELETE FROM users RETURNING *) SELECT 1, 2") ==
        "1:38: WITH clause containing a data-modifying statement must be at the top level");
}

TEST_CASE("what WITH cannot do") {
  CHECK(complaint("WITH a AS (DELETE FROM users) SELECT * FROM a") ==
        "1:45: WITH query \"a\" does not have a RETURNING clause");
  CHECK(complaint("WITH RECURSIVE a AS (SELECT 1) SELECT 1") ==
        "1:16: WITH RECURSIVE is not supported yet: write a loop in the request");
  CHECK(complaint("SELECT (WITH a AS (SELECT 1) SELECT * FROM a)") ==
        "1:9: WITH in a sub-select is not supported yet: write it in front of the whole statement");
  CHECK(complaint("WITH a AS (WITH b AS (SELECT 1) SELECT 1) SELECT 1") ==
        "1:12: WITH in a sub-select is not supported yet: write it in front of the whole statement");
  CHECK(complaint("WITH a AS (WITH b AS (SELECT 1) DELETE FROM users) SELECT 1").find("WITH inside WITH is not") !=
        std::string::npos);
  CHECK(complaint("WITH a AS (SELECT 1), a AS (SELECT 2) SELECT 1") ==
        "1:23: WITH query name \"a\" specified more than once");
  CHECK(complaint("WITH a(x, y) AS (SELECT 1) SELECT 1") ==
        "1:6: WITH query \"a\" has 1 columns available but 2 columns specified");
  CHECK(complaint("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT 1") == "1:26: relation \"b\" does not exist");
  CHECK(complaint("WITH a AS (SELECT * FROM users) SELECT * FROM a FOR UPDATE OF a") ==
        "1:63: FOR UPDATE cannot be applied to a WITH query");
  CHECK(complaint("WITH a AS (SELECT 1 AS x) SELECT y FROM a") == "1:34: column \"y\" does not exist");
  CHECK(complaint("WITH a AS (SELECT id, balance FROM users) SELECT id, balance FROM a GROUP BY id") ==
        "1:54: column \"a.balance\" must appear in the GROUP BY clause or be used in an aggregate function");
}

}  // namespace gapless::sql
