-- Accounts in MongoDB: two documents, or one ledger's document that has both. What goes over two documents without a transaction goes in
-- states (the manual's old two-phase commit): the transfer's document says how far it came, and a job goes on from there.
--
-- Seen only by `money is neither made nor lost`: debit_then_credit with a crash.
scenario transfer_mongodb "Two transfers of 60 from an account of 100 in MongoDB"

database bank mongodb {
  db.accounts.insertMany([{_id: 1, balance: 100, version: 0, touched: 0, pending: []},
                          {_id: 2, balance: 100, version: 0, touched: 0, pending: []}]);
  db.ledgers.insertOne({_id: "main", from_: 100, to_: 100});
  db.transfers.insertMany([{_id: 1, state: "initial"}, {_id: 2, state: "initial"}]);
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
}

faults none;
faults crash <= 1;

request transfer(id, amount) {

  variant naive "findOne and $set of each account"
      story "Both read 100, both write 40; money is made."
      expect violated at every level {
    let giver = db.accounts.findOne({_id: 1});
    if giver.balance < amount { respond 402; }
    db.accounts.updateOne({_id: 1}, {$set: {balance: giver.balance - amount}});
    db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
    respond 200;
  }

  variant inc_after_check "findOne and check, then two $inc"
      story "$inc has no floor: the account ends at -20."
      expect violated at every level {
    let giver = db.accounts.findOne({_id: 1});
    if giver.balance < amount { respond 402; }
    db.accounts.updateOne({_id: 1}, {$inc: {balance: -amount}});
    db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
    respond 200;
  }

  variant debit_then_credit "the guarded $inc, then the other account"
      story "Nothing is overdrawn. After a crash between the two documents 60 are nowhere."
      expect holds at every level, violated at every level with crash {
    let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}});
    if done.modifiedCount = 0 { respond 402; }
    db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
    respond 200;
  }

  variant bulk_write "the same as one bulkWrite"
      story "One message, two steps: a bulk is no transaction, and the second change does not ask whether the first took place."
      expect violated at every level {
    let done = db.accounts.bulkWrite([
      {updateOne: {filter: {_id: 1, balance: {$gte: amount}}, update: {$inc: {balance: -amount}}}},
      {updateOne: {filter: {_id: 2}, update: {$inc: {balance: amount}}}}
    ]);
    if done.modifiedCount < 2 { respond 402; }
    respond 200;
  }

  variant both_in_one_document "one updateOne of a document that has both balances"
      story "No loss: what must change together is one document."
      expect holds at every level {
    let done = db.ledgers.updateOne({_id: "main", from_: {$gte: amount}}, {$inc: {from_: -amount, to_: amount}});
    if done.modifiedCount = 0 { respond 402; }
    respond 200;
  }

  variant check_outside_the_transaction "findOne and check, then both $inc in a transaction"
      story "Debit and credit are one step; the check stands before it."
      expect violated at every level {
    let giver = db.accounts.findOne({_id: 1});
    if giver.balance < amount { respond 402; }
    retry on write_conflict {
      transaction {
        db.accounts.updateOne({_id: 1}, {$inc: {balance: -amount}});
        db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
      }
    }
    respond 200;
  }

  variant touch_first "the transaction begins with a real change of the account, then reads it"
      story "No loss: what FOR UPDATE is elsewhere."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let giver = db.accounts.findOneAndUpdate({_id: 1}, {$inc: {touched: 1}});
        if giver.balance < amount { rollback; respond 402; }
        db.accounts.updateOne({_id: 1}, {$set: {balance: giver.balance - amount}});
        db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
      }
    }
    respond 200;
  }

  variant optimistic_version "a version in the filter of the debit, debit and credit in a transaction, and another attempt"
      story "No loss."
      expect holds at every level {
    retry on write_conflict {
      let giver = db.accounts.findOne({_id: 1});
      if giver.balance < amount { respond 402; }
      transaction {
        let done = db.accounts.updateOne({_id: 1, version: giver.version},
                                         {$set: {balance: giver.balance - amount}, $inc: {version: 1}});
        if done.matchedCount = 0 { again; }
        db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
      }
    }
    respond 200;
  }

  variant unread_version "the same version, and nobody reads matchedCount"
      story "The debit matches nothing, and the credit is made."
      expect violated at every level {
    let giver = db.accounts.findOne({_id: 1});
    if giver.balance < amount { respond 402; }
    db.accounts.updateOne({_id: 1, version: giver.version}, {$set: {balance: giver.balance - amount}, $inc: {version: 1}});
    db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
    respond 200;
  }

  variant transaction_without_retry "the guarded debit and the credit in a transaction; write_conflict goes to the customer"
      story "No money is made or lost, and a customer sees an internal error."
      expect violated at every level {
    transaction {
      let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}});
      if done.modifiedCount = 0 { rollback; respond 402; }
      db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
    }
    respond 200;
  }

  variant transaction_with_retry "the same, and the whole again after write_conflict"
      story "No loss: nothing waits in a transaction, so that there is no deadlock, whatever the order of accounts."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}});
        if done.modifiedCount = 0 { rollback; respond 402; }
        db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
      }
    }
    respond 200;
  }

  variant states_without_job "initial → pending, debit, credit, → done; each account remembers the transfer that it has applied"
      story "Nothing is applied twice. After a crash the transfer stays pending, and 60 are nowhere."
      expect holds at every level, violated at every level with crash {
    let mine = db.transfers.findOneAndUpdate({_id: id, state: "initial"}, {$set: {state: "pending"}});
    if NOT mine.found { respond 409; }
    let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}, pending: {$ne: id}},
                                     {$inc: {balance: -amount}, $push: {pending: id}});
    if done.modifiedCount = 0 {
      db.transfers.updateOne({_id: id, state: "pending"}, {$set: {state: "refused"}});
      respond 402;
    }
    db.accounts.updateOne({_id: 2, pending: {$ne: id}}, {$inc: {balance: amount}, $push: {pending: id}});
    db.transfers.updateOne({_id: id, state: "pending"}, {$set: {state: "done"}});
    respond 200;
  }

  variant states_and_job "the same, and a job goes on with what is pending"
      story "No loss: the filter {pending: {$ne: id}} makes each half once, whoever comes."
      expect holds at every level {
    let mine = db.transfers.findOneAndUpdate({_id: id, state: "initial"}, {$set: {state: "pending"}});
    if NOT mine.found { respond 409; }
    let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}, pending: {$ne: id}},
                                     {$inc: {balance: -amount}, $push: {pending: id}});
    if done.modifiedCount = 0 {
      let known = db.accounts.findOne({_id: 1, pending: id});
      if NOT known.found {
        db.transfers.updateOne({_id: id, state: "pending"}, {$set: {state: "refused"}});
        respond 402;
      }
    }
    db.accounts.updateOne({_id: 2, pending: {$ne: id}}, {$inc: {balance: amount}, $push: {pending: id}});
    db.transfers.updateOne({_id: id, state: "pending"}, {$set: {state: "done"}});
    respond 200;
  }

  variant lock_and_delete "a lease document with a TTL index, findOne, $set, $inc, deleteOne"
      story "The lease is over before the work is."
      expect violated at every level {
    try { db.locks.insertOne({_id: "account-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let giver = db.accounts.findOne({_id: 1});
    if giver.balance >= amount {
      db.accounts.updateOne({_id: 1}, {$set: {balance: giver.balance - amount}});
      db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
    }
    db.locks.deleteOne({_id: "account-1"});
    if giver.balance < amount { respond 402; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over before the work is, whoever deletes it; and a lock undoes nothing after a crash."
      expect violated at every level {
    try { db.locks.insertOne({_id: "account-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let giver = db.accounts.findOne({_id: 1});
    if giver.balance >= amount {
      db.accounts.updateOne({_id: 1}, {$set: {balance: giver.balance - amount}});
      db.accounts.updateOne({_id: 2}, {$inc: {balance: amount}});
    }
    db.locks.deleteOne({_id: "account-1", owner: me});
    if giver.balance < amount { respond 402; }
    respond 200;
  }
}

request recover(amount) {
  variant naive, inc_after_check, debit_then_credit, bulk_write, both_in_one_document { }
  variant check_outside_the_transaction, touch_first, optimistic_version, unread_version { }
  variant transaction_without_retry, transaction_with_retry, states_without_job, lock_and_delete { }
  variant compare_and_delete { }
  variant states_and_job {
    for t in db.transfers.find({state: "pending"}) {
      let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}, pending: {$ne: t._id}},
                                       {$inc: {balance: -amount}, $push: {pending: t._id}});
      let known = db.accounts.findOne({_id: 1, pending: t._id});
      if known.found {
        db.accounts.updateOne({_id: 2, pending: {$ne: t._id}}, {$inc: {balance: amount}, $push: {pending: t._id}});
        db.transfers.updateOne({_id: t._id, state: "pending"}, {$set: {state: "done"}});
      } else {
        db.transfers.updateOne({_id: t._id, state: "pending"}, {$set: {state: "refused"}});
      }
    }
  }
}

run transfer(1, 60) * 1, transfer(2, 60), job recover(60)

finally "money is neither made nor lost" {
  SELECT (SELECT sum(balance) FROM accounts) + (SELECT from_ + to_ FROM ledgers) = 400
}
finally "no account is below zero" {
  SELECT (SELECT min(balance) FROM accounts) >= 0 AND (SELECT from_ FROM ledgers) >= 0
}
finally "who was told 200 has transferred" {
  SELECT (SELECT balance FROM accounts WHERE _id = 2) + (SELECT to_ FROM ledgers)
      >= 200 + 60 * (SELECT count(*) FROM responses WHERE request = 'transfer' AND status = '200')
}
finally "no transfer is pending for ever" { SELECT NOT EXISTS (SELECT 1 FROM transfers WHERE state = 'pending') }
finally "some transfer comes through" {
  SELECT EXISTS (SELECT 1 FROM responses WHERE request = 'transfer' AND status IN ('200', '423', 'crashed'))
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '402', '409', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) }
