-- The code is claimed in Redis, the order is written in PostgreSQL: no transaction spans both. Where claim and order are
-- both in Redis, one command or one script can do both.
--
-- Seen only by the relation between the two stores, `claimed if and only if granted`: incr_then_check, set_nx, sadd,
-- hsetnx, lua_claim, all with a crash. Only by `no lock is left`: setnx_then_expire.
scenario coupon_redis "Two orders use a code that is claimed in Redis"

database shop postgres {
  CREATE TABLE orders (code text NOT NULL, discount int NOT NULL);
  CREATE TABLE unique_orders (code text PRIMARY KEY);
}
database redis redis { }

faults none;
faults crash <= 1;

request order_with(code) {

  variant naive "GET, check, SET, order"
      story "Both find no claim."
      expect violated at every level {
    let claim = redis> GET claim:{code};
    if claim.found { respond 409; }
    redis> SET claim:{code} 1;
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant get_check_incr "GET the uses, check, INCR"
      story "Commitpulse #5932: an atomic INCR was reviewed into GET, check, INCR, and both come in."
      expect violated at every level {
    let uses = redis> GET claim:{code};
    if uses.found { respond 409; }
    redis> INCR claim:{code};
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant incr_then_check "INCR, and the first one it is"
      story "Counted once; a crash before the order, and the one use is spent on nothing."
      expect holds at every level, violated at every level with crash {
    let uses = redis> INCR claim:{code};
    if uses.value > 1 { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant incr_then_expire "INCR, EXPIRE, order"
      story "The counter is meant for a day and the code for ever: the day after, it is good again."
      expect violated at every level {
    let uses = redis> INCR claim:{code};
    if uses.value > 1 { respond 409; }
    redis> EXPIRE claim:{code} 86400;
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant set_nx "SET claim NX without an end"
      story "Claimed once; a crash before the order, and the coupon is gone for ever."
      expect holds at every level, violated at every level with crash {
    let claim = redis> SET claim:{code} {me} NX;
    if NOT claim.found { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant set_nx_ex "SET claim NX EX: the time to live brings a crashed claim back"
      story "It brings back the claim of a slow order, too: the claim is over, the next one claims, both order."
      expect violated at every level {
    let claim = redis> SET claim:{code} {me} NX EX 600;
    if NOT claim.found { respond 409; }
    let known = SELECT code FROM orders WHERE code = :code;
    if known.found { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant set_nx_ex_and_unique_key "the same, above a unique key"
      story "No loss: the claim keeps most away and gives itself back; what decides is the key."
      expect holds at every level {
    let claim = redis> SET claim:{code} {me} NX EX 600;
    if NOT claim.found { respond 409; }
    try {
      INSERT INTO unique_orders VALUES (:code);
    } catch unique_violation {
      respond 409;
    }
    respond 200;
  }

  variant sadd "SADD used, and 1 means that it is mine"
      story "Added once; a crash before the order, and the coupon is gone."
      expect holds at every level, violated at every level with crash {
    let added = redis> SADD claim:used {code};
    if added.value = 0 { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant sadd_not_read "SISMEMBER, then SADD whose reply nobody reads"
      story "The set holds the code once and does not say whose it is; two orders have the discount."
      expect violated at every level {
    let used = redis> SISMEMBER claim:used {code};
    if used.value = 1 { respond 409; }
    redis> SADD claim:used {code};
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant hsetnx "HSETNX claims"
      story "One field, one owner; a crash before the order, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    let mine = redis> HSETNX claim:owners {code} {me};
    if mine.value = 0 { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant lua_claim "a script that checks and claims"
      story "The script is one step, the order is another: between them there is room for a crash."
      expect holds at every level, violated at every level with crash {
    let mine = redis> EVAL "if redis.call('exists', KEYS[1]) == 1 then return 0 end redis.call('set', KEYS[1], 'used') return 1" 1 claim:{code};
    if mine.value = 0 { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant lua "a script that claims and orders, all in Redis"
      story "No loss: claim and order are in one store and one step."
      expect holds at every level {
    let mine = redis> EVAL "if redis.call('exists', KEYS[1]) == 1 then return 0 end redis.call('set', KEYS[1], 'used') redis.call('rpush', KEYS[2], ARGV[1]) return 1" 2 claim:{code} orders {code};
    if mine.value = 0 { respond 409; }
    respond 200;
  }

  variant watch_multi_exec "WATCH, GET, MULTI, SET and RPUSH, EXEC, all in Redis"
      story "No loss: EXEC does both or neither, and says which."
      expect holds at every level {
    redis> WATCH claim:{code};
    let claim = redis> GET claim:{code};
    if claim.found { redis> UNWATCH; respond 409; }
    redis> MULTI;
    redis> SET claim:{code} used;
    redis> RPUSH orders {code};
    let done = redis> EXEC;
    if NOT done.found { respond 409; }
    respond 200;
  }

  variant multi_without_watch "GET and check, then MULTI, SET and RPUSH, EXEC"
      story "Both writes are one step, in both requests."
      expect violated at every level {
    let claim = redis> GET claim:{code};
    if claim.found { respond 409; }
    redis> MULTI;
    redis> SET claim:{code} used;
    redis> RPUSH orders {code};
    redis> EXEC;
    respond 200;
  }

  variant watch_after_read "GET, WATCH, MULTI, EXEC"
      story "What was read before WATCH is not watched."
      expect violated at every level {
    let claim = redis> GET claim:{code};
    if claim.found { respond 409; }
    redis> WATCH claim:{code};
    redis> MULTI;
    redis> SET claim:{code} used;
    redis> RPUSH orders {code};
    let done = redis> EXEC;
    if NOT done.found { respond 409; }
    respond 200;
  }

  variant exec_not_read "WATCH … EXEC, the order in PostgreSQL, and nobody looks whether EXEC did anything"
      story "EXEC does nothing for the second one, who orders."
      expect violated at every level {
    redis> WATCH claim:{code};
    let claim = redis> GET claim:{code};
    if claim.found { redis> UNWATCH; respond 409; }
    redis> MULTI;
    redis> SET claim:{code} used;
    redis> EXEC;
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant lock_and_delete "SET lock NX EX, look, order, DEL"
      story "The lease is over before the order is written."
      expect violated at every level {
    let lock = redis> SET lock:{code} {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let known = SELECT code FROM orders WHERE code = :code;
    if NOT known.found { INSERT INTO orders VALUES (:code, 50); }
    redis> DEL lock:{code};
    if known.found { respond 409; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the order is written, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock:{code} {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let known = SELECT code FROM orders WHERE code = :code;
    if NOT known.found { INSERT INTO orders VALUES (:code, 50); }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:{code} {me};
    if known.found { respond 409; }
    respond 200;
  }

  variant compare_and_delete_and_unique_key "the same above a unique key"
      story "No loss: the lock spares the second one the work, the key decides."
      expect holds at every level {
    let lock = redis> SET lock:{code} {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let mine = INSERT INTO unique_orders VALUES (:code) ON CONFLICT DO NOTHING;
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:{code} {me};
    if mine.count = 0 { respond 409; }
    respond 200;
  }

  variant setnx_then_expire "SETNX and EXPIRE around the unique key"
      story "A crash between the two leaves a lock without an end: nobody ever uses the coupon."
      expect holds at every level, violated at every level with crash {
    let lock = redis> SETNX lock:{code} {me};
    if lock.value = 0 { respond 423; }
    redis> EXPIRE lock:{code} 10;
    let mine = INSERT INTO unique_orders VALUES (:code) ON CONFLICT DO NOTHING;
    redis> DEL lock:{code};
    if mine.count = 0 { respond 409; }
    respond 200;
  }

  variant lock_all_in_redis "SET lock NX EX around claim and order, both in Redis"
      story "The lease is over before the order is."
      expect violated at every level {
    let lock = redis> SET lock:{code} {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let claim = redis> GET claim:{code};
    if NOT claim.found {
      redis> SET claim:{code} used;
      redis> RPUSH orders {code};
    }
    redis> DEL lock:{code};
    if claim.found { respond 409; }
    respond 200;
  }

  variant compare_and_delete_all_in_redis "the same, and only the owner deletes the lock"
      story "The lease is over before the order is, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock:{code} {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let claim = redis> GET claim:{code};
    if NOT claim.found {
      redis> SET claim:{code} used;
      redis> RPUSH orders {code};
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:{code} {me};
    if claim.found { respond 409; }
    respond 200;
  }
}

run order_with('SAVE50') * 2

always  "one order at most has the discount" {
  SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM unique_orders)
       + (SELECT count(*) FROM redis WHERE key = 'orders') <= 1
}
finally "claimed if and only if granted" {
  SELECT NOT EXISTS (SELECT 1 FROM redis WHERE key LIKE 'claim:%') OR EXISTS (SELECT 1 FROM orders)
      OR EXISTS (SELECT 1 FROM unique_orders) OR EXISTS (SELECT 1 FROM redis WHERE key = 'orders')
}
finally "somebody got the discount" {
  SELECT EXISTS (SELECT 1 FROM orders) OR EXISTS (SELECT 1 FROM unique_orders)
      OR EXISTS (SELECT 1 FROM redis WHERE key = 'orders') OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM redis WHERE key LIKE 'lock:%') }
finally "who was told 200 has the discount" {
  SELECT (SELECT count(*) FROM responses WHERE status = '200')
      <= (SELECT count(*) FROM orders) + (SELECT count(*) FROM unique_orders) + (SELECT count(*) FROM redis WHERE key = 'orders')
}
