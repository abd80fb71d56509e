-- QUO-03: dify max_active_requests: HLEN, then HSET
-- Source: github.com/langgenius/dify/issues/39177
-- Store: Redis
-- Invariant: not more active requests than the maximum; the slot of a crashed request is free again in the end
-- Shipped fix: none, the issue is open
-- Note: the residual (a crash between HSET and HDEL leaks a slot until its time is over) is `leak`; `lease` gives the slot a time,
--   which a request that is active for longer outlives.

scenario quo_03 "One request may be active, and two begin"

database redis redis { }
lock slot
faults none
faults crash <= 1

request generate() {

  variant buggy "count, then take"
      story "Both count no active request, and both begin."
      expect violated {
    let active = redis> HLEN active;
    if active.value >= 1 { respond 429; }
    redis> HSET active request:{me} 1;
    section generating { call model(1 AS requests); }
    redis> HDEL active request:{me};
  }

  variant leak "one script counts and takes"
      story "A crash between HSET and HDEL: the slot is taken for ever."
      expect violated with crash, holds {
    let mine = redis> EVAL "if redis.call('hlen', KEYS[1]) >= 1 then return 0 end return redis.call('hset', KEYS[1], ARGV[1], 1)"
                           1 active request:{me};
    if mine.value = 0 { respond 429; }
    section generating { call model(1 AS requests); }
    redis> HDEL active request:{me};
  }

  variant lease "the same, and the slots have an end"
      story "The time is over while the request is still active, and another begins."
      expect violated {
    let mine = redis> EVAL "if redis.call('hlen', KEYS[1]) >= 1 then return 0 end redis.call('hset', KEYS[1], ARGV[1], 1)
                            redis.call('expire', KEYS[1], 600) return 1" 1 active request:{me};
    if mine.value = 0 { respond 429; }
    section generating { call model(1 AS requests); }
    redis> HDEL active request:{me};
  }

  variant reference "the slot is a lock that is gone with its holder"
      expect holds {
    let mine = acquire slot(1) nowait;
    if NOT mine.acquired { respond 429; }
    section generating { call model(1 AS requests); }
    release slot(1);
  }
}

run generate() * 2

always  "one is active"     { SELECT count(*) <= 1 FROM sections WHERE section = 'generating' }
finally "no slot is leaked" { SELECT count(*) = 0 FROM redis }
