-- The fixes for transfer.gap that it does not have, and a crash between debit and credit. (MoranGo-pay #3: a conditional
-- debit, a crash, and the money is nowhere.)
--
-- Seen only by `money is neither made nor lost`, while no account is below zero: debit_then_credit with a crash.
scenario transfer_fixes "Two transfers of 60 from an account of 100, and one may crash"

database bank postgres {
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0), version int NOT NULL DEFAULT 0);
  CREATE TABLE transfers (id int PRIMARY KEY, status text NOT NULL);
  INSERT INTO accounts (id, balance) VALUES (1, 100), (2, 100);
  INSERT INTO transfers VALUES (1, 'ordered'), (2, 'ordered');
}
database redis redis { }

faults none;
faults crash <= 1;

request transfer(id, amount) {

  variant transaction_without_lock "read and write both between BEGIN and COMMIT"
      story "Both read 100, both write 40, and the other account gets 60 twice."
      expect violated at every level {
    transaction {
      let giver = SELECT balance FROM accounts WHERE id = 1;
      if giver.balance < amount { rollback; respond 402; }
      UPDATE accounts SET balance = :giver.balance - :amount WHERE id = 1;
      UPDATE accounts SET balance = balance + :amount WHERE id = 2;
    }
    respond 200;
  }

  variant debit_then_credit "a guarded debit, then the credit"
      story "Between the two the money is nowhere; after a crash it stays there."
      expect violated at every level {
    let done = UPDATE accounts SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { respond 402; }
    UPDATE accounts SET balance = balance + :amount WHERE id = 2;
    respond 200;
  }

  variant conditional_update "a guarded debit and the credit in one transaction"
      story "No loss at READ COMMITTED; above it the customer sees 40001."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let done = UPDATE accounts SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
      if done.count = 0 { rollback; respond 402; }
      UPDATE accounts SET balance = balance + :amount WHERE id = 2;
    }
    respond 200;
  }

  variant one_statement "debit and credit in one statement"
      story "No loss, with or without a crash."
      expect holds at every level {
    let done = WITH debit AS (UPDATE accounts SET balance = balance - :amount WHERE id = 1 AND balance >= :amount RETURNING id)
               UPDATE accounts SET balance = balance + :amount FROM debit WHERE accounts.id = 2;
    if done.count = 0 { respond 402; }
    respond 200;
  }

  variant optimistic_version "a version of the giver, its row count, and a second attempt"
      story "No loss at READ COMMITTED."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    retry up to 2 {
      let giver = SELECT balance, version FROM accounts WHERE id = 1;
      if giver.balance < amount { respond 402; }
      transaction {
        let done = UPDATE accounts SET balance = :giver.balance - :amount, version = version + 1 WHERE id = 1 AND version = :giver.version;
        if done.count = 0 { again; }
        UPDATE accounts SET balance = balance + :amount WHERE id = 2;
      }
      respond 200;
    }
    respond 503;
  }

  variant unread_version "the same version, and nobody reads the row count"
      story "The second debit changes no row, the second credit does: money is made."
      expect violated at every level {
    let giver = SELECT balance, version FROM accounts WHERE id = 1;
    if giver.balance < amount { respond 402; }
    transaction {
      UPDATE accounts SET balance = :giver.balance - :amount, version = version + 1 WHERE id = 1 AND version = :giver.version;
      UPDATE accounts SET balance = balance + :amount WHERE id = 2;
    }
    respond 200;
  }

  variant serializable_without_retry "SERIALIZABLE, and 40001 goes to the customer"
      story "Five-bells-ledger #402: every failure of the database became ""insufficient funds""."
      expect violated at every level {
    transaction at "serializable" {
      let giver = SELECT balance FROM accounts WHERE id = 1;
      if giver.balance < amount { rollback; respond 402; }
      UPDATE accounts SET balance = :giver.balance - :amount WHERE id = 1;
      UPDATE accounts SET balance = balance + :amount WHERE id = 2;
    }
    respond 200;
  }

  variant serializable_with_retry "SERIALIZABLE, and the whole again after 40001"
      story "No loss."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let giver = SELECT balance FROM accounts WHERE id = 1;
        if giver.balance < amount { rollback; respond 402; }
        UPDATE accounts SET balance = :giver.balance - :amount WHERE id = 1;
        UPDATE accounts SET balance = balance + :amount WHERE id = 2;
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }

  variant check_constraint "both in place in one transaction, above CHECK (balance >= 0)"
      story "No loss at READ COMMITTED: the CHECK takes the whole transaction back."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    try {
      transaction {
        UPDATE accounts SET balance = balance - :amount WHERE id = 1;
        UPDATE accounts SET balance = balance + :amount WHERE id = 2;
      }
    } catch check_violation {
      respond 402;
    }
    respond 200;
  }

  variant commutative "check, then both in place, and no floor under the debit but the CHECK"
      story "Both have checked; the CHECK refuses the second debit and the customer sees an internal error."
      expect violated at every level {
    let giver = SELECT balance FROM accounts WHERE id = 1;
    if giver.balance < amount { respond 402; }
    transaction {
      UPDATE accounts SET balance = balance - :amount WHERE id = 1;
      UPDATE accounts SET balance = balance + :amount WHERE id = 2;
    }
    respond 200;
  }

  variant state_machine "ordered → debited → done, each step in one transaction with its money"
      story "No loss at READ COMMITTED: after a crash the transfer itself says how far it came, and nothing is nowhere."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let mine = UPDATE transfers SET status = 'debited' WHERE id = :id AND status = 'ordered';
      if mine.count = 0 { rollback; respond 409; }
      let done = UPDATE accounts SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
      if done.count = 0 { rollback; respond 402; }
    }
    transaction {
      let mine = UPDATE transfers SET status = 'done' WHERE id = :id AND status = 'debited';
      if mine.count = 1 { UPDATE accounts SET balance = balance + :amount WHERE id = 2; }
    }
    respond 200;
  }

  variant lock_and_delete "a lock in Redis: SET NX EX, work, DEL"
      story "The lease is over before the transfer is written, and the next one comes in."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let giver = SELECT balance FROM accounts WHERE id = 1;
      if giver.balance < amount { respond 402; }
      transaction {
        UPDATE accounts SET balance = :giver.balance - :amount WHERE id = 1;
        UPDATE accounts SET balance = balance + :amount WHERE id = 2;
      }
      respond 200;
    } finally {
      redis> DEL lock;
    }
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the transfer is written, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let giver = SELECT balance FROM accounts WHERE id = 1;
      if giver.balance < amount { respond 402; }
      transaction {
        UPDATE accounts SET balance = :giver.balance - :amount WHERE id = 1;
        UPDATE accounts SET balance = balance + :amount WHERE id = 2;
      }
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    }
  }
}

run transfer(1, 60), transfer(2, 60)

always  "money is neither made nor lost" {
  SELECT (SELECT sum(balance) FROM accounts) + 60 * (SELECT count(*) FROM transfers WHERE status = 'debited') = 200
}
always  "no account goes below zero"  { SELECT min(balance) >= 0 FROM accounts }
finally "some transfer comes through" { SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('200', 'crashed')) }
finally "who is refused is told that there is no money, not that something failed" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '402', '423', 'crashed'))
}
finally "who was told 200 has transferred" {
  SELECT (SELECT balance FROM accounts WHERE id = 2) >= 100 + 60 * (SELECT count(*) FROM responses WHERE status = '200')
}
