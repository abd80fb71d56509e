-- PAY-01 Hyperswitch: two $60 refunds of a $100 capture
-- Source: github.com/juspay/hyperswitch/issues/13182; pull/11491, pull/13379 (a Redis lock per payment_id)
-- Store: PostgreSQL, READ COMMITTED; an optional lock in Redis
-- Invariant: the refunds that have not failed are no more than was captured
-- Shipped fix: api_locking Hold on the payment_id, as payments have it -> incomplete once the lock expires

scenario pay_01 "Sixty of a hundred dollars are refunded twice"

database pay postgres {
  CREATE TABLE payments (id int PRIMARY KEY, captured int NOT NULL);
  CREATE TABLE refunds (id serial PRIMARY KEY, payment_id int NOT NULL, amount int NOT NULL, status text NOT NULL);
  INSERT INTO payments VALUES (1, 100);
}
database redis redis { }

request refund(payment, amount) {

  variant buggy "sum up, then insert"
      story "Both see nothing refunded; 120 of 100 dollars go back."
      expect violated {
    let p = SELECT captured FROM payments WHERE id = :payment;
    let r = SELECT coalesce(sum(amount), 0) AS total FROM refunds WHERE payment_id = :payment AND status <> 'failed';
    if amount > p.captured - r.total { respond 400; }
    let mine = INSERT INTO refunds (payment_id, amount, status) VALUES (:payment, :amount, 'pending') RETURNING id;
    call connector_refund(payment, amount);
    UPDATE refunds SET status = 'success' WHERE id = :mine.id;
  }

  variant shipped "under a lock in Redis, which expires"
      story "The lock expires between the sum of the first and its INSERT; the second sums up the same."
      expect violated {
    let lock = redis> SET lock:{payment} held NX EX 60;
    if NOT lock.found { respond 423; }
    let p = SELECT captured FROM payments WHERE id = :payment;
    let r = SELECT coalesce(sum(amount), 0) AS total FROM refunds WHERE payment_id = :payment AND status <> 'failed';
    if amount > p.captured - r.total { redis> DEL lock:{payment}; respond 400; }
    let mine = INSERT INTO refunds (payment_id, amount, status) VALUES (:payment, :amount, 'pending') RETURNING id;
    call connector_refund(payment, amount);
    UPDATE refunds SET status = 'success' WHERE id = :mine.id;
    redis> DEL lock:{payment};
  }

  variant reference "the payment's row is locked while the refund is decided"
      expect holds at "read committed", violated at "repeatable read", holds at "serializable" {
    let refund_id = 0;
    transaction {
      let p = SELECT captured FROM payments WHERE id = :payment FOR UPDATE;
      let r = SELECT coalesce(sum(amount), 0) AS total FROM refunds WHERE payment_id = :payment AND status <> 'failed';
      if amount > p.captured - r.total { rollback; respond 400; }
      let mine = INSERT INTO refunds (payment_id, amount, status) VALUES (:payment, :amount, 'pending') RETURNING id;
      set refund_id = mine.id;
    }
    call connector_refund(payment, amount);
    UPDATE refunds SET status = 'success' WHERE id = :refund_id;
  }
}

run refund(1, 60) * 2

always "no more is refunded than was captured" {
  SELECT coalesce(sum(amount), 0) <= 100 FROM refunds WHERE status <> 'failed'
}
always "nor sent back" { SELECT coalesce(sum(amount), 0) <= 100 FROM connector_refund }
