// What is said to a writer who comes from another language, or another database; statements that are right, but do not
// do what they look like.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "harness.h"
#include "scenario/hints.h"

namespace gapless::scenario::testing {
namespace {

// The message without its place.
std::string said(const std::string& body) {
  const std::string message = mistake(with_body(body));
  return message.substr(message.find(' ') + 1);
}

TEST_CASE("words of other languages") {
  const std::string expected = "expected a statement or `}`, found ";
  CHECK(said("return;") == expected + "`return`; `respond 200;` ends a request");
  CHECK(said("while true { }") == expected + "`while`; there are `for x in SELECT … { }` and `retry { … again; }`");
  CHECK(said("transaction { } catch any { }") ==
        expected + "`catch`; `catch` belongs to `try { }`, as in `try { transaction { … } } catch any { … }`");
  CHECK(said("# why") == expected + "`#`; a comment begins with `--`");
  CHECK(said("amount = 3;") ==
        expected + "`amount`; a local is made by `let amount = …;`, and `set amount = …;` gives it a new value");
  CHECK(said("amount += 3;").ends_with("`set amount = …;` gives it a new value"));
  CHECK(said("amount == 3;") == expected + "`amount`");
  CHECK(said("repsond 200;") == expected + "`repsond`; did you mean `respond`?");
  CHECK(said("acquire cart(1) { }") == "expected `;`, found `{`; a block under a lock is `hold …(…) { }`");
  CHECK(said("retry 3 { }") == "expected a block in `{ }`, found `3`; write `retry up to 3`");
  CHECK(said("transaction serializable { }") ==
        "expected a block in `{ }`, found `serializable`; a level is written `transaction at \"serializable\"`");
  CHECK(said("try { } catch 23505 { }").ends_with("found `23505`; 23505 is called `unique_violation`"));
  CHECK(said("retry on 40P01 { }").ends_with("found `40P01`; 40P01 is called `deadlock_detected`"));
  CHECK(foreign_word("", 0).empty());
  CHECK(foreign_word("retry ", 6).empty());
}

TEST_CASE("locals in SQL, columns outside, texts in double quotes") {
  CHECK(said("UPDATE users SET balance = amount;") ==
        "column \"amount\" does not exist; the local is `:amount` in SQL");
  CHECK(said("let u = SELECT 1 AS n; UPDATE users SET balance = u.n;") ==
        "missing FROM-clause entry for table \"u\"; a field of the local is `:u.…` in SQL");
  CHECK(said("UPDATE users SET balance = others;").find("local") == std::string::npos);
  CHECK(said("if amount = \"ok\" { }") == "a text is in single quotes: 'ok'");
}

TEST_CASE("what other databases write") {
  CHECK(said("if amount = 1 && true { }").ends_with("; SQL says AND"));
  CHECK(said("if amount == 1 { }").ends_with("; SQL compares with `=`"));
  CHECK(said("UPDATE users SET balance = ?;").ends_with("; a local in SQL is `:name`"));
  CHECK(said("UPDATE users SET balance = 1 ON DUPLICATE KEY UPDATE id = 1;").ends_with("DO UPDATE SET …`"));
  CHECK(said("SELECT id FROM users LOCK IN SHARE MODE;").ends_with("; PostgreSQL says `FOR SHARE`"));
  CHECK(said("SELECT 1 FORM users;") == "syntax error at or near \"users\"");
  CHECK(mistake("scenario s\ndatabase b postgres { CREATE TABLE a (id int AUTO_INCREMENT); }\nrequest f() { }\nrun f()")
            .ends_with("; PostgreSQL says `serial`"));
  CHECK(mistake("scenario s\nhandler f() { }") ==
        "2:1 expected a declaration, found `handler`; a handler is a `request`");
}

TEST_CASE("a table of effects that nobody has") {
  const std::string text =
      "scenario s\nrequest f() { effect paid(1); }\nrun f()\nalways \"a\" { SELECT count(*) < 2 FROM ";
  CHECK(mistake(text + "paid }") == "loaded");
  CHECK(mistake(text + "charged }")
            .ends_with("relation \"charged\" does not exist, and this file has no `effect charged(…)` and no `call "
                       "charged(…)`"));
}

// The first words of each warning, without its place.
std::string warned(const std::string& statements, const std::string& other = "") {
  std::string result;
  for (const auto& each :
       warnings("scenario s\n"
                "database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int);\n"
                "CREATE TABLE quiet (id int PRIMARY KEY); }\n"
                "memory here { CREATE TABLE seen (id int); }\n"
                "database redis redis { }\n"
                "request f(id, amount) { " +
                statements + " }\nrequest g() { " + other + " }\nrun f(1, 2), g()\nalways \"a\" { SELECT true }\n")) {
    result += each.substr(each.find(' ') + 1, 24) + "\n";
  }
  return result;
}

TEST_CASE("a column that is compared with itself") {
  CHECK(warned("UPDATE users SET balance = 0 WHERE id = id;") == "`id` is compared with it\n");
  CHECK(warned("UPDATE users SET balance = 0 WHERE users.id <> users.id;") == "`id` is compared with it\n");
  CHECK(warned("UPDATE users SET balance = 0 WHERE id = :id;").empty());
  CHECK(warned("SELECT balance FROM users a WHERE a.id = a.balance;").empty());
  CHECK(warned("UPDATE users SET balance = 0 WHERE balance = balance;").empty());  // no local is called so
}

TEST_CASE("statements that commit by themselves") {
  const std::string lock = "SELECT id FROM users FOR UPDATE;";
  CHECK(warned(lock) == "this lock is gone with i\n");
  CHECK(warned("transaction { " + lock + " }").empty());
  CHECK(warned("BEGIN; " + lock + " COMMIT;").empty());
  const std::string counts = "INSERT INTO users SELECT 1, 2 WHERE (SELECT count(*) FROM users) < 5;";
  CHECK(warned(counts) == "outside a transaction th\n");
  CHECK(warned("transaction { " + counts + " }").empty());
  CHECK(warned("UPDATE users SET balance = 0 WHERE id = (SELECT min(id) FROM users);") == "outside a transaction th\n");
  CHECK(warned("WITH l AS (SELECT id FROM users FOR UPDATE) SELECT count(*) AS n FROM l;") ==
        "this lock is gone with i\n");
  CHECK(warned("WITH l AS (SELECT id FROM users) UPDATE users SET balance = 0 WHERE id IN (SELECT id FROM l);") ==
        "outside a transaction th\n");
  CHECK(warned("INSERT INTO users SELECT id + 1, balance FROM users;") == "outside a transaction th\n");
  CHECK(warned("UPDATE users u SET balance = 0 FROM users o WHERE o.id = u.id;") == "outside a transaction th\n");
  CHECK(warned("DELETE FROM users u USING users o WHERE o.id = u.id;") == "outside a transaction th\n");
  // What is locked is as it is when the statement goes on.
  CHECK(warned("UPDATE users SET balance = 0 WHERE id = (SELECT id FROM users WHERE balance = 1 FOR UPDATE);").empty());
  CHECK(warned("WITH l AS (SELECT id FROM users FOR UPDATE) DELETE FROM users USING l WHERE users.id = l.id;").empty());
  // Nobody writes what it reads; or another request does.
  CHECK(warned("UPDATE users SET balance = 0 WHERE id = (SELECT min(id) FROM quiet);").empty());
  CHECK(warned("UPDATE users SET balance = 0 FROM quiet WHERE quiet.id = users.id;").empty());
  CHECK(warned("UPDATE users SET balance = 0 WHERE id = (SELECT min(id) FROM quiet);",
               "WITH d AS (DELETE FROM quiet RETURNING id) SELECT id FROM d;") == "outside a transaction th\n");
  // It copies what is there; but where it changes a row that it waited for, that is newer.
  CHECK(warned("INSERT INTO users SELECT id, 1 FROM quiet;", "DELETE FROM quiet;").empty());
  CHECK(warned("INSERT INTO users SELECT id, 1 FROM quiet ON CONFLICT DO NOTHING;", "DELETE FROM quiet;").empty());
  CHECK(warned("INSERT INTO users SELECT id, 1 FROM quiet ON CONFLICT (id) DO UPDATE SET balance = excluded.balance;",
               "DELETE FROM quiet;") == "outside a transaction th\n");
  CHECK(warned("SELECT count(*) AS n FROM users WHERE id IN (SELECT id FROM users);").empty());
  CHECK(warned("here> INSERT INTO seen SELECT 1 WHERE (SELECT count(*) FROM seen) < 5;").empty());
}

TEST_CASE("equal to NULL") {
  CHECK(warned("if amount = NULL { }") == "with NULL this is never \n");
  CHECK(warned("UPDATE users SET balance = 0 WHERE balance <> NULL;") == "with NULL this is never \n");
  CHECK(warned("UPDATE users SET balance = NULL WHERE balance IS NOT NULL;").empty());
  CHECK(warned("if amount IS NULL { } else if amount = 3 { }").empty());
}

TEST_CASE("what is said of more than one line") {
  CHECK(said("try { } catch { }").ends_with("found `{`; `catch any` takes every error"));
  CHECK(said("try { } catch (e) { }").ends_with("found `(`; `catch any` takes every error"));
  CHECK(said("call charge(1) may ok or declined;") ==
        "expected `;`, found `or`; what may happen is separated by commas");
  CHECK(said("lock cart(1);").ends_with("; a lock of the application is taken by `acquire cart(…);`"));
  CHECK(
      said("call charge(1) may ok, declined; if charge.outcome = 'ok' { }") ==
      "`charge` is not defined here: `let r = call charge(…)` keeps what became of the call, and `r.outcome` reads it");
  CHECK(said("UPDATE users SET balance = {amount};").ends_with("; a local in SQL is `:name`"));
  CHECK(said("UPDATE users SET balance = @amount;").ends_with("; a local in SQL is `:name`"));
  CHECK(said("UPDATE users SET balance = $amount;").ends_with("; a local in SQL is `:name`"));
  CHECK(said("if amount = 1 || amount = 2 { }").ends_with("; SQL says OR, and `||` joins two texts"));
  CHECK(said("amount := 3;").ends_with("`set amount = …;` gives it a new value"));
  CHECK(mistake("scenario s\ndatabase cache redis { }\nrequest f() { cache> SET k 1 NX; if k.found { } }\nrun f()")
            .ends_with("`k` is not defined here: `let r = redis> SET k …` keeps the reply, and `r.found` and `r.value` "
                       "read it"));
  CHECK(said("UPDATE users SET balance = :AMOUNT;") == "`AMOUNT` is not defined here; did you mean `amount`?");
  CHECK(mistake("scenario s\nrequest f() { effect paid(10); }\nrun f()\n"
                "always \"a\" { SELECT coalesce(sum(amount), 0) < 9 FROM paid }")
            .ends_with("called arg1, arg2 …: `effect paid(10 AS amount)` names it"));
}

TEST_CASE("an outcome that sounds as if nobody knew") {
  CHECK(warned("call charge(id) may ok, timeout;") == "`timeout` is an outcome \n");
  CHECK(warned("call charge(id) may ok, refused;").empty());
}

TEST_CASE("a local in a command of Redis") {
  CHECK(warned("redis> SET k :amount;") == "`:amount` is that text: \n");
  CHECK(warned("redis> SET k {amount};").empty());
  CHECK(warned("redis> SET k :others;").empty());
  CHECK(warned("redis> SET lock:amount 1;").empty());
}

}  // namespace
}  // namespace gapless::scenario::testing
