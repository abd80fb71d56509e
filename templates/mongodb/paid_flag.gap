-- Paid flag: the provider tells of one payment twice, and the days that were paid for are added twice.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario paid_flag "Two webhooks of one payment"

database app mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.payments.insertOne({_id: "evt_1", done: false});
  db.users.insertOne({_id: 1, days: 0});
}

-- Two settings, and each variant is checked at both: nothing goes wrong, and one request crashes.
faults none;
faults crash <= 1;

request paid(event) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "look at the flag, add the days, set the flag"
      story "Both see it unset: thirty days are paid, and sixty are granted."
      expect violated {
    let payment = db.payments.findOne({_id: event});
    if payment.done { respond 200; }
    db.users.updateOne({_id: 1}, {$inc: {days: 30}});
    db.payments.updateOne({_id: event}, {$set: {done: true}});
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant state_machine "set the flag where it is unset, and grant in the same transaction"
      story "No loss: the filter decides, and a crash takes back both."
      expect holds {
    retry on write_conflict {
      transaction {
        let mine = db.payments.updateOne({_id: event, done: false}, {$set: {done: true}});
        if mine.modifiedCount = 0 { rollback; respond 200; }
        db.users.updateOne({_id: 1}, {$inc: {days: 30}});
      }
    }
    respond 200;
  }
}

-- A delivery comes again until the handler responds 200.
run deliver paid('evt_1') until 200 * 2

always  "no day is granted twice"    { SELECT days <= 30 FROM users WHERE _id = 1 }
finally "what was paid for is there" { SELECT days = 30 FROM users WHERE _id = 1 }
