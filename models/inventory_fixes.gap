-- The fixes for inventory.gap that it does not have, and what a crash does to stock that was taken for an order.
--
-- Seen only by `every unit sold has left the stock`, while the stock is never below zero: stock_then_order with a crash,
-- unread_version. Only by `nobody sees an internal error`: serializable_without_retry.
scenario inventory_fixes "Two orders for the last unit, and one may crash"

database shop postgres {
  CREATE TABLE items (id int PRIMARY KEY, stock int NOT NULL CHECK (stock >= 0), version int NOT NULL DEFAULT 0);
  CREATE TABLE units (item int NOT NULL, unit int NOT NULL, status text NOT NULL, PRIMARY KEY (item, unit));
  CREATE TABLE sold (item int NOT NULL, unit int NOT NULL, PRIMARY KEY (item, unit));   -- one row a unit that is gone
  CREATE TABLE adjustments (item int NOT NULL, quantity int NOT NULL);                  -- Shoppe: the stock is their sum
  CREATE TABLE orders (item int NOT NULL, quantity int NOT NULL);
  INSERT INTO items (id, stock) VALUES (1, 1);
  INSERT INTO units VALUES (1, 1, 'free');
  INSERT INTO adjustments VALUES (1, 1);
}
database redis redis { }

faults none;
faults crash <= 1;

request buy(quantity) {

  variant stock_then_order "a guarded UPDATE, then the order"
      story "A crash between the two: a unit that nobody bought is not for sale any more."
      expect holds at every level, violated at every level with crash {
    let done = UPDATE items SET stock = stock - :quantity WHERE id = 1 AND stock >= :quantity;
    if done.count = 0 { respond 409; }
    INSERT INTO orders VALUES (1, :quantity);
    respond 200;
  }

  variant conditional_update "the guarded UPDATE and the order in one statement"
      story "No loss, with or without a crash."
      expect holds at every level {
    let done = WITH taken AS (UPDATE items SET stock = stock - :quantity WHERE id = 1 AND stock >= :quantity RETURNING id)
               INSERT INTO orders SELECT id, :quantity FROM taken;
    if done.count = 0 { respond 409; }
    respond 200;
  }

  variant row_lock "SELECT … FOR UPDATE"
      story "No loss at READ COMMITTED; above it 40001 goes to the customer."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let item = SELECT stock FROM items WHERE id = 1 FOR UPDATE;
      if item.stock < quantity { rollback; respond 409; }
      INSERT INTO orders VALUES (1, :quantity);
      UPDATE items SET stock = :item.stock - :quantity WHERE id = 1;
    }
    respond 200;
  }

  variant unread_version "a version in the UPDATE, and nobody reads the row count"
      story "The version says no, and the second order is confirmed."
      expect violated at every level {
    let item = SELECT stock, version FROM items WHERE id = 1;
    if item.stock < quantity { respond 409; }
    transaction {
      UPDATE items SET stock = :item.stock - :quantity, version = version + 1 WHERE id = 1 AND version = :item.version;
      INSERT INTO orders VALUES (1, :quantity);
    }
    respond 200;
  }

  variant serializable_without_retry "SERIALIZABLE, and 40001 goes to the customer"
      story "The unit is sold once, and the other customer sees an internal error."
      expect violated at every level {
    transaction at "serializable" {
      let item = SELECT stock FROM items WHERE id = 1;
      if item.stock < quantity { rollback; respond 409; }
      INSERT INTO orders VALUES (1, :quantity);
      UPDATE items SET stock = :item.stock - :quantity WHERE id = 1;
    }
    respond 200;
  }

  variant serializable_with_retry "SERIALIZABLE, and the whole again after 40001"
      story "No loss."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let item = SELECT stock FROM items WHERE id = 1;
        if item.stock < quantity { rollback; respond 409; }
        INSERT INTO orders VALUES (1, :quantity);
        UPDATE items SET stock = :item.stock - :quantity WHERE id = 1;
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }

  variant on_conflict "a row a sold unit: INSERT … ON CONFLICT DO NOTHING"
      story "No loss: the number after the last one sold can be taken once."
      expect holds at every level {
    let gone = SELECT count(*) AS n FROM sold WHERE item = 1;
    if gone.n >= 1 { respond 409; }
    let mine = INSERT INTO sold VALUES (1, :gone.n + 1) ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 409; }
    respond 200;
  }

  variant unique_constraint "the same with 23505"
      story "No loss: the key is the net."
      expect holds at every level {
    let gone = SELECT count(*) AS n FROM sold WHERE item = 1;
    if gone.n >= 1 { respond 409; }
    try {
      INSERT INTO sold VALUES (1, :gone.n + 1);
    } catch unique_violation {
      respond 409;
    }
    respond 200;
  }

  variant state_machine "a unit goes from free to sold, and the order in the same statement"
      story "No loss: units are rows, and the from-state is matched."
      expect holds at every level {
    let done = WITH taken AS (UPDATE units SET status = 'sold' WHERE item = 1 AND unit = 1 AND status = 'free' RETURNING item)
               INSERT INTO sold SELECT item, 1 FROM taken;
    if done.count = 0 { respond 409; }
    respond 200;
  }

  variant commutative "stock is a sum of adjustments"
      story "Shoppe #403: inserts never collide, and their sum is below zero."
      expect violated at every level {
    let item = SELECT sum(quantity) AS stock FROM adjustments WHERE item = 1;
    if item.stock < quantity { respond 409; }
    INSERT INTO adjustments VALUES (1, -:quantity);
    respond 200;
  }

  variant lock_and_delete "a lock in Redis: SET NX EX, work, DEL"
      story "The lease is over before the order is written, and the next one comes in."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let item = SELECT stock FROM items WHERE id = 1;
      if item.stock < quantity { respond 409; }
      transaction {
        INSERT INTO orders VALUES (1, :quantity);
        UPDATE items SET stock = :item.stock - :quantity WHERE id = 1;
      }
      respond 200;
    } finally {
      redis> DEL lock;
    }
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the order is written, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let item = SELECT stock FROM items WHERE id = 1;
      if item.stock < quantity { respond 409; }
      transaction {
        INSERT INTO orders VALUES (1, :quantity);
        UPDATE items SET stock = :item.stock - :quantity WHERE id = 1;
      }
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    }
  }
}

run buy(1) * 2

always  "the stock never goes below zero" {
  SELECT (SELECT min(stock) FROM items) >= 0 AND (SELECT sum(quantity) FROM adjustments) >= 0
}
finally "every unit sold has left the stock" {
  SELECT (SELECT stock FROM items WHERE id = 1) + (SELECT coalesce(sum(quantity), 0) FROM orders) = 1
}
finally "no more is confirmed than there was" { SELECT count(*) <= 1 FROM responses WHERE status = '200' }
finally "somebody bought the last unit" { SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('200', 'crashed')) }
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '503', '423', 'crashed'))
}
