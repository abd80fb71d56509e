-- SET NX EX is not a lock but a lease: it ends when its time is over, whether the work is done or not. Mastodon #15645:
-- a lease of 10 seconds around a slow fetch. Each step of a request may take longer than the lease, so the key may expire
-- at any moment after it was set. Two actors are enough for everything in this file.
--
-- Seen only by `what was paid left the balance`, the balance itself never looks wrong: overrun_lease,
-- compare_and_delete, released_before_commit, fencing_on_write_only. Only by `no lock is left`: setnx_then_expire and
-- lock_for_ever with a crash.
scenario redis_lease "A lease in Redis around a withdrawal in PostgreSQL"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL, fence bigint NOT NULL DEFAULT 0);
  INSERT INTO users (id, balance) VALUES (1, 100);
}
database redis redis { }

faults none;
faults crash <= 1;

request withdraw(amount) {

  variant overrun_lease "SET NX EX, work, DEL"
      story "The lease is over before the work is: the next one reads 100 as well, and both pay out 60."
      expect violated at every level {
    let lock = redis> SET lock:1 {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let user = SELECT balance FROM users WHERE id = 1;
      if user.balance < amount { respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      effect paid(amount);
      respond 200;
    } finally {
      redis> DEL lock:1;
    }
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "Nobody's lock is stolen, and the lease is over before the work is all the same."
      expect violated at every level {
    let lock = redis> SET lock:1 {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let user = SELECT balance FROM users WHERE id = 1;
      if user.balance < amount { respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      effect paid(amount);
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:1 {me};
    }
  }

  variant still_mine "look whether the lock is still one's own, then write"
      story "Between the GET that says so and the UPDATE there is a gap like any other."
      expect violated at every level {
    let lock = redis> SET lock:1 {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { redis> DEL lock:1; respond 400; }
    let owner = redis> GET lock:1;
    if NOT owner.found OR owner.value::int <> me { respond 423; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:1 {me};
    respond 200;
  }

  variant released_before_commit "the lock is inside the transaction"
      story "@Transactional around the method, the lock within: it is free before COMMIT, and the next one still reads 100."
      expect violated at every level {
    transaction {
      let lock = redis> SET lock:1 {me} NX;
      if NOT lock.found { rollback; respond 423; }
      let user = SELECT balance FROM users WHERE id = 1;
      if user.balance < amount { redis> DEL lock:1; rollback; respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      redis> DEL lock:1;
    }
    effect paid(amount);
    respond 200;
  }

  variant lock_for_ever "no time to live, released after COMMIT"
      story "Nothing expires, and nobody overlaps; a crash leaves a lock that nobody ever gives back."
      expect holds at every level, violated at every level with crash {
    let lock = redis> SET lock:1 {me} NX;
    if NOT lock.found { respond 423; }
    try {
      transaction {
        let user = SELECT balance FROM users WHERE id = 1;
        if user.balance < amount { rollback; respond 400; }
        UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      }
      effect paid(amount);
      respond 200;
    } finally {
      redis> DEL lock:1;
    }
  }

  variant setnx_then_expire "SETNX, then EXPIRE"
      story "Two commands: a crash between them leaves a lock without an end. What it guards is guarded once more by the UPDATE."
      expect holds at every level, violated at every level with crash {
    let lock = redis> SETNX lock:1 {me};
    if lock.value = 0 { respond 423; }
    redis> EXPIRE lock:1 10;
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { redis> DEL lock:1; respond 400; }
    let done = UPDATE users SET balance = :user.balance - :amount WHERE id = 1 AND balance = :user.balance;
    if done.count = 0 { redis> DEL lock:1; respond 409; }
    effect paid(amount);
    redis> DEL lock:1;
    respond 200;
  }

  variant time_starts_after_the_write "a lease that is longer than the work"
      story "No loss: if the lease is sure to outlast the write (here its time starts after it), only the release needs care."
      expect holds at every level, violated at every level with crash {
    let lock = redis> SET lock:1 {me} NX;
    if NOT lock.found { respond 423; }
    try {
      transaction {
        let user = SELECT balance FROM users WHERE id = 1;
        if user.balance < amount { rollback; respond 400; }
        UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      }
      effect paid(amount);
      respond 200;
    } finally {
      redis> EXPIRE lock:1 10;
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:1 {me};
    }
  }

  variant fencing_on_write_only "a token that only grows, and the UPDATE wants a larger one than the last"
      story "The old holder writes first, the new one has read before that: its token is larger, and what it read is stale."
      expect violated at every level {
    let lock = redis> SET lock:1 {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let fence = redis> INCR fence:1;
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    let done = UPDATE users SET balance = :user.balance - :amount, fence = :fence.value WHERE id = 1 AND fence < :fence.value;
    if done.count = 0 { respond 409; }
    effect paid(amount);
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:1 {me};
    respond 200;
  }

  variant fencing_token "the token is shown before the read, and the UPDATE wants it to be still the last"
      story "No loss, expired leases and crashes included: who was overtaken since its read writes nothing."
      expect holds at every level {
    let lock = redis> SET lock:1 {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let fence = redis> INCR fence:1;
    let shown = UPDATE users SET fence = :fence.value WHERE id = 1 AND fence < :fence.value;
    if shown.count = 0 { respond 423; }
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    let done = UPDATE users SET balance = :user.balance - :amount WHERE id = 1 AND fence = :fence.value;
    if done.count = 0 { respond 409; }
    effect paid(amount);
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:1 {me};
    respond 200;
  }

  variant lease_and_conditional_update "the lease spares work, the UPDATE decides"
      story "No loss: with a guarded UPDATE the lease may be as short as it likes."
      expect holds at every level {
    let lock = redis> SET lock:1 {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let done = UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { respond 400; }
    effect paid(amount);
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:1 {me};
    respond 200;
  }
}

run withdraw(60) * 2

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
finally "somebody is paid, or told to come again" {
  SELECT EXISTS (SELECT 1 FROM paid) OR EXISTS (SELECT 1 FROM responses WHERE status IN ('423', '409', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM redis WHERE key LIKE 'lock:%') }
