// What a keyspace asks of its Redis server in scripts of its own (keyspace.cc says why in scripts).
#pragma once

namespace gapless::live {

// KEYS: gapless:live. ARGV: our name, how many are wanted, how many the server has, our home or -1, what it is. Answers
// the home and the numbers taken; fewer than wanted: takes none.
inline constexpr const char* take_script = R"(
local taken, free = {}, {}
for number = tonumber(ARGV[3]) - 1, 0, -1 do
  if not redis.pcall('select', number).err then
    if redis.call('dbsize') == 0 then
      free[#free + 1] = number
    elseif redis.call('type', KEYS[1]).ok == 'hash' then
      for each in string.gmatch(redis.call('hget', KEYS[1], 'databases') or '', '%d+') do taken[tonumber(each)] = true end
    end
  end
end
local found, home = {}, tonumber(ARGV[4])
for _, number in ipairs(free) do
  if taken[number] then
  elseif home < 0 then
    home = number
  elseif #found < tonumber(ARGV[2]) then
    found[#found + 1] = number
  end
end
if #found < tonumber(ARGV[2]) then return {} end
redis.call('select', home)
local before = redis.call('hget', KEYS[1], 'databases') or ''
redis.call('hset', KEYS[1], 'owner', ARGV[1], 'databases', before .. table.concat(found, ' ') .. ' ', 'what', ARGV[5])
table.insert(found, 1, home)
return found
)";
inline constexpr const char* what_it_is =
    "gapless live: these databases were empty; they are emptied when no client is called as the owner";

// KEYS: gapless:live. ARGV: how many databases the server has. Answers homes, each with its owner behind it.
inline constexpr const char* homes_script = R"(
local found = {}
for number = 0, tonumber(ARGV[1]) - 1 do
  if not redis.pcall('select', number).err and redis.call('type', KEYS[1]).ok == 'hash' then
    local owner = redis.call('hget', KEYS[1], 'owner')
    if owner and redis.call('hexists', KEYS[1], 'databases') == 1 then
      found[#found + 1] = number
      found[#found + 1] = owner
    end
  end
end
return found
)";

// KEYS: gapless:live. ARGV: a home, its owner. Nothing is done where it has become somebody else's.
inline constexpr const char* release_script = R"(
redis.call('select', ARGV[1])
if redis.call('type', KEYS[1]).ok ~= 'hash' or redis.call('hget', KEYS[1], 'owner') ~= ARGV[2] then return 0 end
for each in string.gmatch(redis.call('hget', KEYS[1], 'databases'), '%d+') do
  redis.call('select', each)
  redis.call('flushdb')
end
redis.call('select', ARGV[1])
return redis.call('del', KEYS[1])
)";

inline constexpr const char* freeze_script = R"(
for _, key in ipairs(redis.call('keys', '*')) do
  local left = redis.call('pttl', key)
  if left >= 0 and left < tonumber(ARGV[1]) then redis.call('pexpire', key, ARGV[2]) end
end
return 0
)";

// Each key with its type, whether it has a time to live, and what it holds.
inline constexpr const char* dump_script = R"(
local found = {}
for _, key in ipairs(redis.call('keys', '*')) do
  local kind = redis.call('type', key).ok
  local value
  if kind == 'string' then value = {redis.call('get', key)}
  elseif kind == 'hash' then value = redis.call('hgetall', key)
  elseif kind == 'list' then value = redis.call('lrange', key, 0, -1)
  elseif kind == 'set' then value = redis.call('smembers', key)
  elseif kind == 'zset' then value = redis.call('zrange', key, 0, -1, 'withscores')
  else value = {} end
  found[#found + 1] = {key, kind, redis.call('pttl', key) >= 0 and 1 or 0, value}
end
return found
)";

}  // namespace gapless::live
