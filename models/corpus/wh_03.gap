-- WH-03 Lago: prepaid credits are settled twice within milliseconds; a lock of the job, then lock_version
-- Source: github.com/getlago/lago-api/pull/2243, pull/2664, pull/3618
-- Store: PostgreSQL, READ COMMITTED; Sidekiq
-- Invariant: the balance is the sum of what is settled
-- Shipped fix: 2243 unique job in Redis -> incomplete; 2664 again after StaleObject -> incomplete; 3618 lock_version on the
--   wallet_transactions -> complete
-- Note: `shipped`, `shipped_2`, `shipped_3` are the three. lock_version is ActiveRecord's: the UPDATE has the version that was
--   read, and no row is a StaleObjectError.

scenario wh_03 "A top-up of prepaid credits is settled by two jobs"

database lago postgres {
  CREATE TABLE wallets (id int PRIMARY KEY, balance int NOT NULL, version int NOT NULL);
  CREATE TABLE topups (id int PRIMARY KEY, status text NOT NULL, version int NOT NULL);
  INSERT INTO wallets VALUES (1, 0, 0);
  INSERT INTO topups VALUES (7, 'pending', 0);
}
database redis redis { }
faults none
faults crash <= 1

request settle(id, amount) {

  variant buggy "look, settle, add" story "Both see it pending, and each adds the credits." expect violated {
    let t = SELECT status FROM topups WHERE id = :id;
    if t.status <> 'pending' { respond 200; }
    UPDATE topups SET status = 'settled' WHERE id = :id;
    UPDATE wallets SET balance = balance + :amount WHERE id = 1;
  }

  variant shipped "2243: a unique job, by a lock in Redis that expires"
      story "The lock expires while the first job is on its way, and the second settles as well."
      expect violated {
    let lock = redis> SET settle:{id} locked NX EX 60;
    if NOT lock.found { respond 200; }
    let t = SELECT status FROM topups WHERE id = :id;
    if t.status <> 'pending' { respond 200; }
    UPDATE topups SET status = 'settled' WHERE id = :id;
    UPDATE wallets SET balance = balance + :amount WHERE id = 1;
  }

  variant shipped_2 "2664: the wallet has a version, and is written again if that is stale"
      story "Both have seen the top-up pending; the wallet's version, read again, is no obstacle to the second credit."
      expect violated {
    let t = SELECT status FROM topups WHERE id = :id;
    if t.status <> 'pending' { respond 200; }
    UPDATE topups SET status = 'settled' WHERE id = :id;
    retry up to 2 {
      let w = SELECT balance, version FROM wallets WHERE id = 1;
      let done = UPDATE wallets SET balance = :w.balance + :amount, version = version + 1 WHERE id = 1 AND version = :w.version;
      if NOT done.found { again; }
    }
  }

  variant shipped_3 "3618: the top-up has a version as well" expect holds {
    transaction {
      let t = SELECT status, version FROM topups WHERE id = :id;
      if t.status <> 'pending' { rollback; respond 200; }
      let mine = UPDATE topups SET status = 'settled', version = version + 1 WHERE id = :id AND version = :t.version;
      if NOT mine.found { rollback; respond 'StaleObjectError'; }
      UPDATE wallets SET balance = balance + :amount WHERE id = 1;
    }
  }

  variant reference "only what is pending is settled, in one statement, and credited with it" expect holds {
    transaction {
      let mine = UPDATE topups SET status = 'settled' WHERE id = :id AND status = 'pending';
      if mine.found { UPDATE wallets SET balance = balance + :amount WHERE id = 1; }
    }
  }
}

run settle(7, 20) * 2

always  "not too much"   { SELECT balance <= 20 * (SELECT count(*) FROM topups WHERE status = 'settled') FROM wallets }
finally "nor too little" { SELECT balance = 20 FROM wallets }
