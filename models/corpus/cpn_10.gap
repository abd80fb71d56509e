-- CPN-10: Zen Cart: a coupon is validated once more under MySQL's GET_LOCK
-- Source: github.com/zencart/zencart/pull/7883
-- Store: MySQL, each statement commits by itself, and a named lock; here PostgreSQL at read committed, with an advisory lock
-- Invariant: COUNT(redeem_track) <= uses_per_coupon, and an order with the discount has its row in redeem_track
-- Shipped fix: the PR: the order is written, then GET_LOCK, count, redeem_track -> incomplete (as visible)
-- Note: shipped loses the second invariant: the loser's order keeps the discount and is not recorded. shipped_time_out loses the
--   first as well: GET_LOCK's answer 0 (here lock_not_available) is not looked at.

scenario cpn_10 "A coupon for one use, and two orders"

database shop postgres {
  CREATE TABLE orders (id int NOT NULL);
  CREATE TABLE redeem_track (order_id int NOT NULL);
}

request checkout(id) {

  variant buggy "validate, order, redeem" story "Both count 0: two orders have redeemed it." expect violated {
    let used = SELECT count(*) AS n FROM redeem_track;
    if used.n >= 1 { respond 409; }
    INSERT INTO orders VALUES (:id);
    INSERT INTO redeem_track VALUES (:id);
  }

  variant shipped "count again under the lock, when the order is written already"
      story "The loser of the lock is not recorded, but the total of its order has the discount."
      expect violated {
    let used = SELECT count(*) AS n FROM redeem_track;
    if used.n >= 1 { respond 409; }
    INSERT INTO orders VALUES (:id);
    SELECT pg_advisory_lock(7);
    let again_ = SELECT count(*) AS n FROM redeem_track;
    if again_.n < 1 { INSERT INTO redeem_track VALUES (:id); }
    SELECT pg_advisory_unlock(7);
  }

  variant shipped_time_out "the same, and the time-out of the lock is taken for the lock"
      story "The wait for the lock ends with 0, and the code goes on: both count 0 under one lock."
      expect violated {
    let used = SELECT count(*) AS n FROM redeem_track;
    if used.n >= 1 { respond 409; }
    INSERT INTO orders VALUES (:id);
    SET lock_timeout = '5s';
    try { SELECT pg_advisory_lock(7); } catch lock_not_available { }
    let again_ = SELECT count(*) AS n FROM redeem_track;
    if again_.n < 1 { INSERT INTO redeem_track VALUES (:id); }
    SELECT pg_advisory_unlock(7);
  }

  variant reference "count under the lock, then order" at "read committed" expect holds {
    transaction {
      SELECT pg_advisory_xact_lock(7);
      let used = SELECT count(*) AS n FROM redeem_track;
      if used.n >= 1 { rollback; respond 409; }
      INSERT INTO orders VALUES (:id);
      INSERT INTO redeem_track VALUES (:id);
    }
  }
}

run checkout(1), checkout(2)

always  "redeemed as often as it may be" { SELECT count(*) <= 1 FROM redeem_track }
finally "a discounted order is recorded" {
  SELECT count(*) = 0 FROM orders WHERE id NOT IN (SELECT order_id FROM redeem_track)
}
