-- Coupon: a code that is good for one order discounts two.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario coupon "Two orders use a coupon that is good for one"

database shop postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE coupons (code text PRIMARY KEY, uses int NOT NULL, max_uses int NOT NULL);
  CREATE TABLE orders (code text NOT NULL, discount int NOT NULL);
  INSERT INTO coupons VALUES ('SAVE50', 0, 1);
}

request order_with(code) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "read the counter, order, write the counter"
      story "Both see 0 of 1 uses: the discount is given twice, and the counter says once."
      expect violated {
    let coupon = SELECT uses, max_uses FROM coupons WHERE code = :code;
    if coupon.uses >= coupon.max_uses { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    UPDATE coupons SET uses = :coupon.uses + 1 WHERE code = :code;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant conditional_update "count first, and order only if the count went through"
      story "No loss: the guarded increment decides, and claim and order are one transaction."
      expect holds {
    transaction {
      let claimed = UPDATE coupons SET uses = uses + 1 WHERE code = :code AND uses < max_uses;
      if claimed.count = 0 { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
    }
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run order_with('SAVE50') * 2

always  "no more orders are discounted than the coupon is good for" { SELECT count(*) <= 1 FROM orders }
finally "somebody got the discount" { SELECT count(*) >= 1 FROM orders }
finally "the counter counts the orders" {
  SELECT (SELECT uses FROM coupons WHERE code = 'SAVE50') = (SELECT count(*) FROM orders)
}
