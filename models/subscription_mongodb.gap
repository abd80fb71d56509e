-- subscription.gap with the status in MongoDB. The renewal is a job: it runs at any time, and once more when everything else is over.
--
-- Seen only by the history `no charge after the cancellation was confirmed`: inc_only.
scenario subscription_mongodb "A renewal and a cancellation of a subscription in MongoDB"

database shop mongodb {
  db.subs.insertOne({_id: 1, status: "active", months: 1, version: 0, touched: 0});
  db.periods.insertOne({_id: "1-1"});
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
}

faults none;
faults crash <= 1;

request renew(id) {

  variant naive "findOne, charge, $set"
      story "The cancellation is written over: charged after it, and active again."
      expect violated at every level {
    let sub = db.subs.findOne({_id: id});
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    db.subs.updateOne({_id: id}, {$set: {status: "active", months: sub.months + 1}});
    respond 200;
  }

  variant inc_only "findOne, charge, $inc of the months, and the status left alone"
      story "The month is counted right, and the customer was charged after the cancellation."
      expect violated at every level {
    let sub = db.subs.findOne({_id: id});
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    db.subs.updateOne({_id: id}, {$inc: {months: 1}});
    respond 200;
  }

  variant charge_in_the_transaction "findOne, charge, $set in a transaction that is retried"
      story "The write conflicts with the cancellation; the charge has been made before it."
      expect violated at every level {
    retry on write_conflict {
      transaction {
        let sub = db.subs.findOne({_id: id});
        if sub.status <> 'active' OR sub.months > 1 { rollback; respond 409; }
        call charge(id);
        db.subs.updateOne({_id: id}, {$inc: {months: 1}});
      }
    }
    respond 200;
  }

  variant touch_then_charge "the transaction begins with a real change of the subscription; charge; commit"
      story "No charge after a cancellation: it waits. A crash before the commit, and the charge stands without the month."
      expect holds at every level, violated at every level with crash {
    retry on write_conflict {
      transaction {
        let sub = db.subs.findOneAndUpdate({_id: id}, {$inc: {touched: 1}});
        if sub.status <> 'active' OR sub.months > 1 { rollback; respond 409; }
        call charge(id);
        db.subs.updateOne({_id: id}, {$inc: {months: 1}});
      }
    }
    respond 200;
  }

  variant version_after_charge "read a version, charge, write if it is still the same"
      story "The version says that a cancellation came in between; the charge has been made."
      expect violated at every level {
    let sub = db.subs.findOne({_id: id});
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    let done = db.subs.updateOne({_id: id, version: sub.version}, {$inc: {months: 1, version: 1}});
    if done.matchedCount = 0 { respond 409; }
    respond 200;
  }

  variant unread_version "the same, and nobody reads matchedCount"
      story "The write does nothing, and the answer is 200."
      expect violated at every level {
    let sub = db.subs.findOne({_id: id});
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    db.subs.updateOne({_id: id, version: sub.version}, {$inc: {months: 1, version: 1}});
    respond 200;
  }

  variant version_before_charge "active → renewing by the version that was read, charge; run again, it goes on"
      story "No loss: the claim takes place or is told not to, and a crash is made good by the next run."
      expect holds at every level {
    let sub = db.subs.findOne({_id: id});
    if sub.status = 'cancelled' OR sub.months > 1 { respond 409; }
    let mine = db.subs.updateOne({_id: id, version: sub.version}, {$set: {status: "renewing"}, $inc: {version: 1}});
    if mine.matchedCount = 0 { respond 409; }
    call charge(id) key (id);
    db.subs.updateOne({_id: id, status: "renewing"}, {$set: {status: "active", months: 2}, $inc: {version: 1}});
    respond 200;
  }

  variant transaction_without_retry "findOne, charge, $inc in a transaction; write_conflict ends it"
      story "The write fails after the charge, and nobody tries again."
      expect violated at every level {
    transaction {
      let sub = db.subs.findOne({_id: id});
      if sub.status <> 'active' OR sub.months > 1 { rollback; respond 409; }
      call charge(id);
      db.subs.updateOne({_id: id}, {$inc: {months: 1}});
    }
    respond 200;
  }

  variant transaction_with_retry "claim in a transaction that is retried, charge after the commit"
      story "No charge after a cancellation; a crash after the claim, and it renews for ever."
      expect holds at every level, violated at every level with crash {
    retry on write_conflict {
      transaction {
        let sub = db.subs.findOne({_id: id});
        if sub.status <> 'active' OR sub.months > 1 { rollback; respond 409; }
        db.subs.updateOne({_id: id}, {$set: {status: "renewing"}});
      }
    }
    call charge(id);
    db.subs.updateOne({_id: id}, {$set: {status: "active"}, $inc: {months: 1}});
    respond 200;
  }

  variant claim_then_charge "findOneAndUpdate active → renewing, charge, renewing → active"
      story "Each filter has its from-state. A crash after the first: renewing for ever."
      expect holds at every level, violated at every level with crash {
    let mine = db.subs.findOneAndUpdate({_id: id, status: "active", months: 1}, {$set: {status: "renewing"}});
    if NOT mine.found { respond 409; }
    call charge(id);
    db.subs.updateOne({_id: id, status: "renewing"}, {$set: {status: "active"}, $inc: {months: 1}});
    respond 200;
  }

  variant state_machine "the same, and who is run again goes on where it was left"
      story "No loss: the next run finds `renewing`, and asks for the same charge once more."
      expect holds at every level {
    let mine = db.subs.findOneAndUpdate({_id: id, status: {$in: ["active", "renewing"]}, months: 1}, {$set: {status: "renewing"}});
    if NOT mine.found { respond 409; }
    call charge(id) key (id);
    db.subs.updateOne({_id: id, status: "renewing", months: 1}, {$set: {status: "active"}, $inc: {months: 1}});
    respond 200;
  }

  variant insert_period "insertOne of the month as _id, charge"
      story "No month is charged twice, and nobody looks whether the subscription was cancelled since."
      expect violated at every level {
    let sub = db.subs.findOne({_id: id});
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    try { db.periods.insertOne({_id: '1-' || (sub.months + 1)}); } catch duplicate_key { respond 409; }
    call charge(id);
    db.subs.updateOne({_id: id}, {$inc: {months: 1}});
    respond 200;
  }

  variant lock_and_delete "a lease document with a TTL index, findOne, charge, $set, deleteOne"
      story "The lease is over before the charge is, and the cancellation comes in."
      expect violated at every level {
    try { db.locks.insertOne({_id: "sub-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let sub = db.subs.findOne({_id: id});
    if sub.status = 'active' AND sub.months = 1 {
      call charge(id) key (id);
      db.subs.updateOne({_id: id}, {$set: {status: "active", months: 2}});
    }
    db.locks.deleteOne({_id: "sub-1"});
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over before the charge is, whoever deletes it."
      expect violated at every level {
    try { db.locks.insertOne({_id: "sub-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let sub = db.subs.findOne({_id: id});
    if sub.status = 'active' AND sub.months = 1 {
      call charge(id) key (id);
      db.subs.updateOne({_id: id}, {$set: {status: "active", months: 2}});
    }
    db.locks.deleteOne({_id: "sub-1", owner: me});
    respond 200;
  }
}

request cancel(id) {
  variant naive {
    let sub = db.subs.findOne({_id: id});
    if sub.status <> 'active' { respond 409; }
    db.subs.updateOne({_id: id}, {$set: {status: "cancelled"}});
    effect cancelled(id);
    respond 200;
  }
  variant inc_only, charge_in_the_transaction, touch_then_charge, version_after_charge, unread_version {
    let done = db.subs.updateOne({_id: id, status: "active"}, {$set: {status: "cancelled"}, $inc: {version: 1}});
    if done.modifiedCount = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant version_before_charge, transaction_without_retry, transaction_with_retry, claim_then_charge {
    let done = db.subs.updateOne({_id: id, status: "active"}, {$set: {status: "cancelled"}, $inc: {version: 1}});
    if done.modifiedCount = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant state_machine, insert_period {
    let done = db.subs.updateOne({_id: id, status: "active"}, {$set: {status: "cancelled"}, $inc: {version: 1}});
    if done.modifiedCount = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant lock_and_delete {
    try { db.locks.insertOne({_id: "sub-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    db.subs.updateOne({_id: id}, {$set: {status: "cancelled"}});
    effect cancelled(id);
    db.locks.deleteOne({_id: "sub-1"});
    respond 200;
  }
  variant compare_and_delete {
    try { db.locks.insertOne({_id: "sub-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    db.subs.updateOne({_id: id}, {$set: {status: "cancelled"}});
    effect cancelled(id);
    db.locks.deleteOne({_id: "sub-1", owner: me});
    respond 200;
  }
}

run job renew(1), cancel(1) * 1

always  "one renewal is charged once" { SELECT count(*) <= 1 FROM charge }
history "no charge after the cancellation was confirmed" {
  SELECT NOT EXISTS (SELECT 1 FROM cancelled c JOIN charge p ON c.position < p.position)
}
finally "who was charged has the month" { SELECT months = 1 + (SELECT count(*) FROM charge) FROM subs }
finally "who cancelled stays cancelled" {
  SELECT NOT EXISTS (SELECT 1 FROM cancelled) OR (SELECT status FROM subs) = 'cancelled'
}
finally "no renewal is under way for ever" { SELECT status <> 'renewing' FROM subs }
