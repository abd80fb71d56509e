// From a file to models: variants, claims, actors, roles, the ledger, digests.
#include <doctest/doctest.h>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

using model::Expected;
using store::Isolation;

const std::string bank =
    "scenario s \"a title\"\ndatabase bank postgres { CREATE TABLE users (id int, balance int); }\n";

std::string withdraw(const std::string& variants, const std::string& run) {
  return bank + "request withdraw(amount) { " + variants + " }\n" + run + "\nalways \"a\" { SELECT true }\n";
}

std::string one(const std::string& clauses) {
  return withdraw("variant naive " + clauses + " { SELECT 1; }", "run withdraw(50) * 2");
}

Options actors(std::size_t count) {
  Options options;
  options.actors = count;
  return options;
}

// "withdraw(50) withdraw(50)": who acts.
std::string cast(const std::string& text, const Options& options = {}) {
  const auto models = load_text(text, options);
  std::string result;
  for (const std::size_t role : models.front().actors) {
    const auto& playing = models.front().roles[role];
    result += (result.empty() ? "" : " ") + playing.request + playing.arguments;
  }
  return result;
}

TEST_CASE("withdraw of design.md, section 6") {
  const auto models = load_text(R"(
scenario withdraw "Two withdrawals of 50 race for a balance of 100"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}

request withdraw(amount) {

  variant naive "read, check, write" expect violated {
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);                    -- the money has left: no rollback undoes an effect
    respond 200;
  }

  variant conditional_update "UPDATE … WHERE balance >= amount" expect holds {
    let done = UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }

  variant row_lock "SELECT … FOR UPDATE" expect holds {
    transaction {
      let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }
}

run withdraw(50) * 2

always  "the balance never goes below zero"  { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance"     { SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid) }
)");
  REQUIRE(models.size() == 3);
  const auto& naive = models[0];
  CHECK(naive.file == "s.gap");
  CHECK(naive.scenario == "withdraw");
  CHECK(naive.title == "Two withdrawals of 50 race for a balance of 100");
  CHECK(naive.variant == "naive");
  CHECK(naive.variant_title == "read, check, write");
  CHECK(naive.expected == Expected::violated);
  CHECK(naive.actors == std::vector<std::size_t>{0, 0});
  REQUIRE(naive.roles.size() == 1);
  CHECK(naive.roles[0].request + naive.roles[0].arguments == "withdraw(50)");
  REQUIRE(naive.databases.size() == 1);
  CHECK(naive.databases[0].name == "bank");
  CHECK(naive.databases[0].statements.size() == 1);
  REQUIRE(naive.ledgers.size() == 1);
  CHECK(naive.ledgers[0].name == "paid");
  CHECK(naive.ledgers[0].columns == std::vector<std::string>{"amount"});
  REQUIRE(naive.properties.size() == 2);
  CHECK(naive.properties[0].kind == model::PropertyKind::always);
  CHECK(naive.properties[0].title == "the balance never goes below zero");
  CHECK(naive.properties[1].kind == model::PropertyKind::finally);
  CHECK(naive.warnings.empty());
  CHECK(models[1].variant == "conditional_update");
  CHECK(models[1].expected == Expected::holds);
  CHECK(models[2].variant == "row_lock");

  FakeContext context({rows({"balance"}, {{integer(100)}}), changed(1), changed(0)});
  CHECK(models[2].roles[0].program(context).status == "200");
  CHECK(lines(context.log) ==
        "BEGIN; SELECT balance FROM users WHERE id = 1 FOR UPDATE\n"
        "UPDATE users SET balance = balance - 50 WHERE id = 1\nCOMMIT\neffect paid(50)\n");
}

TEST_CASE("title, story and claims of a variant stand in any order") {
  for (const auto* clauses :
       {"\"t\" story \"the \"\"loss\"\"\" expect violated", "expect violated story \"the \"\"loss\"\"\" \"t\""}) {
    const auto models = load_text(one(clauses));
    CHECK(models[0].variant_title == "t");
    CHECK(models[0].story == "the \"loss\"");
    CHECK(models[0].expected == Expected::violated);
  }
}

TEST_CASE("what is claimed where") {
  const auto expected = [](const std::string& clauses, std::size_t count) {
    return load_text(one(clauses), actors(count)).front().expected;
  };
  // The file runs two.
  CHECK(expected("", 2) == Expected::holds);
  CHECK(expected("", 1) == Expected::holds);
  CHECK(expected("expect holds", 50) == Expected::holds);
  CHECK(expected("expect violated", 1) == std::nullopt);
  CHECK(expected("expect violated", 2) == Expected::violated);
  CHECK(expected("expect violated", 3) == Expected::violated);
  CHECK(expected("expect violated at \"read committed\", holds at \"serializable\"", 2) == Expected::violated);
  CHECK(expected("expect violated at \"Read Committed\", holds at \"serializable\"", 1) == std::nullopt);
  CHECK(expected("expect violated at \"serializable\"", 2) == std::nullopt);
  CHECK(expected("expect holds at \"serializable\"", 2) == std::nullopt);
  CHECK(expected("expect holds, violated at \"read committed\"", 2) == Expected::violated);
  CHECK(expected("expect violated at \"read committed\", holds", 2) == Expected::violated);
  CHECK(expected("expect violated at \"serializable\", holds", 2) == Expected::holds);
}

