// What an actor observes, what invariants see, canonical values and their digests.
#include <doctest/doctest.h>

#include "keyvalue_transcript.h"

using namespace gapless;
using namespace gapless::store;
using namespace gapless::store::keyvalue;

namespace {

Database made(std::initializer_list<const char*> lines) {
  Table table;
  for (const char* line : lines) table.say(1, words_of(line));
  return table.database;
}

Observation seen(const Database& database, const char* line) {
  return apply(database, {}, {words_of(line)}, false).observation;
}

template <typename Value>
std::uint64_t digest_of(const Value& value) {
  Digest digest;
  add_to(digest, value);
  return digest.value();
}

const sql::Value null = sql::Null{};
sql::Value text(const char* value) { return std::string(value); }
sql::Value number(std::int64_t value) { return value; }

}  // namespace

TEST_CASE("replies are observed as rows") {
  Database database = made({"SET k v", "HSET h a 1 b 2", "RPUSH l x y", "ZADD z 1 m 2.5 n", "SADD e p q"});
  using Rows = std::vector<sql::Tuple>;
  CHECK(seen(database, "SET k w").rows == Rows{{text("OK")}});
  CHECK(seen(database, "SET k w NX").rows.empty());
  CHECK(seen(database, "SET k w NX").count == 0);
  CHECK(seen(database, "GET k").rows == Rows{{text("v")}});
  CHECK(seen(database, "GET k").columns == std::vector<std::string>{"value"});
  CHECK(seen(database, "GET k").tag == "REDIS");
  CHECK(seen(database, "GET nothing").rows.empty());
  CHECK(seen(database, "DEL k").rows == Rows{{number(1)}});
  CHECK(seen(database, "MGET k h nothing").rows == Rows{{text("v")}, {null}, {null}});
  CHECK(seen(database, "MGET k h nothing").count == 3);
  CHECK(seen(database, "HGETALL h").rows == Rows{{text("a"), text("1")}, {text("b"), text("2")}});
  CHECK(seen(database, "hgetall h").columns == std::vector<std::string>{"field", "value"});
  CHECK(seen(database, "LRANGE l 0 -1").rows == Rows{{text("x")}, {text("y")}});
  CHECK(seen(database, "ZRANGE z 0 -1").rows == Rows{{text("m")}, {text("n")}});
  CHECK(seen(database, "ZRANGE z 0 -1 withscores").rows == Rows{{text("m"), text("1")}, {text("n"), text("2.5")}});
  CHECK(seen(database, "ZPOPMIN z").rows == Rows{{text("m"), text("1")}});
  CHECK(seen(database, "INCR k").error_condition == "redis_error");
  CHECK(seen(database, "INCR k").error_message == "ERR value is not an integer or out of range");
  CHECK(seen(database, "INCR k").rows.empty());
  CHECK(seen(database, "GET h").error_condition == "redis_wrongtype");
  CHECK(seen(database, "GET h").error_message == "WRONGTYPE Operation against a key holding the wrong kind of value");
}

TEST_CASE("the replies of a transaction are one row each, in order") {
  Database database = made({"SET k v", "HSET h a 1"});
  Observation all =
      apply(database, {}, {{"INCR", "k"}, {"GET", "none"}, {"HGETALL", "h"}, {"INCR", "n"}}, true).observation;
  CHECK(!all.failed());
  CHECK(all.rows == std::vector<sql::Tuple>{
                        {text("ERR value is not an integer or out of range")}, {null}, {text("[a, 1]")}, {number(1)}});
  CHECK(apply(database, {{}, true}, {{"INCR", "n"}}, true).observation.rows.empty());
  CHECK(apply(database, {}, {{"HGETALL", "h"}}, true).observation.rows == std::vector<sql::Tuple>{{text("[a, 1]")}});
}

TEST_CASE("invariants see a row for each string, field, element and member") {
  Database database =
      made({"SET k v PX 1500", "HSET h b 2 a 1", "RPUSH l x y", "SADD e p", "ZADD z 0.1 m", "EXPIRE l 7"});
  CHECK(rows(database) == std::vector<sql::Tuple>{{text("e"), text("p"), text("p"), null},
                                                  {text("h"), text("a"), text("1"), null},
                                                  {text("h"), text("b"), text("2"), null},
                                                  {text("k"), null, text("v"), number(2)},
                                                  {text("l"), text("0"), text("x"), number(7)},
                                                  {text("l"), text("1"), text("y"), number(7)},
                                                  {text("z"), text("m"), text("0.10000000000000001"), null}});
  CHECK(expirable(database) == std::vector<std::string>{"k", "l"});
}

