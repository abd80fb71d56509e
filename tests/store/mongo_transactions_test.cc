// Every interleaving of two small programs: what transactions protect from, and what they do not.
#include <doctest/doctest.h>

#include <functional>
#include <map>

#include "mongo_world.h"

using namespace gapless::store::document;
using mongo::World;

namespace {

// A request made of the answers so far; empty: the program ends here, without a commit.
using Step = std::function<std::string(const std::vector<std::string>& answers)>;
struct Program {
  bool transaction = true;
  std::vector<Step> steps;
};

struct Actor {
  Program program;
  std::size_t next = 0;
  std::vector<std::string> answers;
  std::string status;  // "committed", "write_conflict", …; empty while it runs
};

Step always(const std::string& request) {
  return [request](const auto&) { return request; };
}

class Exploration {
 public:
  Exploration(const World& world, const Program& a, const Program& b) {
    visit(world, {{a, 0, {}, ""}, {b, 0, {}, ""}});
  }
  // "committed write_conflict: {_id: 1, balance: 70}" and in how many interleavings.
  const std::map<std::string, int>& outcomes() const { return outcomes_; }

 private:
  void visit(const World& world, const std::vector<Actor>& actors) {
    bool moved = false;
    bool over = true;
    for (int number = 0; number < 2; ++number) {
      if (!actors[number].status.empty()) continue;
      over = false;
      auto next_world = world;
      auto next_actors = actors;
      if (!step(next_world, next_actors[number], number)) continue;
      moved = true;
      visit(next_world, next_actors);
    }
    REQUIRE((over || moved));  // nobody waits for ever
    if (!over) return;
    CHECK(world.database.held.empty());
    CHECK(world.database.claimed.empty());
    for (const auto& [number, session] : world.sessions) CHECK(session == Session());
    ++outcomes_[actors[0].status + " " + actors[1].status + ": " + world.documents("accounts")];
  }

  static bool step(World& world, Actor& actor, int number) {
    const bool ends = actor.next == actor.program.steps.size();
    const auto request = ends ? "" : actor.program.steps[actor.next](actor.answers);
    if (request.empty()) {
      if (actor.program.transaction) world.step(number, "commitTransaction");
      actor.status = "committed";
      return true;
    }
    const bool begins = actor.program.transaction && actor.next == 0;
    const auto answer = world.step(number, request, begins);
    if (answer == "waits") return false;
    if (answer == "…") return true;
    ++actor.next;
    actor.answers.push_back(answer);
    if (world.last->failed()) {
      actor.status = world.last->error_condition;
      if (actor.program.transaction) world.step(number, "abortTransaction");
    } else if (!actor.program.transaction && actor.next == actor.program.steps.size()) {
      actor.status = "committed";
    }
    return true;
  }

  std::map<std::string, int> outcomes_;
};

// The number behind `name=` in an answer.
int number_in(const std::string& answer, const std::string& name, std::size_t which = 0) {
  std::size_t at = 0;
  for (std::size_t i = 0; i <= which; ++i) at = answer.find(name + "=", at) + name.size() + 1;
  return std::stoi(answer.substr(at));
}

World bank() {
  World world;
  world.collection("accounts", "balance:n lock:n email:t");
  world.index("db.accounts.createIndex({email: 1}, {unique: true, sparse: true})");
  world.say("db.accounts.insertMany([{_id: 1, balance: 100, lock: 0}, {_id: 2, balance: 100, lock: 0}])");
  world.sessions.clear();
  return world;
}

const std::string rest = "; {_id: 2, balance: 100, lock: 0}";

// Reads the balance, then writes what is left of it.
Program withdrawal(bool transaction, int amount) {
  return {transaction, {always("db.accounts.findOne({_id: 1}, {balance: 1})"), [amount](const auto& answers) {
                          const int left = number_in(answers[0], "balance") - amount;
                          return "db.accounts.updateOne({_id: 1}, {$set: {balance: " + std::to_string(left) + "}})";
                        }}};
}

// Takes 150 from its own account if both together have that much. `lock`: an update of both before.
Program skewed(int own, const std::string& lock) {
  Program program{true, {}};
  if (!lock.empty()) {
    program.steps.push_back(always("db.accounts.findOneAndUpdate({_id: 1}, " + lock + ")"));
    program.steps.push_back(always("db.accounts.findOneAndUpdate({_id: 2}, " + lock + ")"));
  }
  program.steps.push_back(always("db.accounts.find({}, {balance: 1})"));
  program.steps.push_back([own](const auto& answers) -> std::string {
    const auto& read = answers.back();
    if (number_in(read, "balance", 0) + number_in(read, "balance", 1) < 150) return "";
    return "db.accounts.updateOne({_id: " + std::to_string(own) + "}, {$inc: {balance: -150}})";
  });
  return program;
}

int count_of(const std::map<std::string, int>& outcomes, const std::string& part) {
  int count = 0;
  for (const auto& [outcome, times] : outcomes) count += outcome.find(part) == std::string::npos ? 0 : times;
  return count;
}

}  // namespace

