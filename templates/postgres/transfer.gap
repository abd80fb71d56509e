-- Transfer: several transfers read both balances before either of them has written any.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario transfer "Three transfers between two accounts, in both directions"

database bank postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO accounts VALUES (1, 100), (2, 100);
}

request transfer(source, target, amount) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "read and write each account"
      story "Each writes what it has read: money appears, or is gone."
      expect violated {
    let giver = SELECT balance FROM accounts WHERE id = :source;
    if giver.balance < amount { respond 402; }
    UPDATE accounts SET balance = :giver.balance - :amount WHERE id = :source;
    let taker = SELECT balance FROM accounts WHERE id = :target;
    UPDATE accounts SET balance = :taker.balance + :amount WHERE id = :target;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant ordered_locks "one transaction, both rows locked in the order of their numbers, a guarded UPDATE"
      story "No loss, and no deadlock: everybody locks the lower number first."
      expect holds {
    transaction {
      SELECT id FROM accounts WHERE id IN (:source, :target) ORDER BY id FOR UPDATE;
      let given = UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount;
      if given.count = 0 { rollback; respond 402; }
      UPDATE accounts SET balance = balance + :amount WHERE id = :target;
    }
    respond 200;
  }
}

run transfer(1, 2, 60) * 2, transfer(2, 1, 10)

always  "no account goes below zero"     { SELECT min(balance) >= 0 FROM accounts }
finally "money is neither made nor lost" { SELECT sum(balance) = 200 FROM accounts }
finally "nobody sees an internal error"  { SELECT count(*) = 0 FROM responses WHERE status NOT IN ('200', '402') }
