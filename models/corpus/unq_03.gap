-- UNQ-03: bavix: a wallet is created twice by concurrent first requests
-- Source: github.com/bavix/laravel-wallet/issues/1009
-- Store: MySQL; here PostgreSQL at read committed
-- Invariant: one wallet per (holder, slug)
-- Shipped fix: a unique index, and the loser reads again -> complete
-- Note: that the second read may miss the winner in a transaction of MySQL's repeatable read needs MySQL; PostgreSQL's
--   transaction has failed by then.

scenario unq_03 "The first two deposits of a holder"

database app postgres {
  CREATE TABLE wallets (id serial PRIMARY KEY, holder int NOT NULL, slug text NOT NULL, balance int NOT NULL);
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
      schema { CREATE UNIQUE INDEX ON wallets (holder, slug); }
      expect holds {
    let wallet = SELECT id FROM wallets WHERE holder = :holder AND slug = 'default';
    if NOT wallet.found {
      try {
        set wallet = INSERT INTO wallets (holder, slug, balance) VALUES (:holder, 'default', 0) RETURNING id;
      } catch unique_violation {
        set wallet = SELECT id FROM wallets WHERE holder = :holder AND slug = 'default';
      }
    }
    UPDATE wallets SET balance = balance + :amount WHERE id = :wallet.id;
  }

  variant reference "insert or add, in one statement"
      schema { CREATE UNIQUE INDEX ON wallets (holder, slug); }
      expect holds {
    INSERT INTO wallets (holder, slug, balance) VALUES (:holder, 'default', :amount)
    ON CONFLICT (holder, slug) DO UPDATE SET balance = wallets.balance + :amount;
  }
}

run deposit(1, 50) * 2

always  "one wallet" { SELECT count(*) <= 1 FROM wallets }
finally "with all the money" {
  SELECT coalesce(sum(balance), 0) = 50 * (SELECT count(*) FROM responses WHERE status = 200) FROM wallets
}
finally "nobody gets an error" { SELECT count(*) = 0 FROM responses WHERE status <> 200 }
