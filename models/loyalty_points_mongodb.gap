-- loyalty_points.gap in MongoDB: the points are a number of the customer's document, or the sum of a ledger. Two orders spend 60 and 45
-- of 100; one may be sent again.
--
-- Seen only by the history `one debit an order`: guarded_update, optimistic_version, touch_then_sum, transaction_with_retry, all with a
-- retry. A no-op that touches (M-6): touch_without_change.
scenario loyalty_points_mongodb "Two orders spend 60 and 45 of 100 points in MongoDB"

database shop mongodb {
  db.customers.insertOne({_id: 1, points: 100, version: 0, level: "gold", debits: []});
  db.entries.insertOne({_id: "gift", customer: 1, points: 100});
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
}

faults none;
faults crash <= 1;
faults retry <= 1;

request spend(order_id, points) {

  variant naive "sum the ledger ($group, $sum), check, insertOne"
      story "Both sum 100, both spend."
      expect violated at every level {
    let had = db.entries.aggregate([{$match: {customer: 1}}, {$group: {_id: "$customer", points: {$sum: "$points"}}}]);
    if had.points < points { respond 402; }
    db.entries.insertOne({_id: order_id || '-' || attempt, customer: 1, points: -points});
    effect spent(order_id, points);
    respond 200;
  }

  variant sum_in_transaction "the same in a transaction that is retried"
      story "Write skew: both sum 100 in their snapshots, and two inserts do not conflict."
      expect violated at every level {
    retry on write_conflict {
      transaction {
        let had = db.entries.aggregate([{$match: {customer: 1}}, {$group: {_id: "$customer", points: {$sum: "$points"}}}]);
        if had.points < points { rollback; respond 402; }
        db.entries.insertOne({_id: order_id || '-' || attempt, customer: 1, points: -points});
      }
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant touch_without_change "the same, with an update of the customer that changes nothing"
      story "A no-op makes no conflict (SERVER-77616)."
      expect violated at every level {
    retry on write_conflict {
      transaction {
        db.customers.findOneAndUpdate({_id: 1}, {$set: {level: "gold"}});
        let had = db.entries.aggregate([{$match: {customer: 1}}, {$group: {_id: "$customer", points: {$sum: "$points"}}}]);
        if had.points < points { rollback; respond 402; }
        db.entries.insertOne({_id: order_id || '-' || attempt, customer: 1, points: -points});
      }
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant touch_then_sum "the same, with a real change of the customer"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    retry on write_conflict {
      transaction {
        db.customers.findOneAndUpdate({_id: 1}, {$inc: {version: 1}});
        let had = db.entries.aggregate([{$match: {customer: 1}}, {$group: {_id: "$customer", points: {$sum: "$points"}}}]);
        if had.points < points { rollback; respond 402; }
        db.entries.insertOne({_id: order_id || '-' || attempt, customer: 1, points: -points});
      }
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant touch_and_reference "the same, and the entry's _id is the order"
      story "No loss: no overdraft, and no order debited twice."
      expect holds at every level {
    retry on write_conflict {
      try {
        transaction {
          db.customers.findOneAndUpdate({_id: 1}, {$inc: {version: 1}});
          let known = db.entries.findOne({_id: order_id});
          if known.found { rollback; respond 200; }
          let had = db.entries.aggregate([{$match: {customer: 1}}, {$group: {_id: "$customer", points: {$sum: "$points"}}}]);
          if had.points < points { rollback; respond 402; }
          db.entries.insertOne({_id: order_id, customer: 1, points: -points});
        }
      } catch duplicate_key {
        respond 200;
      }
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant inc_after_check "findOne, check, $inc"
      story "$inc has no floor."
      expect violated at every level {
    let had = db.customers.findOne({_id: 1});
    if had.points < points { respond 402; }
    db.customers.updateOne({_id: 1}, {$inc: {points: -points}});
    effect spent(order_id, points);
    respond 200;
  }

  variant guarded_update "updateOne guarded by {points: {$gte: points}}"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    let done = db.customers.updateOne({_id: 1, points: {$gte: points}}, {$inc: {points: -points}});
    if done.modifiedCount = 0 { respond 402; }
    effect spent(order_id, points);
    respond 200;
  }

  variant guard_and_reference "the same, and $push of the order guarded by {debits: {$ne: order}}"
      story "No loss: check, debit and reference are one document and one step."
      expect holds at every level {
    let done = db.customers.updateOne({_id: 1, points: {$gte: points}, debits: {$ne: order_id}},
                                      {$inc: {points: -points}, $push: {debits: order_id}});
    if done.modifiedCount = 0 {
      let known = db.customers.findOne({_id: 1, debits: order_id});
      if known.found { respond 200; }
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant add_to_set_is_no_guard "the guarded $inc with $addToSet of the order"
      story "$addToSet adds the order once, and $inc in the same update debits it twice."
      expect holds at every level, violated at every level with retry {
    let done = db.customers.updateOne({_id: 1, points: {$gte: points}}, {$inc: {points: -points}, $addToSet: {debits: order_id}});
    if done.modifiedCount = 0 { respond 402; }
    effect spent(order_id, points);
    respond 200;
  }

  variant insert_then_debit "insertOne of the order as _id, then the guarded debit"
      story "No order is debited twice. After a crash between the two it is never debited, and counts as done."
      expect holds at every level, violated at every level with crash {
    try { db.debits.insertOne({_id: order_id}); } catch duplicate_key { respond 200; }
    let done = db.customers.updateOne({_id: 1, points: {$gte: points}}, {$inc: {points: -points}});
    if done.modifiedCount = 0 {
      db.debits.deleteOne({_id: order_id});
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant insert_and_debit_in_transaction "both in one transaction, again after write_conflict"
      story "No loss: the order's own number makes it once, the guard keeps the points above zero."
      expect holds at every level {
    retry on write_conflict {
      try {
        transaction {
          db.debits.insertOne({_id: order_id});
          let done = db.customers.updateOne({_id: 1, points: {$gte: points}}, {$inc: {points: -points}});
          if done.modifiedCount = 0 { rollback; respond 402; }
        }
      } catch duplicate_key {
        respond 200;
      }
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant optimistic_version "a version in the filter, and a second attempt"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    retry up to 2 {
      let had = db.customers.findOne({_id: 1});
      if had.points < points { respond 402; }
      let done = db.customers.updateOne({_id: 1, version: had.version}, {$set: {points: had.points - points}, $inc: {version: 1}});
      if done.matchedCount = 0 { again; }
      effect spent(order_id, points);
      respond 200;
    }
    respond 503;
  }

  variant unread_version "the same version, and nobody reads matchedCount"
      story "The second updateOne matches nothing; 105 points are spent of 100."
      expect violated at every level {
    let had = db.customers.findOne({_id: 1});
    if had.points < points { respond 402; }
    db.customers.updateOne({_id: 1, version: had.version}, {$set: {points: had.points - points}, $inc: {version: 1}});
    effect spent(order_id, points);
    respond 200;
  }

  variant transaction_without_retry "findOne, check, $set in a transaction; write_conflict goes to the customer"
      story "No overdraft, and one customer sees an internal error."
      expect violated at every level {
    transaction {
      let had = db.customers.findOne({_id: 1});
      if had.points < points { rollback; respond 402; }
      db.customers.updateOne({_id: 1}, {$set: {points: had.points - points}});
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant transaction_with_retry "the same, and the whole again after write_conflict"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    retry on write_conflict {
      transaction {
        let had = db.customers.findOne({_id: 1});
        if had.points < points { rollback; respond 402; }
        db.customers.updateOne({_id: 1}, {$set: {points: had.points - points}});
      }
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant lock_and_delete "a lease document with a TTL index, findOne, $set, deleteOne"
      story "The lease is over before the work is."
      expect violated at every level {
    try { db.locks.insertOne({_id: "points-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let had = db.customers.findOne({_id: 1});
    if had.points >= points {
      db.customers.updateOne({_id: 1}, {$set: {points: had.points - points}});
      effect spent(order_id, points);
    }
    db.locks.deleteOne({_id: "points-1"});
    if had.points < points { respond 402; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over before the work is, whoever deletes it."
      expect violated at every level {
    try { db.locks.insertOne({_id: "points-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let had = db.customers.findOne({_id: 1});
    if had.points >= points {
      db.customers.updateOne({_id: 1}, {$set: {points: had.points - points}});
      effect spent(order_id, points);
    }
    db.locks.deleteOne({_id: "points-1", owner: me});
    if had.points < points { respond 402; }
    respond 200;
  }
}

run spend('a', 60) * 1, spend('b', 45)

always  "nobody spends more than he has" { SELECT coalesce(sum(points), 0) <= 100 FROM spent }
history "one debit an order" {
  SELECT NOT EXISTS (SELECT 1 FROM spent a JOIN spent b ON a.order_id = b.order_id AND a.position < b.position)
}
finally "what was spent left the points" {
  SELECT 200 - (SELECT points FROM customers) - (SELECT sum(points) FROM entries) = (SELECT coalesce(sum(points), 0) FROM spent)
}
finally "an order counts as debited if and only if it was" {
  SELECT NOT EXISTS (SELECT 1 FROM debits d WHERE NOT EXISTS (SELECT 1 FROM spent s WHERE s.order_id = d._id))
}
finally "somebody gets something for his points" {
  SELECT EXISTS (SELECT 1 FROM spent) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '402', '503', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) }
