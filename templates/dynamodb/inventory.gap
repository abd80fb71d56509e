-- Inventory: the last unit is sold twice.
--
-- To make it yours: 1. in `database` your tables, items; 2. in `naive` what your handler sends, one request after the
-- other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario inventory "Two customers order the last unit"

database shop dynamodb {
  -- Your tables; attributes that no request looks at may be left out.
  CreateTable {TableName: "items", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "N"}]};
  PutItem {TableName: "items", Item: {id: 1, stock: 1}};
  CreateTable {TableName: "orders", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "S"}]};
}

request buy(item, quantity) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "GetItem, order, UpdateItem"
      story "One unit, two orders, and stock 0."
      expect violated {
    let found = GetItem {TableName: "items", Key: {id: item}, ConsistentRead: true};
    if found.stock < quantity { respond 409; }
    PutItem {TableName: "orders", Item: {id: 'order-' || me, item: item, quantity: quantity}};
    UpdateItem {
      TableName: "items",
      Key: {id: item},
      UpdateExpression: "SET stock = :left",
      ExpressionAttributeValues: {":left": found.stock - quantity}
    };
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant transact_write "TransactWriteItems: the guarded stock and the order"
      story "No loss: both are written, or none, and the condition is asked in the same step."
      expect holds {
    retry up to 3 on transaction_conflict {
      try {
        TransactWriteItems {TransactItems: [
          {Update: {TableName: "items", Key: {id: item}, UpdateExpression: "SET stock = stock - :quantity",
                    ConditionExpression: "stock >= :quantity",
                    ExpressionAttributeValues: {":quantity": quantity}}},
          {Put: {TableName: "orders", Item: {id: 'order-' || me, item: item, quantity: quantity}}}
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
run buy(1, 1) * 2

always  "the stock never goes below zero" { SELECT min(stock) >= 0 FROM items }
finally "every unit sold has left the stock" {
  SELECT 1 - (SELECT stock FROM items WHERE id = 1) = (SELECT coalesce(sum(quantity), 0) FROM orders)
}
finally "somebody bought the last unit" { SELECT count(*) >= 1 FROM orders }
