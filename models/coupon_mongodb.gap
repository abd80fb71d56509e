-- A code that is good for one order. The claim is a field of the coupon's document, or a document of its own; the order is another
-- document, or an element of the coupon's.
--
-- Seen only by `claimed if and only if granted`, while the limit looks right: claim_then_grant, insert_redemption, both with a crash.
-- Only by `nobody sees an internal error`: transaction_without_retry. A no-op that touches (M-6): touch_without_change.
scenario coupon_mongodb "Two orders use a code that is good for one, in MongoDB"

database shop mongodb {
  db.coupons.insertOne({_id: "SAVE50", usedAt: null, version: 0, touched: true, redemptions: [], orders: []});
  db.unique_orders.createIndex({code: 1}, {unique: true});
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
  db.claims.createIndex({at: 1}, {expireAfterSeconds: 600});
}

faults none;
faults crash <= 1;

request order_with(code) {

  variant naive "findOne, check, $set, insert the order"
      story "Both find it unused."
      expect violated at every level {
    let coupon = db.coupons.findOne({_id: code});
    if coupon.usedAt IS NOT NULL { respond 409; }
    db.coupons.updateOne({_id: code}, {$set: {usedAt: 1}});
    db.orders.insertOne({code, discount: 50});
    respond 200;
  }

  variant claim_then_grant "findOneAndUpdate({usedAt: null}), then the order"
      story "Claimed once. A crash between the two documents, and the coupon is used up by an order that never was."
      expect holds at every level, violated at every level with crash {
    let mine = db.coupons.findOneAndUpdate({_id: code, usedAt: null}, {$set: {usedAt: 1}});
    if NOT mine.found { respond 409; }
    db.orders.insertOne({code, discount: 50});
    respond 200;
  }

  variant claim_not_read "the same filter, and nobody looks whether a document came back"
      story "The second one claims nothing, and orders."
      expect violated at every level {
    db.coupons.findOneAndUpdate({_id: code, usedAt: null}, {$set: {usedAt: 1}});
    db.orders.insertOne({code, discount: 50});
    respond 200;
  }

  variant grant_then_claim "the order first, then the claim"
      story "The other way round it is given twice."
      expect violated at every level {
    let coupon = db.coupons.findOne({_id: code});
    if coupon.usedAt IS NOT NULL { respond 409; }
    db.orders.insertOne({code, discount: 50});
    db.coupons.updateOne({_id: code, usedAt: null}, {$set: {usedAt: 1}});
    respond 200;
  }

  variant order_in_the_coupon "one updateOne: {usedAt: null} → used, with the order in the same document"
      story "No loss: claim and grant are one document, and one step."
      expect holds at every level {
    let mine = db.coupons.updateOne({_id: code, usedAt: null}, {$set: {usedAt: 1}, $push: {orders: {discount: 50}}});
    if mine.modifiedCount = 0 { respond 409; }
    respond 200;
  }

  variant push_if_there_is_room "$push of the order, guarded by the array's size"
      story "No loss: the array is the limit."
      expect holds at every level {
    let mine = db.coupons.updateOne({_id: code, orders: {$size: 0}}, {$push: {orders: {discount: 50}}});
    if mine.modifiedCount = 0 { respond 409; }
    respond 200;
  }

  variant count_in_transaction "count the orders and insert one, in a transaction that is retried"
      story "Write skew: both count none in their snapshots, and two inserts do not conflict."
      expect violated at every level {
    retry on write_conflict {
      transaction {
        let used = db.orders.countDocuments({code});
        if used.n > 0 { rollback; respond 409; }
        db.orders.insertOne({code, discount: 50});
      }
    }
    respond 200;
  }

  variant touch_without_change "the same, with an update of the coupon that changes nothing"
      story "A no-op makes no conflict (SERVER-77616)."
      expect violated at every level {
    retry on write_conflict {
      transaction {
        db.coupons.updateOne({_id: code}, {$set: {touched: true}});
        let used = db.orders.countDocuments({code});
        if used.n > 0 { rollback; respond 409; }
        db.orders.insertOne({code, discount: 50});
      }
    }
    respond 200;
  }

  variant touch_then_count "the same, with an update of the coupon that changes something"
      story "No loss: two that count the orders of one coupon conflict on its document."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        db.coupons.findOneAndUpdate({_id: code}, {$inc: {version: 1}});
        let used = db.orders.countDocuments({code});
        if used.n > 0 { rollback; respond 409; }
        db.orders.insertOne({code, discount: 50});
      }
    }
    respond 200;
  }

  variant optimistic_version "a version in the filter of the claim, claim and order in a transaction"
      story "No loss: who finds another version, or conflicts with it, takes the order back."
      expect holds at every level {
    let coupon = db.coupons.findOne({_id: code});
    if coupon.usedAt IS NOT NULL { respond 409; }
    try {
      transaction {
        let mine = db.coupons.updateOne({_id: code, version: coupon.version}, {$set: {usedAt: 1}, $inc: {version: 1}});
        if mine.matchedCount = 0 { rollback; respond 409; }
        db.orders.insertOne({code, discount: 50});
      }
    } catch write_conflict {
      respond 503;
    }
    respond 200;
  }

  variant unread_version "the same version, and nobody reads matchedCount"
      story "The second updateOne matches nothing; the order is discounted."
      expect violated at every level {
    let coupon = db.coupons.findOne({_id: code});
    if coupon.usedAt IS NOT NULL { respond 409; }
    db.coupons.updateOne({_id: code, version: coupon.version}, {$set: {usedAt: 1}, $inc: {version: 1}});
    db.orders.insertOne({code, discount: 50});
    respond 200;
  }

  variant transaction_without_retry "findOne, order, $set in a transaction; write_conflict goes to the customer"
      story "The coupon is used once, and the other customer sees an internal error."
      expect violated at every level {
    transaction {
      let coupon = db.coupons.findOne({_id: code});
      if coupon.usedAt IS NOT NULL { rollback; respond 409; }
      db.orders.insertOne({code, discount: 50});
      db.coupons.updateOne({_id: code}, {$set: {usedAt: 1}});
    }
    respond 200;
  }

  variant transaction_with_retry "the same, and the whole again after write_conflict"
      story "No loss."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let coupon = db.coupons.findOne({_id: code});
        if coupon.usedAt IS NOT NULL { rollback; respond 409; }
        db.orders.insertOne({code, discount: 50});
        db.coupons.updateOne({_id: code}, {$set: {usedAt: 1}});
      }
    }
    respond 200;
  }

  variant state_machine "unused → used by its filter and the order in one transaction, again after write_conflict"
      story "No loss: the from-state is matched, and a crash takes both back."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let mine = db.coupons.updateOne({_id: code, usedAt: null}, {$set: {usedAt: 1}, $inc: {version: 1}});
        if mine.modifiedCount = 0 { rollback; respond 409; }
        db.orders.insertOne({code, discount: 50});
      }
    }
    respond 200;
  }

  variant insert_redemption "insertOne of a redemption whose _id is the code, then the order"
      story "Claimed once: _id is unique. A crash between the two, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    try { db.redemptions.insertOne({_id: code}); } catch duplicate_key { respond 409; }
    db.orders.insertOne({code, discount: 50});
    respond 200;
  }

  variant insert_redemption_in_transaction "the same in one transaction"
      story "No loss. An _id that another transaction has just inserted is a write_conflict, and no duplicate_key yet: again."
      expect holds at every level {
    retry on write_conflict {
      try {
        transaction {
          db.redemptions.insertOne({_id: code});
          db.orders.insertOne({code, discount: 50});
        }
      } catch duplicate_key {
        respond 409;
      }
    }
    respond 200;
  }

  variant duplicate_caught_inside "the same, and duplicate_key is caught inside the transaction"
      story "E11000 has aborted the transaction: its commit fails, and the customer sees an internal error."
      expect violated at every level {
    retry on write_conflict {
      transaction {
        try { db.redemptions.insertOne({_id: code}); } catch duplicate_key { respond 409; }
        db.orders.insertOne({code, discount: 50});
      }
    }
    respond 200;
  }

  variant upsert_without_index "upsert of a redemption by its code, without a unique index"
      story "Both look, both insert, both are told that they did."
      expect violated at every level {
    let mine = db.loose_redemptions.updateOne({code}, {$setOnInsert: {by: "me"}}, {upsert: true});
    if mine.upsertedId IS NULL { respond 409; }
    db.orders.insertOne({code, discount: 50});
    respond 200;
  }

  variant unique_order "the order itself, above a unique index on its code"
      story "No loss: claim and grant are one document."
      expect holds at every level {
    try { db.unique_orders.insertOne({code, discount: 50}); } catch duplicate_key { respond 409; }
    respond 200;
  }

  variant add_to_set "findOne, check, $addToSet, order"
      story "The set has one element, as sets do, and two orders have the discount."
      expect violated at every level {
    let coupon = db.coupons.findOne({_id: code});
    if coupon.redemptions_length > 0 { respond 409; }
    db.coupons.updateOne({_id: code}, {$addToSet: {redemptions: "used"}});
    db.orders.insertOne({code, discount: 50});
    respond 200;
  }

  variant lock_and_delete "a lease document with a TTL index, look, order, deleteOne"
      story "The lease is over before the order is written."
      expect violated at every level {
    try { db.locks.insertOne({_id: code, owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let known = db.orders.findOne({code});
    if NOT known.found { db.orders.insertOne({code, discount: 50}); }
    db.locks.deleteOne({_id: code});
    if known.found { respond 409; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over before the order is written, whoever deletes it."
      expect violated at every level {
    try { db.locks.insertOne({_id: code, owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let known = db.orders.findOne({code});
    if NOT known.found { db.orders.insertOne({code, discount: 50}); }
    db.locks.deleteOne({_id: code, owner: me});
    if known.found { respond 409; }
    respond 200;
  }

  variant lease_and_unique_order "the same above the unique index"
      story "No loss: the lease spares the second one the work, the index decides."
      expect holds at every level {
    try { db.locks.insertOne({_id: code, owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let mine = true;
    try { db.unique_orders.insertOne({code, discount: 50}); } catch duplicate_key { set mine = false; }
    db.locks.deleteOne({_id: code, owner: me});
    if NOT mine { respond 409; }
    respond 200;
  }

  variant claim_with_a_time "a claim document with a TTL index, look, order"
      story "It brings back the claim of a crashed order, and of a slow one: the next one claims, both order."
      expect violated at every level {
    try { db.claims.insertOne({_id: code, at: new Date()}); } catch duplicate_key { respond 409; }
    let known = db.orders.findOne({code});
    if known.found { respond 409; }
    db.orders.insertOne({code, discount: 50});
    respond 200;
  }

  variant claim_with_a_time_and_unique_order "the same above the unique index"
      story "No loss: the claim keeps most away and gives itself back; what decides is the index."
      expect holds at every level {
    try { db.claims.insertOne({_id: code, at: new Date()}); } catch duplicate_key { respond 409; }
    try { db.unique_orders.insertOne({code, discount: 50}); } catch duplicate_key { respond 409; }
    respond 200;
  }
}

run order_with('SAVE50') * 2

always  "one order at most has the discount" {
  SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM unique_orders) + (SELECT sum(orders_length) FROM coupons) <= 1
}
finally "claimed if and only if granted" {
  SELECT NOT (EXISTS (SELECT 1 FROM coupons WHERE usedAt IS NOT NULL OR redemptions_length > 0) OR EXISTS (SELECT 1 FROM redemptions)
              OR EXISTS (SELECT 1 FROM loose_redemptions))
      OR (SELECT count(*) FROM orders) + (SELECT sum(orders_length) FROM coupons) > 0
}
finally "somebody got the discount, or may come again" {
  SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM unique_orders) + (SELECT sum(orders_length) FROM coupons) > 0
      OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '423', '503', 'crashed'))
}
finally "who was told 200 has the discount" {
  SELECT (SELECT count(*) FROM responses WHERE status = '200')
      <= (SELECT count(*) FROM orders) + (SELECT count(*) FROM unique_orders) + (SELECT sum(orders_length) FROM coupons)
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) AND NOT EXISTS (SELECT 1 FROM claims) }
