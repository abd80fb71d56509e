-- INV-11: compressor: inventory locks are a SUM and an INSERT; they end while the customer pays
-- Source: github.com/AnthropicBots/compressor/issues/1215, pull/1047, pull/1345
-- Store: MySQL at repeatable read, plain SELECTs in the transaction; here PostgreSQL at read committed
-- Invariant: SUM(active locks) <= stock (and what is sold was there)
-- Shipped fix: #1345: FOR UPDATE on the product, and a lock in Redis before it -> complete for the lock; incomplete once it ends
--   while the customer pays
-- Note: shipped ends with the lock, shipped_and_paid goes on to the sale. The lock in Redis adds nothing to the row's and is left out.
--   That consumeLocks deletes rows instead of units is another fault and not modelled.

scenario inv_11 "One piece, two customers who lock it for 15 minutes"

database shop postgres {
  CREATE TABLE products (id int PRIMARY KEY, stock int NOT NULL);
  CREATE TABLE locks (cart int NOT NULL, quantity int NOT NULL, expires timestamp);
  INSERT INTO products VALUES (1, 1);
}
clock '10:00', '10:20'

request buy(cart) {

  variant buggy "read the stock, add up the locks, insert"
      story "Both see no lock: two locks on one piece."
      expect violated {
    transaction {
      let product = SELECT stock FROM products WHERE id = 1;
      let locked = SELECT coalesce(sum(quantity), 0) AS n FROM locks WHERE expires > now();
      if product.stock - locked.n < 1 { rollback; respond 409; }
      INSERT INTO locks VALUES (:cart, 1, now() + interval '15 minutes');
    }
  }

  variant shipped "the product is locked first" at "read committed" expect holds {
    transaction {
      let product = SELECT stock FROM products WHERE id = 1 FOR UPDATE;
      let locked = SELECT coalesce(sum(quantity), 0) AS n FROM locks WHERE expires > now();
      if product.stock - locked.n < 1 { rollback; respond 409; }
      INSERT INTO locks VALUES (:cart, 1, now() + interval '15 minutes');
    }
  }

  variant shipped_and_paid "the same, and then the sale" at "read committed"
      story "The lock is over before the payment is: somebody else locks the piece, and both have bought it."
      expect violated {
    transaction {
      let product = SELECT stock FROM products WHERE id = 1 FOR UPDATE;
      let locked = SELECT coalesce(sum(quantity), 0) AS n FROM locks WHERE expires > now();
      if product.stock - locked.n < 1 { rollback; respond 409; }
      INSERT INTO locks VALUES (:cart, 1, now() + interval '15 minutes');
    }
    call pay(cart);
    WITH used AS (DELETE FROM locks WHERE cart = :cart) UPDATE products SET stock = stock - 1 WHERE id = 1;
  }

  variant reference "a lock that is still good has no end from the payment on" at "read committed" expect holds {
    transaction {
      let product = SELECT stock FROM products WHERE id = 1 FOR UPDATE;
      let locked = SELECT coalesce(sum(quantity), 0) AS n FROM locks WHERE expires IS NULL OR expires > now();
      if product.stock - locked.n < 1 { rollback; respond 409; }
      INSERT INTO locks VALUES (:cart, 1, now() + interval '15 minutes');
    }
    let mine = UPDATE locks SET expires = NULL WHERE cart = :cart AND expires > now();
    if NOT mine.found { respond 410; }
    call pay(cart);
    WITH used AS (DELETE FROM locks WHERE cart = :cart) UPDATE products SET stock = stock - 1 WHERE id = 1;
  }
}

run buy(1), buy(2)

always  "no more is locked than there is" {
  SELECT stock >= (SELECT coalesce(sum(quantity), 0) FROM locks WHERE expires IS NULL OR expires > now()) FROM products
}
finally "no more is paid for than there was" { SELECT count(*) <= 1 FROM pay }
