-- withdraw_faults.gap in MongoDB. A withdrawal of 60 is booked here and paid out by somebody else's server. The client may send it
-- again; a job looks after what was left open. Where the withdrawal is an element of the account's document, booking and remembering
-- are one step.
--
-- Seen only by `booked if and only if paid`: debit_then_pay, claim_without_job, two_documents, all with a crash.
scenario withdraw_faults_mongodb "A payout that may crash, and be sent again, with the balance in MongoDB"

database bank mongodb {
  db.accounts.insertOne({_id: 1, balance: 200, withdrawals: []});
}

faults none;
faults crash <= 1;
faults crash <= 1, retry <= 1;

request withdraw(key, amount) {

  variant pay_then_debit "pay out, then book"
      story "A crash between the two: the money has left, and the balance does not know. Sent again, it leaves twice."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    call payout(key, amount);
    db.accounts.updateOne({_id: 1}, {$inc: {balance: -amount}});
    respond 200;
  }

  variant debit_then_pay "book, then pay out"
      story "A crash between the two: the balance is short of money that never left."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}});
    if done.modifiedCount = 0 { respond 402; }
    call payout(key, amount);
    respond 200;
  }

  variant pay_in_transaction "book and pay out in a transaction that is retried"
      story "A crash before the commit takes back the booking, and not the payout."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    retry up to 3 on write_conflict {
      transaction {
        let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}});
        if done.modifiedCount = 0 { rollback; respond 402; }
        call payout(key, amount);
      }
    }
    respond 200;
  }

  variant two_documents "insert the withdrawal under its key as _id, then book, then pay; a job pays what is booked and open"
      story "A crash between the first two documents: the job pays what was never booked."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    try { db.withdrawals.insertOne({_id: key, state: "open"}); } catch duplicate_key { respond 409; }
    let done = db.accounts.updateOne({_id: 1, balance: {$gte: amount}}, {$inc: {balance: -amount}});
    if done.modifiedCount = 0 { respond 402; }
    call payout(key, amount) key (key);
    db.withdrawals.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant claim_without_job "book and remember in the account's document, pay, mark as paid"
      story "Never paid twice. A crash after the booking, and nobody ever pays: the next attempt finds the key taken."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    let mine = db.accounts.updateOne({_id: 1, balance: {$gte: amount}, "withdrawals.key": {$ne: key}},
                                     {$inc: {balance: -amount}, $push: {withdrawals: {key, state: "open"}}});
    if mine.modifiedCount = 0 { respond 409; }
    call payout(key, amount);
    db.accounts.updateOne({_id: 1, "withdrawals.key": key}, {$set: {"withdrawals.$.state": "paid"}});
    respond 200;
  }

  variant job_without_provider_key "the same, and a job pays what is open"
      story "The job cannot know whether an open one is being paid at this moment: paid twice."
      expect violated at every level {
    let mine = db.accounts.updateOne({_id: 1, balance: {$gte: amount}, "withdrawals.key": {$ne: key}},
                                     {$inc: {balance: -amount}, $push: {withdrawals: {key, state: "open"}}});
    if mine.modifiedCount = 0 { respond 409; }
    call payout(key, amount);
    db.accounts.updateOne({_id: 1, "withdrawals.key": key}, {$set: {"withdrawals.$.state": "paid"}});
    respond 200;
  }

  variant job_and_provider_key "the same with the provider's idempotency key"
      story "No loss: whoever comes first pays, whoever comes again asks for the same payout."
      expect holds {
    let mine = db.accounts.updateOne({_id: 1, balance: {$gte: amount}, "withdrawals.key": {$ne: key}},
                                     {$inc: {balance: -amount}, $push: {withdrawals: {key, state: "open"}}});
    if mine.modifiedCount = 0 { respond 409; }
    call payout(key, amount) key (key);
    db.accounts.updateOne({_id: 1, "withdrawals.key": key}, {$set: {"withdrawals.$.state": "paid"}});
    respond 200;
  }

  variant new_key_each_attempt "the client makes a new key for each attempt"
      story "To the bank these are two withdrawals: booked twice, paid twice, and the customer wanted one."
      expect holds without faults, holds with crash, violated at every level with crash, retry {
    let mine = db.accounts.updateOne({_id: 1, balance: {$gte: amount}, "withdrawals.key": {$ne: key || '-' || attempt}},
                                     {$inc: {balance: -amount}, $push: {withdrawals: {key: key || '-' || attempt, state: "open"}}});
    if mine.modifiedCount = 0 { respond 409; }
    call payout(key, amount) key (key || '-' || attempt);
    db.accounts.updateOne({_id: 1, "withdrawals.key": key || '-' || attempt}, {$set: {"withdrawals.$.state": "paid"}});
    respond 200;
  }
}

request reconcile(amount) {
  variant pay_then_debit, debit_then_pay, pay_in_transaction, claim_without_job { }
  variant two_documents {
    for w in db.withdrawals.find({state: "open"}) {
      call payout(w._id AS key, amount) key (w._id);
      db.withdrawals.updateOne({_id: w._id}, {$set: {state: "paid"}});
    }
  }
  variant job_without_provider_key {
    for w in db.accounts.aggregate([{$unwind: "$withdrawals"}, {$match: {"withdrawals.state": "open"}}]) {
      call payout(w.withdrawals.key AS key, amount);
      db.accounts.updateOne({_id: 1, "withdrawals.key": w.withdrawals.key}, {$set: {"withdrawals.$.state": "paid"}});
    }
  }
  variant job_and_provider_key {
    for w in db.accounts.aggregate([{$unwind: "$withdrawals"}, {$match: {"withdrawals.state": "open"}}]) {
      call payout(w.withdrawals.key AS key, amount) key (w.withdrawals.key);
      db.accounts.updateOne({_id: 1, "withdrawals.key": w.withdrawals.key}, {$set: {"withdrawals.$.state": "paid"}});
    }
  }
  variant new_key_each_attempt {
    for w in db.accounts.aggregate([{$unwind: "$withdrawals"}, {$match: {"withdrawals.state": "open"}}]) {
      call payout('w1' AS key, amount) key (w.withdrawals.key);
      db.accounts.updateOne({_id: 1, "withdrawals.key": w.withdrawals.key}, {$set: {"withdrawals.$.state": "paid"}});
    }
  }
}

run withdraw('w1', 60), job reconcile(60)

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM accounts }
history "one payout a withdrawal" {
  SELECT NOT EXISTS (SELECT 1 FROM payout a JOIN payout b ON a.position < b.position)
}
finally "booked if and only if paid" {
  SELECT 200 - (SELECT balance FROM accounts) = (SELECT coalesce(sum(amount), 0) FROM payout)
}
