-- Paid flag: the provider tells of one payment twice, and the days that were paid for are added twice.
--
-- To make it yours: 1. in `database` your tables, items; 2. in `naive` what your handler sends, one request after the
-- other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario paid_flag "Two webhooks of one payment"

database app dynamodb {
  -- Your tables; attributes that no request looks at may be left out.
  CreateTable {TableName: "payments", KeySchema: [{AttributeName: "event", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "event", AttributeType: "S"}]};
  PutItem {TableName: "payments", Item: {event: "evt_1", done: false}};
  CreateTable {TableName: "users", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "N"}]};
  PutItem {TableName: "users", Item: {id: 1, days: 0}};
}

-- Two settings, and each variant is checked at both: nothing goes wrong, and one request crashes.
faults none;
faults crash <= 1;

request paid(event) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "look at the flag, add the days, set the flag"
      story "Both see it unset: thirty days are paid, and sixty are granted."
      expect violated {
    let payment = GetItem {TableName: "payments", Key: {event}, ConsistentRead: true};
    if payment.done { respond 200; }
    UpdateItem {
      TableName: "users",
      Key: {id: 1},
      UpdateExpression: "SET days = days + :days",
      ExpressionAttributeValues: {":days": 30}
    };
    UpdateItem {
      TableName: "payments",
      Key: {event},
      UpdateExpression: "SET done = :true",
      ExpressionAttributeValues: {":true": true}
    };
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant transact_write "TransactWriteItems: the flag where it is unset, and the days"
      story "No loss: both are written, or none, and the condition is asked in the same step."
      expect holds {
    try {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "payments", Key: {event}, UpdateExpression: "SET done = :true",
                  ConditionExpression: "done = :false",
                  ExpressionAttributeValues: {":true": true, ":false": false}}},
        {Update: {TableName: "users", Key: {id: 1}, UpdateExpression: "SET days = days + :days",
                  ExpressionAttributeValues: {":days": 30}}}
      ]};
    } catch transaction_canceled {
      respond 200;
    }
    respond 200;
  }
}

-- A delivery comes again until the handler responds 200.
run deliver paid('evt_1') until 200 * 2

always  "no day is granted twice"    { SELECT days <= 30 FROM users WHERE id = 1 }
finally "what was paid for is there" { SELECT days = 30 FROM users WHERE id = 1 }
