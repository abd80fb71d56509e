#include "live/reach.h"

#include <doctest/doctest.h>

#include "base/source.h"

namespace gapless::live {
namespace {

using Command = store::keyvalue::Command;

TEST_CASE("a script that names what it calls is sent") {
  for (const auto* script : {
           "return redis.call('get', KEYS[1])",
           "if redis.call(\"GET\",KEYS[1]) == ARGV[1] then return redis . call ( 'del', KEYS[1] ) else return 0 end",
           "local n = redis.pcall('incr', KEYS[1]) if n.err then return redis.error_reply('no') end return n",
           "-- redis.call(ARGV[1])\nreturn redis.call('dbsize')",
           "return 'redis.call(x)'",
           "redis.log(redis.LOG_WARNING, 'x') return redis.sha1hex('a')",
           "return redis.call('flushdb')",
       }) {
    CAPTURE(script);
    CHECK(why_out_of_reach(script).empty());
  }
}

TEST_CASE("a script that might reach other databases is not") {
  for (const auto* script : {
           "return redis.call('flushall')",
           "return redis.call('FlushAll', 'async')",
           "return redis.call('select', 0)",
           "return redis.call('swapdb', 0, 1)",
           "return redis.call('move', KEYS[1], 0)",
           "return redis.call('script', 'flush')",
           "return redis.call(ARGV[1])",
           "return redis.call('flush' .. 'all')",
           "return redis.call('flush\\097ll')",
           "return redis['call']('flushall')",
           "return redis\n[ 'call' ]('flushall')",
           "local r = redis return r.call('flushall')",
           "local call = redis.call return call('flushall')",
           "return pcall(redis.call, 'flushall')",
           "return redis.call{'flushall'}",
           "return redis.call'flushall'",
           "return redis.call([[flushall]])",
           "return redis.call([==[flushall]==])",
           "--[[ \n]] return redis.call('get', 'a')",
           "return _G['redis']",
           "return getfenv().redis.call('flushall')",
           "return loadstring(ARGV[1])()",
           "return redis.setresp(3)",
       }) {
    CAPTURE(script);
    CHECK_FALSE(why_out_of_reach(script).empty());
  }
}

TEST_CASE("commands stay in their database") {
  model::Model model;
  model.file = "x.gap";
  CHECK(within_reach({"flushall", "async"}, model) == Command{"FLUSHDB"});
  CHECK(within_reach({"set", "a", "FLUSHALL"}, model) == Command{"set", "a", "FLUSHALL"});
  CHECK_THROWS_AS(within_reach({"select", "0"}, model), ModelError);
  CHECK_THROWS_AS(within_reach({"config", "set", "dir", "/"}, model), ModelError);
  CHECK_THROWS_AS(within_reach({"eval", "return redis.call('flushall')", "0"}, model), ModelError);
  CHECK_NOTHROW(within_reach({"eval", "return 1", "0"}, model));
}

}  // namespace
}  // namespace gapless::live
