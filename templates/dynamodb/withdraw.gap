-- Balance withdrawal: two requests read the balance before either of them has written it.
--
-- To make it yours: 1. in `database` your tables, items; 2. in `naive` what your handler sends, one request after the
-- other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario withdraw "Two withdrawals of 60 race for a balance of 100"

database bank dynamodb {
  -- Your tables; attributes that no request looks at may be left out.
  CreateTable {TableName: "users", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "N"}]};
  PutItem {TableName: "users", Item: {id: 1, balance: 100}};
}

request withdraw(id, amount) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "GetItem, check, UpdateItem"
      story "Both requests read 100 and both write 40: 120 are paid out and 60 are booked."
      expect violated {
    let user = GetItem {TableName: "users", Key: {id}, ConsistentRead: true};
    if user.balance < amount { respond 400; }
    UpdateItem {
      TableName: "users",
      Key: {id},
      UpdateExpression: "SET balance = :left",
      ExpressionAttributeValues: {":left": user.balance - amount}
    };
    effect paid(amount);                     -- the money has left: nothing takes it back
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant conditional_update "UpdateItem with a ConditionExpression"
      story "No loss: condition and change are one step."
      expect holds {
    try {
      UpdateItem {
        TableName: "users",
        Key: {id},
        UpdateExpression: "SET balance = balance - :amount",
        ConditionExpression: "balance >= :amount",
        ExpressionAttributeValues: {":amount": amount}
      };
    } catch conditional_check_failed {
      respond 400;
    }
    effect paid(amount);
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run withdraw(1, 60) * 2

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
