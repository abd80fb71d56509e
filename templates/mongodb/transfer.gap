-- Transfer: several transfers read both balances before either of them has written any.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario transfer "Three transfers between two accounts, in both directions"

database bank mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.accounts.insertMany([{_id: 1, balance: 100}, {_id: 2, balance: 100}]);
}

request transfer(source, target, amount) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "findOne and updateOne of each account"
      story "Each writes what it has read: money appears, or is gone."
      expect violated {
    let giver = db.accounts.findOne({_id: source});
    if giver.balance < amount { respond 402; }
    db.accounts.updateOne({_id: source}, {$set: {balance: giver.balance - amount}});
    let taker = db.accounts.findOne({_id: target});
    db.accounts.updateOne({_id: target}, {$set: {balance: taker.balance + amount}});
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant transaction_with_retry "one transaction, a guarded $inc, and the whole again after a write conflict"
      story "No loss: who meets another one's change begins again."
      expect holds {
    retry on write_conflict {
      transaction {
        let given = db.accounts.updateOne({_id: source, balance: {$gte: amount}}, {$inc: {balance: -amount}});
        if given.modifiedCount = 0 { rollback; respond 402; }
        db.accounts.updateOne({_id: target}, {$inc: {balance: amount}});
      }
    }
    respond 200;
  }
}

run transfer(1, 2, 60) * 2, transfer(2, 1, 10)

always  "no account goes below zero"     { SELECT min(balance) >= 0 FROM accounts }
finally "money is neither made nor lost" { SELECT sum(balance) = 200 FROM accounts }
finally "nobody sees an internal error"  { SELECT count(*) = 0 FROM responses WHERE status NOT IN ('200', '402') }