TEST_CASE("--actors is dealt to the terms with *, in turn") {
  const std::string variants = "variant naive { SELECT 1; }";
  const std::string mixed = withdraw(variants, "run withdraw(1), withdraw(2) * 1, withdraw(3) * 1");
  CHECK(cast(mixed) == "withdraw(1) withdraw(2) withdraw(3)");
  CHECK(cast(mixed, actors(5)) == "withdraw(1) withdraw(2) withdraw(2) withdraw(3) withdraw(3)");
  CHECK(cast(mixed, actors(4)) == "withdraw(1) withdraw(2) withdraw(2) withdraw(3)");
  CHECK(cast(mixed, actors(1)) == "withdraw(1)");
  const std::string starred = withdraw(variants, "run withdraw(1) * 2, withdraw(2)");
  CHECK(cast(starred) == "withdraw(1) withdraw(1) withdraw(2)");
  CHECK(cast(starred, actors(5)) == "withdraw(1) withdraw(1) withdraw(1) withdraw(1) withdraw(2)");
  CHECK(cast(starred, actors(2)) == "withdraw(1) withdraw(2)");
  // The run line's own number gives the run line itself.
  const std::string uneven = withdraw(variants, "run withdraw(1) * 3, withdraw(2) * 1");
  CHECK(cast(uneven, actors(4)) == cast(uneven));
  CHECK(cast(uneven, actors(6)) == "withdraw(1) withdraw(1) withdraw(1) withdraw(1) withdraw(2) withdraw(2)");
  // Without * the terms are repeated in turn.
  const std::string plain = withdraw(variants, "run withdraw(1), withdraw(2)");
  CHECK(cast(plain, actors(3)) == "withdraw(1) withdraw(2) withdraw(1)");
  CHECK(cast(plain, actors(1)) == "withdraw(1)");
}

TEST_CASE("equal request and arguments are one role") {
  const auto model =
      load_text(withdraw("variant naive { SELECT 1; }", "run withdraw(50), withdraw(25 + 25), withdraw(1)")).front();
  CHECK(model.actors == std::vector<std::size_t>{0, 0, 1});
  CHECK(model.roles.size() == 2);
}

TEST_CASE("a request that reads me has one role an actor, another has not") {
  const auto model = load_text(withdraw("variant naive { SELECT :me::int; }", "run withdraw(50) * 2")).front();
  CHECK(model.actors == std::vector<std::size_t>{0, 1});
  REQUIRE(model.roles.size() == 2);
  CHECK(model.roles[0].arguments == "(50) as actor 1");
  CHECK(model.roles[1].arguments == "(50) as actor 2");
  FakeContext context({changed(1)});
  model.roles[1].program(context);
  CHECK(context.log.front() == "SELECT 2::int");
}

TEST_CASE("variants of several requests go together by name") {
  const std::string text = bank +
                           "request f() { variant naive expect violated { SELECT 1; } variant fixed { SELECT 2; } }\n"
                           "request g() { variant fixed story \"loss\" { SELECT 3; } variant naive { SELECT 4; } }\n"
                           "request h() { SELECT 5; }\n"
                           "request unused() { variant other { } }\n"
                           "run f(), g(), h()\nalways \"a\" { SELECT true }";
  const auto models = load_text(text);
  REQUIRE(models.size() == 2);
  const auto statements = [](const model::Model& model) {
    std::string all;
    for (const std::size_t role : model.actors) {
      FakeContext context({changed(1)});
      model.roles[role].program(context);
      all += context.log.front() + ";";
    }
    return all;
  };
  CHECK(models[0].variant == "naive");
  CHECK(statements(models[0]) == "SELECT 1;SELECT 4;SELECT 5;");
  CHECK(models[0].expected == Expected::violated);
  CHECK(models[1].variant == "fixed");
  CHECK(statements(models[1]) == "SELECT 2;SELECT 3;SELECT 5;");
  CHECK(models[1].story == "loss");
  CHECK(models[1].expected == Expected::holds);
  REQUIRE(models[0].warnings.size() == 1);
  CHECK(models[0].warnings[0].message == "`unused` is not run");

  Options only;
  only.variant = "fixed";
  REQUIRE(load_text(text, only).size() == 1);
  CHECK(load_text(text, only)[0].variant == "fixed");
  only.variant = "nonsense";
  CHECK(load_text(text, only).empty());
}

TEST_CASE("a request without variants is the variant `default`") {
  const auto models =
      load_text(bank + "request f() \"t\" expect violated { SELECT 1; }\nrun f()\nalways \"a\" { SELECT true }");
  REQUIRE(models.size() == 1);
  CHECK(models[0].variant == "default");
  CHECK(models[0].variant_title == "t");
  CHECK(models[0].expected == Expected::violated);
}

