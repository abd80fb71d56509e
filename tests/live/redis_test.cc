#include <doctest/doctest.h>

#include "live/comparable.h"
#include "live/compare.h"
#include "live/keyspace.h"
#include "live/redis.h"

namespace gapless::live {
namespace {

using keyvalue::Reply;

store::Operation operation(std::vector<keyvalue::Command> commands, bool transaction = false) {
  store::Operation operation;
  operation.kind = store::Operation::Kind::command;
  operation.commands = std::move(commands);
  operation.transaction = transaction;
  return operation;
}

bool agree(const store::Operation& asked, const Reply& ours, const Reply& theirs) {
  return difference(asked, keyvalue::observation(ours, asked.commands, asked.transaction), theirs).empty();
}

TEST_CASE("where a Redis server is") {
  const auto plain = parse_redis_url("redis://localhost");
  CHECK(plain.host == "localhost");
  CHECK(plain.port == 6379);
  CHECK(plain.socket.empty());
  const auto full = parse_redis_url("redis://ann:p%40ss:word@db.example:7000/");
  CHECK(full.host == "db.example");
  CHECK(full.port == 7000);
  CHECK(full.user == "ann");
  CHECK(full.password == "p@ss:word");
  CHECK(parse_redis_url("redis://:secret@h").user.empty());
  const auto six = parse_redis_url("redis://[::1]:6380");
  CHECK(six.host == "::1");
  CHECK(six.port == 6380);
  CHECK(parse_redis_url("redis://[::1]").port == 6379);
  CHECK(parse_redis_url("/tmp/socket").socket == "/tmp/socket");
  CHECK(parse_redis_url("unix:///tmp/socket").socket == "/tmp/socket");
  for (const auto* wrong :
       {"", "localhost", "localhost:6379", "rediss://h", "redis://", "redis://h:0", "redis://h:x", "redis://h:70000",
        "redis://h/3", "redis://ann@h", "redis://:%4@h", "redis://:%zz@h", "unix://socket", "postgresql:///x"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parse_redis_url(wrong), ServerError);
  }
}

TEST_CASE("replies are compared as what an actor observes") {
  const auto get = operation({{"GET", "a"}});
  CHECK(agree(get, keyvalue::bulk("1"), keyvalue::bulk("1")));
  CHECK_FALSE(agree(get, keyvalue::bulk("1"), keyvalue::bulk("2")));
  CHECK_FALSE(agree(get, keyvalue::bulk("1"), Reply{}));
  CHECK_FALSE(agree(get, keyvalue::bulk("1"), keyvalue::integer(1)));
  CHECK(agree(get, Reply{}, Reply{}));
  const auto wrong_type = keyvalue::error("WRONGTYPE Operation against a key holding the wrong kind of value");
  CHECK(agree(get, wrong_type, keyvalue::error("WRONGTYPE something else")));
  CHECK_FALSE(agree(get, wrong_type, keyvalue::error("ERR no")));
  CHECK_FALSE(agree(get, wrong_type, keyvalue::bulk("1")));
  CHECK_FALSE(agree(get, keyvalue::bulk("1"), wrong_type));
}

TEST_CASE("what Redis gives in no order is a multiset; lists are not") {
  const auto ab = keyvalue::bulks({"a", "b"});
  const auto ba = keyvalue::bulks({"b", "a"});
  CHECK(agree(operation({{"smembers", "s"}}), ab, ba));
  CHECK(agree(operation({{"HKEYS", "h"}}), ab, ba));
  CHECK(agree(operation({{"HVALS", "h"}}), ba, ab));
  CHECK_FALSE(agree(operation({{"LRANGE", "l", "0", "-1"}}), ab, ba));
  CHECK_FALSE(agree(operation({{"SMEMBERS", "s"}}), ab, keyvalue::bulks({"b", "c"})));
  const auto pairs = operation({{"HGETALL", "h"}});
  CHECK(agree(pairs, keyvalue::bulks({"a", "2", "b", "1"}), keyvalue::bulks({"b", "1", "a", "2"})));
  CHECK_FALSE(agree(pairs, keyvalue::bulks({"a", "2", "b", "1"}), keyvalue::bulks({"b", "2", "a", "1"})));
  const auto exec = operation({{"GET", "x"}, {"SMEMBERS", "s"}}, true);
  CHECK(agree(exec, keyvalue::array({keyvalue::bulk("1"), ab}), keyvalue::array({keyvalue::bulk("1"), ba})));
  CHECK_FALSE(agree(exec, keyvalue::array({keyvalue::bulk("1"), ab}), keyvalue::array({keyvalue::bulk("2"), ba})));
  CHECK_FALSE(agree(exec, keyvalue::array({keyvalue::bulk("1"), ab}), Reply{}));
}

TEST_CASE("a time to live has become shorter, by the time that a play takes") {
  const auto ttl = operation({{"TTL", "a"}});
  const auto pttl = operation({{"pttl", "a"}});
  const auto of = [](std::int64_t time) { return keyvalue::integer(time); };
  CHECK(agree(ttl, of(100), of(99)));
  CHECK(agree(pttl, of(100'000), of(99'990)));
  CHECK_FALSE(agree(ttl, of(100), of(101)));
  CHECK_FALSE(agree(ttl, of(100), of(39)));
  CHECK_FALSE(agree(pttl, of(100'000), of(39'000)));
  CHECK_FALSE(agree(ttl, of(100), of(-1)));
  CHECK_FALSE(agree(ttl, of(-1), of(-2)));
  CHECK(agree(ttl, of(-2), of(-2)));
  // Short ones were made long.
  CHECK(agree(ttl, of(5), of(86400)));
  CHECK(agree(pttl, of(30), of(86'400'000)));
  CHECK_FALSE(agree(pttl, of(30), of(-2)));
  CHECK_FALSE(agree(operation({{"INCR", "a"}}), of(100), of(99)));
  // WATCH within MULTI is refused at once, and has no place in the reply.
  const auto exec = operation({{"WATCH", "a"}, {"TTL", "a"}, {"GET", "a"}}, true);
  CHECK(agree(exec, keyvalue::array({of(100), of(7)}), keyvalue::array({of(99), of(7)})));
  CHECK_FALSE(agree(exec, keyvalue::array({of(100), of(7)}), keyvalue::array({of(100), of(6)})));
}

TEST_CASE("which member is popped is drawn by lot") {
  const auto spop = operation({{"SPOP", "s"}});
  const auto seen = keyvalue::observation(keyvalue::bulk("a"), spop.commands, false);
  CHECK(is_drawn(spop, seen, keyvalue::bulk("b")));
  CHECK_FALSE(is_drawn(spop, seen, Reply{}));
  const auto get = operation({{"GET", "s"}});
  CHECK_FALSE(is_drawn(get, keyvalue::observation(keyvalue::bulk("a"), get.commands, false), keyvalue::bulk("b")));
  CHECK_FALSE(difference(spop, seen, keyvalue::bulk("b")).empty());
}

TEST_CASE("keys as lines") {
  keyvalue::Database database;
  database.entries["s"] = {keyvalue::Bytes("x"), 1000};
  database.entries["h"] = {keyvalue::Hash{{"b", "1"}, {"a", "2"}}, std::nullopt};
  database.entries["l"] = {keyvalue::List{"b", "a"}, std::nullopt};
  database.entries["z"] = {keyvalue::SortedSet{{"b", 0.1}, {"a", 2}}, std::nullopt};
  CHECK(Keyspace::lines(database) == std::vector<std::string>{"h: hash [a = 2, b = 1]", "l: list [b, a]",
                                                              "s: string [x], expires",
                                                              "z: zset [a = 2, b = 0.10000000000000001]"});
}

TEST_CASE("which models can be compared, and with what") {
  model::Model model;
  CHECK_FALSE(needs_postgres(model));
  CHECK_FALSE(needs_redis(model));
  model.keyvalues.push_back({"redis", {}, {}, {}});
  CHECK(needs_redis(model));
  model.databases.push_back({.name = "bank", .catalog = {}, .statements = {}});
  CHECK(needs_postgres(model));
  model.clock.resize(1);
  CHECK(why_not_comparable(model).empty());
  model.clock.resize(2);
  CHECK(why_not_comparable(model).find("clock") != std::string::npos);
  model.clock.clear();
  for (const auto& [kind, word] :
       {std::pair{model::Database::Kind::replica, "replica"}, std::pair{model::Database::Kind::memory, "memory"},
        std::pair{model::Database::Kind::locks, "locks"}}) {
    model.databases.front().kind = kind;
    CHECK(why_not_comparable(model).find(word) != std::string::npos);
    CHECK_FALSE(needs_postgres(model));
  }
}

}  // namespace
}  // namespace gapless::live
