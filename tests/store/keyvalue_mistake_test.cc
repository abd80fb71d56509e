// Mistakes that can be seen before anything runs, and words that are none.
#include <doctest/doctest.h>

#include "keyvalue_transcript.h"

using namespace gapless::store::keyvalue;

namespace {

// A word `?` is known at run time only.
std::string of(const std::string& line) {
  std::vector<std::optional<std::string>> words;
  for (const std::string& word : words_of(line)) words.push_back(word == "?" ? std::nullopt : std::optional(word));
  return mistake(words);
}

}  // namespace

TEST_CASE("words that can be a command are no mistake") {
  for (const char* line : {"SET lock:SAVE50 t1 NX EX 10",
                           "set ? ? nx px ?",
                           "SET ? ? ?",
                           "SET ? ? EX ? NX",
                           "SET k v XX KEEPTTL GET",
                           "SET k v ? NX ?",
                           "GET ?",
                           "INCRBY ? ?",
                           "INCRBY k -5",
                           "EXPIRE k ?",
                           "EXPIRE k 10 ?",
                           "EXPIRE k -1",
                           "GETEX k",
                           "GETEX k PERSIST",
                           "GETEX ? EX ?",
                           "ZADD z ? ?",
                           "ZADD z NX ? m",
                           "ZRANGE z 0 -1 ?",
                           "ZRANGE z ? ? BYSCORE LIMIT ? ?",
                           "ZRANGE z 0 -1 withscores",
                           "LMOVE a b LEFT ?",
                           "LMOVE a b left right",
                           "RENAME a b",
                           "LSET l 0 v",
                           "WATCH k",
                           "UNWATCH",
                           "DISCARD",
                           "MGET ? ?",
                           "HSET h f ?",
                           "EVAL ? 1 k",
                           "EVAL \"return 1\" ? k",
                           "EVAL \"return 1\" 1 k a",
                           "EVAL \"return redis.call('get',KEYS[1])\" 1 ?",
                           "EVAL \"-- redis.call('time')\" 0",
                           "PING",
                           "FLUSHALL",
                           "EVAL \"return 'cjson.'\" 0",
                           "EVAL \"local habit={} habit.x=1 return 1\" 0",
                           "LPOP l ?"}) {
    CAPTURE(line);
    CHECK(of(line) == "");
  }
}

