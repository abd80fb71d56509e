-- INV-05: Open Food Network: locks in order keep the stock right; money that PayPal has taken finds no order
-- Source: github.com/openfoodfoundation/openfoodnetwork/pull/5406, issues/4018, issues/5953; app/services/order_locker.rb@61fec653
-- Store: PostgreSQL at read committed
-- Invariant: count_on_hand >= 0; who has paid has an order (or his money back)
-- Shipped fix: lock_version on the stock, later OrderLocker: order and variants are locked in order -> complete for the stock,
--   incomplete for the money (#5953)
-- Note: buggy is the code before the locks. PayPal's message may be received twice, hence the lock on the order.

scenario inv_05 "One piece is left, and two customers pay for it at PayPal"

database shop postgres {
  CREATE TABLE variants (id int PRIMARY KEY, count_on_hand int NOT NULL);
  CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL);
  INSERT INTO variants VALUES (1, 1);
  INSERT INTO orders VALUES (1, 'cart'), (2, 'cart');
}
faults none
faults duplicate <= 1

request checkout(id) {                                           -- capture: the customer is at PayPal, and pays
  variant buggy "looks before the customer pays" {
    let item = SELECT count_on_hand FROM variants WHERE id = 1;
    if item.count_on_hand < 1 { respond 409; }
    call capture(id);
    send paid(id);
  }
  variant shipped "looks when he has paid" { call capture(id); send paid(id); }
  variant reference "looks when he has paid, and pays back" { call capture(id); send paid(id); }
}

request paid(id) {

  variant buggy story "Both saw the last piece before they paid: the stock is -1." expect violated {
    UPDATE variants SET count_on_hand = count_on_hand - 1 WHERE id = 1;
    UPDATE orders SET state = 'complete' WHERE id = :id;
  }

  variant shipped
      story "Another payment came first and took the last piece: this money has no order, and no way back."
      expect violated {
    transaction {
      let order_ = SELECT state FROM orders WHERE id = :id FOR UPDATE;
      if order_.state = 'complete' { rollback; respond 200; }
      let item = SELECT count_on_hand FROM variants WHERE id = 1 FOR UPDATE;
      if item.count_on_hand < 1 { rollback; respond 200; }
      UPDATE variants SET count_on_hand = count_on_hand - 1 WHERE id = 1;
      UPDATE orders SET state = 'complete' WHERE id = :id;
    }
  }

  variant reference at "read committed" expect holds {
    transaction {
      let order_ = SELECT state FROM orders WHERE id = :id FOR UPDATE;
      if order_.state = 'complete' { rollback; respond 200; }
      let item = SELECT count_on_hand FROM variants WHERE id = 1 FOR UPDATE;
      if item.count_on_hand < 1 { rollback; call refund(id) key (id); respond 200; }
      UPDATE variants SET count_on_hand = count_on_hand - 1 WHERE id = 1;
      UPDATE orders SET state = 'complete' WHERE id = :id;
    }
  }
}

run checkout(1), checkout(2)

always  "the stock is not below zero" { SELECT min(count_on_hand) >= 0 FROM variants }
finally "who has paid has either an order or his money back" {
  SELECT count(*) = 0 FROM capture c JOIN orders o ON o.id = c.id
  WHERE (o.state = 'complete') = (c.id IN (SELECT r.id FROM refund r))
}
finally "one refund for one payment" { SELECT count(*) = count(DISTINCT id) FROM refund }
