-- INV-01: OpenCart: the stock goes below zero although "store checkout" is off (ACIDRain, inventory)
-- Source: github.com/opencart/opencart/issues/4811
-- Store: MySQL (MyISAM or InnoDB), each statement commits by itself; here PostgreSQL at read committed
-- Invariant: quantity >= 0
-- Shipped fix: none, the maintainer rejected the report

scenario inv_01 "One piece is left, and two carts have it"

database shop postgres {
  CREATE TABLE products (id int PRIMARY KEY, quantity int NOT NULL);
  CREATE TABLE orders (id int NOT NULL, pieces int NOT NULL);
  INSERT INTO products VALUES (1, 1);
}

request order_(id, pieces) {

  variant buggy "the cart page looks, the order takes"
      story "Both cart pages see one piece, and both orders take it: the stock is -1."
      expect violated {
    let product = SELECT quantity FROM products WHERE id = 1;
    if product.quantity < pieces { respond 409; }
    INSERT INTO orders VALUES (:id, :pieces);
    UPDATE products SET quantity = quantity - :pieces WHERE id = 1;
  }

  variant reference "the order takes what is there, or is rolled back" expect holds {
    transaction {
      INSERT INTO orders VALUES (:id, :pieces);
      let taken = UPDATE products SET quantity = quantity - :pieces WHERE id = 1 AND quantity >= :pieces;
      if taken.count = 0 { rollback; respond 409; }
    }
  }
}

run order_(1, 1), order_(2, 1)

always  "the stock is not below zero" { SELECT min(quantity) >= 0 FROM products }
finally "what is ordered has left the stock" {
  SELECT quantity + (SELECT coalesce(sum(pieces), 0) FROM orders) = 1 FROM products
}
