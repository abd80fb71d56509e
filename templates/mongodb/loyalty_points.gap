-- Loyalty points: two orders spend the same points.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario loyalty_points "Two orders spend 60 of 100 points each"

database shop mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.customers.insertOne({_id: 1, points: 100});
}

request redeem(customer, points) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "read the points, give the reward, write the points"
      story "Both read 100 and both write 40: 120 points are spent."
      expect violated {
    let had = db.customers.findOne({_id: customer});
    if had.points < points { respond 402; }
    db.rewards.insertOne({customer, points});
    db.customers.updateOne({_id: customer}, {$set: {points: had.points - points}});
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant guarded_update "take the points if there are enough, and give the reward in the same transaction"
      story "No loss: filter and change are one step."
      expect holds {
    retry up to 3 on write_conflict {
      transaction {
        let taken = db.customers.updateOne({_id: customer, points: {$gte: points}}, {$inc: {points: -points}});
        if taken.modifiedCount = 0 { rollback; respond 402; }
        db.rewards.insertOne({customer, points});
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run redeem(1, 60) * 2

always  "nobody spends more than he has" { SELECT coalesce(sum(points), 0) <= 100 FROM rewards }
finally "what was spent left the points" {
  SELECT 100 - (SELECT points FROM customers WHERE _id = 1) = (SELECT coalesce(sum(points), 0) FROM rewards)
}
finally "somebody got a reward" { SELECT count(*) >= 1 FROM rewards }
