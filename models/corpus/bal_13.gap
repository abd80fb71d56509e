-- BAL-13: moranGo-pay: balances in DynamoDB, written without ConditionExpression
-- Source: github.com/LucasLCabral/moranGo-pay/issues/3
-- Store: DynamoDB, GetItem and PutItem
-- Invariant: SUM(balance) is constant and every balance is >= 0
-- Shipped fix: proposed: ConditionExpression on the balance -> complete only if both items are in one TransactWriteItems (reference);
--   incomplete where each is written by itself (shipped): a crash between them destroys the money
-- Note: the reads are consistent ones: the race does not need stale ones. The idempotency key that is proposed as well
--   (ClientRequestToken) is about the same transfer twice, which is another loss.

scenario bal_13 "Two transfers of 100 out of one account that has 100"

database bank dynamodb {
  CreateTable {TableName: "accounts", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "N"}]};
  PutItem {TableName: "accounts", Item: {id: 1, balance: 100}};
  PutItem {TableName: "accounts", Item: {id: 2, balance: 0}};
  PutItem {TableName: "accounts", Item: {id: 3, balance: 0}};
}
faults none
faults crash <= 1

request transfer(source, target, amount) {

  variant buggy "GetItem, check, PutItem"
      story "Both read 100 in the source and write 0; each target gets 100: 200 out of 100."
      expect violated {
    let giver = bank> GetItem {TableName: "accounts", Key: {id: source}, ConsistentRead: true};
    let taker = bank> GetItem {TableName: "accounts", Key: {id: target}, ConsistentRead: true};
    if giver.balance < amount { respond 400; }
    bank> PutItem {TableName: "accounts", Item: {id: source, balance: giver.balance - amount}};
    bank> PutItem {TableName: "accounts", Item: {id: target, balance: taker.balance + amount}};
  }

  variant shipped "each item by itself, with a condition"
      story "A crash between the two: the money has left the one account and not come to the other."
      expect holds, violated with crash {
    try {
      bank> UpdateItem {TableName: "accounts", Key: {id: source}, UpdateExpression: "SET balance = balance - :x",
                        ConditionExpression: "balance >= :x", ExpressionAttributeValues: {":x": amount}};
    } catch conditional_check_failed {
      respond 400;
    }
    bank> UpdateItem {TableName: "accounts", Key: {id: target}, UpdateExpression: "SET balance = balance + :x",
                      ExpressionAttributeValues: {":x": amount}};
  }

  variant reference "both items in one TransactWriteItems" expect holds {
    try {
      bank> TransactWriteItems {TransactItems: [
        {Update: {TableName: "accounts", Key: {id: source}, UpdateExpression: "SET balance = balance - :x",
                  ConditionExpression: "balance >= :x", ExpressionAttributeValues: {":x": amount}}},
        {Update: {TableName: "accounts", Key: {id: target}, UpdateExpression: "SET balance = balance + :x",
                  ExpressionAttributeValues: {":x": amount}}}]};
    } catch transaction_canceled {
      respond 400;
    }
  }
}

run transfer(1, 2, 100), transfer(1, 3, 100)

always  "no balance is below zero" { SELECT min(balance) >= 0 FROM accounts }
finally "the sum is constant"      { SELECT sum(balance) = 100 FROM accounts }
