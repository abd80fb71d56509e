-- Inventory: the last unit is sold twice.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario inventory "Two customers order the last unit"

database shop postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE items (id int PRIMARY KEY, stock int NOT NULL CHECK (stock >= 0));
  CREATE TABLE orders (item int NOT NULL, quantity int NOT NULL);
  INSERT INTO items VALUES (1, 1);
}

request buy(item, quantity) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "read the stock, order, write the stock"
      story "One unit, two orders, and stock 0: the CHECK sees nothing wrong with writing 0 twice."
      expect violated {
    let found = SELECT stock FROM items WHERE id = :item;
    if found.stock < quantity { respond 409; }
    INSERT INTO orders VALUES (:item, :quantity);
    UPDATE items SET stock = :found.stock - :quantity WHERE id = :item;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant conditional_update "UPDATE … WHERE stock >= quantity, and its row count decides"
      story "No loss: the stock is taken before anything is promised, in the transaction of the order."
      expect holds {
    transaction {
      let taken = UPDATE items SET stock = stock - :quantity WHERE id = :item AND stock >= :quantity;
      if taken.count = 0 { rollback; respond 409; }
      INSERT INTO orders VALUES (:item, :quantity);
    }
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run buy(1, 1) * 2

always  "the stock never goes below zero" { SELECT min(stock) >= 0 FROM items }
finally "every unit sold has left the stock" {
  SELECT 1 - (SELECT stock FROM items WHERE id = 1) = (SELECT coalesce(sum(quantity), 0) FROM orders)
}
finally "somebody bought the last unit" { SELECT count(*) >= 1 FROM orders }
