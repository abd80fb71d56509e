-- BAL-09: laravel-credits: SELECT … ORDER BY id DESC LIMIT 1 FOR UPDATE locks a row of the ledger that is the last one no more
-- Source: github.com/Climactic/laravel-credits/pull/20, src/Traits/HasCredits.php@07237de5
-- Store: PostgreSQL or MySQL at read committed; here PostgreSQL
-- Invariant: the last running_balance is SUM(amount), and it is >= 0
-- Shipped fix: proposed: first the owner's row is locked, in a statement of its own -> complete at read committed, stale at
--   repeatable read, aborts at serializable
-- Note: MySQL at repeatable read (a deadlock, and its retry, which saves it) is another engine and not modelled.

scenario bal_09 "Two debits of 80 from a ledger whose last line says 100"

database shop postgres {
  CREATE TABLE owners (id int PRIMARY KEY);
  CREATE TABLE credits (id serial PRIMARY KEY, owner int NOT NULL, amount int NOT NULL, running_balance int NOT NULL);
  INSERT INTO owners VALUES (1);
  INSERT INTO credits (owner, amount, running_balance) VALUES (1, 100, 100);
}

request spend(amount) {

  variant buggy "the last line of the ledger is locked"
      story "The second waits for the line of 100 and gets it, though another is the last by now: 100, 20, 20."
      expect violated {
    transaction {
      let last = SELECT running_balance FROM credits WHERE owner = 1 ORDER BY id DESC LIMIT 1 FOR UPDATE;
      if last.running_balance < amount { rollback; respond 402; }
      INSERT INTO credits (owner, amount, running_balance) VALUES (1, -:amount, :last.running_balance - :amount);
    }
  }

  variant shipped "the owner's row is locked first"
      story "At REPEATABLE READ the lock's own statement has fixed the snapshot: the last line is an old one."
      expect holds at "read committed", "serializable", violated at "repeatable read" {
    transaction {
      SELECT id FROM owners WHERE id = 1 FOR UPDATE;
      let last = SELECT running_balance FROM credits WHERE owner = 1 ORDER BY id DESC LIMIT 1;
      if last.running_balance < amount { rollback; respond 402; }
      INSERT INTO credits (owner, amount, running_balance) VALUES (1, -:amount, :last.running_balance - :amount);
    }
  }

  variant reference "at READ COMMITTED whatever the default is" at "read committed" expect holds {
    transaction {
      SELECT id FROM owners WHERE id = 1 FOR UPDATE;
      let last = SELECT running_balance FROM credits WHERE owner = 1 ORDER BY id DESC LIMIT 1;
      if last.running_balance < amount { rollback; respond 402; }
      INSERT INTO credits (owner, amount, running_balance) VALUES (1, -:amount, :last.running_balance - :amount);
    }
  }
}

run spend(80) * 2

always "nothing is overdrawn" { SELECT sum(amount) >= 0 FROM credits }
always "the last line is the balance" {
  SELECT (SELECT running_balance FROM credits ORDER BY id DESC LIMIT 1) = (SELECT sum(amount) FROM credits)
}
