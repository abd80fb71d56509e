-- The `finally` that deletes somebody else's lock, as the articles print it: SET NX EX, work, finally DEL. Here the lease
-- is sure to be longer than the work (its time starts only after the write), so that whatever goes wrong is the release.
-- Three actors: whose lock is deleted, who deletes it, and who comes in. (What two can do is in redis_lease.gap.)
--
-- Seen only by `sections do not overlap` at once, and by `what was paid left the balance` at the end; the balance itself
-- never looks wrong.
scenario redis_lock "A lock in Redis, deleted by those who do not hold it"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}
database redis redis { }

request withdraw(amount) {

  variant stolen_lock "SET NX EX, work, DEL"
      story "The lock of the first one is over after its write; its DEL deletes the lock of the second, and the third comes in."
      expect violated at every level {
    let lock = redis> SET lock:1 {me} NX;
    if NOT lock.found { respond 423; }
    section withdrawal {
      let user = SELECT balance FROM users WHERE id = 1;
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      effect paid(amount);
    }
    redis> EXPIRE lock:1 10;                -- the lease is over at any time from here
    redis> DEL lock:1;
    respond 200;
  }

  variant finally_of_the_loser "the DEL stands in a finally around the attempt to get the lock"
      story "Who never got the lock deletes it in its finally: the third comes in while the first is still at work."
      expect violated at every level {
    try {
      let lock = redis> SET lock:1 {me} NX;
      if NOT lock.found { respond 423; }
      section withdrawal {
        let user = SELECT balance FROM users WHERE id = 1;
        UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
        effect paid(amount);
      }
      respond 200;
    } finally {
      redis> DEL lock:1;
    }
  }

  variant get_then_delete "look whose lock it is, then DEL"
      story "LiteLLM #21225: GET says that it is one's own, the lease ends, another one gets the lock, DEL deletes it."
      expect violated at every level {
    let lock = redis> SET lock:1 {me} NX;
    if NOT lock.found { respond 423; }
    section withdrawal {
      let user = SELECT balance FROM users WHERE id = 1;
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      effect paid(amount);
    }
    redis> EXPIRE lock:1 10;
    let owner = redis> GET lock:1;
    if owner.found AND owner.value::int = me { redis> DEL lock:1; }
    respond 200;
  }

  variant compare_and_delete "compare and delete in one script"
      story "No loss: a lock that is no longer one's own stays where it is."
      expect holds at every level {
    let lock = redis> SET lock:1 {me} NX;
    if NOT lock.found { respond 423; }
    section withdrawal {
      let user = SELECT balance FROM users WHERE id = 1;
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      effect paid(amount);
    }
    redis> EXPIRE lock:1 10;
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:1 {me};
    respond 200;
  }

  variant compare_and_delete_in_finally "the same in the finally of everybody"
      story "No loss: the finally of a request that never got the lock compares, and deletes nothing."
      expect holds at every level {
    try {
      let lock = redis> SET lock:1 {me} NX;
      if NOT lock.found { respond 423; }
      section withdrawal {
        let user = SELECT balance FROM users WHERE id = 1;
        UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
        effect paid(amount);
      }
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:1 {me};
    }
  }
}

run withdraw(20) * 3

always  "sections do not overlap" { SELECT count(*) <= 1 FROM sections }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
finally "somebody is paid" { SELECT EXISTS (SELECT 1 FROM paid) }
finally "no lock is left"  { SELECT NOT EXISTS (SELECT 1 FROM redis WHERE key LIKE 'lock:%') }