// Of the 20 orders of two times three steps, 14 are left, since who meets a conflict ends there: 2 are serial, and in
// 6 each the one or the other writes second, and is told.
TEST_CASE("read and write in a transaction: no update is lost") {
  const Exploration all(bank(), withdrawal(true, 30), withdrawal(true, 40));
  CHECK(all.outcomes() == std::map<std::string, int>{
                              {"committed committed: {_id: 1, balance: 30, lock: 0}" + rest, 2},
                              {"committed write_conflict: {_id: 1, balance: 70, lock: 0}" + rest, 6},
                              {"write_conflict committed: {_id: 1, balance: 60, lock: 0}" + rest, 6},
                          });
}

TEST_CASE("the same without transactions: in 4 of 6 orders an update is lost") {
  const Exploration all(bank(), withdrawal(false, 30), withdrawal(false, 40));
  CHECK(all.outcomes() == std::map<std::string, int>{
                              {"committed committed: {_id: 1, balance: 30, lock: 0}" + rest, 2},
                              {"committed committed: {_id: 1, balance: 70, lock: 0}" + rest, 2},
                              {"committed committed: {_id: 1, balance: 60, lock: 0}" + rest, 2},
                          });
}

// A transaction does not protect from a plain writer that has read before: its write waits for the commit, and then
// overwrites. Of the 10 orders of three steps and two, 3 are none, since the plain write would have to come while the
// document is held.
TEST_CASE("a transaction beside a plain read and write") {
  const Exploration all(bank(), withdrawal(true, 30), withdrawal(false, 40));
  CHECK(all.outcomes() == std::map<std::string, int>{
                              // one after the other
                              {"committed committed: {_id: 1, balance: 30, lock: 0}" + rest, 2},
                              // B reads before A commits, and writes after
                              {"committed committed: {_id: 1, balance: 60, lock: 0}" + rest, 3},
                              // B writes between A's snapshot and A's write
                              {"write_conflict committed: {_id: 1, balance: 60, lock: 0}" + rest, 2},
                          });
}

// Manual, "Production Considerations"; M-6.
TEST_CASE("write skew is possible in transactions") {
  const Exploration all(bank(), skewed(1, ""), skewed(2, ""));
  CHECK(count_of(all.outcomes(),
                 "committed committed: {_id: 1, balance: -50, lock: 0}; {_id: 2, balance: -50, lock: 0}") == 18);
  CHECK(count_of(all.outcomes(), "conflict") == 0);
  CHECK(count_of(all.outcomes(), "balance: 100") == 2);  // one after the other: the second has not enough
}

TEST_CASE("an update that changes nothing protects from nothing; one that changes a field does") {
  const Exploration idle(bank(), skewed(1, "{$set: {lock: 0}}"), skewed(2, "{$set: {lock: 0}}"));
  CHECK(count_of(idle.outcomes(), "{_id: 1, balance: -50, lock: 0}; {_id: 2, balance: -50, lock: 0}") > 0);
  CHECK(count_of(idle.outcomes(), "conflict") == 0);
  const Exploration real(bank(), skewed(1, "{$inc: {lock: 1}}"), skewed(2, "{$inc: {lock: 1}}"));
  CHECK(count_of(real.outcomes(), "balance: -50, lock: 1}; {_id: 2, balance: -50") == 0);
  CHECK(count_of(real.outcomes(), "balance: -50, lock: 2}; {_id: 2, balance: -50") == 0);
  CHECK(count_of(real.outcomes(), "write_conflict") > 0);
  CHECK(count_of(real.outcomes(), "committed committed") == 2);
}

TEST_CASE("$inc beside a transaction waits and loses nothing") {
  const Program plain{false, {always("db.accounts.updateOne({_id: 1}, {$inc: {balance: -40}})")}};
  const Program inside{true, {always("db.accounts.updateOne({_id: 1}, {$inc: {balance: -30}})")}};
  const Exploration all(bank(), inside, plain);
  CHECK(all.outcomes() ==
        std::map<std::string, int>{{"committed committed: {_id: 1, balance: 30, lock: 0}" + rest, 2}});
}

TEST_CASE("one unique key in two transactions: one of them commits") {
  const auto insert = [](int id) {
    return Program{true,
                   {always("db.accounts.findOne({email: \"a\"})"),
                    always("db.accounts.insertOne({_id: " + std::to_string(id) + ", email: \"a\"})")}};
  };
  const Exploration all(bank(), insert(3), insert(4));
  const auto before = "{_id: 1, balance: 100, lock: 0}" + rest;
  CHECK(all.outcomes() == std::map<std::string, int>{
                              {"committed duplicate_key: " + before + "; {_id: 3, email: \"a\"}", 1},
                              {"committed write_conflict: " + before + "; {_id: 3, email: \"a\"}", 6},
                              {"duplicate_key committed: " + before + "; {_id: 4, email: \"a\"}", 1},
                              {"write_conflict committed: " + before + "; {_id: 4, email: \"a\"}", 6},
                          });
}
