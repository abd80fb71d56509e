// Patterns with holes: K a key, V a value, N a whole number, R a number with a fraction, F a field or member, S a
// score, B a bound of scores, I an index, C a count, T a time in seconds, P in milliseconds, X a time
// that is none, W LEFT or RIGHT, L a script
// and what it is given.
#include "redis_commands.h"

#include <iterator>
#include <sstream>

namespace gapless::store::keyvalue {
namespace {

constexpr const char* patterns[] = {
    "GET K",
    "SET K V",
    "SET K V",
    "SET K V NX",
    "SET K V XX",
    "SET K V GET",
    "SET K V NX GET",
    "SET K V XX GET",
    "SET K V EX T",
    "set K V px P nx",
    "SET K V NX EX T",
    "SET K V KEEPTTL",
    "SET K V XX KEEPTTL GET",
    "SET K V EX X",
    "SET K V PX X NX",
    "SET K V NX XX",
    "SET K V EX T PX P",
    "SET K V EX T EX T",
    "SET K V KEEPTTL EX T",
    "SET K V EX",
    "SET K V PERSIST",
    "SETNX K V",
    "SETEX K T V",
    "PSETEX K P V",
    "SETEX K X V",
    "PSETEX K X V",
    "GETSET K V",
    "GETDEL K",
    "GETEX K",
    "GETEX K EX T",
    "GETEX K PX P",
    "GETEX K PERSIST",
    "GETEX K EX X",
    "GETEX K NX",
    "GETEX K PERSIST EX T",
    "APPEND K V",
    "STRLEN K",
    "INCR K",
    "DECR K",
    "INCRBY K N",
    "DECRBY K N",
    "INCRBYFLOAT K R",
    "MGET K K K",
    "MSET K V K V",
    "MSET K V K",
    "MSETNX K V K V",
    "MSETNX K V K",
    "DEL K",
    "DEL K K",
    "UNLINK K K",
    "EXISTS K K",
    "TYPE K",
    "EXPIRE K T",
    "EXPIRE K T",
    "EXPIRE K X",
    "EXPIRE K T NX",
    "EXPIRE K T XX",
    "EXPIRE K T GT",
    "EXPIRE K T LT",
    "EXPIRE K T XX GT",
    "EXPIRE K T XX LT",
    "EXPIRE K T NX GT",
    "EXPIRE K T GT LT",
    "EXPIRE K T FOO",
    "PEXPIRE K P",
    "PEXPIRE K -1",
    "PEXPIRE K X",
    "PEXPIRE K P GT",
    "PERSIST K",
    "TTL K",
    "PTTL K",
    "RENAME K K",
    "RENAMENX K K",
    "DBSIZE",
    "PING",
    "PING V",
    "ECHO V",
    "FLUSHALL",
    "FLUSHDB ASYNC",
    "FLUSHDB FOO",
    "HSET K F V",
    "HSET K F V F V",
    "HSET K F V F",
    "HMSET K F V F V",
    "HMSET K F V F",
    "HSETNX K F V",
    "HGET K F",
    "HMGET K F F",
    "HGETALL K",
    "HKEYS K",
    "HVALS K",
    "HDEL K F",
    "HDEL K F F",
    "HLEN K",
    "HEXISTS K F",
    "HSTRLEN K F",
    "HINCRBY K F N",
    "HINCRBYFLOAT K F R",
    "LPUSH K V",
    "RPUSH K V V V",
    "LPUSHX K V",
    "RPUSHX K V V",
    "LPOP K",
    "RPOP K",
    "LPOP K C",
    "RPOP K C",
    "LLEN K",
    "LPOP K C C",
    "LRANGE K I I",
    "LTRIM K I I",
    "LINDEX K I",
    "LSET K I V",
    "LREM K I V",
    "LMOVE K K W W",
    "RPOPLPUSH K K",
    "LMOVE K K W FOO",
    "SADD K F",
    "SADD K F F F",
    "SREM K F",
    "SREM K F F",
    "SISMEMBER K F",
    "SMISMEMBER K F F",
    "SCARD K",
    "SMEMBERS K",
    "SPOP K",
    "SPOP K C",
    "SPOP K C C",
    "SMOVE K K F",
    "ZADD K S F",
    "ZADD K S F S F",
    "ZADD K NX S F",
    "ZADD K XX S F",
    "ZADD K GT S F S F",
    "ZADD K LT CH S F",
    "ZADD K CH S F S F",
    "ZADD K INCR S F",
    "ZADD K NX INCR S F",
    "ZADD K XX INCR S F",
    "ZADD K GT INCR S F",
    "ZADD K LT INCR S F",
    "ZADD K NX XX S F",
    "ZADD K NX GT S F",
    "ZADD K GT LT S F",
    "ZADD K INCR S F S F",
    "ZADD K S",
    "ZADD K CH XX",
    "ZINCRBY K S F",
    "ZREM K F F",
    "ZSCORE K F",
    "ZCARD K",
    "ZRANK K F",
    "ZREVRANK K F",
    "ZRANGE K I I",
    "ZRANGE K I I WITHSCORES",
    "ZRANGE K B B BYSCORE",
    "ZRANGE K B B BYSCORE REV WITHSCORES",
    "ZRANGE K B B BYSCORE LIMIT I I",
    "ZRANGE K I I REV",
    "ZRANGE K I I LIMIT I I",
    "ZREVRANGE K I I WITHSCORES",
    "ZRANGEBYSCORE K B B",
    "ZRANGEBYSCORE K B B WITHSCORES LIMIT I I",
    "ZRANGEBYSCORE K B B REV",
    "ZREVRANGEBYSCORE K B B LIMIT I I WITHSCORES",
    "ZREVRANGE K I I REV",
    "ZCOUNT K B B",
    "ZPOPMIN K",
    "ZPOPMIN K C",
    "ZPOPMAX K",
    "ZPOPMAX K C",
    "ZPOPMIN K C C",
    "ZREMRANGEBYSCORE K B B",
    "ZREMRANGEBYRANK K I I",
    "STE K V",
    "BOGUS",
    "EVAL return 1",
    "EVAL return -1",
    "EVAL return abc",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
    "L",
};

constexpr const char* scripts[] = {
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end",
    "local v=redis.call('get',KEYS[1]) if v and tonumber(v)>=1 then return redis.call('decr',KEYS[1]) else return -1 "
    "end",
    "return redis.call('get',KEYS[1])",
    "return redis.call('get',KEYS[1])==false",
    "return redis.call('set',KEYS[1],ARGV[1])",
    "return redis.call('set',KEYS[1],ARGV[1],'NX')",
    "redis.call('set',KEYS[1],1) redis.call('incr',KEYS[2],'x') redis.call('set',KEYS[2],1)",
    "redis.call('set',KEYS[1],ARGV[1]) redis.call('incr',KEYS[1]) return 'done'",
    "local r=redis.pcall('incr',KEYS[1]) if type(r)=='table' then return r.err else return r end",
    "return redis.pcall('hset',KEYS[1],'f',ARGV[1])",
    "return redis.call('hset',KEYS[1],ARGV[1],3.5,'g',7)",
    "return {1,2,{'a',redis.call('exists',KEYS[1])},false,'b'}",
    "return {1,nil,3}",
    "return 3.99",
    "return -3.99",
    "return 1e300",
    "return true",
    "return false",
    "return",
    "return {ok='FINE'}",
    "return {err='MINE broken\\nhere'}",
    "return {err='broken'}",
    "return redis.error_reply('MINE text')",
    "return redis.error_reply('-MINE text')",
    "return redis.status_reply('GOOD')",
    "return redis.status_reply(1,2)",
    "return redis.error_reply({})",
    "error('boom')",
    "error({err='MINE from a table'})",
    "error('without place',0)",
    "local ok,e=pcall(redis.call,'incr',KEYS[1]) if ok then return e else return e end",
    "return select('#',pcall(redis.call,'incr',KEYS[1]))",
    "local ok,e=pcall(error,{code=1}) return type(e)",
    "local ok,e=xpcall(function() redis.call('incr',KEYS[1]) end,function(e) return e end) return type(e)",
    "local ok,e=pcall(error,'x') return {tostring(ok),e}",
    "local ok,e=pcall(function() error('x') end) return e",
    "return undefined_thing",
    "x = 1",
    "redis.y = 1",
    "string.z = 1",
    "return redis.nothing",
    "return nil .. 'x'",
    "local t = nil\nreturn t.x",
    "return redis.call('nosuch','a')",
    "return redis.call()",
    "return redis.call('set',KEYS[1],true)",
    "return redis.call('get')",
    "return redis.call('watch',KEYS[1])",
    "return redis.call('multi')",
    "return redis.call('EXEC')",
    "return redis.call('eval','return 1',0)",
    "return redis.pcall('get')",
    "this is no lua",
    "return (",
    "return redis.call('incrby',KEYS[1],10)",
    "return redis.call('lpush',KEYS[1],ARGV[1],2,2.5,1e20)",
    "return tostring(redis.call('zadd',KEYS[1],1.5,ARGV[1]))",
    "return redis.call('zscore',KEYS[1],ARGV[1])",
    "return redis.call('mget',KEYS[1],KEYS[2])",
    "local v=redis.call('incr',KEYS[1]) if v==1 then redis.call('expire',KEYS[1],60000) end return v",
    "return #KEYS*10+#ARGV",
    "return {KEYS[1],ARGV[1],ARGV[2],ARGV[3]}",
    "KEYS[1]='k9' return KEYS[1]",
    "return string.format('%d-%s-%5.2f',3,'x',1.005)",
    "return table.concat({1,2,'x'},',')",
    "return tonumber('0x10')",
    "return tonumber('abc')",
    "local s=0 for i,v in ipairs(ARGV) do s=s+#v end return s",
    "return math.floor(7.9)+math.max(1,3)",
    "return ('abc'):upper()",
    "return 10/3",
    "return 9007199254740993",
    "return redis.sha1hex('')",
    "return type(redis.call('set',KEYS[1],'a'))",
    "return redis.call('set',KEYS[1],'a').ok",
    "return redis.call('type',KEYS[1])['ok']",
    "redis.call('del',KEYS[1]) redis.call('rpush',KEYS[1],'a','b') return redis.call('lrange',KEYS[1],0,-1)",
    "return redis.call('rename',KEYS[1],KEYS[2])",
    "return redis.call('ping')",
    "return {redis.call('ping'),redis.pcall('incr',KEYS[1])}",
    "return redis.call('flushall')",
    "return select('#',unpack({1,2,3}))",
    "local function f(n) return f(n+1)+1 end return f(1)",
    "return string.rep('ab',3)",
    "return setmetatable({},{__index=function(t,k) return 5 end})[1]",
    "return setmetatable({},{__tostring=function() return 'me' end})",
    "return tostring(nil)..tostring(true)..tostring(1.0)..tostring(0.1)",
    "return next({})",
    "return redis.call('getex',KEYS[1],'ex',ARGV[1]..'000')",
    "return redis.call('expire',KEYS[1],ARGV[1]..'000')",
};

constexpr const char* values[] = {"0",
                                  "1",
                                  "5",
                                  "-3",
                                  "10",
                                  "abc",
                                  "1.5",
                                  "9223372036854775807",
                                  "-9223372036854775808",
                                  "",
                                  " 1",
                                  "1 ",
                                  "+5",
                                  "007",
                                  "-0",
                                  "inf",
                                  "nan",
                                  "0x10",
                                  "1e3",
                                  "3.0",
                                  "t1",
                                  "t2"};
constexpr const char* wholes[] = {"1",
                                  "2",
                                  "-1",
                                  "0",
                                  "5",
                                  "-10",
                                  "100",
                                  "9223372036854775807",
                                  "-9223372036854775808",
                                  "9223372036854775",
                                  "-9223372036854776",
                                  "abc",
                                  "1.5",
                                  "",
                                  "-0",
                                  "99999999999999999999"};
// Either refused, or over at once, or never over.
constexpr const char* no_times[] = {"0",
                                    "-1",
                                    "-100",
                                    "abc",
                                    "1.5",
                                    "",
                                    "9223372036854775807",
                                    "-9223372036854775808",
                                    "9223372036854775",
                                    "-9223372036854775",
                                    "-9223372036854776",
                                    "9223372036854776"};
constexpr const char* fractions[] = {"0.1", "1", "-2.5", "1e10",  "1e400", "abc",  "inf",    "3.14159",
                                     "nan", "",  "1e-5", "0x1p3", "100",   "-0.1", "1e4000", "1e4932"};
constexpr const char* fields[] = {"f", "g", "h", "m1", "m2", ""};
constexpr const char* scores[] = {"1", "2", "2.5", "-1", "0", "100", "1e20", "0.1", "inf", "-inf", "nan", "abc", "3"};
constexpr const char* bounds[] = {"-inf", "+inf", "(1", "1", "2", "(2.5", "0", "100", "abc", "", "(", "nan", " 1"};
constexpr const char* indexes[] = {"0", "1", "-1", "2", "-2", "5", "-5", "100", "abc", "-100"};
constexpr const char* counts[] = {"1", "2", "0", "3", "100", "-1", "abc"};
constexpr const char* sides[] = {"LEFT", "RIGHT", "left"};

// A time that is over in a moment would make the answers depend on how fast the server is.
bool in_time(const std::string& name) {
  return name == "EVAL" || name.starts_with("SET") || name == "set" || name == "GETEX" || name.ends_with("EX") ||
         name.ends_with("EXPIRE");
}

// The first letter of the keys that a command is meant for; * is any.
char home_of(const std::string& pattern) {
  for (const char* any : {"DEL", "UNL", "EXI", "TYP", "EXP", "PEX", "PER", "TTL", "PTT", "REN"})
    if (pattern.starts_with(any)) return '*';
  if (pattern == "L") return '*';
  if (pattern.starts_with("SE") || pattern.starts_with("ST")) return 's';
  switch (pattern[0]) {
    case 'H':
      return 'h';
    case 'L':
      return 'l';
    case 'R':
      return 'l';
    case 'S':
      return 'e';
    case 'Z':
      return 'z';
    default:
      return 's';
  }
}

}  // namespace

// The letter says what the key mostly holds.
const std::vector<std::string>& all_keys() {
  static const std::vector<std::string> keys = {"s1", "s2", "s3", "h1", "h2", "l1",   "l2",
                                                "e1", "e2", "z1", "z2", "k9", "lapse"};
  return keys;
}

std::string Commands::key() {
  std::string key = all_keys()[dice.below(11)];
  for (int i = 0; i < 3 && key[0] != focus_; ++i) key = all_keys()[dice.below(11)];
  return key;
}

Commands::Commands(std::uint64_t seed) : dice(seed), focus_("shlez"[dice.below(5)]) {}

// A game is mostly about keys of one type, so that there is something in them.
Command Commands::next() {
  std::string pattern = dice.any(patterns);
  for (int i = 0; i < 12 && home_of(pattern) != focus_ && (home_of(pattern) != '*' || dice.percent(70)); ++i)
    pattern = dice.any(patterns);
  if (pattern.starts_with("FLUSH") && dice.percent(80)) pattern = "PING";
  Command command = fill(pattern);
  if (dice.percent(3)) spoil(command);
  return command;
}

// Hashes mostly meet commands of hashes: SET and the like on any key would leave strings only.
Command Commands::fill(const std::string& pattern) {
  if (pattern == "L") {
    std::size_t keys = dice.below(4) == 0 ? dice.below(3) : 2;
    Command command = {"EVAL", dice.any(scripts), std::to_string(keys)};
    for (std::size_t i = 0; i < keys; ++i) command.push_back(key());
    for (std::size_t i = dice.below(3) + 1; i > 0; --i) command.push_back(word('V'));
    return command;
  }
  std::istringstream in(pattern);
  Command command;
  char home = home_of(pattern);
  for (std::string part; in >> part;) {
    std::string filled = part.size() == 1 ? word(part[0]) : part;
    bool at_home = home == '*' || filled[0] == home;
    for (int i = 0; part == "K" && !at_home && i < 6 && !dice.percent(3); ++i) {
      filled = key();
      at_home = filled[0] == home;
    }
    command.push_back(filled);
  }
  return command;
}

std::string Commands::word(char kind) {
  switch (kind) {
    case 'K':
      return key();
    case 'V':
      return dice.any(values);
    case 'N':
      return dice.any(wholes);
    case 'R':
      return dice.any(fractions);
    case 'F':
      return dice.any(fields);
    case 'S':
      return dice.any(scores);
    case 'B':
      return dice.any(bounds);
    case 'I':
      return dice.any(indexes);
    case 'C':
      return dice.any(counts);
    case 'W':
      return dice.any(sides);
    case 'X':
      return dice.any(no_times);
    case 'T':
      return time_to_live();
    case 'P':
      return time_to_live() + "000";
    default:
      return std::string(1, kind);
  }
}

// No two alike and all far apart, so that GT and LT do not depend on how fast the server is.
std::string Commands::time_to_live() { return std::to_string(100'000 + 1'000 * (++times_ * 7919 % 9973)); }

void Commands::spoil(Command& command) {
  std::size_t at = dice.below(command.size());
  if (dice.percent(40) && command.size() > 1)
    command.erase(command.begin() + static_cast<std::ptrdiff_t>(at));
  else if (dice.percent(50))
    command.push_back(dice.any(values));
  else if (at > 0 && !in_time(command[0]))
    command[at] = dice.any(values);
}

}  // namespace gapless::store::keyvalue
