-- Two withdrawals read the balance before either has written it. Flexcoin closed over this race in 2014, 896 BTC short.
scenario withdraw "Two withdrawals of 50 race for a balance of 100"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}

request withdraw(amount) {

  variant naive "read, check, write"
      story "Both requests read 100, both pay out 50, both write 50: the bank has paid 100 and booked 50."
      expect violated at every level {
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);                    -- the money has left: no rollback undoes an effect
    respond 200;
  }

  variant conditional_update "UPDATE … WHERE balance >= amount"
      story "No loss: check and act are one statement, so nothing fits between them."
      expect holds at every level {
    let done = UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }

  variant row_lock "SELECT … FOR UPDATE"
      story "No loss: whoever reads the balance keeps everybody else from it until COMMIT."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }

  variant transaction_without_lock "BEGIN and COMMIT around the naive one"
      story "The review asked for a transaction and got one; READ COMMITTED still lets both read 100."
      expect violated at every level {
    transaction {
      let user = SELECT balance FROM users WHERE id = 1;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }

  variant transaction_with_retry "the same, and the whole again after 40001"
      story "Nothing to retry at READ COMMITTED, where nothing fails. Above it no loss: who fails finds the balance changed."
      expect violated at "read committed", holds at "repeatable read", "serializable" {
    retry up to 3 on serialization_failure {
      transaction {
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

  variant lock_after_check "FOR UPDATE comes after the read that decides"
      story "The ORM's lock was put around the write; what was read before the lock is still what gets written."
      expect violated at every level {
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    transaction {
      SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }

  variant stale_subselect "the UPDATE computes the balance in a sub-select"
      story "One statement, and yet: after the wait only the locked row is read again, its sub-select is not."
      expect violated at every level {
    transaction {
      let done = UPDATE users SET balance = (SELECT u.balance FROM users u WHERE u.id = 1) - :amount
                 WHERE id = 1 AND balance >= :amount;
      if done.count = 0 { rollback; respond 400; }
    }
    effect paid(amount);
    respond 200;
  }

  variant compare_and_set "write only if the balance is still what was read; give up otherwise"
      story "Nothing is paid twice, but a customer with 50 left is told that there is no money."
      expect violated at every level {
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    let done = UPDATE users SET balance = :user.balance - :amount WHERE id = 1 AND balance = :user.balance;
    if done.count = 0 { respond 409; }
    effect paid(amount);
    respond 200;
  }

  variant compare_and_set_retry "the same with a second attempt"
      story "No loss: an attempt fails only where another succeeded, and only two can."
      expect holds at every level {
    retry up to 2 {
      let user = SELECT balance FROM users WHERE id = 1;
      if user.balance < amount { respond 400; }
      let done = UPDATE users SET balance = :user.balance - :amount WHERE id = 1 AND balance = :user.balance;
      if done.count = 0 { again; }
      effect paid(amount);
      respond 200;
    }
    respond 409;
  }
}

run withdraw(50) * 2

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
finally "nobody is refused while there is money" {
  SELECT (SELECT balance FROM users WHERE id = 1) < 50 OR NOT EXISTS (SELECT 1 FROM responses WHERE status <> '200')
}
