-- Two accounts of one customer may go below zero as long as their sum does not. Each request looks at both and writes
-- one, so no two ever write the same row: no lost update, and yet the bank is out of money (write skew, A5B).
scenario write_skew "Two accounts with 100 in all, and 90 taken from each"

database bank postgres {
  CREATE TABLE customers (name text PRIMARY KEY, total int NOT NULL);   -- used by `guarded_total`
  CREATE TABLE accounts (id int PRIMARY KEY, owner text NOT NULL, balance int NOT NULL);
  INSERT INTO customers VALUES ('ann', 100);
  INSERT INTO accounts VALUES (1, 'ann', 50), (2, 'ann', 50);
}

request withdraw(account, amount) {

  variant naive "sum, check, take"
      story "Both see 100 in all, each takes 90 from another account: -80."
      expect violated at every level {
    let all_of_it = SELECT sum(balance) AS total FROM accounts WHERE owner = 'ann';
    if all_of_it.total < amount { respond 402; }
    UPDATE accounts SET balance = balance - :amount WHERE id = :account;
    respond 200;
  }

  variant transaction_without_lock "the same between BEGIN and COMMIT"
      story "Snapshots do not help: nobody writes what the other writes, so REPEATABLE READ sees no conflict; SERIALIZABLE does."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let all_of_it = SELECT sum(balance) AS total FROM accounts WHERE owner = 'ann';
      if all_of_it.total < amount { rollback; respond 402; }
      UPDATE accounts SET balance = balance - :amount WHERE id = :account;
    }
    respond 200;
  }

  variant guard_in_update "the sum is checked in the UPDATE"
      story "One statement checks and takes, but its sum is that of its snapshot, and its row is nobody else's."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let done = UPDATE accounts SET balance = balance - :amount
                 WHERE id = :account AND (SELECT sum(a.balance) FROM accounts a WHERE a.owner = 'ann') >= :amount;
      if done.count = 0 { rollback; respond 402; }
    }
    respond 200;
  }

  variant lock_own_row "the own account FOR UPDATE, then the sum"
      story "Each locks its own account; what the sum depends on is the other one."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      SELECT id FROM accounts WHERE id = :account FOR UPDATE;
      let all_of_it = SELECT sum(balance) AS total FROM accounts WHERE owner = 'ann';
      if all_of_it.total < amount { rollback; respond 402; }
      UPDATE accounts SET balance = balance - :amount WHERE id = :account;
    }
    respond 200;
  }

  variant lock_both_rows "both accounts FOR UPDATE, then the sum"
      story "No loss: who waits has its sum after the wait at READ COMMITTED; above it the wait ends with 40001."
      expect holds at every level {
    transaction {
      SELECT id FROM accounts WHERE owner = 'ann' ORDER BY id FOR UPDATE;
      let all_of_it = SELECT sum(balance) AS total FROM accounts WHERE owner = 'ann';
      if all_of_it.total < amount { rollback; respond 402; }
      UPDATE accounts SET balance = balance - :amount WHERE id = :account;
    }
    respond 200;
  }

  variant guarded_total "the sum is a row of its own, with a guard"
      story "No loss: the conflict is given a row on which the two can meet."
      expect holds at every level {
    transaction {
      let done = UPDATE customers SET total = total - :amount WHERE name = 'ann' AND total >= :amount;
      if done.count = 0 { rollback; respond 402; }
      UPDATE accounts SET balance = balance - :amount WHERE id = :account;
    }
    respond 200;
  }

  variant serializable_with_retry "SERIALIZABLE whatever the default, and the whole again after 40001"
      story "No loss, and nobody is sent away with an error: an attempt fails only where another has committed."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let all_of_it = SELECT sum(balance) AS total FROM accounts WHERE owner = 'ann';
        if all_of_it.total < amount { rollback; respond 402; }
        UPDATE accounts SET balance = balance - :amount WHERE id = :account;
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }
}

run withdraw(1, 90), withdraw(2, 90)

always  "the customer's sum never goes below zero" { SELECT sum(balance) >= 0 FROM accounts }
finally "somebody got the money" { SELECT EXISTS (SELECT 1 FROM responses WHERE status = '200') }
