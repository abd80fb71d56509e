-- Two transfers in opposite directions. Locks taken in the order "from, to" meet in the middle.
scenario transfer "Two accounts, two transfers in opposite directions"

database bank postgres {
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO accounts VALUES (1, 100), (2, 100);
}

request transfer(source, target, amount) {

  variant naive "read and write each account"
      story "Flexcoin, 2014: balances are read, added to and written back, each by itself; money appears."
      expect violated at every level {
    let giver = SELECT balance FROM accounts WHERE id = :source;
    if giver.balance < amount { respond 402; }
    UPDATE accounts SET balance = :giver.balance - :amount WHERE id = :source;
    let taker = SELECT balance FROM accounts WHERE id = :target;
    UPDATE accounts SET balance = :taker.balance + :amount WHERE id = :target;
    respond 200;
  }

  variant two_statements "two guarded UPDATEs without a transaction"
      story "Nothing is lost in the end, but the auditor's sum, taken between the two statements, is short."
      expect violated at every level {
    let done = UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount;
    if done.count = 0 { respond 402; }
    UPDATE accounts SET balance = balance + :amount WHERE id = :target;
    respond 200;
  }

  variant lock_from_then_to "FOR UPDATE on the source, then on the target"
      story "Both hold their own account and wait for the other's; the database ends one, and its customer is refused."
      expect violated at every level {
    transaction {
      let giver = SELECT balance FROM accounts WHERE id = :source FOR UPDATE;
      if giver.balance < amount { rollback; respond 402; }
      SELECT balance FROM accounts WHERE id = :target FOR UPDATE;
      UPDATE accounts SET balance = balance - :amount WHERE id = :source;
      UPDATE accounts SET balance = balance + :amount WHERE id = :target;
    }
    respond 200;
  }

  variant update_from_then_to "two guarded UPDATEs in a transaction"
      story "No SELECT … FOR UPDATE in sight, and the same deadlock: an UPDATE locks too."
      expect violated at every level {
    transaction {
      let done = UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount;
      if done.count = 0 { rollback; respond 402; }
      UPDATE accounts SET balance = balance + :amount WHERE id = :target;
    }
    respond 200;
  }

  variant ordered_locks "both accounts FOR UPDATE, in the order of their numbers"
      story "No loss: everybody locks the lower number first."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      SELECT id FROM accounts WHERE id IN (:source, :target) ORDER BY id FOR UPDATE;
      let done = UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount;
      if done.count = 0 { rollback; respond 402; }
      UPDATE accounts SET balance = balance + :amount WHERE id = :target;
    }
    respond 200;
  }

  variant ordered_locks_with_retry "the same, and the whole again after 40001"
      story "No loss, and nobody is sent away at any level: in order there is no deadlock, and 40001 means that another is done."
      expect holds at every level {
    retry on serialization_failure {
      transaction {
        SELECT id FROM accounts WHERE id IN (:source, :target) ORDER BY id FOR UPDATE;
        let done = UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount;
        if done.count = 0 { rollback; respond 402; }
        UPDATE accounts SET balance = balance + :amount WHERE id = :target;
      }
    }
    respond 200;
  }

  variant ordered_updates "the lower number is updated first"
      story "No loss: the guarded UPDATEs themselves in the order of the numbers."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      if source < target {
        let given = UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount;
        if given.count = 0 { rollback; respond 402; }
        UPDATE accounts SET balance = balance + :amount WHERE id = :target;
      } else {
        UPDATE accounts SET balance = balance + :amount WHERE id = :target;
        let taken = UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount;
        if taken.count = 0 { rollback; respond 402; }
      }
    }
    respond 200;
  }

  variant one_statement "one UPDATE moves both balances"
      story "No loss: one statement locks both rows in the order in which it scans them, which is that of the key."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      UPDATE accounts SET balance = balance + CASE WHEN id = :source THEN -:amount ELSE :amount END
        WHERE id IN (:source, :target);
      let low = SELECT count(*) AS accounts FROM accounts WHERE balance < 0;
      if low.accounts > 0 { rollback; respond 402; }
    }
    respond 200;
  }
}

-- Small beside 100, so that fifty requests want for no money: what is asked is whether they get in each other's way.
run transfer(1, 2, 3), transfer(2, 1, 2)

always  "money is neither made nor lost" { SELECT sum(balance) = 200 FROM accounts }
always  "no account goes below zero"     { SELECT min(balance) >= 0 FROM accounts }
finally "no transfer fails for another reason than want of money" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '402'))
}
finally "some transfer comes through" { SELECT EXISTS (SELECT 1 FROM responses WHERE status = '200') }
