-- The fixes for idempotency_key.gap that it does not have: a key that is claimed for a time, levels, versions.
--
-- Brandur's keys (IDEM-05): a claim that is older than ninety seconds is taken over. The first worker may still be alive.
scenario idempotency_key_fixes "Two requests with one idempotency key, and a clock"

database shop postgres {
  CREATE TABLE keys (key text PRIMARY KEY, status text NOT NULL, version int NOT NULL, locked_until timestamp NOT NULL);
  CREATE TABLE attempts (key text NOT NULL, number int NOT NULL CHECK (number <= 1));
  CREATE TABLE done (key text PRIMARY KEY);
  INSERT INTO keys VALUES ('order-7', 'open', 0, '2024-01-01 00:00');
  INSERT INTO attempts VALUES ('order-7', 0);
}
database redis redis { }

clock '14:30', '14:35';

request pay(key) {

  variant optimistic_version "a version, and its row count decides"
      story "No loss: the version that was read can be claimed once."
      expect holds at every level {
    let known = SELECT status, version FROM keys WHERE key = :key;
    if known.status <> 'open' { respond 409; }
    let mine = UPDATE keys SET status = 'charging', version = version + 1 WHERE key = :key AND version = :known.version;
    if mine.count = 0 { respond 409; }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant unread_version "the same, and nobody reads the row count"
      story "The version says no, and the card is charged again."
      expect violated at every level {
    let known = SELECT status, version FROM keys WHERE key = :key;
    if known.status <> 'open' { respond 409; }
    UPDATE keys SET status = 'charging', version = version + 1 WHERE key = :key AND version = :known.version;
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant row_lock "the key FOR UPDATE, charge, COMMIT"
      story "No double charge at READ COMMITTED; above it the second client sees 40001."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let known = SELECT status FROM keys WHERE key = :key FOR UPDATE;
      if known.status <> 'open' { rollback; respond 409; }
      call charge(key);
      UPDATE keys SET status = 'paid' WHERE key = :key;
    }
    respond 200;
  }

  variant serializable_without_retry "SERIALIZABLE around key and charge"
      story "The second COMMIT fails after the second charge."
      expect violated at every level {
    transaction at "serializable" {
      let known = SELECT status FROM keys WHERE key = :key;
      if known.status <> 'open' { rollback; respond 409; }
      call charge(key);
      UPDATE keys SET status = 'paid' WHERE key = :key;
    }
    respond 200;
  }

  variant serializable_with_retry "claim at SERIALIZABLE with retry, and charge after COMMIT"
      story "No loss: what no rollback undoes stands after COMMIT."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let known = SELECT status FROM keys WHERE key = :key;
        if known.status <> 'open' { rollback; respond 409; }
        UPDATE keys SET status = 'charging' WHERE key = :key;
      }
    } exhausted {
      respond 503;
    }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant check_constraint "number + 1 against CHECK (number <= 1), then charge"
      story "No loss: who raises the number charges."
      expect holds at every level {
    try {
      UPDATE attempts SET number = number + 1 WHERE key = :key;
    } catch check_violation {
      respond 409;
    }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant set_add "charge, then add the key to the set of those done"
      story "Adding twice is adding once, and charging twice is not."
      expect violated at every level {
    let known = SELECT key FROM done WHERE key = :key;
    if known.found { respond 200; }
    call charge(key);
    INSERT INTO done VALUES (:key) ON CONFLICT DO NOTHING;
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant claim_for_a_time "claim until 14:33; a claim that is over is taken over"
      story "The first worker was slow, not dead: both charge."
      expect violated at every level {
    let mine = UPDATE keys SET status = 'charging', locked_until = CASE WHEN now() < '2024-01-01 14:33' THEN timestamp '2024-01-01 14:33' ELSE timestamp '2024-01-01 14:38' END
               WHERE key = :key AND status <> 'paid' AND locked_until < now();
    if mine.count = 0 { respond 409; }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant claim_for_a_time_with_provider_key "the same, and the provider gets the key, too"
      story "No loss: who takes over asks for the same charge."
      expect holds at every level {
    let mine = UPDATE keys SET status = 'charging', locked_until = CASE WHEN now() < '2024-01-01 14:33' THEN timestamp '2024-01-01 14:33' ELSE timestamp '2024-01-01 14:38' END
               WHERE key = :key AND status <> 'paid' AND locked_until < now();
    if mine.count = 0 { respond 409; }
    call charge(key) key (key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant lock_and_delete "a lock in Redis: SET NX EX, work, DEL"
      story "The lease is over before the provider has answered, and the next one comes in."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let known = SELECT status FROM keys WHERE key = :key;
      if known.status <> 'open' { respond 409; }
      call charge(key);
      UPDATE keys SET status = 'paid' WHERE key = :key;
      respond 200;
    } finally {
      redis> DEL lock;
    }
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the provider has answered, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let known = SELECT status FROM keys WHERE key = :key;
      if known.status <> 'open' { respond 409; }
      call charge(key);
      UPDATE keys SET status = 'paid' WHERE key = :key;
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    }
  }
}

run pay('order-7') * 2

always  "one key is charged at most once" { SELECT count(*) <= 1 FROM charge }
finally "paid if and only if charged" {
  SELECT EXISTS (SELECT 1 FROM keys WHERE status = 'paid') = EXISTS (SELECT 1 FROM charge)
}
finally "the customer was charged" { SELECT count(*) >= 1 FROM charge }
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '503', '423'))
}
