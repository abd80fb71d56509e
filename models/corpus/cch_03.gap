-- CCH-03: Midaz: a balance that was read from the replica seeds a write
-- Source: github.com/LerianStudio/midaz/pull/2264
-- Store: PostgreSQL at read committed, a primary and a replica
-- Invariant: the balance is the sum of the entries
-- Shipped fix: read at the primary when the flag is set, and fail closed -> complete with the flag
-- Note: the flag is off by default, and then the request is `buggy`. In `shipped` the write compares the version that was read,
--   since two reads at the primary may precede both writes.

scenario cch_03 "Two withdrawals, and a replica that lags"

database ledger postgres {
  CREATE TABLE balances (id int PRIMARY KEY, available int NOT NULL, version int NOT NULL);
  CREATE TABLE entries (balance_id int NOT NULL, amount int NOT NULL);
  INSERT INTO balances VALUES (1, 100, 0);
  INSERT INTO entries VALUES (1, 100);
}
database copy postgres replica of ledger { }

request withdraw(id, amount) {

  variant buggy "read at the replica, write the difference at the primary"
      story "The first is committed, the replica does not have it yet, and the second writes 40 over 40."
      expect violated {
    let seen = copy> SELECT available FROM balances WHERE id = :id;
    if seen.available < amount { respond 402; }
    ledger> transaction {
      INSERT INTO entries VALUES (:id, -:amount);
      UPDATE balances SET available = :seen.available - :amount WHERE id = :id;
    }
  }

  variant shipped "read at the primary, and write only over what was read"
      expect holds {
    let seen = SELECT available, version FROM balances WHERE id = :id;
    if seen.available < amount { respond 402; }
    transaction {
      let done = UPDATE balances SET available = :seen.available - :amount, version = version + 1
                 WHERE id = :id AND version = :seen.version;
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO entries VALUES (:id, -:amount);
    }
  }

  variant reference "the primary subtracts, if there is enough"
      expect holds {
    transaction {
      let done = UPDATE balances SET available = available - :amount WHERE id = :id AND available >= :amount;
      if done.count = 0 { rollback; respond 402; }
      INSERT INTO entries VALUES (:id, -:amount);
    }
  }
}

run withdraw(1, 60) * 2

always "the balance is the sum of the entries" {
  SELECT available = (SELECT sum(amount) FROM entries) FROM balances WHERE id = 1
}
always "nothing is spent that is not there" { SELECT available >= 0 FROM balances WHERE id = 1 }
