// Against a real Redis server, whose socket GAPLESS_REDIS names: models built by hand, without the scenario language.
#include "live/keyspace.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <utility>

#include "explore/interleavings.h"
#include "live/agreement.h"
#include "store/keyvalue/rules.h"

namespace gapless::live {
namespace {

using Command = keyvalue::Command;
using Words = std::vector<Command>;

std::string server() {
  const auto* socket = std::getenv("GAPLESS_REDIS");
  REQUIRE(socket != nullptr);
  return socket;
}

RedisConnection on(std::size_t database) { return RedisConnection(parse_redis_url(server()), database); }

std::int64_t size_of(std::size_t database) { return on(database).expect({"DBSIZE"}).integer; }

store::Observation perform(actor::Context& context, Words commands, bool transaction = false) {
  store::Operation operation;
  operation.kind = store::Operation::Kind::command;
  operation.commands = std::move(commands);
  operation.transaction = transaction;
  return context.perform(operation, "");
}

model::Model model_of(actor::Program program, std::size_t actors, Words filled = {}) {
  model::Model model;
  model.file = "by hand";
  model.scenario = "redis";
  model.variant = "only";
  model::KeyValue keyvalue{"redis", {}, {}, filled};
  for (const auto& command : filled) {
    keyvalue.initial = keyvalue::apply(keyvalue.initial, {}, {command}, false).database;
  }
  model.keyvalues.push_back(std::move(keyvalue));
  model.view = model::view_catalog({}, model.keyvalues, {}, {}, false);
  model.roles.push_back({"request", "()", std::move(program)});
  model.actors.assign(actors, 0);
  return model;
}

// SET NX EX, work, compare and delete; who finds the lock taken looks how long it will be.
actor::Response locked(actor::Context& context) {
  const auto lock = perform(context, {{"SET", "lock", "mine", "NX", "PX", "30"}});
  if (lock.rows.empty()) {
    perform(context, {{"PTTL", "lock"}});
    return {"423"};
  }
  perform(context, {{"INCR", "work"}});
  perform(context,
          {{"EVAL", "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0", "1",
            "lock", "mine"}});
  return {"200"};
}

// WATCH, read, MULTI … EXEC.
actor::Response watched(actor::Context& context) {
  perform(context, {{"WATCH", "stock"}});
  const auto stock = perform(context, {{"GET", "stock"}});
  if (stock.rows.empty()) return {"404"};
  const auto left = std::stoi(std::get<std::string>(stock.rows.at(0).at(0)));
  const auto done = perform(context, {{"SET", "stock", std::to_string(left - 1)}, {"HINCRBY", "sold", "n", "1"}}, true);
  return {done.rows.empty() ? "409" : "200"};
}

Agreement play(Workspace& workspace, const model::Model& model) {
  return play_all(workspace, model, [&] { return explore::first_position(model, explore::Branches::forceable); },
                  1'000'000, {});
}

void check_all_agree(const model::Model& model) {
  Workspace workspace(Servers{"", server()});
  const auto found = play(workspace, model);
  const auto all = explore::count_interleavings(*explore::first_position(model, explore::Branches::all));
  CHECK(found.forceable == all);  // nobody waits in Redis
  CHECK(found.forced == all);
  CHECK(found.disagreements.empty());
  for (const auto& each : found.disagreements) {
    MESSAGE(model::to_string(each.schedule) << " " << each.operation << ": " << each.ours << " / " << each.theirs);
  }
}

TEST_CASE("a lock whose time runs out wherever it can, after 30 ms that never pass by themselves") {
  check_all_agree(model_of(locked, 2));
}

TEST_CASE("WATCH is touched by others, by what expires, and is over with the request") {
  check_all_agree(model_of(watched, 2, {{"SET", "stock", "5"}}));
  check_all_agree(model_of(watched, 2, {{"SET", "stock", "5", "EX", "100"}, {"RPUSH", "list", "a", "b"}}));
}

TEST_CASE("crashes and second attempts: connections are new, and watch nothing") {
  auto model = model_of(watched, 2, {{"SET", "stock", "5"}});
  model.faults.crash = 1;
  model.faults.retry = 1;
  check_all_agree(model);
}

// Says of one reply, or of the keys at the end, what is not so.
class Liar : public model::Position {
 public:
  Liar(std::unique_ptr<model::Position> truth, bool about_keys) : truth_(std::move(truth)), about_keys_(about_keys) {
    moves_ = truth_->moves();
    for (auto& move : moves_) {
      if (about_keys_ || !move.observation || move.operation.commands.front().front() != "INCR") continue;
      move.observation->rows.front().front() = std::int64_t{7};
    }
    keys_ = truth_->keyvalue(0);
    if (about_keys_) keys_.entries["ghost"] = {keyvalue::Bytes("boo"), std::nullopt};
  }
  const std::vector<model::Move>& moves() override { return moves_; }
  std::unique_ptr<model::Position> after(std::size_t move) override {
    return std::make_unique<Liar>(truth_->after(move), about_keys_);
  }
  std::vector<std::vector<sql::Tuple>> tables(std::size_t database) const override { return truth_->tables(database); }
  const keyvalue::Database& keyvalue(std::size_t) const override { return keys_; }
  std::size_t actors() const override { return truth_->actors(); }

