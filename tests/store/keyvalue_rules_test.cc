// Rules of shared/semantics.md, and that our rules answer all that a real server was recorded to answer.
#include <doctest/doctest.h>

#include "keyvalue_transcript.h"

using namespace gapless::store;
using namespace gapless::store::keyvalue;

namespace {

void replay(std::initializer_list<const char*> of) {
  for (const char* part : of) {
    std::vector<Line> lines = played(part);
    REQUIRE(!lines.empty());
    for (const Line& line : lines) {
      CAPTURE(part);
      CAPTURE(line.text);
      CHECK(line.got == line.wanted);
    }
  }
}

std::string said(Table& table, std::size_t session, const std::string& line) {
  return as_python(table.say(session, words_of(line)));
}

Observation seen(const Database& database, const std::vector<Command>& commands, bool transaction = false) {
  return apply(database, {}, commands, transaction).observation;
}

}  // namespace

TEST_CASE("all of the transcript is played: 23 parts, 169 lines") {
  std::size_t lines = 0;
  for (const std::string& part : parts()) {
    std::vector<Line> all = played(part);
    lines += all.size();
    for (const Line& line : all) {
      CAPTURE(part);
      CAPTURE(line.text);
      CHECK(line.got == line.wanted);
    }
  }
  CHECK(parts().size() == 23);
  CHECK(lines == 169);
}

TEST_CASE("R-1: a command is atomic; counters have no floor; an overflow changes nothing") {
  replay({"R1", "R10"});
  Table table;
  CHECK(said(table, 1, "SET c 9223372036854775807") == "'OK'");
  Database before = table.database;
  CHECK(said(table, 1, "INCRBY c 1") == "'ERR<ERR increment or decrement would overflow>'");
  CHECK(table.database == before);
  CHECK(said(table, 1, "DECRBY absent -9223372036854775808") == "'ERR<ERR decrement would overflow>'");
  CHECK(said(table, 1, "HINCRBY h f -7") == "-7");
  CHECK(said(table, 1, "HSET h t word") == "1");
  CHECK(said(table, 1, "HINCRBY h t 1") == "'ERR<ERR hash value is not an integer>'");
}

TEST_CASE("R-2: a lock whose time is over is taken by another, and a late DEL takes it away again") {
  replay({"R2", "R2b", "R11"});
  Table table;
  CHECK(said(table, 1, "SET lock s1 NX PX 50") == "'OK'");
  CHECK(expirable(table.database) == std::vector<std::string>{"lock"});
  CHECK(said(table, 2, "SET lock s2 NX PX 50") == "None");
  CHECK(said(table, 2, "GET lock") == "'s1'");
  Expired expired = expire(table.database, "lock");
  CHECK(expired.database == Database{});
  CHECK(expired.event.touched == std::set<std::string>{"lock"});
  CHECK_THROWS(expire(expired.database, "lock"));
}

TEST_CASE("R-3: what sets a time to live, what keeps it, what drops it") {
  replay({"R3", "R7", "R8"});
  const std::pair<const char*, bool> keeps[] = {
      {"INCR k", true},           {"APPEND k 0", true},  {"SET k 3 KEEPTTL", true},  {"SET k 3", false},
      {"SET k 3 XX GET", false},  {"GETSET k 4", false}, {"MSET k 4", false},        {"PERSIST k", false},
      {"GETEX k PERSIST", false}, {"GETEX k", true},     {"INCRBYFLOAT k 0.5", true}};
  for (const auto& [line, kept] : keeps) {
    CAPTURE(line);
    Table table;
    said(table, 1, "SET k 1 EX 100");
    CHECK(said(table, 1, "TTL k") == "100");
    CHECK(said(table, 1, line).find("ERR") == std::string::npos);
    CHECK(said(table, 1, "PTTL k") == (kept ? "100000" : "-1"));
    CHECK(expirable(table.database).size() == (kept ? 1 : 0));
  }
  Table table;
  said(table, 1, "HSET h f 1");
  said(table, 1, "PEXPIRE h 1500");
  said(table, 1, "HSET h f 2");
  CHECK(said(table, 1, "PTTL h") == "1500");
  CHECK(said(table, 1, "TTL h") == "2");
  CHECK(said(table, 1, "RENAME h g") == "'OK'");
  CHECK(said(table, 1, "PTTL g") == "1500");
  CHECK(said(table, 1, "EXPIRE g -9000000000000000000") == "\"ERR<ERR invalid expire time in 'expire' command>\"");
  CHECK(said(table, 1, "EXPIRE g 0") == "1");
  CHECK(said(table, 1, "EXISTS g") == "0");
  CHECK(said(table, 1, "SET k v PX 0") == "\"ERR<ERR invalid expire time in 'set' command>\"");
  CHECK(said(table, 1, "EXISTS k") == "0");
}

