-- One unit is there; somebody asks for two, others for one: one of those must be served. The orders are documents, or elements of the
-- product's array.
--
-- Seen only by `every unit sold has left the stock`: stock_then_order with a crash. Only by `the honest order is served, or told to come
-- again`: inc_then_repair.
scenario inventory_mongodb "One unit in MongoDB; one customer asks for two"

database shop mongodb {
  db.products.insertOne({_id: "tea", stock: 1, version: 0, orders: []});
  db.units.insertOne({_id: 1, state: "free", quantity: 0});
  db.unique_orders.createIndex({unit: 1}, {unique: true});
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
  db.holds.createIndex({at: 1}, {expireAfterSeconds: 600});
}

faults none;
faults crash <= 1;

request buy(quantity) {

  variant naive "findOne, check, $set, order"
      story "Two orders that the one unit is enough for alone both come through."
      expect violated at every level {
    let product = db.products.findOne({_id: "tea"});
    if product.stock < quantity { respond 409; }
    db.products.updateOne({_id: "tea"}, {$set: {stock: product.stock - quantity}});
    db.orders.insertOne({quantity});
    respond 200;
  }

  variant whole_document "the same with replaceOne: what an ORM's save() of the whole document sends"
      story "The second replacement writes over the first one's order."
      expect violated at every level {
    let product = db.products.findOne({_id: "tea"});
    if product.stock < quantity { respond 409; }
    db.products.replaceOne({_id: "tea"}, {stock: product.stock - quantity, version: 0, orders: [{quantity}]});
    respond 200;
  }

  variant inc_after_check "findOne, check, $inc, order"
      story "$inc has no floor."
      expect violated at every level {
    let product = db.products.findOne({_id: "tea"});
    if product.stock < quantity { respond 409; }
    db.products.updateOne({_id: "tea"}, {$inc: {stock: -quantity}});
    db.orders.insertOne({quantity});
    respond 200;
  }

  variant inc_then_repair "$inc; below zero $inc it back"
      story "While the order for two holds its -1, the order for one finds -2 and is refused; the unit stays on the shelf."
      expect violated at every level {
    let left_ = db.products.findOneAndUpdate({_id: "tea"}, {$inc: {stock: -quantity}}, {returnDocument: "after"});
    if left_.stock < 0 {
      db.products.updateOne({_id: "tea"}, {$inc: {stock: quantity}});
      respond 409;
    }
    db.orders.insertOne({quantity});
    respond 200;
  }

  variant stock_then_order "updateOne guarded by {stock: {$gte: quantity}}, then the order"
      story "Nothing is sold twice. A crash between the two: a unit that nobody bought is not for sale any more."
      expect holds at every level, violated at every level with crash {
    let done = db.products.updateOne({_id: "tea", stock: {$gte: quantity}}, {$inc: {stock: -quantity}});
    if done.modifiedCount = 0 { respond 409; }
    db.orders.insertOne({quantity});
    respond 200;
  }

  variant order_in_the_product "the guarded $inc and $push of the order in one updateOne"
      story "No loss: stock and order are one document."
      expect holds at every level {
    let done = db.products.updateOne({_id: "tea", stock: {$gte: quantity}}, {$inc: {stock: -quantity}, $push: {orders: {quantity}}});
    if done.modifiedCount = 0 { respond 409; }
    respond 200;
  }

  variant check_outside_the_transaction "findOne and check, then $inc and order in a transaction"
      story "The transaction makes one step of what was decided before it."
      expect violated at every level {
    let product = db.products.findOne({_id: "tea"});
    if product.stock < quantity { respond 409; }
    retry on write_conflict {
      transaction {
        db.products.updateOne({_id: "tea"}, {$inc: {stock: -quantity}});
        db.orders.insertOne({quantity});
      }
    }
    respond 200;
  }

  variant touch_first "the transaction begins with a real change of the product, then reads it"
      story "No loss: what FOR UPDATE is elsewhere."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let product = db.products.findOneAndUpdate({_id: "tea"}, {$inc: {version: 1}});
        if product.stock < quantity { rollback; respond 409; }
        db.products.updateOne({_id: "tea"}, {$set: {stock: product.stock - quantity}});
        db.orders.insertOne({quantity});
      }
    }
    respond 200;
  }

  variant optimistic_version "a version in the filter, stock and order in a transaction, and a second attempt"
      story "No loss."
      expect holds at every level {
    retry on write_conflict {
      let product = db.products.findOne({_id: "tea"});
      if product.stock < quantity { respond 409; }
      transaction {
        let done = db.products.updateOne({_id: "tea", version: product.version},
                                         {$set: {stock: product.stock - quantity}, $inc: {version: 1}});
        if done.matchedCount = 0 { again; }
        db.orders.insertOne({quantity});
      }
    }
    respond 200;
  }

  variant unread_version "the same version, and nobody reads matchedCount"
      story "The version says no, and the second order is confirmed."
      expect violated at every level {
    let product = db.products.findOne({_id: "tea"});
    if product.stock < quantity { respond 409; }
    db.products.updateOne({_id: "tea", version: product.version}, {$set: {stock: product.stock - quantity}, $inc: {version: 1}});
    db.orders.insertOne({quantity});
    respond 200;
  }

  variant transaction_without_retry "findOne, check, order, $set in a transaction; write_conflict goes to the customer"
      story "The unit is sold once, and the other customer sees an internal error."
      expect violated at every level {
    transaction {
      let product = db.products.findOne({_id: "tea"});
      if product.stock < quantity { rollback; respond 409; }
      db.orders.insertOne({quantity});
      db.products.updateOne({_id: "tea"}, {$set: {stock: product.stock - quantity}});
    }
    respond 200;
  }

  variant transaction_with_retry "the same, and the whole again after write_conflict"
      story "No loss."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let product = db.products.findOne({_id: "tea"});
        if product.stock < quantity { rollback; respond 409; }
        db.orders.insertOne({quantity});
        db.products.updateOne({_id: "tea"}, {$set: {stock: product.stock - quantity}});
      }
    }
    respond 200;
  }

  variant unit_then_order "insertOne of a sold unit whose _id is its number, then the order, then $inc"
      story "One unit, one owner. A crash before the order, and it is sold to nobody."
      expect holds at every level, violated at every level with crash {
    if quantity > 1 { respond 409; }
    try { db.sold.insertOne({_id: 1, to: me}); } catch duplicate_key { respond 409; }
    db.orders.insertOne({quantity});
    db.products.updateOne({_id: "tea"}, {$inc: {stock: -1}});
    respond 200;
  }

  variant unique_unit "an order names its unit, above a unique index; the stock is what has no order"
      story "No loss: a unit has one order."
      expect holds at every level {
    if quantity > 1 { respond 409; }
    try { db.unique_orders.insertOne({unit: 1, quantity}); } catch duplicate_key { respond 409; }
    respond 200;
  }

  variant state_machine "findOneAndUpdate of a unit that is free: free → sold, with the order in it"
      story "No loss: units are documents, and the from-state is matched."
      expect holds at every level {
    if quantity > 1 { respond 409; }
    let mine = db.units.findOneAndUpdate({state: "free"}, {$set: {state: "sold", quantity}});
    if NOT mine.found { respond 409; }
    respond 200;
  }

  variant lock_and_delete "a lease document with a TTL index, findOne, $set, order, deleteOne"
      story "The lease is over before the order is written."
      expect violated at every level {
    try { db.locks.insertOne({_id: "tea", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let product = db.products.findOne({_id: "tea"});
    if product.stock >= quantity {
      db.products.updateOne({_id: "tea"}, {$set: {stock: product.stock - quantity}});
      db.orders.insertOne({quantity});
    }
    db.locks.deleteOne({_id: "tea"});
    if product.stock < quantity { respond 409; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over before the order is written, whoever deletes it."
      expect violated at every level {
    try { db.locks.insertOne({_id: "tea", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let product = db.products.findOne({_id: "tea"});
    if product.stock >= quantity {
      db.products.updateOne({_id: "tea"}, {$set: {stock: product.stock - quantity}});
      db.orders.insertOne({quantity});
    }
    db.locks.deleteOne({_id: "tea", owner: me});
    if product.stock < quantity { respond 409; }
    respond 200;
  }

  variant hold_with_a_time "a hold document with a TTL index, the order, $inc"
      story "The hold brings back what a crash took. It also ends under a slow order, and the unit is sold twice."
      expect violated at every level {
    if quantity > 1 { respond 409; }
    try { db.holds.insertOne({_id: 1, at: new Date()}); } catch duplicate_key { respond 409; }
    let product = db.products.findOne({_id: "tea"});
    if product.stock < quantity { respond 409; }
    db.orders.insertOne({quantity});
    db.products.updateOne({_id: "tea"}, {$inc: {stock: -quantity}});
    respond 200;
  }
}

run buy(2), buy(1) * 2

always  "no more is ordered than there was" {
  SELECT (SELECT coalesce(sum(quantity), 0) FROM orders) + (SELECT coalesce(sum(quantity), 0) FROM products_orders)
       + (SELECT coalesce(sum(quantity), 0) FROM unique_orders) + (SELECT sum(quantity) FROM units) <= 1
}
finally "every unit sold has left the stock" {
  SELECT (SELECT stock FROM products) + (SELECT coalesce(sum(quantity), 0) FROM orders)
       + (SELECT coalesce(sum(quantity), 0) FROM products_orders) = 1
}
finally "no unit is sold to nobody" { SELECT NOT EXISTS (SELECT 1 FROM sold) OR EXISTS (SELECT 1 FROM orders) }
finally "who was told 200 has an order" {
  SELECT (SELECT count(*) FROM responses WHERE status = '200')
      <= (SELECT count(*) FROM orders) + (SELECT count(*) FROM products_orders) + (SELECT count(*) FROM unique_orders)
       + (SELECT count(*) FROM units WHERE state = 'sold')
}
finally "the honest order is served, or told to come again" {
  SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('200', '423', 'crashed'))
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) AND NOT EXISTS (SELECT 1 FROM holds) }
