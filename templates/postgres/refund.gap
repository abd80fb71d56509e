-- Refund: a payment is paid back twice, or more of it than was paid.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario refund "Two clerks refund one payment"

database shop postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE payments (id int PRIMARY KEY, paid int NOT NULL, refunded int NOT NULL);
  INSERT INTO payments VALUES (7, 100, 0);
}

request refund(id, amount) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "read what is refunded already, pay back, write it down"
      story "Both read 0, both pay back 60, and 60 are written down."
      expect violated {
    let payment = SELECT paid, refunded FROM payments WHERE id = :id;
    if payment.refunded + amount > payment.paid { respond 409; }
    call pay_back(id, amount);               -- somebody else's server: a step of its own, and no rollback undoes it
    UPDATE payments SET refunded = :payment.refunded + :amount WHERE id = :id;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant book_then_pay_back "a guarded UPDATE first, and pay back only if it changed a row"
      story "No loss: what is still to be refunded is taken before anything is paid back."
      expect holds {
    let mine = UPDATE payments SET refunded = refunded + :amount WHERE id = :id AND refunded + :amount <= paid;
    if mine.count = 0 { respond 409; }
    call pay_back(id, amount);
    respond 200;
  }
}

run refund(7, 60) * 2

always  "no more is paid back than was paid" { SELECT coalesce(sum(amount), 0) <= 100 FROM pay_back }
finally "what was paid back is written down" {
  SELECT (SELECT refunded FROM payments WHERE id = 7) = (SELECT coalesce(sum(amount), 0) FROM pay_back)
}
