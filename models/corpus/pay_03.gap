-- PAY-03 OwnPay: reconciliation marks stuck refunds as failed, and the merchant refunds again
-- Source: github.com/own-pay/OwnPay/issues/222
-- Store: MySQL and a cron job; here PostgreSQL at READ COMMITTED
-- Invariant: the gateway refunds a payment at most once
-- Shipped fix: closed, details not read; so there is no `shipped`
-- Note: the corpus's schedule has a crash; none is needed: a refund whose gateway takes longer than a day is as good. What
--   the first refund withholds from the balance is what refuses a second one.

scenario pay_03 "A refund hangs, is taken for failed, and is made again"

database own postgres {
  CREATE TABLE merchants (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE refunds (id serial PRIMARY KEY, status text NOT NULL, since timestamp NOT NULL);
  INSERT INTO merchants VALUES (1, 50);
}
clock '2024-01-01 12:00', '2024-01-02 13:00'
faults crash <= 1

request refund(payment) {
  let refund_id = 0;
  transaction {
    let mine = INSERT INTO refunds (status, since) VALUES ('pending', now()) RETURNING id;
    let withheld = UPDATE merchants SET balance = balance - 50 WHERE id = 1 AND balance >= 50;
    if NOT withheld.found { rollback; respond 402; }
    set refund_id = mine.id;
  }
  call gateway_refund(payment) key (refund_id);
  UPDATE refunds SET status = 'succeeded' WHERE id = :refund_id;
}

request reconcile() {

  variant buggy "what is pending for a day has failed"
      story "The gateway has refunded, the answer is lost; cron gives the balance back, and the merchant refunds again."
      expect violated {
    for stuck in SELECT id FROM refunds WHERE status = 'pending' AND since < now() - interval '24 hours' {
      transaction {
        let failed = UPDATE refunds SET status = 'failed' WHERE id = :stuck.id AND status = 'pending';
        if failed.found { UPDATE merchants SET balance = balance + 50 WHERE id = 1; }
      }
    }
  }

  variant reference "what is pending for a day is unknown: the gateway is asked again, with the same key" expect holds {
    for stuck in SELECT id FROM refunds WHERE status = 'pending' AND since < now() - interval '24 hours' {
      call gateway_refund(7 AS payment) key (stuck.id);
      UPDATE refunds SET status = 'succeeded' WHERE id = :stuck.id;
    }
  }
}

run refund(7) * 2, job reconcile()

always  "the gateway refunds once" { SELECT count(*) <= 1 FROM gateway_refund }
finally "no refund hangs longer than a day" {
  SELECT count(*) = 0 FROM refunds WHERE status = 'pending' AND since < now() - interval '24 hours'
}
always  "what is pending is withheld" {
  SELECT 50 * count(*) <= 50 - (SELECT balance FROM merchants) FROM refunds WHERE status = 'pending'
}
