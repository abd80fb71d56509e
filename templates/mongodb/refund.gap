-- Refund: a payment is paid back twice, or more of it than was paid.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario refund "Two clerks refund one payment"

database shop mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.payments.insertOne({_id: 7, paid: 100, refunded: 0});
}

request refund(id, amount) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "read what is refunded already, pay back, write it down"
      story "Both read 0, both pay back 60, and 60 are written down."
      expect violated {
    let payment = db.payments.findOne({_id: id});
    if payment.refunded + amount > payment.paid { respond 409; }
    call pay_back(id, amount);               -- somebody else's server: a step of its own, and nothing takes it back
    db.payments.updateOne({_id: id}, {$set: {refunded: payment.refunded + amount}});
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant book_then_pay_back "a guarded update first, and pay back only if it changed the document"
      story "No loss: what is still to be refunded is taken before anything is paid back."
      expect holds {
    let mine = db.payments.updateOne({_id: id, refunded: {$lte: 100 - amount}}, {$inc: {refunded: amount}});
    if mine.modifiedCount = 0 { respond 409; }
    call pay_back(id, amount);
    respond 200;
  }
}

run refund(7, 60) * 2

always  "no more is paid back than was paid" { SELECT coalesce(sum(amount), 0) <= 100 FROM pay_back }
finally "what was paid back is written down" {
  SELECT (SELECT refunded FROM payments WHERE _id = 7) = (SELECT coalesce(sum(amount), 0) FROM pay_back)
}