TEST_CASE("R-4: WATCH hears of every touch, and of nothing else") {
  replay({"R4", "R4b", "R4c", "R4d", "R4e", "R4f", "R4g", "R4h", "R4i", "R4j", "R4k"});
  const std::pair<const char*, bool> touches[] = {{"SET s 1", true},
                                                  {"SETNX s 1", false},
                                                  {"DEL absent", false},
                                                  {"DEL s", true},
                                                  {"SADD e a", false},
                                                  {"SADD e b", true},
                                                  {"SREM e b", false},
                                                  {"HSETNX h f 1", false},
                                                  {"HSET h f 1", true},
                                                  {"HDEL h g", false},
                                                  {"PERSIST s", false},
                                                  {"EXPIRE s 5", true},
                                                  {"EXPIRE s 5 XX", false},
                                                  {"LTRIM l 0 -1", true},
                                                  {"LREM l 0 no", false},
                                                  {"ZADD z 1 m", false},
                                                  {"ZADD z 2 m", true},
                                                  {"ZADD z GT 0 m", false},
                                                  {"ZINCRBY z 0 m", false},
                                                  {"GET s", false},
                                                  {"GETEX s", false},
                                                  {"GETEX s PERSIST", false},
                                                  {"RENAME s s", false},
                                                  {"RENAME l s", true},
                                                  {"RENAME s elsewhere", true},
                                                  {"SMOVE e e a", false},
                                                  {"LMOVE l l LEFT RIGHT", true},
                                                  {"MSETNX s 1 n 2", false},
                                                  {"FLUSHALL", true},
                                                  {"INCR h", false},
                                                  {"SET absent 1 XX", false},
                                                  {"LPUSHX absent 1", false},
                                                  {"RPOPLPUSH absent l", false}};
  for (const auto& [line, touched] : touches) {
    CAPTURE(line);
    Table table;
    for (const char* make : {"SET s 1", "SADD e a", "HSET h f 1", "RPUSH l a b", "ZADD z 1 m"}) said(table, 2, make);
    said(table, 1, "WATCH s e h l z absent n");
    said(table, 2, line);
    CHECK(table.sessions[1].touched == touched);
    CHECK(table.sessions[1].watched.empty() == touched);
    said(table, 1, "MULTI");
    said(table, 1, "PING");
    CHECK(said(table, 1, "EXEC") == (touched ? "None" : "['PONG']"));
    CHECK(table.sessions[1] == Session{});
  }
}

TEST_CASE("R-4: what moves touches where it was and where it comes") {
  for (const char* line : {"RENAME from to", "RENAMENX from to", "SMOVE from to a", "LMOVE from to LEFT LEFT"})
    for (const char* watched : {"from", "to"}) {
      CAPTURE(line);
      CAPTURE(watched);
      Table table;
      said(table, 2, line[0] == 'L' ? "RPUSH from a b" : "SADD from a b");
      said(table, 1, std::string("WATCH ") + watched);
      said(table, 2, line);
      CHECK(table.sessions[1].touched);
    }
  Table table;
  said(table, 2, "SADD from a");
  said(table, 2, "SADD to a");
  said(table, 1, "WATCH to");
  said(table, 2, "SMOVE from to a");
  CHECK(!table.sessions[1].touched);
}

TEST_CASE("R-4: once told, a session watches nothing more, and UNWATCH forgives") {
  Table table;
  said(table, 1, "WATCH a");
  said(table, 2, "SET a 1");
  said(table, 1, "WATCH b");
  CHECK(table.sessions[1] == Session{{}, true});
  said(table, 1, "UNWATCH");
  CHECK(table.sessions[1] == Session{});
  said(table, 1, "WATCH a b");
  said(table, 1, "WATCH c");
  CHECK(table.sessions[1].watched == std::set<std::string>{"a", "b", "c"});
}

