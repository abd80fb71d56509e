-- subscription.gap with the status in Redis.
--
-- Seen only by the history `no charge after the cancellation was confirmed`: commutative, exec_after_charge. Only by
-- `no renewal is under way for ever`: lua_claim with a crash.
scenario subscription_redis "A renewal and a cancellation of a subscription in Redis"

database redis redis { HSET sub status active months 1; }

faults none;
faults crash <= 1;

request renew(id) {

  variant naive "HGET, charge, HSET"
      story "The cancellation is written over: charged after it, and active again."
      expect violated at every level {
    let sub = redis> HGET sub status;
    let months = redis> HGET sub months;
    if sub.value <> 'active' OR months.value::int > 1 { respond 409; }
    call charge(id);
    redis> HSET sub status active months {months.value::int + 1};
    respond 200;
  }

  variant commutative "HGET, charge, HINCRBY months, and the status left alone"
      story "The month is counted right, and the customer was charged after the cancellation."
      expect violated at every level {
    let sub = redis> HGET sub status;
    let months = redis> HGET sub months;
    if sub.value <> 'active' OR months.value::int > 1 { respond 409; }
    call charge(id);
    redis> HINCRBY sub months 1;
    respond 200;
  }

  variant exec_after_charge "WATCH, HGET, charge, MULTI, HINCRBY, EXEC"
      story "EXEC says that a cancellation came in between; the charge has been made."
      expect violated at every level {
    redis> WATCH sub;
    let status = redis> HGET sub status;
    let months = redis> HGET sub months;
    if status.value <> 'active' OR months.value::int > 1 { redis> UNWATCH; respond 409; }
    call charge(id);
    redis> MULTI;
    redis> HINCRBY sub months 1;
    let done = redis> EXEC;
    if NOT done.found { respond 409; }
    respond 200;
  }

  variant exec_not_read "the same, and nobody looks whether EXEC did anything"
      story "EXEC does nothing, and the answer is 200."
      expect violated at every level {
    redis> WATCH sub;
    let status = redis> HGET sub status;
    let months = redis> HGET sub months;
    if status.value <> 'active' OR months.value::int > 1 { redis> UNWATCH; respond 409; }
    call charge(id);
    redis> MULTI;
    redis> HINCRBY sub months 1;
    redis> EXEC;
    respond 200;
  }

  variant multi_without_watch "HGET, charge, MULTI, HSET both, EXEC"
      story "Status and months are written in one step, over the cancellation."
      expect violated at every level {
    let status = redis> HGET sub status;
    let months = redis> HGET sub months;
    if status.value <> 'active' OR months.value::int > 1 { respond 409; }
    call charge(id);
    redis> MULTI;
    redis> HSET sub status active;
    redis> HINCRBY sub months 1;
    redis> EXEC;
    respond 200;
  }

  variant watch_multi_exec "claim the renewal with WATCH … EXEC, then charge; run again, it goes on"
      story "No loss: active → renewing takes place or is told not to, and a crash is made good by the next run."
      expect holds at every level {
    redis> WATCH sub;
    let status = redis> HGET sub status;
    let months = redis> HGET sub months;
    if status.value NOT IN ('active', 'renewing') OR months.value::int > 1 { redis> UNWATCH; respond 409; }
    redis> MULTI;
    redis> HSET sub status renewing;
    let mine = redis> EXEC;
    if NOT mine.found { respond 409; }
    call charge(id) key (id);
    redis> HSET sub status active months 2;
    respond 200;
  }

  variant lua_claim "a script: active → renewing; charge; a script: renewing → active"
      story "Each script matches its from-state. A crash after the first: renewing for ever."
      expect holds at every level, violated at every level with crash {
    let mine = redis> EVAL "if redis.call('hget', KEYS[1], 'status') ~= 'active' or redis.call('hget', KEYS[1], 'months') ~= '1' then return 0 end redis.call('hset', KEYS[1], 'status', 'renewing') return 1" 1 sub;
    if mine.value = 0 { respond 409; }
    call charge(id);
    redis> EVAL "if redis.call('hget', KEYS[1], 'status') == 'renewing' then redis.call('hset', KEYS[1], 'status', 'active', 'months', '2') end return 1" 1 sub;
    respond 200;
  }

  variant lua_state_machine "the same, and who is run again goes on where it was left"
      story "No loss: the next run finds `renewing`, and asks for the same charge once more."
      expect holds at every level {
    let mine = redis> EVAL "if redis.call('hget', KEYS[1], 'status') == 'cancelled' or redis.call('hget', KEYS[1], 'months') ~= '1' then return 0 end redis.call('hset', KEYS[1], 'status', 'renewing') return 1" 1 sub;
    if mine.value = 0 { respond 409; }
    call charge(id) key (id);
    redis> EVAL "if redis.call('hget', KEYS[1], 'status') == 'renewing' then redis.call('hset', KEYS[1], 'status', 'active', 'months', '2') end return 1" 1 sub;
    respond 200;
  }

  variant hold_with_a_time "SET renewing NX EX, charge, SET; the cancellation looks for it"
      story "The time to live brings a crashed renewal back. It also ends under a slow charge, and the cancellation comes in."
      expect violated at every level {
    let hold = redis> SET renewing {me} NX EX 60;
    if NOT hold.found { respond 409; }
    let status = redis> HGET sub status;
    let months = redis> HGET sub months;
    if status.value = 'active' AND months.value::int = 1 {
      call charge(id) key (id);
      redis> HINCRBY sub months 1;
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 renewing {me};
    respond 200;
  }

  variant lock_and_delete "SET lock NX EX, HGET, charge, HSET, DEL"
      story "The lease is over before the charge is, and the cancellation comes in."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let status = redis> HGET sub status;
    let months = redis> HGET sub months;
    if status.value = 'active' AND months.value::int = 1 {
      call charge(id);
      redis> HSET sub status active months 2;
    }
    redis> DEL lock;
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the charge is, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let status = redis> HGET sub status;
    let months = redis> HGET sub months;
    if status.value = 'active' AND months.value::int = 1 {
      call charge(id);
      redis> HSET sub status active months 2;
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    respond 200;
  }
}

request cancel(id) {

  variant naive {
    let status = redis> HGET sub status;
    if status.value <> 'active' { respond 409; }
    redis> HSET sub status cancelled;
    effect cancelled(id);
    respond 200;
  }
  variant commutative {
    let done = redis> EVAL "if redis.call('hget', KEYS[1], 'status') ~= 'active' then return 0 end redis.call('hset', KEYS[1], 'status', 'cancelled') return 1" 1 sub;
    if done.value = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant exec_after_charge {
    let done = redis> EVAL "if redis.call('hget', KEYS[1], 'status') ~= 'active' then return 0 end redis.call('hset', KEYS[1], 'status', 'cancelled') return 1" 1 sub;
    if done.value = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant exec_not_read {
    let done = redis> EVAL "if redis.call('hget', KEYS[1], 'status') ~= 'active' then return 0 end redis.call('hset', KEYS[1], 'status', 'cancelled') return 1" 1 sub;
    if done.value = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant multi_without_watch {
    let done = redis> EVAL "if redis.call('hget', KEYS[1], 'status') ~= 'active' then return 0 end redis.call('hset', KEYS[1], 'status', 'cancelled') return 1" 1 sub;
    if done.value = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant watch_multi_exec {
    redis> WATCH sub;
    let status = redis> HGET sub status;
    if status.value <> 'active' { redis> UNWATCH; respond 409; }
    redis> MULTI;
    redis> HSET sub status cancelled;
    let done = redis> EXEC;
    if NOT done.found { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant lua_claim {
    let done = redis> EVAL "if redis.call('hget', KEYS[1], 'status') ~= 'active' then return 0 end redis.call('hset', KEYS[1], 'status', 'cancelled') return 1" 1 sub;
    if done.value = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant lua_state_machine {
    let done = redis> EVAL "if redis.call('hget', KEYS[1], 'status') ~= 'active' then return 0 end redis.call('hset', KEYS[1], 'status', 'cancelled') return 1" 1 sub;
    if done.value = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant hold_with_a_time {
    let hold = redis> SET renewing {me} NX EX 60;
    if NOT hold.found { respond 409; }
    redis> HSET sub status cancelled;
    effect cancelled(id);
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 renewing {me};
    respond 200;
  }
  variant lock_and_delete {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    redis> HSET sub status cancelled;
    effect cancelled(id);
    redis> DEL lock;
    respond 200;
  }
  variant compare_and_delete {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    redis> HSET sub status cancelled;
    effect cancelled(id);
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    respond 200;
  }
}

run job renew(1), cancel(1) * 1

always  "one renewal is charged once" { SELECT count(*) <= 1 FROM charge }
history "no charge after the cancellation was confirmed" {
  SELECT NOT EXISTS (SELECT 1 FROM cancelled c JOIN charge p ON c.position < p.position)
}
finally "who was charged has the month" {
  SELECT (SELECT value::int FROM redis WHERE key = 'sub' AND field = 'months') = 1 + (SELECT count(*) FROM charge)
}
finally "who cancelled stays cancelled" {
  SELECT NOT EXISTS (SELECT 1 FROM cancelled)
      OR (SELECT value FROM redis WHERE key = 'sub' AND field = 'status') = 'cancelled'
}
finally "no renewal is under way for ever" {
  SELECT (SELECT value FROM redis WHERE key = 'sub' AND field = 'status') <> 'renewing'
}
