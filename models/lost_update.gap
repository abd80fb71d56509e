-- The first lesson. Nothing is checked, nobody cheats: two deposits add to one balance, and one of them vanishes.
scenario lost_update "Two deposits of 10 into one account"

database bank postgres {
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL, version int NOT NULL DEFAULT 0);
  INSERT INTO accounts (id, balance) VALUES (1, 0);
}

request deposit(amount) {

  variant naive "read, add, write"
      story "Both read 0, both write 10. The customer paid in 20 and owns 10."
      expect violated at every level {
    let account = SELECT balance FROM accounts WHERE id = 1;
    UPDATE accounts SET balance = :account.balance + :amount WHERE id = 1;
    respond 200;
  }

  variant transaction_without_lock "the same between BEGIN and COMMIT"
      story "Django-oscar #1811: ""wrap it in atomic()"", says the thread; at READ COMMITTED that changes nothing."
      expect violated at every level {
    transaction {
      let account = SELECT balance FROM accounts WHERE id = 1;
      UPDATE accounts SET balance = :account.balance + :amount WHERE id = 1;
    }
    respond 200;
  }

  variant transaction_again "the same, and the whole again after 40001, however often"
      story "At READ COMMITTED nothing fails and a deposit is lost; above it no loss: each failure is another's success."
      expect violated at "read committed", holds at "repeatable read", "serializable" {
    retry on serialization_failure {
      transaction {
        let account = SELECT balance FROM accounts WHERE id = 1;
        UPDATE accounts SET balance = :account.balance + :amount WHERE id = 1;
      }
    }
    respond 200;
  }

  variant lock_without_transaction "FOR UPDATE outside a transaction"
      story "FOR UPDATE was added, BEGIN was not: the lock is gone when the SELECT has ended."
      expect violated at every level {
    let account = SELECT balance FROM accounts WHERE id = 1 FOR UPDATE;
    UPDATE accounts SET balance = :account.balance + :amount WHERE id = 1;
    respond 200;
  }

  variant unread_row_count "a version check whose row count nobody reads"
      story "The version column is there and nobody reads the row count: the second deposit is thanked for and dropped."
      expect violated at every level {
    let account = SELECT balance, version FROM accounts WHERE id = 1;
    UPDATE accounts SET balance = :account.balance + :amount, version = version + 1
      WHERE id = 1 AND version = :account.version;
    respond 200;
  }

  variant optimistic_version "a version check; 409 where it fails"
      story "Nothing is lost in silence, but an honest customer is sent away for being second."
      expect violated at every level {
    let account = SELECT balance, version FROM accounts WHERE id = 1;
    let done = UPDATE accounts SET balance = :account.balance + :amount, version = version + 1
               WHERE id = 1 AND version = :account.version;
    if done.count = 0 { respond 409; }
    respond 200;
  }

  variant atomic_update "UPDATE … SET balance = balance + amount"
      story "No loss: the database adds."
      expect holds at every level {
    UPDATE accounts SET balance = balance + :amount WHERE id = 1;
    respond 200;
  }

  variant row_lock "FOR UPDATE inside a transaction"
      story "No loss: the second reader waits for the first writer."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let account = SELECT balance FROM accounts WHERE id = 1 FOR UPDATE;
      UPDATE accounts SET balance = :account.balance + :amount WHERE id = 1;
    }
    respond 200;
  }
}

run deposit(10) * 2

finally "every deposit that was thanked for is in the account" {
  SELECT (SELECT balance FROM accounts WHERE id = 1) = 10 * (SELECT count(*) FROM responses WHERE status = '200')
}
finally "no deposit is refused" { SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status <> '200') }
