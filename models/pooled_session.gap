-- One connection of the pool serves two requests, one after the other, while another connection serves a third. What a
-- request leaves on its connection (a session lock, a SET) the next one inherits.
--
-- Seen only by `nobody waits for ever` (a deadlock that no database sees), while the balance is right: lock_leaks.
scenario pooled_session "A pool gives one request's session to another"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}

faults none;
faults crash <= 1;

request withdraw(amount) {

  variant lock_leaks "pg_advisory_lock, and the refusal forgets to unlock"
      story "The refused request leaves its lock on the connection. The next one there gets it again; everybody else waits for ever."
      expect violated at every level {
    SELECT pg_advisory_lock(1);
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);
    SELECT pg_advisory_unlock(1);
    respond 200;
  }

  variant unlock_in_finally "the same, unlocked on every way out"
      story "No loss."
      expect holds at every level {
    SELECT pg_advisory_lock(1);
    try {
      let user = SELECT balance FROM users WHERE id = 1;
      if user.balance < amount { respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      effect paid(amount);
      respond 200;
    } finally {
      SELECT pg_advisory_unlock(1);
    }
  }

  variant transaction_lock "pg_advisory_xact_lock in the transaction"
      story "No loss at READ COMMITTED: COMMIT and ROLLBACK give the lock back, whoever forgets what."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      SELECT pg_advisory_xact_lock(1);
      let user = SELECT balance FROM users WHERE id = 1;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }

  variant lock_timeout_leaks "SET lock_timeout on the session, and catch what it gives"
      story "The time-out was meant for one statement; who has it is told to come again, whoever he is."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    SET lock_timeout = '1s';
    try {
      transaction {
        let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
        if user.balance < amount { rollback; respond 400; }
        UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      }
    } catch lock_not_available {
      respond 423;
    }
    effect paid(amount);
    respond 200;
  }
}

run session (withdraw(120), withdraw(60)), withdraw(60)

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '400', '423', 'crashed'))
}
