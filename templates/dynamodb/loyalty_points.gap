-- Loyalty points: two orders spend the same points.
--
-- To make it yours: 1. in `database` your tables, items; 2. in `naive` what your handler sends, one request after the
-- other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario loyalty_points "Two orders spend 60 of 100 points each"

database shop dynamodb {
  -- Your tables; attributes that no request looks at may be left out.
  CreateTable {TableName: "customers", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "N"}]};
  PutItem {TableName: "customers", Item: {id: 1, points: 100}};
  CreateTable {TableName: "rewards", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "S"}]};
}

request redeem(customer, points) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "read the points, give the reward, write the points"
      story "Both read 100 and both write 40: 120 points are spent."
      expect violated {
    let had = GetItem {TableName: "customers", Key: {id: customer}, ConsistentRead: true};
    if had.points < points { respond 402; }
    PutItem {TableName: "rewards", Item: {id: 'reward-' || me, points: points}};
    UpdateItem {
      TableName: "customers",
      Key: {id: customer},
      UpdateExpression: "SET points = :left",
      ExpressionAttributeValues: {":left": had.points - points}
    };
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant transact_write "TransactWriteItems: the points if there are enough, and the reward"
      story "No loss: both are written, or none, and the condition is asked in the same step."
      expect holds {
    retry up to 3 on transaction_conflict {
      try {
        TransactWriteItems {TransactItems: [
          {Update: {TableName: "customers", Key: {id: customer}, UpdateExpression: "SET points = points - :points",
                    ConditionExpression: "points >= :points",
                    ExpressionAttributeValues: {":points": points}}},
          {Put: {TableName: "rewards", Item: {id: 'reward-' || me, points: points}}}
        ]};
      } catch transaction_canceled {
        respond 402;
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
  SELECT 100 - (SELECT points FROM customers WHERE id = 1) = (SELECT coalesce(sum(points), 0) FROM rewards)
}
finally "somebody got a reward" { SELECT count(*) >= 1 FROM rewards }
