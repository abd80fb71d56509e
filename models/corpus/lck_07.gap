-- LCK-07: A lock that is released before COMMIT (Redlock inside @Transactional)
-- Source: dev.to/manas_3dot14/…redlock-and-custom-aop; ethlo.com/2019/02/pit-falls-of-non-database-locks; Eventra#14099
-- Store: a lock server, and SQL at read committed or repeatable read; here PostgreSQL
-- Invariant: no lost update: no withdrawal is decided on a balance without the withdrawal before it
-- Shipped fix: the lock around the transaction, released after COMMIT -> complete at read committed
-- Note: a withdrawal is a row, since PostgreSQL's repeatable read refuses to write over a newer version of one (40001);
--   `begun_before` is the residual: at repeatable read the snapshot is older than the lock.

scenario lck_07 "Two withdrawals of 60 from 100, one at a time by a lock"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE withdrawals (user_id int NOT NULL, amount int NOT NULL);
  INSERT INTO users VALUES (1, 'ann');
}
lock account

request withdraw(id, amount) {

  variant buggy "@Transactional outside, the lock inside"
      story "The first releases the lock before its COMMIT; the second gets it, and does not see the first withdrawal."
      expect violated {
    transaction {
      acquire account(id);
      let out_ = SELECT coalesce(sum(amount), 0) AS total FROM withdrawals WHERE user_id = :id;
      if out_.total + amount > 100 { rollback; respond 402; }
      INSERT INTO withdrawals VALUES (:id, :amount);
      release account(id);
    }
  }

  variant shipped "the lock outside, the transaction inside"
      expect holds {
    hold account(id) {
      transaction {
        let out_ = SELECT coalesce(sum(amount), 0) AS total FROM withdrawals WHERE user_id = :id;
        if out_.total + amount > 100 { rollback; respond 402; }
        INSERT INTO withdrawals VALUES (:id, :amount);
      }
    }
  }

  variant begun_before "released after COMMIT, but the transaction has read something before the lock"
      story "At repeatable read the sum is as old as the first read, and misses what was committed during the wait."
      expect holds at "read committed", "serializable", violated at "repeatable read" {
    transaction {
      SELECT name FROM users WHERE id = :id;
      acquire account(id);
      let out_ = SELECT coalesce(sum(amount), 0) AS total FROM withdrawals WHERE user_id = :id;
      if out_.total + amount > 100 { rollback; respond 402; }
      INSERT INTO withdrawals VALUES (:id, :amount);
    }
    release account(id);
  }

  variant reference "the database's own lock, which COMMIT releases" at "read committed"
      expect holds {
    transaction {
      SELECT name FROM users WHERE id = :id FOR UPDATE;
      let out_ = SELECT coalesce(sum(amount), 0) AS total FROM withdrawals WHERE user_id = :id;
      if out_.total + amount > 100 { rollback; respond 402; }
      INSERT INTO withdrawals VALUES (:id, :amount);
    }
  }
}

run withdraw(1, 60) * 2

always "no more goes out than there is" { SELECT coalesce(sum(amount), 0) <= 100 FROM withdrawals }
