-- Coupon: a code that is good for one order discounts two.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario coupon "Two orders use a coupon that is good for one"

database shop mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.coupons.insertOne({_id: "SAVE50", uses: 0, maxUses: 1});
}

request order_with(code) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "findOne, order, updateOne"
      story "Both see 0 of 1 uses: the discount is given twice, and the counter says once."
      expect violated {
    let coupon = db.coupons.findOne({_id: code});
    if coupon.uses >= coupon.maxUses { respond 409; }
    db.orders.insertOne({code, discount: 50});
    db.coupons.updateOne({_id: code}, {$set: {uses: coupon.uses + 1}});
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant guarded_update "count first, and order only if the count went through"
      story "No loss: the filter decides, and claim and order are one transaction."
      expect holds {
    retry up to 3 on write_conflict {
      transaction {
        let claimed = db.coupons.updateOne({_id: code, uses: {$lt: 1}}, {$inc: {uses: 1}});
        if claimed.modifiedCount = 0 { rollback; respond 409; }
        db.orders.insertOne({code, discount: 50});
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run order_with('SAVE50') * 2

always  "no more orders are discounted than the coupon is good for" { SELECT count(*) <= 1 FROM orders }
finally "somebody got the discount" { SELECT count(*) >= 1 FROM orders }
finally "the counter counts the orders" {
  SELECT (SELECT uses FROM coupons WHERE _id = 'SAVE50') = (SELECT count(*) FROM orders)
}
