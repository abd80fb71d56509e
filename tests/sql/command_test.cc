// Transactions, settings, locks of whole tables, advisory locks.
#include <doctest/doctest.h>

#include "bank.h"

namespace gapless::sql {

TEST_CASE("transactions and savepoints") {
  CHECK(meaning("BEGIN") == "BEGIN");
  CHECK(meaning("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY DEFERRABLE") ==
        "BEGIN repeatable read READ ONLY DEFERRABLE");
  CHECK(meaning("START TRANSACTION READ WRITE, NOT DEFERRABLE, ISOLATION LEVEL READ UNCOMMITTED") ==
        "BEGIN read uncommitted READ WRITE NOT DEFERRABLE");
  CHECK(meaning("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE") == "SET TRANSACTION serializable");
  CHECK(meaning("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY") == "SET TRANSACTION OF SESSION READ ONLY");
  CHECK(meaning("SAVEPOINT a") == "SAVEPOINT a");
  CHECK(meaning("ROLLBACK TO SAVEPOINT \"B c\"") == "ROLLBACK TO B c");
  CHECK(meaning("ROLLBACK WORK TO a") == "ROLLBACK TO a");
  CHECK(meaning("RELEASE a") == "RELEASE a");
  CHECK(meaning("ABORT") == "ROLLBACK");
  CHECK(meaning("END") == "COMMIT");
  CHECK(complaint("ROLLBACK AND CHAIN") == "1:1: AND CHAIN is not supported yet: write BEGIN after it");
  CHECK(complaint("PREPARE TRANSACTION 'x'") ==
        "1:1: PREPARE TRANSACTION is not supported yet: use a transaction of its own");
  CHECK(complaint("SET TRANSACTION SNAPSHOT 'x'") == "1:1: SET TRANSACTION SNAPSHOT is not supported yet");
}

TEST_CASE("times are kept in milliseconds") {
  for (const auto& [written, kept] : {std::pair{"500", "500"},
                                      {"'500'", "500"},
                                      {"'2s'", "2000"},
                                      {"' 1.5 min '", "90000"},
                                      {"'1h'", "3600000"},
                                      {"'1d'", "86400000"},
                                      {"'600us'", "1"},
                                      {"'1us'", "0"},
                                      {"0.5", "0"},
                                      {"2.5", "2"},
                                      {"3.5", "4"},
                                      {"2147483647", "2147483647"}})
    CHECK(meaning(std::string("SET lock_timeout = ") + written) == std::string("SET lock_timeout '") + kept + "'");
  CHECK(meaning("SET LOCAL Statement_Timeout TO '10ms'") == "SET LOCAL statement_timeout '10'");
  CHECK(meaning("RESET lock_timeout") == "SET lock_timeout ''");
  CHECK(meaning("SET deadlock_timeout TO DEFAULT") == "SET deadlock_timeout ''");
  CHECK(complaint("SET lock_timeout = -1") ==
        "1:1: -1 ms is outside the valid range for parameter \"lock_timeout\" (0 .. 2147483647)");
  CHECK(complaint("SET lock_timeout = '25 d'") ==
        "1:1: 2160000000 ms is outside the valid range for parameter \"lock_timeout\" (0 .. 2147483647)");
  CHECK(complaint("SET deadlock_timeout = 0") ==
        "1:1: 0 ms is outside the valid range for parameter \"deadlock_timeout\" (1 .. 2147483647)");
  CHECK(complaint("SET lock_timeout = '5 parsecs'") ==
        "1:1: invalid value for parameter \"lock_timeout\": \"5 parsecs\"");
  CHECK(complaint("SET lock_timeout = ''") == "1:1: invalid value for parameter \"lock_timeout\": \"\"");
  CHECK(complaint("SET lock_timeout = 1, 2") == "1:1: SET lock_timeout takes only one argument");
}

TEST_CASE("settings that change no answer are taken, others are not") {
  CHECK(meaning("SET enable_seqscan = off") == "SET enable_seqscan 'off'");
  CHECK(meaning("SET seq_page_cost = 1.5") == "SET seq_page_cost '1.5'");
  CHECK(meaning("SET force_parallel_mode = on") == "SET force_parallel_mode 'on'");
  CHECK(meaning("SET default_transaction_isolation = 'Repeatable Read'") ==
        "SET default_transaction_isolation 'repeatable read'");
  CHECK(complaint("SET default_transaction_isolation = 'x'") ==
        "1:1: invalid value for parameter \"default_transaction_isolation\": \"x\"");
  CHECK(complaint("SET search_path = a, b") == "1:1: the setting search_path is not supported yet: leave it out");
  CHECK(complaint("SET TIME ZONE 'UTC'") == "1:1: the setting timezone is not supported yet: leave it out");
  CHECK(complaint("SET transaction_isolation = 'serializable'") ==
        "1:1: the setting transaction_isolation is not supported yet: use SET TRANSACTION");
  CHECK(complaint("SET default_transaction_read_only = on") ==
        "1:1: the setting default_transaction_read_only is not supported yet: use SET SESSION CHARACTERISTICS AS "
        "TRANSACTION");
  CHECK(complaint("RESET ALL") == "1:1: RESET ALL is not supported yet: reset each setting by its name");
  CHECK(complaint("SHOW lock_timeout") == "1:1: SHOW is not supported yet");
  CHECK(meaning("SELECT current_setting('default_transaction_isolation')").find("/current_setting") !=
        std::string::npos);
  CHECK(complaint("SELECT current_setting('lock_timeout')") ==
        "1:8: current_setting is supported for 'default_transaction_isolation' only");
}

TEST_CASE("LOCK TABLE in PostgreSQL's eight modes") {
  static constexpr const char* modes[] = {
      "ACCESS SHARE", "ROW SHARE",           "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
      "SHARE",        "SHARE ROW EXCLUSIVE", "EXCLUSIVE",     "ACCESS EXCLUSIVE"};
  for (std::size_t i = 0; i < 8; ++i)
    CHECK(meaning("LOCK codes, users IN " + std::string(modes[i]) + " MODE") ==
          "LOCK 1 0 mode " + std::to_string(i + 1));
  CHECK(meaning("LOCK TABLE users NOWAIT") == "LOCK 0 mode 8 NOWAIT");
  CHECK(complaint("LOCK TABLE user_s") == "1:1: relation \"user_s\" does not exist; did you mean \"users\"?");
  CHECK(complaint("LOCK TABLE ONLY users") == "1:17: ONLY is not supported yet: leave it out");
}

TEST_CASE("advisory locks have one large key or two small ones") {
  const auto call = [](const std::string& text) {
    const std::string result = meaning("SELECT " + text);
    return result.substr(result.find('/'));
  };
  CHECK(call("pg_advisory_lock(1)") == "/pg_advisory_lock 1:integer):text AS pg_advisory_lock");
  CHECK(call("pg_advisory_xact_lock('7')") == "/pg_advisory_xact_lock 7:bigint):text AS pg_advisory_xact_lock");
  CHECK(call("pg_try_advisory_lock(1, :a)") == "/pg_try_advisory_lock 1:integer :a@0):boolean AS pg_try_advisory_lock");
  CHECK(call("pg_advisory_unlock_all()") == "/pg_advisory_unlock_all):text AS pg_advisory_unlock_all");
  const auto function = [](const std::string& text) {
    return std::get<Select>(bound("SELECT " + text).body).targets.front().expression.function;
  };
  CHECK(function("pg_advisory_lock(1)") == Function::advisory_lock);
  CHECK(function("pg_advisory_lock_shared(1)") == Function::advisory_lock_shared);
  CHECK(function("pg_advisory_xact_lock(1)") == Function::advisory_xact_lock);
  CHECK(function("pg_advisory_xact_lock_shared(1)") == Function::advisory_xact_lock_shared);
  CHECK(function("pg_try_advisory_lock(1)") == Function::try_advisory_lock);
  CHECK(function("pg_try_advisory_lock_shared(1)") == Function::try_advisory_lock_shared);
  CHECK(function("pg_try_advisory_xact_lock(1)") == Function::try_advisory_xact_lock);
  CHECK(function("pg_try_advisory_xact_lock_shared(1)") == Function::try_advisory_xact_lock_shared);
  CHECK(function("pg_advisory_unlock(1)") == Function::advisory_unlock);
  CHECK(function("pg_advisory_unlock_shared(1)") == Function::advisory_unlock_shared);
  CHECK(bound("SELECT pg_advisory_unlock(1)").types.front() == Type::boolean);
  CHECK(complaint("SELECT pg_advisory_lock(1.5)") == "1:8: function pg_advisory_lock(numeric) does not exist");
  CHECK(complaint("SELECT pg_advisory_lock(1, 9000000000)") ==
        "1:8: function pg_advisory_lock(integer, bigint) does not exist");
  CHECK(complaint("SELECT pg_advisory_lock(1, 2, 3)") ==
        "1:8: function pg_advisory_lock does not exist with 3 arguments");
  CHECK(complaint_of([] { setup_of("CREATE TABLE t (a int CHECK (pg_try_advisory_lock(1)))"); }) ==
        "1:30: a lock is taken by a statement; it is not possible here");
}

TEST_CASE("several statements in one text") {
  const Source source = make_source("x", "run BEGIN; SELECT ';' ;; -- nothing ; here\n COMMIT");
  const auto statements = parse_statements(source, {4, static_cast<Offset>(source->text.size())});
  REQUIRE(statements.size() == 3);
  CHECK(statements[0].text == "BEGIN");
  CHECK(statements[1].text == "SELECT ';'");
  CHECK(statements[2].at == source->text.find("COMMIT"));
  CHECK(parse_statements(make_source("x", " ; ;"), {0, 4}).empty());
  const Source wrong = make_source("x", "BEGIN; SELEC");
  CHECK(complaint_of([&] { parse_statements(wrong, {0, 12}); }) == "1:8: syntax error at or near \"SELEC\"");
}

TEST_CASE("generate_series is a table of numbers") {
  CHECK(meaning("SELECT * FROM generate_series(1, 3)") ==
        "SELECT #0.0:integer AS generate_series FROM (SERIES 1 3 1) generate_series");
  CHECK(meaning("SELECT i FROM generate_series(3, -3, -2) AS g(i)") ==
        "SELECT #0.0:integer AS i FROM (SERIES 3 -3 -2) g");
  CHECK(meaning("SELECT g.g FROM users, generate_series(1, 3) g") ==
        "SELECT #1.0:integer AS g FROM users, (SERIES 1 3 1) g");
  // In a list of targets it multiplies the rows, as an item of FROM does.
  CHECK(meaning("INSERT INTO users (id, balance, name) (SELECT generate_series(0, 99999), 2, 'a')") ==
        "INSERT users (0 1 2) SELECT #0.0:integer AS generate_series, 2:integer AS ?column?, 'a':text AS ?column? FROM "
        "(SERIES 0 99999 1) *series*");
  CHECK(meaning("SELECT (SELECT generate_series(1, 1)), id, generate_series(2, 3) AS n FROM users WHERE id > 0") ==
        "SELECT (scalar q1{SELECT #0.0:integer AS generate_series FROM (SERIES 1 1 1) *series*}):integer AS "
        "generate_series, #0.0:integer AS id, #1.0:integer AS n FROM users, (SERIES 2 3 1) *series* WHERE (> "
        "#0.0:integer 0:integer):boolean");
  const auto wrong = [](const char* text, const char* expected) { CHECK_MESSAGE(complaint(text) == expected, text); };
  wrong("SELECT * FROM generate_series(1, 3, 0)", "1:15: step size cannot equal zero");
  wrong("SELECT * FROM generate_series(0, 100000)", "1:15: a series of more than 100000 numbers is not supported");
  for (const char* bounds : {"1, :n", "1.5, 2", "1", "1, 9000000000", "'1', 2"})
    wrong(("SELECT * FROM generate_series(" + std::string(bounds) + ")").c_str(),
          "1:15: generate_series takes two or three whole numbers, written out");
  wrong("SELECT * FROM lower('x')",
        "1:15: a function in FROM other than generate_series is not supported yet: use VALUES or a table");
  wrong("SELECT * FROM generate_series(1, 3) WITH ORDINALITY",
        "1:15: WITH ORDINALITY is not supported yet: leave it out");
  wrong("SELECT generate_series(1, 3), generate_series(1, 3)",
        "1:31: generate_series here is not supported yet: write it in FROM");
  wrong("SELECT count(*), generate_series(1, 3) FROM users",
        "1:1: generate_series beside '*', aggregates or GROUP BY is not supported yet: write it in FROM");
  wrong("SELECT *, generate_series(1, 3) FROM users",
        "1:1: generate_series beside '*', aggregates or GROUP BY is not supported yet: write it in FROM");
  wrong("SELECT 1 + generate_series(1, 3)",
        "1:12: function generate_series is not supported yet: write it in FROM, or VALUES");
  wrong("UPDATE users SET balance = 1 RETURNING generate_series(1, 2)",
        "1:40: generate_series here is not supported yet: write it in FROM");
}

}  // namespace gapless::sql
