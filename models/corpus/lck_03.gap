-- LCK-03: Spree order lock: SELECT … FOR UPDATE outside any transaction
-- Source: github.com/spree/spree/issues/10697 (project-concerto)
-- Store: SQL, autocommit; here PostgreSQL at read committed
-- Invariant: one order is not modified by two requests at once: its total is the sum of its items
-- Shipped fix: none known -> no variant `shipped`
-- Note: an order that is memoised is not even locked for a moment; that is `buggy` without its FOR UPDATE, with the same schedule.

scenario lck_03 "Two items are added to an order that is locked for the length of one statement"

database shop postgres {
  CREATE TABLE orders (id int PRIMARY KEY, total int NOT NULL);
  CREATE TABLE items (order_id int NOT NULL, price int NOT NULL);
  INSERT INTO orders VALUES (7, 0);
}

request add_item(id, price) {

  variant buggy "the lock is gone with its statement"
      story "Both have locked the order, one after the other, and both write a total that they have read."
      expect violated {
    let order_ = SELECT total FROM orders WHERE id = :id FOR UPDATE;
    INSERT INTO items VALUES (:id, :price);
    UPDATE orders SET total = :order_.total + :price WHERE id = :id;
  }

  variant reference "the lock is held until COMMIT"
      expect holds {
    transaction {
      let order_ = SELECT total FROM orders WHERE id = :id FOR UPDATE;
      INSERT INTO items VALUES (:id, :price);
      UPDATE orders SET total = :order_.total + :price WHERE id = :id;
    }
  }
}

run add_item(7, 10) * 2

finally "the total is the sum of the items" {
  SELECT total = (SELECT coalesce(sum(price), 0) FROM items) FROM orders WHERE id = 7
}
