-- Accounts in Redis.
--
-- Seen only by `money is neither made nor lost`: decr_then_incr with a crash.
scenario transfer_redis "Two transfers of 60 from an account of 100 in Redis"

database redis redis { SET account:1 100; SET account:2 100; }

faults none;
faults crash <= 1;

request transfer(amount) {

  variant naive "GET and SET each account"
      story "Both read 100, both write 40; money is made."
      expect violated at every level {
    let giver = redis> GET account:1;
    if giver.value::int < amount { respond 402; }
    redis> SET account:1 {giver.value::int - amount};
    redis> INCRBY account:2 {amount};
    respond 200;
  }

  variant check_then_decr "GET and check, then DECRBY and INCRBY"
      story "DECRBY has no floor: the account ends at -20."
      expect violated at every level {
    let giver = redis> GET account:1;
    if giver.value::int < amount { respond 402; }
    redis> DECRBY account:1 {amount};
    redis> INCRBY account:2 {amount};
    respond 200;
  }

  variant decr_then_repair "DECRBY, below zero INCRBY it back, then the other account"
      story "Nothing is overdrawn for long. After a crash 60 are nowhere."
      expect holds at every level, violated at every level with crash {
    let left = redis> DECRBY account:1 {amount};
    if left.value < 0 {
      redis> INCRBY account:1 {amount};
      respond 402;
    }
    redis> INCRBY account:2 {amount};
    respond 200;
  }

  variant lua "check, debit and credit in one script"
      story "No loss."
      expect holds at every level {
    let done = redis> EVAL "if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return 0 end redis.call('decrby', KEYS[1], ARGV[1]) redis.call('incrby', KEYS[2], ARGV[1]) return 1" 2 account:1 account:2 {amount};
    if done.value = 0 { respond 402; }
    respond 200;
  }

  variant watch_multi_exec "WATCH, GET, MULTI, DECRBY and INCRBY, EXEC, and a second attempt"
      story "No loss."
      expect holds at every level {
    retry up to 2 {
      redis> WATCH account:1;
      let giver = redis> GET account:1;
      if giver.value::int < amount { redis> UNWATCH; respond 402; }
      redis> MULTI;
      redis> DECRBY account:1 {amount};
      redis> INCRBY account:2 {amount};
      let done = redis> EXEC;
      if NOT done.found { again; }
      respond 200;
    }
    respond 503;
  }

  variant exec_not_read "WATCH … EXEC, and nobody looks whether EXEC did anything"
      story "No money is made or lost; the customer is told that the transfer was done, and it was not."
      expect violated at every level {
    redis> WATCH account:1;
    let giver = redis> GET account:1;
    if giver.value::int < amount { redis> UNWATCH; respond 402; }
    redis> MULTI;
    redis> DECRBY account:1 {amount};
    redis> INCRBY account:2 {amount};
    redis> EXEC;
    respond 200;
  }

  variant multi_without_watch "GET and check, then MULTI, DECRBY and INCRBY, EXEC"
      story "Debit and credit are one step; the check stands before it."
      expect violated at every level {
    let giver = redis> GET account:1;
    if giver.value::int < amount { respond 402; }
    redis> MULTI;
    redis> DECRBY account:1 {amount};
    redis> INCRBY account:2 {amount};
    redis> EXEC;
    respond 200;
  }

  variant lock_and_delete "SET lock NX EX, GET, SET, INCRBY, DEL"
      story "The lease is over before the work is."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let giver = redis> GET account:1;
    if giver.value::int >= amount {
      redis> SET account:1 {giver.value::int - amount};
      redis> INCRBY account:2 {amount};
    }
    redis> DEL lock;
    if giver.value::int < amount { respond 402; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the work is, whoever deletes it; and a lock undoes nothing after a crash."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let giver = redis> GET account:1;
    if giver.value::int >= amount {
      redis> SET account:1 {giver.value::int - amount};
      redis> INCRBY account:2 {amount};
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    if giver.value::int < amount { respond 402; }
    respond 200;
  }
}

run transfer(60) * 2

finally "money is neither made nor lost" { SELECT sum(value::int) = 200 FROM redis WHERE key LIKE 'account:%' }
finally "no account is below zero"       { SELECT min(value::int) >= 0 FROM redis WHERE key LIKE 'account:%' }
finally "who was told 200 has transferred" {
  SELECT (SELECT value::int FROM redis WHERE key = 'account:2') >= 100 + 60 * (SELECT count(*) FROM responses WHERE status = '200')
}
finally "some transfer comes through" { SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('200', 'crashed')) }