TEST_CASE("columns of the ledger") {
  const auto model =
      load_text(withdraw("variant naive { let u = SELECT balance FROM users; effect paid(amount, u.balance, "
                         "amount + 1, (amount) AS Twice, cast(amount AS int)); call Ship(1 as box); }",
                         "run withdraw(1)"))
          .front();
  REQUIRE(model.ledgers.size() == 2);
  CHECK(model.ledgers[0].columns == std::vector<std::string>{"amount", "balance", "arg3", "twice", "arg5"});
  CHECK(model.ledgers[1].name == "ship");
  CHECK(model.ledgers[1].columns == std::vector<std::string>{"box"});
}

TEST_CASE("warnings") {
  const auto warnings = [](const std::string& body, const std::string& invariant) {
    std::string all;
    const auto models = load_text(bank + "request f(amount) { " + body + " }\nrun f(1)\n" + invariant);
    for (const auto& warning : models.front().warnings) {
      all += std::to_string(warning.line) + ":" + std::to_string(warning.column) + " " + warning.message.substr(0, 36) +
             "\n";
    }
    return all;
  };
  const std::string holds = "always \"a\" { SELECT true }";
  CHECK(warnings("SELECT 1;", holds).empty());
  CHECK(warnings("SELECT 1;", "") == "1:10 this scenario has no invariant: only\n");
  CHECK(warnings("SELECT id FROM users LIMIT 1;", holds) == "3:21 LIMIT without ORDER BY: which rows c\n");
  CHECK(warnings("let n = SELECT count(*) FROM users; if n.count > 1 { }", holds) ==
        "3:60 `n.count` is the column of that name\n");
  CHECK(warnings("transaction { retry on deadlock_detected { SELECT 1; } }", holds) ==
        "3:35 `retry on` inside `transaction { }`:\n");
  const std::string mixed = "always \"a\" { SELECT (SELECT count(*) FROM users) = (SELECT count(*) FROM paid) }";
  CHECK(warnings("transaction { SELECT 1; effect paid(amount); }", mixed) ==
        "3:45 this effect is visible to `always` b\n");
  CHECK(warnings("transaction { SELECT 1; } effect paid(amount);", mixed).empty());
  CHECK(warnings("transaction { SELECT 1; effect paid(amount); }", "finally" + mixed.substr(6)).empty());
}

TEST_CASE("the digest is of what determines the executions of the variant, and of nothing else") {
  const auto digest = [](const std::string& text, const Options& options = {}) {
    return load_text(text, options)[0].digest;
  };
  const std::string text =
      withdraw("variant a { UPDATE users SET balance = 1; effect paid(amount); }", "run withdraw(50) * 2");
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string result = text;
    result.replace(result.find(from), from.size(), to);
    return result;
  };
  CHECK(digest(text) == digest(text));
  CHECK(digest(text) == digest("-- a comment\n" + replaced("UPDATE users", "/* here */ UPDATE\n   users")));
  CHECK(digest(text) == digest(replaced("variant a {", "variant a \"title\" story \"loss\" expect violated {")));
  CHECK(digest(text) == digest(replaced("effect paid(amount); }", "effect paid(amount); } variant b { SELECT 1; }")));
  CHECK(digest(text) == digest(replaced("variant a {", "variant a {\n  -- first\n ")));
  CHECK(digest(text) == digest(replaced("balance int)", "balance  int) -- the money\n")));
  CHECK(digest(text) == digest("\n" + replaced("\"a title\"", "\"another title\"")));
  CHECK(digest(text) == digest(replaced("balance = 1;", "balance=1 ;")));
  CHECK(digest(text) == digest(replaced("withdraw(50)", "withdraw( 50 )")));
  CHECK(digest(text) != digest(replaced("balance = 1", "balance = 2")));
  CHECK(digest(text) != digest(replaced("SELECT true", "SELECT  not false")));
  CHECK(digest(text) != digest(replaced("\"a\" {", "\"another\" {")));
  CHECK(digest(text) != digest(replaced("effect paid(amount)", "effect owed(amount)")));
  CHECK(digest(text) != digest(replaced("balance int", "balance bigint")));
  CHECK(digest(text) != digest(replaced("SELECT true", "SELECT false")));
  CHECK(digest(text) != digest(replaced("always", "finally")));
  CHECK(digest(text) != digest(replaced("withdraw(50)", "withdraw(60)")));
  CHECK(digest(text) != digest(text, actors(3)));
  CHECK(digest(text) != digest(replaced("paid(amount);", "paid(amount); respond 201;")));
}

TEST_CASE("places of what follows strings, comments and dollar quotes are right") {
  CHECK(mistake(with_body("SELECT 'a;}', $$ } ; $$, \"x}\"::text /* ; } */ FROM users; -- ; }\n  respond nonsense;"))
            .starts_with("4:26 "));
  CHECK(mistake(with_body("SELECT 'a;}', $$ } ; $$ /* ; } */ FROM users; -- ; }\n  respond nonsense;")) ==
        "5:11 `nonsense` is not defined here");
  CHECK(mistake(with_body("SELECT 'äöü€'; respond nonsense;")) == "4:24 `nonsense` is not defined here");
}

}  // namespace
}  // namespace gapless::scenario::testing
