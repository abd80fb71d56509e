-- Transfer: several transfers read both balances before either of them has written any.
--
-- To make it yours: 1. in `database` your tables, items; 2. in `naive` what your handler sends, one request after the
-- other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario transfer "Three transfers between two accounts, in both directions"

database bank dynamodb {
  -- Your tables; attributes that no request looks at may be left out.
  CreateTable {TableName: "accounts", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "N"}]};
  PutItem {TableName: "accounts", Item: {id: 1, balance: 100}};
  PutItem {TableName: "accounts", Item: {id: 2, balance: 100}};
}

request transfer(source, target, amount) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "GetItem and UpdateItem of each account"
      story "Each writes what it has read: money appears, or is gone."
      expect violated {
    let giver = GetItem {TableName: "accounts", Key: {id: source}, ConsistentRead: true};
    if giver.balance < amount { respond 402; }
    UpdateItem {
      TableName: "accounts",
      Key: {id: source},
      UpdateExpression: "SET balance = :left",
      ExpressionAttributeValues: {":left": giver.balance - amount}
    };
    let taker = GetItem {TableName: "accounts", Key: {id: target}, ConsistentRead: true};
    UpdateItem {
      TableName: "accounts",
      Key: {id: target},
      UpdateExpression: "SET balance = :sum",
      ExpressionAttributeValues: {":sum": taker.balance + amount}
    };
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant transact_write "TransactWriteItems with a condition, and again after a conflict"
      story "No loss: both are written, or none, and the condition is asked in the same step."
      expect holds {
    retry on transaction_conflict {
      try {
        TransactWriteItems {TransactItems: [
          {Update: {TableName: "accounts", Key: {id: source}, UpdateExpression: "SET balance = balance - :amount",
                    ConditionExpression: "balance >= :amount",
                    ExpressionAttributeValues: {":amount": amount}}},
          {Update: {TableName: "accounts", Key: {id: target}, UpdateExpression: "SET balance = balance + :amount",
                    ExpressionAttributeValues: {":amount": amount}}}
        ]};
      } catch transaction_canceled {
        respond 402;
      }
    }
    respond 200;
  }
}

run transfer(1, 2, 60) * 2, transfer(2, 1, 10)

always  "no account goes below zero"     { SELECT min(balance) >= 0 FROM accounts }
finally "money is neither made nor lost" { SELECT sum(balance) = 200 FROM accounts }
finally "nobody sees an internal error"  { SELECT count(*) = 0 FROM responses WHERE status NOT IN ('200', '402') }
