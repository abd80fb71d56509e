-- A coupon that is good for one order. Magento (#6364), WooCommerce (#13505: limit 1000, over 1500 uses, the counter
-- said 700) and Shopper (CVE-2026-47741) all gave it more often.
scenario coupon "Two orders use a coupon that is good for one"

database shop postgres {
  CREATE TABLE coupons (code text PRIMARY KEY, uses int NOT NULL, max_uses int NOT NULL);
  CREATE TABLE orders (code text NOT NULL, discount int NOT NULL);
  CREATE TABLE redemptions (code text PRIMARY KEY);   -- used by the variants that claim the code
  INSERT INTO coupons VALUES ('SAVE50', 0, 1);
}

request order_with(code) {

  variant naive "read the counter, order, write the counter"
      story "Both see 0 of 1 uses; the shop gives the discount twice and its counter says once."
      expect violated at every level {
    let coupon = SELECT uses, max_uses FROM coupons WHERE code = :code;
    if coupon.uses >= coupon.max_uses { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    UPDATE coupons SET uses = :coupon.uses + 1 WHERE code = :code;
    respond 200;
  }

  variant atomic_increment "uses = uses + 1"
      story "WooCommerce's first fix: now the counter is right, and it says 2 of 1."
      expect violated at every level {
    let coupon = SELECT uses, max_uses FROM coupons WHERE code = :code;
    if coupon.uses >= coupon.max_uses { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    UPDATE coupons SET uses = uses + 1 WHERE code = :code;
    respond 200;
  }

  variant unread_row_count "a guarded increment whose row count nobody reads"
      story "CVE-2026-47741: the guard never lets the counter past the limit, and the order is written all the same."
      expect violated at every level {
    let coupon = SELECT uses, max_uses FROM coupons WHERE code = :code;
    if coupon.uses >= coupon.max_uses { respond 409; }
    transaction {
      INSERT INTO orders VALUES (:code, 50);
      UPDATE coupons SET uses = uses + 1 WHERE code = :code AND uses < max_uses;
    }
    respond 200;
  }

  variant count_in_insert "INSERT … SELECT … WHERE (SELECT count(*) …) < max_uses"
      story "The limit stands inside the INSERT, where each transaction counts before the other's order is committed."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let done = INSERT INTO orders SELECT c.code, 50 FROM coupons c
                 WHERE c.code = :code AND (SELECT count(*) FROM orders o WHERE o.code = :code) < c.max_uses;
      if done.count = 0 { rollback; respond 409; }
    }
    respond 200;
  }

  variant lock_absent_row "SELECT the redemption FOR UPDATE before there is one"
      story "FOR UPDATE on a redemption that is not there yet finds no row, locks no row, and stops nobody."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let used = SELECT code FROM orders WHERE code = :code FOR UPDATE;
      if used.found { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
    }
    respond 200;
  }

  variant conditional_update "guarded increment first, order if it took"
      story "No loss: Shopper 2.8.0: count first, order only if the count went through, all in one transaction."
      expect holds at every level {
    transaction {
      let done = UPDATE coupons SET uses = uses + 1 WHERE code = :code AND uses < max_uses;
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
    }
    respond 200;
  }

  variant row_lock "SELECT the coupon FOR UPDATE"
      story "No loss: the coupon's row is the lock."
      expect holds at every level {
    transaction {
      let coupon = SELECT uses, max_uses FROM coupons WHERE code = :code FOR UPDATE;
      if coupon.uses >= coupon.max_uses { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
      UPDATE coupons SET uses = uses + 1 WHERE code = :code;
    }
    respond 200;
  }

  variant unique_constraint "a redemption is a row with a unique key"
      story "No loss: the second claim waits for the first and then violates the key."
      expect holds at every level {
    try {
      transaction {
        INSERT INTO redemptions VALUES (:code);
        INSERT INTO orders VALUES (:code, 50);
      }
    } catch unique_violation {
      respond 409;
    }
    respond 200;
  }
}

run order_with('SAVE50') * 2

finally "the coupon discounts no more orders than it is good for" {
  SELECT (SELECT count(*) FROM orders WHERE discount > 0) <= (SELECT max_uses FROM coupons WHERE code = 'SAVE50')
}
finally "somebody got the discount" { SELECT count(*) > 0 FROM orders WHERE discount > 0 }
