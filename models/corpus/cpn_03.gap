-- CPN-03: WooCommerce: usage_count is a lost update (limit 1000, more than 1500 uses, and the counter says 700)
-- Source: github.com/woocommerce/woocommerce/issues/13505, issues/27673
-- Store: MySQL (postmeta), each statement commits by itself; here PostgreSQL at read committed
-- Invariant: COUNT(orders) <= limit and usage_count = COUNT(orders)
-- Shipped fix: usage_count + 1 in one statement (shipped); later holds with an end (shipped_2, and shipped_2_declined for a payment
--   that fails) -> incomplete
-- Note: the INSERT … SELECT of the hold is one step here, and atomic with InnoDB at repeatable read; with PostgreSQL two of them overlap.

scenario cpn_03 "A coupon for one order, and two orders"

database shop postgres {
  CREATE TABLE coupons (code text PRIMARY KEY, usage_count int NOT NULL);
  CREATE TABLE holds (id int PRIMARY KEY, until timestamp NOT NULL);
  CREATE TABLE orders (id int NOT NULL);
  INSERT INTO coupons VALUES ('HALF', 0);
}
clock '10:00', '10:20'

request order_(id) {

  variant buggy "read the counter, write it" story "Both read 0: two orders, and the counter says 1." expect violated {
    let coupon = SELECT usage_count FROM coupons WHERE code = 'HALF';
    if coupon.usage_count >= 1 { respond 409; }
    INSERT INTO orders VALUES (:id);
    UPDATE coupons SET usage_count = :coupon.usage_count + 1 WHERE code = 'HALF';
  }

  variant shipped "count up in one statement"
      story "The counter is right, the limit is not: two orders, 2."
      expect violated {
    let coupon = SELECT usage_count FROM coupons WHERE code = 'HALF';
    if coupon.usage_count >= 1 { respond 409; }
    INSERT INTO orders VALUES (:id);
    UPDATE coupons SET usage_count = usage_count + 1 WHERE code = 'HALF';
  }

  variant shipped_2 "a hold until the order is paid"
      story "The hold is over before the payment comes: somebody else has the coupon, and both orders are paid."
      expect violated {
    let hold_ = INSERT INTO holds SELECT :id, now() + interval '10 minutes' FROM coupons
                WHERE usage_count + (SELECT count(*) FROM holds h WHERE h.until > now()) < 1;
    if hold_.count = 0 { respond 409; }
    call charge(id);
    INSERT INTO orders VALUES (:id);
    UPDATE coupons SET usage_count = usage_count + 1 WHERE code = 'HALF';
    DELETE FROM holds WHERE id = :id;
  }

  variant shipped_2_declined "a hold, and a payment that fails"
      story "The hold of an order that was never paid keeps the next customer out until it is over."
      expect violated {
    let hold_ = INSERT INTO holds SELECT :id, now() + interval '10 minutes' FROM coupons
                WHERE usage_count + (SELECT count(*) FROM holds h WHERE h.until > now()) < 1;
    if hold_.count = 0 { respond 409; }
    call authorize(id) may declined;
    effect given_up(id);
    respond 402;
  }

  variant reference "count up if there is one left, and order, in one statement" expect holds {
    let order_ = WITH used AS (UPDATE coupons SET usage_count = usage_count + 1 WHERE usage_count < 1 RETURNING code)
                 INSERT INTO orders SELECT :id FROM used;
    if order_.count = 0 { respond 409; }
    call charge(id);
  }
}

run order_(1), order_(2)

always  "no more orders than the limit" { SELECT count(*) <= 1 FROM orders }
finally "the counter counts the orders" { SELECT usage_count = (SELECT count(*) FROM orders) FROM coupons }
finally "who has paid has an order"     { SELECT count(*) = 0 FROM charge WHERE id NOT IN (SELECT id FROM orders) }
always  "who has given up holds no coupon" {
  SELECT count(*) = 0 FROM holds WHERE until > now() AND id IN (SELECT id FROM given_up)
}
