-- PO-11: CONTROL Rustchain lock_ledger: release and forfeit are guarded by status and row count
-- Source: github.com/Scottcjn/Rustchain/pull/6439
-- Store: SQLite; here PostgreSQL at read committed
-- Invariant: a lock is credited once
-- Shipped fix: the PR, which is `reference` -> complete (the same transaction)

scenario po_11 "A lock is released and forfeited at the same time"

database chain postgres {
  CREATE TABLE locks (id int PRIMARY KEY, status text NOT NULL, amount int NOT NULL);
  CREATE TABLE balances (owner text PRIMARY KEY, balance int NOT NULL);
  INSERT INTO locks VALUES (1, 'locked', 50);
  INSERT INTO balances VALUES ('user', 0), ('pool', 0);
}

request finish(id, status, owner) {                                      -- released to the user, or forfeited to the pool

  variant buggy "the status is not looked at where it is written"
      story "Release and forfeit both see a locked row, and 50 are credited to the user and to the pool."
      expect violated {
    transaction {
      let held = SELECT status, amount FROM locks WHERE id = :id;
      if held.status <> 'locked' { rollback; respond 409; }
      UPDATE locks SET status = :status WHERE id = :id;
      UPDATE balances SET balance = balance + :held.amount WHERE owner = :owner;
    }
  }

  variant reference "who changes the status credits, in one transaction"
      expect holds {
    transaction {
      let held = UPDATE locks SET status = :status WHERE id = :id AND status = 'locked';
      if held.count = 0 { rollback; respond 409; }
      UPDATE balances SET balance = balance + (SELECT amount FROM locks WHERE id = :id) WHERE owner = :owner;
    }
  }
}

run finish(1, 'released', 'user'), finish(1, 'forfeited', 'pool')

always "what is credited was locked, and is no longer" {
  SELECT (SELECT sum(balance) FROM balances) = (SELECT coalesce(sum(amount), 0) FROM locks WHERE status <> 'locked')
}
