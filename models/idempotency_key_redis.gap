-- The idempotency key is in Redis. Two requests with the same key; one may crash.
--
-- Seen only by `claimed if and only if charged`: set_nx, hsetnx, sadd, lua with a crash. (That the second one is told
-- to come again is all right; that it is told so for ever is not.)
scenario idempotency_key_redis "Two requests with one idempotency key in Redis"

database redis redis { }

faults none;
faults crash <= 1;

request pay(key) {

  variant naive "GET the key, charge, SET it"
      story "Both find no key, both charge."
      expect violated at every level {
    let known = redis> GET key:{key};
    if known.found { respond 200; }
    call charge(key);
    redis> SET key:{key} paid;
    respond 200;
  }

  variant set_nx "SET key NX without an end, charge, SET it to paid"
      story "Charged once. A crash between the two, and the key says for ever that somebody is charging."
      expect holds at every level, violated at every level with crash {
    let mine = redis> SET key:{key} charging NX;
    if NOT mine.found { respond 409; }
    call charge(key);
    redis> SET key:{key} paid;
    respond 200;
  }

  variant set_nx_ex "SET key NX EX, charge, SET it to paid"
      story "The time to live gives back the key of a crashed one, and of a slow one: both charge."
      expect violated at every level {
    let mine = redis> SET key:{key} charging NX EX 90;
    if NOT mine.found { respond 409; }
    call charge(key);
    redis> SET key:{key} paid;
    respond 200;
  }

  variant set_nx_ex_with_provider_key "the same, and the provider gets the key, too"
      story "No loss: who takes over asks for the same charge."
      expect holds at every level {
    let mine = redis> SET key:{key} charging NX EX 90;
    if NOT mine.found { respond 409; }
    call charge(key) key (key);
    redis> SET key:{key} paid;
    respond 200;
  }

  variant setnx_then_expire "SETNX, EXPIRE, charge with the provider's key"
      story "A crash between SETNX and EXPIRE, and the key is claimed for ever."
      expect holds at every level, violated at every level with crash {
    let mine = redis> SETNX key:{key} charging;
    if mine.value = 0 { respond 409; }
    redis> EXPIRE key:{key} 90;
    call charge(key) key (key);
    redis> SET key:{key} paid;
    respond 200;
  }

  variant response_kept_for_a_day "SET NX, charge, SET paid EX 86400"
      story "The client comes again after that day, and is charged again."
      expect violated at every level {
    let mine = redis> SET key:{key} charging NX;
    if NOT mine.found { respond 409; }
    call charge(key);
    redis> SET key:{key} paid EX 86400;
    respond 200;
  }

  variant hsetnx "HSETNX keys"
      story "One field, one owner. A crash before the charge, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    let mine = redis> HSETNX key:all {key} charging;
    if mine.value = 0 { respond 409; }
    call charge(key);
    redis> HSET key:all {key} paid;
    respond 200;
  }

  variant sadd "SADD keys, and 1 means that it is mine"
      story "The set says once whose it is. A crash before the charge, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    let mine = redis> SADD key:all {key};
    if mine.value = 0 { respond 409; }
    call charge(key);
    respond 200;
  }

  variant sadd_after_charge "SISMEMBER, charge, SADD"
      story "The set notices the second one after its charge."
      expect violated at every level {
    let known = redis> SISMEMBER key:all {key};
    if known.value = 1 { respond 200; }
    call charge(key);
    redis> SADD key:all {key};
    respond 200;
  }

  variant lua "a script that looks and claims"
      story "The script is one step, the charge another: a crash fits between them."
      expect holds at every level, violated at every level with crash {
    let mine = redis> EVAL "if redis.call('exists', KEYS[1]) == 1 then return 0 end redis.call('set', KEYS[1], 'charging') return 1" 1 key:{key};
    if mine.value = 0 { respond 409; }
    call charge(key);
    redis> SET key:{key} paid;
    respond 200;
  }

  variant watch_multi_exec "WATCH, GET, MULTI, SET NX EX, EXEC, and the provider's key"
      story "No loss: EXEC says who claimed, the time to live gives a crashed claim back, the provider charges once."
      expect holds at every level {
    redis> WATCH key:{key};
    let known = redis> GET key:{key};
    if known.found { redis> UNWATCH; respond 409; }
    redis> MULTI;
    redis> SET key:{key} charging EX 90;
    let done = redis> EXEC;
    if NOT done.found { respond 409; }
    call charge(key) key (key);
    redis> SET key:{key} paid;
    respond 200;
  }

  variant exec_not_read "WATCH … EXEC, and nobody looks whether EXEC did anything"
      story "EXEC comes out nil, and the card is charged again."
      expect violated at every level {
    redis> WATCH key:{key};
    let known = redis> GET key:{key};
    if known.found { redis> UNWATCH; respond 409; }
    redis> MULTI;
    redis> SET key:{key} charging;
    redis> EXEC;
    call charge(key);
    respond 200;
  }

  variant multi_without_watch "GET and check, then MULTI … EXEC, charge"
      story "Both find no key, and both EXECs go through."
      expect violated at every level {
    let known = redis> GET key:{key};
    if known.found { respond 409; }
    redis> MULTI;
    redis> SET key:{key} charging;
    redis> RPUSH key:log {key};
    redis> EXEC;
    call charge(key);
    respond 200;
  }

  variant lock_and_delete "SET lock NX EX, look, charge, remember, DEL"
      story "The lease is over before the provider has answered."
      expect violated at every level {
    let lock = redis> SET lock:{key} {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let known = redis> GET key:{key};
    if NOT known.found {
      call charge(key);
      redis> SET key:{key} paid;
    }
    redis> DEL lock:{key};
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the provider has answered, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock:{key} {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let known = redis> GET key:{key};
    if NOT known.found {
      call charge(key);
      redis> SET key:{key} paid;
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:{key} {me};
    respond 200;
  }
}

run pay('order-7') * 2

always  "one key is charged at most once" { SELECT count(*) <= 1 FROM charge }
finally "claimed if and only if charged" {
  SELECT NOT EXISTS (SELECT 1 FROM redis WHERE key LIKE 'key:%') OR EXISTS (SELECT 1 FROM charge)
}
finally "the customer was charged" {
  SELECT EXISTS (SELECT 1 FROM charge) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
