-- The idempotency key is a document, two requests with the same key come at once, and one may crash or be sent again. The order that is
-- paid for is there, too: some variants claim it instead of a key.
--
-- Seen only by `claimed if and only if charged`, while nobody is charged twice: claim_by_state, optimistic_version, insert_key,
-- upsert_key, unique_key, transaction_with_retry with a crash.
scenario idempotency_key_mongodb "Two requests with one idempotency key in MongoDB"

database shop mongodb {
  db.orders.insertOne({_id: "order-7", state: "open", version: 0, touched: 0, done: []});
  db.unique_keys.createIndex({key: 1}, {unique: true});
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
  db.leases.createIndex({at: 1}, {expireAfterSeconds: 90});
}

faults none;
faults crash <= 1;
faults crash <= 1, retry <= 1;

request pay(key) {

  variant naive "findOne of the key, charge, insertOne"
      story "Both find no key, both charge."
      expect violated at every level {
    let known = db.keys.findOne({_id: key});
    if known.found { respond 200; }
    call charge(key);
    db.keys.updateOne({_id: key}, {$set: {state: "paid"}}, {upsert: true});
    respond 200;
  }

  variant charge_in_the_transaction "find the key, charge, insert the key, in a transaction that is retried"
      story "The charge is no part of the transaction: both have charged by the time that one of them conflicts."
      expect violated at every level {
    retry up to 3 on write_conflict, duplicate_key {
      transaction {
        let known = db.keys.findOne({_id: key});
        if known.found { rollback; respond 200; }
        call charge(key);
        db.keys.insertOne({_id: key, state: "paid"});
      }
    } exhausted {
      respond 423;
    }
    respond 200;
  }

  variant claim_by_state "findOneAndUpdate of the order: open → charging, charge, charging → paid"
      story "Charged once. A crash between the two, and the order says for ever that somebody is charging."
      expect holds at every level, violated at every level with crash {
    let mine = db.orders.findOneAndUpdate({_id: key, state: "open"}, {$set: {state: "charging"}});
    if NOT mine.found { respond 409; }
    call charge(key);
    db.orders.updateOne({_id: key, state: "charging"}, {$set: {state: "paid"}});
    respond 200;
  }

  variant claim_not_read "the same, and nobody looks whether a document came back"
      story "The second one claims nothing, and charges."
      expect violated at every level {
    db.orders.findOneAndUpdate({_id: key, state: "open"}, {$set: {state: "charging"}});
    call charge(key);
    db.orders.updateOne({_id: key, state: "charging"}, {$set: {state: "paid"}});
    respond 200;
  }

  variant touch_then_charge "a transaction that begins with a real change of the order; charge; commit"
      story "One at a time. A crash before the commit takes back all but the charge, and the next one charges again."
      expect holds at every level, violated at every level with crash {
    retry on write_conflict {
      transaction {
        let order_ = db.orders.findOneAndUpdate({_id: key}, {$inc: {touched: 1}});
        if order_.state <> 'open' { rollback; respond 200; }
        call charge(key);
        db.orders.updateOne({_id: key}, {$set: {state: "paid"}});
      }
    }
    respond 200;
  }

  variant optimistic_version "a version of the order in the filter of the claim"
      story "Charged once: the version that was read can be claimed once. A crash after it, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    let order_ = db.orders.findOne({_id: key});
    if order_.state <> 'open' { respond 409; }
    let mine = db.orders.updateOne({_id: key, version: order_.version}, {$set: {state: "charging"}, $inc: {version: 1}});
    if mine.matchedCount = 0 { respond 409; }
    call charge(key);
    db.orders.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant unread_version "the same, and nobody reads matchedCount"
      story "The version says no, and the card is charged again."
      expect violated at every level {
    let order_ = db.orders.findOne({_id: key});
    if order_.state <> 'open' { respond 409; }
    db.orders.updateOne({_id: key, version: order_.version}, {$set: {state: "charging"}, $inc: {version: 1}});
    call charge(key);
    db.orders.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant transaction_without_retry "read the order and claim it in a transaction, then charge; write_conflict goes to the customer"
      story "Charged once, and the other client sees an internal error."
      expect violated at every level {
    transaction {
      let order_ = db.orders.findOne({_id: key});
      if order_.state <> 'open' { rollback; respond 409; }
      db.orders.updateOne({_id: key}, {$set: {state: "charging"}});
    }
    call charge(key);
    db.orders.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant transaction_with_retry "the same, and the claim again after write_conflict"
      story "Charged once, and after the commit. A crash between the two, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    retry on write_conflict {
      transaction {
        let order_ = db.orders.findOne({_id: key});
        if order_.state <> 'open' { rollback; respond 409; }
        db.orders.updateOne({_id: key}, {$set: {state: "charging"}});
      }
    }
    call charge(key);
    db.orders.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant insert_key "insertOne of the key as _id, charge, mark as paid"
      story "Charged once: _id is unique. A crash after the insert, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    try { db.keys.insertOne({_id: key, state: "charging"}); } catch duplicate_key { respond 409; }
    call charge(key);
    db.keys.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant taken_over "the same; who finds a claim that is not paid takes it over"
      story "The first one was slow, not dead: both charge."
      expect violated at every level {
    try { db.keys.insertOne({_id: key, state: "charging"}); } catch duplicate_key { }
    let known = db.keys.findOne({_id: key});
    if known.state = 'paid' { respond 200; }
    call charge(key);
    db.keys.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant taken_over_with_provider_key "the same, and the provider gets the key, too"
      story "No loss: whatever was left undone is done by the next one, and nothing twice."
      expect holds at every level {
    try { db.keys.insertOne({_id: key, state: "charging"}); } catch duplicate_key { }
    let known = db.keys.findOne({_id: key});
    if known.state = 'paid' { respond 200; }
    call charge(key) key (key);
    db.keys.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant upsert_key "findOneAndUpdate with $setOnInsert and upsert by _id: null before means that it is mine"
      story "Charged once. A crash after it, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    try {
      let before = db.keys.findOneAndUpdate({_id: key}, {$setOnInsert: {state: "charging"}}, {upsert: true, returnDocument: "before"});
      if before.found { respond 409; }
    } catch duplicate_key {
      respond 409;
    }
    call charge(key);
    db.keys.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant upsert_without_index "the same by a field that has no unique index"
      story "Both look, both insert, both charge."
      expect violated at every level {
    let before = db.loose_keys.findOneAndUpdate({key}, {$setOnInsert: {state: "charging"}}, {upsert: true, returnDocument: "before"});
    if before.found { respond 409; }
    call charge(key);
    respond 200;
  }

  variant unique_key "insertOne above a unique index on the key"
      story "Charged once: E11000 says that somebody was here. A crash after it, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    try { db.unique_keys.insertOne({key, state: "charging"}); } catch duplicate_key { respond 409; }
    call charge(key);
    db.unique_keys.updateOne({key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant add_to_set "look, charge, $addToSet of the key to those done"
      story "Adding twice is adding once, and charging twice is not."
      expect violated at every level {
    let known = db.orders.findOne({_id: key, done: key});
    if known.found { respond 200; }
    call charge(key);
    db.orders.updateOne({_id: key}, {$addToSet: {done: key}});
    respond 200;
  }

  variant lock_and_delete "a lease document with a TTL index, look, charge, remember, deleteOne"
      story "The lease is over before the provider has answered."
      expect violated at every level {
    try { db.locks.insertOne({_id: key, owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let order_ = db.orders.findOne({_id: key});
    if order_.state = 'open' {
      call charge(key);
      db.orders.updateOne({_id: key}, {$set: {state: "paid"}});
    }
    db.locks.deleteOne({_id: key});
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over before the provider has answered, whoever deletes it."
      expect violated at every level {
    try { db.locks.insertOne({_id: key, owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let order_ = db.orders.findOne({_id: key});
    if order_.state = 'open' {
      call charge(key);
      db.orders.updateOne({_id: key}, {$set: {state: "paid"}});
    }
    db.locks.deleteOne({_id: key, owner: me});
    respond 200;
  }

  variant claim_for_a_time "a claim with a TTL index, charge; what is paid has no time any more"
      story "The TTL gives back the key of a crashed one, and of a slow one: both charge."
      expect violated at every level {
    try { db.leases.insertOne({_id: key, at: new Date()}); } catch duplicate_key { respond 423; }
    let order_ = db.orders.findOne({_id: key});
    if order_.state = 'paid' { respond 200; }
    call charge(key);
    db.orders.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }

  variant claim_for_a_time_with_provider_key "the same, and the provider gets the key, too"
      story "No loss: who takes over asks for the same charge."
      expect holds at every level {
    try { db.leases.insertOne({_id: key, at: new Date()}); } catch duplicate_key { respond 423; }
    let order_ = db.orders.findOne({_id: key});
    if order_.state = 'paid' { respond 200; }
    call charge(key) key (key);
    db.orders.updateOne({_id: key}, {$set: {state: "paid"}});
    respond 200;
  }
}

run pay('order-7') * 2

always  "one key is charged at most once" { SELECT count(*) <= 1 FROM charge }
finally "claimed if and only if charged" {
  SELECT NOT (EXISTS (SELECT 1 FROM keys) OR EXISTS (SELECT 1 FROM loose_keys) OR EXISTS (SELECT 1 FROM unique_keys)
              OR EXISTS (SELECT 1 FROM orders WHERE state <> 'open'))
      OR EXISTS (SELECT 1 FROM charge)
}
finally "the customer was charged, or told to come again" {
  SELECT EXISTS (SELECT 1 FROM charge) OR EXISTS (SELECT 1 FROM responses WHERE status IN ('423', 'crashed'))
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) AND NOT EXISTS (SELECT 1 FROM leases) }
