-- withdraw.gap with the balance in Redis. (A lock in Redis around a balance in PostgreSQL: redis_lock.gap,
-- redis_lease.gap.)
--
-- decr_then_repair with a crash, and check_then_decr, are seen only by what the account and the payments say together:
-- nobody looks at a counter's sign.
scenario withdraw_redis "Two withdrawals of 60 race for a balance of 100 in Redis"

database redis redis { SET balance 100; SET version 0; }

faults none;
faults crash <= 1;

request withdraw(amount) {

  variant naive "GET, check, SET"
      story "Both GET 100, both pay out 60, both SET 40."
      expect violated at every level {
    let balance = redis> GET balance;
    if balance.value::int < amount { respond 400; }
    redis> SET balance {balance.value::int - amount};
    effect paid(amount);
    respond 200;
  }

  variant check_then_decr "GET, check, DECRBY"
      story "DECRBY is atomic and has no floor: both have seen 100, and it ends at -20."
      expect violated at every level {
    let balance = redis> GET balance;
    if balance.value::int < amount { respond 400; }
    redis> DECRBY balance {amount};
    effect paid(amount);
    respond 200;
  }

  variant decr_then_repair "DECRBY first; below zero INCRBY it back"
      story "Nobody is paid twice. A crash between DECRBY and INCRBY takes 60 from the customer for ever."
      expect holds at every level, violated at every level with crash {
    let left = redis> DECRBY balance {amount};
    if left.value < 0 {
      redis> INCRBY balance {amount};
      respond 400;
    }
    effect paid(amount);
    respond 200;
  }

  variant lua "check and decrement in one script"
      story "No loss: a script is one step."
      expect holds at every level {
    let left = redis> EVAL "if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return -1 end return redis.call('decrby', KEYS[1], ARGV[1])" 1 balance {amount};
    if left.value < 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }

  variant watch_multi_exec "WATCH, GET, MULTI, DECRBY, EXEC, and a second attempt"
      story "No loss: EXEC does nothing if the balance was touched since WATCH, and says so."
      expect holds at every level {
    retry up to 2 {
      redis> WATCH balance;
      let balance = redis> GET balance;
      if balance.value::int < amount { redis> UNWATCH; respond 400; }
      redis> MULTI;
      redis> DECRBY balance {amount};
      let done = redis> EXEC;
      if NOT done.found { again; }
      effect paid(amount);
      respond 200;
    }
    respond 409;
  }

  variant watch_without_retry "the same, once"
      story "No loss: who comes in between is told to come again (with two that are both affordable, one would be refused)."
      expect holds at every level {
    redis> WATCH balance;
    let balance = redis> GET balance;
    if balance.value::int < amount { redis> UNWATCH; respond 400; }
    redis> MULTI;
    redis> DECRBY balance {amount};
    let done = redis> EXEC;
    if NOT done.found { respond 409; }
    effect paid(amount);
    respond 200;
  }

  variant exec_not_read "WATCH … EXEC, and nobody looks whether EXEC did anything"
      story "EXEC comes out nil, and the money leaves."
      expect violated at every level {
    redis> WATCH balance;
    let balance = redis> GET balance;
    if balance.value::int < amount { redis> UNWATCH; respond 400; }
    redis> MULTI;
    redis> DECRBY balance {amount};
    redis> EXEC;
    effect paid(amount);
    respond 200;
  }

  variant watch_after_read "GET, WATCH, MULTI, DECRBY, EXEC"
      story "WATCH looks forward: what was read before it may already be stale."
      expect violated at every level {
    let balance = redis> GET balance;
    if balance.value::int < amount { respond 400; }
    redis> WATCH balance;
    redis> MULTI;
    redis> DECRBY balance {amount};
    let done = redis> EXEC;
    if NOT done.found { respond 409; }
    effect paid(amount);
    respond 200;
  }

  variant multi_without_watch "GET and check, then MULTI … EXEC: a transaction without a lock"
      story "MULTI makes the writes one step; the check stands before it."
      expect violated at every level {
    let balance = redis> GET balance;
    if balance.value::int < amount { respond 400; }
    redis> MULTI;
    redis> SET balance {balance.value::int - amount};
    redis> RPUSH payments {amount};
    redis> EXEC;
    effect paid(amount);
    respond 200;
  }

  variant lock_and_delete "SET NX EX, GET, SET, DEL"
      story "The lease is over before the work is."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let balance = redis> GET balance;
    if balance.value::int < amount { redis> DEL lock; respond 400; }
    redis> SET balance {balance.value::int - amount};
    effect paid(amount);
    redis> DEL lock;
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the work is, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let balance = redis> GET balance;
    if balance.value::int >= amount {
      redis> SET balance {balance.value::int - amount};
      effect paid(amount);
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    if balance.value::int < amount { respond 400; }
    respond 200;
  }

  variant lock_and_fence "the write is a script that wants the lock to be still one's own"
      story "No loss: lock and balance are in one store, so that comparing the owner and writing are one step. Whose lease ended comes again."
      expect holds at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let balance = redis> GET balance;
    if balance.value::int < amount { respond 400; }
    let done = redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('set', KEYS[2], ARGV[2]) redis.call('del', KEYS[1]) return 1 end return 0" 2 lock balance {me} {balance.value::int - amount};
    if done.value = 0 { respond 409; }
    effect paid(amount);
    respond 200;
  }
}

run withdraw(60) * 2

always  "no more is paid out than there was" { SELECT coalesce(sum(amount), 0) <= 100 FROM paid }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT value::int FROM redis WHERE key = 'balance') = (SELECT coalesce(sum(amount), 0) FROM paid)
}
finally "somebody is paid, or told to come again" {
  SELECT EXISTS (SELECT 1 FROM paid) OR EXISTS (SELECT 1 FROM responses WHERE status IN ('423', '409', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM redis WHERE key = 'lock') }
