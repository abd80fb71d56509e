-- PAY-05 Kill Bill: a janitor that a GET starts races with the payment attempt; UNKNOWN payments are paid twice
-- Source: github.com/killbill/killbill/issues/1599, issues/1015, issues/338, pull/2062
-- Store: MySQL and a global lock of the account; here PostgreSQL at READ COMMITTED
-- Invariant: an invoice is charged once; a payment attempt is finalised once
-- Shipped fix: #2062, the lock (re-entrant) is held until the attempt is finalised -> complete for #1599; #1015 needs
--   "no new payment while one is UNKNOWN"
-- Note: so `shipped` is #1599 after #2062, where the plugin always answers, and `unknown` is #1015 after it.

scenario pay_05 "A payment attempt is completed by two, and an unknown one is made again"

database bill postgres {
  CREATE TABLE attempts (id serial, invoice int, state text DEFAULT 'INIT', payment text DEFAULT 'INIT', finalised int DEFAULT 0);
}
lock account

request pay(invoice) {

  variant buggy "the lock is released before the attempt is finalised"
      story "The janitor finds the attempt INIT, though it is paid, and finalises it, without the plugin's properties."
      expect violated {
    hold account(1) {
      let before = SELECT id FROM attempts WHERE invoice = :invoice AND payment = 'SUCCESS';
      if before.found { respond 409; }
      let mine = INSERT INTO attempts (invoice) VALUES (:invoice) RETURNING id;
      call purchase(invoice);
      UPDATE attempts SET payment = 'SUCCESS' WHERE id = :mine.id;
    }
    UPDATE attempts SET state = 'SUCCESS', finalised = finalised + 1 WHERE id = :mine.id;
  }

  variant shipped "the lock is held until the attempt is finalised" expect holds {
    hold account(1) {
      let before = SELECT id FROM attempts WHERE invoice = :invoice AND payment = 'SUCCESS';
      if before.found { respond 409; }
      let mine = INSERT INTO attempts (invoice) VALUES (:invoice) RETURNING id;
      call purchase(invoice);
      UPDATE attempts SET payment = 'SUCCESS' WHERE id = :mine.id;
      UPDATE attempts SET state = 'SUCCESS', finalised = finalised + 1 WHERE id = :mine.id;
    }
  }

  variant unknown "the same, and the plugin may not know what has become of the payment"
      story "The first payment is UNKNOWN, the second is made, and then the first turns out to be done."
      expect violated {
    hold account(1) {
      let before = SELECT id FROM attempts WHERE invoice = :invoice AND payment = 'SUCCESS';
      if before.found { respond 409; }
      let mine = INSERT INTO attempts (invoice) VALUES (:invoice) RETURNING id;
      let r = call purchase(invoice) may ok, pending;
      UPDATE attempts SET payment = CASE WHEN :r.outcome = 'ok' THEN 'SUCCESS' ELSE 'UNKNOWN' END WHERE id = :mine.id;
    }
  }

  variant reference "no new payment while one may be under way" expect holds {
    hold account(1) {
      let before = SELECT id FROM attempts WHERE invoice = :invoice;
      if before.found { respond 409; }
      let mine = INSERT INTO attempts (invoice) VALUES (:invoice) RETURNING id;
      let r = call purchase(invoice) may ok, pending;
      UPDATE attempts SET payment = CASE WHEN :r.outcome = 'ok' THEN 'SUCCESS' ELSE 'UNKNOWN' END WHERE id = :mine.id;
      UPDATE attempts SET state = 'SUCCESS', finalised = finalised + 1 WHERE id = :mine.id AND payment = 'SUCCESS';
    }
  }
}

request get_payment(invoice) {
  hold account(1) {
    let stuck = SELECT id FROM attempts WHERE invoice = :invoice AND state = 'INIT' AND payment = 'SUCCESS';
    UPDATE attempts SET state = 'SUCCESS', finalised = finalised + 1 WHERE id = :stuck.id;
  }
}

run pay(7) * 2, get_payment(7)

always "the invoice is charged once"  { SELECT count(*) <= 1 FROM purchase }
always "an attempt is finalised once" { SELECT count(*) = 0 FROM attempts WHERE finalised > (payment = 'SUCCESS')::int }
