-- CPN-01: Magento: a cart rule with "uses per coupon" = 1 is used twice (ACIDRain, voucher)
-- Source: github.com/magento/magento2/issues/6364
-- Store: MySQL at repeatable read; here PostgreSQL at read committed
-- Invariant: COUNT(orders with the coupon) <= limit
-- Shipped fix: closed, its diff was not read -> unknown
-- Note: MySQL's UPDATE writes over what another transaction has committed, at repeatable read, too, as PostgreSQL's does at read
--   committed; PostgreSQL at repeatable read aborts the second order with 40001.

scenario cpn_01 "A coupon for one order, and two orders"

database shop postgres {
  CREATE TABLE coupons (code text PRIMARY KEY, uses_limit int NOT NULL, times_used int NOT NULL);
  CREATE TABLE orders (id int NOT NULL, coupon text NOT NULL);
  INSERT INTO coupons VALUES ('HALF', 1, 0);
}

request order_(id) {

  variant buggy "look, order, count up"
      story "Both see that the coupon was never used: two orders for a limit of one."
      expect violated, holds at "repeatable read", "serializable" {
    transaction {
      let coupon = SELECT times_used, uses_limit FROM coupons WHERE code = 'HALF';
      if coupon.times_used >= coupon.uses_limit { rollback; respond 409; }
      INSERT INTO orders VALUES (:id, 'HALF');
      UPDATE coupons SET times_used = times_used + 1 WHERE code = 'HALF';
    }
  }

  variant reference "count up if there is one left, or roll the order back" expect holds {
    transaction {
      INSERT INTO orders VALUES (:id, 'HALF');
      let used = UPDATE coupons SET times_used = times_used + 1 WHERE code = 'HALF' AND times_used < uses_limit;
      if used.count = 0 { rollback; respond 409; }
    }
  }
}

run order_(1), order_(2)

always  "no more orders than the limit" { SELECT count(*) <= 1 FROM orders WHERE coupon = 'HALF' }
finally "the counter counts the orders" { SELECT times_used = (SELECT count(*) FROM orders) FROM coupons }