 private:
  std::unique_ptr<model::Position> truth_;
  bool about_keys_;
  std::vector<model::Move> moves_;
  keyvalue::Database keys_;
};

TEST_CASE("a wrong reply, and a wrong key at the end, are noticed") {
  const auto model = model_of(locked, 2);
  Workspace workspace(Servers{"", server()});
  const auto found = [&](bool about_keys) {
    return play_all(workspace, model,
                    [&] {
                      return std::make_unique<Liar>(explore::first_position(model, explore::Branches::forceable),
                                                    about_keys);
                    },
                    1'000'000, {});
  };
  const auto replies = found(false);
  REQUIRE_FALSE(replies.disagreements.empty());
  CHECK(replies.disagreements.front().operation == "INCR work");
  CHECK(replies.disagreements.front().step == replies.disagreements.front().schedule.steps.size());
  CHECK(replies.disagreements.front().ours == "value = 7");
  CHECK(replies.disagreements.front().theirs.starts_with("1 "));
  CHECK(replies.forced == 0);
  const auto keys = found(true);
  REQUIRE_FALSE(keys.disagreements.empty());
  CHECK(keys.disagreements.front().operation == "the keys of redis at the end");
  CHECK(keys.disagreements.front().ours.find("ghost: string [boo]") != std::string::npos);
  CHECK(keys.forced == 0);
}

TEST_CASE("only empty databases are taken, from the last one on, and left empty") {
  on(15).expect({"SET", "theirs", "1"});
  on(13).expect({"SET", "theirs", "1"});
  {
    Keyspace ours(server());
    const auto model = model_of(watched, 2, {{"SET", "stock", "5"}, {"SET", "short", "1", "PX", "1"}});
    ours.open(model);
    CHECK(size_of(14) == 1);  // the home
    CHECK(size_of(12) == 2);
    CHECK(on(12).expect({"PTTL", "short"}).integer > 1'000'000);
    CHECK(on(14).expect({"TYPE", "gapless:live"}).text == "hash");
    {
      Keyspace others(server());  // leaves ours alone
      others.open(model);
      CHECK(size_of(12) == 2);
      CHECK(size_of(11) == 1);
      CHECK(size_of(10) == 2);
    }
    CHECK(size_of(11) == 0);
    CHECK(size_of(10) == 0);
    // FLUSHALL is of our database only.
    CHECK(ours.run(1, 0, {{"FLUSHALL"}}, false).text == "OK");
    CHECK(size_of(12) == 0);
    CHECK(size_of(13) == 1);
    CHECK(size_of(14) == 1);
    ours.reset();
    CHECK(size_of(12) == 2);
  }
  for (const std::size_t database : {10U, 11U, 12U, 14U}) CHECK(size_of(database) == 0);
  CHECK(size_of(15) == 1);
  CHECK(size_of(13) == 1);
  on(15).expect({"FLUSHDB"});
  on(13).expect({"FLUSHDB"});
}

TEST_CASE("whoever begins again or crashes watches nothing, and whoever does neither does") {
  Keyspace ours(server());
  const auto model = model_of(watched, 2, {{"SET", "stock", "5"}});
  ours.open(model);
  const auto exec_after = [&](const auto& between) {
    ours.run(1, 0, {{"WATCH", "stock"}}, false);
    between();
    ours.run(2, 0, {{"INCR", "stock"}}, false);
    return ours.run(1, 0, {{"GET", "stock"}}, true).kind;
  };
  CHECK(exec_after([] {}) == keyvalue::Reply::Kind::nil);
  CHECK(exec_after([&] { ours.calm(1); }) == keyvalue::Reply::Kind::array);
  CHECK(exec_after([&] { ours.crash(1); }) == keyvalue::Reply::Kind::array);
  CHECK(exec_after([&] { ours.reset(); }) == keyvalue::Reply::Kind::array);
  CHECK(exec_after([&] { ours.calm(2); }) == keyvalue::Reply::Kind::nil);
}

TEST_CASE("a short time to live is made long by whatever sets it; a long one stays as it is") {
  Keyspace ours(server());
  const auto model = model_of(locked, 1, {{"SET", "k", "v"}});
  ours.open(model);
  const auto left = [&] { return ours.run(2, 0, {{"PTTL", "k"}}, false).integer; };
  constexpr std::int64_t hour = 3'600'000;
  for (const auto& command : Words{{"SET", "k", "v", "PX", "5"},
                                   {"set", "k", "v", "ex", "1"},
                                   {"PSETEX", "k", "5", "v"},
                                   {"SETEX", "k", "1", "v"},
                                   {"EXPIRE", "k", "1"},
                                   {"pexpire", "k", "5"},
                                   {"GETEX", "k", "PX", "5"},
                                   {"EVAL", "return redis.call('pexpire', KEYS[1], 5)", "1", "k"}}) {
    CAPTURE(command.front());
    for (const bool transaction : {false, true}) {
      ours.run(1, 0, {{"SET", "k", "v"}}, false);
      CHECK(left() == -1);
      ours.run(1, 0, {command}, transaction);
      CHECK(left() > hour);
    }
  }
  ours.run(1, 0, {{"SET", "k", "v", "EX", "100"}}, false);
  CHECK(left() > 90'000);
  CHECK(left() <= 100'000);
}

TEST_CASE("where too few are empty, nothing is touched") {
  for (std::size_t database = 1; database < 16; ++database) on(database).expect({"SET", "theirs", "1"});
  {
    Keyspace ours(server());
    const auto model = model_of(locked, 2);
    CHECK_THROWS_AS(ours.open(model), ServerError);
  }
  CHECK(size_of(0) == 0);
  for (std::size_t database = 1; database < 16; ++database) {
    CHECK(size_of(database) == 1);
    on(database).expect({"FLUSHDB"});
  }
}

TEST_CASE("what a killed run has left is emptied; what only looks like it is not") {
  on(15).expect({"HSET", "gapless:live", "owner", "gapless-live-1-2-3", "databases", "14 13 "});
  on(14).expect({"SET", "left", "1"});
  on(13).expect({"SET", "left", "1"});
  on(9).expect({"SET", "gapless:live", "14 13"});
  on(8).expect({"HSET", "gapless:live", "owner", "somebody"});
  on(7).expect({"SET", "theirs", "1"});
  {
    const Keyspace ours(server());
    CHECK(ours.leftovers() == 1);
  }
  for (const std::size_t database : {13U, 14U, 15U}) CHECK(size_of(database) == 0);
  for (const std::size_t database : {7U, 8U, 9U}) {
    CHECK(size_of(database) == 1);
    on(database).expect({"FLUSHDB"});
  }
}

TEST_CASE("a server that makes other keys of what fills it") {
  auto model = model_of(locked, 1, {{"SET", "a", "1"}});
  model.keyvalues.front().commands = {{"SET", "a", "2"}};
  Keyspace ours(server());
  CHECK_THROWS_AS(ours.open(model), ServerError);
}

}  // namespace
}  // namespace gapless::live
