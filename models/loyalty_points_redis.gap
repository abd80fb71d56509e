-- loyalty_points.gap with the points in Redis. Two orders spend 60 and 45 of 100; one may be sent again.
--
-- Seen only by the history `one debit an order`: lua, watch_multi_exec, decr_then_repair, all with a retry.
scenario loyalty_points_redis "Two orders spend 60 and 45 of 100 points in Redis"

database redis redis { SET points 100; }

faults none;
faults crash <= 1;
faults retry <= 1;

request spend(order_id, points) {

  variant naive "GET, check, SET"
      story "Both GET 100, both spend."
      expect violated at every level {
    let had = redis> GET points;
    if had.value::int < points { respond 402; }
    redis> SET points {had.value::int - points};
    effect spent(order_id, points);
    respond 200;
  }

  variant check_then_decr "GET, check, DECRBY"
      story "DECRBY has no floor."
      expect violated at every level {
    let had = redis> GET points;
    if had.value::int < points { respond 402; }
    redis> DECRBY points {points};
    effect spent(order_id, points);
    respond 200;
  }

  variant decr_then_repair "DECRBY; below zero INCRBY it back"
      story "A crash between the two takes the points for ever; sent again, an order is debited again."
      expect holds at every level, violated at every level with crash, violated at every level with retry {
    let left = redis> DECRBY points {points};
    if left.value < 0 {
      redis> INCRBY points {points};
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant lua "check and debit in one script"
      story "No overdraft. Sent again, an order is debited again."
      expect holds at every level, violated at every level with retry {
    let left = redis> EVAL "if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return -1 end return redis.call('decrby', KEYS[1], ARGV[1])" 1 points {points};
    if left.value < 0 { respond 402; }
    effect spent(order_id, points);
    respond 200;
  }

  variant lua_and_reference "the same, and the script remembers the order"
      story "No loss: check, debit and reference are one step."
      expect holds at every level {
    let left = redis> EVAL "if redis.call('sismember', KEYS[2], ARGV[2]) == 1 then return -2 end if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return -1 end redis.call('sadd', KEYS[2], ARGV[2]) return redis.call('decrby', KEYS[1], ARGV[1])" 2 points debited {points} {order_id};
    if left.value = -1 { respond 402; }
    if left.value >= 0 { effect spent(order_id, points); }
    respond 200;
  }

  variant sadd_then_decr "SADD as a guard, then the debit by script"
      story "No order is debited twice. After a crash between the two it is never debited, and counts as done."
      expect holds at every level, violated at every level with crash {
    let mine = redis> SADD debited {order_id};
    if mine.value = 0 { respond 200; }
    let left = redis> EVAL "if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return -1 end return redis.call('decrby', KEYS[1], ARGV[1])" 1 points {points};
    if left.value < 0 {
      redis> SREM debited {order_id};
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant watch_multi_exec "WATCH, GET, MULTI, DECRBY, EXEC, and a second attempt"
      story "No overdraft. Sent again, an order is debited again."
      expect holds at every level, violated at every level with retry {
    retry up to 2 {
      redis> WATCH points;
      let had = redis> GET points;
      if had.value::int < points { redis> UNWATCH; respond 402; }
      redis> MULTI;
      redis> DECRBY points {points};
      let done = redis> EXEC;
      if NOT done.found { again; }
      effect spent(order_id, points);
      respond 200;
    }
    respond 503;
  }

  variant watch_and_reference "the same, and SADD of the order in the same EXEC"
      story "No loss: the order is looked for under the same WATCH."
      expect holds at every level {
    retry up to 2 {
      redis> WATCH points debited;
      let known = redis> SISMEMBER debited {order_id};
      if known.value = 1 { redis> UNWATCH; respond 200; }
      let had = redis> GET points;
      if had.value::int < points { redis> UNWATCH; respond 402; }
      redis> MULTI;
      redis> DECRBY points {points};
      redis> SADD debited {order_id};
      let done = redis> EXEC;
      if NOT done.found { again; }
      effect spent(order_id, points);
      respond 200;
    }
    respond 503;
  }

  variant exec_not_read "WATCH … EXEC, and nobody looks whether EXEC did anything"
      story "EXEC comes out nil, and the points are spent."
      expect violated at every level {
    redis> WATCH points;
    let had = redis> GET points;
    if had.value::int < points { redis> UNWATCH; respond 402; }
    redis> MULTI;
    redis> DECRBY points {points};
    redis> EXEC;
    effect spent(order_id, points);
    respond 200;
  }

  variant multi_without_watch "GET and check, then MULTI … EXEC"
      story "Both have checked, and both EXECs go through."
      expect violated at every level {
    let had = redis> GET points;
    if had.value::int < points { respond 402; }
    redis> MULTI;
    redis> DECRBY points {points};
    redis> RPUSH entries {order_id};
    redis> EXEC;
    effect spent(order_id, points);
    respond 200;
  }

  variant lock_and_delete "SET lock NX EX, GET, SET, DEL"
      story "The lease is over before the work is."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let had = redis> GET points;
    if had.value::int >= points {
      redis> SET points {had.value::int - points};
      effect spent(order_id, points);
    }
    redis> DEL lock;
    if had.value::int < points { respond 402; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the work is, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let had = redis> GET points;
    if had.value::int >= points {
      redis> SET points {had.value::int - points};
      effect spent(order_id, points);
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    if had.value::int < points { respond 402; }
    respond 200;
  }
}

run spend('a', 60) * 1, spend('b', 45)

always  "nobody spends more than he has" { SELECT coalesce(sum(points), 0) <= 100 FROM spent }
history "one debit an order" {
  SELECT NOT EXISTS (SELECT 1 FROM spent a JOIN spent b ON a.order_id = b.order_id AND a.position < b.position)
}
finally "what was spent left the points" {
  SELECT 100 - (SELECT value::int FROM redis WHERE key = 'points') = (SELECT coalesce(sum(points), 0) FROM spent)
}
finally "an order counts as debited if and only if it was" {
  SELECT NOT EXISTS (SELECT 1 FROM redis r WHERE r.key = 'debited' AND NOT EXISTS (SELECT 1 FROM spent s WHERE s.order_id = r.field))
}
finally "somebody gets something for his points" {
  SELECT EXISTS (SELECT 1 FROM spent) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
