-- A coupon is held for fifteen minutes while its customer checks out, so that a crash gives it back: a hold that ends.
-- Both clocks of the story, 14:30 and 14:50, may pass at any moment.
--
-- Seen only by `claimed if and only if granted` with a crash: claim_without_end.
scenario coupon_hold "A coupon is held for a time, and the order may be slower, or crash"

database shop postgres {
  CREATE TABLE coupons (code text PRIMARY KEY, status text NOT NULL, holder int, held_until timestamp);
  CREATE TABLE orders (code text NOT NULL, discount int NOT NULL);
  INSERT INTO coupons VALUES ('SAVE50', 'unused', NULL, '2024-01-01 00:00');
}

clock '14:30', '14:50';
faults none;
faults crash <= 1;

request order_with(code) {

  variant claim_without_end "unused → held, order, held → used"
      story "After a crash the coupon is held for ever."
      expect holds at every level, violated at every level with crash {
    let mine = UPDATE coupons SET status = 'held' WHERE code = :code AND status = 'unused';
    if mine.count = 0 { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    UPDATE coupons SET status = 'used' WHERE code = :code;
    respond 200;
  }

  variant hold_with_an_end "a hold until 14:45; a hold that is over is taken over"
      story "The first order was slow, not dead: both get the discount."
      expect violated at every level {
    let mine = UPDATE coupons SET status = 'held', held_until = CASE WHEN now() < '2024-01-01 14:45' THEN timestamp '2024-01-01 14:45' ELSE timestamp '2024-01-01 15:05' END
               WHERE code = :code AND status <> 'used' AND held_until < now();
    if mine.count = 0 { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    UPDATE coupons SET status = 'used' WHERE code = :code;
    respond 200;
  }

  variant hold_with_an_owner "the same, and the order is written only by who holds it still"
      story "No loss: order and `used` are one transaction, and 0 rows take both back."
      expect holds at every level {
    let mine = UPDATE coupons SET status = 'held', holder = :me, held_until = CASE WHEN now() < '2024-01-01 14:45' THEN timestamp '2024-01-01 14:45' ELSE timestamp '2024-01-01 15:05' END
               WHERE code = :code AND status <> 'used' AND held_until < now();
    if mine.count = 0 { respond 409; }
    retry up to 3 on serialization_failure {
      transaction {
        let done = UPDATE coupons SET status = 'used' WHERE code = :code AND status = 'held' AND holder = :me;
        if done.count = 0 { rollback; respond 409; }
        INSERT INTO orders VALUES (:code, 50);
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }
}

run order_with('SAVE50') * 2

always  "one order at most has the discount" { SELECT count(*) <= 1 FROM orders }
finally "claimed if and only if granted" {
  SELECT EXISTS (SELECT 1 FROM coupons WHERE status = 'used')
         = EXISTS (SELECT 1 FROM orders)
}
finally "no coupon is held without an end" {
  SELECT NOT EXISTS (SELECT 1 FROM coupons WHERE status = 'held' AND held_until < '2024-01-01 14:30')
}
finally "somebody got the discount" {
  SELECT EXISTS (SELECT 1 FROM orders) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
