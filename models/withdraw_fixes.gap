-- The fixes for withdraw.gap that need other tables than it has, and a balance that is enough for one of two: 60 of 100.
-- Each variant uses one of the three tables; the other two keep their 100.
scenario withdraw_fixes "Two withdrawals of 60 race for a balance of 100"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL, version int NOT NULL);
  CREATE TABLE checked (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0));
  CREATE TABLE entries (account int NOT NULL, number int NOT NULL, balance int NOT NULL, UNIQUE (account, number));
  INSERT INTO users VALUES (1, 100, 0);
  INSERT INTO checked VALUES (1, 100);
  INSERT INTO entries VALUES (1, 1, 100);
}

faults none;
faults crash <= 1;

request withdraw(amount) {

  variant conditional_update "UPDATE … WHERE balance >= amount"
      story "No loss: check and act are one statement, so nothing fits between them, no crash either."
      expect holds at every level {
    let done = UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }

  variant row_lock "SELECT … FOR UPDATE"
      story "No loss at READ COMMITTED; above it the second one fails with 40001, and nobody has told it to try again."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }

  variant optimistic_version "a version, its row count, and a second attempt"
      story "No loss: an attempt fails only where another succeeded."
      expect holds at every level {
    retry up to 2 {
      let user = SELECT balance, version FROM users WHERE id = 1;
      if user.balance < amount { respond 400; }
      let done = UPDATE users SET balance = :user.balance - :amount, version = version + 1
                 WHERE id = 1 AND version = :user.version;
      if done.count = 0 { again; }
      effect paid(amount);
      respond 200;
    }
    respond 409;
  }

  variant unread_row_count "the same version, and nobody reads the row count"
      story "The second UPDATE changes no row; its customer gets the money all the same."
      expect violated at every level {
    let user = SELECT balance, version FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount, version = version + 1 WHERE id = 1 AND version = :user.version;
    effect paid(amount);
    respond 200;
  }

  variant serializable_without_retry "SERIALIZABLE, and 40001 goes to the customer"
      story "Nothing is paid twice, and a customer sees an internal error."
      expect violated at every level {
    transaction at "serializable" {
      let user = SELECT balance FROM users WHERE id = 1;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }

  variant serializable_lock_without_retry "FOR UPDATE inside SERIALIZABLE"
      story "The lock does not wait and go on as at READ COMMITTED: after the wait comes 40001, contention or not."
      expect violated at every level {
    transaction at "serializable" {
      let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }

  variant serializable_with_retry "SERIALIZABLE, and the whole again after 40001"
      story "No loss: bounded, from BEGIN, and the money leaves after COMMIT."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let user = SELECT balance FROM users WHERE id = 1;
        if user.balance < amount { rollback; respond 400; }
        UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
      }
    } exhausted {
      respond 503;
    }
    effect paid(amount);
    respond 200;
  }

  variant on_conflict "numbered entries: INSERT … ON CONFLICT DO NOTHING, and a second attempt"
      story "No loss: the number after the last one that was read can be taken once."
      expect holds at every level {
    retry up to 2 {
      let last = SELECT number, balance FROM entries WHERE account = 1 ORDER BY number DESC LIMIT 1;
      if last.balance < amount { respond 400; }
      let mine = INSERT INTO entries VALUES (1, :last.number + 1, :last.balance - :amount) ON CONFLICT DO NOTHING;
      if mine.count = 0 { again; }
      effect paid(amount);
      respond 200;
    }
    respond 409;
  }

  variant unique_number "numbered entries: the unique key as a net, and a second attempt"
      story "No loss: the same with an error instead of a row count."
      expect holds at every level {
    retry up to 2 on unique_violation {
      let last = SELECT number, balance FROM entries WHERE account = 1 ORDER BY number DESC LIMIT 1;
      if last.balance < amount { respond 400; }
      INSERT INTO entries VALUES (1, :last.number + 1, :last.balance - :amount);
      effect paid(amount);
      respond 200;
    } exhausted {
      respond 409;
    }
  }

  variant check_constraint "CHECK (balance >= 0) as a net below a subtraction in place"
      story "No loss: the check is made on the row as it is after the wait."
      expect holds at every level {
    try {
      UPDATE checked SET balance = balance - :amount WHERE id = 1;
    } catch check_violation {
      respond 400;
    }
    effect paid(amount);
    respond 200;
  }

  variant check_below_absolute_write "the same net below an absolute write"
      story "Both write 40, and 40 is not below zero: the net has nothing to catch."
      expect violated at every level {
    let user = SELECT balance FROM checked WHERE id = 1;
    if user.balance < amount { respond 400; }
    try {
      UPDATE checked SET balance = :user.balance - :amount WHERE id = 1;
    } catch check_violation {
      respond 400;
    }
    effect paid(amount);
    respond 200;
  }

  variant commutative "read and check, then balance = balance - amount"
      story "Subtraction commutes, so nothing is lost; what was checked before it does not: the balance ends at -20."
      expect violated at every level {
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = balance - :amount WHERE id = 1;
    effect paid(amount);
    respond 200;
  }

  variant sleep_before_the_write "wait a random time, then look again"
      story "LibreBooking #147: a sleep makes the race rarer, and orders nothing."
      expect violated at every level {
    let first = SELECT balance FROM users WHERE id = 1;
    if first.balance < amount { respond 400; }
    sleep 5;
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);
    respond 200;
  }
}

run withdraw(60) * 2

always  "no balance goes below zero" {
  SELECT (SELECT min(balance) FROM users) >= 0 AND (SELECT min(balance) FROM checked) >= 0
     AND (SELECT min(balance) FROM entries) >= 0
}
finally "what was paid left the balance" {
  SELECT 300 - (SELECT balance FROM users WHERE id = 1) - (SELECT balance FROM checked WHERE id = 1)
             - (SELECT min(balance) FROM entries) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
finally "somebody is paid" {
  SELECT EXISTS (SELECT 1 FROM paid) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
finally "who is refused is told that there is no money, not that something failed" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '400', 'crashed'))
}