TEST_CASE("R-5: EXEC runs what it can; a command that cannot be one discards all") {
  replay({"R5"});
  Database database;
  Applied applied = apply(database, {{"x"}, false}, {{"SET", "a", "1"}, {"INCR"}}, true);
  CHECK(applied.observation.error_condition == "redis_execabort");
  CHECK(applied.observation.error_message == "EXECABORT Transaction discarded because of previous errors.");
  CHECK(applied.database == database);
  CHECK(applied.session == Session{});
  CHECK(applied.event.identity());
  // Before it is a matter of watches.
  CHECK(apply(database, {{}, true}, {{"NOSUCH"}}, true).observation.error_condition == "redis_execabort");
}

TEST_CASE("R-6: a script is one command; what it wrote before an error stays") {
  replay({"R6", "R6b"});
  Table table;
  CHECK(said(table, 1, "EVAL \"redis.call('set',KEYS[1],'1') error('no')\" 1 k").find("user_script:1: no") !=
        std::string::npos);
  CHECK(said(table, 1, "GET k") == "'1'");
  said(table, 2, "WATCH k");
  CHECK(said(table, 1, "EVAL \"return redis.call('incr',KEYS[1])\" 1 k") == "2");
  CHECK(table.sessions[2].touched);
}

TEST_CASE("R-6: a script that does not end is ended, whatever it catches") {
  for (const char* script : {"while true do end", "while true do pcall(function() while true do end end) end",
                             "local t={} t[1]=t return t", "local s='x' while true do s=s..s end",
                             "return string.rep('x',1e9)", "local function f() return f()+1 end return f()"}) {
    CAPTURE(script);
    Observation observation = seen({}, {{"EVAL", script, "0"}});
    bool failed = observation.failed() || observation.rows.size() == 1;
    CHECK(failed);
    Observation again = seen({}, {{"EVAL", script, "0"}});
    CHECK(again == observation);
  }
  CHECK(seen({}, {{"EVAL", "while true do end", "0"}}).error_message.find("was ended") != std::string::npos);
  CHECK(seen({}, {{"EVAL", "return string.rep('x',1e9)", "0"}}).error_message.find("not enough memory") !=
        std::string::npos);
}

TEST_CASE("R-6: nothing in a script depends on chance, time or addresses") {
  for (const char* gone :
       {"os", "io", "coroutine", "require", "loadstring", "dofile", "collectgarbage", "newproxy", "debug"}) {
    CAPTURE(gone);
    CHECK(seen({}, {{"EVAL", std::string("return ") + gone, "0"}}).error_message.find("nonexistent global") !=
          std::string::npos);
  }
  CHECK(seen({}, {{"EVAL", "return math.random", "0"}}).rows.empty());
  CHECK(to_string(seen({}, {{"EVAL", "return tostring({})..tostring(print or 1)", "0"}})).find("0x") ==
        std::string::npos);
  CHECK(seen({}, {{"EVAL", "local t={[{}]=1} for k in pairs(t) do return 1 end", "0"}}).failed());
  CHECK(seen({}, {{"EVAL", "return redis.call('time')", "0"}}).error_message.find("TIME is not simulated") !=
        std::string::npos);
}

TEST_CASE("R-7: what returns whether it was the first; what claims") {
  replay({"R12"});
  Table table;
  CHECK(said(table, 1, "SADD seen o1 o2 o1") == "2");
  CHECK(said(table, 2, "ZADD z NX 5 m") == "1");
  CHECK(said(table, 1, "ZADD z NX 6 m") == "0");
  CHECK(said(table, 1, "ZSCORE z m") == "'5'");
  said(table, 1, "RPUSH q a b");
  CHECK(said(table, 1, "LPOP q") == "'a'");
  CHECK(said(table, 2, "LPOP q") == "'b'");
  CHECK(said(table, 1, "LPOP q") == "None");
  said(table, 1, "SET k v");
  CHECK(said(table, 1, "GETDEL k") == "'v'");
  CHECK(said(table, 2, "GETDEL k") == "None");
  // By chance in Redis: the first here.
  CHECK(said(table, 1, "SPOP seen") == "'o1'");
}

TEST_CASE("R-8: what waits is refused, with what to write instead") {
  for (const char* name : {"BLPOP", "BRPOP", "BLMOVE", "BZPOPMIN", "SUBSCRIBE"})
    CHECK(mistake({{name}, {"k"}, {"0"}}).find("waits") != std::string::npos);
  CHECK(mistake({{"BLPOP"}, {"q"}, {"0"}}) ==
        "BLPOP waits; write LPOP, and what the actor does when it comes out empty");
}
