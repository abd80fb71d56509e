-- paid_flag.gap with the flag in Redis; days are counted from today.
--
-- Seen only by `every day that was granted is there`, while the date only ever grows: lua_max, zadd_gt.
scenario paid_flag_redis "A webhook and an administrator extend the same subscription in Redis"

database redis redis { SET pro 0; }

faults none;
faults crash <= 1;
faults duplicate <= 1;

request extend(event, days) {

  variant naive "GET, SET"
      story "Both GET 0, and the later SET is all that is left."
      expect violated at every level {
    let u = redis> GET pro;
    redis> SET pro {u.value::int + days};
    respond 200;
  }

  variant lua_max "GET, then a script that keeps the larger one"
      story "The script is atomic and MAX commutes; both targets come from one earlier read, and fourteen days are lost."
      expect violated at every level {
    let u = redis> GET pro;
    redis> EVAL "if tonumber(ARGV[1]) > tonumber(redis.call('get', KEYS[1])) then redis.call('set', KEYS[1], ARGV[1]) end return 1" 1 pro {u.value::int + days};
    respond 200;
  }

  variant zadd_gt "ZADD GT keeps the larger one"
      story "The same MAX, built in, and the same loss."
      expect violated at every level {
    let u = redis> ZSCORE dates user;
    redis> ZADD dates GT {coalesce(u.value, '0')::int + days} user;
    respond 200;
  }

  variant incrby "INCRBY"
      story "Nothing is lost. Received twice, given twice."
      expect holds at every level, violated at every level with duplicate {
    redis> INCRBY pro {days};
    respond 200;
  }

  variant sadd_then_incrby "SADD the event, then INCRBY"
      story "Each event once. A crash between the two, and the days are never given."
      expect holds at every level, violated at every level with crash {
    let mine = redis> SADD applied {event};
    if mine.value = 0 { respond 200; }
    redis> INCRBY pro {days};
    respond 200;
  }

  variant lua "SADD and INCRBY in one script"
      story "No loss: each event once, and both in one step."
      expect holds at every level {
    redis> EVAL "if redis.call('sadd', KEYS[1], ARGV[1]) == 1 then redis.call('incrby', KEYS[2], ARGV[2]) end return 1" 2 applied pro {event} {days};
    respond 200;
  }

  variant multi_without_watch "SISMEMBER, then MULTI, SADD and INCRBY, EXEC"
      story "Both writes in one step. Received twice at once, both find no event."
      expect holds at every level, violated at every level with duplicate {
    let known = redis> SISMEMBER applied {event};
    if known.value = 1 { respond 200; }
    redis> MULTI;
    redis> SADD applied {event};
    redis> INCRBY pro {days};
    redis> EXEC;
    respond 200;
  }

  variant watch_multi_exec "WATCH, SISMEMBER, MULTI, SADD and INCRBY, EXEC; delivered again where EXEC says no"
      story "No loss."
      expect holds at every level {
    redis> WATCH applied;
    let known = redis> SISMEMBER applied {event};
    if known.value = 1 { redis> UNWATCH; respond 200; }
    redis> MULTI;
    redis> SADD applied {event};
    redis> INCRBY pro {days};
    let done = redis> EXEC;
    if NOT done.found { respond 503; }
    respond 200;
  }

  variant exec_not_read "the same, and nobody looks whether EXEC did anything"
      story "EXEC comes out nil, the provider is told 200, and the days are gone."
      expect violated at every level {
    redis> WATCH applied;
    let known = redis> SISMEMBER applied {event};
    if known.value = 1 { redis> UNWATCH; respond 200; }
    redis> MULTI;
    redis> SADD applied {event};
    redis> INCRBY pro {days};
    redis> EXEC;
    respond 200;
  }

  variant set_add "HSET grants event days: the date is the sum"
      story "No loss: a hash of events is a set, adding twice is adding once, and the sum commutes."
      expect holds at every level {
    redis> HSET grants {event} {days};
    respond 200;
  }

  variant hsetnx_then_incrby "HSETNX the event, then INCRBY"
      story "Each event once. A crash between the two, and the days are never given."
      expect holds at every level, violated at every level with crash {
    let mine = redis> HSETNX applied_by {event} {days};
    if mine.value = 0 { respond 200; }
    redis> INCRBY pro {days};
    respond 200;
  }

  variant set_nx_ex_then_incrby "SET event NX EX, then INCRBY"
      story "The event is forgotten after a day, and the provider delivers for three: given twice."
      expect holds at every level, violated at every level with duplicate, violated at every level with crash {
    let mine = redis> SET event:{event} 1 NX EX 86400;
    if NOT mine.found { respond 200; }
    redis> INCRBY pro {days};
    respond 200;
  }

  variant lock_and_delete "SET lock NX EX, GET, SET, DEL"
      story "The lease is over before the write is."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 503; }
    let u = redis> GET pro;
    redis> SET pro {u.value::int + days};
    redis> DEL lock;
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the write is, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 503; }
    let u = redis> GET pro;
    redis> SET pro {u.value::int + days};
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    respond 200;
  }
}

run deliver extend('payment', 30) until 200 * 1, deliver extend('present', 14) until 200

finally "every day that was granted is there, and no other" {
  SELECT (SELECT value::int FROM redis WHERE key = 'pro') + (SELECT coalesce(sum(value::int), 0) FROM redis WHERE key IN ('grants', 'dates')) = 44
}
