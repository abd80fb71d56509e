#include "live/tree.h"

#include <doctest/doctest.h>

#include <functional>
#include <utility>

#include "explore/interleavings.h"
#include "live/experience.h"
#include "scenario/load.h"

namespace gapless::live {
namespace {

model::Model row_lock(std::size_t actors) {
  scenario::Options options;
  options.actors = actors;
  return std::move(scenario::load(make_source("test.gap", R"(scenario withdraw "test"
database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int); INSERT INTO users VALUES (1, 100); }
request withdraw(amount) {
  transaction {
    let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
    UPDATE users SET balance = balance - :amount WHERE id = 1;
  }
  respond 200;
}
run withdraw(50) * 2
always "true" { SELECT true }
)"),
                                  options)
                       .front());
}

Tree tree_of(const model::Model& model) {
  return Tree(model, explore::first_position(model, explore::Branches::forceable));
}

Node& follow(Tree& tree, const model::Schedule& schedule) {
  auto* node = &tree.root();
  for (const auto& choice : schedule.steps) {
    tree.expand(*node);
    std::size_t child = 0;
    while (node->children.at(child)->move.actor != choice.actor) ++child;
    node = node->children[child].get();
  }
  tree.expand(*node);
  return *node;
}

TEST_CASE("a tree counts its ends, and what is closed is no longer open") {
  const auto model = row_lock(3);
  auto tree = tree_of(model);
  REQUIRE(tree.grow(90));
  CHECK(tree.root().open == 90);
  auto* node = &tree.root();
  while (!node->is_end()) node = node->children.front().get();
  const auto above = node->parent->open;
  close(*node);
  CHECK(node->open == 0);
  CHECK(node->parent->open == above - 1);
  CHECK(tree.root().open == 89);
  REQUIRE(node->tables);
  CHECK((*node->tables)[0][0] == std::vector<std::string>{"(1, -50)"});
}

TEST_CASE("a tree that is too large is not grown to its end") {
  const auto model = row_lock(3);
  auto tree = tree_of(model);
  CHECK_FALSE(tree.grow(89));
}

TEST_CASE("where two wait, the server comes to rest in one of two ways") {
  const auto model = row_lock(3);
  auto tree = tree_of(model);
  auto& both_wait = follow(tree, {{1, 2, 3, 1}});
  REQUIRE(both_wait.children.size() == 1);
  auto& commits = *both_wait.children.front();
  const auto places = tree.calm_places(commits);
  REQUIRE(places.size() == 2);
  CHECK(schedule_to(*places[0]) == model::Schedule{{1, 2, 3, 1, 1, 2}});
  CHECK(schedule_to(*places[1]) == model::Schedule{{1, 2, 3, 1, 1, 3}});
  CHECK(places[0]->is_calm());
  // Where nothing goes on by itself there is one.
  CHECK(tree.calm_places(follow(tree, {{1, 2}})).size() == 1);
}

TEST_CASE("experience is of the order of arrival, not of numbers") {
  const auto model = row_lock(3);
  auto tree = tree_of(model);
  const auto places = [&](const model::Schedule& schedule) {
    auto& commits = follow(tree, schedule);
    return std::pair(&commits, tree.calm_places(commits));
  };
  const auto [commits, ways] = places({{1, 2, 3, 1, 1}});
  const auto [other, other_ways] = places({{1, 3, 2, 1, 1}});
  Experience experience;
  CHECK(experience.worth_trying(*commits, *ways[0]) > 10);
  for (int i = 0; i < 300; ++i) experience.note(*commits, *ways[0]);
  CHECK_FALSE(experience.never(*commits, *ways[0]));
  CHECK(experience.never(*commits, *ways[1]));
  // 3 came first here.
  CHECK(experience.never(*other, *other_ways[0]));
  CHECK_FALSE(experience.never(*other, *other_ways[1]));
  experience.note(*other, *other_ways[0]);
  CHECK_FALSE(experience.never(*commits, *ways[1]));
}

}  // namespace
}  // namespace gapless::live
