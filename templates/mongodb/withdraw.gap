-- Balance withdrawal: two requests read the balance before either of them has written it.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario withdraw "Two withdrawals of 60 race for a balance of 100"

database bank mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.users.insertOne({_id: 1, balance: 100});
}

request withdraw(id, amount) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "findOne, check, updateOne"
      story "Both requests read 100 and both write 40: 120 are paid out and 60 are booked."
      expect violated {
    let user = db.users.findOne({_id: id});
    if user.balance < amount { respond 400; }
    db.users.updateOne({_id: id}, {$set: {balance: user.balance - amount}});
    effect paid(amount);                     -- the money has left: nothing takes it back
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant guarded_update "the condition in the filter, $inc, and modifiedCount decides"
      story "No loss: filter and change are one step."
      expect holds {
    let done = db.users.updateOne({_id: id, balance: {$gte: amount}}, {$inc: {balance: -amount}});
    if done.modifiedCount = 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run withdraw(1, 60) * 2

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE _id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
