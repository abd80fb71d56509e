-- A limit of two requests at a time that is counted in Redis. Three come; one of them gives its slot back.
-- Dify #39177 (HLEN, then HSET), commitpulse #5932 (INCR made into GET, check, INCR).
--
-- Seen only by `no slot is left taken`: hash_of_requests and incr_decr with a crash. Only by `who is refused was one too
-- many`: incr_without_repair.
scenario resource_limit_redis "Three requests want one of two slots in Redis"

database redis redis { }

faults none;
faults crash <= 1;

request work(id) {

  variant get_check_incr "GET, check, INCR"
      story "Two see one slot taken, and three are at work."
      expect violated at every level {
    let used = redis> GET slots;
    if coalesce(used.value, '0')::int >= 2 { respond 429; }
    redis> INCR slots;
    section at_work {
      redis> PING;
    }
    redis> DECR slots;
    respond 200;
  }

  variant incr_without_repair "INCR; too many are refused, and stay counted"
      story "Never more than two; but who was refused holds a slot for ever."
      expect violated at every level {
    let used = redis> INCR slots;
    if used.value > 2 { respond 429; }
    section at_work {
      redis> PING;
    }
    redis> DECR slots;
    respond 200;
  }

  variant incr_decr "INCR, and DECR on every way out"
      story "Never more than two. A crash leaves its slot taken for ever."
      expect holds at every level, violated at every level with crash {
    let used = redis> INCR slots;
    if used.value > 2 {
      redis> DECR slots;
      respond 429;
    }
    section at_work {
      redis> PING;
    }
    redis> DECR slots;
    respond 200;
  }

  variant hlen_then_hset "HLEN, check, HSET, and HDEL in the end"
      story "Two count one, and three are at work."
      expect violated at every level {
    let used = redis> HLEN active;
    if used.value >= 2 { respond 429; }
    redis> HSET active {id} 1;
    section at_work {
      redis> PING;
    }
    redis> HDEL active {id};
    respond 200;
  }

  variant hash_by_lua "HLEN and HSET in one script"
      story "Never more than two. A crash leaves its field for ever."
      expect holds at every level, violated at every level with crash {
    let mine = redis> EVAL "if redis.call('hlen', KEYS[1]) >= 2 then return 0 end return redis.call('hset', KEYS[1], ARGV[1], 1)" 1 active {id};
    if mine.value = 0 { respond 429; }
    section at_work {
      redis> PING;
    }
    redis> HDEL active {id};
    respond 200;
  }

  variant set_add "SADD, then SCARD; too many take themselves out"
      story "Each adds itself before it counts: never more than two, but three at once may all be refused."
      expect violated at every level {
    redis> SADD active {id};
    let used = redis> SCARD active;
    if used.value > 2 {
      redis> SREM active {id};
      respond 429;
    }
    section at_work {
      redis> PING;
    }
    redis> SREM active {id};
    respond 200;
  }

  variant watch_multi_exec "WATCH, GET, MULTI, INCR, EXEC, and two more attempts"
      story "Never more than two. A crash leaves its slot taken."
      expect holds at every level, violated at every level with crash {
    retry up to 3 {
      redis> WATCH slots;
      let used = redis> GET slots;
      if coalesce(used.value, '0')::int >= 2 { redis> UNWATCH; respond 429; }
      redis> MULTI;
      redis> INCR slots;
      let done = redis> EXEC;
      if NOT done.found { again; }
      section at_work {
        redis> PING;
      }
      redis> DECR slots;
      respond 200;
    }
    respond 503;
  }

  variant slot_with_a_time "two keys, SET NX EX, compare and delete"
      story "No slot is left after a crash, and none is overbooked, except by work that takes longer than its slot lives."
      expect violated at every level {
    let first = redis> SET slot:1 {id} NX EX 60;
    if NOT first.found {
      let second = redis> SET slot:2 {id} NX EX 60;
      if NOT second.found { respond 429; }
    }
    section at_work {
      redis> PING;
    }
    redis> EVAL "for i = 1, 2 do if redis.call('get', KEYS[i]) == ARGV[1] then redis.call('del', KEYS[i]) end end return 1" 2 slot:1 slot:2 {id};
    respond 200;
  }

  variant multi_without_watch "GET and check, then MULTI, INCR and RPUSH, EXEC"
      story "Counter and log are one step; the check stands before it."
      expect violated at every level {
    let used = redis> GET slots;
    if coalesce(used.value, '0')::int >= 2 { respond 429; }
    redis> MULTI;
    redis> INCR slots;
    redis> RPUSH log {id};
    redis> EXEC;
    section at_work {
      redis> PING;
    }
    redis> DECR slots;
    respond 200;
  }

  variant exec_not_read "WATCH … EXEC, and nobody looks whether EXEC did anything"
      story "EXEC comes out nil, and the third is at work; then it gives back a slot that it never had."
      expect violated at every level {
    redis> WATCH slots;
    let used = redis> GET slots;
    if coalesce(used.value, '0')::int >= 2 { redis> UNWATCH; respond 429; }
    redis> MULTI;
    redis> INCR slots;
    redis> EXEC;
    section at_work {
      redis> PING;
    }
    redis> DECR slots;
    respond 200;
  }

  variant numbered_slots "two keys, SET NX without an end, DEL"
      story "A slot is a key and is taken once. A crash leaves it taken for ever."
      expect holds at every level, violated at every level with crash {
    let first = redis> SET slot:1 {id} NX;
    if NOT first.found {
      let second = redis> SET slot:2 {id} NX;
      if NOT second.found { respond 429; }
    }
    section at_work {
      redis> PING;
    }
    if first.found { redis> DEL slot:1; } else { redis> DEL slot:2; }
    respond 200;
  }

  variant lock_and_delete "SET lock NX EX around HLEN and HSET, DEL"
      story "The lease is over between HLEN and HSET, and the next one counts the same."
      expect violated at every level {
    let lock = redis> SET lock {id} NX EX 10;
    if NOT lock.found { respond 423; }
    let used = redis> HLEN active;
    if used.value < 2 { redis> HSET active {id} 1; }
    redis> DEL lock;
    if used.value >= 2 { respond 429; }
    section at_work {
      redis> PING;
    }
    redis> HDEL active {id};
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over between HLEN and HSET, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {id} NX EX 10;
    if NOT lock.found { respond 423; }
    let used = redis> HLEN active;
    if used.value < 2 { redis> HSET active {id} 1; }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {id};
    if used.value >= 2 { respond 429; }
    section at_work {
      redis> PING;
    }
    redis> HDEL active {id};
    respond 200;
  }
}

run work(1), work(2), work(3)

always  "never more than two at work" { SELECT count(*) <= 2 FROM sections }
finally "no slot is left taken" {
  SELECT NOT EXISTS (SELECT 1 FROM redis WHERE key = 'active' OR key LIKE 'slot:%' OR key = 'slots' AND value <> '0')
}
finally "somebody worked" { SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('200', 'crashed')) }
