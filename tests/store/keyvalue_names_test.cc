#include <doctest/doctest.h>

#include "sql/name.h"
#include "store/keyvalue/rules.h"

namespace gapless::store::keyvalue {
namespace {

const std::string me = sql::name_text({0, 1, 1});
const std::string other = sql::name_text({0, 2, 1});
const std::string unlock =
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end";

// What was done before, then what is looked at.
void check_one(const std::vector<Command>& before, const Command& command) {
  Database database;
  for (const auto& each : before) database = apply(database, {}, {each}, false).database;
  check_names(database, {command}, apply(database, {}, {command}, false).observation);
}

}  // namespace

TEST_CASE("a name is kept, handed on and compared") {
  CHECK_NOTHROW(check_one({}, {"SET", "lock", me, "NX"}));
  CHECK_NOTHROW(check_one({{"SET", "lock", me}}, {"GET", "lock"}));
  CHECK_NOTHROW(check_one({{"SET", "lock", me}}, {"DEL", "lock"}));
  CHECK_NOTHROW(check_one({{"SET", "lock", other}}, {"EVAL", unlock, "1", "lock", me}));
  CHECK_NOTHROW(check_one({{"SADD", "buyers", other}}, {"SISMEMBER", "buyers", me}));
  CHECK_NOTHROW(check_one({{"HSETNX", "owners", "A", me}}, {"HGET", "owners", "A"}));
  CHECK_NOTHROW(check_one({{"SET", "lock", me}}, {"INCR", "visits"}));
}

TEST_CASE("whatever else Redis does with a name is noticed") {
  CHECK_THROWS_AS(check_one({}, {"SET", me, "1"}), sql::NameUsed);
  CHECK_THROWS_AS(check_one({{"SET", "lock", me}}, {"INCR", "lock"}), sql::NameUsed);
  CHECK_THROWS_AS(check_one({{"SET", "lock", me}}, {"STRLEN", "lock"}), sql::NameUsed);
  CHECK_THROWS_AS(check_one({{"SADD", "buyers", me}}, {"SPOP", "buyers"}), sql::NameUsed);
  CHECK_THROWS_AS(check_one({{"SADD", "buyers", me}, {"SADD", "buyers", other}}, {"SMEMBERS", "buyers"}),
                  sql::NameUsed);
  CHECK_THROWS_AS(check_one({}, {"ZADD", "queue", "1", me}), sql::NameUsed);
  // It may be called 7, and then it is a member.
  CHECK_THROWS_AS(check_one({{"SADD", "buyers", "7"}}, {"SISMEMBER", "buyers", me}), sql::NameUsed);
  CHECK_THROWS_AS(check_one({{"SET", "lock", "7"}}, {"EVAL", unlock, "1", "lock", me}), sql::NameUsed);
  for (const auto* script :
       {"return tonumber(ARGV[1])", "return ARGV[1] .. 'x'", "return #ARGV[1]",
        "if ARGV[1] < '5' then return 1 end return 0", "return redis.call('append', KEYS[1], ARGV[1])"}) {
    CAPTURE(script);
    CHECK_THROWS_AS(check_one({}, {"EVAL", script, "1", "lock", me}), sql::NameUsed);
  }
}

}  // namespace gapless::store::keyvalue
