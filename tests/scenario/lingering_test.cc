// Names that stay visible behind their block.
#include <doctest/doctest.h>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

// In harness.h's bank: users (id, balance).
std::vector<std::string> played(const std::string& body, std::vector<store::Observation> script) {
  return play(with_body(body), std::move(script)).log;
}

TEST_CASE("a name of a transaction is visible behind it") {
  const auto log = played("transaction { let user = SELECT balance FROM users WHERE id = 1; } respond user.balance;",
                          {rows({"balance"}, {{integer(70)}}), changed(0)});
  CHECK(log.back() == "→ 70");
}

TEST_CASE("so is one of hold and of section") {
  CHECK(mistake("scenario s\nlock cart\nrequest r() { hold cart(1) { let x = 1; } respond x; }\nrun r()\n") ==
        "loaded");
  CHECK(mistake(with_body("section inside { let x = 1; } respond x;")) == "loaded");
}

TEST_CASE("another let may take the name again, and then means the new one") {
  const auto log = played(
      "transaction { let user = SELECT balance FROM users WHERE id = 1; }"
      "transaction { let user = SELECT balance FROM users WHERE id = 2; } respond user.balance;",
      {rows({"balance"}, {{integer(70)}}), changed(0), rows({"balance"}, {{integer(80)}}), changed(0)});
  CHECK(log.back() == "→ 80");
}

TEST_CASE("within the transaction a name is defined once") {
  CHECK(mistake(with_body("transaction { let x = 1; let x = 2; }")).find("already defined") != std::string::npos);
  CHECK(mistake(with_body("let x = 1; transaction { let x = 2; }")).find("already defined") != std::string::npos);
}

TEST_CASE("the block around ends it") {
  CHECK(mistake(with_body("if true { transaction { let x = 1; } } respond x;")).find("`x` is not defined here") !=
        std::string::npos);
  CHECK(mistake(with_body("try { transaction { let x = 1; } } catch any { } respond x;"))
            .find("`x` is not defined here") != std::string::npos);
}

}  // namespace
}  // namespace gapless::scenario::testing
