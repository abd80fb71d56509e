#include "explore/successors.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "explore/properties.h"
#include "store/prepare.h"
#include "stories.h"

namespace gapless::explore {
namespace {

using namespace testing;
using actor::Response;
using actor::Session;
using model::Mode;

store::Operation operation(const model::Model& model, std::string_view text, bool begins = false) {
  store::Operation result;
  result.statement = store::prepare(text, model.databases[0].catalog, "test");
  result.begins = begins;
  return result;
}

// The committed rows of the first table, as text.
std::string committed(const World& world) {
  std::string text;
  for (const auto& row : world.databases[0].tables[0].rows) {
    if (!row.committed) continue;
    text += "(";
    for (const auto& value : *row.committed) text += (text.back() == '(' ? "" : ", ") + sql::to_string(value);
    text += ")";
  }
  return text;
}

// ------------------------------------------------------------------------------------------- effects go with steps

// Effects before the first statement, which waits if the other one is first.
model::Builder asking() {
  return counters(1)
      .ledger("asked", {"n"})
      .request(
          "ask", "()",
          [](Session& session) {
            session.effect("asked", {1});
            session.begin();
            session.sql("SELECT n FROM counters WHERE id = 1 FOR UPDATE");
            session.commit();
            return Response{"200"};
          },
          2);
}

Successors::Companions with(std::vector<actor::Effect> effects) {
  Successors::Companions companions;
  companions.effects = std::move(effects);
  return companions;
}

Successors::Companions abandoning(std::vector<std::size_t> databases) {
  Successors::Companions companions;
  companions.abandoned = std::move(databases);
  return companions;
}

TEST_CASE("what precedes the first statement goes with its step, also where that starts by waiting, and once") {
  // Both lock, then commit. The one who comes second waits (start, resume) or comes after the COMMIT: per who is first
  // 2 interleavings, in all 4. Both have asked as soon as the second has started: after 2 steps where he waits, after 3
  // where he does not.
  const auto early = asking().always("one asks", "SELECT count(*) <= 1 FROM asked").build();
  const auto late = asking().finally("both ask, once", "SELECT count(*) = 2 AND sum(n) = 2 FROM asked").build();
  const auto never_early = asking().always("none asks", "SELECT count(*) = 0 FROM asked").build();
  for (const auto mode : {Mode::census, Mode::search, Mode::enumerate}) {
    CHECK(schedule_of(verdict_of(early, mode)) == "1 2");  // 2 waits
    CHECK(schedule_of(verdict_of(never_early, mode)) == "1");
    CHECK(verdict_of(late, mode).outcome == model::Outcome::holds);
    if (mode != Mode::search) CHECK(counts_of(verdict_of(early, mode)) == "4 of which 4");
  }
  CHECK(run_census(late, {}).final_states == run_enumerate(late, {}).final_states);
  CHECK(run_census(late, {}).final_states.size() == 1);
}

TEST_CASE("effects of requests that have no step are there from the beginning") {
  auto builder = counters(1);
  builder.ledger("paid", {"amount"});
  builder.request(
      "nothing", "()",
      [](Session& session) {
        session.effect("paid", {2});
        session.effect("paid", {1});
        return Response{"204"};
      },
      2);
  const auto model = builder.build();
  const auto world = Successors(model).initial_world();
  REQUIRE(world.ledgers.size() == 1);
  CHECK(world.ledgers[0] == std::vector<sql::Tuple>{{1}, {1}, {2}, {2}});  // a multiset, in order
}

TEST_CASE("the ledger forgets the order of effects") {
  const auto model = counters(1).ledger("paid", {"amount"}).request("count", "()", counts(1, 1), 1).build();
  const Successors successors(model);
  Performed one{successors.initial_world(), successors.initial_sessions(), {}, std::nullopt};
  Performed two = one;
  successors.settle(one, with({{"paid", {1}}, {"paid", {2}}}));
  successors.settle(two, with({{"paid", {2}}, {"paid", {1}}}));
  CHECK(one.world == two.world);
  CHECK_THROWS_AS(successors.settle(one, with({{"payed", {1}}})), InternalError);
  CHECK_THROWS_AS(successors.settle(one, with({{"paid", {1, 2}}})), InternalError);
}

// ------------------------------------------------------------------------------------------------ transactions

TEST_CASE("an abandoned transaction is rolled back with the step, and its lock is free") {
  const auto model = counters(1).request("count", "()", counts(1, 1), 1).build();
  const Successors successors(model);
  const auto initial = successors.initial_world();
  const auto idle = successors.initial_sessions();
  auto performed =
      successors.perform(initial, idle, operation(model, "UPDATE counters SET n = 5 WHERE id = 1", true), Way::start);
  REQUIRE(performed.observation.has_value());
  CHECK(performed.world != initial);
  CHECK(performed.sessions != idle);
  CHECK(committed(performed.world) == "(1, 0)");  // nobody else sees it

  auto abandoned = performed;
  successors.settle(abandoned, abandoning({0}));
  CHECK(abandoned.world == initial);
  CHECK(abandoned.sessions == idle);

  auto kept = performed;
  successors.settle(kept, {});
  CHECK(kept.world == performed.world);

  auto nothing_open = Performed{initial, idle, {}, std::nullopt};
  successors.settle(nothing_open, abandoning({0}));
  CHECK(nothing_open.world == initial);
}

TEST_CASE("a failed transaction that is abandoned leaves nothing behind") {
  const auto model = counters(2).request("count", "()", counts(1, 1), 1).build();
  const Successors successors(model);
  const auto initial = successors.initial_world();
  auto first = successors.perform(initial, successors.initial_sessions(),
                                  operation(model, "UPDATE counters SET n = 5 WHERE id = 1", true), Way::start);
  auto second = successors.perform(first.world, first.sessions, operation(model, "INSERT INTO counters VALUES (2, 0)"),
                                   Way::start);
  REQUIRE(second.observation.has_value());
  CHECK(second.observation->error_condition == "unique_violation");
  CHECK(second.world == initial);  // P-TX-5b: an error frees everything at once
  CHECK(second.sessions[0].phase == relational::Session::Phase::failed);
  successors.settle(second, abandoning({0}));
  CHECK(second.sessions == successors.initial_sessions());
}

TEST_CASE("start, none, resume: a statement waits until the holder has committed") {
  const auto model = counters(1).request("count", "()", counts(1, 1), 1).build();
  const Successors successors(model);
  const auto idle = successors.initial_sessions();
  const auto update = operation(model, "UPDATE counters SET n = n + 1 WHERE id = 1");
  const auto held = successors.perform(successors.initial_world(), idle,
                                       operation(model, "UPDATE counters SET n = 5 WHERE id = 1", true), Way::start);
  CHECK(successors.way(held.world, idle, update) == Way::start);
  const auto waiting = successors.perform(held.world, idle, update, Way::start);
  CHECK_FALSE(waiting.observation.has_value());
  CHECK(successors.way(waiting.world, waiting.sessions, update) == Way::none);
  CHECK(successors.blocks(waiting.world, waiting.sessions, update, held.sessions));
  CHECK_FALSE(successors.blocks(waiting.world, waiting.sessions, update, idle));
  // The holder does not wait, so there is no edge of the wait-for graph.
  CHECK_FALSE(successors.waits_for(waiting.world, waiting.sessions, update, held.sessions, update));

  const auto over = successors.perform(waiting.world, Successors::map(held.sessions, waiting.change),
                                       operation(model, "COMMIT"), Way::start);
  const auto woken = Successors::map(waiting.sessions, over.change);
  CHECK(successors.way(over.world, woken, update) == Way::resume);
  const auto done = successors.perform(over.world, woken, update, Way::resume);
  REQUIRE(done.observation.has_value());
  CHECK(done.observation->count == 1);
  CHECK(committed(done.world) == "(1, 6)");
  CHECK(done.sessions == idle);
  CHECK_THROWS_AS(successors.perform(done.world, done.sessions, update, Way::none), InternalError);
}

TEST_CASE("a call is a step that enters the ledger and waits for nobody") {
  const auto model = counters(1).ledger("charge", {"card", "amount"}).request("count", "()", counts(1, 1), 1).build();
  const Successors successors(model);
  store::Operation call;
  call.kind = store::Operation::Kind::call;
  call.call = "charge";
  call.arguments = {std::string("visa"), 50};
  const auto world = successors.initial_world();
  CHECK(successors.way(world, successors.initial_sessions(), call) == Way::start);
  const auto done = successors.perform(world, successors.initial_sessions(), call, Way::start);
  REQUIRE(done.observation.has_value());
  CHECK(done.observation->tag == "CALL");
  CHECK(done.observation->rows == std::vector<sql::Tuple>{{std::string("ok")}});
  CHECK(done.world.ledgers[0] == std::vector<sql::Tuple>{{std::string("visa"), 50}});
  CHECK(done.change.identity());
}

// -------------------------------------------------------------------------------------------------------- names

TEST_CASE("a step of one actor renames the rows that another one holds") {
  const auto model = counters(3).request("count", "()", counts(1, 1), 1).build();
  const Successors successors(model);
  const auto idle = successors.initial_sessions();
  // One holds row 2, the second of three (places count from 0).
  const auto holder =
      successors.perform(successors.initial_world(), idle,
                         operation(model, "SELECT n FROM counters WHERE id = 2 FOR UPDATE", true), Way::start);
  REQUIRE(holder.sessions[0].held.size() == 1);
  CHECK(holder.sessions[0].held[0].row == relational::RowName{0, 1});

  // Another one deletes row 1: row 2 comes first now.
  const auto gone =
      successors.perform(holder.world, idle, operation(model, "DELETE FROM counters WHERE id = 1"), Way::start);
  CHECK_FALSE(gone.change.identity());
  const auto first = Successors::map(holder.sessions, gone.change);
  CHECK(first[0].held[0].row == relational::RowName{0, 0});

  // A third one inserts two rows in front of it: it is the third.
  const auto more =
      successors.perform(gone.world, idle, operation(model, "INSERT INTO counters VALUES (-1, 0), (0, 0)"), Way::start);
  const auto third = Successors::map(first, more.change);
  CHECK(third[0].held[0].row == relational::RowName{0, 2});

  // The holder's UPDATE does not wait for itself, and changes the row that it means.
  const auto update =
      successors.perform(more.world, third, operation(model, "UPDATE counters SET n = 9 WHERE id = 2"), Way::start);
  REQUIRE(update.observation.has_value());
  CHECK(update.observation->count == 1);
  const auto over = successors.perform(update.world, update.sessions, operation(model, "COMMIT"), Way::start);
  CHECK(committed(over.world) == "(-1, 0)(0, 0)(2, 9)(3, 0)");
  CHECK(over.sessions == idle);
}

TEST_CASE("engines agree where steps rename the rows of others") {
  // One holds a row in the middle while the others insert before and delete behind it; all in any order.
  const auto model = counters(3)
                         .request(
                             "hold", "()",
                             [](Session& session) {
                               session.begin();
                               session.sql("SELECT n FROM counters WHERE id = 2 FOR UPDATE");
                               session.sql("UPDATE counters SET n = n + 1 WHERE id = 2");
                               session.commit();
                               return Response{"200"};
                             },
                             1)
                         .request(
                             "grow", "()",
                             [](Session& session) {
                               session.sql("INSERT INTO counters VALUES (0, 0)");
                               session.sql("DELETE FROM counters WHERE id = 1");
                               return Response{"200"};
                             },
                             1)
                         .finally("the row that was meant", "SELECT n = 1 FROM counters WHERE id = 2")
                         .build();
  // Three steps and two, and nobody waits: C(5, 2).
  CHECK(counts_of(verdict_of(model, Mode::census)) == "10 of which 0");
  CHECK(counts_of(verdict_of(model, Mode::enumerate)) == "10 of which 0");
}

// ------------------------------------------------------------------------------------------------------- cycles

std::vector<bool> members(std::size_t count, const std::set<std::pair<std::size_t, std::size_t>>& edges) {
  WaitGraph graph;
  graph.count = count;
  graph.waits_for = [&](std::size_t i, std::size_t j) { return edges.contains({i, j}); };
  graph.stands_behind = [](std::size_t, std::size_t) { return false; };
  graph.waits_only_in_queue = [](std::size_t) { return false; };
  std::vector<bool> found;
  for (const auto way : break_cycles(graph)) found.push_back(way == Way::deadlock);
  return found;
}

TEST_CASE("a cycle that a queue closes is broken by whoever waits for nothing but its turn") {
  // 0 holds up 1; 1 stands before 2 in a queue; 0 waits for 2. Only 2 is free but for its place.
  WaitGraph graph;
  graph.count = 3;
  graph.waits_for = [](std::size_t i, std::size_t j) { return (i == 1 && j == 0) || (i == 0 && j == 2); };
  graph.stands_behind = [](std::size_t i, std::size_t j) { return i == 2 && j == 1; };
  graph.waits_only_in_queue = [](std::size_t i) { return i == 2; };
  CHECK(break_cycles(graph) == std::vector<Way>{Way::none, Way::none, Way::resume});
  // Without a cycle it waits for its turn.
  graph.waits_for = [](std::size_t i, std::size_t j) { return i == 1 && j == 0; };
  CHECK(break_cycles(graph) == std::vector<Way>{Way::none, Way::none, Way::none});
  // A cycle of locks alone has victims, whatever stands in a queue beside it.
  graph.waits_for = [](std::size_t i, std::size_t j) { return (i == 1 && j == 0) || (i == 0 && j == 1); };
  CHECK(break_cycles(graph) == std::vector<Way>{Way::deadlock, Way::deadlock, Way::none});
}

TEST_CASE("who stands in a cycle of waiters") {
  using Members = std::vector<bool>;
  CHECK(members(0, {}) == Members{});
  CHECK(members(1, {}) == Members{false});
  CHECK(members(1, {{0, 0}}) == Members{true});  // waits for its like
  // A chain has none.
  CHECK(members(4, {{0, 1}, {1, 2}, {2, 3}}) == Members{false, false, false, false});
  // A ring, in either direction and in any order of numbers.
  CHECK(members(4, {{0, 1}, {1, 2}, {2, 3}, {3, 0}}) == Members{true, true, true, true});
  CHECK(members(4, {{2, 0}, {0, 3}, {3, 1}, {1, 2}}) == Members{true, true, true, true});
  // Those who wait for a ring, or are waited for by one, are no members.
  CHECK(members(5, {{0, 1}, {1, 2}, {2, 1}, {2, 3}, {3, 4}}) == Members{false, true, true, false, false});
  // Two rings with a bridge; a diamond is no ring.
  CHECK(members(5, {{0, 1}, {1, 0}, {1, 2}, {2, 3}, {3, 4}, {4, 3}}) == Members{true, true, false, true, true});
  CHECK(members(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}}) == Members{false, false, false, false});
  // Rings that share a member.
  CHECK(members(5, {{0, 1}, {1, 2}, {2, 0}, {2, 3}, {3, 2}, {4, 0}}) == Members{true, true, true, true, false});
}

}  // namespace
}  // namespace gapless::explore
