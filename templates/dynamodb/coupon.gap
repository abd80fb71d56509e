-- Coupon: a code that is good for one order discounts two.
--
-- To make it yours: 1. in `database` your tables, items; 2. in `naive` what your handler sends, one request after the
-- other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario coupon "Two orders use a coupon that is good for one"

database shop dynamodb {
  -- Your tables; attributes that no request looks at may be left out.
  CreateTable {TableName: "coupons", KeySchema: [{AttributeName: "code", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "code", AttributeType: "S"}]};
  PutItem {TableName: "coupons", Item: {code: "SAVE50", uses: 0}};
  CreateTable {TableName: "orders", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "S"}]};
}

request order_with(code) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "GetItem, order, UpdateItem"
      story "Both see 0 uses of 1: the discount is given twice, and the counter says once."
      expect violated {
    let coupon = GetItem {TableName: "coupons", Key: {code}, ConsistentRead: true};
    if coupon.uses >= 1 { respond 409; }
    PutItem {TableName: "orders", Item: {id: 'order-' || me, discount: 50}};
    UpdateItem {
      TableName: "coupons",
      Key: {code},
      UpdateExpression: "SET uses = :uses",
      ExpressionAttributeValues: {":uses": coupon.uses + 1}
    };
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant transact_write "TransactWriteItems: the guarded counter and the order"
      story "No loss: both are written, or none, and the condition is asked in the same step."
      expect holds {
    retry up to 3 on transaction_conflict {
      try {
        TransactWriteItems {TransactItems: [
          {Update: {TableName: "coupons", Key: {code}, UpdateExpression: "SET uses = uses + :one",
                    ConditionExpression: "uses < :one",
                    ExpressionAttributeValues: {":one": 1}}},
          {Put: {TableName: "orders", Item: {id: 'order-' || me, discount: 50}}}
        ]};
      } catch transaction_canceled {
        respond 409;
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
  SELECT (SELECT uses FROM coupons WHERE code = 'SAVE50') = (SELECT count(*) FROM orders)
}
