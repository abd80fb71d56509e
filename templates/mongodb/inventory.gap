-- Inventory: the last unit is sold twice.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario inventory "Two customers order the last unit"

database shop mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.items.insertOne({_id: 1, stock: 1});
}

request buy(item, quantity) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "findOne, order, updateOne"
      story "One unit, two orders, and stock 0."
      expect violated {
    let found = db.items.findOne({_id: item});
    if found.stock < quantity { respond 409; }
    db.orders.insertOne({item, quantity});
    db.items.updateOne({_id: item}, {$set: {stock: found.stock - quantity}});
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant guarded_update "the condition in the filter, $inc, and the order in the same transaction"
      story "No loss: the stock is taken before anything is promised."
      expect holds {
    retry up to 3 on write_conflict {
      transaction {
        let taken = db.items.updateOne({_id: item, stock: {$gte: quantity}}, {$inc: {stock: -quantity}});
        if taken.modifiedCount = 0 { rollback; respond 409; }
        db.orders.insertOne({item, quantity});
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run buy(1, 1) * 2

always  "the stock never goes below zero" { SELECT min(stock) >= 0 FROM items }
finally "every unit sold has left the stock" {
  SELECT 1 - (SELECT stock FROM items WHERE _id = 1) = (SELECT coalesce(sum(quantity), 0) FROM orders)
}
finally "somebody bought the last unit" { SELECT count(*) >= 1 FROM orders }
