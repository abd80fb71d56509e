-- paid_flag.gap with the date in MongoDB; days are counted from today. A webhook and an administrator extend it, and the webhook may come
-- twice. In max and monotonic_guard the date only ever grows, and days are missing from it.
scenario paid_flag_mongodb "A webhook and an administrator extend the same subscription in MongoDB"

database shop mongodb {
  db.users.insertOne({_id: 1, pro: 0, version: 0, touched: 0, applied: [], grants: []});
  db.unique_events.createIndex({event: 1}, {unique: true});
  db.recent.createIndex({at: 1}, {expireAfterSeconds: 86400});
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
}

faults none;
faults crash <= 1;
faults duplicate <= 1;

request extend(event, days) {

  variant naive "findOne, $set"
      story "Both read 0, and the later $set is all that is left."
      expect violated at every level {
    let u = db.users.findOne({_id: 1});
    db.users.updateOne({_id: 1}, {$set: {pro: u.pro + days}});
    respond 200;
  }

  variant max "findOne, $max of the new date"
      story "$max is atomic and commutes; both targets come from one earlier read, and fourteen days are lost."
      expect violated at every level {
    let u = db.users.findOne({_id: 1});
    db.users.updateOne({_id: 1}, {$max: {pro: u.pro + days}});
    respond 200;
  }

  variant monotonic_guard "findOne, updateOne guarded by {pro: {$lt: the new date}}"
      story "The date only grows, and fourteen days are lost."
      expect violated at every level {
    let u = db.users.findOne({_id: 1});
    db.users.updateOne({_id: 1, pro: {$lt: u.pro + days}}, {$set: {pro: u.pro + days}});
    respond 200;
  }

  variant inc "$inc"
      story "Nothing is lost. Received twice, given twice."
      expect holds at every level, violated at every level with duplicate {
    db.users.updateOne({_id: 1}, {$inc: {pro: days}});
    respond 200;
  }

  variant applied_in_one "$inc and $push of the event, guarded by {applied: {$ne: event}}"
      story "No loss: the events are in the user's document, so that asking, remembering and giving are one step."
      expect holds at every level {
    db.users.updateOne({_id: 1, applied: {$ne: event}}, {$inc: {pro: days}, $push: {applied: event}});
    respond 200;
  }

  variant add_to_set_is_no_guard "$inc and $addToSet of the event in one updateOne"
      story "The set has the event once, and the days are given twice: $addToSet says nothing to $inc."
      expect holds at every level, violated at every level with duplicate {
    db.users.updateOne({_id: 1}, {$inc: {pro: days}, $addToSet: {applied: event}});
    respond 200;
  }

  variant set_of_grants "$addToSet {event, days}: the date is the sum"
      story "No loss: adding twice is adding once, and the sum commutes."
      expect holds at every level {
    db.users.updateOne({_id: 1}, {$addToSet: {grants: {event, days}}});
    respond 200;
  }

  variant look_outside_the_transaction "findOne of the event, then event and $inc in a transaction"
      story "Both writes in one step. Received twice at once, both find no event."
      expect holds at every level, violated at every level with duplicate {
    let known = db.loose_events.findOne({event});
    if known.found { respond 200; }
    retry on write_conflict {
      transaction {
        db.loose_events.insertOne({event});
        db.users.updateOne({_id: 1}, {$inc: {pro: days}});
      }
    }
    respond 200;
  }

  variant touch_first "the transaction begins with a real change of the user, then reads, then $set"
      story "No day is lost. Received twice, given twice."
      expect holds at every level, violated at every level with duplicate {
    retry on write_conflict {
      transaction {
        let u = db.users.findOneAndUpdate({_id: 1}, {$inc: {touched: 1}});
        db.users.updateOne({_id: 1}, {$set: {pro: u.pro + days}});
      }
    }
    respond 200;
  }

  variant touch_first_and_event "the same, and the event is looked for and remembered"
      story "No loss: whoever looks for an event has touched the user before."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let u = db.users.findOneAndUpdate({_id: 1}, {$inc: {touched: 1}});
        let known = db.loose_events.findOne({event});
        if known.found { rollback; respond 200; }
        db.loose_events.insertOne({event});
        db.users.updateOne({_id: 1}, {$set: {pro: u.pro + days}});
      }
    }
    respond 200;
  }

  variant optimistic_version "a version in the filter; delivered again where it does not match"
      story "No day is lost. Received twice, given twice."
      expect holds at every level, violated at every level with duplicate {
    let u = db.users.findOne({_id: 1});
    let done = db.users.updateOne({_id: 1, version: u.version}, {$set: {pro: u.pro + days}, $inc: {version: 1}});
    if done.matchedCount = 0 { respond 503; }
    respond 200;
  }

  variant unread_version "the same version, and nobody reads matchedCount"
      story "The provider is told 200, and the days are gone."
      expect violated at every level {
    let u = db.users.findOne({_id: 1});
    db.users.updateOne({_id: 1, version: u.version}, {$set: {pro: u.pro + days}, $inc: {version: 1}});
    respond 200;
  }

  variant conflict_swallowed "findOne and $set in a transaction; write_conflict is caught and answered with 200"
      story "The provider is told 200, and the days are gone."
      expect violated at every level {
    try {
      transaction {
        let u = db.users.findOne({_id: 1});
        db.users.updateOne({_id: 1}, {$set: {pro: u.pro + days}});
      }
    } catch write_conflict { }
    respond 200;
  }

  variant transaction_with_retry "look for the event, remember it, $set, in a transaction that is retried"
      story "No loss: whoever gives conflicts with whoever gives."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let known = db.loose_events.findOne({event});
        if known.found { rollback; respond 200; }
        db.loose_events.insertOne({event});
        let u = db.users.findOne({_id: 1});
        db.users.updateOne({_id: 1}, {$set: {pro: u.pro + days}});
      }
    }
    respond 200;
  }

  variant insert_event_then_inc "insertOne of the event as _id, then $inc"
      story "Each event once. A crash between the two, and the days are never given."
      expect holds at every level, violated at every level with crash {
    try { db.events.insertOne({_id: event}); } catch duplicate_key { respond 200; }
    db.users.updateOne({_id: 1}, {$inc: {pro: days}});
    respond 200;
  }

  variant insert_event_in_transaction "both in one transaction, again after write_conflict"
      story "No loss: each event once, and both or neither."
      expect holds at every level {
    retry on write_conflict {
      try {
        transaction {
          db.events.insertOne({_id: event});
          db.users.updateOne({_id: 1}, {$inc: {pro: days}});
        }
      } catch duplicate_key {
        respond 200;
      }
    }
    respond 200;
  }

  variant upsert_event_without_index "upsert of the event by its name, then $inc if it was inserted"
      story "Received twice at once, both look, both insert, both give."
      expect holds at every level, violated at every level with duplicate, violated at every level with crash {
    let mine = db.loose_events.updateOne({event}, {$setOnInsert: {days}}, {upsert: true});
    if mine.upsertedId IS NULL { respond 200; }
    db.users.updateOne({_id: 1}, {$inc: {pro: days}});
    respond 200;
  }

  variant unique_event "the event above a unique index, and $inc, in one transaction"
      story "No loss: E11000 aborts the transaction, and the provider is told 200."
      expect holds at every level {
    retry on write_conflict {
      try {
        transaction {
          db.unique_events.insertOne({event});
          db.users.updateOne({_id: 1}, {$inc: {pro: days}});
        }
      } catch duplicate_key {
        respond 200;
      }
    }
    respond 200;
  }

  variant event_with_a_time "the event is forgotten by a TTL index after a day, then $inc"
      story "The event is forgotten after a day, and the provider delivers for three: given twice."
      expect holds at every level, violated at every level with duplicate, violated at every level with crash {
    try { db.recent.insertOne({_id: event, at: new Date()}); } catch duplicate_key { respond 200; }
    db.users.updateOne({_id: 1}, {$inc: {pro: days}});
    respond 200;
  }

  variant lock_and_delete "a lease document with a TTL index, findOne, $set, deleteOne"
      story "The lease is over before the write is."
      expect violated at every level {
    try { db.locks.insertOne({_id: "user-1", owner: me, at: new Date()}); } catch duplicate_key { respond 503; }
    let u = db.users.findOne({_id: 1});
    db.users.updateOne({_id: 1}, {$set: {pro: u.pro + days}});
    db.locks.deleteOne({_id: "user-1"});
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over before the write is, whoever deletes it."
      expect violated at every level {
    try { db.locks.insertOne({_id: "user-1", owner: me, at: new Date()}); } catch duplicate_key { respond 503; }
    let u = db.users.findOne({_id: 1});
    db.users.updateOne({_id: 1}, {$set: {pro: u.pro + days}});
    db.locks.deleteOne({_id: "user-1", owner: me});
    respond 200;
  }
}

run deliver extend('payment', 30) until 200 * 1, deliver extend('present', 14) until 200

finally "every day that was granted is there, and no other" {
  SELECT (SELECT pro FROM users) + (SELECT coalesce(sum(days), 0) FROM users_grants) = 44
}
