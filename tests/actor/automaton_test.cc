#include "actor/automaton.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "bank.h"
#include "base/check.h"

namespace gapless::actor {
namespace {

using namespace testing;

constexpr std::size_t many_steps = 1000;

Response withdraw(Session& bank) {
  const auto user = bank.sql("SELECT balance FROM users WHERE id = 1");
  if (user.integer("balance") < 50) return {"400"};
  bank.sql("UPDATE users SET balance = :b WHERE id = 1", {{"b", user.integer("balance") - 50}});
  bank.effect("paid", {50});
  return {"200"};
}

std::string operation_of(const Automata& automata, NodeNumber node) {
  return store::to_string(automata.node(node).operation);
}

TEST_CASE("two naive withdrawals: five fiber runs; fifty: six") {
  const auto handler = program(withdraw);
  Automata automata({&handler}, 1, many_steps);
  CHECK(automata.fiber_runs() == 1);  // the role
  const auto root = automata.root(0);
  CHECK(operation_of(automata, root) == "SELECT balance FROM users WHERE id = 1");

  // Both read 100, or the second reads 50: (root, 100), (root, 50), and each one's own UPDATE (node, 1 row): 1 + 4.
  const auto rich = automata.extend(root, balance(100));
  const auto last = automata.extend(rich.target, changed(1));
  const auto half = automata.extend(root, balance(50));
  const auto end = automata.extend(half.target, changed(1));
  CHECK(automata.fiber_runs() == 5);
  CHECK(operation_of(automata, rich.target) == "UPDATE users SET balance = 50 WHERE id = 1");
  CHECK(operation_of(automata, half.target) == "UPDATE users SET balance = 0 WHERE id = 1");
  CHECK(last.effects == std::vector<Effect>{{"paid", {std::int32_t{50}}}});
  CHECK(rich.effects.empty());

  // Of fifty the others read 0 and are refused: one edge more, and no further node than the one response.
  const auto refused = automata.extend(root, balance(0));
  CHECK(automata.fiber_runs() == 6);
  CHECK(automata.node(refused.target).finished);
  CHECK(automata.node(refused.target).response == Response{"400"});

  // What was taken before is data.
  for (int i = 0; i < 100; ++i) {
    CHECK(automata.extend(root, balance(100)).target == rich.target);
    CHECK(automata.extend(rich.target, changed(1)).effects == last.effects);
  }
  CHECK(automata.fiber_runs() == 6);
  CHECK(last.target == end.target);  // finished with the same response
  CHECK(last.target != refused.target);
}

TEST_CASE("observations differ in any part of theirs") {
  const Program handler = [statements = bank_statements()](Context& context) {
    store::Operation operation;
    operation.statement = statements->prepare("SELECT balance FROM users");
    return Response{context.perform(operation, "").rows.empty() ? "empty" : "rows"};
  };
  Automata automata({&handler}, 1, many_steps);
  const auto root = automata.root(0);
  auto observation = balance(1);
  automata.extend(root, observation);
  observation.rows[0][0] = std::int64_t{1};  // a bigint of the same size
  automata.extend(root, observation);
  observation.columns[0] = "b";
  automata.extend(root, observation);
  observation.count = 2;
  automata.extend(root, observation);
  observation.tag = "UPDATE";
  automata.extend(root, observation);
  observation.error_condition = "x";
  automata.extend(root, observation);
  observation.error_message = "y";
  automata.extend(root, observation);
  CHECK(automata.fiber_runs() == 1 + 7);
  automata.extend(root, observation);
  CHECK(automata.fiber_runs() == 1 + 7);
}

TEST_CASE("each role has an automaton of its own, also where their operations are equal") {
  const auto one = program(withdraw);
  const auto two = program(withdraw);
  Automata automata({&one, &two}, 1, many_steps);
  CHECK(automata.fiber_runs() == 2);
  CHECK(automata.root(0) != automata.root(1));
  const auto end_of_one = automata.extend(automata.root(0), balance(0));
  const auto end_of_two = automata.extend(automata.root(1), balance(0));
  CHECK(end_of_one.target != end_of_two.target);  // equal responses of different roles
  CHECK(automata.node(end_of_two.target).role == 1);
  CHECK(automata.fiber_runs() == 4);
}

TEST_CASE("histories of a program whose places are unknown are kept apart") {
  // Reads twice and forgets the first: the histories 1·3 and 2·3 are alike, but nobody says so.
  const auto handler = program([](Session& bank) {
    bank.sql("SELECT balance FROM users WHERE id = 1");
    bank.sql("SELECT balance FROM users WHERE id = 2");
    bank.sql("UPDATE users SET balance = 0");
    return Response{"200"};
  });
  Automata automata({&handler}, 1, many_steps);
  const auto root = automata.root(0);
  const auto one = automata.extend(root, balance(1));
  const auto two = automata.extend(root, balance(2));
  CHECK(one.target != two.target);
  const auto one_three = automata.extend(one.target, balance(3));
  const auto two_three = automata.extend(two.target, balance(3));
  CHECK(one_three.target != two_three.target);
  // They meet when they have finished.
  CHECK(automata.extend(one_three.target, changed(1)).target == automata.extend(two_three.target, changed(1)).target);
  CHECK(automata.fiber_runs() == 1 + 6);
}

// A program on a Context, with places: reads, and then adds what it read if `remembers`.
Program placed(std::shared_ptr<Statements> statements, bool remembers) {
  return [statements = std::move(statements), remembers](Context& context) {
    store::Operation read;
    read.statement = statements->prepare("SELECT balance FROM users WHERE id = 1");
    store::Operation write;
    write.statement = statements->prepare("UPDATE users SET balance = 0");
    const auto seen = context.perform(read, "read");
    context.perform(write, "write" + (remembers ? " " + sql::to_sql(seen.rows[0][0]) : ""));
    return Response{remembers ? sql::to_string(seen.rows[0][0]) : "200"};
  };
}

TEST_CASE("histories that have come to the same place with the same live variables are one node") {
  const auto forgetful = placed(bank_statements(), false);
  Automata automata({&forgetful}, 1, many_steps);
  const auto root = automata.root(0);
  const auto one = automata.extend(root, balance(1));
  const auto two = automata.extend(root, balance(2));
  CHECK(one.target == two.target);
  CHECK(automata.extend(one.target, changed(1)).target == automata.extend(two.target, changed(1)).target);
  CHECK(automata.fiber_runs() == 1 + 2 + 1);
}

TEST_CASE("histories that have come to the same place with other live variables are not") {
  const auto remembering = placed(bank_statements(), true);
  Automata automata({&remembering}, 1, many_steps);
  const auto root = automata.root(0);
  const auto one = automata.extend(root, balance(1));
  const auto two = automata.extend(root, balance(2));
  CHECK(one.target != two.target);
  CHECK(automata.node(automata.extend(one.target, changed(1)).target).response == Response{"1"});
  CHECK(automata.node(automata.extend(two.target, changed(1)).target).response == Response{"2"});
  CHECK(automata.fiber_runs() == 1 + 4);
}

TEST_CASE("one place with two operations, or with the same one and other parameters, is two nodes") {
  const Program handler = [statements = bank_statements()](Context& context) {
    store::Operation read;
    read.statement = statements->prepare("SELECT balance FROM users WHERE id = 1");
    const auto seen = context.perform(read, "read");
    store::Operation write;
    write.statement = statements->prepare("UPDATE users SET balance = :b");
    write.parameters = {seen.rows[0][0]};
    write.begins = sql::to_string(seen.rows[0][0]) == "3";
    context.perform(write, "write");
    return Response{"200"};
  };
  Automata automata({&handler}, 1, many_steps);
  const auto root = automata.root(0);
  const auto one = automata.extend(root, balance(1)).target;
  const auto two = automata.extend(root, balance(2)).target;
  const auto bigint_one = automata.extend(root, rows({"balance"}, {{std::int64_t{1}}})).target;
  CHECK(one != two);
  CHECK(one != bigint_one);  // 1 and 1 of different types
  CHECK(automata.extend(root, balance(3)).target != one);
}

TEST_CASE("requests to a document database at one place, which differ in a method or a value, are nodes of their own") {
  using store::document::Object;
  const Program handler = [statements = bank_statements()](Context& context) {
    store::Operation read;
    read.statement = statements->prepare("SELECT balance FROM users WHERE id = 1");
    const auto seen = context.perform(read, "read");
    const auto number = std::get<std::int32_t>(seen.rows[0][0]);
    store::Operation write;
    write.kind = store::Operation::Kind::document;
    write.request = {"updateOne", "users", {Object{{"_id", 1}}, Object{{"balance", std::min(number, 2)}}}, {}, {}};
    if (number == 3) write.request.method = "updateMany";
    if (number == 4) write.request.collection = "accounts";
    if (number == 5) write.request.chained = {{"limit", {1}}};
    if (number == 6) write.request.chained = {{"limit", {2}}};
    if (number == 7) write.request.arguments.push_back("2");
    if (number == 8) write.request.arguments.push_back(2);
    context.perform(write, "write");
    return Response{"200"};
  };
  Automata automata({&handler}, 1, many_steps);
  std::set<NodeNumber> nodes;
  for (int number = 1; number <= 8; ++number) nodes.insert(automata.extend(automata.root(0), balance(number)).target);
  CHECK(nodes.size() == 8);
  CHECK(automata.extend(automata.root(0), balance(9)).target == automata.extend(automata.root(0), balance(2)).target);
}

TEST_CASE("what happened before the first operation happens once, even where a loop comes back to it") {
  const Program handler = [statements = bank_statements()](Context& context) {
    context.effect({"asked", {}});
    store::Operation read;
    read.statement = statements->prepare("SELECT balance FROM users WHERE id = 1");
    while (context.perform(read, "loop").rows.empty()) context.effect({"again", {}});
    return Response{"200"};
  };
  Automata automata({&handler}, 1, many_steps);
  const auto root = automata.root(0);
  CHECK(automata.first_effects(0) == std::vector<Effect>{{"asked", {}}});
  const auto nothing = rows({"balance"}, {});
  const auto again = automata.extend(root, nothing);
  CHECK(again.target != root);
  CHECK(again.effects == std::vector<Effect>{{"again", {}}});
  // From then on the loop is one node: polling has finitely many states.
  const auto and_again = automata.extend(again.target, nothing);
  CHECK(and_again.target == again.target);
  CHECK(and_again.effects == std::vector<Effect>{{"again", {}}});
  CHECK(automata.fiber_runs() == 3);
}

TEST_CASE("an error that nobody catches is an edge that abandons, to the node of its name") {
  const auto handler = program([](Session& bank) {
    bank.begin();
    bank.sql("UPDATE users SET balance = 0");
    bank.commit();
    return Response{"200"};
  });
  Automata automata({&handler}, 2, many_steps);
  const auto failed = automata.extend(automata.root(0), error("deadlock_detected"));
  CHECK(failed.abandoned == std::vector<std::size_t>{0, 1});
  CHECK(automata.node(failed.target).finished);
  CHECK(automata.node(failed.target).response == Response{"deadlock_detected"});
}

TEST_CASE("an actor that has finished takes no step") {
  const auto handler = program([](Session&) { return Response{"204"}; });
  Automata automata({&handler}, 1, many_steps);
  CHECK(automata.node(automata.root(0)).finished);
  CHECK_THROWS_AS(automata.extend(automata.root(0), changed(1)), InternalError);
}

TEST_CASE("an actor that is not deterministic is found out, and both operations are named") {
  int runs = 0;  // outlives the request
  const auto handler = program([&runs](Session& bank) {
    ++runs;
    bank.sql("SELECT balance FROM users WHERE id = 1");
    bank.sql("UPDATE users SET balance = :n WHERE id = 1", {{"n", runs}});
    return Response{"200"};
  });
  Automata automata({&handler}, 1, many_steps);                       // run 1
  const auto edge = automata.extend(automata.root(0), balance(100));  // run 2 arrives at SET balance = 2
  try {
    automata.extend(edge.target, changed(1));  // run 3 passes SET balance = 3
    FAIL("not reached");
  } catch (const InternalError& error) {
    const std::string text = error.what();
    CHECK(text.find("a request is not deterministic") != std::string::npos);
    CHECK(text.find("UPDATE users SET balance = 2 WHERE id = 1") != std::string::npos);
    CHECK(text.find("UPDATE users SET balance = 3 WHERE id = 1") != std::string::npos);
  }
}

TEST_CASE("an actor that begins otherwise, or ends where it went on, is not deterministic either") {
  int runs = 0;
  const auto begins = program([&runs](Session& bank) {
    bank.sql(++runs == 1 ? "SELECT balance FROM users WHERE id = 1" : "SELECT balance FROM users WHERE id = 2");
    return Response{"200"};
  });
  Automata first({&begins}, 1, many_steps);
  CHECK_THROWS_AS(first.extend(first.root(0), balance(1)), InternalError);

  runs = 0;
  const auto ends = program([&runs](Session& bank) {
    if (++runs == 1) bank.sql("SELECT balance FROM users WHERE id = 1");
    return Response{"200"};
  });
  Automata second({&ends}, 1, many_steps);
  try {
    second.extend(second.root(0), balance(1));
    FAIL("not reached");
  } catch (const InternalError& error) {
    CHECK(std::string(error.what()).find("nothing (it finished)") != std::string::npos);
  }
}

TEST_CASE("a request that goes on and on never ends") {
  const auto handler = program([](Session& bank) {
    while (true) bank.sql("SELECT balance FROM users WHERE id = 1");
    return Response{"200"};
  });
  Automata automata({&handler}, 1, 10);
  auto node = automata.root(0);
  for (int step = 0; step < 10; ++step) node = automata.extend(node, balance(1)).target;
  try {
    automata.extend(node, balance(1));  // the eleventh step
    FAIL("not reached");
  } catch (const NeverEnds& endless) {
    CHECK(endless.role == 0);
    CHECK(store::to_string(endless.operation) == "SELECT balance FROM users WHERE id = 1");
  }
}

TEST_CASE("a warning is kept once, in order of its text") {
  const Program handler = [statements = bank_statements()](Context& context) {
    store::Operation read;
    read.statement = statements->prepare("SELECT balance FROM users WHERE id = 1");
    context.warn("b");
    context.perform(read, "");
    context.warn("c");
    context.warn("a");
    context.warn("b");
    return Response{"200"};
  };
  Automata automata({&handler}, 1, many_steps);
  CHECK(automata.warnings() == std::vector<std::string>{"b"});
  automata.extend(automata.root(0), balance(1));
  automata.extend(automata.root(0), balance(2));
  CHECK(automata.warnings() == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("operations are the same by statement and parameters") {
  const auto statements = bank_statements();
  store::Operation a;
  a.statement = statements->prepare("SELECT balance FROM users");
  auto b = a;
  CHECK(same_operation(a, b));
  b.begins = true;
  CHECK_FALSE(same_operation(a, b));
  b = a;
  b.parameters = {std::int32_t{1}};
  CHECK_FALSE(same_operation(a, b));
  b = a;
  b.database = 1;
  CHECK_FALSE(same_operation(a, b));
  b = a;
  b.statement = statements->prepare("SELECT name FROM users");
  CHECK_FALSE(same_operation(a, b));
  b = a;
  b.kind = store::Operation::Kind::call;
  CHECK_FALSE(same_operation(a, b));
}

}  // namespace
}  // namespace gapless::actor
