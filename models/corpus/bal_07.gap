-- BAL-07: Medusa's loyalty plugin: a gift card is redeemed twice in concurrent checkouts
-- Source: github.com/medusajs/medusa/pull/16347
-- Store: PostgreSQL at read committed
-- Invariant: SUM(transactions of the account) >= 0, and at most one debit for each reference
-- Shipped fix: the account is locked on debit; no unique index on the reference -> incomplete

scenario bal_07 "Debits of 50 and 60 from an account that has 100"

database shop postgres {
  CREATE TABLE accounts (id int PRIMARY KEY);
  CREATE TABLE transactions (account int NOT NULL, amount int NOT NULL, reference int NOT NULL);
  INSERT INTO accounts VALUES (1);
  INSERT INTO transactions VALUES (1, 100, 0);
}
faults none
faults retry <= 1

request debit(amount) {                            -- the reference is the request's number

  variant buggy "sum, check, insert"
      story "Both see 100, and both take their part: the account is at -10."
      expect violated {
    let account = SELECT sum(amount) AS balance FROM transactions WHERE account = 1;
    if account.balance < amount { respond 402; }
    INSERT INTO transactions VALUES (1, -:amount, :me);
  }

  variant shipped "the account is locked"
      story "The step is reported as failed after its commit and runs again: the same cart pays twice."
      expect holds at "read committed", violated with retry {
    transaction {
      SELECT id FROM accounts WHERE id = 1 FOR UPDATE;
      let account = SELECT sum(amount) AS balance FROM transactions WHERE account = 1;
      if account.balance < amount { rollback; respond 402; }
      INSERT INTO transactions VALUES (1, -:amount, :me);
    }
  }

  variant reference "and under the lock the reference is looked for" at "read committed" expect holds {
    transaction {
      SELECT id FROM accounts WHERE id = 1 FOR UPDATE;
      let done = SELECT 1 AS one FROM transactions WHERE reference = :me;
      if done.found { rollback; respond 200; }
      let account = SELECT sum(amount) AS balance FROM transactions WHERE account = 1;
      if account.balance < amount { rollback; respond 402; }
      INSERT INTO transactions VALUES (1, -:amount, :me);
    }
  }

  variant unique_index "the index that was not added" at "read committed"
      schema { CREATE UNIQUE INDEX ON transactions (reference); }
      expect holds {
    transaction {
      SELECT id FROM accounts WHERE id = 1 FOR UPDATE;
      let account = SELECT sum(amount) AS balance FROM transactions WHERE account = 1;
      if account.balance < amount { rollback; respond 402; }
      INSERT INTO transactions VALUES (1, -:amount, :me);
    }
  }
}

run debit(50), debit(60)

always "the account is not overdrawn" { SELECT sum(amount) >= 0 FROM transactions }
always "one debit for each reference" {
  SELECT count(*) = count(DISTINCT reference) FROM transactions
}
