-- UNQ-03: bavix: a wallet is created twice by concurrent first requests
-- Source: github.com/bavix/laravel-wallet/issues/1009
-- Store: MySQL; here PostgreSQL at read committed
-- Invariant: one wallet per (holder, slug)
-- Shipped fix: a unique index, and the loser reads again -> complete
-- Note: the index is on a table of its own, since the schema is the same for all variants. That the second read may miss the
--   winner in a transaction of MySQL's repeatable read needs MySQL; PostgreSQL's transaction has failed by then.

scenario unq_03 "The first two deposits of a holder"

database app postgres {
  CREATE TABLE wallets (id serial PRIMARY KEY, holder int NOT NULL, slug text NOT NULL, balance int NOT NULL);
  CREATE TABLE wallets_unique (holder int NOT NULL, slug text NOT NULL, balance int NOT NULL, PRIMARY KEY (holder, slug));
}

request deposit(holder, amount) {

  variant buggy "look, and create it if it is not there"
      story "Both find no wallet, and both create one; each has half of the money."
      expect violated {
    let wallet = SELECT id FROM wallets WHERE holder = :holder AND slug = 'default';
    if wallet.found {
      UPDATE wallets SET balance = balance + :amount WHERE id = :wallet.id;
    } else {
      INSERT INTO wallets (holder, slug, balance) VALUES (:holder, 'default', :amount);
    }
  }

  variant shipped "the index refuses the second, which reads again"
      expect holds {
    let wallet = SELECT holder FROM wallets_unique WHERE holder = :holder AND slug = 'default';
    if NOT wallet.found {
      try {
        INSERT INTO wallets_unique VALUES (:holder, 'default', 0);
      } catch unique_violation {
        set wallet = SELECT holder FROM wallets_unique WHERE holder = :holder AND slug = 'default';
      }
    }
    UPDATE wallets_unique SET balance = balance + :amount WHERE holder = :holder AND slug = 'default';
  }

  variant reference "insert or add, in one statement"
      expect holds {
    INSERT INTO wallets_unique VALUES (:holder, 'default', :amount)
    ON CONFLICT (holder, slug) DO UPDATE SET balance = wallets_unique.balance + :amount;
  }
}

run deposit(1, 50) * 2

always  "one wallet" { SELECT (SELECT count(*) FROM wallets) + (SELECT count(*) FROM wallets_unique) <= 1 }
finally "with all the money" {
  SELECT (SELECT coalesce(sum(balance), 0) FROM wallets) + (SELECT coalesce(sum(balance), 0) FROM wallets_unique)
       = 50 * (SELECT count(*) FROM responses WHERE status = 200)
}
finally "nobody gets an error" { SELECT count(*) = 0 FROM responses WHERE status <> 200 }
