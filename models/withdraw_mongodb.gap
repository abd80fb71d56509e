-- withdraw.gap with the balance in MongoDB: a document, a ledger of numbered entries, and the same without a unique index. Each
-- variant uses one of the three, the others keep their 100.
--
-- Seen only by `what was paid left the balance`: debit_then_record with a crash. Only by `no lock is left`: lock_in_the_document with a
-- crash. Only by `who is refused is told so, …`: transaction_without_retry.
scenario withdraw_mongodb "Two withdrawals of 60 race for a balance of 100 in MongoDB"

database bank mongodb {
  db.accounts.insertOne({_id: 1, balance: 100, status: "open", version: 0, lockedBy: null, touched: 0, payments: []});
  db.entries.createIndex({account: 1, number: 1}, {unique: true});
  db.entries.insertOne({_id: "1-1", account: 1, number: 1, balance: 100});
  db.loose.insertOne({_id: "1-1", account: 1, number: 1, balance: 100});
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
}

faults none;
faults crash <= 1;

request withdraw(amount) {

  variant naive "findOne, check, updateOne with $set"
      story "Both read 100, both pay out 60, both write 40: a filter by _id finds the document whatever has become of it."
      expect violated at every level {
    let account = db.accounts.findOne({_id: 1});
    if account.balance < amount { respond 400; }
    db.accounts.updateOne({_id: 1}, {$set: {balance: account.balance - amount}});
    effect paid(amount);
    respond 200;
  }

  variant wrong_guard "the filter asks for a field that nobody changes"
      story "The status is still `open`, and 100 is no longer there."
      expect violated at every level {
    let account = db.accounts.findOne({_id: 1});
    if account.balance < amount { respond 400; }
    let done = db.accounts.updateOne({_id: 1, status: "open"}, {$set: {balance: account.balance - amount}});
    if done.matchedCount = 0 { respond 409; }
    effect paid(amount);
    respond 200;
  }

  variant inc_without_guard "findOne, check, $inc"
      story "$inc is atomic and has no floor: both have seen 100, and it ends at -20."
      expect violated at every level {
    let account = db.accounts.findOne({_id: 1});
    if account.balance < amount { respond 400; }
    db.accounts.updateOne({_id: 1}, {$inc: {balance: -amount}});
    effect paid(amount);
    respond 200;
  }

  variant guarded_update "updateOne with the condition in the filter, $inc"
      story "No loss: filter and change are one step, and the filter is asked again of the newest document."
      expect holds at every level {
    let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}});
    if done.modifiedCount = 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }

  variant find_one_and_update "findOneAndUpdate with the condition in the filter"
      story "No loss: the same, and it says what is left."
      expect holds at every level {
    let left_ = db.accounts.findOneAndUpdate({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}}, {returnDocument: "after"});
    if NOT left_.found { respond 400; }
    effect paid(amount);
    respond 200;
  }

  variant guard_not_read "the same filter, and nobody reads how many were modified"
      story "The second one changes nothing; its customer gets the money all the same."
      expect violated at every level {
    db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}});
    effect paid(amount);
    respond 200;
  }

  variant debit_then_record "guarded updateOne, then insertOne of the payment, which a worker pays out"
      story "Two documents, two steps: a crash between them, and the balance is short of a payment that is not there."
      expect holds at every level, violated at every level with crash {
    let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}});
    if done.modifiedCount = 0 { respond 400; }
    db.payments.insertOne({account: 1, amount});
    effect paid(amount);
    respond 200;
  }

  variant debit_and_record_in_one "guarded updateOne: $inc and $push of the payment"
      story "No loss: the payment is part of the account's document, and one step."
      expect holds at every level {
    let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}, $push: {payments: {amount}}});
    if done.modifiedCount = 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }

  variant optimistic_version "a version in the filter, and a second attempt"
      story "No loss: an attempt fails only where another succeeded."
      expect holds at every level {
    retry up to 2 {
      let account = db.accounts.findOne({_id: 1});
      if account.balance < amount { respond 400; }
      let done = db.accounts.updateOne({_id: 1, version: account.version},
                                       {$set: {balance: account.balance - amount}, $inc: {version: 1}});
      if done.matchedCount = 0 { again; }
      effect paid(amount);
      respond 200;
    }
    respond 409;
  }

  variant unread_version "the same version, and nobody reads matchedCount"
      story "The second updateOne matches nothing, and the money leaves."
      expect violated at every level {
    let account = db.accounts.findOne({_id: 1});
    if account.balance < amount { respond 400; }
    db.accounts.updateOne({_id: 1, version: account.version}, {$set: {balance: account.balance - amount}, $inc: {version: 1}});
    effect paid(amount);
    respond 200;
  }

  variant check_outside_the_transaction "findOne and check, then a transaction around both writes"
      story "A find that was not given the session is outside, too: the transaction makes one step of what was decided before it."
      expect violated at every level {
    let account = db.accounts.findOne({_id: 1});
    if account.balance < amount { respond 400; }
    retry on write_conflict {
      transaction {
        db.accounts.updateOne({_id: 1}, {$inc: {balance: -amount}});
        db.payments.insertOne({account: 1, amount});
      }
    }
    effect paid(amount);
    respond 200;
  }

  variant transaction_without_retry "findOne, check, $set in a transaction; write_conflict goes to the customer"
      story "Nothing is paid twice, and a customer sees an internal error."
      expect violated at every level {
    transaction {
      let account = db.accounts.findOne({_id: 1});
      if account.balance < amount { rollback; respond 400; }
      db.accounts.updateOne({_id: 1}, {$set: {balance: account.balance - amount}});
    }
    effect paid(amount);
    respond 200;
  }

  variant transaction_with_retry "the same, and the whole again after write_conflict"
      story "No loss: whoever writes second fails at once, and reads again."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let account = db.accounts.findOne({_id: 1});
        if account.balance < amount { rollback; respond 400; }
        db.accounts.updateOne({_id: 1}, {$set: {balance: account.balance - amount}});
      }
    }
    effect paid(amount);
    respond 200;
  }

  variant pay_in_the_callback "the same, and the money leaves inside what withTransaction runs again"
      story "Both pay before one of them conflicts; its second attempt finds that there is no money."
      expect violated at every level {
    retry up to 3 on write_conflict {
      transaction {
        let account = db.accounts.findOne({_id: 1});
        if account.balance < amount { rollback; respond 400; }
        call paid(amount);
        db.accounts.updateOne({_id: 1}, {$set: {balance: account.balance - amount}});
      }
    } exhausted {
      respond 409;
    }
    respond 200;
  }

  variant touch_first "the transaction begins with a real change of the document, then reads it"
      story "No loss: what FOR UPDATE is elsewhere. Who comes second conflicts before he has read."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let account = db.accounts.findOneAndUpdate({_id: 1}, {$inc: {touched: 1}});
        if account.balance < amount { rollback; respond 400; }
        db.accounts.updateOne({_id: 1}, {$inc: {balance: -amount}});
      }
    }
    effect paid(amount);
    respond 200;
  }

  variant insert_next_entry "numbered entries: insertOne whose _id is the next number, and a second attempt"
      story "No loss: the number after the last one that was read can be taken once."
      expect holds at every level {
    retry up to 2 on duplicate_key {
      let last = db.entries.find({account: 1}).sort({number: -1}).limit(1);
      if last.balance < amount { respond 400; }
      db.entries.insertOne({_id: '1-' || (last.number + 1), account: 1, number: last.number + 1, balance: last.balance - amount});
      effect paid(amount);
      respond 200;
    } exhausted {
      respond 409;
    }
  }

  variant unique_number "the same by a unique index on account and number"
      story "No loss: E11000 says that the number is taken."
      expect holds at every level {
    retry up to 2 on duplicate_key {
      let last = db.entries.find({account: 1}).sort({number: -1}).limit(1);
      if last.balance < amount { respond 400; }
      db.entries.insertOne({_id: 'by-' || me, account: 1, number: last.number + 1, balance: last.balance - amount});
      effect paid(amount);
      respond 200;
    } exhausted {
      respond 409;
    }
  }

  variant upsert_next_entry "upsert of the next number above the unique index, and a second attempt"
      story "No loss: an upsert looks and inserts in two steps; the index decides which one inserted."
      expect holds at every level {
    retry up to 2 on duplicate_key {
      let last = db.entries.find({account: 1}).sort({number: -1}).limit(1);
      if last.balance < amount { respond 400; }
      let mine = db.entries.updateOne({account: 1, number: last.number + 1}, {$setOnInsert: {balance: last.balance - amount}},
                                      {upsert: true});
      if mine.upsertedId IS NULL { again; }
      effect paid(amount);
      respond 200;
    } exhausted {
      respond 409;
    }
  }

  variant upsert_without_index "the same without a unique index"
      story "Both look, both find no number 2, both insert it."
      expect violated at every level {
    retry up to 2 {
      let last = db.loose.find({account: 1}).sort({number: -1}).limit(1);
      if last.balance < amount { respond 400; }
      let mine = db.loose.updateOne({account: 1, number: last.number + 1}, {$setOnInsert: {balance: last.balance - amount}},
                                    {upsert: true});
      if mine.upsertedId IS NULL { again; }
      effect paid(amount);
      respond 200;
    }
    respond 409;
  }

  variant lock_in_the_document "lockedBy in the account's own document: taken and given back by its filter"
      story "No loss while nobody crashes: lock and balance are one document. A crash leaves it locked for ever."
      expect holds at every level, violated at every level with crash {
    let mine = db.accounts.findOneAndUpdate({_id: 1, lockedBy: null}, {$set: {lockedBy: me}});
    if NOT mine.found { respond 423; }
    if mine.balance < amount {
      db.accounts.updateOne({_id: 1, lockedBy: me}, {$set: {lockedBy: null}});
      respond 400;
    }
    db.accounts.updateOne({_id: 1, lockedBy: me}, {$set: {balance: mine.balance - amount, lockedBy: null}});
    effect paid(amount);
    respond 200;
  }

  variant lock_and_delete "a lease document with a TTL index, findOne, $set, deleteOne"
      story "The lease is over before the work is."
      expect violated at every level {
    try { db.locks.insertOne({_id: "account-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let account = db.accounts.findOne({_id: 1});
    if account.balance >= amount {
      db.accounts.updateOne({_id: 1}, {$set: {balance: account.balance - amount}});
      effect paid(amount);
    }
    db.locks.deleteOne({_id: "account-1"});
    if account.balance < amount { respond 400; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over before the work is, whoever deletes it."
      expect violated at every level {
    try { db.locks.insertOne({_id: "account-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let account = db.accounts.findOne({_id: 1});
    if account.balance >= amount {
      db.accounts.updateOne({_id: 1}, {$set: {balance: account.balance - amount}});
      effect paid(amount);
    }
    db.locks.deleteOne({_id: "account-1", owner: me});
    if account.balance < amount { respond 400; }
    respond 200;
  }
}

run withdraw(60) * 2

always  "no more is paid out than there was" { SELECT coalesce(sum(amount), 0) <= 100 FROM paid }
finally "what was paid left the balance" {
  SELECT 300 - (SELECT balance FROM accounts) - (SELECT min(balance) FROM entries) - (SELECT min(balance) FROM loose)
       = (SELECT coalesce(sum(amount), 0) FROM paid)
}
finally "somebody is paid, or told to come again" {
  SELECT EXISTS (SELECT 1 FROM paid) OR EXISTS (SELECT 1 FROM responses WHERE status IN ('423', '409', 'crashed'))
}
finally "who is refused is told so, not that something failed" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '400', '409', '423', 'crashed'))
}
finally "no lock is left" {
  SELECT NOT EXISTS (SELECT 1 FROM locks) AND NOT EXISTS (SELECT 1 FROM accounts WHERE lockedBy IS NOT NULL)
}
