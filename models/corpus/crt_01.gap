-- CRT-01: Shopizer: the order's total does not match its items (the cart attack of ACIDRain)
-- Source: github.com/shopizer-ecommerce/shopizer/issues/121 (open); the same shape in snipcart/snipcart-v3-feedback#97
-- Store: MySQL, several transactions; here PostgreSQL at read committed
-- Invariant: the lines of the order are worth what was paid
-- Shipped fix: the cart is read once, and the order is made from what was read -> complete

scenario crt_01 "While the cart is paid, another tab puts something into it"

database shop postgres {
  CREATE TABLE carts (id int PRIMARY KEY, state text NOT NULL);
  CREATE TABLE cart_items (cart_id int NOT NULL, price int NOT NULL);
  CREATE TABLE order_lines (cart_id int NOT NULL, price int NOT NULL);
  INSERT INTO carts VALUES (1, 'open');
  INSERT INTO cart_items VALUES (1, 10);
}

request checkout(cart) {

  variant buggy "sum, pay, copy the cart"
      story "The sum is 10, 10 are paid, an item of 90 is added, and the order has both."
      expect violated {
    let total = SELECT sum(price) AS n FROM cart_items WHERE cart_id = :cart;
    call pay(total.n AS amount);
    INSERT INTO order_lines SELECT cart_id, price FROM cart_items WHERE cart_id = :cart;
  }

  variant shipped "read once, pay that, order that"
      expect holds {
    let items = SELECT price FROM cart_items WHERE cart_id = :cart;
    let total = 0;
    for item in items.rows { set total = total + item.price; }
    call pay(total AS amount);
    for item in items.rows { INSERT INTO order_lines VALUES (:cart, :item.price); }
  }

  variant reference "the cart is closed before it is summed up"
      expect holds {
    UPDATE carts SET state = 'closed' WHERE id = :cart;
    let total = SELECT sum(price) AS n FROM cart_items WHERE cart_id = :cart;
    call pay(total.n AS amount);
    INSERT INTO order_lines SELECT cart_id, price FROM cart_items WHERE cart_id = :cart;
  }
}

request add_item(cart, price) {
  variant buggy { INSERT INTO cart_items VALUES (:cart, :price); }
  variant shipped { INSERT INTO cart_items VALUES (:cart, :price); }
  variant reference {
    transaction {
      let cart_ = SELECT state FROM carts WHERE id = :cart FOR UPDATE;
      if cart_.state <> 'open' { rollback; respond 409; }
      INSERT INTO cart_items VALUES (:cart, :price);
    }
  }
}

run checkout(1), add_item(1, 90)

finally "the order is worth what was paid" {
  SELECT (SELECT sum(price) FROM order_lines) = (SELECT sum(amount) FROM pay)
}
