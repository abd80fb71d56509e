-- The last unit in stock, and two customers. OpenCart (#4811), Shoppe (#403) and many others sell it twice.
scenario inventory "Two orders for the last unit"

database shop postgres {
  CREATE TABLE items (id int PRIMARY KEY, stock int NOT NULL CHECK (stock >= 0), version int NOT NULL DEFAULT 0);
  CREATE TABLE orders (item int NOT NULL, quantity int NOT NULL);
  INSERT INTO items (id, stock) VALUES (1, 1);
}

request buy(quantity) {

  variant naive "read the stock, order, write the stock"
      story "One unit, two orders, and stock 0: the CHECK sees nothing wrong with writing 0 twice."
      expect violated at every level {
    let item = SELECT stock FROM items WHERE id = 1;
    if item.stock < quantity { respond 409; }
    INSERT INTO orders VALUES (1, :quantity);
    UPDATE items SET stock = :item.stock - :quantity WHERE id = 1;
    respond 200;
  }

  variant transaction_without_lock "the same between BEGIN and COMMIT"
      story "Order and stock change together or not at all, and both see the last unit."
      expect violated at "read committed", holds at "repeatable read", "serializable" {
    transaction {
      let item = SELECT stock FROM items WHERE id = 1;
      if item.stock < quantity { rollback; respond 409; }
      INSERT INTO orders VALUES (1, :quantity);
      UPDATE items SET stock = :item.stock - :quantity WHERE id = 1;
    }
    respond 200;
  }

  variant unread_row_count "a guarded UPDATE whose row count nobody reads"
      story "The guarded UPDATE changes no row for the second customer, who gets an order confirmation."
      expect violated at every level {
    let item = SELECT stock FROM items WHERE id = 1;
    if item.stock < quantity { respond 409; }
    UPDATE items SET stock = stock - :quantity WHERE id = 1 AND stock >= :quantity;
    INSERT INTO orders VALUES (1, :quantity);
    respond 200;
  }

  variant check_too_late "the order first, then the UPDATE that the CHECK refuses"
      story "The CHECK objects when the order is already written; the warehouse is asked for a unit that it has not."
      expect violated at every level {
    let item = SELECT stock FROM items WHERE id = 1;
    if item.stock < quantity { respond 409; }
    INSERT INTO orders VALUES (1, :quantity);
    UPDATE items SET stock = stock - :quantity WHERE id = 1;
    respond 200;
  }

  variant check_constraint "the same in one transaction: CHECK as a safety net"
      story "No loss: the error of the CHECK takes the order back with it."
      expect holds at every level {
    try {
      transaction {
        INSERT INTO orders VALUES (1, :quantity);
        UPDATE items SET stock = stock - :quantity WHERE id = 1;
      }
    } catch check_violation {
      respond 409;
    }
    respond 200;
  }

  variant conditional_update "UPDATE … WHERE stock >= quantity, and its row count decides"
      story "No loss: the stock is taken before anything is promised."
      expect holds at every level {
    transaction {
      let done = UPDATE items SET stock = stock - :quantity WHERE id = 1 AND stock >= :quantity;
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO orders VALUES (1, :quantity);
    }
    respond 200;
  }

  variant row_lock "SELECT … FOR UPDATE"
      story "No loss: one customer at a time."
      expect holds at every level {
    transaction {
      let item = SELECT stock FROM items WHERE id = 1 FOR UPDATE;
      if item.stock < quantity { rollback; respond 409; }
      INSERT INTO orders VALUES (1, :quantity);
      UPDATE items SET stock = :item.stock - :quantity WHERE id = 1;
    }
    respond 200;
  }

  variant optimistic_version "a version check in the UPDATE; 409 where it fails"
      story "No loss here: of one unit the loser is rightly told that it is gone (with two left it would be a lost sale)."
      expect holds at every level {
    let item = SELECT stock, version FROM items WHERE id = 1;
    if item.stock < quantity { respond 409; }
    transaction {
      let done = UPDATE items SET stock = :item.stock - :quantity, version = version + 1
                 WHERE id = 1 AND version = :item.version;
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO orders VALUES (1, :quantity);
    }
    respond 200;
  }
}

run buy(1) * 2

always  "the stock never goes below zero" { SELECT min(stock) >= 0 FROM items }
finally "every unit sold has left the stock" {
  SELECT (SELECT stock FROM items WHERE id = 1) + (SELECT coalesce(sum(quantity), 0) FROM orders) = 1
}
finally "somebody bought the last unit" { SELECT count(*) > 0 FROM orders }
