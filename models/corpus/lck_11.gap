-- LCK-11: Broadleaf: the lock is keyed by the order's id, and there is no order yet; a validation exception leaks the lock
-- Source: github.com/BroadleafCommerce/BroadleafCommerce/issues/2478, issues/2554
-- Store: an order lock in the database; here PostgreSQL at read committed
-- Invariant: at most one cart per customer; the lock is free in the end
-- Shipped fix: open, PR 2553 was closed -> no variant `shipped`
-- Note: a quantity of 0 is what validation refuses. `leak` is the second issue alone.

scenario lck_11 "A customer without a cart adds two items at once, of which one is not valid"

database shop postgres {
  CREATE TABLE carts (id serial PRIMARY KEY, customer int NOT NULL);
  CREATE TABLE items (cart_id int NOT NULL, quantity int NOT NULL CHECK (quantity > 0));
  CREATE TABLE locks (key text PRIMARY KEY);
}

request add_item(customer, quantity) {

  variant buggy "no cart, no lock"
      story "Neither finds a cart, so neither locks one, and both make one."
      expect violated {
    let cart = SELECT id FROM carts WHERE customer = :customer;
    let id = cart.id;
    if cart.found {
      try { INSERT INTO locks VALUES ('order-' || :id); } catch unique_violation { respond 423; }
    } else {
      let made = INSERT INTO carts (customer) VALUES (:customer) RETURNING id;
      set id = made.id;
    }
    INSERT INTO items VALUES (:id, :quantity);
    if cart.found { DELETE FROM locks WHERE key = 'order-' || :id; }
  }

  variant leak "the customer is locked; nobody unlocks after an exception"
      story "The item is refused, and the lock stays for ever."
      expect violated {
    try { INSERT INTO locks VALUES ('customer-' || :customer); } catch unique_violation { respond 423; }
    let cart = SELECT id FROM carts WHERE customer = :customer;
    let id = cart.id;
    if NOT cart.found {
      let made = INSERT INTO carts (customer) VALUES (:customer) RETURNING id;
      set id = made.id;
    }
    INSERT INTO items VALUES (:id, :quantity);
    DELETE FROM locks WHERE key = 'customer-' || :customer;
  }

  variant reference "the customer is locked, and unlocked on every way out"
      expect holds {
    try { INSERT INTO locks VALUES ('customer-' || :customer); } catch unique_violation { respond 423; }
    try {
      let cart = SELECT id FROM carts WHERE customer = :customer;
      let id = cart.id;
      if NOT cart.found {
        let made = INSERT INTO carts (customer) VALUES (:customer) RETURNING id;
        set id = made.id;
      }
      INSERT INTO items VALUES (:id, :quantity);
    } finally {
      DELETE FROM locks WHERE key = 'customer-' || :customer;
    }
  }
}

run add_item(1, 2), add_item(1, 0)

always  "one cart per customer" { SELECT count(*) <= 1 FROM carts WHERE customer = 1 }
always  "an item is something"  { SELECT count(*) = 0 FROM items WHERE quantity <= 0 }
finally "the lock is free"      { SELECT count(*) = 0 FROM locks }