TEST_CASE("mistakes say what is wrong, and what would be right") {
  const std::pair<const char*, const char*> told[] = {
      {"STE k v", "unknown command `STE`; did you mean `SET`?"},
      {"QQQQQQ k", "unknown command `QQQQQQ`"},
      {"GET", "wrong number of arguments for GET: it takes a key"},
      {"get a b", "wrong number of arguments for GET: it takes a key"},
      {"SET k",
       "wrong number of arguments for SET: it takes a key, a value, then NX or XX, GET, and EX seconds, PX "
       "milliseconds or KEEPTTL"},
      {"SET k v EX", "EX needs a number of seconds behind it"},
      {"SET k v NX PX", "PX needs a number of milliseconds behind it"},
      {"SET k v EX 0", "EX 0: Redis refuses a time to live that is not above 0"},
      {"SET k v PX -5", "PX -5: Redis refuses a time to live that is not above 0"},
      {"SET k v EX NX", "EX NX: a number of seconds is a whole number"},
      {"SET k v EX 9223372036854775", "EX 9223372036854775: the number is too large"},
      {"SET k v NX XX", "NX and XX exclude each other"},
      {"SET k v XX EX 5 NX", "XX and NX exclude each other"},
      {"SET k v EX 5 PX 5", "EX and PX exclude each other"},
      {"SET k v KEEPTTL EX 5", "KEEPTTL and EX exclude each other"},
      {"SET k v EXAT 5", "EXAT needs a clock; write EX"},
      {"SET k v XN", "`XN` is no option of SET; did you mean `NX`?"},
      {"GETEX k PERSIST EX 5", "PERSIST and EX exclude each other"},
      {"GETEX k NX", "`NX` is no option of GETEX; did you mean `EX`?"},
      {"SETEX k 0 v", "SETEX: invalid expire time in 'setex' command; it takes a key, seconds and a value"},
      {"INCRBY k ten", "INCRBY: value is not an integer or out of range; it takes a key and a whole number"},
      {"EXPIRE k 5 NX GT",
       "EXPIRE: NX and XX, GT or LT options at the same time are not compatible; it takes a key, "
       "seconds, then NX, XX, GT or LT"},
      {"HSET h f 1 g",
       "HSET: wrong number of arguments for 'hset' command; it takes a key and fields, each with a value"},
      {"MSET a 1 b", "MSET: wrong number of arguments for 'mset' command; it takes keys, each with a value"},
      {"LMOVE a b LEFT UP",
       "LMOVE: syntax error; it takes the key to take from, the key to put to, LEFT or RIGHT, LEFT "
       "or RIGHT"},
      {"ZADD z NX XX 1 m",
       "ZADD: XX and NX options at the same time are not compatible; it takes a key, then NX or XX, GT "
       "or LT, CH, INCR, then scores, each with a member"},
      {"ZRANGE z a b BYLEX",
       "ZRANGE: BYLEX is not simulated; write BYSCORE, or a range of indexes; it takes a key, "
       "from, to, then BYSCORE, REV, LIMIT offset count, WITHSCORES"},
      {"EVAL \"return 1\" 2 k", "EVAL: `2` keys are announced, but 1 word follows"},
      {"EVAL \"return 1\" k", "EVAL: `k` must be the number of keys, which follow it"},
      {"EVAL \"return 1\" -1", "EVAL: `-1` must be the number of keys, which follow it"},
      {"EVAL \"return (\" 0", "the script does not compile: user_script:1: unexpected symbol near '<eof>'"},
      {"EVAL \"return redis.call('gte','k')\" 0", "the script calls unknown command `gte`; did you mean `GET`?"},
      {"EVAL \"return redis.pcall( 'TIME' )\" 0",
       "the script calls TIME reads a clock; take the time from the scenario"},
      {"EVAL \"return redis.call('watch','k')\" 0", "the script calls WATCH, which Redis refuses there"},
      {"EVAL \"return cjson.encode({})\" 0",
       "the script uses `cjson`, which is not simulated; hand it what it needs in ARGV"},
      {"EVAL \"local habit={x=1} return habit.x+bit.band(1,2)\" 0",
       "the script uses `bit`, which is not simulated; hand it what it needs in ARGV"},
      {"EVAL \"return math.random(3)\" 0",
       "the script uses `math.random`, which is not simulated: chance would have to be explored"},
      {"EVAL \"#!lua flags=no-writes\" 0",
       "a script with a first line of flags (#!lua …) is not simulated; leave it out"},
      {"KEYS *", "KEYS looks at all keys; name the keys, or keep them in a set"},
      {"multi", "MULTI begins a transaction, which is written as one step"},
      {"EXPIREAT k 1", "EXPIREAT needs a clock; write EXPIRE"},
      {"?", "a command begins with its name"}};
  for (const auto& [line, wanted] : told) {
    CAPTURE(line);
    CHECK(of(line) == wanted);
  }
  CHECK(mistake({}) == "a command begins with its name");
}

TEST_CASE("between MULTI and EXEC") {
  CHECK(mistake_in_transaction({{"WATCH"}, {"k"}}) ==
        "WATCH comes before the transaction: Redis refuses it between MULTI and EXEC");
  CHECK(mistake_in_transaction({{"GET"}}) == "wrong number of arguments for GET: it takes a key");
  CHECK(mistake_in_transaction({{"SET"}, {"k"}, {"v"}}) == "");
}

TEST_CASE("every command of the table says what it takes, and is found in any case") {
  for (const std::string& name : command_names()) {
    CAPTURE(name);
    const Kind* kind = find_command(name);
    REQUIRE(kind != nullptr);
    CHECK(!kind->takes.empty());
    CHECK(upper(name) == name);
    CHECK(!is_refused(name));
  }
  CHECK(find_command("get") == find_command("GET"));
}