TEST_CASE("a collection without elements is no key") {
  const std::vector<std::pair<std::vector<const char*>, const char*>> ways = {
      {{"HSET h f 1"}, "HDEL h f"},   {{"RPUSH l a"}, "LPOP l"},
      {{"RPUSH l a"}, "RPOP l 5"},    {{"RPUSH l a"}, "LREM l 0 a"},
      {{"RPUSH l a"}, "LTRIM l 5 9"}, {{"SADD e a"}, "SREM e a"},
      {{"SADD e a"}, "SPOP e"},       {{"ZADD z 1 a"}, "ZREM z a"},
      {{"ZADD z 1 a"}, "ZPOPMIN z"},  {{"ZADD z 1 a"}, "ZREMRANGEBYSCORE z 0 2"}};
  for (const auto& [make, take] : ways) {
    CAPTURE(take);
    Database database = made({make[0]});
    CHECK(database.entries.size() == 1);
    CHECK(apply(database, {}, {words_of(take)}, false).database == Database{});
  }
  CHECK(made({"RPUSH l a", "RPOPLPUSH l m"}) == made({"RPUSH m a"}));
  CHECK(made({"SADD a x", "SMOVE a b x"}) == made({"SADD b x"}));
  CHECK(made({"ZADD z XX 1 m", "LPUSHX l 1", "HDEL h f", "HINCRBY h f x"}) == Database{});
  CHECK(made({"APPEND k"}) == Database{});
  // An empty string is a value.
  CHECK(apply({}, {}, {{"SET", "k", ""}}, false).database.entries.size() == 1);
}

TEST_CASE("equal values have equal digests, however they came about; different ones differ") {
  CHECK(digest_of(made({"SET a 1", "SET b 2"})) == digest_of(made({"SET b 2", "SET a 0", "INCR a"})));
  const Database different[] = {made({}),
                                made({"SET a 1"}),
                                made({"SET a 1 PX 1"}),
                                made({"SET a 1 PX 2"}),
                                made({"SET a 2"}),
                                made({"SET b 1"}),
                                made({"HSET a f 1"}),
                                made({"HSET a f 1 g 1"}),
                                made({"RPUSH a f 1"}),
                                made({"RPUSH a 1 f"}),
                                made({"SADD a f 1"}),
                                made({"ZADD a 1 f"}),
                                made({"ZADD a 2 f"}),
                                made({"SADD a b", "SADD c d"}),
                                made({"SADD a b c d"})};
  for (const Database& one : different)
    for (const Database& other : different) {
      CHECK((one == other) == (&one == &other));
      CHECK((digest_of(one) == digest_of(other)) == (&one == &other));
    }
  CHECK(digest_of(Session{{"a"}, false}) != digest_of(Session{{"b"}, false}));
  CHECK(digest_of(Session{{}, false}) != digest_of(Session{{}, true}));
  CHECK(digest_of(Event{{"a"}}) != digest_of(Event{{}}));
}

TEST_CASE("LREM takes so many from the head, from the tail, or all") {
  Table table;
  table.say(1, words_of("RPUSH l a x a y a"));
  table.say(1, words_of("RPUSH m a x a y a"));
  table.say(1, words_of("RPUSH n a x a y a"));
  CHECK(as_python(table.say(1, words_of("LREM l 2 a"))) == "2");
  CHECK(as_python(table.say(1, words_of("LRANGE l 0 -1"))) == "['x', 'y', 'a']");
  CHECK(as_python(table.say(1, words_of("LREM m -2 a"))) == "2");
  CHECK(as_python(table.say(1, words_of("LRANGE m 0 -1"))) == "['a', 'x', 'y']");
  CHECK(as_python(table.say(1, words_of("LREM n 0 a"))) == "3");
  CHECK(as_python(table.say(1, words_of("LRANGE n -100 100"))) == "['x', 'y']");
}

TEST_CASE("a bound of scores may be open") {
  Table table;
  table.say(1, words_of("ZADD z 1 a 2 b 3 c"));
  CHECK(as_python(table.say(1, words_of("ZCOUNT z 1 3"))) == "3");
  CHECK(as_python(table.say(1, words_of("ZCOUNT z (1 3"))) == "2");
  CHECK(as_python(table.say(1, words_of("ZCOUNT z 1 (3"))) == "2");
  CHECK(as_python(table.say(1, words_of("ZRANGEBYSCORE z (1 (3"))) == "['b']");
}

TEST_CASE("an error is one line") {
  Table table;
  CHECK(table.say(1, {"NO\nSUCH"}) == error("ERR unknown command 'NO SUCH', with args beginning with: "));
  CHECK(table.say(1, {"EXPIRE", "k", "1", "A\r\nB"}).text == "ERR Unsupported option A  B");
}

TEST_CASE("a score has one zero") {
  CHECK(made({"ZADD z -0 m"}) == made({"ZADD z 0 m"}));
  CHECK(digest_of(made({"ZADD z -0 m"})) == digest_of(made({"ZADD z 0 m"})));
}

TEST_CASE("what only reads") {
  for (const char* line : {"GET k", "ttl k", "HGETALL h", "ZRANGE z 0 1", "EXISTS k", "PING"})
    CHECK(only_reads(words_of(line)));
  for (const char* line : {"SET k v", "GETDEL k", "GETEX k", "EVAL x 0", "WATCH k", "LPOP l", "NOSUCH"})
    CHECK(!only_reads(words_of(line)));
}
