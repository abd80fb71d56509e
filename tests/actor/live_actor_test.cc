#include "actor/live_actor.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "bank.h"
#include "base/check.h"
#include "base/source.h"

namespace gapless::actor {
namespace {

using namespace testing;

std::string operation_of(const LiveActor& actor) {
  return actor.pause().finished() ? "finished" : store::to_string(*actor.pause().operation);
}

Response withdraw(Session& bank) {
  bank.effect("asked", {});
  const auto user = bank.sql("SELECT balance FROM users WHERE id = 1");
  bank.effect("read", {static_cast<int>(user.integer("balance"))});
  if (user.integer("balance") < 50) return {"400"};
  bank.sql("UPDATE users SET balance = :b WHERE id = 1", {{"b", user.integer("balance") - 50}});
  bank.effect("paid", {50});
  bank.effect("told", {});
  return {"200"};
}

TEST_CASE("an actor stops at each operation, with what it did since the one before") {
  const auto handler = program(withdraw);
  LiveActor actor(handler, 1);
  CHECK(operation_of(actor) == "SELECT balance FROM users WHERE id = 1");
  CHECK(actor.pause().effects == std::vector<Effect>{{"asked", {}}});  // before the first operation

  CHECK_FALSE(actor.resume(balance(100)).finished());
  CHECK(operation_of(actor) == "UPDATE users SET balance = 50 WHERE id = 1");
  CHECK(actor.pause().effects == std::vector<Effect>{{"read", {std::int32_t{100}}}});

  CHECK(actor.resume(changed(1)).finished());
  CHECK(actor.pause().response == Response{"200"});
  CHECK(actor.pause().effects == std::vector<Effect>{{"paid", {std::int32_t{50}}}, {"told", {}}});
  CHECK(actor.pause().place.empty());
  CHECK_THROWS_AS(actor.resume(changed(1)), InternalError);
}

TEST_CASE("what an actor does depends on what it observes") {
  const auto handler = program(withdraw);
  LiveActor actor(handler, 1);
  CHECK(actor.resume(balance(49)).finished());
  CHECK(actor.pause().response == Response{"400"});
  CHECK(actor.pause().effects.size() == 1);
}

TEST_CASE("a request without statements has finished before it began") {
  const auto handler = program([](Session& bank) {
    bank.effect("paid", {1});
    return Response{"204"};
  });
  const LiveActor actor(handler, 1);
  CHECK(actor.pause().finished());
  CHECK(actor.pause().response == Response{"204"});
  CHECK(actor.pause().effects.size() == 1);
}

TEST_CASE("an error that nobody catches is the response, and rolls back on every database") {
  const auto handler = program([](Session& bank) {
    bank.begin();
    bank.sql("INSERT INTO users VALUES (1, 2, 'x')");
    bank.commit();
    return Response{"200"};
  });
  LiveActor actor(handler, 2);
  CHECK(actor.resume(error("unique_violation")).finished());
  CHECK(actor.pause().response == Response{"unique_violation"});
  CHECK(actor.pause().abandoned == std::vector<std::size_t>{0, 1});
  CHECK(actor.pause().warnings.empty());  // nobody forgot anything
}

TEST_CASE("an error that is caught is the handler's business") {
  const auto handler = program([](Session& bank) {
    try {
      bank.sql("INSERT INTO users VALUES (1, 2, 'x')");
    } catch (const StatementError& failure) {
      bank.sql("UPDATE users SET balance = 2 WHERE id = 1");
      return Response{failure.condition == "unique_violation" ? "200" : "500"};
    }
    return Response{"201"};
  });
  LiveActor actor(handler, 1);
  CHECK_FALSE(actor.resume(error("unique_violation")).finished());
  CHECK(operation_of(actor) == "UPDATE users SET balance = 2 WHERE id = 1");
  CHECK(actor.pause().abandoned.empty());
  CHECK(actor.resume(changed(1)).finished());
  CHECK(actor.pause().response == Response{"200"});
}

TEST_CASE("a request that ends with an open transaction is rolled back by a step of its own, with a warning") {
  const auto handler = program([](Session& bank) {
    bank.begin();
    bank.sql("UPDATE users SET balance = 0 WHERE id = 1");
    return Response{"200"};
  });
  LiveActor actor(handler, 1);
  CHECK(operation_of(actor) == "BEGIN; UPDATE users SET balance = 0 WHERE id = 1");
  CHECK_FALSE(actor.resume(changed(1)).finished());
  CHECK(operation_of(actor) == "ROLLBACK");
  CHECK(actor.pause().warnings ==
        std::vector<std::string>{"the request ends with an open transaction: it is rolled back"});
  CHECK(actor.resume(done("ROLLBACK")).finished());
  CHECK(actor.pause().response == Response{"200"});
}

TEST_CASE("a mistake in the handler is a model error that says what it was") {
  const auto handler = program([](Session& bank) {
    const auto user = bank.sql("SELECT balance FROM users WHERE id = 1");
    return Response{user.integer("balance") > 0 ? "200" : "400"};
  });
  LiveActor actor(handler, 1);
  try {
    actor.resume(rows({"balance"}, {}));
    FAIL("not reached");
  } catch (const ModelError& mistake) {
    CHECK(mistake.diagnostic().message == "column \"balance\" is asked of a result without rows; test found() first");
    CHECK(mistake.diagnostic().file == "request handler");
  }
}

TEST_CASE("our own mistakes and the modeller's pass through as they are") {
  const Program ours = [](Context&) -> Response {
    check(false, "the sky is up");
    return {};
  };
  CHECK_THROWS_AS(LiveActor(ours, 1), InternalError);
  const auto theirs = program([](Session& bank) {
    bank.sql("SELECT balence FROM users");
    return Response{"200"};
  });
  CHECK_THROWS_AS(LiveActor(theirs, 1), ModelError);
}

TEST_CASE("two actors inside their error handlers do not mix up their errors") {
  const auto handler = program([](Session& bank) {
    try {
      bank.sql("INSERT INTO users VALUES (1, 2, 'x')");
    } catch (const StatementError&) {
      bank.sql("SELECT balance FROM users WHERE id = 1");  // suspends inside catch
      throw;                                               // the error that is being handled, now
    }
    return Response{"200"};
  });
  LiveActor one(handler, 1);
  LiveActor two(handler, 1);
  one.resume(error("unique_violation"));
  two.resume(error("deadlock_detected"));
  CHECK(one.resume(balance(1)).response == Response{"unique_violation"});
  CHECK(two.resume(balance(1)).response == Response{"deadlock_detected"});
}

TEST_CASE("an actor that is abandoned in the middle is unwound, and nothing is asked of it any more") {
  auto alive = std::make_shared<int>(0);
  const auto handler = program([&alive](Session& bank) {
    const auto share = alive;
    bank.begin();
    bank.sql("UPDATE users SET balance = 0 WHERE id = 1");
    bank.commit();
    return Response{"200"};
  });
  const auto shares = alive.use_count();
  {
    LiveActor actor(handler, 1);
    CHECK(alive.use_count() == shares + 1);
    actor.resume(changed(1));
    CHECK(operation_of(actor) == "COMMIT");
  }
  CHECK(alive.use_count() == shares);
}

}  // namespace
}  // namespace gapless::actor
