-- PAY-13 concrexit: two threads each create a payment for one payable
-- Source: github.com/svthalia/concrexit/pull/3368 (2023)
-- Store: Django, PostgreSQL, READ COMMITTED
-- Invariant: one payment per payable
-- Shipped fix: select_for_update on the payable first -> complete
-- Note: `reference` needs no lock: the payable is taken by a conditional UPDATE, with the payment in the same transaction.

scenario pay_13 "A payable is paid by two threads"

database site postgres {
  CREATE TABLE payables (id int PRIMARY KEY, payment int);
  CREATE TABLE payments (id serial PRIMARY KEY, payable_id int NOT NULL);
  INSERT INTO payables VALUES (1, NULL);
}

request pay(payable) {

  variant buggy "look, create, note, in one transaction"
      story "Both find no payment; two are created, and the payable knows the later one."
      expect violated {
    transaction {
      let p = SELECT payment FROM payables WHERE id = :payable;
      if p.payment IS NOT NULL { rollback; respond 409; }
      let mine = INSERT INTO payments (payable_id) VALUES (:payable) RETURNING id;
      UPDATE payables SET payment = :mine.id WHERE id = :payable;
    }
  }

  variant shipped "the payable is locked before the look" expect holds {
    transaction {
      let p = SELECT payment FROM payables WHERE id = :payable FOR UPDATE;
      if p.payment IS NOT NULL { rollback; respond 409; }
      let mine = INSERT INTO payments (payable_id) VALUES (:payable) RETURNING id;
      UPDATE payables SET payment = :mine.id WHERE id = :payable;
    }
  }

  variant reference "the payable is taken only if it has no payment" expect holds {
    transaction {
      let mine = INSERT INTO payments (payable_id) VALUES (:payable) RETURNING id;
      let taken = UPDATE payables SET payment = :mine.id WHERE id = :payable AND payment IS NULL;
      if NOT taken.found { rollback; respond 409; }
    }
  }
}

run pay(1) * 2

always "one payment per payable" { SELECT count(*) <= 1 FROM payments }
always "the payable knows its payment" {
  SELECT count(*) = 1 FROM payables p
  WHERE p.payment IS NOT DISTINCT FROM (SELECT max(id) FROM payments)
}
